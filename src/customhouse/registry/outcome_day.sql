-- Counts of outcomes by day, office and what is counted by (`registry.outcome_days`), so that a year of results is read from a few rows. Made from
-- `outcome`, and made again at any time. A day on which an outcome changed since stands in `outcome_changed`: until it is counted
-- again it is counted from the outcomes themselves, so what is read is always what is.

create table outcome_cell (
    day            date not null,
    office         text not null,
    what           text not null,            -- lane, reason, model ...
    key            text[] not null,
    n              int not null,
    looks          int not null,             -- that say something
    finds          int not null,
    not_done       int not null,
    revenue        bigint not null,
    minutes        bigint not null,
    value          bigint not null,
    unseen         int not null,             -- released without a look
    drawn          int not null,             -- looks that the random draw brought, exploration below
    drawn_finds    int not null,
    explored       int not null,
    explored_finds int not null,
    random_ppm     bigint not null,          -- sums of the shares
    explored_ppm   bigint not null,
    delays         int[] not null,           -- whole minutes from lane to release, each once, with how many had it
    times          int[] not null,
    primary key (what, day, office, key)
);
create index outcome_cell_day on outcome_cell (day);

create table outcome_changed (day date primary key);
insert into outcome_changed select distinct day from outcome;

select guard('outcome_cell', office => 'office');
