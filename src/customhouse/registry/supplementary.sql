-- Supplementary declarations: what simplified ones leave owed, and what was handed in for it. Both are written down once, in
-- any order; what is open is what is owed and not handed in, by declarations that still stand.

create table supplementary_owed (
    declaration bigint primary key,
    declarant   text not null,
    mrn         text not null,
    due         date not null
);
create index supplementary_declarant on supplementary_owed (declarant, due);
create trigger supplementary_owed_is_final before update or delete on supplementary_owed for each row execute function refuse_change();

create table supplementary_handed (
    mrn         text not null,
    declaration bigint not null,
    declarant   text not null,
    primary key (mrn, declaration)
);
create trigger supplementary_handed_is_final before update or delete on supplementary_handed for each row execute function refuse_change();
