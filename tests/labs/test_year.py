"""The simulated year: the same seed the same bytes, the truth apart and coherent, the oracle honest about what it knows."""

from __future__ import annotations

import numpy as np
import pytest

from customhouse.house import year as years
from customhouse.simulator.year import KINDS, Plan, Year, make
from customhouse.simulator.year.plan import EARLY, LATE, MISTAKE


@pytest.fixture(scope="module")
def year() -> Year:
    return make(Plan(seed=5, rows=40_000))


def test_the_same_plan_gives_the_same_bytes_and_another_seed_others(year: Year) -> None:
    assert make(Plan(seed=5, rows=40_000)).digest() == year.digest()
    assert make(Plan(seed=6, rows=40_000)).digest() != year.digest()


def test_the_truth_is_apart_from_what_is_declared(year: Year) -> None:
    assert not set(year.truth) & set(year.declared)
    rows = years.declared(year)
    assert np.isnan(rows.found).all()
    assert len(rows) == len(year) and set(rows.numbers) == {"rate", "mass", "price"}


def test_days_are_ordered_and_numbers_sound(year: Year) -> None:
    told = year.declared
    assert (np.diff(told["day"]) >= 0).all() and told["day"].max() < year.plan.days
    assert (told["mass"] > 0).all() and (told["price"] > 0).all() and (told["rate"] >= 0).all()
    assert 0.02 <= year.irregular.mean() <= 0.05
    assert abs(len(year) / year.plan.rows - 1) < 0.25


def test_revenue_is_lost_where_something_is_wrong_and_nowhere_else(year: Year) -> None:
    lost, kind = year.truth["lost"], year.truth["kind"]
    assert lost.dtype == np.int64 and (lost >= 0).all()
    assert (lost[kind == 0] == 0).all()
    assert (lost[kind != 0] > 0).mean() > 0.95
    assert set(np.unique(kind)) == set(range(len(KINDS)))


def test_lost_and_paid_are_what_was_due_of_undervalued_goods(year: Year) -> None:
    """Rolled back prices hide on average the share that was planted: the price told is 0.6 of the true one, give or take 0.1."""
    told, lost = year.declared, year.truth["lost"] / 100
    rows = (year.truth["kind"] == 1) & (told["rate"] > 0)
    paid = told["price"][rows] * told["rate"][rows] / 100
    share = paid / (paid + lost[rows])
    assert share.mean() == pytest.approx(0.6, abs=0.02) and share.std() == pytest.approx(0.1, abs=0.02)


def test_the_oracle_says_what_is_so_on_average(year: Year) -> None:
    chance, irregular = year.truth["chance"], year.irregular
    assert chance.sum() == pytest.approx(irregular.sum(), rel=0.1)
    for low, high in ((0.1, 0.4), (0.4, 0.8), (0.8, 1.0)):
        rows = (chance >= low) & (chance <= high)
        assert irregular[rows].mean() == pytest.approx(chance[rows].mean(), abs=0.07)
    assert year.truth["worth"].sum() == pytest.approx(year.truth["lost"].sum() / 100, rel=0.15)


def test_phoenixes_keep_a_partner_of_the_firm_they_were(year: Year) -> None:
    """Firms beyond the honest ones were founded to cheat; most of their sellers served somebody before."""
    told = year.declared
    founded = told["importer"] >= year.plan.firms
    assert founded.any() and year.irregular[founded].mean() > 0.2
    assert np.isin(told["seller"][founded], told["seller"][~founded]).mean() > 0.3


def test_in_a_drift_run_the_kinds_change_with_the_day() -> None:
    run = make(Plan(seed=5, rows=30_000, days=280, break_day=140))
    late, meant = run.declared["day"] >= 140, (run.truth["kind"] != 0) & (run.truth["kind"] != MISTAKE)
    kind = run.truth["kind"]
    assert not np.isin(kind[~late & meant], LATE).any()
    assert np.isin(kind[late & meant], LATE).any() and np.isin(kind[~late & meant], EARLY).all()
