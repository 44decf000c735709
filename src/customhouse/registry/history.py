"""History: every declaration that was accepted in a time, with all that was recorded on it, read in portions of a few hundred."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
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
            cursor.execute(ENTRIES, [numbers])
            rows = cursor.fetchall()
        last = numbers[-1]
        for _, entries in groupby((read_entry(*row) for row in rows), attrgetter("declaration")):
            yield tuple(entries)


def _bounds(start: date, until: date) -> list[Any]:
    return [datetime.combine(day, time(), UTC) for day in (start, until)]
