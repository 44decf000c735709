"""What was taken on a day so far: the one thing that a chunk must be asked about in the order of the file.

Everything else about a chunk can be found out in any process, before (`Kernel.prepare`) and after (`Kernel.finish`); what passes
between is small, a few numbers a row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from customhouse.stream.items import Flags, Ints
from customhouse.stream.parcels import counters
from customhouse.stream.parcels.counters import Firsts, Groups, Keys, RowKeys, Tally

Used = Callable[[Sequence[str]], set[str]]
"""Under which of some references the declarant has a declaration already."""


class Asked(NamedTuple):
    """What the day is asked about a chunk: the numbers of its rows, the rows by consignee, address, likes and reference, what
    each holds and is worth, which are in order so far, and by place the references under which a declaration seems to stand
    (hashes are alike)."""

    numbers: Ints
    consignee: Groups
    address: Groups
    alike: Groups
    reference: Groups
    content: Keys
    value: Ints
    accepted: Flags
    named: dict[int, str]


def ask(numbers: Ints, keys: RowKeys, value: Ints, accepted: Flags, named: dict[int, str]) -> Asked:
    """The question about rows of these keys."""
    by = (counters.grouped(key) for key in (keys.consignee, keys.address, keys.alike, keys.reference))
    return Asked(numbers, *by, keys.content, value, accepted, named)


class Met(NamedTuple):
    """What the day answers, row by row: the number of the parcel that had the reference before it (0: none), whether that
    was the same parcel, whether a declaration stands under the reference, and what came before, as facts of history."""

    earlier: Ints
    same: Flags
    stands: Flags
    before: dict[str, Ints]

    def taken(self, accepted: Flags) -> Flags:
        """The rows in order that are neither declared before nor stand in the way of a declaration."""
        return np.asarray(accepted & (self.earlier == 0) & ~self.stands, bool)


class Day:
    """What was taken on the day so far; filled again from the register when work goes on. `used` settles, where hashes of
    references are alike, whether a declaration stands under it indeed."""

    def __init__(self, used: Used | None = None) -> None:
        self.consignee, self.address, self.alike, self.firsts = Tally(), Tally(), Tally(), Firsts()
        self.used = used

    def meet(self, asked: Asked) -> Met:
        """What came before each row; and remember the rows that are taken. Chunks are met in their order."""
        stands = self._standing(asked)
        met = recognised(self.firsts, asked.reference, asked.numbers, asked.content, asked.accepted, stands)
        taken = met.taken(asked.accepted)
        by = ((self.consignee, asked.consignee), (self.address, asked.address), (self.alike, asked.alike))
        counted = [tally.meet(of, asked.value, taken) for tally, of in by]
        return met._replace(before=counters.together(counted))

    def _standing(self, asked: Asked) -> Flags:
        stands = np.zeros(len(asked.numbers), bool)
        if asked.named and self.used is not None:
            used = self.used(sorted(set(asked.named.values())))
            stands[[n for n, reference in asked.named.items() if reference in used]] = True
        return stands & asked.accepted

    def add(self, keys: RowKeys, value: Ints, numbers: Ints) -> None:
        """Parcels that were taken."""
        self.meet(ask(numbers, keys, value, np.ones(len(numbers), bool), {}))

    def know(self, keys: RowKeys, numbers: Ints) -> None:
        """Parcels whose references are used, and which do not count: they were taken after the beginning of this work."""
        number, _ = self.firsts.find(counters.grouped(keys.reference))
        new = counters.grouped(keys.reference[number == 0])
        at = np.flatnonzero(number == 0)
        self.firsts.add(new, new.first(np.ones(len(at), bool)), numbers[at], keys.content[at])


def recognised(firsts: Firsts, reference: Groups, numbers: Ints, content: Keys, accepted: Flags, stands: Flags) -> Met:
    """Which of these rows were declared before, by their references; and remember those that are the first. What is counted is
    left out. A reference under which a declaration stands is nobody's."""
    number, held = firsts.find(reference)
    may = accepted & (number == 0) & ~stands
    first_of = reference.first(may)
    first, here = reference.of_rows(first_of), np.arange(len(may))
    above = first < here
    first = np.where(above, first, 0)
    earlier = np.where(number > 0, number, np.where(above, numbers[first], 0))
    held = np.where(number > 0, held, content[first])
    firsts.add(reference, first_of, numbers, content)
    return Met(np.where(accepted, earlier, 0), held == content, stands & (earlier == 0), {})


def seeming(references: Keys, standing: Keys) -> Ints:
    """The places of those references that are among the standing ones, which are in order."""
    if not len(standing):
        return np.zeros(0, np.int64)
    at = np.minimum(np.searchsorted(standing, references), len(standing) - 1)
    return np.flatnonzero(standing[at] == references)
