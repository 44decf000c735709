"""One declaration before a model: how likely a find is, what it would bring, why, and how little is known of its kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from customhouse.labs.targeting.declared import TEXTS, Declared, Floats
from customhouse.labs.targeting.features import LEVELS
from customhouse.labs.targeting.levels import GOODS, PEOPLE, Found
from customhouse.labs.targeting.lodged import Item, columns
from customhouse.labs.targeting.model import Model
from customhouse.labs.targeting.reasons import ABOUT, Explained, explain
from customhouse.record.history import HistoryFacts

PPM = 1_000_000
MOST_NOVEL = 20 * PPM
MOST_REASONS = 3
KNOWN_BY = tuple(
    LEVELS.index(level) for level in (*GOODS, *PEOPLE) if level.name in ("hs", "hs+origin", "importer", "declarant")
)


class Judged(msgspec.Struct, frozen=True, gc=False):
    """What a model says of a declaration: the probability of its likeliest item, the expected revenue of all items (in the money of
    the values), and the reasons of that item, the strongest first."""

    probability: float
    revenue: float
    item: int
    reasons: tuple[str, ...]
    novelty_ppm: int
    by_item: tuple[float, ...]
    explained: Explained


def judge(model: Model, rows: Sequence[Item]) -> Judged:
    """Judge the items of one declaration."""
    declared = columns(rows)
    features = model.rows_of(declared)
    probability = model.of_rows(declared, features)
    best = int(probability.argmax())
    chosen = explain(declared, model, at=(best,), ready=(features, probability))[0]
    sentences = [r.text for r in chosen.reasons if r.adds > 0][:MOST_REASONS]
    absurd = [f"Item {r.id.rpartition('/')[2]}: {what}" for r in rows for what in r.absurd]
    return Judged(
        float(probability[best]),
        float((probability * declared.stake).sum()),
        int(rows[best].id.rpartition("/")[2]),
        (*absurd, *sentences),
        novelty(model, declared),
        tuple(float(p) for p in probability),
        chosen,
    )


def weighed(model: Model, rows: Sequence[Item]) -> dict[str, Any]:
    """The likeliest item of a declaration with everything that was weighed: `usual` and all of `every` make `margin`, the log odds."""
    declared = columns(rows)
    features = model.rows_of(declared)
    probability = model.of_rows(declared, features)
    best = int(probability.argmax())
    said = explain(declared, model, len(ABOUT), 0.0, (best,), (features, probability))[0]
    every = [{"about": r.about, "text": r.text, "adds": r.adds} for r in said.reasons]
    return {
        "probability": said.probability,
        "revenue": float((probability * declared.stake).sum()),
        "item": int(rows[best].id.rpartition("/")[2]),
        "spoke": said.spoke,
        "own": said.own,
        "usual": said.usual,
        "margin": said.margin,
        "every": every,
    }


def novelty(model: Model, declared: Declared) -> int:
    """How little the model knows of the least known item, in parts per million of what is usual: of its goods and its actors
    few looks were learned from. Rows like those that it learned from have a million on average."""
    least = float(novelties(model, declared).max()) if len(declared) else 0.0
    return min(MOST_NOVEL, round(least * PPM))


def novelties(model: Model, declared: Declared) -> Floats:
    """How little the model knows of each item; 1 is usual."""
    told = np.zeros(len(declared))
    for place in KNOWN_BY:
        table = model.past.found[place]
        _, looks = table.at(declared.together(LEVELS[place].columns))
        told += 1 / (1 + looks) / usual_doubt(table)
    return np.asarray(told / len(KNOWN_BY), np.float64)


def usual_doubt(table: Found) -> float:
    """The mean of 1 / (1 + looks) over the rows that were learned from; what is known of a kind is worth as much as it was looked at."""
    kept = table.__dict__.get("doubt")
    if kept is None:
        total = float(table.counts.sum())
        kept = float((table.counts / (1 + table.counts)).sum()) / total if total else 1.0
        table.__dict__["doubt"] = kept
    return float(kept)


def warm(model: Model) -> None:
    """Judge something made up, so that everything is compiled and every table built before the first declaration comes."""
    texts = tuple("000000" if name == "hs" else "" for name in TEXTS)
    made = Item("0/1", 0, texts, (0.0, 1.0, 1.0), HistoryFacts())
    judge(model, [made])
    judge(model, [made] * 7)
