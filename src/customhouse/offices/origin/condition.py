"""The conditions of a preference, one function each: what was found, whether it holds, which law asks for it."""

from __future__ import annotations

from collections.abc import Iterator

from customhouse.law.book import Law
from customhouse.law.measure import Condition, Measure
from customhouse.law.preference import begins
from customhouse.law.terms import Agreement, ProductRule
from customhouse.offices.origin.claim import Claim
from customhouse.record.origin import OriginCondition

PASSES = ("apply", "rate")


def agreed(
    claim: Claim, measure: Measure | None, agreement: Agreement | None, law: Law, fallback: str
) -> OriginCondition:
    """An agreement gives the preference to the origin on this day; without one, the tariff itself may."""
    if agreement is not None:
        text = f"{agreement.text['en']} gives preference {claim.preference} to goods of {claim.country}"
        return OriginCondition("agreement", text, True, agreement.source)
    others = law.preferences.ever(claim.country, claim.preference)
    if others:
        past = [a for a in others if a.validity.start <= law.date]
        nearest = past[-1] if past else others[0]
        when = f"ended on {nearest.validity.until}" if past else f"begins on {nearest.validity.start}"
        return OriginCondition("agreement", f"agreement {nearest.id} {when}", False, nearest.source)
    if measure is not None:
        text = f"the tariff gives preference {claim.preference} to goods of {claim.country}"
        return OriginCondition("agreement", text, True, measure.source)
    text = f"no agreement gives it to goods of {claim.country or 'no declared origin'}"
    return OriginCondition("agreement", text, False, fallback)


def offered(measure: Measure | None, fallback: str) -> OriginCondition:
    """The tariff offers the preference for the code and origin."""
    if measure is None:
        return OriginCondition("tariff", "not offered for this code and origin", False, fallback)
    text = f"the tariff offers {measure.expression_text} under measure {measure.id}"
    return OriginCondition("tariff", text, True, measure.source)


def proofs(
    claim: Claim, measure: Measure | None, agreement: Agreement | None
) -> tuple[tuple[OriginCondition, ...], str]:
    """(one condition for every proof that is asked for, the first document that proves the origin)."""
    source = measure.source if measure else agreement.source if agreement else ""
    wants = list(_of_measure(claim, measure)) if measure else []
    if not wants and agreement is not None and agreement.proofs:
        met = next((shown for code, shown in claim.papers.items() if begins(code, agreement.proofs)), "")
        wants, source = [(agreement.proofs, met)], agreement.source
    conditions = tuple(
        OriginCondition("proof", f"proof of origin {met} declared", True, source)
        if met
        else OriginCondition(
            "proof", f"proof of origin {' or '.join(codes) or 'of the measure'} is missing", False, source
        )
        for codes, met in wants
    )
    return conditions, next((met for _, met in wants if met), "")


def _of_measure(claim: Claim, measure: Measure) -> Iterator[tuple[tuple[str, ...], str]]:
    """(the documents of which one will do, the one declared) for each proof that the tariff measure asks for."""
    if measure.documents:
        yield measure.documents, _declared(claim, measure.documents)
    groups: dict[str, list[Condition]] = {}
    for line in measure.conditions:
        groups.setdefault(line.group, []).append(line)
    for lines in groups.values():
        # A threshold on price or quantity is the duty office's to judge, and a group with one is left to it.
        if any(line.threshold is not None for line in lines) or not any(line.document for line in lines):
            continue
        speaks = next((line for line in lines if not line.document or line.document in claim.papers), None)
        wanted = tuple(line.document for line in lines if line.document and line.action in PASSES)
        if speaks is None or speaks.action not in PASSES:
            yield wanted, ""
        elif speaks.document:
            yield wanted, claim.papers[speaks.document]


def _declared(claim: Claim, codes: tuple[str, ...]) -> str:
    return next((claim.papers[code] for code in codes if code in claim.papers), "")


def product_rule(
    claim: Claim, agreement: Agreement | None, rules: tuple[ProductRule, ...], law: Law
) -> tuple[OriginCondition, ...]:
    """The declaration does not contradict the product rule; that the rule was kept is what the proof of origin says.

    Goods that must be wholly obtained in the area cannot have their non-preferential origin outside it.
    """
    if agreement is None or not agreement.rules:
        return ()
    if not rules:
        text = "the agreement lists no rule for this code, so that its goods are wholly obtained or do not qualify"
        return (OriginCondition("product-rule", text, True, agreement.source),)
    source = rules[0].source or agreement.source
    words = ", ".join(dict.fromkeys(word for rule in rules for word in rule.classes))
    country = claim.item.origin
    at_home = not country or country == law.country or law.preferences.covers(agreement, country)
    if not at_home and all(rule.classes == ("WO",) for rule in rules):
        text = f"the goods must be wholly obtained in the area of the agreement, but their origin is {country}"
        return (OriginCondition("product-rule", text, False, source),)
    return (OriginCondition("product-rule", f"the product rule is {rules[0].heading}: {words}", True, source),)


def transport(claim: Claim, agreement: Agreement | None, law: Law) -> tuple[tuple[OriginCondition, ...], bool]:
    """(the condition on the way the goods came, whether they came from a country of the agreement).

    The country of dispatch is all that a declaration tells of it; where none is declared nothing is held against it.
    """
    if agreement is None:
        return (), True
    place = claim.dispatched
    if not place or place in (claim.country, law.country) or law.preferences.covers(agreement, place):
        text = f"dispatched from {place}" if place else "no country of dispatch is declared"
        return (OriginCondition("transport", text, True, agreement.source),), True
    if not agreement.transit_proofs:
        text = f"dispatched from {place}, outside the agreement, which asks for no document about it"
        return (OriginCondition("transport", text, True, agreement.source),), False
    if paper := _declared(claim, agreement.transit_proofs):
        text = f"dispatched from {place}, outside the agreement, with {paper}"
        return (OriginCondition("transport", text, True, agreement.source),), False
    wanted = " or ".join(agreement.transit_proofs)
    text = f"dispatched from {place}, outside the agreement, and proof of direct transport {wanted} is missing"
    return (OriginCondition("transport", text, False, agreement.source),), False
