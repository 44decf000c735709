"""Delivery terms: which costs a price includes, which are missing from it, and whether the term fits the transport.

Source: WTO Agreement on Customs Valuation, article 8.2; Incoterms 2020 (older terms where the law takes them).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from customhouse.law.book import Law
from customhouse.law.valuation import COSTS
from customhouse.offices.value.checks import Checks
from customhouse.offices.value.draft import COMPLETE, PRICES, Draft
from customhouse.record.lodgement import Lodgement

NONE: frozenset[str] = frozenset()
SAY_IT = "Declare it as an addition (data element 4/9, AK for transport and insurance), with 0 where there is none"


class Against(msgspec.Struct, frozen=True, gc=False):
    """What a charge is set against: an amount `named` so, in which `included` delivery costs are certainly contained and
    `possible` ones perhaps. `judged` is False where nothing is known of it."""

    named: str = ""
    included: frozenset[str] = NONE
    possible: frozenset[str] = NONE
    judged: bool = False


UNJUDGED = Against()


class Terms(msgspec.Struct, frozen=True, gc=False):
    """What the delivery terms say of a price under this law; `counted` are the delivery costs of the customs value."""

    code: str
    counted: frozenset[str]
    price: Against = UNJUDGED
    modes: tuple[str, ...] = ()

    @classmethod
    def of(cls, lodged: Lodgement, law: Law) -> Terms:
        """The terms of an import; an export is not judged, nothing of its value is taxed."""
        declared = lodged.goods_shipment.terms
        code = declared.code if declared else ""
        if not lodged.is_import:
            return cls(code, frozenset(COSTS))
        found = law.incoterm(code) if code else None
        if found is None:
            return cls(code, law.valuation.counted)
        included = frozenset(found.includes)
        price = Against(f"a price {code}", included, included.union(found.may_include), True)
        return cls(code, law.valuation.counted, price, found.modes)

    def of_item(self, draft: Draft) -> Against:
        """What a charge of this item is set against."""
        if draft.base in COMPLETE:
            return Against(f"the {draft.base}", self.counted, self.counted, True)
        return self.price if _is_judged(draft) else UNJUDGED


def _is_judged(draft: Draft) -> bool:
    """Terms say something of a price on which the transaction value is based, and of nothing else."""
    return draft.base in PRICES and draft.method in ("", "1")


def judge(drafts: Sequence[Draft], covered: Sequence[frozenset[str]], terms: Terms, law: Law, checks: Checks) -> None:
    """Whether the terms are known, and whether every cost that they leave out of the price, and that counts, is declared.

    `covered` are the costs that the additions declared for each item, or for all, pay for.
    """
    judged = [(draft, paid) for draft, paid in zip(drafts, covered, strict=True) if _is_judged(draft)]
    if not judged or not terms.code or not law.lists_incoterms:
        return
    if not terms.price.judged:
        why = f"{terms.code} is no delivery term of the law: what its price includes is not known"
        return checks.doubt("terms", why, "Use an Incoterms code, or show the contract to the valuation office")
    checks.met.append("terms")
    if not law.lists_charges:
        return
    for cost in COSTS:
        if cost in terms.counted and cost not in terms.price.possible:
            without = [draft.item.sequence for draft, paid in judged if cost not in paid]
            if without:
                which = "" if len(without) == len(drafts) else f" for item {', '.join(map(str, without))}"
                why = f"A price {terms.code} does not include {COSTS[cost]}, and none is declared{which}"
                checks.doubt(cost, why, SAY_IT)


def judge_mode(lodged: Lodgement, terms: Terms, checks: Checks) -> None:
    """Whether the delivery term is for the mode of transport at the border."""
    mode = lodged.border_means.mode if lodged.border_means else ""
    if terms.modes and mode and mode not in terms.modes:
        why = f"{terms.code} is a term for modes {', '.join(terms.modes)}, and the goods came by mode {mode}"
        checks.doubt("mode", why, "Ask what was agreed; FCA, CPT and CIP are for every mode")
