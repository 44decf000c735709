-- Permits of the border agencies: who applied, who decided, and what stands. What is drawn on them is in `balance`.
-- Every row says whose it is: `holder` and `filed_by` (numbers of traders) and `agency`.

create sequence permit_id;
create sequence permit_number;

create table permit (
    id          bigint primary key,
    number      text unique,
    agency      text not null,
    document    text not null,
    holder      text not null,
    filed_by    text not null,
    state       text not null,
    starts      date,
    until       date,
    acts        int not null,
    snapshot    jsonb not null,
    applied_at  timestamptz not null,
    updated_at  timestamptz not null
);
create index permit_of_agency on permit (agency, state, id);
create index permit_of_holder on permit (holder, id);
create index permit_filed_by on permit (filed_by, id);
create index permit_until on permit (until) where state in ('ISSUED', 'SUSPENDED');

create table permit_entry (
    permit      bigint not null references permit (id),
    first       int not null,
    agency      text not null,
    holder      text not null,
    filed_by    text not null,
    "by"        text not null,
    role        text not null,
    at          timestamptz not null,
    acts        jsonb not null,
    primary key (permit, first)
);
create trigger permit_entry_is_final before update or delete on permit_entry for each row execute function refuse_change();

-- An application that is being typed, kept until it is handed in; it belongs to one account of one trader.
create table permit_draft (
    id          bigint generated always as identity primary key,
    filed_by    text not null,
    "by"        text not null,
    agency      text not null,
    document    text not null,
    typed       jsonb not null,
    updated_at  timestamptz not null
);
create index permit_draft_of on permit_draft (filed_by, id);

-- Who waits for the permit register, first come first; and what is held for an agency.
create index declaration_permit on declaration (id) where holds @> '{permit}';
create index declaration_agency on declaration (id) where holds @> '{agency}';
