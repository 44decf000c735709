"""What a draft law would have brought in on past trade, in one scan of its columns; equal to judging item by item.

Items of one code, origin and claim between two turns of the law have one plan, which is looked up once per run. Runs whose
plan is simple (percentages that are all due), nearly all, are worked out by multiplying columns; the others go through
`duty.Engine`. Whole declarations with an item that columns cannot decide are named, to be judged one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import reduce
from typing import Any, NamedTuple

import msgspec
import numpy as np

from customhouse.stream.columns import DUTIES, MILLION, VALUE, Column
from customhouse.stream.duty import Engine
from customhouse.stream.history import History, on_one_day
from customhouse.stream.items import Flags, Ints, Items, distinct, spread
from customhouse.stream.plans import OFFICE, Place
from customhouse.stream.spans import DAY_BITS

AT_ONCE = 1 << 16
UPPER = 1 << 32
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
        self.after, self.more, self.less = (np.zeros(runs, np.int64) for _ in range(3))
        self.changed: list[Ints] = []

    def _runs(self) -> Ints:
        """The runs of the history, cut where the law of their code turns."""
        h = self.history
        if not len(h):
            return h.starts
        spans = self.engine.plans.sheet(h.items).spans
        turns = np.flatnonzero(spans.first > int(h.items.day.min()))
        bounds = np.searchsorted(spans.starts[turns] >> DAY_BITS, np.arange(len(h.items.codes) + 1))
        code = h.items.code[h.starts]
        which, run = spread(bounds[code], bounds[code + 1] - bounds[code])
        cuts = np.searchsorted(h.clock, (run << DAY_BITS) + spans.first[turns[which]])
        return _merged(h.starts, cuts[cuts < len(h)])

    # --- the scan ---------------------------------------------------------------------------------------------------

    def unknown(self) -> Ints:
        """The places of items that are known to be left to the office before anything is worked out."""
        office = self.history.not_for_columns
        unsure = self.plans == OFFICE
        if unsure.any():
            office = office | np.repeat(unsure, self.ends - self.starts)
        return np.flatnonzero(office)

    def run(self, threads: int) -> Ints:
        """Work everything out; the places of items whose numbers turned out to be too great."""
        unsafe = np.zeros(len(self.history), bool)
        parts = [slice(n, min(n + AT_ONCE, len(self.history))) for n in range(0, len(self.history), AT_ONCE)]
        for runs, sums, places in self._each(self._simple_part, parts, threads):
            for total, more in zip((self.after, self.more, self.less, *self.by_tax), sums, strict=True):
                total[runs] += more
            unsafe[places] = True
        self._others(unsafe)
        return np.flatnonzero(unsafe)

    @staticmethod
    def _each(
        work: Callable[[slice], tuple[slice, Ints, Ints]], parts: list[slice], threads: int
    ) -> list[tuple[slice, Ints, Ints]]:
        if threads == 1:
            return [work(part) for part in parts]
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(work, parts))

    def _simple_part(self, part: slice) -> tuple[slice, Ints, Ints]:
        """The items of a part that lie in simple runs: (runs, for each of them after, more, less and by tax, places of items
        with numbers too great)."""
        e = self.engine
        low = int(np.searchsorted(self.starts, part.start, "right")) - 1
        high = int(np.searchsorted(self.starts, part.stop, "left"))
        begins = np.maximum(self.starts[low:high], part.start) - part.start
        lengths = np.minimum(self.ends[low:high], part.stop) - part.start - begins
        value = self.items.value[part]
        sums = np.zeros((3 + len(e.taxes), high - low), np.int64)
        simple = self.simple[low:high]
        plans = np.where(simple, self.plans[low:high], OFFICE)  # which has nothing in any column
        great: list[Ints] = []
        after: Ints | None = None
        owed: dict[Place, Owed] = {}
        for column in self.columns.all:
            share = column.share[plans]
            if not (most := int(share.max())):
                continue
            charged = _charged(column, Owed(value, int(value.max())), owed)
            rate: Any = most if int(share.min()) == most else np.repeat(share, lengths)
            if charged.most * most > e.limit:
                great.append(np.flatnonzero(charged.amount > e.limit // np.maximum(rate, 1)))
            amount = e.rounded(charged.amount * rate, MILLION)
            owed[column.place] = Owed(amount, charged.most * most // MILLION + self.engine.book.pages.rounding.unit)
            after = amount if after is None else after + amount
            sums[3 + e.taxes.number(column.tax)] += np.add.reduceat(amount, begins)
        sums[0] = sums[3:].sum(axis=0)
        after = np.zeros(len(value), np.int64) if after is None else after
        self._compare(part, after, begins, sums, None if simple.all() else np.repeat(simple, lengths))
        return slice(low, high), sums, np.concatenate([*great, np.zeros(0, np.int64)]) + part.start

    def _compare(self, part: slice, after: Ints, begins: Ints, sums: Ints, counts: Flags | None) -> None:
        """Who pays more or less than before; items of other runs (`counts` False) are looked at elsewhere."""
        before = self.history.before[part]
        different = after != before
        if counts is not None:
            different &= counts
        if (places := np.flatnonzero(different)).size:
            more = (after > before) & different
            # Both counted at once: the one who pays more in the upper half of a number, all who pay otherwise in the lower.
            both = np.add.reduceat(more * UPPER + different, begins)
            sums[1], sums[2] = both // UPPER, both % UPPER - both // UPPER
            self.changed.append(places + part.start)

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
            np.add.at(self.after, runs, after)
            np.add.at(self.more, runs, after > before)
            np.add.at(self.less, runs, after < before)
            for slot in range(len(payable)):
                np.add.at(self.by_tax[slot], runs, payable[slot])
            self.changed.append(here[after != before])

    # --- the sums ---------------------------------------------------------------------------------------------------

    def sums(self, left: tuple[int, ...]) -> Sums:
        h = self.history
        before = h.upto[self.ends] - h.upto[self.starts]
        columns = np.array([self.ends - self.starts, before, self.after, self.more, self.less])
        heads = self.heads
        place, declarations = h.of_declaration
        touched = np.zeros(declarations, bool)
        for changed in self.changed:
            touched[place[changed]] = True
        taxes = {tax: [int(amount), 0] for tax, amount in zip(h.taxes, h.totals, strict=True)}
        for tax, amounts in zip(self.engine.taxes.all, self.by_tax, strict=True):
            if total := int(amounts.sum()):
                taxes.setdefault(tax, [0, 0])[1] = total
        return Sums(
            _grouped(h.chapters, heads.code, columns), _grouped(h.origins, heads.origin, columns), taxes,
            declarations, int(np.count_nonzero(touched)), left,
        )  # fmt: skip


def _merged(these: Ints, those: Ints) -> Ints:
    """Two ascending lists in one, each number once."""
    those = those[np.diff(those, prepend=-1) > 0]
    at = np.searchsorted(these, those)
    new = these.take(at, mode="clip") != those
    return np.insert(these, at[new], those[new])


class Owed(NamedTuple):
    """Amounts of some items side by side, and what none of them exceeds."""

    amount: Ints
    most: int


def _charged(column: Column, value: Owed, owed: dict[Place, Owed]) -> Owed:
    """What the percentages of a column are charged on in simple plans."""
    if column.usual == VALUE:
        return value
    parts = [owed[place] for place in column.usually if place in owed]
    if column.usual != DUTIES:
        parts.append(value)
    if not parts:
        return Owed(np.zeros(len(value.amount), np.int64), 0)
    return Owed(reduce(np.add, (p.amount for p in parts)), sum(p.most for p in parts))


def _grouped(groups: tuple[tuple[str, ...], Ints], place: Ints, columns: Ints) -> dict[str, list[int]]:
    """The sums of the columns for each group; `groups` are their names, and the group of each place."""
    names, group = groups
    number = group[place]
    totals = np.zeros((len(columns), len(names)), np.int64)
    for total, column in zip(totals, columns, strict=True):
        np.add.at(total, number, column)
    return {names[n]: totals[:, n].tolist() for n in np.flatnonzero(totals[0])}
