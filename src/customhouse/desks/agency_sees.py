"""What an officer of another agency is shown of a consignment: one table, and nothing that does not stand in it.

Parts of `AGENCY_SEES` every agency is shown; of `ON_DEMAND` only those that the law names for it (`sees` in agencies.toml).
Reasons, permits and results of other agencies are never among them: of those it learns who is waited for, not why.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from customhouse.desks import explain, words
from customhouse.law.book import Law
from customhouse.record.agency import CUSTOMS
from customhouse.record.agency_flow import is_of_an_agency
from customhouse.record.declaration import Declaration, HoldKind

Part = Callable[[Declaration, str, Law | None], Any]


def agency_name(code: str, law: Law | None) -> str:
    """An agency by its name; customs by its own."""
    if code == CUSTOMS:
        return _("Customs")
    found = law.agencies.get(code) if law else None
    return explain.in_language(found.text) if found else code


def _goods(d: Declaration, agency: str, law: Law | None) -> Any:
    return [
        {
            "item": item,
            "line": explain.line(item.commodity.code, "", law),
            "net": item.commodity.net_mass,
            "packages": item.packages,
        }
        for item in d.lodged.items
    ]


def _parties(d: Declaration, agency: str, law: Law | None) -> Any:
    shipment = d.lodged.goods_shipment
    rows = (
        (_("Declarant"), d.lodged.declarant),
        (_("Importer"), shipment.importer),
        (_("Exporter"), d.lodged.exporter or shipment.consignor),
        (_("Dispatched from"), shipment.export_country),
        (_("Destination"), shipment.destination),
    )
    return [(label, what) for label, what in rows if what]


def _transport(d: Declaration, agency: str, law: Law | None) -> Any:
    means, carried = d.lodged.border_means, d.lodged.goods_shipment.consignment
    rows = (
        (_("Transport"), f"{words.MODES.get(means.mode, means.mode)} {means.name or means.id}" if means else ""),
        (_("Containers"), ", ".join(e.id for e in carried.equipment) if carried else ""),
        (_("Place of the goods"), carried.goods_location.name if carried and carried.goods_location else ""),
        (_("Office"), d.lodged.office or d.lodged.presentation_office),
    )
    return [(label, what) for label, what in rows if what and str(what).strip()]


def _documents(d: Declaration, agency: str, law: Law | None) -> Any:
    """The documents that this agency issues; those of others and of trade are not its business."""
    own = {code for code, x in law.agency_documents.items() if x.agency == agency} if law else set()
    found = [(0, p) for p in d.lodged.documents] + [(i.sequence, p) for i in d.lodged.items for p in i.documents]
    return [(item, explain.document(p.code, law), p.id) for item, p in found if p.code in own]


def _permits(d: Declaration, agency: str, law: Law | None) -> Any:
    return [(u, explain.told(u.why)) for u in d.permits if u.agency == agency]


def _own_hold(d: Declaration, agency: str, law: Law | None) -> Any:
    held = next((h for h in d.holds if h.key == (HoldKind.AGENCY, agency)), None)
    return [explain.reason(r, law) for r in held.reasons] if held else []


def _waiting(d: Declaration, agency: str, law: Law | None) -> Any:
    """Who else is waited for, without why."""
    others = [agency_name(h.ref, law) for h in d.holds if is_of_an_agency(h) and h.ref != agency]
    customs = any(h.kind is not HoldKind.PAYMENT and not is_of_an_agency(h) for h in d.holds)
    payment = d.hold(HoldKind.PAYMENT) is not None
    return [*others, *([_("Customs")] if customs else []), *([_("Payment")] if payment else [])]


def _inspections(d: Declaration, agency: str, law: Law | None) -> Any:
    mine = [e for e in d.agency_examined if e.agency == agency]
    return [(words.CONCLUSIONS.get(e.conclusion, e.conclusion), e.text) for e in mine if not e.joint]


def _joint(d: Declaration, agency: str, law: Law | None) -> Any:
    """Joint inspections it takes part in; of the others only whether they have a result."""
    return [
        {
            "of": j,
            "by": agency_name(j.called_by, law),
            "who": [
                (agency_name(p.who, law), bool(p.conclusion), p if p.who == agency else None) for p in j.participants
            ],
        }
        for j in d.joint
        if any(p.who == agency for p in j.participants)
    ]


def _value(d: Declaration, agency: str, law: Law | None) -> Any:
    return d.valued.total if d.valued else None


def _duties(d: Declaration, agency: str, law: Law | None) -> Any:
    return d.assessed.payable if d.assessed else None


AGENCY_SEES: dict[str, Part] = {
    "goods": _goods,
    "parties": _parties,
    "transport": _transport,
    "documents": _documents,
    "permits": _permits,
    "own_hold": _own_hold,
    "waiting": _waiting,
    "inspections": _inspections,
    "joint": _joint,
}
ON_DEMAND: dict[str, Part] = {"value": _value, "duties": _duties}


def shown(d: Declaration, agency: str, law: Law | None) -> dict[str, Any]:
    """Everything of the consignment that this agency may see, by the names of the table."""
    found = law.agencies.get(agency) if law else None
    more = {name: part for name, part in ON_DEMAND.items() if found is not None and name in found.sees}
    return {name: part(d, agency, law) for name, part in {**AGENCY_SEES, **more}.items()}
