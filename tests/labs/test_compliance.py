"""The measured rate: intervals cover what they promise, the pool shrinks what is thin and leaves what is not, weights undo the draw."""

from __future__ import annotations

import random
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customhouse.labs.compliance.beta import below, jeffreys, quantile, upper
from customhouse.labs.compliance.pooled import pooled
from customhouse.labs.compliance.weighed import PPM, chance_ppm, weighed


@given(st.integers(1, 60), st.integers(1, 60), st.floats(0.001, 0.999))
def test_the_distribution_agrees_with_the_binomial_sum(a: int, b: int, x: float) -> None:
    """For whole a and b it is the chance of at least a finds in a + b - 1 looks."""
    n = a + b - 1
    exact = sum(comb(n, k) * x**k * (1 - x) ** (n - k) for k in range(a, n + 1))
    assert below(x, a, b) == pytest.approx(exact, abs=1e-9)


@given(st.floats(0.3, 500), st.floats(0.3, 500), st.floats(0.001, 0.999))
def test_a_quantile_has_its_probability_below_it(a: float, b: float, p: float) -> None:
    assert below(quantile(p, a, b), a, b) == pytest.approx(p, abs=1e-5)


@given(st.integers(0, 200).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))))
def test_an_interval_holds_its_middle(counts: tuple[int, int]) -> None:
    looks, finds = counts
    share = jeffreys(finds, looks)
    assert 0 <= share.low <= share.middle <= share.high <= 1
    assert share.high <= 1 and (finds == 0) <= (share.low == 0)


def test_without_a_find_the_limit_is_the_rule_of_three() -> None:
    assert upper(0, 300) == pytest.approx(3 / 300, rel=0.01)
    assert upper(0, 0) == upper(4, 4) == 1.0


@pytest.mark.parametrize("rate", [0.02, 0.08, 0.25])
@pytest.mark.parametrize("looks", [40, 200, 1000])
def test_intervals_cover_the_truth_about_19_times_in_20(rate: float, looks: int) -> None:
    """Averaged over neighbouring rates, since the coverage of any interval of counts swings with the rate."""
    weights = [(k, r) for k in range(looks + 1) for r in (rate * 0.9, rate, rate * 1.1)]
    covered = 0.0
    known = {k: jeffreys(k, looks) for k in range(looks + 1) if abs(k - rate * looks) < 8 * (rate * looks) ** 0.5 + 8}
    for k, r in weights:
        if k in known and known[k].low <= r <= known[k].high:
            covered += comb(looks, k) * r**k * (1 - r) ** (looks - k) / 3
    assert 0.92 <= covered <= 0.985


def test_pooled_intervals_cover_the_truth_of_their_strata() -> None:
    dice, covered, alone, n = random.Random(7), 0, 0, 0
    for _ in range(12):
        truth = {k: dice.betavariate(2, 28) for k in range(40)}
        counts = {}
        for k, rate in truth.items():
            looks = dice.choice((0, 3, 10, 40, 150))
            counts[k] = (looks, sum(dice.random() < rate for _ in range(looks)))
        told = pooled(counts)
        for k, rate in truth.items():
            n += 1
            covered += told[k].low <= rate <= told[k].high
            alone += jeffreys(counts[k][1], counts[k][0]).high - jeffreys(counts[k][1], counts[k][0]).low > (
                told[k].high - told[k].low
            )
    assert 0.92 <= covered / n <= 0.985
    assert alone / n > 0.8, "what the others say makes most intervals shorter"


def test_a_pool_leaves_a_large_stratum_and_leans_on_it_for_a_small_one() -> None:
    told = pooled({"large": (4000, 400), "small": (2, 1), "none": (0, 0), **dict.fromkeys(range(8), (300, 30))})
    assert told["large"].middle == pytest.approx(0.1, abs=0.003)
    assert 0.08 < told["small"].middle < 0.3
    assert told["none"].middle == pytest.approx(0.1, abs=0.03)
    assert told["none"].high - told["none"].low > told["large"].high - told["large"].low


def test_pool_of_nothing_and_counts_that_cannot_be() -> None:
    assert pooled({}) == {}
    empty = pooled({"a": (0, 0)})["a"]
    assert empty.low < 0.02 and empty.high > 0.9
    for wrong in ((3, 4), (3, -1)):
        with pytest.raises(ValueError, match="finds in 3 looks"):
            pooled({"a": wrong})
    with pytest.raises(ValueError, match="finds are part of the looks"):
        jeffreys(2, 1)


def test_weights_undo_what_exploration_preferred() -> None:
    """Exploration looks ten times as often where ten times as much is wrong; the plain share of finds is far off, the weighed one is not."""
    dice, covered, plain, runs = random.Random(11), 0, 0.0, 120
    truth = 0.1 * 0.30 + 0.9 * 0.03
    for _ in range(runs):
        looks = {20_000: [0, 0], 200_000: [0, 0]}
        for _ in range(6000):
            rare = dice.random() < 0.1
            chance = 200_000 if rare else 20_000
            if dice.random() * PPM < chance:
                looks[chance][0] += 1
                looks[chance][1] += dice.random() < (0.30 if rare else 0.03)
        told = weighed((c, n, y) for c, (n, y) in looks.items())
        assert told is not None
        covered += told.share.low <= truth <= told.share.high
        plain += sum(y for _, y in looks.values()) / sum(n for n, _ in looks.values()) / runs
    assert plain > 2 * truth
    assert covered / runs >= 0.9


def test_chances_join_and_what_cannot_be_drawn_has_no_weight() -> None:
    assert chance_ppm(20_000, 0) == 20_000
    assert chance_ppm(500_000, 500_000) == 750_000
    assert weighed([]) is None
    with pytest.raises(ValueError, match="a chance of 0 in a million"):
        weighed([(0, 1, 0)])
