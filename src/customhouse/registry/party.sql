-- What people decided about pairs of a declared and a listed party. A row per decision, for ever:
--   same, other   in one declaration, by an officer; `for_good` proposes that the pair be known as two parties
--   confirmed     the proposal, by a supervisor who did not make it: from now on the pair does not alarm
--   withdrawn     it alarms again
-- `pair` is the key of the alarm (record/screening.py): it changes when the declared party or the listed entry changes.

-- A list that no longer applies: its last version is a row without parties that says so.
alter table watch_list add column withdrawn boolean not null default false;
alter table watch_list drop constraint watch_list_entries_check;
alter table watch_list add check (case when withdrawn then entries = 0 else entries > 0 end);

create table party_decision (
    id          bigint generated always as identity primary key,
    pair        text not null check (pair <> ''),
    verdict     text not null check (verdict in ('same', 'other', 'confirmed', 'withdrawn')),
    for_good    boolean not null default false check (not for_good or verdict = 'other'),
    declaration bigint not null,
    alarm       jsonb not null,
    reason      text not null check (reason <> ''),
    "by"        text not null,
    at          timestamptz not null
);
create index party_decision_pair on party_decision (pair, id desc);
create index party_decision_good on party_decision (id) where for_good or verdict in ('confirmed', 'withdrawn');
create trigger party_decision_is_final before update or delete on party_decision for each row execute function refuse_change();

select guard('party_decision');
