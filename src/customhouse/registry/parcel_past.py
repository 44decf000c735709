"""Stored parcels of a time, for those who judge the past: which segments there are, what is in them, and what became of the files.

A segment is read as it lies, as one Parquet blob of columns, a few segments at a time; nothing is unpacked here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Literal

import msgspec
from django.db import connection

from customhouse.record.parcel import Consolidation, span
from customhouse.registry.parcel_packed import in_bytes

AT_ONCE = 8
"""Segments read in one statement."""


class Of(msgspec.Struct, frozen=True):
    """A consolidation: what is declared once for all its parcels, its day, and what it was judged under: the Book and the officers'
    criteria (hashes), and when it was begun."""

    declared: Consolidation
    day: date
    book: str
    selectivity: str = ""
    at: datetime | None = None


class Segment(msgspec.Struct, frozen=True):
    """A stored segment: whose it is, its place, the day of its consolidation, its rows that are parcels, and its leaf."""

    consolidation: int
    place: int
    day: date
    parcels: int
    leaf: str

    @property
    def key(self) -> tuple[int, int, str]:
        """What no other segment has, in this register or another."""
        return self.consolidation, self.place, self.leaf


def consolidations(start: date, until: date) -> dict[int, Of]:
    """Those of the days from `start` until, not including, `until`, by number."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select id, declarant, reference, office, mode, on_day, book, selectivity, at from consolidation "
            "where on_day >= %s and on_day < %s order by id",
            [start, until],
        )
        return {
            number: Of(Consolidation(declarant, reference, office, mode), *rest)
            for number, declarant, reference, office, mode, *rest in cursor.fetchall()
        }


def segments(start: date, until: date) -> dict[date, list[Segment]]:
    """The stored segments of each day of a time, in order."""
    found: dict[date, list[Segment]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "select s.consolidation, s.place, c.on_day, s.parcels, encode(s.leaf, 'hex') from parcel_segment s "
            "join consolidation c on c.id = s.consolidation where c.on_day >= %s and c.on_day < %s "
            "and s.parcels > 0 order by c.on_day, s.consolidation, s.place",
            [start, until],
        )
        for row in cursor.fetchall():
            found.setdefault(row[2], []).append(Segment(*row))
    return found


def count(start: date, until: date) -> int:
    """How many rows of parcels were stored on the days from `start` until, not including, `until`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select coalesce(sum(s.parcels), 0) from parcel_segment s join consolidation c on c.id = s.consolidation "
            "where c.on_day >= %s and c.on_day < %s",
            [start, until],
        )
        return int(cursor.fetchone()[0])


def blobs(of: Sequence[Segment], side: Literal["facts", "texts"]) -> Iterator[tuple[Segment, bytes]]:
    """(segment, one of its two blobs), in order."""
    for first in range(0, len(of), AT_ONCE):
        some = of[first : first + AT_ONCE]
        sql = (
            f"select s.consolidation, s.place, s.{side} from parcel_segment s join "  # noqa: S608 - one of two words
            "unnest(%s::bigint[], %s::int[]) w (consolidation, place) using (consolidation, place)"
        )
        with connection.cursor() as cursor:
            rows = in_bytes(cursor).execute(
                sql, [[s.consolidation for s in some], [s.place for s in some]], binary=True
            )
            found = {(number, place): blob for number, place, blob in rows.fetchall()}
        for segment in some:
            yield segment, found[segment.consolidation, segment.place]


OUTCOMES = ("number", "fired", "drawn", "examined", "found", "revenue", "minutes")


def outcomes(first: int, last: int) -> Iterator[bytes]:
    """What became of the files of consolidations `first` to `last`, as CSV by number: `OUTCOMES`. Rules are parted by tabs, yes and
    no are 1 and 0, minutes go from the lane to the release (-1: not released)."""
    low, high = span(first)[0], span(last)[1]
    sql = (
        "copy (select declaration, array_to_string(chosen, e'\\t'), (draw_ppm < random_ppm)::int, "  # noqa: S608 - whole numbers
        "(result in ('conform', 'discrepancy'))::int, (result = 'discrepancy')::int, revenue, "
        "coalesce(floor(extract(epoch from released_at - routed_at) / 60)::bigint, -1) "
        f"from outcome where declaration > {low:d} and declaration < {high:d} order by declaration) to stdout (format csv)"
    )
    with connection.cursor() as cursor, cursor.copy(sql) as copy:
        yield from (bytes(block) for block in copy)


def mrns(numbers: Sequence[int]) -> dict[int, str]:
    """The MRNs of declarations by their numbers."""
    with connection.cursor() as cursor:
        cursor.execute("select id, mrn from declaration where id = any(%s) and mrn is not null", [list(numbers)])
        return dict(cursor.fetchall())
