"""The law of motion of a declaration: one table of stages and acts, one fold, and who may do what.

`FLOW` is the whole life of a declaration on one page. An act that is not in it for the present stage, or whose guard does
not hold, or that the role may not do, is refused with `NotPermitted` and never recorded. Desks and API ask `permitted`
for their buttons, so the screen and the machine obey the same table.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from customhouse.record import acts
from customhouse.record.acts import Act, Entry
from customhouse.record.declaration import (
    Declaration,
    Hold,
    HoldKind,
    Presentation,
    Query,
    Reason,
    Release,
    Role,
    Settlement,
    Stage,
)

S = Stage
ALIVE = (S.ACCEPTED, S.VERIFIED, S.CLASSIFIED, S.VALUED, S.ORIGIN_DETERMINED, S.ASSESSED, S.ROUTED)

FLOW: dict[tuple[Stage, str], Stage] = {
    (S.NEW, "Lodged"): S.LODGED,
    (S.LODGED, "Refused"): S.REFUSED,
    (S.LODGED, "Registered"): S.REGISTERED,
    (S.REGISTERED, "Estimated"): S.REGISTERED,
    (S.REGISTERED, "Amended"): S.REGISTERED,
    (S.REGISTERED, "Invalidated"): S.INVALIDATED,
    (S.REGISTERED, "Presented"): S.PRESENTED,
    (S.PRESENTED, "Refused"): S.REFUSED,
    (S.PRESENTED, "Accepted"): S.ACCEPTED,
    (S.LODGED, "Accepted"): S.ACCEPTED,
    (S.ACCEPTED, "Verified"): S.VERIFIED,
    (S.VERIFIED, "Classified"): S.CLASSIFIED,
    (S.CLASSIFIED, "Valued"): S.VALUED,
    (S.VALUED, "OriginDetermined"): S.ORIGIN_DETERMINED,
    (S.ORIGIN_DETERMINED, "QuotaAllocated"): S.ORIGIN_DETERMINED,
    (S.ORIGIN_DETERMINED, "Assessed"): S.ASSESSED,
    (S.ASSESSED, "LaneAssigned"): S.ROUTED,
    (S.ROUTED, "LaneChanged"): S.ROUTED,
    (S.ROUTED, "Examined"): S.ROUTED,
    (S.ROUTED, "Due"): S.ROUTED,
    (S.ROUTED, "Paid"): S.ROUTED,
    (S.ROUTED, "Released"): S.RELEASED,
    (S.RELEASED, "Exited"): S.RELEASED,
    (S.RELEASED, "Invalidated"): S.INVALIDATED,
    **{(stage, act): stage for stage in (S.REGISTERED, *ALIVE) for act in ("Held", "Lifted", "Queried", "Answered")},
    **{(stage, "Amended"): S.ACCEPTED for stage in ALIVE},
    **{(stage, "Invalidated"): S.INVALIDATED for stage in ALIVE},
}

R = Role
MAY: dict[str, frozenset[Role]] = {
    "Lodged": frozenset({R.SYSTEM}),
    "Refused": frozenset({R.SYSTEM}),
    "Registered": frozenset({R.SYSTEM}),
    "Estimated": frozenset({R.SYSTEM}),
    "Presented": frozenset({R.SYSTEM, R.CARRIER, R.OFFICER, R.SUPERVISOR}),
    "Accepted": frozenset({R.SYSTEM}),
    "Verified": frozenset({R.SYSTEM}),
    "Classified": frozenset({R.SYSTEM}),
    "Valued": frozenset({R.SYSTEM}),
    "OriginDetermined": frozenset({R.SYSTEM}),
    "QuotaAllocated": frozenset({R.SYSTEM}),
    "Assessed": frozenset({R.SYSTEM}),
    "LaneAssigned": frozenset({R.SYSTEM}),
    "Due": frozenset({R.SYSTEM}),
    "Released": frozenset({R.SYSTEM}),
    "Held": frozenset({R.SYSTEM, R.OFFICER, R.SUPERVISOR}),
    "Lifted": frozenset({R.SYSTEM, R.OFFICER, R.EXAMINER, R.SUPERVISOR}),
    "LaneChanged": frozenset({R.OFFICER, R.SUPERVISOR}),
    "Queried": frozenset({R.OFFICER, R.EXAMINER, R.SUPERVISOR}),
    "Answered": frozenset({R.BROKER, R.TRADER}),
    "Amended": frozenset({R.BROKER, R.TRADER}),
    "Examined": frozenset({R.EXAMINER, R.SUPERVISOR}),
    "Paid": frozenset({R.BROKER, R.TRADER, R.CASHIER}),
    "Exited": frozenset({R.SYSTEM, R.CARRIER, R.OFFICER, R.SUPERVISOR}),
    "Invalidated": frozenset({R.BROKER, R.TRADER, R.OFFICER, R.SUPERVISOR}),
}


class NotPermitted(Exception):
    """The act may not be recorded now; `act` names it and the message says why."""

    def __init__(self, act: str, why: str) -> None:
        self.act, self.why = act, why
        super().__init__(f"{act} is not permitted: {why}")


def fold(declaration: Declaration | None, entry: Entry) -> Declaration:
    """The declaration after `entry`; None stands for the file before lodgement.

    Raises NotPermitted when any act of the entry may not be recorded; then nothing of the entry counts.
    """
    recorded = declaration.acts if declaration else 0
    if entry.first != recorded + 1:
        raise NotPermitted(entry.acts[0].name, f"act {recorded + 1} comes next, not {entry.first}")
    for act in entry.acts:
        declaration = step(declaration, act, entry.role, entry.at, entry.declaration)
    if declaration is None:
        raise NotPermitted("nothing", "an entry holds at least one act")
    return declaration


def step(declaration: Declaration | None, act: Act, role: Role, at: datetime, number: int) -> Declaration:
    """The declaration after one act by `role` at `at`; `number` is the declaration's id, used at lodgement."""
    name = type(act).__name__
    stage = declaration.stage if declaration else S.NEW
    to = FLOW.get((stage, name))
    if to is None:
        raise NotPermitted(name, f"the declaration is {stage.value}")
    if role not in MAY[name]:
        raise NotPermitted(name, f"{role.value} may not do this")
    if declaration is None:
        return Declaration(id=number, lodged=act.lodgement, acts=1) if isinstance(act, acts.Lodged) else _never(name)
    if (guard := GUARD.get(name)) and (why := guard(declaration, act, role)):
        raise NotPermitted(name, why)
    effect = EFFECT.get(name)
    changes = effect(declaration, act, at) if effect else {}
    return replace(declaration, stage=to, acts=declaration.acts + 1, **changes)


def permitted(declaration: Declaration, role: Role) -> tuple[str, ...]:
    """Names of the acts that `role` may record now, in the order of `MAY`: the buttons of the page."""
    return tuple(
        name
        for name, roles in MAY.items()
        if role in roles and (declaration.stage, name) in FLOW and not _closed(declaration, name, role)
    )


def _closed(declaration: Declaration, name: str, role: Role) -> str:
    guard = GUARD.get(name)
    return guard(declaration, None, role) if guard else ""


def _never(name: str) -> Declaration:
    raise NotPermitted(name, "the declaration has not been lodged")


# --- guards: (declaration, act or None when only asking, role) -> why not, or "" ------------------------------------


def _lift(d: Declaration, act: Any, role: Role) -> str:
    if act is None:
        return "" if any(_may_lift(h, role) for h in d.holds) else "no hold that this role may lift"
    hold = next((h for h in d.holds if h.key == (act.kind, act.ref)), None)
    if hold is None:
        return f"there is no {act.kind.value} hold {act.ref}".rstrip()
    return "" if _may_lift(hold, role) else f"{role.value} may not lift a {hold.kind.value} hold"


def _may_lift(hold: Hold, role: Role) -> bool:
    return role is Role.SYSTEM or role in hold.lifted_by


def _allocate(d: Declaration, act: Any, role: Role) -> str:
    return "" if d.hold(HoldKind.QUOTA) else "no quota is waited for"


def _answer(d: Declaration, act: Any, role: Role) -> str:
    open_ = {q.number for q in d.queries if q.is_open}
    if act is None:
        return "" if open_ else "no query is open"
    return "" if act.query in open_ else f"query {act.query} is not open"


def _amend(d: Declaration, act: Any, role: Role) -> str:
    if d.hold(HoldKind.INSPECTION):
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


def _release(d: Declaration, act: Any, role: Role) -> str:
    if d.holds:
        return "held for " + ", ".join(sorted({h.kind.value for h in d.holds}))
    if act is not None and not all(t.met for t in act.terms):
        return "a term of release is not met"
    return ""


def _change_lane(d: Declaration, act: Any, role: Role) -> str:
    if act is None:
        return ""
    if act.lane is d.lane:
        return f"the lane is {act.lane} already"
    return "" if act.reason.strip() else "a change of lane needs a reason"


def _invalidate(d: Declaration, act: Any, role: Role) -> str:
    if role in (Role.BROKER, Role.TRADER) and d.hold(HoldKind.INSPECTION):
        return "customs has announced an examination"
    if d.stage is S.RELEASED and (d.lodged.is_import or d.exited is not None):
        return "after release only exports whose goods have not left are invalidated"
    return "" if act is None or act.reason.strip() else "an invalidation needs a reason"


GUARD: dict[str, Callable[[Declaration, Any, Role], str]] = {
    "Lifted": _lift,
    "QuotaAllocated": _allocate,
    "Answered": _answer,
    "Amended": _amend,
    "Presented": _present,
    "Exited": _exit,
    "Examined": _examine,
    "Paid": _pay,
    "Released": _release,
    "LaneChanged": _change_lane,
    "Invalidated": _invalidate,
}


# --- effects: (declaration, act, at) -> the fields that change ------------------------------------------------------


def _without(d: Declaration, *keys: tuple[HoldKind, str]) -> tuple[Hold, ...]:
    return tuple(h for h in d.holds if h.key not in keys)


def _held(d: Declaration, act: acts.Held, at: datetime) -> dict[str, Any]:
    return {"holds": (*_without(d, act.hold.key), act.hold)}


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
    kept = tuple(h for h in d.holds if h.kind in (HoldKind.QUERY, HoldKind.INSPECTION, HoldKind.AGENCY))
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
        "assessed": None,
        "selection": None,
    }


def _allocated(d: Declaration, act: acts.QuotaAllocated, at: datetime) -> dict[str, Any]:
    return {"quotas": act.allocations, "holds": tuple(h for h in d.holds if h.kind is not HoldKind.QUOTA)}


def _examined(d: Declaration, act: acts.Examined, at: datetime) -> dict[str, Any]:
    if act.examination.conclusion != "conform":
        return {"examined": act.examination}
    kept = tuple(h for h in d.holds if h.kind is not HoldKind.INSPECTION)
    return {"examined": act.examination, "holds": kept}


def _due(d: Declaration, act: acts.Due, at: datetime) -> dict[str, Any]:
    return {"settled": Settlement(act.amount, d.settled.receipts if d.settled else ())}


def _paid(d: Declaration, act: acts.Paid, at: datetime) -> dict[str, Any]:
    settled = d.settled or Settlement(act.receipt.amount)
    settled = replace(settled, receipts=(*settled.receipts, act.receipt))
    kept = d.holds if settled.outstanding.minor else tuple(h for h in d.holds if h.kind is not HoldKind.PAYMENT)
    return {"settled": settled, "holds": kept}


EFFECT: dict[str, Callable[[Declaration, Any, datetime], dict[str, Any]]] = {
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
    "Assessed": lambda d, a, at: {"assessed": a.assessment},
    "LaneAssigned": lambda d, a, at: {"selection": a.selection, "lane": a.selection.lane},
    "LaneChanged": lambda d, a, at: {"lane": a.lane},
    "Held": _held,
    "Lifted": lambda d, a, at: {"holds": _without(d, (a.kind, a.ref))},
    "Queried": _queried,
    "Answered": _answered,
    "Amended": _amended,
    "Examined": _examined,
    "Due": _due,
    "Paid": _paid,
    "Released": lambda d, a, at: {"released": Release(a.terms, at)},
    "Exited": lambda d, a, at: {"exited": a.day},
    "Invalidated": lambda d, a, at: {"invalidated": a.reason, "quotas": ()},
}
