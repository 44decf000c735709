"""Present: the goods of a declaration that was lodged before them are at customs; it is accepted and the line walks on.

`exit_goods` is the other end of an export: goods released for it have left the country.
"""

from __future__ import annotations

from datetime import date, datetime

from customhouse.clearance import quota
from customhouse.clearance.file import record
from customhouse.record.acts import Exited, Presented
from customhouse.record.declaration import Declaration, HoldKind, Role
from customhouse.registry import files


def present(
    key: str | int,
    *,
    office: str,
    place: str = "",
    document: str = "",
    by: str,
    role: Role,
    at: datetime | None = None,
) -> Declaration:
    """Record that the goods of the declaration `key` (MRN or id) are at `office`, and go on along the line.

    `place` is the code of the place where they lie (empty: as declared), `document` what says so: a manifest, a transport
    document, an arrival message. The law is that of the day of presentation; a declaration that breaks a rule of that day
    is refused. Raises `record.flow.NotPermitted` when the declaration waits for no goods (also when they were presented
    before), and `registry.files.UnknownDeclaration`.
    """
    after = record(key, (Presented(office, place, document),), by=by, role=role, at=at)
    if after.hold(HoldKind.QUOTA) is not None and quota.allocate_waiting(after.id):
        return files.get(after.id)
    return after


def exit_goods(key: str | int, *, office: str, day: date, by: str, role: Role) -> Declaration:
    """Record that goods released for export left through `office` on `day`. Raises NotPermitted for all others."""
    return record(key, (Exited(office, day),), by=by, role=role)
