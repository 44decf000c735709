"""Who reads: the person or software that the register is asked for, known to every statement and to PostgreSQL.

Row-level security (`access.sql`) shows a statement only the rows its reader may see, so a page that forgets to ask shows
nothing foreign. The reader stands in a context variable; the connection tells PostgreSQL whenever it changes
(`postgresql.base`). A web process begins as NOBODY and every request names its reader; the house's own work (worker,
command line, seal, fast intake) is SYSTEM. See ADR 0017.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import msgspec

from customhouse.record.declaration import Role

OFFICERS = frozenset({Role.OFFICER, Role.EXAMINER, Role.CASHIER, Role.SUPERVISOR})
TRADERS = frozenset({Role.BROKER, Role.TRADER, Role.CARRIER})


class Reader(msgspec.Struct, frozen=True):
    """What one reader may see and whether they may write.

    `traders` are the numbers whose files are theirs to see (their own and those that authorised them to read), `office` a
    customs office, `agency` another border agency; `sees_all` needs none of them. Who `administers` sees accounts, who read
    what and who authorised whom, but no file.
    """

    sees_all: bool = False
    writes: bool = False
    traders: tuple[str, ...] = ()
    office: str = ""
    agency: str = ""
    administers: bool = False


NOBODY = Reader()
SYSTEM = Reader(sees_all=True, writes=True)

_current: ContextVar[Reader | None] = ContextVar("reader", default=None)
_process = NOBODY


def of_person(role: Role, *, traders: Iterable[str] = (), office: str = "", agency: str = "") -> Reader:
    """The reader that a person of this role is. Administrators look after accounts and see no file at all."""
    if role in OFFICERS:
        return Reader(sees_all=not office, writes=True, office=office)
    if role is Role.AUDITOR:
        return Reader(sees_all=True)
    if role is Role.AGENCY:
        return Reader(writes=True, agency=agency)
    if role in TRADERS:
        return Reader(writes=True, traders=tuple(sorted({t for t in traders if t})))
    return Reader(administers=True) if role is Role.ADMINISTRATOR else NOBODY


def current() -> Reader:
    """The reader of what is done now."""
    return _current.get() or _process


def serve_as(reader: Reader) -> None:
    """Who reads in this process where nobody else was named: SYSTEM for the house's own work."""
    global _process
    _process = reader


def enter(reader: Reader) -> None:
    """From here on in this request `reader` reads; the middleware takes it back when the request ends."""
    _current.set(reader)


@contextmanager
def reading(reader: Reader) -> Iterator[None]:
    """`reader` reads for as long as the block lasts."""
    token = _current.set(reader)
    try:
        yield
    finally:
        _current.reset(token)


def system() -> Any:
    """The house itself reads and writes in this block: only for work that no answer to a person is made from."""
    return reading(SYSTEM)


as_house = reading(SYSTEM)
"""A function that the house does for whoever was let in: its caller has opened the file as the reader who asks."""


def told(reader: Reader) -> dict[str, str]:
    """The reader as parameters of a PostgreSQL session, as `access.sql` reads them."""
    return {
        "customhouse.sees": "all" if reader.sees_all else "",
        "customhouse.writes": "yes" if reader.writes else "",
        "customhouse.traders": "{" + ",".join(_quoted(t) for t in reader.traders) + "}",
        "customhouse.office": reader.office,
        "customhouse.agency": reader.agency,
        "customhouse.administers": "yes" if reader.administers else "",
    }


TELL = "select " + ", ".join(f"set_config('{name}', %s, false)" for name in told(NOBODY))


def tell(connection: Any, reader: Reader) -> None:
    """Tell a psycopg connection who reads from now on."""
    connection.execute(TELL, list(told(reader).values()))


def forget(connection: Any) -> None:
    """What the pool does to a connection that comes back: nobody reads on it any more."""
    tell(connection, NOBODY)
    if not connection.autocommit:
        connection.commit()


def _quoted(text: str) -> str:
    """An element of a PostgreSQL array literal."""
    return '"' + text.replace("\\", r"\\").replace('"', r"\"") + '"'
