"""The consignment page: everything on one sheet, and only the acts that may be recorded now."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from tests.registry import papers

from customhouse.record.declaration import Declaration, Examination
from customhouse.registry import files


def offered(client: Client, d: Declaration) -> set[str]:
    """The acts for which the page has a form."""
    return set(
        re.findall(
            rf'action="/declaration/{d.id}/act/(\w+)"', client.get(f"/declaration/{d.mrn or d.id}").content.decode()
        )
    )


@pytest.mark.parametrize(
    ("account", "of_yellow", "of_red"),
    [
        ("broker", {"invalidate"}, set()),
        (
            "officer",
            {"check", "query", "lane", "call", "hold", "invalidate"},
            {"query", "lane", "call", "hold", "invalidate"},
        ),
        ("examiner", {"query", "call"}, {"query", "call", "examine"}),
        ("cashier", {"pay"}, {"pay"}),
        (
            "supervisor",
            {"check", "lift", "query", "lane", "call", "hold", "invalidate", "pay"},
            {"lift", "query", "lane", "call", "hold", "invalidate", "examine", "pay"},
        ),
        ("auditor", set(), set()),
    ],
)
def test_each_role_is_offered_what_it_may_do(
    account: str,
    of_yellow: set[str],
    of_red: set[str],
    desk: Callable[..., Client],
    yellow: Declaration,
    red: Declaration,
) -> None:
    client = desk(account)
    assert offered(client, yellow) == of_yellow
    assert offered(client, red) == of_red


@pytest.mark.parametrize(
    ("account", "act", "form"),
    [
        ("auditor", "hold", {"kind": "documents", "reason": "x"}),
        ("broker", "check", {"conclusion": "conform", "then": "lift"}),
        ("examiner", "check", {"conclusion": "conform", "then": "lift"}),
        ("officer", "lift", {"hold": "documents:lane", "reason": "without a result"}),
        ("cashier", "lane", {"lane": "GREEN", "reason": "x"}),
        ("officer", "pay", {"amount": "1", "method": "cash"}),
        ("officer", "examine", {"conclusion": "conform"}),
        ("broker", "answer", {"query": "1", "text": "x"}),
        ("examiner", "invalidate", {"reason": "x"}),
    ],
)
def test_what_may_not_be_done_is_refused_and_leaves_no_trace(
    account: str, act: str, form: dict[str, str], desk: Callable[..., Client], yellow: Declaration
) -> None:
    answer = desk(account).post(f"/declaration/{yellow.id}/act/{act}", form, follow=True)
    assert answer.status_code in (200, 403, 422)
    assert files.get(yellow.id) == yellow


@pytest.mark.parametrize(
    ("account", "act", "form", "said"),
    [
        ("officer", "query", {"text": " ", "deadline": "2027-01-31"}, "Question is missing"),
        ("officer", "query", {"text": "Which brand?", "deadline": "tomorrow"}, "is not a date"),
        ("officer", "hold", {"kind": "law", "reason": ""}, "Reason is missing"),
        ("officer", "check", {"conclusion": "discrepancy", "kind": "papers", "then": "lift"}, "Say what differs"),
        ("officer", "check", {"conclusion": "conform", "found": "seen"}, "conclusion is not that something differs"),
        ("officer", "check", {"conclusion": "not_done", "then": "lift"}, "Say why they were not looked at"),
        ("officer", "check", {"conclusion": "fine", "then": "lift"}, "choose one of the list"),
        ("officer", "check", {"conclusion": "conform", "then": "lift", "minutes": "a lot"}, "a whole number up to"),
        ("officer", "check", {"conclusion": "conform", "then": "forget"}, "choose one of the list"),
        ("supervisor", "lift", {"hold": "law:", "reason": "seen"}, "choose one of the list"),
        ("officer", "hold", {"kind": "payment", "reason": "because"}, "choose one of the list"),
        ("officer", "lane", {"lane": "PINK", "reason": "because"}, "choose one of the list"),
        ("officer", "invalidate", {"reason": "x" * 2001}, "longer than 2000"),
        ("cashier", "pay", {"amount": "a lot", "method": "cash"}, "not a number of USD"),
        ("cashier", "pay", {"amount": "99999999.00", "method": "cash"}, "more than is due"),
        ("cashier", "pay", {"amount": "10", "method": "shells"}, "choose one of the list"),
    ],
)
def test_a_form_filled_in_wrongly_keeps_what_was_typed(
    account: str, act: str, form: dict[str, str], said: str, desk: Callable[..., Client], yellow: Declaration
) -> None:
    answer = desk(account).post(f"/declaration/{yellow.id}/act/{act}", form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    for typed in ("Which brand?", "because", "seen", "a lot"):
        assert typed in page or typed not in form.values()
    assert files.get(yellow.id) == yellow


def test_from_yellow_to_release(desk: Callable[..., Client], yellow: Declaration) -> None:
    officer, broker, cashier = desk("officer"), desk("broker"), desk("cashier")
    act = f"/declaration/{yellow.id}/act/"
    officer.post(act + "query", {"text": "Which drums\nare these?", "deadline": "2027-01-31"})
    page = broker.get(f"/declaration/{yellow.mrn}").content.decode()
    assert "Which drums" in page
    assert "2027-01-31" in page
    answer = broker.post(act + "answer", {"query": "1", "text": "Blue ones", "documents": "A-1, A-2"}, follow=True)
    assert "Recorded." in answer.content.decode()
    page = officer.get(f"/declaration/{yellow.mrn}").content.decode()
    assert "Blue ones" in page
    assert "A-2" in page
    officer.post(act + "lift", {"hold": "query:1", "reason": "answered"})
    officer.post(act + "check", {"conclusion": "conform", "reason": "permit seen", "minutes": "6", "then": "lift"})
    looked = files.get(yellow.id).checked
    assert looked == Examination("conform", "permit seen", (), "documents", 6)
    due = files.get(yellow.id).settled
    assert due is not None
    cashier.post(act + "pay", {"amount": "100.00", "method": "cash"})
    rest = str((due.due.minor - 10000) / 100)
    answer = cashier.post(act + "pay", {"amount": rest, "method": "card"}, follow=True)
    page = answer.content.decode()
    assert "Recorded. The goods are released." in page
    assert "Terms of release" in page
    assert page.count("not met") == 0
    assert "Card" in page
    assert offered(officer, yellow) == set()


def test_an_examination_with_its_discrepancy(desk: Callable[..., Client], red: Declaration) -> None:
    examiner, act = desk("examiner"), f"/declaration/{red.id}/act/examine"
    wrong = examiner.post(act, {"conclusion": "discrepancy", "text": "Opened all", "item": "1", "found": ""})
    assert wrong.status_code == 422
    assert "Say what differs" in wrong.content.decode()
    assert "Opened all" in wrong.content.decode()
    examiner.post(
        act, {"conclusion": "discrepancy", "text": "Opened all", "item": "1", "found": "Leather, not textile"}
    )
    page = desk("supervisor").get(f"/declaration/{red.mrn}").content.decode()
    assert "Discrepancy: the goods differ" in page
    assert "Leather, not textile" in page


def test_the_sheet_says_why(desk: Callable[..., Client], yellow: Declaration) -> None:
    """Amounts with formula and law, lane with criterion, documents with what asks for them, leaves of the record."""
    page = desk("officer").get(f"/declaration/{yellow.mrn}").content.decode()
    for told in (
        "12,400.00 USD",
        "620.00\u202fUSD",
        "Rounded half up to the minor unit",
        "in force since",
        "Pesticides: the permit is looked at",
        "The random draw fell on",
        "9109 Pesticides permit",
        "PP-2026-7",
        files.leaves(yellow.id)[-1].hex()[:10],
    ):
        assert told in page, told
    french = desk("officer", "fr").get(f"/declaration/{yellow.mrn}").content.decode()
    for told in ("12\u202f400,00 USD", "15 % de la valeur et des droits", "Pourquoi ce circuit", "Droit de douane"):
        assert told in french or told.replace("\u202f", "\u00a0") in french, told


def test_the_message_as_received(desk: Callable[..., Client], house: None) -> None:
    data = papers.paper(papers.reference(), goods="<b>Bold</b> & goods")
    from customhouse.clearance.lodge import lodge

    d = lodge(data, by=papers.BROKER).declaration
    assert d is not None
    page = desk("auditor").get(f"/declaration/{d.id}/message").content.decode()
    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; goods" in page
    kept = desk("broker").get(f"/declaration/{d.id}/message?keep=1")
    assert kept.content == data
    assert kept["Content-Disposition"] == f'attachment; filename="{d.mrn}.json"'
    assert kept["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("refused", [False, True])
@pytest.mark.parametrize("path", sorted(papers.EXAMPLES.iterdir()), ids=lambda path: path.stem)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_sample_can_be_opened(
    path: Path, refused: bool, language: str, desk: Callable[..., Client], house: None
) -> None:
    """Imports and exports, XML and JSON, suspended duties, excise, several items; and each of them refused."""
    from customhouse.clearance.lodge import lodge

    data = re.sub(rb"\b(IM|EX)[AD]\b", b"XXX", path.read_bytes()) if refused else path.read_bytes()
    d = lodge(data, by=papers.BROKER).declaration
    assert d is not None
    assert (d.stage == "REFUSED") is refused
    officer = desk("officer", language)
    assert officer.get(f"/declaration/{d.id}").status_code == 200
    assert officer.get(f"/declaration/{d.id}/message").status_code == 200


def test_a_refused_declaration_shows_its_problems(desk: Callable[..., Client], house: None) -> None:
    from customhouse.clearance.lodge import lodge

    d = lodge(papers.paper(papers.reference(), refused=True), by=papers.BROKER).declaration
    assert d is not None
    page = desk("broker").get(f"/declaration/{d.id}").content.decode()
    assert "Refused: " in page
    assert d.problems[0].rule in page
    french = desk("broker", "fr").get(f"/declaration/{d.id}").content.decode()
    assert d.problems[0].label not in french  # in the words of the law
    assert offered(desk("officer"), d) == set()
