"""The words of a law of customs valuation: delivery terms, codes of additions and deductions, and how a country values.

The vocabulary of costs and of checks is fixed here, so that a pack can name them and a mistake is found when it is
compiled. Source: WTO Agreement on Customs Valuation (GATT 1994, article VII), in short AVI; Incoterms 2020 (ICC).
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from customhouse.kernel.money import Rounding
from customhouse.kernel.validity import Validity
from customhouse.law.terms import Dated, Text

# The costs of bringing goods from the seller's door to the buyer's, in the order in which they arise.
COSTS: dict[str, str] = {
    "precarriage": "carriage to the port or place of export",
    "loading": "handling and loading abroad",
    "carriage": "carriage to the place of import",
    "insurance": "insurance of the goods on the way",
    "unloading": "unloading and handling after arrival",
    "onward": "carriage after importation",
    "clearance": "duties and taxes of the importing country",
}
# Which of them belong to the customs value (AVI article 8.2 leaves the choice to the country).
COUNTED: dict[str, frozenset[str]] = {
    "CIF": frozenset(("precarriage", "loading", "carriage", "insurance")),
    "FOB": frozenset(("precarriage", "loading")),
}
# What is checked of a valuation, and the article that asks for it. A law says in `holds` which of them stop a release.
CHECKS: dict[str, str] = {
    "method": "AVI articles 1 to 7",
    "order": "AVI general introductory commentary, paragraph 1",
    "swap": "AVI article 4",
    "price": "AVI article 1.1",
    "sale": "AVI article 1.1",
    "indicators": "AVI article 1.1",
    "restrictions": "AVI article 1.1(a)",
    "conditions": "AVI article 1.1(b)",
    "proceeds": "AVI articles 1.1(c) and 8.1(d)",
    "related": "AVI articles 1.1(d) and 1.2",
    "identical": "AVI article 2.1",
    "similar": "AVI article 3.1",
    "resale": "AVI article 5.1",
    "deductions": "AVI article 5.1(a)",
    "elements": "AVI article 6.1",
    "grounds": "AVI article 7.1 and 7.3",
    "terms": "AVI article 8.2",
    "mode": "Incoterms 2020, introduction",
    **dict.fromkeys(COSTS, "AVI article 8.2"),
    "twice": "AVI article 8.1 and 8.2",
    "outside": "AVI article 8.2 and 8.4",
    "not_in_price": "AVI note to article 1, paragraph 3",
    "part_of_value": "AVI article 8.2",
    "charge": "AVI article 8.4",
    "invoice": "AVI article 1.1",
    "agreed_rate": "AVI article 9",
}
# What a law may ask a document or statement for.
EVIDENCE = ("identical", "similar", "deductions", "elements", "grounds", "related", "order", "swap")


class Incoterm(Dated, frozen=True):
    """A delivery term: the costs (of COSTS) that a price agreed under it includes, those it may include depending on the
    place named, and the modes of transport (Rec 19) that it is for, where it is not for all."""

    code: str
    text: Text
    includes: tuple[str, ...] = ()
    may_include: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()


class Charge(Dated, frozen=True):
    """A code of data element 4/9: whether it adds to the price, is taken off, or does not touch the customs value
    (`none`); the costs of delivery it `covers`, if it is one; `spread` by value or weight where the law of the country
    does not say it for all; `percent` where the amount declared is a percentage of the price."""

    code: str
    text: Text
    effect: Literal["add", "deduct", "none"]
    covers: tuple[str, ...] = ()
    spread: Literal["", "value", "weight"] = ""
    percent: bool = False


class ValuationLaw(Dated, frozen=True):
    """How a country values for a time.

    `place` says which delivery costs count, `counts` names them where a country goes its own way. `against_terms` says
    what becomes of an addition that the price includes already and of a deduction that it does not contain: left out, or
    taken as declared; a warning is given in either case. `agreed_rate`: whether a rate of exchange fixed between the
    parties goes before that of the law. `evidence` names, per check, the documents or statements that show it. `holds`
    are the checks that stop the release until an officer has decided. `rounding` is applied to the value of an item.
    """

    place: Literal["CIF", "FOB"] = "CIF"
    counts: tuple[str, ...] = ()
    spread_freight_by: Literal["value", "weight"] = "value"
    spread_others_by: Literal["value", "weight"] = "value"
    against_terms: Literal["leave_out", "as_declared"] = "leave_out"
    agreed_rate: Literal["refuse", "accept"] = "refuse"
    evidence: dict[str, tuple[str, ...]] = {}
    holds: tuple[str, ...] = ()
    rounding: Rounding | None = None

    @property
    def counted(self) -> frozenset[str]:
        """The delivery costs that are part of the customs value."""
        return frozenset(self.counts) or COUNTED[self.place]


UNWRITTEN = ValuationLaw(validity=Validity(date.min, None))


def faults(law: ValuationLaw) -> list[tuple[str, str]]:
    """(what is wrong, the word found) of every word of `law` that this house does not know."""
    return [
        *(("this is no cost of delivery", w) for w in law.counts if w not in COSTS),
        *(("this is no check of a valuation", w) for w in law.holds if w not in CHECKS),
        *(("no evidence can be asked for this", w) for w in law.evidence if w not in EVIDENCE),
    ]
