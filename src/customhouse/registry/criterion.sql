-- The officers' part of selectivity: versions of rules, named lists and the policy, all that happened to them, and every set
-- that a lane was decided on. Nothing is changed, nothing removed.

create table criterion (
    kind     text not null check (kind in ('rule', 'list', 'policy')),
    id       text not null check (id ~ '^[A-Za-z][A-Za-z0-9_]{1,39}$'),
    version  int not null check (version > 0),
    content  jsonb not null,
    author   text not null check (author <> ''),
    at       timestamptz not null,
    primary key (kind, id, version)
);
create trigger criterion_is_final before update or delete on criterion for each row execute function refuse_change();

create table criterion_event (
    number   bigint generated always as identity primary key,
    kind     text not null,
    id       text not null,
    version  int not null,
    step     text not null check (step in ('TESTED', 'SHADOW', 'SUBMITTED', 'APPROVED', 'REFUSED', 'LIVE', 'WITHDRAWN')),
    "by"     text not null check ("by" <> ''),
    role     text not null,
    at       timestamptz not null,
    reason   text not null default '',
    detail   jsonb not null default '{}',
    foreign key (kind, id, version) references criterion
);
create index criterion_event_of on criterion_event (kind, id, version, number);
create trigger criterion_event_is_final before update or delete on criterion_event for each row execute function refuse_change();

-- Two persons, whatever a program asks for: whoever wrote a version neither approves nor publishes it, and nothing goes live
-- that was not tested and approved before.
create function criterion_of_two_persons() returns trigger language plpgsql as $$
begin
    if new.step in ('APPROVED', 'REFUSED', 'LIVE') and new."by" = (
        select c.author from criterion c where (c.kind, c.id, c.version) = (new.kind, new.id, new.version)) then
        raise exception '% of % %: whoever wrote it does not decide on it', new.step, new.kind, new.id using errcode = 'check_violation';
    end if;
    if new.step = 'LIVE' and 2 > (
        select count(distinct e.step) from criterion_event e
        where (e.kind, e.id, e.version) = (new.kind, new.id, new.version) and e.step in ('TESTED', 'APPROVED')) then
        raise exception '% %: published without a back-test or an approval', new.kind, new.id using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger criterion_event_of_two before insert on criterion_event for each row execute function criterion_of_two_persons();

-- A set as it was asked on the line, under the hash that stands with every lane: so that a reason can be told years later.
create table selectivity (
    hash     text primary key check (length(hash) = 64),
    content  jsonb not null,
    at       timestamptz not null default now()
);
create trigger selectivity_is_final before update or delete on selectivity for each row execute function refuse_change();

-- What customs looks for is for customs alone: readers who see everything, and officers of one office.
select guard('criterion');
select guard('criterion_event');
select guard('selectivity');
create policy office on criterion for select using ((select reader_office()) is not null);
create policy office on criterion_event for select using ((select reader_office()) is not null);
create policy office on selectivity for select using ((select reader_office()) is not null);
create policy office_adds on criterion for insert with check ((select reader_writes()) and (select reader_office()) is not null);
create policy office_adds on criterion_event for insert with check ((select reader_writes()) and (select reader_office()) is not null);
