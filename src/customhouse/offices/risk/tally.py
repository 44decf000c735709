"""What is counted when rules are tried on the past, one by one or in columns. Counts of two pasts (declarations and parcels) join into one.

Pure sums: `offices.risk.backtest.conclude` makes the answer of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

import msgspec

from customhouse.record.lanes import Lane

Numbers = dict[str, list[int]]
GROUPS = ("offices", "months", "importers", "declarants", "chapters", "headings", "origins", "others")
SHOWN = 12
"""Hits that are shown of each rule."""
_ODD, _MASK = 0x9E3779B97F4A7C15, (1 << 64) - 1


class Hit(msgspec.Struct, frozen=True):
    """A declaration or parcel that a rule chooses: its number, its MRN where it was looked up, its day, its lane as it was, and its
    customs value in minor units."""

    number: int
    day: date
    lane: Lane
    value: int
    mrn: str = ""


class Tally(msgspec.Struct):
    """What is counted of one rule. `sums` are single numbers by name; the others hold a list of numbers for each name:
    `offices` [declarations, before, after, hits], `months` [declarations, hits, examined, finds], `importers`, `declarants`,
    `chapters`, `headings` and `origins` [hits, examined, finds], `others` [fired, both]; `moves` are declarations by lane before
    and after, `shown` a few hits by the place that their number gives them among all."""

    sums: dict[str, int] = {}
    moves: dict[tuple[Lane, Lane], int] = {}
    before: dict[str, int] = {}
    offices: Numbers = {}
    months: Numbers = {}
    importers: Numbers = {}
    declarants: Numbers = {}
    chapters: Numbers = {}
    headings: Numbers = {}
    origins: Numbers = {}
    others: Numbers = {}
    shown: dict[int, Hit] = {}

    def count(self, name: str, by: int = 1) -> None:
        self.sums[name] = self.sums.get(name, 0) + by

    def show(self, hit: Hit) -> None:
        """Keep a hit among those shown: which ones they are depends on their numbers alone, not on who counts in which order."""
        self.shown[shuffled(hit.number)] = hit
        if len(self.shown) > SHOWN:
            del self.shown[max(self.shown)]

    def take_in(self, other: Tally) -> None:
        """Add the counts of another part of the past."""
        for key, number in other.sums.items():
            self.count(key, number)
        for lane, number in other.before.items():
            self.before[lane] = self.before.get(lane, 0) + number
        for move, number in other.moves.items():
            self.moves[move] = self.moves.get(move, 0) + number
        for name in GROUPS:
            for key, numbers in getattr(other, name).items():
                add(getattr(self, name), key, *numbers)
        for hit in other.shown.values():
            self.show(hit)


def shuffled(number: int) -> int:
    """A place among 2 ** 64 that scatters numbers, so that the first few are a sample of all."""
    return number * _ODD & _MASK


def add(into: Numbers, name: str, *numbers: int) -> None:
    """Add numbers to those of a name."""
    found = into.get(name)
    if found is None:
        into[name] = [int(number) for number in numbers]
    else:
        for n, number in enumerate(numbers):
            found[n] += number


class Counted(msgspec.Struct):
    """A tally for each rule, and what is true of the past whatever rule is tried: its first and last day, and how many waited how
    many minutes in each lane."""

    tallies: list[Tally]
    since: date | None = None
    until: date | None = None
    minutes: dict[str, Counter[int]] = {}

    def saw(self, first: date, last: date) -> None:
        """Days that were gone through."""
        self.since = min(first, self.since or first)
        self.until = max(last, self.until or last)

    def waited(self, lane: str, minutes: int, many: int = 1) -> None:
        self.minutes.setdefault(lane, Counter())[minutes] += many

    @property
    def median(self) -> dict[str, int]:
        """The usual minutes of each lane."""
        return {lane: middle(counter) for lane, counter in self.minutes.items() if counter}

    def take_in(self, other: Counted) -> None:
        """Add the counts of another part of the past, which are of the same rules."""
        for mine, its in zip(self.tallies, other.tallies, strict=True):
            mine.take_in(its)
        if other.since and other.until:
            self.saw(other.since, other.until)
        for lane, counter in other.minutes.items():
            self.minutes.setdefault(lane, Counter()).update(counter)


def together(parts: Iterable[Counted], rules: int) -> Counted:
    """The counts of all parts of a past, each of so many rules."""
    made = Counted([Tally() for _ in range(rules)])
    for part in parts:
        made.take_in(part)
    return made


def middle(counter: Counter[int]) -> int:
    """The number in the middle, the lower of two."""
    left = (counter.total() - 1) // 2
    for number in sorted(counter):
        left -= counter[number]
        if left < 0:
            return number
    return 0
