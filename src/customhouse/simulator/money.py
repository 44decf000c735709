"""Prices and rates of exchange of the simulated world: what one unit of a currency is worth on a day, in dollars.

These are market rates that traders reckon with. The rates that customs uses are law and stand in the country's pack.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from customhouse.kernel.currency import minor_digits
from customhouse.simulator.draw import Draw

USD_PER_UNIT: dict[str, float] = {
    "USD": 1.0,
    "EUR": 1.08,
    "GBP": 1.27,
    "CHF": 1.12,
    "CNY": 0.139,
    "JPY": 0.0067,
    "INR": 0.012,
    "ZAR": 0.054,
    "AUD": 0.66,
    "NZD": 0.6,
    "FJD": 0.44,
}
# How far a rate may stray from its usual level in a month (share of the level).
DRIFT = 0.03

HOME_CURRENCY: dict[str, str] = {
    **dict.fromkeys(["AT", "BE", "DE", "ES", "FR", "GR", "IE", "IT", "NL", "PT"], "EUR"),
    "GB": "GBP",
    "CH": "CHF",
    "CN": "CNY",
    "JP": "JPY",
    "IN": "INR",
    "ZA": "ZAR",
    "AU": "AUD",
    "NZ": "NZD",
    "FJ": "FJD",
}


def usd_rate(currency: str, day: date) -> float:
    """Dollars for one unit of `currency` in the month of `day`; the same in every world."""
    if currency == "USD":
        return 1.0
    stray = Draw("exchange", currency, day.year, day.month).between(-DRIFT, DRIFT)
    return USD_PER_UNIT[currency] * (1 + stray)


def priced(usd: float, currency: str, day: date) -> Decimal:
    """`usd` dollars as an amount on an invoice: in `currency`, to its minor unit, at least one of them."""
    unit = Decimal(1).scaleb(-minor_digits(currency))
    amount = Decimal(usd / usd_rate(currency, day)).quantize(unit, ROUND_HALF_UP)
    return max(amount, unit)


def in_usd(amount: Decimal, currency: str, day: date) -> Decimal:
    """What an amount is worth in dollars and cents."""
    return (amount * Decimal(usd_rate(currency, day))).quantize(Decimal("0.01"), ROUND_HALF_UP)
