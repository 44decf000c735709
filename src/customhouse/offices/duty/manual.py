"""Amounts that the declarant worked out by hand, where the law admits it: taken as declared, and told so.

A Book admits it by its code list ``manual_calculation``: any one of these documents or statements opens the way. Then the
declared amounts stand in place of every computed one, and those put down as a security are secured, not paid.
"""

from __future__ import annotations

from customhouse.kernel.money import Money, round_to_minor
from customhouse.law.book import Law
from customhouse.offices.duty.claim import Claim
from customhouse.record.assessment import DutyTaxFee, Security
from customhouse.record.lodgement import DeclaredDuty, GoodsItem

MANUAL = "manual_calculation"
CAUSE = "manual"
NOTE = "worked out by the declarant, as the law admits for the documents and statements declared"


def by_hand(item: GoodsItem, claim: Claim, law: Law) -> tuple[list[DutyTaxFee], list[Security]] | None:
    """The declared amounts of an item, or None when the law works them out itself."""
    duties = [d for d in item.commodity.duties if d.type and _amount(d, law) is not None]
    if not duties or law.list_of(MANUAL).isdisjoint((*claim.documents, *claim.statements)):
        return None
    booked = law.security_type(CAUSE)
    due: list[DutyTaxFee] = []
    secured: list[Security] = []
    for declared in duties:
        method = declared.payment.method if declared.payment else ""
        amount = Money(_amount(declared, law) or 0, law.currency)
        if booked and law.is_secured(method):
            secured.append(Security(item.sequence, declared.type, amount, NOTE, booked))
        else:
            due.append(_fee(item, declared, amount, method, law))
    return due, secured


def _amount(declared: DeclaredDuty, law: Law) -> int | None:
    """The declared amount in national minor units; amounts in other currencies are not taken."""
    payment = declared.payment
    amount = payment and (payment.amount or payment.tax_assessed)
    if not amount or amount.currency not in ("", law.currency):
        return None
    return round_to_minor(amount.value, law.currency, law.rounding)


def _fee(item: GoodsItem, declared: DeclaredDuty, amount: Money, method: str, law: Law) -> DutyTaxFee:
    return DutyTaxFee(
        item=item.sequence,
        type=declared.type,
        measure="declared",
        source="declaration",
        since=law.date,
        formula="as declared",
        components=(),
        rounding=str(law.rounding),
        amount=amount,
        payable=amount,
        payment_method=method,
        note=NOTE,
    )
