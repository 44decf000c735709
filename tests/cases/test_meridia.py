"""The worked cases of the demo country, walked along the whole line: what a jurist wrote is what the house does."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from customhouse.clearance.case import Case, InvalidCase, judge, read
from customhouse.clearance.case.goods import GoodsCase
from customhouse.clearance.case.shipment import ShipmentCase
from customhouse.law.book import Book, compile_pack
from customhouse.law.pack import country_directory

PACK = country_directory("meridia")
CASES = [case for path in sorted((PACK / "cases").glob("*.yaml")) for case in read(path)]


@pytest.fixture(scope="module")
def book() -> Book:
    return Book.open(compile_pack(PACK))


@pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])
def test_case(case: Case, book: Book) -> None:
    judged = judge(case, book)
    assert judged.differences == ()
    assert all(d.source and d.measure and d.formula for d in judged.duties), "an amount that cannot say why is a bug"
    for one in judged.duties:
        assert sum(c.amount for c in one.components) == one.amount.minor


def test_every_case_names_its_law_and_no_two_have_one_name() -> None:
    assert len({c.name for c in CASES}) == len(CASES) > 100
    assert [c.name for c in CASES if not c.source] == []


def test_every_condition_of_a_preference_is_seen_to_fail_and_every_refusal_says_what_is_charged_instead() -> None:
    origins = [c.origin for c in CASES if isinstance(c, GoodsCase) and c.origin]
    failing = {name for o in origins for name in o.get("fails", [])}
    assert failing == {"agreement", "tariff", "proof", "product-rule", "transport"}
    refused = [o for o in origins if o["verdict"] == "refused"]
    assert len(refused) >= 8 and all(o.get("fails") and o.get("instead") for o in refused)


def test_every_delivery_term_that_the_rules_take_is_in_the_law(book: Book) -> None:
    known = {t.code for t in book.contents.incoterms}
    assert set(book.contents.lists["incoterms"]) - {"XXX"} == known


def test_a_case_that_differs_says_how(book: Book) -> None:
    tiles = next(c for c in CASES if isinstance(c, GoodsCase) and c.owes == {"A00": "200.00", "B00": "330.00"})
    wrong = msgspec.structs.replace(
        tiles, owes={"A00": "1.00", "A30": "2.00"}, pays="3.00", says="by decree", origin={"verdict": "granted"}
    )
    told = "\n".join(judge(wrong, book).differences)
    assert "A00: the case says 1.00, the house works out 200.00" in told
    assert "A30: the case says 2.00, the house works out nothing" in told
    assert "payable: the case says 3.00" in told and "no remark says 'by decree'" in told
    assert "origin, verdict: the case says granted, the house finds none" in told
    shipment = next(c for c in CASES if isinstance(c, ShipmentCase) and c.value and not c.held)
    other = msgspec.structs.replace(shipment, value=(Decimal(1),), held=("carriage",))
    told = "\n".join(judge(other, book).differences)
    assert "value: the case says 1; the house finds" in told and "held: the case says ['carriage']" in told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nothing: here", "is no list of cases"),
        ("- source: x", "every case begins with `case:`"),
        ("- {case: a, goods: {code: '1'}}", "source, date, owes is missing"),
        ("- {case: a, source: s, date: today, goods: {code: '1'}, owes: {A00: 1}}", "Invalid isoformat"),
        (
            "- {case: a, source: s, date: 2026-01-01, goods: {colour: red}, owes: {A00: 1}}",
            "not known in goods: colour",
        ),
        ("- {case: a, source: s, date: 2026-01-01, goods: {code: '1', origin: FR}, owes: {A00: 1}}", "'price'"),
        ("- {case: a, source: s, date: 2026-01-01, shipment: {sail: red}, items: [{}]}", "not known in shipment: sail"),
        (
            "- {case: a, source: s, date: 2026-01-01, shipment: {terms: CIF}, items: [{price: much}]}",
            "not enough values",
        ),
        ("- [", "cannot be read"),
    ],
)
def test_a_case_that_cannot_be_read_says_why(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(InvalidCase, match=re.escape(said)):
        read(tmp_path / "bad.yaml")


def test_every_release_term_names_a_test_that_the_office_knows(book: Book) -> None:
    from customhouse.offices.release import PREDICATES

    assert {t.predicate for t in book.contents.release_terms} <= set(PREDICATES)


def test_there_are_words_in_every_language(book: Book) -> None:
    c = book.contents
    for thing in (
        *c.lines,
        *c.procedures,
        *c.rules,
        *c.criteria,
        *c.release_terms,
        *c.tax_types,
        *c.reliefs,
        *c.quotas,
    ):
        assert all(thing.text.get(language) for language in c.languages), thing
