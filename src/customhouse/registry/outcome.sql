-- What became of each declaration that was given a lane: one row each, folded from its acts (offices.risk.outcome) and written again
-- when more is recorded. It can be made anew from the record at any time (`customhouse risk recount`), so it is no record itself.

create table outcome (
    declaration  bigint primary key,
    day          date not null,
    routed_at    timestamptz not null,
    office       text not null,
    lane         text not null,
    last_lane    text not null,
    chosen       text[] not null,
    shadow       text[] not null,
    selectivity  text not null,
    model        text not null,
    score_ppm    int,
    draw_ppm     int not null,
    random_ppm   int not null,
    explored_ppm int not null,
    blind        boolean not null,
    changed_by   text not null,
    importer     text not null,
    exporter     text not null,
    declarant    text not null,
    origin       text not null,
    chapter      text not null,
    heading      text not null,
    value        bigint not null,
    payable      bigint not null,
    currency     text not null,
    look         text not null,
    looked_at    timestamptz,
    looked_by    text not null,
    result       text not null,
    quality      text not null,
    kinds        text[] not null,
    cause        text not null,
    revenue      bigint not null,
    minutes      int not null,
    released_at  timestamptz,
    is_over      boolean not null,
    acts         int not null
);
create index outcome_day on outcome (day);
create index outcome_found on outcome (day) where result = 'discrepancy';

-- How far the record has been read into it.
create table outcome_reading (
    one         boolean primary key default true check (one),
    upto_xid    xid8 not null,
    upto_id     bigint not null
);

-- Whom customs looks at, and what it finds, is for customs alone; an officer of an office sees the rows of that office.
select guard('outcome', office => 'office');
select guard('outcome_reading');
