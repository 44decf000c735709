"""Lanes as they were set, with what came of them: each declaration as it stood when its lane was decided, and its examination.

Everything is read from the entries, so an appeal, a training and a monitor see what the line saw.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection, transaction

from customhouse.record.acts import Entry, Examined, LaneAssigned, LaneChanged
from customhouse.record.declaration import Declaration, Examination, Selection
from customhouse.record.flow import fold
from customhouse.registry.rows import READ_ENTRY, read_entry

AT_ONCE = 500


class Decided(msgspec.Struct, frozen=True):
    """A declaration as it stood when its lane was set at `at`, why, and what an examination found afterwards."""

    declaration: Declaration
    selection: Selection
    at: datetime
    changed_by: str = ""
    result: Examination | None = None
    examined_at: datetime | None = None


def of_entries(entries: Iterable[Entry]) -> Decided | None:
    """The last lane that the line set before an examination; None where it never set one."""
    d: Declaration | None = None
    found: Decided | None = None
    for entry in entries:
        d = fold(d, entry)
        for act in entry.acts:
            match act:
                case LaneAssigned(selection) if found is None or found.result is None:
                    found = Decided(d, selection, entry.at)
                case LaneChanged() if found is not None:
                    found = msgspec.structs.replace(found, changed_by=entry.by)
                case Examined(examination) if found is not None and examination.conclusion != "not_done":
                    found = msgspec.structs.replace(found, result=examination, examined_at=entry.at)
    return found


def between(since: datetime, until: datetime, *, examined: bool = False, most: int = 0) -> Iterator[Decided]:
    """Lanes of the declarations accepted from `since` until before `until`, the oldest first; with `most` the newest so many.

    `examined`: only those with a result. Declarations that are not counted yet (`registry.actors`) are not among them.
    """
    only = "and examined_at is not null" if examined else ""
    limit = f"limit {int(most)}" if most else ""
    numbers = (
        f"select declaration from actor_declaration where accepted_at >= %s and accepted_at < %s {only} "  # noqa: S608 - our own words
        f"order by accepted_at desc, declaration desc {limit}"
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(numbers, [since, until])
        wanted = [row[0] for row in reversed(cursor.fetchall())]
    for at in range(0, len(wanted), AT_ONCE):
        yield from _read(wanted[at : at + AT_ONCE])


def one(number: int) -> Decided | None:
    """The lane of one declaration; None where none was set."""
    return next(_read([number]), None)


def _read(numbers: Sequence[int]) -> Iterator[Decided]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"select {READ_ENTRY} from entry e where e.declaration = any(%s) order by array_position(%s::bigint[], e.declaration), e.first",  # noqa: S608
            [list(numbers), list(numbers)],
        )
        rows: list[Sequence[Any]] = cursor.fetchall()
    entries: list[Entry] = []
    for row in rows:
        entry = read_entry(*row)
        if entries and entries[-1].declaration != entry.declaration:
            if (found := of_entries(entries)) is not None:
                yield found
            entries = []
        entries.append(entry)
    if entries and (found := of_entries(entries)) is not None:
        yield found
