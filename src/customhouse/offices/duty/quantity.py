"""How much of a unit an item offers to be charged on: what was declared, converted within its dimension, never guessed.

Looked at in this order: the quantity declared for the tax itself (DE 4/4), net or gross mass, the quantity in the
supplementary unit, other quantities declared for taxes, the number of packages for rates per piece. Alcohol follows from
strength and volume where it is not declared: litres of pure alcohol, hectolitres for each per cent.
Quantities are exact fractions (numerator, denominator).
"""

from __future__ import annotations

from decimal import Decimal

from customhouse.kernel.quantity import UNITS
from customhouse.record.facts import KILO
from customhouse.record.lodgement import GoodsItem, Measure

Fraction = tuple[int, int]

SIZES: dict[str, tuple[str, int]] = {unit: (dimension, int(size)) for unit, (dimension, size) in UNITS.items()}
PIECES = ("NAR", "ITM", "PCE", "C62")
STRENGTH = "ASV"


def offered(item: GoodsItem, own_unit: str, tax_type: str, unit: str) -> Fraction | None:
    """The quantity of `unit` that the item offers, or None when it offers none above zero.

    `own_unit` is the supplementary unit of the item's tariff line: what a supplementary quantity without a unit is in.
    """
    found = _declared(item, unit, own_unit, tax_type) or _alcohol(item, unit, own_unit, tax_type)
    return found if found is not None and found[0] > 0 else None


def _declared(item: GoodsItem, unit: str, own_unit: str, tax_type: str) -> Fraction | None:
    goods = item.commodity
    for duty in goods.duties:
        if duty.type == tax_type and (found := _in(duty.base_quantity, unit)):
            return found
    plain, _, qualifier = unit.partition("#")
    if SIZES.get(plain, ("", 1))[0] == "mass" and qualifier in ("", "G"):
        return _mass(goods.gross_mass if qualifier else goods.net_mass, plain)
    supplementary = goods.tariff_quantity
    if supplementary is not None and (
        found := _in(supplementary, unit, own_unit or (unit if "#" not in unit and unit != STRENGTH else ""))
    ):
        return found
    for duty in goods.duties:
        if found := _in(duty.base_quantity, unit):
            return found
    if plain in PIECES and not qualifier:
        pieces = sum(int(p.quantity or 0) for p in item.packages)
        return (pieces, 1) if pieces else None
    return None


def _mass(mass: Measure | None, unit: str) -> Fraction | None:
    if mass is None:
        return None
    top, bottom = mass.value.as_integer_ratio()
    return top * KILO.get(mass.unit, 1000), bottom * SIZES[unit][1]


def _in(quantity: Measure | None, unit: str, own_unit: str = "") -> Fraction | None:
    """A declared quantity in `unit`; None when it is in a unit of another dimension or kind."""
    if quantity is None:
        return None
    given = quantity.unit or own_unit
    top, bottom = quantity.value.as_integer_ratio()
    if given == unit:
        return top, bottom
    from_, kind = _size(given)
    to, wanted = _size(unit)
    if kind is None or kind != wanted:
        return None
    return top * from_, bottom * to


def _size(unit: str) -> tuple[int, tuple[str, str] | None]:
    """How many of the smallest unit of its dimension, and of which dimension and kind."""
    plain, _, qualifier = unit.partition("#")
    known = SIZES.get(plain)
    return (known[1], (known[0], qualifier)) if known else (1, None)


def _alcohol(item: GoodsItem, unit: str, own_unit: str, tax_type: str) -> Fraction | None:
    """Pure alcohol (LPA, litres) or hectolitres for each per cent (ASV#X), out of strength and volume."""
    if unit not in ("LPA", "ASV#X"):
        return None
    strength = _declared(item, STRENGTH, "", tax_type)
    volume = _declared(item, "HLT", own_unit, tax_type)
    if strength is None or volume is None:
        return None
    return strength[0] * volume[0], strength[1] * volume[1]


def shown(quantity: Fraction, unit: str) -> str:
    """A quantity for people: ``500 KGM``."""
    top, bottom = quantity
    if top % bottom == 0:
        return f"{top // bottom} {unit}"
    return f"{(Decimal(top) / Decimal(bottom)).normalize():f} {unit}"
