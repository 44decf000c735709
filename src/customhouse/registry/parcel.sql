-- Parcels: consolidations, their rows, and what could not be read. Green parcels rest here as rows; the others have a file of
-- the same number among the declarations.

-- A consolidation is handed in once under its reference; `digest` is the SHA-256 of its file. Its day, Book and the criteria it
-- is judged under stay those of its beginning, also when it is interrupted and goes on.
create table consolidation (
    id          bigint generated always as identity primary key,
    declarant   text not null check (declarant <> ''),
    reference   text not null check (reference <> ''),
    digest      bytea not null check (length(digest) = 32),
    format      text not null,
    office      text not null,
    mode        text not null,
    chunk       int not null check (chunk > 0),
    at          timestamptz not null,
    on_day      date not null,
    book        text not null,
    selectivity text not null,
    scored      boolean not null, -- whether models spoke of every parcel
    typical     bigint not null,
    by          text not null,
    unique (declarant, reference)
);

-- A segment is one chunk of a file, stored with its rows in one transaction: its place says how far the file is done. `leaf`
-- covers every row as it lies in the table, and is sealed in the log between the acts of its time.
create table parcel_segment (
    consolidation bigint not null references consolidation,
    place       int not null,
    first       int not null,
    rows        int not null,
    last        boolean not null,
    parcels     int not null,
    told        jsonb not null,
    leaf        bytea not null check (length(leaf) = 32),
    entry       bigint not null default nextval('entry_number'),
    xid         xid8 not null default pg_current_xact_id(),
    at          timestamptz not null default now(),
    primary key (consolidation, place)
);
create index parcel_segment_order on parcel_segment (xid, entry);

-- The number says the consolidation and the row (record/parcel.py). Text is kept as declared, amounts in minor units.
create table parcel (
    id          bigint not null,
    mrn         text,
    verdict     text not null,
    lane        text,
    reference   text not null,
    consignor   text not null,
    consignor_country text not null,
    consignee   text not null,
    consignee_id text not null,
    address     text not null,
    postcode    text not null,
    city        text not null,
    description text not null,
    code        text not null,
    origin      text not null,
    packages    text not null,
    gross_mass  text not null,
    net_mass    text not null,
    price       text not null,
    currency    text not null,
    freight     text not null,
    procedures  text not null,
    scheme      text not null,
    invoice     text not null,
    dispatch    text not null,
    posted      text not null,
    value       bigint not null,
    duty        bigint not null,
    payable     bigint not null,
    consignee_parcels_today bigint not null,
    consignee_value_today bigint not null,
    address_parcels_today bigint not null,
    address_value_today bigint not null,
    alike_today bigint not null,
    typical_value_percent bigint not null,
    told        text
) partition by range (id);
-- Rows are written here in bulk: a COPY cannot ask row-level policies, so it goes to the part, which may be added to and not read.
create table parcel_row partition of parcel default;
alter table parcel_row add primary key (id);

-- What could not be read: never a parcel, answered all the same.
create table parcel_quarantine (
    consolidation bigint not null references consolidation,
    line        int not null,
    rule        text not null,
    why         text not null,
    hint        text not null,
    value       text not null,
    primary key (consolidation, line)
);

-- What a kilogram of the goods of a heading is usually worth: one row for each consolidation that is done and heading.
create table parcel_typical (
    id          bigint generated always as identity primary key,
    consolidation bigint not null references consolidation,
    heading     text not null,
    parcels     int not null,
    per_kg      bigint not null,
    unique (consolidation, heading)
);

create trigger consolidation_is_final before update or delete on consolidation for each row execute function refuse_change();
create trigger parcel_segment_is_final before update or delete on parcel_segment for each row execute function refuse_change();
create trigger parcel_is_final before update or delete on parcel for each row execute function refuse_change();
create trigger parcel_quarantine_is_final before update or delete on parcel_quarantine
    for each row execute function refuse_change();
create trigger parcel_typical_is_final before update or delete on parcel_typical for each row execute function refuse_change();

select guard('consolidation', traders => '{declarant}');
-- A parcel's history says what customs knows: it is for customs alone, and the declarant reads the answer.
select guard('parcel_segment');
select guard('parcel');
select guard('parcel_quarantine');
select guard('parcel_typical');

-- Everything that is sealed, in one order: acts in files, and segments of parcels.
create view log_leaf with (security_invoker = true) as
select xid, id, leaves from entry
union all
select xid, entry as id, leaf as leaves from parcel_segment;
