"""The goods and places of the simulated world, read from the tables beside this file."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

import msgspec


class Goods(msgspec.Struct, frozen=True):
    """One kind of goods.

    `usd` is the usual price of a kilogram, `spread` the deviation of its logarithm, `lot` the usual net kilograms on
    one line, `pack` the type of package (UN/ECE Rec 21) and `per` the net kilograms in one, `tare` packing as a share
    of net mass. `origins` and `modes` carry weights. `unit` and `each`: supplementary unit and how many in a kilogram.
    `decoys`: goods dutied less that a dishonest trader would pass these off as.
    """

    key: str
    sector: str
    code: str
    text: str
    usd: float
    spread: float
    lot: float
    pack: str
    per: float
    tare: float
    origins: dict[str, float]
    modes: dict[str, float]
    unit: str
    each: float
    papers: tuple[str, ...]
    decoys: tuple[str, ...]


class Place(msgspec.Struct, frozen=True):
    """A port or airport abroad: UN/LOCODE, country, name, mode of transport served (1 sea, 4 air)."""

    locode: str
    country: str
    name: str
    mode: str


def _rows(name: str) -> list[dict[str, str]]:
    text = files("customhouse.simulator").joinpath("tables", name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def _weights(text: str) -> dict[str, float]:
    pairs = (word.split(":") for word in text.split())
    return {name: float(weight) for name, weight in pairs}


@cache
def catalogue() -> dict[str, Goods]:
    """All goods by key, in the order of the table."""
    found: dict[str, Goods] = {}
    for row in _rows("goods.csv"):
        found[row["key"]] = Goods(
            key=row["key"],
            sector=row["sector"],
            code=row["code"],
            text=row["text"],
            usd=float(row["usd"]),
            spread=float(row["spread"]),
            lot=float(row["lot"]),
            pack=row["pack"],
            per=float(row["per"]),
            tare=float(row["tare"]),
            origins=_weights(row["origins"]),
            modes=_weights(row["modes"]),
            unit=row["unit"],
            each=float(row["each"] or 0),
            papers=tuple(row["papers"].split()),
            decoys=tuple(row["decoys"].split()),
        )
    return found


@cache
def places() -> dict[tuple[str, str], Place]:
    """Places abroad by (country, mode)."""
    found = (Place(r["locode"], r["country"], r["name"], r["mode"]) for r in _rows("places.csv"))
    return {(place.country, place.mode): place for place in found}


# Where goods of a country without a place of its own in the table are loaded.
HUBS = {"1": ("NL", "1"), "4": ("AE", "4")}


def loading_place(country: str, mode: str) -> Place:
    """Where goods from `country` are loaded for `mode`; lorries come by ferry; no port: by a hub."""
    served = "4" if mode == "4" else "1"
    return places().get((country, served)) or places()[HUBS[served]]
