"""The documents office: which papers the law asks for on each item, and which of them were declared.

Source: the document conditions of the tariff measures in the Book; RKC General Annex 3.16-3.19 (supporting documents).
"""

from __future__ import annotations

from customhouse.law.book import Law
from customhouse.law.measure import Measure
from customhouse.record.acts import Act, Held, Verified
from customhouse.record.declaration import DocumentCheck, Hold, HoldKind, Reason, Requirement, Role
from customhouse.record.lodgement import GoodsItem, Lodgement


def verify(lodged: Lodgement, law: Law) -> tuple[Act, ...]:
    """The requirements of every item with the document that meets each, and one hold per document that is missing."""
    common = {d.code: d.id or d.code for d in lodged.documents}
    required: list[Requirement] = []
    for item in lodged.items:
        required.extend(_requirements(item, common, law, lodged.is_import))
    missing: dict[str, list[Requirement]] = {}
    for requirement in required:
        if not requirement.met:
            missing.setdefault(requirement.code, []).append(requirement)
    holds = (Held(_hold(code, wants)) for code, wants in missing.items())
    return (Verified(DocumentCheck(tuple(required))), *holds)


def _requirements(item: GoodsItem, common: dict[str, str], law: Law, is_import: bool) -> list[Requirement]:
    asking = law.remembered(_asking, item.commodity.code, item.origin, item.procedure, is_import)
    if not asking:
        return []
    declared = {**common, **{d.code: d.id or d.code for d in item.documents}}
    waived = {d.code: d.exemption for d in item.documents if d.exemption and not d.id}
    return [_requirement(item, measure, declared, waived) for measure in asking]


def _asking(law: Law, code: str, origin: str, procedure: str, is_import: bool) -> tuple[Measure, ...]:
    """The measures that ask for a document with such goods."""
    return tuple(
        m for m in law.measures(code, origin) if m.documents and not m.preference and m.applies_to(procedure, is_import)
    )


def _requirement(item: GoodsItem, measure: Measure, declared: dict[str, str], waived: dict[str, str]) -> Requirement:
    """Any one of the measure's documents will do; the first names the requirement."""
    met_by = waiver = ""
    for code in measure.documents:
        met_by = met_by or declared.get(code, "")
        waiver = waiver or waived.get(code, "")
    return Requirement(item.sequence, measure.documents[0], measure.id, measure.source, met_by, waiver)


def _hold(code: str, wants: list[Requirement]) -> Hold:
    items = ", ".join(str(w.item) for w in wants)
    first = wants[0]
    reason = Reason(first.measure, f"Document {code} is required for item {items}", first.item, first.source)
    return Hold(HoldKind.DOCUMENTS, code, (Role.OFFICER, Role.SUPERVISOR), (reason,))
