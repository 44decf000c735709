-- The register of declarations. Core SQL and plpgsql only; runs on PostgreSQL 15 and later.

create sequence declaration_number;
create sequence receipt_number;
create sequence entry_number cache 32;

-- A consignment that has a UCR; others are known by the id of their only declaration.
create table consignment (
    ucr     text primary key,
    file    bigint not null
);

-- The present state of each declaration: what lists are made from, and the snapshot. A declaration of one entry has none:
-- that entry says everything (`files`). Its number can be read from its MRN, so the MRN needs no index.
create table declaration (
    id          bigint primary key,
    file        bigint not null,
    mrn         text,
    lrn         text not null,
    declarant   text not null,
    digest      text not null,
    stage       text not null,
    lane        text,
    holds       text[] not null,
    importer    text not null,
    goods       text not null,
    containers  text not null,
    items       int not null,
    payable     bigint,
    currency    text not null,
    acts        int not null,
    leaf        bytea not null,
    lodged_at   timestamptz not null,
    updated_at  timestamptz not null,
    snapshot    jsonb
);
-- Kept as it is: compressing costs more than writing it (bench/online).
alter table declaration alter column snapshot set storage external;
-- A reference is free again only after a refusal; the same content refused is one record. Each row is in one of the two.
create unique index declaration_reference on declaration (declarant, lrn) where stage <> 'REFUSED';
create unique index declaration_refused on declaration (declarant, lrn, digest) where stage = 'REFUSED';
create index declaration_waiting on declaration (id) where stage not in ('RELEASED', 'REFUSED', 'INVALIDATED');
create index declaration_joined on declaration (file) where file <> id;

-- What was recorded, for ever: one row per sitting, 1..n acts in it, one leaf of 32 bytes per act. `source` is the message
-- received, `reading` what a gate read in it, as canonical JSON; null where the message is our own JSON and says it itself.
create table entry (
    id          bigint not null default nextval('entry_number'),
    declaration bigint not null,
    first       int not null,
    by          text not null,
    role        text not null,
    at          timestamptz not null,
    on_day      date not null,
    book        text not null,
    acts        bytea not null,
    leaves      bytea not null,
    reading     bytea,
    source      bytea,
    xid         xid8 not null default pg_current_xact_id()
) partition by range (at);
create index entry_declaration on entry (declaration, first);
create index entry_order on entry (xid, id);
-- A usual entry lies whole in one page, nothing compressed: that is what costs least (bench/online). Messages move out first.
alter table entry alter column acts set storage main;
alter table entry alter column source set storage external;
alter table entry alter column reading set storage external;
create table entry_default partition of entry default with (toast_tuple_target = 8160);

create function ensure_entry_partitions(months int) returns void
language plpgsql security definer set search_path = public as $$
declare
    month date;
begin
    for month in select generate_series(date_trunc('month', now()), date_trunc('month', now()) + make_interval(months => months), '1 month')::date
    loop
        if to_regclass(format('entry_%s', to_char(month, 'YYYYMM'))) is null then
            execute format('create table entry_%s partition of entry for values from (%L) to (%L) with (toast_tuple_target = 8160)',
                to_char(month, 'YYYYMM'), month, (month + interval '1 month')::date);
        end if;
    end loop;
end $$;
select ensure_entry_partitions(3);

-- The Merkle log: entries from (after_xid, after_id] to (upto_xid, upto_id], leaves up to `size`, the signed note.
create table checkpoint (
    size        bigint primary key,
    upto_xid    xid8 not null,
    upto_id     bigint not null,
    frontier    bytea not null,
    root        bytea not null,
    note        text not null,
    at          timestamptz not null default now()
);

-- The law as published; a Book is never changed, only followed by another.
create table book (
    id          bigint generated always as identity primary key,
    hash        text not null,
    title       text not null,
    version     text not null,
    contents    bytea not null,
    in_force    date not null,
    published_by text not null,
    published_at timestamptz not null default now()
);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'what was recorded in % is never changed or removed', tg_table_name
        using hint = 'record a further act instead';
end $$;
create trigger entry_is_final before update or delete on entry for each row execute function refuse_change();
create trigger checkpoint_is_final before update or delete on checkpoint for each row execute function refuse_change();
create trigger book_is_final before update or delete on book for each row execute function refuse_change();

-- One row per act, for those who ask in SQL.
create view act as
select e.declaration, e.first + a.place::int - 1 as number, a.act ->> 'act' as name, e.by, e.role, e.at, e.on_day,
       e.book, case when a.act ? 'lodgement'
            then a.act - 'act' || jsonb_build_object('lodgement', convert_from(coalesce(e.reading, e.source), 'UTF8')::jsonb)
            else a.act - 'act' end as payload,
       substring(e.leaves from (a.place::int - 1) * 32 + 1 for 32) as leaf
from entry e, jsonb_array_elements(convert_from(e.acts, 'UTF8')::jsonb) with ordinality as a(act, place);
