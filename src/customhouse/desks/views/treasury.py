"""The desk of the treasury: what came in today, what is open, the bank's files, money to place, claims to decide."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customhouse.clearance import online, order, overpaid, reconcile, refund
from customhouse.desks import explain, money_words, words
from customhouse.desks.access import TRADE, allowed, declarant_of, role_of
from customhouse.kernel.problem import Refusal
from customhouse.kernel.reference import CreditorReference
from customhouse.record.declaration import Role
from customhouse.record.parcel_charge import is_charge
from customhouse.registry import bank, claims, files, orders, parcel_charge, people, treasury, treasury_desk, worklist
from customhouse.registry import online as payments
from customhouse.registry.claims import ClaimRefused

TILL = (Role.CASHIER, Role.SUPERVISOR)
CASH_DESK = (*TILL, Role.AUDITOR)
DAYS_SHOWN = 14


@allowed("treasury.read")
def show(request: HttpRequest) -> HttpResponse:
    """Today at the treasury."""
    today = datetime.now(UTC).date()
    takings = treasury_desk.takings(today)
    open_orders = [o for o in orders.of(last=400) if o.open.minor > 0]
    names = {p.number: p.name for p in people.traders()}
    revenue = treasury_desk.revenue(today - timedelta(days=DAYS_SHOWN - 1), today + timedelta(days=1))
    waiting = claims.open_claims()
    context = {
        "today": today,
        "takings": [(money_words.WAYS.get(t.event, t.event), t) for t in takings],
        "sums": _sums(t.amount for t in takings),
        "orders": [(o, names.get(o.trader, o.trader), o.due_on < today) for o in open_orders[:50]],
        "more_orders": max(0, len(open_orders) - 50),
        "charges": [(c, names.get(c.declarant, c.declarant)) for c in parcel_charge.unpaid()],
        "entries": bank.unallocated(),
        "overpaid": payments.overpaid(),
        "claims": [
            (c, money_words.CLAIMS[c.kind], money_words.STATES[c.state], names.get(c.trader, c.trader)) for c in waiting
        ],
        "claimed": worklist.references([c.declaration for c in waiting]),
        "revenue": revenue if role_of(request) is not Role.CASHIER else [],
        "totals": [(money_words.ACCOUNTS[kind], n, total) for kind, n, total in treasury_desk.totals()],
        "slips": [(money_words.WAYS.get(s.event, s.event), s) for s in treasury_desk.receipts(last=15)],
        "month": (today.replace(day=1) - timedelta(days=1)).replace(day=1),
        "may_take": role_of(request) in TILL,
        "may_decide": role_of(request) is Role.SUPERVISOR,
        "may_send": role_of(request) is Role.CASHIER,
    }
    return render(request, "desks/treasury.html", context)


def _sums(amounts: Any) -> list[Any]:
    found: dict[str, Any] = {}
    for amount in amounts:
        found[amount.currency] = found[amount.currency] + amount if amount.currency in found else amount
    return list(found.values())


@allowed("treasury.work")
def bank_file(request: HttpRequest) -> HttpResponse:
    """Take in a file of the bank, and say what became of every entry."""
    context: dict[str, Any] = {"statements": bank.statements()}
    if request.method == "POST":
        uploaded = request.FILES.get("file")
        if uploaded is None:
            context["fault"] = _("Choose the file of the bank")
            return render(request, "desks/bank.html", context, status=422)
        try:
            results = reconcile.take(uploaded.read(), by=request.user.get_username(), role=role_of(request))
        except Refusal as refusal:
            context["problems"] = refusal.problems
            return render(request, "desks/bank.html", context, status=422)
        context |= {"results": results, "statements": bank.statements()}
    return render(request, "desks/bank.html", context)


@allowed("treasury.work")
def entry(request: HttpRequest) -> HttpResponse:
    """Money that came in and nobody knows for what: put it on an order, on a declaration, or elsewhere."""
    asked = request.GET.get("number", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 18):
        return redirect("treasury")
    try:
        kept = bank.get(int(asked))
    except LookupError as fault:
        raise Http404 from fault
    context: dict[str, Any] = {"kept": kept, "elsewhere": money_words.ELSEWHERE}
    if request.method == "POST":
        fault = _placed(request, kept)
        if not fault:
            left = bank.get(kept.id).left
            said = _("Placed; %(left)s are left.") % {"left": explain.amount(left)} if left.minor else _("Placed.")
            messages.success(request, said)
            return redirect(f"{request.path}?number={kept.id}") if left.minor else redirect("treasury")
        context |= {"fault": fault, "typed": request.POST.get("on", "")}
    return render(request, "desks/entry.html", context, status=422 if "fault" in context else 200)


def _placed(request: HttpRequest, kept: bank.Kept) -> str:
    """Do what was asked for; what was wrong with it, or nothing."""
    by, role = request.user.get_username(), role_of(request)
    to, on = request.POST.get("to", ""), request.POST.get("on", "").strip().upper().replace(" ", "")
    try:
        if to in reconcile.TO:
            key = "drawer" if to == "banked" else "demo" if to == "provider_paid" else f"entry {kept.id}"
            reconcile.place_elsewhere(kept.id, to, key, by=by)
            return ""
        if CreditorReference.is_valid(on):
            placed = reconcile.place_on_order(kept.id, on, by=by, role=role)
        elif files.is_mrn(on) and files.knows(on):
            placed = reconcile.place_on_declaration(kept.id, files.get(on).id, by=by, role=role)
        else:
            return _("This is neither the reference of a payment order nor the MRN of a declaration")
    except orders.UnknownOrder:
        return _("There is no payment order of this reference")
    except treasury.Overdrawn:
        return _("Somebody else placed it in the meantime")
    return "" if placed else _("Nothing is owed on it")


@allowed("treasury.work")
@require_POST
def place_overpaid(request: HttpRequest) -> HttpResponse:
    """Put what was paid twice online on an order or a declaration, or send it back."""
    number, by, role = request.POST.get("payment", "")[:80], request.user.get_username(), role_of(request)
    on, fault = request.POST.get("on", "").strip().upper().replace(" ", ""), ""
    try:
        if request.POST.get("to") == "returned":
            overpaid.send_back(number, by=by)
        elif CreditorReference.is_valid(on):
            fault = "" if overpaid.place_on_order(number, on, by=by, role=role) else _("Nothing is owed on it")
        elif files.is_mrn(on) and files.knows(on):
            fault = "" if overpaid.place_on_declaration(number, on, by=by, role=role) else _("Nothing is owed on it")
        else:
            fault = _("This is neither the reference of a payment order nor the MRN of a declaration")
    except orders.UnknownOrder:
        fault = _("There is no payment order of this reference")
    except (overpaid.NothingWaits, treasury.Overdrawn):
        fault = _("Somebody else placed it in the meantime")
    if fault:
        messages.error(request, fault)
    else:
        messages.success(request, _("Placed."))
    return redirect("treasury")


@allowed("treasury.work")
@require_POST
def months(request: HttpRequest) -> HttpResponse:
    """Order what was deferred up to the end of a month of every trader that owes it."""
    try:
        month = date.fromisoformat(request.POST.get("month", "")[:7] + "-01")
    except ValueError:
        messages.error(request, _("Choose a month"))
        return redirect("treasury")
    made = order.order_months(month, by=request.user.get_username())
    messages.success(request, _("%(n)d payment orders for the month stand.") % {"n": len(made)})
    return redirect("treasury")


@allowed("treasury.work")
@require_POST
def claim(request: HttpRequest) -> HttpResponse:
    """Decide a claim (supervisor), or send a granted one to the bank (cashier)."""
    number, does = request.POST.get("claim", ""), request.POST.get("does", "")
    by = request.user.get_username()
    if not (number.isascii() and number.isdigit() and len(number) < 18):
        raise Http404
    try:
        claims.get(int(number))  # as the reader: who does not see it decides nothing
        if does == "send" and role_of(request) is Role.CASHIER:
            refund.send(int(number), by=by)
        elif does in ("grant", "refuse") and role_of(request) is Role.SUPERVISOR:
            refund.decide(int(number), grant=does == "grant", reason=request.POST.get("reason", "")[:400], by=by)
        else:
            raise Http404
    except ClaimRefused as fault:
        messages.error(request, str(money_words.REFUSALS.get(str(fault), fault)))
    except LookupError as fault:
        raise Http404 from fault
    else:
        messages.success(request, _("Recorded."))
    return redirect("treasury")


def may_see(request: HttpRequest, trader: str) -> bool:
    """Whether a paper of this trader is the reader's to see."""
    return role_of(request) not in TRADE or declarant_of(request) == trader


@allowed("payment.read")
def payment_order(request: HttpRequest) -> HttpResponse:
    """A payment order, to read, to print, and for the trader to pay."""
    reference = request.GET.get("ref", "")
    if not reference:
        return redirect("money" if role_of(request) in TRADE else "treasury")
    try:
        found = order.found(reference)
    except orders.UnknownOrder as fault:
        raise Http404 from fault
    if not may_see(request, found.trader):
        raise Http404
    context = {
        "order": found,
        "name": next((p.name for p in people.traders() if p.number == found.trader), ""),
        "names": worklist.references([line.declaration for line in found.lines]),
        "may_pay": role_of(request) in TRADE and found.open.minor > 0 and bool(online.providers()),
    }
    return render(request, "desks/order.html", context)


@allowed("payment.read")
def receipt(request: HttpRequest) -> HttpResponse:
    """A receipt, to print."""
    number = request.GET.get("number", "")
    if not number:
        return redirect("money" if role_of(request) in TRADE else "treasury")
    found = treasury_desk.receipt(number)
    if found is None or not may_see(request, found.trader):
        raise Http404
    context = {
        "slip": found,
        "way": money_words.WAYS.get(found.event, words.PAYMENTS.get(found.event, found.event)),
        "name": next((p.name for p in people.traders() if p.number == found.trader), ""),
        "is_consolidation": is_charge(found.declaration),
        "declaration": worklist.references([found.declaration]).get(found.declaration, ""),
    }
    return render(request, "desks/receipt.html", context)
