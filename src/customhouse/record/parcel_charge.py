"""What is due on the parcels of a consolidation: one charge, and what happened to it. Both are only ever added to.

Amounts are minor units in the currency of the charge. Source: RKC General Annex 4.6-4.17; specific annex J2 (postal traffic);
one amount for many consignments as in the WCO Immediate Release Guidelines (periodic and summary payment).
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from customhouse.kernel.money import Money
from customhouse.record.parcel import MARK, ROWS, place, span

Happening = Literal["deferred", "paid", "taken_over", "moved"]


def charge_number(consolidation: int) -> int:
    """The number of a consolidation's charge, in one series with declarations and parcels: that of the row before its first."""
    return span(consolidation)[0]


def is_charge(number: int) -> bool:
    """Whether a number is that of a charge of a consolidation."""
    return number > MARK and number % ROWS == 0


def charged_consolidation(number: int) -> int:
    """The consolidation whose charge has this number."""
    return place(number)[0]


class ChargeEvent(msgspec.Struct, frozen=True):
    """Something that happened to a charge: `deferred` to the account `account`; `paid` by `method` under `receipt`; the amount of
    `parcel` `taken_over` by a file of its own, and what had been paid of it `moved` there under `receipt`.

    `account` is, of a payment, where the money came in: the drawer, an entry of the bank, a provider.
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


class ParcelCharge(msgspec.Struct, frozen=True):
    """What `parcels` parcels of a consolidation with the verdict `due` were to be paid for when it was done, and what happened since."""

    consolidation: int
    reference: str
    declarant: str
    amount: Money
    parcels: int
    at: datetime
    events: tuple[ChargeEvent, ...] = ()

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
        return self._sum("paid", "deferred") - self._sum("moved")

    @property
    def owed(self) -> Money:
        """What is left to pay."""
        return Money(max(0, self.due - self.answered), self.amount.currency)

    @property
    def over(self) -> int:
        """What was paid for parcels whose amount was taken over."""
        return max(0, self.answered - self.due)

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
        return tuple(e.receipt for e in self.events if e.event == "paid")
