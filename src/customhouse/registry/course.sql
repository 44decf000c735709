-- How far the record is read into what is kept of the past (`registry.courses`): actors, outcomes, past trade. `latest` is the latest
-- time of an act among it. Before, each of the three had a place of its own; the reader goes on from the one that was furthest behind,
-- and what it reads a second time leaves the same rows.

create table course_place (
    one     boolean primary key default true check (one),
    xid     xid8 not null default '0',
    id      bigint not null default 0,
    latest  timestamptz not null default '-infinity'
);
insert into course_place (xid, id, latest)
select p.xid, p.id, a.latest from actor_place a cross join lateral (
    select xid, id from (
        select a.xid, a.id
        union all select r.xid::text::xid8, r.id from risk_reading r
        union all select o.upto_xid, o.upto_id from outcome_reading o
        union all select '0'::xid8, 0 where not exists (select from outcome_reading)
    ) x order by xid, id limit 1
) p;
drop table actor_place;
drop table risk_reading;
drop table outcome_reading;

select guard('course_place');
