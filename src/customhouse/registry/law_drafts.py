"""Drafts of law as handed in, by the hash of their Book. They are kept to be tried, and never change."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import connection

from customhouse.law.book import Book
from customhouse.registry import bookcase

MOST = 100
ROW = "hash, title, version, handed_in_by, handed_in_at from law_draft"


class HandedIn(NamedTuple):
    """A draft: the hash of its Book, what it says of itself, who handed it in and when."""

    hash: str
    title: str
    version: str
    by: str
    at: datetime


def keep(contents: bytes, *, by: str, at: datetime) -> HandedIn:
    """Keep a compiled draft; the same one is kept once. Raises NotABook for what is none."""
    book = Book.open(contents)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into law_draft (hash, title, version, contents, handed_in_by, handed_in_at) values (%s, %s, %s, %s, %s, %s) "
            "on conflict do nothing",
            [book.hash, book.title.get("en", ""), book.version, contents, by, at],
        )
    return one(book.hash)


def newest() -> list[HandedIn]:
    """Those handed in last, the last first."""
    with connection.cursor() as cursor:
        cursor.execute(f"select {ROW} order by handed_in_at desc, hash limit %s", [MOST])
        return [HandedIn(*row) for row in cursor.fetchall()]


def one(digest: str) -> HandedIn:
    """The draft of that hash. Raises KeyError where there is none."""
    with connection.cursor() as cursor:
        cursor.execute(f"select {ROW} where hash = %s", [digest])
        row = cursor.fetchone()
    if row is None:
        raise KeyError(digest)
    return HandedIn(*row)


def book(digest: str) -> Book:
    """The draft itself. Raises KeyError where there is none, NotABook where it was compiled by another edition of the program."""
    place = bookcase.place(digest)
    if place is None:
        with connection.cursor() as cursor:
            cursor.execute("select contents from law_draft where hash = %s", [digest])
            row = cursor.fetchone()
        if row is None:
            raise KeyError(digest)
        return bookcase.opened(digest, bookcase.keep(digest, bytes(row[0])))
    return bookcase.opened(digest, place)
