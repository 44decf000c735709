"""How other agencies are told on the page of a declaration: permits used, joint inspections, who is waited for."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from customhouse.desks import words
from customhouse.desks.agency_sees import agency_name
from customhouse.desks.explain.decisions import document
from customhouse.desks.explain.language import figures, in_language, told
from customhouse.law.agency import AgencyDocument
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


def of_law(law: Law) -> list[dict[str, Any]]:
    """The agencies of the day, what each issues and what it wants to see."""
    contents = law.contents
    return [
        {
            "code": code,
            "name": in_language(agency.text),
            "documents": [
                {
                    "name": document(d.code, law),
                    "how": _how(d),
                    "fee": figures(f"{d.fee} {law.currency}") if d.fee else "",
                    "source": d.source,
                }
                for d in law.agency_documents.values()
                if d.agency == code
            ],
            "criteria": [
                {"id": c.id, "text": in_language(c.text), "source": c.source}
                for c in contents.agency_criteria
                if c.agency == code and c.validity.contains(law.date)
            ],
        }
        for code, agency in sorted(law.agencies.items())
    ]


def _how(d: AgencyDocument) -> str:
    """How a document is issued and written off, in a few words."""
    where = _("in the permit register") if d.electronic else _("on paper")
    if d.electronic and d.paper:
        where = _("in the permit register, or on paper")
    counted = {
        "quantity": _("written off by quantity, %(unit)s") % {"unit": d.unit},
        "value": _("written off by customs value"),
        "uses": _("for a number of uses"),
        "none": _("not written off"),
    }
    return f"{where}; {counted[d.write_off]}"


def _who(hold: Hold, law: Law | None) -> str:
    if hold.kind is HoldKind.AGENCY and Role.AGENCY in hold.lifted_by:
        return agency_name(hold.ref, law)
    if hold.kind is HoldKind.PAYMENT:
        return str(words.ROLES[Role.BROKER])
    return agency_name(CUSTOMS, law)
