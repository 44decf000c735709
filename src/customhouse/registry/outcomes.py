"""Outcomes as kept: one row per declaration that got a lane, written from its acts, whole, whenever more is recorded.

A reader follows the record in its fixed order (`feed`) and keeps its place in the transaction that writes the rows, so nothing is
missed and nothing counted twice; the same fold over the whole record gives the same rows (`rebuild`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date
from typing import Any

import msgspec
from django.db import connection, transaction

from customhouse.offices.risk.outcome import outcome
from customhouse.record.outcome import Outcome
from customhouse.registry import files, trail
from customhouse.registry.feed import AFTER, Place
from customhouse.registry.rows import STATE, read_state

LOCK = 7_314_205  # one worker reads at a time
COLUMNS = Outcome.__struct_fields__
NAMES = ", ".join(COLUMNS)
PUT = (
    f"insert into outcome ({NAMES}) values ({', '.join(['%s'] * len(COLUMNS))}) on conflict (declaration) do update set "  # noqa: S608 - our own columns
    + ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[1:])
)
CHANGED = (
    "select e.xid::text, e.id, e.declaration from entry e "  # noqa: S608
    f"where {AFTER} order by e.xid, e.id limit %s"
)
STATES = f"select {STATE} where d.id = any(%s) order by d.id"
BATCH = 1000


def read_on(limit: int = BATCH) -> int:
    """Read the record on from where it was read to, `limit` entries at most; how many declarations were read."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        place = _place(cursor)
        cursor.execute(CHANGED, [str(place.xid), place.id, limit])
        found = cursor.fetchall()
        if not found:
            return 0
        numbers = sorted({row[2] for row in found})
        put(_folded(numbers))
        xid, last, _ = found[-1]
        cursor.execute(
            "insert into outcome_reading (upto_xid, upto_id) values (%s::xid8, %s) "
            "on conflict (one) do update set upto_xid = excluded.upto_xid, upto_id = excluded.upto_id",
            [xid, last],
        )
        return len(numbers)


def rebuild() -> int:
    """Forget every row and read the whole record again; how many declarations have an outcome. The rows are the same ones."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute("delete from outcome")
        cursor.execute("delete from outcome_reading")
    while read_on():
        pass
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from outcome")
        return int(cursor.fetchone()[0])


def put(told: Iterable[Outcome]) -> None:
    """Write outcomes in place of those kept of the same declarations."""
    with connection.cursor() as cursor:
        cursor.executemany(PUT, [_row(one) for one in told])


def folded(number: int) -> Outcome | None:
    """The outcome of a declaration, read from its acts now; None before it has a lane. Raises `files.UnknownDeclaration`."""
    return outcome(files.get(number), files.entries(number))


def _folded(numbers: Sequence[int]) -> Iterator[Outcome]:
    """The outcomes of many declarations at once, in two statements."""
    entries = trail.of(numbers)
    with connection.cursor() as cursor:
        cursor.execute(STATES, [list(numbers)])
        states = [read_state(row) for row in cursor.fetchall()]
    for d in states:
        if (one := outcome(d, entries[d.id])) is not None:
            yield one


def _place(cursor: Any) -> Place:
    cursor.execute("select upto_xid::text, upto_id from outcome_reading")
    row = cursor.fetchone()
    return Place(int(row[0]), row[1]) if row else Place()


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


def behind() -> int:
    """How many entries of the record are not read yet (counted up to a few thousand)."""
    with connection.cursor() as cursor:
        place = _place(cursor)
        cursor.execute(f"select count(*) from ({CHANGED}) s", [str(place.xid), place.id, 5000])  # noqa: S608
        return int(cursor.fetchone()[0])


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
