"""Additions and deductions: which of those declared count, and how those of the shipment are spread over its items.

Source: WTO Agreement on Customs Valuation, article 8, and the note to article 1, paragraph 3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

import msgspec

from customhouse.kernel.money import Money, convert
from customhouse.law.book import Law
from customhouse.law.valuation import CHECKS, Charge
from customhouse.offices.value.checks import Checks
from customhouse.offices.value.delivery import NONE, Against, Terms
from customhouse.offices.value.draft import COMPLETE, Draft, masses, shared
from customhouse.offices.value.exchange import Exchange
from customhouse.record.lodgement import ChargeDeduction, CustomsValuation
from customhouse.record.valuation import Unmet, ValueStep

# Where a law lists no codes, data element 4/9 itself says it: A... is added to the price, B... taken off.
BY_LETTER = {"A": 1, "B": -1}
SIGN = {"add": 1, "deduct": -1, "none": 0}
FREIGHT = "AK"
HUNDRED = Decimal(100)
# Reasons for which a charge never counts, whatever the law says of terms that speak against it.
NEVER = ("outside", "part_of_value")


class Declared(msgspec.Struct, frozen=True, gc=False):
    """One addition or deduction as declared, in national minor units, with its sign (0: does not touch the value) and the
    delivery costs that it covers."""

    code: str
    step: ValueStep
    sign: int
    law: Charge | None = None
    covers: frozenset[str] = NONE


def declared(valuation: CustomsValuation | None, base: int, exchange: Exchange, checks: Checks) -> list[Declared]:
    """The charges of an item or of the shipment; `base` is the price that a percentage is taken of.

    One that is negative or has no meaning under the law is not counted; `checks` says so.
    """
    if valuation is None:
        return []
    charges: Iterable[ChargeDeduction] = valuation.charges
    if valuation.freight is not None:
        charges = (ChargeDeduction(FREIGHT, valuation.freight), *charges)
    made = (_read(c, base, exchange, checks) for c in charges)
    return [d for d in made if d is not None]


def _read(charge: ChargeDeduction, base: int, exchange: Exchange, checks: Checks) -> Declared | None:
    law, code, amount = exchange.law, charge.type, charge.amount
    if amount is None:
        return None
    known = law.charge(code)
    if amount.value < 0:
        hint = "Declare every amount above zero; its code says whether it is added or taken off"
        checks.doubt("charge", f"{code} {amount.value} is negative", hint)
        return None
    sign = SIGN[known.effect] if known else BY_LETTER.get(code[:1])
    if sign is None or (known is None and law.lists_charges):
        why = f"{code or 'A charge without a code'} is no addition or deduction of the law"
        checks.doubt("charge", why, "Use a code of the list of additions and deductions (data element 4/9)")
    if sign is None:
        return None
    what = f"charge {code}"
    if known is None:
        found = exchange.convert(amount)
        return Declared(code, ValueStep(what, found.declared, found.rate, found.minor, found.source), sign)
    if known.percent:
        if amount.value >= HUNDRED:
            checks.doubt("charge", f"{code} is a percentage below 100, not {amount.value}", "Declare the rate")
            return None
        minor = convert(Money(base, law.currency).amount, amount.value, HUNDRED, law.currency, law.rounding)
        step = ValueStep(what, f"{amount.value} %", "1", minor, known.source)
    else:
        found = exchange.convert(amount)
        source = f"{known.source}; {found.source}" if found.source else known.source
        step = ValueStep(what, found.declared, found.rate, found.minor, source)
    return Declared(code, step, sign, known, frozenset(known.covers))


def covered(charges: Iterable[Declared]) -> frozenset[str]:
    """The delivery costs that these additions pay for."""
    return NONE.union(*(c.covers for c in charges if c.sign > 0))


# --- what counts ------------------------------------------------------------------------------------------------------


def fault_of(charge: Declared, terms: Terms, against: Against) -> Unmet | None:
    """Why `charge` should not be there, or None."""
    covers = charge.covers
    if not covers or charge.sign == 0:
        return None
    named = f"{charge.code} {charge.step.declared}: {charge.law.text['en'] if charge.law else ''}"
    if charge.sign > 0:
        if not covers <= terms.counted:
            apart = "" if covers.isdisjoint(terms.counted) else "; declare each cost under a code of its own"
            return _unmet("outside", f"{named} is not part of the customs value", f"Leave it out{apart}")
        if against.judged and covers <= against.included:
            return _unmet(
                "twice", f"{named} is in {against.named} already", "Leave it out, or correct the delivery term"
            )
    elif covers <= terms.counted:
        return _unmet("part_of_value", f"{named} is part of the customs value", "Do not deduct it")
    elif against.judged and covers.isdisjoint(against.possible):
        hint = "Do not deduct it, or correct the delivery term"
        return _unmet("not_in_price", f"{named} is not in {against.named}", hint)
    return None


def _unmet(id: str, why: str, hint: str) -> Unmet:
    return Unmet(id, why, hint, CHECKS[id])


def _note(charge: Declared, fault: Unmet | None, law: Law) -> str:
    """Why the charge is not counted, or nothing when it is."""
    if charge.sign == 0:
        return "does not touch the customs value"
    if fault is not None and (fault.id in NEVER or law.valuation.against_terms == "leave_out"):
        return "not counted: " + fault.why.partition(": ")[2]
    return ""


def _step(charge: Declared, amount: int, note: str, share: str = "") -> ValueStep:
    of = charge.step
    return ValueStep(of.what, of.declared, of.rate, 0 if note else charge.sign * amount, of.source, share, note)


def apply_own(draft: Draft, charges: Iterable[Declared], terms: Terms, law: Law) -> None:
    """The charges declared for one item."""
    for charge in charges:
        fault = fault_of(charge, terms, terms.of_item(draft))
        if fault is not None:
            draft.unmet.append(fault)
        draft.add(_step(charge, charge.step.amount, _note(charge, fault, law)))


# --- charges of the shipment --------------------------------------------------------------------------------------------


def apply_shared(drafts: Sequence[Draft], charges: Sequence[Declared], terms: Terms, law: Law, checks: Checks) -> None:
    """Charges declared for the whole shipment, each spread over the items by value or mass, to the last minor unit.

    A delivery cost is borne by the items whose value does not have it yet.
    """
    if not charges or not drafts:
        return
    values = [max(0, d.value) for d in drafts]
    open_ = [d for d in drafts if d.base not in COMPLETE]
    against = terms.of_item(open_[0] if open_ else drafts[0])
    for charge in charges:
        fault = fault_of(charge, terms, against)
        if fault is not None:
            checks.unmet.append(fault)
        note = _note(charge, fault, law)
        bearing = [not open_ or not charge.covers or d.base not in COMPLETE for d in drafts]
        weights, measure = _weights(drafts, values, bearing, charge, law)
        total = sum(weights)
        shares = Money(charge.step.amount, law.currency).apportion(weights)
        for draft, share, weight in zip(drafts, shares, weights, strict=True):
            if weight:
                told = shared(weight, total, measure, law.currency) if len(drafts) > 1 else ""
                draft.add(_step(charge, share.minor, note, told))


def _weights(
    drafts: Sequence[Draft], values: list[int], bearing: list[bool], charge: Declared, law: Law
) -> tuple[list[int], str]:
    """(what a charge is spread by, in words): mass or value as its code says, or else the law for freight and the others.

    Where nothing has a value, or an item no mass, the other measure serves; at last the number of items.
    """
    freight = "carriage" in charge.covers
    of_law = law.valuation.spread_freight_by if freight else law.valuation.spread_others_by
    by = (charge.law.spread if charge.law else "") or of_law
    for weights, measure in _measures(drafts, values, by):
        borne = [w if bears else 0 for w, bears in zip(weights, bearing, strict=True)]
        if any(borne):
            return borne, measure
    return [int(bears) for bears in bearing], "number of items"


def _measures(drafts: Sequence[Draft], values: list[int], by: str) -> Iterator[tuple[list[int], str]]:
    """What a charge may be spread by, the measure of the law first."""
    if by == "value":
        yield values, "value"
    weights, measure = masses(drafts)
    if measure == "mass":
        yield weights, measure
    yield values, "value"
