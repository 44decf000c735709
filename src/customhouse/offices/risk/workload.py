"""What a draft asks of officers: looks a day at each office beside what the office can do, by one measure whatever the draft is.

Pure. A look is a declaration or parcel whose lane is YELLOW or RED. Days are those of the calendar, from the first that
anything came in to the last: an office rests on some of them, and is meant to be able to do its looks on the mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

import msgspec

Loads = Iterable[tuple[str, int, int, int]]
"""(office, how many came in, looks as they were, looks with the draft)."""


class Workload(msgspec.Struct, frozen=True):
    """The looks of an office in all and a day, as they were and with the draft. `capacity` is how many it can do in a day (0: nobody
    said), `minutes` how much more work a day the draft makes."""

    office: str
    came: int
    before: int
    after: int
    before_a_day: Decimal = Decimal(0)
    after_a_day: Decimal = Decimal(0)
    capacity: int = 0
    minutes: int = 0

    @property
    def is_over(self) -> bool:
        """Whether the draft asks for more than the office can do."""
        return 0 < self.capacity < self.after_a_day


def workload(loads: Loads, days: int, looks: Mapping[str, int], minutes: int) -> tuple[Workload, ...]:
    """Every office, the busiest under the draft first. `looks` are those an office can do in a day ("" for any other)."""
    found = [_of(load, days, looks.get(load[0], looks.get("", 0)), minutes) for load in loads]
    return tuple(sorted(found, key=lambda w: (-w.after, -w.came, w.office)))


def days_between(since: date | None, until: date | None) -> int:
    """The days of the calendar from the first to the last, both included; 0 where there are none."""
    return (until - since).days + 1 if since and until else 0


def _of(load: tuple[str, int, int, int], days: int, capacity: int, minutes: int) -> Workload:
    office, came, before, after = load
    each = max(1, days)
    more = round(Decimal((after - before) * minutes) / each)
    before_a_day, after_a_day = (round(Decimal(looks) / each, 1) for looks in (before, after))
    return Workload(office, came, before, after, before_a_day, after_a_day, capacity, more)
