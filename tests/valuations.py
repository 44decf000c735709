"""Laws and declarations made up for the tests of valuation."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from customhouse.kernel.money import Rounding
from customhouse.kernel.validity import Validity
from customhouse.law.book import Book, Contents, Law
from customhouse.law.terms import Rate
from customhouse.law.valuation import Charge, Incoterm, ValuationLaw
from customhouse.offices.value import value
from customhouse.record import lodgement as r
from customhouse.record.acts import Valued
from customhouse.record.valuation import Valuation

DAY = date(2026, 11, 24)
ALWAYS = Validity(date(2020, 1, 1))
TO_BORDER = ("precarriage", "loading", "carriage", "insurance")


def charge(code: str, effect: Any, covers: tuple[str, ...] = (), **more: Any) -> Charge:
    return Charge(validity=ALWAYS, code=code, text={"en": f"words of {code}"}, effect=effect, covers=covers, **more)


CHARGES = (
    charge("AB", "add"),
    charge("AK", "add", TO_BORDER),
    charge("AS", "add", ("precarriage", "loading")),
    charge("AT", "add", ("carriage", "insurance")),
    charge("AV", "none"),
    charge("BA", "deduct", ("unloading", "onward")),
    charge("BT", "deduct", ("carriage", "insurance")),
    charge("BH", "deduct", percent=True),
)
TERMS = (
    Incoterm(validity=ALWAYS, code="FCA", text={"en": ""}, includes=("precarriage",), may_include=("loading",)),
    Incoterm(validity=ALWAYS, code="FOB", text={"en": ""}, includes=("precarriage", "loading")),
    Incoterm(validity=ALWAYS, code="CIF", text={"en": ""}, includes=TO_BORDER, may_include=("unloading",)),
    Incoterm(validity=ALWAYS, code="DAP", text={"en": ""}, includes=TO_BORDER, may_include=("unloading", "onward")),
)


def law(currency: str = "USD", rates: tuple[Rate, ...] = (), rounding: Rounding | None = None, **written: Any) -> Law:
    """A law with the terms and charges above, and what is `written` about valuation."""
    contents = Contents(
        country="XM",
        title={"en": "law"},
        version="1",
        currency=currency,
        languages=("en",),
        rounding=rounding or Rounding(),
        rates=rates,
        incoterms=TERMS,
        charges=CHARGES,
        valuations=(ValuationLaw(validity=ALWAYS, source="Act 1", **written),),
    )
    return Book.of(contents).on(DAY)


def rate(currency: str, value: str, **more: Any) -> Rate:
    return Rate(validity=ALWAYS, source="Bank", currency=currency, value=Decimal(value), **more)


def money(text: str) -> r.Amount:
    number, _, currency = text.partition(" ")
    return r.Amount(Decimal(number), currency)


def costs(*declared: str, freight: str = "") -> r.CustomsValuation:
    made = tuple(r.ChargeDeduction(d[:2], money(d[3:])) for d in declared)
    return r.CustomsValuation("", money(freight) if freight else None, made)


def item(price: str | None = "1000.00 USD", *charges: str, method: str = "1", **more: Any) -> r.GoodsItem:
    mass, net = more.pop("mass", None), more.pop("net", None)
    goods = r.Commodity(
        price=money(price) if price else None,
        gross_mass=r.Measure(Decimal(mass)) if mass is not None else None,
        net_mass=r.Measure(Decimal(net)) if net is not None else None,
    )
    valuation = r.CustomsValuation(method, None, costs(*charges).charges)
    return r.GoodsItem(sequence=1, commodity=goods, valuation=valuation, **more)


def lodged(
    *items: r.GoodsItem, terms: str = "CIF", charges: r.CustomsValuation | None = None, **more: Any
) -> r.Lodgement:
    numbered = tuple(replace(i, sequence=n) for n, i in enumerate(items, 1))
    shipment = r.GoodsShipment(
        items=numbered,
        terms=r.TradeTerms(code=terms) if terms else None,
        valuation=charges,
        transaction_nature=more.pop("nature", ""),
        buyer=more.pop("buyer", None),
        seller=more.pop("seller", None),
    )
    return r.Lodgement(type=more.pop("type", "IMA"), goods_shipment=shipment, **more)


def valued(declared: r.Lodgement, under: Law) -> Valuation:
    act = value(declared, under)[0]
    assert isinstance(act, Valued), act
    return act.valuation


def worth(declared: r.Lodgement, under: Law) -> list[int]:
    return [i.value.minor for i in valued(declared, under).items]


def doubts(found: Valuation) -> list[str]:
    return [u.id for u in (*found.unmet, *(u for i in found.items for u in i.unmet))]
