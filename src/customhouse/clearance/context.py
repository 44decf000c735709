"""What a walk is made under when it is made now: the law, the clock, the key of the draw, and what the risk office has."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec.structs import replace

from customhouse.clearance import screening, sight
from customhouse.clearance.line import LINE, Context
from customhouse.law.book import Law
from customhouse.record.declaration import Declaration, Stage
from customhouse.record.history import NO_HISTORY
from customhouse.registry import ahead, lawbook
from customhouse.registry.secret import draw_key

UNROUTED = frozenset(stage for stage, _ in LINE) - {Stage.ROUTED}
"""Stages in which the lane is still to be set."""


def context_now(at: datetime | None = None) -> Context:
    """The context of a walk made now: the law in force today (UTC) and the clock; nothing is known of any actor."""
    at = at or datetime.now(UTC)
    law = lawbook.current(at.date()).on(at.date())
    return Context(
        law,
        at,
        draw_key(),
        sight.selectivity(at),
        score=sight.scorer(),
        screening=screening.HERE.screener(),
        marks=ahead.shelf.marks(at.date()),
    )


def law_of(d: Declaration, now: Context) -> Law:
    """The law a declaration is judged by: that of its acceptance day under the Book in force now."""
    return lawbook.current(now.at.date()).on(d.acceptance.tax_date) if d.acceptance is not None else now.law


def context_of(d: Declaration, now: Context) -> Context:
    """The context of a walk of this declaration: its law, and what is known of its actors while its lane is to be set."""
    history = sight.history(d.lodged, now.at) if d.stage in UNROUTED else NO_HISTORY
    return replace(now, law=law_of(d, now), history=history)
