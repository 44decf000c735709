"""The desk of the risk office: writing, back-testing, two persons, bad input, French; and nothing of it reaches the trade."""

from __future__ import annotations

import html
import itertools
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from tests.registry import papers
from tests.registry.test_criteria import content, lived, withdrawn

from customhouse.api.fault import encode
from customhouse.clearance import criterion as office
from customhouse.clearance.answer import answer
from customhouse.clearance.context import context_now
from customhouse.clearance.event import events
from customhouse.clearance.lodge import lodge
from customhouse.clearance.notification import notifications
from customhouse.clearance.trial import try_out
from customhouse.desks import rule_backtest, rule_form
from customhouse.gates import json as json_gate
from customhouse.gates.wco_xml import response
from customhouse.record.criterion import Kind, RuleContent, Status, Step, status
from customhouse.record.declaration import Declaration, HoldKind, Role
from customhouse.record.lanes import Lane
from customhouse.registry import criterion_versions, feed, files, people, reader

assert withdrawn  # the fixture: nothing published stays
_count = itertools.count(1)
SECRET = "Zanzibar cartel, informant 7"
OFFICER = office.Actor("officer", Role.OFFICER)


def typed(**more: str) -> dict[str, str]:
    """The form of a rule about goods that no other test declares."""
    said = {
        "mode": "form", "applies": "import", "lane": "RED", "text_en": "Own rule of the desk", "text_fr": "Règle du bureau",
        "owner": "Test desk", "source": "Minute 1", "since": "", "until": f"{datetime.now(UTC).date() + timedelta(100)}",
        "c-1-fact": "description", "c-1-operator": "words", "c-1-value": f"purpleheart{next(_count)}", "do": "test",
    }  # fmt: skip
    return {**said, **more}


def posted(client: Client, **more: str) -> str:
    """A rule kept by the editor; its number."""
    answer = client.post("/risk/rules/new", typed(**more))
    assert answer.status_code == 302, answer.content.decode()[:4000]
    return str(answer["Location"].rsplit("/", 1)[1])


def does(client: Client, code: str, step: str, **more: Any) -> None:
    door = "decide" if step in ("APPROVED", "REFUSED", "LIVE") else "step"
    answer = client.post(f"/risk/{door}/rule/{code}", {"do": step, **more})
    assert answer.status_code == 302


def stands(code: str) -> Status:
    versions = criterion_versions.versions(Kind.RULE, code)
    return status(versions[-1], versions, datetime.now(UTC).date())


def test_a_rule_is_written_tested_tried_approved_by_another_and_published(desk: Callable[..., Client]) -> None:
    officer, supervisor = desk("officer"), desk("supervisor")
    code = posted(officer)
    assert stands(code) is Status.TESTED
    page = officer.get(f"/risk/rules/{code}").content.decode()
    assert "never-fires" in page or "no-past" in page
    warned = criterion_versions.get(Kind.RULE, code).warnings
    does(officer, code, "SHADOW")
    does(officer, code, "SUBMITTED")
    assert stands(code) is Status.SHADOW, "warnings were not confirmed"
    does(officer, code, "SUBMITTED", confirmed=list(warned))
    assert stands(code) is Status.SUBMITTED
    assert code in supervisor.get("/risk").content.decode()
    does(supervisor, code, "APPROVED")
    assert stands(code) is Status.SUBMITTED, "it stood in the shadow for no day, and no emergency was named"
    does(supervisor, code, "APPROVED", reason="Seizure this morning")
    does(supervisor, code, "LIVE")
    assert stands(code) is Status.LIVE
    does(supervisor, code, "WITHDRAWN", reason="over")
    assert stands(code) is Status.WITHDRAWN


def test_a_rule_that_parcels_cannot_be_held_against_is_not_put_on_trial_and_told_what_to_write(
    desk: Callable[..., Client],
) -> None:
    pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")
    officer = desk("officer")
    code = posted(officer, mode="text", expression="documents == header_documents and code == '99887766'")
    answer = officer.post(f"/risk/step/rule/{code}", {"do": "SHADOW"}, follow=True)
    page = html.unescape(answer.content.decode())
    assert f"Rule {code} cannot be asked of parcels" in page and 'meets(documents, "N935")' in page
    assert stands(code) is Status.TESTED


def test_an_officer_does_not_decide_and_nobody_decides_on_their_own(desk: Callable[..., Client]) -> None:
    officer, supervisor = desk("officer"), desk("supervisor")
    code = posted(supervisor)
    warned = list(criterion_versions.get(Kind.RULE, code).warnings)
    does(supervisor, code, "SUBMITTED", confirmed=warned)
    assert officer.post(f"/risk/decide/rule/{code}", {"do": "APPROVED", "reason": "x"}).status_code == 403
    assert officer.post(f"/risk/step/rule/{code}", {"do": "APPROVED", "reason": "x"}).status_code == 403
    page = supervisor.get(f"/risk/rules/{code}").content.decode()
    assert 'id="own"' in page and 'value="APPROVED"' not in page
    does(supervisor, code, "APPROVED", reason="mine")
    assert stands(code) is Status.SUBMITTED


def test_what_is_wrong_is_said_at_its_place_and_nothing_is_lost(desk: Callable[..., Client]) -> None:
    officer = desk("officer")
    before = len(criterion_versions.everything(Kind.RULE))
    wrong = {
        "no value": ({"c-1-value": ""}, "wants"),
        "no number": ({"c-1-fact": "value_per_kg", "c-1-operator": "below", "c-1-value": "x6"}, "is no number"),
        "no owner": ({"owner": ""}, "The rule has no owner"),
        "no ground": ({"source": ""}, "The rule has no ground"),
        "no words": ({"text_en": "", "text_fr": ""}, "The rule says nothing"),
        "no day": ({"until": "soon"}, "This is not a date"),
        "over already": ({"since": "2020-01-01", "until": "2020-02-01"}, "The rule would be over already"),
        "for ever": ({"until": "2099-01-01"}, "A rule holds for at most"),
        "no lane": ({"lane": "PURPLE"}, "Choose a lane"),
        "cannot be read": ({"mode": "text", "expression": "code starts 64"}, "cannot be read"),
        "no such fact": ({"mode": "text", "expression": "colour == 'red'"}, "there is no fact or list"),
        "no condition": ({"mode": "text", "expression": "net_mass * 2"}, "a rule is true or false"),
        "too long": ({"mode": "text", "expression": "net_mass > 1 and " * 400 + "net_mass > 1"}, "at most"),
        "import of os": ({"mode": "text", "expression": "__import__('os')"}, "the functions are"),
    }  # fmt: skip
    for name, (fields, said) in wrong.items():
        answer = officer.post("/risk/rules/new", typed(**fields))
        page = answer.content.decode()
        assert answer.status_code == 422, name
        assert said in page.replace("&#x27;", "'"), name
        if "text_en" not in fields:
            assert "Own rule of the desk" in page, name
    assert len(criterion_versions.everything(Kind.RULE)) == before


def test_the_expression_is_checked_while_it_is_typed(desk: Callable[..., Client]) -> None:
    officer = desk("officer")
    fault = officer.post("/risk/rules/check", {"mode": "text", "expression": "importer = 'XM1'"}).content.decode()
    assert "<mark>" in fault
    good = officer.post("/risk/rules/check", {"mode": "text", "expression": "value_per_kg < 600"}).content.decode()
    assert "Value per kg below 6.00" in good
    french = desk("agent", "fr").post("/risk/rules/check", {"mode": "text", "expression": "value_per_kg < 600"})
    assert "Valeur au kilogramme inférieur à 6.00" in french.content.decode()


def test_rows_and_expression_say_the_same(desk: Callable[..., Client]) -> None:
    officer = desk("officer")
    fields = typed(**{"c-1-fact": "code", "c-1-operator": "starts", "c-1-value": "61, 62; 64", "do": "add"})
    fields |= {"c-2-fact": "net_mass", "c-2-operator": "between", "c-2-value": "100; 2.5"}
    page = officer.post("/risk/rules/new", fields).content.decode()
    assert "c-3-fact" in page
    read = rule_form.read({**fields, "do": "check"}, datetime.now(UTC).date(), 2)
    assert read.fields["expression"] == "starts(code, '61', '62', '64') and between(net_mass, 100000, 2500)"
    rule_form.to_rows(read, 2)
    assert [(r.fact, r.operator, r.value) for r in read.rows] == [
        ("code", "starts", "61; 62; 64"), ("net_mass", "between", "100 kg; 2.5 kg"),
    ]  # fmt: skip
    page = officer.post(
        "/risk/rules/new", typed(do="drop-1", **{"c-2-fact": "origin", "c-2-operator": "is"})
    ).content.decode()
    assert "c-2-fact" not in page and '<option value="origin" selected>' in page
    more = typed(mode="text", do="form", expression="net_mass > 1 or gross_mass > 2")
    assert officer.post("/risk/rules/new", more).status_code == 422


def test_a_division_by_zero_and_a_rule_that_takes_everything_are_warned_of(desk: Callable[..., Client]) -> None:
    for _ in range(3):
        lodge(papers.paper(papers.reference()), by=papers.BROKER)
    officer = desk("officer")
    everything = posted(officer, mode="text", expression="item_count > 0")
    assert "matches-everything" in criterion_versions.get(Kind.RULE, everything).warnings
    divided = posted(officer, mode="text", expression="customs_value / supplementary > 5")
    assert "undecided" in criterion_versions.get(Kind.RULE, divided).warnings
    page = officer.get(f"/risk/rules/{divided}").content.decode()
    assert "A divisor is 0" in page and "I take responsibility for undecided" in page
    assert "Un diviseur est 0" in desk("officer", "fr").get(f"/risk/rules/{divided}").content.decode()


def test_a_list_and_the_policy_are_written_and_bad_ones_refused(desk: Callable[..., Client]) -> None:
    officer, name = desk("officer"), f"own_list_{next(_count)}"
    good = {"id": name, "text": "Own", "owner": "Desk", "source": "Minute", "codes": "XM1\nXM2\n\nXM1"}
    assert officer.post("/risk/lists/new", good).status_code == 302
    assert criterion_versions.get(Kind.LIST, name).content.codes == ("XM1", "XM2")  # type: ignore[union-attr]
    for wrong in ({"id": "Not a name"}, {"id": "importer"}, {"codes": ""}, {"codes": "x" * 200}, {"text": ""}, {}):
        fields = {**good, "id": f"other_{next(_count)}", **wrong} if wrong else good
        assert officer.post("/risk/lists/new", fields).status_code == 422, wrong
    before = len(criterion_versions.versions(Kind.POLICY, "policy"))
    shares = {"floor_ppm": "1,5", "exploration_ppm": "2", "blind_ppm": "5", "owner": "Desk", "source": "Plan"}
    for wrong in (
        {"floor_ppm": "much"},
        {"blind_ppm": "101"},
        {"floor_ppm": "-1"},
        {"source": ""},
        {"floor_ppm": "1e999"},
    ):
        assert officer.post("/risk/policy", {**shares, **wrong}).status_code == 422, wrong
    assert officer.post("/risk/policy", shares).status_code == 302
    assert criterion_versions.get(Kind.POLICY, "policy").content.floor_ppm == 15_000  # type: ignore[union-attr]
    assert desk("auditor").post("/risk/policy", shares).status_code == 200
    assert len(criterion_versions.versions(Kind.POLICY, "policy")) == before + 1
    does_policy = officer.post("/risk/step/policy/policy", {"do": "TESTED"})
    assert does_policy.status_code == 302
    assert "recorded draws" in officer.get("/risk/policy").content.decode()


def test_addresses_of_what_is_not_there(desk: Callable[..., Client]) -> None:
    officer = desk("officer")
    for where in (
        "/risk/rules/SR9998",
        "/risk/rules/x",
        "/risk/rules/SR9998/edit",
        "/risk/rules/SR9998/hits",
        "/risk/lists/none",
    ):
        assert officer.get(where).status_code == 404, where
    code = posted(officer)
    assert officer.get(f"/risk/rules/{code}?v=99").status_code == 404
    assert officer.post(f"/risk/step/rule/{code}", {"do": "BURN"}).status_code == 404
    assert officer.post(f"/risk/step/spell/{code}", {"do": "TESTED"}).status_code == 404


# --- nothing reaches the trade ----------------------------------------------------------------------------------------


@pytest.fixture
def chosen(house: None) -> Iterator[tuple[str, Declaration]]:
    """A declaration of the broker that a confidential rule chose, and another would have chosen on trial."""
    word = f"snakewood{next(_count)}"
    rules = [
        lived(criterion_versions.write(content(f"contains(description, '{word}')", text={"en": SECRET}, lane=Lane.RED, source=SECRET), by="officer", at=datetime.now(UTC)), to=to)
        for to in (Step.LIVE, Step.SHADOW)
    ]  # fmt: skip
    d = lodge(papers.paper(papers.reference(), goods=word), by=papers.BROKER).declaration
    assert d is not None and d.selection is not None and d.selection.shadow
    yield rules[0].id, d


def is_silent(text: str, rule: str) -> bool:
    return "Zanzibar" not in text and re.search(r"\bSR\d{4}\b", text) is None and rule not in text


def test_an_officer_reads_why_and_the_trade_reads_that_risk_analysis_chose(
    desk: Callable[..., Client], chosen: tuple[str, Declaration]
) -> None:
    rule, d = chosen
    page = desk("officer").get(f"/declaration/{d.id}").content.decode()
    assert SECRET in page and f'href="/risk/rules/{rule}"' in page and "On trial, without effect" in page
    told = desk("broker").get(f"/declaration/{d.id}").content.decode()
    assert "Selected by risk analysis" in told and is_silent(told, rule)
    assert d.selection is not None and d.selection.selectivity not in told
    for where in ("/declarations", "/notices", f"/declaration/{d.id}/message", f"/declaration/{d.id}/reads"):
        assert is_silent(desk("broker").get(where).content.decode(), rule), where
    for where in ("/risk", "/risk/rules", f"/risk/rules/{rule}", f"/risk/rules/{rule}/hits", "/risk/policy"):
        assert desk("broker").get(where).status_code == 403, where


def test_no_machine_reads_more(chosen: tuple[str, Declaration]) -> None:
    rule, d = chosen
    assert is_silent(encode(answer("new", d)).decode(), rule)
    for message in notifications(files.entries(d.id)):
        assert is_silent(repr(message), rule)
        assert is_silent(response.write([message.response]).decode(), rule)
    recorded, _ = feed.read(feed.Place(), [papers.BROKER], 100_000)
    told = [repr(event) for one in recorded for event in events(one)]
    assert any(d.mrn in one for one in told) and is_silent(" ".join(told), rule)
    held = json.dumps([repr(h) for h in d.holds])
    assert is_silent(held, rule) and d.hold(HoldKind.INSPECTION) is not None


def test_the_api_tells_the_trade_no_more(chosen: tuple[str, Declaration]) -> None:
    rule, d = chosen
    header = {"HTTP_AUTHORIZATION": f"Bearer {people.issue_token(papers.BROKER, 'risk')}"}
    with reader.reading(reader.NOBODY):
        for where in (
            f"/declarations/{d.mrn}",
            f"/declarations/{d.mrn}/acts",
            "/declarations",
            f"/declarations/{d.mrn}/notifications",
            "/events",
        ):
            answered = Client().get(f"/api/v1{where}", **header)
            assert answered.status_code == 200, where
            assert is_silent(answered.content.decode(), rule), where


def test_what_customs_looks_for_cannot_be_found_out_by_trying(chosen: tuple[str, Declaration]) -> None:
    _, d = chosen
    tried = try_out(json_gate.read(files.source(d.id)), context_now()).declaration
    assert tried.selection is not None and not any(r.confidential for r in tried.selection.reasons)
    assert tried.selection.shadow == () and tried.selection.selectivity == ""


def test_a_reason_is_told_in_the_words_of_the_set_that_was_asked(desk: Callable[..., Client], house: None) -> None:
    """A later version of the rule does not change what was said of an earlier declaration."""
    word = f"ironwood{next(_count)}"
    first = lived(
        criterion_versions.write(
            content(f"contains(description, '{word}')", text={"en": "First words", "fr": "Premiers mots"}),
            by="officer",
            at=datetime.now(UTC),
        )
    )
    d = lodge(papers.paper(papers.reference(), goods=word), by=papers.BROKER).declaration
    assert d is not None
    lived(
        criterion_versions.write(
            content(f"contains(description, '{word}')", text={"en": "Later words", "fr": "Autres mots"}),
            by="officer",
            at=datetime.now(UTC),
            id=first.id,
        )
    )
    assert "Premiers mots" in desk("agent", "fr").get(f"/declaration/{d.id}").content.decode()
    assert "First words" in desk("officer").get(f"/declaration/{d.id}").content.decode()


def test_the_hits_and_figures_of_a_rule_are_on_its_page(
    desk: Callable[..., Client], chosen: tuple[str, Declaration]
) -> None:
    rule, d = chosen
    officer = desk("officer")
    page = officer.get(f"/risk/rules/{rule}").content.decode()
    assert '<b id="hits">1</b>' in page and f'href="/declaration/{d.id}"' in page
    hits = officer.get(f"/risk/rules/{rule}/hits").content.decode()
    assert d.mrn in hits
    assert isinstance(criterion_versions.get(Kind.RULE, rule).content, RuleContent)


def test_a_long_back_test_runs_in_the_background_and_says_how_far_it_is(
    desk: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    lodge(papers.paper(papers.reference()), by=papers.BROKER)
    officer = desk("officer")
    code = posted(officer, do="save")
    assert stands(code) is Status.DRAFT
    gate = threading.Event()
    plain = rule_backtest.in_columns

    def slowly(*told: Any, **more: Any) -> Any:
        gate.wait(20)
        return plain(*told, **more)

    monkeypatch.setattr(rule_backtest, "AT_ONCE", 0)
    monkeypatch.setattr(rule_backtest, "in_columns", slowly)
    does(officer, code, "TESTED")
    page = officer.get(f"/risk/rules/{code}").content.decode()
    assert 'id="running"' in page and "<progress" in page
    gate.set()
    for _ in range(100):
        if stands(code) is Status.TESTED and 'id="running"' not in officer.get(f"/risk/rules/{code}").content.decode():
            break
        time.sleep(0.1)
    assert stands(code) is Status.TESTED
    assert officer.get(f"/risk/rules/{code}").content.decode().count("Back-test, side by side with today") == 1
