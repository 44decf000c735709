"""Quantities: an exact number and a unit of UN/ECE Recommendation 20, converted within a dimension and never across."""

from __future__ import annotations

from decimal import Decimal

import msgspec

# unit: (dimension, how many of the dimension's first unit it holds)
UNITS: dict[str, tuple[str, Decimal]] = {
    "GRM": ("mass", Decimal(1)),
    "KGM": ("mass", Decimal(1000)),
    "DTN": ("mass", Decimal(100_000)),
    "TNE": ("mass", Decimal(1_000_000)),
    "MLT": ("volume", Decimal(1)),
    "LTR": ("volume", Decimal(1000)),
    "HLT": ("volume", Decimal(100_000)),
    "KLT": ("volume", Decimal(1_000_000)),
    "MTQ": ("volume", Decimal(1_000_000)),
    "MTR": ("length", Decimal(1)),
    "HMT": ("length", Decimal(100)),
    "KMT": ("length", Decimal(1000)),
    "MTK": ("area", Decimal(1)),
    "NAR": ("number", Decimal(1)),
    "C62": ("number", Decimal(1)),
    "PR": ("pairs", Decimal(1)),
    "NPR": ("pairs", Decimal(1)),
    "CEN": ("number", Decimal(100)),
    "MIL": ("number", Decimal(1000)),
    "KWH": ("energy", Decimal(1)),
    "MWH": ("energy", Decimal(1000)),
}


class UnitMismatch(ValueError):
    """Two quantities of different dimensions were put together, or a unit is not known."""


class Quantity(msgspec.Struct, frozen=True, gc=False):
    """`value` of `unit`. Raises UnitMismatch where units do not go together."""

    value: Decimal
    unit: str

    def to(self, unit: str) -> Quantity:
        """The same quantity in another unit of its dimension, exactly."""
        if unit == self.unit:
            return self
        if self.unit not in UNITS or unit not in UNITS or UNITS[unit][0] != UNITS[self.unit][0]:
            raise UnitMismatch(f"{self.unit} cannot be expressed in {unit}")
        return Quantity(self.value * UNITS[self.unit][1] / UNITS[unit][1], unit)

    def __add__(self, other: Quantity) -> Quantity:
        return Quantity(self.value + other.to(self.unit).value, self.unit)

    def __sub__(self, other: Quantity) -> Quantity:
        return Quantity(self.value - other.to(self.unit).value, self.unit)

    def __str__(self) -> str:
        return f"{self.value} {self.unit}"
