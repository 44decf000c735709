"""The law as published: which Book is in force on a day, kept open in every process and renewed within half a second."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from datetime import date

import msgspec
from django.db import connection, transaction

from customhouse.law.book import Book

FRESH = 0.5  # seconds a process may go without looking for a newer Book
LIST = "select id, hash, in_force from book order by id"
CONTENTS = "select contents from book where id = {}"


class NoLaw(LookupError):
    """No Book has been published for this day."""


class Edition(msgspec.Struct, frozen=True):
    """A published Book and the first day it is in force."""

    id: int
    in_force: date
    book: Book


class Shelf:
    """The Books a process holds open. Of those in force on a day, the one published last is the law."""

    def __init__(self) -> None:
        self.editions: tuple[Edition, ...] = ()
        self.looked = 0.0

    def missing(self, rows: Iterable[tuple[int, str, date]]) -> list[tuple[int, date]]:
        """Which of the published Books are not on the shelf yet."""
        known = {e.id for e in self.editions}
        return [(number, in_force) for number, _, in_force in rows if number not in known]

    def put(self, number: int, in_force: date, contents: bytes) -> None:
        """Open a Book and put it on the shelf, with its rules compiled before anyone needs them."""
        book = Book.open(contents)
        self.editions = tuple(sorted((*self.editions, Edition(number, in_force, book)), key=lambda e: e.id))

    def on(self, day: date) -> Book:
        for edition in reversed(self.editions):
            if edition.in_force <= day:
                return edition.book
        raise NoLaw(f"no law has been published for {day}; publish one with `customhouse law publish`")


_shelf = Shelf()
_lock = threading.Lock()


def current(day: date) -> Book:
    """The Book in force on `day`, renewed from the register when this process has not looked for a while."""
    if time.monotonic() - _shelf.looked > FRESH:
        refresh()
    return _shelf.on(day)


def refresh() -> None:
    """Look for Books published since."""
    with _lock, connection.cursor() as cursor:
        cursor.execute(LIST)
        for number, in_force in _shelf.missing(cursor.fetchall()):
            cursor.execute(CONTENTS.format(number))
            _shelf.put(number, in_force, bytes(cursor.fetchone()[0]))
        _shelf.looked = time.monotonic()


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
            cursor.execute("select pg_notify('book', %s)", [book.hash])
    _shelf.looked = 0.0
    return book


def by_hash(digest: str) -> Book | None:
    """The published Book with this hash, for replaying what was decided under it."""
    refresh()
    return next((e.book for e in _shelf.editions if e.book.hash == digest), None)
