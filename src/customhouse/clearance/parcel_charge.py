"""The charge of a consolidation: paid at the desk or by an order, deferred when an account covers it, and what of it a parcel's own
file takes over. Its parcels with the verdict `due` may go when nothing of it is left to pay."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction

from customhouse.clearance.file import record
from customhouse.clearance.settle import ARRIVED, CONSOLIDATION, COUNTER
from customhouse.kernel.money import Money
from customhouse.record.acts import Paid
from customhouse.record.declaration import Declaration, Receipt, Role
from customhouse.record.flow import NotPermitted
from customhouse.record.parcel_charge import ChargeEvent, ParcelCharge, charge_number, charged_consolidation
from customhouse.registry import numbers, parcel_charge, reader
from customhouse.registry.parcels import Stored

BY = "customhouse"


@reader.as_house
def pay(
    consolidation: int, amount: Money, method: str, *, by: str, payer: str = "", key: str = "drawer"
) -> ParcelCharge:
    """Record a payment that has come on the charge of a consolidation, and give it a receipt number.

    `key` says where it came in: the drawer, an entry of the bank, a provider. Raises NotPermitted when nothing is due, for more
    than is due, another currency, or a method that is not taken.
    """
    if method not in COUNTER and not (method in ARRIVED and key):
        raise NotPermitted("Paid", f"money counts when it has come; {method or 'this'} is not taken at the desk")
    with transaction.atomic():
        charge = parcel_charge.locked(consolidation)
        if charge is None or charge.is_paid:
            raise NotPermitted("Paid", "nothing is due")
        if amount.currency != charge.owed.currency:
            raise NotPermitted("Paid", f"payment is due in {charge.owed.currency}")
        if not 0 < amount.minor <= charge.owed.minor:
            raise NotPermitted("Paid", f"{charge.owed} are due, and {amount} were given")
        return parcel_charge.add(
            charge,
            ChargeEvent(0, "paid", amount.minor, datetime.now(UTC), by, method, key, numbers.receipt(), payer),
        )


def pay_most(number: int, amount: Money, method: str, *, by: str, key: str, payer: str) -> int:
    """Pay what is left of the charge of this number, at most `amount`; how much went on it, in minor units."""
    with transaction.atomic():
        charge = parcel_charge.locked(charged_consolidation(number))
        minor = min(charge.owed.minor, amount.minor) if charge else 0
        if charge is None or minor <= 0:
            return 0
        pay(charge.consolidation, Money(minor, amount.currency), method, by=by, payer=payer, key=key)
    return minor


def owed(number: int, trader: str) -> Money:
    """What is left to pay of the charge of this number, which is held until the caller's transaction ends.

    Raises ValueError where it is another's, or none.
    """
    with transaction.atomic():
        charge = parcel_charge.locked(charged_consolidation(number))
    if charge is None or charge.declarant != trader:
        raise ValueError(f"charge {number} is another's")
    return charge.owed


def debtor(number: int) -> str:
    """Who owes the charge of this number. Raises ValueError where there is none."""
    charge = parcel_charge.of(charged_consolidation(number))
    if charge is None:
        raise ValueError(f"there is no charge {number}")
    return charge.declarant


def retry(declarant: str) -> int:
    """Defer what is left of this declarant's charges where its account covers them now; how many."""
    done = 0
    for one in parcel_charge.unpaid(declarant)[::-1]:
        with transaction.atomic():
            charge = parcel_charge.locked(one.consolidation)
            if charge is not None and not charge.is_paid:
                done += parcel_charge.defer(charge, at=datetime.now(UTC))
    return done


@reader.as_house
def take_over(d: Declaration, stored: Stored) -> None:
    """A parcel gets a file, which now owes its amount: the charge of its consolidation is due without it, and what had been paid
    for it pays the file. In the transaction that makes the file; does nothing for a parcel that is in no charge."""
    charge = parcel_charge.locked(stored.consolidation) if stored.verdict == "due" else None
    if charge is None or any(e.parcel == stored.number for e in charge.events):
        return
    at = datetime.now(UTC)
    charge = parcel_charge.add(charge, ChargeEvent(0, "taken_over", stored.payable, at, BY, parcel=stored.number))
    if not charge.over:
        return
    receipt = Receipt(
        numbers.receipt(), Money(charge.over, charge.amount.currency), CONSOLIDATION, charge.declarant,
        str(charge_number(charge.consolidation)),
    )  # fmt: skip
    parcel_charge.add(
        charge,
        ChargeEvent(0, "moved", charge.over, at, BY, CONSOLIDATION, receipt=receipt.number, parcel=stored.number),
    )
    record(d.id, (Paid(receipt),), by=BY, role=Role.SYSTEM)
