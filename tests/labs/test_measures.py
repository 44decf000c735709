"""Measures against scikit-learn's and against sums by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score

from customhouse.labs.targeting.measures import auc, brier, dialled, ece, measure, measured, true_rate
from customhouse.labs.targeting.side import Line, calibrate, odds

DICE = np.random.default_rng(1)
SCORE = np.round(DICE.random(2000), 2)
FOUND = (DICE.random(2000) < SCORE).astype(float)
STAKE = DICE.lognormal(3, 2, 2000)


def test_order_and_squares_are_those_of_scikit_learn() -> None:
    assert auc(FOUND, SCORE) == pytest.approx(roc_auc_score(FOUND, SCORE))
    assert brier(FOUND, SCORE) == pytest.approx(brier_score_loss(FOUND, SCORE))


def test_calibration_error_is_small_for_true_and_large_for_false_probabilities() -> None:
    assert ece(FOUND, SCORE) < 0.03
    assert ece(FOUND, SCORE / 2) == pytest.approx(FOUND.mean() / 2, abs=0.03)


def test_precision_and_revenue_count_the_top_rows() -> None:
    found, score, stake = np.array([1.0, 0, 1, 0] * 25), np.linspace(1, 0, 100), np.ones(100)
    values = measure(found, score, stake)
    assert (values["p@1"], values["p@2"], values["p@20"]) == (1.0, 0.5, 0.5)
    assert values["rev@20"] == pytest.approx(0.2)


def test_the_dial_trades_precision_for_revenue() -> None:
    by = [measure(FOUND, SCORE, STAKE, dialled(SCORE, STAKE, d)) for d in (0.0, 1.0)]
    assert by[0]["p@5"] > by[1]["p@5"] and by[0]["rev@5"] < by[1]["rev@5"]


def test_ties_do_not_flatter() -> None:
    found = np.array([1.0] * 100 + [0.0] * 900)
    assert measure(found, np.zeros(1000), np.ones(1000))["p@20"] == pytest.approx(0.1, abs=0.06)


def test_intervals_hold_the_value_and_widen_by_groups() -> None:
    groups = np.repeat(np.arange(100), 20).astype(np.uint64)
    one = measured(FOUND, SCORE, STAKE, times=60)
    low, high = one.intervals["auc"]
    assert low < one.values["auc"] < high
    same, sure = np.repeat(FOUND[:100], 20), np.repeat(SCORE[:100], 20)
    alone, whole = measured(same, sure, STAKE, times=60), measured(same, sure, STAKE, groups, times=60)
    assert np.ptp(whole.intervals["brier"]) > np.ptp(alone.intervals["brier"])


def test_a_line_mends_log_odds_that_are_off() -> None:
    margin = DICE.normal(0, 1.5, 20_000)
    found = (DICE.random(20_000) < odds(margin)).astype(float)
    rows = np.arange(20_000, dtype=np.uint64)
    line = calibrate((margin - 0.7) / 2, found, rows)
    assert (line.slope, line.shift) == (pytest.approx(2, abs=0.1), pytest.approx(0.7, abs=0.1))
    assert calibrate(-margin, found, rows) == Line()  # a score that is upside down is not turned round in secret


def test_a_line_that_is_not_proven_is_not_used() -> None:
    margin = DICE.normal(0, 1.5, 400)
    found = (DICE.random(400) < odds(margin)).astype(float)
    assert calibrate(margin, found, np.arange(400, dtype=np.uint64)) == Line()


def test_the_true_rate_has_an_interval_also_without_a_find() -> None:
    none, some = true_rate(0, 100), true_rate(20, 100)
    assert 0 <= none.low < none.middle < none.high < 0.05
    assert some.low < 0.2 < some.high
