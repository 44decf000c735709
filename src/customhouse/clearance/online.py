"""Online: an order is paid at a payment provider; what the provider says is done once, however often it says it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

from django.conf import settings
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
BY = "customhouse"  # who records what a provider says


def stand_in() -> StandIn:
    """The provider that runs in the house itself."""
    return StandIn(key("payment-demo"), PAGE)


def providers() -> dict[str, Provider]:
    """The providers of this house, by name. The stand-in is one in demo houses and sandboxes only: with it no money moves."""
    if not settings.STAND_IN_PROVIDER:
        return {}
    demo = stand_in()
    return {demo.name: demo}


@reader.as_house
def begin(reference: str, provider: str, *, by: str) -> str:
    """Begin to pay what is open of an order; the address of the provider's page.

    While the amount is the same and nothing was paid, it is the same payment however often it is begun, so that two windows
    do not pay twice. Raises UnknownOrder, and ValueError when nothing is open or the house has no such provider.
    """
    if provider not in (known := providers()):
        raise ValueError(f"there is no payment provider {provider}")
    with transaction.atomic():
        online.alone(reference)
        asked = orders.get(reference)
        if asked.open.minor <= 0:
            raise ValueError("nothing is open of this order")
        payment = online.standing(provider, str(asked.reference), asked.open)
        if payment is None:
            number, at = f"P{secrets.token_hex(12)}", datetime.now(UTC)
            payment = OnlinePayment(number, provider, asked.trader, str(asked.reference), asked.open, by, at, "open")
            online.begin(payment)
    return known[provider].begin(payment.id, asked.open, asked.reference.grouped)


@reader.as_house
def shown(number: str) -> OnlinePayment | None:
    """The payment of this number for the page of the stand-in, which shows it to whoever was given its address."""
    found = online.get(number)
    return found if found is not None and found.provider in providers() else None


@reader.as_house
def play(payment: OnlinePayment, *, paid: bool) -> None:
    """What the stand-in does when the payer is through with its page: it sends its signed message."""
    body, headers = stand_in().message(payment.id, payment.amount, paid=paid, at=int(datetime.now(UTC).timestamp()))
    take(payment.provider, body, headers)


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
        by=BY,
        role=Role.SYSTEM,
        key=payment.provider,
        payer=payment.trader,
    )
    if rest.minor:
        of = Of(f"online {payment.id}", at, BY, rest.currency)
        made = journal("overpaid_online", [Line(payment.provider, f"online {payment.id}", rest.minor)], of)
        treasury.post([made] if made else [])
