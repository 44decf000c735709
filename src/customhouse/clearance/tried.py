"""What a model that is tried says of single declarations and parcels, with its reasons: asked by themselves, as the line would ask it.

Columns tell how many a model chooses; an officer who is to believe it reads some of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from customhouse.clearance import learn, parcel_file
from customhouse.clearance.parcel_file import ParcelProblem
from customhouse.clearance.scorer import lane_of, rows_of
from customhouse.kernel.currency import minor_digits
from customhouse.offices.risk.tally import Hit
from customhouse.record.access import office_of
from customhouse.record.declaration import Declaration
from customhouse.record.facts import assessed_facts
from customhouse.record.lanes import Lane
from customhouse.record.parcel import is_parcel, place
from customhouse.record.targeting import Thresholds
from customhouse.registry import decided, parcels


class Asked(msgspec.Struct, frozen=True):
    """One that a model chooses: its lane as it was, the lane that the model asks for, the probability of a find, the expected revenue
    (minor units), and why, the strongest reason first. `fault` says why it could not be asked, if so."""

    hit: Hit
    lane: Lane = Lane.GREEN
    probability: float = 0.0
    revenue: float = 0.0
    reasons: tuple[str, ...] = ()
    fault: str = ""

    @property
    def percent(self) -> float:
        return self.probability * 100


def explained(model: Any, thresholds: Thresholds, hits: Iterable[Hit]) -> tuple[Asked, ...]:
    """What the model says of each of these, by itself."""
    return tuple(_asked(model, thresholds, hit) for hit in hits)


def _asked(model: Any, thresholds: Thresholds, hit: Hit) -> Asked:
    from customhouse.labs.targeting.judge import judge

    try:
        declaration, rows = _rows(hit.number)
    except (ParcelProblem, LookupError, ValueError) as fault:
        return Asked(hit, fault=str(fault))
    found = judge(model, rows)
    assessed = declaration.assessed
    revenue = found.revenue * 10 ** (minor_digits(assessed.payable.currency) if assessed else 2)
    lane = lane_of(thresholds, found.probability, revenue, office_of(declaration))
    return Asked(hit, lane, found.probability, revenue, found.reasons)


def _rows(number: int) -> tuple[Declaration, Any]:
    """A declaration as it stood when its lane was set, and its goods items as a model sees them."""
    if not is_parcel(number):
        one = decided.one(number)
        if one is None:
            raise LookupError(f"no lane was ever set on declaration {number}")
        return one.declaration, rows_of(one.declaration, *learn.facts_of(one))
    stored, begun = parcels.parcel(number), parcels.get(place(number)[0])
    walk = parcel_file.walked_again(stored, begun, parcel_file.of_its_day(begun)).walk
    return walk.declaration, rows_of(walk.declaration, *assessed_facts(walk.declaration, stored.history))
