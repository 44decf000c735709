"""The gate for geographical areas of a tariff API (JSON): countries, and groups of origins with their members.

The file has no dates, so a membership holds from the first day that is given. It states every group it names completely.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from customhouse.kernel.validity import Validity
from customhouse.law import taric
from customhouse.law.layer import Layer, circle
from customhouse.law.loading import Findings, Reading, Setting, Source, Tick, read_json, standing
from customhouse.law.terms import ListEntry, Membership

HINT = "An area has geographical_area_id, description and children_geographical_areas"


def read(
    sources: Sequence[Source], setting: Setting, beside: Mapping[str, bytes] | None = None, tick: Tick | None = None
) -> Reading:
    """Every area as an entry of ``geographical_areas``, every member of a group as a membership."""
    findings = Findings()
    entries: list[ListEntry] = []
    members: list[Membership] = []
    for source in sources:
        found = read_json(source, findings)
        if found is not None and not isinstance(found, list):
            findings.found(
                "NotAList", "The file is no list of areas", f"{source.name}:1", "Check that this is the file meant"
            )
        for number, area in enumerate(found if isinstance(found, list) else (), 1):
            _area(area, f"{source.name}: entry {number}", setting, findings, entries, members)
    groups: dict[str, list[str]] = {}
    for member in members:
        groups.setdefault(member.group, []).append(member.country)
    if ring := circle(groups):
        label = "Groups of origins contain one another in a circle"
        findings.found("CircularGroup", label, " > ".join(ring), "Ask the sender which group contains which")
    return Reading(
        layer=Layer(
            entries=standing(entries, "entries", findings), memberships=standing(members, "memberships", findings)
        ),
        account=findings.account,
        problems=tuple(findings.problems),
        wholes=(("entries", "geographical_areas"), *(("memberships", group) for group in sorted(groups))),
    )


def _area(
    area: Any,
    where: str,
    setting: Setting,
    findings: Findings,
    entries: list[ListEntry],
    members: list[Membership],
) -> None:
    children = area.get("children_geographical_areas") or [] if isinstance(area, dict) else None
    code = _code(area)
    inside = [_code(child) for child in children] if isinstance(children, list) else [""]
    if not code or "" in inside:
        findings.refuse("BrokenRow", "The area, or a member of it, has no code", where, HINT, str(area))
        return
    findings.take()
    validity, cited = Validity(setting.since), setting.source or f"Tariff API, geographical area {code}"
    text = {"en": str(area.get("description") or "")}
    entries.append(ListEntry(list="geographical_areas", code=code, text=text, validity=validity, source=cited))
    if code != taric.ERGA_OMNES:  # every origin belongs to it; our law says * without a list
        members += (Membership(group=code, country=c, validity=validity, source=cited) for c in inside)


def _code(area: Any) -> str:
    found = area.get("geographical_area_id") or area.get("id") if isinstance(area, dict) else ""
    return found if isinstance(found, str) else ""
