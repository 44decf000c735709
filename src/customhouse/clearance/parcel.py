"""One parcel on the line: the declaration that its row says, walked as every other, and the file it becomes where it needs one."""

from __future__ import annotations

import hashlib

import msgspec
from msgspec.structs import replace

from customhouse.clearance.line import Context, Walk, walk
from customhouse.offices.risk import Draws
from customhouse.offices.risk.told import told_with_holds
from customhouse.offices.treasury.books import split
from customhouse.record.declaration import HoldKind, Stage
from customhouse.record.history import HistoryFacts
from customhouse.record.lanes import Lane
from customhouse.record.parcel import Consolidation, Judged, Parcel, as_refused, as_told, lodgement
from customhouse.registry.files import New

FORMAT = "parcel"
"""What the message of such a declaration is: the row as JSON, by the names of `record.parcel.FIELDS`."""
Draw = tuple[int, int]


def walked(
    number: int, parcel: Parcel, of: Consolidation, context: Context, history: HistoryFacts, draws: Draw
) -> tuple[Walk, bytes, str]:
    """(the walk, the message, its digest) of a parcel with what was known when its lane is or was set."""
    data = msgspec.json.encode(parcel)
    digest = hashlib.sha256(data).hexdigest()
    seen = replace(context, history=history, draws=Draws(*draws))
    made = walk(lodgement(parcel, of), seen, number=number, by=of.declarant, format=FORMAT, digest=digest)
    return made, data, digest


class ParcelLine:
    """Judges the parcels of one consolidation, one by one."""

    def __init__(self, of: Consolidation, context: Context) -> None:
        self.of, self.context = of, context

    def __call__(self, number: int, parcel: Parcel, history: HistoryFacts, draws: Draw) -> Judged:
        return judged_as(*walked(number, parcel, self.of, self.context, history, draws))


def judged_as(made: Walk, data: bytes, digest: str) -> Judged:
    """What a walk says of a parcel."""
    d = made.declaration
    if d.stage is Stage.REFUSED:
        return Judged(refused=True, told=as_refused(made.problems))
    rests = d.lane is Lane.GREEN and all(h.kind is HoldKind.PAYMENT for h in d.holds)
    assert made.entry is not None
    return Judged(
        refused=False,
        lane=d.lane.value if d.lane else "",
        rests=rests,
        value=d.valued.total.minor if d.valued else 0,
        duty=sum(due.amount.minor for due in d.assessed.duties) if d.assessed else 0,
        payable=d.assessed.payable.minor if d.assessed else 0,
        taxes=tuple(split(d.assessed).items()) if d.assessed else (),
        told=as_told(told_with_holds(d.selection.reasons if d.selection else (), d.holds)),
        file=None if rests else New(d, made.entry, data, digest),
    )
