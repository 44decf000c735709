"""What was stored before: the segments of a day that count for a consolidation, cut off by the snapshot of its beginning; and
numbers for consolidations that are judged beside the register."""

from __future__ import annotations

from datetime import date

import msgspec
from django.db import connection


class Earlier(msgspec.Struct, frozen=True):
    """A stored segment of a day: whose it is, and its place in its consolidation. Where it does not `count`, it was stored after the
    beginning of the one that asks, and only tells which references its declarant has used."""

    consolidation: int
    declarant: str
    place: int
    counts: bool = True


def earlier(day: date, seen: str, declarant: str = "", own: int = 0) -> list[Earlier]:
    """The segments of a day that count for a consolidation begun with this snapshot: those stored before, and its own. And all
    others of its declarant, so that no reference is taken twice, also where this one was interrupted and another came between."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select * from (select s.consolidation, c.declarant, s.place, "
            "s.consolidation = %(own)s or pg_visible_in_snapshot(s.xid, %(seen)s::pg_snapshot) as counts "
            "from parcel_segment s join consolidation c on c.id = s.consolidation where c.on_day = %(day)s) e "
            "where counts or declarant = %(declarant)s order by consolidation, place",
            {"own": own, "seen": seen, "day": day, "declarant": declarant},
        )
        return [Earlier(*row) for row in cursor.fetchall()]


def snapshot() -> str:
    """What can be seen now, as consolidations keep it from their beginning."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_current_snapshot()::text")
        return str(cursor.fetchone()[0])


def reserve(count: int) -> tuple[int, ...]:
    """Numbers of consolidations that are judged beside the register; none of its own will have them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select nextval(pg_get_serial_sequence('consolidation', 'id')) from generate_series(1, %s)", [count]
        )
        return tuple(row[0] for row in cursor.fetchall())
