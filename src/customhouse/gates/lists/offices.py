"""Customs offices of the Union and its transit partners: reference number, country, name and place, roles, state."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from customhouse.gates.lists import reading
from customhouse.kernel.validity import Validity
from customhouse.law.loading import Findings, Reading, Setting, Source, Tick, table
from customhouse.law.terms import ListEntry

NEEDED = ("ref", "country", "name", "state", "active_from")
SOURCE = "Customs Office List (CS/RD2)"
HINT = "Mend the line; a reference is the country and six letters or digits"


def read(
    sources: Sequence[Source], setting: Setting, beside: Mapping[str, bytes] | None = None, tick: Tick | None = None
) -> Reading:
    """Every office in use as an entry of ``customs_offices``; those of the country itself of ``offices`` too."""
    findings = Findings()
    made: list[ListEntry] = []
    for source in sources:
        for where, row in table(source, NEEDED, findings):
            entry = _office(row, where, setting, findings)
            if entry is not None:
                made.append(entry)
                if row["country"] == setting.country:
                    made.append(msgspec.structs.replace(entry, list="offices"))
    return reading(made, findings)


def _office(row: Mapping[str, str], where: str, setting: Setting, findings: Findings) -> ListEntry | None:
    if row["state"] != "valid":
        findings.note()
        return None
    if not re.fullmatch(r"[A-Z]{2}[A-Z0-9]{6}", row["ref"]) or not row["name"]:
        findings.refuse("InvalidOffice", "The office has no reference number or no name", where, HINT, row["ref"])
        return None
    try:
        first = date.fromisoformat(row["active_from"]) if row["active_from"] else setting.since
    except ValueError:
        findings.refuse(
            "InvalidDate", "The first day cannot be read", where, "Write it as 2024-11-05", row["active_from"]
        )
        return None
    findings.take()
    name = row["name"] if not row.get("city") or row["city"] in row["name"] else f"{row['name']}, {row['city']}"
    cited = setting.source or SOURCE
    return ListEntry(list="customs_offices", code=row["ref"], text={"en": name}, validity=Validity(first), source=cited)
