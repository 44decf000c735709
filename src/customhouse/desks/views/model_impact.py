"""What a model would do: tried on all stored declarations and parcels before anybody proposes or approves it."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customhouse.desks import model_impact, models_page, rule_page, rule_words
from customhouse.desks.access import allowed, role_of
from customhouse.desks.views import risk_models
from customhouse.record import access
from customhouse.record.targeting import KeptModel
from customhouse.registry.models_kept import ModelFault
from customhouse.stream.trials import NoParcels

MOST_DAYS = 3650


@allowed("risk.read")
def show(request: HttpRequest, digest: str) -> HttpResponse:
    """The form, how far a trial is, and what the last one found."""
    return _page(request, risk_models.kept(digest))


@allowed("risk.write")
@require_POST
def tried(request: HttpRequest, digest: str) -> HttpResponse:
    """Try the model at the thresholds that were typed, or its own."""
    model = risk_models.kept(digest)
    thresholds, wrong = risk_models.typed(request)
    thresholds = thresholds or (model.proposal.thresholds if model.proposal else ()) or model.thresholds
    if wrong or not thresholds:
        return _page(
            request, model, wrong or _("Say from which probability or expected revenue on it shall speak."), 422
        )
    days, of = request.POST.get("days", ""), request.POST.get("of", "")
    wanted = model_impact.Wanted(
        model,
        thresholds,
        of if of in rule_words.PASTS else "both",  # type: ignore[arg-type]
        min(MOST_DAYS, int(days)) if days.isascii() and days.isdigit() and len(days) < 5 and int(days) else 365,
        request.user.get_username(),
        datetime.now(UTC),
    )
    try:
        is_done = model_impact.begin(wanted)
    except (ModelFault, NoParcels) as fault:
        return _page(request, model, str(fault), 422)
    if not is_done:
        messages.success(request, _("The model is being asked; the page follows."))
    return redirect("model-impact", model.digest)


def _page(request: HttpRequest, model: KeptModel, fault: str = "", status: int = 200) -> HttpResponse:
    found = model_impact.answer(model.digest)
    context = {
        "model": model,
        "word": models_page.STATES[model.state],
        "tone": models_page.TONES[model.state],
        "pasts": rule_words.PASTS.items(),
        "typed": request.POST,
        "own": (model.proposal.thresholds if model.proposal else ()) or model.thresholds,
        "may_write": role_of(request) in access.may("risk.write"),
        "running": model_impact.progress(model.digest),
        "answer": found,
        "tests": [rule_page.back_test(found.found)] if found else [],
        "warnings": [rule_words.caution(w.code, w.text) for w in found.found.warnings] if found else [],
        "fault": fault,
    }
    return render(request, "desks/model_impact.html", context, status=status)
