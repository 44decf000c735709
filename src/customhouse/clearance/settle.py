"""Settle: a payment is recorded against what is due; when all is paid the line goes on to release."""

from __future__ import annotations

from customhouse.clearance.file import record
from customhouse.kernel.money import Money
from customhouse.record.acts import Discharged, Paid, Reversed
from customhouse.record.declaration import Declaration, Receipt, Role
from customhouse.record.flow import NotPermitted, permitted
from customhouse.registry import files, numbers

COUNTER = ("cash", "card")  # how money may be taken at the desk
ARRIVED = ("bank", "online")  # it came by a statement of the bank or a message of a provider, which `reference` names
CONSOLIDATION = "consolidation"  # it was paid with the charge of the consolidation that the parcel came in


def is_payable(d: Declaration) -> bool:
    """Whether something can be paid on it now."""
    return "Paid" in permitted(d, Role.CASHIER)


def pay(
    key: str | int, amount: Money, method: str, *, by: str, role: Role, payer: str = "", reference: str = ""
) -> Declaration:
    """Record a payment that has come, and give it a receipt number. Raises NotPermitted when nothing is due.

    `reference` says where the money came in when it was not over the counter: an entry of the bank, a provider. What is
    only said to be under way (a transfer) is no payment: it counts when the statement of the bank brings it.
    """
    if method not in COUNTER and not (method in ARRIVED and reference):
        raise NotPermitted("Paid", f"money counts when it has come; {method or 'this'} is not taken at the desk")
    receipt = Receipt(numbers.receipt(), amount, method, payer, reference)
    return record(key, (Paid(receipt),), by=by, role=role)


def reverse(key: str | int, receipt: str, reason: str, *, by: str, role: Role) -> Declaration:
    """Void a receipt: what it was given for is owed again. Raises NotPermitted when there is no such receipt, or when what it
    says came with the charge of a consolidation: no money was taken for it here."""
    settled = files.get(key).settled
    if any(r.number == receipt and r.method == CONSOLIDATION for r in (settled.receipts if settled else ())):
        raise NotPermitted("Reversed", "it was paid with the charge of its consolidation")
    return record(key, (Reversed(receipt, reason),), by=by, role=role)


def discharge(key: str | int, reason: str, *, by: str, role: Role) -> Declaration:
    """The procedure has ended: what was reserved of the trader's guarantee is free again."""
    return record(key, (Discharged(reason),), by=by, role=role)
