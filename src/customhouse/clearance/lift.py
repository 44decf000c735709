"""Hold and lift: an officer stops a release with a reason, or lifts a hold with one."""

from __future__ import annotations

from datetime import date

from customhouse.clearance.examine import checked
from customhouse.clearance.file import record
from customhouse.record.acts import Held, Lifted
from customhouse.record.declaration import Declaration, Examination, Hold, HoldKind, Reason, Role


def hold(
    key: str | int, kind: HoldKind, reason: str, *, by: str, role: Role, ref: str = "", deadline: date | None = None
) -> Declaration:
    """Hold the declaration; officers and supervisors may lift it again."""
    held = Hold(kind, ref or by, (Role.OFFICER, Role.SUPERVISOR), (Reason("officer", reason),), deadline)
    return record(key, (Held(held),), by=by, role=role)


def lift(
    key: str | int,
    kind: HoldKind,
    reason: str,
    *,
    by: str,
    role: Role,
    ref: str = "",
    result: Examination | None = None,
) -> Declaration:
    """Lift a hold. `result` is what the look at the documents found; a documents hold that the lane asked for tells it.

    Raises ValueError for a result that `examine.checked` refuses.
    """
    if result is not None:
        checked(result)
    return record(key, (Lifted(kind, reason, ref, result=result),), by=by, role=role)
