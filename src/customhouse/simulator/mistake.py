"""Honest mistakes: what goes wrong at a broker's desk without any intent, roughly once in seventeen declarations."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from msgspec.structs import replace

from customhouse.record.lodgement import Amount, GoodsItem, Lodgement
from customhouse.simulator.draw import Draw


def wrong_total(lodged: Lodgement, draw: Draw) -> Lodgement:
    """The invoice total does not agree with the prices of the items: a slip of one digit."""
    if lodged.invoice is None:
        return lodged
    step = Decimal(10) ** draw.whole(1, max(1, lodged.invoice.value.adjusted()))
    return replace(lodged, invoice=Amount(lodged.invoice.value + step, lodged.invoice.currency))


def missing_document(lodged: Lodgement, draw: Draw) -> Lodgement:
    """A document that exists is not named."""
    item = draw.one(lodged.items)
    if not item.documents:
        return lodged
    gone = draw.whole(0, len(item.documents) - 1)
    return _with(lodged, replace(item, documents=item.documents[:gone] + item.documents[gone + 1 :]))


def mistyped_code(lodged: Lodgement, draw: Draw) -> Lodgement:
    """Two neighbouring digits of a tariff code change places."""
    item = draw.one(lodged.items)
    first, *rest = item.commodity.classifications
    code = first.id
    places = [n for n in range(2, len(code) - 1) if code[n] != code[n + 1]]
    if not places:
        return lodged
    n = draw.one(places)
    typed = code[:n] + code[n + 1] + code[n] + code[n + 2 :]
    goods = replace(item.commodity, classifications=(replace(first, id=typed), *rest))
    return _with(lodged, replace(item, commodity=goods))


def swapped_masses(lodged: Lodgement, draw: Draw) -> Lodgement:
    """Net and gross mass stand in each other's box."""
    item = draw.one(lodged.items)
    goods = item.commodity
    return _with(lodged, replace(item, commodity=replace(goods, net_mass=goods.gross_mass, gross_mass=goods.net_mass)))


def vague_description(lodged: Lodgement, draw: Draw) -> Lodgement:
    """The goods are described with a word that says nothing about them."""
    item = draw.one(lodged.items)
    goods = replace(item.commodity, description=draw.one(("Parts", "Goods", "Accessories", "Various")))
    return _with(lodged, replace(item, commodity=goods))


def _with(lodged: Lodgement, item: GoodsItem) -> Lodgement:
    items = tuple(item if i.sequence == item.sequence else i for i in lodged.items)
    return replace(lodged, goods_shipment=replace(lodged.goods_shipment, items=items))


# How often each happens relative to the others.
MISTAKES: dict[str, float] = {
    "wrong_total": 3,
    "missing_document": 3,
    "late_document": 2,
    "mistyped_code": 3,
    "swapped_masses": 1,
    "vague_description": 1,
}

# A late document looks like a missing one; the truth says that it will come.
SLIPS: dict[str, Callable[[Lodgement, Draw], Lodgement]] = {
    "wrong_total": wrong_total,
    "missing_document": missing_document,
    "late_document": missing_document,
    "mistyped_code": mistyped_code,
    "swapped_masses": swapped_masses,
    "vague_description": vague_description,
}
