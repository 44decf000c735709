"""Templates to fill in: an empty table as CSV, or as a workbook with help on every heading and the codes of the law to choose from."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from customhouse.gates.table.columns import COLUMNS

ROWS = 500
"""Rows that the drop-downs reach."""

TITLES = {"en": ("Goods", "Codes", "Help"), "fr": ("Marchandises", "Codes", "Aide")}
ABOUT = {
    "en": "One row is one goods item. Repeat the fields of the whole declaration on each row, or fill them on the first only.",
    "fr": "Une ligne est un article. Répétez les champs de toute la déclaration sur chaque ligne, ou remplissez-les sur la première seulement.",
}
WRONG = {
    "en": ("Not in the list", "This code is not in the list of the law of the day of this template."),
    "fr": ("Pas dans la liste", "Ce code n’est pas dans la liste du droit du jour de ce modèle."),
}
_MINE, _ITS = PatternFill("solid", fgColor="FFD9E2EF"), PatternFill("solid", fgColor="FFE8EFD9")


def csv_template(language: str) -> bytes:
    """The headings alone, in UTF-8 with a byte order mark, so that every spreadsheet opens it well."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerow([c.heading(language) for c in COLUMNS])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def workbook(language: str, lists: Mapping[str, Sequence[str]]) -> bytes:
    """The template as XLSX. `lists` are the code lists to choose from, by the name that columns use (countries, types ...)."""
    goods, codes, help = TITLES[language if language in TITLES else "en"]
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = goods
    _headings(sheet, language)
    places = _codes(book.create_sheet(codes), lists)
    _choices(sheet, places, language)
    _help(book.create_sheet(help), language)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _headings(sheet: Worksheet, language: str) -> None:
    for n, column in enumerate(COLUMNS, 1):
        cell = sheet.cell(1, n, column.heading(language))
        cell.font, cell.fill = Font(bold=True), _ITS if column.is_item else _MINE
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.comment = Comment(column.help(language), "customs", width=280, height=90)
        sheet.column_dimensions[get_column_letter(n)].width = 18
        if column.kind == "text":
            for row in range(2, ROWS + 2):
                sheet.cell(row, n).number_format = "@"  # codes such as 0700 stay as typed
    sheet.freeze_panes = "B2"


def _codes(sheet: Worksheet, lists: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Write the lists side by side; where each stands."""
    places = {}
    for n, (name, codes) in enumerate(sorted(lists.items()), 1):
        sheet.cell(1, n, name).font = Font(bold=True)
        for row, code in enumerate(codes, 2):
            sheet.cell(row, n, code).number_format = "@"
        letter = get_column_letter(n)
        places[name] = f"'{sheet.title}'!${letter}$2:${letter}${max(2, len(codes) + 1)}"
    return places


def _choices(sheet: Worksheet, places: Mapping[str, str], language: str) -> None:
    title, text = WRONG[language if language in WRONG else "en"]
    for n, column in enumerate(COLUMNS, 1):
        if column.list in places:
            choice = DataValidation(
                type="list", formula1=f"={places[column.list]}", allow_blank=True, errorStyle="warning"
            )
            choice.errorTitle, choice.error = title, text
            letter = get_column_letter(n)
            choice.add(f"{letter}2:{letter}{ROWS + 1}")
            sheet.add_data_validation(choice)


def _help(sheet: Worksheet, language: str) -> None:
    sheet.cell(1, 1, ABOUT[language if language in ABOUT else "en"]).font = Font(bold=True)
    for row, column in enumerate(COLUMNS, 3):
        sheet.cell(row, 1, column.heading(language)).font = Font(bold=True)
        sheet.cell(row, 2, column.help(language))
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 32, 90
