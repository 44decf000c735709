-- Unfinished declarations: what somebody typed and has not handed in. Nothing here binds anybody, so rows change and go.
-- `trader` and `owner` say whose it is. `stamps` holds for each field the version in which it changed last and the window that
-- changed it, `shape` and `shaped_by` the same for fields that came or went: two windows on one draft are merged or told.

create table draft (
    owner       text not null,
    key         text not null,
    trader      text not null,
    kind        text not null default 'draft' check (kind in ('draft', 'template')),
    title       text not null default '',
    about       bigint,
    fields      jsonb not null,
    stamps      jsonb not null,
    version     int not null,
    shape       int not null,
    shaped_by   text not null,
    started_at  timestamptz not null,
    saved_at    timestamptz not null,
    primary key (owner, key)
);
create index draft_latest on draft (owner, saved_at desc);
create index draft_trader on draft (trader);
