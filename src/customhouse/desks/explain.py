"""How decisions are told to people, in their language: amounts, lanes, holds, acts.

The record keeps rule ids and the English words of the law; the words in another language are looked up in the very Book that
was used, so that an explanation never drifts from the law it explains.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from customhouse.law.book import Book
from customhouse.record.declaration import Declaration, DutyTaxFee, HoldKind, Reason, Stage
from customhouse.record.lanes import Lane
from customhouse.registry import lawbook

LANES = {
    Lane.GREEN: lazy("Green: release"),
    Lane.BLUE: lazy("Blue: audit later"),
    Lane.YELLOW: lazy("Yellow: documents"),
    Lane.RED: lazy("Red: examination"),
}
STAGES = {
    Stage.NEW: lazy("New"),
    Stage.LODGED: lazy("Lodged"),
    Stage.REFUSED: lazy("Refused"),
    Stage.ACCEPTED: lazy("Accepted"),
    Stage.VERIFIED: lazy("Verified"),
    Stage.CLASSIFIED: lazy("Classified"),
    Stage.VALUED: lazy("Valued"),
    Stage.ASSESSED: lazy("Assessed"),
    Stage.ROUTED: lazy("Waiting"),
    Stage.RELEASED: lazy("Released"),
    Stage.INVALIDATED: lazy("Invalidated"),
}
HOLDS = {
    HoldKind.DOCUMENTS: lazy("Documents"),
    HoldKind.INSPECTION: lazy("Examination"),
    HoldKind.PAYMENT: lazy("Payment"),
    HoldKind.QUERY: lazy("Query"),
    HoldKind.LAW: lazy("Law"),
    HoldKind.AGENCY: lazy("Agency"),
}
ACTS = {
    "Lodged": lazy("Lodged"),
    "Refused": lazy("Refused"),
    "Accepted": lazy("Accepted"),
    "Verified": lazy("Documents verified"),
    "Classified": lazy("Classified"),
    "Valued": lazy("Valued"),
    "Assessed": lazy("Duties assessed"),
    "LaneAssigned": lazy("Lane assigned"),
    "LaneChanged": lazy("Lane changed"),
    "Held": lazy("Held"),
    "Lifted": lazy("Hold lifted"),
    "Queried": lazy("Question asked"),
    "Answered": lazy("Question answered"),
    "Amended": lazy("Amended"),
    "Examined": lazy("Goods examined"),
    "Due": lazy("Amount due fixed"),
    "Paid": lazy("Paid"),
    "Released": lazy("Released"),
    "Invalidated": lazy("Invalidated"),
}
# Sentences of the offices (not of the law) that have words in every language.
OFFICE_WORDS = {
    "random": lazy("Chosen at random: a fixed share of all declarations is looked at"),
    "no-finding": lazy("No criterion fired and the random draw did not fall on it"),
    "earlier-lane": lazy("The lane from before the amendment is kept"),
    "lane-yellow": lazy("An officer looks at the documents before release"),
    "lane-red": lazy("The goods are examined before release"),
    "payment": lazy("What is due must be paid or secured before release"),
}


def book_of(declaration: Declaration) -> Book | None:
    """The Book this declaration was judged under, when it is still on the shelf."""
    return lawbook.by_hash(declaration.acceptance.book) if declaration.acceptance else None


def reason(why: Reason, book: Book | None) -> str:
    """The sentence of a reason in the reader's language."""
    language = get_language() or "en"
    if language.startswith("en"):
        return why.text
    if why.rule in OFFICE_WORDS:
        return str(OFFICE_WORDS[why.rule])
    for rule in book.contents.criteria if book else ():
        if rule.id == why.rule:
            return rule.text.get(language[:2], why.text)
    return why.text


def tax_name(code: str, book: Book | None) -> str:
    """The name of a tax type in the reader's language."""
    language = (get_language() or "en")[:2]
    for tax in book.contents.tax_types if book else ():
        if tax.code == code:
            return tax.text.get(language, tax.text.get("en", code))
    return code


def duty(due: DutyTaxFee, book: Book | None) -> dict[str, Any]:
    """An amount with everything that says why it is what it is."""
    return {
        "due": due,
        "name": tax_name(due.type, book),
        "terms": [
            _("%(rate)s of %(quantity)s (%(basis)s) = %(amount)s")
            % {"rate": c.rate, "quantity": c.quantity, "basis": _(c.basis), "amount": _amount(c.amount, due)}
            for c in due.components
        ],
    }


def _amount(minor: int, due: DutyTaxFee) -> str:
    from customhouse.kernel.money import Money

    return str(Money(minor, due.amount.currency))


def act_detail(act: Any) -> str:
    """A few words about an act for the time line."""
    match type(act).__name__:
        case "LaneAssigned":
            return str(LANES[act.selection.lane])
        case "LaneChanged":
            return f"{LANES[act.lane]}: {act.reason}"
        case "Held":
            return f"{HOLDS[act.hold.kind]} {act.hold.ref}".strip()
        case "Lifted":
            return f"{HOLDS[act.kind]}: {act.reason}"
        case "Queried" | "Answered":
            return str(act.text)
        case "Examined":
            return f"{act.examination.conclusion} {act.examination.text}".strip()
        case "Due":
            return str(act.amount)
        case "Paid":
            return f"{act.receipt.amount} ({act.receipt.method}, {act.receipt.number})"
        case "Amended" | "Invalidated":
            return str(act.reason)
        case "Accepted":
            return str(act.acceptance.mrn)
        case "Assessed":
            return str(act.assessment.payable)
    return ""
