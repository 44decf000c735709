"""The one reader of the record for what is kept of the past: actors, outcomes, past trade. Table in course.sql.

It follows the record in its fixed order (`feed`). Each declaration that it meets is read whole and folded once (`offices.risk.course`);
each keeper writes anew what it keeps of it, in the transaction that moves the place on: nothing is missed, and nothing counted twice.
What is kept is no record: `recount` makes all of it again, and it is the same.
"""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from customhouse.offices.risk.course import Course, course
from customhouse.registry import actors, files, outcomes, reader, traffic, trail, turn
from customhouse.registry.feed import AFTER, Place

AT_ONCE = 1000
"""Entries read in one transaction."""
TURN = "reading of the past"
KEEPERS = (actors, outcomes, traffic)
"""Who keeps something: `keep(cursor, courses)` writes it anew, `forget(cursor)` clears it."""
NEXT = f"select e.xid::text, e.id, e.declaration from entry e where {AFTER} order by e.xid, e.id limit %s"  # noqa: S608 - our own words


@reader.as_house
def read_on(limit: int = AT_ONCE) -> int:
    """Read the record on from where it was read to; how many entries were read. Does nothing while somebody else reads."""
    with transaction.atomic(), connection.cursor() as cursor:
        return _read(cursor, limit) if turn.in_transaction(TURN) else 0


def catch_up(most: int = 4 * AT_ONCE) -> bool:
    """Read on until nothing is left or `most` entries were read; whether it is level with the record."""
    return any(read_on() < AT_ONCE for _ in range(0, most, AT_ONCE))


@reader.as_house
def recount() -> int:
    """Forget all that is kept and read the whole record again, alone; how many entries that were. Not for use inside a transaction."""
    with turn.waited(TURN):
        with transaction.atomic(), connection.cursor() as cursor:
            for keeper in KEEPERS:
                keeper.forget(cursor)
            cursor.execute("update course_place set xid = '0', id = 0, latest = '-infinity'")
        seen = 0
        while some := read_on():
            seen += some
    return seen


def behind() -> int:
    """How many entries of the record are not read yet (counted up to a few thousand)."""
    with connection.cursor() as cursor:
        place = _place(cursor)
        cursor.execute(f"select count(*) from ({NEXT}) s", [str(place.xid), place.id, 5000])  # noqa: S608
        return int(cursor.fetchone()[0])


def of(number: int) -> Course:
    """The course of one declaration, read from its acts now. Raises `files.UnknownDeclaration`."""
    return course(files.entries(number))


def _place(cursor: Any) -> Place:
    cursor.execute("select xid::text, id from course_place")
    xid, number = cursor.fetchone() or (0, 0)
    return Place(int(xid), number)


def _read(cursor: Any, limit: int) -> int:
    place = _place(cursor)
    cursor.execute(NEXT, [str(place.xid), place.id, limit])
    found = cursor.fetchall()
    if not found:
        return 0
    courses = [course(entries) for entries in trail.of(sorted({row[2] for row in found})).values()]
    for keeper in KEEPERS:
        keeper.keep(cursor, courses)
    cursor.execute(
        "update course_place set xid = %s::xid8, id = %s, latest = greatest(latest, %s)",
        [*found[-1][:2], max(c.last for c in courses)],
    )
    return len(found)
