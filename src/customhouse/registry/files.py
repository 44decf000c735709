"""The files: declarations stored once, opened one at a time, every entry appended and the snapshot kept equal to it.

The plain path, one transaction per declaration; `batch` is its fast twin and leaves the same rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import msgspec
from django.db import connection, transaction

from customhouse.kernel.mrn import MRN
from customhouse.ledger.chain import START
from customhouse.record import codec
from customhouse.record.acts import Entry
from customhouse.record.consignment import Consignment
from customhouse.record.declaration import Declaration
from customhouse.record.flow import fold
from customhouse.registry import jobs
from customhouse.registry.rows import (
    DECLARATION_COLUMNS,
    ENTRY_COLUMNS,
    New,
    declaration_row,
    entry_row,
    read_entry,
)

__all__ = [
    "File",
    "New",
    "Stored",
    "UnknownDeclaration",
    "by_lrn",
    "consignment",
    "entries",
    "get",
    "insert",
]


class UnknownDeclaration(LookupError):
    """There is no declaration of this MRN or number."""

    def __init__(self, key: str | int) -> None:
        super().__init__(f"there is no declaration {key}")


class Stored(msgspec.Struct, frozen=True):
    """What storing did: `new`; `same` when this content was stored before; `other` when the reference was used for other content."""

    kind: Literal["new", "same", "other"]
    declaration: Declaration


def _insert_sql(table: str, columns: Sequence[str], more: str = "") -> str:
    names = ", ".join(f'"{c}"' for c in columns)
    return f"insert into {table} ({names}) values ({', '.join(['%s'] * len(columns))}) {more}"  # noqa: S608


INSERT_DECLARATION = _insert_sql("declaration", DECLARATION_COLUMNS, "on conflict do nothing returning id")
INSERT_ENTRY = _insert_sql("entry", ENTRY_COLUMNS)
UPDATE = (
    "update declaration set stage = %s, lane = %s, holds = %s, importer = %s, goods = %s, items = %s, payable = %s, "
    "currency = %s, acts = %s, leaf = %s, updated_at = %s, snapshot = %s where id = %s"
)
STANDING = (
    "select digest = %s, snapshot::text from declaration where declarant = %s and lrn = %s "
    "and (digest = %s or stage <> 'REFUSED') order by digest = %s desc, id limit 1"
)


def insert(new: New) -> Stored:
    """Store a declaration with its first entry, once per declarant, reference and content."""
    d = new.declaration
    with transaction.atomic(), connection.cursor() as cursor:
        row, leaf = entry_row(new.entry, START, new.source)
        at = new.entry.at
        cursor.execute(INSERT_DECLARATION, declaration_row(d, _file_of(cursor, d), new.digest, leaf, at, at))
        if cursor.fetchone() is None:
            lodged = d.lodged
            cursor.execute(STANDING, [new.digest, lodged.declarant_id, lodged.lrn, new.digest, new.digest])
            same, snapshot = cursor.fetchone()
            return Stored("same" if same else "other", codec.decode_declaration(snapshot))
        cursor.execute(INSERT_ENTRY, row)
        _after(cursor, d, new.entry)
    return Stored("new", d)


def _file_of(cursor: Any, d: Declaration) -> int:
    """The file of this declaration: that of its UCR where one is declared, else its own."""
    if not (ucr := d.lodged.ucr):
        return d.id
    cursor.execute("insert into consignment (ucr, file) values (%s, %s) on conflict (ucr) do nothing", [ucr, d.id])
    cursor.execute("select file from consignment where ucr = %s", [ucr])
    return int(cursor.fetchone()[0])


def _after(cursor: Any, d: Declaration, entry: Entry) -> None:
    """What follows a recorded entry, in the same transaction: jobs for the outside, a word to those who watch."""
    if rows := jobs.due(d, entry):
        cursor.execute(jobs.DEFER.replace("$1", "%s"), [msgspec.json.encode(rows).decode()])
    cursor.execute("select pg_notify('declaration', %s)", [f"{d.id} {d.lodged.declarant_id}"])


class File:
    """An open file: locked until the transaction ends."""

    def __init__(self, cursor: Any, declaration: Declaration, leaf: bytes) -> None:
        self._cursor, self.declaration, self._leaf = cursor, declaration, leaf

    def record(self, entry: Entry, source: bytes = b"") -> Declaration:
        """Append `entry`. Raises NotPermitted when the flow does not allow it; then nothing is stored."""
        d = fold(self.declaration, entry)
        row, leaf = entry_row(entry, self._leaf, source or None)
        self._cursor.execute(INSERT_ENTRY, row)
        columns = dict(zip(DECLARATION_COLUMNS, declaration_row(d, 0, "", leaf, entry.at, entry.at), strict=True))
        wanted = (
            "stage",
            "lane",
            "holds",
            "importer",
            "goods",
            "items",
            "payable",
            "currency",
            "acts",
            "leaf",
            "updated_at",
            "snapshot",
        )
        self._cursor.execute(UPDATE, [*(columns[name] for name in wanted), d.id])
        _after(self._cursor, d, entry)
        self.declaration, self._leaf = d, leaf
        return d


@contextmanager
def opened(key: str | int) -> Iterator[File]:
    """The file of a declaration (MRN or number), locked; what is recorded in it is stored when the block ends well."""
    with transaction.atomic(), connection.cursor() as cursor:
        column = _column(key)
        cursor.execute(f"select snapshot::text, leaf from declaration where {column} = %s for update", [key])  # noqa: S608
        row = cursor.fetchone()
        if row is None:
            raise UnknownDeclaration(key)
        yield File(cursor, codec.decode_declaration(row[0]), bytes(row[1]))


def _column(key: str | int) -> str:
    return "id" if isinstance(key, int) else "mrn"


def get(key: str | int) -> Declaration:
    """The declaration of this MRN or number. Raises UnknownDeclaration."""
    row = _one(f"select snapshot::text from declaration where {_column(key)} = %s", [key])  # noqa: S608
    if row is None:
        raise UnknownDeclaration(key)
    return codec.decode_declaration(row[0])


def knows(mrn: str) -> bool:
    """Whether there is a declaration of this MRN."""
    return _one("select 1 from declaration where mrn = %s", [mrn.upper()]) is not None


def by_lrn(declarant: str, lrn: str) -> Declaration | None:
    """The declaration that this declarant lodged under `lrn`; one that was not refused goes first."""
    row = _one(
        "select snapshot::text from declaration where declarant = %s and lrn = %s order by stage = 'REFUSED', id desc limit 1",
        [declarant, lrn],
    )
    return codec.decode_declaration(row[0]) if row else None


def entries(number: int) -> tuple[Entry, ...]:
    """Everything recorded on a declaration, in order."""
    rows = _all(
        'select declaration, first, "by", role, at, on_day, book, acts from entry where declaration = %s order by first',
        [number],
    )
    return tuple(read_entry(*row) for row in rows)


def leaves(number: int) -> tuple[bytes, ...]:
    """The leaf of each act of a declaration, in order."""
    rows = _all("select leaves from entry where declaration = %s order by first", [number])
    joined = b"".join(bytes(row[0]) for row in rows)
    return tuple(joined[i : i + 32] for i in range(0, len(joined), 32))


def source(number: int) -> bytes:
    """The bytes received with the last version of a declaration."""
    row = _one(
        "select source from entry where declaration = %s and source is not null order by first desc limit 1", [number]
    )
    return bytes(row[0]) if row else b""


def consignment(number: int) -> Consignment:
    """The file that declaration `number` lies in, with all its declarations."""
    rows = _all(
        "select d.snapshot::text, d.file from declaration d "
        "where d.file = (select file from declaration where id = %s) order by d.id",
        [number],
    )
    if not rows:
        raise UnknownDeclaration(number)
    declarations = tuple(codec.decode_declaration(row[0]) for row in rows)
    return Consignment(rows[0][1], next((d.lodged.ucr for d in declarations if d.lodged.ucr), ""), declarations)


def is_mrn(text: str) -> bool:
    return MRN.is_valid(text)


def _one(sql: str, values: Sequence[Any]) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()  # type: ignore[no-any-return]


def _all(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()  # type: ignore[no-any-return]
