"""What is due on the parcels of a consolidation: one charge, and what happened to it. Both are only ever added to.

Amounts are minor units in the currency of the charge. Source: RKC General Annex 4.6-4.17; specific annex J2 (postal traffic);
one amount for many consignments as in the WCO Immediate Release Guidelines (periodic and summary payment).
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Literal

import msgspec

from customhouse.kernel.money import Money
from customhouse.record.parcel import MARK, ROWS, place, span

Happening = Literal["deferred", "paid", "voided", "taken_over", "moved"]
Taxes = tuple[tuple[str, int], ...]
"""(tax type, minor units) in the order of the types; empty where it is not known by tax."""


def charge_number(consolidation: int) -> int:
    """The number of a consolidation's charge, in one series with declarations and parcels: that of the row before its first."""
    return span(consolidation)[0]


def is_charge(number: int) -> bool:
    """Whether a number is that of a charge of a consolidation."""
    return number > MARK and number % ROWS == 0


def charged_consolidation(number: int) -> int:
    """The consolidation whose charge has this number."""
    return place(number)[0]


def charge_leaf(charge: ParcelCharge) -> bytes:
    """What is sealed in the log of a charge as it was raised: SHA-256 over all that it says."""
    amount = charge.amount
    told = [
        charge.consolidation,
        charge.declarant,
        amount.minor,
        amount.currency,
        charge.parcels,
        charge.at,
        charge.taxes,
    ]
    return hashlib.sha256(b"charge|" + msgspec.json.encode(told)).digest()


def event_leaf(consolidation: int, e: ChargeEvent) -> bytes:
    """What is sealed in the log of an event of the charge of a consolidation."""
    told = [
        consolidation,
        e.number,
        e.event,
        e.amount,
        e.at,
        e.by,
        e.method,
        e.account,
        e.receipt,
        e.payer,
        e.parcel,
        e.taxes,
        e.text,
    ]
    return hashlib.sha256(b"charge event|" + msgspec.json.encode(told)).digest()


class ChargeEvent(msgspec.Struct, frozen=True):
    """Something that happened to a charge: `deferred` to the account `account`; `paid` by `method` under `receipt`; the amount of
    `parcel` `taken_over` by a file of its own, and what had been paid of it `moved` there under `receipt`; a `receipt` `voided` for
    the reason `text`, with the method and the account of its payment.

    `account` is, of a payment, where the money came in: the drawer, an entry of the bank, a provider. `taxes` says by tax what is
    taken over.
    """

    number: int
    event: Happening
    amount: int
    at: datetime
    by: str
    method: str = ""
    account: str = ""
    receipt: str = ""
    payer: str = ""
    parcel: int = 0
    taxes: Taxes = ()
    text: str = ""


class ParcelCharge(msgspec.Struct, frozen=True):
    """What `parcels` parcels of a consolidation with the verdict `due` were to be paid for when it was done, by tax, and what
    happened since."""

    consolidation: int
    reference: str
    declarant: str
    amount: Money
    parcels: int
    at: datetime
    events: tuple[ChargeEvent, ...] = ()
    taxes: Taxes = ()

    @property
    def number(self) -> int:
        return charge_number(self.consolidation)

    def _sum(self, *happenings: Happening) -> int:
        return sum(e.amount for e in self.events if e.event in happenings)

    @property
    def due(self) -> int:
        """What is due of it: without the parcels that have files of their own."""
        return self.amount.minor - self._sum("taken_over")

    @property
    def answered(self) -> int:
        """What was paid or stands on a deferment account, less what went to files of parcels."""
        return self._sum("paid", "deferred") - self._sum("voided", "moved")

    @property
    def owed(self) -> Money:
        """What is left to pay."""
        return Money(max(0, self.due - self.answered), self.amount.currency)

    @property
    def is_paid(self) -> bool:
        """Whether its parcels may go: nothing is left to pay, in money or by deferment."""
        return self.owed.minor == 0

    @property
    def is_deferred(self) -> bool:
        return any(e.event == "deferred" for e in self.events)

    @property
    def taken_over(self) -> int:
        """How many of its parcels have files of their own."""
        return sum(e.event == "taken_over" for e in self.events)

    @property
    def receipts(self) -> tuple[str, ...]:
        """The receipts that stand."""
        void = {e.receipt for e in self.events if e.event == "voided"}
        return tuple(e.receipt for e in self.events if e.event == "paid" and e.receipt not in void)

    @property
    def due_by_tax(self) -> Taxes:
        """What is due of it by tax, without the parcels that have files of their own; empty where it is not known."""
        left = dict(self.taxes)
        for event in self.events:
            for tax, minor in event.taxes:
                left[tax] = left.get(tax, 0) - minor
        return tuple(sorted((tax, minor) for tax, minor in left.items() if minor))
