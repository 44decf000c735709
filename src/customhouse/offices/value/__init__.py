"""The valuation office: the customs value of each item in national currency, with every step of the way.

Value begins with the price paid or payable (or what the method chosen takes in its place), plus the additions and less
the deductions declared, as far as the delivery terms do not show that they are in the price already or were never in it.
The preconditions of the method are judged and recorded; what is unmet is a remark, or a hold where the law says so.
Source: WTO Agreement on Customs Valuation (article VII GATT 1994), articles 1 to 9.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from customhouse.kernel.money import Money, round_to_minor
from customhouse.law.book import Law
from customhouse.offices.value import charges as charges_of
from customhouse.offices.value.charges import Terms
from customhouse.offices.value.draft import PRICE, Draft, drafts
from customhouse.offices.value.exchange import Exchange
from customhouse.offices.value.methods import judge
from customhouse.record.acts import Act, Held, Valued
from customhouse.record.declaration import (
    Hold,
    HoldKind,
    ItemValue,
    Reason,
    Role,
    Valuation,
    ValueCheck,
    ValueStep,
)
from customhouse.record.lodgement import Lodgement

LIFTED_BY = (Role.OFFICER, Role.SUPERVISOR)


def value(lodged: Lodgement, law: Law) -> tuple[Act, ...]:
    """Value every item; hold the declaration where no value can be fixed (no rate of exchange, a value below zero), and
    where the law says that an unmet precondition stops the release."""
    exchange = Exchange(lodged, law)
    made = drafts(lodged, exchange)
    checks = _add_charges(made, lodged, exchange)
    if exchange.missing:
        return tuple(Held(_no_rate(currency)) for currency in exchange.missing)
    if negative := [d for d in made if d.value < 0]:
        return (Held(_below_zero(negative, law)),)
    for draft in made:
        if lodged.is_import:
            draft.checks.extend(judge(draft, lodged, law))
        _round(draft, law)
    items = tuple(
        ItemValue(d.item.sequence, d.method or "1", Money(d.value, law.currency), tuple(d.steps), tuple(d.checks))
        for d in made
    )
    total = Money(sum(d.value for d in made), law.currency)
    valued = Valued(Valuation(items, total, tuple(checks), str(law.rounding)))
    hold = _hold(made, checks, law)
    return (valued, Held(hold)) if hold else (valued,)


def _add_charges(made: Sequence[Draft], lodged: Lodgement, exchange: Exchange) -> list[ValueCheck]:
    """Put every addition and deduction into the drafts; the checks of the whole shipment come back."""
    checks: list[ValueCheck] = []
    law = exchange.law
    terms = Terms.of(lodged, law)
    own = [charges_of.declared(d.item.valuation, d.start, exchange, d.checks) for d in made]
    for draft, its in zip(made, own, strict=True):
        charges_of.apply_own(draft, its, terms, law)
    priced = sum(d.start for d in made if d.base == PRICE)
    common = charges_of.declared(lodged.goods_shipment.valuation, priced, exchange, checks)
    charges_of.apply_shared(made, common, terms, exchange, checks)
    if lodged.is_import:
        checks.extend(charges_of.missing(made, own, common, terms, law))
        if misfit := charges_of.mode_fits(lodged, law, terms):
            checks.append(misfit)
    checks.extend(exchange.checks)
    return checks


def _round(draft: Draft, law: Law) -> None:
    """The value of an item in the units that the law values in, as a step of its own."""
    rule = law.valuation.rounding
    if rule is None:
        return
    exact = Money(draft.value, law.currency)
    rounded = round_to_minor(exact.amount, law.currency, rule)
    draft.add(ValueStep("rounding", str(exact), "1", rounded - exact.minor, law.valuation.source, note=str(rule)))


# --- holds --------------------------------------------------------------------------------------------------------------


def _hold(made: Iterable[Draft], checks: Iterable[ValueCheck], law: Law) -> Hold | None:
    """One hold with every unmet check that the law holds for."""
    stops = law.valuation.holds
    found = [(0, c) for c in checks] + [(d.item.sequence, c) for d in made for c in d.checks]
    reasons = tuple(
        Reason(f"value.{c.id}", f"{c.why}. {c.hint}".removesuffix(". "), item, c.source)
        for item, c in found
        if c.outcome == "unmet" and c.id in stops
    )
    return Hold(HoldKind.VALUE, "", LIFTED_BY, reasons) if reasons else None


def _no_rate(currency: str) -> Hold:
    reason = Reason("NoExchangeRate", f"The law has no rate of exchange for {currency} on the day of acceptance")
    return Hold(HoldKind.LAW, currency, LIFTED_BY, (reason,))


def _below_zero(negative: Iterable[Draft], law: Law) -> Hold:
    reasons = tuple(
        Reason("NegativeValue", f"The deductions make the value {Money(d.value, law.currency)}", d.item.sequence)
        for d in negative
    )
    return Hold(HoldKind.VALUE, "negative", LIFTED_BY, reasons)
