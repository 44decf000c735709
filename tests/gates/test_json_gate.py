"""What the JSON gate takes, and what each kind of bad JSON gets."""

from __future__ import annotations

import io
import json
from decimal import Decimal

import msgspec
import pytest

from customhouse.gates import json as gate
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.lodgement import Amount, GoodsItem, GoodsShipment, Lodgement

GOOD = b"""{
  "lrn": "KETTLE-1", "type": "IMA",
  "invoice": {"value": 120.50, "currency": "USD"},
  "goods_shipment": {"items": [{"sequence": 1, "commodity": {"price": {"value": "120.50", "currency": "USD"}}}]}
}"""


def refused(data: bytes, **more: int) -> tuple[Problem, ...]:
    with pytest.raises(Refusal) as caught:
        gate.read(data, **more)
    return caught.value.problems


def told(data: bytes) -> list[tuple[str, str]]:
    return [(p.rule, p.where) for p in refused(data)]


def test_numbers_keep_their_digits_as_number_and_as_text() -> None:
    read = gate.read(GOOD)
    assert str(read.invoice.value) == str(read.items[0].commodity.price.value) == "120.50"
    assert gate.read(b"\xef\xbb\xbf" + GOOD) == gate.read(io.BytesIO(GOOD)) == read


def test_writing_is_canonical() -> None:
    lodged = Lodgement(invoice=Amount(Decimal("1.50")), goods_shipment=GoodsShipment(items=(GoodsItem(1),)), lrn="A")
    assert gate.write(lodged) == b'{"lrn":"A","invoice":{"value":"1.50"},"goods_shipment":{"items":[{"sequence":1}]}}'


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", [("EmptyFile", "")]),
        (b" \n", [("EmptyFile", "")]),
        (b'{"lrn": "\xe9"}', [("WrongEncoding", "line 1, column 10")]),
        ('{"lrn": "é"}'.encode("utf-16"), [("WrongEncoding", "line 1, column 1")]),
        (b'{"lrn":\n  oops}', [("MalformedJSON", "line 2, column 3")]),
        (b'{"lrn": "A"', [("MalformedJSON", "line 1, column 12")]),
        (b"<Declaration/>", [("MalformedJSON", "line 1, column 1")]),
        (b"[" * 100_000, [("TooDeep", "")]),
        (b"[]", [("WrongType", "")]),
        (b'{"lrn": null}', [("WrongType", "lrn")]),
        (b'{"lrn": 5}', [("WrongType", "lrn")]),
        (b'{"item_count": true}', [("WrongType", "item_count")]),
        (b'{"item_count": 1.5}', [("WrongType", "item_count")]),
        (b'{"documents": {}}', [("WrongType", "documents")]),
        (b'{"declarant": []}', [("WrongType", "declarant")]),
        (b'{"invoice": {"value": "12,5"}}', [("WrongType", "invoice/value")]),
        (b'{"invoice": {}}', [("MissingField", "invoice")]),
        (b'{"invoice": {"value": "NaN"}}', [("InvalidNumber", "invoice/value")]),
        (b'{"invoice": {"value": "-Infinity"}}', [("InvalidNumber", "invoice/value")]),
        (b'{"invoice": {"value": "\\u004eaN"}}', [("InvalidNumber", "invoice/value")]),
        (b'{"invoice": {"value": 1e300}}', [("InvalidNumber", "invoice/value")]),
        (b'{"invoice": {"value": 1E-300}}', [("InvalidNumber", "invoice/value")]),
        (b'{"invoice": {"value": "1_00000_00000_00000_00000"}}', [("InvalidNumber", "invoice/value")]),
        (('{"invoice": {"value": "' + "\u0661" * 19 + '"}}').encode(), [("InvalidNumber", "invoice/value")]),
        (b'{"item_count": 1000000000000000000}', [("InvalidNumber", "item_count")]),
        (b'{"lrn": "a\\u0000b"}', [("InvalidCharacter", "lrn")]),
    ],
)
def test_one_rule_for_each_kind(data: bytes, expected: list[tuple[str, str]]) -> None:
    assert told(data) == expected


def test_all_problems_come_at_once() -> None:
    data = json.loads(GOOD)
    data["lnr"] = "twice"
    data["invoice"] = {"value": "dear", "currency": 5}
    data["goods_shipment"]["items"] += [{"sequnce": 2}, 7]
    found = {(p.rule, p.where): p.hint for p in refused(json.dumps(data).encode())}
    assert set(found) == {
        ("UnknownField", "lnr"),
        ("WrongType", "invoice/value"),
        ("WrongType", "invoice/currency"),
        ("UnknownField", "goods_shipment/items[2]/sequnce"),
        ("MissingField", "goods_shipment/items[2]"),
        ("WrongType", "goods_shipment/items[3]"),
    }
    assert found[("UnknownField", "lnr")] == "Did you mean lrn?"
    assert found[("UnknownField", "goods_shipment/items[2]/sequnce")] == "Did you mean sequence?"


def test_size_is_limited() -> None:
    assert refused(GOOD, limit=50)[0].rule == "TooLarge"
    with pytest.raises(Refusal):
        gate.read(io.BytesIO(GOOD), limit=50)


def test_problems_are_limited() -> None:
    assert len(refused(json.dumps({f"x{n}": n for n in range(5000)}).encode())) == 100


def test_the_schema_describes_what_is_taken() -> None:
    schema = gate.schema()
    fields = {f.encode_name for f in msgspec.structs.fields(Lodgement)}
    assert set(schema["Lodgement"]["properties"]) == fields
    assert schema["Lodgement"]["additionalProperties"] is False
    assert schema["GoodsItem"]["required"] == ["sequence"]
    text = json.dumps(schema)
    assert text.count("#/components/schemas/") > 50
    assert all(name in schema for name in ("Amount", "Measure", "Party", "Commodity", "Packaging"))
