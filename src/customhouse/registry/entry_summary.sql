-- A declaration refused when its goods were presented has its MRN already, and stands in nobody's way: the same content may have
-- been refused at once on another day.
drop index declaration_refused;
create unique index declaration_refused on declaration (declarant, lrn, digest) where stage = 'REFUSED' and mrn is null;

-- Entry summary declarations: the present state of each, what it is matched by, and whose it is (`carrier`, who lodged it).
create sequence entry_summary_number;
create table entry_summary (
    id          bigint primary key,
    mrn         text unique,
    lrn         text not null,
    carrier     text not null,
    state       text not null,
    version     int not null,
    mode        text not null,
    transport   text not null,
    conveyance  text not null,
    office      text not null,
    expected    timestamptz,
    documents   text[] not null,
    containers  text[] not null,
    goods       text not null,
    items       int not null,
    steps       int not null,
    lodged_at   timestamptz not null,
    updated_at  timestamptz not null
);
-- A reference is free again only after a rejection.
create unique index entry_summary_reference on entry_summary (carrier, lrn) where state <> 'REJECTED';
create index entry_summary_documents on entry_summary using gin (documents);
create index entry_summary_containers on entry_summary using gin (containers);

-- What was received and decided, for ever: the message, and the decision that its answer is written from.
create table entry_summary_step (
    entry_summary bigint not null references entry_summary (id),
    number      int not null,
    carrier     text not null,
    kind        text not null,
    by          text not null,
    role        text not null,
    at          timestamptz not null,
    digest      text not null,
    source      bytea not null,
    decision    jsonb not null,
    primary key (entry_summary, number)
);
create trigger entry_summary_step_is_final before update or delete on entry_summary_step for each row execute function refuse_change();
