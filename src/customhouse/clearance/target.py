"""Target: a person overrules the lane, with a reason; the hold that the new lane asks for is ordered at once.

Goods whose lane is still to be set are marked instead: the line sets at least that lane when it comes to it. Either is an act,
and becomes what a model learns from.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from customhouse.clearance.examine import checked
from customhouse.clearance.file import record
from customhouse.offices import examine
from customhouse.offices.risk import PPM, draw, overruling
from customhouse.record.acts import Act, LaneChanged, Lifted, Targeted
from customhouse.record.declaration import Declaration, Examination, HoldKind, Role, Stage
from customhouse.record.flow import FLOW, NotPermitted
from customhouse.record.lanes import Lane, stricter
from customhouse.registry import files, samples, secret


def change_lane(
    key: str | int, change: LaneChanged, *, by: str, role: Role, result: Examination | None = None
) -> Declaration:
    """Set another lane. The hold of the old lane falls, that of the new one is ordered.

    `result` is what the look at the documents found that led to it. Raises ValueError as `examine.checked` does, and
    NotPermitted where a draw chose the declaration and somebody else than a supervisor would let it go.
    """
    lane = change.lane
    if result is not None:
        checked(result)
    declaration = files.get(key)
    if why := overruling.refusal(declaration, lane, role):
        raise NotPermitted("LaneChanged", why)
    acts: list[Act] = [change]
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


def is_ahead(d: Declaration) -> bool:
    """Whether the lane of this declaration is still to be set, so that a look can be asked for."""
    return (d.stage, "Targeted") in FLOW


def target_ahead(key: str | int, lane: Lane, reason: str, *, by: str, role: Role, code: str = "") -> Declaration:
    """Ask for at least this lane when it is set; GREEN takes the wish back."""
    return record(key, (Targeted(lane, reason, code),), by=by, role=role)


def choose(key: str | int, lane: Lane, reason: str, *, by: str, role: Role, code: str) -> Declaration:
    """Select or deselect: now where the lane is set, ahead where it is not. Raises ValueError for an unknown code."""
    d = files.get(key)
    ahead = is_ahead(d)
    standing = (d.marked.lane if d.marked else Lane.GREEN) if ahead else d.lane
    if code not in overruling.codes(lane, standing):
        raise ValueError(f"{code!r} is no reason for this")
    if ahead:
        return target_ahead(key, lane, reason, by=by, role=role, code=code)
    return change_lane(key, LaneChanged(lane, reason, code), by=by, role=role)


class Sampled(msgspec.Struct, frozen=True):
    """What a draw over a filter did: its number, how many it was drawn over, the declarations it fell on, and of how many
    the lane was changed (the others are looked at already, or were released meanwhile)."""

    number: int
    population: int
    chosen: tuple[int, ...]
    changed: int


def sample(numbers: Sequence[int], share_ppm: int, lane: Lane, asked: str, *, by: str, role: Role) -> Sampled:
    """Choose each of these declarations with the same probability, and set at least `lane` on those that the draw fell on.

    `asked` is the filter that showed them. The draw, its share and what it was drawn over are kept, also where it fell on
    none, so that what is found can be weighed. Raises ValueError for a share that is none.
    """
    if not 0 < share_ppm <= PPM:
        raise ValueError(f"{share_ppm} of a million is no share")
    key = secret.draw_key()

    def falls_on(number: int, one: int) -> bool:
        return draw(key, f"sample {number} {one}") < share_ppm

    number, chosen = samples.keep(asked, share_ppm, lane, numbers, by, falls_on)
    changed = 0
    for one in chosen:
        d = files.get(one)
        if d.stage is not Stage.ROUTED or (d.lane is not None and stricter(d.lane, lane) is d.lane):
            continue  # it is looked at already, or was released before the draw came to it
        reason = f"drawn at random, sample {number}"
        change_lane(one, LaneChanged(lane, reason, overruling.SAMPLE, share_ppm), by=by, role=role)
        changed += 1
    return Sampled(number, len(numbers), chosen, changed)
