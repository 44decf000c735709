-- The charge of a consolidation by tax, its receipts voided, and charge and events sealed in the log between the acts of their time.

-- What is payable on the rows of a segment with the verdict `due`, by tax; of segments stored before, nothing is said.
alter table parcel_segment add column taxes jsonb not null default '{}';

-- Rows written before have no leaf and are not sealed: their place in the log is taken. Every new one has.
alter table consolidation_charge
    add column taxes jsonb not null default '{}',
    add column leaf bytea check (length(leaf) = 32),
    add column entry bigint not null default nextval('entry_number'),
    add column xid xid8 not null default pg_current_xact_id();
alter table consolidation_charge_event
    add column taxes jsonb not null default '{}',
    add column text text not null default '',
    add column leaf bytea check (length(leaf) = 32),
    add column entry bigint not null default nextval('entry_number'),
    add column xid xid8 not null default pg_current_xact_id();
alter table consolidation_charge add constraint charge_is_sealed check (leaf is not null) not valid;
alter table consolidation_charge_event add constraint event_is_sealed check (leaf is not null) not valid;
create index consolidation_charge_order on consolidation_charge (xid, entry) where leaf is not null;
create index consolidation_charge_event_order on consolidation_charge_event (xid, entry) where leaf is not null;

-- A receipt is voided once, and for a reason.
alter table consolidation_charge_event
    drop constraint consolidation_charge_event_event_check,
    drop constraint consolidation_charge_event_check1,
    add constraint consolidation_charge_event_known check (event in ('deferred', 'paid', 'voided', 'taken_over', 'moved')),
    add constraint consolidation_charge_event_receipt check ((event in ('paid', 'voided', 'moved')) = (receipt <> '')),
    add constraint consolidation_charge_event_reason check ((event = 'voided') = (text <> ''));
create unique index consolidation_charge_void on consolidation_charge_event (receipt) where event = 'voided';

-- Everything that is sealed, in one order: acts in files, segments of parcels, charges of consolidations and what happens to them.
create or replace view log_leaf with (security_invoker = true) as
select xid, id, leaves from entry
union all
select xid, entry as id, leaf as leaves from parcel_segment
union all
select xid, entry as id, leaf as leaves from consolidation_charge where leaf is not null
union all
select xid, entry as id, leaf as leaves from consolidation_charge_event where leaf is not null;
