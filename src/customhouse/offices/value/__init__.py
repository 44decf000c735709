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
from customhouse.offices.value import delivery, methods
from customhouse.offices.value.checks import Checks
from customhouse.offices.value.draft import PRICE, Draft, drafts
from customhouse.offices.value.exchange import Exchange
from customhouse.record.acts import Act, Held, Valued
from customhouse.record.declaration import Hold, HoldKind, Reason, Role
from customhouse.record.lodgement import Lodgement
from customhouse.record.valuation import ItemValue, Valuation, ValueStep

LIFTED_BY = (Role.OFFICER, Role.SUPERVISOR)


def value(lodged: Lodgement, law: Law) -> tuple[Act, ...]:
    """Value every item; hold the declaration where no value can be fixed (no rate of exchange, a value below zero), and
    where the law says that an unmet precondition stops the release."""
    checks = Checks()
    exchange = Exchange(lodged, law, checks)
    made = drafts(lodged, exchange)
    _add_charges(made, lodged, exchange, checks)
    if exchange.missing:
        return tuple(Held(_no_rate(currency)) for currency in exchange.missing)
    if negative := [d for d in made if d.value < 0]:
        return (Held(_below_zero(negative, law)),)
    for draft in made:
        if lodged.is_import:
            methods.judge(draft, lodged, law)
        if law.valuation.rounding is not None:
            _round(draft, law)
    valued = Valued(_valuation(made, checks, law))
    hold = _hold(made, checks, law)
    return (valued, Held(hold)) if hold else (valued,)


def _valuation(made: Sequence[Draft], checks: Checks, law: Law) -> Valuation:
    items = tuple(
        ItemValue(
            item=d.item.sequence,
            method=d.method or "1",
            value=Money(d.value, law.currency),
            steps=tuple(d.steps),
            met=tuple(d.met),
            unmet=tuple(d.unmet),
        )
        for d in made
    )
    total = Money(sum(d.value for d in made), law.currency)
    return Valuation(items, total, tuple(checks.met), tuple(checks.unmet), str(law.rounding))


def _add_charges(made: Sequence[Draft], lodged: Lodgement, exchange: Exchange, checks: Checks) -> None:
    """Put every addition and deduction into the drafts; what concerns the whole shipment goes to `checks`."""
    law = exchange.law
    terms = delivery.Terms.of(lodged, law)
    own = [charges_of.declared(d.item.valuation, d.start, exchange, d) for d in made]
    for draft, its in zip(made, own, strict=True):
        charges_of.apply_own(draft, its, terms, law)
    priced = sum(d.start for d in made if d.base == PRICE)
    common = charges_of.declared(lodged.goods_shipment.valuation, priced, exchange, checks)
    charges_of.apply_shared(made, common, terms, law, checks)
    if lodged.is_import:
        for_all = charges_of.covered(common)
        covered = [for_all | charges_of.covered(its) if its else for_all for its in own]
        delivery.judge(made, covered, terms, law, checks)
        delivery.judge_mode(lodged, terms, checks)


def _round(draft: Draft, law: Law) -> None:
    """The value of an item in the units that the law values in, as a step of its own."""
    rule = law.valuation.rounding
    assert rule is not None
    exact = Money(draft.value, law.currency)
    rounded = round_to_minor(exact.amount, law.currency, rule)
    draft.add(ValueStep("rounding", str(exact), "1", rounded - exact.minor, law.valuation.source, note=str(rule)))


# --- holds --------------------------------------------------------------------------------------------------------------


def _hold(made: Iterable[Draft], checks: Checks, law: Law) -> Hold | None:
    """One hold with every unmet check that the law holds for."""
    stops = law.valuation.holds
    if not stops:
        return None
    found = [(0, u) for u in checks.unmet] + [(d.item.sequence, u) for d in made for u in d.unmet]
    reasons = tuple(Reason(f"value.{u.id}", f"{u.why}. {u.hint}", n, u.source) for n, u in found if u.id in stops)
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
