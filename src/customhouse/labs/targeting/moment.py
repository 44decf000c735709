"""What is known of a row at the moment of decision, for trade with actors: who they are, what was found with them and with those around
them, how its price and mass stand to what is usual.

Everything is as of earlier days. A row sees neither its own result nor anything later, so one matrix serves to learn from
and to score; shuffling the future changes nothing. What does not need results (`Scene`) is worked out once; results go through a `Memory`
that can be fed week by week, with whatever was examined.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from customhouse.labs.targeting import kernels
from customhouse.labs.targeting.declared import Declared, Flags, Floats, Ints

MEMORY = (
    ("importer",), ("declarant",), ("seller",), ("address",), ("importer", "seller"), ("importer", "address"),
    ("importer", "declarant"), ("importer", "hs"), ("importer", "origin"), ("seller", "hs"), ("declarant", "hs"),
    ("importer", "hs", "origin", "seller"), ("importer", "seller", "departure", "origin"), ("hs",), ("hs4",), ("origin",), ("hs", "origin"), ("hs", "tax_type"),
    ("origin", "tax_type"), ("departure", "origin"), ("hs2", "origin"), ("office",), ("seller", "origin", "tax_type"),
)  # fmt: skip
"""Kinds whose results are remembered."""

LIKE = (("importer", "hs", "origin", "seller"), ("seller", "hs"), ("importer", "seller"))
"""Kinds whose prices and masses are remembered by result: is this row nearer to the finds or to the others?"""

AROUND = (
    ("seller", ("importer", "seller")),
    ("address", ("importer", "address")),
    ("declarant", ("importer", "declarant")),
)
"""What was found with others that share a seller, an address, a declarant: all of it less the importer's own."""

SINCE = (("importer",), ("seller",), ("address",), ("declarant",), ("importer", "hs"))
TRAFFIC = (
    ("importer",),
    ("seller",),
    ("address",),
    ("importer", "hs"),
    ("importer", "seller"),
    ("importer", "origin"),
    ("seller", "hs"),
)
USUAL = (("hs4",), ("hs",), ("hs", "origin"))
OWN = (("seller", "hs", "origin"), ("importer", "hs", "origin"))
HALF = 240.0  # days after which a result weighs half
HALF_PRICE = 60.0
PSEUDO = 4.0
WORTH = 8.0
LONG_AGO = 400.0
START = -LONG_AGO
SPREADS = np.array([0.25, 0.6])  # of log unit prices and log masses within a kind

OF_ITSELF = (
    "log_mass", "log_price", "log_unit", "rate", "highest_rate", "rate_gap", "log_stake", "routed", "favoured", "weekday",
    "sellers_rate_gap", "own_rate_gap", "log_gap_stake",
)  # fmt: skip
PRICES = (
    "unit_to_hs4", "unit_to_hs", "unit_to_usual", "unit_in_deviations", "usual_rows", "unit_to_seller", "unit_to_own", "own_rows",
    "seller_usually", "importer_usually", "mass_to_own", "log_shortfall",
)  # fmt: skip
TODAY = ("today_with_seller", "today_at_address", "today_price", "sellers_importers")
SCENE = (
    *OF_ITSELF,
    *PRICES,
    *TODAY,
    *(f"{what}:{'+'.join(k)}" for k in TRAFFIC for what in ("seen", "age")),
)
RESULTS = (
    *(f"{what}:{'+'.join(k)}" for k in MEMORY for what in ("rate", "looks")),
    *(f"{what}:others of {k}" for k, _ in AROUND for what in ("rate", "looks")),
    *(f"since find:{'+'.join(k)}" for k in SINCE),
    *(f"{what} {v}:{'+'.join(k)}" for k in LIKE for v in ("price", "mass") for what in ("off", "like finds")),
)
NAMES = (*SCENE, *RESULTS)


class Scene:
    """Rows of trade with the features that need no results, `rows` (float32), and the places of their kinds in a memory, `slots`.

    Rows must stand in the order of their days. `stake` is the duty at the highest rate seen for the code, which a claim of
    preference or a low value does not hide.
    """

    def __init__(self, declared: Declared) -> None:
        if len(declared) and (np.diff(declared.day) < 0).any():
            raise ValueError("Rows must stand in the order of their days")
        self.declared = declared
        self._codes: dict[tuple[str, ...], Ints] = {}
        self.order = np.arange(len(declared))
        parts = self._of_itself() | self._prices() | self._today() | self._traffic()
        self.rows = np.stack([parts[name] for name in SCENE], axis=1).astype(np.float32)
        self.unit_off, self.stake = parts["unit_to_usual"], parts["stake"]
        codes = [self.codes(kind) for kind in MEMORY]
        starts = np.concatenate([[0], np.cumsum([int(c.max()) + 1 if len(c) else 0 for c in codes])])
        self.slots = np.stack([c + s for c, s in zip(codes, starts[:-1], strict=True)], axis=1)
        self.places = int(starts[-1])
        self.like = self.slots[:, [MEMORY.index(k) for k in LIKE]]
        self.values = np.stack([parts["unit_to_usual"], parts["mass_off"]], axis=1)

    def codes(self, kind: tuple[str, ...]) -> Ints:
        """A number for each distinct value of some columns together."""
        if kind not in self._codes:
            self._codes[kind] = np.unique(self.declared.together(kind), return_inverse=True)[1].reshape(-1)
        return self._codes[kind]

    def _of_itself(self) -> dict[str, Any]:
        d = self.declared
        rate = d.numbers["rate"]
        most = np.empty(len(d))
        kernels.highest(self.codes(("hs",)), d.day, self.order, rate, most)
        stake = d.numbers["price"] * most / 100
        gaps = []
        for kind in (("seller",), ("importer", "seller")):
            top = np.empty(len(d))
            kernels.highest(self.codes(kind), d.day, self.order, rate, top)
            gaps.append(top - rate)
        return {
            "sellers_rate_gap": gaps[0],
            "own_rate_gap": gaps[1],
            "log_gap_stake": np.log1p(d.numbers["price"] * np.maximum(np.maximum(gaps[1], most - rate), 0) / 100),
            "log_mass": np.log1p(d.numbers["mass"]),
            "log_price": np.log1p(d.numbers["price"]),
            "log_unit": np.log1p(np.maximum(d.unit_price, 0)),
            "rate": rate,
            "highest_rate": most,
            "rate_gap": most - rate,
            "log_stake": np.log1p(stake),
            "stake": stake,
            "routed": d.key("departure") != d.key("origin"),
            "favoured": self.codes(("tax_type",)),
            "weekday": d.day % 7,
        }

    def usually(
        self, kind: tuple[str, ...], value: Floats, prior: Floats, half: float = HALF_PRICE
    ) -> tuple[Floats, ...]:
        """Mean, deviation and weight of `value` among earlier rows of the kind, shrunk to `prior`."""
        out = np.empty((3, len(value)))
        law = np.array([half, WORTH])
        kernels.usually(self.codes(kind), self.declared.day, self.order, value, prior, law, out)
        return tuple(out)

    def _prices(self) -> dict[str, Any]:
        d = self.declared
        with np.errstate(divide="ignore", invalid="ignore"):
            unit = np.where(d.unit_price > 0, np.log(np.maximum(d.unit_price, 1e-9)), np.nan)
            mass = np.where(d.numbers["mass"] > 0, np.log(np.maximum(d.numbers["mass"], 1e-9)), np.nan)
        middle = np.zeros(len(d))
        out: dict[str, Any] = {}
        for kind, name in zip(USUAL, ("unit_to_hs4", "unit_to_hs", "unit_to_usual"), strict=True):
            middle, spread, rows = self.usually(kind, unit, middle)
            out[name] = np.nan_to_num(unit - middle)
        off = unit - middle
        zero = np.zeros(len(d))
        seller, _, _ = self.usually(OWN[0], off, zero)
        own, _, own_rows = self.usually(OWN[1], off, zero)
        heavy = self.usually(("hs",), mass, zero)[0]
        return out | {
            "unit_in_deviations": out["unit_to_usual"] / np.maximum(spread, 0.1),
            "usual_rows": np.log1p(rows),
            "unit_to_seller": np.nan_to_num(off - seller),
            "unit_to_own": np.nan_to_num(off - own),
            "own_rows": np.log1p(own_rows),
            "seller_usually": self.usually(("seller",), off, zero)[0],
            "importer_usually": self.usually(("importer",), off, zero)[0],
            "mass_to_own": np.nan_to_num(mass - self.usually(("importer", "hs"), mass, heavy)[0]),
            "log_shortfall": np.log1p(d.stake * np.maximum(np.exp(-np.nan_to_num(off - own)) - 1, 0)),
            "mass_off": np.nan_to_num(mass - heavy),
        }

    def _today(self) -> dict[str, Any]:
        """Rows of the same day are declared before anybody decides, so they may be counted; their results may not."""
        d = self.declared
        day = d.day.astype(np.uint64)
        out: dict[str, Any] = {}
        for kind, name in ((("importer", "seller"), "today_with_seller"), (("address",), "today_at_address")):
            key = self.codes(kind).astype(np.uint64) * np.uint64(1_000_003) + day
            _, at, many = np.unique(key, return_inverse=True, return_counts=True)
            out[name] = np.log(many[at.reshape(-1)])
            if name == "today_with_seller":
                out["today_price"] = np.log1p(np.bincount(at.reshape(-1), d.numbers["price"])[at.reshape(-1)])
        first = np.zeros(len(d))
        pair = self.codes(("importer", "seller"))
        first[np.unique(pair, return_index=True)[1]] = 1.0
        total = np.zeros(len(d))
        looks = np.zeros(len(d))
        kernels.before(self.codes(("seller",)), d.day, self.order, first, total, looks)
        return out | {"sellers_importers": np.log1p(total)}

    def _traffic(self) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for kind in TRAFFIC:
            seen, age = np.empty(len(self.declared)), np.empty(len(self.declared))
            kernels.traffic(self.codes(kind), self.declared.day, self.order, seen, age)
            out[f"seen:{'+'.join(kind)}"], out[f"age:{'+'.join(kind)}"] = np.log1p(seen), age
        return out


class Memory:
    """What examinations brought, by kind, fading with time. Feed it in the order of days: `add`; ask it before: `rows`."""

    def __init__(self, scene: Scene, mean: float, half: float = HALF) -> None:
        self.scene, self.mean, self.half = scene, mean, half
        self.state = np.zeros((4, scene.places))
        self.state[kernels.LAST] = START
        self.values = np.zeros((2, scene.places, 2 + scene.values.shape[1]))

    def add(self, at: Ints, found: Floats) -> None:
        """Results of rows; not a number where nobody looked."""
        scene, day = self.scene, self.scene.declared.day[at].astype(float)
        kernels.remember(scene.slots[at], day, found, self.half, self.state)
        kernels.remember_values(scene.like[at], day, found, scene.values[at], self.half, self.values)

    def rows(self, at: Ints) -> Any:
        """All features of rows, by what was added until now."""
        scene = self.scene
        told = np.empty((3, len(at), len(MEMORY)))
        kernels.recall(scene.slots[at], scene.declared.day[at].astype(float), self.half, self.state, told)
        finds, looks, since = told
        near = np.empty((2, len(at), len(LIKE), scene.values.shape[1]))
        kernels.nearer(scene.like[at], scene.values[at], SPREADS, 1.0, self.values, near)
        parts = [scene.rows[at], _pairs(self._rate(finds, looks), np.log1p(looks))]
        for whole, own in AROUND:
            w, o = MEMORY.index((whole,)), MEMORY.index(own)
            f, many = finds[:, w] - finds[:, o], np.maximum(looks[:, w] - looks[:, o], 0)
            parts.append(np.stack([self._rate(f, many), np.log1p(many)], axis=1))
        parts.append(np.minimum(since[:, [MEMORY.index(k) for k in SINCE]], LONG_AGO))
        parts.append(_pairs(near[0].reshape(len(at), -1), near[1].reshape(len(at), -1)))
        return np.concatenate(parts, axis=1, dtype=np.float32)

    def _rate(self, finds: Any, looks: Any) -> Any:
        return (finds + PSEUDO * self.mean) / (looks + PSEUDO)


def _pairs(first: Any, second: Any) -> Any:
    """Two tables woven together, column by column."""
    return np.stack([first, second], axis=2).reshape(len(first), -1)


def asof(scene: Scene, found: Floats, mean: float, half: float = HALF) -> Any:
    """Features of all rows, each by the results of earlier days alone."""
    memory = Memory(scene, mean, half)
    out = np.empty((len(found), len(NAMES)), np.float32)
    edges = np.flatnonzero(np.diff(scene.declared.day)) + 1
    for start, end in zip(np.concatenate([[0], edges]), np.concatenate([edges, [len(found)]]), strict=True):
        at = np.arange(start, end)
        out[start:end] = memory.rows(at)
        memory.add(at, found[start:end])
    return out


def of_days(declared: Declared, start: int, stop: int) -> Flags:
    """The rows from one day to before another."""
    return (declared.day >= start) & (declared.day < stop)
