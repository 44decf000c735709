"""Features of the moment: nothing of the row's own result, nothing later, and what they say is what happened."""

from __future__ import annotations

import numpy as np
import pytest

from customhouse.house import year as years
from customhouse.labs.targeting.board_c import Trial
from customhouse.labs.targeting.moment import MEMORY, NAMES, Memory, Scene, asof
from customhouse.simulator.year import Plan, make

EDGE = 200


@pytest.fixture(scope="module")
def trial() -> Trial:
    return years.trial(make(Plan(seed=3, rows=8_000, days=300)))


def test_shuffling_the_future_changes_no_row(trial: Trial) -> None:
    """Results, prices and people of later days are drawn anew; every row up to that day keeps all of its features."""
    rows, found = trial.declared, trial.found.copy()
    past = rows.day < EDGE
    before = asof(Scene(rows), found, 0.03)
    dice = np.random.default_rng(0)
    later = np.flatnonzero(~past)
    mixed = np.concatenate([np.flatnonzero(past), dice.permutation(later)])
    other = rows.take(mixed)
    other.day = rows.day
    other.numbers["price"][len(mixed) - len(later) :] *= 3
    found[later] = dice.integers(0, 2, len(later))
    after = asof(Scene(other), found, 0.03)
    assert np.array_equal(before[past], after[past])
    assert not np.array_equal(before[~past], after[~past])


def test_the_results_of_a_day_are_not_seen_on_that_day(trial: Trial) -> None:
    rows, found = trial.declared, trial.found
    scene = Scene(rows)
    today = rows.day == EDGE
    turned = np.where(today, 1 - found, found)
    first, second = asof(scene, found, 0.03), asof(scene, turned, 0.03)
    assert np.array_equal(first[rows.day <= EDGE], second[rows.day <= EDGE])
    assert not np.array_equal(first[rows.day > EDGE], second[rows.day > EDGE])


def test_rates_are_those_of_a_plain_count(trial: Trial) -> None:
    """Without fading the rate of an importer is its finds over its looks of earlier days, shrunk to the mean."""
    rows, found = trial.declared, trial.found
    told = asof(Scene(rows), found, 0.03, half=1e9)
    at = len(rows) - 1
    mine = (rows.texts["importer"].codes == rows.texts["importer"].codes[at]) & (rows.day < rows.day[at])
    rate = (found[mine].sum() + 4 * 0.03) / (mine.sum() + 4)
    assert told[at, NAMES.index("rate:importer")] == pytest.approx(rate, rel=1e-5)
    assert told[at, NAMES.index("looks:importer")] == pytest.approx(np.log1p(mine.sum()), rel=1e-5)
    assert told.shape[1] == len(NAMES) and np.isfinite(told).all()


def test_a_memory_that_was_told_nothing_knows_nothing_of_results(trial: Trial) -> None:
    scene = Scene(trial.declared)
    memory = Memory(scene, 0.03)
    memory.add(np.arange(500), np.full(500, np.nan))
    told = memory.rows(np.arange(500, 600))
    for kind in MEMORY:
        assert (told[:, NAMES.index(f"looks:{'+'.join(kind)}")] == 0).all()


def test_rows_out_of_order_are_refused(trial: Trial) -> None:
    with pytest.raises(ValueError, match="order of their days"):
        Scene(trial.declared.take(np.arange(len(trial.declared))[::-1]))
