"""A draft law tried on stored declarations: what they would owe, which ones the form would refuse, lanes, papers, agencies.

In columns only what the draft touches is decided one by one: amounts as `stream.whatif` sums them, lanes as `stream.relaned` sets them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from customhouse.clearance import sight
from customhouse.clearance.impact import Impact
from customhouse.clearance.redecide import Redecided, redecided
from customhouse.clearance.replay import again, judged
from customhouse.law.book import Book
from customhouse.law.selectivity import NO_SELECTIVITY
from customhouse.offices.risk.anew import Then
from customhouse.offices.risk.backtest import Trial, counted_as
from customhouse.offices.risk.course import Course, course
from customhouse.offices.risk.selected import Selected, selected
from customhouse.offices.risk.tally import Counted
from customhouse.record.acts import Entry
from customhouse.record.declaration import Declaration
from customhouse.record.lanes import STRICTNESS, Lane
from customhouse.record.parcel import is_parcel
from customhouse.registry import history as register
from customhouse.registry import lawbook, trail
from customhouse.stream import trials
from customhouse.stream.kept import month, months

if TYPE_CHECKING:
    from customhouse.stream.duty import Engine
    from customhouse.stream.history import History
    from customhouse.stream.past import PastColumns
    from customhouse.stream.relaned import Redraft

BookOf = Callable[[str], Book]
Done = Callable[[int], None]
VALUING = ("valuations", "incoterms", "charges", "rounding", "currency")
ALONE = 500
"""Declarations that are read at once to be decided one by one."""


class UnknownBook(LookupError):
    """Something was judged under a Book that is not here."""


@cache
def published(digest: str) -> Book:
    """The published Book of that hash, kept at hand. Raises UnknownBook."""
    book = lawbook.by_hash(digest)
    if book is None:
        raise UnknownBook(f"the Book {digest[:16]} was never published here, so nothing can be judged under it")
    return book


class Declarations:
    """A draft on the day of each declaration, or as it stands on `as_of`; `book_of` gives the Books that were judged under."""

    def __init__(self, draft: Book, book_of: BookOf, as_of: date | None = None) -> None:
        self.draft, self.book_of, self.as_of = draft, book_of, as_of
        self._criteria = cache(sight.selectivity_of)
        self._engines: dict[str, Engine] = {}
        self._alone: set[int] = set()

    def then(self, book: str, day: date, selectivity: str) -> Then:
        """What was judged under. Officers' criteria that are no longer known are none: what they asked for stands in the record."""
        return Then(self.book_of(book).on(day), self._criteria(selectivity) or NO_SELECTIVITY)

    def law(self, day: date) -> Any:
        """The draft for a declaration of that day."""
        return self.draft.on(self.as_of or day, rates=day)

    # --- one by one -------------------------------------------------------------------------------------------------

    def one_by_one(self, start: date, until: date, sums: Impact, done: Done) -> Counted:
        """Decide every declaration of the time by itself, and add it up."""

        def each() -> Iterator[tuple[Selected, Lane]]:
            for entries in trail.accepted(start, until):
                done(1)
                if is_parcel(entries[0].declaration):
                    continue  # parcels have a past of their own
                told, one, found = self._decided(entries)
                if found is not None and found.refused:
                    sums.refuse(found.refused)
                    continue
                self._amounts(told, found, sums)
                if one is not None and found is not None and found.lane is not None:
                    _held(found, sums)
                    yield one, found.lane

        return counted_as(Trial("draft", "", Lane.GREEN), each())

    def _decided(self, entries: list[Entry]) -> tuple[Course, Selected | None, Redecided | None]:
        """A declaration as its lane was set, and what the draft says of it; neither where no lane was ever set."""
        told = course(entries)
        one = selected(told)
        if one is None or one.under is None or told.counting is None:
            return told, None, None
        then = self.then(one.under.book, one.day, one.under.selectivity)
        return told, one, redecided(told.counting, self.law(one.day), then)

    def _amounts(self, told: Course, found: Redecided | None, sums: Impact) -> None:
        """Add what is payable as the declaration stands; judged anew only where it was amended since its lane was set."""
        now, at_lane = told.now, told.counting
        if now.acceptance is None:
            return
        if found is not None and found.becomes is not None and at_lane is not None:
            then = at_lane.declaration
            if (then.lodged, then.quotas, then.acceptance) == (now.lodged, now.quotas, now.acceptance):
                sums.add(now, found.becomes)
                return
        law = self.law(now.acceptance.tax_date)
        sums.add(now, again(now, lambda _: law))

    # --- in columns -------------------------------------------------------------------------------------------------

    def in_columns(self, start: date, until: date, sums: Impact, done: Done, data: Path) -> Counted:
        """Add the declarations of the time, month by month. `data` is the directory that columns are kept in."""
        from customhouse.stream.backtest import tallied
        from customhouse.stream.past import EVERY
        from customhouse.stream.relaned import Redraft

        redraft = Redraft(self.draft, self.then, self.as_of)

        def parts() -> Iterator[tuple[PastColumns, list[Any]]]:
            for first, last in months(start, until):
                out: list[int] = []
                time = max(first, start), min(last, until)
                for past in trials.declared(data / trials.FOLDER, time, EVERY, done, under=True):
                    if len(past):
                        part, chosen = self._lanes(past, redraft, sums, out)
                        if len(part):
                            yield part, [chosen]
                self._sums(first, last, time, out, sums, data)

        counted = tallied([Trial("draft", "", Lane.GREEN)], parts(), {})
        sums.singly = len(self._alone)
        return counted

    def _lanes(self, past: PastColumns, redraft: Redraft, sums: Impact, out: list[int]) -> tuple[PastColumns, Any]:
        """The declarations that keep a lane, and whose it changes; the numbers of those refused are added to `out`."""
        import numpy as np

        from customhouse.stream.backtest import Chosen

        found = redraft.judged(past)
        lane, judged = found.lane, found.refused < 0
        sums.hold("agency", *(int(np.count_nonzero(one & ~other & judged & ~found.left))
                              for one, other in (found.seen, found.seen[::-1])))  # fmt: skip
        for place, count in enumerate(np.bincount(found.refused[~judged], minlength=len(found.rules)).tolist()):
            if count:
                sums.refuse(found.rules[place], count)
        place_of = {int(past.number[n]): n for n in np.flatnonzero(found.left).tolist()}
        for number, again_ in self._by_themselves(list(place_of)):
            n = place_of[number]
            judged[n] = again_.lane is not None
            if again_.refused:
                sums.refuse(again_.refused)
                out.append(number)
            elif again_.lane is not None:
                _held(again_, sums)
                lane[n] = STRICTNESS[again_.lane]
        out.extend(past.number[found.refused >= 0].tolist())
        part = past if judged.all() else past.take(np.flatnonzero(judged))
        after = lane[judged]
        hits = after != part.lane
        items = np.flatnonzero(hits[part.facts.of])
        return part, Chosen(items, hits, np.zeros(len(part), bool), after, int(np.count_nonzero(hits)), final=True)

    def _by_themselves(self, numbers: list[int]) -> Iterator[tuple[int, Redecided]]:
        """Some of the declarations decided by themselves."""
        for first in range(0, len(numbers), ALONE):
            for number, entries in trail.of(numbers[first : first + ALONE]).items():
                self._alone.add(number)
                found = self._decided(entries)[2]
                if found is not None:
                    yield number, found

    def _sums(self, first: date, last: date, time: tuple[date, date], out: list[int], sums: Impact, data: Path) -> None:
        """Add the amounts of a month, without those of declarations that are refused."""
        import numpy as np

        from customhouse.stream.whatif import whatif

        refused = frozenset(out)
        for digest, columns in self._month(data / "history", first, last):
            part = columns if time == (first, last) else columns.between(*time)
            part = part.without(np.array(out, np.int64)) if out else part
            rest = columns.rest.tolist()
            if _values_alike(self.book_of(digest), self.draft, first, last):
                found = whatif(part, self._engine(self.draft), self.as_of)
                sums.add_sums(found)
                rest = {*found.left, *rest}
            else:
                rest = {*part.declaration.tolist(), *rest}
            self._again(sorted({*rest} - refused), time, sums)

    def _again(self, numbers: list[int], time: tuple[date, date], sums: Impact) -> None:
        """Judge some declarations one by one, and add up what they owe."""
        for stored in register.of(numbers):
            was = stored.declaration
            if was.acceptance is not None and time[0] <= stored.taken[0][2] < time[1]:
                law = self.law(was.acceptance.tax_date)
                self._alone.add(was.id)
                sums.add(was, again(was, lambda _, law=law: law))  # type: ignore[misc]

    def _engine(self, book: Book) -> Engine:
        from customhouse.stream.duty import Engine

        if book.hash not in self._engines:
            self._engines[book.hash] = Engine(book)
        return self._engines[book.hash]

    def _month(self, folder: Path, first: date, last: date) -> list[tuple[str, History]]:
        """(hash of the Book, columns) of a month, from their files when nothing was recorded since they were made."""
        from customhouse.stream.history import History

        return month(folder, first, register.stamp(first, last), History.load, lambda: self._make(first, last))[0]

    def _make(self, first: date, last: date) -> Iterator[tuple[str, History]]:
        from customhouse.stream.history import gather

        by_book: dict[str, list[Declaration]] = {}
        for stored in register.accepted(first, last):
            if is_parcel(stored.declaration.id) or stored.declaration.acceptance is None:
                continue  # parcels have a past of their own; what was never accepted was never judged
            past = judged(stored.declaration, stored.taken)
            accepted = past.declaration.acceptance
            by_book.setdefault(past.book or (accepted.book if accepted else ""), []).append(past.declaration)
        for digest, declarations in by_book.items():
            yield digest, gather(declarations).proved(self._engine(self.book_of(digest)))


def _held(found: Redecided, sums: Impact) -> None:
    """Count a declaration that is held under one of the two laws only."""
    for kind, (before, after) in (("documents", found.papers), ("agency", found.agencies)):
        sums.hold(kind, before and not after, after and not before)


def _values_alike(book: Book, draft: Book, first: date, last: date) -> bool:
    """Whether values and rates of exchange of that time are the same under both."""

    def rates(of: Book) -> set[Any]:
        return {
            (r.currency, r.value, max(r.validity.start, first), min(r.validity.until or last, last))
            for r in of.pages.rates
            if r.validity.start < last and (r.validity.until is None or r.validity.until > first)
        }

    same = all(getattr(book.pages, part) == getattr(draft.pages, part) for part in VALUING)
    return same and rates(book) == rates(draft)
