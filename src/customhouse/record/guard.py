"""What keeps an act from being recorded though stage and role would allow it: (declaration, act or None when only asking, role) -> why not, or empty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from customhouse.record import agency_flow, party_flow
from customhouse.record.account import AccountKind
from customhouse.record.declaration import (
    Declaration,
    Hold,
    HoldKind,
    Role,
    Stage,
)
from customhouse.record.lanes import Lane
from customhouse.record.parcel import is_parcel

S = Stage
MOST_PAPERS = 200


def _lift(d: Declaration, act: Any, role: Role) -> str:
    if act is None:
        return "" if any(_may_lift(h, role) for h in d.holds) else "no hold that this role may lift"
    hold = next((h for h in d.holds if h.key == (act.kind, act.ref)), None)
    if hold is None:
        return f"there is no {act.kind.value} hold {act.ref}".rstrip()
    if not _may_lift(hold, role):
        return f"{role.value} may not lift a {hold.kind.value} hold"
    return agency_flow.lifts(hold, act, role) if agency_flow.is_of_an_agency(hold) or role is Role.AGENCY else ""


def _may_lift(hold: Hold, role: Role) -> bool:
    return role is Role.SYSTEM or role in hold.lifted_by


def _allocate(d: Declaration, act: Any, role: Role) -> str:
    return "" if d.hold(HoldKind.QUOTA) else "no quota is waited for"


def _answer(d: Declaration, act: Any, role: Role) -> str:
    open_ = {q.number for q in d.queries if q.is_open}
    if act is None:
        return "" if open_ else "no query is open"
    return "" if act.query in open_ else f"query {act.query} is not open"


def _attach(d: Declaration, act: Any, role: Role) -> str:
    if len(d.papers) + (len(act.papers) if act else 1) > MOST_PAPERS:
        return f"a declaration has at most {MOST_PAPERS} papers"
    return "" if act is None or act.papers else "there is no paper"


def _amend(d: Declaration, act: Any, role: Role) -> str:
    """Nothing is amended once an examination was announced, until it has found what must be corrected (RKC General Annex 3.27, 3.28)."""
    if d.hold(HoldKind.INSPECTION) and not (d.examined and d.examined.conclusion == "discrepancy"):
        return "customs has announced an examination"
    if act is not None and act.lodgement.declarant_id not in ("", d.lodged.declarant_id):
        return "an amendment never changes the declarant"
    return ""


def _present(d: Declaration, act: Any, role: Role) -> str:
    return "" if act is None or act.office.strip() else "the office where the goods were presented is missing"


def _exit(d: Declaration, act: Any, role: Role) -> str:
    if d.lodged.is_import:
        return "only goods released for export leave the country"
    if d.exited is not None:
        return "the goods have left already"
    return "" if act is None or act.office.strip() else "the office of exit is missing"


def _examine(d: Declaration, act: Any, role: Role) -> str:
    return "" if d.hold(HoldKind.INSPECTION) else "no examination was ordered"


def _pay(d: Declaration, act: Any, role: Role) -> str:
    if d.settled is None or not d.settled.outstanding.minor:
        return "nothing is due"
    if act is None:
        return ""
    if act.receipt.amount.currency != d.settled.due.currency:
        return f"payment is due in {d.settled.due.currency}"
    return "" if act.receipt.amount.minor > 0 else "a payment is more than nothing"


def _reverse(d: Declaration, act: Any, role: Role) -> str:
    receipts = {r.number for r in d.settled.receipts} if d.settled else set()
    if not receipts:
        return "nothing has been paid"
    if act is None:
        return ""
    if act.receipt not in receipts:
        return f"there is no receipt {act.receipt} that stands"
    return "" if act.reason.strip() else "a reversal needs a reason"


def _charge(d: Declaration, act: Any, role: Role) -> str:
    """What is deferred is never more than what is left to pay."""
    if act is None or act.charge.kind is not AccountKind.DEFERMENT:
        return ""
    left = d.settled.due.minor - d.settled.paid if d.settled else 0
    return "" if act.charge.amount.minor <= max(0, left) else "nothing is due"


def _discharge(d: Declaration, act: Any, role: Role) -> str:
    if not d.charged(AccountKind.GUARANTEE):
        return "no guarantee is reserved for it"
    return "" if act is None or act.reason.strip() else "a discharge needs a reason"


def _release(d: Declaration, act: Any, role: Role) -> str:
    if d.holds:
        return "held for " + ", ".join(sorted({h.kind.value for h in d.holds}))
    if act is not None and not all(t.met for t in act.terms):
        return "a term of release is not met"
    return ""


def _recall(d: Declaration, act: Any, role: Role) -> str:
    if not d.lodged.is_import:
        return "only the release of imports is taken back"
    return "" if act is None or act.reason.strip() else "taking back a release needs a reason"


def _rule(d: Declaration, act: Any, role: Role) -> str:
    if not is_parcel(d.id):
        return "only of a parcel there are two judgements"
    if act is None:
        return "it is decided where its alarm stands"
    return "" if act.reason.strip() else "a decision needs a reason"


def _change_lane(d: Declaration, act: Any, role: Role) -> str:
    if act is None:
        return ""
    if act.lane is d.lane:
        return f"the lane is {act.lane} already"
    return "" if act.reason.strip() else "a change of lane needs a reason"


def _target(d: Declaration, act: Any, role: Role) -> str:
    if act is None:
        return ""
    if act.lane is Lane.GREEN and d.marked is None:
        return "no look was asked for"
    return "" if act.reason.strip() else "a look needs a reason"


def _invalidate(d: Declaration, act: Any, role: Role) -> str:
    if role in (Role.BROKER, Role.TRADER) and d.hold(HoldKind.INSPECTION):
        return "customs has announced an examination"
    if d.stage is S.RELEASED and (d.lodged.is_import or d.exited is not None):
        return "after release only exports whose goods have not left are invalidated"
    return "" if act is None or act.reason.strip() else "an invalidation needs a reason"


GUARD: dict[str, Callable[[Declaration, Any, Role], str]] = {
    **agency_flow.GUARD,
    **party_flow.GUARD,
    "Lifted": _lift,
    "QuotaAllocated": _allocate,
    "Answered": _answer,
    "Attached": _attach,
    "Amended": _amend,
    "Presented": _present,
    "Exited": _exit,
    "Examined": _examine,
    "Paid": _pay,
    "Reversed": _reverse,
    "Charged": _charge,
    "Discharged": _discharge,
    "Released": _release,
    "Recalled": _recall,
    "Ruled": _rule,
    "LaneChanged": _change_lane,
    "Targeted": _target,
    "Invalidated": _invalidate,
}
