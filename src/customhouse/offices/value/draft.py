"""The valuation of one item while it is being made: where its value begins, its steps and its checks.

Source: WTO Agreement on Customs Valuation, article 1 and the note to it (price actually paid or payable).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from customhouse.kernel.currency import minor_digits
from customhouse.kernel.money import Money, Rounding
from customhouse.offices.value.checks import Checks
from customhouse.offices.value.exchange import Exchange
from customhouse.record.facts import grams
from customhouse.record.lodgement import Amount, GoodsItem, Lodgement
from customhouse.record.valuation import ValueStep

PRICE, INVOICE = "price", "invoice"
PRICES = (PRICE, INVOICE)
CUSTOMS_VALUE, STATISTICAL_VALUE = "declared customs value", "declared statistical value"
# A statistical value has in it the delivery costs that count. A declared customs value has not: it is the value of a
# parcel as posted (DE 4/18), beside which the carriage is declared on its own (DE 4/19).
COMPLETE = (STATISTICAL_VALUE,)


class Draft(Checks):
    """One item: `base` says what the value starts from, "" where nothing is declared; `start` is its first amount."""

    __slots__ = ("base", "item", "method", "start", "steps", "value")

    def __init__(self, item: GoodsItem) -> None:
        super().__init__()
        self.item = item
        self.method = item.valuation.method if item.valuation and item.valuation.method else ""
        self.base, self.start, self.value = "", 0, 0
        self.steps: list[ValueStep] = []

    def begin(self, base: str, step: ValueStep) -> None:
        self.base, self.start, self.value = base, step.amount, step.amount
        self.steps.append(step)

    def add(self, step: ValueStep) -> None:
        """A step that counts, or one that says why it does not."""
        if step.amount or step.note:
            self.steps.append(step)
            self.value += step.amount


def drafts(lodged: Lodgement, exchange: Exchange) -> list[Draft]:
    """Every item with the amount its value starts from: its price, else the value declared, else its share of the invoice."""
    made = [Draft(item) for item in lodged.items]
    bare: list[Draft] = []
    for draft in made:
        item = draft.item
        for base, amount in (
            (PRICE, item.commodity.price),
            (CUSTOMS_VALUE, item.customs_value),
            (STATISTICAL_VALUE, item.statistical_value),
        ):
            if amount is not None:
                found = exchange.convert(amount)
                draft.begin(base, ValueStep(base, found.declared, found.rate, found.minor, found.source))
                break
        else:
            bare.append(draft)
    if bare and lodged.invoice is not None:
        _spread_invoice(lodged.invoice, made, bare, exchange)
    return made


def _spread_invoice(invoice: Amount, made: Sequence[Draft], bare: Sequence[Draft], exchange: Exchange) -> None:
    """What the item prices leave of the invoice total, shared by mass over the items that have no price.

    Shared in the currency of the invoice, so that the shares add up to it; each is then converted.
    """
    currency = invoice.currency or exchange.law.currency
    prices = [d.item.commodity.price for d in made if d.item.commodity.price is not None]
    rest = invoice.value - sum((p.value for p in prices), Decimal(0))
    if any(d.base in (CUSTOMS_VALUE, STATISTICAL_VALUE) for d in made):
        return _no_share(bare, "Items have no price, and others declare a value instead of one")
    if any((p.currency or exchange.law.currency) != currency for p in prices):
        why = f"Items have no price, and the others are not priced in {currency}, the currency of the invoice"
        return _no_share(bare, why)
    if rest <= 0:
        return _no_share(bare, f"Items have no price, and the others make up the invoice of {invoice.value} {currency}")
    weights, measure = masses(bare)
    whole = Money.of(rest, currency, Rounding(exchange.law.rounding.mode))
    total = f"{whole.amount} {currency}"
    for draft, share, weight in zip(bare, whole.apportion(weights), weights, strict=True):
        found = exchange.convert(Amount(share.amount, currency))
        told = shared(weight, sum(weights), measure, exchange.law.currency) if len(bare) > 1 else ""
        draft.begin(INVOICE, ValueStep(INVOICE, total, found.rate, found.minor, found.source, told))


def _no_share(bare: Iterable[Draft], why: str) -> None:
    for draft in bare:
        draft.doubt("invoice", why, "Give a price for every item, in one currency")


def masses(drafts: Sequence[Draft]) -> tuple[list[int], str]:
    """(gross mass of each item in grams, "mass"), net mass where no gross mass is given; (1 each, "number of items") when
    an item has neither or nothing weighs anything."""
    found = [d.item.commodity.gross_mass or d.item.commodity.net_mass for d in drafts]
    weights = [grams(m) for m in found]
    if None in found or min(weights, default=0) < 0 or not any(weights):
        return [1] * len(drafts), "number of items"
    return weights, "mass"


def shared(weight: int, total: int, measure: str, currency: str) -> str:
    """How a share was found, in words."""
    if measure == "mass":
        return f"{_major(weight, 3)} of {_major(total, 3)} kg"
    if measure == "value":
        digits = minor_digits(currency)
        return f"{_major(weight, digits)} of {_major(total, digits)} {currency}"
    return f"{weight} of {total} items"


def _major(minor: int, digits: int) -> str:
    whole, part = divmod(minor, 10**digits)
    return f"{whole}.{part:0{digits}d}" if digits else str(whole)
