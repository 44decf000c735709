"""What a draft law would have brought in on past trade, in one scan of its columns; equal to judging item by item.

Items of one code, origin and claim between two turns of the law have one plan, which is looked up once per run. Runs whose
plan is simple (percentages that are all due), nearly all, are worked out by multiplying columns; the others go through
`duty.Engine`. Whole declarations with an item that columns cannot decide are named, to be judged one by one.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import pairwise

import msgspec
import numpy as np

from customhouse.stream.columns import DUTIES, GREATEST, MILLION, VALUE, Column
from customhouse.stream.duty import Engine
from customhouse.stream.history import History, on_one_day
from customhouse.stream.items import Flags, Ints, Items, distinct, spread
from customhouse.stream.names import Names
from customhouse.stream.plans import OFFICE, Place
from customhouse.stream.spans import DAY_BITS

AT_ONCE = 1 << 15
FIELDS = ("items", "before", "after", "more", "less")


class Sums(msgspec.Struct):
    """By chapter and by origin: items, payable before and after, items that pay more and less; by tax before and after.

    `left` are the numbers of the declarations that are in none of the sums.
    """

    chapters: dict[str, list[int]]
    origins: dict[str, list[int]]
    taxes: dict[str, list[int]]
    declarations: int
    changed: int
    left: tuple[int, ...]


def whatif(history: History, engine: Engine, as_of: date | None = None, threads: int = 1) -> Sums:
    """The sums for the law of `engine`, on the day of each item or as it stands on one day."""
    left: set[int] = set()
    while True:
        scan = _Scan(history, engine, as_of)
        places = scan.unknown()
        if not len(places):
            places = scan.run(threads)
        if not len(places):
            return scan.sums(tuple(sorted(left)))
        declarations = distinct(history.declaration[places])
        left.update(declarations.tolist())
        history = history.without(declarations)


class _Scan:
    """One pass over a history; its runs, their measures, and per run the sums."""

    def __init__(self, history: History, engine: Engine, as_of: date | None) -> None:
        self.history, self.engine = history, engine
        self.items: Items = on_one_day(history.items, as_of) if as_of else history.items
        self.starts = history.starts if as_of else self._runs()
        self.ends = np.append(self.starts[1:], len(history)) if len(self.starts) else self.starts
        self.heads = self.items.part(self.starts)
        self.plans = engine.numbers(self.heads)
        self.columns, taxes, runs = engine.columns, len(engine.taxes), len(self.starts)
        self.simple: Flags = self.columns.simple[self.plans]
        self.by_tax = np.zeros((taxes, runs), np.int64)
        self.more, self.less = np.zeros(runs, np.int64), np.zeros(runs, np.int64)
        self.place, count = history.of_declaration
        self.touched = np.zeros(count, bool)
        # Of the runs that are multiplied here: the rate of each column; the plan OFFICE has none.
        plans = np.where(self.simple, self.plans, OFFICE)
        self.shares = [(column, column.share[plans]) for column in self.columns.all]

    def _runs(self) -> Ints:
        """The runs of the history, cut where the law of their code turns."""
        h = self.history
        if not len(h):
            return h.starts
        spans = self.engine.plans.sheet(h.items).spans
        bounds = np.searchsorted(spans.starts >> DAY_BITS, np.arange(len(h.items.codes) + 1))
        code = h.items.code[h.starts]
        which, run = spread(bounds[code], bounds[code + 1] - bounds[code])
        cuts = np.searchsorted(h.clock, (run << DAY_BITS) + spans.first[which])
        return distinct(np.concatenate((h.starts, cuts[cuts < len(h)])))

    # --- the scan ---------------------------------------------------------------------------------------------------

    def unknown(self) -> Ints:
        """The places of items that are known to be left to the office before anything is worked out."""
        office = self.history.office.astype(bool)
        unsure = self.plans == OFFICE
        if unsure.any():
            office |= np.repeat(unsure, self.ends - self.starts)
        least, most = self.history.values
        bound = self._bound(most)
        if least < 0 or bound < most:
            office |= (self.items.value < 0) | (self.items.value > bound)
        return np.flatnonzero(office)

    def _bound(self, most: int) -> int:
        """The greatest value, not above `most`, whose percentages stay within 64 bits at the highest rates there are."""
        highest = [int(share.max(initial=0)) for _, share in self.shares]
        bound = min(most, GREATEST)
        while bound and not self._fits(bound, highest):
            bound //= 2
        return bound

    def _fits(self, value: int, highest: list[int]) -> bool:
        charged = value
        for share in highest:
            if charged * share > self.engine.limit or charged > GREATEST:
                return False
            charged += charged * share // MILLION + self.engine.step
        return True

    def run(self, threads: int) -> Ints:
        """Work everything out; the places of items whose numbers turned out to be too great."""
        marks = np.searchsorted(self.starts, np.arange(0, len(self.history), AT_ONCE))
        parts = [slice(int(low), int(high)) for low, high in pairwise(distinct(np.append(marks, len(self.starts))))]
        if threads == 1:
            for part in parts:
                self._simple_part(part)
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(self._simple_part, parts))
        unsafe = np.zeros(len(self.history), bool)
        self._others(unsafe)
        return np.flatnonzero(unsafe)

    def _simple_part(self, runs: slice) -> None:
        """The sums of some runs whose measures are percentages; the others among them are looked at elsewhere."""
        e = self.engine
        first, last = int(self.starts[runs.start]), int(self.ends[runs.stop - 1])
        begins, lengths = self.starts[runs] - first, self.ends[runs] - self.starts[runs]
        value, before = self.items.value[first:last], self.history.before[first:last]
        owed: dict[Place, Ints] = {}
        after: Ints | None = None
        for column, shares in self.shares:
            share = shares[runs]
            if not share.any():
                continue
            amount = owed[column.place] = e.rounded(_charged(column, value, owed) * np.repeat(share, lengths), MILLION)
            after = amount if after is None else after + amount
            self.by_tax[e.taxes.number(column.tax), runs] += np.add.reduceat(amount, begins)
        paid: Ints | int = 0 if after is None else after
        different: Flags = before != paid
        if not self.simple[runs].all():
            different &= np.repeat(self.simple[runs], lengths)
        if different.any():
            more = different & (before < paid)
            self.more[runs] = np.add.reduceat(more, begins, dtype=np.int64)
            self.less[runs] = np.add.reduceat(different, begins, dtype=np.int64) - self.more[runs]
            self.touched[self.place[first:last][different]] = True

    def _others(self, unsafe: Flags) -> None:
        """The runs that are not simple, item by item of their columns."""
        others = np.flatnonzero(~self.simple)
        if not len(others):
            return
        places, which = spread(self.starts[others], self.ends[others] - self.starts[others])
        run = others[which]
        for first in range(0, len(places), AT_ONCE):
            here, runs = places[first : first + AT_ONCE], run[first : first + AT_ONCE]
            _, payable, great = self.engine.work_out(self.plans[runs], self.items.part(here))
            unsafe[here[great]] = True
            after, before = payable.sum(axis=0), self.history.before[here]
            np.add.at(self.more, runs, after > before)
            np.add.at(self.less, runs, after < before)
            for slot in range(len(payable)):
                np.add.at(self.by_tax[slot], runs, payable[slot])
            self.touched[self.place[here[after != before]]] = True

    # --- the sums ---------------------------------------------------------------------------------------------------

    def sums(self, left: tuple[int, ...]) -> Sums:
        h = self.history
        before, after = h.running[self.ends] - h.running[self.starts], self.by_tax.sum(axis=0)
        columns = np.array([self.ends - self.starts, before, after, self.more, self.less])
        chapters = [code[:2] or "?" for code in h.items.codes]
        origins = [origin or "?" for origin in h.items.origins]
        taxes = {tax: [int(amount), 0] for tax, amount in zip(h.taxes, h.totals, strict=True)}
        for tax, amounts in zip(self.engine.taxes.all, self.by_tax, strict=True):
            if total := int(amounts.sum()):
                taxes.setdefault(tax, [0, 0])[1] = total
        return Sums(
            _grouped(chapters, self.heads.code, columns), _grouped(origins, self.heads.origin, columns), taxes,
            len(self.touched), int(np.count_nonzero(self.touched)), left,
        )  # fmt: skip


def _charged(column: Column, value: Ints, owed: dict[Place, Ints]) -> Ints:
    """What the percentages of a column are charged on in simple plans."""
    if column.charged == VALUE:
        return value
    duties = np.zeros(len(value), np.int64) if column.charged == DUTIES else value
    for place, _ in column.counted:
        if place in owed:
            duties = duties + owed[place]
    return duties


def _grouped(names: list[str], place: Ints, columns: Ints) -> dict[str, list[int]]:
    """The sums of the columns for each name; several places may have one name."""
    distinct = Names()
    number = np.array([distinct.number(name) for name in names] or [0], np.int64)[place]
    totals = np.zeros((len(columns), len(distinct)), np.int64)
    for total, column in zip(totals, columns, strict=True):
        np.add.at(total, number, column)
    return {name: column.tolist() for name, column in zip(distinct.all, totals.T, strict=True)}
