"""The clerk's desk of alarms: declared parties beside listed ones, decided with a reason; pairs known for good by two persons."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customhouse.clearance import party_check
from customhouse.desks import audit, explain, party_alarms
from customhouse.desks.access import allowed, role_of
from customhouse.desks.views.consignment import opened
from customhouse.record.declaration import Declaration, HoldKind, Role
from customhouse.record.flow import NotPermitted
from customhouse.record.party_flow import undecided
from customhouse.record.screening import Verdict
from customhouse.registry import party_decisions, reader, watch_lists, worklist

PAGE = 20
LONGEST = 400


@allowed("party.read")
def show(request: HttpRequest) -> HttpResponse:
    """Declarations that an alarm holds, oldest first; pairs that wait for a second person; the lists that count."""
    after = request.GET.get("after", "")
    found = party_decisions.waiting(PAGE + 1, int(after) if after.isdigit() and len(after) < 18 else 0)
    return _desk(request, found)


def _desk(
    request: HttpRequest, found: tuple[Declaration, ...], typed: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    shown = found[:PAGE]
    for d in shown:
        audit.read(request, "parties", d)
    with reader.system():  # lists and pairs are no office's own; the page is for customs
        proposed, known = party_decisions.proposed(), party_decisions.confirmed()
        lists, waits = watch_lists.counting(), len(worklist.held(HoldKind.SCREENING.value))
    own = worklist.held(HoldKind.PARTY.value)
    context: dict[str, Any] = {
        "sheets": [party_alarms.sheet(request, d, typed) for d in shown],
        "open": sum(1 for d in shown if undecided(d)),
        "held": len(own),
        "next": shown[-1].id if len(found) > PAGE else None,
        "proposed": [(one, party_alarms.shown_alarm(one.alarm, None)) for one in proposed],
        "known": [(one, party_alarms.shown_alarm(one.alarm, None)) for one in known],
        "lists": lists,
        "screening": waits,
        "may_confirm": role_of(request) is Role.SUPERVISOR,
        "fault": (typed or {}).get("fault", ""),
    }
    return render(request, "desks/alarms.html", context, status=status)


@allowed("party.decide")
@require_POST
def decide(request: HttpRequest, number: int) -> HttpResponse:
    """A person says whether the declared party is the listed one. What was typed stays when something is missing."""
    d = opened(request, number, "party.decide")
    typed = {name: request.POST.get(name, "").replace("\x00", "")[:LONGEST] for name in ("alarm", "verdict", "reason")}
    typed["for_good"] = request.POST.get("for_good", "")
    if typed["verdict"] not in list(Verdict):
        return _again(request, d, typed, _("Say whether it is the same party or another"))
    if not typed["reason"].strip():
        return _again(request, d, typed, _("A decision needs a reason"))
    try:
        after = party_check.decide(
            d.id,
            typed["alarm"],
            Verdict(typed["verdict"]),
            typed["reason"].strip(),
            by=request.user.get_username(),
            role=role_of(request),
            for_good=bool(typed["for_good"]),
        )
    except NotPermitted as fault:
        return _again(request, d, typed, _("Not possible now: %(why)s") % {"why": explain.told(fault.why)})
    if after.hold(HoldKind.PARTY) is None:
        messages.success(request, _("Recorded. No party holds the goods any more."))
    else:
        messages.success(request, _("Recorded. The goods stay held."))
    if request.POST.get("from") == "declaration":
        return redirect("declaration", key=after.mrn or after.id)
    return redirect("alarms")


def _again(request: HttpRequest, d: Declaration, typed: dict[str, str], fault: str) -> HttpResponse:
    return _desk(request, (d,), {**typed, "fault": fault}, status=422)


@allowed("party.confirm")
@require_POST
def pair(request: HttpRequest) -> HttpResponse:
    """A second person confirms that a pair is two parties, or takes it back."""
    key, does = request.POST.get("pair", "")[:64], request.POST.get("does", "")
    reason = request.POST.get("reason", "").replace("\x00", "").strip()[:LONGEST]
    if not reason:
        messages.error(request, _("A decision needs a reason"))
        return redirect("alarms")
    by = request.user.get_username()
    try:
        if does == "confirm":
            n = party_check.confirm(key, reason, by=by)
            messages.success(request, _("The pair is known. Alarms decided with it: %(n)d.") % {"n": n})
        elif does == "withdraw":
            party_check.withdraw(key, reason, by=by)
            messages.success(request, _("The pair alarms again."))
        else:
            raise Http404
    except party_decisions.NotTwoPersons:
        messages.error(request, _("Whoever proposed it does not confirm it. Another supervisor must look."))
    except KeyError:
        messages.error(request, _("Somebody was quicker: nothing is proposed for this pair any more."))
    return redirect("alarms")
