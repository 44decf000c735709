"""Target: a person overrules the lane, with a reason; the hold that the new lane asks for is ordered at once."""

from __future__ import annotations

from customhouse.clearance.examine import checked
from customhouse.clearance.file import record
from customhouse.offices import examine
from customhouse.record.acts import Act, LaneChanged, Lifted
from customhouse.record.declaration import Declaration, Examination, HoldKind, Role
from customhouse.record.lanes import Lane
from customhouse.registry import files


def change_lane(
    key: str | int, lane: Lane, reason: str, *, by: str, role: Role, result: Examination | None = None
) -> Declaration:
    """Set another lane. The hold of the old lane falls, that of the new one is ordered.

    `result` is what the look at the documents found that led to it. Raises ValueError as `examine.checked` does.
    """
    if result is not None:
        checked(result)
    declaration = files.get(key)
    acts: list[Act] = [LaneChanged(lane, reason)]
    acts.extend(
        Lifted(
            hold.kind,
            f"lane changed to {lane.value}",
            "lane",
            result=result if hold.kind is HoldKind.DOCUMENTS else None,
        )
        for hold in declaration.holds
        if hold.ref == "lane" and hold.kind in (HoldKind.DOCUMENTS, HoldKind.INSPECTION)
    )
    acts.extend(examine.order(lane))
    return record(key, acts, by=by, role=role)
