"""A worked case of a shipment: its customs value item by item, what is remarked upon, and what holds it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

import msgspec

from customhouse.clearance.case.judged import Judged, only
from customhouse.law.book import Book
from customhouse.offices.value import value as appraise
from customhouse.record import lodgement as r
from customhouse.record.acts import Held, Valued
from customhouse.record.valuation import Valuation

KNOWN = {"case", "source", "date", "shipment", "items", "value", "remarks", "held", "worked"}
SHIPMENT = {"terms", "mode", "nature", "invoice", "agreed", "charges", "freight"}
ITEM = {"price", "declared", "mass", "method", "indicators", "documents", "statements", "charges"}


class ShipmentCase(msgspec.Struct, frozen=True):
    """`value`: the customs value of each item in national currency, None where none can be fixed; `remarks` and `held`:
    the checks that are not met, without and with a hold."""

    NEEDED: ClassVar[tuple[str, ...]] = ("shipment", "items")

    name: str
    source: str
    day: date
    lodged: r.Lodgement
    value: tuple[Decimal, ...] | None = None
    remarks: tuple[str, ...] = ()
    held: tuple[str, ...] = ()

    @classmethod
    def read(cls, told: dict[str, Any]) -> ShipmentCase:
        """The case as written. Raises ValueError, KeyError or InvalidOperation with what is wrong in it."""
        only(told, KNOWN, "a case")
        only(told["shipment"], SHIPMENT, "shipment")
        for item in told["items"]:
            only(item, ITEM, "items")
        return cls(
            name=told["case"],
            source=told["source"],
            day=date.fromisoformat(told["date"]),
            lodged=_lodged(told["shipment"], told["items"]),
            value=tuple(Decimal(v) for v in told["value"]) if "value" in told else None,
            remarks=tuple(told.get("remarks", ())),
            held=tuple(told.get("held", ())),
        )

    def judge(self, book: Book) -> Judged:
        """Value the shipment under `book` and compare."""
        acts = appraise(self.lodged, book.on(self.day))
        held = [why.rule.removeprefix("value.") for a in acts if isinstance(a, Held) for why in a.hold.reasons]
        valued = next((act.valuation for act in acts if isinstance(act, Valued)), None)
        return Judged(self.name, self.source, tuple(_differences(self, held, valued)))


def _differences(case: ShipmentCase, held: list[str], valued: Valuation | None) -> Iterator[str]:
    if held != list(case.held):
        yield f"held: the case says {list(case.held)}, the house holds for {held}"
    if valued is None or case.value is None:
        if (valued is None) != (case.value is None):
            yield "a value was fixed, the case says that none can be" if valued else "no value could be fixed"
        return
    found = [i.value.amount for i in valued.items]
    if found != list(case.value):
        yield f"value: the case says {', '.join(map(str, case.value))}; the house finds {', '.join(map(str, found))}"
    unmet = sorted(u.id for u in (*valued.unmet, *(u for i in valued.items for u in i.unmet)))
    if unmet != sorted((*case.remarks, *case.held)):
        yield f"remarks: the case says {sorted((*case.remarks, *case.held))}, the house finds {unmet}"


# --- the declaration behind a case ------------------------------------------------------------------------------------


def _lodged(told: dict[str, Any], items: list[dict[str, Any]]) -> r.Lodgement:
    agreed = _amount(told.get("agreed"))
    return r.Lodgement(
        type="IMA",
        invoice=_amount(told.get("invoice")),
        border_means=r.TransportMeans(mode=told.get("mode", "")),
        currency_exchanges=(r.CurrencyExchange(agreed.currency, agreed.value),) if agreed else (),
        goods_shipment=r.GoodsShipment(
            transaction_nature=told.get("nature", ""),
            terms=r.TradeTerms(code=told["terms"]) if "terms" in told else None,
            valuation=r.CustomsValuation("", _amount(told.get("freight")), _charges(told)),
            items=tuple(_goods(n, item) for n, item in enumerate(items, 1)),
        ),
    )


def _goods(number: int, told: dict[str, Any]) -> r.GoodsItem:
    method = told.get("method", "1")
    return r.GoodsItem(
        sequence=number,
        customs_value=_amount(told.get("declared")),
        commodity=r.Commodity(
            price=_amount(told.get("price")),
            gross_mass=r.Measure(Decimal(told["mass"])) if "mass" in told else None,
        ),
        documents=tuple(r.AdditionalDocument(c[:1], c[1:], "1") for c in told.get("documents", ())),
        information=tuple(r.AdditionalInformation(code=s) for s in told.get("statements", ())),
        valuation=r.CustomsValuation("" if method == "none" else method, None, _charges(told)),
        valuation_adjustment=told.get("indicators", ""),
    )


def _charges(told: dict[str, Any]) -> tuple[r.ChargeDeduction, ...]:
    return tuple(r.ChargeDeduction(c[:2], _amount(c[3:])) for c in told.get("charges", ()))


def _amount(text: str | None) -> r.Amount | None:
    """``940.00 USD``; ``5 %`` is a percentage, which has no currency."""
    if text is None:
        return None
    number, currency = text.split()
    return r.Amount(Decimal(number), "" if currency == "%" else currency)
