"""Made-up trade of the simulator as rows of past declarations, with its truth as the result of an examination."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

from customhouse.labs.targeting.declared import FIELDS
from customhouse.simulator import Filing, World, file


def rows(n: int, every: int = 10, seed: int = 7) -> list[list[str]]:
    """The first goods items of `n` simulated declarations: of all that deceive, and of every tenth that does not, as examined."""
    filings = [file(shipment) for shipment in World(seed, date(2025, 1, 1)).trade(n)]
    return [_row(f) for at, f in enumerate(filings) if not f.truth.honest or at % every == 0]


def write(path: Path, made: list[list[str]]) -> Path:
    """The rows as a CSV file with our own heading."""
    with path.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([list(FIELDS), *made])
    return path


def _row(filing: Filing) -> list[str]:
    lodged, truth = filing.lodgement, filing.truth
    shipment = lodged.goods_shipment
    item = shipment.items[0]
    said = {
        "id": truth.lrn,
        "day": truth.day.isoformat(),
        "office": lodged.office,
        "declarant": truth.declarant,
        "importer": truth.trader,
        "hs": item.commodity.classifications[0].id,
        "origin": item.origins[0].country if item.origins else "",
        "departure": shipment.export_country,
        "rate": "5",
        "mass": str(item.commodity.net_mass.value if item.commodity.net_mass else 0),
        "price": str(item.commodity.price.value if item.commodity.price else 0),
        "found": "0" if truth.honest else "1",
    }
    return [said.get(name, "") for name in FIELDS]
