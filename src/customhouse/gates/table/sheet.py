"""Bytes to rows: CSV in any of its dialects, and XLSX, with bounds on everything that could grow.

Of formulas the value that was kept beside them is taken; nothing is ever worked out here. What a workbook brings besides its
cells (macros, links, pictures) is not looked at.
"""

from __future__ import annotations

import csv
import io
import math
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from customhouse.gates.table.columns import by_heading, letter, plain
from customhouse.kernel.problem import Problem, Refusal

MAX_BYTES = 10 * 1024 * 1024
"""Largest file taken by default."""

MAX_UNPACKED = 64 * 1024 * 1024
MAX_RATIO = 150
"""How many times larger than packed a workbook may be; real ones are five to twenty times."""

MAX_MEMBERS = 500
MAX_ROWS = 20_000
MAX_COLUMNS = 200
MAX_CELL = 2_000
SEPARATORS = (";", "\t", ",", "|")
DANGEROUS = ("=", "+", "-", "@")
"""How a text begins that a spreadsheet would take for a formula."""


class Row(msgspec.Struct, frozen=True):
    """A row with its place: the sheet (empty for CSV), its number, and the texts of its cells."""

    sheet: str
    number: int
    cells: tuple[str, ...]

    def where(self, column: int) -> str:
        """How a problem names a cell: sheet, row, and the letter of the column."""
        sheet = f"sheet {self.sheet}, " if self.sheet else ""
        return f"{sheet}row {self.number}, column {letter(column + 1)}"


class Sheet(msgspec.Struct, frozen=True):
    """A sheet: its first row that holds anything, and the rows below."""

    heading: Row
    rows: tuple[Row, ...]


def is_workbook(data: bytes) -> bool:
    """Whether the bytes begin as an XLSX file (a zip archive) does."""
    return data[:4] == b"PK\x03\x04"


def open_sheets(data: bytes, limit: int = MAX_BYTES) -> tuple[tuple[Sheet, ...], tuple[Problem, ...]]:
    """The sheets that hold anything, and warnings. Raises Refusal: EmptyFile, TooLarge, NotTable, InvalidWorkbook, ZipBomb,
    ForbiddenEntity, FormulaWithoutValue, TooManyRows."""
    if len(data) > limit:
        raise refusal("TooLarge", f"The file is larger than {limit} bytes", "Split the table")
    if not data.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        raise refusal("EmptyFile", "The file is empty", "Check that it was saved completely")
    if is_workbook(data):
        return _workbook(data), ()
    text, told = _text(data)
    if "\0" in text:
        raise refusal("NotTable", "This is no table of text", "Save it as CSV or XLSX")
    rows = _numbered("", _cells(text))
    return _sheets([rows]), told


def safe(text: str) -> str:
    """The text so that no spreadsheet takes it for a formula: with an apostrophe before it, where it begins like one."""
    return f"'{text}" if text.startswith(DANGEROUS) else text


def _text(data: bytes) -> tuple[str, tuple[Problem, ...]]:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace"), ()
    try:
        return data.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        label = "The file is not UTF-8; it was read as windows-1252"
        hint = "Check accents in names and descriptions"
        return data.decode("windows-1252", "replace"), (
            Problem("AssumedEncoding", label, "row 1", hint, severity="warning"),
        )


def _cells(text: str) -> Iterator[list[str]]:
    """The rows of a CSV text; the separator is the one that parts the most known headings."""
    lines = io.StringIO(text, newline="")
    head = next((line for line in text.splitlines() if line.strip()), "")
    known = by_heading()

    def found(separator: str) -> int:
        return sum(plain(cell) in known for cell in next(csv.reader([head], delimiter=separator), []))

    separator = max(SEPARATORS, key=found)
    csv.field_size_limit(max(csv.field_size_limit(), MAX_BYTES))
    try:
        yield from csv.reader(lines, delimiter=separator, strict=False)
    except csv.Error as fault:
        raise refusal("NotTable", f"The table cannot be read: {fault}", "Save it as CSV or XLSX") from None


def _numbered(sheet: str, lines: Iterator[list[str]]) -> list[Row]:
    rows = []
    for number, cells in enumerate(lines, 1):
        if number > MAX_ROWS:
            raise refusal("TooManyRows", f"A table has at most {MAX_ROWS} rows", "Split the table")
        while cells and not cells[-1].strip():
            cells.pop()
        if len(cells) > MAX_COLUMNS:
            place = f"row {number}"
            raise refusal("TooManyColumns", f"A row has at most {MAX_COLUMNS} cells", "Delete the empty columns", place)
        texts = tuple(_unquoted(c.strip().replace("\u00a0", " ")) for c in cells)
        row = Row(sheet, number, texts)
        if any(len(t) > MAX_CELL for t in texts):
            at = next(n for n, t in enumerate(texts) if len(t) > MAX_CELL)
            raise refusal("TooLarge", f"A cell has at most {MAX_CELL} characters", "Shorten it", row.where(at))
        if any(texts):
            rows.append(row)
    return rows


def _unquoted(text: str) -> str:
    return text[1:] if text[:1] == "'" and text[1:2] in DANGEROUS else text


def _sheets(found: list[list[Row]]) -> tuple[Sheet, ...]:
    return tuple(Sheet(rows[0], tuple(rows[1:])) for rows in found if rows)


def _workbook(data: bytes) -> tuple[Sheet, ...]:
    from openpyxl import load_workbook  # slow to import, and only workbooks need it

    _check_archive(data)
    try:
        values = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        formulas = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        found = []
        for sheet in values.worksheets:
            if sheet.sheet_state != "visible":
                continue
            rows = _numbered(sheet.title, _values(sheet))
            _check_formulas(sheet.title, rows, formulas[sheet.title])
            found.append(rows)
        return _sheets(found)
    except Refusal:
        raise
    except Exception as fault:  # a broken workbook brings openpyxl down in many ways
        hint = "Open it in a spreadsheet and save it again as XLSX"
        raise refusal("InvalidWorkbook", f"The workbook cannot be read: {type(fault).__name__}", hint) from fault


def _check_archive(data: bytes) -> None:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as fault:
        raise refusal("InvalidWorkbook", f"The workbook is damaged: {fault}", "Save it again as XLSX") from None
    unpacked = sum(m.file_size for m in members)
    if len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * max(len(data), 4096):
        raise refusal("ZipBomb", "The workbook would grow beyond all measure when unpacked", "Save it again as XLSX")
    if "[Content_Types].xml" not in archive.namelist():
        raise refusal("InvalidWorkbook", "This archive is no workbook", "Save the table as XLSX")
    for member in members:
        if member.filename.endswith((".xml", ".rels")):
            content = _unpacked(archive, member)
            if b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"\0" in content[:4]:
                raise refusal(
                    "ForbiddenEntity", "The workbook defines entities", "Save it again as XLSX", member.filename
                )


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """The member, read no further than the size it claims."""
    try:
        with archive.open(member) as stream:
            content = stream.read(member.file_size + 1)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError) as fault:
        raise refusal("InvalidWorkbook", f"The workbook is damaged: {fault}", "Save it again as XLSX") from None
    if len(content) > member.file_size:
        raise refusal("ZipBomb", "The workbook is larger than it says", "Save it again as XLSX", member.filename)
    return content


def _values(sheet: Any) -> Iterator[list[str]]:
    for cells in sheet.iter_rows(max_row=MAX_ROWS + 1, max_col=MAX_COLUMNS + 1, values_only=True):
        yield [_shown(value) for value in cells]


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, str | int):
        return str(value)
    text = f"{Decimal(repr(value)):f}" if isinstance(value, float) and math.isfinite(value) else str(value)
    whole, _, decimals = text.partition(".")
    if not decimals.strip("0"):
        return whole
    return f"{text}0" if len(decimals) == 3 else text  # a number of three decimals must not look like thousands


def _check_formulas(title: str, rows: list[Row], sheet: Any) -> None:
    """A formula whose value was never kept says nothing: told, not guessed."""
    held = {row.number: row for row in rows}
    problems = []
    for number, cells in enumerate(sheet.iter_rows(max_row=MAX_ROWS, max_col=MAX_COLUMNS, values_only=True), 1):
        for at, value in enumerate(cells):
            if isinstance(value, str) and value.startswith("=") and len(value) > 1:
                row = held.get(number, Row(title, number, ()))
                if at >= len(row.cells) or not row.cells[at]:
                    hint = "Open the file in a spreadsheet and save it, or write the value itself"
                    label = "The formula has no value kept beside it"
                    problems.append(Problem("FormulaWithoutValue", label, row.where(at), hint, value[:60]))
    if problems:
        raise Refusal(problems[:50])


def refusal(rule: str, label: str, hint: str, where: str = "") -> Refusal:
    """A refusal with one problem."""
    return Refusal([Problem(rule, label, where, hint)])
