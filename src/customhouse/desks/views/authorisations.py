"""Authorisations: a trader says who may declare for it, and takes that back; a broker sees for whom it may."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customhouse.desks import audit, explain
from customhouse.desks.access import allowed, declarant_of, role_of
from customhouse.record import access
from customhouse.record.declaration import Role
from customhouse.registry import accounts, authorisations, people
from customhouse.registry.authorisations import NotAuthorisable


@allowed("authorisation.list")
def show(request: HttpRequest) -> HttpResponse:
    """Those that the reader's trader gave or holds; an administrator sees all."""
    return _page(request)


def _page(request: HttpRequest, typed: dict[str, Any] | None = None, fault: str = "") -> HttpResponse:
    role, today = role_of(request), datetime.now(UTC).date()
    own = "" if role is Role.ADMINISTRATOR else declarant_of(request)
    if not own:
        given, held = authorisations.everyone(), ()
    else:
        given, held = authorisations.given(own), authorisations.held(own)
    context = {
        "given": [(a, a.stands(today)) for a in given],
        "held": [(a, a.stands(today)) for a in held],
        "may_grant": role in access.may("authorisation.grant"),
        "may_revoke": role in access.may("authorisation.revoke"),
        "is_everyone": not own,
        "brokers": [p for p in people.traders() if p.number != own],
        "typed": typed or {"since": today.isoformat()},
        "fault": fault,
    }
    return render(request, "desks/authorisations.html", context, status=422 if fault else 200)


@allowed("authorisation.grant")
@require_POST
def grant(request: HttpRequest) -> HttpResponse:
    """Authorise a broker."""
    typed, own, by = request.POST.dict(), declarant_of(request), request.user.get_username()
    try:
        number = authorisations.grant(
            own,
            str(typed.get("broker", "")).strip().upper()[:35],
            by=by,
            since=_day(typed.get("since", ""), _("From")) or datetime.now(UTC).date(),
            until=_day(typed.get("until", ""), _("Until before")),
            procedures=str(typed.get("procedures", "")).replace(",", " ").split()[:50],
            reads="reads" in typed,
        )
    except NotAuthorisable as fault:
        return _page(request, typed, explain.told(str(fault)))
    accounts.note(
        "authorisation given", by, detail=f"{number}: {own} to {typed.get('broker')}", address=audit.address(request)
    )
    messages.success(request, _("The broker is authorised."))
    return redirect("authorisations")


@allowed("authorisation.revoke")
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an authorisation back at once."""
    by = request.user.get_username()
    own = "" if role_of(request) is Role.ADMINISTRATOR else declarant_of(request)
    try:
        authorisations.revoke(pk, by=by, trader=own)
    except NotAuthorisable as fault:
        return _page(request, fault=explain.told(str(fault)))
    accounts.note("authorisation revoked", by, detail=str(pk), address=audit.address(request))
    messages.success(request, _("The authorisation is revoked, from this moment on."))
    return redirect("authorisations")


def _day(text: Any, label: str) -> date | None:
    try:
        return date.fromisoformat(str(text).strip()) if str(text).strip() else None
    except ValueError as fault:
        raise NotAuthorisable(_("%(field)s is not a date; write it as 2026-12-31") % {"field": label}) from fault
