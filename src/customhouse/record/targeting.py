"""Targeting models as customs speaks of them: versions, where each stands, who decided it, and the thresholds they speak at.

A version is known by the SHA-256 of its file. It is trained (a candidate), put on trial in the shadow of the line, proposed by one
person, approved by another and then live; a later one retires it, and going back to it is one act (WCO, Data Analytics
Handbook: governance of models; ISO/IEC 42001).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

import msgspec

from customhouse.record.lanes import Lane


class ModelState(StrEnum):
    CANDIDATE = "CANDIDATE"
    SHADOW = "SHADOW"
    LIVE = "LIVE"
    RETIRED = "RETIRED"


class ModelStep(StrEnum):
    """What is done with a version. PUBLISHED answers a proposal of somebody else; ROLLED_BACK makes a version live that was before."""

    REGISTERED = "REGISTERED"
    SHADOWED = "SHADOWED"
    PROPOSED = "PROPOSED"
    WITHDRAWN = "WITHDRAWN"
    PUBLISHED = "PUBLISHED"
    ROLLED_BACK = "ROLLED_BACK"
    RETIRED = "RETIRED"


LEADS = {
    ModelStep.REGISTERED: ModelState.CANDIDATE,
    ModelStep.SHADOWED: ModelState.SHADOW,
    ModelStep.PUBLISHED: ModelState.LIVE,
    ModelStep.ROLLED_BACK: ModelState.LIVE,
    ModelStep.RETIRED: ModelState.RETIRED,
}
"""Steps that change where a version stands."""


class Threshold(msgspec.Struct, frozen=True, omit_defaults=True):
    """The lane that a score asks for: from this probability (0 to 1) or this expected revenue (national minor units) on.

    `office` makes it hold at one customs office only; `a_day` says for how many declarations a day it was worked out.
    """

    lane: Lane
    at_least: float
    by: Literal["probability", "revenue"] = "probability"
    office: str = ""
    a_day: int = 0


Thresholds = tuple[Threshold, ...]


def faults(thresholds: Thresholds) -> tuple[str, ...]:
    """What is wrong with thresholds, in words."""
    out = []
    for t in thresholds:
        if t.lane not in (Lane.YELLOW, Lane.RED):
            out.append(f"a model may ask for YELLOW or RED, not {t.lane.value}")
        if t.by == "probability" and not 0 < t.at_least <= 1:
            out.append(f"a probability lies above 0 and up to 1, not at {t.at_least:g}")
        if t.by == "revenue" and not t.at_least > 0:
            out.append(f"an expected revenue lies above 0, not at {t.at_least:g}")
    return tuple(out)


class CurvePoint(msgspec.Struct, frozen=True):
    """With the best `share` percent opened: the precision, and the part of the duty at stake that is found."""

    share: float
    precision: float
    revenue: float


class Bins(msgspec.Struct, frozen=True):
    """How a number was spread where a model learned: edges between bins, and the share of rows in each bin (one more than edges).
    For codes the bins are the commonest `codes`, and the last one all others."""

    edges: tuple[float, ...]
    shares: tuple[float, ...]
    codes: tuple[str, ...] = ()


class Baseline(msgspec.Struct, frozen=True):
    """What the world looked like to a model when it learned; drift is measured against it. `scores` are probabilities."""

    features: dict[str, Bins] = {}
    scores: Bins = Bins((), (1.0,))
    known: dict[str, float] = {}
    """For each column of codes the share of recent rows whose value had been learned from."""
    hit_rate: float = 0.0
    """The share of finds among the best-scored tenth of the rows kept back."""
    brier: float = 0.0


class ModelFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is said of a version: what it learned from, how it was measured, and on which rows."""

    rows: int
    finds: int
    first: date
    last: date
    seed: int
    source: Literal["register", "files", "simulated"] = "files"
    data: tuple[tuple[str, str], ...] = ()
    measured: dict[str, float] = {}
    intervals: dict[str, tuple[float, float]] = {}
    curves: dict[str, tuple[CurvePoint, ...]] = {}
    calibration: tuple[tuple[float, float], ...] = ()
    baseline: Baseline = Baseline()
    unbiased: dict[str, float] = {}
    """The same measures on rows that were chosen at random alone, where there were enough."""


class StepTaken(msgspec.Struct, frozen=True):
    """A step of a version, by whom, when and why."""

    step: ModelStep
    by: str
    at: datetime
    reason: str
    thresholds: Thresholds = ()


class KeptModel(msgspec.Struct, frozen=True):
    """A version with all its steps, the oldest first; `digest` is the SHA-256 of its file."""

    digest: str
    card: str
    facts: ModelFacts
    at: datetime
    by: str
    steps: tuple[StepTaken, ...]

    @property
    def state(self) -> ModelState:
        return state(self.steps)

    @property
    def thresholds(self) -> Thresholds:
        """Those it speaks at, or would."""
        return next((s.thresholds for s in reversed(self.steps) if s.step in LEADS and s.thresholds), ())

    @property
    def proposal(self) -> StepTaken | None:
        """The proposal that waits for another person."""
        return open_proposal(self.steps)

    @property
    def was_live(self) -> bool:
        return any(LEADS.get(s.step) is ModelState.LIVE for s in self.steps)


def state(steps: Iterable[StepTaken]) -> ModelState:
    """Where a version stands after its steps."""
    now = ModelState.CANDIDATE
    for one in steps:
        now = LEADS.get(one.step, now)
    return now


def open_proposal(steps: Iterable[StepTaken]) -> StepTaken | None:
    last = None
    for one in steps:
        if one.step is ModelStep.PROPOSED:
            last = one
        elif one.step is ModelStep.WITHDRAWN or LEADS.get(one.step) is ModelState.LIVE:
            last = None
    return last


def refusal(model: KeptModel, step: ModelStep, by: str) -> str:
    """Why this person may not take this step now, in words; empty where it may be taken."""
    now, proposal = model.state, model.proposal
    if step is ModelStep.SHADOWED and now not in (ModelState.CANDIDATE, ModelState.RETIRED):
        return f"only a candidate or a retired version goes into the shadow; this one is {now.value}"
    if step is ModelStep.PROPOSED and proposal is not None:
        return f"{proposal.by} has proposed it already; approve or withdraw that proposal"
    if step in (ModelStep.PUBLISHED, ModelStep.WITHDRAWN) and proposal is None:
        return "nobody has proposed it; publishing takes two people: one proposes, another approves"
    if step is ModelStep.PUBLISHED and proposal is not None and proposal.by.casefold() == by.casefold():
        return f"{by} has proposed it; another person must approve"
    if step is ModelStep.ROLLED_BACK and not (model.was_live and now is not ModelState.LIVE):
        return "only a version that was live before and is not now can be gone back to"
    if step is ModelStep.RETIRED and now not in (ModelState.SHADOW, ModelState.LIVE):
        return f"only a version in the shadow or live is retired; this one is {now.value}"
    return ""


Alarm = Literal["population", "score", "performance", "calibration", "categories", "scorer"]


class DriftAlarm(msgspec.Struct, frozen=True):
    """Something moved farther than is allowed: what, in a sentence, the measured number and its limit."""

    kind: Alarm
    about: str
    text: str
    value: float
    limit: float


class DriftReport(msgspec.Struct, frozen=True):
    """What the monitors saw between two days: rows looked at, rows with a result, and the numbers beside their limits."""

    first: date
    last: date
    rows: int
    results: int
    psi: dict[str, float] = {}
    score_psi: float = 0.0
    score_ks: float = 0.0
    unknown: dict[str, float] = {}
    hit_rate: float | None = None
    cusum: tuple[float, ...] = ()
    calibration: tuple[tuple[float, float, int], ...] = ()
    calibration_gap: float | None = None
    failed: int = 0
    """Declarations whose lane was set while no model answered."""
    alarms: tuple[DriftAlarm, ...] = ()


class Watched(msgspec.Struct, frozen=True):
    """A stored report of a version, and who answered its alarms."""

    id: int
    digest: str
    at: datetime
    report: DriftReport
    answered: tuple[tuple[str, datetime, str], ...] = ()
