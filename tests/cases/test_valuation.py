"""The worked valuations of the demo country: what a jurist wrote is what the valuation office makes of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import yaml

from customhouse.law.book import Book, compile_pack
from customhouse.law.pack import country_directory
from customhouse.offices.value import value
from customhouse.record import lodgement as r
from customhouse.record.acts import Held, Valued

PACK = country_directory("meridia")
CASES = yaml.load((PACK / "cases" / "valuation.yaml").read_text("utf-8"), yaml.BaseLoader)
WORDS = {
    "case": {"case", "source", "day", "shipment", "items", "value", "remarks", "held", "worked"},
    "shipment": {"terms", "mode", "nature", "invoice", "agreed", "charges", "freight"},
    "item": {"price", "declared", "mass", "method", "indicators", "documents", "statements", "charges"},
}


@pytest.fixture(scope="module")
def book() -> Book:
    return Book.open(compile_pack(PACK))


def amount(text: str | None) -> r.Amount | None:
    if text is None:
        return None
    number, currency = text.split()
    return r.Amount(Decimal(number), "" if currency == "%" else currency)


def charges(told: dict[str, Any]) -> tuple[r.ChargeDeduction, ...]:
    return tuple(r.ChargeDeduction(c[:2], amount(c[3:])) for c in told.get("charges", []))


def goods(number: int, told: dict[str, Any]) -> r.GoodsItem:
    assert told.keys() <= WORDS["item"], told
    method = told.get("method", "1")
    return r.GoodsItem(
        sequence=number,
        customs_value=amount(told.get("declared")),
        commodity=r.Commodity(
            price=amount(told.get("price")),
            gross_mass=r.Measure(Decimal(told["mass"])) if "mass" in told else None,
        ),
        documents=tuple(r.AdditionalDocument(c[:1], c[1:], "1") for c in told.get("documents", [])),
        information=tuple(r.AdditionalInformation(code=s) for s in told.get("statements", [])),
        valuation=r.CustomsValuation("" if method == "none" else method, None, charges(told)),
        valuation_adjustment=told.get("indicators", ""),
    )


def lodged(case: dict[str, Any]) -> r.Lodgement:
    told = case["shipment"]
    assert case.keys() <= WORDS["case"] and told.keys() <= WORDS["shipment"], case
    agreed = amount(told.get("agreed"))
    return r.Lodgement(
        type="IMA",
        invoice=amount(told.get("invoice")),
        border_means=r.TransportMeans(mode=told.get("mode", "")),
        currency_exchanges=(r.CurrencyExchange(agreed.currency, agreed.value),) if agreed else (),
        goods_shipment=r.GoodsShipment(
            transaction_nature=told.get("nature", ""),
            terms=r.TradeTerms(code=told["terms"]) if "terms" in told else None,
            valuation=r.CustomsValuation("", amount(told.get("freight")), charges(told)),
            items=tuple(goods(n, item) for n, item in enumerate(case["items"], 1)),
        ),
    )


@pytest.mark.parametrize("case", CASES, ids=[c["case"] for c in CASES])
def test_case(case: dict[str, Any], book: Book) -> None:
    law = book.on(date.fromisoformat(case["day"]))
    acts = value(lodged(case), law)
    reasons = [why for act in acts if isinstance(act, Held) for why in act.hold.reasons]
    assert [why.rule.removeprefix("value.") for why in reasons] == case.get("held", [])
    valued = next((act.valuation for act in acts if isinstance(act, Valued)), None)
    if valued is None:
        assert "value" not in case
        return
    assert [str(i.value.amount) for i in valued.items] == [str(Decimal(v)) for v in case["value"]]
    unmet = [*valued.unmet, *(u for item in valued.items for u in item.unmet)]
    assert sorted(u.id for u in unmet) == sorted([*case.get("remarks", []), *case.get("held", [])])
    assert all(u.why and u.hint and u.source for u in unmet), "a doubt says why, what to do and by which article"
    assert all(sum(s.amount for s in i.steps) == i.value.minor for i in valued.items), "the steps make up the value"


def test_every_case_names_its_source() -> None:
    assert len(CASES) >= 12 and all(c["source"] for c in CASES)


def test_every_delivery_term_that_the_rules_take_is_in_the_law(book: Book) -> None:
    known = {t.code for t in book.contents.incoterms}
    assert set(book.contents.lists["incoterms"]) - {"XXX"} == known


def test_terms_and_charges_speak_every_language(book: Book) -> None:
    c = book.contents
    for thing in (*c.incoterms, *c.charges):
        assert thing.source and all(thing.text.get(language) for language in c.languages), thing
