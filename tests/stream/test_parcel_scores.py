"""A model's score in columns is the score of the line, bit by bit, and lanes follow it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")
pytest.importorskip("catboost", reason="models need the extra `targeting`")

from customhouse.clearance.line import Context
from customhouse.clearance.parcel import ParcelLine, walked
from customhouse.clearance.scorer import Held
from customhouse.house.lawbooks import embedded_book
from customhouse.labs.targeting.model import Model, train_model
from customhouse.record.facts import assessed_facts
from customhouse.record.history import HistoryFacts
from customhouse.record.lanes import Lane
from customhouse.record.parcel import NAMES, Consolidation, Parcel
from customhouse.record.targeting import Threshold
from customhouse.registry.models_kept import OnLine
from customhouse.simulator.parcels import parcels
from customhouse.stream.parcels import marks
from customhouse.stream.parcels.day import Day
from customhouse.stream.parcels.facts import ParcelFacts
from customhouse.stream.parcels.kernel import FILE, HISTORY, REFUSED, REPEATED, Eyes, Kernel, Verdicts, answer
from customhouse.stream.parcels.lanes import LANES
from customhouse.stream.parcels.rows import Table, settle, strings
from customhouse.stream.parcels.scores import Live, Speaking, rows

KEY = b"k" * 32
OF = Consolidation("XM100000009", "MORNING", "XM000040", "5", "XM")
THRESHOLDS = (
    Threshold(Lane.YELLOW, 0.3), Threshold(Lane.RED, 0.45, office="XM000040"), Threshold(Lane.RED, 0.0, office="XM000099"),
    Threshold(Lane.BLUE, 150.0, "revenue"),
)  # fmt: skip


def made(count: int, seed: str) -> list[Parcel]:
    """Parcels of which some owe duty at odd rates, weigh nothing, or have a value that no model can believe."""
    odd = (
        {"price": "9999999999999", "procedures": ""},
        {"net_mass": "0"},
        {"origin": ""},
        {"price": "333.33", "procedures": ""},
    )
    return [replace(p, **odd[n % 9]) if n % 9 < len(odd) else p for n, p in enumerate(parcels(count, seed))]


def judged(kernel: Kernel, of: list[Parcel]) -> Verdicts:
    of = [replace(p, currency=p.currency or "USD") for p in of]
    table = Table(np.arange(1, len(of) + 1), strings([[getattr(p, n) for n in NAMES] for p in of]), [])
    return kernel.judge(settle(table)[0], 7, Day())


def facts_of(law: Any, v: Verdicts) -> ParcelFacts:
    return ParcelFacts(v.rows, OF, law, {"customs_value": v.value, "duty": v.duty, "payable": v.payable, **v.history})


@pytest.fixture(scope="module")
def law() -> Any:
    return embedded_book().on(date(2026, 11, 26))


@pytest.fixture(scope="module")
def model(law: Any) -> Model:
    line = ParcelLine(OF, Context(law, datetime(2026, 11, 26, 8, tzinfo=UTC), KEY))
    past = rows(facts_of(law, judged(Kernel(law, OF, Eyes(KEY), line), made(500, "past"))), OF.office)
    past.found = (np.random.default_rng(3).random(len(past)) < np.where(past.numbers["price"] > 20, 0.5, 0.1)).astype(
        float
    )
    past.day = past.day - np.arange(len(past))[::-1] // 30
    from catboost import CatBoostClassifier

    trees = {"iterations": 12, "depth": 3, "thread_count": 1, "verbose": 0, "allow_writing_files": False}
    return train_model(past, make=lambda seed: CatBoostClassifier(random_seed=seed, **trees))


def held(model: Model | None) -> Held:
    on_line = (OnLine("m" * 64, True, THRESHOLDS),)
    return Held(on_line, {"m" * 64: model} if model else {}, {} if model else {"m" * 64: "it is broken"})


def scored(law: Any, of: Held) -> tuple[Kernel, Context]:
    context = Context(law, datetime(2026, 11, 26, 8, tzinfo=UTC), KEY, score=of.score)
    speaking = Speaking([Live(m, THRESHOLDS) for m in of.models.values()], OF.office, of.failed)
    return Kernel(law, OF, Eyes(KEY, scores=speaking), ParcelLine(OF, context)), context


def test_a_score_in_columns_is_that_of_the_line_bit_by_bit(law: Any, model: Model) -> None:
    kernel, context = scored(law, held(model))
    v = judged(kernel, made(400, "score"))
    facts = facts_of(law, v)
    probability = model.probability(rows(facts, OF.office))
    said = kernel.eyes.scores(facts)  # type: ignore[misc]
    differ, seen = [], 0
    for n in np.flatnonzero((v.verdict != REFUSED) & (v.verdict != REPEATED)).tolist():
        history = HistoryFacts(**{name: int(v.history[name][n]) for name in HISTORY})
        walk, _, _ = walked(int(v.number[n]), v.rows.parcel(n), OF, context, history, (0, 0))
        one = held(model).score(walk.declaration, *assessed_facts(walk.declaration, history))
        seen += 1
        found = one.findings[0]
        if v.value[n] < 1 << 53 and (found.score, found.lane, one.novelty_ppm) != (
            probability[n], LANES[said.lane[n]], said.novelty_ppm[n],
        ):  # fmt: skip
            differ.append((n, found.score, probability[n], found.lane, LANES[said.lane[n]]))
    assert seen > 300 and not differ, differ[:3]


@pytest.mark.parametrize("speaks", [True, False])
def test_lanes_follow_the_score_and_the_line_says_the_same(law: Any, model: Model, speaks: bool) -> None:
    kernel, _ = scored(law, held(model if speaks else None))
    asked: list[int] = []
    line = kernel.line
    kernel.line = lambda n, *more: asked.append(n) or line(n, *more)  # type: ignore[func-returns-value]
    v = judged(kernel, made(300, "lanes"))
    assert len(asked) < 100
    drawn = marks.draws(KEY, v.number)
    for n in np.flatnonzero((v.verdict != REFUSED) & (v.verdict != REPEATED)).tolist():
        history = HistoryFacts(**{name: int(v.history[name][n]) for name in HISTORY})
        told = line(int(v.number[n]), v.rows.parcel(n), history, (int(drawn[0][n]), int(drawn[1][n]))).answer
        mine = answer(v, n)
        assert told[:5] == mine[:5]
        assert not mine.told or mine.told == told.told
    lanes = {v.lane[c] for c in v.lane_code[v.verdict == FILE]}
    assert not speaks or {"YELLOW", "RED", "BLUE"} <= lanes
