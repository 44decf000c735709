"""The cargo list gate: a CSV table, one row per goods line, as small carriers and forwarders keep it in a spreadsheet.

The first row names the columns, in any order; only those in COLUMNS are known. Rows of one document number are its lines.
Separator comma, semicolon or tab, found out from the first row; encoding UTF-8, with or without byte order mark. Masses
are kilograms and volumes cubic metres, with a decimal point.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from itertools import islice

import msgspec

from customhouse.kernel.foreign_json import place
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.manifest import (
    Conveyance,
    DangerousGoods,
    GoodsLine,
    Level,
    Manifest,
    Packages,
    Seal,
    Stowage,
    TransportDocument,
    TransportEquipment,
)
from customhouse.record.parts import Party

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 50_000
MAX_PROBLEMS = 100
FIELD = 500  # characters in a cell

# column: what it says. Those of the report are read from the first row that fills them.
REPORT = (
    "reference",
    "mode",
    "voyage",
    "conveyance_id",
    "conveyance_name",
    "carrier",
    "office",
    "departed",
    "expected",
)
COLUMNS: dict[str, str] = {
    "reference": "carrier's reference of the report",
    "mode": "mode of transport: 1 sea, 3 road, 4 air ...",
    "voyage": "voyage or flight",
    "conveyance_id": "IMO number or registration",
    "conveyance_name": "name of the ship",
    "carrier": "number of the carrier",
    "office": "customs office of entry",
    "departed": "departure, 2026-11-10T08:00Z",
    "expected": "expected arrival",
    "document": "number of the transport document",
    "type": "its type (705, 714, 740 ...)",
    "master": "number of the master, for a house",
    "consolidated": "yes: the houses are told later",
    "consignor": "name of the consignor",
    "consignee": "name of the consignee",
    "consignee_id": "number of the consignee",
    "notify": "name of the party to notify",
    "forwarder_id": "number of the forwarder who tells the houses",
    "loading": "place of loading (UN/LOCODE)",
    "unloading": "place of unloading (UN/LOCODE)",
    "description": "what the goods are",
    "hs": "Harmonized System code",
    "packages": "number of packages",
    "package_kind": "kind of packages (Rec 21)",
    "marks": "marks and numbers",
    "gross_kg": "gross mass in kilograms",
    "volume_m3": "volume in cubic metres",
    "un_number": "UN number of dangerous goods",
    "container": "container the goods lie in",
    "size_type": "its size and type (ISO 6346)",
    "fullness": "5 full, 4 empty",
    "seals": "its seals, parted by blanks",
}
NEEDED = ("document", "description", "packages", "gross_kg")


def read(data: bytes, *, limit: int = MAX_BYTES) -> Manifest:
    """The cargo report in `data`. Raises Refusal with every problem, its row and column: EmptyFile, TooLarge,
    WrongEncoding, UnknownColumn, MissingColumn, WrongType."""
    return _Table(data, limit).report()


class _Table:
    def __init__(self, data: bytes, limit: int) -> None:
        self.problems: list[Problem] = []
        rows = csv.DictReader(io.StringIO(_text(data, limit), newline=""), delimiter=_separator(data))
        names = [n.strip().lower() for n in rows.fieldnames or ()]
        rows.fieldnames = names
        self._columns(names)
        self._stop()
        self.rows = list(self._read(rows))
        self._stop()

    def _columns(self, names: list[str]) -> None:
        for n, name in enumerate(names, 1):
            if name not in COLUMNS:
                self.wrong(
                    "UnknownColumn",
                    "This column is not known",
                    f"row 1, column {n}",
                    f"Known: {', '.join(COLUMNS)}",
                    name,
                )
        for name in NEEDED:
            if name not in names:
                self.wrong("MissingColumn", f"The column {name} is missing", "row 1", f"Add it: {COLUMNS[name]}")

    def _read(self, rows: csv.DictReader[str]) -> Iterator[tuple[int, dict[str, str]]]:
        try:
            for row in islice(rows, MAX_ROWS + 1):
                n = rows.line_num
                if None in row:
                    self.wrong(
                        "WrongWidth",
                        "The row has more cells than the first",
                        f"row {n}",
                        "Quote cells that hold the separator",
                    )
                    continue
                told = {name: (value or "").strip() for name, value in row.items()}
                if long := next((name for name, value in told.items() if len(value) > FIELD), ""):
                    self.wrong(
                        "TooLong",
                        f"A cell has at most {FIELD} characters",
                        f"row {n}, {long}",
                        "Shorten it",
                        told[long],
                    )
                if any(told.values()):
                    yield n, told
        except csv.Error as fault:
            self.wrong("MalformedCSV", str(fault), f"row {rows.line_num}", "Mend the quotes there")

    def wrong(self, rule: str, label: str, where: str, hint: str = "", value: str = "") -> None:
        self.problems.append(Problem(rule, label, where, hint, value[:40]))

    def _stop(self) -> None:
        if self.problems:
            raise Refusal(self.problems[:MAX_PROBLEMS])

    def report(self) -> Manifest:
        if len(self.rows) > MAX_ROWS:
            raise Refusal([Problem("TooLarge", f"A list has at most {MAX_ROWS} rows", "", "Split it")])
        if not self.rows:
            raise Refusal([Problem("EmptyFile", "There are no rows below the first", "", "Write a row per goods line")])
        said = {name: next((r[name] for _, r in self.rows if r.get(name)), "") for name in REPORT}
        documents: dict[str, list[tuple[int, dict[str, str]]]] = {}
        for n, row in self.rows:
            documents.setdefault(row["document"], []).append((n, row))
        made = tuple(self._document(number, rows) for number, rows in documents.items())
        equipment = self._equipment()
        departed, expected = (self._moment(said[name], name) for name in ("departed", "expected"))
        self._stop()
        return Manifest(
            reference=said["reference"],
            mode=said["mode"],
            conveyance=Conveyance(said["conveyance_id"], "", said["conveyance_name"]),
            voyage=said["voyage"],
            carrier=Party(id=said["carrier"]),
            office=said["office"],
            departed=departed,
            expected=expected,
            documents=made,
            equipment=equipment,
        )

    def _document(self, number: str, rows: list[tuple[int, dict[str, str]]]) -> TransportDocument:
        def said(name: str) -> str:
            return next((r[name] for _, r in rows if r.get(name)), "")

        def party(name: str, id: str = "") -> Party | None:
            found = Party(id=said(id) if id else "", name=said(name))
            return found if found != Party() else None

        notify = party("notify")
        is_house = bool(said("master"))
        return TransportDocument(
            number=number,
            level=Level.HOUSE if is_house else Level.MASTER,
            type=said("type") or ("714" if is_house else "705"),
            master=said("master"),
            consolidated=said("consolidated").lower() in ("yes", "y", "true", "1", "oui"),
            consignor=party("consignor"),
            consignee=party("consignee", "consignee_id"),
            notify=(notify,) if notify else (),
            forwarder=Party(id=said("forwarder_id")) if said("forwarder_id") else None,
            loading=said("loading"),
            unloading=said("unloading"),
            lines=tuple(self._line(k, n, row) for k, (n, row) in enumerate(rows, 1)),
        )

    def _line(self, sequence: int, n: int, row: dict[str, str]) -> GoodsLine:
        packages = self._number(n, row, "packages", Decimal(1))
        mass = self._number(n, row, "gross_kg", Decimal(1000))
        box = row.get("container", "")
        undg = row.get("un_number", "").upper().removeprefix("UN").strip()
        return GoodsLine(
            sequence=sequence,
            description=row["description"],
            hs=row.get("hs", "").replace(".", "").replace(" ", ""),
            packages=(Packages(row.get("package_kind", ""), packages, row.get("marks", "")),),
            gross_mass=mass,
            volume=self._number(n, row, "volume_m3", Decimal(1_000_000)),
            dangerous=(DangerousGoods(undg),) if undg else (),
            stowage=(Stowage(box, packages, mass),) if box else (),
        )

    def _equipment(self) -> tuple[TransportEquipment, ...]:
        found: dict[str, TransportEquipment] = {}
        for _, row in self.rows:
            box = row.get("container", "")
            if not box:
                continue
            seals = tuple(Seal(s) for s in row.get("seals", "").split())
            known = found.get(box, TransportEquipment(box, "CN"))
            found[box] = msgspec.structs.replace(
                known,
                size_type=known.size_type or row.get("size_type", ""),
                fullness=known.fullness or row.get("fullness", "") or "5",
                seals=tuple(dict.fromkeys((*known.seals, *seals))),
            )
        return tuple(found.values())

    def _number(self, n: int, row: dict[str, str], name: str, unit: Decimal) -> int | None:
        text = row.get(name, "")
        if not text:
            return None
        try:
            value = Decimal(text)
        except InvalidOperation:
            value = Decimal("NaN")
        if not text.isascii() or not value.is_finite() or value < 0 or value.adjusted() > 12:
            self.wrong(
                "WrongType",
                "This is no number",
                f"row {n}, {name}",
                "Write digits and a decimal point, no separators",
                text,
            )
            return None
        return int((value * unit).to_integral_value(ROUND_HALF_UP))

    def _moment(self, text: str, name: str) -> datetime | None:
        if not text:
            return None
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            self.wrong("WrongType", "This is no date", name, "Write 2026-11-27T06:00Z", text)
            return None
        return found if found.tzinfo else found.replace(tzinfo=UTC)


def _text(data: bytes, limit: int) -> str:
    if len(data) > limit:
        raise Refusal([Problem("TooLarge", f"The file is larger than {limit} bytes", "", "Split it")])
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data.strip():
        raise Refusal([Problem("EmptyFile", "The file is empty", "", "Check that it was written completely")])
    if data.startswith(b"PK\x03\x04"):
        raise Refusal([Problem("WrongEncoding", "This is a spreadsheet, not a CSV file", "", "Save it as CSV (UTF-8)")])
    try:
        text = data.decode()
    except UnicodeDecodeError as fault:
        where = place(data, fault.start)
        raise Refusal(
            [Problem("WrongEncoding", "These bytes are not UTF-8", where, "Save it as CSV (UTF-8)")]
        ) from None
    if "\0" in text:
        raise Refusal([Problem("WrongEncoding", "There are zero bytes in the file", "", "Save it as CSV (UTF-8)")])
    return text


def _separator(data: bytes) -> str:
    first = data.partition(b"\n")[0]
    return max((",", ";", "\t"), key=lambda s: first.count(s.encode()))
