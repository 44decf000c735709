-- Who is the same trader. A record is one way in which declarations name a party (record/entity.py). Decisions are rows for ever; the
-- last one about a pair of records holds:
--   confirmed   both records are one trader's
--   split       they are two traders', whatever is proposed
--   undone      neither is decided any more

create table entity_decision (
    id      bigint generated always as identity primary key,
    one     text not null,
    other   text not null,
    verdict text not null check (verdict in ('confirmed', 'split', 'undone')),
    reason  text not null check (reason <> ''),
    "by"    text not null,
    at      timestamptz not null,
    check (one < other)
);
create index entity_decision_pair on entity_decision (one, other, id desc);
create index entity_decision_other on entity_decision (other);
create trigger entity_decision_is_final before update or delete on entity_decision for each row execute function refuse_change();

-- What follows from the record and the decisions, and can be made again from them: the records with their spellings, how far the
-- record was read for them, who belongs together now, and what is proposed.
create table party_record (
    record   text primary key,
    number   text not null,
    names    text[] not null,
    country  text not null,
    address  text not null,
    roles    text[] not null,
    seen     bigint not null,
    first_at timestamptz not null,
    last_at  timestamptz not null
);
create table entity_position (single boolean primary key default true check (single), xid xid8 not null, id bigint not null);
insert into entity_position (xid, id) values ('0', 0);
create table entity_member (record text primary key, entity text not null);
create index entity_member_entity on entity_member (entity);
create table entity_proposal (
    id      bigint generated always as identity primary key,
    records text[] not null,
    score   real not null,
    bonds   jsonb not null
);

select guard('entity_decision');
select guard('party_record');
select guard('entity_position');
select guard('entity_member');
select guard('entity_proposal');
