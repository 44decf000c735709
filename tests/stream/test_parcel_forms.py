"""WCO XML and postal items: every parcel that is taken says what its message says, and what no parcel can say is put aside."""

from __future__ import annotations

import gzip
import json
import re
import tarfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from msgspec.structs import replace

pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")

from customhouse.gates import wco_xml
from customhouse.gates.wco_xml.element import Class
from customhouse.gates.wco_xml.table import DECLARATION
from customhouse.kernel.problem import Refusal
from customhouse.record.lodgement import GoodsShipment, Lodgement, Packaging
from customhouse.record.parcel import FIELDS, NAMES, Consolidation, Parcel, lodgement
from customhouse.simulator.parcels import parcels
from customhouse.stream.parcels import documents, postal, wco
from customhouse.stream.parcels.batches import Source
from customhouse.stream.parcels.rows import Quarantined, settle

OF = Consolidation("XM100000009", "MORNING", "XM000040", "5", "XM")
FULL = Parcel(
    reference="RR473124829CN", consignor="Fischer & Söhne <42>", consignor_country="CN", consignee="Kira García",
    consignee_id="XM100000033", address="902 Coral Avenue", postcode="30004", city="Westbay", description="Building blocks",
    code="95030000", origin="CN", packages="2", gross_mass="0.906", net_mass="0.815", price="13.50", currency="EUR",
    freight="4.20", procedures="C07 F48", scheme="IM0000000017", invoice="SO-0", dispatch="HK", posted="20261120",
    consignor_address="8 Harbour Road", consignor_postcode="518000", consignor_city="Shenzhen", agent="XM100000017",
    representation="2", nationality="XM", location="WESTBAY|A|U|XM|2", previous="N740|172-12345675; Z271|P-1|4",
    documents="C635|XMLIC7|AC; Y922|||No fur of cats", statements="00500|Importer; NIIMP", tax_parties="FR2|XM55; FR1",
)  # fmt: skip
SAMPLES = Path(__file__).resolve().parents[2] / "examples/parcels"
NS = "urn:wco:datamodel:WCO:DEC-DMS:2"


def declaration(parcel: Parcel) -> bytes:
    """A parcel as the gate writes it, with carriage where its schema has it, and without the XML declaration before it."""
    return _declaration(parcel).partition(b"?>")[2].strip()


def _declaration(parcel: Parcel, metadata: Any = None) -> bytes:
    whole = lodgement(parcel, OF)
    shipment = whole.goods_shipment
    assert shipment is not None
    return wco_xml.write(replace(whole, goods_shipment=_settled(shipment)), metadata)


def _settled(shipment: GoodsShipment) -> GoodsShipment:
    """Carriage of the one item as that of the shipment, and its packages numbered."""
    item = shipment.items[0]
    packages = tuple(replace(p, sequence=1) for p in item.packages)
    return replace(shipment, valuation=item.valuation, items=(replace(item, valuation=None, packages=packages),))


def whole(*inside: bytes) -> bytes:
    return b"<Consolidation>\n" + b"\n".join(inside) + b"\n</Consolidation>\n"


def read(path: Path, size: int = 4, of: Consolidation | None = OF) -> tuple[dict[int, Parcel], dict[int, Quarantined]]:
    source, found, bad, first = Source(path, size, of), {}, {}, 1
    for chunk in source.chunks():
        assert chunk.first == first
        first += chunk.rows
        rows, wrong = settle(source.table(chunk))
        assert len(rows) + len(wrong) == chunk.rows <= size
        found |= {int(rows.line[n]): rows.parcel(n) for n in range(len(rows))}
        bad |= {q.line: q for q in wrong}
    assert first - 1 <= source.rows and sorted((*found, *bad)) == list(range(1, first))
    return found, bad


def one(tmp_path: Path, data: bytes) -> Parcel | Quarantined:
    path = tmp_path / "one.xml"
    path.write_bytes(whole(data))
    found, bad = read(path)
    return {**found, **bad}[1]


def refused(path: Path) -> str:
    with pytest.raises(Refusal) as fault:
        read(path)
    return "; ".join(str(p) for p in fault.value.problems)


# --- WCO XML ----------------------------------------------------------------------------------------------------------


def test_parcels_come_back_from_xml_as_they_were_written_in_every_envelope(tmp_path: Path) -> None:
    least = replace(FULL, **{f.name: "" for f in FIELDS if not f.must and f.name != "packages"})
    made = [*(p for p in parcels(60, "xml") if p.currency), FULL, least]
    one_root = whole(*map(declaration, made))
    envelopes = {
        "one.xml": one_root,
        "behind.xml": b"".join(_declaration(p, wco_xml.STANDARD) + b"\n" for p in made),
        "bare.xml": b"\n<!-- next -->\n".join(map(declaration, made)),
        "utf16.xml": one_root.decode().encode("utf-16"),
        "prefix.xml": re.sub(rb"<(/?)([A-Z]\w+)", rb"<\1w:\2", one_root).replace(b"xmlns=", b"xmlns:w=").replace(
            b"w:Consolidation", b"Consolidation"
        ),
        "packed.xml.gz": gzip.compress(one_root),
    }  # fmt: skip
    dispatched = [replace(p, dispatch=p.dispatch or p.consignor_country) for p in made]
    for name, data in envelopes.items():
        (tmp_path / name).write_bytes(data)
        found, bad = read(tmp_path / name)
        assert not bad, (name, bad)
        assert [found[n] for n in sorted(found)] == dispatched, name


def test_every_declaration_that_is_taken_says_what_the_gate_reads_in_it(tmp_path: Path) -> None:
    """Each element of the gate's table is put into each place where it may stand: either the declaration is put aside with the
    place, or the parcel says the same as the whole declaration."""
    taken, aside = 0, 0
    assert one(tmp_path, declaration(FULL)) == FULL
    for data in _with_one_more(declaration(FULL)):
        found = one(tmp_path, data)
        if isinstance(found, Quarantined):
            assert found.rule == wco.FULL and "/" in found.why + "/" and "line " in found.why and found.hint
            aside += 1
            continue
        taken += 1
        assert _plainly(wco_xml.read(data)) == _plainly(lodgement(found, OF))
    assert taken >= 2 and aside > 400


def _plainly(told: Lodgement) -> Lodgement:
    """Without what every parcel has, whether it is written or not; what one goods item may say as well as its shipment, or its
    price as well as its intrinsic value, in one place."""
    shipment = told.goods_shipment
    assert shipment is not None
    item = shipment.items[0]
    packages = tuple(replace(p, sequence=1) for p in item.packages) or (
        Packaging(1, quantity=told.package_count or Decimal(1)),
    )
    procedures = tuple(sorted((p for p in item.procedures if p.current != "1H7"), key=repr))
    plain = replace(
        item, packages=packages, valuation=None, tax_parties=(), previous_documents=(), customs_value=None, procedures=procedures,
        documents=tuple(sorted(item.documents, key=repr)),
        commodity=replace(item.commodity, price=item.commodity.price or item.customs_value),
    )  # fmt: skip
    valuation = next((v for v in (item.valuation, shipment.valuation) if v and v.freight), None)
    found = replace(
        shipment, items=(plain,), valuation=valuation,
        tax_parties=tuple(sorted({*item.tax_parties, *shipment.tax_parties}, key=repr)),
        previous_documents=tuple(sorted((*item.previous_documents, *shipment.previous_documents), key=repr)),
    )  # fmt: skip
    return replace(told, type="IMH", item_count=None, package_count=None, goods_shipment=found)


def _with_one_more(data: bytes) -> Iterator[bytes]:
    for path, row in _rows(DECLARATION, ()):
        root = etree.fromstring(data)
        at = root
        for tag in path:
            below = at.find(f"{{*}}{tag}")
            at = etree.SubElement(at, f"{{{NS}}}{tag}") if below is None else below
        made = etree.SubElement(at, f"{{{NS}}}{row.tag}")
        if row.kind == "stamp":
            etree.SubElement(
                made, "{urn:wco:datamodel:WCO:Declaration_DS:DMS:2}DateTimeString", formatCode="102"
            ).text = "20261119"
        elif row.of is None:
            made.text = "1"
        for element in root.iter():
            element[:] = sorted(element, key=lambda e: _order(element, e)) if len(element) else []
        yield etree.tostring(root)


def _rows(of: Class, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for row in of.rows:
        yield path, row
        if row.of is not None and row.tag not in path:
            yield from _rows(row.of, (*path, row.tag))


def _order(parent: Any, element: Any) -> int:
    path = [etree.QName(e).localname for e in (*reversed(list(element.iterancestors())), element)][1:]
    of: Any = DECLARATION
    for tag in path[:-1]:
        of = next((row.of for row in of.rows if row.tag == tag), None)
        if of is None:
            return 0
    return next((n for n, row in enumerate(of.rows) if row.tag == path[-1]), 0)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        (b"<Origin>", b"<Origin><RegionID>1</RegionID>", "Origin/RegionID"),
        (b'unitCode="KGM"', b'unitCode="GRM"', "GrossMassMeasure/@unitCode"),
        (b"<TypeCode>IMH<", b"<TypeCode>IMA<", "TypeCode is not IMH, and no additional procedure 1H7"),
        (b"<TypeCode>IMH<", b"<TypeCode>EXH<", "TypeCode is not IMH (line"),
        (b"<CurrentCode>40<", b"<CurrentCode>42<", "GovernmentProcedure is not 40 00"),
        (b"XM100000009", b"XM100000017", "Declarant/ID is not the declarant of the consolidation"),
        (b"<ModeCode>5", b"<ModeCode>4", "ModeCode is not the mode"),
        (b"<CategoryCode>N<", b"<CategoryCode>N9<", "AdditionalDocument/TypeCode is no code of a document"),
        (b"XMLIC7", b"XMLIC7;8", "AdditionalDocument holds ; or |"),
        (b"<StatementCode>NIIMP</StatementCode>", b"<StatementDescription>x</StatementDescription>", "StatementCode is missing"),
        (b"</Declaration>", b"<TotalPackageQuantity>3</TotalPackageQuantity></Declaration>", "TotalPackageQuantity is not"),
        (b"<SequenceNumeric>1<", b"<CustomsValueAmount currencyID='EUR'>9</CustomsValueAmount><SequenceNumeric>1<",
         "CustomsValueAmount is not what ItemChargeAmount says"),
        (b">TSP<", b">GN<", "Classification/IdentificationTypeCode is not TSP"),
        (b"<RoleCode>FR5</RoleCode>", b"", "DomesticDutyTaxParty/RoleCode is missing"),
        (b"<Importer>", b"<Importer>see invoice", "Importer holds text"),
        (b'currencyID="EUR">4', b'currencyID="USD">4', "@currencyID is not that of the price"),
        (b"<Description>", b"<Description>" + b"x" * 200_000, "Description has more than"),
        (b"<Description>", b"<x:Description xmlns:x='urn:else'/><Description>", "Commodity/Description is no element"),
    ],
)  # fmt: skip
def test_what_no_parcel_says_costs_its_own_declaration(tmp_path: Path, old: bytes, new: bytes, place: str) -> None:
    good = list(parcels(3, "aside"))
    hurt = declaration(FULL)
    assert old in hurt
    path = tmp_path / "a.xml"
    path.write_bytes(whole(declaration(good[0]), hurt.replace(old, new, 1), *map(declaration, good[1:])))
    found, bad = read(path)
    assert sorted(found) == [1, 3, 4] and list(bad) == [2]
    assert bad[2].rule == wco.FULL and place in bad[2].why and "full declaration" in bad[2].hint


def test_a_second_goods_item_is_named_with_its_place(tmp_path: Path) -> None:
    item = re.search(rb"<GovernmentAgencyGoodsItem>.*</GovernmentAgencyGoodsItem>", declaration(FULL), re.DOTALL)
    assert item
    found = one(tmp_path, declaration(FULL).replace(item[0], item[0] * 2))
    assert isinstance(found, Quarantined) and "GoodsShipment/GovernmentAgencyGoodsItem[2] stands twice" in found.why


def test_a_file_that_breaks_off_or_is_hostile_is_refused_before_anything_is_taken(tmp_path: Path) -> None:
    made = [declaration(p) for p in parcels(300, "broken")]
    path = tmp_path / "a.xml"
    good = whole(*made)
    for data, told in (
        (good[: len(good) // 2], "The file breaks off or is no XML"),
        (good.replace(b"</Importer>", b"</Exporter>", 200), "mismatched tag"),
        (good.replace(b"Kira", b"K\xefra"), "not well-formed"),
        (good + b"<Declaration>", "breaks off"),
        (b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + good, "ForbiddenDoctype"),
        (b"<Consolidation><Parcel/></Consolidation>", "NotADeclaration"),
        (b"<a>" * 5_000, "TooDeep"),
        (whole(b"<Declaration>" + b"<a>" * 5_000), "TooDeep"),
        (b"<!--" + b"x" * 3_000_000 + b"-->" + good, "TooLarge"),
        (b"<a>" + b"".join(b"<b%d/>" % n for n in range(20_000)) + b"</a>", "distinct names"),
        (b"<?xml version='1.0' encoding='utf-7'?>" + good, "UnsupportedEncoding"),
    ):
        path.write_bytes(data)
        assert told in refused(path), told
    path.write_bytes(gzip.compress(good)[:-500])
    assert "DamagedFile" in refused(path)
    path.write_bytes(good.replace(b"</Importer>", b"</Exporter>", 200))
    assert re.search(r"line \d+, column \d+.*Nothing of it was taken", refused(path))


def test_answers_of_customs_only_quote_declarations(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    quoted = b"<Response>" + declaration(FULL) + b"</Response>"
    path.write_bytes(whole(quoted, declaration(FULL)))
    assert list(read(path)[0]) == [1]
    path.write_bytes(quoted)
    assert "NotADeclaration" in refused(path)


def test_pieces_of_any_size_give_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(b"".join(_declaration(p, wco_xml.STANDARD) for p in parcels(12, "pieces") if p.currency))
    before = read(path)
    for piece in (1, 7, 1000):
        monkeypatch.setattr(documents, "PIECE", piece)
        assert read(path) == before


REDUCED = b"""<Declaration xmlns="urn:wco:datamodel:WCO:DEC-DMS:2"><GoodsShipment><Importer><ID>XM100000033</ID></Importer>
  <PreviousDocument><CategoryCode>Z</CategoryCode><ID>P-1</ID><TypeCode>271</TypeCode></PreviousDocument>
  <DomesticDutyTaxParty><RoleCode>FR5</RoleCode><ID>IM0000000017</ID></DomesticDutyTaxParty>
  <DomesticDutyTaxParty><ID>XM55</ID><RoleCode>FR2</RoleCode></DomesticDutyTaxParty>
  <CustomsValuation><FreightChargeAmount currencyID="USD">5.00</FreightChargeAmount></CustomsValuation>
  <GovernmentAgencyGoodsItem><SequenceNumeric>1</SequenceNumeric>
    <DomesticDutyTaxParty><RoleCode>FR5</RoleCode><ID>IM0000000017</ID></DomesticDutyTaxParty>
    <GovernmentProcedure><CurrentCode>C07</CurrentCode></GovernmentProcedure>
    <GovernmentProcedure><CurrentCode>40</CurrentCode><PreviousCode>00</PreviousCode></GovernmentProcedure>
    <GovernmentProcedure><CurrentCode>1H7</CurrentCode></GovernmentProcedure>
    <AdditionalDocument><CategoryCode>C</CategoryCode><TypeCode>635</TypeCode><LPCOExemptionCode>AC</LPCOExemptionCode></AdditionalDocument>
    <AdditionalDocument><CategoryCode>N</CategoryCode><TypeCode>935</TypeCode><ID>SO-1</ID></AdditionalDocument>
    <AdditionalDocument><CategoryCode>N</CategoryCode><TypeCode>935</TypeCode><ID>SO-2</ID></AdditionalDocument>
    <AdditionalInformation><StatementCode>NIIMP</StatementCode></AdditionalInformation>
    <Commodity><Description>wool scarf</Description><GoodsMeasure><GrossMassMeasure unitCode="KGM">0.4</GrossMassMeasure></GoodsMeasure>
      <Classification><IdentificationTypeCode>TSP</IdentificationTypeCode><ID>61171000</ID></Classification></Commodity>
    <PreviousDocument><CategoryCode>N</CategoryCode><TypeCode>740</TypeCode><LineNumeric>2</LineNumeric></PreviousDocument>
    <CustomsValueAmount currencyID="USD">130.00</CustomsValueAmount>
  </GovernmentAgencyGoodsItem></GoodsShipment><Agent><FunctionCode>3</FunctionCode></Agent><Declarant><ID>XM100000009</ID></Declarant>
  <TotalPackageQuantity>8</TotalPackageQuantity><FunctionalReferenceID>U.1</FunctionalReferenceID><FunctionCode>9</FunctionCode>
  <TypeCode>IMD</TypeCode></Declaration>"""


def test_the_reduced_data_set_in_any_order_and_at_any_level_is_one_parcel(tmp_path: Path) -> None:
    """Groups several times, of the shipment and of the item, in another order than the schema's, the way that others say H7."""
    found = one(tmp_path, REDUCED)
    assert found == Parcel(
        reference="U.1", consignee_id="XM100000033", description="wool scarf", code="61171000", packages="8", gross_mass="0.4",
        price="130.00", currency="USD", freight="5.00", procedures="C07", scheme="IM0000000017", invoice="SO-1", representation="3",
        previous="Z271|P-1; N740||2", documents="C635||AC; N935|SO-2", statements="NIIMP", tax_parties="FR2|XM55",
    )  # fmt: skip
    bare = Consolidation("XM100000009", "X")
    written, said = _plainly(wco_xml.read(REDUCED)), _plainly(lodgement(found, bare))
    assert replace(written, exporter=None, goods_shipment=None) == replace(said, exporter=None, goods_shipment=None)
    assert replace(written.goods_shipment, importer=None) == replace(said.goods_shipment, importer=None)
    assert _one_party(wco_xml.read(REDUCED)) == _one_party(lodgement(found, bare)) == ("XM100000033", "")
    other = one(tmp_path, REDUCED.replace(b"IM0000000017", b"IM0000000025", 1))
    assert isinstance(other, Quarantined) and "GoodsItem/DomesticDutyTaxParty stands twice" in other.why
    nobody = one(tmp_path, REDUCED.replace(b"<ID>XM100000033</ID>", b""))
    assert isinstance(nobody, Quarantined) and nobody.rule == "MissingField" and "or consignee_id" in nobody.hint


def _one_party(told: Lodgement) -> tuple[str, str]:
    assert told.goods_shipment.importer is not None
    return told.goods_shipment.importer.id, told.goods_shipment.importer.name


@pytest.mark.conformance
def test_every_real_declaration_with_the_reduced_data_set_is_a_parcel_and_no_full_one_is(
    tmp_path: Path, shared_data: Path
) -> None:
    """Of the annotated samples of CDS: all four that say 1H7 are taken; before they had a place for everything, none was."""
    taken, aside, path = [], 0, tmp_path / "one.xml"
    with tarfile.open(shared_data / "customs/messages/cds/cds_annotated_dev.tar.gz") as packed:
        for member in packed:
            data = packed.extractfile(member).read() if member.name.endswith(".xml") else b""  # type: ignore[union-attr]
            if b"CurrentCode>" not in data:
                continue
            path.write_bytes(data)
            try:
                found, bad = read(path, of=None)
            except Refusal:  # not well-formed at its source
                continue
            reduced = b"CurrentCode>1H7<" in data
            assert bool(found) == reduced, (member.name, bad)
            taken += [(member.name[:8], found[1].scheme)] if reduced else []
            aside += len(bad)
            for n, parcel in found.items():
                assert n == 1 and parcel.consignor_city and parcel.consignee_id and parcel.previous and parcel.location
    assert sorted(taken) == [("TT_IM067", ""), ("TT_IM068", ""), ("TT_IM077", ""), ("TT_IM124", "IM5532027340")]
    assert aside > 200


# --- postal items -----------------------------------------------------------------------------------------------------


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


# --- what is shipped --------------------------------------------------------------------------------------------------


def test_the_samples_and_the_table_of_the_guide() -> None:
    found, bad = read(SAMPLES / "courier.xml", 5)
    assert len(found) >= 10 and {q.rule for q in bad.values()} == {wco.FULL}
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
