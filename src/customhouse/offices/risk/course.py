"""The course of a declaration: its acts read once, for everything that is learned from what became of it.

What selection found (`outcome`), what rules are tried on (`selected`), what is known of actors and what a targeting officer compares with
are all views of this one fold. Pure: the same entries give the same course.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from customhouse.kernel.money import Money
from customhouse.offices.risk.overruling import LOOKS
from customhouse.record.acts import (
    Accepted,
    Act,
    Assessed,
    Entry,
    Examined,
    LaneAssigned,
    LaneChanged,
    Lifted,
    Recalled,
    Released,
    Valued,
)
from customhouse.record.declaration import Declaration, Examination, HoldKind, Selection
from customhouse.record.flow import step
from customhouse.record.outcome import Look, Result

WEIGHT = {Result.PENDING: 0, Result.NOT_DONE: 1, Result.CONFORM: 2, Result.DISCREPANCY: 3}
SAYING = (Result.CONFORM, Result.DISCREPANCY)
"""Results that say something of goods or papers; a look that was not done says nothing."""


class Seen(msgspec.Struct, frozen=True):
    """One look: at what, what it said, by whom and when."""

    what: Look
    found: Examination
    by: str
    at: datetime

    @property
    def result(self) -> Result:
        return Result(self.found.conclusion)


class Routed(msgspec.Struct, frozen=True):
    """The line setting a lane: the declaration as it stood then, why, when, under which Book (hash); `values` and `payable` as in
    `Course`."""

    declaration: Declaration
    selection: Selection
    at: datetime
    values: Mapping[int, int]
    payable: Money
    book: str = ""


class Course(msgspec.Struct):
    """What became of a declaration, up to the last of its acts.

    `came` and `last` are when it was lodged and last acted on. `values` (customs values, by item) and `payable` are what was last worked
    out, in minor units, whatever an amendment has unsettled since. `first` is the first lane that the line set, `counting` the last that
    it set before a look said something: the one under which the goods were looked at. `asks_since` is when a lane was set that asks for a
    look, None where the lane that stands asks for none; `changed_by` who last overruled one, "" where nobody did.
    """

    now: Declaration
    came: datetime
    last: datetime
    values: Mapping[int, int] = {}
    payable: Money = Money(0, "")
    accepted: datetime | None = None
    first: Routed | None = None
    counting: Routed | None = None
    looks: tuple[Seen, ...] = ()
    asks_since: datetime | None = None
    changed_by: str = ""
    released: datetime | None = None

    @property
    def result(self) -> Result:
        """What all looks say together: a find among several stays one."""
        return max((s.result for s in self.looks), key=WEIGHT.__getitem__, default=Result.PENDING)


def course(entries: Iterable[Entry]) -> Course:
    """The course of the declaration of these entries: all of it, in order. Raises ValueError where there is none."""
    told: Course | None = None
    for entry in entries:
        for act in entry.acts:
            now = step(told.now if told else None, act, entry.role, entry.at, entry.declaration)
            if told is None:
                told = Course(now, entry.at, entry.at)
            told.now = now
            _add(told, act, entry)
        if told is not None:
            told.last = entry.at
            told.asks_since = (told.asks_since or entry.at) if told.now.lane in LOOKS else None
    if told is None:
        raise ValueError("a declaration without entries has no course")
    return told


def _add(told: Course, act: Act, entry: Entry) -> None:
    match act:
        case Accepted():
            told.accepted = told.accepted or entry.at
        case Valued(valuation=valued):
            told.values = {v.item: v.value.minor for v in valued.items}
        case Assessed(assessment=assessed):
            told.payable = assessed.payable
        case LaneAssigned(selection=selection):
            routed = Routed(told.now, selection, entry.at, told.values, told.payable, entry.book)
            told.first = told.first or routed
            if not any(s.result in SAYING for s in told.looks):
                told.counting = routed
        case LaneChanged():
            told.changed_by = entry.by
        case Examined(examination=found):
            told.looks = (*told.looks, Seen(Look.GOODS, found, entry.by, entry.at))
        case Lifted(kind=HoldKind.DOCUMENTS, result=Examination() as found):
            told.looks = (*told.looks, Seen(Look.DOCUMENTS, found, entry.by, entry.at))
        case Released():
            told.released = entry.at
        case Recalled():
            told.released = None
