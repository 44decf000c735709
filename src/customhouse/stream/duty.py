"""What is owed on items in columns: the twin of `offices.duty`, equal to it to the minor unit.

All in whole numbers of 64 bits: an amount is value x parts per million, rounded by the law's rule, and where such a product
could leave the 64 bits (values above 9.2e12 at 100 %) the item is left to the office, which knows no limit. So is every item
that meets a measure, a claim or a term that the tables do not hold.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np

from customhouse.kernel.money import Rounding
from customhouse.offices.duty import CUSTOMS_DUTY, assess_item
from customhouse.offices.duty.formula import MASS, PACKAGE_UNITS
from customhouse.stream.items import Ints, Items
from customhouse.stream.sheet import Sheet
from customhouse.stream.tables import LARGEST, MILLION, Flags, Tables

AT_ONCE = 1 << 15  # items whose columns stay in the processor's cache
GREATEST = LARGEST // 64  # a value; so many amounts of that size can be added


class Duties(msgspec.Struct, frozen=True):
    """Per tax (in the order of calculation) and item: the amount and what of it is payable, in minor units.

    `measures` counts the measures applied in columns, `left` are the places of items that the office decided one by one.
    """

    taxes: tuple[str, ...]
    amounts: Ints
    payable: Ints
    measures: int
    left: Ints


class Engine:
    """Computes duties under one Book, whose tables it makes once."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.taxes = tuple(t.code for t in tables.taxes)
        places = {tax: n for n, tax in enumerate(self.taxes)}
        self.customs_duty = places.get(CUSTOMS_DUTY, 0)
        self.bases = [
            sorted(places[b] for b in t.base if places.get(b, n) < n) if t.base else list(range(n))
            for n, t in enumerate(tables.taxes)
        ]
        self._rounding: Rounding = tables.book.pages.rounding
        self.ppm, self.on_duties = tables.percent()
        units, self.unit = tables.units()
        self.units = tuple(units)
        self._by_mass = np.array([unit in MASS for unit in units] or [False])
        self._by_packages = np.array([unit in PACKAGE_UNITS for unit in units] or [False])
        self._over, self._under, self._fine = tables.specific()
        self.limit = LARGEST - MILLION * self._rounding.unit  # of a product that is then rounded

    def assess(self, items: Items, *, ask: bool = True) -> Duties:
        """Everything owed on every item; without `ask` the office is not asked, and nothing is owed on items left to it.

        Raises OverflowError for an amount that no column of 64 bits can hold.
        """
        amounts = np.empty((len(self.taxes), len(items)), np.int64)
        left = np.zeros(len(items), bool)
        suspended = np.zeros(len(items), bool)
        measures = 0
        sheet = Sheet(self.tables, items, self.units)
        for part in _parts(len(items)):
            rows, unsure = sheet.choose(part, self.customs_duty)
            amounts[:, part], unsafe = self.work_out(rows, sheet, part)
            left[part] = unsure | unsafe
            suspended[part] = sheet.is_suspended(part)
            measures += int(np.count_nonzero(rows >= 0))
        payable = amounts
        if suspended.any() or left.any():
            payable = amounts.copy()
            payable[:, suspended] = 0
        places = np.flatnonzero(left)
        amounts[:, places] = payable[:, places] = 0
        if ask:
            self._ask_the_office(items, places, amounts, payable)
        return Duties(self.taxes, amounts, payable, measures, places)

    def _ask_the_office(self, items: Items, places: Ints, amounts: Ints, payable: Ints) -> None:
        slots = {tax: n for n, tax in enumerate(self.taxes)}
        for n in places:
            item, value = items.item(int(n), self.tables.currency)
            for due in assess_item(item, value, items.law(int(n), self.tables.book)):
                amounts[slots[due.type], n] += due.amount.minor
                payable[slots[due.type], n] += due.payable.minor

    def work_out(self, rows: Ints, sheet: Sheet, part: slice) -> tuple[Ints, Flags]:
        """(amounts by tax and item, items with numbers too great) of the measures in `rows`, by tax and item."""
        batch = _Batch(sheet, part)
        amounts = np.zeros(rows.shape, np.int64)
        t = self.tables
        for slot, of_tax in enumerate(rows):
            at = np.flatnonzero(of_tax >= 0)
            if not len(at):
                continue
            measures = of_tax[at]
            value = batch.value[at]
            charged = value + amounts[self.bases[slot]][:, at].sum(axis=0) if self.bases[slot] else value
            owed = self._sum(t.terms[measures], value, charged, batch, at)
            if (bounded := np.flatnonzero(t.bounded[measures])).size:
                few, m = at[bounded], measures[bounded]
                low, high = (
                    np.where(sums == 0, none, self._sum(sums, value[bounded], charged[bounded], batch, few))
                    for sums, none in ((t.least[m], 0), (t.most[m], LARGEST))
                )
                owed[bounded] = np.minimum(np.maximum(owed[bounded], low), high)
            amounts[slot, at] = owed
        return amounts, batch.unsafe

    def _sum(self, sums: Ints, value: Ints, charged: Ints, batch: _Batch, at: Ints) -> Ints:
        """The sum of a percentage and an amount per unit for each of the items `at`, each term rounded for itself."""
        ppm = self.ppm[sums]
        on = np.where(self.on_duties[sums], charged, value)
        if int(on.max()) * int(ppm.max()) > self.limit:
            batch.unsafe[at[on > self.limit // np.maximum(ppm, 1)]] = True
        owed = self.rounded(on * ppm, MILLION)
        unit = self.unit[sums]
        if (specific := np.flatnonzero(unit >= 0)).size:
            few, s, u = at[specific], sums[specific], unit[specific]
            quantity = self._quantity(u, batch, few)
            era = batch.rate_era[few]
            over, under = self._over[s, era], self._under[s, era]
            great = quantity > (LARGEST - under * self._rounding.unit) // np.maximum(over, 1)
            batch.unsafe[few[great | self._fine[s, era]]] = True
            owed[specific] += self.rounded(quantity * over, under)
        return owed

    def _quantity(self, unit: Ints, batch: _Batch, at: Ints) -> Ints:
        """Grams, thousandths of the supplementary unit or of packages; 0 where none was declared."""
        declared = batch.supplementary[at]
        fits = batch.sheet.measures_in[batch.claim[at], unit] & (declared >= 0)
        packages = np.where(self._by_packages[unit], batch.packages[at] * 1000, 0)
        return np.where(self._by_mass[unit], batch.grams[at], np.where(fits, declared, packages))

    def rounded(self, over: Ints, under: Ints | int) -> Ints:
        """`over` / `under`, neither below zero, as whole minor units by the law's rule."""
        unit = self._rounding.unit
        under = under * unit
        mode = self._rounding.mode
        if mode == "half_up":
            found = (over + under // 2) // under
        elif mode == "down":
            found = over // under
        else:
            found = over // under
            rest = over - found * under
            if mode == "up":
                found += rest > 0
            else:
                found += (rest > under - rest) | ((rest == under - rest) & (found % 2 == 1))
        return found * unit


class _Batch:
    """The numbers of some items side by side, and which of them turned out to be too great."""

    def __init__(self, sheet: Sheet, part: slice) -> None:
        self.sheet, items = sheet, sheet.items
        self.value, self.grams, self.packages = items.value[part], items.grams[part], items.packages[part]
        self.supplementary, self.claim = items.supplementary[part], items.claim[part]
        self.rate_era = sheet.rate_era(part)
        odd = (self.value < 0) | (self.grams < 0) | (self.packages < 0)
        self.unsafe = odd | (self.value > GREATEST) | (self.packages > GREATEST // 1000)


def _parts(count: int) -> Iterator[slice]:
    return (slice(first, min(first + AT_ONCE, count)) for first in range(0, count, AT_ONCE))
