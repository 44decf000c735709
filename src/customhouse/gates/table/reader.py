"""Rows to declarations: finds the columns by their headings, puts rows of one reference together, tells every problem with its cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import msgspec

from customhouse.gates.table import cells
from customhouse.gates.table.columns import COLUMNS, ITEM, Column, by_heading, plain
from customhouse.gates.table.sheet import Row, Sheet, refusal, safe
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.lodgement import Lodgement
from customhouse.record.reading import Draft, Reading

REFERENCE = "reference"
FREIGHT = "goods_shipment.valuation.charges[1]"
CARRIAGE_AND_INSURANCE = "AK"  # addition of carriage and insurance to the place of import (DE 4/9)
FIXED = {
    "commodity.classifications[1].id": ("commodity.classifications[1].type", "TSP"),
    "origins[1].country": ("origins[1].type", "1"),
}


class Part(msgspec.Struct, frozen=True):
    """One declaration of a table: its reference, what was read or why it could not be, and its rows alone as CSV (UTF-8)."""

    reference: str
    data: bytes
    reading: Reading | None = None
    problems: tuple[Problem, ...] = ()


class _Laid(msgspec.Struct, frozen=True):
    """A sheet with its columns found: position -> column, and the heading of those not known."""

    sheet: Sheet
    columns: dict[int, Column]
    unknown: dict[int, str]

    @property
    def reference(self) -> int | None:
        return next((n for n, c in self.columns.items() if c.key == REFERENCE), None)


def parts(sheets: tuple[Sheet, ...], told: tuple[Problem, ...]) -> tuple[Part, ...]:
    """The declarations of these sheets, in the order in which their references first stand.

    Raises Refusal where the table itself is at fault: UnknownTable, DuplicateColumn, MissingReference.
    """
    laid = [found for sheet in sheets if (found := _lay(sheet)) is not None]
    if not laid:
        known = ", ".join(c.en for c in COLUMNS[:6])
        hint = f"The first row holds headings such as {known}; download the template"
        raise refusal("UnknownTable", "No heading of this table is known", hint, "row 1")
    return tuple(_Declaration(reference, rows, told).part() for reference, rows in _together(laid).items())


def _lay(sheet: Sheet) -> _Laid | None:
    columns: dict[int, Column] = {}
    unknown: dict[int, str] = {}
    known = by_heading()
    for n, text in enumerate(sheet.heading.cells):
        column = known.get(plain(text)) if text else None
        if column is None:
            unknown[n] = text or f"column {n + 1}"
        elif column in columns.values():
            hint = "Keep one of the two"
            raise refusal("DuplicateColumn", f"Two columns are headed {text}", hint, sheet.heading.where(n))
        else:
            columns[n] = column
    return _Laid(sheet, columns, unknown) if columns else None


def _numbers(rows: list[tuple[_Laid, Row]]) -> Iterator[str]:
    for laid, row in rows:
        at = [n for n, c in laid.columns.items() if c.kind == "number"]
        yield from (row.cells[n] for n in at if n < len(row.cells) and row.cells[n])


def _together(laid: list[_Laid]) -> dict[str, list[tuple[_Laid, Row]]]:
    """Rows by reference. A table without that column, or with it empty, is refused: nothing says what belongs together."""
    found: dict[str, list[tuple[_Laid, Row]]] = {}
    problems = []
    for sheet in laid:
        at = sheet.reference
        if at is None:
            hint = "Add a column Reference, with the same value on all rows of a declaration"
            raise refusal(
                "MissingReference", "The table has no column for the reference", hint, sheet.sheet.heading.where(0)
            )
        for row in sheet.sheet.rows:
            reference = row.cells[at] if at < len(row.cells) else ""
            if reference:
                found.setdefault(reference, []).append((sheet, row))
            else:
                hint = "Write on each row which declaration it belongs to"
                problems.append(Problem("MissingReference", "The row has no reference", row.where(at), hint))
    if problems:
        raise Refusal(problems[:50])
    if not found:
        raise refusal("EmptyTable", "There are headings, and no rows", "Write one row for each goods item", "row 2")
    return found


class _Declaration:
    """Reads the rows of one declaration."""

    def __init__(self, reference: str, rows: list[tuple[_Laid, Row]], told: tuple[Problem, ...]) -> None:
        self.reference, self.rows, self.told = reference, rows, told
        self.mark = cells.mark_of(
            _numbers(rows)
        )  # of this declaration alone, so that its rows say the same by themselves
        self.draft: Draft[Lodgement] = Draft(Lodgement)
        self.lists: dict[str, int] = {}

    def part(self) -> Part:
        item = 0
        for laid, row in self.rows:
            of_item = any(c.is_item and n < len(row.cells) and row.cells[n] for n, c in laid.columns.items())
            item += of_item
            for n, text in enumerate(row.cells):
                if text and n in laid.columns:
                    self._take(laid.columns[n], text, row.where(n), item)
                elif text:
                    heading = laid.unknown.get(n, f"column {n + 1}")
                    self.draft.leave(row.where(n), text, f"the column {heading} is not known")
        self._complete(item)
        try:
            lodgement = self.draft.finish()
        except Refusal as refused:
            return Part(self.reference, self._alone(), None, refused.problems)
        return Part(self.reference, self._alone(), Reading(lodgement, tuple(self.draft.leftovers), self.told))

    def _take(self, column: Column, text: str, where: str, item: int) -> None:
        field = column.field.replace("items[]", f"items[{item}]", 1)
        try:
            if column.kind == "number":
                text = cells.number(text, self.mark)
            elif column.kind == "date":
                text = cells.day(text)
        except cells.Unclear as unclear:
            self.draft.problem(unclear.rule, str(unclear), where, "", text)
            return
        if column.kind in ("codes", "documents"):
            self._list(column, field, text, where)
        elif "|" in field:
            self._procedure(field, text, where)
        else:
            self._put(field, text, where, column)

    def _put(self, path: str, text: str, where: str, column: Column) -> None:
        held = self.draft.values.get(path)
        if held is not None and held != text:
            label = f"Another row of this declaration says {held[:40]} ({self.draft.places[path]})"
            self.draft.problem(
                "Contradiction", label, where, f"Write the same {column.en} on all rows, or only once", text
            )
            return
        self.draft.put(path, text, where)

    def _list(self, column: Column, field: str, text: str, where: str) -> None:
        head, _, rest = field.partition("[].") if column.kind == "codes" else (field[:-2], "", "")
        if not column.is_item and head in self.lists:
            return self._same(head, text, where, column)
        for piece in (x.strip() for x in text.split(";")):
            if not piece:
                continue
            self.lists[head] = self.lists.get(head, 0) + 1
            entry = f"{head}[{self.lists[head]}]"
            if column.kind == "codes":
                self.draft.put(f"{entry}.{rest}", piece, where)
            else:
                self._paper(entry, piece, where)
        self.draft.places[head] = text
        return None

    def _same(self, head: str, text: str, where: str, column: Column) -> None:
        if self.draft.places[head] != text:
            label = f"Another row of this declaration says {self.draft.places[head][:40]}"
            self.draft.problem(
                "Contradiction", label, where, f"Write the same {column.en} on all rows, or only once", text
            )

    def _paper(self, entry: str, piece: str, where: str) -> None:
        code, colon, number = piece.partition(":")
        code = code.strip().upper()
        if not colon or len(code) != 4 or not code.isalnum() or not number.strip():
            hint = "Write code and number with a colon between: N935:INV7"
            self.draft.problem("InvalidDocument", "This is no document", where, hint, piece)
            return
        self.draft.put(f"{entry}.category", code[0], where)
        self.draft.put(f"{entry}.type", code[1:], where)
        self.draft.put(f"{entry}.id", number.strip(), where)

    def _procedure(self, field: str, text: str, where: str) -> None:
        code = text.replace(" ", "").replace(".", "")
        if len(code) == 3 and code.isdigit():
            code = f"0{code}"  # a spreadsheet takes 0700 for the number 700
        if len(code) != 4 or not code.isalnum():
            hint = "Write four characters: 4000, 1000, 5100"
            self.draft.problem("InvalidProcedure", "This is no procedure", where, hint, text)
            return
        head, _, names = field.rpartition(".")
        current, previous = names.split("|")
        self.draft.put(f"{head}.{current}", code[:2], where)
        self.draft.put(f"{head}.{previous}", code[2:], where)

    def _complete(self, items: int) -> None:
        """What the table leaves unsaid because it can only be so."""
        values = self.draft.values
        declarant = values.get("declarant.id", "")
        if "agent.function" in values and declarant:
            values.setdefault("agent.id", declarant)
        if "issued.text" in values:
            values["issued.format"] = "102"
        if f"{FREIGHT}.amount.value" in values:
            values[f"{FREIGHT}.type"] = CARRIAGE_AND_INSURANCE
            values.setdefault(f"{FREIGHT}.amount.currency", values.get("invoice.currency", ""))
        equipment = "goods_shipment.consignment.equipment"
        for n in range(1, self.lists.get(equipment, 0) + 1):
            values[f"{equipment}[{n}].sequence"] = str(n)
            values["goods_shipment.consignment.container_code"] = "1"
        for n in range(1, items + 1):
            self._complete_item(f"{ITEM[:-3]}[{n}]", n)
        values.setdefault("item_count", str(items))

    def _complete_item(self, item: str, n: int) -> None:
        values = self.draft.values
        values.setdefault(f"{item}.sequence", str(n))
        for field, (other, value) in FIXED.items():
            if f"{item}.{field}" in values:
                values[f"{item}.{other}"] = value
        if f"{item}.commodity.price.value" in values and "invoice.currency" in values:
            values.setdefault(f"{item}.commodity.price.currency", values["invoice.currency"])
        if f"{item}.packages[1].quantity" in values:
            values[f"{item}.packages[1].sequence"] = "1"
        if f"{item}.commodity.duties[1].payment.method" in values or f"{item}.commodity.duties[1].regime" in values:
            values.setdefault(f"{item}.commodity.duties[1].type", "A00")

    def _alone(self) -> bytes:
        """The rows of this declaration as one CSV: all columns of all its sheets, a formula harmless."""
        headings = list(dict.fromkeys(h for laid, _ in self.rows for h in laid.sheet.heading.cells if h))
        out = io.StringIO(newline="")
        writer = csv.writer(out, delimiter=";", lineterminator="\n")
        writer.writerow([safe(h) for h in headings])
        for laid, row in self.rows:
            held = dict(zip(laid.sheet.heading.cells, row.cells, strict=False))
            writer.writerow([safe(held.get(h, "")) for h in headings])
        return out.getvalue().encode()
