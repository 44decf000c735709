"""Examine: the outcome of an inspection is recorded; conform goods go on along the line."""

from __future__ import annotations

from collections.abc import Sequence

from customhouse.clearance.file import record
from customhouse.record.acts import Examined
from customhouse.record.declaration import Declaration, Discrepancy, Examination, Role


def examine(
    key: str | int,
    conclusion: str,
    text: str,
    *,
    by: str,
    role: Role,
    discrepancies: Sequence[Discrepancy] = (),
) -> Declaration:
    """Record what was found: `conclusion` is conform, discrepancy or not_done."""
    if conclusion not in ("conform", "discrepancy", "not_done"):
        raise ValueError(f"{conclusion!r} is no conclusion; use conform, discrepancy or not_done")
    act = Examined(Examination(conclusion, text, tuple(discrepancies)))
    return record(key, (act,), by=by, role=role)
