"""The rows of a year: when each lane moves, what is so, and what is said about it."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np

from customhouse.simulator.year import oracle
from customhouse.simulator.year.deceit import Deceit
from customhouse.simulator.year.lanes import BROKERS, trade
from customhouse.simulator.year.plan import (
    HONEST,
    MISCLASSIFICATION,
    MISTAKE,
    ORIGIN,
    SPLITTING,
    UNDERVALUATION,
    WEEK,
    WEIGHT,
    Plan,
)
from customhouse.simulator.year.tariff import SEASONS, Tariff, tariff
from customhouse.simulator.year.told import (
    BY_HUB,
    DEARER,
    DIRECT,
    HUBS,
    LIGHTENED,
    LOT_SPREAD,
    LOW_VALUE,
    MISTAKEN,
    MISTAKES,
    PARCEL_SPREAD,
    PARCEL_VALUE,
    PIECES,
    ROLLED_BACK,
    SLIP,
    SLIPS,
    SPLIT_SPREAD,
    SPLIT_VALUE,
)

WEEKDAYS = (1.25, 1.3, 1.3, 1.25, 1.2, 0.5, 0.2)
SWING = 0.35  # of the seasons


@dataclass(frozen=True)
class Year:
    """`declared`: columns as customs gets them, ordered by day, with `values` for those that are numbers of texts. `truth`: per row the
    kind (`KINDS`), `lost` revenue in cents, the lane and ring; `chance` and `worth` are what the oracle says: the probability of an irregularity and
    the revenue it expects (in the money of the price). No column of `truth` is known before an examination."""

    plan: Plan
    declared: dict[str, Any]
    values: dict[str, tuple[str, ...]]
    truth: dict[str, Any]

    def __len__(self) -> int:
        return len(self.declared["day"])

    @property
    def irregular(self) -> Any:
        """Whether an examination would find something."""
        return self.truth["kind"] != HONEST

    def digest(self) -> str:
        """The hash of every byte of it."""
        told = sha256()
        for part in (self.declared, self.truth):
            for name in sorted(part):
                told.update(name.encode() + np.ascontiguousarray(part[name]).tobytes())
        for name in sorted(self.values):
            told.update("\n".join(self.values[name]).encode())
        return told.hexdigest()


def make(plan: Plan) -> Year:
    """The whole year of a plan; the same plan gives the same bytes."""
    law = tariff(plan)
    whole = Deceit(plan, law, trade(plan, law)).run()
    dice = plan.dice("rows")
    lane, day = _moves(plan, whole.lanes, law, dice)
    true = _true(whole.lanes, lane, day, law, dice)
    told, true = _told(whole.lanes, true, law, dice)
    order = np.lexsort((dice.random(len(told["day"])), told["day"]))
    told, true = ({k: v[order] for k, v in part.items()} for part in (told, true))
    chance, worth = oracle.judge(whole.lanes, true["lane"], told, law)
    told["address"] = whole.address[told["importer"]]
    truth = {k: true[k] for k in ("kind", "lost", "lane", "ring")} | {"chance": chance, "worth": worth}
    values = {
        "hs": law.codes,
        "country": law.countries,
        "importer": tuple(f"I{i:06d}" for i in range(len(whole.address))),
        "declarant": tuple(
            f"B{i:03d}" if i < BROKERS else f"D{i:06d}" for i in range(int(told["declarant"].max()) + 1)
        ),
    }
    return Year(plan, told, values, truth)


def _moves(plan: Plan, lanes: Any, law: Tariff, dice: Any) -> tuple[Any, Any]:
    """Lane and day of every row: as many as the lane's rate asks for, spread by weekday and season."""
    days = np.arange(plan.days)
    season = 1 + SWING * np.sin(2 * np.pi * (days[None] / 365.25 + np.arange(SEASONS)[:, None] / SEASONS))
    weight = season * np.array(WEEKDAYS)[days % WEEK]
    sums = np.concatenate([np.zeros((SEASONS, 1)), weight.cumsum(axis=1)], axis=1)
    group = law.season[lanes["code"]]
    begins, ends = (np.clip(lanes[x], 0, plan.days).astype(int) for x in ("start", "end"))
    low, high = sums[group, begins], sums[group, ends]
    many = dice.poisson(np.maximum(lanes["weekly"] * (high - low) / WEEK, 0))
    lane = np.repeat(np.arange(len(lanes)), many)
    at = low[lane] + dice.random(len(lane)) * (high - low)[lane]
    day = np.empty(len(lane), np.int64)
    for g in range(SEASONS):
        mine = group[lane] == g
        day[mine] = np.searchsorted(sums[g], at[mine], side="right") - 1
    return lane, np.clip(day, 0, plan.days - 1)


def _true(lanes: Any, lane: Any, day: Any, law: Tariff, dice: Any) -> dict[str, Any]:
    """What is so: goods, origin, mass, price; and whether the trader means to lie about it."""
    of, n = lanes[lane], len(lane)
    unit = law.usual(of["code"], of["origin"], day) + of["dear"] + dice.normal(0, 1, n) * law.spread[of["code"]]
    mass = law.lot[of["code"]] + of["size"] + dice.normal(0, LOT_SPREAD, n)
    splits = of["kind"] == SPLITTING
    small = np.where(splits, SPLIT_VALUE, PARCEL_VALUE) + dice.normal(0, 1, n) * np.where(
        splits, SPLIT_SPREAD, PARCEL_SPREAD
    )
    mass = np.where(of["parcel"], small - unit, mass)
    low = of["parcel"] & (unit + mass < np.log(LOW_VALUE))
    dutied = (law.rate[of["code"]] > 0) & ~low & ~(of["claims"] & law.preferred[of["code"], of["origin"]])
    by_value = dutied & ~law.by_mass[of["code"]]
    pays = np.where(of["kind"] == UNDERVALUATION, by_value, dutied)
    lies = pays & (dice.random(n) < of["cheat"]) & (day >= of["cheat_from"]) & (day < of["cheat_to"])
    kind = np.where(lies, of["kind"], HONEST)
    kind = np.where((kind == HONEST) & by_value & (dice.random(n) < MISTAKES), MISTAKE, kind)
    return {"lane": lane, "day": day, "unit": unit, "mass": mass, "kind": kind, "ring": of["ring"]}


def _told(lanes: Any, true: dict[str, Any], law: Tariff, dice: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is declared, and the revenue that is lost by it; a split consignment becomes several rows."""
    pieces = np.where(true["kind"] == SPLITTING, dice.integers(*PIECES, len(true["lane"])), 1)
    true = {k: np.repeat(v, pieces) for k, v in true.items()}
    of, n, kind = lanes[true["lane"]], len(true["lane"]), true["kind"]
    share = np.repeat(1.0 / pieces, pieces)
    unit, mass = np.exp(true["unit"]), np.exp(true["mass"]) * share
    price = unit * mass
    code, origin = of["code"].astype(np.int64), of["origin"].astype(np.int64)
    lies = kind == MISCLASSIFICATION
    code = np.where(lies, law.decoy[code], code)
    origin = np.where(kind == ORIGIN, law.favoured[code], origin)
    said = price * _price_factor(kind, dice, n)
    light = np.clip(dice.normal(*LIGHTENED, n), 0.3, 0.95)
    slip = np.where(
        (dice.random(n) < SLIPS) & (kind == HONEST) & ~law.by_mass[of["code"]], np.exp(dice.normal(0, SLIP, n)), 1.0
    )
    weighed = mass * np.where(kind == WEIGHT, light, slip)
    low = (said < LOW_VALUE) & of["parcel"]
    favour = law.preferred[code, origin] & of["claims"] & ~low
    rate = np.where(favour | low, 0.0, law.rate[code])
    told = {
        "day": true["day"].astype(np.int64),
        "importer": of["importer"].astype(np.int64),
        "declarant": of["declarant"].astype(np.int64),
        "seller": of["seller"].astype(np.int64),
        "office": of["office"].astype(np.int64),
        "transport": of["transport"].astype(np.int64),
        "hs": code,
        "origin": origin,
        "departure": _departure(kind, of["origin"], origin, law, dice),
        "procedure": np.where(low, 2, np.where(favour, 1, np.where(law.by_mass[code], 3, 0))),
        "rate": rate,
        "mass": np.maximum(np.round(weighed, 3), 0.001),
        "price": np.maximum(np.round(said, 2), 0.01),
    }
    return told, true | {"lost": _lost(law, of, true, told, price, mass)}


def _price_factor(kind: Any, dice: Any, n: int) -> Any:
    """What the price is multiplied with: rolled back, mistaken for or against the trader, or as it is."""
    rolled = np.clip(dice.normal(*ROLLED_BACK, n), 0.2, 0.95)
    out = np.where(kind == UNDERVALUATION, rolled, 1.0)
    out = np.where(kind == MISTAKE, dice.uniform(*MISTAKEN, n), out)
    against = (kind == HONEST) & (dice.random(n) < MISTAKES)
    return np.where(against, dice.uniform(*DEARER, n), out)


def _departure(kind: Any, true: Any, said: Any, law: Tariff, dice: Any) -> Any:
    n = len(said)
    hubs = np.array([law.countries.index(h) for h in HUBS if h in law.countries])
    out = np.where(dice.random(n) < BY_HUB, dice.choice(hubs, n), said)
    return np.where((kind == ORIGIN) & (dice.random(n) < DIRECT), true, out).astype(np.int64)


def _lost(law: Tariff, of: Any, true: dict[str, Any], told: dict[str, Any], price: Any, mass: Any) -> Any:
    """Revenue lost in cents: what was due less what the declaration leads to; never below zero, and zero where nothing was wrong."""
    rate, kind = law.rate[of["code"]] / 100, true["kind"]
    usual = np.exp(law.usual(of["code"], of["origin"], true["day"]))
    due = np.where(kind == WEIGHT, rate * usual * mass, rate * price)
    paid = np.where(kind == WEIGHT, rate * usual * told["mass"], told["rate"] / 100 * told["price"])
    return np.where(kind == HONEST, 0, np.maximum(np.round((due - paid) * 100), 0)).astype(np.int64)
