"""How other agencies are told on the page of a declaration: permits used, joint inspections, who is waited for."""

from __future__ import annotations

from typing import Any

from customhouse.desks import words
from customhouse.desks.agency_sees import agency_name
from customhouse.desks.explain.language import told
from customhouse.law.book import Law
from customhouse.record.agency import CUSTOMS
from customhouse.record.declaration import Declaration, Hold, HoldKind, Requirement, Role


def at(d: Declaration, law: Law | None) -> dict[str, Any]:
    """What the page shows of agencies; empty lists where none has anything to do with the declaration."""
    return {
        "permits": [(u, told(u.why)) for u in d.permits],
        "joint": [
            {
                "of": j,
                "by": agency_name(j.called_by, law),
                "who": [(agency_name(p.who, law), bool(p.conclusion), p) for p in j.participants],
            }
            for j in d.joint
        ],
        "agency_examined": [
            (agency_name(e.agency, law), words.CONCLUSIONS.get(e.conclusion, e.conclusion), e.text)
            for e in d.agency_examined
        ],
        "waits_for": _waits_for(d, law),
    }


def is_unfit(asked: Requirement, d: Declaration) -> bool:
    """Whether a document was declared for what the law asks, and the permit register says that it does not do."""
    number = asked.met_by.strip().upper()
    return any(not u.met and (u.item, u.number or u.code) == (asked.item, number) for u in d.permits)


def _waits_for(d: Declaration, law: Law | None) -> list[tuple[str, str]]:
    """Everybody the declaration waits for, once an agency is among them: (who, for what)."""
    if not any(h.kind is HoldKind.AGENCY for h in d.holds):
        return []
    found: dict[str, list[str]] = {}
    for h in d.holds:
        found.setdefault(_who(h, law), []).append(str(words.HOLDS[h.kind]))
    return [(who, ", ".join(dict.fromkeys(whats))) for who, whats in found.items()]


def _who(hold: Hold, law: Law | None) -> str:
    if hold.kind is HoldKind.AGENCY and Role.AGENCY in hold.lifted_by:
        return agency_name(hold.ref, law)
    if hold.kind is HoldKind.PAYMENT:
        return str(words.ROLES[Role.BROKER])
    return agency_name(CUSTOMS, law)
