"""Kinds of package of UN/ECE Recommendation 21: the workbook (XLS) as published, or the same columns as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from customhouse.gates.lists import reading
from customhouse.kernel.problem import Problem, Refusal
from customhouse.kernel.validity import Validity
from customhouse.law.loading import Findings, Reading, Setting, Source, Tick, table
from customhouse.law.terms import ListEntry

SOURCE = "UN/CEFACT Recommendation 21, Codes for Passengers, Types of Cargo, Packages and Packaging Materials"
WORKBOOK = b"\xd0\xcf\x11\xe0"
NEEDED = ("Status", "Code", "Name")
DELETED = "X"


def read(
    sources: Sequence[Source], setting: Setting, beside: Mapping[str, bytes] | None = None, tick: Tick | None = None
) -> Reading:
    """Every kind of package in use as an entry of the list ``packages``; those marked X are notes."""
    findings = Findings()
    made: list[ListEntry] = []
    for source in sources:
        rows = _workbook(source, findings) if source.data[:4] == WORKBOOK else table(source, NEEDED, findings)
        for where, row in rows:
            code, name = row["Code"], row["Name"]
            if DELETED in row["Status"].upper():
                findings.note()
            elif not 1 <= len(code) <= 2 or not code.isalnum() or not name:
                hint = "A code has two letters or digits"
                findings.refuse("BrokenRow", "The line has no code of a kind of package, or no name", where, hint, code)
            else:
                findings.take()
                cited, validity = setting.source or SOURCE, Validity(setting.since)
                made.append(ListEntry(list="packages", code=code, text={"en": name}, validity=validity, source=cited))
    return reading(made, findings)


def _workbook(source: Source, findings: Findings) -> Iterator[tuple[str, dict[str, str]]]:
    """(place, row) of every line below the heading of every sheet. Raises Refusal where the reader is not installed."""
    try:
        import xlrd
    except ImportError:
        hint = "Install it with: pip install 'customhouse[xls]', or save the workbook as CSV"
        raise Refusal([Problem("NoReader", "Workbooks (.xls) need a reader", source.name, hint)]) from None
    try:
        book = xlrd.open_workbook(file_contents=source.data)
    except Exception as fault:  # the reader ends with errors of many kinds on a broken workbook
        hint = "Open it with a spreadsheet program and save it again, or as CSV"
        findings.found("BrokenWorkbook", f"The workbook cannot be read: {fault}"[:200], source.name, hint)
        return
    for sheet in book.sheets():
        heading: list[str] | None = None
        for number in range(sheet.nrows):
            cells = [_cell(value) for value in sheet.row_values(number)]
            if heading is None:
                heading = cells if set(NEEDED) <= set(cells) else None
            elif any(cells):
                yield f"{source.name}: {sheet.name} line {number + 1}", dict(zip(heading, cells, strict=True))
        if heading is None and sheet.nrows:
            label = f"The sheet {sheet.name} has no heading with {', '.join(NEEDED)}"
            findings.warn("WrongColumns", label, source.name, "Check that this is the file meant")


def _cell(value: object) -> str:
    """A cell as text; a workbook keeps codes of digits as numbers."""
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value).strip()
