"""Entry summary declarations: the carrier's list and where files are handed in, one declaration, and the officer's stop."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customhouse.clearance import entry_summary
from customhouse.clearance.entry_summary import NAMES, STOPPERS, NotPermitted, Outcome
from customhouse.desks import words
from customhouse.desks.access import STAFF, allowed, declarant_of, role_of
from customhouse.record.declaration import Role
from customhouse.record.ens import EntryState, Intervention, Rejected
from customhouse.registry import entry_summary as register
from customhouse.registry.entry_summary import EntrySummaryRow, Step

PAGE, LONGEST = 50, 350
READERS = (Role.CARRIER, *STAFF)
MAX_FILES = 50


def opened(request: HttpRequest) -> EntrySummaryRow:
    """The one named by ?mrn (MRN, or the number of one that has none), when this reader may see it; else as if none."""
    key = request.GET.get("mrn") or request.POST.get("mrn", "")
    is_number = key.isascii() and key.isdigit() and len(key) < 18
    try:
        row = register.get(int(key) if is_number else key.upper().replace("\x00", ""))
    except register.UnknownEntrySummary as fault:
        raise Http404 from fault
    own = declarant_of(request)
    if own and row.carrier != own:
        raise Http404
    return row


@allowed("entry_summary.read")
def listed(request: HttpRequest) -> HttpResponse:
    """The list; a carrier also hands in files here."""
    results: list[dict[str, Any]] = []
    if request.method == "POST":
        if role_of(request) is not Role.CARRIER:
            raise Http404
        files = request.FILES.getlist("files")[:MAX_FILES]
        results = [_result(f.name or "", entry_summary.lodge(f.read(), by=declarant_of(request))) for f in files]
        if not results:
            messages.error(request, _("Choose a file first."))
    asked = request.GET.get("q", "").strip().replace("\x00", "")[:80]
    state = request.GET.get("state", "")
    state = state if state in EntryState.__members__ else ""
    before = request.GET.get("before", "")
    rows = register.rows(
        carrier=declarant_of(request),
        text=asked,
        state=state,
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 18 else None,
        limit=PAGE + 1,
    )
    context = {
        "rows": [(row, words.ENTRY_STATES[row.state]) for row in rows[:PAGE]],
        "more": urlencode({"q": asked, "state": state, "before": rows[PAGE - 1].id}) if len(rows) > PAGE else "",
        "said": asked,
        "state": state,
        "states": words.ENTRY_STATES,
        "results": results,
        "may_lodge": role_of(request) is Role.CARRIER,
    }
    bad = any(r["problems"] or r["errors"] for r in results)
    return render(request, "desks/entry_summaries.html", context, status=422 if bad else 200)


def _result(name: str, outcome: Outcome) -> dict[str, Any]:
    errors = outcome.step.decision.errors if outcome.step and isinstance(outcome.step.decision, Rejected) else ()
    return {
        "name": name,
        "word": words.ENTRY_RESULTS[outcome.result],
        "good": outcome.result in ("new", "same") and not errors,
        "row": outcome.row if outcome.result != "other" else None,
        "problems": outcome.problems,
        "errors": () if outcome.problems else errors,
    }


@allowed("entry_summary.read")
def show(request: HttpRequest) -> HttpResponse:
    """One entry summary declaration with its goods and answers; with &n=2 the second answer as the message it is."""
    if not request.GET.get("mrn"):
        return redirect("entry-summaries")
    row = opened(request)
    steps = register.steps(row.id)
    if wanted := request.GET.get("n", ""):
        step = next((s for s in steps if str(s.number) == wanted), None)
        if step is None:
            raise Http404
        return _kept(entry_summary.answer(row, step), f"{row.mrn or row.lrn}-{NAMES[step.kind]}")
    return _sheet(request, row, steps)


def _sheet(
    request: HttpRequest, row: EntrySummaryRow, steps: tuple[Step, ...], fault: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "row": row,
        "state": words.ENTRY_STATES[row.state],
        "mode": words.MODES.get(row.mode, row.mode),
        "declared": entry_summary.declared(row),
        "told": [_told(step) for step in reversed(steps)],
        "may_stop": role_of(request) in STOPPERS and row.state is not EntryState.REJECTED,
        "fault": fault,
        "typed": request.POST.get("reason", ""),
    }
    return render(request, "desks/entry_summary.html", context, status=status)


def _told(step: Step) -> dict[str, Any]:
    decision = step.decision
    return {
        "step": step,
        "name": NAMES[step.kind],
        "word": words.ENTRY_STEPS[step.kind],
        "errors": decision.errors if isinstance(decision, Rejected) else (),
        "stops": decision.interventions if isinstance(decision, Intervention) else (),
    }


def _kept(data: bytes, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type="application/xml")
    safe = "".join(c if c.isalnum() or c in "-." else "_" for c in name)
    response["Content-Disposition"] = f'attachment; filename="{safe}.xml"'
    return response


@allowed("entry_summary.stop")
@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    """Send the carrier word not to load: an officer's intervention, with its reason."""
    row = opened(request)
    reason = request.POST.get("reason", "").strip().replace("\x00", "")
    item = request.POST.get("item", "")
    if not reason or len(reason) > LONGEST:
        fault = _("Give a reason of at most %(n)d characters.") % {"n": LONGEST}
        return _sheet(request, row, register.steps(row.id), fault, status=422)
    try:
        entry_summary.intervene(
            row.id,
            reason,
            by=request.user.get_username(),
            role=role_of(request),
            item=int(item) if item.isascii() and item.isdigit() and len(item) < 6 else None,
        )
    except NotPermitted as why:
        messages.error(request, _("Not possible now: %(why)s") % {"why": why})
    else:
        messages.success(request, _("The carrier has been told not to load."))
    return redirect(f"{reverse('entry-summary')}?{urlencode({'mrn': row.mrn or row.id})}")
