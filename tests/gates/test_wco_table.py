"""The mapping table, the record and the official schema agree, each with each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from lxml import etree
from msgspec import inspect

from customhouse.gates.wco_xml import pointer
from customhouse.gates.wco_xml.element import ATTRIBUTES, Class, Element
from customhouse.gates.wco_xml.message import METADATA, Metadata
from customhouse.gates.wco_xml.table import DECLARATION
from customhouse.record.lodgement import Amount, Lodgement, Measure, Pointer, Stamp

XS = "{http://www.w3.org/2001/XMLSchema}"
OWN = {Lodgement: {"notations"}, Metadata: {"notations"}}
TYPES = {"integer": inspect.IntType, "decimal": inspect.DecimalType, "text": inspect.StrType}
CLASSES = {"amount": Amount, "measure": Measure, "stamp": Stamp}


def classes(table: Class) -> Iterator[Class]:
    yield table
    for row in table.rows:
        if row.of is not None:
            yield from classes(row.of)


def fields(table: Class) -> Iterator[Element]:
    """The rows of a class, with those of its flat wrappers."""
    for row in table.rows:
        if row.kind == "flat":
            assert row.of is not None
            yield from fields(row.of)
        else:
            yield row


def records() -> dict[type, list[Class]]:
    found: dict[type, list[Class]] = {}
    for table in (*classes(DECLARATION), METADATA):
        if table.record is not msgspec.Struct:
            found.setdefault(table.record, []).append(table)
    return found


def test_every_field_of_the_record_is_in_the_table_and_none_besides() -> None:
    for record, tables in records().items():
        mapped = {row.field for table in tables for row in fields(table)}
        assert mapped == set(record.__struct_fields__) - OWN.get(record, set()), record


def test_no_field_is_filled_twice_in_one_place() -> None:
    for table in classes(DECLARATION):
        if table.record is not msgspec.Struct:
            names = [row.field for row in fields(table)]
            assert len(names) == len(set(names)), table.name


def test_kinds_fit_the_types_of_the_fields() -> None:
    for record, tables in records().items():
        info = inspect.type_info(record)
        assert isinstance(info, inspect.StructType)
        types = {field.name: field.type for field in info.fields}
        for table in tables:
            for row in fields(table):
                _check_type(row, types[row.field])


def _check_type(row: Element, found: inspect.Type) -> None:
    if isinstance(found, inspect.UnionType):
        found = next(t for t in found.types if not isinstance(t, inspect.NoneType))
    assert isinstance(found, inspect.VarTupleType) == row.many, row
    if isinstance(found, inspect.VarTupleType):
        found = found.item_type
    if row.kind == "class":
        assert row.of is not None
        assert isinstance(found, inspect.StructType) and found.cls is row.of.record, row
    elif row.kind in CLASSES:
        assert isinstance(found, inspect.StructType) and found.cls is CLASSES[row.kind], row
    else:
        assert isinstance(found, TYPES.get(row.kind, inspect.StrType)), row


def test_pointers() -> None:
    path = "GoodsShipment/GovernmentAgencyGoodsItem[2]/Commodity/Description"
    assert pointer.id_path(path) == "42A/67A/68A[2]/23A/137"
    assert pointer.pointers(path) == (Pointer("42A"), Pointer("67A"), Pointer("68A", 2), Pointer("23A", None, "137"))
    assert pointer.id_path("") == "42A"
    assert pointer.id_path("GoodsShipment/Nonsense/ID") == "42A/67A"
    assert pointer.pointers("AdditionalInformation[3]") == (Pointer("42A"), Pointer("03A", 3))


@pytest.fixture(scope="module")
def official(shared_data: Path) -> Path:
    for found in sorted(shared_data.rglob("WCO_DEC_2_DMS.xsd")):
        return found
    pytest.skip("the official schema is absent")


@pytest.mark.conformance
def test_every_element_of_the_official_schema_is_in_the_table_in_order(official: Path) -> None:
    root = etree.parse(official).getroot()
    kinds = _kinds(official)
    declaration = next(t for t in root.findall(f"{XS}complexType") if t.get("name") == "Declaration")
    assert _against(declaration, DECLARATION, "Declaration", kinds) > 400


def _against(type_: etree._Element, table: Class, where: str, kinds: dict[str, str]) -> int:
    """Compare a complex type of the schema with its table; how many elements were compared."""
    found = type_.find(f"{XS}sequence")
    assert found is not None
    assert [e.get("name") for e in found] == [row.tag for row in table.rows], where
    number = 0
    for element, row in zip(found, table.rows, strict=True):
        here = f"{where}/{row.tag}"
        number += 1
        named = _wco_id(element)
        assert row.id == named or (named is None and row.id == "337"), here
        assert (element.get("minOccurs", "1") == "1") == row.required, here
        if element.get("maxOccurs", "1") != "1":
            assert row.many, here
        inner = element.find(f"{XS}complexType")
        if inner is not None:
            assert row.of is not None, here
            number += _against(inner, row.of, here, kinds)
        else:
            assert _fits(kinds[element.get("type", "").rpartition(":")[2]], row), here
    return number


def _wco_id(element: etree._Element) -> str | None:
    note = element.find(f"{XS}annotation")
    words = [] if note is None else [e for e in note.iter() if pointer.local(e.tag) == "WCOID"]
    return words[0].text.strip() if words else None


def _fits(kind: str, row: Element) -> bool:
    if kind == "decimal":
        return row.kind in ("decimal", "integer")
    if kind == "quantity":
        return row.kind in ("decimal", "integer", "measure")
    return row.kind == kind


def _kinds(official: Path) -> dict[str, str]:
    """Kind of each named type of the schema, from the attributes of the core component type it derives from."""
    types: dict[str, etree._Element] = {}
    for file in official.parent.rglob("*.xsd"):
        if file != official:
            for found in etree.parse(file).getroot().iter(f"{XS}complexType", f"{XS}simpleType"):
                if found.get("name"):
                    types.setdefault(found.get("name"), found)
    return {name: _kind(name, types) for name in types}


def _kind(name: str, types: dict[str, etree._Element]) -> str:
    found = types.get(name)
    if found is None:
        return {"decimal": "decimal"}.get(name, "text")
    if any(e.get("name") == "DateTimeString" for e in found.iter(f"{XS}element")):
        return "stamp"
    own = {a.get("name") for a in found.iter(f"{XS}attribute")}
    for kind, mark in (
        ("amount", "currencyID"),
        ("quantity", "unitCode"),
        ("identifier", "schemeID"),
        ("code", "listID"),
    ):
        if mark in own:
            return kind
    if own == set(ATTRIBUTES["text"]):
        return "text"
    base = next((e.get("base") for e in found.iter(f"{XS}extension", f"{XS}restriction")), "")
    return _kind(base.rpartition(":")[2], types)
