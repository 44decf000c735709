"""What the trade is told of a lane and of what holds the goods: every reason, but for those that are for customs alone."""

from __future__ import annotations

from collections.abc import Iterable

from customhouse.record.declaration import Hold, HoldKind, Reason

BY_ANALYSIS = Reason("risk-analysis", "Selected by risk analysis")


def told_to_the_trade(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """The reasons of a lane as the declarant may read them: a confidential one only says that risk analysis chose."""
    return tuple(dict.fromkeys(BY_ANALYSIS if reason.confidential else reason for reason in reasons))


def told_with_holds(reasons: tuple[Reason, ...], holds: Iterable[Hold]) -> tuple[Reason, ...]:
    """Why the lane, then what holds the goods besides a payment, each said once."""
    held = (r for h in holds if h.kind is not HoldKind.PAYMENT for r in told_to_the_trade(h.reasons))
    return tuple(dict.fromkeys((*told_to_the_trade(reasons), *held)))
