"""The desk of an agency: what waits for it, one consignment as it may see it, and the view of who waits for whom."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST

from customhouse.clearance import agency as room
from customhouse.clearance.permit import Actor, law_now
from customhouse.desks import act_forms, agency_sees, explain, joint_forms, words
from customhouse.desks.access import allowed
from customhouse.desks.agency_sees import agency_name
from customhouse.desks.joint_forms import REASON
from customhouse.desks.small_form import Field, Form, Mistake
from customhouse.desks.views.consignment import law_of
from customhouse.desks.views.permits import MOST, actor_of
from customhouse.law.book import Law
from customhouse.record.agency import CUSTOMS
from customhouse.record.agency_flow import is_of_an_agency
from customhouse.record.declaration import Declaration, HoldKind, Role
from customhouse.record.flow import NotPermitted, permitted
from customhouse.registry import agencies, files, people, permits, worklist


@allowed("agency.work")
def desk(request: HttpRequest) -> HttpResponse:
    """What waits for this agency: applications, consignments held for it, joint inspections."""
    actor, law = actor_of(request), law_now()
    held = agencies.held(actor.agency) if actor.agency else ()
    rows = [{"d": h.declaration, "since": h.lodged_at, "why": _why(h.declaration, actor.agency, law)} for h in held]
    joint = [(h.declaration, j) for h in held for j in h.declaration.joint if j.awaits(actor.agency)]
    waiting = permits.rows(permits.Wanted(agency=actor.agency, states=("APPLIED", "QUERIED"))) if actor.agency else ()
    context = {
        "agency": agency_name(actor.agency, law),
        "holders": people.names(r.permit.holder for r in waiting),
        "applications": [(r, explain.document(r.permit.document, law)) for r in waiting if r.permit.state == "APPLIED"],
        "asked": [(r, explain.document(r.permit.document, law)) for r in waiting if r.permit.state == "QUERIED"],
        "held": rows,
        "joint": joint,
    }
    return render(request, "desks/agency.html", context)


def _why(d: Declaration, agency: str, law: Law | None) -> list[str]:
    hold = next((h for h in d.holds if h.key == (HoldKind.AGENCY, agency)), None)
    return [explain.reason(r, law) for r in hold.reasons] if hold else []


def opened(request: HttpRequest, number: int) -> tuple[Declaration, Actor]:
    """The declaration, when it is the business of the reader's agency; else the page of one that does not exist."""
    actor = actor_of(request)
    try:
        d = files.get(number if number < MOST else 0)
    except files.UnknownDeclaration as fault:
        raise Http404 from fault
    if not room.concerns(d, actor.agency):
        raise Http404
    return d, actor


@allowed("agency.work")
def consignment(request: HttpRequest, consignment: int) -> HttpResponse:
    """One consignment, as far as this agency may see it."""
    d, actor = opened(request, consignment)
    return _sheet(request, d, forms(d, actor, law_now()))


def _sheet(request: HttpRequest, d: Declaration, shown: list[Form], status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    law = law_of(d, files.entries(d.id)[0])
    context = {
        "d": d,
        "agency": agency_name(actor.agency, law),
        **agency_sees.shown(d, actor.agency, law),
        "forms": shown,
        "action": reverse("agency-act", args=[d.id, "x"])[:-1],
        "is_over": d.stage in words.OVER,
    }
    return render(request, "desks/agency_consignment.html", context, status=status)


# --- what an agency may do at a consignment ----------------------------------------------------------------------------

LONGEST = 30  # consignments on the page of who waits for whom
CONCLUSION = Field("conclusion", lazy("Conclusion"), "choice", tuple(words.CONCLUSIONS.items()))
SEEN = Field("text", lazy("What was seen"), required=False)


def forms(d: Declaration, actor: Actor, law: Law) -> list[Form]:
    """The forms that are open to this agency now."""
    may = permitted(d, Role.AGENCY)
    held = any(h.key == (HoldKind.AGENCY, actor.agency) for h in d.holds)
    joint = room.joint_of(d, actor.agency)
    shown: list[Form] = []
    if "AgencyExamined" in may and (held or joint):
        title = lazy("Result of the joint inspection") if joint else lazy("What we found")
        shown.append(
            Form("examined", "AgencyExamined", title, lazy("Record the result"), "eye", (CONCLUSION, SEEN), main=True)
        )
    if "Lifted" in may and held:
        shown.append(Form("lift", "Lifted", lazy("Lift our hold"), lazy("Lift the hold"), "tick", (REASON,)))
    if "JointInspectionFixed" in may and joint:
        shown.append(joint_forms.appointment())
    if "JointInspectionCalled" in may:
        shown.append(joint_forms.invitation(law, besides=actor.agency))
    return shown


def _examined(d: Declaration, filled: Mapping[str, str], actor: Actor) -> Declaration:
    conclusion = filled.get("conclusion", "")
    if conclusion not in words.CONCLUSIONS:
        raise Mistake(_("%(field)s: choose one of the list") % {"field": _("Conclusion")})
    said = filled.get("text", "").replace("\x00", "").strip()[: act_forms.LONGEST]
    if conclusion != "conform" and not said:
        raise Mistake(_("Say what was seen"))
    return room.examined(d.id, conclusion, said, actor=actor, joint=room.joint_of(d, actor.agency))


def _lift(d: Declaration, filled: Mapping[str, str], actor: Actor) -> Declaration:
    said = filled.get("reason", "").replace("\x00", "").strip()[: act_forms.LONGEST]
    if not said:
        raise Mistake(_("%(field)s is missing") % {"field": _("Reason")})
    return room.lift_for(d.id, actor.agency, said, actor=actor)


DO = {"examined": _examined, "lift": _lift, "call": joint_forms.call, "fix": joint_forms.fix}


@allowed("agency.act")
@require_POST
def act(request: HttpRequest, consignment: int, name: str) -> HttpResponse:
    """Record an act of the agency; whether it may be recorded is decided by the flow, not here."""
    d, actor = opened(request, consignment)
    if name not in DO:
        raise Http404
    filled = request.POST.dict()
    try:
        DO[name](d, filled, actor)
    except NotPermitted as fault:
        messages.error(request, _("Not possible now: %(why)s") % {"why": explain.told(fault.why)})
    except Mistake as fault:
        shown = act_forms.again(forms(d, actor, law_now()), name, filled, str(fault))
        return _sheet(request, d, shown, status=422)
    else:
        messages.success(request, _("Recorded."))
    return redirect("agency-consignment", d.id)


# --- the whole of government ------------------------------------------------------------------------------------------


@allowed("government.read")
def government(request: HttpRequest) -> HttpResponse:
    """Who waits for whom, since when: every agency by office, applicants and agencies, and the holds of customs."""
    law = law_now()
    held = agencies.held()
    lines: dict[tuple[str, str], list[datetime]] = {}
    for one in held:
        office = one.declaration.lodged.office or one.declaration.lodged.presentation_office
        for code in one.agencies:
            lines.setdefault((code, office), []).append(one.lodged_at)
    offices = law.contents.offices
    waits = worklist.waiting()
    context = {
        "lines": [
            (
                agency_name(code, law),
                code,
                explain.in_language(offices[office]) if office in offices else office,
                len(at),
                min(at),
            )
            for (code, office), at in sorted(lines.items())
        ],
        "queues": [(agency_name(q.agency, law), q.state == "APPLIED", q.count, q.oldest) for q in permits.queues()],
        "customs": [
            (kind.value, words.HOLDS[kind], n) for kind in words.HOLDS if (n := waits.holds.get(kind.value, 0))
        ],
        "total": waits.total,
        "is_cut": len(held) >= agencies.MOST,
        "longest": _longest(request, held, law),
    }
    return render(request, "desks/government.html", context)


def _longest(request: HttpRequest, held: tuple[agencies.Held, ...], law: Law) -> list[dict[str, Any]]:
    """The consignments that wait longest, with everybody they wait for; an agency is shown those that are its business."""
    actor = actor_of(request)
    is_agency = actor.role is Role.AGENCY
    where = "agency-consignment" if is_agency else "declaration"
    shown = [one for one in held if not is_agency or room.concerns(one.declaration, actor.agency)]
    rows = []
    for one in shown[:LONGEST]:
        d = one.declaration
        who = [agency_name(code, law) for code in one.agencies]
        if any(h.kind is not HoldKind.PAYMENT and not is_of_an_agency(h) for h in d.holds):
            who.append(agency_name(CUSTOMS, law))
        rows.append({"d": d, "since": one.lodged_at, "who": who, "where": reverse(where, args=[d.id])})
    return rows
