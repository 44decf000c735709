"""What a declaration names, and by which keys it is known: names of every script, long ones, odd numbers."""

from __future__ import annotations

import pytest

from customhouse.offices.risk import network
from customhouse.record.lodgement import (
    AdditionalDocument,
    Address,
    Communication,
    GoodsShipment,
    Lodgement,
    Party,
    TransportConsignment,
    TransportEquipment,
    TransportMeans,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Silver Reed, JSC.", "silver  reed jsc"),
        ("ＳＩＬＶＥＲ　Reed JSC", "Silver Reed JSC"),
        ("شركة البحر\u202e الأزرق", "شركة البحر الأزرق"),
        ("STRASSE", "straße"),
    ],
)
def test_what_looks_the_same_is_the_same(one: str, other: str) -> None:
    assert network.name_key(one) == network.name_key(other) != ""


def test_long_names_that_differ_at_the_end_stay_apart() -> None:
    one, other = "An endless name " * 30 + "north", "An endless name " * 30 + "south"
    assert network.name_key(one) != network.name_key(other)
    assert len(network.name_key(one)) <= network.LONGEST_KEY + 13
    assert len(network.shown(one)) <= network.LONGEST_NAME
    assert network.name_key("...") == network.name_key("") == ""


def test_marks_that_turn_the_writing_round_are_not_shown() -> None:
    assert network.shown("ab\u202ecd\u2066\x00\n  e\tf") == "abcd e f"


def test_a_party_is_known_by_its_number_or_else_by_its_name() -> None:
    assert network.party_key(Party(id=" xm 100 ", name="A")) == "XM100"
    assert network.party_key(Party(id="شركة", name="Blue Sea")) == "blue sea"
    assert network.party_key(Party(name="Blue Sea")) == "blue sea"
    assert network.party_key(Party()) == network.party_key(None) == ""


def test_everything_named_is_found_once_in_the_order_of_kinds() -> None:
    exporter = Party(
        name="Reed",
        address=Address(line="4 Canal Street", city="Hanoi", country="VN"),
        communications=(
            Communication("+84 24 3825-1234", "TE"),
            Communication("a@b.example", "EM"),
            Communication("12", "TE"),
        ),
    )
    lodged = Lodgement(
        declarant=Party(id="XM1"),
        exporter=exporter,
        border_means=TransportMeans(id="IMO 9321172", name="Kestrel"),
        documents=(AdditionalDocument("N", "705", "bl-1"), AdditionalDocument("N", "935", "INV-1")),
        goods_shipment=GoodsShipment(
            importer=Party(id="XM2", name="Shoes"),
            consignment=TransportConsignment(
                equipment=(TransportEquipment(1, "mscu 663 9870"), TransportEquipment(2, "MSCU6639870"))
            ),
        ),
    )
    found = network.links(lodged)
    assert [link.kind for link in found] == [
        "importer", "exporter", "declarant", "address", "telephone", "container", "means", "document",
    ]  # fmt: skip
    assert {link.kind: link.key for link in found} == {
        "importer": "XM2", "exporter": "reed", "declarant": "XM1", "address": "4 canal street hanoi vn",
        "telephone": "842438251234"[-12:], "container": "MSCU6639870", "means": "IMO9321172", "document": "BL1",
    }  # fmt: skip
    assert network.links(Lodgement()) == ()
