-- Cargo reports: what carriers told, what happened to it since, and which declarations ask for its goods.

create sequence manifest_number;

-- The present state of each report. `unmet`: its last act after which declarations have yet to be met (0: they have). Whose it is: the carrier's, and that of whoever handed it in for the carrier.
create table manifest (
    id          bigint primary key,
    number      text not null unique,
    carrier     text not null,
    submitter   text not null,
    reference   text not null,
    digest      text not null,
    office      text not null,
    mode        text not null,
    conveyance  text not null,
    voyage      text not null,
    stage       text not null,
    expected    timestamptz,
    arrived     timestamptz,
    acts        int not null,
    unmet       int not null default 0,
    lodged_at   timestamptz not null,
    updated_at  timestamptz not null,
    snapshot    jsonb not null
);
-- A reference is free again only after a cancellation.
create unique index manifest_reference on manifest (carrier, reference) where stage <> 'CANCELLED';
create index manifest_unmet on manifest (id) where unmet > 0;
create index manifest_alive on manifest (office, id) where stage in ('REPORTED', 'ARRIVED');

-- What was recorded on a report, for ever: one row per sitting, with the message received where there was one.
create table manifest_entry (
    manifest    bigint not null references manifest (id),
    first       int not null,
    carrier     text not null,
    by          text not null,
    role        text not null,
    at          timestamptz not null,
    on_day      date not null,
    acts        bytea not null,
    source      bytea,
    primary key (manifest, first)
);
create trigger manifest_entry_is_final before update or delete on manifest_entry
    for each row execute function refuse_change();

-- The transport documents of living reports, as they stand. `balance` names the balances that goods are written off from
-- (kind manifest); it is empty where they are taken from the houses. `forwarder` may tell the houses of a master.
create table transport_document (
    id          bigint generated always as identity primary key,
    manifest    bigint not null references manifest (id),
    place       int not null,
    number      text not null,
    key         text not null,
    level       text not null,
    master      text not null,
    carrier     text not null,
    forwarder   text not null,
    consignee   text not null,
    containers  text[] not null,
    balance     text not null,
    packages    bigint not null,
    mass        bigint not null,
    unique (manifest, key)
);
create index transport_document_key on transport_document (key);
create index transport_document_forwarder on transport_document (forwarder) where forwarder <> '';
create index transport_document_consignee on transport_document (consignee) where consignee <> '';

-- Which declarations name which transport document: they may be lodged before it is reported, or after.
create table cargo_claim (
    declaration bigint not null,
    key         text not null,
    declarant   text not null,
    matched     bigint references manifest (id),
    since       timestamptz not null,
    primary key (declaration, key)
);
create index cargo_claim_key on cargo_claim (key);
create index cargo_claim_matched on cargo_claim (matched) where matched is not null;

-- How far the register of declarations has been read for claims.
create table cargo_position (
    single      boolean primary key default true check (single),
    upto_xid    xid8 not null default '0',
    upto_id     bigint not null default 0
);
insert into cargo_position default values;
