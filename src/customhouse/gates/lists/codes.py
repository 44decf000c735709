"""Code lists as administrations publish them: JSON lists of a code and its meaning, links between codes, CSV by language.

The name of the file names the list. Forms that are read: ``[{code, en, cy ...}]``, ``[{code, description, activeFrom,
state}]``, ``[{ID, NAME}]``, ``[{parentCode, childCodes}]`` (pairs parent/child), and CSV with code, lang, description.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from customhouse.gates.lists import reading
from customhouse.kernel.validity import Validity
from customhouse.law.loading import Findings, Reading, Setting, Source, Tick, read_json, table
from customhouse.law.terms import ListEntry, Procedure, Text

KNOWN = {
    "documentTypes": "documents",
    "packageTypes": "packages",
    "kindsOfPackage": "packages",
    "countryCodes": "countries",
    "CountryCodesFullList": "countries",
    "currencyCodes": "currencies",
    "transportModes": "transport_modes",
}
"""Files whose list has a name of its own in our law; others are called as their file, in small letters."""

PROCEDURES = ("procedureCodes", "procedureCodesC21")
SUSPENSIVE = ("51", "53", "54", "71", "76", "77", "78")
"""Requested procedures under which duties are not payable: inward processing, temporary admission, warehousing.
Source: UCC-DA 2015/2446, Annex B, data element 1/10."""

HINT = "An entry has a code and what it means"


def read(
    sources: Sequence[Source], setting: Setting, beside: Mapping[str, bytes] | None = None, tick: Tick | None = None
) -> Reading:
    findings = Findings()
    entries: list[ListEntry] = []
    procedures: list[Procedure] = []
    for number, source in enumerate(sources, 1):
        found = list(_csv(source, setting, findings) if _is_csv(source) else _json(source, setting, findings))
        entries += found
        if _stem(source) in PROCEDURES:
            procedures += (_procedure(entry) for entry in found)
        if tick is not None:
            tick(number, len(sources))
    return reading(entries, findings, procedures)


def _stem(source: Source) -> str:
    return source.name.rsplit("!", 1)[-1].rsplit("/", 1)[-1].split(".", 1)[0]


def _name(source: Source) -> tuple[str, date | None]:
    """(name of the list, first day) out of the file name: ``acts-16n-from-22-08-2024.json``."""
    stem = _stem(source)
    since = None
    if found := re.search(r"(?:-from)+-(\d\d)-(\d\d)-(\d{4})$", stem):
        since = date(int(found[3]), int(found[2]), int(found[1]))
        stem = stem[: found.start()]
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", stem)
    return KNOWN.get(stem, re.sub(r"[^A-Za-z0-9]+", "_", words).strip("_").lower()), since


def _is_csv(source: Source) -> bool:
    return source.name.lower().endswith(".csv") or source.data.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] not in (b"[", b"{")


def _json(source: Source, setting: Setting, findings: Findings) -> Iterator[ListEntry]:
    found = read_json(source, findings)
    name, since = _name(source)
    if found is None:
        return
    if not isinstance(found, list):
        findings.found(
            "NotAList", "The file is no list of codes", f"{source.name}:1", "Check that this is the file meant"
        )
        return
    if not found:
        findings.warn("EmptyList", "The list has no codes", f"{source.name}:1", "Check that the file is complete")
    for number, row in enumerate(found, 1):
        where = f"{source.name}: entry {number}"
        made = _entries(row, name) if isinstance(row, dict) else []
        if not made:
            findings.refuse("BrokenRow", "The entry has no code", where, HINT, str(row))
            continue
        if str(row.get("state", "valid")) != "valid":
            findings.note()
            continue
        first = _first(row, where, since or setting.since, findings)
        if first is None:
            continue
        findings.take()
        cited = setting.source or f"Code list {_stem(source)}"
        for code, text in made:
            yield ListEntry(list=name, code=code, text=text, validity=Validity(first), source=cited)


def _entries(row: Mapping[str, Any], name: str) -> list[tuple[str, Text]]:
    """The (code, meaning) of a row; a link gives one for each pair."""
    if row.get("parentCode") and isinstance(row.get("childCodes"), list):
        return [(f"{row['parentCode']}/{child}", {"en": str(child)}) for child in row["childCodes"]]
    code = row.get("code") or row.get("ID")
    if not code:
        return []
    text = {k: str(v) for k, v in row.items() if re.fullmatch("[a-z]{2}", k) and v}
    told = row.get("description") or row.get("NAME") or ""
    return [(str(code), text or {"en": str(told)})]


def _first(row: Mapping[str, Any], where: str, since: date, findings: Findings) -> date | None:
    """The first day of a row; None, with the row refused, when it cannot be read."""
    given = row.get("activeFrom")
    try:
        return date.fromisoformat(str(given)) if given else since
    except ValueError:
        findings.refuse("InvalidDate", "The first day cannot be read", where, "Write it as 2024-11-05", str(given))
        return None


def _csv(source: Source, setting: Setting, findings: Findings) -> Iterator[ListEntry]:
    """Codes with their descriptions in many languages, one language a line."""
    name, since = _name(source)
    texts: dict[str, Text] = {}
    for where, row in table(source, ("code", "lang", "description"), findings):
        code = _composed(row["code"])
        if not code:
            findings.refuse("BrokenRow", "The line has no code", where, HINT)
            continue
        findings.take()
        text = texts.setdefault(code, {})
        if row["lang"]:
            text[row["lang"]] = row["description"]
    cited = setting.source or f"Code list {_stem(source)}"
    for code, text in texts.items():
        yield ListEntry(list=name, code=code, text=text, validity=Validity(since or setting.since), source=cited)


def _composed(code: str) -> str:
    """A code made of several, given as an object: ``{"CountryCode": "BE", "CountryRegionCode": "BRU"}`` is BE/BRU."""
    if not code.startswith("{"):
        return code
    try:
        return "/".join(str(part) for part in json.loads(code).values())
    except (ValueError, AttributeError):
        return ""


def _procedure(entry: ListEntry) -> Procedure:
    suspended = entry.code[:2] in SUSPENSIVE
    return Procedure(
        code=entry.code,
        text=entry.text,
        duties_payable=not suspended,
        guarantee=suspended,
        note="Duties are suspended under this procedure" if suspended else "",
        validity=entry.validity,
        source=entry.source,
    )
