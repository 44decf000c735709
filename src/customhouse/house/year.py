"""The simulated year as a laboratory wants it: declared columns to learn from, results and losses beside them; and board C made of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from msgspec.structs import replace

from customhouse.labs.targeting.board_c import BoardC, Trial, board_c
from customhouse.labs.targeting.declared import TEXTS, Declared, Texts
from customhouse.labs.targeting.moment import Scene
from customhouse.labs.targeting.weeks import Online, Run, online
from customhouse.simulator.year import KINDS, Plan, Year, make
from customhouse.simulator.year.plan import LATE

TAX_TYPES = ("general", "preference", "low value", "by mass")
TRANSPORTS = ("", "1", "", "3", "4")
PLAIN = {"seller": "S{:06d}", "office": "XM0000{:02d}", "address": "A{:08d}"}

SCORED_DAYS = 91
WARM_DAYS = 60
DRIFT_DAYS, DRIFT_FROM, DRIFT_ROWS = 420, 168, 140_000


def board(seed: int, rows: int, drift_runs: int, tell: Callable[[str], None]) -> BoardC:
    """Board C of one seed: the year, then the drift runs on years of their own."""
    tell(f"Board C: the year of seed {seed}")
    made, _ = board_c(trial(make(Plan(seed, rows))), seed, tell)
    if not drift_runs:
        return made
    return replace(made, online=drift(range(seed, seed + drift_runs), min(rows, DRIFT_ROWS), tell))


def drift(seeds: range, rows: int, tell: Callable[[str], None]) -> Online:
    """The drift runs: fraud changes in the middle, and only what is opened is known."""
    runs = []
    for seed in seeds:
        year = make(Plan(seed, rows, DRIFT_DAYS, DRIFT_FROM))
        fresh = np.isin(year.truth["kind"], LATE)
        runs.append(Run(Scene(declared(year)), year.irregular.astype(float), year.truth["lost"] / 100, fresh, seed))
    return online(runs, DRIFT_FROM, tell)


def trial(year: Year) -> Trial:
    """What board C works on: the last three months are scored, those before learned from."""
    truth = year.truth
    return Trial(
        declared(year),
        year.irregular.astype(float),
        truth["lost"] / 100,
        np.array(KINDS)[truth["kind"]],
        truth["chance"],
        truth["worth"],
        WARM_DAYS,
        year.plan.days - SCORED_DAYS,
    )


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
