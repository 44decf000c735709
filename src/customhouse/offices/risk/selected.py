"""A declaration as it was when its lane was set, and what became of it: what rules are tried on and learned from."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import msgspec

from customhouse.record.acts import Act, Entry, Examined, LaneAssigned, Lifted, Released
from customhouse.record.declaration import Declaration, Examination, HoldKind
from customhouse.record.facts import assessed_facts
from customhouse.record.flow import step
from customhouse.record.history import NO_HISTORY
from customhouse.record.lanes import Lane

NOTHING_ASKED = "no-finding"
BY_ITSELF = frozenset({NOTHING_ASKED, "earlier-lane"})
"""Reasons of a lane that are no rule, model or draw."""
RANDOM = "random"
CONFORM, FOUND = "conform", "discrepancy"


class Selected(msgspec.Struct, frozen=True, gc=False):
    """`lodged` is the day it came in, `day` that of its acceptance. `header` and `items` are the facts that rules were asked about, with the history of the actors as it was recorded.

    `fired` are the rules, models and draws that asked for the lane, `drawn` says that the random draw did. `examined` is
    true when an examination of goods or documents has a result, `found` when it found something; `revenue` is what had to be paid more after
    that, in national minor units. `minutes` went by from the lane to the release, -1 where the goods are not released.
    """

    number: int
    mrn: str
    lodged: date
    day: date
    office: str
    header: Any
    items: tuple[Any, ...]
    lane: Lane
    fired: tuple[str, ...] = ()
    drawn: bool = False
    examined: bool = False
    found: bool = False
    revenue: int = 0
    minutes: int = -1


def selected(entries: Iterable[Entry]) -> Selected | None:
    """The declaration of these entries (all of it, in order), or None where no lane was set.

    Where an amendment set it again, the lane counts under which the goods were examined, else the last.
    """
    now: Declaration | None = None
    at_lane: Declaration | None = None
    began = done = came = None
    examined = found = False
    for entry in entries:
        came = came or entry.at
        for act in entry.acts:
            now = step(now, act, entry.role, entry.at, entry.declaration)
            if isinstance(act, LaneAssigned) and not examined:
                at_lane, began = now, entry.at
            elif (look := looked(act)) is not None and look.conclusion in (CONFORM, FOUND):
                examined, found = True, found or look.conclusion == FOUND
            elif isinstance(act, Released):
                done = entry.at
    if now is None or came is None or at_lane is None or at_lane.selection is None or at_lane.acceptance is None:
        return None
    chosen = at_lane.selection
    header, items = assessed_facts(at_lane, chosen.history or NO_HISTORY)
    whole: Any = header
    return Selected(
        number=at_lane.id,
        mrn=at_lane.mrn,
        lodged=came.date(),
        day=at_lane.acceptance.tax_date,
        office=whole.office,
        header=header,
        items=items,
        lane=chosen.lane,
        fired=tuple(dict.fromkeys(r.rule for r in chosen.reasons if r.rule != NOTHING_ASKED)),
        drawn=chosen.draw_ppm < chosen.random_share_ppm,
        examined=examined,
        found=found,
        revenue=max(0, _payable(now) - _payable(at_lane)) if found else 0,
        minutes=int((done - began).total_seconds()) // 60 if done and began else -1,
    )


def looked(act: Act) -> Examination | None:
    """What a look at the goods or the documents said; None where the act is none."""
    match act:
        case Examined(examination=result) | Lifted(kind=HoldKind.DOCUMENTS, result=Examination() as result):
            return result
    return None


def _payable(d: Declaration) -> int:
    return d.assessed.payable.minor if d.assessed else 0
