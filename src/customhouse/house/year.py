"""The simulated year as a laboratory wants it: declared columns for learning, results and losses beside them."""

from __future__ import annotations

from typing import Any

import numpy as np

from customhouse.labs.targeting.declared import TEXTS, Declared, Texts
from customhouse.simulator.year import Year

TAX_TYPES = ("general", "preference", "low value", "by mass")
TRANSPORTS = ("", "1", "", "3", "4")
PLAIN = {"seller": "S{:06d}", "office": "XM0000{:02d}", "address": "A{:08d}"}


def declared(year: Year) -> Declared:
    """What customs is told, without any result (`found` is not a number everywhere)."""
    told, values = year.declared, year.values
    columns: dict[str, Texts] = {
        "hs": Texts(values["hs"], told["hs"]),
        "origin": Texts(values["country"], told["origin"]),
        "departure": Texts(values["country"], told["departure"]),
        "importer": Texts(values["importer"], told["importer"]),
        "declarant": Texts(values["declarant"], told["declarant"]),
        "tax_type": Texts(TAX_TYPES, told["procedure"]),
        "transport": Texts(TRANSPORTS, told["transport"]),
        **{name: _numbered(told[name], pattern) for name, pattern in PLAIN.items()},
    }
    blank = Texts(("",), np.zeros(len(year), np.int64))
    return Declared(
        tuple(f"{year.plan.seed}-{i:07d}" for i in range(len(year))),
        told["day"],
        {name: columns.get(name, blank) for name in TEXTS},
        {name: told[name].astype(float) for name in ("rate", "mass", "price")},
        np.full(len(year), np.nan),
    )


def _numbered(column: Any, pattern: str) -> Texts:
    distinct, codes = np.unique(column, return_inverse=True)
    return Texts(tuple(pattern.format(abs(int(v))) for v in distinct), codes.reshape(-1))
