"""Whole trails: every entry of each declaration that was accepted in a time, in order. For those who judge the past as it was.

Read in portions of a few hundred, as `history` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from django.db import connection

from customhouse.record.acts import Entry
from customhouse.registry.history import batches
from customhouse.registry.rows import READ_ENTRY, read_entry

ENTRIES = f"select {READ_ENTRY} from entry e where e.declaration = any(%s) order by e.declaration, e.first"  # noqa: S608 - our own words only


def of(numbers: Sequence[int]) -> dict[int, list[Entry]]:
    """The entries of some declarations, by their numbers."""
    with connection.cursor() as cursor:
        cursor.execute(ENTRIES, [list(numbers)])
        found: dict[int, list[Entry]] = {}
        for row in cursor.fetchall():
            entry = read_entry(*row)
            found.setdefault(entry.declaration, []).append(entry)
    return found


def accepted(start: date, until: date) -> Iterator[list[Entry]]:
    """The entries of each declaration that came in from `start` until, not including, `until`, and was accepted."""
    for numbers in batches(start, until):
        found = of(numbers)
        yield from (found[number] for number in numbers)
