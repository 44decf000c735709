"""Between records and rows: the one place where a declaration becomes columns and back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from operator import itemgetter
from typing import Any

import msgspec

from customhouse.ledger import chain
from customhouse.record import codec
from customhouse.record.access import office_of
from customhouse.record.acts import Entry
from customhouse.record.agency_flow import concerned
from customhouse.record.declaration import Declaration, Role, Stage
from customhouse.record.flow import fold
from customhouse.record.lanes import Lane

DECLARATION_COLUMNS = (
    "id", "file", "mrn", "lrn", "declarant", "digest", "stage", "lane", "holds", "importer", "goods", "containers", "items",
    "payable", "currency", "acts", "leaf", "lodged_at", "updated_at", "importer_id", "exporter_id", "office", "agencies",
)  # fmt: skip
# Where the snapshot stands among them in the table.
SNAPSHOT = DECLARATION_COLUMNS.index("importer_id")
ENTRY_COLUMNS = ("declaration", "first", "by", "role", "at", "on_day", "book", "acts", "leaves", "reading", "source")
# What `read_entry` wants, of an entry e.
READ_ENTRY = (
    'e.declaration, e.first, e."by", e.role, e.at, e.on_day, e.book, e.acts, coalesce(e.reading, e.source) as content'
)

# The state of a declaration d, for `read_state`: one of a single entry e has no snapshot, its entry says everything.
STATE = (
    f"d.snapshot::text, {READ_ENTRY} from declaration d "
    "left join entry e on d.snapshot is null and e.declaration = d.id and e.first = 1 and e.at = d.lodged_at"
)


# Whoever stores several declarations at once does it in this order (`in_order`, in SQL IN_ORDER), so that two who store the same never
# wait for each other in a ring, of which one would be ended. It is the order of what they wait for, which is the reference, or of a
# refused one its reference and content (declaration_reference, declaration_refused); under one reference the refused ones go first.
IN_ORDER = "declarant collate \"C\", lrn collate \"C\", stage <> 'REFUSED', case stage when 'REFUSED' then digest else '' end collate \"C\""
_KEY = itemgetter(*(DECLARATION_COLUMNS.index(name) for name in ("declarant", "lrn", "stage", "digest")))


def in_order(row: Sequence[Any]) -> tuple[str, str, bool, str]:
    """Where a row with the columns of a declaration has its place among others that are stored with it."""
    declarant, lrn, stage, digest = _KEY(row)
    refused = stage == Stage.REFUSED.value
    return declarant, lrn, not refused, digest if refused else ""


def standing(declarant: str, lrn: str, digest: str) -> str:
    """SQL for what stands in the way of a declaration: (whether it is the same content, its state)."""
    own = f"where d.declarant = {declarant} and d.lrn = {lrn}"
    return (
        f"select d.digest = {digest}, {STATE} {own} and d.stage <> 'REFUSED' "
        f"union all select true, {STATE} {own} and d.stage = 'REFUSED' and d.digest = {digest} "
        "order by 1 desc limit 1"
    )


class New(msgspec.Struct, frozen=True, gc=False):
    """A declaration to be stored for the first time: its state, the entry that made it, the bytes received. `later` are entries that
    followed before it was stored, which only files of parcels have."""

    declaration: Declaration
    entry: Entry
    source: bytes
    digest: str
    later: tuple[Entry, ...] = ()


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
        _containers(d),
        len(items),
        payable.minor if payable else None,
        payable.currency if payable else "",
        d.acts,
        leaf,
        lodged_at,
        at,
        importer.id if importer else "",
        lodged.exporter.id if lodged.exporter else "",
        office_of(d),
        list(concerned(d)),
    )


def _containers(d: Declaration) -> str:
    """The numbers of the containers with a blank around each, so that one can be looked for."""
    transport = d.lodged.goods_shipment.consignment
    if transport is None or not transport.equipment:
        return ""
    return f" {' '.join(e.id for e in transport.equipment)} "


def entry_row(entry: Entry, previous: bytes, source: bytes | None) -> tuple[tuple[Any, ...], bytes]:
    """(the columns of an entry in the order of ENTRY_COLUMNS, the leaf of its last act)."""
    written = codec.write(entry.acts, source)
    leaves = chain.leaves(previous, codec.canonical(entry, written))
    row = (
        entry.declaration,
        entry.first,
        entry.by,
        entry.role.value,
        entry.at,
        entry.on,
        entry.book,
        written.array,
        b"".join(leaves),
        written.reading,
        source,
    )
    return row, leaves[-1]


def read_entry(  # noqa: PLR0913 - one argument per column
    declaration: int,
    first: int,
    by: str,
    role: str,
    at: datetime,
    on: date,
    book: str,
    acts: bytes,
    content: bytes | None,
) -> Entry:
    """The entry written in these columns (READ_ENTRY)."""
    recorded = codec.read(bytes(acts), bytes(content) if content is not None else None)
    return Entry(declaration, first, by, Role(role), at.astimezone(UTC), on, book, recorded)


def read_state(row: Sequence[Any]) -> Declaration:
    """The declaration in the columns of STATE."""
    snapshot, *entry = row
    return codec.decode_declaration(snapshot) if snapshot is not None else fold(None, read_entry(*entry))


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
