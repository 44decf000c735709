"""Money: a whole number of minor units and an ISO 4217 currency. Never a float."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Context, Decimal
from fractions import Fraction
from typing import Literal

import msgspec

from customhouse.kernel.currency import minor_digits

Mode = Literal["half_up", "half_even", "down", "up"]
MODES: dict[str, str] = {
    "half_up": ROUND_HALF_UP,
    "half_even": ROUND_HALF_EVEN,
    "down": ROUND_DOWN,
    "up": ROUND_UP,
}


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies were put together."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(f"cannot put {one} and {other} together; convert one of them first")


class Rounding(msgspec.Struct, frozen=True):
    """How an amount is rounded: the mode, and to how many minor units (1 = cent, 100 = whole unit of a two-digit currency).

    The rule belongs to the law of a country, never to code.
    """

    mode: Mode = "half_up"
    unit: int = 1

    def __str__(self) -> str:
        words = self.mode.replace("_", " ")
        return f"rounded {words} to the minor unit" if self.unit == 1 else f"rounded {words} to {self.unit} minor units"


HALF_UP = Rounding()


# Enough digits that no product of a declared amount and a rate is ever rounded before the law says so.
EXACT = Context(prec=400)


def round_to_minor(amount: Decimal, currency: str, rounding: Rounding = HALF_UP) -> int:
    """`amount` (major units) in whole minor units of `currency`, by the rounding rule given."""
    scaled = EXACT.scaleb(amount, minor_digits(currency))
    if rounding.unit != 1:
        return round_ratio(Fraction(scaled) / rounding.unit, rounding.mode) * rounding.unit
    return int(scaled.to_integral_value(MODES[rounding.mode]))


def convert(amount: Decimal, times: Decimal, per: Decimal, currency: str, rounding: Rounding = HALF_UP) -> int:
    """`amount` x `times` / `per` in whole minor units of `currency`; nothing is rounded before the end."""
    if per == 1:
        return round_to_minor(EXACT.multiply(amount, times), currency, rounding)
    exact = Fraction(amount) * Fraction(times) / Fraction(per) * 10 ** minor_digits(currency)
    return round_ratio(exact / rounding.unit, rounding.mode) * rounding.unit


def round_ratio(ratio: Fraction, mode: Mode) -> int:
    """A fraction as a whole number."""
    whole, rest = divmod(abs(ratio.numerator), ratio.denominator)
    twice = 2 * rest - ratio.denominator
    up = {
        "half_up": twice >= 0,
        "half_even": twice > 0 or (twice == 0 and whole % 2 == 1),
        "down": False,
        "up": rest > 0,
    }[mode]
    return (whole + up) * (-1 if ratio < 0 else 1)


class Money(msgspec.Struct, frozen=True, gc=False):
    """An exact amount: `minor` units of `currency` (1234 USD = 12.34 dollars; 1234 JPY = 1234 yen)."""

    minor: int
    currency: str

    @classmethod
    def of(cls, amount: Decimal | str | int, currency: str, rounding: Rounding | None = None) -> Money:
        """Money from major units. Raises ValueError when it has more digits than the currency and no rule is given."""
        value = Decimal(amount)
        minor = round_to_minor(value, currency, rounding or HALF_UP)
        if rounding is None and Decimal(minor) != value.scaleb(minor_digits(currency)):
            raise ValueError(f"{amount} has more digits than {currency} allows; say how to round it")
        return cls(minor, currency)

    @property
    def amount(self) -> Decimal:
        """Major units, with all digits of the currency."""
        return Decimal(self.minor).scaleb(-minor_digits(self.currency))

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __mul__(self, times: int) -> Money:
        return Money(self.minor * times, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(self.currency, other.currency)
        return other.minor

    def apportion(self, weights: Sequence[int]) -> list[Money]:
        """Share the amount by weights, exactly: the shares add up to it (largest remainder; ties go to the first).

        Weights are whole numbers not below zero; a zero weight gets nothing unless all are zero, then all are equal.
        """
        if not weights:
            raise ValueError("there is nobody to share with")
        if min(weights) < 0:
            raise ValueError("a weight is not below zero")
        total = sum(weights)
        if not total:
            weights, total = [1] * len(weights), len(weights)
        sign, whole = (-1, -self.minor) if self.minor < 0 else (1, self.minor)
        parts = [divmod(whole * w, total) for w in weights]
        shares = [share for share, _ in parts]
        left = whole - sum(shares)
        for n in sorted(range(len(parts)), key=lambda n: -parts[n][1])[:left]:
            shares[n] += 1
        return [Money(sign * share, self.currency) for share in shares]
