"""Query: customs asks the declarant, the declarant answers; the hold stands until an officer accepts the answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from customhouse.clearance.file import record
from customhouse.record.acts import Answered, Queried
from customhouse.record.declaration import Declaration, Role


def query(key: str | int, text: str, *, by: str, role: Role, deadline: date | None = None) -> Declaration:
    return record(key, (Queried(text, deadline),), by=by, role=role)


def answer(
    key: str | int, number: int, text: str, *, by: str, role: Role, documents: Sequence[str] = ()
) -> Declaration:
    """Answer query `number`; `documents` are references of papers handed in with the answer."""
    return record(key, (Answered(number, text, tuple(documents)),), by=by, role=role)
