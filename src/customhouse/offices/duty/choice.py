"""Which measures bite on a claim, and why one was taken over another.

Within one tax type and family of measures one is taken: a preference, suspension or quota that is claimed and whose
conditions are met goes before the general rate; a measure under an additional code that is declared before one for all;
then the most specific code. Source: Kyoto Convention, General Annex 4.1-4.4; TARIC measure types.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from customhouse.law.book import Law
from customhouse.law.condition import judge
from customhouse.law.expression import COMPONENTS
from customhouse.law.measure import Condition, Measure
from customhouse.offices.duty.claim import Claim

NO_PREFERENCE = ("", "100")
CUSTOMS_DUTY = ["103", "105", "106", "112", "115", "117", "119", "122", "123", "141", "142", "143", "145", "146", "147"]
"""Measure types that take the place of one another: third country duty, suspensions, preferences, quotas."""
SUSPENSIONS = ("112", "115", "117", "119")


class Chosen(NamedTuple):
    """A measure that bites, a remark on why, and the measure the difference to which must be secured (`because`)."""

    measure: Measure
    why: str = ""
    against: Measure | None = None
    because: str = ""


def family(measure: Measure) -> str:
    """Measures of one family stand instead of one another; others stand beside each other."""
    return "" if measure.kind in CUSTOMS_DUTY else measure.kind


class Candidates(NamedTuple):
    """Measures with an amount for the goods, most specific code first; and those whose conditions void them, each with the
    documents that would have saved it."""

    measures: list[Measure]
    voided: list[tuple[Measure, tuple[str, ...]]]


def applicable(claim: Claim, law: Law) -> Candidates:
    """The measures for the goods whose procedure, additional code and conditions are met.

    Preferences go by the country of preferential origin, everything else by the country of origin.
    """
    found = [m for m in law.measures(claim.code, claim.origin) if not m.preference]
    found += [m for m in law.measures(claim.code, claim.preferential_origin) if m.preference]
    fitting: list[Measure] = []
    voided: list[tuple[Measure, tuple[str, ...]]] = []
    for measure in found:
        if measure.expression is None or measure.kind in COMPONENTS or not _concerns(measure, claim):
            continue
        verdict = judge(measure, claim.documents, _later)
        if verdict.action == "void":
            voided.append((measure, verdict.wanted))
        else:
            fitting.append(measure)
    return Candidates(fitting, voided)


def _concerns(measure: Measure, claim: Claim) -> bool:
    if not measure.applies_to(claim.procedure, True):
        return False
    return not measure.additional_code or measure.additional_code in claim.codes


def _later(line: Condition) -> bool:
    """Thresholds are looked at when the value is known; until then such a line is taken to hold."""
    return True


def choose(candidates: Candidates, claim: Claim, law: Law) -> Iterator[Chosen]:
    """The measures that bite, in the order of calculation."""
    groups: dict[tuple[str, str], list[Measure]] = {}
    for measure in candidates.measures:
        groups.setdefault((measure.tax_type, family(measure)), []).append(measure)
    for (tax_type, _), group in sorted(groups.items(), key=lambda pair: law.order_of(pair[0][0])):
        general = _general(group)
        why = ""
        if claim.preference not in NO_PREFERENCE and (tax_type == "A00" or any(m.preference for m in group)):
            claimed = claim.refusal or _claimed(group, claim, general, candidates.voided)
            if isinstance(claimed, Chosen):
                yield claimed
                continue
            why = claimed
        if general is not None:
            yield Chosen(general, why)


def _general(group: list[Measure]) -> Measure | None:
    """The measure for those who claim nothing; candidates come most specific first."""
    plain = [m for m in group if not m.preference]
    for fits in (
        lambda m: m.additional_code,
        lambda m: m.kind in SUSPENSIONS,
        lambda m: True,
    ):
        found = next((m for m in plain if fits(m)), None)
        if found is not None:
            return found
    return None


def _claimed(
    group: list[Measure], claim: Claim, general: Measure | None, voided: list[tuple[Measure, tuple[str, ...]]]
) -> Chosen | str:
    """The measure that is claimed when its conditions are met, else why not."""
    claimed = claim.preference
    offered = [m for m in group if m.preference == claimed]
    if claim.granted:
        offered = [m for m in offered if m.id == claim.granted] or offered
    if not offered:
        lacking = next((papers for m, papers in voided if m.preference == claimed), None)
        if lacking is not None:
            wanted = " or ".join(lacking) or "its conditions"
            return f"preference {claimed} refused: {wanted} is missing; general rate applied"
        return f"preference {claimed} is not offered for this code and origin; general rate applied"
    numbered = [m for m in offered if m.order in ("", claim.order)]
    if not numbered:
        orders = " or ".join(sorted({m.order for m in offered}))
        return (
            f"preference {claimed} refused: it belongs to quota {orders}, which was not claimed; general rate applied"
        )
    for measure in numbered:
        if not measure.documents or _any(measure.documents, claim.documents):
            quota = (general, "quota") if measure.order else (None, "")
            return Chosen(measure, f"preference {claimed} granted", *quota)
    for measure in numbered:
        if _any(measure.documents, claim.pending):
            why = f"preference {claimed} granted, its proof is still to come: the difference is secured"
            return Chosen(measure, why, general, "preference")
    wanted = " or ".join(numbered[0].documents)
    return f"preference {claimed} refused: proof of origin {wanted} is missing; general rate applied"


def _any(wanted: Collection[str], declared: Collection[str]) -> bool:
    return any(code in declared for code in wanted)
