"""Online: an order is paid at a payment provider; what the provider says is done once, however often it says it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

from django.db import transaction

from customhouse.clearance import order
from customhouse.gates.payment import BadMessage, Notice, Provider
from customhouse.gates.payment.stand_in import StandIn
from customhouse.offices.treasury.events import Line, Of, journal
from customhouse.record.declaration import Role
from customhouse.registry import online, orders, reader, treasury
from customhouse.registry.online import OnlinePayment
from customhouse.registry.secret import key

PAGE = "/pay"


def stand_in() -> StandIn:
    """The provider that runs in the house itself."""
    return StandIn(key("payment-demo"), PAGE)


def providers() -> dict[str, Provider]:
    """The providers of this house, by name."""
    demo = stand_in()
    return {demo.name: demo}


@reader.as_house
def begin(reference: str, provider: str, *, by: str) -> str:
    """Begin to pay what is open of an order; the address of the provider's page. Raises UnknownOrder, ValueError."""
    asked = orders.get(reference)
    if asked.open.minor <= 0:
        raise ValueError("nothing is open of this order")
    number = f"P{secrets.token_hex(12)}"
    at = datetime.now(UTC)
    online.begin(OnlinePayment(number, provider, asked.trader, str(asked.reference), asked.open, by, at, "open"))
    return providers()[provider].begin(number, asked.open, asked.reference.grouped)


@reader.as_house
def take(provider: str, body: bytes, headers: Mapping[str, str]) -> bool:
    """A message of a provider: believe it, do it once; whether it was new.

    Raises BadMessage for one that is not signed, unknown, or of another amount; then nothing is done.
    """
    known = providers().get(provider)
    if known is None:
        raise BadMessage(f"there is no provider {provider}")
    now = datetime.now(UTC)
    notice = known.read(body, headers, now.timestamp())
    payment = online.get(notice.payment)
    if payment is None or payment.provider != provider:
        raise BadMessage("there is no such payment")
    if payment.amount != notice.amount:
        raise BadMessage(f"the payment is over {payment.amount}, not {notice.amount}")
    with transaction.atomic():
        if not online.told(provider, notice.event, payment, notice.status, at=now):
            return False
        if notice.status == "paid":
            _paid(payment, notice, now)
    return True


def _paid(payment: OnlinePayment, notice: Notice, at: datetime) -> None:
    """Put the payment on its order; what is over (it was paid in the meantime) waits for the cashier."""
    rest = order.pay_order(
        payment.reference,
        payment.amount,
        "online",
        by=payment.by,
        role=Role.CASHIER,
        key=payment.provider,
        payer=payment.trader,
    )
    if rest.minor:
        of = Of(f"online {payment.id}", at, payment.by, rest.currency)
        made = journal("overpaid_online", [Line(payment.provider, f"online {payment.id}", rest.minor)], of)
        treasury.post([made] if made else [])
