"""What could be known at best before an examination: Bayes' rule by one who knows every habit and every distribution of the generator,
but not how its dice fell for this row.

It is told what customs is told, and which lanes fit that: a row may be the honest trade of its lane, a lie of its lane, a
mistake, or - where a lie about code or origin gives the same signature - a lie of another lane of the same firm. Nobody without
knowledge of the habits can do better on average; a learner has to find the habits out.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np

from customhouse.simulator.year import told as telling
from customhouse.simulator.year.plan import MISCLASSIFICATION, ORIGIN, SPLITTING, UNDERVALUATION, WEIGHT
from customhouse.simulator.year.tariff import Tariff

NODES = 9
NORMAL = np.array([NormalDist().inv_cdf((i + 0.5) / NODES) for i in range(NODES)])
EVEN = (np.arange(NODES) + 0.5) / NODES
NEVER = 1e-300


def judge(lanes: Any, lane: Any, told: dict[str, Any], law: Tariff) -> tuple[Any, Any]:
    """For each row the probability of an irregularity, and the revenue that an examination is expected to bring."""
    honest, liar = _candidates(lanes, lane, told)
    scene = _Scene(lanes, honest, told, law)
    fair, parts = scene.weigh()
    if (liar >= 0).any():
        parts.append(_of_another(scene, _Scene(lanes, np.maximum(liar, 0), told, law), liar >= 0))
    wrong = sum(weight for weight, _ in parts)
    total = np.maximum(fair + wrong, NEVER)
    return np.clip(wrong / total, 0, 1), sum(weight * lost for weight, lost in parts) / total


def _candidates(lanes: Any, lane: Any, told: dict[str, Any]) -> tuple[Any, Any]:
    """The lane whose honest trade would be declared like this; and the lane whose lie would, -1 for none."""
    of = lanes[lane]
    liars = np.full(len(lanes), -1)
    has = lanes["twin"] >= 0
    liars[lanes["twin"][has]] = np.flatnonzero(has)
    lied = (told["hs"] != of["code"]) | (told["origin"] != of["origin"])
    return np.where(lied, of["twin"], lane), np.where(lied, lane, liars[lane])


class _Scene:
    """Rows seen as trade of given lanes: how far price and mass are from what those lanes would declare."""

    def __init__(self, lanes: Any, lane: Any, told: dict[str, Any], law: Tariff) -> None:
        self.of, self.told, self.law, self.lane = lanes[lane], told, law, lane
        code, day = self.of["code"], told["day"]
        self.log_price, log_mass = np.log(told["price"]), np.log(told["mass"])
        self.usual = law.usual(code, self.of["origin"], day)
        self.unit = self.log_price - log_mass - self.usual - self.of["dear"]
        self.mass = log_mass - law.lot[code] - self.of["size"]
        self.spread = law.spread[code]
        open_ = (day >= self.of["start"] - 1) & (day < self.of["end"] + 1)
        living = (day >= self.of["cheat_from"]) & (day < self.of["cheat_to"])
        self.often = self.of["weekly"] * open_
        self.cheat = self.of["cheat"] * living
        self.rate = law.rate[code] / 100
        self.favoured = self.of["claims"] & law.preferred[code, self.of["origin"]]

    def size(self, shift: Any = 0.0) -> Any:
        """The likelihood of the mass; of a parcel that of its value."""
        parcel = _normal(self.log_price - telling.PARCEL_VALUE, telling.PARCEL_SPREAD)
        return np.where(self.of["parcel"], parcel, _normal(self.mass - shift, telling.LOT_SPREAD))

    def weigh(self) -> tuple[Any, list[tuple[Any, Any]]]:
        """The weight of honest trade, and weight and expected loss of each way in which it may be wrong."""
        dutied = (self.rate > 0) & ~self.favoured
        by_value = dutied & ~self.law.by_mass[self.of["code"]]
        cheat = self.cheat * np.where(self.of["kind"] == UNDERVALUATION, by_value, dutied)
        slipped = _normal(self.unit, np.hypot(self.spread, telling.SLIP)) * self.size_of_slip()
        plain = _normal(self.unit, self.spread) * self.size()
        dearer = self.mixed(np.log(_between(telling.DEARER)))[0] * self.size()
        by_mass = self.law.by_mass[self.of["code"]]
        slips = np.where(by_mass, 0.0, telling.SLIPS)
        fair = (1 - telling.MISTAKES - slips) * plain + slips * slipped + telling.MISTAKES * dearer
        honest = self.often * (1 - cheat)
        parts = [self._mistake(honest * by_value), self._rolled_back(cheat), self._lighter(cheat)]
        whole = honest * fair
        split, alike = self._split(cheat)
        parts.append((split, np.maximum(self.rate - self.told["rate"] / 100, 0) * self.told["price"]))
        return np.where(self.of["kind"] == SPLITTING, alike, whole), parts

    def size_of_slip(self) -> Any:
        return np.where(self.of["parcel"], self.size(), _normal(self.mass, np.hypot(telling.LOT_SPREAD, telling.SLIP)))

    def mixed(self, shifts: Any) -> tuple[Any, Any]:
        """The likelihood of the unit price when it was moved by one of the shifts, and the mean of exp(-shift) - 1 given that."""
        each = np.stack([_normal(self.unit - s, self.spread) for s in shifts])
        total = each.mean(axis=0)
        hidden = (each * (np.exp(-shifts) - 1)[:, None]).mean(axis=0) / np.maximum(total, NEVER)
        return total, hidden

    def _mistake(self, honest: Any) -> tuple[Any, Any]:
        fits, hidden = self.mixed(np.log(_between(telling.MISTAKEN)))
        weight = np.where(self.of["kind"] == SPLITTING, 0.0, honest * telling.MISTAKES * fits * self.size())
        return weight, self.rate * self.told["price"] * hidden

    def _rolled_back(self, cheat: Any) -> tuple[Any, Any]:
        fits, hidden = self.mixed(np.log(_around(telling.ROLLED_BACK)))
        weight = np.where(self.of["kind"] == UNDERVALUATION, self.often * cheat * fits * self.size(), 0.0)
        return weight, self.rate * self.told["price"] * hidden

    def _lighter(self, cheat: Any) -> tuple[Any, Any]:
        """A lighter mass moves the unit price up and the mass down, by the same."""
        logs = np.log(_around(telling.LIGHTENED))
        each = np.stack([_normal(self.unit + g, self.spread) * self.size(g) for g in logs])
        total = each.mean(axis=0)
        hidden = (each * (np.exp(-logs) - 1)[:, None]).mean(axis=0) / np.maximum(total, NEVER)
        weight = np.where(self.of["kind"] == WEIGHT, self.often * cheat * total, 0.0)
        return weight, self.rate * np.exp(self.usual) * self.told["mass"] * hidden

    def _split(self, cheat: Any) -> tuple[Any, Any]:
        """Weights of a piece of a split consignment, and of a whole one: pieces come three or more a day, whole ones hardly."""
        together = self.lane.astype(np.int64) * (int(self.told["day"].max()) + 1) + self.told["day"]
        _, at, alike = np.unique(together, return_inverse=True, return_counts=True)
        many = alike[at.reshape(-1)]
        pieces = np.arange(*telling.PIECES)
        fits = np.mean(
            [
                k * _normal(self.log_price - telling.SPLIT_VALUE + np.log(k), telling.SPLIT_SPREAD + 0.05)
                for k in pieces
            ],
            axis=0,
        )
        mine = self.of["kind"] == SPLITTING
        whole = _normal(self.log_price - telling.SPLIT_VALUE, telling.SPLIT_SPREAD)
        rare = np.where(many >= telling.PIECES[0], np.minimum(1.0, (self.often / 7) ** 2), 1.0)
        split = self.often * cheat * fits * (many >= telling.PIECES[0])
        return np.where(mine, split, 0.0), self.often * (1 - cheat) * whole * rare


def _of_another(own: _Scene, liar: _Scene, there: Any) -> tuple[Any, Any]:
    """Weight and loss of a lie about code or origin that hides among the honest trade of `own`."""
    told, kind = liar.told, liar.of["kind"]
    direct = told["departure"] == liar.of["origin"]
    straight = told["departure"] == own.of["origin"]
    lied = np.where(direct, telling.DIRECT, np.where(straight, (1 - telling.DIRECT) * (1 - telling.BY_HUB), 0.02))
    usual = np.where(straight, 1 - telling.BY_HUB, telling.BY_HUB / len(telling.HUBS))
    route = np.where(kind == ORIGIN, lied / usual, 1.0)
    fits = _normal(liar.unit, liar.spread) * liar.size() * route
    pays = np.isin(kind, (MISCLASSIFICATION, ORIGIN)) & (liar.rate > 0) & ~liar.favoured
    weight = np.where(there & pays, liar.often * liar.cheat * fits, 0.0)
    return weight, np.maximum(liar.rate - told["rate"] / 100, 0) * told["price"]


def _normal(x: Any, deviation: Any) -> Any:
    return np.exp(-0.5 * (x / deviation) ** 2) / deviation


def _around(law: tuple[float, float]) -> Any:
    return np.clip(law[0] + law[1] * NORMAL, 0.2, 0.95)


def _between(law: tuple[float, float]) -> Any:
    return law[0] + (law[1] - law[0]) * EVEN
