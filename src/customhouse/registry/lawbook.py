"""The law as published: which Book is in force on a day, kept open in every process and renewed when another is published."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from django.db import connection, transaction

from customhouse.law.book import Book, NotABook
from customhouse.registry import bookcase
from customhouse.registry.published import Published

LIST = "select id, hash, in_force from book order by id"
IMPRINT = (
    "select hash, title, version, in_force, published_by, published_at from book where in_force <= %s "
    "order by id desc limit 1"
)
CONTENTS = "select contents from book where id = {}"
Row = tuple[int, str, date]  # of LIST


class NoLaw(LookupError):
    """No Book has been published for this day."""


class Imprint(NamedTuple):
    """What a Book says of itself, who published it and when, and the first day it is in force."""

    hash: str
    title: str
    version: str
    in_force: date
    published_by: str
    published_at: datetime


class Edition:
    """A published Book and the first day it is in force; the Book is opened when it is first asked for."""

    def __init__(self, row: Row, source: bytes | Path) -> None:
        self.id, self.hash, self.in_force = row
        self._source = source

    @cached_property
    def book(self) -> Book:
        """Raises NotABook when what was published or its file on this machine is damaged."""
        return bookcase.opened(self.hash, self._source)

    @property
    def is_sound(self) -> bool:
        try:
            return bool(self.book.hash)
        except NotABook:
            return False


class Shelf(Published):
    """The Books a process holds open. Of those in force on a day, the one published last is the law."""

    channel = "book"

    def __init__(self) -> None:
        super().__init__()
        self.editions: tuple[Edition, ...] = ()

    def read(self) -> None:
        """Put up the Books published since."""
        with connection.cursor() as cursor:
            cursor.execute(LIST)
            for row in self.missing(cursor.fetchall()):
                cursor.execute(CONTENTS.format(row[0]))
                self.put(row, bytes(cursor.fetchone()[0]))

    def missing(self, rows: Iterable[Row]) -> list[Row]:
        """Put up the published Books that have a file on this machine, and answer those whose bytes are wanted.

        The last one is opened, because it is the one that everybody will ask for; when its file is damaged it is wanted.
        """
        known = {e.id for e in self.editions}
        new: list[Row] = [(row[0], row[1], row[2]) for row in rows if row[0] not in known]
        wanted: list[Row] = []
        for row in new:
            path = bookcase.place(row[1])
            edition = Edition(row, path) if path else None
            if edition is None or (row is new[-1] and not edition.is_sound):
                wanted.append(row)
            else:
                self._add(edition)
        return wanted

    def put(self, row: Row, contents: bytes) -> None:
        """Put a Book up from its bytes."""
        self._add(Edition(row, bookcase.keep(row[1], contents)))

    def _add(self, edition: Edition) -> None:
        self.editions = tuple(sorted((*self.editions, edition), key=lambda e: e.id))

    def on(self, day: date) -> Book:
        for edition in reversed(self.editions):
            if edition.in_force <= day:
                return edition.book
        raise NoLaw(f"no law has been published for {day}; publish one with `customhouse law publish`")


shelf = Shelf()


def current(day: date) -> Book:
    """The Book in force on `day`. Raises NoLaw."""
    shelf.renew()
    return shelf.on(day)


def imprint(day: date) -> Imprint:
    """The publication that is the law on `day`. Raises NoLaw."""
    with connection.cursor() as cursor:
        cursor.execute(IMPRINT, [day])
        row = cursor.fetchone()
    if row is None:
        raise NoLaw(f"no law has been published for {day}")
    return Imprint(*row)


def publish(contents: bytes, *, by: str, in_force: date) -> Book:
    """Publish a compiled Book from `in_force` on; publishing the Book that is last already does nothing."""
    book = Book.open(contents)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select hash, in_force from book order by id desc limit 1")
        last = cursor.fetchone()
        if last is None or last != (book.hash, in_force):
            cursor.execute(
                "insert into book (hash, title, version, contents, in_force, published_by) values (%s, %s, %s, %s, %s, %s)",
                [book.hash, book.title.get("en", ""), book.version, contents, in_force, by],
            )
            cursor.execute("select pg_notify(%s, %s)", [Shelf.channel, book.hash])
    shelf.forget()
    return book


def contents(digest: str) -> bytes:
    """The file of a published Book, for machines that do not reach the register. Raises NoLaw."""
    with connection.cursor() as cursor:
        cursor.execute("select contents from book where hash = %s", [digest])
        row = cursor.fetchone()
    if row is None:
        raise NoLaw(f"no Book {digest[:16]} has been published")
    return bytes(row[0])


def by_hash(digest: str) -> Book | None:
    """The published Book with this hash, for replaying what was decided under it."""
    shelf.look()
    return next((e.book for e in shelf.editions if e.hash == digest), None)
