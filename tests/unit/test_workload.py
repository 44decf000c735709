"""Looks a day: means over the calendar, beside what an office can do."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from customhouse.offices.risk.workload import days_between, workload


def test_looks_a_day_stand_beside_what_an_office_can_do() -> None:
    found = workload([("A", 100, 3, 30), ("B", 50, 40, 35), ("C", 9, 0, 0)], 7, {"": 6, "A": 4}, 20)
    assert [w.office for w in found] == ["B", "A", "C"]
    b, a, c = found
    assert (a.before_a_day, a.after_a_day, a.capacity, a.minutes) == (Decimal("0.4"), Decimal("4.3"), 4, 77)
    assert (b.after_a_day, b.minutes) == (Decimal("5.0"), -14)
    assert a.is_over and not b.is_over and not c.is_over
    assert not workload([("A", 1, 1, 1)], 0, {}, 20)[0].is_over  # nobody said what it can do


def test_days_are_those_of_the_calendar() -> None:
    assert days_between(date(2026, 2, 27), date(2026, 3, 2)) == 4
    assert days_between(None, None) == 0
