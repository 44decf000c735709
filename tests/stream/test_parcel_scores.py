"""A model's score in columns is the score of the line, bit by bit, and lanes follow it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")
pytest.importorskip("catboost", reason="models need the extra `targeting`")

from tests.stream.trained import KEY, facts_of, judged, made, trained

from customhouse.clearance.line import Context
from customhouse.clearance.parcel import ParcelLine, walked
from customhouse.clearance.scorer import Held
from customhouse.house.lawbooks import embedded_book
from customhouse.labs.targeting.model import Model
from customhouse.record.facts import assessed_facts
from customhouse.record.history import HistoryFacts
from customhouse.record.lanes import Lane
from customhouse.record.parcel import Consolidation
from customhouse.record.targeting import Threshold
from customhouse.registry.models_kept import OnLine
from customhouse.stream.parcels import marks
from customhouse.stream.parcels.kernel import FILE, HISTORY, REFUSED, REPEATED, Eyes, Kernel, answer
from customhouse.stream.parcels.lanes import LANES
from customhouse.stream.parcels.scores import Live, Speaking, rows

OF = Consolidation("XM100000009", "MORNING", "XM000040", "5", "XM")
THRESHOLDS = (
    Threshold(Lane.YELLOW, 0.3), Threshold(Lane.RED, 0.45, office="XM000040"), Threshold(Lane.RED, 0.0, office="XM000099"),
    Threshold(Lane.BLUE, 150.0, "revenue"),
)  # fmt: skip


@pytest.fixture(scope="module")
def law() -> Any:
    return embedded_book().on(date(2026, 11, 26))


@pytest.fixture(scope="module")
def model(law: Any) -> Model:
    return trained(law, OF, 3)


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
    facts = facts_of(law, OF, v)
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
