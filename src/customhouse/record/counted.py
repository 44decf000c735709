"""How much of the goods of an item there is, in a unit that a quota or a permit counts in."""

from __future__ import annotations

from decimal import Decimal

from customhouse.kernel.quantity import UNITS
from customhouse.record.facts import KILO
from customhouse.record.lodgement import GoodsItem, Measure


def in_unit(item: GoodsItem, unit: str) -> Decimal:
    """Net mass where `unit` (Rec 20) is one of mass, else the supplementary quantity in that unit; 0 when it is not declared."""
    dimension, size = UNITS.get(unit, ("", Decimal(1)))
    goods = item.commodity
    if dimension == "mass" and goods.net_mass is not None:
        return goods.net_mass.value * KILO.get(goods.net_mass.unit, 1000) / size
    if goods.tariff_quantity is not None and goods.tariff_quantity.unit in (unit, ""):
        return goods.tariff_quantity.value
    return Decimal(0)


def converted(stated: Measure, unit: str) -> Decimal | None:
    """A stated quantity in `unit`; without a unit of its own it is meant in that one. None across dimensions."""
    if stated.unit in ("", unit):
        return stated.value
    have, want = UNITS.get(stated.unit), UNITS.get(unit)
    if have is None or want is None or have[0] != want[0]:
        return None
    return stated.value * have[1] / want[1]
