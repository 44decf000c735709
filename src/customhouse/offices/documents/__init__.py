"""The documents office: which papers the law asks for on each item, and which of them were declared.

A measure asks by its `documents` (any one will do) or by its conditions: goods that a condition forbids are held until a
document that lifts the prohibition is there. Conditions on price or quantity are left to the duty office, which knows them.
Source: the document conditions of the tariff measures in the Book; RKC General Annex 3.16-3.19 (supporting documents).
"""

from __future__ import annotations

from customhouse.law.book import Law
from customhouse.law.condition import judge
from customhouse.law.measure import Condition, Measure
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
    goods = item.commodity
    asking = law.remembered(_asking, goods.code, item.origin, item.procedure, is_import, goods.additional_codes)
    if not asking:
        return []
    declared = {**common, **{d.code: d.id or d.code for d in item.documents}}
    waived = {d.code: d.exemption for d in item.documents if d.exemption and not d.id}
    found: list[Requirement] = []
    for measure in asking:
        if measure.documents:
            found.append(_requirement(item, measure, declared, waived))
        if measure.conditions:
            found.extend(_by_condition(item, measure, declared, waived))
    return found


def _asking(
    law: Law, code: str, origin: str, procedure: str, is_import: bool, additional_codes: tuple[str, ...]
) -> tuple[Measure, ...]:
    """The measures that may ask for a document with such goods."""
    return tuple(
        m
        for m in law.measures(code, origin)
        if (m.documents or m.conditions)
        and not m.preference
        and m.applies_to(procedure, is_import)
        and (not m.additional_code or m.additional_code in additional_codes)
    )


def _by_condition(
    item: GoodsItem, measure: Measure, declared: dict[str, str], waived: dict[str, str]
) -> list[Requirement]:
    """What a measure that may forbid the goods asks for: the document that lifts it, or the first that would."""
    if not any(line.action == "forbid" for line in measure.conditions):
        return []
    verdict = judge(measure, declared, _left_to_duty)
    if verdict.action != "forbid":
        lifting = [c.document for c in measure.conditions if c.document in declared and c.action != "forbid"]
        if not lifting:
            return []
        return [Requirement(item.sequence, lifting[0], measure.id, measure.source, declared[lifting[0]])]
    code = next(iter(verdict.wanted), "")
    waiver = next((waived[c] for c in verdict.wanted if c in waived), "")
    return [Requirement(item.sequence, code, measure.id, measure.source, "", waiver)]


def _left_to_duty(line: Condition) -> bool:
    """A threshold is taken to be reached: whether it is, only the value and the quantities say."""
    return True


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
    text = f"Document {code} is required for item {items}" if code else f"The law forbids the goods of item {items}"
    reason = Reason(first.measure, text, first.item, first.source)
    return Hold(HoldKind.DOCUMENTS, code, (Role.OFFICER, Role.SUPERVISOR), (reason,))
