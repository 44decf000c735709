"""A draft tried on past trade: in columns where numpy is installed (the extra `stream`), else declaration by declaration.

Both give the same sums. Columns of a month are made once and kept in `history/` of the data directory until anything is
recorded on a declaration of that month; the folder may be deleted at any time. Values are taken as they were fixed, so that
columns serve only for a draft that values and converts as the law did; any other is tried one by one.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from customhouse.clearance.impact import Impact
from customhouse.clearance.line import Context
from customhouse.clearance.parcel import judged_as, walked
from customhouse.clearance.replay import again, judged
from customhouse.law.book import Book
from customhouse.offices.risk.backtest import Limits, Trial, concluded
from customhouse.record.declaration import Declaration, Stage
from customhouse.record.lanes import STRICTNESS, Lane
from customhouse.record.parcel import is_parcel, place
from customhouse.registry.parcel_past import Of
from customhouse.stream.kept import month, months

if TYPE_CHECKING:
    from customhouse.stream.duty import Engine
    from customhouse.stream.history import History
    from customhouse.stream.parcels.again import Draft, Then, Verdicts
    from customhouse.stream.parcels.past import Stored

BookOf = Callable[[str], Book]
Done = Callable[[int], None]
VALUING = ("valuations", "incoterms", "charges", "rounding", "currency")


def has_columns() -> bool:
    """Whether columns can be used here."""
    return importlib.util.find_spec("numpy") is not None


def one_by_one(found: Iterable[Declaration], draft: Book, as_of: date | None, sums: Impact, done: Done) -> None:
    """Judge declarations again, one after the other, and add them up."""
    for was in found:
        if was.acceptance is not None:
            law = draft.on(as_of or was.acceptance.tax_date, rates=was.acceptance.tax_date)
            sums.add(was, again(was, lambda _, law=law: law))  # type: ignore[misc]
        done(1)


def declarations(start: date, until: date) -> Iterator[Declaration]:
    """Those accepted in a time; parcels have a past of their own."""
    from customhouse.registry import history

    return (p.declaration for p in history.accepted(start, until) if not is_parcel(p.declaration.id))


class Columns:
    """Past trade in columns, month by month and Book by Book."""

    def __init__(self, folder: Path, draft: Book, book_of: BookOf) -> None:
        self.folder, self.draft, self.book_of = folder, draft, book_of
        self._engines: dict[str, Engine] = {}

    def add(self, start: date, until: date, as_of: date | None, sums: Impact, done: Done) -> None:
        """Add the declarations accepted from `start` until, not including, `until`."""
        from customhouse.registry import history as register
        from customhouse.stream.whatif import whatif

        for first, last in months(start, until):
            whole = first >= start and last <= until
            for digest, columns in self._month(first, last, done):
                if not _values_alike(self.book_of(digest), self.draft, first, last):
                    rest = sorted({*columns.declaration.tolist(), *columns.rest.tolist()})
                else:
                    part = columns if whole else columns.between(start, until)
                    found = whatif(part, self._engine(self.draft), as_of)
                    sums.add_sums(found)
                    rest = sorted({*found.left, *columns.rest.tolist()})
                others = (p.declaration for p in register.of(rest) if start <= p.taken[0][2] < until)
                one_by_one(others, self.draft, as_of, sums, lambda _: None)

    def _engine(self, book: Book) -> Engine:
        from customhouse.stream.duty import Engine

        if book.hash not in self._engines:
            self._engines[book.hash] = Engine(book)
        return self._engines[book.hash]

    def _month(self, first: date, last: date, done: Done) -> list[tuple[str, History]]:
        """(hash of the Book, columns) of a month, from their files when nothing was recorded since they were made."""
        from customhouse.registry import history as register
        from customhouse.stream.history import History

        found, made = month(
            self.folder, first, register.stamp(first, last), History.load, lambda: self._make(first, last, done)
        )
        if not made:
            done(sum(len(set(columns.declaration.tolist())) + len(columns.rest) for _, columns in found))
        return found

    def _make(self, first: date, last: date, done: Done) -> Iterator[tuple[str, History]]:
        from customhouse.registry import history as register
        from customhouse.stream.history import gather

        by_book: dict[str, list[Declaration]] = {}
        for stored in register.accepted(first, last):
            done(1)
            if is_parcel(stored.declaration.id) or stored.declaration.acceptance is None:
                continue  # parcels have a past of their own; what was never accepted was never judged
            past = judged(stored.declaration, stored.taken)
            accepted = past.declaration.acceptance
            by_book.setdefault(past.book or (accepted.book if accepted else ""), []).append(past.declaration)
        for digest, declarations in by_book.items():
            yield digest, gather(declarations).proved(self._engine(self.book_of(digest)))


class Parcels:
    """Stored parcels in columns, day by day; those that columns leave to the offices are judged again one by one."""

    def __init__(self, folder: Path, draft: Book, book_of: BookOf, limits: Limits) -> None:
        self.folder, self.draft, self.book_of, self.limits = folder, draft, book_of, limits
        self._then: dict[tuple[str, date, str], Then] = {}

    def add(self, start: date, until: date, as_of: date | None, sums: Impact, done: Done) -> None:
        """Add the parcels of the consolidations of the days from `start` until, not including, `until`: what they would owe, their
        lanes, their files."""
        from customhouse.registry.secret import draw_key
        from customhouse.stream import trials
        from customhouse.stream.backtest import Chosen, tallied
        from customhouse.stream.parcels.again import Draft
        from customhouse.stream.parcels.impact import moved
        from customhouse.stream.parcels.impact import sums as worked_out
        from customhouse.stream.past import PastColumns

        past, draft = trials.stored(self.folder, (start, until)), Draft(self.draft, self.then, draw_key(), as_of)
        outcomes, facts = past.outcomes(), frozenset({*trials.WHOM, "customs_value_total", "payable_total"})

        def parts() -> Iterator[tuple[PastColumns, list[Chosen]]]:
            for stored in past.stored(done):
                found = draft.judged(stored, outcomes)
                counted = worked_out(stored, found)
                sums.add_parcels(counted)
                sums.unread += found.unread
                judged = ~found.left & (found.refused < 0)
                for n in found.left.nonzero()[0].tolist():
                    judged[n] = self._one(stored, found, n, draft, sums)
                part, chosen = moved(stored, found, judged, facts, outcomes)
                if len(part):
                    yield part, [chosen]

        trial = Trial("draft", "", Lane.GREEN)
        tallies = tallied([trial], parts(), {})
        sums.lanes = replace(concluded([trial], [trials.Asks()], tallies, self.limits, "parcels")[0], warnings=())

    def then(self, of: Of) -> Then:
        """What a consolidation was judged under. Criteria that are no longer known are none: what they asked for stands in the record."""
        from customhouse.clearance import sight
        from customhouse.law.selectivity import NO_SELECTIVITY
        from customhouse.stream.parcels.again import Then

        key = of.book, of.day, of.selectivity
        if key not in self._then:
            known = sight.selectivity_of(of.selectivity) or NO_SELECTIVITY
            self._then[key] = Then(self.book_of(of.book).on(of.day), known)
        return self._then[key]

    def _one(self, stored: Stored, found: Verdicts, n: int, draft: Draft, sums: Impact) -> bool:
        """Judge a parcel by itself, put its lane and whether it has a file among those `found`; whether it was taken and assessed."""
        from customhouse.offices.risk import parcel_draw
        from customhouse.registry import parcels
        from customhouse.stream.parcels.past import filed

        number = int(stored.part.number()[n])
        was, begun = parcels.parcel(number), parcels.get(place(number)[0])
        law, draws = draft.law(begun.day), parcel_draw.draws(draft.key, number)
        of = replace(begun.of, destination=law.country)
        under = Context(
            law,
            begun.at,
            draft.key,
            self.then(Of(begun.of, begun.day, begun.book, begun.selectivity, begun.at)).selectivity,
        )
        made, *told = walked(number, was.parcel, of, under, was.history, (draws.random, draws.explore))
        if made.declaration.stage is Stage.REFUSED:
            sums.refuse(made.problems[0].rule)
            return False
        if (assessed := made.declaration.assessed) is None:
            why = "; ".join(p.label for p in made.problems) or "the draft does not assess it"
            sums.unjudged.append((was.mrn, why))
            return False
        judged = judged_as(made, *told)
        lane = STRICTNESS[Lane(judged.lane)] if judged.lane else 0
        found.lane[n] = max(lane, int(found.floor[n]))
        found.file[n] = not judged.rests or found.lane[n] > 0
        before = bool(filed(stored.part)[n])
        sums.add_parcel(
            was.parcel.code, was.parcel.origin, was.payable, assessed.payable.minor, filed=(before, bool(found.file[n]))
        )
        return True


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
