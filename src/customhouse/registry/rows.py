"""Between records and rows: the one place where a declaration becomes columns and back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec

from customhouse.ledger import chain
from customhouse.record import codec
from customhouse.record.acts import Entry
from customhouse.record.declaration import Declaration, Role
from customhouse.record.lanes import Lane

DECLARATION_COLUMNS = (
    "id", "file", "mrn", "lrn", "declarant", "digest", "stage", "lane", "holds", "importer", "goods", "items", "payable",
    "currency", "acts", "leaf", "lodged_at", "updated_at", "snapshot",
)  # fmt: skip
ENTRY_COLUMNS = ("declaration", "first", "by", "role", "at", "on_day", "book", "acts", "leaves", "source")


class New(msgspec.Struct, frozen=True, gc=False):
    """A declaration to be stored for the first time: its state, the entry that made it, the bytes received."""

    declaration: Declaration
    entry: Entry
    source: bytes
    digest: str


def declaration_row(
    d: Declaration, file: int, digest: str, leaf: bytes, lodged_at: datetime, at: datetime
) -> tuple[Any, ...]:
    """The columns of a declaration, in the order of DECLARATION_COLUMNS."""
    lodged = d.lodged
    importer = lodged.goods_shipment.importer
    items = lodged.items
    payable = d.assessed.payable if d.assessed else None
    return (
        d.id,
        file,
        d.mrn or None,
        lodged.lrn,
        lodged.declarant_id,
        digest,
        d.stage.value,
        d.lane.value if d.lane else None,
        sorted({h.kind.value for h in d.holds}),
        (importer.name or importer.id)[:140] if importer else "",
        items[0].commodity.description[:140] if items else "",
        len(items),
        payable.minor if payable else None,
        payable.currency if payable else "",
        d.acts,
        leaf,
        lodged_at,
        at,
        codec.encode(d).decode(),
    )


def entry_row(entry: Entry, previous: bytes, source: bytes | None) -> tuple[tuple[Any, ...], bytes]:
    """(the columns of an entry in the order of ENTRY_COLUMNS, the leaf of its last act)."""
    acts = [codec.encode(act) for act in entry.acts]
    leaves = chain.leaves(previous, codec.canonical(entry, acts))
    row = (
        entry.declaration,
        entry.first,
        entry.by,
        entry.role.value,
        entry.at,
        entry.on,
        entry.book,
        b"[" + b",".join(acts) + b"]",
        b"".join(leaves),
        source,
    )
    return row, leaves[-1]


def read_entry(  # noqa: PLR0913 - one argument per column
    declaration: int, first: int, by: str, role: str, at: datetime, on: date, book: str, acts: bytes
) -> Entry:
    """The entry written in these columns."""
    return Entry(declaration, first, by, Role(role), at.astimezone(UTC), on, book, codec.decode_acts(bytes(acts)))


class WorkRow(msgspec.Struct, frozen=True, gc=False):
    """One line of a list of declarations."""

    id: int
    mrn: str
    lrn: str
    stage: str
    lane: Lane | None
    holds: tuple[str, ...]
    declarant: str
    importer: str
    goods: str
    items: int
    payable: int | None
    currency: str
    lodged_at: datetime
    updated_at: datetime
