"""The trader's account at the treasury: what it owes, what it may still draw, its orders, statements, and ways to pay."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from customhouse.clearance import online, order, refund
from customhouse.desks import money_words
from customhouse.desks.access import allowed, declarant_of, public
from customhouse.desks.views.consignment import opened
from customhouse.gates.payment import LARGEST, SIGNATURE, BadMessage
from customhouse.record.account import LIMITED, AccountKind
from customhouse.record.declaration import Declaration
from customhouse.record.flow import NotPermitted
from customhouse.registry import claims, orders, parcel_charge, treasury, treasury_desk, worklist
from customhouse.registry.claims import ClaimRefused

ROWS = 5000


@allowed("account.use")
def show(request: HttpRequest) -> HttpResponse:
    """My account."""
    trader = declarant_of(request)
    mine = order.of(trader)
    asked = claims.of(trader)
    context = {
        "facilities": [
            (money_words.FACILITIES[f.kind], f, _per_cent(f))
            for kind in LIMITED
            for f in treasury.facilities(kind, [trader])
        ],
        "owing": treasury_desk.owing(trader),
        "charges": parcel_charge.unpaid(trader),
        "orders": [o for o in mine if o.open.minor > 0],
        "paid_orders": [o for o in mine if o.open.minor <= 0][:20],
        "slips": [(money_words.WAYS.get(s.event, s.event), s) for s in treasury_desk.receipts(trader, 20)],
        "claims": [(c, money_words.CLAIMS[c.kind], money_words.STATES[c.state]) for c in asked],
        "names": worklist.references([c.declaration for c in asked]),
        "month": datetime.now(UTC).date(),
        "may_pay": bool(online.providers()),
    }
    return render(request, "desks/money.html", context)


def _per_cent(facility: treasury.Facility) -> int:
    """How much of an account is used, for the eye."""
    return min(100, 100 * facility.used.minor // facility.ceiling.minor) if facility.ceiling.minor else 0


@allowed("account.use")
@require_POST
def make_order(request: HttpRequest) -> HttpResponse:
    """One payment order for the declarations that were ticked."""
    chosen = [int(n) for n in request.POST.getlist("declaration") if n.isascii() and n.isdigit() and len(n) < 18]
    trader = declarant_of(request)
    mine = {one.id for one in treasury_desk.owing(trader)} | {one.number for one in parcel_charge.unpaid(trader)}
    try:
        made = order.order(trader, [n for n in chosen if n in mine], by=request.user.get_username())
    except (ValueError, LookupError):
        messages.error(request, _("Choose declarations on which something is owed"))
        return redirect("money")
    return redirect(f"/order?ref={made.reference}")


@allowed("declaration.pay")
@require_POST
def pay_declaration(request: HttpRequest, number: int) -> HttpResponse:
    """The payment order for what one declaration owes: the one that stands, or a new one."""
    d = opened(request, number, "declaration.pay")
    try:
        made, _new = order.order_one(d.id, declarant_of(request), by=request.user.get_username())
    except NotPermitted:
        messages.error(request, _("Nothing is due on this declaration now"))
        return redirect("declaration", key=d.mrn or str(d.id))
    return redirect(f"/order?ref={made.reference}")


@allowed("account.use")
@require_POST
def pay(request: HttpRequest) -> HttpResponse:
    """Begin to pay an order at the payment provider."""
    try:
        asked = order.found(request.POST.get("ref", ""))
    except orders.UnknownOrder as fault:
        raise Http404 from fault
    if asked.trader != declarant_of(request) or not online.providers():
        raise Http404
    try:
        return redirect(
            online.begin(str(asked.reference), next(iter(online.providers())), by=request.user.get_username())
        )
    except ValueError:
        messages.error(request, _("This order is paid"))
        return redirect("money")


@public
@csrf_exempt
def provider_page(request: HttpRequest) -> HttpResponse:
    """The page of the stand-in for a payment provider, which then sends what a provider would send.

    Like such a page it is for whoever holds its address: a browser, or a program that posts `pay` or `cancel` to it and is
    answered in JSON.
    """
    payment = online.shown(request.GET.get("id", "")[:80])
    if payment is None:
        raise Http404
    if request.method == "POST" and payment.status != "paid" and {"pay", "cancel"} & {*request.POST}:
        online.play(payment, paid="pay" in request.POST)
        payment = online.shown(payment.id) or payment
    if "html" not in request.headers.get("Accept", ""):
        return JsonResponse({"payment": payment.id, "reference": payment.reference, "status": payment.status})
    return render(request, "desks/pay.html", {"payment": payment, "is_through": request.method == "POST"})


@public
@csrf_exempt
@require_POST
def callback(request: HttpRequest, name: str) -> HttpResponse:
    """A message of a payment provider: 200 done (again, too), 400 not believed. Its signature is its only credential."""
    if int(request.headers.get("Content-Length") or 0) > LARGEST:
        return JsonResponse({"error": "the message is too large"}, status=413)
    try:
        new = online.take(name, request.body, {SIGNATURE: request.headers.get(SIGNATURE, "")})
    except BadMessage as fault:
        return JsonResponse({"error": str(fault)}, status=400)
    return JsonResponse({"done": new})


@allowed("account.use")
def statement(request: HttpRequest) -> HttpResponse:
    """A deferment or guarantee account by the month, to read or (with csv=1) to keep."""
    trader, asked = declarant_of(request), request.GET
    found = next(
        (f for kind in LIMITED for f in treasury.facilities(kind, [trader]) if f.account.code == asked.get("account")),
        None,
    )
    if found is None:
        return redirect("money")
    month = _month(asked.get("month", ""))
    told = treasury_desk.statement(found.kind.value, found.account.key, ROWS, month)
    if told is None:
        raise Http404
    if asked.get("csv"):
        return _csv(told, f"{found.number}-{month:%Y-%m}.csv")
    lines = [(money_words.EVENTS.get(line.event, line.text), line) for line in told.lines]
    names = worklist.references([line.declaration for line in told.lines])
    context: dict[str, Any] = {
        "facility": found,
        "what": money_words.FACILITIES[found.kind],
        "lines": lines,
        "names": names,
        "month": month,
        "may_order": found.kind is AccountKind.DEFERMENT,
    }
    return render(request, "desks/statement.html", context)


def _month(text: str) -> date:
    try:
        return date.fromisoformat(text[:7] + "-01")
    except ValueError:
        return datetime.now(UTC).date().replace(day=1)


def _csv(told: treasury_desk.Statement, name: str) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    write = csv.writer(response).writerow
    write(("at", "event", "declaration", "reference", "receipt", "amount", "balance", "currency"))
    for line in told.lines:
        at = line.at.astimezone(UTC).isoformat(timespec="seconds")
        write(
            (
                at,
                line.event,
                line.declaration or "",
                line.reference,
                line.receipt,
                line.amount.amount,
                line.balance.amount,
                line.amount.currency,
            )
        )
    return response


@allowed("declaration.claim")
def claim(request: HttpRequest) -> HttpResponse:
    """Ask for money back on one of the trader's declarations that is over."""
    key = request.GET.get("of", "")
    if not key:
        return redirect("money")
    d = opened(request, key, "declaration.claim")
    context: dict[str, Any] = {
        "d": d,
        "left": sorted(refund.left_of(d).items()),
        "overpaid": refund.overpaid(d),
        "kinds": money_words.CLAIMS,
    }
    context["currency"] = d.settled.due.currency if d.settled else ""
    if request.method == "POST":
        try:
            kind, wanted = _wanted(request, d)
            refund.claim(kind, d.id, wanted, request.POST.get("reason", "")[:400], by=request.user.get_username())
        except ClaimRefused as fault:
            context["fault"] = str(money_words.REFUSALS.get(str(fault), fault))
        except (ValueError, ArithmeticError):
            context["fault"] = _("Write each amount as a number")
        else:
            messages.success(request, _("The claim was handed in. A supervisor decides it."))
            return redirect("money")
    return render(request, "desks/claim.html", context, status=422 if "fault" in context else 200)


def _wanted(request: HttpRequest, d: Declaration) -> tuple[claims.Kind, dict[str, int]]:
    """The kind of claim, and minor units by tax type as typed. Raises ValueError."""
    from customhouse.kernel.money import Money

    kind = msgspec.convert(request.POST.get("kind", ""), claims.Kind)
    currency = d.settled.due.currency if d.settled else ""
    wanted: dict[str, int] = {}
    if kind != "repayment":
        for tax in refund.left_of(d):
            typed = request.POST.get(f"tax-{tax}", "").replace(" ", "").replace(",", ".").strip()
            if typed:
                wanted[tax] = Money.of(typed, currency).minor
    return kind, wanted
