"""The risk office: how much attention a declaration gets, and why.

`decide` is the only place where a lane is set: officers' criteria, findings of models and the random share are combined,
the stricter wins, and every reason is kept (WCO Risk Management Compendium; RKC General Annex 6.3-6.5).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

import msgspec

from customhouse.law.book import Hit
from customhouse.record.acts import LaneAssigned
from customhouse.record.declaration import Reason, Selection
from customhouse.record.lanes import Lane, stricter

PPM = 1_000_000


class Finding(msgspec.Struct, frozen=True, gc=False):
    """What a model found: a score from 0 to 1, the lane its published threshold asks for, why, and the model's hash."""

    score: float
    lane: Lane
    reasons: tuple[Reason, ...]
    model: str


def draw(key: bytes, mrn: str) -> int:
    """Where the random draw of this declaration falls, 0 to 999,999.

    Keyed with a secret of the house, so that nobody can choose an MRN that is never drawn, yet an auditor with the key
    can repeat every draw.
    """
    return int.from_bytes(hmac.digest(key, mrn.encode(), hashlib.sha256)[:8]) % PPM


def decide(
    hits: Sequence[Hit],
    drawn: int,
    random_share_ppm: int,
    findings: Sequence[Finding] = (),
    floor: Lane = Lane.GREEN,
) -> LaneAssigned:
    """The lane with all its reasons.

    `hits` are the officers' criteria that fired, `findings` what models say, `drawn` the random draw, `floor` a lane that
    was set before an amendment and may not be softened by it.
    """
    lane, reasons = floor, []
    if floor is not Lane.GREEN:
        reasons.append(Reason("earlier-lane", f"The lane was {floor.value} before the declaration was amended"))
    for hit in hits:
        lane = stricter(lane, Lane(hit.lane))
        reasons.append(Reason(hit.id, hit.text, hit.item, hit.source))
    for finding in findings:
        lane = stricter(lane, finding.lane)
        reasons.extend(finding.reasons)
    if drawn < random_share_ppm:
        lane = stricter(lane, Lane.YELLOW)
        reasons.append(
            Reason("random", f"Chosen at random: {random_share_ppm / 10_000:g} % of declarations are looked at")
        )
    if not reasons:
        reasons.append(Reason("no-finding", "No criterion fired and the random draw did not fall on it"))
    best = max(findings, key=lambda f: f.score, default=None)
    selection = Selection(
        lane,
        tuple(reasons),
        best.score if best else None,
        best.model if best else "",
        drawn,
        random_share_ppm,
    )
    return LaneAssigned(selection)
