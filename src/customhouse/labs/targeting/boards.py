"""The boards: the same measures on the same rows for everybody, with what each board can and cannot show.

A is the official split of a data set: learn from the days before, score the days after. B holds whole goods tuples apart, so no row
scored repeats one that was learned from. A data set that copies goods tuples flatters every model on A; B does not.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np

from customhouse.labs.targeting.declared import Declared, Floats
from customhouse.labs.targeting.fault import TargetingProblem
from customhouse.labs.targeting.features import features, learn
from customhouse.labs.targeting.levels import TUPLE, folds_of, looked, tally
from customhouse.labs.targeting.measures import (
    SHARES,
    Measured,
    Rate,
    auc,
    dialled,
    measure,
    measured,
    order,
    true_rate,
)
from customhouse.labs.targeting.model import Model, train_model
from customhouse.labs.targeting.side import PRIOR, Maker, train
from customhouse.offices.risk import draw

FOLDS = 5
DIALS = (0.0, 0.25, 0.5, 0.75, 1.0)
RANDOM_SHARE_PPM = 20_000
DRAW_KEY = b"the draw of the boards is public, unlike that of a house"
BACK_OFF = (("hs",), ("hs", "origin"), TUPLE[:-1], TUPLE)
LITTLE = 0.1  # what a kind's looks are shrunk with in the dictionary
BARS: dict[str, dict[str, float]] = {
    "A": {"auc": 0.982, "p@5": 0.995, "p@20": 0.89, "ece": 0.01},
    "B": {"auc": 0.625, "p@5": 0.35, "ece": 0.015},
}
"""What the house asks of itself; ECE is an upper bound, the rest are lower ones."""


class Point(msgspec.Struct, frozen=True):
    """The precision and the share of revenue found when a share of declarations is opened."""

    share: float
    precision: float
    revenue: float


class Board(msgspec.Struct, frozen=True):
    """One board: sizes, measures, the dial from probability (0) to expected revenue (1), curves, and what is known beside it."""

    name: str
    learned: int
    scored: int
    rate: float
    measured: Measured
    dial: dict[str, dict[str, float]]
    curves: dict[str, tuple[Point, ...]]
    calibration: tuple[tuple[float, float], ...]
    beside: dict[str, float]
    random: Rate | None = None

    def misses(self) -> list[str]:
        """The bars that are not reached, in words."""
        values, out = self.measured.values, []
        for name, bar in BARS.get(self.name, {}).items():
            short = values[name] > bar if name == "ece" else values[name] < bar
            if short:
                out.append(
                    f"{name} {values[name]:.4f}, the bar is {'at most' if name == 'ece' else 'at least'} {bar:g}"
                )
        return out


Tell = Callable[[str], None]


def board_a(before: Declared, after: Declared, seed: int = 1, make: Maker | None = None) -> tuple[Board, Model]:
    """Learn from `before`, score `after`; raises TargetingProblem when they share a declaration or `after` has no results."""
    shared = set(before.ids) & set(after.ids)
    if shared:
        raise TargetingProblem(f"{len(shared)} declarations are both learned from and scored, such as {min(shared)}")
    after = _with_results(after)
    model = train_model(before, seed, make)
    beside = _leak(before, after, model)
    return _board("A", len(before), after, model.probability(after), beside), model


def board_b(declared: Declared, seed: int = 1, make: Maker | None = None, tell: Tell = lambda _: None) -> Board:
    """Each row scored by a model that never saw its goods tuple. Only the prior half speaks of goods never seen, so only it is trained."""
    declared = _with_results(declared)
    groups = declared.together(TUPLE)
    folds = folds_of(groups, FOLDS, seed + 100)
    probability = np.zeros(len(declared))
    for fold in range(FOLDS):
        tell(f"Board B, fold {fold + 1} of {FOLDS}")
        part = declared.take(folds != fold)
        side, past = train(part, PRIOR, seed + fold, make), learn(part)
        rows = features(declared.take(folds == fold), past)[:, : past.before + PRIOR.width]
        probability[folds == fold] = side.probability(np.ascontiguousarray(rows))
    return _board(
        "B", len(declared), declared, probability, {"goods tuples": float(len(np.unique(groups)))}, grouped=True
    )


def evaluated(model: Model, after: Declared) -> Board:
    """A stored model on rows with results."""
    after = _with_results(after)
    return _board("evaluation", model.rows, after, model.probability(after), {})


def dictionary(before: Declared, after: Declared) -> Floats:
    """No learning at all: the rate of the same goods tuple before, backing off to wider kinds."""
    known = before.take(looked(before))
    score = np.full(len(after), float(known.found.mean()))
    for kind in BACK_OFF:
        finds, looks = tally(known.together(kind), known.found).at(after.together(kind))
        score = (finds + LITTLE * score) / (looks + LITTLE)
    return score


def _leak(before: Declared, after: Declared, model: Model) -> dict[str, float]:
    """How much of a board is remembering: repeats, and what a dictionary alone reaches; and the rows that are new."""
    found, stake = after.found, after.stake
    plain = measure(found, dictionary(before, after), stake)
    _, looks = model.own(after)
    new = looks == 0
    out = {
        "share of rows whose goods tuple was learned from": float(1 - new.mean()),
        "dictionary auc": plain["auc"],
        "dictionary p@5": plain["p@5"],
        "dictionary p@20": plain["p@20"],
    }
    if new.any():
        fresh = after.take(new)
        out["auc on goods tuples never seen"] = auc(fresh.found, model.probability(fresh))
    return out


def _board(
    name: str, learned: int, after: Declared, probability: Floats, beside: dict[str, float], *, grouped: bool = False
) -> Board:
    found, stake = after.found, after.stake
    ranks = {
        "by probability": dialled(probability, stake, 0.0),
        "by expected revenue": dialled(probability, stake, 1.0),
    }
    return Board(
        name,
        learned,
        len(after),
        float(found.mean()),
        measured(found, probability, stake, after.together(TUPLE) if grouped else None),
        {f"{d:g}": _dialled(found, probability, stake, d) for d in DIALS},
        {said: _curve(found, stake, rank) for said, rank in ranks.items()},
        _calibration(found, probability),
        beside,
        _random(after),
    )


def _dialled(found: Floats, probability: Floats, stake: Floats, dial: float) -> dict[str, float]:
    values = measure(found, probability, stake, dialled(probability, stake, dial))
    return {f"{what}@{share}": values[f"{what}@{share}"] for what in ("p", "rev") for share in SHARES}


def _curve(found: Floats, stake: Floats, rank: Floats) -> tuple[Point, ...]:
    down = order(rank)
    hits, money = np.cumsum(found[down]), np.cumsum((found * stake)[down])
    points = []
    for share in (0.5, *range(1, 51)):
        k = max(1, round(len(found) * share / 100))
        points.append(Point(share, float(hits[k - 1] / k), float(money[k - 1] / money[-1]) if money[-1] else 0.0))
    return tuple(points)


def _calibration(found: Floats, probability: Floats) -> tuple[tuple[float, float], ...]:
    parts = np.array_split(np.argsort(probability, kind="stable"), 15)
    return tuple((float(probability[p].mean()), float(found[p].mean())) for p in parts if len(p))


def _random(after: Declared) -> Rate | None:
    """The rate that a pure random share would have measured on these rows, drawn as the risk office draws."""
    drawn = np.array([draw(DRAW_KEY, i) < RANDOM_SHARE_PPM for i in after.ids])
    return true_rate(int(after.found[drawn].sum()), int(drawn.sum())) if drawn.any() else None


def _with_results(declared: Declared) -> Declared:
    out = declared.take(looked(declared))
    if not len(out) or not 0 < out.found.sum() < len(out):
        raise TargetingProblem("The rows to measure on need results of both kinds (found = 1 and 0)")
    return out
