"""Permits of the house's own register that simulated traders hold, and what goes wrong when they name them.

The number of a permit follows from its holder and document, so that trade made elsewhere names what the register has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from customhouse.simulator.draw import Draw
from customhouse.simulator.goods import catalogue
from customhouse.simulator.shipment import Paper, Shipment
from customhouse.simulator.trader import Trader

# Documents that the register of an agency has: code -> (agency, unit it is counted in, how much a trader is granted).
DOCUMENTS: dict[str, tuple[str, str, Decimal | None]] = {
    "9105": ("MOH", "KGM", Decimal(400_000)),
    "N853": ("AGR", "KGM", Decimal(9_000_000)),
    "N851": ("AGR", "", None),
    "9104": ("POL", "C62", Decimal(400)),
}
# Share of consignments whose papers are permits of the register (the others bring the paper of the country of origin).
REGISTERED = 0.7
# What is wrong with a permit that is named, with the share of them; the rest are right.
FAULTS = {"": 0.8, "permit_unknown": 0.08, "permit_of_another": 0.07, "permit_missing": 0.05}


class Held(msgspec.Struct, frozen=True):
    """A permit as a trader holds it; `commodities` are headings, no `quantity` where it is not counted."""

    number: str
    agency: str
    document: str
    holder: str
    commodities: tuple[str, ...]
    quantity: Decimal | None
    unit: str


def held(traders: Iterable[Trader]) -> tuple[Held, ...]:
    """Every permit of these traders, one for each document that their goods need."""
    found = []
    for trader in traders:
        goods = [catalogue()[key] for partner in trader.partners for key in partner.goods]
        for code, (agency, unit, quantity) in DOCUMENTS.items():
            headings = sorted({g.code[:4] for g in goods if code in g.papers})
            if headings and trader.direction == "import":
                number = f"{agency}-{code}-{trader.firm.id[2:]}"
                found.append(Held(number, agency, code, trader.firm.id, tuple(headings), quantity, unit))
    return tuple(found)


def with_permits(shipment: Shipment, known: Mapping[tuple[str, str], Held], fault: str | None = None) -> Shipment:
    """The shipment with permits of the register among its papers; `known` by document and holder.

    `fault` says what is wrong with them (nothing: the empty string); left to chance where it is None.
    """
    draw = Draw(shipment.seed, "permits")
    if not any(p.code in DOCUMENTS for p in shipment.papers):
        return shipment
    if fault is None:
        if not draw.chance(REGISTERED):
            return shipment
        fault = draw.weighted(FAULTS)
    papers, wrong = [], []
    for paper in shipment.papers:
        own = known.get((paper.code, shipment.home.id))
        named = paper if own is None else _named(draw, paper, own, known, fault)
        if own is not None and fault:
            wrong.append(f"item {paper.item}: {fault} {named.id if named else own.number}")
        if named is not None:
            papers.append(named)
    return replace(shipment, papers=tuple(papers), permit_faults=tuple(wrong))


def _named(draw: Draw, paper: Paper, own: Held, known: Mapping[tuple[str, str], Held], fault: str) -> Paper | None:
    if fault == "permit_missing":
        return None
    number = own.number
    others = [h.number for h in known.values() if h.document == own.document and h.holder != own.holder]
    if fault == "permit_of_another" and others:
        number = draw.one(others)
    elif fault:
        number = f"{own.agency}-{draw.digits(8)}"
    return replace(paper, id=number, issuer=own.agency)
