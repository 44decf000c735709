"""The desk of alarms and the desk of traders: what is shown to whom, decided, confirmed by a second person, undone."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from django.test import Client
from tests.registry.screened import OSTREK, VANTORR, counting, lodged

from customhouse.clearance import traders
from customhouse.record.declaration import Declaration, HoldKind, Stage
from customhouse.record.entity import record_of
from customhouse.record.lanes import Lane
from customhouse.registry import entities, files, party_decisions, people
from customhouse.registry.demo import PASSWORD
from customhouse.registry.models import User

pytestmark = pytest.mark.usefixtures("house")
Desk = Callable[..., Client]
_run = uuid.uuid4().hex[:4]


@pytest.fixture(autouse=True)
def _listed() -> Iterator[None]:
    with counting(VANTORR, OSTREK):
        yield


def alarmed(name: str = "Vantor Quil Shipping AG") -> tuple[Declaration, str]:
    d = lodged(exporter=name)
    assert d.screened is not None
    return d, d.screened.alarms[0].key


def decide(client: Client, d: Declaration, key: str, verdict: str = "other", reason: str = "Another town", **more: str):
    return client.post(f"/declaration/{d.id}/alarm", {"alarm": key, "verdict": verdict, "reason": reason, **more})


def test_an_officer_sees_both_names_and_why(desk: Desk) -> None:
    d, _ = alarmed()
    for where in ("/alarms", f"/declaration/{d.id}"):
        page = desk("officer").get(where).content.decode()
        for told in (
            "Vantor Quil Shipping AG",
            "Vantorr Quill Shipping GmbH",
            "Вантор Квилл",
            "Q-1",
            "Own, arms",
            "2026-01-02",
        ):
            assert told in page, told
        assert "it sounds the same" in page and "The legal forms are of two kinds" in page


def test_the_trade_is_shown_nothing_of_it(desk: Desk) -> None:
    d, key = alarmed()
    for name in ("broker", "trader", "carrier", "vet"):
        assert desk(name).get("/alarms").status_code == 403
        assert decide(desk(name), d, key).status_code in (403, 404)
    page = desk("broker").get(f"/declaration/{d.id}").content.decode()
    assert "Vantorr" not in page and "Parties looked up" not in page and "watch list" not in page
    assert "The parties of the declaration are being checked" in page


def test_another_party_lets_the_goods_go(desk: Desk) -> None:
    d, key = alarmed()
    answer = decide(desk("officer"), d, key)
    assert (answer.status_code, answer["Location"]) == (302, "/alarms")
    assert files.get(d.id).stage is Stage.RELEASED
    page = desk("officer").get(f"/declaration/{d.id}").content.decode()
    assert "Party decided" in page and "Another town" in page
    assert "Party decided" not in desk("broker").get(f"/declaration/{d.id}").content.decode()


def test_the_same_party_makes_the_lane_red(desk: Desk) -> None:
    d, key = alarmed()
    assert decide(desk("officer"), d, key, "same", **{"from": "declaration"})["Location"].startswith("/declaration/")
    after = files.get(d.id)
    assert after.lane is Lane.RED and after.hold(HoldKind.PARTY) is not None
    assert decide(desk("officer"), d, key).status_code == 422  # changed by a supervisor only
    assert decide(desk("supervisor"), d, key).status_code == 302
    assert files.get(d.id).hold(HoldKind.PARTY) is None


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"reason": "   "}, "A decision needs a reason"),
        ({"verdict": ""}, "Say whether it is the same party or another"),
        ({"verdict": "perhaps"}, "Say whether it is the same party or another"),
        ({"alarm": "no such"}, "Not possible now"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(desk: Desk, changes: dict[str, str], fault: str) -> None:
    d, key = alarmed()
    answer = desk("officer").post(
        f"/declaration/{d.id}/alarm", {"alarm": key, "verdict": "other", "reason": "Typed \x00 reason", **changes}
    )
    page = answer.content.decode()
    assert answer.status_code == 422 and fault in page
    if "reason" not in changes and "alarm" not in changes:
        assert "Typed  reason" in page
    assert files.get(d.id).hold(HoldKind.PARTY) is not None


def test_two_persons_make_a_pair_known(desk: Desk) -> None:
    name = f"Vantorr Quil Shiping {_run}"
    d, key = alarmed(name)
    decide(desk("supervisor"), d, key, for_good="1")
    page = desk("supervisor").get("/alarms").content.decode()
    assert "You proposed it; another supervisor confirms." in page
    told = {"pair": key, "does": "confirm", "reason": "Seen the register of firms"}
    assert desk("officer").post("/alarms/pair", told).status_code == 403
    desk("supervisor").post("/alarms/pair", told)
    assert key not in party_decisions.known()
    second = f"second-{_run}"
    if not User.objects.filter(username=second).exists():
        User.objects.create_user(username=second, password=PASSWORD, role="supervisor", language="en")
    desk(second).post("/alarms/pair", told)
    assert key in party_decisions.known()
    assert lodged(exporter=name).stage is Stage.RELEASED
    assert name in desk("supervisor").get("/alarms").content.decode()
    desk("supervisor").post("/alarms/pair", {**told, "does": "withdraw"})
    assert lodged(exporter=name).hold(HoldKind.PARTY) is not None
    assert desk("supervisor").post("/alarms/pair", {**told, "does": "else"}).status_code == 404


def test_without_a_list_the_page_says_how_to_take_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from customhouse.desks.views import parties

    monkeypatch.setattr(parties.watch_lists, "counting", lambda: ())
    monkeypatch.setattr(parties.party_decisions, "waiting", lambda *_: ())
    assert "customhouse names load FILE" in desk("officer").get("/alarms").content.decode()
    assert desk("officer").get("/alarms?after=x").status_code == 200


# --- traders ---------------------------------------------------------------------------------------------------------


def proposed(word: str) -> list[str]:
    names = [f"{word} {_run} Lanterns GmbH", f"{word} {_run} Lantern GmbH"]
    for name in names:
        lodged(exporter=name)
    while traders.gather():
        pass
    traders.propose()
    return [record_of(name=name, country="DE") for name in names]


def test_a_clerk_confirms_and_splits_and_undoes(desk: Desk) -> None:
    one, other = proposed("Zephyrine")
    page = desk("officer").get("/traders").content.decode()
    assert f"Zephyrine {_run} Lanterns GmbH" in page and "The addresses are alike" in page
    told = {"record": [one, other], "chosen": [one, other], "reason": "One seal", "does": "confirm"}
    assert desk("officer").post("/traders/decide", told).status_code == 302
    assert len(set(entities.entities_of([one, other]).values())) == 1
    page = desk("officer").get("/traders").content.decode()
    assert "Traders of several records" in page and "One seal" in page
    assert desk("officer").post("/traders/decide", {**told, "does": "undo", "reason": "No"}).status_code == 302
    assert len(set(entities.entities_of([one, other]).values())) == 2
    desk("officer").post("/traders/decide", {**told, "chosen": [one], "does": "split"})
    assert desk("officer").post("/traders/decide", told).status_code == 302  # the last word holds
    assert len(set(entities.entities_of([one, other]).values())) == 1


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"reason": ""}, "A decision needs a reason"),
        ({"chosen": []}, "Choose two records or more"),
        ({"does": "split", "chosen": []}, "Choose the records that are another"),
        ({"does": ""}, "Choose what to do"),
        ({"record": ["N:NOBODY"], "chosen": ["N:NOBODY"]}, "A record is not there any more"),
    ],
)
def test_a_decision_about_traders_that_lacks_something_is_not_taken(
    desk: Desk, changes: dict[str, object], fault: str
) -> None:
    one, other = proposed("Marigold")
    told = {"record": [one, other], "chosen": [one, other], "reason": "One seal", "does": "confirm", **changes}
    answer = desk("officer").post("/traders/decide", told)
    assert answer.status_code == 422 and fault in answer.content.decode()
    assert len(set(entities.entities_of([one, other]).values())) == 2


def test_what_would_join_two_that_were_split_is_refused(desk: Desk) -> None:
    one, other = proposed("Orchid")
    (third,) = [record_of(name=f"Orchid {_run} Works GmbH", country="DE")]
    lodged(exporter=f"Orchid {_run} Works GmbH")
    while traders.gather():
        pass
    at = datetime.now(UTC)
    entities.split([one], [third], "Two firms", by="officer", at=at)
    entities.confirm([one, other], "One seal", by="officer", at=at)
    told = {"record": [other, third], "chosen": [other, third], "reason": "One seal", "does": "confirm"}
    answer = desk("officer").post("/traders/decide", told)
    assert answer.status_code == 422 and "were found to be two traders" in answer.content.decode()


def test_traders_are_for_customs(desk: Desk) -> None:
    assert desk("broker").get("/traders").status_code == 403
    assert desk("auditor").get("/traders").status_code == 200
    assert desk("auditor").post("/traders/decide", {}).status_code == 403
    assert people.traders()
