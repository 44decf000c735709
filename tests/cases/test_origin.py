"""The worked cases of origin, walked along the whole line under the Book of the demo country."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
import yaml

from customhouse.clearance.line import Context, walk
from customhouse.law.book import Book, compile_pack
from customhouse.law.pack import country_directory
from customhouse.record import lodgement as r
from customhouse.record.declaration import Declaration
from customhouse.record.origin import ItemOrigin

PACK = country_directory("meridia")
# Every value is text, so that no amount meets a binary fraction and Norway is a country.
CASES: list[dict[str, Any]] = yaml.load((PACK / "cases" / "origin.yaml").read_text("utf-8"), Loader=yaml.BaseLoader)
KNOWN = {"case", "source", "date", "goods", "owes", "origin"}
OF_ORIGIN = {"verdict", "agreement", "proof", "rule", "fails", "says", "instead", "direct"}


@pytest.fixture(scope="module")
def book() -> Book:
    return Book.open(compile_pack(PACK))


def papers(codes: list[str]) -> tuple[r.AdditionalDocument, ...]:
    return tuple(r.AdditionalDocument(category=code[:1], type=code[1:], id="1") for code in codes)


def commodity(told: dict[str, Any]) -> r.Commodity:
    price, _, currency = told["price"].partition(" ")
    quantity, _, unit = told.get("quantity", "").partition(" ")
    mass = r.Measure(Decimal(told["net"]))
    return r.Commodity(
        description="goods of a worked case",
        classifications=(r.Classification(told["code"], "TSP"),),
        duties=(r.DeclaredDuty(type="A00", regime=told["preference"], payment=r.DeclaredPayment("A")),),
        gross_mass=mass,
        net_mass=mass,
        tariff_quantity=r.Measure(Decimal(quantity), unit) if quantity else None,
        price=r.Amount(Decimal(price), currency),
    )


def lodgement(told: dict[str, Any]) -> r.Lodgement:
    origins = [r.Origin(told["origin"], "1")]
    if "preferential_origin" in told:
        origins.append(r.Origin(told["preferential_origin"], "2"))
    item = r.GoodsItem(
        sequence=1,
        commodity=commodity(told),
        documents=papers(["N935", *told.get("documents", [])]),
        procedures=(r.Procedure("40", "00"),),
        origins=tuple(origins),
        packages=(r.Packaging(sequence=1, quantity=Decimal(1), type="CT"),),
        valuation=r.CustomsValuation(method="1"),
    )
    return r.Lodgement(
        lrn="CASE-1",
        type="IMA",
        declarant=r.Party(id="CASE"),
        documents=papers(told.get("common_documents", [])),
        goods_shipment=r.GoodsShipment(
            export_country=told.get("dispatched", ""),
            importer=r.Party(id="CASE"),
            items=(item,),
            terms=r.TradeTerms(code="CIF"),
        ),
    )


def walked(case: dict[str, Any], book: Book) -> Declaration:
    at = datetime.combine(date.fromisoformat(case["date"]), time(12), UTC)
    context = Context(book.on(at.date()), at, b"worked cases")
    done = walk(lodgement(case["goods"]), context, number=1, by="case", format="json", digest="")
    assert [p for p in done.problems if p.severity == "error"] == []
    return done.declaration


def compare(origin: ItemOrigin, told: dict[str, Any]) -> None:
    """Every word of a case about the verdict; what it does not name must not be there."""
    assert origin.verdict.value == told["verdict"]
    assert origin.agreement == told.get("agreement", "")
    assert [c.rule for c in origin.failing] == told.get("fails", [])
    assert told.get("says", "") in origin.remark
    assert origin.direct is (told.get("direct") != "no")
    if "proof" in told:
        assert origin.proof == f"{told['proof']} 1"
    if "rule" in told:
        assert origin.rules[0].heading == told["rule"]
    if "instead" in told:
        assert origin.general is not None
        assert origin.general.formula == told["instead"]


@pytest.mark.parametrize("case", CASES, ids=[c["case"] for c in CASES])
def test_case(case: dict[str, Any], book: Book) -> None:
    assert not case.keys() - KNOWN and not case["origin"].keys() - OF_ORIGIN, "what is not compared says nothing"
    declaration = walked(case, book)
    assert declaration.origin is not None and declaration.assessed is not None
    (origin,) = declaration.origin.items
    compare(origin, case["origin"])
    assert {d.type: str(d.amount.amount) for d in declaration.assessed.duties} == case["owes"]
    sources = {d.source for d in declaration.assessed.duties} | {c.source for c in origin.conditions}
    assert set(case["source"].split("; ")) <= sources
    assert all(c.source for c in origin.conditions), "a condition names the law that asks for it"
    assert all(rule.source and rule.text for rule in origin.rules)


def test_every_refusal_says_what_is_charged_instead() -> None:
    refused = [c["origin"] for c in CASES if c["origin"]["verdict"] == "refused"]
    assert len(refused) >= 8 and all(o.get("fails") and o.get("instead") for o in refused)


def test_every_condition_is_seen_to_fail() -> None:
    failing = {name for case in CASES for name in case["origin"].get("fails", [])}
    assert failing == {"agreement", "tariff", "proof", "product-rule", "transport"}
