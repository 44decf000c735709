"""The SAD gate: every element of the table, nothing lost, files as ASYCUDAWorld writes them, and what bad input gets."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import etree
from tests.strategies import lodgements

from customhouse.gates import asycuda
from customhouse.gates import json as json_gate
from customhouse.gates.asycuda.reader import leaves
from customhouse.gates.asycuda.table import REPEATED, Row, by_path, rows
from customhouse.house.conformance import run
from customhouse.kernel.problem import Refusal
from customhouse.record.lodgement import Lodgement
from customhouse.record.paths import differences, flat, kind_of

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
GOOD = (EXAMPLES / "asycuda/good/01-import.xml").read_bytes()

BAD = {
    "empty": (b"", "EmptyFile"),
    "blanks": (b" \n\t", "EmptyFile"),
    "not XML": (b"UNB+UNOC:3'", "NotXML"),
    "truncated": (GOOD[:1200], "MalformedXML"),
    "entity bomb": ((EXAMPLES / "asycuda/bad/02-entity-bomb.xml").read_bytes(), "ForbiddenEntity"),
    "entity bomb in UTF-16": (
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY b "c">]><ASYCUDA>&b;</ASYCUDA>'.encode("utf-16"),
        "ForbiddenEntity",
    ),
    "external entity": (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><ASYCUDA/>', "ForbiddenDoctype"),
    "unknown encoding": (b'<?xml version="1.0" encoding="EBCDIC-US"?><ASYCUDA/>', "UnsupportedEncoding"),
    "wrong encoding": (GOOD.replace(b"Azulejos", b"Azul\xe9jos"), "WrongEncoding"),
    "deep": (b"<ASYCUDA>" + b"<a>" * 100 + b"</a>" * 100 + b"</ASYCUDA>", "TooDeep"),
    "very deep": (b"<ASYCUDA>" + b"<a>" * 1000 + b"</a>" * 1000 + b"</ASYCUDA>", "TooDeep"),
    "another root": (b"<Declaration/>", "NotSAD"),
    "no number": (GOOD.replace(b"8640.00", b"8.640,00"), "InvalidNumber"),
    "number without end": (GOOD.replace(b"8640.00", b"9E+99999"), "InvalidNumber"),
    "no whole number": (GOOD.replace(b"<Total_number_of_items>1", b"<Total_number_of_items>1.5"), "InvalidNumber"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_by_name(name: str) -> None:
    data, rule = BAD[name]
    with pytest.raises(Refusal) as refused:
        asycuda.read(data)
    assert rule in {p.rule for p in refused.value.problems}
    assert all(p.hint for p in refused.value.problems)


def test_oversized() -> None:
    with pytest.raises(Refusal, match="TooLarge"):
        asycuda.read(GOOD, limit=100)


def test_every_value_of_the_example_is_where_the_table_says() -> None:
    reading = asycuda.read_all(GOOD)
    d = reading.lodgement
    assert (d.lrn, d.type, d.office, d.declarant_id) == ("SAD-2026-0001", "IMA", "XM000010", "XM701000011")
    (item,) = d.items
    assert (item.commodity.code, item.procedure, item.origin, item.preference) == ("69072100", "4000", "ES", "100")
    assert item.commodity.price == d.invoice
    assert d.goods_shipment.valuation is None  # a cost of 0.0 is none
    assert d.exporter is not None
    assert d.exporter.address is not None
    assert d.exporter.address.line == "14 Calle del Horno, 46011, Valencia, ES"
    assert [x.value for x in reading.leftovers] == ["Port Merida", "4711", "11/20/26"]
    assert [x.where for x in reading.leftovers][1] == "Identification/Registration/Number (line 16, box A)"


def test_windows_1252_without_a_heading_is_read_and_told() -> None:
    reading = asycuda.read_all((EXAMPLES / "asycuda/good/02-windows-1252.xml").read_bytes())
    assert reading.lodgement.exporter is not None
    assert reading.lodgement.exporter.name == "Azulejos Dos Ríos SL"
    assert [p.rule for p in reading.warnings] == ["AssumedEncoding"]
    marked = b"\xef\xbb\xbf" + GOOD.replace(b"Azulejos", "Azuléjos".encode())
    assert asycuda.read(marked).exporter == asycuda.read(GOOD.replace(b"Azulejos", "Azuléjos".encode())).exporter
    named = GOOD.replace(b"UTF-8", b"windows-1252").replace(b"Azulejos", b"Azul\xe9jos")
    assert "Azuléjos" in str(asycuda.read(named).exporter)


def test_export_fills_the_fields_of_an_export() -> None:
    lodged = json_gate.read((EXAMPLES / "good/05-spirits-excise.json").read_bytes())
    text = asycuda.write(lodged).replace(b">IM<", b">EX<").replace(b"<Sad_flow>I", b"<Sad_flow>E")
    d = asycuda.read(text)
    assert (d.type, d.is_import) == ("EXA", False)
    assert d.goods_shipment.importer is None
    assert d.goods_shipment.consignee is not None
    assert d.goods_shipment.consignment is not None
    assert d.goods_shipment.consignment.departure_means is not None


def test_what_says_otherwise_is_left_over() -> None:
    text = GOOD.replace(b"<Declaration_gen_procedure_code>4", b"<Declaration_gen_procedure_code>7")
    text = text.replace(b"<Item_price>8640.00", b"<Item_price>8640.0").replace(b"<Sad_flow>I", b"<Sad_flow>E")
    text = text.replace(b"</ASYCUDA>", b"<Novelty at='1'>new</Novelty></ASYCUDA>")
    left = {(x.where.split(" ")[0], x.value) for x in asycuda.read_all(text).leftovers}
    assert ("Identification/Type/Declaration_gen_procedure_code", "7") in left
    assert ("Property/Sad_flow", "E") in left
    assert ("Novelty", "new") in left
    assert ("Novelty", "1") in left


def test_the_table_points_at_fields_that_exist() -> None:
    for row in rows():
        head, _, name = row.field.rpartition(".")
        for field in name.split("|") if row.field else ():
            assert kind_of(Lodgement, f"{head}.{field}" if head else field)
    assert len(by_path()) == len(rows())


# --- files over all element paths, made by Hypothesis ----------------------------------------------------------------

letters = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ éÜß&<>'0123456789", min_size=1, max_size=12).map(str.strip).filter(bool)
numbers = st.decimals(0, 10**9, places=2).map(str) | st.integers(1, 99).map(str) | st.just("1.25E7") | st.just("0.0")


def value_of(row: Row) -> st.SearchStrategy[str]:
    """A value that the row takes."""
    if row.rule == "kind":
        return st.sampled_from(("IM", "EX"))
    if row.rule == "flag":
        return st.sampled_from(("true", "false"))
    if row.rule == "split2":
        return st.sampled_from(("4000", "1040", "7100", "40"))
    if row.rule == "party":
        return st.lists(letters, min_size=1, max_size=4).map("\n".join)
    head, _, name = row.field.rpartition(".")
    field = f"{head}.{name.split('|')[-1]}" if head else name
    kind = kind_of(Lodgement, field).__name__ if field else "str"
    return {"Decimal": numbers, "int": st.integers(1, 999).map(str)}.get(kind, letters)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A SAD with values at any of the known paths, repeated elements repeated, empty ones with <null/>."""
    root = etree.Element("ASYCUDA")
    heads = sorted({r.path.split("/")[0] for r in rows()} - {""})
    for head in heads:
        times = draw(st.integers(0, 2)) if head.lower() in REPEATED else 1
        below = [r for r in rows() if r.path.split("/")[0] == head]
        for _ in range(times):
            chosen = draw(st.lists(st.sampled_from(below), max_size=12, unique_by=lambda r: r.path))
            _fill(draw, etree.SubElement(root, head), head.lower(), chosen, 1)
    return etree.tostring(root, encoding=draw(st.sampled_from(("UTF-8", "UTF-16"))))


def _fill(draw: st.DrawFn, element: etree._Element, path: str, chosen: list[Row], level: int) -> None:
    names = dict.fromkeys(r.path.split("/")[level] for r in chosen if len(r.path.split("/")) > level)
    for row in (r for r in chosen if r.path.lower() == path):
        if draw(st.integers(0, 4)):
            element.text = draw(value_of(row))
        else:
            etree.SubElement(element, "null")
    for name in names:
        inner = f"{path}/{name.lower()}"
        for _ in range(draw(st.integers(1, 3)) if inner in REPEATED else 1):
            rest = [r for r in chosen if len(r.path.split("/")) > level and r.path.split("/")[level] == name]
            _fill(draw, etree.SubElement(element, name), inner, rest, level + 1)


@settings(max_examples=100, phases=(Phase.generate,), suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(files())
def test_no_value_of_any_file_is_lost(data: bytes) -> None:
    """Every value of the file is in the record or told as left over, and what is written reads back the same."""
    reading = asycuda.read_all(data)
    held = " \x00 ".join((*flat(reading.lodgement).values(), *(x.value for x in reading.leftovers)))
    for leaf in leaves(etree.fromstring(data)):
        for line in leaf.text.splitlines():
            assert _stands(line.strip(), held, leaf.row), leaf.where
    again = asycuda.read(asycuda.write(reading.lodgement))
    assert differences(reading.lodgement, again) == ()


def _stands(text: str, held: str, row: Row | None) -> bool:
    if row is not None and row.rule in ("flag", "split2", "flow", "general"):
        return True  # translated, cut in two, or said already by another box; tested by name above
    if row is not None and row.rule == "document" and len(text) == 4 and text[1:] in held:
        return text[0] in held  # category and type
    if text == "1.25E7":
        return "12500000" in held or text in held
    if row is not None and row.rule in ("cost", "first") and not text.strip("0."):
        return True  # an amount of nothing says nothing
    if row is not None and row.rule == "again":
        return text in held or f"{Decimal(text).normalize():f}" in held
    return text in held or text.replace(" ", "") in held.replace(" ", "")


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(lodgements())
def test_any_declaration_keeps_what_the_sad_can_carry(lodged: Lodgement) -> None:
    first = asycuda.read(asycuda.write(lodged))
    assert asycuda.read(asycuda.write(first)) == first


def test_own_examples_judged() -> None:
    report = run("sad", EXAMPLES / "asycuda")
    assert (report.agree, report.explained, report.mismatch, report.skipped) == (5, 0, 0, 0)


@pytest.mark.conformance
def test_every_element_of_real_files_is_known(shared_data: Path) -> None:
    lines = (shared_data / "customs/schemas/asycuda/asycuda_sad_element_paths.tsv").read_text().splitlines()[1:]
    paths = {line.split("\t")[0].removeprefix("ASYCUDA/").lower() for line in lines}
    paths = {p for p in paths if not p.endswith("/null")}
    values = {p for p in paths if not any(q.startswith(f"{p}/") for q in paths)} - {"asycuda"}
    assert values == set(by_path())
