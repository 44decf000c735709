"""Lodge: type a declaration, or hand in files; whatever is wrong is shown with its place and nothing typed is lost."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from customhouse.clearance import lodge
from customhouse.clearance.file import context_now
from customhouse.desks.access import declarant_of, roles
from customhouse.desks.lodge_form import CHOICES, HEADER, ITEM, ITEM_DEFAULTS, Draft, field_of
from customhouse.kernel.problem import Problem
from customhouse.record import codec
from customhouse.record.declaration import Role

MOST_FILES = 50


@roles(Role.BROKER)
def form(request: HttpRequest) -> HttpResponse:
    """The form; posting it lodges, adds an item or removes one."""
    if request.method != "POST":
        suggestion = f"{declarant_of(request)[-4:]}-{datetime.now(UTC):%y%m%d-%H%M%S}"
        return _show(request, Draft.fresh(suggestion), (), fresh=True)
    draft = Draft.of(request.POST)
    if "add" in request.POST:
        draft.items.append(dict(ITEM_DEFAULTS))
        return _show(request, draft, ())
    if (gone := request.POST.get("remove", "")).isdigit() and len(draft.items) > 1:
        draft.items = [item for n, item in enumerate(draft.items, 1) if n != int(gone)]
        return _show(request, draft, ())
    return _lodge(request, draft)


def _lodge(request: HttpRequest, draft: Draft) -> HttpResponse:
    trader = request.user.trader  # type: ignore[union-attr]
    lodged = draft.lodgement(declarant_of(request), trader.name)
    if draft.faults:
        return _show(request, draft, tuple(draft.faults))
    outcome = lodge.lodge_read(lodged, codec.encode(lodged), by=request.user.get_username(), format="json")
    if outcome.kind in ("new", "same") and outcome.declaration is not None:
        for problem in outcome.problems:
            messages.warning(request, str(problem))
        messages.success(request, _("Accepted as %(mrn)s") % {"mrn": outcome.declaration.mrn})
        request.session["lodged"] = True
        return redirect("declaration", key=outcome.declaration.mrn or outcome.declaration.id)
    return _show(request, draft, outcome.problems)


def _show(request: HttpRequest, draft: Draft, problems: tuple[Problem, ...], *, fresh: bool = False) -> HttpResponse:
    by_field: dict[str, Problem] = {}
    for problem in problems:
        by_field.setdefault(field_of(problem.where), problem)

    def filled(fields: Any, values: dict[str, str], prefix: str = "") -> list[dict[str, Any]]:
        return [
            {
                "name": prefix + name,
                "label": label,
                "kind": kind,
                "value": values.get(name, ""),
                "choices": CHOICES.get(kind),
                "fault": by_field.get(prefix + name),
            }
            for name, label, kind, _path in fields
        ]

    context = {
        "header": filled(HEADER, draft.header),
        "items": [filled(ITEM, item, f"item-{n}-") for n, item in enumerate(draft.items, 1)],
        "problems": [(p, field_of(p.where)) for p in problems],
        "fresh": fresh,
    }
    return render(request, "desks/lodge.html", context, status=422 if problems else 200)


@require_POST
@roles(Role.BROKER)
def upload(request: HttpRequest) -> HttpResponse:
    """Several files at once; each gets its own answer."""
    own, by = declarant_of(request), request.user.get_username()
    outcomes = [(file.name or "", _take(file.read(), own, by)) for file in request.FILES.getlist("files")[:MOST_FILES]]
    if not outcomes:
        messages.error(request, _("Choose one or more files first"))
        return redirect("lodge")
    return render(request, "desks/uploaded.html", {"outcomes": outcomes})


upload.roles = (Role.BROKER,)  # type: ignore[attr-defined]


def _take(data: bytes, own: str, by: str) -> lodge.Outcome:
    """Lodge one file for the reader's trader; a declaration of another declarant is not taken."""
    format = lodge.sniff(data)
    try:
        lodged = lodge.GATES[format](data)
    except lodge.Refusal as refusal:
        return lodge.Outcome("unreadable", None, refusal.problems)
    if lodged.declarant_id != own:
        wrong = Problem(
            "NotYours",
            f"You lodge for {own}; this names another declarant",
            "Declarant/ID",
            "Use the account of that declarant",
            lodged.declarant_id[:40],
        )
        return lodge.Outcome("unreadable", None, (wrong,))
    return lodge.lodge_read(lodged, data, by=by, format=format)


@require_GET
@roles(Role.BROKER)
def tariff(request: HttpRequest) -> HttpResponse:
    """The words of the tariff for the code being typed."""
    code = next((v for k, v in request.GET.items() if k.endswith("-code")), "")
    digits = "".join(c for c in code if c.isdigit())[:10]
    law = context_now().law
    line = law.line(digits) if len(digits) >= 2 else None
    language = (get_language() or "en")[:2]
    words = f"{line.code} {line.text.get(language, line.text['en'])}" if line else ""
    unit = _(" (quantity in %(unit)s)") % {"unit": line.unit} if line and line.unit else ""
    return render(request, "desks/parts/tariff.html", {"words": words + unit, "asked": digits})


tariff.roles = (Role.BROKER,)  # type: ignore[attr-defined]
