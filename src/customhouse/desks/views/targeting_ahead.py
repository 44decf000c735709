"""Looks asked for on goods that nobody has declared yet: by transport document, container or means of transport."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST

from customhouse.desks import explain, targeting_words
from customhouse.desks.access import allowed, role_of
from customhouse.desks.small_form import Field, Form, Mistake
from customhouse.offices.risk import overruling
from customhouse.offices.risk.network import shown, thing_key
from customhouse.record import access
from customhouse.record.declaration import Mark
from customhouse.record.lanes import Lane
from customhouse.registry import ahead

DAYS, FURTHEST = 60, 366
LONGEST, NUMBER = 2000, 70
OFFERED = (Lane.RED, Lane.YELLOW)


@allowed("targeting.read")
def show(request: HttpRequest) -> HttpResponse:
    return _page(
        request, _form({"kind": request.GET.get("kind", ""), "number": request.GET.get("number", "")[:NUMBER]})
    )


@allowed("targeting.act")
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a look at what comes."""
    typed = request.POST.dict()
    try:
        kind, number, mark, until = _filled(typed)
    except Mistake as fault:
        return _page(request, _form(typed, str(fault)), status=422)
    ahead.wish(kind, thing_key(number), number, mark, until, request.user.get_username())
    messages.success(request, _("Recorded."))
    return redirect("risk-ahead")


@allowed("targeting.act")
@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a wish back, for a reason."""
    reason = request.POST.get("reason", "").strip().replace("\x00", "")[:LONGEST]
    if not reason:
        messages.error(request, _("%(field)s is missing") % {"field": _("In your words")})
    elif ahead.take_back(pk, reason, request.user.get_username()):
        messages.success(request, _("Recorded."))
    else:
        messages.error(request, _("This wish does not stand, or is another office’s."))
    return redirect("risk-ahead")


def _page(request: HttpRequest, form: Form, status: int = 200) -> HttpResponse:
    wishes = ahead.standing(datetime.now(UTC).date())
    codes = targeting_words.SELECT
    context: dict[str, Any] = {
        "wishes": [(one, targeting_words.KINDS[one.kind], codes.get(one.code, "")) for one in wishes],
        "form": form,
        "may_act": role_of(request) in access.may("targeting.act"),
    }
    return render(request, "desks/risk_ahead.html", context, status=status)


def _form(typed: dict[str, str], fault: str = "") -> Form:
    until = (datetime.now(UTC).date() + timedelta(DAYS)).isoformat()
    fields = (
        Field("kind", lazy("What"), "choice", tuple((k, targeting_words.KINDS[k]) for k in ahead.KINDS)),
        Field("number", lazy("Number"), "text"),
        Field("lane", lazy("To"), "choice", tuple((lane.value, explain.lane(lane)) for lane in OFFERED)),
        Field("code", lazy("Why"), "choice", tuple(targeting_words.SELECT.items())),
        Field("reason", lazy("In your words")),
        Field("until", lazy("Last day"), "date", value=until),
    )
    filled = tuple(msgspec.structs.replace(f, value=typed.get(f.name) or f.value) for f in fields)
    title = lazy("Ask for a look when the goods come")
    return Form("ask", "", title, title, "eye", filled, main=True, fault=fault)


def _filled(typed: dict[str, str]) -> tuple[str, str, Mark, date]:
    """(kind, number, mark, last day). Raises Mistake."""
    for name, label, known in (
        ("kind", _("What"), ahead.KINDS),
        ("lane", _("To"), OFFERED),
        ("code", _("Why"), overruling.SELECT),
    ):
        if typed.get(name) not in known:
            raise Mistake(_("%(field)s: choose one of the list") % {"field": label})
    number, reason = shown(typed.get("number", "")), typed.get("reason", "").strip().replace("\x00", "")
    if len(thing_key(number)) < 4 or len(number) > NUMBER:
        raise Mistake(_("The number has at least four letters or digits"))
    if not reason:
        raise Mistake(_("%(field)s is missing") % {"field": _("In your words")})
    if len(reason) > LONGEST:
        raise Mistake(_("%(field)s is longer than %(n)d characters") % {"field": _("In your words"), "n": LONGEST})
    return typed["kind"], number, Mark(Lane(typed["lane"]), reason, typed["code"]), _day(typed.get("until", ""))


def _day(text: str) -> date:
    today = datetime.now(UTC).date()
    try:
        until = date.fromisoformat(text.strip())
    except ValueError as fault:
        raise Mistake(_("%(field)s is not a date; write it as 2026-12-31") % {"field": _("Last day")}) from fault
    if not today <= until <= today + timedelta(FURTHEST):
        raise Mistake(_("The last day lies between today and a year from now"))
    return until
