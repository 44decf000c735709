"""Settle: a payment is recorded against what is due; when all is paid the line goes on to release."""

from __future__ import annotations

from customhouse.clearance.file import record
from customhouse.kernel.money import Money
from customhouse.record.acts import Paid
from customhouse.record.declaration import Declaration, Receipt, Role
from customhouse.registry import numbers


def pay(key: str | int, amount: Money, method: str, *, by: str, role: Role, payer: str = "") -> Declaration:
    """Record a payment and give it a receipt number. Raises NotPermitted when nothing is due."""
    receipt = Receipt(numbers.receipt(), amount, method, payer)
    return record(key, (Paid(receipt),), by=by, role=role)
