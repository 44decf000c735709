"""In what a number of a rule is counted, and how a person reads and writes it: 600 is 6.00, 500000 grams are 500 kg."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from customhouse.law.rules.syntax import FINEST, TYPES, RuleError

MONEY, MASS, THOUSANDTHS, DAY, WEEKDAY, MONTH, COUNT = (
    "money",
    "mass",
    "thousandths",
    "day",
    "weekday",
    "month",
    "count",
)

UNITS: dict[str, str] = {
    **dict.fromkeys(
        ("charge_least", "invoice_total", "price_sum", "customs_value_total", "payable_total", "item_charge_least", "price",
         "customs_value", "duty", "value_per_kg", "importer_value_30", "consignee_value_today", "address_value_today"), MONEY,
    ),
    **dict.fromkeys(("gross_mass_total", "gross_mass_sum", "gross_mass", "net_mass"), MASS),
    "supplementary": THOUSANDTHS, "day": DAY, "weekday": WEEKDAY, "month": MONTH,
}  # fmt: skip
"""Facts that are counted otherwise than one by one."""

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def unit_of(fact: str) -> str:
    """What a number is counted in; count where it is just a number."""
    return UNITS.get(fact, COUNT)


def scale(fact: str, digits: int) -> int:
    """How many of its smallest units make one that a person writes; `digits` are those of the national currency."""
    if unit_of(fact) == MONEY:
        return int(10**digits)
    return 1000 if unit_of(fact) in (MASS, THOUSANDTHS) else 1


def shown(fact: str, value: str | int, digits: int = 2, per: str = "") -> str:
    """A value as a person reads it: 6.00, 500 kg, 2026-12-24; `per` where the fact is divided by another."""
    if TYPES.get(fact) != "int":
        return str(value)
    if per:
        return _trimmed(Fraction(str(value)) * scale(per, digits) / scale(fact, digits))
    number = int(value)
    match unit_of(fact):
        case "money":
            return f"{Decimal(number).scaleb(-digits):,.{digits}f}"
        case "mass":
            return f"{_trimmed(Fraction(number, 1000))} kg"
        case "thousandths":
            return _trimmed(Fraction(number, 1000))
        case "day" if len(str(number)) == 8:
            return f"{number // 10000:04d}-{number // 100 % 100:02d}-{number % 100:02d}"
    return str(number)


def entered(fact: str, text: str, digits: int = 2, per: str = "") -> str | int:
    """A value as a person writes it, in the units of the fact. Raises RuleError, saying what is wanted."""
    if TYPES.get(fact) != "int":
        return text
    plain = text.strip().removesuffix("kg").strip().replace(" ", "").replace(" ", "").replace(",", "")
    if unit_of(fact) == DAY and not per:
        try:
            return int(f"{date.fromisoformat(plain):%Y%m%d}")
        except ValueError:
            raise RuleError(f"{text!r} is no day", hint="write 2026-12-24") from None
    try:
        number = Fraction(Decimal(plain))
    except (InvalidOperation, ValueError, OverflowError):
        raise RuleError(f"{text!r} is no number", hint="write 1500 or 6.00") from None
    if per:
        return _trimmed(number * scale(fact, digits) / scale(per, digits))
    found = number * scale(fact, digits)
    if found.denominator != 1:
        raise RuleError(f"{text!r} is finer than the fact is counted in")
    return int(found)


def _trimmed(number: Fraction) -> str:
    """A number with as many decimals as it needs. Raises RuleError where it needs too many."""
    scaled = number * 10**FINEST
    if scaled.denominator != 1:
        raise RuleError(f"a number has at most {FINEST} decimals")
    whole, part = divmod(abs(int(scaled)), 10**FINEST)
    decimals = f"{part:0{FINEST}d}".rstrip("0")
    return f"{'-' if scaled < 0 else ''}{whole}{'.' + decimals if decimals else ''}"
