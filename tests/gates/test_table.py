"""The table gate: CSV in its dialects and XLSX, several declarations, every problem with its cell, and what bad input gets."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from customhouse.clearance import doors
from customhouse.clearance.line import Context, walk
from customhouse.gates import table
from customhouse.gates.table import cells, sheet, template
from customhouse.gates.table.columns import COLUMNS, by_heading
from customhouse.house.lawbooks import embedded_book
from customhouse.kernel.problem import Refusal
from customhouse.record.lodgement import Lodgement
from customhouse.record.paths import kind_of

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def workbook(*rows: list[Any], title: str = "Goods") -> bytes:
    book = Workbook()
    assert book.active is not None
    book.active.title = title
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr({"types": "[Content_Types].xml", "book": "xl/workbook.xml"}.get(name, name), content)
    return out.getvalue()


GOOD = workbook(["Reference", "Price"], ["A", 1])
HEAD = b"Reference;Price\n"

BAD = {
    "empty": (b"", "EmptyFile"),
    "blanks and a mark": (b"\xef\xbb\xbf \r\n", "EmptyFile"),
    "binary": (b"Reference\0\1\2;Price", "NotTable"),
    "no known heading": (b"Alpha;Beta\n1;2\n", "UnknownTable"),
    "no column for the reference": (b"Price;Currency\n1;EUR\n", "MissingReference"),
    "row without a reference": (HEAD + b"A;1\n;2\n", "MissingReference"),
    "headings only": (HEAD, "EmptyTable"),
    "heading twice": (b"Reference;Price;Prix\nA;1;2\n", "DuplicateColumn"),
    "too many rows": (HEAD + b"A;1\n" * (sheet.MAX_ROWS + 1), "TooManyRows"),
    "too many columns": (HEAD + b"A;" * 300 + b"1\n", "TooManyColumns"),
    "a cell without end": (HEAD + b"A;" + b"9" * 5000 + b"\n", "TooLarge"),
    "damaged workbook": (GOOD[: len(GOOD) // 2], "InvalidWorkbook"),
    "an archive that is no workbook": (zipped(note=b"hello"), "InvalidWorkbook"),
    "zip bomb": (zipped(types=b"<a/>", book=b"\0" * 50_000_000), "ZipBomb"),
    "many members": (zipped(types=b"<a/>", **{f"m{n}": b"x" for n in range(600)}), "ZipBomb"),
    "entity bomb": (zipped(types=b"<a/>", book=b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "ForbiddenEntity"),
    "workbook without sheets": (zipped(types=b"<a/>", book=b"<a/>"), "InvalidWorkbook"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_table_that_cannot_be_read(name: str) -> None:
    data, rule = BAD[name]
    with pytest.raises(Refusal) as refused:
        table.read_all(data)
    assert rule in {p.rule for p in refused.value.problems}
    assert all(p.hint for p in refused.value.problems)


def test_oversized() -> None:
    with pytest.raises(Refusal, match="TooLarge"):
        table.read_all(io.BytesIO(HEAD * 1000), limit=500)


def test_every_bad_cell_is_told_with_row_and_column() -> None:
    (part,) = table.read_all((EXAMPLES / "table/bad/01-cells.csv").read_bytes())
    assert part.reading is None
    assert [(p.rule, p.where) for p in part.problems] == [
        ("AmbiguousDate", "row 2, column D"),
        ("AmbiguousNumber", "row 2, column H"),
        ("InvalidNumber", "row 2, column I"),
        ("InvalidDocument", "row 2, column J"),
        ("Contradiction", "row 3, column B"),
        ("InvalidDate", "row 3, column D"),
        ("InvalidProcedure", "row 3, column G"),
    ]
    assert "3 of month 4 or 4 of month 3" in part.problems[0].label


NUMBERS = {
    "1234": "1234",
    "1.234,50": "1234.50",
    "1,234.50": "1234.50",
    "1 234,5": "1234.5",
    "1\u202f234,5": "1234.5",
    "1'234.5": "1234.5",
    "1.234.567": "1234567",
    "1,234,567.8": "1234567.8",
    "12,5": "12.5",
    "0.123": "0.123",
    "-3": "-3",
    ".5": ".5",
    "1234.567": "1234.567",
}


@pytest.mark.parametrize("text", NUMBERS)
def test_numbers_as_people_write_them(text: str) -> None:
    assert cells.number(text) == NUMBERS[text]


@pytest.mark.parametrize(
    "text", ["1,234", "12.345", "1,2,3", "1.2.3", "1.234.56", "1,234,5", "1e5", "12 EUR", "", "--1"]
)
def test_numbers_that_are_none_or_two(text: str) -> None:
    with pytest.raises(cells.Unclear):
        cells.number(text)


def test_the_table_itself_shows_its_decimal_mark() -> None:
    assert cells.number("1,234", cells.mark_of(["8.50", "1,234"])) == "1234"
    assert cells.number("1,234", cells.mark_of(["8,5", "1,234"])) == "1.234"
    assert cells.mark_of(["8,5", "8.5"]) == ""


DATES = {
    "2026-11-20": "20261120",
    "20261120": "20261120",
    "20.11.2026": "20261120",
    "20/11/2026": "20261120",
    "11/20/2026": "20261120",
    "05/05/2026": "20260505",
    "20 Nov 2026": "20261120",
    "2026-11-20 00:00:00": "20261120",
}


@pytest.mark.parametrize("text", DATES)
def test_dates_that_can_mean_one_day(text: str) -> None:
    assert cells.day(text) == DATES[text]


@pytest.mark.parametrize(
    "text", ["03/04/2026", "3-4-2026", "2026-13-01", "31.02.2026", "20/13/2026", "soon", "20/11/26"]
)
def test_dates_that_cannot(text: str) -> None:
    with pytest.raises(cells.Unclear):
        cells.day(text)


@pytest.mark.parametrize("file", ["01-two-declarations.csv", "02-francais.csv"])
def test_examples_walk_the_line(file: str) -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    context = Context(embedded_book().on(now.date()), now, b"a key")
    for n, part in enumerate(table.read_all((EXAMPLES / "table/good" / file).read_bytes()), 1):
        assert part.reading is not None
        assert part.reading.leftovers == ()
        done = walk(part.reading.lodgement, context, number=n, by="t", format="csv", digest="")
        assert done.problems == ()
        assert done.declaration.mrn


def test_rows_of_one_reference_are_one_declaration_and_its_part_reads_the_same() -> None:
    first, second = table.read_all((EXAMPLES / "table/good/01-two-declarations.csv").read_bytes())
    assert (first.reference, second.reference) == ("TAB-2026-0001", "TAB-2026-0002")
    assert first.reading is not None
    assert second.reading is not None
    assert [i.sequence for i in first.reading.lodgement.items] == [1, 2]
    assert [str(i.commodity.price.value) for i in first.reading.lodgement.items if i.commodity.price] == ["4320.00"] * 2
    assert second.reading.lodgement.gross_mass is not None
    assert str(second.reading.lodgement.gross_mass.value) == "2500.5"
    for part in (first, second):
        (again,) = table.read_all(part.data)
        assert (again.reading, again.data) == (part.reading, part.data)


def test_a_table_that_grows_keeps_the_parts_it_had() -> None:
    whole = (EXAMPLES / "table/good/01-two-declarations.csv").read_bytes()
    shorter = b"\n".join(whole.splitlines()[:3]) + b"\n"
    assert table.read_all(shorter)[0].data == table.read_all(whole)[0].data


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252"])
def test_dialects(separator: str, encoding: str) -> None:
    text = f"Référence{separator}Désignation des marchandises\r\nA-1{separator}Café moulu\r\n"
    (part,) = table.read_all(text.encode(encoding))
    assert part.reading is not None
    assert part.reading.lodgement.items[0].commodity.description == "Café moulu"
    assert [p.rule for p in part.reading.warnings] == (["AssumedEncoding"] if encoding == "windows-1252" else [])


def test_a_workbook_with_numbers_dates_and_a_sheet_for_the_header() -> None:
    book = load_workbook(
        io.BytesIO(workbook(["Reference", "Price", "Gross mass", "Procedure"], ["A", 8640.5, 1.234, 700]))
    )
    header = book.create_sheet("Declaration")
    header.append(["reference", "TYPE", "Date", "Colour"])
    header.append(["A", "IMA", date(2026, 11, 20), "blue"])
    out = io.BytesIO()
    book.save(out)
    (part,) = table.read_all(out.getvalue())
    assert part.reading is not None
    lodged = part.reading.lodgement
    assert (lodged.type, lodged.issued and lodged.issued.text, lodged.items[0].procedure) == ("IMA", "20261120", "0700")
    assert lodged.items[0].commodity.gross_mass is not None
    assert lodged.items[0].commodity.gross_mass.value.normalize() == cells_decimal("1.234")
    assert [(x.where, x.value) for x in part.reading.leftovers] == [("sheet Declaration, row 2, column D", "blue")]


def cells_decimal(text: str) -> Any:
    from decimal import Decimal

    return Decimal(text)


def test_formulas_are_never_worked_out() -> None:
    with pytest.raises(Refusal) as refused:
        table.read_all(workbook(["Reference", "Price"], ["A", "=1+1"]))
    (problem,) = refused.value.problems
    assert (problem.rule, problem.where) == ("FormulaWithoutValue", "sheet Goods, row 2, column B")
    (part,) = table.read_all(
        b"Reference;Description\nA;=HYPERLINK(1)\nA;@SUM(1)\n".replace(b"Description", b"description")
    )
    assert part.reading is not None
    assert [i.commodity.description for i in part.reading.lodgement.items] == ["=HYPERLINK(1)", "@SUM(1)"]
    assert b";'=HYPERLINK(1)" in part.data
    assert table.read_all(part.data)[0].reading == part.reading


@pytest.mark.parametrize("language", ["en", "fr"])
def test_templates_are_understood_by_the_gate(language: str) -> None:
    lists = {"countries": ["ES", "XM"], "types": ["EXA", "IMA"]}
    made = template.workbook(language, lists)
    book = load_workbook(io.BytesIO(made))
    goods = book.worksheets[0]
    heads = [c.value for c in goods[1]]
    assert heads == [c.heading(language) for c in COLUMNS]
    assert all(c.comment for c in goods[1])
    assert {v.formula1 for v in goods.data_validations.dataValidation} == {"='Codes'!$A$2:$A$3", "='Codes'!$B$2:$B$3"}
    goods.cell(2, heads.index(COLUMNS[0].heading(language)) + 1, "A-1")
    out = io.BytesIO()
    book.save(out)
    (part,) = table.read_all(out.getvalue())
    assert (part.reference, part.problems) == ("A-1", ())
    rows = template.csv_template(language) + b"A-1" + b";" * (len(COLUMNS) - 1)
    assert table.read_all(rows)[0].reference == "A-1"


def test_columns_point_at_fields_and_no_heading_means_two() -> None:
    assert len(by_heading()) >= len(COLUMNS)
    for column in COLUMNS:
        head, _, name = column.field.rpartition(".")
        for field in name.split("|"):
            assert kind_of(Lodgement, f"{head}.{field}" if head else field)
        for name in (column.key, column.en, column.fr):
            assert by_heading()[table.columns.plain(name)] is column


def test_the_doors_tell_formats_by_their_bytes() -> None:
    kinds = {"good": None, "edifact": "edifact", "asycuda": "sad", "table": "csv"}
    for folder, kind in kinds.items():
        for file in (f for f in (EXAMPLES / folder).rglob("*") if f.is_file()):
            assert doors.sniff(file.read_bytes()) == (kind or file.suffix[1:]), file
    assert doors.sniff(GOOD) == "xlsx"
    assert doors.sniff(b"what is this") == "json"
    assert doors.sniff("\ufeff<?xml version='1.0'?><!-- a --><ASYCUDA/>".encode("utf-16-le")) == "sad"


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(str.encode)
    | st.binary(max_size=60).map(lambda b: GOOD[:400] + b)
)
def test_no_bytes_bring_the_gate_or_the_doors_down(data: bytes) -> None:
    for read in (table.read_all, doors.receive):
        try:
            read(data)
        except Refusal as refusal:
            assert refusal.problems


@settings(max_examples=100, deadline=None)
@given(
    st.decimals(-(10**12), 10**12, places=2),
    st.sampled_from([(".", ","), (",", "."), (" ", ","), ("'", "."), ("", ".")]),
)
def test_numbers_go_there_and_back(value: Any, marks: tuple[str, str]) -> None:
    thousands, decimal = marks
    text = f"{value:,.2f}".replace(",", "T").replace(".", decimal).replace("T", thousands)
    assert cells_decimal(cells.number(text)) == value
