"""The six methods of valuation and what each needs, judged from what is declared.

A condition is met, unmet, or unstated when the declaration says nothing about it. The evidence asked for (a reference to
an accepted value, a worksheet ...) is named by the law in `ValuationLaw.evidence`; where it names none, only what the
declaration itself says is judged. Source: WTO Agreement on Customs Valuation, articles 1 to 7.
"""

from __future__ import annotations

from collections.abc import Callable

from customhouse.law.book import Law
from customhouse.law.valuation import CHECKS
from customhouse.offices.value.draft import INVOICE, PRICE, Draft
from customhouse.record.declaration import ValueCheck
from customhouse.record.lodgement import GoodsItem, Lodgement, Party

NAMES = {
    "1": "transaction value",
    "2": "transaction value of identical goods",
    "3": "transaction value of similar goods",
    "4": "deductive value",
    "5": "computed value",
    "6": "fall-back method",
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
WHAT_TO_DO = {
    "price": "Give the price paid or payable, or choose another method",
    "sale": "Without a sale use method 2, or the first of the following that can be used",
    "related": "Show that the relationship did not influence the price, or choose method 2 and following",
    "restrictions": "Choose method 2, or the first of the following that can be used",
    "conditions": "Choose method 2, or the first of the following that can be used",
    "proceeds": f"Declare these proceeds as an addition ({PROCEEDS}), or choose method 2 and following",
    "identical": "Name the accepted value of identical goods exported at about the same time",
    "similar": "Name the accepted value of similar goods exported at about the same time",
    "resale": "Give the price at which the goods are sold in the country in the greatest quantity",
    "deductions": "Declare what is deducted (transport, duties, profit and general expenses), or add the worksheet",
    "elements": "Add the worksheet of costs, profit and general expenses of the producer",
    "grounds": "Say how the value was found, and with which data of the country",
    "order": "Methods are used in their order: say why the earlier one cannot be used",
    "swap": "Ask for the computed value before the deductive one, and say so in the declaration",
}

Judge = Callable[[Draft, Lodgement, Law], list[ValueCheck]]


def judge(draft: Draft, lodged: Lodgement, law: Law) -> list[ValueCheck]:
    """The preconditions of the method chosen for an item of an import."""
    if not draft.method:
        return [ValueCheck("method", "unstated")]
    judges = JUDGES.get(draft.method)
    if judges is None:
        return [_unmet("method", f"{draft.method} is none of the six methods", "Choose a method from 1 to 6")]
    return [check for one in judges for check in one(draft, lodged, law)]


def _unmet(id: str, why: str, hint: str = "") -> ValueCheck:
    return ValueCheck(id, "unmet", why, hint or WHAT_TO_DO.get(id, ""), CHECKS[id])


def shown(id: str, item: GoodsItem, lodged: Lodgement, law: Law) -> bool | None:
    """Whether the evidence that the law asks for is declared; None when it asks for none."""
    asked = law.valuation.evidence.get(id)
    if not asked:
        return None
    documents = (d.code for d in (*item.documents, *lodged.documents) if d.id)
    statements = (s.code for s in (*item.information, *lodged.information))
    return not {*documents, *statements}.isdisjoint(asked)


# --- method 1 -----------------------------------------------------------------------------------------------------------


def _price(draft: Draft, lodged: Lodgement, law: Law) -> list[ValueCheck]:
    if draft.base in (PRICE, INVOICE) and draft.start > 0:
        return [ValueCheck("price")]
    return [_unmet("price", "The transaction value is chosen, and there is no price")]


def _sale(draft: Draft, lodged: Lodgement, law: Law) -> list[ValueCheck]:
    nature = draft.item.transaction_nature or lodged.goods_shipment.transaction_nature
    if not nature:
        return [ValueCheck("sale", "unstated")]
    if (no_sale := NO_SALE.get(nature[:1])) is not None:
        return [_unmet("sale", f"The nature of the transaction, {nature}, is {no_sale}, not a sale")]
    return [ValueCheck("sale")]


def _indicators(draft: Draft, lodged: Lodgement, law: Law) -> list[ValueCheck]:
    """The four answers of data element 4/13, and whether buyer and seller are one."""
    told = draft.item.valuation_adjustment
    if told and (len(told) != len(INDICATORS) or told.strip("01")):
        hint = "Four digits, each 0 or 1: relationship, restrictions, conditions, proceeds"
        return [_unmet("indicators", f"The valuation indicators are {told}", hint)]
    if not told:
        same = _one_party(draft.item, lodged)
        unstated = [ValueCheck(id, "unstated") for id, _ in INDICATORS[1:]]
        return [_related(draft, lodged, law, same) if same else ValueCheck("related", "unstated"), *unstated]
    found = []
    for digit, (id, meaning) in zip(told, INDICATORS, strict=True):
        if id == "related":
            found.append(_related(draft, lodged, law, meaning if digit == "1" else _one_party(draft.item, lodged)))
        elif digit == "0" or (id == "proceeds" and _has_proceeds(draft.item, lodged)):
            found.append(ValueCheck(id))
        else:
            found.append(_unmet(id, f"It is declared that {meaning}"))
    return found


def _related(draft: Draft, lodged: Lodgement, law: Law, why: str) -> ValueCheck:
    if not why or shown("related", draft.item, lodged, law):
        return ValueCheck("related")
    return _unmet("related", f"It is declared that {why}")


def _one_party(item: GoodsItem, lodged: Lodgement) -> str:
    shipment = lodged.goods_shipment
    buyer, seller = item.buyer or shipment.buyer, item.seller or shipment.seller
    same = _id(buyer) and _id(buyer) == _id(seller)
    return f"buyer and seller are one, {_id(buyer)}" if same else ""


def _id(party: Party | None) -> str:
    return party.id if party else ""


def _has_proceeds(item: GoodsItem, lodged: Lodgement) -> bool:
    valuations = (item.valuation, lodged.goods_shipment.valuation)
    return any(c.type == PROCEEDS for v in valuations if v for c in v.charges)


# --- methods 2 to 6 -----------------------------------------------------------------------------------------------------


def _evidence(id: str, missing: str) -> Judge:
    def judge_one(draft: Draft, lodged: Lodgement, law: Law) -> list[ValueCheck]:
        found = shown(id, draft.item, lodged, law)
        if found is None:
            return [ValueCheck(id, "unstated")]
        return [ValueCheck(id) if found else _unmet(id, f"{missing} ({_asked(id, law)})")]

    return judge_one


def _asked(id: str, law: Law) -> str:
    return " or ".join(law.valuation.evidence[id])


def _resale(draft: Draft, lodged: Lodgement, law: Law) -> list[ValueCheck]:
    return [ValueCheck("resale") if draft.start > 0 else _unmet("resale", "No price of sale in the country is given")]


def _deductions(draft: Draft, lodged: Lodgement, law: Law) -> list[ValueCheck]:
    if any(s.amount < 0 for s in draft.steps) or shown("deductions", draft.item, lodged, law):
        return [ValueCheck("deductions")]
    return [_unmet("deductions", "Nothing is deducted from the price of sale in the country")]


def _order(draft: Draft, lodged: Lodgement, law: Law) -> list[ValueCheck]:
    """Method 1 goes before the others: when all that the declaration says speaks for it, the choice must be explained."""
    first = [*_sale(draft, lodged, law), *_indicators(draft, lodged, law)]
    if (
        draft.base == PRICE
        and all(c.outcome == "met" for c in first)
        and shown("order", draft.item, lodged, law) is not True
    ):
        return [
            _unmet(
                "order", f"Method {draft.method} is chosen, and nothing declared speaks against the transaction value"
            )
        ]
    return [ValueCheck("order")]


def _swap(draft: Draft, lodged: Lodgement, law: Law) -> list[ValueCheck]:
    """Method 5 goes before method 4 only at the importer's request."""
    found = shown("swap", draft.item, lodged, law)
    if found is None:
        return [ValueCheck("swap", "unstated")]
    return [
        ValueCheck("swap")
        if found
        else _unmet("swap", f"The request of the importer is missing ({_asked('swap', law)})")
    ]


JUDGES: dict[str, tuple[Judge, ...]] = {
    "1": (_price, _sale, _indicators),
    "2": (_evidence("identical", "No accepted value of identical goods is named"), _order),
    "3": (_evidence("similar", "No accepted value of similar goods is named"), _order),
    "4": (_resale, _deductions, _order),
    "5": (_evidence("elements", "The costs of production are not shown"), _swap, _order),
    "6": (_evidence("grounds", "It is not said how the value was found"), _order),
}
