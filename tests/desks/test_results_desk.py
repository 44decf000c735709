"""The manager's desk: figures of what really happened, for customs alone; people only for their supervisors; exports that open anywhere."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable

import pytest
from django.test import Client
from msgspec.structs import replace

from customhouse.clearance import examine, lift
from customhouse.desks.views import results as views
from customhouse.desks.views.results import _safe
from customhouse.offices.risk.outcome import outcome
from customhouse.record.declaration import Declaration, Discrepancy, Examination, HoldKind, Role
from customhouse.record.lanes import Lane
from customhouse.registry import courses, outcomes


@pytest.fixture
def looked_at(red: Declaration, yellow: Declaration) -> tuple[Declaration, Declaration]:
    differs = [Discrepancy(1, "Leather, not textile", kind="classification")]
    examine.examine(red.id, "discrepancy", "", discrepancies=differs, minutes=40, by="examiner", role=Role.EXAMINER)
    in_order = Examination("conform", "", (), "documents", 5)
    lift.lift(yellow.id, HoldKind.DOCUMENTS, "seen", ref="lane", result=in_order, by="officer", role=Role.OFFICER)
    while courses.read_on():
        pass
    return red, yellow


def test_the_page_says_what_was_looked_at_and_found(
    desk: Callable[..., Client], looked_at: tuple[Declaration, Declaration]
) -> None:
    page = desk("supervisor").get("/risk/results").content.decode()
    told = json.loads(desk("supervisor").get("/risk/results?as=json").content)
    assert told["total"]["looks"] >= 2 and told["total"]["finds"] >= 1
    rules = {e["tally"]["key"]: e for e in told["reasons"]}
    assert looked_at[0].selection is not None
    for reason in looked_at[0].selection.reasons:
        if reason.rule not in ("random", "explore"):
            assert rules[reason.rule]["tally"]["looks"] >= 1
            assert reason.rule in page
    assert "Random draw" in page or told["random"] is None
    assert "Classification" in page and page.count("<svg") >= 4
    assert "<script>" not in page and "style=" not in page
    french = desk("supervisor", "fr").get("/risk/results").content.decode()
    assert "Angles morts" in french and "Blind spots" not in french


def test_who_may_read_results_and_who_may_read_about_people(
    desk: Callable[..., Client], looked_at: tuple[Declaration, Declaration]
) -> None:
    for account, results, people in (
        ("supervisor", 200, 200),
        ("officer", 200, 403),
        ("auditor", 200, 403),
        ("examiner", 403, 403),
        ("broker", 403, 403),
        ("carrier", 403, 403),
    ):
        assert desk(account).get("/risk/results").status_code == results, account
        assert desk(account).get("/risk/results?as=json").status_code == results, account
        assert desk(account).get("/risk/results/people").status_code == people, account
    page = desk("supervisor").get("/risk/results/people").content.decode()
    assert "never to rank" in page


def test_nothing_odd_in_the_address_breaks_it(desk: Callable[..., Client]) -> None:
    client = desk("supervisor")
    for odd in ("days=0", "days=x", "days=9999999", "office=%27%3B--", "as=odd", "as=", "days=7&office=XM000010"):
        assert client.get(f"/risk/results?{odd}").status_code == 200, odd
    assert b"The last 90 days" in client.get("/risk/results?days=4").content
    assert b"The last 7 days" in client.get("/risk/results?days=7").content


@pytest.mark.parametrize("what", ["blind", "reasons", "strata"])
def test_tables_open_in_a_spreadsheet(
    what: str, desk: Callable[..., Client], looked_at: tuple[Declaration, Declaration]
) -> None:
    answer = desk("auditor").get(f"/risk/results?as={what}")
    assert answer["Content-Type"].startswith("text/csv")
    assert re.search(rf'filename="{what}-[\d-]+\.csv"', answer["Content-Disposition"])
    rows = list(csv.reader(io.StringIO(answer.content.decode())))
    assert len({len(row) for row in rows}) == 1
    assert what == "blind" or len(rows) > 1


def test_what_takes_long_to_count_is_shown_again_for_the_same_reader_only(
    desk: Callable[..., Client], looked_at: tuple[Declaration, Declaration], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "SLOW", -1.0)
    monkeypatch.setattr(views, "_counted", {})
    client = desk("supervisor")
    first = client.get("/risk/results?as=json").content
    outcomes.put([replace(outcome(courses.of(looked_at[0].id)), revenue=77)])
    assert client.get("/risk/results?as=json").content == first
    assert len(views._counted) == 1
    monkeypatch.setattr(views, "_counted", {})
    assert client.get("/risk/results?as=json").content != first
    outcomes.put([outcome(courses.of(looked_at[0].id))])


def test_no_cell_is_a_formula() -> None:
    assert [_safe(c) for c in ("=1+1", "@x", "-2", "SC004", 4, 0.5)] == ["'=1+1", "'@x", "'-2", "SC004", 4, 0.5]


def test_a_look_that_leads_to_the_goods_is_recorded_with_what_led_there(
    desk: Callable[..., Client], yellow: Declaration
) -> None:
    form = {"conclusion": "discrepancy", "kind": "papers", "item": "1", "found": "Another consignee", "then": "red"}
    desk("officer").post(f"/declaration/{yellow.id}/act/check", form)
    page = desk("examiner").get(f"/declaration/{yellow.mrn}").content.decode()
    assert "Another consignee" in page and 'act/examine"' in page
    kept = outcome(courses.of(yellow.id))
    assert kept is not None
    assert (kept.last_lane, kept.result, kept.kinds) == (Lane.RED, "discrepancy", ("papers",))


def test_an_examination_says_why_it_was_not_done(desk: Callable[..., Client], red: Declaration) -> None:
    examiner, act = desk("examiner"), f"/declaration/{red.id}/act/examine"
    assert "Say why it was not done" in examiner.post(act, {"conclusion": "not_done"}).content.decode()
    examiner.post(act, {"conclusion": "not_done", "cause": "no_means", "minutes": "0"})
    page = examiner.get(f"/declaration/{red.mrn}").content.decode()
    assert "No equipment or place for it" in page
    kept = outcome(courses.of(red.id))
    assert kept is not None and (kept.cause, kept.is_seen) == ("no_means", False)
