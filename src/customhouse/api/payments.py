"""Paying over the API: a payment order for what a declaration owes, with the ways to pay it, and how far it is paid.

A program never says that money came. It asks for the order, pays it (at the provider's page, or by a transfer with the
order's reference), and the house hears from the provider or the bank; then the goods go on by themselves.
"""

from __future__ import annotations

from datetime import date

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Path

from customhouse.api.fault import Fault, fault
from customhouse.api.operation import Operation, operation, send
from customhouse.api.own import MRN, access_of, note, own, strayed
from customhouse.clearance import online, order
from customhouse.kernel.money import Money
from customhouse.kernel.problem import Problem
from customhouse.record.access import Whose
from customhouse.record.declaration import Declaration
from customhouse.registry import files, orders, reader

REFERENCE = Path(..., pattern=r"^RF[0-9]{2}[A-Z0-9]{1,21}$", description="Creditor reference (ISO 11649) of the order")
EXAMPLE = {
    "reference": "RF7326000000001",
    "mrns": ["26XM11000000000SYR5"],
    "amount": {"minor": 53000, "currency": "USD"},
    "open": {"minor": 53000, "currency": "USD"},
    "due_on": "2026-12-06",
    "state": "open",
    "ways": [
        {"way": "online", "provider": "demo", "url": "https://customs.example/pay?id=P0123456789abcdef01234567"},
        {"way": "transfer", "remittance": "RF73 2600 0000 001"},
    ],
}


class Way(msgspec.Struct, frozen=True, omit_defaults=True):
    """A way to pay: `online` at the page `url` of `provider`, or by `transfer` with `remittance` as its creditor reference."""

    way: str
    provider: str = ""
    url: str = ""
    remittance: str = ""


class PaymentOrder(msgspec.Struct, frozen=True):
    """What is asked for, for which declarations, what is left to pay of it, and how; `state` is open or paid."""

    reference: str
    mrns: tuple[str, ...]
    amount: Money
    open: Money
    due_on: date
    state: str
    ways: tuple[Way, ...]


@operation(
    "POST",
    "/declarations/{mrn}/payments",
    Operation(
        "payDeclaration",
        "payments:write",
        "declaration.pay",
        {
            200: ("The order that stands already over the same amount", PaymentOrder),
            201: ("A new payment order", PaymentOrder),
            404: ("No such declaration of yours", Fault),
            409: ("Nothing is due on it now", Fault),
        },
        idempotent=True,
        example=EXAMPLE,
    ),
    tag="payments",
    summary="Ask for a payment order for what is due",
)
def pay(request: HttpRequest, mrn: str = MRN) -> HttpResponse:
    """The order for all that is due, and the ways to pay it; asked again it is the same order and the same payment.

    The payment counts when the provider or the bank says that it came; when nothing is left to pay and nothing else holds
    the goods, they are released. In a demo house and in a sandbox the provider is a stand-in: post `pay=1` to its `url`.
    """
    d = own(request, mrn, "declaration.pay")
    trader = access_of(request).trader
    made, is_new = order.order_one(d.id, trader, by=trader)
    return send(_told(request, made, [d], trader), 201 if is_new else 200)


@operation(
    "GET",
    "/payments/{reference}",
    Operation(
        "readPaymentOrder",
        "payments:write",
        "payment.read",
        {200: ("The order as it stands", PaymentOrder), 404: ("No such order of yours", Fault)},
        example=EXAMPLE,
    ),
    tag="payments",
    summary="How far a payment order is paid",
)
def show(request: HttpRequest, reference: str = REFERENCE) -> HttpResponse:
    """The order with what is left of it, and the ways to pay that."""
    trader = access_of(request).trader
    try:
        asked = order.found(reference)
    except orders.UnknownOrder:
        asked = None
    if asked is None or asked.trader != trader:
        strayed(request, reference)
        said = f"there is no payment order {reference}"
        return fault(404, Problem("UnknownOrder", said, "reference", "You see your own orders only"))
    note(request, Whose.OWN, None, reference)
    with reader.system():  # an order to this trader names its declarations, also those that others lodged for it
        asked_for = [files.get(line.declaration) for line in asked.lines if line.declaration]
    return send(_told(request, asked, asked_for, trader))


def _told(request: HttpRequest, asked: orders.Order, asked_for: list[Declaration], trader: str) -> PaymentOrder:
    ways: list[Way] = []
    if asked.open.minor > 0:
        for name in online.providers():
            page = request.build_absolute_uri(online.begin(str(asked.reference), name, by=trader))
            ways.append(Way("online", provider=name, url=page))
        ways.append(Way("transfer", remittance=asked.reference.grouped))
    return PaymentOrder(
        str(asked.reference),
        tuple(d.mrn for d in asked_for),
        asked.amount,
        asked.open,
        asked.due_on,
        "open" if asked.open.minor > 0 else "paid",
        tuple(ways),
    )
