"""What became of a declaration: its acts read once more, for the loop from findings back to selection.

Pure: the same acts give the same outcome, whether read as they come or all at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from customhouse.kernel.money import Money
from customhouse.offices.risk.selected import BY_ITSELF
from customhouse.record import acts as a
from customhouse.record.access import office_of
from customhouse.record.acts import Entry
from customhouse.record.declaration import Declaration, Examination, HoldKind, Selection, Stage
from customhouse.record.facts import who
from customhouse.record.lodgement import Lodgement
from customhouse.record.outcome import PERSON, Look, Outcome, Result

BY = {"targeted": PERSON}
"""Reasons that tell who chose in other words: a look asked for ahead is a person's choice."""
OVER = frozenset({Stage.RELEASED, Stage.INVALIDATED, Stage.REFUSED})
DEPTH = {Look.NONE: 0, Look.DOCUMENTS: 1, Look.GOODS: 2}
WEIGHT = {Result.PENDING: 0, Result.NOT_DONE: 1, Result.CONFORM: 2, Result.DISCREPANCY: 3}


class _Assessed(msgspec.Struct, frozen=True):
    """What is declared and assessed so far; customs values in minor units by item."""

    lodged: Lodgement
    values: Mapping[int, int]
    payable: Money


def outcome(d: Declaration, entries: Sequence[Entry]) -> Outcome | None:
    """The outcome of `d`, whose acts are in `entries`, all of them in order; None before it has a lane."""
    said: dict[str, Any] = {}
    now = _Assessed(d.lodged, {}, Money(0, ""))
    for entry in entries:
        for act in entry.acts:
            now = _assessed(now, act)
            if said:
                _happened(said, act, entry)
            elif isinstance(act, a.LaneAssigned):
                said = _chosen(d, act.selection, entry.at) | _stratum(now)
    if not said:
        return None
    if said.get("result") is Result.DISCREPANCY:
        said["revenue"] = max(0, now.payable.minor - said["payable"])
    return Outcome(**said, is_over=d.stage in OVER, acts=d.acts)


def _assessed(now: _Assessed, act: a.Act) -> _Assessed:
    match act:
        case a.Lodged(lodgement=content) | a.Amended(lodgement=content):
            return replace(now, lodged=content)
        case a.Valued(valuation=valued):
            return replace(now, values={v.item: v.value.minor for v in valued.items})
        case a.Assessed(assessment=assessed):
            return replace(now, payable=assessed.payable)
    return now


def _happened(said: dict[str, Any], act: a.Act, entry: Entry) -> None:
    """Add what an act after the first lane says."""
    match act:
        case a.LaneChanged(lane=lane):
            said |= {"last_lane": lane, "changed_by": entry.by, "chosen": _with(said["chosen"], PERSON)}
        case a.LaneAssigned(selection=selection):
            said["last_lane"] = selection.lane
        case a.Examined(examination=found):
            _looked(said, Look.GOODS, found, entry)
        case a.Lifted(kind=HoldKind.DOCUMENTS, result=Examination() as found):
            _looked(said, Look.DOCUMENTS, found, entry)
        case a.Released():
            said["released_at"] = entry.at.astimezone(UTC)
        case a.Recalled():
            said["released_at"] = None


def _chosen(d: Declaration, selection: Selection, at: datetime) -> dict[str, Any]:
    """What the first lane says."""
    at = at.astimezone(UTC)
    return {
        "declaration": d.id,
        "day": at.date(),
        "routed_at": at,
        "office": office_of(d),
        "lane": selection.lane,
        "last_lane": selection.lane,
        "chosen": tuple(dict.fromkeys(BY.get(r.rule, r.rule) for r in selection.reasons if r.rule not in BY_ITSELF)),
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


def _stratum(now: _Assessed) -> dict[str, Any]:
    """Whose goods these are, and what the item of the greatest customs value is (the first of equals), as declared then."""
    lodged, values = now.lodged, now.values
    best = max(lodged.items, key=lambda i: (values.get(i.sequence, 0), -i.sequence), default=None)
    code = best.commodity.code if best else ""
    return {
        "importer": who(lodged.goods_shipment.importer),
        "exporter": who(lodged.exporter),
        "origin": best.origin if best else "",
        "chapter": code[:2],
        "heading": code[:4],
        "value": sum(values.values()),
        "payable": now.payable.minor,
        "currency": now.payable.currency,
    }


def _with(chosen: tuple[str, ...], name: str) -> tuple[str, ...]:
    return chosen if name in chosen else (*chosen, name)


def _looked(said: dict[str, Any], what: Look, found: Examination, entry: Entry) -> None:
    """Add a look: the deepest one that said something stands, a find among several looks stays a find."""
    result = Result(found.conclusion)
    before: Result = said.get("result", Result.PENDING)
    said["minutes"] = said.get("minutes", 0) + max(0, found.minutes)
    kinds = dict.fromkeys((*said.get("kinds", ()), *(x.kind or "other" for x in found.discrepancies)))
    if result is Result.DISCREPANCY:
        said["kinds"] = tuple(kinds) or ("other",)
    if WEIGHT[result] < WEIGHT[before]:
        return
    said |= {"result": result, "looked_at": entry.at.astimezone(UTC), "looked_by": entry.by, "cause": found.cause}
    if result is not Result.NOT_DONE:
        said |= {"quality": found.quality, "cause": ""}
        said["look"] = max(said.get("look", Look.NONE), what, key=lambda one: DEPTH[one])
