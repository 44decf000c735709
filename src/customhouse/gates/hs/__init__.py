"""The gate for the Harmonized System as CSV: chapters, headings and subheadings with what they cover, and the sections.

An edition states the whole nomenclature. Its year is in the file name (hs2022.csv) or given as the first day in force.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from customhouse.kernel.hs import HSCode
from customhouse.kernel.number import InvalidNumber
from customhouse.kernel.validity import Validity
from customhouse.law.layer import Layer
from customhouse.law.loading import Findings, Reading, Setting, Source, Tick, named, standing, table
from customhouse.law.terms import Line, ListEntry

CODES = ("section", "hscode", "description", "parent", "level")
SECTIONS = ("section", "name")
TOTAL = "TOTAL"
UNASSIGNED = "99"
"""Chapters from 98 are not of the Harmonized System; statistics put what is not specified by kind into 99."""


def read(
    sources: Sequence[Source], setting: Setting, beside: Mapping[str, bytes] | None = None, tick: Tick | None = None
) -> Reading:
    findings = Findings()
    since = setting.first or _edition(sources)
    if since is None:
        hint = "Give the first day in force with --from, for example --from 2022-01-01"
        findings.found("NoDate", "The files do not say from when the nomenclature is in force", named(sources), hint)
        return Reading(layer=Layer(), account=findings.account, problems=tuple(findings.problems))
    validity = Validity(since)
    lines: list[Line] = []
    sections: list[ListEntry] = []
    for source in sources:
        if b"hscode" in source.data[:200]:
            lines += _lines(source, validity, setting, findings)
        else:
            sections += _sections(source, validity, setting, findings)
    wholes = [("lines", "*")] if lines else []
    wholes += [("entries", "hs_sections")] if sections else []
    layer = Layer(lines=standing(lines, "lines", findings), entries=standing(sections, "entries", findings))
    return Reading(layer=layer, account=findings.account, problems=tuple(findings.problems), wholes=tuple(wholes))


def _edition(sources: Sequence[Source]) -> date | None:
    """The first of January of the year in the name of a file."""
    for source in sources:
        if found := re.search(r"hs[_-]?(19|20)(\d\d)", source.name.rsplit("/", 1)[-1], re.IGNORECASE):
            return date(int(found[1] + found[2]), 1, 1)
    return None


def _lines(source: Source, validity: Validity, setting: Setting, findings: Findings) -> list[Line]:
    rows = list(table(source, CODES, findings))
    codes = {row["hscode"] for _, row in rows}
    cited = setting.source or f"Harmonized System {validity.start.year}"
    made: list[Line] = []
    for where, row in rows:
        code = row["hscode"]
        if code == TOTAL:
            findings.note()
        elif fault := _fault(row, codes):
            findings.refuse(fault[0], fault[1], where, "Mend the line, or the one it names", code)
        else:
            findings.take()
            made.append(Line(code=code, text={"en": row["description"]}, validity=validity, source=cited))
    return made


def _fault(row: Mapping[str, str], codes: set[str]) -> tuple[str, str] | None:
    """What is wrong with a line of the nomenclature: (rule, label)."""
    code, parent = row["hscode"], row["parent"]
    try:
        if not code.startswith(UNASSIGNED):
            HSCode.parse(code)
    except InvalidNumber as fault:
        return "InvalidCode", str(fault)
    if not code.isdigit() or len(code) not in (2, 4, 6):
        return "InvalidCode", "A code of the Harmonized System has two, four or six digits"
    if row["level"] != str(len(code)):
        return "WrongLevel", f"The level {row['level']} is not the number of its digits"
    if len(code) > 2 and (parent not in codes or not code.startswith(parent)):
        return "NoParent", f"The line above it, {parent or 'none'}, is not in the file or not above it"
    if not row["description"]:
        return "NoText", "The line does not say what it covers"
    return None


def _sections(source: Source, validity: Validity, setting: Setting, findings: Findings) -> list[Any]:
    made = []
    for _, row in table(source, SECTIONS, findings):
        findings.take()
        cited = setting.source or f"Harmonized System {validity.start.year}"
        text = {"en": row["name"]}
        made.append(ListEntry(list="hs_sections", code=row["section"], text=text, validity=validity, source=cited))
    return made
