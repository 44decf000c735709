"""Our own making of DATE: gradients by hand agree with finite differences, and it learns what can be learned."""

from __future__ import annotations

import numpy as np
import pytest

from customhouse.labs.targeting import dual
from customhouse.labs.targeting.forest import Forest, Tree

TREES, DEEP, IMPORTERS, CODES, ROWS = 3, 2, 4, 5, 6


def test_every_gradient_agrees_with_finite_differences() -> None:
    dice = np.random.default_rng(1)
    weights = dual.begin(TREES, DEEP, IMPORTERS, CODES, 1, np.float64)
    for name in weights:
        weights[name] = weights[name] + dice.normal(0, 0.05, weights[name].shape)
    leaf = dice.integers(0, 2**DEEP, (ROWS, TREES)) + (np.arange(TREES) << DEEP)
    asked = (leaf, dice.integers(0, IMPORTERS, ROWS), dice.integers(0, CODES, ROWS))
    answers = (dice.integers(0, 2, ROWS).astype(float), dice.random(ROWS), dice.uniform(0.5, 2, ROWS))
    told = dual.gradients(weights, *asked, *answers)
    assert set(told) == set(weights)
    step = 1e-6
    for name, table in weights.items():
        for at in dice.integers(0, table.size, 8):
            place = np.unravel_index(at, table.shape)
            was = table[place]
            table[place] = was + step
            up = dual.loss(weights, *asked, *answers)
            table[place] = was - step
            down = dual.loss(weights, *asked, *answers)
            table[place] = was
            assert told[name][place] == pytest.approx((up - down) / (2 * step), rel=1e-4, abs=1e-7), name


def test_it_learns_what_importer_and_code_together_decide() -> None:
    """No tree tells it: importer and code must agree for a find. The money head learns how much."""
    dice = np.random.default_rng(2)
    n = 4_000
    importer, code = dice.integers(0, 2, n), dice.integers(0, 2, n)
    found = (importer == code).astype(float)
    lost = found * np.where(importer == 1, 1000.0, 10.0)
    rows = dice.random((n, 1)).astype(np.float32)
    forest = Forest((Tree((0,), (0.5,), (-1.0, 1.0), (1.0, 1.0)),), 0.0)
    made = dual.Dual(forest, importer, code, 1)
    at = made.places(rows, importer, code)
    sure, money = made.fit(at, found, lost, np.ones(n), epochs=20).answer(at)
    assert sure[found == 1].min() > 0.9 and sure[found == 0].max() < 0.1
    assert money[lost > 100].mean() > money[(lost > 0) & (lost < 100)].mean() + 2


def test_an_importer_never_seen_has_an_answer() -> None:
    forest = Forest((Tree((0,), (0.5,), (-1.0, 1.0), (1.0, 1.0)),), 0.0)
    made = dual.Dual(forest, np.zeros(10, int), np.zeros(10, int), 1)
    at = made.places(np.zeros((1, 1), np.float32), np.array([99]), np.array([99]))
    assert at[1][0] == at[2][0] == 0
    sure, _ = made.answer(at)
    assert 0 < sure[0] < 1
