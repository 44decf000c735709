"""The spans of time in which the law of a code is one and the same, so that the offices need be asked once for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np

from customhouse.law.book import Book
from customhouse.offices.duty.claim import PENDING
from customhouse.offices.duty.manual import MANUAL
from customhouse.stream.items import Ints

DAY_BITS = 22  # ordinals of days are below 2 ** 22


class Spans:
    """The spans of some codes within a time, numbered; `first` is the first day of each, `starts` the clock it begins at.

    A clock is the place of a code and a day in one ascending number, so that a span is found by bisection.
    """

    def __init__(self, book: Book, codes: Sequence[str], first: int, last: int) -> None:
        everywhere = {day for day in _days(_of_all_codes(book)) if first < day <= last}
        years = range(date.fromordinal(first).year, date.fromordinal(last).year + 1)
        starts: list[int] = []
        for place, code in enumerate(codes):
            turns = {day for day in _of_code(book, code, years) if first < day <= last}
            starts.extend((place << DAY_BITS) + day for day in sorted({first, *everywhere, *turns}))
        self.starts = np.array(starts, np.int64)
        self.first: Ints = self.starts & ((1 << DAY_BITS) - 1)

    def __len__(self) -> int:
        return len(self.starts)

    def of(self, code: Ints, day: Ints) -> Ints:
        """The number of the span that each day of a code (its place) lies in."""
        return np.searchsorted(self.starts, (code << DAY_BITS) + day, "right") - 1


def _of_all_codes(book: Book) -> Iterator[Any]:
    """What is dated and may change what is owed on any code, besides rates of exchange."""
    pages = book.pages
    yield from (*pages.memberships, *pages.procedures, *pages.reliefs, *pages.agreements)
    yield from (entry for entry in pages.entries if entry.list in (PENDING, MANUAL))


def _of_code(book: Book, code: str, years: range) -> Iterator[int]:
    """The days on which a measure or line of the code begins or ends, in season or for good."""
    measures = [m for block in book.measures.covering(code) for m in block]
    yield from _days(measures)
    yield from _days(line for block in book.lines.covering(code) for line in block)
    for season in {m.season for m in measures if m.season is not None}:
        yield from (_ordinal(year, *turn) for year in years for turn in (season.start, season.until))


def _days(things: Iterable[Any]) -> Iterator[int]:
    """The days on which any of them begins or ends, as ordinals."""
    for thing in things:
        yield thing.validity.start.toordinal()
        if thing.validity.until:
            yield thing.validity.until.toordinal()


def _ordinal(year: int, month: int, day: int) -> int:
    """A day of a year; the 29th of February is the 1st of March where there is none, as seasons count."""
    try:
        return date(year, month, day).toordinal()
    except ValueError:
        return date(year, month, 28).toordinal() + 1
