"""The section of the record about duties: what is owed on each item with everything that says why, and what is secured."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from customhouse.kernel.money import Money
from customhouse.record.section import Section


class QuotaAllocation(Section, frozen=True):
    """What a tariff quota granted an item of the quantity asked for (both in `unit`), and the period it was drawn from.

    `critical`: so much of the volume is drawn that the authority watches it.
    """

    item: int
    order: str
    period: date
    unit: str
    asked: Decimal
    granted: Decimal
    critical: bool = False


class DutyComponent(Section, frozen=True):
    """One term of a duty expression with its numbers: 2.7 % of a customs value, or 147 per 100 kg of a net mass."""

    basis: str
    quantity: str
    rate: str
    amount: int


Treatment = Literal["", "relieved", "suspended", "deposited", "postponed"]
"""Relieved for good; suspended while a procedure lasts; deposited until customs decides; postponed to the trader's return."""


class DutyTaxFee(Section, frozen=True):
    """One duty, tax or fee on one item, with everything needed to say why.

    `measure` and `source` name the line of law, `formula` its words, `components` the numbers put in, `rounding` the
    rule applied, `amount` the result, `payable` what is really due now (less than `amount` under suspense or relief).
    `treatment` says why less is due, `relief` by which claim; `base` is what a percentage was charged on, in minor units.
    """

    item: int
    type: str
    measure: str
    source: str
    since: date
    formula: str
    components: tuple[DutyComponent, ...]
    rounding: str
    amount: Money
    payable: Money
    preference: str = ""
    payment_method: str = ""
    note: str = ""
    base: int = 0
    treatment: Treatment = ""
    relief: str = ""

    @property
    def assessed(self) -> Money:
        """What stays of the amount when reliefs for good and deposits are off: payable now, later, or at stake."""
        return Money(0, self.amount.currency) if self.treatment in ("relieved", "deposited") else self.amount


class Security(Section, frozen=True):
    """What must be secured for one tax on one item, and why.

    `type` is the tax type under which it is booked where it is put down with the declaration (a deposit, an account);
    empty where a guarantee covers it.
    """

    item: int
    tax_type: str
    amount: Money
    why: str
    type: str = ""
    source: str = ""


class Assessment(Section, frozen=True):
    """What is owed. `total` are all duties assessed, also those only at stake under suspense; `payable` is due now."""

    duties: tuple[DutyTaxFee, ...]
    total: Money
    payable: Money
    securities: tuple[Security, ...] = ()

    @property
    def secured(self) -> Money:
        """All that must be secured, by whatever means."""
        return Money(sum(s.amount.minor for s in self.securities), self.total.currency)
