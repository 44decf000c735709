"""Overruling: why a targeting officer selects or deselects a consignment, and what may not be undone.

A lane is overruled with a word of a list and the officer's own words, because overrules are learned from: a model that is
told only that the lane changed learns nothing. What the random draw or exploration chose is the one unbiased measure of how
much is wrong; taking goods out of it that look harmless would falsify it (WCO Risk Management Compendium, volume 1, 5.4).
"""

from __future__ import annotations

from collections.abc import Sequence

from customhouse.record.declaration import Declaration, Role
from customhouse.record.lanes import STRICTNESS, Lane

SAMPLE = "sample"
"""The code of a choice made by a draw over what a filter showed, with its probability beside it."""

SELECT = (
    "value",
    "classification",
    "origin",
    "quantity",
    "party",
    "route",
    "seal",
    "intelligence",
    "compliance",
    "other",
)
"""Why goods are selected that the line let go, or looked at less strictly."""

DESELECT = ("explained", "duplicate", "seen", "agency", "wrong-alarm", "capacity", "other")
"""Why goods are looked at less strictly than the line wanted."""

DRAWN = ("random", "explore")
"""Reasons of a lane that a draw gave."""

WAYS = ("officer", "random", "explore", "model", "criterion", "nothing")
"""Who or what chose a declaration, as lists are filtered by it."""

LOOKS = (Lane.YELLOW, Lane.RED)


def ways(d: Declaration) -> tuple[str, ...]:
    """Every way in which a routed declaration was chosen, in the order of WAYS; empty before its lane is set."""
    if (selected := d.selection) is None:
        return ()
    found = set()
    if d.lane is not selected.lane or d.marked is not None:
        found.add("officer")
    rules = {reason.rule for reason in selected.reasons}
    found.update(rules & {*DRAWN})
    if selected.model:
        found.add("model")
    if rules - {*DRAWN, "targeted", "no-finding", "earlier-lane", "model"}:
        found.add("criterion")
    return tuple(way for way in WAYS if way in found) or ("nothing",)


def is_drawn(d: Declaration) -> bool:
    """Whether a draw chose the declaration, the random one or that of exploration."""
    return d.selection is not None and any(reason.rule in DRAWN for reason in d.selection.reasons)


def is_softer(lane: Lane, than: Lane | None) -> bool:
    """Whether `lane` asks less of the trader than the lane that stands."""
    return than is not None and STRICTNESS[lane] < STRICTNESS[than]


def codes(lane: Lane, standing: Lane | None) -> Sequence[str]:
    """The words that a change to `lane` may be given for."""
    return DESELECT if is_softer(lane, standing) else SELECT


def refusal(d: Declaration, lane: Lane, role: Role) -> str:
    """Why this role may not set that lane; "" when it may."""
    if role is Role.SUPERVISOR or not is_softer(lane, d.lane):
        return ""
    if is_drawn(d) and lane not in LOOKS:
        return "it was drawn to measure what nobody suspects; only a supervisor may take it out, with a reason"
    if d.lane is Lane.RED:
        return "the examination of the goods is called off by a supervisor only"
    return ""
