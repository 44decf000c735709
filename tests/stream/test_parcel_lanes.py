"""Lanes and refusals in columns: the offices' own words, once for each combination, and a disagreement that stops the work."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")

from bench.equal import KEY, ODD, OF, Twins, officers, rows_of, sendable

from customhouse.clearance.parcel import judged_as, walked
from customhouse.law.selectivity import NO_SELECTIVITY
from customhouse.offices.risk import Finding, Scored
from customhouse.record.declaration import Reason
from customhouse.record.history import NO_HISTORY
from customhouse.record.lanes import Lane
from customhouse.record.parcel import Parcel
from customhouse.simulator.parcels import parcels
from customhouse.stream.parcels import marks
from customhouse.stream.parcels.day import Day
from customhouse.stream.parcels.facts import ParcelFacts
from customhouse.stream.parcels.kernel import FILE, REFUSED
from customhouse.stream.parcels.lanes import LANES, Lanes, Scores, grouped
from customhouse.stream.parcels.rulebook import Disagreement

PLAIN = tuple(parcels(40, "lanes"))


@pytest.fixture(scope="module")
def twins() -> Twins:
    return Twins()


@st.composite
def wild_parcels(draw: st.DrawFn) -> Parcel:
    """A plain parcel with any of its fields holding something unusual, or words of any kind."""
    parcel = draw(st.sampled_from(PLAIN))
    changed = draw(st.lists(st.sampled_from(sorted(ODD)), max_size=4, unique=True))
    parcel = replace(parcel, **{name: draw(st.sampled_from(ODD[name])) for name in changed})
    words = draw(st.sampled_from(("", "description", "consignee", "consignor", "reference")))
    text = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=50)
    return sendable(replace(parcel, **{words: draw(text).strip() or "x"}) if words else parcel)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(wild_parcels(), min_size=1, max_size=12), st.integers(1, 1 << 20))
def test_columns_and_the_line_say_the_same_of_every_row_whatever_its_lane(
    twins: Twins, made: list[Parcel], number: int
) -> None:
    found = twins.judged(made, number)
    assert list(twins.differences(found, 1.0)) == []


def test_columns_settle_nearly_all_that_is_not_green_without_the_line(twins: Twins) -> None:
    asked: list[int] = []
    line = twins.kernel.line
    twins.kernel.line = lambda n, *rest: asked.append(n) or line(n, *rest)  # type: ignore[func-returns-value]
    try:
        found = twins.judged(list(parcels(1500, "few")), 5)
    finally:
        twins.kernel.line = line
    flagged = int(np.isin(found.verdict, (FILE, REFUSED)).sum())
    assert flagged > 200 and len(asked) < flagged / 10
    assert len(found.files) <= len(asked) and set(found.lane) >= {lane.value for lane in Lane}


def test_a_refusal_shows_what_was_declared_and_all_that_is_wrong(twins: Twins) -> None:
    one = next(parcels(1, "shown"))
    made = [
        replace(one, reference="A", code="12", description="gift"),
        replace(one, reference="B", code="34", description="gift"),
        replace(one, reference="C", code="12", description="gift"),
        replace(one, reference="D", code="12"),
    ]
    found = twins.judged(made, 9)
    assert found.told[0] == found.told[2] != found.told[1] and found.told[3] != found.told[0]
    said = [msgspec.json.decode(found.told[n]) for n in range(4)]
    assert {p["value"] for p in said[0]} >= {"12", "gift"} and {p["value"] for p in said[1]} >= {"34", "gift"}
    assert not list(twins.differences(found))


@pytest.mark.parametrize("failed", ["", "the model is being opened"])
def test_the_score_of_a_model_sets_the_lane_as_on_the_line(twins: Twins, failed: str) -> None:
    """With scores in columns, and the same findings on the line, row by row."""
    made = list(parcels(300, "scores"))
    rows, chance = rows_of(made), np.random.default_rng(4)
    numbers = np.arange(1, 301)
    drawn = marks.draws(KEY, numbers)
    scores = Scores(
        chance.integers(0, len(LANES), 300) * (chance.random(300) < 0.3), chance.integers(0, 4_000_000, 300), failed
    )
    lanes = Lanes(twins.context.law, officers(), twins.kernel.rulebook)
    found = twins.judged(made, 3)
    known = {"customs_value": found.value, "duty": found.duty, "payable": found.payable, **found.history}
    facts = ParcelFacts(rows, OF, twins.context.law, known)
    settled = lanes.settle(facts, found.verdict != REFUSED, drawn, scores)
    said = {int(n): settled.said[k] for n, k in zip(settled.at, settled.which, strict=True)}
    asked, by_the_line = 0, {new.declaration.id for new in found.files}
    for n in np.flatnonzero((found.verdict != REFUSED) & (found.verdict != 4)).tolist():

        def score(*_: Any, n: int = n) -> Scored:
            lane = LANES[int(scores.lane[n])]
            why = (Reason("model", f"{n}", 0, "m", confidential=True),) if lane is not Lane.GREEN else ()
            return Scored((Finding(0.4, lane, why, "m"),), (), int(scores.novelty_ppm[n]), failed)

        context = replace(twins.context, score=score)
        history = replace(NO_HISTORY, **{name: int(column[n]) for name, column in found.history.items()})
        draws = int(drawn[0][n]), int(drawn[1][n])
        judged = judged_as(*walked(int(numbers[n]), rows.parcel(n), OF, context, history, draws))
        if int(found.number[n]) in by_the_line:
            continue
        one = said.get(n, lanes.nothing)
        assert (one.lane, one.told, one.rests) == (judged.lane, judged.told, judged.rests), made[n]
        asked += 1
    assert asked > 150 and len({one.lane for one in said.values()}) == len(LANES)


def test_rows_are_grouped_by_what_is_true_of_them() -> None:
    at = np.array([1, 3, 4, 6])
    first, which, keys = grouped(at, [np.array([1, 4]), np.array([0, 4, 6])], [np.array([7, 7, 7, 8])], 8)
    assert len(keys) == len(set(keys)) == 4 and sorted(at[first].tolist()) == [1, 3, 4, 6]
    again = grouped(np.array([2, 5]), [np.array([2, 5]), np.array([2, 5])], [np.array([7, 7])], 6)
    assert again[1].tolist() == [0, 0] and again[2][0] == keys[which[2]]
    assert grouped(np.array([2, 5]), [], [], 6)[1].tolist() == [0, 0]


@pytest.mark.parametrize("what", ["lane", "told", "refusal"])
def test_a_lane_or_a_reason_that_the_line_does_not_give_stops_the_work(twins: Twins, what: str) -> None:
    line = twins.kernel.line

    def other(*asked: Any) -> Any:
        judged = line(*asked)
        if judged.refused:
            return replace(judged, told=judged.told.replace("rule", "Rule")) if what == "refusal" else judged
        if what == "lane" and judged.lane == "YELLOW":
            return replace(judged, lane="RED")
        return replace(judged, told=judged.told.replace("random", "by lot")) if what == "told" else judged

    made = list(parcels(3000, "stops"))
    if what == "refusal":
        made = [replace(p, description="gift") for p in made]
    wrong = Twins(NO_SELECTIVITY if what == "told" else officers())
    wrong.kernel.line = other
    if what == "told":
        wrong.kernel.lanes.law.random_share_ppm = 900_000
    try:
        with pytest.raises(Disagreement, match="columns say"):
            wrong.kernel.judge(rows_of(made), 3, Day())
    finally:
        wrong.context.law.random_share_ppm = 30_000
