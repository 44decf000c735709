"""The desk of the supervisor for deferment and guarantee accounts: opened, changed and closed, each time with a reason."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from customhouse.clearance import facility
from customhouse.desks import money_words
from customhouse.desks.access import allowed
from customhouse.kernel.money import Money
from customhouse.record.account import LIMITED, AccountKind
from customhouse.registry import lawbook, people, treasury
from customhouse.registry.treasury import LimitRefused


@allowed("facility.grant")
def show(request: HttpRequest) -> HttpResponse:
    """Every account with its limit; a form opens one, a form beside each changes or closes it."""
    context: dict[str, Any] = {}
    if request.method == "POST":
        try:
            on = _done(request)
        except LimitRefused as fault:
            context = {"fault": money_words.LIMITS.get(str(fault), str(fault)), "typed": request.POST.dict()}
        except (ValueError, ArithmeticError):
            context = {"fault": _("Write each amount as a number"), "typed": request.POST.dict()}
        else:
            messages.success(request, _("Recorded. Declarations that go on: %(n)d.") % {"n": on})
            return redirect("facilities")
    names = {p.number: p.name for p in people.traders()}
    context |= {
        "rows": [
            (f, money_words.FACILITIES[f.kind], names.get(f.trader, f.trader), by, at, reason)
            for f, by, at, reason in treasury.every_facility()
        ],
        "kinds": [(kind.value, money_words.FACILITIES[kind]) for kind in LIMITED],
        "traders": sorted(names.items()),
        "currency": _currency(),
    }
    return render(request, "desks/facilities.html", context, status=422 if "fault" in context else 200)


def _currency() -> str:
    today = datetime.now(UTC).date()
    return lawbook.current(today).on(today).currency


def _done(request: HttpRequest) -> int:
    """Open an account, or set the limit of one; how many declarations go on. Raises LimitRefused, ValueError."""
    asked = request.POST
    kind = msgspec.convert(asked.get("kind", ""), AccountKind)
    if kind not in LIMITED:
        raise ValueError(kind)
    number, trader = asked.get("number", "").strip().upper(), asked.get("trader", "").strip().upper()
    reason, by = asked.get("reason", "").replace("\x00", "")[:400], request.user.get_username()
    if asked.get("does") == "open":
        return facility.open_account(kind, number, trader, _amount(asked.get("limit", ""), _currency()), reason, by=by)
    currency = asked.get("currency", "")[:3]
    old = _amount(asked.get("old", ""), currency)
    new = Money(0, currency) if asked.get("does") == "close" else _amount(asked.get("limit", ""), currency)
    return facility.change(kind, number, trader, old, new, reason, by=by)


def _amount(typed: str, currency: str) -> Money:
    return Money.of(typed.replace(" ", "").replace(",", ".").strip()[:20], currency)
