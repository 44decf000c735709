"""Looks asked for on what is not declared yet: a transport document, a container, a means of transport.

A process holds the wishes that stand; the line looks them up without asking anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from django.db import IntegrityError, connection, transaction

from customhouse.record.declaration import Mark
from customhouse.record.lanes import STRICTNESS, Lane
from customhouse.registry import reader
from customhouse.registry.published import Published

CHANNEL = "target_ahead"
MOST = 2_000  # wishes that a process holds
KINDS = ("document", "container", "means")
STANDING = (
    "select a.kind, a.key, a.lane, a.reason, a.code, a.until from target_ahead a where a.revokes is null and a.until >= current_date - 1 "  # noqa: S608
    f"and not exists (select from target_ahead r where r.revokes = a.id) order by a.id desc limit {MOST}"
)
ALL = (
    'select a.id, a.at, a."by", a.office, a.kind, a.key, a.number, a.lane, a.code, a.reason, a.until from target_ahead a '
    "where a.revokes is null and a.until >= %s and not exists (select from target_ahead r where r.revokes = a.id) order by a.id desc limit %s"
)
Marks = Mapping[tuple[str, str], Mark]


class Wish(msgspec.Struct, frozen=True):
    """A look asked for: on which number, at least which lane, why, by whom, and the last day it counts."""

    id: int
    at: datetime
    by: str
    office: str
    kind: str
    key: str
    number: str
    lane: Lane
    code: str
    reason: str
    until: date


class Shelf(Published):
    """What a process holds of the wishes that stand."""

    channel = CHANNEL

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[Sequence[Any]] = []
        self._held: list[tuple[tuple[str, str], Mark, date]] = []
        self._on: tuple[Any, date, Marks] | None = None

    def read(self) -> None:
        """Hold what stands now."""
        rows = _all(STANDING, [])
        if rows != self._rows:
            self._rows = list(rows)
            self._held = [((row[0], row[1]), Mark(Lane(row[2]), row[3], row[4]), row[5]) for row in rows]

    def held(self, on: date) -> Marks:
        """What is held and counts on a day; of two wishes on one thing the stricter. Put together once, not for every declaration."""
        held, kept = self._held, self._on
        if kept is not None and kept[0] is held and kept[1] == on:
            return kept[2]
        found: dict[tuple[str, str], Mark] = {}
        for key, mark, until in held:
            if until >= on and (key not in found or STRICTNESS[mark.lane] > STRICTNESS[found[key].lane]):
                found[key] = mark
        self._on = held, on, found
        return found

    def marks(self, on: date) -> Marks:
        """The same, renewed before."""
        self.renew()
        return self.held(on)


shelf = Shelf()


def wish(kind: str, key: str, number: str, mark: Mark, until: date, by: str) -> int:
    """Ask for a look at what a declaration will name; the number of the wish. Raises ValueError for another kind or no key."""
    if kind not in KINDS or not key:
        raise ValueError(f"nothing can be asked for on {kind!r} {number!r}")
    row = _all(
        'insert into target_ahead ("by", office, kind, key, number, lane, code, reason, until) '
        "values (%s, %s, %s, %s, %s, %s, %s, %s, %s) returning id",
        [by, reader.current().office, kind, key, number, mark.lane.value, mark.code, mark.reason, until],
    )
    _news()
    return int(row[0][0])


def take_back(number: int, reason: str, by: str) -> bool:
    """Take a wish back, for a reason; False when it does not stand, or is another office's."""
    try:
        with transaction.atomic():
            row = _all(
                'insert into target_ahead ("by", office, revokes, kind, key, number, lane, code, reason, until) '
                "select %s, office, id, kind, key, number, lane, code, %s, until from target_ahead "
                "where id = %s and revokes is null and (%s = '' or office = %s) returning id",
                [by, reason, number, reader.current().office, reader.current().office],
            )
    except IntegrityError:
        return False
    _news()
    return bool(row)


def standing(today: date, limit: int = 200) -> tuple[Wish, ...]:
    """The wishes that stand, the newest first."""
    return tuple(Wish(*row[:7], Lane(row[7]), *row[8:]) for row in _all(ALL, [today, limit]))


def _news() -> None:
    _all("select pg_notify(%s, '')", [CHANNEL])
    shelf.forget()


def _all(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as found:
        found.execute(sql, values)
        return found.fetchall()  # type: ignore[no-any-return]
