"""Drift: whether the world still looks as it did when the model learned, and whether its scores still come true.

Population and scores by the population stability index (PSI) over bins of the learning rows, scores also by Kolmogorov-Smirnov;
codes never learned from by their share; results by a cumulative sum (CUSUM, Page 1954) of what was predicted less what was
found, each measured in its own standard deviations, and by calibration in fifths.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from customhouse.labs.targeting import actors
from customhouse.labs.targeting.declared import Declared, Floats
from customhouse.labs.targeting.features import LEVELS, PLAIN
from customhouse.labs.targeting.levels import looked
from customhouse.labs.targeting.measures import brier
from customhouse.labs.targeting.model import EPOCH, Model
from customhouse.record.targeting import Alarm, Baseline, Bins, DriftAlarm, DriftReport

BINS = 10
MONITORED = ("log_mass", "log_price", "log_unit", "rate", "unit_to_usual", "mass_to_usual")
CODES = ("hs2", "origin", "departure", "transport", "office")
KNOWN_BY = ("hs", "origin", "departure", "importer", "declarant")
MOST_CODES = 15
FEWEST = 200  # rows; with fewer nothing is said
FEWEST_RESULTS = 40
LIMITS: dict[Alarm, float] = {
    "population": 0.25, "score": 0.25, "categories": 0.2, "performance": 8.0, "calibration": 0.1,
}  # fmt: skip
SLACK = 0.25  # standard deviations that a result may be worse than predicted before it counts
MOST_Z = 3.0  # one surprise alone is no drift
SURE = 2.5  # standard errors
LEAST_SHARE = 1e-4
TOP = 0.1


def baseline(model: Model, declared: Declared) -> Baseline:
    """What rows kept back look like to a model that did not learn from them."""
    rows, probability = model.rows_of(declared), model.probability(declared)
    features = {name: _bins(rows[:, at]) for name, at in _monitored(model)}
    features |= {name: _code_bins(declared, name) for name in CODES}
    seen = looked(declared)
    found, scores = declared.found[seen], probability[seen]
    best = np.argsort(-scores, kind="stable")[: max(1, round(len(scores) * TOP))]
    return Baseline(
        features,
        _bins(probability),
        {name: float(_known(model, declared, name).mean()) for name in KNOWN_BY},
        float(found[best].mean()) if len(found) else 0.0,
        brier(found, scores) if len(found) else 0.0,
    )


def watch(model: Model, before: Baseline, declared: Declared, failed: int = 0) -> DriftReport:
    """What recent rows look like beside `before`; alarms where a limit is passed and there are rows enough to say so."""
    first, last = (
        (EPOCH + timedelta(int(d)) for d in (declared.day.min(), declared.day.max()))
        if len(declared)
        else (EPOCH, EPOCH)
    )
    if not len(declared):
        return DriftReport(first, last, 0, 0, failed=failed)
    rows, probability = model.rows_of(declared), model.probability(declared)
    psi = {
        name: _psi(before.features[name], _shares(before.features[name], rows[:, at]))
        for name, at in _monitored(model)
        if name in before.features
    }
    psi |= {name: _code_psi(before.features[name], declared, name) for name in CODES if name in before.features}
    share = _shares(before.scores, probability)
    unknown = {name: 1 - float(_known(model, declared, name).mean()) for name in KNOWN_BY}
    seen = np.flatnonzero(looked(declared))
    order = seen[np.argsort(declared.day[seen], kind="stable")]
    found, said = declared.found[order], probability[order]
    low, high = cusum(said, found)
    fifths = _fifths(said, found)
    report = DriftReport(
        first,
        last,
        len(declared),
        len(seen),
        psi,
        _psi(before.scores, share),
        float(np.abs(np.cumsum(share) - np.cumsum(before.scores.shares)).max()),
        unknown,
        float(found[np.argsort(-said, kind="stable")[: max(1, round(len(said) * TOP))]].mean()) if len(found) else None,
        tuple(float(x) for x in _thinned(low)),
        fifths,
        float(found.mean() - said.mean()) if len(found) else None,
        failed,
    )
    return _with_alarms(report, before, low, high, said, found)


def cusum(said: Floats, found: Floats) -> tuple[Floats, Floats]:
    """How far results have run below what was predicted, and above it, result by result; in standard deviations."""
    z = np.clip((said - found) / np.sqrt(np.maximum(said * (1 - said), 1e-3)), -MOST_Z, MOST_Z)
    low, high = np.zeros(len(z)), np.zeros(len(z))
    a = b = 0.0
    for n, x in enumerate(z):
        low[n] = a = max(0.0, a + x - SLACK)
        high[n] = b = max(0.0, b - x - SLACK)
    return low, high


def _with_alarms(
    report: DriftReport, before: Baseline, low: Floats, high: Floats, said: Floats, found: Floats
) -> DriftReport:
    alarms: list[DriftAlarm] = []

    def sound(kind: Alarm, about: str, value: float, text: str) -> None:
        if value > LIMITS[kind]:
            alarms.append(DriftAlarm(kind, about, text, round(float(value), 4), LIMITS[kind]))

    if report.rows >= FEWEST:
        for name, value in sorted(report.psi.items(), key=lambda one: -one[1]):
            sound("population", name, value, f"{name} is spread otherwise than where the model learned")
        sound("score", "score", report.score_psi, "Scores are spread otherwise than where the model learned")
        for name, share in report.unknown.items():
            more = share - (1 - before.known.get(name, 1.0))
            sound(
                "categories",
                name,
                more,
                f"{share:.0%} of rows name a value of {name} that the model never learned from",
            )
    if report.results >= FEWEST_RESULTS:
        sound("performance", "fewer finds", float(low[-1]), "Examinations find less than the model predicts")
        sound(
            "performance",
            "more finds",
            float(high[-1]),
            "Examinations find more than the model predicts: it misses something",
        )
        gap = abs(report.calibration_gap or 0.0)
        if gap > SURE * np.sqrt((said * (1 - said)).mean() / len(found)):
            sound("calibration", "probability", gap, f"Predicted {said.mean():.0%} finds, found {found.mean():.0%}")
    return DriftReport(
        **{f: getattr(report, f) for f in report.__struct_fields__ if f != "alarms"}, alarms=tuple(alarms)
    )


def _monitored(model: Model) -> list[tuple[str, int]]:
    """The features that are watched, and where they stand in a row."""
    told = [(name, n) for n, name in enumerate(actors.NAMES)] if model.past.actors else []
    return [*told, *((name, model.past.before + PLAIN.index(name)) for name in MONITORED)]


def _bins(values: Floats) -> Bins:
    edges = np.unique(np.quantile(values, np.linspace(0, 1, BINS + 1)[1:-1])) if len(values) else np.zeros(0)
    bare = Bins(tuple(float(e) for e in edges), ())
    return Bins(bare.edges, tuple(float(s) for s in _shares(bare, values)))


def _shares(bins: Bins, values: Floats) -> Floats:
    """The share of values in each bin; a value on an edge belongs below it."""
    places = np.searchsorted(np.array(bins.edges), values, side="left")
    return np.bincount(places, minlength=len(bins.edges) + 1) / max(1, len(values))


def _psi(before: Bins, now: Floats) -> float:
    a, b = np.maximum(np.array(before.shares), LEAST_SHARE), np.maximum(now, LEAST_SHARE)
    return float(((b - a) * np.log(b / a)).sum())


def _codes(declared: Declared, name: str) -> tuple[list[str], Floats]:
    """The values of a column of codes and how many rows have each."""
    column = declared.texts["hs" if name == "hs2" else name]
    words = [v[:2] if name == "hs2" else v for v in column.values]
    counts: dict[str, float] = {}
    for word, many in zip(words, np.bincount(column.codes, minlength=len(words)), strict=True):
        counts[word] = counts.get(word, 0.0) + float(many)
    names = sorted(counts, key=lambda w: (-counts[w], w))
    return names, np.array([counts[n] for n in names])


def _code_bins(declared: Declared, name: str) -> Bins:
    """The commonest codes as bins of their own (their names stand for edges as hashes would), all others in the last."""
    names, counts = _codes(declared, name)
    top = names[:MOST_CODES]
    shares = counts / max(1.0, counts.sum())
    return Bins((), (*(float(s) for s in shares[: len(top)]), float(shares[len(top) :].sum())), tuple(top))


def _code_psi(before: Bins, declared: Declared, name: str) -> float:
    names, counts = _codes(declared, name)
    said = dict(zip(names, counts / max(1.0, counts.sum()), strict=True))
    now = [float(said.get(code, 0.0)) for code in before.codes]
    return _psi(before, np.array([*now, max(0.0, 1 - sum(now))]))


def _known(model: Model, declared: Declared, name: str) -> Floats:
    place = next(n for n, level in enumerate(LEVELS) if level.columns == (name,))
    _, looks = model.past.found[place].at(declared.together((name,)))
    return (looks > 0).astype(float)


def _fifths(said: Floats, found: Floats) -> tuple[tuple[float, float, int], ...]:
    parts = np.array_split(np.argsort(said, kind="stable"), 5)
    return tuple((float(said[p].mean()), float(found[p].mean()), len(p)) for p in parts if len(p))


def _thinned(line: Floats, most: int = 200) -> Floats:
    """A line with so many points at most, the last one among them."""
    if len(line) <= most:
        return line
    return line[np.unique(np.linspace(0, len(line) - 1, most).round().astype(int))]
