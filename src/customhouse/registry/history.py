"""History: every declaration that was accepted in a time, with all that was recorded on it, read in portions of a few hundred."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db import connection

from customhouse.record.acts import Entry
from customhouse.registry.rows import read_entry

BATCH = 500
ACCEPTED = "from declaration where mrn is not null and lodged_at >= %s and lodged_at < %s"
ENTRIES = (
    'select declaration, first, "by", role, at, on_day, book, acts from entry '
    "where declaration = any(%s) order by declaration, first"
)


def count(start: date, until: date) -> int:
    """How many declarations were accepted from `start` (included) until `until` (excluded)."""
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) {ACCEPTED}", _bounds(start, until))
        return int(cursor.fetchone()[0])


def span(start: date, until: date) -> tuple[date, date]:
    """The part of the time in which anything was accepted: (first day, the day after the last); one day when nothing was."""
    with connection.cursor() as cursor:
        cursor.execute(f"select min(lodged_at), max(lodged_at) {ACCEPTED}", _bounds(start, until))
        first, last = cursor.fetchone()
    if first is None:
        return start, start + timedelta(1)
    return first.astimezone(UTC).date(), last.astimezone(UTC).date() + timedelta(1)


def stamp(start: date, until: date) -> str:
    """A word that changes when anything is recorded on any of them."""
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*), sum(acts), max(updated_at) {ACCEPTED}", _bounds(start, until))
        return "-".join(str(value) for value in cursor.fetchone())


def of(numbers: Sequence[int]) -> Iterator[tuple[Entry, ...]]:
    """The entries of each of some declarations, by their numbers."""
    for first in range(0, len(numbers), BATCH):
        with connection.cursor() as cursor:
            yield from _entries(cursor, list(numbers[first : first + BATCH]))


def accepted(start: date, until: date) -> Iterator[tuple[Entry, ...]]:
    """The entries of each of them, in the order of their numbers."""
    last = -1
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"select id {ACCEPTED} and id > %s order by id limit %s", [*_bounds(start, until), last, BATCH]
            )
            numbers = [row[0] for row in cursor.fetchall()]
            if not numbers:
                return
            found = _entries(cursor, numbers)
        last = numbers[-1]
        yield from found


def _entries(cursor: Any, numbers: list[int]) -> list[tuple[Entry, ...]]:
    cursor.execute(ENTRIES, [numbers])
    entries = (read_entry(*row) for row in cursor.fetchall())
    return [tuple(all_of_it) for _, all_of_it in groupby(entries, attrgetter("declaration"))]


def _bounds(start: date, until: date) -> list[Any]:
    return [datetime.combine(day, time(), UTC) for day in (start, until)]
