"""WCO XML: every parcel that is taken says what its message says, and what no parcel can say is put aside."""

from __future__ import annotations

import gzip
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

from tests.stream.forms import FULL, OF, SAMPLES, declaration, message, one, read, refused, whole

from customhouse.gates import wco_xml
from customhouse.gates.wco_xml.element import Class
from customhouse.gates.wco_xml.table import DECLARATION
from customhouse.kernel.problem import Refusal
from customhouse.record.lodgement import Lodgement, Packaging
from customhouse.record.parcel import FIELDS, Consolidation, Parcel, lodgement
from customhouse.simulator.parcels import parcels
from customhouse.stream.parcels import documents, wco
from customhouse.stream.parcels.rows import Quarantined

NS = "urn:wco:datamodel:WCO:DEC-DMS:2"


def test_parcels_come_back_from_xml_as_they_were_written_in_every_envelope(tmp_path: Path) -> None:
    least = replace(FULL, **{f.name: "" for f in FIELDS if not f.must and f.name != "packages"})
    made = [*(p for p in parcels(60, "xml") if p.currency), FULL, least]
    one_root = whole(*map(declaration, made))
    envelopes = {
        "one.xml": one_root,
        "behind.xml": b"".join(message(p, wco_xml.STANDARD) + b"\n" for p in made),
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
def test_what_no_parcel_says_costs_its_ownmessage(tmp_path: Path, old: bytes, new: bytes, place: str) -> None:
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
    path.write_bytes(b"".join(message(p, wco_xml.STANDARD) for p in parcels(12, "pieces") if p.currency))
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


def test_the_sample_holds_what_is_taken_and_what_is_not() -> None:
    found, bad = read(SAMPLES / "courier.xml", 5)
    assert len(found) >= 10 and {q.rule for q in bad.values()} == {wco.FULL}
