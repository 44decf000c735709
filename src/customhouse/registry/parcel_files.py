"""Files of parcels, stored many at once in the transaction of their segment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from customhouse.ledger.chain import START
from customhouse.registry.rows import DECLARATION_COLUMNS, ENTRY_COLUMNS, New, declaration_row, entry_row


def copied(cursor: Any, files: Sequence[New]) -> None:
    """Files of parcels, each under the parcel's number. They have no notices: the answer of the consolidation says all.

    They are copied into tables of the session and taken over from there, where the policies are asked once and not row by row.
    """
    if not files:
        return
    declarations, entries = [], []
    for new in files:
        d, entry = new.declaration, new.entry
        row, last = entry_row(entry, START, new.source)
        entries.append(row)
        declarations.append(declaration_row(d, d.id, new.digest, last, entry.at, entry.at))
    for table, names, rows in (
        ("declaration", DECLARATION_COLUMNS, declarations),
        ("entry", ENTRY_COLUMNS, entries),
    ):
        columns = ", ".join(f'"{name}"' for name in names)
        cursor.execute(f"create temporary table new_{table} on commit drop as select {columns} from {table} limit 0")  # noqa: S608
        with cursor.copy(f"copy new_{table} ({columns}) from stdin") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(f"insert into {table} ({columns}) select {columns} from new_{table}")  # noqa: S608
