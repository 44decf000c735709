"""The origin office: where goods originate, and whether a preference claimed for them is granted.

A claim names a preference code (DE 4/17) and a country of preferential origin (DE 5/16). It is granted when an agreement
gives that preference to that origin, the tariff offers it for the code, the proof of origin was declared, no product rule
is contradicted and the goods came by the way the agreement asks for. A refusal names every condition that fails and the
rate that is charged instead. Source: RKC Specific Annex K, chapters 1 and 2; the agreements and product rules of the Book.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from customhouse.law.book import Law
from customhouse.law.measure import Measure
from customhouse.law.terms import Agreement
from customhouse.offices.origin import condition
from customhouse.offices.origin.claim import Claim, read
from customhouse.record.acts import OriginDetermined
from customhouse.record.lodgement import GoodsItem, Lodgement
from customhouse.record.origin import ItemOrigin, OriginCondition, OriginDetermination, OriginRule, TariffRate, Verdict

# The tax whose rate a preference takes the place of (UCC-IA Annex B, DE 4/3).
CUSTOMS_DUTY = "A00"

# Measure types (TARIC) that are charged on every origin: third country duty, also under end use, and suspensions of it. A
# law of its own may leave the type out.
SUSPENSION = ("112", "115", "117", "119")
GENERAL = ("", "103", "105", *SUSPENSION)


class Way(msgspec.Struct, frozen=True, gc=False):
    """One way to meet a claim: the measure and the agreement it would be granted under, and how its conditions stand."""

    measure: Measure | None
    agreement: Agreement | None
    rules: tuple[OriginRule, ...]
    conditions: tuple[OriginCondition, ...]
    proof: str
    direct: bool

    @property
    def failing(self) -> int:
        return sum(not c.met for c in self.conditions)


def determine(lodged: Lodgement, law: Law) -> OriginDetermined:
    """The origin of every item of an import; an export claims no preference here."""
    items = lodged.items if lodged.is_import else ()
    return OriginDetermined(OriginDetermination(tuple(determine_item(item, lodged, law) for item in items)))


def determine_item(item: GoodsItem, lodged: Lodgement, law: Law) -> ItemOrigin:
    """The origin of one import item, with the verdict on a preference claimed for it."""
    claim = read(item, lodged)
    if claim is None:
        return ItemOrigin(item.sequence, item.origin)
    measures = offered(claim, law)
    general = _general(claim, law, measures[0].tax_type if measures else CUSTOMS_DUTY)
    ways = [_way(claim, measure, agreement, general, law) for measure, agreement in _pairs(claim, measures, law)]
    best = min(ways, key=lambda way: way.failing)
    agreement, measure = best.agreement, best.measure
    return ItemOrigin(
        item=item.sequence,
        country=item.origin,
        verdict=Verdict.REFUSED if best.failing else Verdict.GRANTED,
        preference=claim.preference,
        preferential=claim.country,
        agreement=agreement.id if agreement else "",
        title=agreement.text["en"] if agreement else "",
        proof=best.proof,
        rules=best.rules,
        conditions=best.conditions,
        rate=_rate(measure) if measure else None,
        general=_rate(general) if general else None,
        direct=best.direct,
    )


def offered(claim: Claim, law: Law) -> list[Measure]:
    """The measures that offer the preference claimed, for each area the most specific code only."""
    found: list[Measure] = []
    level: dict[str, str] = {}
    for measure in law.measures(claim.code, claim.country):
        if measure.preference != claim.preference or not _applies(measure, claim):
            continue
        if level.setdefault(measure.area, measure.code) == measure.code:
            found.append(measure)
    return found


def _general(claim: Claim, law: Law, tax_type: str) -> Measure | None:
    """The measure that is charged without any preference: one under a declared additional code before a suspension for
    everybody, that before the rest, and of each the most specific code."""
    found = [
        m
        for m in law.measures(claim.code, claim.item.origin)
        if m.tax_type == tax_type and m.preference in ("", "100") and m.kind in GENERAL and _applies(m, claim)
    ]
    return min(found, key=lambda m: (not m.additional_code, m.kind not in SUSPENSION), default=None)


def _applies(measure: Measure, claim: Claim) -> bool:
    if measure.expression is None or not measure.applies_to(claim.item.procedure, True):
        return False
    return not measure.additional_code or measure.additional_code in claim.item.commodity.additional_codes


def _pairs(claim: Claim, measures: list[Measure], law: Law) -> Iterator[tuple[Measure | None, Agreement | None]]:
    """Every measure with every agreement it may rest on; agreements that name the measure's area go before others."""
    agreements = law.preferences.of(claim.country, claim.preference)
    if not measures:
        yield from ((None, a) for a in agreements or (None,))
    for measure in measures:
        named = [a for a in agreements if measure.area in a.areas]
        yield from ((measure, a) for a in named or agreements or (None,))


def _way(claim: Claim, measure: Measure | None, agreement: Agreement | None, general: Measure | None, law: Law) -> Way:
    fallback = general.source if general else ""
    rules = law.preferences.rules(agreement, claim.code) if agreement else ()
    proofs, proof = condition.proofs(claim, measure, agreement)
    transport, direct = condition.transport(claim, agreement, law)
    conditions = (
        condition.agreed(claim, measure, agreement, law, fallback),
        condition.offered(measure, fallback),
        *proofs,
        *condition.product_rule(claim, agreement, rules, law),
        *transport,
    )
    by_agreement = agreement.source if agreement else ""
    shown = tuple(OriginRule(r.heading, r.goods, r.classes, r.text, r.source or by_agreement) for r in rules)
    return Way(measure, agreement, shown, conditions, proof, direct)


def _rate(measure: Measure) -> TariffRate:
    return TariffRate(measure.id, measure.expression_text, measure.source)
