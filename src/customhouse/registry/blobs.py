"""Where the bytes of papers lie: under their SHA-256, each once.

They lie in the database, so that one backup holds the record and what it proves, and both are there or neither. `use` puts
another store in its place (files, an object store) for a house whose papers outgrow it; what stores must do is `Store`.
"""

from __future__ import annotations

import hashlib
from typing import Protocol

from django.db import connection

from customhouse.registry import reader


class Store(Protocol):
    """A place for bytes that are named by their digest (SHA-256, hex) and never change."""

    def put(self, digest: str, data: bytes) -> None:
        """Keep `data`; nothing happens when it is there already."""

    def get(self, digest: str) -> bytes:
        """The bytes. Raises KeyError when there are none."""

    def drop_unheld(self, digest: str) -> None:
        """Forget bytes that no declaration and no draft holds."""


class Table:
    """The store in the database."""

    def put(self, digest: str, data: bytes) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "insert into blob (digest, content) values (%s, %s) on conflict do nothing",
                [bytes.fromhex(digest), data],
            )
            cursor.execute("select from blob where digest = %s for key share", [bytes.fromhex(digest)])

    def get(self, digest: str) -> bytes:
        with connection.cursor() as cursor:
            cursor.execute("select content from blob where digest = %s", [bytes.fromhex(digest)])
            row = cursor.fetchone()
        if row is None:
            raise KeyError(digest)
        return bytes(row[0])

    def drop_unheld(self, digest: str) -> None:
        # As the house: the same bytes may be held by papers that this reader is not shown.
        with reader.system(), connection.cursor() as cursor:
            cursor.execute(
                "delete from blob b where digest = %s "
                "and not exists (select from paper p where p.digest = b.digest) "
                "and not exists (select from draft_paper d where d.digest = b.digest) "
                "and not exists (select from targeting_model m where m.digest = b.digest)",
                [bytes.fromhex(digest)],
            )


store: Store = Table()


def use(other: Store) -> None:
    """Keep papers elsewhere from now on."""
    global store
    store = other


def put(data: bytes) -> str:
    """Keep `data`; its digest."""
    digest = hashlib.sha256(data).hexdigest()
    store.put(digest, data)
    return digest


def get(digest: str) -> bytes:
    """The bytes of this digest, proved to be they. Raises KeyError when there are none, ValueError when they were changed."""
    data = store.get(digest)
    if hashlib.sha256(data).hexdigest() != digest:
        raise ValueError(f"the bytes kept under {digest} are not those that were attached")
    return data
