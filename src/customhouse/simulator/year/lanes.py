"""Firms and their lanes: which importer brings which goods from whom, through which declarant and office, how often and how dear.

A lane is a habit. Rows of one lane look alike; a firm has a few lanes; firms are born and die.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from customhouse.simulator.year.plan import UNDERVALUATION, Plan
from customhouse.simulator.year.tariff import Tariff

LANE = np.dtype(
    [
        ("importer", "i4"), ("code", "i4"), ("origin", "i4"), ("seller", "i4"), ("declarant", "i4"), ("office", "i2"),
        ("transport", "i2"), ("start", "f8"), ("end", "f8"), ("weekly", "f8"), ("dear", "f8"), ("size", "f8"),
        ("kind", "i1"), ("cheat", "f8"), ("cheat_from", "f8"), ("cheat_to", "f8"), ("twin", "i4"), ("ring", "i4"),
        ("parcel", "?"), ("claims", "?"),
    ]
)  # fmt: skip
"""`cheat` is the share of its rows that lie, in the way `kind`, from `cheat_from` to `cheat_to`; `twin` is the honest lane that a lie
about code or origin hides among; `claims`: asks for a preference where there is one."""

BROKERS = 60
OFFICES = 9
CENTRES = 40  # addresses where many honest firms sit
IN_CENTRE = 0.06
SELF_DECLARED = 0.25
THERE_FROM_START = 0.72
DYING = 0.18
FACTORY_SECONDS = 0.05  # share of lanes with honest cheap goods
SECONDS = -0.45
DEARNESS = 0.1
PARCELS = 0.07
OPPORTUNISM = 0.003  # of any lane's rows


@dataclass
class Trade:
    """Lanes, and where each firm sits; sellers are numbered within all the world."""

    lanes: Any
    address: Any
    sellers: int


def trade(plan: Plan, law: Tariff) -> Trade:
    """Honest firms with their lanes; rates are scaled so that about `plan.rows` rows come of them."""
    dice = plan.dice("lanes")
    firms = plan.firms
    born = np.where(dice.random(firms) < THERE_FROM_START, 0.0, dice.random(firms) * plan.days)
    dies = np.where(dice.random(firms) < DYING, born + dice.exponential(240, firms) + 20, plan.days)
    of = np.repeat(np.arange(firms), 1 + dice.poisson(2.6, firms))
    n = len(of)
    lanes = np.zeros(n, LANE)
    home = dice.integers(0, len(law.codes), firms)  # a firm stays near its trade
    lanes["importer"] = of
    lanes["code"] = np.where(
        dice.random(n) < 0.7, (home[of] + dice.integers(-6, 7, n)) % len(law.codes), dice.integers(0, len(law.codes), n)
    )
    lanes["origin"] = _origins(lanes["code"], law, dice)
    sellers = max(30, n // 3)
    lanes["seller"] = _seller(lanes["origin"], sellers, len(law.countries), dice)
    broker = (BROKERS * dice.random(firms) ** 2).astype(int)
    lanes["declarant"] = np.where(dice.random(firms) < SELF_DECLARED, BROKERS + np.arange(firms), broker)[of]
    lanes["office"] = np.where(
        dice.random(n) < 0.85, dice.integers(0, OFFICES, firms)[of], dice.integers(0, OFFICES, n)
    )
    lanes["transport"] = dice.choice((1, 3, 4), n, p=(0.7, 0.08, 0.22))
    lanes["start"] = np.where(
        dice.random(n) < 0.75, born[of], born[of] + dice.random(n) * np.maximum(plan.days - born[of], 1) * 0.8
    )
    lanes["end"] = np.minimum(dies[of], plan.days)
    lanes["weekly"] = np.exp(dice.normal(0, 0.8, firms)[of] + dice.normal(0, 0.6, n))
    lanes["dear"] = dice.normal(0, DEARNESS, n) + SECONDS * (dice.random(n) < FACTORY_SECONDS)
    lanes["size"] = dice.normal(-1.5, 0.6, firms)[of] + dice.normal(0, 0.5, n)
    lanes["parcel"] = dice.random(n) < PARCELS
    lanes["kind"], lanes["cheat"], lanes["cheat_to"] = UNDERVALUATION, OPPORTUNISM, plan.days
    lanes["twin"] = lanes["ring"] = -1
    lanes["claims"] = dice.random(n) < 0.85
    open_for = np.maximum(lanes["end"] - lanes["start"], 0)
    lanes["weekly"] *= plan.rows / (lanes["weekly"] * open_for / 7).sum()
    address = np.where(dice.random(firms) < IN_CENTRE, dice.integers(0, CENTRES, firms), CENTRES + np.arange(firms))
    return Trade(lanes, address, sellers)


def _origins(code: Any, law: Tariff, dice: Any) -> Any:
    slot = (law.weights[code].cumsum(axis=1) < dice.random(len(code))[:, None]).sum(axis=1).clip(0, 3)
    return law.origins[code, slot]


def _seller(country: Any, sellers: int, countries: int, dice: Any) -> Any:
    """A seller of the country, few of them large. Seller s sits in country s modulo the number of countries."""
    per = max(1, sellers // countries)
    return (per * dice.random(len(country)) ** 1.7).astype(int) * countries + country
