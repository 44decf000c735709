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
from customhouse.clearance.parcel import walked
from customhouse.clearance.replay import again, judged
from customhouse.law.book import Book
from customhouse.offices.risk import PPM
from customhouse.record.declaration import Declaration
from customhouse.record.parcel import is_parcel, place
from customhouse.stream.kept import month, months

if TYPE_CHECKING:
    from customhouse.stream.duty import Engine
    from customhouse.stream.history import History

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

    def __init__(self, folder: Path, draft: Book) -> None:
        self.folder, self.draft = folder, draft

    def add(self, start: date, until: date, as_of: date | None, sums: Impact, done: Done) -> None:
        """Add the parcels of the consolidations of the days from `start` until, not including, `until`."""
        from customhouse.stream.duty import Engine
        from customhouse.stream.parcels.impact import sums as worked_out
        from customhouse.stream.parcels.past import Past

        pages, engine = self.draft.pages, Engine(self.draft)
        past = Past(self.folder, (start, until), (pages.country, str(pages.currency)))
        for stored in past.stored(done):
            found = worked_out(stored, self.draft, engine, as_of)
            sums.add_sums(found)
            for number in found.left:
                self._one(number, as_of, sums)

    def _one(self, number: int, as_of: date | None, sums: Impact) -> None:
        from customhouse.registry import parcels

        was, begun = parcels.parcel(number), parcels.get(place(number)[0])
        law = self.draft.on(as_of or begun.day, rates=begun.day)
        of = replace(begun.of, destination=law.country)
        made, *_ = walked(number, was.parcel, of, Context(law, begun.at, b""), was.history, (PPM, PPM))
        if (assessed := made.declaration.assessed) is None:
            why = "; ".join(p.label for p in made.problems) or "the draft does not assess it"
            sums.unjudged.append((was.mrn, why))
        else:
            sums.add_parcel(was.parcel.code, was.parcel.origin, was.payable, assessed.payable.minor)


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
