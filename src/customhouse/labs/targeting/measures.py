"""How good scores are: order, precision among the few that can be opened, money, calibration; each with a bootstrap interval."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np

from customhouse.labs.targeting.declared import Floats, Ints, Keys

SHARES = (1, 2, 5, 10, 20)
"""Percent of declarations that are opened."""

BINS = 15
TIMES = 300
WITHIN = (2.5, 97.5)


class Measured(msgspec.Struct, frozen=True):
    """Values by name (auc, p@5, rev@5, brier, ece, ...) and the 95 % interval of each."""

    values: dict[str, float]
    intervals: dict[str, tuple[float, float]]


def auc(found: Floats, score: Floats) -> float:
    """The chance that a find scores above a non-find; ties count half. Not a number when there is only one kind."""
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks = (ends - (counts - 1) / 2)[inverse]
    finds = found.sum()
    others = len(found) - finds
    if not finds or not others:
        return float("nan")
    return float((ranks[found == 1].sum() - finds * (finds + 1) / 2) / (finds * others))


def order(score: Floats, seed: int = 0) -> Ints:
    """Rows from the highest score down; ties are drawn, so that the order of a file cannot flatter."""
    return np.lexsort((np.random.default_rng(seed).random(len(score)), -score))


def brier(found: Floats, probability: Floats) -> float:
    return float(np.mean((found - probability) ** 2))


def ece(found: Floats, probability: Floats, bins: int = BINS) -> float:
    """Expected calibration error over bins with equally many rows."""
    total = 0.0
    for rows in np.array_split(np.argsort(probability, kind="stable"), bins):
        if len(rows):
            total += len(rows) / len(found) * abs(found[rows].mean() - probability[rows].mean())
    return float(total)


def dialled(probability: Floats, stake: Floats, dial: float) -> Floats:
    """What to rank by: at 0 the probability, at 1 the expected revenue, between them by powers of the stake."""
    return probability * (1 + stake) ** dial


def measure(
    found: Floats, probability: Floats, stake: Floats, rank_by: Floats | None = None, seed: int = 0
) -> dict[str, float]:
    """All measures of one set of rows; precision and revenue in the order of `rank_by` (the probability if absent)."""
    out = {
        "auc": auc(found, probability),
        "brier": brier(found, probability),
        "ece": ece(found, probability),
    }
    down = order(probability if rank_by is None else rank_by, seed)
    money = float((stake * found).sum())
    for share in SHARES:
        top = down[: max(1, round(len(found) * share / 100))]
        out[f"p@{share}"] = float(found[top].mean())
        out[f"r@{share}"] = float(found[top].sum() / found.sum()) if found.sum() else float("nan")
        out[f"rev@{share}"] = float((stake[top] * found[top]).sum() / money) if money else float("nan")
    return out


def measured(
    found: Floats,
    probability: Floats,
    stake: Floats,
    groups: Keys | None = None,
    *,
    dial: float = 0.0,
    times: int = TIMES,
) -> Measured:
    """Measures with intervals; rows are drawn again one by one, or in whole `groups` where rows of one group stand together."""
    rank_by = dialled(probability, stake, dial)
    whole = measure(found, probability, stake, rank_by)
    draws: dict[str, list[float]] = {name: [] for name in whole}
    draw = _drawer(len(found), groups)
    for seed in range(times):
        rows = draw(np.random.default_rng(seed))
        again = measure(found[rows], probability[rows], stake[rows], rank_by[rows], seed)
        for name, value in again.items():
            draws[name].append(value)
    spans = {
        name: np.nanpercentile(v, WITHIN) if np.isfinite(v).any() else (np.nan, np.nan) for name, v in draws.items()
    }
    return Measured(whole, {name: (float(low), float(high)) for name, (low, high) in spans.items()})


def _drawer(many: int, groups: Keys | None) -> Callable[[np.random.Generator], Ints]:
    if groups is None:
        return lambda dice: dice.integers(0, many, many)
    _, codes, counts = np.unique(groups, return_inverse=True, return_counts=True)
    by_group = np.split(np.argsort(codes, kind="stable"), np.cumsum(counts)[:-1])

    def draw(dice: np.random.Generator) -> Ints:
        return np.concatenate([by_group[g] for g in dice.integers(0, len(by_group), len(by_group))])

    return draw


class Rate(msgspec.Struct, frozen=True):
    """A rate of finds estimated from a random share: looks, finds, the middle of the posterior and its 95 % interval."""

    looks: int
    finds: int
    middle: float
    low: float
    high: float


def true_rate(finds: int, looks: int) -> Rate:
    """The rate of irregularity that a pure random share measures, without the bias of selection (Beta posterior, Jeffreys prior)."""
    from scipy.special import betaincinv

    a, b = finds + 0.5, looks - finds + 0.5
    low, middle, high = (float(betaincinv(a, b, q)) for q in (0.025, 0.5, 0.975))
    return Rate(looks, finds, middle, low, high)
