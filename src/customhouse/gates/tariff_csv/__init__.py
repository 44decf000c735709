"""Tariffs published as a CSV table, one line a commodity with its rates in words: the UK Global Tariff and its like.

`read` gives the rows with every rate understood (`Rated`), and a report of those that were not: nothing is dropped. A rate
column becomes one or several parts, each with its season; `lines` and `measures` make words of a Book out of the rows.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Iterable, Iterator
from datetime import date

import msgspec

from customhouse.gates.tariff_csv.rate import Part, UnknownRate, parts
from customhouse.kernel.problem import Problem, Refusal
from customhouse.kernel.validity import Validity
from customhouse.law.measure import ALL_ORIGINS, Measure
from customhouse.law.terms import Line

__all__ = ["CODES", "Part", "Rated", "Table", "is_table", "lines", "measures", "parts", "read"]

CODES = ("commodity", "commodity_code", "goods_code", "code")
"""Headings under which the commodity code stands, in order of preference."""

RATES = re.compile(r"(?:^|_)duty_rate$|^(?:third_country_)?duty$")
"""Headings of rates: cet_duty_rate, ukgt_duty_rate ... ; the word before names the tariff."""

FLAGS = ("trade_remedy_applies", "suspension_applies", "atq_applies")
GZIP = b"\x1f\x8b"


class Rated(msgspec.Struct, frozen=True, gc=False):
    """One line of the table: its code without trailing blanks, text, and the parts of each rate that was understood.

    `flags` are the remarks that hold for it: trade_remedy_applies (anti-dumping or the like exists), suspension_applies,
    atq_applies (a tariff quota exists); their rates stand elsewhere.
    """

    code: str
    text: str
    number: int
    rates: dict[str, tuple[Part, ...]]
    words: dict[str, str]
    flags: frozenset[str] = frozenset()


class Table(msgspec.Struct, frozen=True):
    """A tariff table: its rate columns, its rows, and what was not understood (line, column, words)."""

    columns: tuple[str, ...]
    rows: tuple[Rated, ...]
    problems: tuple[Problem, ...] = ()


def is_table(data: bytes) -> bool:
    """Whether bytes look like such a table: a heading with a code and at least one rate."""
    try:
        head = _text(data[:65_536] if data[:2] != GZIP else data, part=True).splitlines()[0]
    except (UnicodeDecodeError, OSError, IndexError, EOFError):
        return False
    names = [n.strip().lower() for n in head.split(",")]
    return any(n in CODES for n in names) and any(RATES.search(n) for n in names)


def read(data: bytes, name: str = "tariff") -> Table:
    """The table in `data` (CSV, UTF-8, may be gzipped). Raises Refusal when it is no tariff table at all.

    Problems have the rule UnknownRate or InvalidCode, the place `name`:line, and the words that were found.
    """
    if not is_table(data):
        hint = f"A heading with one of {', '.join(CODES)} and a column ending in duty_rate is looked for"
        raise Refusal([Problem("NotATariff", "This is no table of tariff rates", name, hint)])
    reader = csv.DictReader(io.StringIO(_text(data), newline=""), restval="")
    headings = {h.strip().lower(): h for h in reader.fieldnames or ()}
    code = headings[next(c for c in CODES if c in headings)]
    columns = {h: original for h, original in headings.items() if RATES.search(h)}
    rows: list[Rated] = []
    problems: list[Problem] = []
    for record in reader:
        place = f"{name}:{reader.line_num}"
        found = _row(record, code, columns, headings, reader.line_num)
        if isinstance(found, str):
            problems.append(Problem("InvalidCode", "A commodity code has 2 to 10 digits", place, "", found[:40]))
            continue
        row, unknown = found
        rows.append(row)
        problems.extend(
            Problem("UnknownRate", f"{column}: {why}", place, "Write the rate by hand", words[:80])
            for column, words, why in unknown
        )
    return Table(tuple(columns), tuple(rows), tuple(problems))


def _text(data: bytes, *, part: bool = False) -> str:
    if data[:2] == GZIP:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            data = stream.read(65_536) if part else stream.read()
    if part:
        data = data[: data.rfind(b"\n") + 1] or data
    return data.decode("utf-8-sig")


def _row(
    record: dict[str, str], code: str, columns: dict[str, str], headings: dict[str, str], number: int
) -> tuple[Rated, list[tuple[str, str, str]]] | str:
    """The row, and (column, words, why) of every rate not understood; or the code that is none."""
    digits = re.sub(r"[\s.]", "", record[code] or "")
    if not digits.isdigit() or not 2 <= len(digits) <= 10:
        return record[code] or "(empty)"
    rates: dict[str, tuple[Part, ...]] = {}
    unknown: list[tuple[str, str, str]] = []
    words = {column: " ".join((record[original] or "").split()) for column, original in columns.items()}
    for column, said in words.items():
        if not said:
            continue
        try:
            rates[column] = parts(said)
        except UnknownRate as fault:
            unknown.append((column, said, str(fault)))
    flags = frozenset(f for f in FLAGS if (record.get(headings.get(f, "")) or "").strip().lower() == "true")
    text = (record.get(headings.get("description", "")) or "").strip()
    return Rated(digits, text, number, rates, words, flags), unknown


# --- words of a Book --------------------------------------------------------------------------------------------------


def lines(rows: Iterable[Rated], source: str, start: date, language: str = "en") -> Iterator[Line]:
    """A line of the nomenclature for each row."""
    for row in rows:
        yield Line(code=row.code, text={language: row.text or row.code}, validity=Validity(start, None), source=source)


def measures(rows: Iterable[Rated], column: str, tax_type: str, source: str, start: date) -> Iterator[Measure]:
    """The third country duty (measure type 103) of each row by one rate column, one measure for each season of it."""
    for row in rows:
        several = len(row.rates.get(column, ())) > 1
        for number, part in enumerate(row.rates.get(column, ()), 1):
            yield Measure(
                id=f"{tax_type}-{row.code}" + (f"-{number}" if several else ""),
                code=row.code,
                tax_type=tax_type,
                area=ALL_ORIGINS,
                validity=Validity(start, None),
                source=source,
                kind="103",
                expression=part.expression,
                expression_text=str(part.expression),
                season=part.season,
            )
