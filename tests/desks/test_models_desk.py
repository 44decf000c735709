"""The analyst's desk: what is shown of models, who may do what with them, and what a mistake is answered with."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime

import msgspec
import pytest
from django.core.cache import cache
from django.test import Client
from lxml import html
from msgspec.structs import replace
from tests.stream.test_backtest import DAY, one

from customhouse.clearance import scorer
from customhouse.clearance.tried import Asked
from customhouse.desks import model_impact
from customhouse.desks.views import risk_models as page
from customhouse.labs.targeting import drift
from customhouse.offices.risk.backtest import Limits, Trial, backtest
from customhouse.offices.risk.tally import Hit
from customhouse.record.lanes import Lane
from customhouse.record.targeting import (
    Baseline,
    CurvePoint,
    DriftAlarm,
    DriftReport,
    KeptModel,
    ModelFacts,
    ModelState,
    ModelStep,
    Threshold,
)
from customhouse.registry import models_kept
from customhouse.registry.models_kept import ModelFault

Desk = Callable[..., Client]
FACTS = ModelFacts(
    1200, 90, date(2026, 1, 1), date(2026, 6, 30), 1, "simulated", (), {"auc": 0.81, "p@5": 0.42}, {"auc": (0.78, 0.84)},
    {"by probability": tuple(CurvePoint(s, 0.5, s / 100) for s in (1, 2, 5, 10, 20, 30))}, ((0.1, 0.12), (0.4, 0.35)), Baseline(),
)  # fmt: skip


@pytest.fixture
def model(house: None) -> KeptModel:
    """A candidate whose file is no model: the pages show what is said of it all the same."""
    digest = models_kept.register(uuid.uuid4().bytes, "# Model card\n\nHonest <b>.", FACTS, by="operator", at=now())
    return models_kept.one(digest)


def now() -> datetime:
    return datetime.now(UTC)


def said(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return " ".join(" ".join(html.fromstring(answer.content.decode()).get_element_by_id("main").itertext()).split())


def press(client: Client, model: KeptModel, step: ModelStep, **typed: str) -> int:
    way = "decide" if step in page.SUPERVISORS else "step"
    return client.post(f"/risk/models/{model.digest}/{way}/{step.value}", {"reason": "because", **typed}).status_code


def state(model: KeptModel) -> ModelState:
    return models_kept.one(model.digest).state


@pytest.mark.parametrize("account", ["officer", "supervisor", "auditor"])
def test_customs_reads_the_card_with_its_curves(account: str, desk: Desk, model: KeptModel) -> None:
    client = desk(account, "en")
    assert model.digest[:12] in said(client, "/risk/models")
    told = said(client, f"/risk/models/{model.digest}")
    for words in (
        "0.810",
        "0.780 – 0.840",
        "Trained on simulated trade",
        "Honest <b>.",
        "1,200 examined goods items",
        "Candidate",
    ):
        assert words in told, words
    assert client.get(f"/risk/models/{model.digest}").content.count(b"<polyline") == 2
    assert "Not Found" in client.get("/risk/models/" + "0" * 64).reason_phrase


@pytest.mark.parametrize("account", ["broker", "examiner", "cashier"])
def test_nobody_else_does(account: str, desk: Desk, model: KeptModel) -> None:
    client = desk(account, "en")
    for address in ("/risk/models", f"/risk/models/{model.digest}", "/risk/models/drift", "/risk/models/compare"):
        assert client.get(address).status_code == 403
    assert press(client, model, ModelStep.SHADOWED) == 403


def test_an_auditor_reads_and_presses_nothing(desk: Desk, model: KeptModel) -> None:
    assert "What to do with it" not in said(desk("auditor", "en"), f"/risk/models/{model.digest}")
    assert press(desk("auditor", "en"), model, ModelStep.SHADOWED) == 403


def test_an_officer_proposes_and_a_supervisor_who_did_not_approves(desk: Desk, model: KeptModel) -> None:
    officer, supervisor = desk("officer", "en"), desk("supervisor", "en")
    assert press(officer, model, ModelStep.PROPOSED) == 422  # at which score?
    assert press(officer, model, ModelStep.PROPOSED, yellow="150") == 422
    assert press(officer, model, ModelStep.PROPOSED, yellow="many") == 422
    assert press(officer, model, ModelStep.PROPOSED, yellow="30", red="80", reason=" ") == 422
    assert press(officer, model, ModelStep.PROPOSED, yellow="30", red="80") == 302
    assert press(officer, model, ModelStep.PUBLISHED) == 403
    told = said(supervisor, f"/risk/models/{model.digest}")
    assert "officer proposed on" in told and "Approve and publish" in told
    assert press(supervisor, model, ModelStep.PUBLISHED) == 302
    assert state(model) is ModelState.LIVE
    assert [t.at_least for t in models_kept.one(model.digest).thresholds] == [0.3, 0.8]
    scorer.shelf.looked = 0.0
    scorer.shelf.renew()
    assert "This is no targeting model" in said(supervisor, "/risk/models")  # it says itself that it does not answer
    assert press(supervisor, model, ModelStep.RETIRED) == 302
    scorer.shelf.forget()


def test_a_supervisor_may_not_approve_what_it_proposed(desk: Desk, model: KeptModel) -> None:
    supervisor = desk("supervisor", "en")
    assert press(supervisor, model, ModelStep.PROPOSED, yellow="30") == 302
    assert "Approve and publish" not in said(supervisor, f"/risk/models/{model.digest}")
    assert press(supervisor, model, ModelStep.PUBLISHED) == 422
    assert press(supervisor, model, ModelStep.WITHDRAWN) == 302
    assert state(model) is ModelState.CANDIDATE


def test_thresholds_are_tried_out_and_a_broken_file_is_told(desk: Desk, model: KeptModel) -> None:
    assert "This is no targeting model" in said(desk("officer", "en"), f"/risk/models/{model.digest}?yellow=30")
    assert "Write each threshold as a number" in said(desk("officer", "en"), f"/risk/models/{model.digest}?yellow=x")
    assert "This is no targeting model" in said(desk("officer", "en"), f"/risk/models/compare?with={model.digest}")


def test_an_alarm_stands_until_it_is_answered(desk: Desk, model: KeptModel) -> None:
    alarm = DriftAlarm("population", "log_price", "log_price is spread otherwise", 1.4, 0.25)
    report = DriftReport(date(2026, 11, 1), date(2026, 11, 25), 900, 60, {"log_price": 1.4, "rate": 0.01}, 0.3, 0.2, {}, 0.4,
                         (0.0, 2.0, 9.0), ((0.1, 0.2, 12), (0.5, 0.4, 12)), -0.02, 3, (alarm,))  # fmt: skip
    watch = models_kept.keep_watch(model.digest, report, now())
    officer = desk("officer", "en")
    assert "log_price is spread otherwise" in said(officer, "/risk/models")
    told = said(officer, f"/risk/models/drift?model={model.digest}")
    assert "1 alarm" in told and "3 lanes were set without an answer" in told and "1.40" in told
    assert officer.post(f"/risk/models/drift/{watch}/answer", {"reason": ""}).status_code == 302
    assert watch in [w.id for w in models_kept.open_alarms()]
    assert officer.post(f"/risk/models/drift/{watch}/answer", {"reason": "prices rose"}).status_code == 302
    assert watch not in [w.id for w in models_kept.open_alarms()]
    assert "prices rose" in said(officer, f"/risk/models/drift?model={model.digest}")
    assert officer.post("/risk/models/drift/999999999/answer", {"reason": "x"}).status_code == 404


def test_the_limits_on_the_page_are_those_of_the_monitors() -> None:
    assert (drift.LIMITS["population"], drift.LIMITS["performance"]) == (page.PSI, page.CUSUM)
    assert drift.FEWEST == page.FEWEST


def test_what_a_model_would_do_is_asked_of_all_that_is_stored(desk: Desk, model: KeptModel) -> None:
    address = f"/risk/models/{model.digest}/impact"
    officer = desk("officer", "en")
    assert "Try it on what is stored" in said(officer, address)
    assert "Try it on what is stored" not in said(desk("auditor", "en"), address)
    assert desk("auditor", "en").post(f"{address}/try", {"yellow": "30"}).status_code == 403
    assert desk("broker", "en").get(address).status_code == 403
    assert "from which probability" in posted(officer, address, {}) and "as a number" in posted(
        officer, address, {"yellow": "x"}
    )
    wanted = model_impact.Wanted(model, (Threshold(Lane.YELLOW, 0.3),), "both", 1, "officer", now())
    with pytest.raises(ModelFault, match="no targeting model"):
        model_impact.begin(replace(wanted, at=datetime(2019, 1, 1, tzinfo=UTC)))
    past = backtest(
        [Trial("m", "importer != ''", Lane.YELLOW, "model", model.digest)],
        [one(1, lane=Lane.YELLOW), one(2)],
        {},
        limits=Limits(looks={"": 0, "XX01": 1}),
    )
    asked = (
        Asked(Hit(1, DAY, Lane.GREEN, 5), Lane.RED, 0.71, 9.0, ("Because of <this>",)),
        Asked(Hit(2, DAY, Lane.GREEN, 5), fault="it is gone"),
    )
    kept = model_impact.Answer(wanted.thresholds, past[0], asked, "officer", now(), 1.5, 0.5)
    cache.set(f"model-impact-{model.digest}", msgspec.json.encode(kept), 60)
    told = said(officer, address)
    for words in (
        "Because of <this>",
        "71.0 %",
        "it is gone",
        "in 1.5 s",
        "more than it can do",
        "Lane stays as it was",
        "With the model",
    ):
        assert words in told, words
    cache.set(f"model-tried-{model.digest}", {"done": 5, "of": 20}, 60)
    assert "5 of 20 are gone through" in said(officer, address)
    cache.set(f"model-tried-{model.digest}", {"fault": "no room"}, 60)
    assert "no room" in said(officer, address) and "no room" not in said(officer, address)


def posted(client: Client, address: str, typed: dict[str, str]) -> str:
    answer = client.post(f"{address}/try", typed)
    assert answer.status_code == 422
    return answer.content.decode()
