"""Whole trails: every entry of each declaration that was accepted in a time, in order. For those who judge the past as it was.

Read in portions of a few hundred, as `history` does.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db import connection

from customhouse.record.acts import Entry
from customhouse.registry.history import ACCEPTED, BATCH, bounds
from customhouse.registry.rows import READ_ENTRY, read_entry

ENTRIES = f"select {READ_ENTRY} from entry e where e.declaration = any(%s) order by e.declaration, e.first"  # noqa: S608 - our own words only


def accepted(start: date, until: date) -> Iterator[list[Entry]]:
    """The entries of each declaration that came in from `start` until, not including, `until`, and was accepted."""
    last = -1
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"select id {ACCEPTED} and id > %s order by id limit %s", [*bounds(start, until), last, BATCH]
            )
            numbers = [row[0] for row in cursor.fetchall()]
            if not numbers:
                return
            cursor.execute(ENTRIES, [numbers])
            found: dict[int, list[Entry]] = {}
            for row in cursor.fetchall():
                entry = read_entry(*row)
                found.setdefault(entry.declaration, []).append(entry)
        last = numbers[-1]
        yield from (found[number] for number in numbers)
