"""What a draft law would have brought in on past trade, in one scan of its columns; equal to judging item by item.

Items of one code, origin and claim between two turns of the law have one answer, which is looked up once per run. Runs whose
measures are percentages only, nearly all, are worked out by multiplying columns; the others go through `duty.Engine`. Whole
declarations with an item that columns cannot decide are named, to be judged one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date

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
        self.after, self.more, self.less = (np.zeros(runs, np.int64) for _ in range(3))
        self.changed: list[Ints] = []
        self._choose()

    def _runs(self) -> Ints:
        """The runs of the history, cut where the law of their code turns."""
        h = self.history
        if not len(h):
            return h.starts
        days = h.items.day
        places, turns = self.engine.tables.turns(h.items.codes, int(days.min()), int(days.max()))
        first = np.searchsorted(places, np.arange(len(h.items.codes)))
        count = np.diff(np.append(first, len(places)))
        code = h.items.code[h.starts]
        which, run = spread(first[code], count[code])
        cuts = np.searchsorted(h.clock, (run << DAY_BITS) + turns[which])
        return distinct(np.concatenate((h.starts, cuts[cuts < len(h)])))

    def _choose(self) -> None:
        """The measures of every run, and of which kind each run is."""
        e, t = self.engine, self.engine.tables
        heads = self.items.part(self.starts)
        self.rows = np.full((len(e.taxes), len(heads)), -1, np.int64)
        unsure, suspended = np.zeros(len(heads), bool), np.zeros(len(heads), bool)
        sheet = Sheet(t, heads, e.units)
        for first in range(0, len(heads), AT_ONCE):
            part = slice(first, min(first + AT_ONCE, len(heads)))
            self.rows[:, part], unsure[part] = sheet.choose(part, e.customs_duty)
            suspended[part] = sheet.is_suspended(part)
        self.unsure, self.suspended = unsure, suspended
        terms = t.terms[self.rows] * (self.rows >= 0)  # the sum 0 is nothing
        self.ppm, self.on_duties = e.ppm[terms], e.on_duties[terms]
        odd = (e.unit[terms] >= 0) | (t.bounded[self.rows] & (self.rows >= 0))
        self.simple: Flags = ~(odd.any(axis=0) | unsure | suspended)

    # --- the scan ---------------------------------------------------------------------------------------------------

    def unknown(self) -> Ints:
        """The places of items that are known to be left to the office before anything is worked out."""
        office = self.history.office.astype(bool)
        if self.unsure.any():
            office |= np.repeat(self.unsure, self.ends - self.starts)
        return np.flatnonzero(office)

    def run(self, threads: int) -> Ints:
        """Work everything out; the places of items whose numbers turned out to be too great."""
        unsafe = np.zeros(len(self.history), bool)
        parts = [slice(n, min(n + AT_ONCE, len(self.history))) for n in range(0, len(self.history), AT_ONCE)]
        for runs, sums, places in self._each(self._simple_part, parts, threads):
            self._add(runs, sums)
            unsafe[places] = True
        self._others(unsafe)
        return np.flatnonzero(unsafe)

    @staticmethod
    def _each(
        work: Callable[[slice], tuple[Ints, Ints, Ints]], parts: list[slice], threads: int
    ) -> list[tuple[Ints, Ints, Ints]]:
        if threads == 1:
            return [work(part) for part in parts]
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(work, parts))

    def _add(self, runs: Ints, sums: Ints) -> None:
        """Add sums of runs: after, more, less, then by tax."""
        self.after[runs] += sums[0]
        self.more[runs] += sums[1]
        self.less[runs] += sums[2]
        self.by_tax[:, runs] += sums[3:]

    def _simple_part(self, part: slice) -> tuple[Ints, Ints, Ints]:
        """(runs, their sums, places of items with numbers too great) of the items of a part whose measures are percentages."""
        e = self.engine
        low = int(np.searchsorted(self.starts, part.start, "right")) - 1
        high = int(np.searchsorted(self.starts, part.stop, "left"))
        runs = np.arange(low, high)
        begins = np.maximum(self.starts[low:high], part.start) - part.start
        lengths = np.minimum(self.ends[low:high], part.stop) - part.start - begins
        value = self.items.value[part]
        sums = np.zeros((3 + len(e.taxes), len(runs)), np.int64)
        ppm = self.ppm[:, low:high] * self.simple[low:high]
        unsafe = (value < 0) | (value > GREATEST)
        if not unsafe.any():
            unsafe = unsafe[:0]
        after: Ints | None = None
        owed: dict[int, Ints] = {}
        for slot in np.flatnonzero(ppm.any(axis=1)):
            charged = value
            if self.on_duties[slot, low:high].any():
                charged = self._with_duties(int(slot), value, owed, slice(low, high), lengths)
            rate = np.repeat(ppm[slot], lengths)
            if int(charged.max()) * int(ppm[slot].max()) > e.limit:
                unsafe = (unsafe if len(unsafe) else np.zeros(len(value), bool)) | (
                    charged > e.limit // np.maximum(rate, 1)
                )
            amount = owed[int(slot)] = e.rounded(charged * rate, MILLION)
            after = amount if after is None else after + amount
            sums[3 + slot] = np.add.reduceat(amount, begins)
        self._compare(
            part,
            after,
            begins,
            sums,
            np.repeat(self.simple[low:high], lengths) if not self.simple[low:high].all() else None,
        )
        return runs, sums, np.flatnonzero(unsafe) + part.start

    def _with_duties(self, slot: int, value: Ints, owed: dict[int, Ints], runs: slice, lengths: Ints) -> Ints:
        charged = value
        for other in self.engine.bases[slot]:
            if other in owed:
                charged = charged + owed[other]
        if self.on_duties[slot, runs].all():
            return charged
        return np.where(np.repeat(self.on_duties[slot, runs], lengths), charged, value)

    def _compare(self, part: slice, after: Ints | None, begins: Ints, sums: Ints, counts: Flags | None) -> None:
        """Who pays more or less than before; items of other runs (`counts` False) are looked at elsewhere."""
        before = self.history.before[part]
        if after is None:
            after = np.zeros(len(before), np.int64)
        sums[0] = np.add.reduceat(after, begins)
        more, less = after > before, after < before
        if counts is not None:
            more &= counts
            less &= counts
        if (different := np.flatnonzero(more | less)).size:
            sums[1] = np.add.reduceat(more, begins, dtype=np.int64)
            sums[2] = np.add.reduceat(less, begins, dtype=np.int64)
            self.changed.append(different + part.start)

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
            np.add.at(self.after, runs, after)
            np.add.at(self.more, runs, after > before)
            np.add.at(self.less, runs, after < before)
            for slot in range(len(amounts)):
                np.add.at(self.by_tax[slot], runs, amounts[slot])
            self.changed.append(here[after != before])

    # --- the sums ---------------------------------------------------------------------------------------------------

    def sums(self, left: tuple[int, ...]) -> Sums:
        h = self.history
        before = np.add.reduceat(h.before, self.starts) if len(self.starts) else self.after
        columns = np.array([self.ends - self.starts, before, self.after, self.more, self.less])
        heads = self.items.part(self.starts)
        chapters = [code[:2] or "?" for code in h.items.codes]
        origins = [origin or "?" for origin in h.items.origins]
        place, declarations = h.of_declaration
        touched = np.zeros(declarations, bool)
        for changed in self.changed:
            touched[place[changed]] = True
        taxes = {tax: [int(amount), 0] for tax, amount in zip(h.taxes, h.totals, strict=True)}
        for tax, amounts in zip(self.engine.taxes, self.by_tax, strict=True):
            if total := int(amounts.sum()):
                taxes.setdefault(tax, [0, 0])[1] = total
        return Sums(
            _grouped(chapters, heads.code, columns), _grouped(origins, heads.origin, columns), taxes,
            declarations, int(np.count_nonzero(touched)), left,
        )  # fmt: skip


def _grouped(names: list[str], place: Ints, columns: Ints) -> dict[str, list[int]]:
    """The sums of the columns for each name; several places may have one name."""
    distinct = Names()
    number = np.array([distinct.number(name) for name in names] or [0], np.int64)[place]
    totals = np.zeros((len(columns), len(distinct)), np.int64)
    for total, column in zip(totals, columns, strict=True):
        np.add.at(total, number, column)
    return {name: column.tolist() for name, column in zip(distinct.all, totals.T, strict=True)}
