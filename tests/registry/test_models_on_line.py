"""A model's life in a house: trained, on trial, published by two, asked on the line, watched while the world drifts, followed, gone back to."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import ProgrammingError, connection, transaction
from msgspec.structs import replace
from papers import BROKER, RED, paper, reference, rows
from tests.registry.small import small_trees

from customhouse.clearance import compare, drift, learn, nearest, scorer, sight
from customhouse.clearance.examine import examine
from customhouse.clearance.learn import Case, Trained
from customhouse.clearance.lodge import lodge, lodge_read
from customhouse.clearance.target import change_lane
from customhouse.house import practice
from customhouse.labs.targeting import file as model_file
from customhouse.labs.targeting import judge, lodged
from customhouse.labs.targeting.fault import TargetingProblem
from customhouse.offices.risk.told import BY_ANALYSIS, told_to_the_trade
from customhouse.record.acts import LaneChanged
from customhouse.record.codec import encode
from customhouse.record.declaration import Declaration, HoldKind, Role, Stage
from customhouse.record.facts import assessed_facts
from customhouse.record.history import HistoryFacts
from customhouse.record.lanes import Lane
from customhouse.record.targeting import ModelState, ModelStep, Threshold
from customhouse.registry import blobs, courses, decided, models_kept, reader
from customhouse.registry.models_kept import ModelFault
from customhouse.registry.watch import Watch
from customhouse.simulator import file

pytestmark = pytest.mark.usefixtures("house")
YELLOW = (Threshold(Lane.YELLOW, 0.001),)
RARELY = (Threshold(Lane.YELLOW, 0.999999),)


@pytest.fixture(scope="module")
def past(django_db_setup: None, django_db_blocker: Any) -> list[Case]:
    with django_db_blocker.unblock():
        return practice.cases(900, datetime.now(UTC).date())


@pytest.fixture(scope="module")
def trained(past: list[Case]) -> Trained:
    return learn.train(past, simulated=True, make=small_trees)


@pytest.fixture(autouse=True)
def bare_line(house: None) -> Iterator[None]:
    """No model speaks before or after a test."""
    clear()
    yield
    clear()


def clear() -> None:
    for m in models_kept.models():
        if m.proposal:
            models_kept.take(m.digest, ModelStep.WITHDRAWN, by="t", at=now(), reason="test")
        if m.state in (ModelState.LIVE, ModelState.SHADOW):
            models_kept.take(m.digest, ModelStep.RETIRED, by="t", at=now(), reason="test")
    scorer.shelf.line_up(())
    scorer.shelf.forget()


def now() -> datetime:
    return datetime.now(UTC)


def kept(trained: Trained, by: str = "anna") -> str:
    return models_kept.register(trained.data, trained.card, trained.facts, by=by, at=now())


def take(digest: str, step: ModelStep, by: str = "anna", thresholds: Any = ()) -> Any:
    found = models_kept.take(digest, step, by=by, at=now(), reason="because", thresholds=thresholds)
    scorer.shelf.forget()
    return found


def published(trained: Trained, thresholds: Any = YELLOW) -> str:
    digest = kept(trained)
    take(digest, ModelStep.PROPOSED, "anna", thresholds)
    take(digest, ModelStep.PUBLISHED, "sven")
    return digest


def lodged_now(**said: Any) -> Declaration:
    told = json.loads(paper(reference(), example=RED)) | said
    found = lodge(json.dumps(told).encode(), by=BROKER).declaration
    assert found is not None and found.selection is not None
    return found


# --- versions ---------------------------------------------------------------------------------------------------------


def test_it_takes_two_to_publish(trained: Trained) -> None:
    digest = kept(trained)
    assert kept(trained) == digest and models_kept.one(digest[:10]).state is not ModelState.LIVE
    with pytest.raises(ModelFault, match="nobody has proposed it"):
        take(digest, ModelStep.PUBLISHED, "sven")
    take(digest, ModelStep.PROPOSED, "anna", YELLOW)
    with pytest.raises(ModelFault, match="another person must approve"):
        take(digest, ModelStep.PUBLISHED, "Anna")
    with pytest.raises(ModelFault, match="has proposed it already"):
        take(digest, ModelStep.PROPOSED, "sven", YELLOW)
    model = take(digest, ModelStep.PUBLISHED, "sven")
    assert (model.state, model.thresholds, model.proposal) == (ModelState.LIVE, YELLOW, None)


@pytest.mark.parametrize(
    ("thresholds", "why"),
    [
        ((Threshold(Lane.GREEN, 0.5),), "YELLOW or RED"),
        ((Threshold(Lane.RED, 1.5),), "above 0 and up to 1"),
        ((Threshold(Lane.RED, float("nan")),), "above 0 and up to 1"),
        ((Threshold(Lane.RED, -5, "revenue"),), "above 0"),
    ],
)
def test_thresholds_that_make_no_sense_are_refused(trained: Trained, thresholds: Any, why: str) -> None:
    with pytest.raises(ModelFault, match=why):
        take(kept(trained), ModelStep.PROPOSED, "anna", thresholds)


def test_a_step_says_why_and_a_proposal_at_which_score(trained: Trained) -> None:
    digest = kept(trained)
    with pytest.raises(ModelFault, match="who takes it and why"):
        models_kept.take(digest, ModelStep.RETIRED, by="anna", at=now(), reason=" ")
    with pytest.raises(KeyError):
        models_kept.one("00")


def test_what_was_recorded_stays(trained: Trained) -> None:
    kept(trained)
    for table in ("targeting_model", "targeting_step"):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"delete from {table}")
    with transaction.atomic(), reader.reading(reader.Reader(writes=True, traders=(BROKER,))):
        assert rows("select count(*) from targeting_model")[0][0] == 0


# --- on the line ------------------------------------------------------------------------------------------------------


def test_the_line_asks_and_says_why(trained: Trained) -> None:
    assert sight.scorer() is None
    digest = published(trained)
    d = lodged_now()
    assert d.selection is not None and d.selection.model == digest and d.selection.score is not None
    mine = [r for r in d.selection.reasons if r.rule == "model"]
    assert mine and all(r.confidential and r.source == digest for r in mine)
    assert "find is likely" in mine[0].text and len(mine) > 1
    assert BY_ANALYSIS in told_to_the_trade(d.selection.reasons)
    assert not any(r.rule == "model" for r in told_to_the_trade(d.selection.reasons))
    assert d.selection.history is not None


def test_a_score_can_be_explained_again_on_appeal(trained: Trained) -> None:
    published(trained)
    d = lodged_now()
    then = decided.one(d.id)
    assert then is not None and then.selection.score is not None
    again = scorer.explained_again(then)
    assert again["probability"] == pytest.approx(then.selection.score, abs=1e-12)
    assert again["margin"] == pytest.approx(again["usual"] + sum(r["adds"] for r in again["every"]), abs=1e-4)


def test_the_shadow_sets_no_lane(trained: Trained) -> None:
    digest = kept(trained)
    take(digest, ModelStep.SHADOWED, "anna", (Threshold(Lane.RED, 0.000001),))
    d = lodged_now()
    assert d.selection is not None and (d.selection.model, d.selection.score) == ("", None)
    assert f"{digest} RED" in d.selection.shadow
    assert not any(r.rule == "model" for r in d.selection.reasons)


def test_a_threshold_of_an_office_is_for_that_office() -> None:
    there = (Threshold(Lane.RED, 0.5, office="XM000010"), Threshold(Lane.YELLOW, 1000.0, "revenue"))
    assert scorer.lane_of(there, 0.6, 0, "XM000010") is Lane.RED
    assert scorer.lane_of(there, 0.6, 0, "XM000020") is Lane.GREEN
    assert scorer.lane_of(there, 0.1, 1000.0, "XM000020") is Lane.YELLOW


def test_a_process_that_watches_follows_what_is_published(trained: Trained) -> None:
    digest = published(trained)

    async def lives() -> None:
        watch = Watch(os.environ["CUSTOMHOUSE_DATABASE_URL"], (scorer.shelf,))
        assert sight.scorer_held() is None
        await watch.start()
        try:
            assert sight.scorer_held() is not None and scorer.shelf.on_line[0].digest == digest
            await sync_to_async(models_kept.take)(digest, ModelStep.RETIRED, by="sven", at=now(), reason="because")
            async with asyncio.timeout(5):
                while sight.scorer_held() is not None:
                    await asyncio.sleep(0.01)
        finally:
            await watch.stop()

    asyncio.run(lives())


# --- bad input --------------------------------------------------------------------------------------------------------


def bad_line(d: Declaration, **changes: Any) -> Any:
    """What the scorer says of a declaration whose facts are as bad as `changes`."""
    header, items = assessed_facts(d, HistoryFacts())
    return scorer.shelf.scorer()(d, header, [replace(i, **changes) for i in items])  # type: ignore[misc]


@pytest.mark.parametrize(
    "changes",
    [
        {"code": "", "origin": "", "item_dispatch": ""},
        {"code": "ＮＡＮ", "origin": "??", "tax_types": frozenset({"\x00"})},
        {"customs_value": 10**40, "net_mass": 10**40},
        {"customs_value": -5, "net_mass": -1, "duty": -7},
        {"customs_value": 0, "net_mass": 0, "duty": 10**30},
    ],
)
def test_nothing_that_is_declared_stops_the_scorer(trained: Trained, changes: dict[str, Any]) -> None:
    published(trained)
    found = bad_line(lodged_now(), **changes)
    assert found.failed == "" and len(found.findings) == 1
    assert 0 <= found.findings[0].score <= 1 and found.novelty_ppm >= 0
    absurd = any(abs(v) > 10**20 or v < 0 for v in changes.values() if isinstance(v, int))
    assert any("cannot be true" in r.text for r in found.findings[0].reasons) == absurd


def test_what_was_never_seen_is_new(trained: Trained) -> None:
    published(trained)
    d = lodged_now()
    usual, new = bad_line(d), bad_line(d, code="99999999", origin="QQ")
    assert new.novelty_ppm > usual.novelty_ppm


def test_a_tampered_file_does_not_become_live_and_is_told_where_it_is(
    trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = kept(trained)
    take(digest, ModelStep.PROPOSED, "anna", YELLOW)
    monkeypatch.setattr(blobs.store, "get", lambda _: trained.data.replace(b'"rows":', b'"rows": '))
    with pytest.raises(ModelFault, match="was changed in the store"):
        take(digest, ModelStep.PUBLISHED, "sven")
    monkeypatch.undo()
    take(digest, ModelStep.PUBLISHED, "sven")
    monkeypatch.setattr(blobs.store, "get", lambda _: trained.data[:-1])
    d = lodged_now()
    assert d.selection is not None and "was changed in the store" in d.selection.blind
    assert d.selection.random_share_ppm == 50_000 and d.selection.model == ""
    assert drift.look_after(now()) == 1 and drift.look_after(now()) == 0  # told once
    (report,) = [w for w in models_kept.open_alarms() if w.digest == digest and w.report.alarms[0].kind == "scorer"][:1]
    models_kept.answer_alarms(report.id, by="sven", at=now(), reason="restored")
    assert report.id not in [w.id for w in models_kept.open_alarms()]


def test_a_file_of_another_version_is_refused(trained: Trained) -> None:
    other = trained.data.replace(b'"version":1,', b'"version":9,', 1)
    digest = models_kept.register(other, trained.card, trained.facts, by="anna", at=now())
    take(digest, ModelStep.PROPOSED, "anna", YELLOW)
    take(digest, ModelStep.PUBLISHED, "sven")
    d = lodged_now()
    assert d.selection is not None and "made by another version" in d.selection.blind
    with pytest.raises(TargetingProblem, match="another version"):
        model_file.read(other)


def test_a_house_without_the_extra_says_so(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    import builtins

    real = builtins.__import__

    def without(name: str, *args: Any, **more: Any) -> Any:
        if name.startswith("customhouse.labs.targeting"):
            raise ModuleNotFoundError("No module named 'numpy'", name="numpy")
        return real(name, *args, **more)

    published(trained)
    monkeypatch.setattr(builtins, "__import__", without)
    d = lodged_now()
    assert d.selection is not None and "numpy is missing" in d.selection.blind
    assert d.selection.random_share_ppm == 50_000


def test_a_broken_model_in_the_shadow_blinds_nobody(trained: Trained) -> None:
    digest = models_kept.register(b"{}", "card", trained.facts, by="anna", at=now())
    take(digest, ModelStep.SHADOWED, "anna", YELLOW)
    d = lodged_now()
    assert d.selection is not None and d.selection.blind == "" and d.selection.shadow == ()


# --- learning ---------------------------------------------------------------------------------------------------------


def test_rows_on_the_line_and_in_training_are_the_same(trained: Trained) -> None:
    published(trained)
    d = lodged_now()
    then = decided.one(d.id)
    assert then is not None
    model = model_file.read(trained.data)
    assert judge.judge(model, learn.case(then).rows).probability == then.selection.score


def test_a_label_names_the_item_that_was_wrong(past: list[Case]) -> None:
    found = [c for c in past if c.decided.result is not None and c.decided.result.conclusion == "discrepancy"]
    assert found and all(r.found == 1 for c in found for r in c.rows)
    assert all(
        r.found == 0 for c in past if c.decided.result and c.decided.result.conclusion == "conform" for r in c.rows
    )


def test_the_chance_to_be_looked_at_is_known(past: list[Case]) -> None:
    by_lot = [c for c in past if c.decided.selection.lane is Lane.GREEN]
    assert by_lot and all(c.propensity == pytest.approx(practice.LOT_PPM / 1e6) for c in by_lot)
    assert all(c.propensity == 1 for c in past if set(c.why) - {"random", "explore"})


def test_the_card_is_honest(trained: Trained) -> None:
    assert "Trained on simulated data" in trained.card and "importer_finds_365" in trained.card
    assert trained.facts.source == "simulated" and trained.facts.baseline.features
    assert hashlib.sha256(trained.data).hexdigest() in trained.card


def test_the_nearest_past_cases(trained: Trained, past: list[Case]) -> None:
    model = model_file.read(trained.data)
    examined = [c for c in past if c.decided.result is not None]
    asked = examined[-1]
    found = nearest.among(model, asked, examined, 5)
    assert len(found) == 5 and asked.decided.declaration.id not in [n.number for n in found]
    assert [n.distance for n in found] == sorted(n.distance for n in found)
    assert all(n.at < asked.decided.at for n in found) and all(n.alike for n in found if n.distance < 0.5)


# --- the life of a model ----------------------------------------------------------------------------------------------


def test_a_model_is_published_the_world_drifts_it_is_followed_and_gone_back_to(
    trained: Trained, past: list[Case]
) -> None:
    """The journey: publish, drift provoked by the simulator, alarm, retrain, compare, publish, go back."""
    first = published(trained, RARELY)
    recorded(150, now() - timedelta(days=20), spoil=False)
    calm = drift.watch(first, now() - timedelta(days=6))  # what other tests declared today is none of its trade
    assert not [a for a in calm.alarms if a.kind in ("performance",)]
    recorded(220, now() - timedelta(days=6), spoil=True)
    report = drift.watch(first, now(), days=10)
    kinds = {a.kind for a in report.alarms}
    assert "population" in kinds and report.rows >= 200
    assert models_kept.open_alarms()[0].report.alarms == report.alarms

    told = learn.cases(now() - timedelta(days=30), now(), examined=True)
    second = learn.train(told, make=small_trees, seed=2)
    candidate = kept(second)
    assert candidate != first and second.facts.source == "register"
    old, new = compare.side_by_side([first, candidate], now(), 30, YELLOW)
    assert old.rows == new.rows > 0 and new.offices
    assert (old.learned_from, new.learned_from) == (0, new.rows)  # the second one learned from them: it is said so
    take(candidate, ModelStep.SHADOWED, "anna", RARELY)
    assert f"{candidate} GREEN" in (lodged_now().selection or Any).shadow
    take(candidate, ModelStep.PROPOSED, "anna", RARELY)
    take(candidate, ModelStep.PUBLISHED, "sven")
    assert (models_kept.one(first).state, models_kept.one(candidate).state) == (ModelState.RETIRED, ModelState.LIVE)
    assert (lodged_now().selection or Any).model == candidate
    after = drift.report_of(models_kept.one(candidate), model_file.read(second.data), now(), 10)
    assert abs(after.calibration_gap or 0) < abs(report.calibration_gap or 0)

    take(first, ModelStep.ROLLED_BACK, "sven")
    assert (models_kept.one(first).state, models_kept.one(candidate).state) == (ModelState.LIVE, ModelState.RETIRED)
    assert models_kept.one(first).thresholds == RARELY
    assert (lodged_now().selection or Any).model == first


def recorded(many: int, start: datetime, *, spoil: bool) -> None:
    """Simulated trade lodged and examined in the register; spoiled, it is worth ten times as much and weighs a tenth."""
    world = practice.world(41 if spoil else 1, start.date())
    world.traders = tuple(replace(t, weekly=t.weekly * 3) if t.fraud and spoil else t for t in world.traders)
    for shipment in practice.trade(world, many):
        if spoil:
            lines = tuple(replace(x, price=x.price * 10, net=x.net / 10) for x in shipment.lines)
            shipment = replace(shipment, lines=lines)
        filing = file(shipment)
        paper_ = replace(filing.lodgement, lrn=reference())
        done = lodge_read(paper_, encode(paper_), by=paper_.declarant_id, format="json", at=min(shipment.at, now()))
        d = done.declaration
        if d is not None and d.stage is Stage.ROUTED:
            found = practice.examination(filing)
            if d.hold(HoldKind.INSPECTION) is None:
                change_lane(d.id, LaneChanged(Lane.RED, "looked at for the test"), by="o", role=Role.OFFICER)
            examine(d.id, found.conclusion, found.text, by="e", role=Role.EXAMINER, discrepancies=found.discrepancies)
        courses.read_on()


def test_a_budget_becomes_a_threshold(trained: Trained, past: list[Case]) -> None:
    model = model_file.read(trained.data)
    asked = compare.ask(model, past)
    offices = {a.office for a in asked}
    cuts = compare.budget(asked, dict.fromkeys(offices, 2))
    days = compare.days_of(asked)
    for one in compare.at_offices(asked, cuts, days):
        assert 0 < one.chosen <= 2 * days + 1 or one.declarations <= 2 * days
    with pytest.raises(ModelFault, match="decided on nothing"):
        compare.budget(asked, {"XX": 3})
    assert lodged.hs_of("64-0299") == "640299"
