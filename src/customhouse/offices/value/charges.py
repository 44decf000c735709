"""Additions and deductions: which of those declared count, by the code list and the delivery terms, and what is missing.

Source: WTO Agreement on Customs Valuation, article 8, and the note to article 1, paragraph 3; Incoterms 2020.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from customhouse.kernel.money import Money, convert
from customhouse.law.book import Law
from customhouse.law.valuation import CHECKS, COSTS, Charge
from customhouse.offices.value.draft import COMPLETE, Draft, masses, shared
from customhouse.offices.value.exchange import Exchange
from customhouse.record.declaration import ValueCheck, ValueStep
from customhouse.record.lodgement import ChargeDeduction, CustomsValuation, Lodgement

# Where a law lists no codes, data element 4/9 itself says it: A... is added to the price, B... taken off.
BY_LETTER = {"A": 1, "B": -1}
SIGN = {"add": 1, "deduct": -1, "none": 0}
FREIGHT = "AK"
HUNDRED = Decimal(100)


class Against(msgspec.Struct, frozen=True):
    """What a charge is set against: an amount `named` so, in which `included` delivery costs are certainly contained and
    `possible` ones perhaps. `judged` is False where nothing is known of it."""

    named: str = ""
    included: frozenset[str] = frozenset()
    possible: frozenset[str] = frozenset()
    judged: bool = False


UNJUDGED = Against()


class Terms(msgspec.Struct, frozen=True):
    """What the delivery terms say of a price under this law; `counted` are the delivery costs of the customs value."""

    code: str
    counted: frozenset[str]
    price: Against = UNJUDGED

    @classmethod
    def of(cls, lodged: Lodgement, law: Law) -> Terms:
        """The terms of an import; an export is not judged, nothing of its value is taxed."""
        declared = lodged.goods_shipment.terms
        code = declared.code if declared else ""
        counted = law.valuation.counted if lodged.is_import else frozenset(COSTS)
        found = law.incoterm(code) if code and lodged.is_import else None
        if found is None:
            return cls(code, counted)
        included = frozenset(found.includes)
        return cls(code, counted, Against(f"a price {code}", included, included | set(found.may_include), True))

    def of_item(self, draft: Draft) -> Against:
        """What a charge of this item is set against."""
        if draft.base in COMPLETE:
            return Against(f"the {draft.base}", self.counted, self.counted, True)
        return self.price if draft.method in ("", "1") else UNJUDGED


class Declared(msgspec.Struct, frozen=True):
    """One addition or deduction as declared, in national minor units, with its sign (0: does not touch the value)."""

    code: str
    step: ValueStep
    sign: int
    law: Charge | None = None

    @property
    def covers(self) -> frozenset[str]:
        return frozenset(self.law.covers) if self.law else frozenset()

    @property
    def what(self) -> str:
        return f"{self.code} {self.step.declared}"


def declared(
    valuation: CustomsValuation | None, base: int, exchange: Exchange, checks: list[ValueCheck]
) -> list[Declared]:
    """The charges of an item or of the shipment; `base` is the price that a percentage is taken of.

    One that is negative or has no meaning under the law is not counted; `checks` says so.
    """
    if valuation is None:
        return []
    charges: Iterable[ChargeDeduction] = valuation.charges
    if valuation.freight is not None:
        charges = (ChargeDeduction(FREIGHT, valuation.freight), *charges)
    made = (_read(c, base, exchange, checks) for c in charges if c.amount is not None)
    return [d for d in made if d is not None]


def _read(charge: ChargeDeduction, base: int, exchange: Exchange, checks: list[ValueCheck]) -> Declared | None:
    law = exchange.law
    code, amount = charge.type, charge.amount
    assert amount is not None
    known = law.charge(code)
    sign = SIGN[known.effect] if known else BY_LETTER.get(code[:1])
    if amount.value < 0:
        why = f"{code} {amount.value} is negative"
        checks.append(
            unmet("charge", why, "Declare every amount above zero; its code says whether it is added or taken off")
        )
        return None
    if sign is None or (known is None and law.lists_charges):
        why = f"{code or 'A charge without code'} is no addition or deduction of the law"
        checks.append(unmet("charge", why, "Use a code of the list of additions and deductions (data element 4/9)"))
        if sign is None:
            return None
    if known is not None and known.percent:
        if amount.value >= HUNDRED:
            checks.append(
                unmet("charge", f"{code} is a percentage below 100, not {amount.value}", "Declare the percentage")
            )
            return None
        minor = convert(Money(base, law.currency).amount, amount.value, HUNDRED, law.currency, law.rounding)
        return Declared(code, ValueStep(f"charge {code}", f"{amount.value} %", "1", minor, known.source), sign, known)
    found = exchange.convert(amount)
    source = "; ".join(s for s in (known.source if known else "", found.source) if s)
    return Declared(code, ValueStep(f"charge {code}", found.declared, found.rate, found.minor, source), sign, known)


def unmet(id: str, why: str, hint: str = "") -> ValueCheck:
    return ValueCheck(id, "unmet", why, hint, CHECKS[id])


# --- what counts ------------------------------------------------------------------------------------------------------


def counted(charge: Declared, terms: Terms, against: Against) -> ValueCheck | None:
    """Why `charge` must not be counted, or None."""
    covers = charge.covers
    if not covers or charge.sign == 0:
        return None
    named = " and ".join(COSTS[c] for c in COSTS if c in covers)
    if charge.sign > 0:
        if not covers <= terms.counted:
            apart = "" if covers.isdisjoint(terms.counted) else "; declare each cost under a code of its own"
            return unmet("outside", f"{charge.what}: {named} is not part of the customs value", f"Leave it out{apart}")
        if against.judged and covers <= against.included:
            why = f"{charge.what}: {named} is in {against.named} already"
            return unmet("twice", why, "Leave it out, or correct the delivery term")
    elif covers <= terms.counted:
        return unmet("part_of_value", f"{charge.what}: {named} is part of the customs value", "Do not deduct it")
    elif against.judged and covers.isdisjoint(against.possible):
        why = f"{charge.what}: {named} is not in {against.named}"
        return unmet("not_in_price", why, "Do not deduct it, or correct the delivery term")
    return None


def apply_own(draft: Draft, charges: Sequence[Declared], terms: Terms, law: Law) -> None:
    """The charges declared for one item."""
    for charge in charges:
        fault = counted(charge, terms, terms.of_item(draft))
        if fault is not None:
            draft.checks.append(fault)
        draft.add(_signed(charge, charge.step.amount, fault, law))


def _signed(charge: Declared, amount: int, fault: ValueCheck | None, law: Law, share: str = "") -> ValueStep:
    """The step of a charge: what it adds or takes off, or the reason why it is left out."""
    told = ""
    if charge.sign == 0:
        told = "does not touch the customs value"
    elif fault is not None and (law.valuation.against_terms == "leave_out" or fault.id in ("outside", "part_of_value")):
        told = "not counted: " + fault.why.partition(": ")[2]
    step = charge.step
    signed = 0 if told else charge.sign * amount
    return ValueStep(step.what, step.declared, step.rate, signed, step.source, share, told)


# --- charges of the shipment --------------------------------------------------------------------------------------------


def apply_shared(
    drafts: Sequence[Draft], charges: Sequence[Declared], terms: Terms, exchange: Exchange, checks: list[ValueCheck]
) -> None:
    """Charges declared for the whole shipment, each spread over the items by value or mass, to the last minor unit."""
    if not drafts:
        return
    law = exchange.law
    values = [max(0, d.value) for d in drafts]
    priced = next((d for d in drafts if d.base not in COMPLETE), None)
    against = terms.of_item(priced or drafts[0])
    for charge in charges:
        fault = counted(charge, terms, against)
        if fault is not None:
            checks.append(fault)
        only_priced = charge.covers and priced is not None
        bearing = [d.base not in COMPLETE for d in drafts] if only_priced else [True] * len(drafts)
        weights, measure = _weights(drafts, values, charge, law)
        weights = [w if bears else 0 for w, bears in zip(weights, bearing, strict=True)]
        if not any(weights):
            weights, measure = [int(bears) for bears in bearing], "number of items"
        total = sum(weights)
        shares = Money(charge.step.amount, law.currency).apportion(weights)
        for draft, share, weight in zip(drafts, shares, weights, strict=True):
            if weight:
                told = shared(weight, total, measure, law.currency) if len(drafts) > 1 else ""
                draft.add(_signed(charge, share.minor, fault, law, told))


def _weights(drafts: Sequence[Draft], values: list[int], charge: Declared, law: Law) -> tuple[list[int], str]:
    """By what a charge is spread: what its code says, else what the law says for freight and for the others."""
    of_law = law.valuation
    by = (charge.law.spread if charge.law else "") or (
        of_law.spread_freight_by if "carriage" in charge.covers else of_law.spread_others_by
    )
    if by == "weight":
        weights, measure = masses(drafts)
        if measure == "mass":
            return weights, measure
    if any(values):
        return values, "value"
    return masses(drafts)


# --- what is missing ----------------------------------------------------------------------------------------------------


def missing(
    drafts: Sequence[Draft],
    own: Sequence[Sequence[Declared]],
    common: Sequence[Declared],
    terms: Terms,
    law: Law,
) -> list[ValueCheck]:
    """What the delivery terms leave out of the price, that counts, and that is declared nowhere; and terms that do not fit."""
    judged = [n for n, d in enumerate(drafts) if d.method in ("", "1") and d.base and d.base not in COMPLETE]
    if not judged:
        return []
    if not terms.price.judged:
        if not terms.code or not law.lists_incoterms:
            return [ValueCheck("terms", "unstated")]
        why = f"{terms.code} is no delivery term of the law: what its price includes is not known"
        return [unmet("terms", why, "Use an Incoterms code, or show the contract to the valuation office")]
    found = [ValueCheck("terms")]
    if not law.lists_charges:
        return found
    everywhere = {c for d in common if d.sign > 0 for c in d.covers}
    for cost in COSTS:
        if cost not in terms.counted or cost in terms.price.possible or cost in everywhere:
            continue
        without = [drafts[n].item.sequence for n in judged if not any(d.sign > 0 and cost in d.covers for d in own[n])]
        if without:
            found.append(_missing(cost, without, len(without) == len(drafts), terms))
    return found


def _missing(cost: str, items: list[int], all_: bool, terms: Terms) -> ValueCheck:
    which = "" if all_ else f" for item {', '.join(map(str, items))}"
    why = f"A price {terms.code} does not include {COSTS[cost]}, and none is declared{which}"
    return unmet(
        cost,
        why,
        f"Declare it as an addition (data element 4/9, {FREIGHT} for transport and insurance); 0 where there is none",
    )


def mode_fits(lodged: Lodgement, law: Law, terms: Terms) -> ValueCheck | None:
    """Whether the delivery term is for the mode of transport at the border."""
    found = law.incoterm(terms.code) if terms.price.judged else None
    mode = lodged.border_means.mode if lodged.border_means else ""
    if found is None or not found.modes or not mode or mode in found.modes:
        return None
    why = f"{terms.code} is a term for modes {', '.join(found.modes)}, and the goods came by mode {mode}"
    return unmet("mode", why, "Ask what was agreed; FCA, CPT and CIP are for every mode")
