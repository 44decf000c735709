"""The exploration share that is proposed: falls where nothing changes, rises where selection goes blind, stays in its bounds, says why."""

from __future__ import annotations

import random
from math import isqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customhouse.offices.risk.explore import ENOUGH, GRID, WHY, Period, _root, propose

SHARES = st.sampled_from(GRID)
COUNTS = st.integers(0, 400).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))
PERIODS = st.builds(lambda s, a, b: Period(s, *a, *b), SHARES, COUNTS, COUNTS)


@given(st.lists(PERIODS, max_size=20), st.sampled_from(GRID[:3]), st.sampled_from(GRID[3:]), st.integers(0, 10**6))
def test_a_proposal_is_on_the_grid_within_its_bounds_one_step_away_and_says_why(
    past: list[Period], floor: int, ceiling: int, drift: int
) -> None:
    told = propose(past, floor_ppm=floor, ceiling_ppm=ceiling, drift_ppm=drift)
    assert told == propose(past, floor_ppm=floor, ceiling_ppm=ceiling, drift_ppm=drift)
    open_ = [s for s in GRID if floor <= s <= ceiling]
    assert told.share_ppm in open_
    assert told.why and set(told.why) <= WHY.keys()
    was = past[-1].share_ppm if past else 0
    if was in open_:
        assert abs(open_.index(told.share_ppm) - open_.index(was)) <= 1


def test_without_looks_nothing_is_changed() -> None:
    told = propose([Period(10_000, 3, 1), Period(10_000, 2, 0)])
    assert (told.share_ppm, told.why) == (10_000, ("too-little",))
    assert propose([]).why == ("too-little", "floor")


def test_a_fall_by_more_than_chance_and_drift_ask_for_more() -> None:
    good, bad = Period(5_000, 100, 40, 10, 0), Period(5_000, 100, 15, 10, 0)
    assert propose([good] * 8 + [bad] * 4) == propose([good] * 8 + [bad] * 4)
    assert (propose([good] * 8 + [bad] * 4).share_ppm, propose([good] * 8 + [bad] * 4).why) == (10_000, ("falling",))
    by_chance = Period(5_000, 100, 38, 10, 0)
    assert "falling" not in propose([good] * 8 + [by_chance] * 4).why
    assert propose([good] * 12, drift_ppm=250_000).why == ("drift",)
    assert propose([Period(80_000, 100, 40)] * 12, drift_ppm=250_000).why == ("drift", "ceiling")


def test_exploration_that_finds_is_enlarged_and_one_that_finds_nothing_shrinks() -> None:
    finds = propose([Period(10_000, 100, 20, 40, 6)] * 4)
    assert (finds.share_ppm, finds.why) == (20_000, ("explored-finds",))
    assert propose([Period(10_000, 100, 30, 40, 0)] * 6).share_ppm == 5_000


def test_bounds_that_leave_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="no share of"):
        propose([], floor_ppm=30_000, ceiling_ppm=35_000)


@given(st.integers(0, 10**24))
def test_roots_are_whole(n: int) -> None:
    assert _root(n) == isqrt(n)


def run(weeks: int, changes: int, seed: int, proposed: bool) -> tuple[int, list[int]]:
    """A border where selection knows one fraud; after `changes` another takes its place, which only looks at it make known.

    Returns (finds, shares). Capacity is 400 looks of 20,000 declarations a week, half of it for
    exploration at most; a new fraud is known once 12 cases were found.
    """
    dice, past, share, known, cases, finds, shares = random.Random(seed), [], 5_000, True, 0, 0, []
    for week in range(weeks):
        if week == changes:
            known, cases = False, 0
        explored = 20_000 * share // 1_000_000
        looks = 400 - explored
        found = sum(dice.random() < (0.35 if known else 0.08) for _ in range(looks))
        new = sum(dice.random() < (0.10 if not known else 0.02) for _ in range(explored))
        if not known:
            cases += new
            known = cases >= 12
        finds += found + new
        past.append(Period(share, looks, found, explored, new))
        shares.append(share)
        share = propose(past, floor_ppm=0, ceiling_ppm=10_000).share_ppm if proposed else 0
    return finds, shares


def test_where_nothing_changes_exploration_gets_cheap_and_where_fraud_moves_it_pays() -> None:
    _, calm = run(30, 99, 3, proposed=True)
    assert calm[-1] <= 2_500, calm
    ours, fixed = 0, 0
    for seed in range(6):
        with_, shares = run(60, 20, seed, proposed=True)
        ours += with_
        fixed += run(60, 20, seed, proposed=False)[0]
        assert max(shares[21:30]) >= 5_000, shares
    assert ours > 1.3 * fixed


def test_enough_is_asked_of_a_period() -> None:
    assert propose([Period(10_000, ENOUGH - 1, 5)]).why == ("too-little",)
