"""The events of the books: one row each, what is debited and what is credited. Everything that is booked is a row here.

A line of an event moves an amount from the account named second to the one named first; an amount below zero goes the
other way, so that what lowers a debt is the event that raised it, with a minus.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import msgspec

from customhouse.record.account import Account as BookAccount
from customhouse.record.account import AccountKind, Journal, Posting

K = AccountKind


class Event(NamedTuple):
    """A row: the kind of account debited, the kind credited, and what happened in words."""

    debit: AccountKind
    credit: AccountKind
    text: str


EVENTS: dict[str, Event] = {
    # --- what is owed
    "assessed": Event(K.RECEIVABLE, K.REVENUE, "Duties assessed and due"),
    "amended": Event(K.RECEIVABLE, K.REVENUE, "Duties assessed anew after an amendment"),
    "invalidated": Event(K.RECEIVABLE, K.REVENUE, "Declaration invalidated, nothing is owed"),
    "taken_over": Event(K.RECEIVABLE, K.REVENUE, "Parcel of a consolidation has a file of its own"),
    # --- paid
    "paid_cash": Event(K.CASH, K.RECEIVABLE, "Paid in cash"),
    "paid_announced": Event(K.AWAITED, K.RECEIVABLE, "Paid by transfer or card, awaited at the bank"),
    "paid_online": Event(K.PROVIDER, K.RECEIVABLE, "Paid through a payment provider"),
    "paid_bank": Event(K.UNALLOCATED, K.RECEIVABLE, "Paid from money received at the bank"),
    "paid_with_consolidation": Event(K.RECEIVABLE, K.RECEIVABLE, "Paid with the charge of its consolidation"),
    # --- accounts of traders
    "deferred": Event(K.DEFERMENT, K.RECEIVABLE, "Charged to a deferment account"),
    "settled_cash": Event(K.CASH, K.DEFERMENT, "Deferment settled in cash"),
    "settled_online": Event(K.PROVIDER, K.DEFERMENT, "Deferment settled through a payment provider"),
    "settled_bank": Event(K.UNALLOCATED, K.DEFERMENT, "Deferment settled from money received at the bank"),
    "guaranteed": Event(K.GUARANTEE, K.SECURED, "Reserved of a guarantee"),
    "guarantee_released": Event(K.GUARANTEE, K.SECURED, "Guarantee released"),
    "guarantee_called": Event(K.GUARANTOR, K.REVENUE, "Suspended duties called from the guarantor"),
    "guarantor_paid": Event(K.UNALLOCATED, K.GUARANTOR, "Guarantor paid"),
    # --- the bank's statement
    "received": Event(K.BANK, K.UNALLOCATED, "Received at the bank"),
    "overpaid_online": Event(K.PROVIDER, K.UNALLOCATED, "Paid twice through a payment provider"),
    "arrived": Event(K.UNALLOCATED, K.AWAITED, "An announced payment arrived at the bank"),
    "banked": Event(K.UNALLOCATED, K.CASH, "Cash of the drawer brought to the bank"),
    "provider_paid": Event(K.UNALLOCATED, K.PROVIDER, "A payment provider paid out"),
    "returned": Event(K.UNALLOCATED, K.PAYOUT, "Money nobody could place is sent back"),
    "paid_out": Event(K.PAYOUT, K.BANK, "Paid out by the bank"),
    "bank_charge": Event(K.BANK_CHARGE, K.BANK, "Charge of the bank"),
    # --- paid back
    "refund": Event(K.REVENUE, K.REFUND, "Refund of duties ordered"),
    "repayment": Event(K.RECEIVABLE, K.REFUND, "Repayment of an overpayment ordered"),
    "refund_sent": Event(K.REFUND, K.PAYOUT, "Refund sent to the bank"),
    "drawback": Event(K.REVENUE, K.DRAWBACK, "Drawback granted"),
    "drawback_sent": Event(K.DRAWBACK, K.PAYOUT, "Drawback sent to the bank"),
}
# What gives a receipt: money came in for a debt.
RECEIPTS = tuple(name for name in EVENTS if name.startswith(("paid_", "settled_")) and name != "paid_out")
PAYMENT = {
    "cash": "paid_cash",
    "transfer": "paid_announced",
    "card": "paid_announced",
    "bank": "paid_bank",
    "online": "paid_online",
    "consolidation": "paid_with_consolidation",
}


class Line(NamedTuple):
    """`minor` units from the account of key `credit` to that of key `debit`."""

    debit: str
    credit: str
    minor: int


class Of(msgspec.Struct, frozen=True):
    """What a journal is about: its source, when and by whom, and the declaration, act and trader it belongs to."""

    source: str
    at: datetime
    by: str
    currency: str
    declaration: int = 0
    act: int = 0
    trader: str = ""


# Whose account it is: one on which a trader owes or is owed. What the treasury keeps for itself is nobody's.
TRADERS = (K.RECEIVABLE, K.AWAITED, K.DEFERMENT, K.GUARANTEE, K.SECURED, K.GUARANTOR, K.REFUND, K.DRAWBACK)


def journal(
    event: str, lines: Iterable[Line], of: Of, *, text: str = "", reference: str = "", receipt: str = ""
) -> Journal | None:
    """The journal of an event; None when nothing is moved. Raises KeyError for an event that has no row."""
    row = EVENTS[event]
    sums: dict[BookAccount, int] = {}
    for line in lines:
        for kind, key, minor in ((row.debit, line.debit, line.minor), (row.credit, line.credit, -line.minor)):
            account = BookAccount(kind, key, of.currency, _owner(kind, key, of.trader))
            sums[account] = sums.get(account, 0) + minor
    postings = tuple(Posting(account, minor) for account, minor in sorted(sums.items()) if minor)
    if not postings:
        return None
    return Journal(
        of.source,
        event,
        of.at,
        of.by,
        postings,
        of.declaration,
        of.act,
        of.trader,
        text or row.text,
        reference,
        receipt,
    )


def _owner(kind: AccountKind, key: str, trader: str) -> str:
    """The trader of an account: of an account of its own, the one its key begins with."""
    if kind not in TRADERS:
        return ""
    return key.partition("/")[0] if "/" in key else trader
