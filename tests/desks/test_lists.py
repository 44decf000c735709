"""Lists: what waits for whom, filtered, sorted, paged, and the way from a number to its declaration."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from tests.registry import papers

from customhouse.clearance.lodge import lodge
from customhouse.desks.views import lists
from customhouse.record.declaration import Declaration
from customhouse.record.lanes import Lane
from customhouse.registry import files
from customhouse.registry.worklist import WAITING


def shown(answer: object) -> list[int]:
    """The numbers of the declarations on a page, in its order."""
    return [int(n) for n in re.findall(r'<tr data-row="(\d+)"', answer.content.decode())]  # type: ignore[attr-defined]


def everything(client: Client, address: str) -> list[int]:
    """All pages of a list, one after the other."""
    found: list[int] = []
    while address:
        answer = client.get(address)
        found += shown(answer)
        following = re.search(r'rel="next" href="([^"]+)"', answer.content.decode())
        address = address.partition("?")[0] + following[1].replace("&amp;", "&") if following else ""
    return found


def test_the_work_list_shows_what_waits_for_a_person(
    desk: Callable[..., Client], yellow: Declaration, red: Declaration, house: None
) -> None:
    paying = papers.green()
    officer, cashier = desk("officer"), desk("cashier")
    listed = everything(officer, "/worklist")
    assert {yellow.id, red.id} <= set(listed)
    assert paying.id not in listed  # that is the cashier's
    assert listed == sorted(listed)  # oldest first
    assert paying.id in everything(cashier, "/worklist")
    assert red.id in everything(cashier, "/worklist?hold=")
    assert everything(officer, "/worklist?lane=RED") == [n for n in listed if files.get(n).lane is Lane.RED]
    assert yellow.id not in everything(officer, "/worklist?hold=inspection")
    assert everything(officer, "/worklist?order=newest") == listed[::-1]
    assert paying.id in everything(officer, "/worklist?all=1")


def test_pages_follow_each_other_without_gap_or_repetition(
    desk: Callable[..., Client], red: Declaration, yellow: Declaration, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        lodge(papers.paper(papers.reference(), example=papers.RED), by=papers.BROKER)
    officer = desk("officer")
    for query in ("", "?order=newest", "?order=amount", "?lane=RED&order=amount"):
        whole = everything(officer, f"/worklist{query}")
        with monkeypatch.context() as patch:
            patch.setattr(lists, "PAGE", 2)
            assert everything(officer, f"/worklist{query}") == whole
        assert len(whole) == len(set(whole)) > 2
    assert "Nothing matches." in officer.get("/worklist?before=nonsense").content.decode()


def test_what_waits_long_is_marked_and_can_be_asked_for(desk: Callable[..., Client], house: None) -> None:
    data = papers.paper(papers.reference(), example=papers.RED)
    old = lodge(data, by=papers.BROKER, at=datetime.now(UTC) - timedelta(days=2)).declaration
    assert old is not None
    officer = desk("officer")
    page = officer.get("/worklist?age=old")
    assert old.id in shown(page)
    assert re.search(r'class="age old" [^>]*>.*?2 days</time>', page.content.decode(), re.S)
    assert old.id not in shown(officer.get("/worklist?age=week"))


def test_words_references_and_containers_find_declarations(
    desk: Callable[..., Client], yellow: Declaration, foreign: Declaration
) -> None:
    officer, broker = desk("officer"), desk("broker")
    assert shown(officer.get("/worklist", {"q": yellow.lrn})) == [yellow.id]
    assert yellow.id in shown(officer.get("/worklist", {"q": "green valley"}))
    assert shown(broker.get("/declarations", {"q": foreign.lrn})) == []
    assert officer.get("/worklist", {"q": f" {yellow.mrn.lower()} "})["Location"] == f"/declaration/{yellow.mrn}"
    for strange in ("%", "_", "\\", "'; drop table declaration; --", "\x00", "é" * 90, "<script>"):
        answer = officer.get("/worklist", {"q": strange})
        assert answer.status_code == 200
        assert "<script>" not in answer.content.decode()


def test_unknown_filters_are_left_out(desk: Callable[..., Client], yellow: Declaration) -> None:
    asked = {"lane": "PINK", "hold": "x", "stage": "?", "age": "9", "order": "z", "all": "2"}
    assert shown(desk("officer").get("/worklist", asked)) == shown(desk("officer").get("/worklist"))


def test_the_brokers_own_list(desk: Callable[..., Client], yellow: Declaration, foreign: Declaration) -> None:
    broker = desk("broker")
    listed = everything(broker, "/declarations")
    assert listed == sorted(listed, reverse=True)
    assert yellow.id in listed
    assert foreign.id not in listed
    assert yellow.id in everything(broker, "/declarations?hold=payment")
    assert yellow.id not in everything(broker, "/declarations?stage=RELEASED")


def test_notices_tell_what_customs_said(desk: Callable[..., Client], yellow: Declaration) -> None:
    from customhouse.registry.models import Notice

    for n, text in enumerate(("lane:YELLOW", "query:Which brand <is> it?", "released:", "something new")):
        Notice.objects.create(declarant=papers.BROKER, declaration=yellow.id, act=900 + n, text=text)
    page = desk("broker", "fr").get("/notices").content.decode()
    assert "Jaune\u00a0: contrôle des documents" in page
    assert "La douane demande\u00a0: Which brand &lt;is&gt; it?" in page
    assert "La mainlevée des marchandises est accordée" in page
    assert "something new" in page
    assert yellow.mrn in page


def test_the_board_counts_what_is_there(desk: Callable[..., Client], yellow: Declaration) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from declaration where {WAITING}")
        waiting = cursor.fetchone()[0]
    for language, words in (("en", "not released yet"), ("fr", "sans mainlevée à ce jour")):
        page = desk("supervisor", language).get("/board").content.decode()
        assert re.search(rf"<b>{waiting}</b><span>{words}</span>", page)
        assert not re.search(r'(?:width|height|x|y)="\d+,\d+', page)  # a drawing is written with points in any language
