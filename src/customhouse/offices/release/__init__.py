"""The release office: the release contract, a list of terms that must all be met before the goods may go.

The terms are law (`law.release_terms`); each is evaluated here over the record and answers with what is missing.
Source: RKC General Annex 3.40-3.42.
"""

from __future__ import annotations

from collections.abc import Callable

from customhouse.law.book import Law
from customhouse.record.acts import Released
from customhouse.record.declaration import Declaration, HoldKind, Term

Test = Callable[[Declaration], str]


def _held(*kinds: HoldKind) -> Test:
    def test(declaration: Declaration) -> str:
        if not declaration.holds:
            return ""
        return "; ".join(r.text for h in declaration.holds if h.kind in kinds for r in h.reasons)

    return test


def _accepted(declaration: Declaration) -> str:
    return "" if declaration.acceptance else "the declaration has not been accepted"


def _assessed(declaration: Declaration) -> str:
    return "" if declaration.assessed else "duties have not been assessed"


def _routed(declaration: Declaration) -> str:
    return "" if declaration.selection else "no lane has been assigned"


# What a term may ask for. A Book names these predicates; it cannot invent others, so every country stays readable.
PREDICATES: dict[str, Test] = {
    "accepted": _accepted,
    "assessed": _assessed,
    "routed": _routed,
    "documents": _held(HoldKind.DOCUMENTS),
    "inspection": _held(HoldKind.INSPECTION),
    "payment": _held(HoldKind.PAYMENT, HoldKind.ACCOUNT),
    "query": _held(HoldKind.QUERY),
    "agency": _held(HoldKind.AGENCY),
    "manifest": _held(HoldKind.MANIFEST),
    "law": _held(HoldKind.LAW),
    "value": _held(HoldKind.VALUE),
}


def terms(declaration: Declaration, law: Law) -> tuple[Term, ...]:
    """Every term of the contract with whether it is met now and, if not, why."""
    judged: list[Term] = []
    for term in law.release_terms:
        why = PREDICATES[term.predicate](declaration)
        judged.append(Term(term.id, term.text["en"], not why, why))
    return tuple(judged)


def grant(declaration: Declaration, law: Law) -> Released | tuple[Term, ...]:
    """Release when every term is met and nothing holds the goods, though no term speaks of it; otherwise what is unmet."""
    if any(PREDICATES[term.predicate](declaration) for term in law.release_terms):
        return tuple(t for t in terms(declaration, law) if not t.met)
    if declaration.holds:
        told = "; ".join(r.text for h in declaration.holds for r in h.reasons)
        return (Term("holds", "Nothing holds the goods", False, told),)
    return Released(law.remembered(_all_met))


def _all_met(law: Law) -> tuple[Term, ...]:
    return tuple(Term(term.id, term.text["en"], True, "") for term in law.release_terms)
