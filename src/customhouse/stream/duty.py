"""What is owed on items in columns: the twin of `offices.duty`, equal to it to the minor unit.

The offices say once for each kind of claim which measures bite (`plans`); here their sums are worked out for all items, in
whole numbers of 64 bits. Where a product could leave those, or a quantity is lacking, the item is left to the offices.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np

from customhouse.kernel.money import Rounding
from customhouse.law.book import Book
from customhouse.offices.duty import assess_item
from customhouse.offices.origin import determine_item
from customhouse.record.assessment import DutyTaxFee
from customhouse.stream.columns import DUTIES, FLAT, GREATEST, LARGEST, MILLION, QUANTITY, VALUE, Column, Columns
from customhouse.stream.items import Flags, Ints, Items
from customhouse.stream.names import Names
from customhouse.stream.plans import BARE, OFFICE, Place, Plans

AT_ONCE = 1 << 15  # items whose columns stay in the processor's cache


class Duties(msgspec.Struct, frozen=True):
    """Per tax (in the order of calculation) and item: the amount and what of it is payable, in minor units.

    `measures` counts the measures applied in columns; `left` are the places of items that the offices decided one by one,
    `unassessed` those of which they found that nothing can be worked out.
    """

    taxes: tuple[str, ...]
    amounts: Ints
    payable: Ints
    measures: int
    left: Ints
    unassessed: Ints


class Engine:
    """Works out duties under one Book; plans are kept from one call to the next."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.plans = Plans(book)
        self.taxes = Names(t.code for t in sorted(book.pages.tax_types, key=lambda t: t.order))
        self._rounding: Rounding = book.pages.rounding
        self.limit = LARGEST - MILLION * self._rounding.unit  # of a product that is then rounded
        self._columns: Columns | None = None

    def numbers(self, items: Items) -> Ints:
        """The number of the plan of each item."""
        return self.plans.of(items)

    @property
    def columns(self) -> Columns:
        """The columns of all plans made so far."""
        if self._columns is None or self._columns.count != len(self.plans.rows):
            self._columns = Columns(self.plans)
            for column in self._columns.all:
                self.taxes.number(column.tax)
        return self._columns

    def assess(self, items: Items, *, ask: bool = True) -> Duties:
        """Everything owed on every item; without `ask` the offices are not asked, and nothing is owed on items left to them.

        Raises OverflowError for an amount that no column of 64 bits can hold.
        """
        numbers, columns = self.numbers(items), self.columns
        amounts = np.empty((len(self.taxes), len(items)), np.int64)
        payable = np.empty_like(amounts)
        left = numbers == OFFICE
        for part in _parts(len(items)):
            amounts[:, part], payable[:, part], unsafe = self.work_out(numbers[part], items.part(part))
            left[part] |= unsafe
        places = np.flatnonzero(left)
        amounts[:, places] = payable[:, places] = 0
        measures = int(columns.steps[numbers].sum() - columns.steps[numbers[places]].sum())
        unassessed: list[int] = []
        if ask:
            amounts, payable = self._ask_the_offices(items, places, amounts, payable, unassessed)
        return Duties(tuple(self.taxes.all), amounts, payable, measures, places, np.array(unassessed, np.int64))

    def _ask_the_offices(
        self, items: Items, places: Ints, amounts: Ints, payable: Ints, unassessed: list[int]
    ) -> tuple[Ints, Ints]:
        owed: list[tuple[int, int, DutyTaxFee]] = []
        for n in places.tolist():
            item, value = items.item(n, str(self.book.pages.currency))
            law = items.law(n, self.book)
            if not items.claims[items.claim[n]].is_import:
                continue
            made = assess_item(item, value, law, origin=determine_item(item, BARE, law))
            owed.extend((self.taxes.number(due.type), n, due) for due in made.duties)
            if made.problems:
                unassessed.append(n)
        if (more := len(self.taxes) - len(amounts)) > 0:
            amounts, payable = (np.pad(of, ((0, more), (0, 0))) for of in (amounts, payable))
        for slot, n, due in owed:
            amounts[slot, n] += due.amount.minor
            payable[slot, n] += due.payable.minor
        return amounts, payable

    # --- the sums ---------------------------------------------------------------------------------------------------

    def work_out(self, numbers: Ints, items: Items) -> tuple[Ints, Ints, Flags]:
        """(amounts by tax and item, payable ones, items with numbers too great or lacking) of some items and their plans."""
        batch = _Batch(self, numbers, items)
        amounts = np.zeros((len(self.taxes), len(numbers)), np.int64)
        payable = amounts
        for column in self.columns.all:
            at = np.flatnonzero(column.total.take(numbers))
            if len(at):
                amount = batch.work_out(column, at)
                slot = self.taxes.number(column.tax)
                if not column.all_due and payable is amounts:
                    payable = amounts.copy()
                amounts[slot] += amount
                if payable is not amounts:
                    payable[slot] += amount * column.due.take(numbers)
        return amounts, payable, batch.unsafe

    def rounded(self, over: Ints, under: Ints | int) -> Ints:
        """`over` / `under`, neither below zero, as whole minor units by the law's rule."""
        unit = self._rounding.unit
        under = under * unit
        mode = self._rounding.mode
        if mode == "half_up":
            found = over + under // 2
            found //= under
        elif mode == "down":
            found = over // under
        else:
            found = over // under
            rest = over - found * under
            if mode == "up":
                found += rest > 0
            else:
                found += (rest > under - rest) | ((rest == under - rest) & (found % 2 == 1))
        return found if unit == 1 else found * unit


class _Batch:
    """The numbers of some items side by side, the amounts worked out so far, and which items turned out to be `unsafe`."""

    def __init__(self, engine: Engine, numbers: Ints, items: Items) -> None:
        self.engine, self.numbers, self.items = engine, numbers, items
        self.terms = engine.columns.terms
        self.worked: dict[Place, Ints] = {}
        self.unsafe: Flags = (items.value < 0) | (items.value > GREATEST)

    def work_out(self, column: Column, at: Ints) -> Ints:
        """The amounts of one column, zero where a plan has none; `at` are the items whose plans have one."""
        engine, plans = self.engine, self.numbers[at]
        value = self.items.value[at]
        duties = self._duties(column, plans, at)
        share = column.share.take(plans)
        charged = value
        if column.charged == DUTIES:
            charged = duties
        elif column.charged is None:
            on = column.on.take(plans)
            charged = np.where(on == DUTIES, duties, value + duties * (on > VALUE))
        elif column.charged > VALUE:
            charged = value + duties
        if int(charged.max()) * int(share.max()) > engine.limit or int(charged.min()) < 0:
            self.unsafe[at[(charged < 0) | (charged > engine.limit // np.maximum(share, 1))]] = True
        owed = engine.rounded(charged * share, MILLION)
        if column.any_odd and (odd := np.flatnonzero(column.odd.take(plans))).size:
            owed[odd] = self._total(column.total[plans[odd]], value[odd], duties[odd], at[odd])
        amount = np.zeros(len(self.numbers), np.int64)
        amount[at] = owed
        self.worked[column.place] = amount
        return amount

    def _duties(self, column: Column, plans: Ints, at: Ints) -> Ints:
        """The amounts that are in the base of a column."""
        duties = np.zeros(len(at), np.int64)
        for place, weights in column.counted:
            if (amount := self.worked.get(place)) is not None:
                duties += amount[at] if weights is None else amount[at] * weights.take(plans)
        return duties

    def _total(self, totals: Ints, value: Ints, duties: Ints, at: Ints) -> Ints:
        """Sums of several terms, of quantities, or between bounds, for the items `at`."""
        terms, low, high = self.terms.parts[:, :, totals]
        owed = self._sum(terms, value, duties, at)
        for bound, closer in ((low, np.maximum), (high, np.minimum)):
            if len(bound) and (few := np.flatnonzero(bound[0] >= 0)).size:
                owed[few] = closer(owed[few], self._sum(bound[:, few], value[few], duties[few], at[few]))
        return owed

    def _sum(self, terms: Ints, value: Ints, duties: Ints, at: Ints) -> Ints:
        """The sum of the terms of each item, each rounded for itself; a row of `terms` holds the first, second ... of each."""
        owed = np.zeros(len(at), np.int64)
        for term in terms:
            few = np.flatnonzero(term >= 0)
            if len(few):
                owed[few] += self._term(term[few], value[few], duties[few], at[few])
        return owed

    def _term(self, term: Ints, value: Ints, duties: Ints, at: Ints) -> Ints:
        t = self.terms
        on = t.on[term]
        charged = np.where(on == FLAT, 1, np.where(on == DUTIES, duties, value + duties * (on != VALUE)))
        if (few := np.flatnonzero(on == QUANTITY)).size:
            charged[few] = self._quantity(term[few], at[few])
        era = np.searchsorted(t.eras, self.items.rate_day[at], "right") - 1
        top, bottom = t.top[term, era], t.bottom[term, era]
        most = (LARGEST - bottom * self.engine._rounding.unit) // np.maximum(top, 1)
        bad = (charged < 0) | (charged > most) | (bottom == 0)
        if bad.any():
            self.unsafe[at[bad]] = True
            charged, bottom = np.where(bad, 0, charged), np.where(bad, 1, bottom)
        owed = self.engine.rounded(charged * top, bottom)
        self.unsafe[at[owed > GREATEST]] = True
        return np.minimum(owed, GREATEST)

    def _quantity(self, term: Ints, at: Ints) -> Ints:
        """What a term is charged per, counted so that all of it is whole; none is unsafe."""
        t, items = self.terms, self.items
        declared = (items.supplementary[at] >= 0) & (t.thousandth[term] > 0)
        number = np.where(
            t.gram[term] > 0, items.grams[at], np.where(declared, items.supplementary[at], items.packages[at])
        )
        each = np.where(t.gram[term] > 0, t.gram[term], np.where(declared, t.thousandth[term], t.package[term]))
        bad = (number <= 0) | (each == 0) | (number > GREATEST // np.maximum(each, 1))
        self.unsafe[at[bad]] = True
        return np.where(bad, 0, number * each)


def _parts(count: int) -> Iterator[slice]:
    return (slice(first, min(first + AT_ONCE, count)) for first in range(0, count, AT_ONCE))
