"""The analyst's desk: versions of targeting models with their cards, live beside candidate, drift with alarms, thresholds tried out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customhouse.clearance import compare as back_test
from customhouse.clearance import drift as monitors
from customhouse.clearance import scorer
from customhouse.desks import models_page
from customhouse.desks.access import allowed, role_of
from customhouse.record import access
from customhouse.record.lanes import Lane
from customhouse.record.targeting import KeptModel, ModelState, ModelStep, Threshold, Thresholds, faults, refusal
from customhouse.registry import models_kept
from customhouse.registry.models_kept import ModelFault

SUPERVISORS = frozenset({ModelStep.PUBLISHED, ModelStep.ROLLED_BACK, ModelStep.RETIRED})
"""Steps that change what the line asks: for a supervisor."""

BUTTONS = {
    ModelStep.SHADOWED: lambda: _("Put into the shadow"),
    ModelStep.PROPOSED: lambda: _("Propose for publication"),
    ModelStep.PUBLISHED: lambda: _("Approve and publish"),
    ModelStep.WITHDRAWN: lambda: _("Withdraw the proposal"),
    ModelStep.ROLLED_BACK: lambda: _("Go back to this version"),
    ModelStep.RETIRED: lambda: _("Retire"),
}
OPEN = frozenset(BUTTONS)
WITH_THRESHOLDS = frozenset({ModelStep.SHADOWED, ModelStep.PROPOSED})


@allowed("risk.read")
def show(request: HttpRequest) -> HttpResponse:
    """Every version, what waits for another person, alarms that nobody has answered."""
    found = models_kept.models()
    context = {
        "rows": [_row(m) for m in found],
        "live": next((m for m in found if m.state is ModelState.LIVE), None),
        "alarms": [(w, models_page.ALARMS[a.kind], a) for w in models_kept.open_alarms() for a in w.report.alarms][:20],
        "silent": sorted(scorer.shelf.faults.items()),
        "candidates": [m for m in found if m.state in (ModelState.CANDIDATE, ModelState.SHADOW)],
    }
    return render(request, "desks/models.html", context)


def _row(m: KeptModel) -> dict[str, Any]:
    return {
        "model": m,
        "word": models_page.STATES[m.state],
        "tone": models_page.TONES[m.state],
        "source": models_page.SOURCES[m.facts.source],
        "auc": m.facts.measured.get("auc"),
        "p5": m.facts.measured.get("p@5"),
    }


@allowed("risk.read")
def one(request: HttpRequest, digest: str) -> HttpResponse:
    """The card of a version with its curves, what thresholds would choose, its history, and the steps that may be taken."""
    return _page(request, kept(digest))


def _page(request: HttpRequest, model: KeptModel, fault: str = "", status: int = 200) -> HttpResponse:
    tried, wrong = typed(request)
    context = _row(model) | {
        "thresholds": model.thresholds,
        "measured": models_page.measured(model),
        "unbiased": model.facts.unbiased.get("declarations"),
        "curves": [(word, models_page.curve(model.facts.curves.get(name, ()))) for name, word in _curves()],
        "calibration": models_page.calibration(model.facts.calibration),
        "steps": [(models_page.STEPS[s.step], s) for s in reversed(model.steps)],
        "forms": _forms(request, model),
        "typed": request.POST if request.method == "POST" else request.GET,
        "fault": fault or wrong,
        "tried": tried,
    }
    if tried and not wrong:
        context |= _what_if(model, tried)
    return render(request, "desks/model.html", context, status=status)


def _curves() -> tuple[tuple[str, str], ...]:
    return (("by probability", _("By probability")), ("by expected revenue", _("By expected revenue")))


def _what_if(model: KeptModel, tried: Thresholds) -> dict[str, Any]:
    """What these thresholds would have chosen lately, by office."""
    try:
        opened = scorer.opened(model.digest, models_kept.contents(model.digest))
    except ModelFault as fault:
        return {"fault": str(fault)}
    asked = back_test.ask(opened, back_test.recent(datetime.now(UTC)))
    return {
        "offices": back_test.at_offices(asked, tried, back_test.days_of(asked)),
        "days": back_test.DAYS,
        "asked": len(asked),
    }


def typed(request: HttpRequest) -> tuple[Thresholds, str]:
    """The thresholds that were typed, and what is wrong with them."""
    data = request.POST if request.method == "POST" else request.GET
    out: list[Threshold] = []
    try:
        for name, lane in (("yellow", Lane.YELLOW), ("red", Lane.RED)):
            if said := data.get(name, "").strip():
                out.append(Threshold(lane, float(said.replace(",", ".").replace("%", "")) / 100))
        if said := data.get("revenue", "").strip():
            out.append(Threshold(Lane.YELLOW, float(said.replace(" ", "").replace(",", ".")) * 100, "revenue"))
    except ValueError:
        return (), _(
            "Write each threshold as a number: a probability in percent, an expected revenue in the national currency"
        )
    wrong = faults(tuple(out))
    return tuple(out), "; ".join(wrong)


def _forms(request: HttpRequest, model: KeptModel) -> list[dict[str, Any]]:
    """The steps that this reader may take with this version now."""
    by = request.user.get_username()
    return [
        {
            "where": reverse("model-decide" if step in SUPERVISORS else "model-step", args=[model.digest, step.value]),
            "name": step.value,
            "word": BUTTONS[step](),
            "thresholds": step in WITH_THRESHOLDS,
            "danger": step is ModelStep.RETIRED,
        }
        for step in BUTTONS
        if _is_open(request, step) and not refusal(model, step, by)
    ]


def _is_open(request: HttpRequest, step: ModelStep) -> bool:
    return role_of(request) in access.may("risk.approve" if step in SUPERVISORS else "risk.write")


@allowed("risk.write")
@require_POST
def step(request: HttpRequest, digest: str, name: str) -> HttpResponse:
    """Put a version into the shadow, propose it, or withdraw the proposal."""
    return _taken(request, kept(digest), name, OPEN - SUPERVISORS)


@allowed("risk.approve")
@require_POST
def decide(request: HttpRequest, digest: str, name: str) -> HttpResponse:
    """Publish what somebody else has proposed, go back to a version, or take one off the line."""
    return _taken(request, kept(digest), name, SUPERVISORS)


def _taken(request: HttpRequest, model: KeptModel, name: str, steps: frozenset[ModelStep]) -> HttpResponse:
    if name not in {s.value for s in steps}:
        raise Http404
    kind = ModelStep(name)
    thresholds, wrong = typed(request) if kind in WITH_THRESHOLDS else ((), "")
    if wrong:
        return _page(request, model, wrong, 422)
    reason = request.POST.get("reason", "").replace("\x00", "")[:1000]
    try:
        models_kept.take(
            model.digest,
            kind,
            by=request.user.get_username(),
            at=datetime.now(UTC),
            reason=reason,
            thresholds=thresholds,
        )
    except ModelFault as fault:
        return _page(request, model, str(fault), 422)
    messages.success(request, _("Recorded."))
    return redirect("model", model.digest)


@allowed("risk.read")
def compare(request: HttpRequest) -> HttpResponse:
    """The live version beside another, asked about the same recent declarations."""
    found = models_kept.models()
    live = next((m for m in found if m.state is ModelState.LIVE), None)
    other = request.GET.get("with", "")
    context: dict[str, Any] = {
        "live": live,
        "others": [m for m in found if m is not live],
        "other": other,
        "days": back_test.DAYS,
    }
    if other:
        wanted = [kept(d).digest for d in ([live.digest] if live else []) + [other]]
        try:
            told = back_test.side_by_side(wanted, datetime.now(UTC))
        except ModelFault as fault:
            context["fault"] = str(fault)
        else:
            context["compared"] = [
                (models_kept.one(c.digest), models_page.STATES[models_kept.one(c.digest).state], c) for c in told
            ]
            context["rows"] = [
                (word, [c.measured.get(n) for c in told])
                for n, word in models_page.MEASURES
                if any(n in c.measured for c in told)
            ]
            context["offices"] = _offices(told)
    return render(request, "desks/models_compare.html", context)


def _offices(told: tuple[back_test.Compared, ...]) -> list[tuple[str, list[Any]]]:
    """Each office with what every version would choose there."""
    names = sorted({o.office for c in told for o in c.offices})
    return [(name, [next((o for o in c.offices if o.office == name), None) for c in told]) for name in names]


@allowed("risk.read")
def drift(request: HttpRequest) -> HttpResponse:
    """What the monitors saw of the live version (or another), the newest first, with alarms and their answers."""
    live = models_kept.live()
    digest = request.GET.get("model", "") or (live.digest if live else "")
    model = kept(digest) if digest else None
    fault = ""
    if request.method == "POST" and model is not None:
        if role_of(request) not in access.may("risk.write"):
            raise PermissionDenied
        try:
            monitors.watch(model.digest, datetime.now(UTC))
            return redirect(request.get_full_path())
        except ModelFault as why:
            fault = str(why)
    reports = models_kept.watched(model.digest, 20) if model else ()
    last = next((w for w in reports if w.report.rows), None)
    context: dict[str, Any] = {"model": model, "reports": [(w, [(models_page.ALARMS[a.kind], a) for a in w.report.alarms]) for w in reports],
                               "last": last, "fewest": FEWEST, "fault": fault, "may_write": role_of(request) in access.may("risk.write")}  # fmt: skip
    if last is not None:
        context |= {"bars": models_page.bars(last.report, PSI, FEWEST), "cusum": models_page.cusum(last.report, CUSUM), "psi_limit": PSI,
                    "calibration": models_page.calibration([(p, f) for p, f, _n in last.report.calibration])}  # fmt: skip
    return render(request, "desks/models_drift.html", context, status=422 if fault else 200)


PSI, CUSUM, FEWEST = 0.25, 8.0, 200
"""Limits of the monitors (`labs.targeting.drift.LIMITS`), for pages of houses without the extra; a test holds them together."""


@allowed("risk.write")
@require_POST
def answer(request: HttpRequest, number: int) -> HttpResponse:
    """Say what was done about the alarms of a report."""
    reason = request.POST.get("reason", "").replace("\x00", "")
    try:
        models_kept.answer_alarms(number, by=request.user.get_username(), at=datetime.now(UTC), reason=reason)
    except KeyError as fault:
        raise Http404 from fault
    except ModelFault as fault:
        messages.error(request, str(fault))
    else:
        messages.success(request, _("Recorded."))
    return redirect("models-drift")


def kept(digest: str) -> KeptModel:
    """The version of that hash. Raises Http404."""
    try:
        return models_kept.one(digest)
    except KeyError as fault:
        raise Http404 from fault
