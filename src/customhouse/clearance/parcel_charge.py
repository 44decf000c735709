"""The charge of a consolidation: paid at the desk or by an order, deferred when an account covers it, and what of it a parcel's own
file takes over. Its parcels with the verdict `due` may go when nothing of it is left to pay."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from django.db import transaction
from msgspec.structs import replace

from customhouse.clearance.settle import ARRIVED, CONSOLIDATION, COUNTER
from customhouse.kernel.money import Money
from customhouse.offices.treasury.books import split
from customhouse.record.declaration import Declaration, Receipt
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
def void(consolidation: int, receipt: str, reason: str, *, by: str) -> ParcelCharge:
    """Void a receipt of a charge: what it was given for is owed again, as `settle.reverse` does it for a declaration.

    Raises NotPermitted where no such receipt stands, or without a reason.
    """
    with transaction.atomic():
        charge = parcel_charge.locked(consolidation)
        paid = next((e for e in charge.events if e.event == "paid" and e.receipt == receipt), None) if charge else None
        if charge is None or paid is None or receipt not in charge.receipts:
            raise NotPermitted("Reversed", f"no receipt {receipt} stands on it")
        if not reason:
            raise NotPermitted("Reversed", "a reason is to be given")
        made = replace(paid, event="voided", at=datetime.now(UTC), by=by, text=reason)
        return parcel_charge.add(charge, made)


def held_for(stored: Stored) -> ParcelCharge | None:
    """The charge that a parcel is in, held until the caller's transaction ends; None where it is in none. Whoever opens a file of
    such a parcel holds it before the file is stored, so that nobody waits in a ring."""
    return parcel_charge.locked(stored.consolidation) if stored.verdict == "due" else None


def take_over(charge: ParcelCharge, files: Sequence[tuple[Declaration, Stored]]) -> dict[int, Receipt]:
    """Parcels of a charge, which the caller holds, get files that now owe their amounts: it is due without them. The receipts, by
    number of the file, of those for which something had been paid: that is now theirs, and is to be recorded in them."""
    at, there = datetime.now(UTC), {e.parcel for e in charge.events}
    left = charge.due - charge.answered
    receipts, events = dict[int, Receipt](), list[ChargeEvent]()
    for d, stored in files:
        if stored.verdict != "due" or stored.number in there:
            continue
        taxes = tuple(sorted(split(d.assessed).items())) if charge.taxes and d.assessed else ()
        events.append(ChargeEvent(0, "taken_over", stored.payable, at, BY, parcel=stored.number, taxes=taxes))
        left -= stored.payable
        if left < 0:
            moved, left = -left, 0
            receipt = receipts[d.id] = Receipt(
                numbers.receipt(), Money(moved, charge.amount.currency), CONSOLIDATION, charge.declarant,
                str(charge_number(charge.consolidation)),
            )  # fmt: skip
            events.append(
                ChargeEvent(0, "moved", moved, at, BY, CONSOLIDATION, receipt=receipt.number, parcel=stored.number)
            )
    parcel_charge.add(charge, *events)
    return receipts
