-- Who is the same trader. A record is one way in which declarations name a party: its kind and number, or kind and name where no
-- number is declared (registry/entities.py). Decisions are rows for ever; the last one about a pair of records holds.
--   confirmed   both records are one trader's
--   split       they are two traders', whatever a proposal says
--   undone      neither was decided

create table entity_decision (
    id      bigint generated always as identity primary key,
    one     text not null,
    other   text not null,
    verdict text not null check (verdict in ('confirmed', 'split', 'undone')),
    score   real,
    reason  text not null check (reason <> ''),
    "by"    text not null,
    at      timestamptz not null,
    check (one < other)
);
create index entity_decision_pair on entity_decision (one, other, id desc);
create trigger entity_decision_is_final before update or delete on entity_decision for each row execute function refuse_change();

-- The view that holds now: each record that belongs with others, under the entity that they are together (the least of their
-- names). Written anew from the decisions; what is not here is an entity of its own.
create table entity_member (
    record text primary key,
    entity text not null
);
create index entity_member_entity on entity_member (entity);

select guard('entity_decision');
select guard('entity_member');
