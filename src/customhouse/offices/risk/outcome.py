"""What selection made of a declaration and what came of it, in one row: the loop from findings back to selection.

Pure: the same course gives the same outcome, whether read as acts come or all at once.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from customhouse.offices.risk.course import SAYING, WEIGHT, Course, Routed
from customhouse.offices.risk.selected import BY_ITSELF
from customhouse.record.access import office_of
from customhouse.record.declaration import Stage
from customhouse.record.facts import who
from customhouse.record.outcome import PERSON, Look, Outcome, Result

BY = {"targeted": PERSON}
"""Reasons that tell who chose in other words: a look asked for ahead is a person's choice."""
OVER = frozenset({Stage.RELEASED, Stage.INVALIDATED, Stage.REFUSED})
DEPTH = {Look.NONE: 0, Look.DOCUMENTS: 1, Look.GOODS: 2}


def outcome(told: Course) -> Outcome | None:
    """The outcome of a declaration; None before it has a lane."""
    if told.first is None:
        return None
    d = told.now
    said = _chosen(told, told.first) | _stratum(told.first) | _looked(told)
    revenue = max(0, told.payable.minor - told.first.payable.minor) if told.result is Result.DISCREPANCY else 0
    return Outcome(**said, revenue=revenue, released_at=_utc(told.released), is_over=d.stage in OVER, acts=d.acts)


def _chosen(told: Course, first: Routed) -> dict[str, Any]:
    """What the first lane says, and who overruled it."""
    selection, d = first.selection, told.now
    chosen = dict.fromkeys(BY.get(r.rule, r.rule) for r in selection.reasons if r.rule not in BY_ITSELF)
    if told.changed_by:
        chosen[PERSON] = None
    at = first.at.astimezone(UTC)
    return {
        "declaration": d.id,
        "day": at.date(),
        "routed_at": at,
        "office": office_of(d),
        "lane": selection.lane,
        "last_lane": d.lane or selection.lane,
        "chosen": tuple(chosen),
        "changed_by": told.changed_by,
        "shadow": selection.shadow,
        "selectivity": selection.selectivity,
        "model": selection.model,
        "score_ppm": None if selection.score is None else round(selection.score * 1_000_000),
        "draw_ppm": selection.draw_ppm,
        "random_ppm": selection.random_share_ppm,
        "explored_ppm": selection.explored_ppm,
        "blind": bool(selection.blind),
        "declarant": d.lodged.declarant_id,
    }


def _stratum(first: Routed) -> dict[str, Any]:
    """Whose goods these are, and what the item of the greatest customs value is (the first of equals), as declared then."""
    lodged, values = first.declaration.lodged, first.values
    best = max(lodged.items, key=lambda i: (values.get(i.sequence, 0), -i.sequence), default=None)
    code = best.commodity.code if best else ""
    return {
        "importer": who(lodged.goods_shipment.importer),
        "exporter": who(lodged.exporter),
        "origin": best.origin if best else "",
        "chapter": code[:2],
        "heading": code[:4],
        "value": sum(values.values()),
        "payable": first.payable.minor,
        "currency": first.payable.currency,
    }


def _looked(told: Course) -> dict[str, Any]:
    """What the looks say together: of the weightiest the last stands, the deepest that said something, every kind that was found."""
    said: dict[str, Any] = {"minutes": sum(max(0, s.found.minutes) for s in told.looks)}
    before, kinds = Result.PENDING, dict[str, None]()
    for one in told.looks:
        if one.result is Result.DISCREPANCY:
            kinds |= dict.fromkeys(x.kind or "other" for x in one.found.discrepancies)
            said["kinds"] = tuple(kinds) or ("other",)
        if WEIGHT[one.result] < WEIGHT[before]:
            continue
        before = one.result
        said |= {"result": before, "looked_at": _utc(one.at), "looked_by": one.by, "cause": one.found.cause}
        if before in SAYING:
            said |= {"quality": one.found.quality, "cause": ""}
            said["look"] = max(said.get("look", Look.NONE), one.what, key=DEPTH.__getitem__)
    return said


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(UTC)
