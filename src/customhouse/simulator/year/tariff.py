"""Goods, duties and usual prices of the year: the catalogue of the simulator, each entry widened to a few neighbouring codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from customhouse.simulator.border import BY_QUANTITY, PREFERENCES, preference_for
from customhouse.simulator.goods import catalogue
from customhouse.simulator.year.plan import MONTH, Plan

VARIANTS = 4
RATES = (0.0, 5.0, 8.0, 10.0, 15.0, 20.0, 25.0)
OFTEN = (0.12, 0.22, 0.12, 0.2, 0.16, 0.1, 0.08)
STEPS = (-5.0, 0.0, 0.0, 5.0)  # how a neighbouring code's duty differs from its heading's
CHEAPER = 3.0  # points of duty that make a lie about the code worth while
VARIANT_PRICE = 0.45  # deviation of a neighbour's usual price (logarithm)
ORIGIN_PRICE = 0.22  # deviation of a country's prices for one code
MONTHLY_PRICE = 0.03  # how far usual prices walk in a month
SEASONS = 4
LARGEST_LOT = 40_000.0  # kilograms; a few ships of grain would otherwise hold half of all revenue


@dataclass(frozen=True)
class Tariff:
    """Arrays with one entry a code. `level[code, country]` is the logarithm of the usual price of a kilogram on day 0, `walk` what the
    months add; `rate` percent of value; `by_mass`: charged on mass, at `rate` of the usual price; `decoy`: the code it is passed off as,
    -1 for none; `favoured`: a country that has a preference for it and could be claimed falsely, -1 for none."""

    codes: tuple[str, ...]
    countries: tuple[str, ...]
    level: Any
    walk: Any
    spread: Any
    lot: Any
    rate: Any
    by_mass: Any
    decoy: Any
    favoured: Any
    preferred: Any
    origins: Any
    weights: Any
    season: Any

    def usual(self, code: Any, country: Any, day: Any) -> Any:
        """Logarithm of the usual price of a kilogram."""
        return self.level[code, country] + self.walk[code, (day / MONTH).astype(int)]


def tariff(plan: Plan) -> Tariff:
    """The tariff of a year."""
    dice = plan.dice("tariff")
    kinds = [g for g in catalogue().values() if set(g.origins) != {"XM"}]
    listed = sorted({c for g in kinds for c in g.origins} | {c for p in PREFERENCES for c in p.countries})
    codes = _codes([g.code for g in kinds])
    n, of = len(codes), np.repeat(np.arange(len(kinds)), VARIANTS)
    base = np.array([g.usd for g in kinds])[of]
    usual = np.log(base) + np.where(np.arange(n) % VARIANTS == 0, 0.0, dice.normal(0, VARIANT_PRICE, n))
    rate = np.clip(dice.choice(RATES, len(kinds), p=OFTEN)[of] + np.tile(STEPS, len(kinds)), 0, 40)
    walk = dice.normal(0, MONTHLY_PRICE, (n, int(plan.days / MONTH) + 2)).cumsum(axis=1)
    place = {c: i for i, c in enumerate(listed)}
    origins, weights = np.zeros((n, 4), int), np.zeros((n, 4))
    for i, g in enumerate(kinds[k] for k in of):
        for j, (country, weight) in enumerate(list(g.origins.items())[:4]):
            origins[i, j], weights[i, j] = place[country], weight
    preferred = np.array([[preference_for(code, c) is not None for c in listed] for code in codes])
    return Tariff(
        codes,
        tuple(listed),
        usual[:, None] + dice.normal(0, ORIGIN_PRICE, (n, len(listed))),
        walk,
        np.array([g.spread for g in kinds])[of] + 0.03,
        np.log(np.minimum([g.lot for g in kinds], LARGEST_LOT))[of],
        rate,
        np.array([code[:4] in BY_QUANTITY for code in codes]),
        _decoys(codes, usual, rate),
        _favoured(preferred, dice),
        preferred,
        origins,
        weights / weights.sum(axis=1, keepdims=True),
        dice.integers(0, SEASONS, len(kinds))[of],
    )


def _codes(bases: list[str]) -> tuple[str, ...]:
    """Each code and its neighbours under the same heading, all different."""
    taken: dict[str, None] = {}
    for base in bases:
        sub = int(base[4:6])
        wanted = len(taken) + VARIANTS
        while len(taken) < wanted:
            taken.setdefault(f"{base[:4]}{sub:02d}{base[6:8]}")
            sub = (sub + 10 if sub < 90 else sub + 11) % 100
    return tuple(taken)


def _decoys(codes: tuple[str, ...], usual: Any, rate: Any) -> Any:
    """For each code that of the same chapter which is dutied less and nearest in price."""
    chapter = np.array([code[:2] for code in codes])
    out = np.full(len(codes), -1)
    for i in range(len(codes)):
        near = np.flatnonzero((chapter == chapter[i]) & (rate <= rate[i] - CHEAPER))
        if len(near):
            out[i] = near[np.argmin(np.abs(usual[near] - usual[i]))]
    return out


def _favoured(preferred: Any, dice: Any) -> Any:
    lots = dice.random(preferred.shape) * preferred
    return np.where(preferred.any(axis=1), lots.argmax(axis=1), -1)
