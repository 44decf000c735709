"""The worked cases of the demo country, walked along the whole line: what a jurist wrote is what the house does."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import yaml

from customhouse.clearance.line import Context, walk
from customhouse.kernel.money import Money
from customhouse.law.book import Book, compile_pack
from customhouse.law.pack import country_directory
from customhouse.record import lodgement as r
from customhouse.record.declaration import Declaration

PACK = country_directory("meridia")
# BaseLoader reads every value as text, so that no amount ever meets a binary fraction.
CASES: list[dict[str, Any]] = yaml.load((PACK / "cases" / "duties.yaml").read_text("utf-8"), Loader=yaml.BaseLoader)


@pytest.fixture(scope="module")
def book() -> Book:
    return Book.open(compile_pack(PACK))


def goods(told: dict[str, Any]) -> r.GoodsItem:
    procedure = told.get("procedure", "4000")
    price, currency = told["price"].split()
    quantity = told.get("quantity", "").split()
    origin = r.Origin(told["origin"], "2" if told.get("preference", "1")[0] in "23" else "1")
    classes = [r.Classification(told["code"], "TSP")]
    if "additional_code" in told:
        classes.append(r.Classification(told["additional_code"], "TRA"))
    return r.GoodsItem(
        sequence=1,
        commodity=r.Commodity(
            description="goods of a worked case",
            classifications=tuple(classes),
            duties=(
                r.DeclaredDuty(
                    type="A00",
                    regime=told.get("preference", "100"),
                    quota=told.get("quota", ""),
                    payment=r.DeclaredPayment("A"),
                ),
            ),
            gross_mass=r.Measure(Decimal(told["net"])),
            net_mass=r.Measure(Decimal(told["net"])),
            tariff_quantity=r.Measure(Decimal(quantity[0]), quantity[1]) if quantity else None,
            price=r.Amount(Decimal(price), currency),
        ),
        documents=tuple(
            r.AdditionalDocument(category=c[:1], type=c[1:], id="1") for c in ["N935", *told.get("documents", [])]
        ),
        procedures=(
            r.Procedure(procedure[:2], procedure[2:]),
            *(r.Procedure(code) for code in told.get("additional_procedures", [])),
        ),
        origins=(origin,),
        packages=(r.Packaging(sequence=1, quantity=Decimal(1), type="CT"),),
        valuation=r.CustomsValuation(method="1"),
    )


def lodged(told: dict[str, Any]) -> r.Lodgement:
    return r.Lodgement(
        lrn="CASE-1",
        type="IMA",
        office="XM000010",
        declarant=r.Party(id="XM100000009"),
        goods_shipment=r.GoodsShipment(
            items=(goods(told),),
            importer=r.Party(id="XM100000058"),
            export_country=told["origin"],
            destination="XM",
            terms=r.TradeTerms(code="CIF", location="XMPTM"),
        ),
    )


def walked(case: dict[str, Any], book: Book) -> Declaration:
    at = datetime.fromisoformat(case["date"]).replace(tzinfo=UTC)
    context = Context(book.on(at.date()), at, b"worked cases")
    done = walk(lodged(case["goods"]), context, number=1, by="case", format="json", digest="")
    assert not [p for p in done.problems if p.severity == "error"], done.problems
    return done.declaration


@pytest.mark.parametrize("case", CASES, ids=[c["case"] for c in CASES])
def test_case(case: dict[str, Any], book: Book) -> None:
    declaration = walked(case, book)
    assert declaration.assessed is not None, declaration.holds
    due = declaration.assessed.duties
    assert {d.type: str(d.amount.amount) for d in due} == case["owes"]
    assert [d.type for d in due] == list(case["owes"]), "in the order of calculation"
    assert case.get("says", "") in "; ".join(d.note for d in due)
    assert all(d.source and d.measure and d.formula for d in due), "an amount that cannot say why is a bug"
    for one in due:
        assert sum(c.amount for c in one.components) == one.amount.minor
    payable = case.get("pays") or str(sum((d.amount for d in due), Money(0, book.contents.currency)).amount)
    assert str(declaration.assessed.payable.amount) == payable


def test_every_case_names_its_law() -> None:
    assert len({c["case"] for c in CASES}) == len(CASES) > 50
    assert [c["case"] for c in CASES if not c["source"]] == []


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
