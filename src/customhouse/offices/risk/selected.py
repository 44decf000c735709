"""A declaration as it was when its lane was set, and what became of it: what rules are tried on and learned from."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from customhouse.offices.risk.course import SAYING, Course
from customhouse.record.facts import assessed_facts
from customhouse.record.history import NO_HISTORY
from customhouse.record.lanes import Lane
from customhouse.record.outcome import Result

NOTHING_ASKED = "no-finding"
BY_ITSELF = frozenset({NOTHING_ASKED, "earlier-lane"})
"""Reasons of a lane that are no rule, model or draw."""
RANDOM = "random"


class Under(msgspec.Struct, frozen=True, gc=False):
    """What a lane was set under: the Book (hash), the officers' criteria (hash, empty where there were none), where the random draw
    fell and below what it chose (parts per million), and whether a model failed to answer."""

    book: str
    selectivity: str
    draw: int
    share: int
    blind: bool


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
    under: Under | None = None


def selected(told: Course) -> Selected | None:
    """The declaration of a course, or None where no lane was set.

    Where an amendment set it again, the lane counts under which the goods were examined, else the last.
    """
    at_lane = told.counting
    if at_lane is None or at_lane.declaration.acceptance is None:
        return None
    d, chosen, found = at_lane.declaration, at_lane.selection, told.result is Result.DISCREPANCY
    header, items = assessed_facts(d, chosen.history or NO_HISTORY)
    whole: Any = header
    return Selected(
        number=d.id,
        mrn=d.mrn,
        lodged=told.came.date(),
        day=at_lane.declaration.acceptance.tax_date,
        office=whole.office,
        header=header,
        items=items,
        lane=chosen.lane,
        fired=tuple(dict.fromkeys(r.rule for r in chosen.reasons if r.rule != NOTHING_ASKED)),
        drawn=chosen.draw_ppm < chosen.random_share_ppm,
        examined=told.result in SAYING,
        found=found,
        revenue=max(0, told.payable.minor - at_lane.payable.minor) if found else 0,
        minutes=int((told.released - at_lane.at).total_seconds()) // 60 if told.released else -1,
        under=Under(at_lane.book, chosen.selectivity, chosen.draw_ppm, chosen.random_share_ppm, bool(chosen.blind)),
    )
