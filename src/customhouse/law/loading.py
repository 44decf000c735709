"""What a gate hands over when it has read a foreign tariff or list: words of the law, and an account of every record.

The account must add up: every record is taken, kept as a note, or not understood, and nothing else can become of it.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from customhouse.kernel.problem import Problem, Severity
from customhouse.law.layer import Layer, without_overlaps
from customhouse.law.pack_rows import START

Tick = Callable[[int, int], None]
"""Told (done, of how many) while a long file is read."""

ASK = "Ask the sender which one is meant"


class Source(msgspec.Struct, frozen=True):
    """A file to load: its name (a member of an archive reads ``archive.tgz!member``) and its bytes."""

    name: str
    data: bytes


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What the country gives to a loader: its code, currency and languages, and what to say where the files do not.

    `source` is the legal source to cite, `first` the first day in force, `column` the column of rates in a table that has
    several, `digits` the significant digits of cross rates.
    """

    country: str = ""
    currency: str = ""
    languages: tuple[str, ...] = ("en",)
    source: str = ""
    first: date | None = None
    column: str = ""
    digits: int = 10

    @property
    def since(self) -> date:
        """The first day of what has no date of its own."""
        return self.first or START


class Account(msgspec.Struct, frozen=True):
    """Every record of the files: taken into the law, kept as a note only, or not understood.

    `detail` splits those taken where the format says what to do with each (created, updated, deleted, unchanged).
    """

    read: int = 0
    taken: int = 0
    noted: int = 0
    refused: int = 0
    detail: dict[str, int] = {}

    def __post_init__(self) -> None:
        if self.read != self.taken + self.noted + self.refused:
            raise ValueError(f"the account does not add up: {self}")
        if self.detail and sum(self.detail.values()) != self.taken:
            raise ValueError(f"the account of those taken does not add up: {self}")


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What came of reading files. `wholes` names the (part, whole) stated completely; `beside` further files to keep."""

    layer: Layer
    account: Account
    problems: tuple[Problem, ...] = ()
    wholes: tuple[tuple[str, str], ...] = ()
    beside: dict[str, bytes] = {}


class Findings:
    """Collects what a reader finds, and counts what becomes of the records. One for a whole reading."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.read = self.taken = self.noted = self.refused = 0

    def found(
        self, rule: str, label: str, where: str, hint: str = "", value: str = "", severity: Severity = "error"
    ) -> None:
        self.problems.append(Problem(rule, label, where, hint, value[:60], severity))

    def warn(self, rule: str, label: str, where: str, hint: str = "", value: str = "") -> None:
        self.found(rule, label, where, hint, value, "warning")

    def take(self) -> None:
        self.read, self.taken = self.read + 1, self.taken + 1

    def note(self) -> None:
        self.read, self.noted = self.read + 1, self.noted + 1

    def refuse(self, rule: str, label: str, where: str, hint: str, value: str = "") -> None:
        """A record that is not understood."""
        self.read, self.refused = self.read + 1, self.refused + 1
        self.found(rule, label, where, hint, value)

    @property
    def account(self) -> Account:
        return Account(self.read, self.taken, self.noted, self.refused)


def text_of(source: Source, findings: Findings, hint: str = "Save the file as UTF-8") -> str:
    """The text of a file in UTF-8, with or without a mark at its start; empty, with a problem, when it is not."""
    try:
        return source.data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = source.data.count(b"\n", 0, fault.start) + 1
        shown = repr(source.data[fault.start : fault.start + 8])
        findings.found("WrongEncoding", "The file is not UTF-8", f"{source.name}:{line}", hint, shown)
        return ""


def table(
    source: Source, needed: Sequence[str], findings: Findings, names: Sequence[str] | None = None
) -> Iterator[tuple[str, dict[str, str]]]:
    """(place, row) of every line of a CSV file, cells without blanks around them; lines of another width are refused.

    `names` are the columns of a file without a heading. A file without the columns `needed` gives one problem.
    """
    text = text_of(source, findings)
    if not text:
        return
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), names, strict=True)
        lacking = [name for name in needed if name not in (reader.fieldnames or ())]
        if lacking:
            label = f"The file has no column {', '.join(lacking)}"
            findings.found("WrongColumns", label, f"{source.name}:1", "Check that this is the file meant")
            return
        for row in reader:
            where = f"{source.name}:{reader.line_num}"
            if None in row or None in row.values():
                findings.refuse("BrokenRow", "The line has not as many cells as the heading", where, "Mend the line")
                continue
            yield where, {k: v.strip() for k, v in row.items()}
    except csv.Error as fault:
        where = f"{source.name}:{reader.line_num}"
        findings.refuse("BrokenRow", f"The line cannot be read as CSV: {fault}", where, "Mend the line")


def read_json(source: Source, findings: Findings) -> Any:
    """What a JSON file says, numbers as Decimal; None, with a problem, when it cannot be read."""
    text = text_of(source, findings)
    try:
        return json.loads(text, parse_float=Decimal) if text else None
    except (json.JSONDecodeError, RecursionError) as fault:
        where = f"{source.name}:{getattr(fault, 'lineno', 1)}"
        label = f"The file cannot be read as JSON: {fault}"[:200]
        findings.refuse("MalformedJSON", label, where, "Check that it was written completely")
        return None


def standing(words: Sequence[Any], part: str, findings: Findings) -> tuple[Any, ...]:
    """The words that do not overlap in time with another of the same; each of the others is told. Twins count once."""
    once = {repr(word): word for word in words}
    stands, left_out = without_overlaps(once.values(), part)
    for word, before in left_out:
        name = getattr(word, "id", "") or getattr(word, "code", "") or getattr(word, "order", "") or word.currency
        where = f"{part} {getattr(word, 'list', '')} {name}".replace("  ", " ")
        if before.validity.start == word.validity.start:
            findings.warn("StandsTwice", "Stands twice with different words; the first stands", where, ASK)
        else:
            label = f"Overlaps in time with the same from {before.validity.start}, which stands"
            findings.warn("OverlappingValidity", label, where, ASK)
    return stands


def named(sources: Sequence[Source]) -> str:
    """The files in a few words, to cite where no legal source is given."""
    names = [s.name.rsplit("!", 1)[-1].rsplit("/", 1)[-1] for s in sources]
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more" if names else ""
