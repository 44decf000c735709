"""What an act does: (declaration, act, at) -> the fields of the declaration that change. `flow.step` alone applies it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from customhouse.record import acts, agency_flow, party_flow
from customhouse.record.account import AccountKind
from customhouse.record.agency import CUSTOMS
from customhouse.record.declaration import (
    Declaration,
    Hold,
    HoldKind,
    Mark,
    Presentation,
    Query,
    Reason,
    Release,
    Role,
    Settlement,
)
from customhouse.record.lanes import Lane


def _without(d: Declaration, *keys: tuple[HoldKind, str]) -> tuple[Hold, ...]:
    return tuple(h for h in d.holds if h.key not in keys)


def _held(d: Declaration, act: acts.Held, at: datetime) -> dict[str, Any]:
    return {"holds": (*_without(d, act.hold.key), act.hold)}


def _lifted(d: Declaration, act: acts.Lifted, at: datetime) -> dict[str, Any]:
    checked = {"checked": act.result} if act.result is not None else {}
    return {"holds": _without(d, (act.kind, act.ref)), **agency_flow.passed_over(d, act), **checked}


def _queried(d: Declaration, act: acts.Queried, at: datetime) -> dict[str, Any]:
    number = len(d.queries) + 1
    lifted_by = (Role.OFFICER, Role.EXAMINER, Role.SUPERVISOR)
    hold = Hold(HoldKind.QUERY, str(number), lifted_by, (Reason("query", act.text),), act.deadline)
    return {"queries": (*d.queries, Query(number, act.text)), "holds": (*d.holds, hold)}


def _answered(d: Declaration, act: acts.Answered, at: datetime) -> dict[str, Any]:
    answered = tuple(
        replace(q, answer=act.text, documents=act.documents) if q.number == act.query else q for q in d.queries
    )
    return {"queries": answered}


def _presented(d: Declaration, act: acts.Presented, at: datetime) -> dict[str, Any]:
    return {"presented": Presentation(act.office, act.place, act.document, at)}


def _amended(d: Declaration, act: acts.Amended, at: datetime) -> dict[str, Any]:
    """The new version. The reference of an amendment is that of its message: the declaration keeps its first, under which
    it is found, and its declarant, whose it is."""
    declarant = act.lodgement.declarant if act.lodgement.declarant_id else d.lodged.declarant
    kinds = (HoldKind.QUERY, HoldKind.INSPECTION, HoldKind.AGENCY, HoldKind.PARTY)
    kept = tuple(h for h in d.holds if h.kind in kinds and not agency_flow.is_of_an_agency(h))
    kept += agency_flow.of_joint_inspection(d)
    return {
        "lodged": replace(act.lodgement, lrn=d.lodged.lrn, declarant=declarant),
        "version": d.version + 1,
        "holds": kept,
        "estimated": None,
        "verified": None,
        "classified": None,
        "valued": None,
        "origin": None,
        "quotas": (),
        "permits": (),
        "screened": party_flow.of_earlier_version(d),
        "cargo": (),
        "assessed": None,
        "selection": None,
    }


def _allocated(d: Declaration, act: acts.QuotaAllocated, at: datetime) -> dict[str, Any]:
    return {"quotas": act.allocations, "holds": tuple(h for h in d.holds if h.kind is not HoldKind.QUOTA)}


def _matched(d: Declaration, act: acts.CargoMatched, at: datetime) -> dict[str, Any]:
    held = d.holds if act.waits else tuple(h for h in d.holds if h.kind is not HoldKind.MANIFEST)
    return {"cargo": act.matches, "holds": held}


def _examined(d: Declaration, act: acts.Examined, at: datetime) -> dict[str, Any]:
    found = act.examination
    changes = {"examined": found, "joint": agency_flow.with_result(d, CUSTOMS, found.conclusion, found.text)}
    if found.conclusion != "conform":
        return changes
    return {**changes, "holds": tuple(h for h in d.holds if h.kind is not HoldKind.INSPECTION)}


def _due(d: Declaration, act: acts.Due, at: datetime) -> dict[str, Any]:
    if d.settled is None:
        return {"settled": Settlement(act.amount)}
    return {"settled": replace(d.settled, due=act.amount)}


def _paid(d: Declaration, act: acts.Paid, at: datetime) -> dict[str, Any]:
    settled = d.settled or Settlement(act.receipt.amount)
    settled = replace(settled, receipts=(*settled.receipts, act.receipt))
    guaranteed = AccountKind.GUARANTEE.value  # money paid does not stand for a guarantee
    kept = tuple(h for h in d.holds if h.kind is not HoldKind.PAYMENT or h.ref == guaranteed)
    return {"settled": settled, "holds": d.holds if settled.outstanding.minor else kept}


def _reversed(d: Declaration, act: acts.Reversed, at: datetime) -> dict[str, Any]:
    if d.settled is None:
        return {}
    return {"settled": replace(d.settled, receipts=tuple(r for r in d.settled.receipts if r.number != act.receipt))}


def _charged(d: Declaration, act: acts.Charged, at: datetime) -> dict[str, Any]:
    kind = act.charge.kind
    charges = tuple(c for c in (*(c for c in d.charges if c.kind is not kind), act.charge) if c.amount.minor)
    holds = _without(d, (HoldKind.ACCOUNT, kind.value), (HoldKind.PAYMENT, kind.value))
    if kind is not AccountKind.DEFERMENT or d.settled is None:
        return {"charges": charges, "holds": holds}
    return {"charges": charges, "holds": holds, "settled": replace(d.settled, charged=act.charge.amount.minor)}


def _discharged(d: Declaration, act: acts.Discharged, at: datetime) -> dict[str, Any]:
    return {"charges": tuple(c for c in d.charges if c.kind is not AccountKind.GUARANTEE)}


def _invalidated(d: Declaration, act: acts.Invalidated, at: datetime) -> dict[str, Any]:
    """Nothing is due any more, and nothing stands on the trader's accounts."""
    changes: dict[str, Any] = {"invalidated": act.reason, "quotas": (), "permits": (), "cargo": (), "charges": ()}
    if d.settled is not None and d.settled.charged:
        changes["settled"] = replace(d.settled, charged=0)
    return changes


EFFECT: dict[str, Callable[[Declaration, Any, datetime], dict[str, Any]]] = {
    **agency_flow.EFFECT,
    **party_flow.EFFECT,
    "Refused": lambda d, a, at: {"problems": a.problems},
    "Registered": lambda d, a, at: {"registration": a.registration},
    "Estimated": lambda d, a, at: {"estimated": a.assessment},
    "Presented": _presented,
    "Accepted": lambda d, a, at: {"acceptance": a.acceptance},
    "Verified": lambda d, a, at: {"verified": a.check},
    "Classified": lambda d, a, at: {"classified": a.check},
    "Valued": lambda d, a, at: {"valued": a.valuation},
    "OriginDetermined": lambda d, a, at: {"origin": a.determination},
    "QuotaAllocated": _allocated,
    "CargoMatched": _matched,
    "Assessed": lambda d, a, at: {"assessed": a.assessment},
    "LaneAssigned": lambda d, a, at: {"selection": a.selection, "lane": a.selection.lane},
    "LaneChanged": lambda d, a, at: {"lane": a.lane},
    "Targeted": lambda d, a, at: {"marked": None if a.lane is Lane.GREEN else Mark(a.lane, a.reason, a.code)},
    "Held": _held,
    "Lifted": _lifted,
    "Queried": _queried,
    "Answered": _answered,
    "Attached": lambda d, a, at: {"papers": (*d.papers, *a.papers)},
    "Amended": _amended,
    "Examined": _examined,
    "Due": _due,
    "Paid": _paid,
    "Reversed": _reversed,
    "Charged": _charged,
    "Discharged": _discharged,
    "Released": lambda d, a, at: {"released": Release(a.terms, at)},
    "Recalled": lambda d, a, at: {"released": None},
    "Exited": lambda d, a, at: {"exited": a.day},
    "Invalidated": _invalidated,
}
