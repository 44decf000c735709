"""The gates of cargo: bills of lading, waybills, lists and our own JSON come in whole, or are refused with every reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import cargo as ship

from customhouse.clearance import cargo_files
from customhouse.gates import cargo_csv, dcsa, one_record
from customhouse.gates import json as json_gate
from customhouse.gates.dcsa.table import MAPPED
from customhouse.house.conformance import run
from customhouse.kernel.foreign_json import leaves, pattern
from customhouse.kernel.problem import Refusal
from customhouse.record.manifest import Level

EXAMPLES = Path(__file__).parents[2] / "examples" / "manifest"
BILL = (EXAMPLES / "good" / "02-bill-of-lading.json").read_bytes()
WAYBILL = (EXAMPLES / "good" / "03-air-waybill.json").read_bytes()
LIST = (EXAMPLES / "good" / "04-road-list.csv").read_bytes()
CARGO = "https://onerecord.iata.org/ns/cargo#"


def refused(gate: Any, data: bytes) -> list[str]:
    with pytest.raises(Refusal) as found:
        gate(data)
    assert all(p.label for p in found.value.problems)
    return [p.rule for p in found.value.problems]


def changed(**more: Any) -> bytes:
    return json.dumps({**json.loads(BILL), **more}).encode()


# --- DCSA -----------------------------------------------------------------------------------------------------------


def test_a_bill_of_lading_is_read_with_its_container_parties_and_voyage() -> None:
    reading = dcsa.read(BILL)
    m = reading.manifest
    (bill,) = m.documents
    assert (bill.number, bill.type, bill.packages, bill.mass) == ("BML26110042", "705", 40, 21_600_000)
    assert (bill.lines[0].hs, bill.lines[0].volume, bill.lines[0].packages[0].kind) == ("690721", 24_500_000, "PX")
    assert (bill.consignee.id, bill.consignor.address.line) == ("XM100000041", "Calle de la Loza 12")
    assert (m.conveyance.name, m.voyage, m.loading, m.unloading) == ("Blue Heron", "026W", "ESVLC", "XMPME")
    (box,) = m.equipment
    assert (box.number, box.size_type, box.tare, [(s.number, s.issuer) for s in box.seals]) == (
        "MSKU0000069", "22G1", 2_300_000, [("BML771204", "CA")],
    )  # fmt: skip
    assert ("termsAndConditions", "Carrier's terms apply") in reading.unmapped


def test_houses_and_pounds_and_an_issuance_are_read() -> None:
    told = json.loads(BILL)
    item = told["consignmentItems"][0]["cargoItems"][0]
    item["cargoGrossWeight"] = {"value": 100.5, "unit": "LBR"}
    told["houseBillOfLadings"] = [
        {
            "houseBillOfLadingReference": "H1",
            "consignmentItems": told["consignmentItems"],
            "documentParties": {},
            "isToOrder": True,
        }
    ]
    read = dcsa.read(json.dumps({"document": told, "issueTo": {}}).encode()).manifest
    assert [(d.number, d.level, d.master) for d in read.documents] == [
        ("BML26110042", Level.MASTER, ""), ("H1", Level.HOUSE, "BML26110042"),
    ]  # fmt: skip
    assert read.documents[1].mass == 45_586
    assert read.documents[1].consignee.name == "TO ORDER"


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ({"requestedEquipments": []}, "a booking"),
        ({"arrivalNotices": []}, "an arrival notice"),
        ({"statusCode": 400, "errors": []}, "an error message"),
        ({"consignmentItems": [], "utilizedTransportEquipments": []}, "shipping instructions"),
        ({"transportDocumentReference": "X", "transportDocumentStatus": "DRAFT"}, "a state of a transport document"),
        ([{"vesselSchedules": []}], "a schedule"),
        ({"events": []}, "a message of events"),
        ({"specversion": "1.0", "type": "x", "data": {}}, "a notification"),
        ({"x": 1}, "no known DCSA message"),
        ([], "no known DCSA message"),
        (7, "no known DCSA message"),
    ],
)
def test_another_message_is_refused_by_its_name(told: Any, name: str) -> None:
    with pytest.raises(Refusal) as found:
        dcsa.read(json.dumps(told).encode())
    (problem,) = found.value.problems
    assert problem.rule == "NotATransportDocument"
    assert name in problem.label


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "EmptyFile"),
        (b" \n", "EmptyFile"),
        (b"{", "MalformedJSON"),
        (b'{"a": NaN}', "MalformedJSON"),
        (b'{"a": "\xff"}', "WrongEncoding"),
        (b"[" * 2000 + b"]" * 2000, "TooDeep"),
        (b"[" * 100 + b"]" * 100, "TooDeep"),
        (b'{"a": 1e400}', "InvalidNumber"),
        (b'{"a": "\\u0001"}', "InvalidCharacter"),
        (changed(consignmentItems="all"), "WrongType"),
        (changed(issueDate="yesterday"), "WrongType"),
        (changed(transports=[]), "WrongType"),
        (changed(isToOrder="no"), "WrongType"),
    ],
)
def test_bad_json_and_wrong_types_are_told_with_their_place(data: bytes, rule: str) -> None:
    assert rule in refused(dcsa.read, data)


def test_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(Refusal, match="TooLarge"):
        dcsa.read(BILL, limit=100)


def test_every_value_is_mapped_or_listed() -> None:
    told = json.loads(BILL)
    found = {pattern(path) for path, _ in leaves(told)}
    listed = {pattern(path) for path, _ in dcsa.read(BILL).unmapped}
    assert found == listed | (found & set(MAPPED))
    assert not listed & set(MAPPED)


# --- ONE Record -----------------------------------------------------------------------------------------------------


def expanded(value: Any) -> Any:
    """The sample as JSON-LD in expanded form, as far as this sample needs it."""
    spaces = json.loads(WAYBILL)["@context"]

    def iri(text: str) -> str:
        prefix, colon, rest = text.partition(":")
        return spaces[prefix] + rest if colon and prefix in spaces else text

    def each(told: Any) -> Any:
        if isinstance(told, list):
            return [x for one in told for x in each(one)]
        if not isinstance(told, dict):
            return [{"@value": told}]
        if "@value" in told:
            return [told]
        made = {iri(k): each(v) for k, v in told.items() if not k.startswith("@")}
        if "@type" in told:
            types = told["@type"] if isinstance(told["@type"], list) else [told["@type"]]
            made["@type"] = [iri(t) for t in types]
        if "@id" in told:
            made["@id"] = iri(told["@id"])
        return [made]

    return each(value)


def test_a_waybill_is_read_the_same_compacted_expanded_and_as_a_graph() -> None:
    m = one_record.read(WAYBILL).manifest
    assert [(d.number, d.type, d.level, d.packages, d.mass) for d in m.documents] == [
        ("951-30417785", "741", Level.MASTER, 2, 66_500), ("GAS88104", "703", Level.HOUSE, 1, 21_500),
        ("GAS88105", "703", Level.HOUSE, 1, 45_000),
    ]  # fmt: skip
    assert (m.carrier.id, m.voyage, m.conveyance.id, m.documents[1].lines[0].hs) == (
        "XM100000058",
        "BM311",
        "XM-BLU",
        "300420",
    )
    assert one_record.read(WAYBILL).unmapped == ()
    told = json.loads(WAYBILL)
    assert one_record.read(json.dumps(expanded(told)).encode()).manifest == m
    graph = {"@context": told["@context"], "@graph": [{k: v for k, v in told.items() if k != "@context"}]}
    assert one_record.read(json.dumps(graph).encode()).manifest == m


def test_references_to_objects_in_the_same_message_are_followed() -> None:
    told = json.loads(WAYBILL)
    shipment = told["cargo:shipment"]
    piece = shipment["cargo:pieces"][0]
    graph = {"@context": told["@context"], "@graph": [
        {**{k: v for k, v in told.items() if k != "@context"}, "cargo:shipment": {**shipment, "cargo:pieces": [{"@id": piece["@id"]}, shipment["cargo:pieces"][1]]}},
        piece,
    ]}  # fmt: skip
    assert one_record.read(json.dumps(graph).encode()).manifest.documents == one_record.read(WAYBILL).manifest.documents


@pytest.mark.parametrize(
    ("told", "rule"),
    [
        ({"@type": CARGO + "Piece"}, "NotAWaybill"),
        ({"@type": ["cargo:Sensor"], "@context": {"cargo": CARGO}}, "NotAWaybill"),
        ({"@id": "x"}, "NotJSONLD"),
        ({"a": {"@type": 7}}, "NotJSONLD"),
        ([], "NotJSONLD"),
        ({"@type": CARGO + "Waybill", CARGO + "waybillType": {"@id": CARGO + "OTHER"}}, "UnknownCode"),
        ({"@type": CARGO + "Waybill", CARGO + "carrierDeclarationDate": "soon"}, "WrongType"),
        (
            {"@type": CARGO + "Waybill", CARGO + "shipment": {"@type": CARGO + "Shipment", CARGO + "totalGrossWeight": {CARGO + "numericalValue": 7, CARGO + "unit": "STN"}}},
            "UnknownUnit",
        ),
        (
            {"@type": CARGO + "Waybill", CARGO + "shipment": {"@type": CARGO + "Shipment", CARGO + "totalGrossWeight": {CARGO + "numericalValue": "many", CARGO + "unit": "KGM"}}},
            "WrongType",
        ),
    ],
)  # fmt: skip
def test_what_is_no_waybill_and_what_is_wrong_in_one_is_told(told: Any, rule: str) -> None:
    assert rule in refused(one_record.read, json.dumps(told).encode())


# --- lists and our own ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [b";", b",", b"\t"])
def test_a_list_is_read_whatever_parts_its_cells(separator: bytes) -> None:
    m = cargo_csv.read(b"\xef\xbb\xbf" + LIST.replace(b";", separator).replace(b"\n", b"\r\n"))
    assert [(d.number, d.packages, d.mass, len(d.lines)) for d in m.documents] == [
        ("CMR-77120", 460, 9_660_000, 2), ("CMR-77121", 48, 1_176_500, 1),
    ]  # fmt: skip
    assert (m.reference, m.office, m.mode) == ("FERRY-1127", "XM000030", "3")


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "EmptyFile"),
        (b"document,description,packages,gross_kg\n", "EmptyFile"),
        (b"PK\x03\x04....", "WrongEncoding"),
        (b"document,description,packages,gross_kg\n\xe9,x,1,1\n", "WrongEncoding"),
        (b"document,description\nA,B\n", "MissingColumn"),
        (b"document,description,packages,gross_kg,colour\n", "UnknownColumn"),
        (b"document,description,packages,gross_kg\nA,B,1,1,5\n", "WrongWidth"),
        (b"document,description,packages,gross_kg\nA,B,-1,1\n", "WrongType"),
        (b"document,description,packages,gross_kg\nA,B,1,1e99\n", "WrongType"),
        (b"document,description,packages,gross_kg\nA," + b"x" * 501 + b",1,1\n", "TooLong"),
        ("document,description,packages,gross_kg\nA,B,١,1\n".encode(), "WrongType"),
    ],
)
def test_a_bad_list_is_refused_with_row_and_column(data: bytes, rule: str) -> None:
    assert rule in refused(cargo_csv.read, data)


def test_our_own_json_comes_back_as_it_was_and_unknown_fields_are_refused() -> None:
    told = ship.manifest(ship.bill("BL-1"))
    assert json_gate.read_manifest(ship.written(told)) == told
    rules = refused(
        json_gate.read_manifest, b'{"carier": 1, "expected": "x", "documents": [{"level": "z", "lines": 1}]}'
    )
    assert rules == ["UnknownField", "WrongType", "WrongType", "WrongType"]
    assert refused(json_gate.read_manifest, b'{"gross_mass": 1000000000000000000000}')[0] in (
        "InvalidNumber",
        "WrongType",
    )


@pytest.mark.parametrize(
    ("data", "format"),
    [
        (BILL, "dcsa"),
        (WAYBILL, "one_record"),
        (LIST, "csv"),
        (ship.written(ship.manifest(ship.bill("X"))), "json"),
        (b"[]", "dcsa"),
    ],
)
def test_files_are_told_apart_by_what_is_in_them(data: bytes, format: str) -> None:
    assert cargo_files.sniff(data) == format


@settings(deadline=None, max_examples=200)
@given(st.one_of(st.binary(max_size=300), st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), lambda x: st.lists(x, max_size=3) | st.dictionaries(st.sampled_from(["@type", "@id", "@graph", "@context", "@value", "cargo:pieces", "document", "consignmentItems", "transportDocumentReference", "transports", "documents", "carrier"]) | st.text(max_size=5), x, max_size=4), max_leaves=12).map(lambda v: json.dumps(v).encode())))  # fmt: skip
def test_no_input_breaks_a_gate(data: bytes) -> None:
    for gate in cargo_files.GATES.values():
        try:
            gate(data)
        except Refusal as refusal:
            assert refusal.problems


# --- conformance ------------------------------------------------------------------------------------------------------


@pytest.mark.conformance
@pytest.mark.parametrize(("subject", "folder"), [("dcsa", "dcsa"), ("one_record", "iata_one_record")])
def test_foreign_messages_are_read_or_refused_by_name(subject: str, folder: str, shared_data: Path) -> None:
    report = run(subject, shared_data / "customs" / "messages" / folder)
    assert report.agree > 20
    assert [c for c in report.cases if c.verdict == "mismatch"] == []
    assert all(c.reason for c in report.cases if c.verdict == "explained")


def test_conformance_judges_our_samples_and_finds_a_fault(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(BILL)
    (tmp_path / "b.json").write_bytes(b'{"requestedEquipments": []}')
    (tmp_path / "c.txt").write_bytes(b"words")
    report = run("dcsa", tmp_path)
    assert (report.agree, report.skipped, report.mismatch) == (2, 1, 0)
    (tmp_path / "d.json").write_bytes(changed(consignmentItems=[{"cargoItems": 3}]))
    assert run("dcsa", tmp_path).mismatch == 1
    report = run("one_record", EXAMPLES / "good" / "03-air-waybill.json")
    assert (report.agree, report.mismatch) == (1, 0)
