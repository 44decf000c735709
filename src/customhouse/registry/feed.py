"""The record as a feed: entries in the one order that is fixed for ever, with whose they are.

Readers keep a place in it (transaction id, entry id); what a running transaction may still put before others is not shown
yet (as in `sealing`). Each reading looks at a bounded stretch, so a reader far behind is served in several.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from django.db import connection

from customhouse.record.acts import Entry
from customhouse.registry.rows import READ_ENTRY, read_entry

STRETCH = 20_000  # entries looked at in one reading
AFTER = "(e.xid, e.id) > (%s::xid8, %s) and e.xid < pg_snapshot_xmin(pg_current_snapshot())"


class Place(msgspec.Struct, frozen=True, order=True):
    """How far somebody has read."""

    xid: int = 0
    id: int = 0

    def __str__(self) -> str:
        return f"{self.xid}.{self.id}"

    @classmethod
    def parse(cls, text: str) -> Place:
        """The place written as `str` writes it. Raises ValueError."""
        xid, _, number = text.partition(".")
        if not all(p.isascii() and p.isdigit() and len(p) < 19 for p in (xid, number)):
            raise ValueError(f"{text[:40]!r} is no place in the feed")
        return cls(int(xid), int(number))


class Recorded(msgspec.Struct, frozen=True):
    """An entry of the record, with the names of its declaration and where it stands in the feed."""

    place: Place
    mrn: str
    lrn: str
    declarant: str
    entry: Entry


def read(after: Place, declarants: Sequence[str], limit: int = 500) -> tuple[tuple[Recorded, ...], Place]:
    """(entries of these declarants after a place, in order; the place to go on from)."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"select max(xid::text::bigint * 1000000000000000000::numeric + id) from (select e.xid, e.id from entry e where {AFTER} order by e.xid, e.id limit %s) s",  # noqa: S608
            [str(after.xid), after.id, STRETCH],
        )
        far = cursor.fetchone()[0]
        if far is None:
            return (), after
        upto = Place(*divmod(int(far), 10**18))
        if not declarants:
            return (), upto
        cursor.execute(
            f"select e.xid::text, e.id, coalesce(d.mrn, ''), d.lrn, d.declarant, {READ_ENTRY} "  # noqa: S608
            f"from entry e join declaration d on d.id = e.declaration where {AFTER} and (e.xid, e.id) <= (%s::xid8, %s) "
            "and d.declarant = any(%s) order by e.xid, e.id limit %s",
            [str(after.xid), after.id, str(upto.xid), upto.id, list(declarants), limit],
        )
        found = tuple(_recorded(row) for row in cursor.fetchall())
    return found, found[-1].place if len(found) == limit else upto


def _recorded(row: Sequence[Any]) -> Recorded:
    xid, number, mrn, lrn, declarant, *entry = row
    return Recorded(Place(int(xid), number), mrn, lrn, declarant, read_entry(*entry))


def end() -> Place:
    """The place behind everything that can be read now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select e.xid::text, e.id from entry e where e.xid < pg_snapshot_xmin(pg_current_snapshot()) "
            "order by e.xid desc, e.id desc limit 1"
        )
        row = cursor.fetchone()
    return Place(int(row[0]), row[1]) if row else Place()


def beginning(declarant: str) -> Place:
    """The place before the first entry of a declarant."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select e.xid::text, e.id from entry e where e.declaration = "
            "(select min(id) from declaration where declarant = %s) order by e.first limit 1",
            [declarant],
        )
        row = cursor.fetchone()
    return Place(int(row[0]), row[1] - 1) if row else end()
