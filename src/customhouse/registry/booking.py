"""Booking: the acts of the record become journals, each exactly once, in the order of the log.

What people record is booked in the transaction that records it (`book`). What the automatic line records in the fast
intake is booked by the worker a moment later, many at once (`book_news`): like sealing, it takes committed entries in the
order (transaction id, entry id), below the oldest transaction that still runs, and remembers how far it has come in the
transaction that posts. Both lead to the same journals; whoever comes second posts nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from customhouse.offices.treasury.books import MONEY, journals
from customhouse.record.account import Journal
from customhouse.record.acts import Entry
from customhouse.registry import files, treasury
from customhouse.registry.rows import READ_ENTRY, read_entry

AT_ONCE = 1000
# Entries that may move money. An assessment alone moves some only after an amendment, never in a first entry.
ALWAYS = tuple(name for name in MONEY if name != "Assessed")
TOLD = " or ".join(f'position(\'"act":"{name}"\'::bytea in e.acts) > 0' for name in ALWAYS)
ASSESSED = 'e.first > 1 and position(\'"act":"Assessed"\'::bytea in e.acts) > 0'
WAITING = (
    "from entry e where (e.xid, e.id) > (%s::xid8, %s) and e.xid < pg_snapshot_xmin(pg_current_snapshot()) "
    "order by e.xid, e.id limit %s"
)
NEXT = f"select e.xid::text, e.id, ({TOLD} or ({ASSESSED})), {READ_ENTRY} {WAITING}"
LAST = "select xid::text, id from booking for update skip locked"


def moves_money(entries: Sequence[Entry]) -> bool:
    return any(type(act).__name__ in MONEY for entry in entries for act in entry.acts)


def book(declaration: int) -> int:
    """Post what the acts of a declaration lead to and is not posted yet; joins the transaction that records them.

    Raises treasury.GuaranteeExhausted when an account does not cover a charge.
    """
    return treasury.post(journals(files.entries(declaration)))


def book_news(at_once: int = AT_ONCE) -> int:
    """Book what was recorded since the last time; how many entries were looked at (0: none new, or another is at it)."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LAST)
        position = cursor.fetchone()
        if position is None:
            return 0
        cursor.execute(NEXT, [*position, at_once])
        rows = cursor.fetchall()
        if not rows:
            return 0
        treasury.post(_journals(rows))
        cursor.execute("update booking set xid = %s::xid8, id = %s", [rows[-1][0], rows[-1][1]])
    return len(rows)


def _journals(rows: Sequence[tuple[Any, ...]]) -> list[Journal]:
    """A first entry says everything itself; where there are more, the acts before say what was booked."""
    found: list[Journal] = []
    longer: set[int] = set()
    for _xid, _id, moves, *columns in rows:
        if not moves:
            continue
        if columns[1] == 1:
            found.extend(journals([read_entry(*columns)]))
        else:
            longer.add(columns[0])
    for number in sorted(longer):
        found.extend(journals(files.entries(number)))
    return found


def position() -> tuple[int, int]:
    """How far the record is booked: (transaction id, entry id) of the last entry looked at."""
    with connection.cursor() as cursor:
        cursor.execute("select xid::text, id from booking")
        xid, number = cursor.fetchone()
        return int(xid), number


def waiting() -> int:
    """How many entries have not been looked at."""
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from entry where (xid, id) > (select xid, id from booking)")
        return int(cursor.fetchone()[0])
