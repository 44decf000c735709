"""The page of the law: everybody in the house may look up the tariff of a day, its quotas and the Book in force."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from lxml import html

from customhouse.desks.views import law as page_of_law

EVERYBODY = ("broker", "officer", "examiner", "cashier", "supervisor", "auditor")
Desk = Callable[..., Client]


def told(client: Client, status: int = 200, **asked: str) -> str:
    """What the page says, in one line."""
    answer = client.get("/law", asked)
    assert answer.status_code == status
    main = html.fromstring(answer.content.decode()).get_element_by_id("main")
    return " ".join(" ".join(main.itertext()).split())


@pytest.mark.parametrize("account", EVERYBODY)
def test_it_is_open_to_every_role_and_in_the_bar(account: str, desk: Desk) -> None:
    page = desk(account, "en").get("/law").content.decode()
    assert 'href="/law" aria-current="page"' in page
    assert "Customs law of Meridia" in page
    assert Client().get("/law").status_code == 302


def test_the_book_in_force_says_who_published_it(desk: Desk) -> None:
    from customhouse.registry import lawbook

    lawbook.shelf.look()
    said = told(desk("auditor"))
    (title, digest, by) = _last_published()
    for words in (title, digest, by, "In force from", "Version"):
        assert words in said, words


def _last_published() -> tuple[str, ...]:
    with connection.cursor() as cursor:
        cursor.execute("select title, hash, published_by from book order by id desc limit 1")
        return tuple(cursor.fetchone())


def test_a_code_shows_its_path_and_every_measure(desk: Desk) -> None:
    said = told(desk("officer"), q="1701.99 00", on="2026-11-24")
    for words in (
        "17 Sugar and sweets 1701 Cane or beet sugar 17019900 Refined sugar",
        "10 % + 12.50 USD / 100 KGM",
        "a more specific code goes first",
        "preference 300 trade agreement",
        "Agreement: Atoll Community Trade Agreement",
        "Any one of: N954 Movement certificate of origin, U110 Statement on origin",
        "Tariff quota 094001",
        "left of 500 TNE",
        "Value added tax",
        "15 % of value and duties",
        "Sugar Quota Order 2026",
    ):
        assert words in said.replace("\u202f", " "), words


def test_measures_are_those_of_the_origin_asked_for(desk: Desk) -> None:
    officer = desk("officer")
    assert "Least Developed Countries" not in told(officer, q="08", origin="fj", on="2026-11-24")
    assert "Atoll Community" not in told(officer, q="08", origin="BD", on="2026-11-24")
    assert "Atoll Community" in told(officer, q="08", origin="FJ", on="2026-11-24")


def test_conditions_and_seasons_are_told_in_words(desk: Desk) -> None:
    officer, agent = desk("officer"), desk("agent", "fr")
    said = told(officer, q="0805", on="2026-11-24").replace("\u202f", " ")
    assert "From 0.60 USD / KGM: the measure applies" in said
    assert "Otherwise: it is charged at 10 % + 25 USD / 100 KGM" in said
    assert "each year from 1 November until before 1 March" in told(officer, q="0702", on="2026-11-24")
    assert "each year from 1 March until before 1 November" in told(officer, q="0702", on="2026-05-02")
    french = told(agent, q="0702", on="2026-11-24")
    assert "chaque année du 1er novembre au 1er mars exclu" in french
    assert "25 %" in french


def test_the_day_decides(desk: Desk) -> None:
    officer = desk("officer")
    assert "Customs Tariff Amendment 2026, section 4" not in told(officer, q="8517", on="2026-06-30")
    assert "Customs Tariff Amendment 2026, section 4" in told(officer, q="8517", on="2026-07-01")
    assert "The law has no tariff quota on this day." in told(officer, on="2025-01-01")
    assert "No law has been published for this day." in told(officer, 404, on="1999-01-01")
    assert "This is not a date" in told(officer, on="tomorrow")
    assert "This is not a date" in told(officer, on="2026-13-45")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("footwear", "Lines for “footwear”"),
        ("chaussures", "64"),
        ("no such words", "The tariff has nothing for this."),
        ("38089190999", "There is no line 3808919099; this is the nearest above it."),
        ("99", "The tariff has nothing for this."),
        ("3", "31"),
        ("<b>", "Lines for “<b>”"),
        ("\x00", "Chapters"),
    ],
)
def test_words_and_codes_lead_somewhere(asked: str, said: str, desk: Desk) -> None:
    assert said in told(desk("broker"), q=asked)


def test_an_answer_is_bounded_and_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_of_law, "MOST_LINES", 3)
    monkeypatch.setattr(page_of_law, "MOST_MEASURES", 2)
    monkeypatch.setattr(page_of_law, "MOST_QUOTAS", 0)
    officer = desk("officer")
    assert "There are more; add a word." in told(officer, q="other")
    said = told(officer, q="17019900", on="2026-11-24")
    assert "measures more are not shown; give a country of origin." in said
    assert "1 quota more is not shown." in said


@pytest.mark.parametrize("asked", [{}, {"q": "17019900"}, {"q": "sugar"}, {"q": "17", "origin": "FJ"}])
def test_the_register_is_asked_a_few_questions_whatever_is_looked_up(asked: dict[str, str], desk: Desk) -> None:
    officer = desk("officer")
    officer.get("/law", asked)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        officer.get("/law", asked)
    of_the_law = [q["sql"] for q in queries if "balance" in q["sql"] or "from book" in q["sql"]]
    assert len(of_the_law) <= 4, of_the_law
    assert len(queries) <= 8


def test_footnotes_groups_and_highest_thresholds_are_told() -> None:
    """What the demo country has none of: a small law made in code."""
    from datetime import date
    from decimal import Decimal

    from tests.duty_law import measure

    from customhouse.desks import explain
    from customhouse.kernel.validity import Validity
    from customhouse.law.book import Book, Contents
    from customhouse.law.measure import Condition
    from customhouse.law.terms import Agreement, Footnote, Quota
    from customhouse.registry.balance import Standing

    always = Validity(date(2020, 1, 1), None)
    lines = (
        Condition("A", "apply", threshold=Decimal("2.5"), unit="TNE", at_most=True),
        Condition("A", "forbid", document="C640"),
        Condition("B", "void"),
    )
    told = measure("0101", "A00", "5 %", area="ACP", preference="325", order="09", footnotes=("TN1",), conditions=lines)
    contents = Contents(
        country="XM",
        title={"en": "law"},
        version="1",
        currency="USD",
        languages=("en",),
        measures=(told,),
        footnotes=(Footnote(validity=always, code="TN1", text={"en": "Only in summer"}),),
        quotas=(Quota(validity=always, order="09", volume=Decimal(10), unit="TNE", text={"en": "Horses"}),),
        agreements=(
            Agreement(
                validity=always, id="A1", text={"en": "Isles"}, areas=("ACP",), preferences=("3",), proofs=("U1",)
            ),
        ),
    )
    law = Book.of(contents).on(date(2026, 1, 1))
    said = explain.measure(told, law, {"09": Standing("TNE", Decimal(10), Decimal("0.5"))})
    assert said.footnotes == (("TN1", "Only in summer"),)
    assert said.area == "ACP Isles"
    assert said.agreements == ("Isles",)
    assert said.documents == ("U1",)
    assert said.preference == "trade agreement, tariff quota with a certificate"
    assert said.conditions == (
        ("up to 2.5\u202fTNE: the measure applies", "with C640: the goods are forbidden"),
        ("otherwise: the measure does not apply",),
    )
    assert said.quota is not None
    assert (said.quota.per_cent, said.quota.critical) == (5.0, True)
