"""Postal items: every one that is taken is the parcel that its form describes, and what no parcel can say is put aside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")

from tests.stream.forms import SAMPLES, read

from customhouse.record.parcel import NAMES, Parcel
from customhouse.stream.parcels import postal
from customhouse.stream.parcels.batches import Source
from customhouse.stream.parcels.rows import Quarantined

GIFT: dict[str, Any] = {
    "item_id": "CP473124829CN", "category": "gift", "posted": "2026-11-20", "gross_weight": "0.906", "postal_charges": "4.20",
    "sender": {"name": "Li Wei", "country": "CN"},
    "addressee": {"name": "Kira García", "address": "902 Coral Avenue", "postcode": "30004", "city": "Westbay"},
    "content_pieces": [
        {"description": "wool scarf", "quantity": 2, "net_weight": "0.815", "value": "13.50", "currency": "EUR",
         "hs_code": "61171000", "origin": "CN"},
    ],
}  # fmt: skip


def posted(tmp_path: Path, *items: dict[str, Any] | bytes) -> tuple[dict[int, Parcel], dict[int, Quarantined]]:
    path = tmp_path / "mail.jsonl"
    path.write_bytes(b"\n".join(i if isinstance(i, bytes) else json.dumps(i).encode() for i in (GIFT, *items)))
    assert Source(path).format == "postal"
    return read(path)


def test_a_postal_item_is_the_parcel_that_its_form_describes(tmp_path: Path) -> None:
    sold = {
        **GIFT, "category": "sale_of_goods", "sender": {"name": "Li Wei", "business": "Wei Trading", "country": "CN", "address": "8 Harbour Road", "city": "Shenzhen"},
        "sender_customs_reference": "IM0000000017", "procedures": "C07 F48", "invoice": "SO-0",
    }  # fmt: skip
    found, bad = posted(tmp_path, sold)
    assert not bad
    assert found[1] == Parcel(
        reference="CP473124829CN", consignor="Li Wei", consignor_country="CN", consignee="Kira García",
        address="902 Coral Avenue", postcode="30004", city="Westbay", description="2 x wool scarf", code="61171000", origin="CN",
        gross_mass="0.906", net_mass="0.815", price="13.50", currency="EUR", freight="4.20", procedures="C08", posted="20261120",
    )  # fmt: skip
    assert (found[2].consignor_address, found[2].consignor_postcode, found[2].consignor_city) == (
        "8 Harbour Road",
        "",
        "Shenzhen",
    )
    assert (found[2].consignor, found[2].procedures, found[2].scheme) == (
        "Li Wei, Wei Trading",
        "C07 F48",
        "IM0000000017",
    )


@pytest.mark.parametrize(
    ("change", "rule", "why"),
    [
        ({"item_id": "CP473124820CN"}, "CheckDigit", "its check digit would be 9"),
        ({"content_pieces": GIFT["content_pieces"] * 3}, "NeedsFullDeclaration", "the item has 3 content pieces"),
        ({"content_pieces": []}, "MissingField", "content_pieces"),
        ({"category": "returned_goods"}, "NeedsFullDeclaration", "returned goods"),
        ({"category": "sale of good"}, "UnknownCategory", "Did you mean sale_of_goods?"),
        ({"licence": "L-1"}, "NeedsFullDeclaration", "a licence is named"),
        ({"sender": {"name": "Li Wei", "street": "1 Road"}}, "UnknownField", "sender/'street'"),
        ({"weight": "1"}, "UnknownField", "Did you mean gross_weight?"),
        ({"procedures": "C08", "category": "documents"}, "NoPrivateGift", "no gift from one private person"),
        ({"addressee": "Kira"}, "MissingField", "addressee is missing"),
        ({"gross_weight": "906 g"}, "InvalidNumber", "gross_mass"),
        ({"gross_weight": None}, "MissingField", "gross_mass is missing"),
        ({"content_pieces": [{**GIFT["content_pieces"][0], "quantity": "0"}]}, "InvalidNumber", "articles"),
        ({"content_pieces": [{**GIFT["content_pieces"][0], "value": ""}]}, "MissingField", "price is missing"),
    ],
)  # fmt: skip
def test_an_item_that_is_no_parcel_is_put_aside_with_the_reason(
    tmp_path: Path, change: dict[str, Any], rule: str, why: str
) -> None:
    found, bad = posted(tmp_path, {**GIFT, **change}, GIFT)
    assert sorted(found) == [1, 3] and list(bad) == [2]
    assert bad[2].rule == rule and why in f"{bad[2].why} {bad[2].hint}"


def test_the_check_digit_of_s10_and_broken_lines(tmp_path: Path) -> None:
    assert [postal.check_digit(n) for n in ("47312482", "00000000", "00000001")] == [9, 5, 4]
    found, bad = posted(tmp_path, {**GIFT, "item_id": "OUR-OWN-1"}, b'{"item_id":', b'{"a": 1}')
    assert found[2].reference == "OUR-OWN-1" and [bad[n].rule for n in (3, 4)] == ["NotJSON", "UnknownField"]


def test_a_gift_is_private_only_where_no_business_is_named(tmp_path: Path) -> None:
    to_firm = {**GIFT, "addressee": {**GIFT["addressee"], "business": "García SA"}}
    found, _ = posted(tmp_path, to_firm, {**GIFT, "procedures": "C08 C07"}, {**GIFT, "category": "commercial_sample"})
    assert [found[n].procedures for n in (1, 2, 3, 4)] == ["C08", "", "C08 C07", ""]


def test_the_sample_and_the_table_of_the_guide() -> None:
    found, bad = read(SAMPLES / "mail.jsonl", 5)
    assert len(found) >= 8 and {q.rule for q in bad.values()} == {"CheckDigit", "NeedsFullDeclaration"}
    guide = (SAMPLES.parents[1] / "docs/guides/parcels.md").read_text()
    for name in (
        *postal.ITEM,
        *postal.SENDER,
        *postal.ADDRESSEE,
        *postal.PIECE,
        *postal.FURTHER,
        *postal.PAPERS,
        *postal.CATEGORIES,
    ):
        assert f"`{name}`" in guide, name
    assert set(NAMES) >= {
        *postal.ITEM.values(),
        *postal.SENDER.values(),
        *postal.ADDRESSEE.values(),
        *postal.PIECE.values(),
    }
