"""Answers of customs at the XML gate: read, written back, refused; with and without namespaces."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from customhouse.gates import wco_xml
from customhouse.gates.wco_xml import response as gate
from customhouse.gates.wco_xml.compare import differences
from customhouse.gates.wco_xml.parser import parse
from customhouse.kernel.problem import Refusal
from customhouse.record import response as r
from customhouse.record.lodgement import GoodsLocation, GoodsShipment, Lodgement, TransportConsignment
from customhouse.record.parts import Amendment, Amount, Communication, Measure, Pointer, Stamp

AT = Stamp("20261102093000Z", "304")
FULL = r.Response(
    function="13",
    reference="26XM110000000001R9-002",
    issued=AT,
    information=(r.Statement("A2", "words & <signs>", AT, "AFB", (Pointer("42A", 1, "D014"),)),),
    amendments=(Amendment("16", (Pointer("42A"), Pointer("67A", 2))),),
    appeal_office="XM000010",
    bank=r.Bank("BANKXMXX", "XM00 1234"),
    contact_offices=(r.ContactOffice("XM000020", (Communication("+100", "TE"),)),),
    errors=(r.Error("wrong", "C0511", (Pointer("42A"),)),),
    statuses=(r.Status(AT, "67", AT, (Pointer("42A"),)),),
    declaration=r.Answered(
        accepted=AT,
        lrn="LANTERN-1",
        mrn="26XM110000000001R9",
        version="2",
        totals=(r.Total(r.Sum("P1", Amount(Decimal("9.50"), "USD"), AT, Amount(Decimal(9), "USD"), (r.Drawn("G1"),))),),
        items=(
            r.TaxedItem(
                1,
                (
                    r.Tax(
                        Amount(Decimal("100.00"), "USD"),
                        Amount(Decimal("0.00"), "USD"),
                        "100",
                        Measure(Decimal(4), "LTR"),
                        Decimal("9.5"),
                        "A00",
                        r.TaxPayment(Amount(Decimal("9.50"), "USD"), Amount(Decimal("9.50"), "USD")),
                    ),
                ),
            ),
            r.TaxedItem(2),
        ),
    ),
    changed=Lodgement(
        goods_shipment=GoodsShipment(consignment=TransportConsignment(goods_location=GoodsLocation(name="XMPMEQ9")))
    ),
)


def test_every_part_of_an_answer_survives_the_way_out_and_back() -> None:
    simple = r.Response("02", declaration=r.Answered(lrn="L"))
    written = gate.write([FULL, simple])
    read = gate.read(written)
    assert read.responses == (FULL, simple)
    assert read.metadata == gate.STANDARD


def test_an_answer_without_namespaces_is_read_and_can_be_given_them() -> None:
    written = gate.write([FULL])
    bare = _bare(written)
    assert b"xmlns" not in bare
    assert gate.read(bare).responses == (FULL,)
    assert differences(parse(written), gate.namespaced(parse(bare))) == ()


def _bare(written: bytes) -> bytes:
    import re

    return re.sub(rb"(</?)(?:md|ds):", rb"\1", re.sub(rb' xmlns(:\w+)?="[^"]*"', b"", written))


def test_every_problem_comes_with_its_place_in_the_answer() -> None:
    broken = _bare(gate.write([FULL])).replace(b"<NameCode>67</NameCode>", b"<NameKode>67</NameKode>")
    broken = broken.replace(b'currencyID="USD">100.00<', b'currencyID="USD">much<')
    with pytest.raises(Refusal) as caught:
        gate.read(broken)
    assert {(p.rule, p.where) for p in caught.value.problems} == {
        ("UnknownElement", "Status[1]/NameKode"),
        (
            "InvalidDecimal",
            "Declaration/GoodsShipment/GovernmentAgencyGoodsItem[1]/Commodity/DutyTaxFee[1]/AdValoremTaxBaseAmount",
        ),
    }


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"<MetaData/>", "NotAnAnswer"),
        (b"<Declaration/>", "NotAnAnswer"),
        (b"<Response><Declaration/></Response>", "MissingElement"),
        (b"<Response>", "MalformedXML"),
        (b"<!DOCTYPE x><Response/>", "ForbiddenDoctype"),
        (
            b"<Response><FunctionCode>1</FunctionCode><Declaration/><Declaration/><Declaration/></Response>",
            "DuplicateElement",
        ),
    ],
)
def test_what_bad_answers_get(data: bytes, rule: str) -> None:
    with pytest.raises(Refusal) as caught:
        gate.read(data)
    assert rule in {p.rule for p in caught.value.problems}


def test_a_declaration_gate_takes_no_answer() -> None:
    with pytest.raises(Refusal, match="NotADeclaration"):
        wco_xml.read(gate.write([FULL]))


@pytest.mark.conformance
def test_what_we_write_is_valid_against_the_official_schema(shared_data: Path) -> None:
    found = sorted(shared_data.rglob("WCO_RES_2_DMS.xsd"))
    if not found:
        pytest.skip("the official schemas are absent")
    schema = wco_xml.Schema(found[0].parents[2], "Response")
    written = gate.write([FULL])
    assert schema.problems(parse(written)) == ()
    assert gate.read(written, schema).responses == (FULL,)
    with pytest.raises(Refusal, match="SchemaInvalid"):
        gate.read(written.replace(b">C0511<", b">NINELETTERS<"), schema)
