"""One learned half of the model: an estimator, and the line that makes its log odds into probabilities one can trust.

Any scikit-learn-compatible classifier will do (`fit(X, y, sample_weight=...)`, `predict_proba`). CatBoost is the default; its
trees are taken over into a `Forest`, which can be stored, scores fast and explains exactly. Others can be tried on the boards.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, Protocol

import msgspec
import numpy as np

from customhouse.labs.targeting.declared import Declared, Flags, Floats, Ints, Keys
from customhouse.labs.targeting.fault import TargetingProblem
from customhouse.labs.targeting.features import NAMES, NEW, features, learn, unseen
from customhouse.labs.targeting.forest import Forest, of_catboost
from customhouse.labs.targeting.levels import TUPLE, folds_of, size_of_group

STEPS = 50
PROVEN = 2.0  # standard errors
SMALLEST = 1e-9
FARTHEST = 40.0  # log odds; beyond it a float cannot tell a probability from 0 or 1
PROPENSITY = "propensity"
"""How likely each row was to be looked at when it was decided, where that is known: rows looked at by chance stand for many."""
MOST_WEIGHT = 10.0
HELD_OUT = 5  # one part in so many is kept back to see how far the scores can be trusted
FEWEST = 200
FEWEST_FINDS = 20


class Estimator(Protocol):
    """What scikit-learn calls a classifier."""

    def fit(self, x: Any, y: Any, sample_weight: Any = None) -> Any: ...
    def predict_proba(self, x: Any) -> Any: ...


Maker = Callable[[int], Estimator]


class Half(msgspec.Struct, frozen=True):
    """How a half learns. `goods_new`: goods tuples are kept whole in folds and weigh the same however often they repeat, so that it
    does well on goods never seen; otherwise it may remember them."""

    name: str
    goods_new: bool
    folds: int
    width: int
    settings: dict[str, float]


PRIOR = Half(
    "prior", True, 10, NEW, {"iterations": 250, "depth": 3, "learning_rate": 0.04, "l2_leaf_reg": 20, "rsm": 0.4}
)
HISTORY = Half(
    "history", False, 20, len(NAMES), {"iterations": 400, "depth": 5, "learning_rate": 0.05, "border_count": 128}
)


class Line(msgspec.Struct, frozen=True):
    """Calibration (Platt 1999): what a log odd is multiplied with and what is added to it."""

    slope: float = 1.0
    shift: float = 0.0


class Side(msgspec.Struct, frozen=True):
    """A fitted half: its trees, or a foreign estimator that lives only as long as the process."""

    forest: Forest | None
    line: Line
    foreign: Any = None

    def margin(self, rows: Any) -> Floats:
        """Log odds before calibration."""
        if self.forest is not None:
            return self.forest.margin(rows)
        sure = np.clip(self.foreign.predict_proba(rows)[:, 1], SMALLEST, 1 - SMALLEST)
        return np.log(sure / (1 - sure))

    def probability(self, rows: Any) -> Floats:
        """The calibrated probability of a find."""
        if not len(rows):
            return np.zeros(0)
        return odds(self.margin(rows) * self.line.slope + self.line.shift)


def odds(margin: Any) -> Any:
    """The probability that log odds say."""
    return 1 / (1 + np.exp(-np.clip(margin, -FARTHEST, FARTHEST)))


def catboost(half: Half) -> Maker:
    """CatBoost with the settings of a half, one thread, nothing written to disk."""

    def make(seed: int) -> Estimator:
        from catboost import CatBoostClassifier

        return CatBoostClassifier(
            thread_count=1, verbose=0, allow_writing_files=False, random_seed=seed, **half.settings
        )

    return make


def named(path: str) -> Maker:
    """The estimator `module:Class`, asked for by whoever runs the command; nothing in a model file can name one."""
    module, _, name = path.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as fault:
        raise TargetingProblem(
            f"There is no estimator {path}; give module:Class, such as sklearn.ensemble:HistGradientBoostingClassifier"
        ) from fault
    if not (hasattr(found, "fit") and hasattr(found, "predict_proba")):
        raise TargetingProblem(f"{path} does not work like a scikit-learn classifier: it has no fit or predict_proba")

    def make(seed: int) -> Estimator:
        made = found()
        if "random_state" in (made.get_params() if hasattr(made, "get_params") else {}):
            made.set_params(random_state=seed)
        return made

    return make


def train(declared: Declared, half: Half, seed: int, make: Maker | None = None) -> Side:
    """Learn from rows that all have a result: first with a part kept back, for the calibration, then from all.

    Raises TargetingProblem when there is too little to learn from.
    """
    finds = int(declared.found.sum())
    if len(declared) < FEWEST or min(finds, len(declared) - finds) < FEWEST_FINDS:
        raise TargetingProblem(
            f"{len(declared)} rows with {finds} finds are too few to learn from: at least {FEWEST} rows are needed, "
            f"{FEWEST_FINDS} of them with a find and {FEWEST_FINDS} without"
        )
    maker = make or catboost(half)
    held = _folds(declared, half, HELD_OUT, seed + 1) == 0
    line = _calibrated(declared, held, half, seed, maker)
    return _fitted(declared, half, seed, maker, line)


def _folds(declared: Declared, half: Half, of: int, seed: int) -> Ints:
    groups = declared.together(TUPLE) if half.goods_new else np.arange(len(declared), dtype=np.uint64)
    return folds_of(groups, of, seed)


def _calibrated(declared: Declared, held: Flags, half: Half, seed: int, maker: Maker) -> Line:
    part, rest = declared.take(~held), declared.take(held)
    first = _fitted(part, half, seed, maker, Line())
    past = learn(part)
    rows = np.ascontiguousarray(features(rest, past)[:, : past.before + half.width])
    return calibrate(first.margin(rows), rest.found, rest.together(TUPLE))


def _fitted(declared: Declared, half: Half, seed: int, maker: Maker, line: Line) -> Side:
    past = learn(declared)
    rows = unseen(declared, past, _folds(declared, half, half.folds, seed))[:, : past.before + half.width]
    weight = 1 / size_of_group(declared) if half.goods_new else np.ones(len(declared))
    if PROPENSITY in declared.numbers:
        weight = weight * np.minimum(MOST_WEIGHT, 1 / np.maximum(declared.numbers[PROPENSITY], SMALLEST))
    estimator = maker(seed)
    estimator.fit(rows, declared.found, sample_weight=weight)
    if hasattr(estimator, "save_model") and type(estimator).__module__.startswith("catboost"):
        return Side(of_catboost(estimator), line)
    return Side(None, line, estimator)


def calibrate(margin: Floats, found: Floats, groups: Keys) -> Line:
    """The line that makes the log odds likelier on rows kept back, or no line where none is proven to.

    A line is fitted on one half of the groups and tried on the other; it is used when what it gains is more than twice its
    standard error over groups. Otherwise it would add noise to scores that can be trusted as they are.
    """
    half = folds_of(groups, 2, 0)
    gain = np.zeros(len(margin))
    for side in (0, 1):
        line = _likeliest(margin[half != side], found[half != side])
        rows = half == side
        gain[rows] = _loss(margin[rows], found[rows]) - _loss(margin[rows] * line.slope + line.shift, found[rows])
    by_group = np.bincount(np.unique(groups, return_inverse=True)[1], gain)
    proven = by_group.sum() > PROVEN * by_group.std() * np.sqrt(len(by_group))
    return _likeliest(margin, found) if proven else Line()


def _loss(margin: Floats, found: Floats) -> Floats:
    """Minus the logarithm of the likelihood of each row."""
    return np.logaddexp(0, margin) - found * margin


def _likeliest(margin: Floats, found: Floats) -> Line:
    """Maximum likelihood by Newton's steps, with one imagined find and one imagined miss so that it never runs away."""
    x = np.column_stack((np.append(margin, (0.0, 0.0)), np.ones(len(margin) + 2)))
    y = np.append(found, (1.0, 0.0))
    w = np.array([1.0, 0.0])
    for _ in range(STEPS):
        p = odds(x @ w)
        bend = (x * (p * (1 - p))[:, None]).T @ x + SMALLEST * np.eye(2)
        step = np.linalg.solve(bend, x.T @ (y - p))
        w = w + step
        if np.abs(step).max() < SMALLEST:
            break
    return Line(float(w[0]), float(w[1])) if np.isfinite(w).all() and w[0] > 0 else Line()
