"""Numbered plans as arrays: for every place a step can have, the sum that each plan has there and what it is charged on."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from math import gcd

import numpy as np

from customhouse.law.book import Book
from customhouse.law.terms import Rate
from customhouse.offices.duty.formula import Term, rounder
from customhouse.stream.items import Flags, Ints
from customhouse.stream.names import Names
from customhouse.stream.plans import OFFICE, Charge, Place, Plans, Row, Total

VALUE, WITH_DUTIES, DUTIES, QUANTITY, FLAT = range(5)
BASES = {"value": VALUE, "value_and_duties": WITH_DUTIES, "duties": DUTIES, "quantity": QUANTITY, "item": FLAT}
MILLION = 1_000_000
LARGEST = 2**63 - 1
GREATEST = LARGEST // 64  # a value or an amount; so many of that size can be added


class Column:
    """One place, plan by plan: the number of the sum (0: nothing), and its share where it is a plain percentage, in parts per
    million `on` the value, with duties, or the duties alone; `odd` marks all other sums.

    `charged` is what all plain percentages are charged on, None where they differ; `counted` are the places whose amounts
    are in the base, with a weight for each plan, or None where all that have such an amount count it once. `simple` plans
    have here nothing, or a plain percentage that is due and charged as most are: on `usual` with the amounts of `usually`.
    """

    def __init__(self, place: Place, plans: int) -> None:
        self.place, self.tax = place, place[1]
        self.total, self.share, self.on = (np.zeros(plans, np.int64) for _ in range(3))
        self.odd, self.due = np.zeros(plans, bool), np.ones(plans, bool)
        self.weights: dict[Place, Ints] = {}
        self.counted: list[tuple[Place, Ints | None]] = []
        self.usually: list[Place] = []

    def add(self, plan: int, row: Row, total: Total) -> None:
        self.total[plan], self.due[plan] = row.total, row.due
        share = _share(total)
        self.odd[plan] = share is None
        if share is not None:
            self.share[plan], self.on[plan] = share
        for places, weight in ((row.counts, 1), (row.less, -1)):
            for other in places:
                self.weights.setdefault(other, np.zeros(len(self.total), np.int64))[plan] = weight

    def settle(self, having: dict[Place, Flags]) -> None:
        """Find out what is the same in all plans, or in most, so that it need not be looked up item by item."""
        plain = (self.total > 0) & ~self.odd
        kinds = np.bincount(self.on[plain], minlength=DUTIES + 1)
        self.usual = int(kinds.argmax())
        self.charged = self.usual if np.count_nonzero(kinds) < 2 else None
        self.any_odd, self.all_due = bool(self.odd.any()), bool(self.due.all())
        simple = plain & self.due & (self.on == self.usual)
        asks = (self.total > 0) & (self.odd | (self.on > VALUE))
        for place, weights in self.weights.items():
            once = weights == 1
            met = asks & having[place]
            most = 2 * np.count_nonzero(met & once) >= np.count_nonzero(met)
            self.counted.append((place, None if once[met].all() else weights))
            if most:
                self.usually.append(place)
            if self.usual != VALUE:
                simple &= ~having[place] | (weights == int(most))
        self.simple: Flags = simple | (self.total == 0)


def _share(total: Total) -> tuple[int, int] | None:
    """(parts per million, what they are charged on) of a sum that is one plain percentage or nothing."""
    if total == Total():
        return 0, VALUE
    if total.low or total.high or len(total.terms) != 1:
        return None
    component = total.terms[0].component
    base = BASES[component.basis]
    top, bottom = component.rate.as_integer_ratio()
    if base > DUTIES or top * 10_000 % bottom or top * 10_000 // bottom > LARGEST // GREATEST * MILLION:
        return None
    return top * 10_000 // bottom, base


class Columns:
    """The plans of a Book in columns, as many as there are now. `simple` are those that are so in every column; `steps` counts
    the measures of each."""

    def __init__(self, plans: Plans) -> None:
        rows, totals = plans.rows.all, plans.totals.all
        self.count = len(rows)
        places = sorted({row.place for steps in rows[1:] for row in steps})
        found = {place: Column(place, self.count) for place in places}
        self.steps = np.array([0, *(len(steps) for steps in rows[1:])], np.int64)
        self.simple = np.ones(self.count, bool)
        self.simple[OFFICE] = False
        for plan, steps in enumerate(rows[1:], 1):
            for row in steps:
                found[row.place].add(plan, row, totals[row.total])
        self.all = list(found.values())
        having = {c.place: c.total > 0 for c in self.all}
        for column in self.all:
            column.settle(having)
            self.simple &= column.simple
        self.terms = Terms(plans, totals)


class Terms:
    """Every term of every sum as a fraction of what it is charged on, one for each time in which rates of exchange stand
    still; `bottom` is 0 where it cannot be worked out in whole numbers. `parts` are the places of the terms of the sums:
    of those added, of their lowest bound, of their highest (-1: no more)."""

    def __init__(self, plans: Plans, totals: list[Total]) -> None:
        charges = Names()
        numbers = [[[charges.number(c) for c in part] for part in total] for total in totals]
        most = max((len(part) for total in numbers for part in total), default=0)
        self.parts = np.full((3, most, len(totals)), -1, np.int64)
        for n, total in enumerate(numbers):
            for place, part in enumerate(total):
                self.parts[place, : len(part), n] = part
        every: list[Charge] = charges.all
        self.on = np.array([BASES[c.component.basis] for c in every], np.int64)
        self.gram, self.thousandth, self.package = (
            np.array([getattr(c.quantity, name) for c in every], np.int64) for name in ("gram", "thousandth", "package")
        )
        self._exchange(plans.book, every)

    def _exchange(self, book: Book, every: list[Charge]) -> None:
        national = str(book.pages.currency)
        foreign = any(c.component.currency not in ("", national) for c in every)
        rates = Rates(book if foreign else None)
        self.eras = rates.eras
        self.top, self.bottom = (np.zeros((len(every), len(self.eras)), np.int64) for _ in range(2))
        for n, charge in enumerate(every):
            for era, of in enumerate(rates.of):
                term = Term(charge.component, national, of.get, rounder(book.pages.rounding))
                if term.lacking is not None:
                    continue
                top, bottom = term.top, term.bottom * charge.quantity.under
                shared = gcd(top, bottom)
                if max(top, bottom) // shared < GREATEST:
                    self.top[n, era], self.bottom[n, era] = top // shared, bottom // shared

    @cached_property
    def greatest(self) -> int:
        return int(max(self.top.max(initial=0), self.bottom.max(initial=0)))


class Rates:
    """What one unit of each currency is worth, time by time; `eras` are the days on which a rate begins or ends."""

    def __init__(self, book: Book | None) -> None:
        rates: tuple[Rate, ...] = book.pages.rates if book is not None else ()
        turns = {0}
        for rate in rates:
            turns.add(rate.validity.start.toordinal())
            if rate.validity.until:
                turns.add(rate.validity.until.toordinal())
        self.eras = np.array(sorted(turns), np.int64)
        days = [date.fromordinal(max(1, int(day))) for day in self.eras]
        self.of = [{r.currency: r.fraction for r in rates if r.validity.contains(day)} for day in days]
