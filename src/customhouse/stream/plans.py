"""What the offices say, in columns: each kind of claim is put to them once, and their plan is kept as rows of numbers.

Which measures bite, what they are charged on and what becomes of each amount is decided by `offices.origin` and
`offices.duty` alone, for one item of each code, origin, claim and span of time. Nothing is left then but sums of terms, each
a fraction of the value, of duties or of a quantity. What needs more (thresholds on price or quantity, bounds within a sum,
securities that must be worked out, gaps of the law) has the plan OFFICE.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache
from math import lcm
from typing import Any, NamedTuple

import numpy as np
from msgspec.structs import replace

from customhouse.law.book import Book, Law
from customhouse.law.expression import Component
from customhouse.law.measure import Measure
from customhouse.offices.duty import formula
from customhouse.offices.duty.choice import NO_PREFERENCE
from customhouse.offices.duty.claim import Claim as DutyClaim
from customhouse.offices.duty.manual import MANUAL
from customhouse.offices.duty.plan import Step, make
from customhouse.offices.duty.quantity import offered
from customhouse.offices.duty.work import Skipped, by_condition, treatment
from customhouse.offices.origin import determine_item
from customhouse.record import lodgement as declared
from customhouse.record.lodgement import Commodity, GoodsItem, Lodgement, Packaging
from customhouse.stream.items import Claim, Ints, Items, distinct
from customhouse.stream.names import Names
from customhouse.stream.spans import DAY_BITS, Spans

OFFICE, UNASKED = 0, -1
MOST_CELLS = 1 << 24  # kinds of claims that are looked up by their place; more are searched for
BARE = Lodgement()


class LeftToOffice(Exception):
    """A plan holds something that columns cannot say."""


class Quantity(NamedTuple):
    """How much of a unit a gram, a thousandth of the supplementary quantity and a package count for, over `under`."""

    gram: int = 0
    thousandth: int = 0
    package: int = 0
    under: int = 1


class Charge(NamedTuple):
    """One term: its words in the law, and where its quantity is found."""

    component: Component
    quantity: Quantity = Quantity()


class Total(NamedTuple):
    """A sum of terms, not below `low`, not above `high`."""

    terms: tuple[Charge, ...] = ()
    low: tuple[Charge, ...] = ()
    high: tuple[Charge, ...] = ()

    @property
    def on_duties(self) -> bool:
        return any(c.component.basis in ("value_and_duties", "duties") for part in self for c in part)


Place = tuple[int, str, int]
"""Where a step stands among all there are: order of calculation, tax type, which of several measures of that tax."""


class Row(NamedTuple):
    """A step of a plan: the number of its sum, the places whose amounts are added to and taken off its base, and whether its
    own is due."""

    place: Place
    total: int
    counts: tuple[Place, ...]
    less: tuple[Place, ...]
    due: bool


class Named(NamedTuple):
    """All that the measures of a code ask about: areas of origin, documents, additional codes."""

    areas: frozenset[str]
    documents: frozenset[str]
    codes: frozenset[str]

    @classmethod
    def of(cls, measures: Iterable[Measure]) -> Named:
        found = list(measures)
        return cls(
            frozenset(area for m in found for area in (m.area, *m.excluded)),
            frozenset(d for m in found for d in (*m.documents, *(line.document for line in m.conditions))),
            frozenset(m.additional_code for m in found),
        )


class Plans:
    """The plans of a Book, numbered: `rows` are the steps of each, `totals` the sums that they name."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.totals, self.rows = Names([Total()]), Names([OFFICE])
        self._named: dict[str, Named] = {}
        self._relieving = {word for r in book.pages.reliefs for word in (r.code, r.document)}
        self._sheet: Sheet | None = None

    def of(self, items: Items) -> Ints:
        """The number of the plan of each item, after asking the offices about every kind of claim never met before."""
        if not len(items):
            return np.zeros(0, np.int64)
        sheet = self.sheet(items)
        keys = sheet.keys(items)
        found = sheet.numbers(keys)
        if (unasked := np.flatnonzero(found == UNASKED)).size:
            self._ask(sheet, distinct(keys[unasked]))
            found = sheet.numbers(keys)
        return found

    def sheet(self, items: Items) -> Sheet:
        """The lists of the items laid beside the Book; kept for the next with the same lists and days among theirs."""
        days = int(items.day.min()), int(items.day.max())
        if self._sheet is None or not self._sheet.serves(items, *days):
            self._sheet = Sheet(self.book, items, *days)
        return self._sheet

    def _ask(self, sheet: Sheet, keys: Ints) -> None:
        """Put claims to the offices, day by day, so that the law of each day is read once."""
        made = np.empty(len(keys), np.int64)
        known: dict[tuple[Any, ...], int] = {}
        day, code, origin, claim = sheet.meant(keys)
        for n in np.argsort(day, kind="stable"):
            law = self.book.on(date.fromordinal(int(day[n])))
            asked = sheet.codes[code[n]], sheet.origins[origin[n]], sheet.claims[claim[n]]
            essence = (day[n], asked[0], *self._essence(*asked, law))
            number = known.get(essence)
            if number is None:
                number = known[essence] = self._number(*asked, law)
            made[n] = number
        sheet.put(keys, made)

    def _essence(self, code: str, origin: str, claim: Claim, law: Law) -> tuple[Any, ...]:
        """What of an origin and a claim can make a difference to a code: claims that no measure tells apart have one plan."""
        if claim.by_hand or claim.preference not in NO_PREFERENCE:
            return origin, claim
        named = self._named.get(code)
        if named is None:
            named = self._named[code] = Named.of(m for block in self.book.measures.covering(code) for m in block)
        plain = replace(
            claim,
            preference="",
            preferential="",
            dispatched="",
            documents=tuple(d for d in claim.documents if d in named.documents or d in self._relieving),
            waived=tuple(d for d in claim.waived if d[0] in named.documents or d[0] in self._relieving),
            additional_codes=tuple(c for c in claim.additional_codes if c in named.codes),
            additional_procedures=tuple(c for c in claim.additional_procedures if c in self._relieving),
            statements=tuple(c for c in claim.statements if c in self._relieving),
        )
        return frozenset(law.areas(origin) & named.areas), plain

    def _number(self, code: str, origin: str, claim: Claim, law: Law) -> int:
        try:
            return self.rows.number(tuple(self._rows(code, origin, claim, law)))
        except LeftToOffice:
            return OFFICE

    def _rows(self, code: str, origin: str, claim: Claim, law: Law) -> Iterator[Row]:
        """The steps by which the offices work out what is owed. Raises LeftToOffice."""
        if not claim.is_import:
            return
        item = claim.item(code, origin)
        asked = DutyClaim.of(item, law, None, determine_item(item, BARE, law))
        if claim.by_hand and not law.list_of(MANUAL).isdisjoint((*asked.documents, *asked.statements)):
            raise LeftToOffice
        made = make(law, asked)
        if made.lacks:
            raise LeftToOffice
        methods, seen = dict.fromkeys(claim.paid, ""), Counter[str]()
        places: list[Place] = []
        for step in made.steps:
            place = (law.order_of(step.tax_type), step.tax_type, seen[step.tax_type])
            if (places and place < places[-1]) or (step.against is not None and step.because == "preference"):
                raise LeftToOffice
            seen[step.tax_type] += 1
            places.append(place)
            total = _total(step, law, claim.unit, made.own_unit)
            counts, less = (
                tuple(places[n] for n in part) if total.on_duties else () for part in (step.counts, step.less)
            )
            yield Row(place, self.totals.number(total), counts, less, not treatment(step, methods))


def _total(step: Step, law: Law, unit: str, own_unit: str) -> Total:
    """The expression of a step as its conditions choose it, in plain terms. Raises LeftToOffice."""
    chosen = step.sum
    if step.conditions is not None:
        if any(line.threshold is not None for line in step.measure.conditions):
            raise LeftToOffice
        try:
            chosen = by_condition(step, formula.Basis(0, 0, lambda _: None), law)
        except (Skipped, formula.Lacking):
            raise LeftToOffice from None
    return Total(
        *(
            tuple(Charge(t.component, _quantity(t, unit, own_unit)) for t in _plain(part))
            for part in (chosen.terms, chosen.low, chosen.high)
        )
    )


def _plain(terms: Iterable[formula.Term]) -> Iterator[formula.Term]:
    """The terms with sums in them taken apart. Raises LeftToOffice for a sum with bounds of its own."""
    for term in terms:
        if term.inner is None:
            yield term
        elif term.inner.low or term.inner.high:
            raise LeftToOffice
        else:
            yield from _plain(term.inner.terms)


def _quantity(term: formula.Term, unit: str, own_unit: str) -> Quantity:
    return counted(term.component.unit, unit, own_unit) if term.kind == formula.QUANTITY else Quantity()


@lru_cache(maxsize=4096)
def counted(unit: str, supplementary: str, own_unit: str) -> Quantity:
    """How much of `unit` one of everything offers, as the duty office counts it."""
    one = Decimal(1)
    mass = offered(GoodsItem(1, commodity=Commodity(net_mass=declared.Measure(one, "KGM"))), own_unit, "", unit)
    if mass is not None:
        return Quantity(gram=mass[0], under=mass[1] * 1000)
    second = offered(
        GoodsItem(1, commodity=Commodity(tariff_quantity=declared.Measure(one, supplementary))), own_unit, "", unit
    )
    packed = offered(GoodsItem(1, packages=(Packaging(quantity=one),)), own_unit, "", unit)
    (top, bottom), (most, of) = second or (0, 1), packed or (0, 1)
    under = lcm(bottom * 1000, of)
    return Quantity(0, top * under // (bottom * 1000), most * under // of, under)


class Sheet:
    """The plans of all that items with the same lists can claim, by span, origin and claim."""

    def __init__(self, book: Book, items: Items, first: int, last: int) -> None:
        self.codes, self.origins, self.claims = items.codes, items.origins, items.claims
        self.days = first, last
        self.spans = Spans(book, items.codes, first, last)
        cells = len(self.spans) * len(self.origins) * len(self.claims)
        self._table = np.full(cells, UNASKED, np.int32) if cells <= MOST_CELLS else None
        self._keys, self._made = np.zeros(1, np.int64) - 1, np.full(1, UNASKED, np.int64)

    def serves(self, items: Items, first: int, last: int) -> bool:
        same = (self.codes, self.origins, self.claims) == (items.codes, items.origins, items.claims)
        return same and self.days[0] <= first and last <= self.days[1]

    def keys(self, items: Items) -> Ints:
        """Span, origin and claim of each item in one number."""
        spans = self.spans.of(items.code, items.day)
        found: Ints = (spans * len(self.origins) + items.origin) * len(self.claims) + items.claim
        return found

    def meant(self, keys: Ints) -> tuple[Ints, Ints, Ints, Ints]:
        """(first day of the span, code, origin, claim) of keys."""
        rest, claim = np.divmod(keys, len(self.claims))
        span, origin = np.divmod(rest, len(self.origins))
        return self.spans.first[span], self.spans.starts[span] >> DAY_BITS, origin, claim

    def numbers(self, keys: Ints) -> Ints:
        """The plans of keys, UNASKED where the offices were not asked yet."""
        if self._table is not None:
            return np.asarray(self._table[keys], np.int64)
        at = np.searchsorted(self._keys, keys, "right") - 1
        return np.where(self._keys[at] == keys, self._made[at], UNASKED)

    def put(self, keys: Ints, made: Ints) -> None:
        if self._table is not None:
            self._table[keys] = made
            return
        keys, made = np.append(self._keys, keys), np.append(self._made, made)
        order = np.argsort(keys)
        self._keys, self._made = keys[order], made[order]
