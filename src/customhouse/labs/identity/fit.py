"""Works the weights of `score.py` out from pairs whose truth is known, and judges them on pairs that they have not seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
RIDGE = 5.0
STEPS = 30


def fit(values: Floats, truth: Floats, importance: Floats, ridge: float = RIDGE) -> tuple[Floats, float]:
    """Weights and intercept of a ridge logistic regression (Newton's method on standardised columns).

    `values` is pairs x measures, `truth` 0 or 1, `importance` how often a pair counts.
    """
    middle, spread = values.mean(0), values.std(0) + 1e-9
    table = np.c_[np.ones(len(values)), (values - middle) / spread]
    held = np.r_[0.0, np.full(values.shape[1], ridge)]
    weights = np.zeros(table.shape[1])
    for _ in range(STEPS):
        guess = 1 / (1 + np.exp(-table @ weights))
        slope = table.T @ (importance * (truth - guess)) - held * weights
        bend = (table * (importance * guess * (1 - guess))[:, None]).T @ table + np.diag(held + 1e-9)
        weights += np.linalg.solve(bend, slope)
    plain = weights[1:] / spread
    return plain, float(weights[0] - plain @ middle)


def unseen(values: Floats, truth: Floats, importance: Floats, folds: int = 5, turns: int = 5) -> Floats:
    """For each pair the probability from weights fitted without it: turns x pairs. The same for the same pairs (seeded)."""
    found = np.zeros((turns, len(truth)))
    for turn in range(turns):
        fold = np.random.default_rng(turn).permutation(len(truth)) % folds
        for one in range(folds):
            out = fold == one
            weights, start = fit(values[~out], truth[~out], importance[~out])
            found[turn, out] = 1 / (1 + np.exp(-(values[out] @ weights + start)))
    return found
