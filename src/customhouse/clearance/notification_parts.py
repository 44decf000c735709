"""The parts that notifications are made of: dates, words, faults, taxes and changes as the WCO Response writes them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from customhouse.gates.wco_xml.pointer import pointers
from customhouse.kernel.money import Money
from customhouse.kernel.problem import Problem
from customhouse.record.assessment import Assessment, DutyTaxFee
from customhouse.record.declaration import Declaration
from customhouse.record.lodgement import GoodsLocation, GoodsShipment, Lodgement, TransportConsignment
from customhouse.record.parts import Amendment, Amount, Pointer, Stamp
from customhouse.record.response import Drawn, Error, Sum, Tax, TaxedItem, TaxPayment, Total

LONGEST, CODE, RULE = 512, 17, 8
"""Most characters of a text, of a code of a statement, of the code of a broken rule (schema RES-DMS 2)."""

INSTANT = "304"
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
PLACE = "GoodsShipment/Consignment/GoodsLocation/Name"
ITEM = "GoodsShipment/GovernmentAgencyGoodsItem[{}]"
MOVED, CHANGED = "16", "32"
"""Reasons of a change: the place of presentation, an amendment that was granted."""

NO_PREFERENCE = "100"


def stamp(at: datetime) -> Stamp:
    """A moment, in UTC to the second."""
    return Stamp(f"{at.astimezone(UTC):%Y%m%d%H%M%S}Z", INSTANT)


def day(on: date) -> Stamp:
    """A day, as its first moment (UTC)."""
    return Stamp(f"{on:%Y%m%d}000000Z", INSTANT)


def words(text: str) -> str:
    """Text that the message can carry: no control characters, no longer than the schema allows."""
    return NOT_XML.sub(" ", text).strip()[:LONGEST]


def code(text: str) -> str:
    return text if len(text) <= CODE else ""


def fault(problem: Problem) -> Error:
    """A broken rule. Its code stands beside the text where it fits, else before it."""
    fits = len(problem.rule) <= RULE
    said = problem.label if fits else f"{problem.rule}: {problem.label}"
    hint = f". {problem.hint}" if problem.hint else ""
    return Error(words(said + hint), problem.rule if fits else "", pointers(problem.where))


def item_pointers(sequence: int, d: Declaration) -> tuple[Pointer, ...]:
    """Where goods item `sequence` (0: the whole) stands in the declaration."""
    place = next((n for n, item in enumerate(d.lodged.items, 1) if item.sequence == sequence), 0)
    return pointers(ITEM.format(place)) if place else pointers("")


# --- taxes --------------------------------------------------------------------------------------------------------------


def amount(money: Money) -> Amount:
    return Amount(money.amount, money.currency)


def totals(assessed: Assessment) -> tuple[Total, ...]:
    """What is assessed and what is to be paid on the whole declaration."""
    return (Total(Sum(assessed=amount(assessed.total), amount=amount(assessed.payable))),)


def insufficient(reference: str, d: Declaration) -> tuple[Total, ...]:
    """What the account or guarantee `reference` cannot bear."""
    owed = d.settled.outstanding if d.settled else d.assessed.payable if d.assessed else None
    return (Total(Sum(amount=amount(owed) if owed else None, guarantees=(Drawn(reference),))),)


def items(assessed: Assessment) -> tuple[TaxedItem, ...]:
    """The taxes of each item, in the order of the assessment."""
    found: dict[int, list[Tax]] = {}
    for due in assessed.duties:
        found.setdefault(due.item, []).append(_tax(due))
    return tuple(TaxedItem(item, tuple(taxes)) for item, taxes in found.items())


def _tax(due: DutyTaxFee) -> Tax:
    currency = due.amount.currency
    return Tax(
        base=amount(Money(due.base, currency)) if due.base else None,
        deduct=amount(Money(due.amount.minor - due.assessed.minor, currency)),
        regime=due.preference or NO_PREFERENCE,
        rate=_percent(due),
        type=due.type,
        payment=TaxPayment(amount(due.assessed), amount(due.payable)),
    )


def _percent(due: DutyTaxFee) -> Decimal | None:
    """The rate of a tax that is one percentage of its base; others say theirs in the explanation of the amount."""
    if not due.base or len(due.components) != 1:
        return None
    try:
        return Decimal(due.components[0].rate.removesuffix("%").strip())
    except InvalidOperation:
        return None


# --- changes ------------------------------------------------------------------------------------------------------------


def changes(d: Declaration) -> tuple[Amendment, ...]:
    """What did not come with the first lodgement: one amendment for each later version, one for the place that was stated
    when the goods were presented."""
    moved = (Amendment(MOVED, pointers(PLACE)),) if _moved(d) else ()
    return (*moved, *(Amendment(CHANGED, pointers("")) for _ in range(d.version - 1)))


def changed(d: Declaration) -> Lodgement | None:
    """The place that was stated when the goods were presented."""
    if d.presented is None or not d.presented.place:
        return None
    location = GoodsLocation(name=d.presented.place)
    return Lodgement(goods_shipment=GoodsShipment(consignment=TransportConsignment(goods_location=location)))


def _moved(d: Declaration) -> bool:
    return d.presented is not None and bool(d.presented.place)
