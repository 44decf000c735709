-- What was looked at, by whom: one row for each reading of a file, and for each attempt that was refused. Never changed.

create function reader_administers() returns boolean language sql stable parallel safe
    return coalesce(current_setting('customhouse.administers', true), '') = 'yes';

-- `by` the account, or the software of a trader; office, agency, trader: whom they read for. `what` was read: declaration,
-- message, search. `ground` on which it was theirs to read (record.access.Whose), or `refused`. `declaration` is null where
-- there is none of that number; `asked` is what was asked for.
create table file_read (
    id          bigint generated always as identity primary key,
    at          timestamptz not null default now(),
    by          text not null,
    role        text not null,
    office      text not null default '',
    agency      text not null default '',
    trader      text not null default '',
    what        text not null,
    ground      text not null,
    declaration bigint,
    asked       text not null default '',
    address     text not null default ''
);
create index file_read_declaration on file_read (declaration, id) where declaration is not null;
create index file_read_by on file_read (by, id);
create trigger file_read_is_final before update or delete on file_read for each row execute function refuse_change();
select guard('file_read', declaration => 'declaration', anyone_adds => true);
create policy administered on file_read for select using ((select reader_administers()));

-- What happened to accounts: signing in and failing to, a password or second factor set, what an administrator changed.
create table account_event (
    id          bigint generated always as identity primary key,
    at          timestamptz not null default now(),
    by          text not null,
    account     text not null,
    what        text not null,
    detail      text not null default '',
    address     text not null default ''
);
create index account_event_account on account_event (account, id);
create trigger account_event_is_final before update or delete on account_event for each row execute function refuse_change();
select guard('account_event', anyone_adds => true);
create policy administered on account_event for select using ((select reader_administers()));

-- Whom a trader has authorised to declare for it. One row for each authorisation and one for each revocation, which names it.
create table authorisation (
    id          bigint generated always as identity primary key,
    at          timestamptz not null default now(),
    by          text not null,
    revokes     bigint references authorisation (id),
    trader      text not null,
    broker      text not null,
    since       date not null,
    until       date,
    procedures  text[] not null default '{}',
    reads       boolean not null default false,
    check (trader <> broker),
    check (until is null or until > since)
);
create unique index authorisation_revoked on authorisation (revokes) where revokes is not null;
create index authorisation_broker on authorisation (broker) where revokes is null;
create index authorisation_trader on authorisation (trader) where revokes is null;
create trigger authorisation_is_final before update or delete on authorisation for each row execute function refuse_change();
select guard('authorisation', traders => '{trader,broker}');
create policy administered on authorisation for select using ((select reader_administers()));
create policy administered_too on authorisation for insert with check ((select reader_administers()) and revokes is not null);
