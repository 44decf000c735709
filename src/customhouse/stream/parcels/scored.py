"""A model tried on the past, in columns: declarations and stored parcels alike, as rules are tried (`stream.backtest`).

What a model says hangs on nothing but what was known when the lane was set. So the scores of stored parcels are worked out once,
in batches, and kept beside the columns of the shelf; other thresholds on the same model are then tried without asking it again.
Needs the extras `parcels` and `targeting`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple, cast

import numpy as np
import pyarrow as pa

from customhouse.kernel.currency import minor_digits
from customhouse.labs.targeting.declared import Declared, Floats, Texts
from customhouse.labs.targeting.lodged import EPOCH
from customhouse.labs.targeting.model import Model
from customhouse.record.facts import WHOLE
from customhouse.record.history import HISTORY
from customhouse.record.lanes import STRICTNESS
from customhouse.record.targeting import Thresholds
from customhouse.stream.backtest import Chosen
from customhouse.stream.facts import Column, Facts, Text, taken
from customhouse.stream.items import Ints
from customhouse.stream.parcels import scores
from customhouse.stream.parcels.past import Outcomes, Past, Stored, columns, routed
from customhouse.stream.parcels.shelf import Tick
from customhouse.stream.past import PastColumns
from customhouse.stream.trials import Candidate

AT_ONCE = 1 << 16
"""Goods items that a model is asked about between two words of how far it is."""
SLICE = 200_000
"""Parcels that are laid out as a model's rows at a time, which bounds memory."""
EDITION = 1
"""Of rows and scores: another one makes what was kept of earlier ones be worked out anew."""
FACTS = frozenset(
    {*scores.PLAIN.values(), *HISTORY, "code", "origin", "preferential_origin", "tax_types", "customs_value", "duty", "net_mass"}
)  # fmt: skip
"""What a model's row is made of (`scores.rows`)."""


class Score(NamedTuple):
    """What a model says of declarations: the probability of the likeliest item, and the expected revenue of all (minor units)."""

    probability: Floats
    revenue: Floats

    def take(self, rows: Any) -> Score:
        return Score(self.probability[rows], self.revenue[rows])


class _Day(NamedTuple):
    """The little of a law that a row asks for; the day of each row is put in afterwards."""

    currency: str
    date: date


class _Items:
    """Facts of declarations, asked item by item."""

    def __init__(self, facts: Facts, law: Any) -> None:
        self.facts, self.law, self.rows = facts, law, range(facts.item_count)

    def column(self, name: str) -> Column:
        if name not in WHOLE:
            return _plain(self.facts.items[name])
        return _plain(taken(self.facts.header[name], self.facts.of))


def _plain(column: Column) -> Column:
    """Numbers beyond 64 bits as floating point: a model bounds them anyway."""
    return column.astype(np.float64) if isinstance(column, np.ndarray) and column.dtype == object else column


def score(candidate: Candidate, past: PastColumns, currency: str, tick: Tick = lambda _: None) -> Score:
    """What a model says of past declarations, whose facts hold `FACTS`; `tick` is told of items gone through."""
    facts, of = past.facts, past.facts.of
    declared = scores.rows(cast(Any, _Items(facts, _Day(currency, date.fromordinal(EPOCH)))), "")
    declared.day = past.day[of] - EPOCH
    declared.texts["office"] = Texts(past.office.words.words, past.office.code[of].astype(np.int64))
    probability = _asked(candidate.model, declared, tick)
    best, revenue = np.zeros(len(past)), np.zeros(len(past))
    np.maximum.at(best, of, probability)
    np.add.at(revenue, of, probability * declared.stake)
    return Score(best, revenue * 10 ** minor_digits(currency))


def _asked(model: Model, declared: Declared, tick: Tick) -> Floats:
    out = []
    for at in range(0, len(declared), AT_ONCE):
        out.append(model.probability(declared.part(at, at + AT_ONCE)))
        tick(len(out[-1]))
    return np.concatenate(out) if out else np.zeros(0)


def asks(thresholds: Thresholds, said: Score, office: Text) -> Ints:
    """The lane (strictness) that the thresholds ask for each of."""
    lane = np.zeros(len(said.probability), np.int64)
    for t in thresholds:
        reached = (said.probability if t.by == "probability" else said.revenue) >= t.at_least
        if t.office:
            reached &= office.code == office.words.number.get(t.office, -1)
        lane = np.where(reached, np.maximum(lane, STRICTNESS[t.lane]), lane)
    return lane


def chosen(past: PastColumns, thresholds: Thresholds, said: Score) -> Chosen:
    """What a model chooses of past declarations: those whose score reaches a threshold, with all their items."""
    lane = asks(thresholds, said, past.office)
    hits = lane > 0
    items = np.flatnonzero(hits[past.facts.of])
    return Chosen(items, hits, np.zeros(len(past), bool), lane, int(np.count_nonzero(hits)))


def of_declarations(
    candidate: Candidate, past: Iterator[PastColumns], currency: str
) -> Iterator[tuple[PastColumns, list[Chosen]]]:
    """Each part of past declarations with what the model chooses of it."""
    for part in past:
        if len(part):
            yield part, [chosen(part, candidate.thresholds, score(candidate, part, currency))]


def of_parcels(
    candidate: Candidate, past: Past, facts: frozenset[str], tick: Tick = lambda _: None
) -> Iterator[tuple[PastColumns, list[Chosen]]]:
    """Each part of the stored parcels with what the model chooses of it; `facts` are those that tell whom it chooses."""
    outcomes = past.outcomes()
    for stored in past.stored():
        said = kept(candidate, stored, tick)
        part = columns(stored, facts, outcomes)
        if len(part) < len(said.probability):
            said = said.take(routed(stored))
        if len(part):
            yield part, [chosen(part, candidate.thresholds, said)]


def name_of(digest: str) -> str:
    """Under which name the scores of a model are kept beside a part."""
    return f"model{EDITION}-{digest[:16]}"


def kept(candidate: Candidate, stored: Stored, tick: Tick = lambda _: None) -> Score:
    """What a model says of the parcels of a part: from its file, or worked out and kept."""
    asked = False

    def make() -> pa.Table:
        nonlocal asked
        asked = True
        whole = columns(stored, FACTS, Outcomes.read(iter(())), waiting=True)
        rows = np.split(np.arange(len(whole)), range(SLICE, len(whole), SLICE))
        said = [score(candidate, whole.take(some), stored.currency, tick) for some in rows]
        return pa.table({name: np.concatenate([getattr(one, name) for one in said]) for name in Score._fields})

    found = stored.shelf.made(stored.part, name_of(candidate.digest), make)
    if not asked:
        tick(len(stored.part))
    return Score(*(found.column(name).to_numpy() for name in Score._fields))
