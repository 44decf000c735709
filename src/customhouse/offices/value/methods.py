"""The six methods of valuation and what each needs, judged from what is declared.

A condition is met or unmet, or the declaration says nothing about it and it is neither. The evidence asked for (a
reference to an accepted value, a worksheet ...) is named by the law in `ValuationLaw.evidence`; where it names none, only
what the declaration itself says is judged. Source: WTO Agreement on Customs Valuation, articles 1 to 7.
"""

from __future__ import annotations

from collections.abc import Callable

from customhouse.law.book import Law
from customhouse.offices.value.checks import Checks
from customhouse.offices.value.draft import PRICE, PRICES, Draft
from customhouse.record.lodgement import GoodsItem, Lodgement, Party

# The checks of each method, in the order in which they are made.
NEEDS: dict[str, tuple[str, ...]] = {
    "1": ("price", "sale", "related", "restrictions", "conditions", "proceeds"),
    "2": ("identical", "order"),
    "3": ("similar", "order"),
    "4": ("resale", "deductions", "order"),
    "5": ("elements", "swap", "order"),
    "6": ("grounds", "order"),
}
# Natures of transaction (data element 8/5, first digit) in which nothing is sold.
NO_SALE = {
    "2": "a return",
    "3": "a delivery free of charge",
    "4": "goods for processing",
    "5": "goods after processing",
}
# The digits of the valuation indicators (data element 4/13), and what a 1 says.
INDICATORS = (
    ("related", "buyer and seller are related and that influenced the price"),
    ("restrictions", "the buyer may not dispose of or use the goods freely"),
    ("conditions", "the sale or price depends on a condition whose value cannot be determined"),
    ("proceeds", "part of the proceeds of a resale goes back to the seller"),
)
PROCEEDS = "AJ"
# What is lacking where the law asks for evidence and none is declared.
LACKING = {
    "identical": "No accepted value of identical goods is named",
    "similar": "No accepted value of similar goods is named",
    "elements": "The costs of production are not shown",
    "grounds": "It is not said how the value was found",
    "swap": "The importer's request to use method 5 before method 4 is missing",
}
ANOTHER = "Choose method 2, or the first of the following that can be used"
HINTS = {
    "price": "Give the price paid or payable, or choose another method",
    "sale": ANOTHER,
    "related": "Show that the relationship did not influence the price, or choose method 2 and following",
    "restrictions": ANOTHER,
    "conditions": ANOTHER,
    "proceeds": f"Declare these proceeds as an addition ({PROCEEDS}), or choose method 2 and following",
    "identical": "Name the accepted value of identical goods exported at about the same time",
    "similar": "Name the accepted value of similar goods exported at about the same time",
    "resale": "Give the price at which most of the goods are sold in the country",
    "deductions": "Declare what is deducted (transport, duties, profit and general expenses), or add the worksheet",
    "elements": "Add the worksheet of the producer's costs, profit and general expenses",
    "grounds": "Say how the value was found, and with which data of the country",
    "order": "Methods are used in their order: say why the earlier ones cannot be used",
    "swap": "Ask for the computed value before the deductive one, and say so in the declaration",
}


def judge(draft: Draft, lodged: Lodgement, law: Law) -> None:
    """The preconditions of the method chosen for an item of an import."""
    if not draft.method:
        return
    needs = NEEDS.get(draft.method)
    if needs is None:
        return draft.doubt("method", f"{draft.method} is none of the six methods", "Choose a method from 1 to 6")
    if draft.method == "1":
        return _transaction_value(draft, lodged, law)
    for need in needs:
        JUDGES.get(need, _evidence)(need, draft, lodged, law)


def _doubt(checks: Checks, id: str, why: str) -> None:
    checks.doubt(id, why, HINTS[id])


def shown(id: str, item: GoodsItem, lodged: Lodgement, law: Law) -> bool | None:
    """Whether the evidence that the law asks for is declared; None when it asks for none."""
    asked = law.valuation.evidence.get(id)
    if not asked:
        return None
    documents = (d.code for d in (*item.documents, *lodged.documents) if d.id)
    statements = (s.code for s in (*item.information, *lodged.information))
    return not {*documents, *statements}.isdisjoint(asked)


# --- method 1 -----------------------------------------------------------------------------------------------------------


def _transaction_value(draft: Draft, lodged: Lodgement, law: Law) -> None:
    if draft.base in PRICES and draft.start > 0:
        draft.met.append("price")
    else:
        _doubt(draft, "price", "The transaction value is chosen, and there is no price")
    _sale(draft, draft.item, lodged)
    _indicators(draft, draft.item, lodged, law)


def _sale(checks: Checks, item: GoodsItem, lodged: Lodgement) -> None:
    nature = item.transaction_nature or lodged.goods_shipment.transaction_nature
    if (no_sale := NO_SALE.get(nature[:1])) is not None:
        _doubt(checks, "sale", f"The nature of the transaction, {nature}, is {no_sale}, not a sale")
    elif nature:
        checks.met.append("sale")


def _indicators(checks: Checks, item: GoodsItem, lodged: Lodgement, law: Law) -> None:
    """The four answers of data element 4/13, and whether buyer and seller are one."""
    told = item.valuation_adjustment
    if told and (len(told) != len(INDICATORS) or told.strip("01")):
        hint = "Four digits, each 0 or 1: relationship, restrictions, conditions, proceeds"
        return checks.doubt("indicators", f"The valuation indicators are {told}", hint)
    related = _one_party(item, lodged) or (f"It is declared that {INDICATORS[0][1]}" if told[:1] == "1" else "")
    if related and not shown("related", item, lodged, law):
        _doubt(checks, "related", related)
    elif related or told:
        checks.met.append("related")
    for digit, (id, meaning) in zip(told[1:], INDICATORS[1:], strict=False):
        if digit == "0" or (id == "proceeds" and _proceeds_declared(item, lodged)):
            checks.met.append(id)
        else:
            _doubt(checks, id, f"It is declared that {meaning}")


def _proceeds_declared(item: GoodsItem, lodged: Lodgement) -> bool:
    valuations = (item.valuation, lodged.goods_shipment.valuation)
    return any(c.type == PROCEEDS for v in valuations if v for c in v.charges)


def _one_party(item: GoodsItem, lodged: Lodgement) -> str:
    shipment = lodged.goods_shipment
    buyer = _id(item.buyer or shipment.buyer)
    return f"Buyer and seller are one, {buyer}" if buyer and buyer == _id(item.seller or shipment.seller) else ""


def _id(party: Party | None) -> str:
    return party.id if party else ""


# --- methods 2 to 6 -----------------------------------------------------------------------------------------------------


def _evidence(id: str, draft: Draft, lodged: Lodgement, law: Law) -> None:
    found = shown(id, draft.item, lodged, law)
    if found:
        draft.met.append(id)
    elif found is False:
        _doubt(draft, id, f"{LACKING[id]} ({' or '.join(law.valuation.evidence[id])})")


def _resale(id: str, draft: Draft, lodged: Lodgement, law: Law) -> None:
    if draft.start > 0:
        draft.met.append(id)
    else:
        _doubt(draft, id, "No price of sale in the country is given")


def _deductions(id: str, draft: Draft, lodged: Lodgement, law: Law) -> None:
    if any(s.amount < 0 for s in draft.steps) or shown(id, draft.item, lodged, law):
        draft.met.append(id)
    else:
        _doubt(draft, id, "Nothing is deducted from the price of sale in the country")


def _order(id: str, draft: Draft, lodged: Lodgement, law: Law) -> None:
    """Method 1 goes before the others: where all that the declaration says speaks for it, the choice must be explained."""
    first = Checks()
    _sale(first, draft.item, lodged)
    _indicators(first, draft.item, lodged, law)
    usable = draft.base == PRICE and not first.unmet and set(NEEDS["1"]) <= {"price", *first.met}
    if usable and not shown(id, draft.item, lodged, law):
        _doubt(draft, id, f"Method {draft.method} is chosen, and nothing speaks against the transaction value")
    else:
        draft.met.append(id)


JUDGES: dict[str, Callable[[str, Draft, Lodgement, Law], None]] = {
    "resale": _resale,
    "deductions": _deductions,
    "order": _order,
}
