"""The worked cases of the demo country, computed by the duty office from its Book: what a jurist wrote is what the house does."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from customhouse.kernel.money import Money
from customhouse.law.book import Book, compile_pack
from customhouse.law.pack import country_directory
from customhouse.offices.duty import assess_item
from customhouse.record import lodgement as r

PACK = country_directory("meridia")
CASES = [c for path in sorted((PACK / "cases").glob("*.toml")) for c in tomllib.loads(path.read_text())["case"]]


@pytest.fixture(scope="module")
def book() -> Book:
    return Book.open(compile_pack(PACK))


def goods(told: dict[str, Any]) -> r.GoodsItem:
    procedure = told.get("procedure", "4000")
    return r.GoodsItem(
        sequence=1,
        commodity=r.Commodity(
            description="case",
            classifications=(r.Classification(told["code"], "TSP"),),
            duties=(r.DeclaredDuty(type="A00", regime=told.get("preference", "100"), quota=told.get("order", "")),),
            net_mass=r.Measure(Decimal(told["net"])),
            tariff_quantity=r.Measure(Decimal(told["quantity"]), told["unit"]) if "quantity" in told else None,
        ),
        documents=tuple(r.AdditionalDocument(category=c[:1], type=c[1:], id="1") for c in told.get("documents", [])),
        procedures=(
            r.Procedure(procedure[:2], procedure[2:]),
            *(r.Procedure(a) for a in told.get("additional", [])),
        ),
        origins=(r.Origin(told["origin"], "1"),),
    )


@pytest.mark.parametrize("case", CASES, ids=[c["name"] for c in CASES])
def test_case(case: dict[str, Any], book: Book) -> None:
    law = book.on(case.get("day", date(2026, 11, 24)))
    found = assess_item(goods(case["item"]), Money.of(case["item"]["value"], law.currency), law)
    assert not found.problems
    due = found.duties
    assert [[d.type, str(d.amount.amount)] for d in due] == case["expect"]
    assert case.get("note", "") in "; ".join(d.note for d in due)
    assert all(d.source and d.measure and d.formula for d in due), "an amount that cannot say why is a bug"
    for one in due:
        assert sum(c.amount for c in one.components) == one.amount.minor
    if "secured" in case:
        assert str(sum((s.amount for s in found.securities), Money(0, law.currency)).amount) == case["secured"]
    if "payable" in case:
        assert str(sum((d.payable for d in due), Money(0, law.currency)).amount) == case["payable"]


def test_every_release_term_names_a_test_that_the_office_knows(book: Book) -> None:
    from customhouse.offices.release import PREDICATES

    assert {t.predicate for t in book.contents.release_terms} <= set(PREDICATES)


def test_there_are_words_in_every_language(book: Book) -> None:
    c = book.contents
    for thing in (*c.lines, *c.procedures, *c.reliefs, *c.rules, *c.criteria, *c.release_terms, *c.tax_types):
        assert all(thing.text.get(language) for language in c.languages), thing
