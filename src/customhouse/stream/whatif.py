"""What a draft law would have brought in on past trade, in one scan of its columns; equal to judging item by item.

Items of one code, origin and claim between two turns of the law have one answer, which is looked up once per run. Runs whose
measures are percentages only, nearly all, are worked out by multiplying columns; the others go through `duty.Engine`. Whole
declarations with an item that columns cannot decide are named, to be judged one by one.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import pairwise

import msgspec
import numpy as np

from customhouse.stream.duty import GREATEST, Engine
from customhouse.stream.history import History, on_one_day
from customhouse.stream.items import Ints, Items, distinct
from customhouse.stream.names import Names
from customhouse.stream.sheet import Sheet, spread
from customhouse.stream.tables import DAY_BITS, MILLION, Flags

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
        taxes, runs = len(engine.taxes), len(self.starts)
        self.by_tax = np.zeros((taxes, runs), np.int64)
        self.more, self.less = np.zeros(runs, np.int64), np.zeros(runs, np.int64)
        self.place, count = history.of_declaration
        self.touched = np.zeros(count, bool)
        self._choose()

    def _runs(self) -> Ints:
        """The runs of the history, cut where the law of their code turns."""
        h = self.history
        if not len(h):
            return h.starts
        places, turns = self.engine.tables.turns(h.items.codes, *h.days)
        first = np.searchsorted(places, np.arange(len(h.items.codes)))
        count = np.diff(np.append(first, len(places)))
        code = h.items.code[h.starts]
        which, run = spread(first[code], count[code])
        cuts = np.searchsorted(h.clock, (run << DAY_BITS) + turns[which])
        return distinct(np.concatenate((h.starts, cuts[cuts < len(h)])))

    def _choose(self) -> None:
        """The measures of every run, and of which kind each run is."""
        e, t = self.engine, self.engine.tables
        heads = self.heads = self.items.part(self.starts)
        self.rows = np.full((len(e.taxes), len(heads)), -1, np.int64)
        unsure, suspended = np.zeros(len(heads), bool), np.zeros(len(heads), bool)
        sheet = Sheet(t, heads, e.units)
        for first in range(0, len(heads), AT_ONCE):
            part = slice(first, min(first + AT_ONCE, len(heads)))
            self.rows[:, part], unsure[part] = sheet.choose(part, e.customs_duty)
            suspended[part] = sheet.is_suspended(part)
        self.unsure, self.suspended = unsure, suspended
        applies = self.rows >= 0
        terms = t.terms[self.rows] * applies  # the sum 0 is nothing
        odd = (e.unit[terms] >= 0) | (t.bounded[self.rows] & applies)
        self.simple: Flags = ~(odd.any(axis=0) | unsure | suspended)
        self.ppm = e.ppm[terms] * self.simple
        self.on_duties = e.on_duties[terms] | (self.ppm == 0)

    # --- the scan ---------------------------------------------------------------------------------------------------

    def unknown(self) -> Ints:
        """The places of items that are known to be left to the office before anything is worked out."""
        office = self.history.office.astype(bool)
        if self.unsure.any():
            office |= np.repeat(self.unsure, self.ends - self.starts)
        least, most = self.history.values
        bound = self._bound(most)
        if least < 0 or bound < most:
            office |= (self.items.value < 0) | (self.items.value > bound)
        return np.flatnonzero(office)

    def _bound(self, most: int) -> int:
        """The greatest value, not above `most`, whose percentages stay within 64 bits at the highest rates there are."""
        highest = [int(n) for n in self.ppm.max(axis=1, initial=0)]
        bound = min(most, GREATEST)
        while bound and not self._fits(bound, highest):
            bound //= 2
        return bound

    def _fits(self, value: int, highest: list[int]) -> bool:
        charged = value
        for ppm in highest:
            if charged * ppm > self.engine.limit or charged > GREATEST:
                return False
            charged += charged * ppm // MILLION + self.engine.step
        return True

    def run(self, threads: int) -> Ints:
        """Work everything out; the places of items whose numbers turned out to be too great."""
        marks = np.searchsorted(self.starts, np.arange(0, len(self.history), AT_ONCE))
        cuts = distinct(np.append(marks, len(self.starts))) if len(self.starts) else marks
        parts = [slice(int(low), int(high)) for low, high in pairwise(cuts)]
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
        begins = self.starts[runs] - first
        lengths = self.ends[runs] - self.starts[runs]
        value, before = self.items.value[first:last], self.history.before[first:last]
        ppm, on_duties = self.ppm[:, runs], self.on_duties[:, runs]
        owed: dict[int, Ints] = {}
        after: Ints | None = None
        for slot in np.flatnonzero(ppm.any(axis=1)).tolist():
            charged = value
            if on_duties[slot][ppm[slot] > 0].any():
                for base in e.bases[slot]:
                    charged = charged + owed[base] if base in owed else charged
                if not on_duties[slot].all():
                    charged = np.where(np.repeat(on_duties[slot], lengths), charged, value)
            amount = owed[slot] = e.rounded(charged * np.repeat(ppm[slot], lengths), MILLION)
            after = amount if after is None else after + amount
            self.by_tax[slot, runs] = np.add.reduceat(amount, begins)
        different = before != (0 if after is None else after)
        if not self.simple[runs].all():
            different &= np.repeat(self.simple[runs], lengths)
        if different.any():
            at = np.flatnonzero(different)
            more = different & (before < (0 if after is None else after))
            self.more[runs] = np.add.reduceat(more, begins, dtype=np.int64)
            self.less[runs] = np.add.reduceat(different, begins, dtype=np.int64) - self.more[runs]
            self.touched[self.place[first:last][at]] = True

    def _others(self, unsafe: Flags) -> None:
        """The runs that are not simple, item by item of their columns."""
        others = np.flatnonzero(~self.simple)
        if not len(others):
            return
        places, which = spread(self.starts[others], self.ends[others] - self.starts[others])
        run = others[which]
        sheet = Sheet(self.engine.tables, self.items.part(places), self.engine.units)
        for first in range(0, len(places), AT_ONCE):
            part = slice(first, min(first + AT_ONCE, len(places)))
            here, runs = places[part], run[part]
            amounts, great = self.engine.work_out(self.rows[:, runs], sheet, part)
            amounts[:, self.suspended[runs]] = 0
            unsafe[here[great]] = True
            after, before = amounts.sum(axis=0), self.history.before[here]
            np.add.at(self.more, runs, after > before)
            np.add.at(self.less, runs, after < before)
            for slot in range(len(amounts)):
                np.add.at(self.by_tax[slot], runs, amounts[slot])
            self.touched[self.place[here[after != before]]] = True

    # --- the sums ---------------------------------------------------------------------------------------------------

    def sums(self, left: tuple[int, ...]) -> Sums:
        h = self.history
        running = h.running
        before, after = running[self.ends] - running[self.starts], self.by_tax.sum(axis=0)
        columns = np.array([self.ends - self.starts, before, after, self.more, self.less])
        heads = self.heads
        chapters = [code[:2] or "?" for code in h.items.codes]
        origins = [origin or "?" for origin in h.items.origins]
        taxes = {tax: [int(amount), 0] for tax, amount in zip(h.taxes, h.totals, strict=True)}
        for tax, amounts in zip(self.engine.taxes, self.by_tax, strict=True):
            if total := int(amounts.sum()):
                taxes.setdefault(tax, [0, 0])[1] = total
        return Sums(
            _grouped(chapters, heads.code, columns), _grouped(origins, heads.origin, columns), taxes,
            len(self.touched), int(np.count_nonzero(self.touched)), left,
        )  # fmt: skip


def _grouped(names: list[str], place: Ints, columns: Ints) -> dict[str, list[int]]:
    """The sums of the columns for each name; several places may have one name."""
    distinct = Names()
    number = np.array([distinct.number(name) for name in names] or [0], np.int64)[place]
    totals = np.zeros((len(columns), len(distinct)), np.int64)
    for total, column in zip(totals, columns, strict=True):
        np.add.at(total, number, column)
    return {name: column.tolist() for name, column in zip(distinct.all, totals.T, strict=True)}
