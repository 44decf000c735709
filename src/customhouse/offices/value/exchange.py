"""Rates of exchange: the one the law gives for the day, or the one the parties agreed where the law accepts it.

Source: WTO Agreement on Customs Valuation, article 9.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from customhouse.kernel.money import round_to_minor
from customhouse.kernel.validity import Validity
from customhouse.law.book import Law
from customhouse.law.terms import Rate
from customhouse.offices.value.checks import Checks
from customhouse.record.lodgement import Amount, Lodgement


class Converted(msgspec.Struct, frozen=True, gc=False):
    """An amount in national minor units, with what was declared and the rate in words."""

    minor: int
    declared: str
    rate: str = "1"
    source: str = ""


class Exchange:
    """Converts declared amounts; currencies without a rate are gathered in `missing`."""

    def __init__(self, lodged: Lodgement, law: Law, checks: Checks) -> None:
        self.law, self.missing, self.checks = law, dict[str, None](), checks
        self._agreed: dict[str, Rate] = {}
        if lodged.currency_exchanges:
            self._take_agreed(lodged)

    def convert(self, amount: Amount) -> Converted:
        """`amount` in national currency; nothing where the law has no rate, which is then noted."""
        law, currency = self.law, amount.currency or self.law.currency
        declared = f"{amount.value} {currency}"
        if currency == law.currency:
            return Converted(round_to_minor(amount.value, currency, law.rounding), declared)
        rate = self._agreed.get(currency) or law.rate(currency)
        if rate is None:
            self.missing[currency] = None
            return Converted(0, declared, "")
        minor = rate.to_national(amount.value, law.currency, law.rounding)
        return Converted(minor, declared, rate.quoted(law.currency), rate.source)

    def _take_agreed(self, lodged: Lodgement) -> None:
        """Rates fixed between the parties (DE 4/15). Where the national currency stands beside one, it is the rate of the
        one foreign currency invoiced. It is read the way the law quotes that currency."""
        for agreed in lodged.currency_exchanges:
            if agreed.rate is None:
                continue
            currency = agreed.currency
            if currency in ("", self.law.currency):
                currency = _invoiced(lodged, self.law.currency)
            self._judge(currency, agreed.rate)

    def _judge(self, currency: str, agreed: Decimal) -> None:
        law, official = self.law, self.law.rate(currency)
        if official is not None and official.value == agreed:
            self.checks.met.append("agreed_rate")
        elif not currency or agreed <= 0:
            self._doubt(
                f"The agreed rate {agreed} cannot be used: it is not clear for which currency, or not above zero"
            )
        elif law.valuation.agreed_rate == "refuse":
            used = f"the rate of the law, {official.quoted(law.currency)}, is used" if official else "the law has none"
            self._doubt(f"The rate {agreed} agreed for {currency} is not taken; {used}")
        else:
            like = official or Rate(validity=Validity(date.min), currency=currency, value=agreed)
            source = f"rate agreed between the parties (DE 4/15), {law.valuation.source}".removesuffix(", ")
            self._agreed[currency] = msgspec.structs.replace(like, value=agreed, source=source)
            self.checks.met.append("agreed_rate")

    def _doubt(self, why: str) -> None:
        self.checks.doubt("agreed_rate", why, "Leave the agreed rate out, or ask the valuation office")


def _invoiced(lodged: Lodgement, national: str) -> str:
    """The one foreign currency of prices and invoice, or nothing when there are several."""
    found = {i.commodity.price.currency for i in lodged.items if i.commodity.price}
    if lodged.invoice:
        found.add(lodged.invoice.currency)
    foreign = found - {"", national}
    return foreign.pop() if len(foreign) == 1 else ""
