"""The examination office: which inspection a lane asks for, and what its outcome means.

Source: RKC General Annex 3.33-3.39 (examination of goods), 3.38 (presence of the declarant).
"""

from __future__ import annotations

from customhouse.record.acts import Held
from customhouse.record.declaration import Hold, HoldKind, Reason, Role
from customhouse.record.lanes import Lane

# What each lane asks of people before release. BLUE goods leave at once and are audited afterwards.
ASKS: dict[Lane, Hold | None] = {
    Lane.GREEN: None,
    Lane.BLUE: None,
    Lane.YELLOW: Hold(
        HoldKind.DOCUMENTS,
        "lane",
        (Role.OFFICER, Role.SUPERVISOR),
        (Reason("lane-yellow", "An officer looks at the documents before release"),),
    ),
    Lane.RED: Hold(
        HoldKind.INSPECTION,
        "lane",
        (Role.SUPERVISOR,),
        (Reason("lane-red", "The goods are examined before release"),),
    ),
}


def order(lane: Lane, standing: tuple[Hold, ...] = ()) -> tuple[Held, ...]:
    """The hold that the lane asks for, unless it stands already."""
    hold = ASKS[lane]
    if hold is None or any(h.key == hold.key for h in standing):
        return ()
    return (Held(hold),)
