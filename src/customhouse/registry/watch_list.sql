-- Watch lists as they were taken: every version for ever, under the SHA-256 of its files, so that a hit of last year can be shown
-- against the list of that day. The last taken version of a name is the one that counts.

create table watch_list (
    id          bigint generated always as identity primary key,
    name        text not null check (name <> ''),
    format      text not null,
    digest      bytea not null check (length(digest) = 32),
    dated       date,
    parties     jsonb not null,
    entries     int not null check (entries > 0),
    names       int not null,
    skipped     jsonb not null default '[]',
    by          text not null,
    at          timestamptz not null
);
create index watch_list_name on watch_list (name, id desc);
create trigger watch_list_is_final before update or delete on watch_list for each row execute function refuse_change();

-- Which parties a state looks for is for its customs alone: no trader, carrier or agency is shown a row.
select guard('watch_list');
