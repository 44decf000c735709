"""Outcomes as kept: one row per declaration that got a lane, written from its acts, whole, whenever more is recorded (`registry.courses`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date
from typing import Any

import msgspec
from django.db import connection

from customhouse.offices.risk.course import Course
from customhouse.offices.risk.outcome import outcome
from customhouse.record.outcome import Outcome
from customhouse.registry import outcome_days

COLUMNS = Outcome.__struct_fields__
NAMES = ", ".join(COLUMNS)
DAY = COLUMNS.index("day")
PUT = (
    f"insert into outcome ({NAMES}) values ({', '.join(['%s'] * len(COLUMNS))}) on conflict (declaration) do update set "  # noqa: S608 - our own columns
    + ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[1:])
)
BATCH = 1000


def keep(cursor: Any, courses: Iterable[Course]) -> None:
    """Write the outcomes of these declarations, of those that have a lane."""
    put(one for told in courses if (one := outcome(told)) is not None)


def forget(cursor: Any) -> None:
    """Forget every outcome."""
    cursor.execute("delete from outcome; delete from outcome_cell; delete from outcome_changed")


def put(told: Iterable[Outcome]) -> None:
    """Write outcomes in place of those kept of the same declarations."""
    rows = [_row(one) for one in told]
    with connection.cursor() as cursor:
        cursor.executemany(PUT, rows)
    outcome_days.mark(row[DAY] for row in rows)


def get(number: int) -> Outcome | None:
    """The outcome kept of a declaration, or None."""
    return next(of([number]), None)


def of(numbers: Sequence[int]) -> Iterator[Outcome]:
    """The outcomes kept of some declarations, in the order of their numbers."""
    yield from _all(f"select {NAMES} from outcome where declaration = any(%s) order by declaration", [list(numbers)])  # noqa: S608


def between(since: date, until: date, *, office: str = "", seen: bool = False) -> Iterator[Outcome]:
    """Outcomes whose lane was set from `since` (included) until `until` (excluded), in the order of their numbers.

    `seen`: only those with a look that says something. Read in portions; may be many.
    """
    where = "day >= %s and day < %s and %s in ('', office)"
    where += " and result in ('conform', 'discrepancy')" if seen else ""
    last = -1
    while True:
        found = tuple(
            _all(
                f"select {NAMES} from outcome where {where} and declaration > %s order by declaration limit %s",  # noqa: S608
                [since, until, office, last, BATCH],
            )
        )
        yield from found
        if len(found) < BATCH:
            return
        last = found[-1].declaration


def _row(one: Outcome) -> list[Any]:
    return [list(v) if isinstance(v, tuple) else getattr(v, "value", v) for v in msgspec.structs.astuple(one)]


def _all(sql: str, values: Sequence[Any]) -> Iterator[Outcome]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows = cursor.fetchall()
    for row in rows:
        told = dict(zip(COLUMNS, row, strict=True))
        for name in ("routed_at", "looked_at", "released_at"):
            told[name] = told[name].astimezone(UTC) if told[name] else None
        yield msgspec.convert(told, Outcome)
