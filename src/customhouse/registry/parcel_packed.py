"""The columns of stored segments, read as they lie. Whoever reads is shown those of consolidations whose rows are theirs to see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Self

import msgspec
import psycopg
from django.db import connection


class Packed(msgspec.Struct, frozen=True):
    """The columns of a stored segment, as they lie."""

    consolidation: int
    place: int
    first: int
    facts: bytes
    texts: bytes


def of(number: int, *, after: int = 0, texts: bool = True) -> Iterator[Packed]:
    """The columns of a consolidation's segments that end beyond the row `after`, one at a time in their order."""
    which, done = "s.consolidation = %s and s.first + s.rows > %s and s.place > %s", -1
    while found := where(which, [number, after + 1, done], limit=1, texts=texts):
        yield found[0]
        done = found[0].place


def at(consolidation: int, place: int) -> list[Packed]:
    """The columns of the segment in a place of a consolidation; none where the reader is not shown it."""
    return where("s.consolidation = %s and s.place = %s", [consolidation, place], limit=1)


def where(sql: str, values: Sequence[Any], *, limit: int, texts: bool = True) -> list[Packed]:
    """The columns of segments s for which this SQL is true, those of the oldest first."""
    columns = "s.consolidation, s.place, s.first, s.facts, " + ("s.texts" if texts else "''::bytea")
    sql = f"select {columns} from parcel_segment s where {sql} order by 1, 2 limit {limit:d}"  # noqa: S608 - our own words
    with connection.cursor() as cursor:
        found = in_bytes(cursor).execute(sql, values, binary=True).fetchall()
    return [Packed(*row) for row in found]


def in_bytes(cursor: Any) -> psycopg.Cursor[Any]:
    """A cursor on the same connection that binds and reads columns as bytes; written out as text they would be twice as long."""
    cursor.execute("select 1")  # by a statement of its own the server is told who reads
    return _InBytes(cursor.connection)


class _InBytes(psycopg.Cursor[Any]):
    """Its faults are told as those of all other statements (`django.db`): who asks knows a full disk or a lost server by that."""

    def execute(self, *given: Any, **how: Any) -> Self:
        with connection.wrap_database_errors:
            return super().execute(*given, **how)
