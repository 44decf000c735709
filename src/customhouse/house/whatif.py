"""A draft tried on past trade: in columns where numpy is installed (the extra `stream`), else declaration by declaration.

Both give the same sums. Columns of a month are made once and kept in `history/` of the data directory until anything is
recorded on a declaration of that month; the folder may be deleted at any time. Values are taken as they were fixed, so that
columns serve only for a draft that values and converts as the law did; any other is tried one by one.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from customhouse.clearance.impact import Impact
from customhouse.clearance.replay import again, judged
from customhouse.law.book import Book
from customhouse.record.declaration import Declaration

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

    def _month(self, first: date, last: date, done: Done) -> Iterator[tuple[str, History]]:
        """(hash of the Book, columns) of a month, from their files when nothing was recorded since they were made."""
        from customhouse.registry import history as register
        from customhouse.stream.history import History

        stamp = hashlib.sha256(register.stamp(first, last).encode()).hexdigest()[:16]
        kept = sorted(self.folder.glob(f"{first:%Y-%m}.{stamp}.*.npz"))
        try:
            found = [(path.name.split(".")[2], History.load(path)) for path in kept]
        except ValueError:
            found = []
        if found:
            done(sum(len(set(columns.declaration.tolist())) + len(columns.rest) for _, columns in found))
            yield from found
            return
        for path in self.folder.glob(f"{first:%Y-%m}.*.npz"):
            path.unlink(missing_ok=True)
        yield from self._make(first, last, stamp, done)

    def _make(self, first: date, last: date, stamp: str, done: Done) -> Iterator[tuple[str, History]]:
        from customhouse.registry import history as register
        from customhouse.stream.history import gather

        by_book: dict[str, list[Declaration]] = {}
        for stored in register.accepted(first, last):
            past = judged(stored.declaration, stored.taken)
            accepted = past.declaration.acceptance
            by_book.setdefault(past.book or (accepted.book if accepted else ""), []).append(past.declaration)
            done(1)
        made = []
        for digest, declarations in by_book.items():
            columns = gather(declarations).proved(self._engine(self.book_of(digest)))
            made.append((digest, columns))
        self.folder.mkdir(parents=True, exist_ok=True)
        for digest, columns in made:
            columns.save(self.folder / f"{first:%Y-%m}.{stamp}.{digest}.npz")
        yield from made


def months(start: date, until: date) -> Iterator[tuple[date, date]]:
    """(first day, first day of the next) of every month that has a day in the time."""
    first = start.replace(day=1)
    while first < until:
        following = (first + timedelta(31)).replace(day=1)
        yield first, following
        first = following


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
