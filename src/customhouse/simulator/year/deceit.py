"""Who cheats: rings that share sellers, an address and a declarant, firms on their own, and phoenixes - firms that were caught and go
on under a new number with the partners of the old one.

Waves of fashion decide which chapters a ring of that time works in and how; rings begin and end all the year. In a drift run
what was usual goes on, and from one day on other firms do something else that shows in no price.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from customhouse.simulator.year.lanes import LANE, Trade
from customhouse.simulator.year.plan import EARLY, LATE, MISCLASSIFICATION, ORIGIN, SPLITTING, WEIGHT, Plan
from customhouse.simulator.year.tariff import Tariff

RINGS = 0.011  # a ring for so many firms
ALONE = 0.05  # of firms
MEMBERS = (4, 9)
NEW_MEMBER = 0.4  # of a ring's firms are founded for it
COMPLICIT = 0.6  # chance that a ring brings its own declarant
SHARED_ADDRESS = 0.5
CAUGHT = 0.4  # of rings' new firms and of those who cheat alone
CAUGHT_AFTER = 110.0  # days, on average
REBORN_AFTER = (10, 45)  # days
KEEPS = {"seller": 0.85, "declarant": 0.6, "address": 0.35}
BEFORE = 0.6  # of habits in a drift run
BUSY = 1.15  # times as many habits there: the known ones alone are more than can be opened
WAVE = 90  # days of a fashion
FASHIONABLE = 40  # codes of a fashion
KIND_FIRST, KIND_LAST = (0.4, 0.2, 0.12, 0.14, 0.14), (0.24, 0.26, 0.26, 0.12, 0.12)


class Deceit:
    """The making of all that is dishonest; `lanes` grows."""

    def __init__(self, plan: Plan, law: Tariff, honest: Trade) -> None:
        self.plan, self.law, self.dice = plan, law, plan.dice("deceit")
        self.honest = honest
        self.made: list[Any] = []
        self.address = list(honest.address)
        self.sellers = honest.sellers
        self.at = len(honest.lanes)

    def run(self) -> Trade:
        """The trade with all its frauds."""
        firms, busy = self.plan.firms, BUSY if self.plan.break_day is not None else 1.0
        rings = max(3, round(firms * RINGS * busy))
        for ring in range(rings):
            begins, ends = self._span()
            self._ring(ring, begins, ends)
        alone = self.dice.permutation(firms)[: round(firms * ALONE * busy)]
        for firm in alone:
            begins, ends = self._span()
            self._cheats(int(firm), -1, begins, ends, self._kind(begins), self.dice.uniform(0.15, 0.6), {})
        lanes = np.concatenate([self.honest.lanes, *self.made]) if self.made else self.honest.lanes
        return Trade(lanes, np.array(self.address), self.sellers)

    def _span(self) -> tuple[float, float]:
        """From when to when a habit is lived. In a drift run some go on as ever, and new ones begin at the break."""
        plan, dice = self.plan, self.dice
        if plan.break_day is None:
            begins = dice.uniform(-150, plan.days)
            return begins, begins + dice.uniform(90, 400)
        if dice.random() < BEFORE:
            return dice.uniform(-150, plan.break_day * 0.6), float(plan.days)
        return plan.break_day + dice.uniform(0, 30), float(plan.days)

    def _kind(self, begins: float) -> int:
        plan, dice = self.plan, self.dice
        if plan.break_day is not None:
            return int(dice.choice(EARLY if begins < plan.break_day else LATE))
        share = min(1.0, max(0.0, begins / plan.days))
        odds = np.array(KIND_FIRST) * (1 - share) + np.array(KIND_LAST) * share
        return 1 + int(dice.choice(len(odds), p=odds / odds.sum()))

    def _ring(self, ring: int, begins: float, ends: float) -> None:
        dice = self.dice
        kind = self._kind(begins)
        shared = {"seller": [self._new_seller() for _ in range(int(dice.integers(1, 3)))]}
        if dice.random() < COMPLICIT:
            shared["declarant"] = [int(dice.integers(10, 60))]
        office = CENTRE_OF_RING - ring
        cheat = dice.uniform(0.35, 0.9)
        for _ in range(int(dice.integers(*MEMBERS))):
            new = self.plan.break_day is None and dice.random() < NEW_MEMBER
            firm = self._found(office) if new else int(dice.integers(self.plan.firms))
            starts = begins + dice.uniform(0, 40)
            self._cheats(firm, ring, starts, ends, kind, float(np.clip(cheat + dice.normal(0, 0.1), 0.1, 0.95)), shared)

    def _found(self, address: int) -> int:
        """A firm founded to cheat; half of them sit where the ring sits."""
        self.address.append(address if self.dice.random() < SHARED_ADDRESS else FRESH + len(self.address))
        return len(self.address) - 1

    def _new_seller(self) -> int:
        self.sellers += 1
        return self.sellers + 10_000

    def _cheats(
        self, firm: int, ring: int, begins: float, ends: float, kind: int, cheat: float, shared: dict[str, list[int]]
    ) -> None:
        """A firm begins to cheat on some lanes; when it is caught it is born again."""
        dice, plan = self.dice, self.plan
        if begins >= plan.days or ends <= 0:
            return
        lanes = self._lanes(firm, ring, begins, ends, kind, cheat, shared)
        founded = firm >= plan.firms
        caught = begins + dice.exponential(CAUGHT_AFTER)
        if len(lanes) and (founded or ring < 0) and dice.random() < CAUGHT and caught < min(ends, plan.days) - 60:
            self._phoenix(lanes, firm, max(caught, 20.0))
        self.made.append(lanes)
        self.at += len(lanes)

    def _lanes(
        self, firm: int, ring: int, begins: float, ends: float, kind: int, cheat: float, shared: dict[str, list[int]]
    ) -> Any:
        """Some lanes that lie, each followed by its honest twin where the lie hides among honest rows."""
        dice, law, plan = self.dice, self.law, self.plan
        fit = self._codes(kind, begins)
        if not len(fit):
            return np.zeros(0, LANE)
        known = self.honest.lanes[self.honest.lanes["importer"] == firm]
        model = known[0] if len(known) else self.honest.lanes[int(dice.integers(len(self.honest.lanes)))]
        found = []
        for _ in range(int(dice.integers(1, 4))):
            lane = model.copy()
            code = int(dice.choice(fit))
            sources = law.origins[code][law.weights[code] > 0]
            sources = sources[~law.preferred[code, sources]] if kind == ORIGIN else sources
            lane["importer"], lane["code"], lane["origin"], lane["ring"] = firm, code, dice.choice(sources), ring
            lane["seller"] = dice.choice(shared["seller"]) if "seller" in shared else lane["seller"]
            lane["declarant"] = shared["declarant"][0] if "declarant" in shared else lane["declarant"]
            lane["start"] = begins if firm >= plan.firms else max(0.0, begins - dice.exponential(60))
            lane["end"], lane["cheat_from"], lane["cheat_to"] = (
                min(ends + dice.exponential(30), plan.days),
                begins,
                ends,
            )
            lane["kind"], lane["cheat"], lane["dear"] = kind, cheat, dice.normal(0, 0.1)
            lane["weekly"] = float(np.median(self.honest.lanes["weekly"])) * np.exp(dice.normal(0.35, 0.6))
            lane["parcel"], lane["claims"] = kind == SPLITTING, True
            found.append(lane)
            if kind in (MISCLASSIFICATION, ORIGIN):
                self._twin(found, kind)
        return np.array(found, LANE)

    def _twin(self, found: list[Any], kind: int) -> None:
        lane, dice, law = found[-1], self.dice, self.law
        twin = lane.copy()
        twin["cheat"], twin["cheat_from"], twin["dear"] = 0.0, 0.0, dice.normal(0, 0.1)
        twin["weekly"] *= dice.uniform(0.3, 1.0)
        if kind == MISCLASSIFICATION:
            twin["code"] = law.decoy[lane["code"]]
        else:
            twin["origin"] = law.favoured[lane["code"]]
        lane["twin"] = self.at + len(found)
        found.append(twin)

    def _codes(self, kind: int, begins: float) -> Any:
        """Codes that a lie of this kind pays for, of the fashion of the time where there are some."""
        law = self.law
        dutied = law.rate > 0
        pays = {
            MISCLASSIFICATION: law.decoy >= 0,
            ORIGIN: dutied
            & (law.favoured >= 0)
            & ((law.weights > 0) & ~np.take_along_axis(law.preferred, law.origins, 1)).any(axis=1),
            WEIGHT: law.by_mass & dutied,
        }.get(kind, dutied & ~law.by_mass)
        fashion = np.random.default_rng([self.plan.seed, 7, max(0, int(begins // WAVE))]).integers(
            0, len(law.codes), FASHIONABLE
        )
        chosen = np.flatnonzero(pays)
        stylish = np.intersect1d(chosen, fashion)
        return stylish if len(stylish) >= 3 and self.dice.random() < 0.7 else chosen

    def _phoenix(self, lanes: Any, firm: int, caught: float) -> None:
        """The firm ends; a new one goes on with most of its partners."""
        dice = self.dice
        again = caught + dice.uniform(*REBORN_AFTER)
        old = self.address[firm]
        self.address.append(old if dice.random() < KEEPS["address"] else FRESH + len(self.address))
        reborn = lanes.copy()
        reborn["importer"] = len(self.address) - 1
        reborn["start"] = np.maximum(again, reborn["start"])
        reborn["cheat_from"] = np.where(reborn["cheat"] > 0, again, reborn["cheat_from"])
        if dice.random() > KEEPS["seller"]:
            reborn["seller"] = self._new_seller()
        if dice.random() > KEEPS["declarant"]:
            reborn["declarant"] = int(dice.integers(60))
        lanes["end"] = np.minimum(lanes["end"], caught)
        reborn["twin"] = np.where(reborn["twin"] >= 0, reborn["twin"] + len(lanes), -1)
        self.made.append(lanes.copy())
        self.at += len(lanes)
        lanes[:] = reborn


CENTRE_OF_RING = -1  # addresses of rings are counted downwards from here
FRESH = 10_000_000
