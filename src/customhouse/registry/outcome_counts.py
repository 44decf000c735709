"""Counts over outcomes: by reason, model, office, officer, stratum and time; what the random draw found, and what nobody looked at.

A *look* is one that says something about goods or papers (conform or discrepancy), a *find* a look with a discrepancy. Read from the
cells that are counted by day (`outcome_days`), so that a year of millions is a handful of rows; `since` is included, `until` is not; an empty `office` means all that the reader sees.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

import msgspec
from django.db import connection

from customhouse.registry.outcome_days import CELLS, COUNTS, FOUND, SEEN

SUBJECTS: dict[str, tuple[str, str]] = {
    "all": ("lane", "''"),
    "reason": ("reason", "key[1]"),
    "shadow": ("shadow", "key[1]"),
    "model": ("model", "key[1]"),
    "office": ("lane", "office"),
    "officer": ("officer", "key[1]"),
    "overruler": ("overruler", "key[1]"),
    "lane": ("lane", "key[1]"),
    "kind": ("kind", "key[1]"),
    "cause": ("cause", "key[1]"),
}
"""By what is counted: the cells, and the key in them."""
STRATA: dict[str, tuple[str, str]] = {
    "goods": ("chapter, origin", "array[chapter, origin]"),
    "importer": (
        "importer",
        "array[case when importer = '' then '' when n = 1 then '1' when n < 10 then '2' when n < 100 then '10' else '100' end]",
    ),
    "office": ("office", "array[office]"),
}
"""Strata: what outcomes are summed by, and the key of the stratum that makes of it."""
UNTIMED = f"day, key, {COUNTS}, '{{}}'::int[] as delays, '{{}}'::int[] as times"
OTHERWISE = "cardinality(array_remove(array_remove(key, 'random'), 'explore'))"
"""How many reasons beside the draws asked for a look, of a set of reasons."""
MEDIANS = """
    by_delay as (select {by}, d.delay, sum(d.times) as times from c, unnest(delays, times) d(delay, times) group by {by}, d.delay),
    upto as (select *, (sum(times) over (partition by {by} order by delay))::bigint as upto,
        (sum(times) over (partition by {by}))::bigint as whole from by_delay),
    m as (select {by}, (min(delay) filter (where upto > (whole - 1) / 2) + min(delay) filter (where upto > whole / 2)) / 2 as delay
        from upto group by {by})
"""
"""SQL for the median delay of the cells `c` by some columns of theirs: of an even number the mean of the middle two, in whole minutes."""


class Tally(msgspec.Struct, frozen=True):
    """Counts of one subject. `delay` is the median of whole minutes from lane to release, None while nothing was released;
    `revenue` is in minor units of the national currency, `minutes` what the looks took."""

    key: str
    declarations: int
    looks: int
    finds: int
    not_done: int
    revenue: int
    minutes: int
    value: int
    delay: int | None


class Stratum(msgspec.Struct, frozen=True):
    """Counts of one stratum: declarations and their customs value, those released unseen, all looks, and the looks of the random draw."""

    key: tuple[str, ...]
    declarations: int
    value: int
    unseen: int
    looks: int
    finds: int
    drawn: int
    drawn_finds: int


class Step(msgspec.Struct, frozen=True):
    """Counts of one lane in one stretch of time, which begins on `begins`; `shares` are the mean shares of the two draws (ppm)."""

    begins: date
    lane: str
    declarations: int
    looks: int
    finds: int
    revenue: int
    drawn: int
    drawn_finds: int
    explored: int
    explored_finds: int
    shares: tuple[int, int]
    delay: int | None


class Unseen(msgspec.Struct, frozen=True):
    """Released without a look: those that nothing but a draw could have chosen, and those that something else had chosen; and the
    looks at the first kind that the random draw brought."""

    unchosen: int
    chosen: int
    drawn: int
    drawn_finds: int


def tallies(by: str, since: date, until: date, office: str = "") -> tuple[Tally, ...]:
    """Counts by one of `SUBJECTS`; rows without a key (no model, no officer ...) are left out. Raises KeyError for another subject."""
    what, key = SUBJECTS[by]
    found = _rows(
        f"with c as (select {key} as subject, x.* from {CELLS} x), {MEDIANS.format(by='subject')} "  # noqa: S608 - our own words
        f"select t.*, m.delay from (select subject, {_sums('n looks finds not_done revenue minutes value')} from c group by 1) t "
        "left join m using (subject) order by t.n desc, subject",
        _asked(what, since, until, office),
    )
    return tuple(Tally(*row) for row in found if row[0] or by == "all")


def strata(by: str, since: date, until: date, office: str = "") -> tuple[Stratum, ...]:
    """Counts by one of `STRATA`, from the outcomes themselves. Raises KeyError for another."""
    of, key = STRATA[by]
    found = _rows(
        f"select {key} as stratum, {_sums('n value unseen looks finds drawn drawn_finds')} from (select {of}, count(*) as n, "  # noqa: S608
        f"sum(value) as value, count(*) filter (where released_at is not null and not {SEEN}) as unseen, "
        f"count(*) filter (where {SEEN}) as looks, count(*) filter (where {FOUND}) as finds, "
        f"count(*) filter (where {SEEN} and 'random' = any(chosen)) as drawn, "
        f"count(*) filter (where {FOUND} and 'random' = any(chosen)) as drawn_finds from outcome "
        f"where day >= %(since)s and day < %(until)s and %(office)s in ('', office) group by {of}) s group by 1 order by 2 desc, 1",
        _asked("", since, until, office),
    )
    return tuple(Stratum(tuple(key), *rest) for key, *rest in found)


def steps(
    length: Literal["day", "week", "month"], since: date, until: date, office: str = "", *, timed: bool = True
) -> tuple[Step, ...]:
    """Counts by time and by the lane that stood last, in the order of time; without delays where `timed` is false."""
    cells = CELLS if timed else f"(select {UNTIMED} from {CELLS} y)"  # noqa: S608 - our own words
    sums = _sums("n looks finds revenue drawn drawn_finds explored explored_finds")
    found = _rows(
        f"with c as (select date_trunc('{length}', day)::date as begins, key[1] as lane, x.* from {cells} x), "  # noqa: S608 - our own words
        f"{MEDIANS.format(by='begins, lane')} select t.*, m.delay from (select begins, lane, {sums}, "
        "(sum(random_ppm) / sum(n))::int as random, (sum(explored_ppm) / sum(n))::int as explore from c group by 1, 2) t "
        "left join m using (begins, lane) order by 1, 2",
        _asked("lane", since, until, office),
    )
    return tuple(Step(*row[:10], (row[10], row[11]), row[12]) for row in found)


def chances(since: date, until: date, office: str = "") -> tuple[tuple[int, int, int, int], ...]:
    """(random share, exploration share, looks, finds) of all that a draw chose and somebody looked at."""
    return tuple(
        _rows(
            f"select key[1]::int, key[2]::int, {_sums('looks finds')} from {CELLS} c group by 1, 2 order by 1, 2",  # noqa: S608
            _asked("chance", since, until, office),
        )
    )


def groups(since: date, until: date, office: str = "") -> tuple[tuple[tuple[str, ...], int, int, int], ...]:
    """(reasons, declarations, looks, finds) of every set of reasons that chose together."""
    found = _rows(
        f"select key, {_sums('n looks finds')} from {CELLS} c group by 1 order by 1",  # noqa: S608 - our own words
        _asked("group", since, until, office),
    )
    return tuple((tuple(chosen), n, looks, finds) for chosen, n, looks, finds in found)


def unseen(since: date, until: date, office: str = "") -> Unseen:
    """What was released without a look, and what the draw says of its like."""
    drawn = f"filter (where {OTHERWISE} = 0 and 'random' = any(key))"
    row = _rows(
        f"select sum(unseen) filter (where {OTHERWISE} = 0), sum(unseen) filter (where {OTHERWISE} > 0), "  # noqa: S608 - our own words
        f"sum(looks) {drawn}, sum(finds) {drawn} from {CELLS} c",
        _asked("group", since, until, office),
    )[0]
    return Unseen(*(int(n or 0) for n in row))


def span(office: str = "") -> tuple[date, date] | None:
    """(first day, last day) of any outcome, None where there is none."""
    row = _rows("select min(day), max(day) from outcome where %s in ('', office)", [office])[0]
    return (row[0], row[1]) if row[0] else None


def currency() -> str:
    """The national currency as the assessments name it, empty where there is none."""
    found = _rows("select currency from outcome where currency <> '' limit 1", [])
    return str(found[0][0]) if found else ""


def _asked(what: str, since: date, until: date, office: str) -> dict[str, Any]:
    return {"what": what, "since": since, "until": until, "office": office}


def _sums(names: str) -> str:
    return ", ".join(f"sum({name})::bigint as {name}" for name in names.split())


def _rows(sql: str, values: Sequence[Any] | dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()  # type: ignore[no-any-return]
