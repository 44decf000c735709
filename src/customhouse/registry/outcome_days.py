"""Outcomes counted by day: a cell for every office and every thing that is counted by, made from the outcomes of the day.
Goods and importers are nearly as many as outcomes on any day: they are no cells.

`outcomes` marks a day when an outcome of it changes, `count_changed` counts marked days anew. What is read (`CELLS`) takes a marked day from the
outcomes themselves, by the same statement: the figures are those of this moment, however far the counting is.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import connection, transaction

from customhouse.registry import reader

AT_ONCE = 31
"""Days counted in one transaction."""
SEEN = "result in ('conform', 'discrepancy')"
FOUND = "result = 'discrepancy'"
COUNTS = "n, looks, finds, not_done, revenue, minutes, value, unseen, drawn, drawn_finds, explored, explored_finds, random_ppm, explored_ppm"
COLUMNS = f"day, office, what, key, {COUNTS}, delays, times"
TIMED = "('lane', 'reason', 'shadow', 'model', 'officer', 'overruler', 'kind', 'cause')"
"""What is counted by with the delays; for the rest nobody asks."""
_SUMS = ", ".join(f"sum({name}) as {name}" for name in COUNTS.split(", "))


def cells(where: str) -> str:
    """SQL for the cells of the outcomes `where` holds, from the outcomes themselves."""
    return f"""
        select day, office, what, key, {_SUMS},
            coalesce(array_agg(delay order by delay) filter (where delay is not null), '{{}}') as delays,
            coalesce(array_agg(n::int order by delay) filter (where delay is not null), '{{}}') as times
        from (
            select day, office, what, key, case when what in {TIMED} then delay end as delay, count(*) as n,
                count(*) filter (where seen) as looks, count(*) filter (where found) as finds,
                count(*) filter (where result = 'not_done') as not_done,
                sum(revenue) as revenue, sum(minutes) as minutes, sum(value) as value,
                count(*) filter (where delay is not null and not seen) as unseen,
                count(*) filter (where seen and random) as drawn, count(*) filter (where found and random) as drawn_finds,
                count(*) filter (where seen and explore) as explored, count(*) filter (where found and explore) as explored_finds,
                sum(random_ppm) as random_ppm, sum(explored_ppm) as explored_ppm
            from (
                select *, {SEEN} as seen, {FOUND} as found, 'random' = any(chosen) as random, 'explore' = any(chosen) as explore,
                    case when released_at is not null
                        then greatest(0, floor(extract(epoch from released_at - routed_at) / 60))::int end as delay
                from outcome where {where}
            ) o cross join lateral (
                values ('lane', array[last_lane]), ('group', chosen)
                union all select what, array[k] from (
                    values ('model', model), ('officer', looked_by), ('overruler', changed_by), ('cause', cause)) v(what, k) where k <> ''
                union all select 'reason', array[k] from unnest(chosen) k
                union all select 'shadow', array[split_part(k, ' ', 1)] from unnest(shadow) k
                union all select 'kind', array[k] from unnest(kinds) k
                union all select 'chance', array[random_ppm::text, explored_ppm::text] where seen and (random or explore)
            ) k(what, key)
            group by 1, 2, 3, 4, 5
        ) by_delay group by 1, 2, 3, 4
    """  # noqa: S608 - our own words


_CHANGED = "array(select day from outcome_changed where day >= %(since)s and day < %(until)s)"
_OFFICE = "%(office)s in ('', office)"
CELLS = f"""(
    select {COLUMNS} from outcome_cell
    where what = %(what)s and day >= %(since)s and day < %(until)s and day <> all ({_CHANGED}) and {_OFFICE}
    union all
    select {COLUMNS} from ({cells(f"day = any ({_CHANGED}) and {_OFFICE}")}) now where what = %(what)s
)"""  # noqa: S608 - our own words
"""SQL for the cells of `what` from `since` until before `until`, of one `office` or of all that the reader sees (""), as it is now."""


def mark(days: Iterable[date]) -> None:
    """Outcomes of these days changed. Waits for a count of them that is under way, which may not have seen the change."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into outcome_changed select unnest(%s::date[]) order by 1 on conflict (day) do update set day = excluded.day",
            [list(set(days))],
        )


@reader.as_house
def count_changed() -> int:
    """Count the marked days anew, the newest first; how many days."""
    done = 0
    while days := _count():
        done += days
    return done


def _count() -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "delete from outcome_changed where day in (select day from outcome_changed order by day desc limit %s for update skip locked) "
            "returning day",
            [AT_ONCE],
        )
        days = [row[0] for row in cursor.fetchall()]
        if days:
            cursor.execute("delete from outcome_cell where day = any(%s)", [days])
            cursor.execute(f"insert into outcome_cell ({COLUMNS}) {cells('day = any(%s)')}", [days])
        return len(days)
