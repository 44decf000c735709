-- What was declared and examined of each actor, counted day by day from the record, so that a lane is set on the past in one
-- short read. All of it can be counted again from the entries at any time (`customhouse risk recount`).

-- One row for each declaration that was lodged: what of it is counted, and since when.
create table actor_declaration (
    declaration bigint primary key,
    declarant   text not null,
    lrn         text not null,
    importer    text not null,
    exporter    text not null,
    goods       text[] not null,
    value       bigint not null,
    accepted_at timestamptz,
    examined_at timestamptz,
    found       boolean
);
create index actor_declaration_reference on actor_declaration (declarant, lrn);
create index actor_declaration_importer on actor_declaration (importer, accepted_at) where accepted_at is not null;
create index actor_declaration_declarant on actor_declaration (declarant, accepted_at) where accepted_at is not null;
create index actor_declaration_exporter on actor_declaration (exporter, accepted_at) where accepted_at is not null;
create index actor_declaration_examined on actor_declaration (accepted_at) where examined_at is not null;

-- A day of an actor: its declarations accepted on it, how many of these were examined with a result, how many of these found
-- something, their customs value. `goods` is a heading (HS 4) of an importer, or empty for all of the actor's trade.
create table actor_day (
    kind         text not null check (kind in ('importer', 'declarant', 'exporter')),
    actor        text not null,
    goods        text not null,
    day          date not null,
    declarations int not null,
    examined     int not null,
    finds        int not null,
    value        bigint not null,
    primary key (kind, actor, goods, day) include (declarations, examined, finds, value)
) with (fillfactor = 80);

-- How far the record is counted, and the latest time of an entry among it.
create table actor_place (
    one     boolean primary key default true check (one),
    xid     xid8 not null default '0',
    id      bigint not null default 0,
    latest  timestamptz not null default '-infinity'
);
insert into actor_place default values;

-- What customs knows of a trader's past is for its customs alone.
select guard('actor_declaration');
select guard('actor_day');
select guard('actor_place');
