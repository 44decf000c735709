"""Many strata at once: each says something about itself and something about the others.

A hierarchical model: the rates of the strata are drawn from one Beta distribution whose mean and spread are not known either; both
are summed over a grid (Gelman et al., Bayesian Data Analysis, 3rd ed., 5.3). A stratum with many looks keeps its own rate, one with
few leans on the rest, one without any is the rest's guess, widely.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from math import exp, lgamma, log
from typing import TypeVar

from customhouse.labs.compliance.beta import LEVEL, Share, quantile

Key = TypeVar("Key", bound=Hashable)
MEANS = tuple(1 / (1 + exp(-(-7 + 0.25 * n))) for n in range(45))  # 0.1 % to 98 %
SPREADS = tuple(exp(0.5 * n) for n in range(1, 17))  # a prior worth 2 to 3,000 looks
LEAST = 1e-6  # of the whole weight: grid points that matter


def pooled(strata: Mapping[Key, tuple[int, int]], level: float = LEVEL) -> dict[Key, Share]:
    """(looks, finds) of each stratum -> its rate. Raises ValueError where finds are not part of the looks."""
    for key, (looks, finds) in strata.items():
        if not 0 <= finds <= looks:
            raise ValueError(f"{key}: {finds} finds in {looks} looks")
    points = _points(Counter(strata.values()))
    known: dict[tuple[int, int], Share] = {}
    for counts in set(strata.values()):
        known[counts] = _of_one(*counts, points, level)
    return {key: known[counts] for key, counts in strata.items()}


def _points(counted: Mapping[tuple[int, int], int]) -> list[tuple[float, float, float]]:
    """(weight, a, b) of the grid points that the data leave possible."""
    logs = []
    for mean in MEANS:
        for spread in SPREADS:
            a, b = mean * spread, (1 - mean) * spread
            prior = 0.5 * log(mean * (1 - mean)) - 0.5 * log(
                spread
            )  # Jeffreys for the mean on the logit grid; flat in 1/sqrt(spread)
            alone = lgamma(spread) - lgamma(a) - lgamma(b)
            fits = sum(
                times * (alone + lgamma(a + y) + lgamma(b + n - y) - lgamma(spread + n))
                for (n, y), times in counted.items()
                if n
            )
            logs.append((prior + fits, a, b))
    best = max(value for value, _, _ in logs)
    weighed = [(exp(value - best), a, b) for value, a, b in logs]
    whole = sum(w for w, _, _ in weighed)
    return [(w / whole, a, b) for w, a, b in weighed if w > LEAST * whole]


def _of_one(looks: int, finds: int, points: list[tuple[float, float, float]], level: float) -> Share:
    """The rate of one stratum: the mixture over the grid, told by the Beta of the same mean and variance."""
    mean = square = total = 0.0
    for weight, a, b in points:
        size = a + b + looks
        m = (a + finds) / size
        mean += weight * m
        square += weight * (m * (1 - m) / (size + 1) + m * m)
        total += weight
    mean, square = mean / total, square / total
    variance = max(square - mean * mean, 1e-15)
    size = mean * (1 - mean) / variance - 1
    tail = (1 - level) / 2
    a, b = mean * size, (1 - mean) * size
    return Share(looks, finds, mean, quantile(tail, a, b), quantile(1 - tail, a, b))
