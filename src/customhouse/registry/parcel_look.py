"""Parcels looked at: those of a consolidation by verdict, lane or words, those under a reference, the consolidations of a day.

Parcels are for customs alone (their history says what customs knows); a declarant is shown its own consolidations and counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
from django.db import connection

from customhouse.record.parcel import MARK, ROWS
from customhouse.registry import parcels
from customhouse.registry.parcels import COLUMNS, Begun, Stored, stored

WORDS_IN = ("reference", "consignee", "consignor", "description", "mrn")
"""Where words are looked for."""


class OfDay(msgspec.Struct, frozen=True):
    """A consolidation of a day: how far it is, and its rows so far by verdict (also `unreadable`) and by lane."""

    begun: Begun
    verdicts: dict[str, int]
    lanes: dict[str, int]

    @property
    def state(self) -> str:
        """`done`, or `going on` while segments are still to come (also where it was interrupted)."""
        return "done" if self.begun.finished else "going on"

    @property
    def rows(self) -> int:
        return sum(self.verdicts.values())


def rows(
    consolidation: int,
    *,
    verdicts: Sequence[str] = (),
    lanes: Sequence[str] = (),
    words: str = "",
    after: int = 0,
    limit: int = 50,
) -> list[Stored]:
    """Parcels of a consolidation in the order of their lines, beyond the line `after`: of these verdicts and lanes (all where
    none is named), with every one of the words in their reference, MRN, names or description, capitals or not."""
    low, high = parcels.span(consolidation)
    where, values = ["id > %s", "id < %s"], [low + after, high]
    for name, among in (("verdict", verdicts), ("lane", lanes)):
        if among:
            where.append(f"{name} = any(%s)")
            values.append(list(among))  # type: ignore[arg-type]
    for word in words.split():
        where.append(f"position(lower(%s) in lower(concat_ws(' ', {', '.join(WORDS_IN)}))) > 0")
        values.append(word)  # type: ignore[arg-type]
    return _read(where, values, limit)


def find(reference: str, *, declarant: str = "", limit: int = 50) -> list[Stored]:
    """Parcels declared under exactly this reference, the newest first; of one declarant where one is named."""
    where, values = ["reference = %s"], [reference]
    if declarant:
        where.append(f"exists (select from consolidation c where c.id = (parcel.id - {MARK}) / {ROWS} "
                     "and c.declarant = %s)")  # fmt: skip
        values.append(declarant)
    return _read(where, values, limit, "desc")


def _read(where: Sequence[str], values: Sequence[Any], limit: int, order: str = "") -> list[Stored]:
    sql = f"select {', '.join(COLUMNS)} from parcel where {' and '.join(where)} order by id {order} limit %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, limit])
        return [stored(row) for row in cursor.fetchall()]


def day(day: date, *, declarant: str = "") -> list[OfDay]:
    """The consolidations of a day, the newest first; of one declarant where one is named."""
    found = parcels.begun("c.on_day = %s and (%s = '' or c.declarant = %s)", [day, declarant, declarant], "desc")
    return [OfDay(one, parcels.counts(one.id), _lanes(one.id)) for one in found]


def _lanes(number: int) -> dict[str, int]:
    low, high = parcels.span(number)
    with connection.cursor() as cursor:
        cursor.execute(
            "select lane, count(*) from parcel where id > %s and id < %s and lane is not null group by lane",
            [low, high],
        )
        return dict(cursor.fetchall())
