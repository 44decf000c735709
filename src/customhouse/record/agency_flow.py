"""The part of the law of motion that other agencies have: holds for them, permits answered, inspections joint and their own.

Guards and effects of the same shape as in `flow`, which takes them into its tables.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from customhouse.record import acts
from customhouse.record.agency import CUSTOMS, JointInspection, Participant
from customhouse.record.declaration import Declaration, Hold, HoldKind, Reason, Role

CONCLUSIONS = ("conform", "discrepancy", "not_done")
JOINT = "joint-inspection"
"""The rule of a reason that is the call of a joint inspection, in the words of whoever called."""
PERMIT = "permit-"
"""How the rule of a reason begins that is about a permit; the code of the document follows."""
LIFTED_BY = (Role.AGENCY, Role.SUPERVISOR)


def hold_for(agency: str, reasons: tuple[Reason, ...], standing: tuple[Hold, ...]) -> Hold:
    """The hold of an agency with these reasons, after those for which it holds already."""
    before = next((h for h in standing if h.key == (HoldKind.AGENCY, agency)), None)
    kept = before.reasons if before else ()
    return Hold(HoldKind.AGENCY, agency, LIFTED_BY, (*kept, *(r for r in reasons if r not in kept)))


def concerned(d: Declaration) -> tuple[str, ...]:
    """The agencies whose business the consignment is now: held for them, seen by or with them, or a permit of theirs used."""
    held = {h.ref for h in d.holds if is_of_an_agency(h)}
    used = {u.agency for u in d.permits} | {e.agency for e in d.agency_examined}
    joined = {p.who for j in d.joint for p in j.participants} - {CUSTOMS}
    return tuple(sorted((held | used | joined) - {""}))


def is_of_an_agency(hold: Hold) -> bool:
    """Whether the hold was raised for another agency by the law or by a joint inspection, not by a customs officer."""
    return hold.kind is HoldKind.AGENCY and Role.AGENCY in hold.lifted_by


def lifts(hold: Hold, act: acts.Lifted, role: Role) -> str:
    """Why this act may not lift the hold of an agency: an agency lifts its own and no other."""
    if role is not Role.AGENCY:
        return "" if act.reason.strip() or role is Role.SYSTEM else "lifting a hold needs a reason"
    if hold.kind is not HoldKind.AGENCY or act.agency != hold.ref:
        return "an agency lifts its own holds only"
    return "" if act.reason.strip() else "lifting a hold needs a reason"


def standing(d: Declaration) -> JointInspection | None:
    """The joint inspection that is not over yet, or None."""
    return next((j for j in d.joint if not j.is_over), None)


def of_joint_inspection(d: Declaration) -> tuple[Hold, ...]:
    """The holds of agencies that a joint inspection still waits for, which an amendment does not take away."""
    joint = standing(d)
    if joint is None:
        return ()
    mine = [h for h in d.holds if is_of_an_agency(h) and joint.awaits(h.ref)]
    return tuple(replace(h, reasons=tuple(r for r in h.reasons if r.rule == JOINT)) for h in mine)


def passed_over(d: Declaration, act: acts.Lifted) -> dict[str, Any]:
    """Whoever's hold is lifted by hand is not waited for any more in a joint inspection: its part was not done."""
    joint = standing(d)
    if joint is None:
        return {}
    who = act.ref if act.kind is HoldKind.AGENCY else CUSTOMS if act.ref == f"joint {joint.number}" else ""
    return {"joint": with_result(d, who, "not_done", act.reason)} if joint.awaits(who) else {}


# --- guards ---------------------------------------------------------------------------------------------------------


def _check(d: Declaration, act: Any, role: Role) -> str:
    return "" if d.hold(HoldKind.PERMIT) else "no permit is waited for"


def _call(d: Declaration, act: Any, role: Role) -> str:
    if (found := standing(d)) is not None:
        return f"joint inspection {found.number} is not over yet"
    if act is None:
        return ""
    if not act.reason.strip():
        return "a joint inspection needs a reason"
    if CUSTOMS in act.invited or len(set(act.invited)) != len(act.invited) or not act.invited:
        return "at least one agency takes part, each once, and customs always does"
    if act.by not in (CUSTOMS, *act.invited) or (role is Role.AGENCY) == (act.by == CUSTOMS):
        return "whoever calls a joint inspection takes part in it"
    return ""


def _fix(d: Declaration, act: Any, role: Role) -> str:
    found = standing(d)
    if found is None:
        return "no joint inspection was called"
    if act is None:
        return ""
    if act.number != found.number:
        return f"joint inspection {act.number} is not open"
    return "" if act.place.strip() else "an appointment needs a place"


def _examine(d: Declaration, act: Any, role: Role) -> str:
    if act is None:
        joint = standing(d)
        invited = joint is not None and any(p.who != CUSTOMS and not p.conclusion for p in joint.participants)
        return "" if invited or any(is_of_an_agency(h) for h in d.holds) else "no agency has anything to inspect"
    found = act.examination
    if found.conclusion not in CONCLUSIONS:
        return f"{found.conclusion!r} is no conclusion"
    if found.joint:
        joint = standing(d)
        awaited = joint is not None and joint.number == found.joint and joint.awaits(found.agency)
        return "" if awaited else f"joint inspection {found.joint} does not wait for {found.agency}"
    held = any(h.key == (HoldKind.AGENCY, found.agency) for h in d.holds)
    return "" if held else f"nothing is held for {found.agency}"


GUARD: dict[str, Callable[[Declaration, Any, Role], str]] = {
    "PermitsChecked": _check,
    "JointInspectionCalled": _call,
    "JointInspectionFixed": _fix,
    "AgencyExamined": _examine,
}


# --- effects --------------------------------------------------------------------------------------------------------


def _checked(d: Declaration, act: acts.PermitsChecked, at: datetime) -> dict[str, Any]:
    return {"permits": act.uses, "holds": tuple(h for h in d.holds if h.kind is not HoldKind.PERMIT)}


def _called(d: Declaration, act: acts.JointInspectionCalled, at: datetime) -> dict[str, Any]:
    number = len(d.joint) + 1
    everybody = tuple(Participant(who) for who in (CUSTOMS, *act.invited))
    why = (Reason(JOINT, act.reason),)
    others = tuple(h for h in d.holds if not (h.kind is HoldKind.AGENCY and h.ref in act.invited))
    agencies = tuple(hold_for(agency, why, d.holds) for agency in act.invited)
    customs = Hold(HoldKind.INSPECTION, f"joint {number}", (Role.SUPERVISOR,), why)
    called = JointInspection(number, act.by, act.reason, everybody)
    return {"joint": (*d.joint, called), "holds": (*others, *agencies, customs)}


def _fixed(d: Declaration, act: acts.JointInspectionFixed, at: datetime) -> dict[str, Any]:
    fixed = (replace(j, place=act.place, at=act.at) if j.number == act.number else j for j in d.joint)
    return {"joint": tuple(fixed)}


def with_result(d: Declaration, who: str, conclusion: str, text: str) -> tuple[JointInspection, ...]:
    """The joint inspections, with the result of `who` in the one that waits for it."""
    return tuple(
        replace(
            j,
            participants=tuple(
                Participant(p.who, conclusion, text) if p.who == who and not p.conclusion else p for p in j.participants
            ),
        )
        for j in d.joint
    )


def _agency_examined(d: Declaration, act: acts.AgencyExamined, at: datetime) -> dict[str, Any]:
    found = act.examination
    changes: dict[str, Any] = {"agency_examined": (*d.agency_examined, found)}
    if found.joint:
        changes["joint"] = with_result(d, found.agency, found.conclusion, found.text)
    if found.conclusion == "conform":
        changes["holds"] = tuple(kept for h in d.holds if (kept := _seen(h, found.agency)) is not None)
    return changes


def _seen(hold: Hold, agency: str) -> Hold | None:
    """What is left of a hold when the agency has found the goods conform: that a permit does not do it must lift itself,
    with a reason."""
    if hold.key != (HoldKind.AGENCY, agency):
        return hold
    reasons = tuple(r for r in hold.reasons if r.rule.startswith(PERMIT))
    return replace(hold, reasons=reasons) if reasons else None


EFFECT: dict[str, Callable[[Declaration, Any, datetime], dict[str, Any]]] = {
    "PermitsChecked": _checked,
    "JointInspectionCalled": _called,
    "JointInspectionFixed": _fixed,
    "AgencyExamined": _agency_examined,
}
