"""What if: models asked again about what was decided lately, side by side; and what thresholds would have chosen at each office."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from customhouse.clearance import learn
from customhouse.clearance.learn import Case
from customhouse.clearance.scorer import lane_of, opened
from customhouse.kernel.currency import minor_digits
from customhouse.record.lanes import Lane
from customhouse.record.targeting import Threshold, Thresholds
from customhouse.registry import models_kept
from customhouse.registry.models_kept import ModelFault

DAYS = 28
MOST = 5000  # declarations that are asked about, the newest


class Asked(msgspec.Struct, frozen=True):
    """A declaration with what a model says of it now: probability, expected revenue (minor units), and what was found."""

    number: int
    mrn: str
    office: str
    day: str
    probability: float
    revenue: float
    found: float
    was: str


class AtOffice(msgspec.Struct, frozen=True):
    """What thresholds would have chosen at one office: how many in all and a day, and how many of these had been examined and found."""

    office: str
    declarations: int
    chosen: int
    a_day: float
    examined: int
    finds: int
    today: int


class Compared(msgspec.Struct, frozen=True):
    """A model on the same recent results as another. `learned_from`: how many of them lie in the days that it learned from, if it
    learned from this register; these flatter it, and the figures on its card are to be believed instead."""

    digest: str
    rows: int
    finds: int
    learned_from: int
    measured: dict[str, float]
    offices: tuple[AtOffice, ...]


def ask(model: Any, told: Sequence[Case]) -> list[Asked]:
    """What a model says of cases; one batch."""
    if not told:
        return []
    declared = learn.columns(told)
    probability = model.probability(declared)
    expected = probability * declared.stake
    out, at = [], 0
    for one in told:
        rows = slice(at, at := at + len(one.rows))
        d = one.decided.declaration
        digits = minor_digits(d.assessed.payable.currency) if d.assessed else 2
        found = max((r.found for r in one.rows if not math.isnan(r.found)), default=math.nan)
        out.append(
            Asked(d.id, d.mrn, one.office, one.decided.at.date().isoformat(), float(probability[rows].max()),
                  float(expected[rows].sum()) * 10**digits, found, one.decided.selection.lane.value)
        )  # fmt: skip
    return out


def at_offices(asked: Sequence[Asked], thresholds: Thresholds, days: float) -> tuple[AtOffice, ...]:
    """What the thresholds would have chosen, by office."""
    offices: dict[str, list[Asked]] = {}
    for one in asked:
        offices.setdefault(one.office, []).append(one)
    out = []
    for office, rows in sorted(offices.items()):
        chosen = [r for r in rows if lane_of(thresholds, r.probability, r.revenue, office) is not Lane.GREEN]
        known = [r for r in chosen if not math.isnan(r.found)]
        out.append(
            AtOffice(office, len(rows), len(chosen), len(chosen) / max(1.0, days), len(known),
                     sum(r.found > 0 for r in known), sum(r.was != Lane.GREEN.value for r in rows))
        )  # fmt: skip
    return tuple(out)


def days_of(asked: Sequence[Asked]) -> int:
    """How many days the rows are of."""
    return len({one.day for one in asked})


def budget(
    asked: Sequence[Asked], a_day: Mapping[str, int], lane: Lane = Lane.YELLOW, by: str = "probability"
) -> Thresholds:
    """The thresholds at which each office would have looked at so many declarations a day.

    Raises ModelFault for an office with no declarations in that time.
    """
    days, out = max(1, days_of(asked)), []
    for office, many in sorted(a_day.items()):
        scores = sorted(
            (r.probability if by == "probability" else r.revenue for r in asked if r.office == office), reverse=True
        )
        if not scores:
            raise ModelFault(
                f"office {office} decided on nothing in this time, so no threshold can be worked out for it"
            )
        if many < 1:
            raise ModelFault(f"{many} a day at {office}: give one at least")
        cut = scores[min(len(scores), many * days) - 1]
        out.append(Threshold(lane, max(cut, 1e-6), by, office, many))  # type: ignore[arg-type]
    return tuple(out)


def recent(at: datetime, days: int = DAYS) -> list[Case]:
    """What was decided lately."""
    return learn.cases(at - timedelta(days), at, most=MOST)


def side_by_side(
    digests: Sequence[str], at: datetime, days: int = DAYS, thresholds: Thresholds = ()
) -> tuple[Compared, ...]:
    """The models on the same recent cases; measures on those with a result. Raises KeyError, ModelFault."""
    told = recent(at, days)
    return tuple(compared(digest, told, thresholds) for digest in digests)


def compared(digest: str, told: Sequence[Case], thresholds: Thresholds = ()) -> Compared:
    from customhouse.labs.targeting.measures import measure

    kept = models_kept.one(digest)
    model = opened(kept.digest, models_kept.contents(kept.digest))
    asked = ask(model, told)
    known = [one for one in told if one.decided.result is not None]
    measured: dict[str, float] = {}
    if known:
        rows = learn.columns(known)
        if 0 < rows.found.sum() < len(rows):
            told_of = measure(rows.found, model.probability(rows), rows.stake)
            measured = {name: value for name, value in told_of.items() if math.isfinite(value)}
    finds = sum(any(r.found > 0 for r in one.rows) for one in known)
    learned = 0
    if kept.facts.source == "register":
        learned = sum(kept.facts.first <= one.decided.at.date() <= kept.facts.last for one in known)
    return Compared(
        kept.digest,
        len(known),
        finds,
        learned,
        measured,
        at_offices(asked, thresholds or kept.thresholds, days_of(asked)),
    )
