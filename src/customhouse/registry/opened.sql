-- Files of parcels that are opened after their consolidation was answered: the segments that wait for it, and what went wrong.

-- A segment waits here until its files are opened; it is put here with its rows, and taken away with the last of its files.
create table parcel_opening (
    consolidation bigint not null references consolidation,
    place       int not null,
    primary key (consolidation, place)
);

-- A parcel that should have a file and has none: why, for officers (`why`) and for the declarant (`label`). It stands until there is a file.
create table parcel_alarm (
    parcel      bigint primary key,
    rule        text not null,
    label       text not null,
    why         text not null,
    at          timestamptz not null default now()
);
create trigger parcel_alarm_is_final before update or delete on parcel_alarm for each row execute function refuse_change();

select guard('parcel_opening');
select guard('parcel_alarm');
