"""One at a time: work that only one process of the house may do at any moment, called by a name; or one of a kind (`of`) at a time.

Nobody else asks PostgreSQL for such locks, so that no two rooms ever take one another's: a name is in one room only (tests/arch). They
are let go when the process dies.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from django.db import connection
from django.db.transaction import TransactionManagementError

_attending: WeakKeyDictionary[object, set[int]] = WeakKeyDictionary()
"""What each connection attends."""


@contextmanager
def alone(name: str, of: str = "") -> Iterator[bool]:
    """Whether this process has the turn called `name`, for as long as the block lasts; it never waits for it.

    Not for use inside a transaction: the turn would be given back before its work is seen by others.
    """
    mine = _ask("pg_try_advisory_lock", name, of)
    try:
        yield mine
    finally:
        if mine:
            _ask("pg_advisory_unlock", name, of)


@contextmanager
def waited(name: str, of: str = "") -> Iterator[None]:
    """Wait for the turn, and have it for as long as the block lasts. Not for use inside a transaction, as `alone`."""
    _ask("pg_advisory_lock", name, of)
    try:
        yield
    finally:
        _ask("pg_advisory_unlock", name, of)


def in_transaction(name: str, of: str = "") -> bool:
    """Whether this transaction has the turn, to its end; it never waits for it."""
    _within()
    return _ask("pg_try_advisory_xact_lock", name, of)


def wait_in_transaction(name: str, of: str = "") -> None:
    """Wait for the turn, and have it until the transaction ends."""
    _within()
    _ask("pg_advisory_xact_lock", name, of)


def attend(name: str) -> None:
    """Say that this process is at it, as others may be too, for as long as its connection lives (`is_taken`). Said again, it costs nothing."""
    connection.ensure_connection()
    said = _attending.setdefault(connection.connection, set())
    if _key(name) not in said:
        _ask("pg_advisory_lock_shared", name)
        said.add(_key(name))


def is_taken(name: str, of: str = "") -> bool:
    """Whether another process has the turn now, or attends to it."""
    with alone(name, of) as free:
        return not free


def _ask(how: str, name: str, of: str = "") -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"select {how}(%s)", [_key(name, of)])
        return cursor.fetchone()[0] is not False


def _key(name: str, of: str = "") -> int:
    called = f"{name}\0{of}" if of else name
    return int.from_bytes(hashlib.sha256(called.encode()).digest()[:8], signed=True)


def _within() -> None:
    if not connection.in_atomic_block:
        raise TransactionManagementError("a turn until the end of the transaction is asked for, and there is none")
