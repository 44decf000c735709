"""The risk office: how much attention a declaration gets, and why.

`decide` is the only place where a lane is set: officers' criteria, findings of models and the random share are combined,
the stricter wins, and every reason is kept (WCO Risk Management Compendium; RKC General Annex 6.3-6.5).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

import msgspec

from customhouse.law.selectivity import Policy
from customhouse.law.terms import Hit
from customhouse.record.acts import LaneAssigned
from customhouse.record.declaration import Mark, Reason, Selection
from customhouse.record.history import HistoryFacts
from customhouse.record.lanes import Lane, stricter

PPM = 1_000_000


class Finding(msgspec.Struct, frozen=True, gc=False):
    """What a model found: a score from 0 to 1, the lane its published threshold asks for, why, and the model's hash."""

    score: float
    lane: Lane
    reasons: tuple[Reason, ...]
    model: str


class Scored(msgspec.Struct, frozen=True, gc=False):
    """What the models say of a declaration. `shadow` are models on trial, which set no lane.

    `novelty_ppm` is how little the model knows about it, a million being usual: exploration draws it so much more often. `failed`
    says why there is no answer; then a higher random share is drawn, and the reason is kept.
    """

    findings: tuple[Finding, ...] = ()
    shadow: tuple[Finding, ...] = ()
    novelty_ppm: int = PPM
    failed: str = ""


class Seen(msgspec.Struct, frozen=True, gc=False):
    """Everything a lane is decided on. `hits` are criteria that fired, `shadow` those on trial that would have."""

    hits: Sequence[Hit] = ()
    shadow: Sequence[Hit] = ()
    scored: Scored | None = None
    history: HistoryFacts | None = None
    selectivity: str = ""
    marked: Mark | None = None


class Draws(msgspec.Struct, frozen=True, gc=False):
    """Where the two draws of a declaration fell, 0 to 999,999: the random one, and that of exploration."""

    random: int
    explore: int = PPM


def draw(key: bytes, mrn: str) -> int:
    """Where the random draw of this declaration falls, 0 to 999,999.

    Keyed with a secret of the house, so that nobody can choose an MRN that is never drawn, yet an auditor with the key
    can repeat every draw.
    """
    return int.from_bytes(hmac.digest(key, mrn.encode(), hashlib.sha256)[:8]) % PPM


def decide(
    seen: Seen, draws: Draws, random_share_ppm: int, policy: Policy | None = None, floor: Lane = Lane.GREEN
) -> LaneAssigned:
    """The lane with all its reasons.

    `random_share_ppm` is what the law wants looked at in any case; the officers' `policy` may only ask for more. `floor` is
    a lane that was set before an amendment and may not be softened by it.
    """
    lane, reasons = floor, []
    if floor is not Lane.GREEN:
        reasons.append(Reason("earlier-lane", f"The lane was {floor.value} before the declaration was amended"))
    if seen.marked is not None:
        lane = stricter(lane, seen.marked.lane)
        reasons.append(Reason("targeted", seen.marked.reason, 0, "", True))
    for hit in seen.hits:
        lane = stricter(lane, Lane(hit.lane))
        reasons.append(Reason(hit.id, hit.text, hit.item, hit.source, hit.confidential))
    scored = seen.scored or Scored()
    for finding in scored.findings:
        lane = stricter(lane, finding.lane)
        reasons.extend(finding.reasons)
    share = share_of(random_share_ppm, policy, scored)
    if draws.random < share:
        lane = stricter(lane, Lane.YELLOW)
        reasons.append(Reason("random", f"Chosen at random: {share / 10_000:g} % of declarations are looked at"))
    explored = explored_of(policy, scored)
    if draws.explore < explored:
        lane = stricter(lane, Lane.YELLOW)
        reasons.append(
            Reason("explore", "Chosen to learn about goods or traders of which little is known", 0, "", True)
        )
    if not reasons:
        reasons.append(Reason("no-finding", "No criterion fired and the random draw did not fall on it"))
    best = max(scored.findings, key=lambda f: f.score, default=None)
    on_trial = (*(f"{h.id} {h.lane}" for h in seen.shadow), *(f"{f.model} {f.lane.value}" for f in scored.shadow))
    selection = Selection(
        lane,
        tuple(reasons),
        best.score if best else None,
        best.model if best else "",
        draws.random,
        share,
        seen.selectivity,
        seen.history,
        tuple(dict.fromkeys(on_trial)),
        explored,
        scored.failed,
    )
    return LaneAssigned(selection)


def share_of(by_law: int, policy: Policy | None, scored: Scored) -> int:
    """The share looked at at random: never below what the law wants, and more while the models do not answer."""
    wanted = [by_law]
    if policy is not None:
        wanted.append(policy.floor_ppm)
    if scored.failed:
        wanted.append((policy or Policy()).blind_ppm)
    return max(wanted)


def explored_of(policy: Policy | None, scored: Scored) -> int:
    """How likely the declaration is to be chosen for exploration, in parts per million."""
    if policy is None or not policy.exploration_ppm or scored.failed:
        return 0
    return min(PPM, policy.exploration_ppm * max(0, scored.novelty_ppm) // PPM)
