"""A Book in columns: every measure that charges something as one row of numbers, in the order of the codes.

Times in which a thing is one and the same (groups of origins, procedures, rates of exchange) are numbered; each is looked
up once in the law of its first day. A measure that says more than a rate (conditions, quotas, additional codes, unusual
terms) is marked, and items that meet it are left to the office.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from customhouse.kernel.currency import minor_digits
from customhouse.law.book import Book
from customhouse.law.measure import ALL_ORIGINS, Component, Measure, Season
from customhouse.offices.duty import CUSTOMS_DUTY
from customhouse.offices.duty.formula import MASS
from customhouse.stream.items import Claim, Ints, distinct
from customhouse.stream.names import Names

FOREVER = date.max.toordinal()
MILLION = 1_000_000
DAY_BITS = 22  # ordinals of days are below 2 ** 22
LARGEST = 2**63 - 1
FINEST = 10**9  # denominators beyond this are left to the office, whose decimals have 28 digits
Flags = NDArray[np.bool_]


class Tables:
    """The measures of a Book as columns, and the small tables beside them."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.currency = str(book.pages.currency)
        self.taxes = sorted(book.pages.tax_types, key=lambda t: t.order)
        orders = [t.order for t in self.taxes]
        self._slots = {t.code: n for n, t in enumerate(self.taxes) if orders.count(t.order) == 1}
        self.areas, self.excluded, self.procedures = Names([ALL_ORIGINS]), Names([()]), Names([()])
        self.preferences, self.proofs = Names([""]), Names([()])
        self.seasons, self.sums = Names([None]), Names([()])
        self._read()
        self.eras = _starts([*book.pages.memberships, *book.pages.procedures, *book.pages.reliefs])
        self.rate_eras = _starts(book.pages.rates if self.is_foreign else [])
        self._candidates: dict[str, list[int]] = {}
        self._asked: tuple[tuple[str, ...], tuple[Ints, Ints, Ints]] | None = None

    def _read(self) -> None:
        rows: list[tuple[int, ...]] = []
        self._blocks: list[tuple[int, int]] = []
        self.ids: list[str] = []
        for block in self.book.measures.blocks():
            first = len(rows)
            for m in block:
                if m.expression is not None and m.flow != "export" and self._can_be_chosen(m):
                    rows.append(self._row(m))
                    self.ids.append(m.id)
            self._blocks.append((first, len(rows)))
        columns = np.array(rows, dtype=np.int64).reshape(-1, 15).T
        (
            self.start, self.until, self.area, self.outside, self.season, self.procedure, self.preference, self.proof,
            self.slot, self.terms, self.least, self.most, plain, self.bounded, seasonal,
        ) = columns.copy()  # fmt: skip
        self.plain, self.is_seasonal = plain.astype(bool), bool(seasonal.any())
        self.bounded = self.bounded.astype(bool)

    def _can_be_chosen(self, m: Measure) -> bool:
        """The office looks at preferences for the customs duty only; claims with additional codes are left to it."""
        return not m.additional_code and (not m.preference or m.tax_type == CUSTOMS_DUTY)

    def _row(self, m: Measure) -> tuple[int, ...]:
        e = m.expression
        assert e is not None
        sums = [self._sum(terms) for terms in (e.terms, e.minimum, e.maximum)]
        known = not (m.conditions or m.order) and m.tax_type in self._slots
        until = m.validity.until.toordinal() if m.validity.until else FOREVER
        return (
            m.validity.start.toordinal(), until, self.areas.number(m.area), self.excluded.number(m.excluded),
            self.seasons.number(m.season), self.procedures.number(m.procedures), self.preferences.number(m.preference),
            self.proofs.number(m.documents if m.preference else ()), self._slots.get(m.tax_type, 0), *(s or 0 for s in sums),
            known and None not in sums, bool(e.minimum or e.maximum), m.season is not None,
        )  # fmt: skip

    def _sum(self, terms: tuple[Component, ...]) -> int | None:
        """The number of a sum of at most one percentage and one amount per unit; None for any other."""
        percent = [t for t in terms if not t.unit]
        specific = [t for t in terms if t.unit]
        if len(percent) > 1 or len(specific) > 1 or any((t.rate * 10_000) % 1 for t in percent):
            return None
        return self.sums.number(terms)

    # --- small tables ---------------------------------------------------------------------------------------------

    @cached_property
    def is_foreign(self) -> bool:
        """Whether any amount per unit is in another currency, so that rates of exchange count."""
        return any(t.unit and t.currency != self.currency for terms in self.sums.all for t in terms)

    def percent(self) -> tuple[Ints, Flags]:
        """Per sum: its percentage in parts per million, and whether it is charged on value and duties."""
        found = [next((t for t in terms if not t.unit), None) for terms in self.sums.all]
        ppm = [int(t.rate * 10_000) if t else 0 for t in found]
        return np.array(ppm, np.int64), np.array([bool(t and t.basis == "value_and_duties") for t in found])

    def units(self) -> tuple[list[str], Ints]:
        """The units that amounts are charged by, and per sum the place of its unit (-1: none)."""
        names = Names()
        found = [next((t.unit for t in terms if t.unit), "") for terms in self.sums.all]
        places = [names.number(unit) if unit else -1 for unit in found]
        return names.all, np.array(places, np.int64)

    def specific(self) -> tuple[Ints, Ints, Flags]:
        """Per sum and time of exchange rates: minor units for each gram, thousandth or package as a fraction, and whether
        the fraction is too fine for whole numbers."""
        shape = (len(self.sums), len(self.rate_eras))
        over, under, fine = np.zeros(shape, np.int64), np.ones(shape, np.int64), np.zeros(shape, bool)
        digits = 10 ** minor_digits(self.currency)
        for era, day in enumerate(self.rate_eras):
            law = self.book.on(date.fromordinal(max(1, day)))
            for n, terms in enumerate(self.sums.all):
                for term in terms:
                    if not term.unit:
                        continue
                    exchange = Fraction(1)
                    if term.currency != self.currency:
                        rate = law.rate(term.currency)
                        exchange = Fraction(rate.value) if rate else Fraction(0)
                    per = Fraction(term.per)
                    each = Fraction(term.rate) / per * exchange * digits / _per_unit(term.unit)
                    if FINEST % each.denominator or FINEST % per.numerator or each.numerator > LARGEST // 4:
                        fine[n, era] = True
                    else:
                        over[n, era], under[n, era] = each.numerator, each.denominator
        return over, under, fine

    def in_season(self) -> Flags:
        """Per season and day (month x 32 + day of the month): whether it is in season."""
        table = np.ones((len(self.seasons), 13 * 32), bool)
        for n, season in enumerate(self.seasons.all):
            if isinstance(season, Season):
                for month in range(1, 13):
                    for day in range(1, 32):
                        now = (month, day)
                        inside = (
                            season.start <= now < season.until
                            if season.start < season.until
                            else (now >= season.start or now < season.until)
                        )
                        table[n, month * 32 + day] = inside
        return table

    def origins(self, origins: tuple[str, ...]) -> tuple[Flags, Flags]:
        """Per era, origin and area (or list of excluded areas): whether the origin lies in it."""
        inside = np.zeros((len(self.eras), len(origins), len(self.areas)), bool)
        shut = np.zeros((len(self.eras), len(origins), len(self.excluded)), bool)
        for era, day in enumerate(self.eras):
            groups = self._groups(date.fromordinal(max(1, day)))
            for place, origin in enumerate(origins):
                areas = {ALL_ORIGINS, origin, *groups.get(origin, ())}
                inside[era, place] = [area in areas for area in self.areas.all]
                shut[era, place] = [not areas.isdisjoint(names) for names in self.excluded.all]
        return inside, shut

    def _groups(self, day: date) -> dict[str, set[str]]:
        groups: dict[str, set[str]] = {}
        for m in self.book.pages.memberships:
            if m.validity.contains(day):
                groups.setdefault(m.country, set()).add(m.group)
        return groups

    def claims(self, claims: tuple[Claim, ...]) -> tuple[Flags, Flags, Flags]:
        """Per claim: which procedures of measures it is under, which preferences it claims, which proofs it has."""
        under = [[not p or c.procedure[:2] in p for p in self.procedures.all] for c in claims]
        claimed = [
            [not p or (p == c.preference and not c.preference.startswith("1")) for p in self.preferences.all]
            for c in claims
        ]
        proved = [[not p or not set(p).isdisjoint(c.documents) for p in self.proofs.all] for c in claims]
        return np.array(under, bool), np.array(claimed, bool), np.array(proved, bool)

    def suspended(self, claims: tuple[Claim, ...]) -> tuple[Flags, Flags]:
        """Per era and claim: whether nothing is payable, and whether it is left to the office (reliefs, additional codes)."""
        suspended = np.zeros((len(self.eras), len(claims)), bool)
        left = np.zeros((len(self.eras), len(claims)), bool)
        reliefs = {r.code for r in self.book.pages.reliefs}
        for era, day in enumerate(self.eras):
            law = self.book.on(date.fromordinal(max(1, day)))
            for n, claim in enumerate(claims):
                procedure = law.procedure(claim.procedure)
                suspended[era, n] = procedure is not None and not procedure.duties_payable
                left[era, n] = bool(claim.additional_codes or reliefs & {claim.procedure, *claim.additional_procedures})
        return suspended, left

    def turns(self, codes: tuple[str, ...], first: int, last: int) -> tuple[Ints, Ints]:
        """(places of codes, days) after `first` until `last` on which a measure of the code, a group or a procedure may turn."""
        rows, _, count = self.candidates(codes)
        code = np.repeat(np.arange(len(codes)), count)
        found = [(code, self.start[rows]), (code, self.until[rows])]
        years = range(date.fromordinal(first).year, date.fromordinal(last).year + 1)
        for number, season in enumerate(self.seasons.all):
            if season is not None:
                at = code[self.season[rows] == number]
                days = [_ordinal(year, *turn) for year in years for turn in (season.start, season.until)]
                found.extend((at, np.full(len(at), day)) for day in days)
        everywhere = self.eras[(self.eras > first) & (self.eras <= last)]
        found.append((np.repeat(np.arange(len(codes)), len(everywhere)), np.tile(everywhere, len(codes))))
        places, turns = (np.concatenate(part) for part in zip(*found, strict=True))
        inside = (turns > first) & (turns <= last)
        keys = distinct((places[inside] << DAY_BITS) + turns[inside])
        return keys >> DAY_BITS, keys & ((1 << DAY_BITS) - 1)

    def candidates(self, codes: tuple[str, ...]) -> tuple[Ints, Ints, Ints]:
        """(rows, first, count): for each code the rows of its measures at any level, most specific first, one after the other."""
        if self._asked is not None and self._asked[0] == codes:
            return self._asked[1]
        rows: list[int] = []
        first, count = [], []
        for code in codes:
            found = self._candidates.get(code)
            if found is None:
                blocks = self.book.measures.covering_numbers(code)
                found = [row for b in blocks for row in range(*self._blocks[b])]
                self._candidates[code] = found
            first.append(len(rows))
            count.append(len(found))
            rows.extend(found)
        made = np.array(rows, np.int64), np.array(first, np.int64), np.array(count, np.int64)
        self._asked = codes, made
        return made


def _ordinal(year: int, month: int, day: int) -> int:
    """A day of a year; the 29th of February is the 1st of March where there is none, as seasons count."""
    try:
        return date(year, month, day).toordinal()
    except ValueError:
        return date(year, month, 28).toordinal() + 1


def _per_unit(unit: str) -> int:
    """How many of what the column counts (grams, thousandths) make one unit."""
    return MASS.get(unit, 1000)


def _starts(things: Iterable[Any]) -> Ints:
    """The days on which any of them begins or ends, as ordinals, the first being the beginning of time."""
    days = {0}
    for thing in things:
        days.add(thing.validity.start.toordinal())
        if thing.validity.until:
            days.add(thing.validity.until.toordinal())
    return np.array(sorted(days), np.int64)
