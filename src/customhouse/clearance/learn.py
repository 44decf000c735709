"""Learning from the house's own record: what the line saw when a lane was set, and what an examination found afterwards.

Each row says why it was looked at and how likely it was to be, so that the bias of selection can be weighted; rows chosen by lot
alone measure a model without that bias. Needs the extra `targeting`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from customhouse.clearance.scorer import rows_of
from customhouse.offices.risk import PPM
from customhouse.record.access import office_of
from customhouse.record.declaration import Examination, Selection
from customhouse.record.facts import assessed_facts
from customhouse.record.history import HistoryFacts
from customhouse.record.targeting import CurvePoint, ModelFacts
from customhouse.registry import actors, decided
from customhouse.registry.decided import Decided

if TYPE_CHECKING:
    from customhouse.labs.targeting.boards import Board
    from customhouse.labs.targeting.declared import Declared
    from customhouse.labs.targeting.lodged import Item
    from customhouse.labs.targeting.model import Model
    from customhouse.labs.targeting.side import Maker

LAST_PART = 20  # percent of the days that a model is measured on
DRAWN = frozenset({"random", "explore", "no-finding", "earlier-lane"})
"""Reasons that are no finding: the declaration would have gone through but for the draw."""
FEWEST_UNBIASED = 50


class Case(msgspec.Struct, frozen=True):
    """A decided declaration with its rows: `why` it was looked at (rule, criterion or draw), how likely that was, its office."""

    decided: Decided
    rows: tuple[Any, ...]
    why: tuple[str, ...]
    propensity: float
    office: str

    @property
    def by_lot(self) -> bool:
        """Whether it was looked at because the random draw fell on it, and for nothing else."""
        return self.why == ("random",)


def cases(since: datetime, until: datetime, *, examined: bool = False, most: int = 0) -> list[Case]:
    """What was decided in that time, as rows; the oldest first. What cannot be a row (no acceptance) is not among them."""
    return [
        case(one) for one in decided.between(since, until, examined=examined, most=most) if one.declaration.acceptance
    ]


def case(one: Decided) -> Case:
    header, items = facts_of(one)
    rows = rows_of(one.declaration, header, items)
    why = tuple(dict.fromkeys(r.rule for r in one.selection.reasons if r.rule != "no-finding"))
    if one.changed_by:
        why = (*why, "officer")
    labelled = tuple(_labelled(row, one.result) for row in rows)
    return Case(one, labelled, why, propensity(one.selection, one.changed_by), office_of(one.declaration))


def facts_of(one: Decided) -> tuple[Any, Sequence[Any]]:
    """The facts that the lane was set on: those of the declaration as it stood, and what was known of its actors then."""
    return assessed_facts(one.declaration, history_then(one))


def history_then(one: Decided) -> HistoryFacts:
    """What was known when the lane was set: as recorded with it, else counted back to that moment."""
    if one.selection.history is not None:
        return one.selection.history
    return actors.as_of(actors.actors(one.declaration.lodged), one.at)


def propensity(selection: Selection, changed_by: str = "") -> float:
    """How likely the declaration was to be looked at: surely where something was found against it, else by the draws."""
    if changed_by or any(r.rule not in DRAWN for r in selection.reasons):
        return 1.0
    passed = (1 - selection.random_share_ppm / PPM) * (1 - selection.explored_ppm / PPM)
    return max(1 / PPM, 1 - passed)


def _labelled(row: Item, result: Examination | None) -> Item:
    if result is None:
        return row
    item = int(row.id.rpartition("/")[2])
    named = {d.item for d in result.discrepancies}
    hit = result.conclusion == "discrepancy" and (not named or 0 in named or item in named)
    return msgspec.structs.replace(row, found=float(hit))


def columns(told: Iterable[Case]) -> Declared:
    """The rows of cases as columns, with how likely each was to be looked at."""
    import numpy as np

    from customhouse.labs.targeting import lodged
    from customhouse.labs.targeting.side import PROPENSITY

    told = list(told)
    declared = lodged.columns([row for one in told for row in one.rows])
    declared.numbers[PROPENSITY] = np.array([one.propensity for one in told for _ in one.rows])
    return declared


class Trained(msgspec.Struct, frozen=True):
    """A candidate: the bytes of its file, its card, what is said of it."""

    data: bytes
    card: str
    facts: ModelFacts
    board: Any


def train(told: Sequence[Case], *, seed: int = 1, simulated: bool = False, make: Maker | None = None) -> Trained:
    """Learn from cases with results: measured on the last days by a model of the same making that learned from the days before.

    `make` gives the trees to both halves instead of the usual ones. Raises TargetingProblem when the results are too few.
    """
    from customhouse.labs.targeting import boards, card, declared, drift, file, model

    with_result = [one for one in told if one.decided.result is not None]
    every = columns(with_result)
    early, late = declared.split(every, LAST_PART)
    board, first = boards.board_a(early, late, seed, make)
    board = msgspec.structs.replace(board, name="register")  # the bars of board A are for its own data
    made = model.train_model(every, seed, make)
    data = file.written(made)
    facts = _facts(made, board, seed, "simulated" if simulated else "register")
    by_lot = _by_lot(with_result, first, set(late.ids))
    facts = msgspec.structs.replace(facts, baseline=drift.baseline(first, late), unbiased=by_lot)
    told_of = card.card(made, _digest(data), _sources(with_result), board)
    return Trained(data, _carded(told_of, with_result, by_lot, simulated=simulated), facts, board)


def _digest(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()


def _facts(made: Model, board: Board, seed: int, source: Any) -> ModelFacts:
    curves = {
        name: tuple(CurvePoint(p.share, p.precision, p.revenue) for p in points)
        for name, points in board.curves.items()
    }
    measured = {n: v for n, v in board.measured.values.items() if math.isfinite(v)}
    spans = {n: v for n, v in board.measured.intervals.items() if all(map(math.isfinite, v))}
    return ModelFacts(
        made.rows, made.finds, made.first, made.last, seed, source, (), measured, spans, curves, board.calibration
    )


def _by_lot(told: Sequence[Case], first: Model, late: set[str]) -> dict[str, float]:
    """Measures on those of the last days that were looked at by lot alone: what selection cannot flatter."""
    from customhouse.labs.targeting.measures import measure

    chosen = [one for one in told if one.by_lot and all(row.id in late for row in one.rows)]
    if len(chosen) < FEWEST_UNBIASED:
        return {}
    rows = columns(chosen)
    found = measure(rows.found, first.probability(rows), rows.stake)
    return {"declarations": float(len(chosen)), **{n: v for n, v in found.items() if math.isfinite(v)}}


def _sources(told: Sequence[Case]) -> tuple[tuple[str, str], ...]:
    """The data by their hash: the declarations and the places of their lanes in the record."""
    import hashlib

    said = "\n".join(f"{one.decided.declaration.id} {one.decided.at.isoformat()}" for one in told)
    return ((f"register: {len(told)} examined declarations", hashlib.sha256(said.encode()).hexdigest()),)


def _carded(card: str, told: Sequence[Case], unbiased: dict[str, float], *, simulated: bool) -> str:
    why: dict[str, int] = {}
    for one in told:
        for rule in one.why or ("nothing",):
            why[rule] = why.get(rule, 0) + 1
    lines = ["## Why these were looked at", ""]
    lines += [f"- {rule}: {many}" for rule, many in sorted(why.items(), key=lambda x: -x[1])[:20]]
    lines += [
        "",
        "Rows looked at by chance weigh 1 / their chance (10 at most), since they stand for all that went through.",
        "",
    ]
    if unbiased:
        said = ", ".join(f"{n} {v:.3f}" for n, v in unbiased.items() if n in ("auc", "p@5", "p@10", "brier"))
        lines += [f"On {unbiased['declarations']:.0f} declarations chosen by lot alone: {said}.", ""]
    else:
        lines += ["Too few were chosen by lot alone to measure without the bias of selection.", ""]
    if simulated:
        lines = [
            "**Trained on simulated data. It says nothing about any real trader and must not be used on real trade.**",
            "",
            *lines,
        ]
    return card + "\n" + "\n".join(lines)
