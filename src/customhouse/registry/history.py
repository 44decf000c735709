"""History: every declaration that was accepted in a time, as it stands, with the law each act on it was recorded under.

Read in portions of a few hundred. What was declared is read once: the state is the snapshot, or the fold of the only entry.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import msgspec
from django.db import connection

from customhouse.record import codec
from customhouse.record.declaration import Declaration
from customhouse.registry.rows import STATE, read_state

BATCH = 500
ACCEPTED = "from declaration where mrn is not null and lodged_at >= %s and lodged_at < %s"
STATES = f"select {STATE} where d.id = any(%s) order by d.id"
ACTS = "select declaration, book, on_day, acts from entry where declaration = any(%s) order by declaration, first"


class Past(msgspec.Struct, frozen=True):
    """A declaration as it stands; `taken` names its acts in order, each with the Book (hash) and the day applied."""

    declaration: Declaration
    taken: tuple[tuple[str, str, date], ...]


def count(start: date, until: date) -> int:
    """How many declarations were accepted from `start` (included) until `until` (excluded)."""
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) {ACCEPTED}", bounds(start, until))
        return int(cursor.fetchone()[0])


def span(start: date, until: date) -> tuple[date, date]:
    """The part of the time in which anything was accepted: (first day, the day after the last); one day when nothing was."""
    with connection.cursor() as cursor:
        cursor.execute(f"select min(lodged_at), max(lodged_at) {ACCEPTED}", bounds(start, until))
        first, last = cursor.fetchone()
    if first is None:
        return start, start + timedelta(1)
    return first.astimezone(UTC).date(), last.astimezone(UTC).date() + timedelta(1)


def stamp(start: date, until: date) -> str:
    """A word that changes when anything is recorded on any of them."""
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*), sum(acts), max(updated_at) {ACCEPTED}", bounds(start, until))
        return "-".join(str(value) for value in cursor.fetchone())


def of(numbers: Sequence[int]) -> Iterator[Past]:
    """Some declarations, by their numbers."""
    for first in range(0, len(numbers), BATCH):
        with connection.cursor() as cursor:
            yield from _read(cursor, list(numbers[first : first + BATCH]))


def batches(start: date, until: date) -> Iterator[list[int]]:
    """The numbers of the declarations accepted from `start` until, not including, `until`, in order, a portion at a time."""
    last = -1
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"select id {ACCEPTED} and id > %s order by id limit %s", [*bounds(start, until), last, BATCH]
            )
            numbers = [row[0] for row in cursor.fetchall()]
        if not numbers:
            return
        yield numbers
        last = numbers[-1]


def accepted(start: date, until: date) -> Iterator[Past]:
    """Each of them, in the order of their numbers."""
    for numbers in batches(start, until):
        with connection.cursor() as cursor:
            found = _read(cursor, numbers)
        yield from found


def _read(cursor: Any, numbers: list[int]) -> list[Past]:
    cursor.execute(ACTS, [numbers])
    taken: dict[int, list[tuple[str, str, date]]] = {}
    for number, book, day, acts in cursor.fetchall():
        taken.setdefault(number, []).extend((name, book, day) for name in codec.names(bytes(acts)))
    cursor.execute(STATES, [numbers])
    states = (read_state(row) for row in cursor.fetchall())
    return [Past(state, tuple(taken[state.id])) for state in states]


def bounds(start: date, until: date) -> list[Any]:
    return [datetime.combine(day, time(), UTC) for day in (start, until)]
