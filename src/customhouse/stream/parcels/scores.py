"""What models say of parcels, in columns: bit by bit what each would be told on the line (`clearance.scorer`), many rows at once.

A model sees the same facts, features and trees in both (`labs.targeting`); only the reasons, which the trade is never told, are
worked out later, where an officer opens the file. Needs the extra `targeting`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from customhouse.kernel.currency import minor_digits
from customhouse.labs.targeting.declared import LARGEST, TEXTS, Declared, Texts
from customhouse.labs.targeting.judge import MOST_NOVEL, PPM, novelties
from customhouse.labs.targeting.lodged import EPOCH, GRAMS, STEEPEST, hs_of
from customhouse.labs.targeting.model import Model
from customhouse.record.history import HISTORY
from customhouse.record.lanes import Lane
from customhouse.record.targeting import Thresholds
from customhouse.stream.facts import Codes, Text
from customhouse.stream.parcels.facts import ParcelFacts
from customhouse.stream.parcels.lanes import LANES, Scores

Floats = NDArray[np.float64]
PLAIN = {
    "process": "procedure", "import_type": "type", "use": "transaction_nature", "payment": "valuation_method",
    "transport": "border_mode", "declarant": "declarant", "importer": "importer", "seller": "exporter",
    "departure": "item_dispatch", "marking": "preference",
}  # fmt: skip
"""Texts of a model's row that are facts as they stand (`labs.targeting.lodged`)."""


class Live(NamedTuple):
    """A model that sets lanes, and the thresholds at which it does."""

    model: Model
    thresholds: Thresholds


class Speaking:
    """The live models on the line, asked about the parcels of one consolidation. `office` is where they are declared, `failed` why one of
    them does not answer, if so."""

    def __init__(self, models: Sequence[Live], office: str, failed: str = "") -> None:
        self.models, self.office, self.failed = tuple(models), office, failed

    def __call__(self, facts: ParcelFacts) -> Scores:
        """What they say of every row, whose value and dues are known."""
        declared = rows(facts, self.office)
        lane, novelty = np.zeros(len(declared), np.int64), np.full(len(declared), PPM, np.int64)
        for model, thresholds in self.models:
            probability = model.probability(declared)
            revenue = probability * declared.stake * 10 ** minor_digits(facts.law.currency)
            for t in thresholds:
                if t.office in ("", self.office):
                    reached = (probability if t.by == "probability" else revenue) >= t.at_least
                    lane = np.maximum(lane, np.where(reached, LANES.index(t.lane), LANES.index(Lane.GREEN)))
            novelty = np.minimum(MOST_NOVEL, np.rint(novelties(model, declared) * PPM)).astype(np.int64)
        return Scores(lane, novelty, self.failed)


def rows(facts: ParcelFacts, office: str) -> Declared:
    """Parcels as a model sees them (`labs.targeting.lodged.items`), one goods item each."""
    law, size = facts.law, len(facts.rows)
    unit = 10 ** minor_digits(law.currency)
    value, duty = (_bounded(facts.column(name) / unit) for name in ("customs_value", "duty"))
    mass = _bounded(facts.column("net_mass") / GRAMS)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(value > 0, duty / value * 100, 0.0)
    numbers = {"rate": np.minimum(STEEPEST, _rounded(share)), "mass": mass, "price": value}
    for name in HISTORY:
        numbers[name] = np.asarray(facts.column(name), np.float64)
    texts = {name: Texts(("",), np.zeros(size, np.int64)) for name in TEXTS}
    texts |= {name: _texts(facts.column(fact)) for name, fact in PLAIN.items()}
    texts["office"] = Texts((office,), np.zeros(size, np.int64))
    texts["hs"] = _texts(facts.column("code"), hs_of)
    texts["origin"] = _first_of(facts.column("origin"), facts.column("preferential_origin"))
    texts["tax_type"] = _joined(facts.column("tax_types"))
    day = np.full(size, law.date.toordinal() - EPOCH, np.int64)
    return Declared(("",) * size, day, texts, numbers, np.full(size, np.nan))


def _bounded(number: Floats) -> Floats:
    return np.clip(number, 0.0, LARGEST)


def _rounded(number: Floats) -> Floats:
    """To one place, as Python rounds: by the exact value of the number, not of ten times it."""
    made = np.rint(number * 10) / 10
    for n in np.flatnonzero(np.abs(number * 10 % 1 - 0.5) < 1e-6).tolist():  # near a half the two differ
        made[n] = round(float(number[n]), 1)
    return np.asarray(made, np.float64)


def _texts(column: Text, how: Callable[[str], str] = str) -> Texts:
    return Texts(tuple(map(how, column.words.words)), column.code.astype(np.int64))


def _first_of(one: Text, other: Text) -> Texts:
    words = (*one.words.words, *other.words.words)
    empty = np.array([not word for word in one.words.words], bool)[one.code]
    return Texts(words, np.where(empty, other.code + len(one.words), one.code).astype(np.int64))


def _joined(column: Codes) -> Texts:
    """The codes of each row in order, with a plus between; each distinct set is put together once."""
    order = sorted(column.words.words)
    rank = np.array([order.index(word) for word in column.words.words], np.int64)[column.code]
    count = np.diff(column.starts)
    codes = np.zeros(len(count), np.int64)
    texts: list[str] = []
    for size in np.unique(count).tolist():
        rows = np.flatnonzero(count == size)
        sets = np.sort(rank[column.starts[rows][:, None] + np.arange(size)], axis=1)
        distinct, which = np.unique(sets, axis=0, return_inverse=True) if size else (sets[:1], np.zeros(len(rows), int))
        codes[rows] = len(texts) + which.reshape(-1)
        texts += ["+".join(order[n] for n in one) for one in distinct.tolist()]
    return Texts(tuple(texts), codes)
