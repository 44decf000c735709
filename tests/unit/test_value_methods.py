"""The valuation office: rates of exchange, invoices, the six methods, holds, and what a pack may not say."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.valuations import ALWAYS, DAY, costs, doubts, item, law, lodged, money, rate, valued, worth

from customhouse.clearance.line import Context, walk
from customhouse.kernel.money import Rounding
from customhouse.law.book import Book, compile_pack
from customhouse.law.pack import PackError, country_directory
from customhouse.law.terms import Rate
from customhouse.law.valuation import ValuationLaw
from customhouse.offices.value import value
from customhouse.record import lodgement as r
from customhouse.record.acts import Held
from customhouse.record.declaration import HoldKind, Stage

# --- rates -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quoted", "price", "minor", "told"),
    [
        (rate("EUR", "1.0534"), "100.00 EUR", 10_534, "1.0534 USD"),
        (rate("JPY", "0.6579", units=100), "125000 JPY", 82_238, "0.6579 USD per 100 JPY"),
        (rate("JPY", "151.99", inverse=True), "125000 JPY", 82_242, "151.99 JPY per USD"),
        (rate("EUR", "93.75", inverse=True, units=100), "1.00 EUR", 107, "93.75 EUR per 100 USD"),
        (rate("KWD", "3.25"), "1234.567 KWD", 401_234, "3.25 USD"),
    ],
)
def test_rates_as_the_law_quotes_them(quoted: Rate, price: str, minor: int, told: str) -> None:
    step = valued(lodged(item(price)), law(rates=(quoted,))).items[0].steps[0]
    assert (step.amount, step.rate, step.source) == (minor, told, "Bank")


def test_national_currencies_without_cents_and_with_three_digits() -> None:
    assert worth(lodged(item("10.00 USD")), law("JPY", rates=(rate("USD", "151.99"),))) == [1520]
    assert worth(lodged(item("10.00 USD")), law("TND", rates=(rate("USD", "3.1234567"),))) == [31_235]
    shares = valued(lodged(item("3 JPY"), item("5 JPY"), charges=costs("AB 1 JPY")), law("JPY"))
    assert [i.value.minor for i in shares.items] == [3, 6] and shares.items[1].steps[1].share == "5 of 8 JPY"


def test_an_inverse_rate_is_exact_at_the_half() -> None:
    half = law(rates=(rate("XAF", "8", inverse=True),))
    assert worth(lodged(item("1 XAF")), half) == [13]
    even = law(rates=(rate("XAF", "8", inverse=True),), rounding=Rounding("half_even"))
    assert worth(lodged(item("1 XAF")), even) == [12]


def test_every_currency_without_a_rate_is_named_at_once() -> None:
    acts = value(lodged(item("1 EUR"), item("1 GBP"), charges=costs("AB 1 CHF")), law())
    assert [a.hold.ref for a in acts if isinstance(a, Held)] == ["EUR", "GBP", "CHF"] and len(acts) == 3
    assert all(a.hold.kind is HoldKind.LAW for a in acts if isinstance(a, Held))


@pytest.mark.parametrize("named", ["EUR", "USD", ""])
def test_an_agreed_rate_is_taken_where_the_law_accepts_it(named: str) -> None:
    agreed = (r.CurrencyExchange(named, Decimal("1.20")),)
    accepting = law(rates=(rate("EUR", "1.0534"),), agreed_rate="accept")
    found = valued(lodged(item("100.00 EUR"), currency_exchanges=agreed), accepting)
    assert found.total.minor == 12_000 and "agreed_rate" in found.met
    assert found.items[0].steps[0].source == "rate agreed between the parties (DE 4/15), Act 1"
    refusing = law(rates=(rate("EUR", "1.0534"),))
    refused = valued(lodged(item("100.00 EUR"), currency_exchanges=agreed), refusing)
    assert refused.total.minor == 10_534 and doubts(refused) == ["agreed_rate"] and "1.0534" in refused.unmet[0].why


def test_an_agreed_rate_may_stand_in_for_a_missing_one() -> None:
    agreed = (r.CurrencyExchange("BTN", Decimal("0.012")),)
    assert worth(lodged(item("1000 BTN"), currency_exchanges=agreed), law(agreed_rate="accept")) == [1200]
    assert isinstance(value(lodged(item("1000 BTN"), currency_exchanges=agreed), law())[0], Held)


@pytest.mark.parametrize("agreed", [r.CurrencyExchange("EUR", Decimal(0)), r.CurrencyExchange("", Decimal("1.2"))])
def test_an_agreed_rate_that_means_nothing_is_not_taken(agreed: r.CurrencyExchange) -> None:
    found = valued(lodged(item("10.00 USD"), currency_exchanges=(agreed,)), law(agreed_rate="accept"))
    assert doubts(found) == ["agreed_rate"]


def test_the_value_may_be_rounded_to_larger_units() -> None:
    down = ValuationLaw(validity=ALWAYS, source="Act 1", rounding=Rounding("down", 100))
    contents = replace(law().book.contents, valuations=(down,))
    found = valued(lodged(item("999.99 USD")), Book.of(contents).on(DAY))
    assert found.total.minor == 99_900
    assert [(s.what, s.amount) for s in found.items[0].steps] == [("price", 99_999), ("rounding", -99)]


# --- invoice ---------------------------------------------------------------------------------------------------------


def test_invoice_shares_add_up_to_the_invoice_and_say_how_they_were_found() -> None:
    bare = (item(None, mass="1"), item(None, mass="1"), item(None, mass="1"))
    found = valued(lodged(*bare, invoice=money("100.00 USD")), law())
    assert [i.value.minor for i in found.items] == [3334, 3333, 3333] and found.items[0].met[0] == "price"
    assert found.items[0].steps[0].share == "1.000 of 3.000 kg"


@pytest.mark.parametrize(
    ("other", "invoice"),
    [
        (item("900.00 USD"), "900.00 USD"),
        (item("950.00 USD"), "900.00 USD"),
        (item("100.00 EUR"), "900.00 USD"),
        (item(None, customs_value=money("10.00 USD")), "900.00 USD"),
    ],
)
def test_an_invoice_that_leaves_nothing_clear_is_not_shared(other: r.GoodsItem, invoice: str) -> None:
    found = valued(lodged(other, item(None), invoice=money(invoice)), law(rates=(rate("EUR", "1.1"),)))
    assert found.items[1].value.minor == 0 and doubts(found).count("invoice") == 1


# --- methods ---------------------------------------------------------------------------------------------------------


def statement(code: str) -> r.AdditionalInformation:
    return r.AdditionalInformation(code=code)


EVIDENCE = {
    id: (id[:4].upper(),) for id in ("identical", "similar", "deductions", "elements", "grounds", "order", "swap")
}
JUDGED = {
    "1 all is well": ("1", {"valuation_adjustment": "0000"}, "1", []),
    "1 no price": ("1", {"price": None}, "1", ["price"]),
    "1 return": ("1", {}, "21", ["sale"]),
    "1 three faults": ("1", {"valuation_adjustment": "0111"}, "1", ["restrictions", "conditions", "proceeds"]),
    "1 malformed": ("1", {"valuation_adjustment": "012"}, "1", ["indicators"]),
    "2 without reference": ("2", {}, "3", ["identical"]),
    "2 with reference": ("2", {"information": (statement("IDEN"),)}, "3", []),
    "2 passed over": ("2", {"information": (statement("IDEN"),), "valuation_adjustment": "0000"}, "1", ["order"]),
    "2 explained": (
        "2",
        {"information": (statement("IDEN"), statement("ORDE")), "valuation_adjustment": "0000"},
        "1",
        [],
    ),
    "3 without reference": ("3", {}, "3", ["similar"]),
    "4 nothing deducted": ("4", {}, "9", ["deductions"]),
    "4 worksheet": ("4", {"information": (statement("DEDU"),)}, "9", []),
    "4 no price": ("4", {"price": None}, "9", ["resale", "deductions"]),
    "5 nothing shown": ("5", {}, "9", ["elements", "swap"]),
    "5 shown and asked": ("5", {"information": (statement("ELEM"), statement("SWAP"))}, "9", []),
    "6 no grounds": ("6", {}, "9", ["grounds"]),
    "7 is none": ("7", {}, "1", ["method"]),
}


@pytest.mark.parametrize(("method", "more", "nature", "unmet"), JUDGED.values(), ids=JUDGED.keys())
def test_preconditions_of_the_methods(method: str, more: dict[str, Any], nature: str, unmet: list[str]) -> None:
    price = more.get("price", "1000.00 USD")
    goods = item(price, method=method, **{k: v for k, v in more.items() if k != "price"})
    found = valued(lodged(goods, nature=nature), law(evidence=EVIDENCE))
    assert [u.id for u in found.items[0].unmet] == unmet and found.items[0].method == method
    stopped = value(lodged(goods, nature=nature), law(evidence=EVIDENCE, holds=tuple(unmet)))
    holds = [a.hold for a in stopped if isinstance(a, Held)]
    assert [why.rule for h in holds for why in h.reasons] == [f"value.{id}" for id in unmet]
    assert all(h.kind is HoldKind.VALUE and why.source and why.item == 1 for h in holds for why in h.reasons)


def test_buyer_and_seller_who_are_one_are_related_whatever_they_say() -> None:
    one = r.Party(id="XM1")
    goods = item(valuation_adjustment="0000")
    assert doubts(valued(lodged(goods, buyer=one, seller=one), law())) == ["related"]
    assert doubts(valued(lodged(goods, buyer=one, seller=r.Party(id="DE2")), law())) == []
    shown = item(valuation_adjustment="1000", documents=(r.AdditionalDocument("V", "001", "7"),))
    found = valued(lodged(shown, buyer=one, seller=one), law(evidence={"related": ("V001",)}))
    assert doubts(found) == [] and "related" in found.items[0].met


def test_a_document_without_a_number_shows_nothing() -> None:
    goods = item(method="2", documents=(r.AdditionalDocument("V", "002"),))
    assert "identical" in doubts(valued(lodged(goods), law(evidence={"identical": ("V002",)})))


# --- along the line, and in the pack ---------------------------------------------------------------------------------


def test_a_value_hold_stops_the_release_and_the_amounts_are_there() -> None:
    meridia = Book.open(compile_pack(country_directory("meridia"))).on(DAY)
    tiles = r.Commodity("ceramic tiles", (r.Classification("69072100", "TSP"),), price=money("1000.00 USD"))
    goods = replace(item(), commodity=tiles, procedures=(r.Procedure("40", "00"),), origins=(r.Origin("IT", "1"),))
    declared = lodged(goods, terms="FOB", lrn="V1", declarant=r.Party(id="XM1"))
    done = walk(
        declared,
        Context(meridia, datetime(2026, 11, 24, 9, tzinfo=UTC), b"k"),
        number=1,
        by="t",
        format="json",
        digest="",
    )
    d = done.declaration
    assert d.stage is Stage.ROUTED and d.assessed is not None and d.assessed.total.minor > 0
    assert d.hold(HoldKind.VALUE) is not None
    assert {p.rule for p in done.problems} >= {"XM020"}


@pytest.mark.parametrize(
    ("file", "line", "said"),
    [
        ("incoterms.csv", "ZZZ,carriage freight,,,Z,Z,,,x", "'freight' is no cost of delivery"),
        ("incoterms.csv", "CIF,carriage,,,C,C,,,x", "overlaps in time"),
        ("charges.csv", "ZZ,plus,,,,Z,Z,,,x", "'plus' is not one of add, deduct, none"),
        ("charges.csv", "ZY,add,,volume,,Z,Z,,,x", "'volume' is not one of value, weight"),
        ("rates.csv", "ZZZ,0,,,x", "a rate of exchange is above zero"),
        (
            "country.toml",
            '[[valuation]]\nholds = ["freight"]\nfrom = 2019-01-01\nuntil = 2020-01-01',
            "no check of a valuation",
        ),
        ("country.toml", "[[valuation]]", "overlaps in time"),
        ("country.toml", '[[valuation]]\nplace = "EXW"', "Invalid enum value 'EXW'"),
    ],
)
def test_a_broken_line_of_the_pack_is_named(tmp_path: Path, file: str, line: str, said: str) -> None:
    for source in country_directory("meridia").glob("*.*"):
        (tmp_path / source.name).write_bytes(source.read_bytes())
    with (tmp_path / file).open("a", encoding="utf-8") as pack:
        pack.write(line + "\n")
    with pytest.raises(PackError) as caught:
        compile_pack(tmp_path)
    assert any(said in p.label and file in p.where for p in caught.value.problems), caught.value.problems
