"""A claim of preferential origin as the declarant makes it."""

from __future__ import annotations

import msgspec

from customhouse.record.lodgement import GoodsItem, Lodgement

# First digit of a preference code (UCC-IA Annex B, DE 4/17): 2 generalised preferences, 3 other tariff preferences,
# 4 customs unions. 1 is the tariff for every origin, so that it claims none.
PREFERENTIAL = ("2", "3", "4")


class Claim(msgspec.Struct, frozen=True, gc=False):
    """One item whose declarant claims a preference: code, country or group of origin, papers by their code, dispatch."""

    item: GoodsItem
    code: str
    preference: str
    country: str
    papers: dict[str, str]
    dispatched: str


def read(item: GoodsItem, lodged: Lodgement) -> Claim | None:
    """The claim of an item, or None. Where no preferential origin is declared, the country of origin is meant."""
    if not item.preference.startswith(PREFERENTIAL):
        return None
    shipment = lodged.goods_shipment
    papers: dict[str, str] = {}
    for d in (*lodged.documents, *item.documents):
        if d.id or d.code not in papers:
            papers[d.code] = _shown(d.code, d.id, d.exemption)
    return Claim(
        item=item,
        code=item.commodity.code,
        preference=item.preference,
        country=item.preferential_origin or item.origin,
        papers=papers,
        dispatched=item.export_country or shipment.export_country,
    )


def _shown(code: str, id: str, exemption: str) -> str:
    """A declared document in a few words: by its number, else by the code that waives it."""
    if id:
        return f"{code} {id}"
    return f"{code} waived {exemption}" if exemption else code
