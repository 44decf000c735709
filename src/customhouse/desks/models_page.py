"""Curves of targeting models as geometry for SVG: precision and revenue, calibration, the running sum of the monitors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from customhouse.clearance import nearest, scorer
from customhouse.record.declaration import Declaration
from customhouse.record.targeting import CurvePoint, DriftReport, KeptModel, ModelState, ModelStep
from customhouse.registry import decided, reader
from customhouse.registry.models_kept import ModelFault

WIDTH, HEIGHT = 480, 220
BOX = f"-44 -12 {WIDTH + 60} {HEIGHT + 44}"
WEAK = 0.02  # log odds; less is no reason
WIDEST = 30.0  # percent opened that a curve shows
STATES = {
    ModelState.CANDIDATE: _("Candidate"),
    ModelState.SHADOW: _("In the shadow"),
    ModelState.LIVE: _("Live"),
    ModelState.RETIRED: _("Retired"),
}
TONES = {ModelState.LIVE: "GREEN", ModelState.SHADOW: "BLUE", ModelState.CANDIDATE: "YELLOW", ModelState.RETIRED: ""}
STEPS = {
    ModelStep.REGISTERED: _("kept as a candidate"),
    ModelStep.SHADOWED: _("put into the shadow"),
    ModelStep.PROPOSED: _("proposed for publication"),
    ModelStep.WITHDRAWN: _("proposal withdrawn"),
    ModelStep.PUBLISHED: _("approved and live"),
    ModelStep.ROLLED_BACK: _("gone back to"),
    ModelStep.RETIRED: _("retired"),
}
ALARMS = {
    "population": _("Population"),
    "score": _("Scores"),
    "performance": _("Performance"),
    "calibration": _("Calibration"),
    "categories": _("New values"),
    "scorer": _("The model does not answer"),
}
SOURCES = {
    "register": _("results of this house"),
    "files": _("files from elsewhere"),
    "simulated": _("simulated trade"),
}
MEASURES = (
    ("auc", _("Order: chance that a find scores above a non-find (AUC)")),
    ("p@1", _("Finds among the best 1 %")),
    ("p@5", _("Finds among the best 5 %")),
    ("p@10", _("Finds among the best 10 %")),
    ("rev@5", _("Duty at stake found with the best 5 %")),
    ("rev@10", _("Duty at stake found with the best 10 %")),
    ("brier", _("Brier score (smaller is better)")),
    ("ece", _("Calibration error (smaller is better)")),
)
TICKS = (0.25, 0.5, 0.75, 1.0)


def _path(points: Sequence[tuple[float, float]]) -> str:
    """Points as the `points` of a polyline."""
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _grid() -> dict[str, Any]:
    return {
        "box": BOX,
        "width": WIDTH,
        "height": HEIGHT,
        "lines": [{"word": f"{tick:.0%}", "y": round(HEIGHT * (1 - tick), 1)} for tick in TICKS],
    }


def curve(points: Sequence[CurvePoint]) -> dict[str, Any] | None:
    """Precision and the share of revenue found, by the share that is opened; None without points."""
    shown = [p for p in points if p.share <= WIDEST]
    if not shown:
        return None
    at = [p.share / WIDEST * WIDTH for p in shown]
    return _grid() | {
        "precision": _path([(x, HEIGHT * (1 - p.precision)) for x, p in zip(at, shown, strict=True)]),
        "revenue": _path([(x, HEIGHT * (1 - p.revenue)) for x, p in zip(at, shown, strict=True)]),
        "under": [{"word": f"{s} %", "x": round(s / WIDEST * WIDTH, 1)} for s in (1, 5, 10, 20, 30)],
        "rows": [p for p in shown if p.share in (1, 2, 5, 10, 20, 30)],
    }


def calibration(told: Sequence[tuple[float, float]]) -> dict[str, Any] | None:
    """Predicted against found: on the diagonal a probability can be believed."""
    if not told:
        return None
    top = max(0.05, *(max(pair) for pair in told))
    dots = [(p / top * WIDTH, HEIGHT * (1 - f / top)) for p, f in told]
    grid = _grid()
    grid["lines"] = [{"word": f"{tick * top:.0%}", "y": round(HEIGHT * (1 - tick), 1)} for tick in TICKS]
    return grid | {
        "dots": [(round(x, 1), round(y, 1)) for x, y in dots],
        "under": [{"word": f"{tick * top:.0%}", "x": round(tick * WIDTH, 1)} for tick in TICKS],
        "rows": told,
    }


def cusum(report: DriftReport, limit: float) -> dict[str, Any] | None:
    """How far results have run below what was predicted, result by result; the limit as a line."""
    line = report.cusum
    if len(line) < 2:
        return None
    top = max(limit * 1.25, *line)
    step = WIDTH / (len(line) - 1)
    return _grid() | {
        "line": _path([(n * step, HEIGHT * (1 - y / top)) for n, y in enumerate(line)]),
        "limit": round(HEIGHT * (1 - limit / top), 1),
        "lines": [{"word": f"{tick * top:.0f}", "y": round(HEIGHT * (1 - tick), 1)} for tick in TICKS],
        "last": line[-1],
    }


def bars(report: DriftReport, limit: float, fewest: int, most: int = 15) -> list[dict[str, Any]]:
    """The features that moved most, with the length of each bar; what is past the limit is said so."""
    moved = sorted(report.psi.items(), key=lambda one: -one[1])[:most]
    top = max([limit * 2, *(v for _n, v in moved)])
    return [
        {"name": n, "value": v, "length": round(v / top * 100, 1), "past": v > limit and report.rows >= fewest}
        for n, v in moved
    ]


def measured(model: KeptModel) -> list[tuple[Any, float, tuple[float, float] | None, float | None]]:
    """(what, value, interval, the same on rows chosen by lot alone)."""
    facts = model.facts
    return [
        (word, facts.measured[n], facts.intervals.get(n), facts.unbiased.get(n))
        for n, word in MEASURES
        if n in facts.measured
    ]


def of_declaration(d: Declaration, *, with_near: bool = False) -> dict[str, Any]:
    """What a model weighed when the lane of a declaration was set, and where asked for its nearest past cases; nothing where none spoke.

    A house without the extra, or without that model, shows the score as it was recorded and no more.
    """
    if d.selection is None or not d.selection.model:
        return {}
    with (
        reader.system()
    ):  # nearest cases may lie at other offices; the page links to them, and opens them by the reader's right
        then = decided.one(d.id)
        if then is None:
            return {}
        try:
            told = scorer.explained_again(then)
            near = nearest.nearest(d.id) if with_near else None
        except (ModelFault, ImportError, ValueError):
            return {}
    return {"weighed": [r for r in told["every"] if abs(r["adds"]) > WEAK], "near": near, "may_near": near is None}
