"""Payments begun at a provider, and what it told about them, each message once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import IntegrityError, connection, transaction

from customhouse.kernel.money import Money
from customhouse.registry import turn


class OnlinePayment(msgspec.Struct, frozen=True):
    """A payment of an order at a provider; `status` is open, paid or failed."""

    id: str
    provider: str
    trader: str
    reference: str
    amount: Money
    by: str
    at: datetime
    status: str


SQL = (
    "select p.id, p.provider, p.trader, p.reference, p.amount, p.currency, p.by, p.at, coalesce((select e.status from "
    "online_payment_event e where e.payment = p.id order by e.status = 'paid' desc limit 1), 'open') from online_payment p"
)


def begin(payment: OnlinePayment) -> None:
    """Keep a payment that is begun."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into online_payment (id, provider, trader, reference, amount, currency, by, at) values (%s, %s, %s, %s, %s, %s, %s, %s)",
            [payment.id, payment.provider, payment.trader, payment.reference, payment.amount.minor, payment.amount.currency,
             payment.by, payment.at],
        )  # fmt: skip


def alone(reference: str) -> None:
    """Wait for whoever begins to pay the same order, until the transaction ends."""
    turn.wait_in_transaction("online payment", reference)


def standing(provider: str, reference: str, amount: Money) -> OnlinePayment | None:
    """The payment of this order over this amount that was begun before and is not paid."""
    rows = _all(
        f"{SQL} where p.provider = %s and p.reference = %s and p.amount = %s and p.currency = %s and not exists (select from "
        "online_payment_event e where e.payment = p.id and e.status = 'paid') order by p.at limit 1",
        [provider, reference, amount.minor, amount.currency],
    )
    return _payment(rows[0]) if rows else None


def get(number: str) -> OnlinePayment | None:
    rows = _all(f"{SQL} where p.id = %s", [number])
    return _payment(rows[0]) if rows else None


class Overpaid(msgspec.Struct, frozen=True):
    """A payment of which something was over, and how much of it is not placed yet."""

    payment: OnlinePayment
    left: Money


def overpaid(number: str = "") -> list[Overpaid]:
    """Payments at a provider that came when less was owed, with what waits of them (or the one of this number)."""
    rows = _all(
        "select substr(key, 8), currency, -balance from account where kind = 'unallocated' and key like 'online P%%' "
        "and balance <> 0 and (%s = '' or key = 'online ' || %s) order by id limit 200",
        [number, number],
    )
    found = ((get(payment), Money(int(minor), currency)) for payment, currency, minor in rows)
    return [Overpaid(payment, left) for payment, left in found if payment is not None]


def _payment(row: tuple[Any, ...]) -> OnlinePayment:
    id, provider, trader, reference, amount, currency, by, at, status = row
    return OnlinePayment(id, provider, trader, reference, Money(amount, currency), by, at, status)


def told(provider: str, event: str, payment: OnlinePayment, status: str, *, at: datetime) -> bool:
    """Keep what a provider told; False when it told it before. Joins the transaction of whoever asks."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "insert into online_payment_event (provider, event, payment, trader, status, at) values (%s, %s, %s, %s, %s, %s)",
                [provider, event, payment.id, payment.trader, status, at],
            )
    except IntegrityError:
        return False
    return True


def _all(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()  # type: ignore[no-any-return]
