"""Order: a trader is asked to pay what it owes, for several declarations at once or for a month of deferment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from django.db import transaction

from customhouse.clearance import charge, parcel_charge
from customhouse.clearance.settle import is_payable, pay
from customhouse.kernel.money import Money
from customhouse.offices.treasury.events import Line, Of, journal
from customhouse.record.account import AccountKind
from customhouse.record.declaration import Role
from customhouse.record.flow import NotPermitted
from customhouse.record.parcel_charge import is_charge
from customhouse.registry import booking, files, numbers, orders, reader, treasury
from customhouse.registry.orders import Order, OrderLine

DAYS = 10  # days to pay an order for declarations (UCC article 108 has the same term)
DEFERMENT_DAY = 15  # day of the following month by which a month's deferment is paid (as UCC article 111)
SETTLED = {"cash": "settled_cash", "bank": "settled_bank", "online": "settled_online"}


@reader.as_house
def order(trader: str, declarations: Sequence[int], *, by: str, at: datetime | None = None) -> Order:
    """An order for what these declarations, and charges of consolidations, of the trader owe. Raises ValueError for another's, or when nothing is owed."""
    at = at or datetime.now(UTC)
    lines = []
    for number in dict.fromkeys(declarations):
        if is_charge(number):
            lines.append(OrderLine(number, parcel_charge.owed(number, trader)))
            continue
        d = files.get(number)
        if d.lodged.declarant_id != trader:
            raise ValueError(f"declaration {d.mrn or number} is another's")
        if d.settled is not None and d.settled.outstanding.minor and not d.invalidated:
            booking.book(d.id)  # what is asked for stands in the books
            lines.append(OrderLine(d.id, d.settled.outstanding))
    return orders.issue(trader, lines, due_on=at.date() + timedelta(days=DAYS), by=by, at=at)


@reader.as_house
def order_one(declaration: int, payer: str, *, by: str, at: datetime | None = None) -> tuple[Order, bool]:
    """The order for what one declaration owes, to whoever pays it, and whether it is new.

    One that stands over the same amount is handed out again, also when two ask at the same moment. Whether the payer may
    pay on this file is asked by the caller. Raises NotPermitted when nothing is to be paid.
    """
    at = at or datetime.now(UTC)
    with files.opened(declaration) as file:
        d = file.declaration
        if d.settled is None or not is_payable(d):
            raise NotPermitted("Paid", "nothing is due")
        booking.book(d.id)  # what is asked for stands in the books
        owed = d.settled.outstanding
        standing = next((one for one in orders.asking(d.id, payer) if one.open == owed), None)
        if standing is not None:
            return standing, False
        due_on = at.date() + timedelta(days=DAYS)
        return orders.issue(payer, [OrderLine(d.id, owed)], due_on=due_on, by=by, at=at), True


@reader.as_house
def order_charge(charge: int, trader: str, *, by: str, at: datetime | None = None) -> Order:
    """The order for what is left of the charge of a consolidation: the one that stands over it, or a new one.

    Raises ValueError for another's, NotPermitted when nothing is to be paid.
    """
    with transaction.atomic():
        owed = parcel_charge.owed(charge, trader)
        if not owed.minor:
            raise NotPermitted("Paid", "nothing is due")
        standing = next((one for one in orders.asking(charge, trader) if one.open == owed), None)
        return standing or order(trader, [charge], by=by, at=at)


@reader.as_house
def found(reference: str) -> Order:
    """The order with what is open of it, also to a payer who is not the declarant; whose it is the caller asks.

    Raises UnknownOrder.
    """
    return orders.get(reference)


@reader.as_house
def of(trader: str, last: int = 60) -> list[Order]:
    """The last orders to a trader, newest first."""
    return orders.of(trader, last)


@reader.as_house
def order_month(trader: str, number: str, month: date, *, by: str, at: datetime | None = None) -> Order | None:
    """The order for a month (its first day) of a deferment account; None when nothing is owed."""
    following = (month + timedelta(days=32)).replace(day=1)
    at = at or datetime.now(UTC)
    return orders.issue_month(number, trader, month, due_on=following.replace(day=DEFERMENT_DAY), by=by, at=at)


@reader.as_house
def order_months(month: date, *, by: str) -> list[Order]:
    """The orders for a month of every deferment account on which something stands."""
    found = (order_month(trader, number, month, by=by) for trader, number in orders.months())
    return [one for one in found if one is not None]


@reader.as_house
def pay_order(
    reference: str, amount: Money, method: str, *, by: str, role: Role, key: str = "drawer", payer: str = ""
) -> Money:
    """Put a payment on what an order asks for, in its order; what is left of the payment comes back.

    `key` says where the money came in: the drawer, an entry of the bank, a provider. Raises UnknownOrder.
    """
    asked = orders.get(reference)
    if asked.amount.currency != amount.currency:
        raise ValueError(f"payment order {reference} is in {asked.amount.currency}")
    if asked.kind == "deferment":
        return _settle_deferment(asked, amount, method, by=by, key=key)
    left = amount.minor
    for line in asked.lines:
        left -= pay_declaration(
            line.declaration, Money(left, amount.currency), method, by=by, role=role, key=key, payer=payer
        )
    return Money(left, amount.currency)


@reader.as_house
def pay_declaration(
    declaration: int, amount: Money, method: str, *, by: str, role: Role, key: str, payer: str = ""
) -> int:
    """Pay what a declaration owes, at most `amount`; how much went on it, in minor units."""
    if is_charge(declaration):
        return parcel_charge.pay_most(declaration, amount, method, by=by, key=key, payer=payer)
    d = files.get(declaration)
    owed = d.settled.outstanding.minor if d.settled and not d.invalidated else 0
    minor = min(owed, amount.minor)
    if minor <= 0:
        return 0
    try:
        pay(declaration, Money(minor, amount.currency), method, by=by, role=role, payer=payer, reference=key)
    except NotPermitted:  # it is released, refused or withdrawn: what is owed on it is not paid this way
        return 0
    return minor


def _settle_deferment(asked: Order, amount: Money, method: str, *, by: str, key: str) -> Money:
    minor = min(asked.open.minor, amount.minor)
    if minor <= 0:
        return amount
    receipt = numbers.receipt()
    of = Of(f"receipt {receipt}", datetime.now(UTC), by, amount.currency, trader=asked.trader)
    made = journal(
        SETTLED[method],
        [Line(key, f"{asked.trader}/{asked.number}", minor)],
        of,
        reference=str(asked.reference),
        receipt=receipt,
    )
    treasury.post([made] if made else [])
    charge.retry(AccountKind.DEFERMENT, asked.trader)
    return Money(amount.minor - minor, amount.currency)
