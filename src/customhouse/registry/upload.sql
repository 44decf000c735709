-- Consolidations on their way in: files handed in over HTTP, portion by portion, and what became of them. The bytes lie in a
-- folder (setting CUSTOMHOUSE_UPLOADS); how many have come is the size of the file there.
create table parcel_upload (
    id          text primary key,
    declarant   text not null check (declarant <> ''),
    reference   text not null check (reference <> ''),
    office      text not null,
    mode        text not null,
    name        text not null,
    length      bigint not null check (length > 0),
    digest      bytea check (length(digest) = 32), -- SHA-256 that the sender promises
    by          text not null,
    state       text not null default 'receiving' check (state in ('receiving', 'queued', 'clearing', 'done', 'failed', 'ended')),
    consolidation bigint references consolidation,
    done        bigint not null default 0,
    rows        bigint not null default 0,
    problems    jsonb not null default '[]',
    created_at  timestamptz not null default now(),
    changed_at  timestamptz not null default now()
);
create index parcel_upload_own on parcel_upload (declarant, created_at);
create index parcel_upload_waiting on parcel_upload (created_at) where state in ('queued', 'clearing');
create index parcel_upload_of on parcel_upload (consolidation) where consolidation is not null;

-- What an officer orders for many parcels of a consolidation at once; the worker does it parcel by parcel. `upto` is the row it
-- has come to; what happened to each parcel stands beside, written in the transaction of its act.
create table parcel_order (
    id          bigint generated always as identity primary key,
    consolidation bigint not null references consolidation,
    act         text not null check (act in ('release', 'hold', 'select')),
    lane        text not null default '',
    share_ppm   int not null default 0,
    reason      text not null check (reason <> ''),
    verdicts    text[] not null,
    lanes       text[] not null,
    words       text not null,
    lines       int[] not null, -- those that were ticked; empty: all that the filter shows
    touches     bigint not null, -- how many parcels were shown to be touched before it was ordered
    by          text not null,
    role        text not null,
    at          timestamptz not null default now(),
    state       text not null default 'waiting' check (state in ('waiting', 'done', 'failed')),
    upto        int not null default 0,
    seen        bigint not null default 0,
    why         text not null default '',
    ended_at    timestamptz
);
create index parcel_order_of on parcel_order (consolidation, id);
create index parcel_order_waiting on parcel_order (id) where state = 'waiting';

create table parcel_order_line (
    "order"     bigint not null references parcel_order,
    line        int not null,
    number      bigint not null,
    outcome     text not null check (outcome in ('done', 'left')),
    why         text not null default '',
    primary key ("order", line)
);
create trigger parcel_order_line_is_final before update or delete on parcel_order_line
    for each row execute function refuse_change();

select guard('parcel_upload', traders => '{declarant}');
-- Offices see the consolidations handed in for them, and what they ordered in them.
select guard('consolidation', traders => '{declarant}', office => 'office');
select guard('parcel_order');
create policy of_consolidation on parcel_order for select using (
    reader_office() is not null and exists (select from consolidation c where c.id = parcel_order.consolidation));
select guard('parcel_order_line');
