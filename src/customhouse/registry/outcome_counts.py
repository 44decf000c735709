"""Counts over outcomes: by reason, model, office, officer, stratum and time; what the random draw found, and what nobody looked at.

A *look* is one that says something about goods or papers (conform or discrepancy), a *find* a look with a discrepancy. Counted in the database, so that
a year of millions is a handful of rows; `since` is included, `until` is not; an empty `office` means all that the reader sees.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

import msgspec
from django.db import connection

SEEN = "result in ('conform', 'discrepancy')"
FOUND = "result = 'discrepancy'"
OTHERWISE = "cardinality(array_remove(array_remove(chosen, 'random'), 'explore'))"
"""How many reasons beside the draws asked for a look."""
WITHIN = "day >= %s and day < %s and %s in ('', office)"
DELAY = "percentile_cont(0.5) within group (order by extract(epoch from released_at - routed_at) / 60)"
# By what is counted: (what is put beside each row, the key).
SUBJECTS: dict[str, tuple[str, str]] = {
    "all": ("", "''"),
    "reason": (", unnest(chosen) k", "k"),
    "shadow": (", unnest(shadow) k", "split_part(k, ' ', 1)"),
    "model": ("", "model"),
    "office": ("", "office"),
    "officer": ("", "looked_by"),
    "overruler": ("", "changed_by"),
    "lane": ("", "last_lane"),
    "kind": (", unnest(kinds) k", "k"),
    "cause": ("", "cause"),
}
# A stratum: what its key is made of, over the rows of `drawn`.
STRATA: dict[str, str] = {
    "goods": "array[chapter, origin]",
    "importer": (
        "array[case when importer = '' then '' when n = 1 then '1' when n < 10 then '2' when n < 100 then '10' else '100' end]"
    ),
    "office": "array[office]",
}


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
    beside, key = SUBJECTS[by]
    found = _rows(
        f"select {key} as key, count(*), count(*) filter (where {SEEN}), count(*) filter (where {FOUND}), "  # noqa: S608 - our own words
        "count(*) filter (where result = 'not_done'), coalesce(sum(revenue), 0)::bigint, sum(minutes)::bigint, "
        f"sum(value)::bigint, {DELAY} from outcome{beside} where {WITHIN} group by 1 order by 2 desc, 1",
        [since, until, office],
    )
    return tuple(Tally(*row[:-1], _whole(row[-1])) for row in found if row[0] or by == "all")


def strata(by: str, since: date, until: date, office: str = "") -> tuple[Stratum, ...]:
    """Counts by one of `STRATA`. Raises KeyError for another."""
    found = _rows(
        f"with drawn as (select *, count(*) over (partition by importer) as n from outcome where {WITHIN}) "  # noqa: S608 - our own words
        f"select {STRATA[by]}, count(*), sum(value)::bigint, "
        f"count(*) filter (where released_at is not null and not {SEEN}), "
        f"count(*) filter (where {SEEN}), count(*) filter (where {FOUND}), "
        f"count(*) filter (where {SEEN} and 'random' = any(chosen)), count(*) filter (where {FOUND} and 'random' = any(chosen)) "
        "from drawn group by 1 order by 2 desc, 1",
        [since, until, office],
    )
    return tuple(Stratum(tuple(key), *rest) for key, *rest in found)


def steps(length: Literal["day", "week", "month"], since: date, until: date, office: str = "") -> tuple[Step, ...]:
    """Counts by time and by the lane that stood last, in the order of time."""
    found = _rows(
        f"select date_trunc('{length}', day)::date, last_lane, count(*), count(*) filter (where {SEEN}), "  # noqa: S608 - our own words
        f"count(*) filter (where {FOUND}), coalesce(sum(revenue), 0)::bigint, "
        f"count(*) filter (where {SEEN} and 'random' = any(chosen)), count(*) filter (where {FOUND} and 'random' = any(chosen)), "
        f"count(*) filter (where {SEEN} and 'explore' = any(chosen)), count(*) filter (where {FOUND} and 'explore' = any(chosen)), "
        f"avg(random_ppm)::int, avg(explored_ppm)::int, {DELAY} from outcome where {WITHIN} group by 1, 2 order by 1, 2",
        [since, until, office],
    )
    return tuple(Step(*row[:10], (row[10], row[11]), _whole(row[12])) for row in found)


def chances(since: date, until: date, office: str = "") -> tuple[tuple[int, int, int, int], ...]:
    """(random share, exploration share, looks, finds) of all that a draw chose and somebody looked at."""
    return tuple(
        _rows(
            f"select random_ppm, explored_ppm, count(*), count(*) filter (where {FOUND}) from outcome "  # noqa: S608 - our own words
            f"where {WITHIN} and {SEEN} and chosen && '{{random,explore}}' group by 1, 2 order by 1, 2",
            [since, until, office],
        )
    )


def groups(since: date, until: date, office: str = "") -> tuple[tuple[tuple[str, ...], int, int, int], ...]:
    """(reasons, declarations, looks, finds) of every set of reasons that chose together."""
    found = _rows(
        f"select chosen, count(*), count(*) filter (where {SEEN}), count(*) filter (where {FOUND}) from outcome "  # noqa: S608 - our own words
        f"where {WITHIN} group by 1 order by 1",
        [since, until, office],
    )
    return tuple((tuple(chosen), n, looks, finds) for chosen, n, looks, finds in found)


def unseen(since: date, until: date, office: str = "") -> Unseen:
    """What was released without a look, and what the draw says of its like."""
    let_go = f"released_at is not null and not {SEEN}"
    drawn = f"{SEEN} and 'random' = any(chosen) and {OTHERWISE} = 0"
    row = _rows(
        f"select count(*) filter (where {let_go} and {OTHERWISE} = 0), count(*) filter (where {let_go} and {OTHERWISE} > 0), "  # noqa: S608 - our own words
        f"count(*) filter (where {drawn}), count(*) filter (where {drawn} and {FOUND}) from outcome where {WITHIN}",
        [since, until, office],
    )[0]
    return Unseen(*row)


def span(office: str = "") -> tuple[date, date] | None:
    """(first day, last day) of any outcome, None where there is none."""
    row = _rows("select min(day), max(day) from outcome where %s in ('', office)", [office])[0]
    return (row[0], row[1]) if row[0] else None


def currency() -> str:
    """The national currency as the assessments name it, empty where there is none."""
    found = _rows("select currency from outcome where currency <> '' limit 1", [])
    return str(found[0][0]) if found else ""


def _whole(minutes: Any) -> int | None:
    return None if minutes is None else int(minutes)


def _rows(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()  # type: ignore[no-any-return]
