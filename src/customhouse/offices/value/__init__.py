"""The valuation office: the customs value of each item in national currency, with every step of the way.

Source: WTO Agreement on Customs Valuation (article VII GATT 1994), articles 1 and 8: price paid or payable, plus the
additions and less the deductions declared, at the rate of exchange the law gives for the day.
"""

from __future__ import annotations

from decimal import Decimal

from customhouse.kernel.money import Money, round_to_minor
from customhouse.law.book import Law
from customhouse.record.acts import Act, Held, Valued
from customhouse.record.declaration import Hold, HoldKind, ItemValue, Reason, Role, Valuation, ValueStep
from customhouse.record.lodgement import Amount, ChargeDeduction, CustomsValuation, GoodsItem, Lodgement

# Data element 4/9: codes beginning with A are added to the price, those with B are taken off.
SIGN = {"A": 1, "B": -1}


class NoRate(Exception):
    """The Book has no rate of exchange for this currency on this day."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        super().__init__(currency)


def value(lodged: Lodgement, law: Law) -> tuple[Act, ...]:
    """Value every item, or hold the declaration when the law has no rate for a currency used."""
    try:
        drafts = [_own_steps(item, law) for item in lodged.items]
        for step, shares in _shared_steps(lodged, drafts, law):
            for steps, share in zip(drafts, shares, strict=True):
                if share.minor:
                    steps.append(ValueStep(step.what, step.declared, step.rate, share.minor, step.source))
    except NoRate as missing:
        return (Held(_no_rate_hold(missing.currency)),)
    items = tuple(
        ItemValue(item.sequence, _method(item), Money(sum([s.amount for s in steps]), law.currency), tuple(steps))
        for item, steps in zip(lodged.items, drafts, strict=True)
    )
    return (Valued(Valuation(items, Money(sum([i.value.minor for i in items]), law.currency))),)


def _method(item: GoodsItem) -> str:
    return item.valuation.method if item.valuation and item.valuation.method else "1"


def _own_steps(item: GoodsItem, law: Law) -> list[ValueStep]:
    """The price of the item (or the value declared where there is no price) and the item's own charges."""
    price = item.commodity.price
    if price is not None:
        steps = [_step("price", price, law)]
    elif item.customs_value is not None:
        steps = [_step("declared customs value", item.customs_value, law)]
    elif item.statistical_value is not None:
        steps = [_step("declared statistical value", item.statistical_value, law)]
    else:
        steps = []
    if charges := _charges(item.valuation, law):
        steps.extend([step for step in charges if step.amount])
    return steps


def _shared_steps(lodged: Lodgement, drafts: list[list[ValueStep]], law: Law) -> list[tuple[ValueStep, list[Money]]]:
    """Charges declared for the whole shipment, each apportioned over the items by value, to the last minor unit."""
    charges = _charges(lodged.goods_shipment.valuation, law)
    if not charges or not drafts:
        return []
    weights = [max(0, sum(s.amount for s in steps)) for steps in drafts]
    if not any(weights):
        weights = [1] * len(drafts)
    return [(step, Money(step.amount, law.currency).apportion(weights)) for step in charges]


def _charges(valuation: CustomsValuation | None, law: Law) -> list[ValueStep]:
    if valuation is None or (valuation.freight is None and not valuation.charges):
        return []
    charges = list(valuation.charges)
    if valuation.freight is not None:
        charges.insert(0, ChargeDeduction("AK", valuation.freight))
    return [
        _step(f"charge {c.type}", c.amount, law, SIGN[c.type[:1]])
        for c in charges
        if c.amount is not None and c.type[:1] in SIGN
    ]


def _step(what: str, amount: Amount, law: Law, sign: int = 1) -> ValueStep:
    currency = amount.currency or law.currency
    declared = f"{amount.value!s} {currency}"
    if currency == law.currency:
        factor, text, source = Decimal(1), "1", ""
    else:
        rate = law.rate(currency)
        if rate is None:
            raise NoRate(currency)
        factor, text, source = rate.value, law.remembered(_rate_text, currency), rate.source
    minor = round_to_minor(amount.value * factor, law.currency, law.rounding)
    return ValueStep(what, declared, text, sign * minor, source)


def _rate_text(law: Law, currency: str) -> str:
    rate = law.rate(currency)
    return f"{rate.value} {law.currency}" if rate else ""


def _no_rate_hold(currency: str) -> Hold:
    reason = Reason("NoExchangeRate", f"The law has no rate of exchange for {currency} on the day of acceptance")
    return Hold(HoldKind.LAW, currency, (Role.OFFICER, Role.SUPERVISOR), (reason,))
