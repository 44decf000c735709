"""Invalidate: a declaration is withdrawn before release, with a reason, and stays in the record."""

from __future__ import annotations

from customhouse.clearance.file import record
from customhouse.record.acts import Invalidated
from customhouse.record.declaration import Declaration, Role


def invalidate(key: str | int, reason: str, *, by: str, role: Role) -> Declaration:
    return record(key, (Invalidated(reason),), by=by, role=role)
