"""The valuation office under laws of several kinds: what counts, what is missing or doubled, and how it is spread."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from tests.valuations import (
    DAY,
    TO_BORDER,
    charge,
    costs,
    doubts,
    item,
    law,
    lodged,
    money,
    valued,
    worth,
)

from customhouse.law.book import Book, Contents

# --- what counts, by the place of valuation --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "terms", "declared", "minor", "remarks"),
    [
        ("CIF", "FOB", ["AK 90.00 USD"], 109_000, []),
        ("CIF", "FOB", ["AT 90.00 USD"], 109_000, []),
        ("CIF", "FOB", ["AS 90.00 USD"], 100_000, ["twice", "carriage", "insurance"]),
        ("CIF", "FCA", ["AT 90.00 USD"], 109_000, []),
        ("CIF", "CIF", ["AK 90.00 USD"], 100_000, ["twice"]),
        ("CIF", "CIF", ["AB 90.00 USD"], 109_000, []),
        ("CIF", "CIF", ["AV 90.00 USD"], 100_000, []),
        ("CIF", "DAP", ["BA 90.00 USD"], 91_000, []),
        ("CIF", "FOB", ["BA 90.00 USD", "AK 0 USD"], 100_000, ["not_in_price"]),
        ("CIF", "CIF", ["BT 90.00 USD"], 100_000, ["part_of_value"]),
        ("FOB", "FOB", [], 100_000, []),
        ("FOB", "FOB", ["AT 90.00 USD"], 100_000, ["outside"]),
        ("FOB", "FOB", ["AK 90.00 USD"], 100_000, ["outside"]),
        ("FOB", "CIF", ["BT 90.00 USD"], 91_000, []),
        ("FOB", "FOB", ["BT 90.00 USD"], 100_000, ["not_in_price"]),
        ("FOB", "FCA", [], 100_000, []),
    ],
)
def test_terms_decide_what_is_added_and_taken_off(
    place: str, terms: str, declared: list[str], minor: int, remarks: list[str]
) -> None:
    of_shipment = valued(lodged(item(), terms=terms, charges=costs(*declared)), law(place=place))
    of_item = valued(lodged(item("1000.00 USD", *declared), terms=terms), law(place=place))
    assert of_shipment.total.minor == of_item.total.minor == minor
    assert doubts(of_shipment) == remarks and sorted(doubts(of_item)) == sorted(remarks)


def test_a_charge_that_is_left_out_stays_visible_with_the_reason() -> None:
    found = valued(lodged(item(), charges=costs("AK 90.00 USD")), law())
    step = found.items[0].steps[1]
    assert (step.what, step.declared, step.amount) == ("charge AK", "90.00 USD", 0)
    assert step.note == "not counted: words of AK is in a price CIF already"


def test_a_law_may_take_charges_as_declared_and_only_remark() -> None:
    found = valued(lodged(item(), charges=costs("AK 90.00 USD")), law(against_terms="as_declared"))
    assert found.total.minor == 109_000 and doubts(found) == ["twice"]


def test_a_country_may_name_the_costs_that_count() -> None:
    with_unloading = law(counts=(*TO_BORDER, "unloading"))
    found = valued(lodged(item(), terms="FOB", charges=costs("AK 90.00 USD")), with_unloading)
    assert doubts(found) == ["unloading"]


def test_a_cost_missing_for_one_item_names_it() -> None:
    found = valued(lodged(item("10.00 USD", "AK 1.00 USD"), item(), terms="FOB"), law())
    assert [u.id for u in found.unmet] == ["carriage", "insurance"] and found.unmet[0].why.endswith("for item 2")


def test_a_law_without_terms_and_codes_takes_charges_by_their_letter() -> None:
    bare = Book.of(Contents(country="XX", title={"en": ""}, version="1", currency="USD", languages=("en",))).on(DAY)
    found = valued(lodged(item(), terms="CIF", charges=costs("AK 90.00 USD", "BC 40.00 USD", freight="5.00 USD")), bare)
    assert found.total.minor == 105_500 and doubts(found) == []


def test_an_unknown_code_is_remarked_upon_and_one_without_meaning_not_counted() -> None:
    found = valued(lodged(item(), charges=costs("AZ 10.00 USD", "ZZ 10.00 USD", "BH 120 USD")), law())
    assert found.total.minor == 101_000 and doubts(found) == ["charge", "charge", "charge"]


def test_an_unknown_term_says_nothing_and_is_remarked_upon() -> None:
    found = valued(lodged(item(), terms="XXX", charges=costs("AK 90.00 USD")), law())
    assert found.total.minor == 109_000 and doubts(found) == ["terms"]


def test_an_export_is_not_judged() -> None:
    found = valued(lodged(item(), terms="FOB", type="EXA", charges=costs("AT 90.00 USD")), law(place="FOB"))
    assert found.total.minor == 109_000 and doubts(found) == [] and found.items[0].met == ()


def test_other_methods_are_not_measured_by_delivery_terms() -> None:
    found = valued(lodged(item(method="4"), terms="FOB", charges=costs("BA 90.00 USD")), law())
    assert found.total.minor == 91_000 and doubts(found) == []


def test_a_statistical_value_has_its_carriage_in_it() -> None:
    statistical = item(None, statistical_value=money("500.00 USD"), method="")
    both = lodged(item(), statistical, terms="FOB", charges=costs("AK 90.00 USD"))
    assert worth(both, law()) == [109_000, 50_000]
    assert doubts(valued(lodged(statistical, terms="FOB", charges=costs("AK 90.00 USD")), law())) == ["twice"]


# --- spreading -------------------------------------------------------------------------------------------------------


def test_freight_by_weight_and_the_rest_by_value() -> None:
    by_weight = law(spread_freight_by="weight")
    goods = (item("100.00 USD", mass="30"), item("900.00 USD", mass="10"))
    assert worth(lodged(*goods, terms="FOB", charges=costs("AK 40.00 USD")), by_weight) == [13_000, 91_000]
    assert worth(lodged(*goods, charges=costs("AB 40.00 USD")), by_weight) == [10_400, 93_600]
    step = valued(lodged(*goods, terms="FOB", charges=costs("AK 40.00 USD")), by_weight).items[0].steps[1]
    assert step.share == "30.000 of 40.000 kg"


def test_an_item_that_weighs_nothing_bears_no_freight_and_one_without_mass_makes_value_the_measure() -> None:
    by_weight, freight = law(spread_freight_by="weight"), costs("AK 40.00 USD")
    weightless = (item("100.00 USD", mass="0"), item("900.00 USD", mass="10"))
    assert worth(lodged(*weightless, terms="FOB", charges=freight), by_weight) == [10_000, 94_000]
    unweighed = (item("100.00 USD"), item("900.00 USD", mass="10"))
    assert worth(lodged(*unweighed, terms="FOB", charges=freight), by_weight) == [10_400, 93_600]
    nothing = (item("100.00 USD", mass="0"), item("300.00 USD", mass="0"))
    assert worth(lodged(*nothing, terms="FOB", charges=freight), by_weight) == [11_000, 33_000]


def test_net_mass_stands_in_for_gross_mass() -> None:
    goods = (item("1.00 USD", net="1"), item("1.00 USD", mass="3"))
    assert worth(lodged(*goods, terms="FOB", charges=costs("AK 4.00 USD")), law(spread_freight_by="weight")) == [
        200,
        400,
    ]


def test_without_values_mass_serves_and_then_the_number_of_items() -> None:
    weighed = (item("0 USD", mass="1"), item("0 USD", mass="3"))
    assert worth(lodged(*weighed, charges=costs("AB 4.00 USD")), law()) == [100, 300]
    assert worth(lodged(item("0 USD"), item("0 USD"), charges=costs("AB 0.03 USD")), law()) == [2, 1]


def test_a_code_may_say_itself_how_it_is_spread() -> None:
    of_law = law(spread_freight_by="weight")
    by_value = charge("AW", "add", ("carriage", "insurance"), spread="value")
    contents = replace(of_law.book.contents, charges=(by_value,))
    goods = (item("100.00 USD", mass="30"), item("900.00 USD", mass="10"))
    found = worth(lodged(*goods, terms="FOB", charges=costs("AW 40.00 USD")), Book.of(contents).on(DAY))
    assert found == [10_400, 93_600]
