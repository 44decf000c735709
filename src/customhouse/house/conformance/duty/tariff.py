"""The open tariff of a material, and the Book of one case: the overlay law, the duty of the goods, and what was stated."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec

from customhouse.gates import tariff_csv
from customhouse.gates.tariff_csv import Rated, Table
from customhouse.house.conformance.duty.territory import Side
from customhouse.kernel.validity import Validity
from customhouse.law.book import Book, Contents, Law
from customhouse.law.expression import Component, Expression
from customhouse.law.measure import Measure
from customhouse.law.pack import read_pack
from customhouse.law.terms import Line, Rate, Relief

OVERLAY = Path(__file__).resolve().parents[1] / "united_kingdom"
START = date(2000, 1, 1)
"""The tariff of a material has no dates of its own: it is taken for every day."""

ALWAYS = Validity(START, None)
MAIN: dict[Side, str] = {"UK": "A00", "EU": "A50"}
COLUMNS: dict[Side, tuple[str, ...]] = {"UK": ("ukgt", "uk", "gb", "third"), "EU": ("cet", "eu", "ccr")}
LEVELS = (10, 8, 6, 4)
SUPPLEMENTARY = {"HLT": "LTR", "ASV#X": "LTR", "LTR": "LTR", "LPA": "LPA", "NAR": "NAR", "NPR": "NPR", "MTR": "MTR",
                 "MTK": "MTK", "MTQ": "MTQ", "TNE": ""}  # fmt: skip
"""What a supplementary quantity without a unit is in, by what the duty is charged on (Combined Nomenclature: volumes are
declared in litres, whatever the duty counts in)."""


class Tariff:
    """Rates of duty by commodity code for both tariffs; empty where the material has none."""

    def __init__(self, table: Table | None) -> None:
        self.rows: dict[str, Rated] = {r.code: r for r in table.rows} if table else {}
        names = table.columns if table else ()
        self.columns: dict[Side, str] = {
            side: next((c for c in names if c.startswith(starts)), "") for side, starts in COLUMNS.items()
        }
        if table and not self.columns["UK"]:
            self.columns["UK"] = next((c for c in names if c != self.columns["EU"]), "")

    def find(self, code: str) -> Rated | None:
        """The line that a declared code falls under."""
        return next((self.rows[code[:n]] for n in LEVELS if code[:n] in self.rows and len(code) >= n), None)

    def words(self, code: str, side: Side) -> str:
        """The duty as printed; empty where there is no line."""
        row = self.find(code)
        return row.words.get(self.columns[side], "") if row else ""

    def measures(self, code: str, side: Side) -> tuple[Measure, ...]:
        row = self.find(code)
        column = self.columns[side]
        if row is None or not column:
            return ()
        return tuple(tariff_csv.measures((row,), column, MAIN[side], f"tariff, line {row.number}", START))


class Stated(msgspec.Struct):
    """What a case takes from the answer because the material does not have it, each with the reason.

    `why` is by tax type; `flat` are the types whose very amounts were taken.
    """

    measures: list[Measure] = []
    reliefs: list[Relief] = []
    rates: list[Rate] = []
    instead: set[str] = set()
    why: dict[str, str] = {}
    flat: set[str] = set()
    value_why: str = ""


class Laws:
    """Makes the law of each case from the overlay."""

    def __init__(self, tariff: Tariff) -> None:
        self.tariff = tariff
        self.overlay: Contents = read_pack(OVERLAY)
        self._plain: dict[date, Law] = {}

    def plain(self, day: date) -> Law:
        """The overlay alone."""
        if day not in self._plain:
            self._plain[day] = Book.of(self.overlay).on(day)
        return self._plain[day]

    def of(self, code: str, side: Side, day: date, stated: Stated) -> Law:
        """The law for goods of one code under one tariff."""
        measures = [m for m in self.tariff.measures(code, side) if m.tax_type not in stated.instead]
        overlay = [m for m in self.overlay.measures if m.tax_type not in stated.instead]
        line = Line(
            code=code or "00",
            text={"en": "goods declared"},
            unit=_unit([*measures, *stated.measures]),
            validity=ALWAYS,
            source="tariff",
        )
        contents = msgspec.structs.replace(
            self.overlay,
            lines=(line,),
            measures=(*measures, *stated.measures, *overlay),
            reliefs=(*self.overlay.reliefs, *stated.reliefs),
            rates=(*self.overlay.rates, *stated.rates),
        )
        return Book.of(contents).on(day)


def _unit(measures: list[Measure]) -> str:
    for measure in measures:
        for term in _terms(measure.expression):
            if term.unit in SUPPLEMENTARY:
                return SUPPLEMENTARY[term.unit]
    return ""


def _terms(expression: Expression | None) -> tuple[Component, ...]:
    return (*expression.terms, *expression.minimum, *expression.maximum) if expression else ()
