"""Units of measure of UN/ECE Recommendation 20, as JSON: code, name and state of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from customhouse.gates.lists import reading
from customhouse.kernel.validity import Validity
from customhouse.law.loading import Findings, Reading, Setting, Source, Tick, read_json
from customhouse.law.terms import ListEntry

SOURCE = "UN/CEFACT Recommendation 20, Codes for Units of Measure Used in International Trade"
IN_USE = frozenset(("ACTIVE", "CHANGED_NAME", "CHANGED_CHARACTERISTICS", "ADDED", "REINSTATED"))
OUT_OF_USE = frozenset(("MARKED_AS_DELETED", "DEPRECATED"))


def read(
    sources: Sequence[Source], setting: Setting, beside: Mapping[str, bytes] | None = None, tick: Tick | None = None
) -> Reading:
    """Every unit in use as an entry of the list ``units``; those out of use are notes."""
    findings = Findings()
    made: list[ListEntry] = []
    for source in sources:
        found = read_json(source, findings)
        if found is None:
            continue
        if not isinstance(found, list):
            label = "The file is no list of units"
            findings.found("NotAList", label, f"{source.name}:1", "Check that this is the file meant")
            continue
        for number, unit in enumerate(found, 1):
            _unit(unit, f"{source.name}: entry {number}", made, setting, findings)
    return reading(made, findings)


def _unit(unit: object, where: str, made: list[ListEntry], setting: Setting, findings: Findings) -> None:
    hint = "An entry has commonCode, name and state"
    if not isinstance(unit, dict) or not unit.get("commonCode") or not unit.get("name"):
        findings.refuse("BrokenRow", "The entry has no code or no name", where, hint)
        return
    code, state = str(unit["commonCode"]), str(unit.get("state", "ACTIVE"))
    if state in OUT_OF_USE:
        findings.note()
    elif state not in IN_USE:
        findings.refuse("UnknownState", f"The state {state} is not known", where, hint, code)
    else:
        findings.take()
        text = {"en": str(unit["name"])}
        cited = setting.source or SOURCE
        made.append(ListEntry(list="units", code=code, text=text, validity=Validity(setting.since), source=cited))
