"""What the XML gate reads, and that it writes the same."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from wco_samples import AMENDMENT, BODY, CANCELLATION, DEC, bare, item, wrapped

from customhouse.gates import wco_xml
from customhouse.gates.wco_xml import message
from customhouse.gates.wco_xml.compare import differences
from customhouse.gates.wco_xml.parser import parse
from customhouse.kernel.problem import Refusal
from customhouse.record.lodgement import Amount, Lodgement, Measure, Notation, Pointer, Procedure, Stamp


def again(data: bytes) -> Lodgement:
    """Read, written and compared with what came in; the record."""
    read = wco_xml.read_message(data)
    written = wco_xml.write(read.lodgement, read.metadata)
    assert differences(message.find(parse(data)).outer, parse(written)) == ()
    assert wco_xml.read_message(written) == read
    return read.lodgement


def test_a_message_becomes_the_record() -> None:
    read = again(wrapped())
    assert read.lrn == "LANTERN-0001"
    assert read.accepted == Stamp("20261124093000Z", "304")
    assert read.invoice == Amount(Decimal("1500.50"), "EUR")
    assert read.gross_mass == Measure(Decimal("210.0"), "KGM")
    assert read.item_count == 2
    assert read.exit_office == "XM000101"
    assert read.goods_shipment.export_country == "PT"
    assert [rate.rate for rate in read.currency_exchanges] == [Decimal("1.08500")]
    first, second = read.items
    assert first.documents[0].code == "N935"
    assert first.documents[0].issuer == "Lamp chamber"
    assert first.commodity.description == "Paper lanterns & strings"
    assert first.commodity.code == "94055000"
    assert first.commodity.price == Amount(Decimal("500.50"), "EUR")
    assert str(first.commodity.net_mass.value) == "9.250"
    assert first.procedures == (Procedure("40", "00"), Procedure("C07"))
    assert first.procedure == "4000"
    assert first.additional_procedures == ("C07",)
    assert second.commodity.description == "Glass lanterns"


def test_metadata_comes_and_goes_with_it() -> None:
    read = wco_xml.read_message(wrapped())
    assert read.metadata == wco_xml.Metadata("3.6", "DEC", "XM")
    assert wco_xml.read_message(bare()).metadata is None
    assert wco_xml.read_message(wco_xml.write(read.lodgement)).metadata == wco_xml.STANDARD


def test_envelopes_and_prefixes_do_not_matter() -> None:
    plain = BODY.replace("d:", "").replace("s:Date", "Date")
    enveloped = b"<Envelope><Body><x:Request xmlns:x='urn:x'>" + bare() + b"</x:Request></Body></Envelope>"
    default = f'<Declaration xmlns="{DEC}">{plain}</Declaration>'.encode()
    nameless = f"<Declaration>{plain}</Declaration>".encode()
    for data in (bare(), wrapped(), enveloped, default, nameless):
        assert wco_xml.read(data) == wco_xml.read(bare())


def test_a_stream_is_read_like_bytes() -> None:
    assert wco_xml.read(io.BytesIO(wrapped())) == wco_xml.read(wrapped())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_encodings(encoding: str) -> None:
    text = bare().decode().replace("Glass", "Gläserne")
    named = encoding.removesuffix("-sig")
    data = f'<?xml version="1.0" encoding="{named}"?>{text}'.encode(encoding)
    assert wco_xml.read(data).items[1].commodity.description == "Gläserne lanterns"


def test_comments_inside_and_outside_values_are_ignored() -> None:
    read = again(
        item("<!-- why --><d:Commodity><d:Description>Brass<!-- not tin --> bells</d:Description></d:Commodity>")
    )
    assert read.items[0].commodity.description == "Brass bells"


def test_cdata_is_text() -> None:
    read = again(item("<d:Commodity><d:Description><![CDATA[Salt & <sand>]]></d:Description></d:Commodity>"))
    assert read.items[0].commodity.description == "Salt & <sand>"


def test_white_space_at_the_ends_of_a_value_means_nothing_and_inside_it_stays() -> None:
    read = again(item("<d:Commodity><d:Description>\n  two\n  lines\t</d:Description></d:Commodity>"))
    assert read.items[0].commodity.description == "two\n  lines"


def test_a_carriage_return_written_as_reference_survives() -> None:
    read = again(item("<d:Commodity><d:Description>a&#13;b</d:Description></d:Commodity>"))
    assert read.items[0].commodity.description == "a\rb"


@pytest.mark.parametrize("digits", ["0", "0.00", "-0.50", "12.3400", "999999999999999999.999999999999999999", "5000"])
def test_decimals_keep_their_digits(digits: str) -> None:
    read = again(
        item(
            f'<d:Commodity><d:InvoiceLine><d:ItemChargeAmount currencyID="USD">{digits}</d:ItemChargeAmount>'
            "</d:InvoiceLine></d:Commodity>"
        )
    )
    assert str(read.items[0].commodity.price.value) == digits


@pytest.mark.parametrize(("digits", "kept"), [("+5.0", "5.0"), ("007", "7"), (".5", "0.5"), ("3.", "3")])
def test_a_plus_and_leading_zeros_are_spelling(digits: str, kept: str) -> None:
    read = again(
        item(
            f"<d:Commodity><d:InvoiceLine><d:ItemChargeAmount>{digits}</d:ItemChargeAmount>"
            "</d:InvoiceLine></d:Commodity>"
        )
    )
    assert str(read.items[0].commodity.price.value) == kept


def test_an_empty_element_is_kept_apart_from_an_absent_one() -> None:
    read = again(
        item(
            "<d:AdditionalDocument><d:ID/><d:TypeCode></d:TypeCode><d:Submitter/></d:AdditionalDocument>"
            "<d:AdditionalDocument/><d:Buyer><d:Address/></d:Buyer><d:Commodity/>"
        )
    )
    place = "GoodsShipment/GovernmentAgencyGoodsItem[1]"
    assert {n.path for n in read.notations} == {
        f"{place}/AdditionalDocument[1]/ID",
        f"{place}/AdditionalDocument[1]/TypeCode",
        f"{place}/AdditionalDocument[1]/Submitter",
        f"{place}/Commodity",
    }
    assert read.items[0].documents[0].id == ""


def test_code_list_attributes_are_kept_as_notations() -> None:
    read = again(
        bare(
            '<d:FunctionCode listID="1225" listAgencyID="6">9</d:FunctionCode>'
            '<d:FunctionalReferenceID schemeID="own">A</d:FunctionalReferenceID>'
            '<d:GoodsItemQuantity unitCode="H87">1</d:GoodsItemQuantity>'
            '<d:Submitter><d:Name languageID="pt">Ana &quot;A&quot;</d:Name></d:Submitter>'
        )
    )
    assert read.notations == (
        Notation("FunctionCode", "listAgencyID", "6"),
        Notation("FunctionCode", "listID", "1225"),
        Notation("FunctionalReferenceID", "schemeID", "own"),
        Notation("GoodsItemQuantity", "unitCode", "H87"),
        Notation("Submitter/Name", "languageID", "pt"),
    )


def test_attributes_of_the_schema_instance_are_not_content() -> None:
    data = bare().replace(
        b"<d:Declaration ",
        b"<d:Declaration xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:schemaLocation='urn:x x.xsd' ",
    )
    assert again(data) == wco_xml.read(bare())


def test_an_amendment_is_read_with_its_pointers() -> None:
    read = again(wrapped(AMENDMENT))
    assert (read.function, read.type, read.mrn) == ("13", "COR", "26XM11AAAAAAAAAAR5")
    assert read.amendments[0].reason == "32"
    assert read.amendments[0].pointers[2] == Pointer("68A", 2, "114")
    assert read.information[0].pointers == (Pointer("42A", 1), Pointer("06A", 1))
    assert read.items[0].sequence == 2


def test_a_cancellation_is_read() -> None:
    read = again(wrapped(CANCELLATION))
    assert (read.function, read.type, read.amendments[0].reason) == ("13", "INV", "1")
    assert read.items == ()


def test_elements_out_of_schema_order_are_read_where_no_schema_is_given_and_written_in_order() -> None:
    read = wco_xml.read(bare("<d:TypeCode>IMA</d:TypeCode><d:FunctionCode>9</d:FunctionCode>"))
    written = wco_xml.write(read)
    assert written.index(b"FunctionCode") < written.index(b"TypeCode")


def test_what_xml_cannot_carry_is_refused_when_writing() -> None:
    with pytest.raises(Refusal) as caught:
        wco_xml.write(Lodgement(lrn="bell\x07"))
    assert caught.value.problems[0].rule == "InvalidCharacter"
    with pytest.raises(Refusal) as caught:
        wco_xml.write(Lodgement(invoice=Amount(Decimal("NaN"))))
    assert caught.value.problems[0].rule == "InvalidDecimal"


def test_compare_is_no_rubber_stamp() -> None:
    one = parse(wrapped())
    for change in (
        (b"LANTERN-0001", b"LANTERN-0002"),
        (b'unitCode="KGM"', b'unitCode="TNE"'),
        (b"1500.50", b"1500.5"),
        (b"<d:ID>94055000</d:ID>", b"<d:ID>094055000</d:ID>"),
        (b"<d:ExportCountry><d:ID>PT</d:ID></d:ExportCountry>", b""),
        (b'currencyID="EUR"', b""),
        (b"DEC-DMS:2", b"DEC-DMS:3"),
    ):
        assert change[0] in wrapped()
        assert differences(one, parse(wrapped().replace(*change))), change
    assert differences(one, parse(wrapped().replace(b"1500.50", b"+01500.50"))) == ()
