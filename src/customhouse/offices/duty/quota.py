"""A quota's answer to a claim: how much of the quantity asked for it grants, and what that makes of an item.

The balance of a quota belongs to the register; here the answer is only used. Goods beyond the granted quantity pay the
general rate. Source: Kyoto Convention, General Annex 4; first come, first served (Regulation (EU) 2015/2447, art. 49-54).
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import msgspec
from msgspec.structs import replace

from customhouse.kernel.money import Money
from customhouse.record.lodgement import GoodsItem, Measure

PLACES = Decimal("0.000001")


class Allotment(msgspec.Struct, frozen=True, gc=False):
    """What quota `order` grants of the quantity `asked`, in its own unit. While it is critical the difference to the
    general rate is secured."""

    order: str
    asked: Decimal
    granted: Decimal
    critical: bool = False

    @property
    def whole(self) -> bool:
        return self.granted >= self.asked

    def __str__(self) -> str:
        return f"quota {self.order} grants {self.granted} of {self.asked}"


def split(item: GoodsItem, value: Money, allotment: Allotment) -> tuple[tuple[GoodsItem, Money], ...]:
    """The part of the item within the quota and the part beyond it, each with its share of the value, sums conserved.

    One part only where the quota grants all or nothing.
    """
    if allotment.whole:
        return ((item, value),)
    if allotment.granted <= 0:
        return ((_beyond(item), value),)
    top, bottom = (allotment.granted / allotment.asked).as_integer_ratio()
    within, beyond = value.apportion([top, bottom - top])
    share = allotment.granted / allotment.asked
    rest = Decimal(1) - share
    return (_scaled(item, share), within), (_scaled(_beyond(item), rest), beyond)


def _beyond(item: GoodsItem) -> GoodsItem:
    """The same goods without the claim."""
    duties = tuple(replace(d, regime="100" if d.regime else "", quota="") for d in item.commodity.duties)
    return replace(item, commodity=replace(item.commodity, duties=duties))


def _scaled(item: GoodsItem, share: Decimal) -> GoodsItem:
    goods = item.commodity
    commodity = replace(
        goods,
        net_mass=_part(goods.net_mass, share),
        gross_mass=_part(goods.gross_mass, share),
        tariff_quantity=_part(goods.tariff_quantity, share),
        duties=tuple(replace(d, base_quantity=_duty_part(d.base_quantity, share)) for d in goods.duties),
    )
    return replace(item, commodity=commodity)


def _part(quantity: Measure | None, share: Decimal) -> Measure | None:
    if quantity is None:
        return None
    value = (quantity.value * share).quantize(PLACES, ROUND_HALF_UP).normalize()
    return Measure(value, quantity.unit)


def _duty_part(quantity: Measure | None, share: Decimal) -> Measure | None:
    """A strength does not shrink with the goods."""
    return quantity if quantity is not None and quantity.unit in ("ASV", "EAS") else _part(quantity, share)
