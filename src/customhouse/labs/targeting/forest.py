"""A forest of oblivious trees: every level of a tree asks one question of all its nodes, so a leaf is a few bits.

Scores and exact Shapley values (Lundberg et al. 2020, tree-path-dependent) are table look-ups. CatBoost grows such trees; its own
JSON export is read here, so that nothing of CatBoost is needed to score, and nothing is ever unpickled.
"""

from __future__ import annotations

import json
import math
import tempfile
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from customhouse.labs.targeting import kernels
from customhouse.labs.targeting.declared import Floats
from customhouse.labs.targeting.fault import TargetingProblem

DEEPEST = 10
MOST_TREES = 20_000


class Tree(msgspec.Struct, frozen=True):
    """`features[j]` greater than `borders[j]` sets bit j of the leaf; `weights` say how much past trade lies in each leaf."""

    features: tuple[int, ...]
    borders: tuple[float, ...]
    values: tuple[float, ...]
    weights: tuple[float, ...]


class Forest(msgspec.Struct, frozen=True, dict=True):
    """Trees and what their sum starts from; the sum is in log odds."""

    trees: tuple[Tree, ...]
    start: float

    def check(self, features: int) -> None:
        """Refuse trees that would read or write outside of their tables; a file may hold anything."""
        for n, tree in enumerate(self.trees):
            deep = len(tree.features)
            sound = (
                1 <= deep <= DEEPEST
                and len(tree.borders) == deep
                and len(tree.values) == len(tree.weights) == 2**deep
                and all(0 <= f < features for f in tree.features)
                and all(math.isfinite(x) for x in (*tree.borders, *tree.values))
                and all(math.isfinite(w) and w >= 0 for w in tree.weights)
            )
            if not sound:
                raise TargetingProblem(
                    f"Tree {n} of the model is not a tree; get the file again from where it was made"
                )
        if not 0 < len(self.trees) <= MOST_TREES or not math.isfinite(self.start):
            raise TargetingProblem("The model holds no trees, or too many; get the file again from where it was made")

    @cached_property
    def _laid(self) -> tuple[Any, Any, Any, Any]:
        """Feature, border, depth and leaves of all trees in tables of one size."""
        deep = max(len(t.features) for t in self.trees)
        feature, border = np.zeros((len(self.trees), deep), np.int32), np.zeros((len(self.trees), deep), np.float32)
        depth, leaves = np.zeros(len(self.trees), np.int32), np.zeros((len(self.trees), 2**deep))
        for n, tree in enumerate(self.trees):
            d = len(tree.features)
            feature[n, :d], border[n, :d], depth[n], leaves[n, : 2**d] = tree.features, tree.borders, d, tree.values
        return feature, border, depth, leaves

    @cached_property
    def _shares(self) -> tuple[Any, Any, float]:
        """The Shapley values of every leaf, the features they belong to, and the mean they are counted from."""
        deep = self._laid[0].shape[1]
        table = np.zeros((len(self.trees), 2**deep, deep), np.float32)
        named = np.full((len(self.trees), deep), -1, np.int32)
        mean = self.start
        for n, tree in enumerate(self.trees):
            values, features, usual = shapley(tree)
            table[n, : values.shape[0], : values.shape[1]] = values
            named[n, : len(features)] = features
            mean += usual
        return table, named, mean

    def margin(self, rows: Any) -> Floats:
        """Log odds of each row (float32, one column a feature)."""
        out = np.zeros(len(rows))
        kernels.score(rows, *self._laid, out)
        return out + self.start

    def reasons(self, rows: Any) -> Any:
        """What each feature adds to the log odds of each row; with `usual` they sum to the margin."""
        table, named, _ = self._shares
        feature, border, depth, _ = self._laid
        out = np.zeros(rows.shape, np.float32)
        kernels.explain(rows, feature, border, depth, table, named, out)
        return out

    @property
    def usual(self) -> float:
        """The margin of a row about which nothing is known: the weighted mean over past trade."""
        return self._shares[2]


def shapley(tree: Tree) -> tuple[Any, list[int], float]:
    """Shapley values leaf by leaf, the features of the tree in order, and the mean of the tree.

    What a set of known features is worth: the walk from the root (the last question first) follows the answers of the known
    ones and takes the mean, by weight, over both sides of the others.
    """
    d = len(tree.features)
    features = sorted(set(tree.features))
    sets = [frozenset(c) for size in range(len(features) + 1) for c in combinations(features, size)]
    worth = {known: _worth(tree, known) for known in sets}
    out = np.zeros((2**d, len(features)))
    for at, feature in enumerate(features):
        for known in sets:
            if feature not in known:
                part = math.factorial(len(known)) * math.factorial(len(features) - len(known) - 1)
                out[:, at] += part / math.factorial(len(features)) * (worth[known | {feature}] - worth[known])
    return out, features, float(worth[frozenset()][0])


def _worth(tree: Tree, known: frozenset[int]) -> Any:
    """For each leaf the expected value of the tree when only the `known` features of that leaf are given."""
    d = len(tree.features)
    leaf = np.arange(2**d)
    mean, weight = np.array(tree.values), np.array(tree.weights)
    # Fold the questions from bit 0 (asked last) upwards; a known one keeps the side of the leaf, so both stay apart.
    value = np.tile(mean, (2**d, 1))
    total = np.tile(weight, (2**d, 1))
    for bit in range(d):
        low, high = value[:, 0::2], value[:, 1::2]
        a, b = total[:, 0::2], total[:, 1::2]
        both = a + b
        if tree.features[bit] in known:
            value = np.where(((leaf >> bit) & 1).astype(bool)[:, None], high, low)
        else:
            value = np.where(both > 0, (a * low + b * high) / np.where(both > 0, both, 1), 0.0)
        total = both
    return value[:, 0]


def of_catboost(estimator: Any) -> Forest:
    """The trees of a fitted CatBoost classifier, from its own JSON export."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trees.json"
        estimator.save_model(str(path), format="json")
        told = json.loads(path.read_text())
    scale, start = told["scale_and_bias"][0], told["scale_and_bias"][1][0]
    at = [f["flat_feature_index"] for f in told["features_info"]["float_features"]]
    trees = tuple(
        Tree(
            tuple(at[s["float_feature_index"]] for s in tree["splits"]),
            tuple(s["border"] for s in tree["splits"]),
            tuple(v * scale for v in tree["leaf_values"]),
            tuple(float(w) for w in tree["leaf_weights"]),
        )
        for tree in told["oblivious_trees"]
        if tree["splits"]
    )
    idle = sum(t["leaf_values"][0] * scale for t in told["oblivious_trees"] if not t["splits"])
    return Forest(trees, start + idle)
