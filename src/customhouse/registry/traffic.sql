-- What a targeting officer looks for in past trade, made from the record and made again from it at any time. It may lag a moment
-- behind: nothing is decided by it. One row a declaration, one a goods item, one for everything that a declaration names.

create table risk_traffic (
    declaration bigint primary key,
    at          timestamptz not null,        -- lodged
    day         date not null,
    office      text not null,
    chapters    text[] not null,
    origins     text[] not null,
    ways        text[] not null,             -- who or what chose it (offices.risk.overruling.WAYS)
    rules       text[] not null,             -- the reasons that speak for a look, by their rule
    score       real,
    looked_at   timestamptz,                 -- when a lane was set that asks for a look
    outcome     text not null                -- find, none, not_done, or empty: nothing was recorded
);
create index risk_traffic_looked on risk_traffic (looked_at) where looked_at is not null;
create index risk_traffic_day on risk_traffic (day, declaration);

create table risk_goods (
    declaration bigint not null,
    item        int not null,
    heading     text not null,               -- HS 4
    code        text not null,
    origin      text not null,
    departure   text not null,
    importer    text not null,
    exporter    text not null,
    value       bigint not null,             -- customs value, national minor units
    net         bigint not null,             -- grams
    per_kg      bigint not null,             -- minor units a kilogram, 0 where it is not known
    day         date not null,
    outcome     text not null,
    primary key (declaration, item)
);
create index risk_goods_heading on risk_goods (heading, origin, declaration);
create index risk_goods_examined on risk_goods (heading, declaration) where outcome in ('find', 'none');
create index risk_goods_importer on risk_goods (importer, declaration) where importer <> '';

-- The key leads, so that the newest of a hub are read without the rest.
create table risk_link (
    kind        text not null,               -- offices.risk.network.KINDS
    key         text not null,
    declaration bigint not null,
    name        text not null,
    day         date not null,
    looked      boolean not null,
    outcome     text not null,
    value       bigint not null,
    primary key (kind, key, declaration)
);
create index risk_link_declaration on risk_link (declaration);

-- How far the record was read.
create table risk_reading (
    one         boolean primary key default true check (one),
    xid         bigint not null default 0,
    id          bigint not null default 0
);
insert into risk_reading default values;

-- Draws over what a filter showed: the share, what it was drawn over, and on which it fell. Never changed.
create sequence target_sample_number;
create table target_sample (
    id          bigint primary key,
    at          timestamptz not null default now(),
    "by"        text not null,
    office      text not null default '',
    asked       text not null,
    share_ppm   int not null check (share_ppm between 1 and 1000000),
    lane        text not null,
    population  bigint[] not null,
    chosen      bigint[] not null
);
create trigger target_sample_is_final before update or delete on target_sample for each row execute function refuse_change();

-- Looks asked for on what is not declared yet: a transport document, a container, a means of transport. A declaration that names
-- it gets at least that lane. One row for each wish and one for each that is taken back, which names it.
create table target_ahead (
    id          bigint generated always as identity primary key,
    at          timestamptz not null default now(),
    "by"        text not null,
    office      text not null default '',
    revokes     bigint references target_ahead (id),
    kind        text not null,
    key         text not null check (key <> ''),
    number      text not null,
    lane        text not null check (lane in ('YELLOW', 'RED')),
    code        text not null,
    reason      text not null check (reason <> ''),
    until       date not null
);
create unique index target_ahead_revoked on target_ahead (revokes) where revokes is not null;
create index target_ahead_until on target_ahead (until) where revokes is null;
create trigger target_ahead_is_final before update or delete on target_ahead for each row execute function refuse_change();

-- For customs alone. A fraud that one office found is past trade to every office: officers of an office read all of it here, and
-- open the files of their own office only. What is drawn is added and read by whoever sees everything, or of the own office.
select guard('risk_traffic', office => 'office');
select guard('risk_goods');
select guard('risk_link');
select guard('target_sample', office => 'office');
select guard('target_ahead', office => 'office');
create policy customs on target_ahead for select using ((select reader_office()) is not null);
create policy customs on risk_traffic for select using ((select reader_office()) is not null);
create policy customs on risk_goods for select using ((select reader_office()) is not null);
create policy customs on risk_link for select using ((select reader_office()) is not null);
