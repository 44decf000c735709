"""Trees as tables: the same answers as CatBoost's own, and Shapley values by the book."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customhouse.labs.targeting.fault import TargetingProblem
from customhouse.labs.targeting.forest import Forest, Tree, of_catboost, shapley


@pytest.fixture(scope="module")
def grown() -> tuple[object, np.ndarray]:
    from catboost import CatBoostClassifier

    dice = np.random.default_rng(3)
    rows = dice.normal(size=(1500, 7)).astype(np.float32)
    found = (rows[:, 0] * rows[:, 1] + rows[:, 2] + dice.normal(size=1500) > 1).astype(float)
    fitted = CatBoostClassifier(iterations=60, depth=4, thread_count=1, verbose=0, allow_writing_files=False)
    return fitted.fit(rows, found), rows


def test_scores_are_those_of_catboost(grown: tuple) -> None:
    fitted, rows = grown
    assert np.abs(of_catboost(fitted).margin(rows) - fitted.predict(rows, prediction_type="RawFormulaVal")).max() < 1e-9


def test_reasons_are_those_of_catboost_and_sum_to_the_score(grown: tuple) -> None:
    from catboost import Pool

    fitted, rows = grown
    forest = of_catboost(fitted)
    theirs = fitted.get_feature_importance(Pool(rows), type="ShapValues", thread_count=1)
    ours = forest.reasons(rows)
    assert np.abs(ours - theirs[:, :-1]).max() < 1e-4
    assert np.abs(ours.sum(axis=1) + forest.usual - forest.margin(rows)).max() < 1e-4


trees = st.integers(1, 4).flatmap(
    lambda d: st.builds(
        Tree,
        st.tuples(*[st.integers(0, 2)] * d),
        st.tuples(*[st.floats(-1, 1)] * d),
        st.tuples(*[st.floats(-5, 5)] * 2**d),
        st.tuples(*[st.integers(1, 50).map(float)] * 2**d),
    )
)


def _worth(tree: Tree, leaf: int, known: set[int]) -> float:
    """The expected value, walked node by node from the root."""

    def walk(question: int, members: list[int]) -> float:
        if question < 0:
            return tree.values[members[0]]
        sides = [[m for m in members if m >> question & 1 == side] for side in (0, 1)]
        if tree.features[question] in known:
            return walk(question - 1, sides[leaf >> question & 1])
        weights = [sum(tree.weights[m] for m in side) for side in sides]
        return sum(w * walk(question - 1, s) for w, s in zip(weights, sides, strict=True)) / sum(weights)

    return walk(len(tree.features) - 1, list(range(2 ** len(tree.features))))


@settings(max_examples=60, deadline=None)
@given(trees)
def test_shapley_values_are_means_over_all_orders_of_arrival(tree: Tree) -> None:
    values, features, usual = shapley(tree)
    assert math.isclose(usual, _worth(tree, 0, set()), abs_tol=1e-9)
    orders = list(permutations(features))
    for leaf in range(2 ** len(tree.features)):
        for at, feature in enumerate(features):
            gains = [
                _worth(tree, leaf, {*o[: o.index(feature)], feature}) - _worth(tree, leaf, set(o[: o.index(feature)]))
                for o in orders
            ]
            assert math.isclose(values[leaf, at], sum(gains) / len(gains), abs_tol=1e-9)


GOOD = Tree((0,), (0.5,), (0.0, 1.0), (1.0, 1.0))


@pytest.mark.parametrize(
    "tree",
    [
        Tree((9,), (0.5,), (0.0, 1.0), (1.0, 1.0)),
        Tree((-1,), (0.5,), (0.0, 1.0), (1.0, 1.0)),
        Tree((0,), (0.5,), (0.0,), (1.0, 1.0)),
        Tree((0,), (0.5, 0.6), (0.0, 1.0), (1.0, 1.0)),
        Tree((0,), (0.5,), (0.0, math.inf), (1.0, 1.0)),
        Tree((0,), (0.5,), (0.0, 1.0), (1.0, -1.0)),
        Tree((), (), (1.0,), (1.0,)),
    ],
)
def test_trees_that_would_leave_their_tables_are_refused(tree: Tree) -> None:
    with pytest.raises(TargetingProblem, match="Tree 1"):
        Forest((GOOD, tree), 0.0).check(3)
    Forest((GOOD,), 0.0).check(3)
