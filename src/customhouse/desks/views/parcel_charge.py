"""What is due on a consolidation: its declarant asks for the payment order, the cashier takes the money."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customhouse.clearance import order, parcel_charge
from customhouse.desks import words
from customhouse.desks.access import allowed, declarant_of
from customhouse.desks.views import parcels as courier
from customhouse.kernel.money import Money
from customhouse.record.flow import NotPermitted
from customhouse.record.parcel_charge import charge_number
from customhouse.registry import parcel_charge as charges
from customhouse.registry import reader


@allowed("account.use")
@require_POST
def ask(request: HttpRequest, number: int) -> HttpResponse:
    """The payment order for what is left of the charge: the one that stands, or a new one."""
    courier.opened(number)
    try:
        made = order.order_charge(charge_number(number), declarant_of(request), by=request.user.get_username())
    except (NotPermitted, ValueError):
        messages.error(request, _("Nothing is due on it now."))
        return _back(number)
    return redirect(f"{reverse('payment-order')}?ref={made.reference}")


@allowed("payment.record")
@require_POST
def take(request: HttpRequest, number: int) -> HttpResponse:
    """Record what was paid over the counter, and show its receipt."""
    courier.opened(number)
    with reader.system():
        charge = charges.of(number)
    typed, method = request.POST.get("amount", "").replace(" ", "").replace(",", "."), request.POST.get("method", "")
    if charge is None or charge.is_paid:
        messages.error(request, _("Nothing is due on it now."))
        return _back(number)
    try:
        amount = Money.of(typed, charge.amount.currency)
        if method not in words.PAYMENTS or not 0 < amount.minor <= charge.owed.minor:
            raise ValueError(typed)
        after = parcel_charge.pay(number, amount, method, by=request.user.get_username(), payer=charge.declarant)
    except (ValueError, ArithmeticError, NotPermitted):
        messages.error(
            request, _("Give an amount in %(currency)s, no more than is due.") % {"currency": charge.amount.currency}
        )
        return _back(number)
    messages.success(request, _("Recorded."))
    return redirect(f"{reverse('receipt')}?number={after.receipts[-1]}")


@allowed("payment.record")
@require_POST
def void(request: HttpRequest, number: int) -> HttpResponse:
    """Void a receipt of the charge, with a reason: its amount is owed again."""
    courier.opened(number)
    receipt, reason = (
        request.POST.get("receipt", ""),
        " ".join(request.POST.get("reason", "").replace("\x00", "").split()),
    )
    try:
        parcel_charge.void(number, receipt, reason[:400], by=request.user.get_username())
    except NotPermitted:
        messages.error(request, _("Choose a receipt that stands, and give a reason."))
        return _back(number)
    messages.success(request, _("The receipt is void; its amount is owed again."))
    return _back(number)


def _back(number: int) -> HttpResponse:
    return redirect(f"{reverse('consolidation', args=[number])}#charge")
