"""Software: what a trader's programs may do here, and where they are told what happens; every attempt to tell them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from customhouse.clearance import event, inform
from customhouse.desks.access import allowed, declarant_of
from customhouse.gates import webhook as gate
from customhouse.registry import clients, webhooks

SCOPES = {
    "declarations:lodge": gettext_lazy("Lodge, amend and withdraw declarations, attach papers, answer questions"),
    "declarations:read": gettext_lazy("Read own declarations, their papers and what happened to them"),
    "cargo:write": gettext_lazy("Report cargo and its arrival, lodge entry summary declarations"),
    "cargo:read": gettext_lazy("Read own cargo reports and entry summary declarations"),
    "consolidations:send": gettext_lazy("Hand in consolidations of parcels"),
    "consolidations:read": gettext_lazy("Read own consolidations and their answers"),
    "payments:write": gettext_lazy("Pay what is due"),
    "webhooks:manage": gettext_lazy("Subscribe to messages"),
}
EVENTS = {
    "declaration.refused": pgettext_lazy("event", "Refused"),
    "declaration.accepted": pgettext_lazy("event", "Accepted"),
    "declaration.quota_allocated": pgettext_lazy("event", "A quota has answered"),
    "declaration.lane_assigned": pgettext_lazy("event", "Lane set"),
    "declaration.held": pgettext_lazy("event", "Held"),
    "declaration.hold_lifted": pgettext_lazy("event", "Hold lifted"),
    "declaration.queried": pgettext_lazy("event", "Customs asks"),
    "declaration.answered": pgettext_lazy("event", "Answered"),
    "declaration.amended": pgettext_lazy("event", "Amended"),
    "declaration.examined": pgettext_lazy("event", "Examined"),
    "declaration.payment_due": pgettext_lazy("event", "Payment due"),
    "declaration.paid": pgettext_lazy("event", "Paid"),
    "declaration.released": pgettext_lazy("event", "Released"),
    "declaration.recalled": pgettext_lazy("event", "Release taken back"),
    "declaration.invalidated": pgettext_lazy("event", "Invalidated"),
    event.CLEARED: pgettext_lazy("event", "Consolidation cleared"),
    event.TEST: pgettext_lazy("event", "Test message"),
}
STATES = {
    "active": pgettext_lazy("webhook", "on"),
    "disabled": pgettext_lazy("webhook", "switched off"),
    "waiting": pgettext_lazy("webhook", "waits"),
    "delivered": pgettext_lazy("webhook", "arrived"),
    "failed": pgettext_lazy("webhook", "did not arrive"),
}
FAULTS = {
    "InvalidURL": gettext_lazy("This is no address of a receiver. Write https://name/path."),
    "NotHTTPS": gettext_lazy("Messages go out over https only."),
    "PrivateAddress": gettext_lazy("The receiver must be at a public address."),
}
PAGE = 50


def _page(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    trader = declarant_of(request)
    context = {
        "clients": clients.of(trader),
        "webhooks": webhooks.of(trader),
        "scopes": SCOPES,
        "events": {name: EVENTS[name] for name in event.NAMES},
        "states": STATES,
        "address": request.build_absolute_uri("/api/v1/oauth/token"),
        **more,
    }
    return render(request, "desks/software.html", context, status=status)


@allowed("software.manage")
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The programs and webhooks of the trader."""
    return _page(request)


@allowed("software.manage")
@require_POST
def client(request: HttpRequest) -> HttpResponse:
    """Make a client, give it a further secret, or end it. A secret is on the page that answers, and never again."""
    trader, asked = declarant_of(request), request.POST
    number, act = asked.get("client", "").replace("\x00", ""), asked.get("act", "")
    by = request.user.get_username()
    if act == "create":
        name = " ".join(asked.get("name", "").replace("\x00", "").split())[:80]
        scopes = [scope for scope in asked.getlist("scope") if scope in clients.SCOPES]
        if not name or not scopes:
            return _page(request, 422, client_fault=_("Give the program a name and at least one permission."))
        number, secret = clients.register(trader, name, scopes, by=by)
        return _page(request, secret=secret, of=number)
    if act == "rotate" and (further := clients.rotate(number, trader)):
        return _page(request, secret=further, of=number, overlap=True)
    if act == "revoke" and clients.revoke(number, trader):
        messages.success(request, _("The program can do nothing here any more."))
        return redirect("software")
    raise Http404


@allowed("software.manage")
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """Make a webhook, or do something with one."""
    trader, asked = declarant_of(request), request.POST
    act = asked.get("act", "")
    if act == "create":
        return _subscribe(request, trader)
    found = webhooks.get(asked.get("webhook", "").replace("\x00", ""), trader)
    if found is None or act not in ACTS:
        raise Http404
    if act == "rotate":
        return _messages(request, found, secret=webhooks.rotate(found.id))
    said = ACTS[act](found, trader, asked.get("message", ""))
    messages.success(request, said)
    if act == "end":
        return redirect("software")
    return redirect(f"{reverse('webhook')}?id={found.id}")


def _subscribe(request: HttpRequest, trader: str) -> HttpResponse:
    asked = request.POST
    url, names = asked.get("url", "").strip(), [n for n in asked.getlist("event") if n in event.NAMES]
    try:
        gate.check(url, private=settings.WEBHOOK_PRIVATE)
        if not names:
            return _page(request, 422, webhook_fault=_("Choose at least one event."), url=url)
        made, secret = webhooks.subscribe(trader, url, names, by=request.user.get_username())
    except gate.Receiver as wrong:
        return _page(request, 422, webhook_fault=FAULTS[wrong.problem.rule], url=url, chosen=names)
    except webhooks.TooManyWebhooks:
        return _page(request, 422, webhook_fault=_("There are too many webhooks already; end one."), url=url)
    return _messages(request, made, secret=secret)


def _switch(found: webhooks.Webhook, trader: str, message: str) -> str:
    active = found.state != "active"
    webhooks.change(found.id, url=found.url, events=found.events, active=active)
    return _("Switched on; what waited is sent now.") if active else _("Switched off; messages wait.")


def _end(found: webhooks.Webhook, trader: str, message: str) -> str:
    webhooks.end(found.id)
    return _("Nothing is sent there any more.")


def _test(found: webhooks.Webhook, trader: str, message: str) -> str:
    inform.try_out(found.id, trader)
    return _("A test message is on its way.")


def _resend(found: webhooks.Webhook, trader: str, message: str) -> str:
    if (
        not message.isascii()
        or not message.isdigit()
        or len(message) > 18
        or not webhooks.resend(int(message), found.id)
    ):
        raise Http404
    return _("The message is on its way again.")


ACTS: dict[str, Any] = {"switch": _switch, "end": _end, "test": _test, "resend": _resend, "rotate": None}


@allowed("software.manage")
@require_safe
def show_webhook(request: HttpRequest) -> HttpResponse:
    """The messages of one webhook and every attempt; without one the page of all of them."""
    if not (number := request.GET.get("id", "").replace("\x00", "")):
        return redirect("software")
    found = webhooks.get(number, declarant_of(request))
    if found is None:
        raise Http404
    return _messages(request, found)


def _messages(request: HttpRequest, found: webhooks.Webhook, secret: str = "") -> HttpResponse:
    before = request.GET.get("before", "")
    last = int(before) if before.isascii() and before.isdigit() and len(before) < 18 else None
    rows = webhooks.messages(found.id, before=last, limit=PAGE + 1)
    tries = {row.id: webhooks.attempts(row.id) for row in rows[:PAGE] if row.attempts}
    context = {
        "webhook": found,
        "rows": [(row, tries.get(row.id, ())) for row in rows[:PAGE]],
        "next": rows[PAGE - 1].id if len(rows) > PAGE else None,
        "events": EVENTS,
        "states": STATES,
        "secret": secret,
    }
    return render(request, "desks/webhook.html", context)
