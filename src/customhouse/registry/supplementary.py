"""What simplified declarations leave owed, from the notices that the outbox carries."""

from __future__ import annotations

from datetime import date, datetime

import msgspec
from django.db import connection

MOST = 500


class Owed(msgspec.Struct, frozen=True):
    """A simplified declaration that is to be completed by `due`."""

    declaration: int
    mrn: str
    lrn: str
    declarant: str
    importer: str
    goods: str
    lodged_at: datetime
    due: date


def owe(declaration: int, declarant: str, mrn: str, due: date) -> None:
    """Write down that `declaration` is to be completed; nothing happens when it is written already."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into supplementary_owed (declaration, declarant, mrn, due) values (%s, %s, %s, %s) on conflict do nothing",
            [declaration, declarant, mrn, due],
        )


def hand_in(declaration: int, declarant: str, mrns: list[str]) -> None:
    """Write down that `declaration` completes these; nothing happens when it is written already."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into supplementary_handed (mrn, declaration, declarant) values (%s, %s, %s) on conflict do nothing",
            [[mrn, declaration, declarant] for mrn in mrns],
        )


def standing(declarant: str = "", due_before: date | None = None) -> tuple[Owed, ...]:
    """What is owed and not handed in, the oldest day first: of one declarant or of all, only what was due before a day.

    An invalidated declaration owes nothing, and hands nothing in; one hands in for its own declarant only.
    """
    tests, values = ["d.stage <> 'INVALIDATED'"], list[object]()
    if declarant:
        tests.append("o.declarant = %s")
        values.append(declarant)
    if due_before:
        tests.append("o.due < %s")
        values.append(due_before)
    with connection.cursor() as cursor:
        cursor.execute(
            "select o.declaration, o.mrn, d.lrn, o.declarant, d.importer, d.goods, d.lodged_at, o.due "  # noqa: S608
            "from supplementary_owed o join declaration d on d.id = o.declaration "
            f"where {' and '.join(tests)} and not exists (select from supplementary_handed h "
            "join declaration s on s.id = h.declaration and s.stage not in ('INVALIDATED', 'REFUSED') "
            "where h.mrn = o.mrn and h.declarant = o.declarant) order by o.due, o.declaration limit %s",
            [*values, MOST],
        )
        return tuple(Owed(*row) for row in cursor.fetchall())
