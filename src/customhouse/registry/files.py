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
from customhouse.offices.longroom import number_of
from customhouse.record import codec
from customhouse.record.acts import Entry
from customhouse.record.consignment import Consignment
from customhouse.record.declaration import Declaration, Stage
from customhouse.record.flow import fold
from customhouse.registry import jobs
from customhouse.registry.rows import (
    DECLARATION_COLUMNS,
    ENTRY_COLUMNS,
    READ_ENTRY,
    STATE,
    New,
    declaration_row,
    entry_row,
    read_entry,
    read_state,
    standing,
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
        self.key = key
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
CHANGING = (
    "stage", "lane", "holds", "importer", "goods", "containers", "items", "payable", "currency", "acts", "leaf", "updated_at",
    "importer_id", "exporter_id", "office", "agencies",
)  # fmt: skip
STANDING = standing("%(declarant)s", "%(lrn)s", "%(digest)s")
# An agency keeps sight of a declaration when its hold is lifted.
KEPT = {"agencies": "agencies = agencies || array(select unnest(%s::text[]) except select unnest(agencies))"}
UPDATE = f"update declaration set {', '.join(KEPT.get(n, f'{n} = %s') for n in CHANGING)}, snapshot = %s where id = %s"  # noqa: S608


def insert(new: New) -> Stored:
    """Store a declaration with its first entry, once per declarant, reference and content."""
    d = new.declaration
    with transaction.atomic(), connection.cursor() as cursor:
        if d.stage is Stage.REFUSED and (found := _standing(cursor, new)) and found.kind == "same":
            return found  # accepted before, under the law of another day
        row, leaf = entry_row(new.entry, START, new.source)
        at = new.entry.at
        cursor.execute(INSERT_DECLARATION, declaration_row(d, _file_of(cursor, d), new.digest, leaf, at, at))
        if cursor.fetchone() is None:
            if found := _standing(cursor, new):
                return found
            raise UnknownDeclaration(d.id)
        cursor.execute(INSERT_ENTRY, row)
        _after(cursor, d, new.entry)
    return Stored("new", d)


def _standing(cursor: Any, new: New) -> Stored | None:
    """What stands in the way of a new declaration: the same content, or another under its reference."""
    lodged = new.declaration.lodged
    cursor.execute(STANDING, {"declarant": lodged.declarant_id, "lrn": lodged.lrn, "digest": new.digest})
    row = cursor.fetchone()
    return Stored("same" if row[0] else "other", read_state(row[1:])) if row else None


def _file_of(cursor: Any, d: Declaration) -> int:
    """The file of this declaration: that of its UCR where one is declared, else its own."""
    if not (ucr := d.lodged.ucr):
        return d.id
    cursor.execute("select file_of(%s, %s)", [ucr, d.id])
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
        self._cursor.execute(UPDATE, [*(columns[name] for name in CHANGING), codec.encode(d).decode(), d.id])
        _after(self._cursor, d, entry)
        self.declaration, self._leaf = d, leaf
        return d


@contextmanager
def opened(key: str | int) -> Iterator[File]:
    """The file of a declaration (MRN or number), locked; what is recorded in it is stored when the block ends well."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"select leaf from declaration d where {WHERE} for update", _named(key))  # noqa: S608
        row = cursor.fetchone()
        if row is None:
            raise UnknownDeclaration(key)
        yield File(cursor, get(key), bytes(row[0]))


# The number can be read from an MRN, so one key finds both.
WHERE = "d.id = %s and (d.mrn = %s or %s)"


def _named(key: str | int) -> list[Any]:
    return [key, "", True] if isinstance(key, int) else [number_of(key), key, False]


def get(key: str | int) -> Declaration:
    """The declaration of this MRN or number. Raises UnknownDeclaration."""
    row = _one(f"select {STATE} where {WHERE}", _named(key))
    if row is None:
        raise UnknownDeclaration(key)
    return read_state(row)


def among(numbers: Sequence[int]) -> dict[int, Declaration]:
    """Those of the declarations of these numbers that there are."""
    found = _all(f"select {STATE} where d.id = any(%s)", [list(numbers)])
    return {d.id: d for d in (read_state(row) for row in found)}


def number(key: str) -> int | None:
    """The number of the declaration of this MRN or number, or None."""
    row = _one(f"select d.id from declaration d where {WHERE}", _named(int(key) if key.isdigit() else key))  # noqa: S608
    return int(row[0]) if row else None


def knows(mrn: str) -> bool:
    """Whether there is a declaration of this MRN."""
    return _one(f"select 1 from declaration d where {WHERE}", _named(mrn.upper())) is not None  # noqa: S608


def by_lrn(declarant: str, lrn: str) -> Declaration | None:
    """The declaration that this declarant lodged under `lrn`; one that was not refused goes first."""
    for which in ("<>", "="):
        row = _one(
            f"select {STATE} where d.declarant = %s and d.lrn = %s and d.stage {which} 'REFUSED' order by d.id desc limit 1",
            [declarant, lrn],
        )
        if row is not None:
            return read_state(row)
    return None


def entries(number: int) -> tuple[Entry, ...]:
    """Everything recorded on a declaration, in order."""
    rows = _all(f"select {READ_ENTRY} from entry e where declaration = %s order by first", [number])  # noqa: S608
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
    found = _one("select file from declaration where id = %s", [number])
    if found is None:
        raise UnknownDeclaration(number)
    file = found[0]
    rows = _all(f"select {STATE} where d.id = %s or (d.file = %s and d.file <> d.id) order by d.id", [file, file])
    declarations = tuple(read_state(row) for row in rows)
    return Consignment(file, next((d.lodged.ucr for d in declarations if d.lodged.ucr), ""), declarations)


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
