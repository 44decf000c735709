"""The desk of the other agencies on the line: which consignments an agency wants to see, by its own criteria.

Source: the criteria of each agency in the Book; WTO Trade Facilitation Agreement, article 8 (border agency cooperation).
"""

from __future__ import annotations

from collections.abc import Sequence

from customhouse.law.agency import Wish
from customhouse.record.acts import Held
from customhouse.record.agency_flow import hold_for
from customhouse.record.declaration import Hold, Reason


def order(wishes: Sequence[Wish], standing: tuple[Hold, ...]) -> tuple[Held, ...]:
    """One hold for each agency that wants to see the consignment, with all its reasons."""
    reasons: dict[str, list[Reason]] = {}
    for wish in wishes:
        reasons.setdefault(wish.agency, []).append(Reason(wish.id, wish.text, wish.item, wish.source))
    return tuple(Held(hold_for(agency, tuple(whys), standing)) for agency, whys in reasons.items())
