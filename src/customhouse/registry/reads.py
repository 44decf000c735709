"""Reads are recorded: who looked at which file, on what ground, from where; and who was refused. One insert each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection

COLUMNS = "at, by, role, office, agency, trader, what, ground, declaration, asked, address"
REFUSED = "refused"


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """One reading of a file, or an attempt at one (`ground` is then `refused`); the columns are described in reads.sql."""

    by: str
    role: str
    what: str
    ground: str
    office: str = ""
    agency: str = ""
    trader: str = ""
    declaration: int | None = None
    asked: str = ""
    address: str = ""


class Recorded(Read, frozen=True, kw_only=True):
    """A reading as it was recorded."""

    id: int
    at: datetime
    mrn: str = ""


class Office(msgspec.Struct, frozen=True):
    """Who read a file, as its trader is told: the kind of reader and for whom, never a name."""

    role: str
    office: str
    agency: str
    times: int
    last: datetime


INSERT = (
    "insert into file_read (by, role, what, ground, office, agency, trader, declaration, asked, address) "
    "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)


def record(read: Read) -> None:
    """Write it down, whoever reads now."""
    with connection.cursor() as cursor:
        cursor.execute(INSERT, msgspec.structs.astuple(read))


def found(
    *, by: str = "", declaration: int | None = None, refused: bool = False, before: int | None = None, limit: int = 50
) -> tuple[Recorded, ...]:
    """What was read, newest first: by one account, of one declaration, or only what was refused."""
    tests, values = ["true"], list[Any]()
    for test, value in (("r.by = %s", by), ("r.declaration = %s", declaration), ("r.id < %s", before)):
        if value:
            tests.append(test)
            values.append(value)
    if refused:
        tests.append(f"r.ground = '{REFUSED}'")
    sql = (
        "select r.id, r.at, r.by, r.role, r.office, r.agency, r.trader, r.what, r.ground, r.declaration, r.asked, r.address, "  # noqa: S608
        "coalesce(d.mrn, d.lrn, '') from file_read r left join declaration d on d.id = r.declaration "
        f"where {' and '.join(tests)} order by r.id desc limit %s"
    )
    return tuple(_recorded(row) for row in _all(sql, [*values, limit]))


def offices(declaration: int, own: Sequence[str]) -> tuple[Office, ...]:
    """Which offices and parties read this declaration, besides the traders in `own`; newest first."""
    sql = (
        "select role, office, agency, count(*), max(at) from file_read where declaration = %s and ground <> %s "
        "and not (trader = any(%s)) group by 1, 2, 3 order by 5 desc"
    )
    return tuple(Office(*row) for row in _all(sql, [declaration, REFUSED, list(own)]))


def _recorded(row: tuple[Any, ...]) -> Recorded:
    id, at, by, role, office, agency, trader, what, ground, declaration, asked, address, mrn = row
    return Recorded(
        id=id, at=at, by=by, role=role, office=office, agency=agency, trader=trader, what=what, ground=ground,
        declaration=declaration, asked=asked, address=address, mrn=mrn,
    )  # fmt: skip


def _all(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()  # type: ignore[no-any-return]
