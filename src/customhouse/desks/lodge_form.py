"""The lodging form: what a person types becomes a Lodgement, and a Lodgement can be put back into the form to amend it.

What the form has no field for (a party's address, a seal, a second procedure) is kept from the declaration amended.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from msgspec.structs import replace

from customhouse.desks.lodge_fields import DEFAULTS, HEADER, ITEM, ITEM_DEFAULTS, KEPT
from customhouse.kernel.problem import Problem
from customhouse.record.lodgement import (
    AdditionalDocument,
    Address,
    Amount,
    Classification,
    Commodity,
    CustomsValuation,
    DeclaredDuty,
    DeclaredPayment,
    GoodsItem,
    GoodsLocation,
    Lodgement,
    Measure,
    Origin,
    Packaging,
    Party,
    Procedure,
    TradeTerms,
    TransportConsignment,
    TransportEquipment,
    TransportMeans,
    Ucr,
)

MOST_ITEMS, MOST_DOCUMENTS = 999, 40
LARGEST = Decimal("1e15")


class ItemDraft:
    """One item as typed: its fields, its documents as (code, number), and the item of the amended declaration it was."""

    def __init__(self, values: dict[str, str], documents: list[tuple[str, str]], was: str = "") -> None:
        self.values, self.documents, self.was = values, documents, was

    @classmethod
    def fresh(cls, currency: str = "", before: ItemDraft | None = None) -> ItemDraft:
        """An empty item that goes on as the one before it began."""
        kept = {name: before.values.get(name, "") for name in KEPT} if before else {"currency": currency}
        return cls({**ITEM_DEFAULTS, **kept}, [("N935", "")])


class Draft:
    """The whole form as typed, and the faults found when it was read."""

    def __init__(self, header: dict[str, str], items: list[ItemDraft]) -> None:
        self.header, self.items = header, items
        self.faults: list[Problem] = []

    @classmethod
    def fresh(cls, lrn: str, country: str, currency: str, office: str) -> Draft:
        header = {**DEFAULTS, "lrn": lrn, "destination": country, "office": office}
        return cls(header, [ItemDraft.fresh(currency)])

    @classmethod
    def of(cls, posted: Mapping[str, str]) -> Draft:
        """The draft in a posted form; items are numbered from 1 without gaps."""

        def read(name: str) -> str:
            return posted.get(name, "").strip().replace("\x00", "")

        header = {field.name: read(field.name) for field in HEADER}
        items: list[ItemDraft] = []
        while len(items) < MOST_ITEMS and f"item-{len(items) + 1}-code" in posted:
            at = f"item-{len(items) + 1}-"
            documents = []
            for n in range(1, MOST_DOCUMENTS + 1):
                if f"{at}doc-{n}-code" not in posted:
                    break
                documents.append((read(f"{at}doc-{n}-code"), read(f"{at}doc-{n}-id")))
            items.append(ItemDraft({f.name: read(at + f.name) for f in ITEM}, documents, read(f"{at}was")))
        return cls(header, items or [ItemDraft.fresh()])

    # --- reading -----------------------------------------------------------------------------------------------------

    def number(self, value: str, where: str) -> Decimal | None:
        """A number as typed (a comma counts as the decimal point), or None with the fault noted."""
        if not value:
            return None
        try:
            found = Decimal(re.sub(r"[\s\u202f']", "", value).replace(",", "."))
        except InvalidOperation:
            found = Decimal("NaN")
        if not found.is_finite() or abs(found) > LARGEST:
            hint = _("Write digits, with a point for decimals")
            self.faults.append(Problem("InvalidDecimal", _("This is not a number"), where, hint, value[:40]))
            return None
        return found

    def lodgement(self, declarant: str, declarant_name: str, base: Lodgement | None = None) -> Lodgement:
        """The declaration that was typed, over `base` when one is amended; `faults` then holds what cannot be read."""
        h, base = self.header, base or Lodgement()
        was = {str(i.sequence): i for i in base.items}
        items = tuple(self._item(n, draft, was.get(draft.was)) for n, draft in enumerate(self.items, 1))
        shipment = base.goods_shipment
        address = (base.exporter.address if base.exporter else None) or Address()
        return replace(
            base,
            lrn=h["lrn"],
            type=h["type"],
            office=h["office"],
            invoice=_invoice(items),
            gross_mass=_gross(items),
            item_count=len(items),
            package_count=sum((p.quantity or Decimal(0) for i in items for p in i.packages), Decimal(0)) or None,
            border_means=replace(base.border_means or TransportMeans(), mode=h["mode"], id=h["means"]),
            declarant=base.declarant or Party(id=declarant, name=declarant_name),
            exporter=replace(
                base.exporter or Party(),
                name=h["exporter_name"],
                address=replace(address, country=h["exporter_country"].upper()),
            ),
            goods_shipment=replace(
                shipment,
                consignment=_transport(h, shipment.consignment or TransportConsignment()),
                destination=h["destination"].upper(),
                export_country=h["dispatch"].upper(),
                items=items,
                importer=replace(shipment.importer or Party(), id=h["importer_id"], name=h["importer_name"]),
                terms=replace(shipment.terms or TradeTerms(), code=h["incoterm"], location=h["place"]),
                ucr=_ucr(h["ucr"], shipment.ucr),
            ),
        )

    def _item(self, n: int, draft: ItemDraft, was: GoodsItem | None) -> GoodsItem:
        at, typed = f"GoodsShipment/GovernmentAgencyGoodsItem[{n}]/", draft.values
        numbers = {f.name: self.number(typed[f.name], at + f.path) for f in ITEM if f.kind == "number"}
        base = was or GoodsItem(n, valuation=CustomsValuation(method="1"))
        price = numbers["price"]
        goods = base.commodity
        return replace(
            base,
            sequence=n,
            documents=tuple(_document(code, number, base) for code, number in draft.documents if code or number),
            commodity=replace(
                goods,
                description=typed["description"],
                classifications=_classes(typed["code"], goods),
                duties=_duties(typed["preference"], self.header["payment"], goods),
                gross_mass=_measure(numbers["gross"], goods.gross_mass),
                net_mass=_measure(numbers["net"], goods.net_mass),
                tariff_quantity=_measure(numbers["quantity"], goods.tariff_quantity),
                price=Amount(price, typed["currency"].upper()) if price is not None else None,
            ),
            procedures=_procedures(typed["procedure"], base),
            origins=_origins(typed["origin"].upper(), typed["preference"], base),
            packages=_packages(numbers["packages"], typed["package_type"], base),
        )


def _invoice(items: tuple[GoodsItem, ...]) -> Amount | None:
    """The total of the prices, where every item has one and all are in one currency."""
    prices = [i.commodity.price for i in items]
    currencies = {p.currency if p else "" for p in prices}
    if len(currencies) != 1 or "" in currencies:
        return None
    return Amount(sum((p.value for p in prices if p), Decimal(0)), currencies.pop())


def _gross(items: tuple[GoodsItem, ...]) -> Measure | None:
    masses = [i.commodity.gross_mass for i in items]
    if not masses or not all(m is not None and m.unit in ("", "KGM") for m in masses):
        return None
    return Measure(sum((m.value for m in masses if m), Decimal(0)), "KGM")


def _transport(h: dict[str, str], base: TransportConsignment) -> TransportConsignment:
    numbers = [c.strip().upper() for c in h["containers"].split(",") if c.strip()]
    known = {e.id: e for e in base.equipment}
    location = base.goods_location or GoodsLocation(
        type="A", address=Address(country=h["destination"].upper(), type="U")
    )
    return replace(
        base,
        container_code="1" if numbers else "0",
        goods_location=replace(location, name=h["location"]) if h["location"] else None,
        equipment=tuple(
            replace(known.get(number, TransportEquipment()), sequence=n, id=number)
            for n, number in enumerate(numbers, 1)
        ),
    )


def _ucr(typed: str, base: Ucr | None) -> Ucr | None:
    if not typed:
        return None
    if base and typed in (base.id, base.trader_reference):
        return base
    return Ucr(trader_reference=typed)


def _document(code: str, number: str, base: GoodsItem) -> AdditionalDocument:
    """A document as typed; the one of the amended declaration where it is the same."""
    same = next((d for d in base.documents if (d.code, d.id) == (code.upper(), number)), None)
    return same or AdditionalDocument(category=code[:1].upper(), type=code[1:].upper(), id=number)


def _classes(code: str, base: Commodity) -> tuple[Classification, ...]:
    digits = re.sub(r"[\s.]", "", code)
    others = tuple(c for c in base.classifications if c.type not in ("TSP", "TRC"))
    if not digits:
        return others
    national = (Classification(digits[8:], "TRC"),) if len(digits) > 8 else ()
    return (Classification(digits[:8], "TSP"), *national, *others)


def _duties(preference: str, method: str, base: Commodity) -> tuple[DeclaredDuty, ...]:
    first, *others = base.duties or (DeclaredDuty(type="A00"),)
    paid = replace(first.payment or DeclaredPayment(), method=method)
    return (
        replace(first, regime=preference, payment=paid),
        *(replace(o, payment=replace(o.payment, method=method)) if o.payment else o for o in others),
    )


def _measure(value: Decimal | None, base: Measure | None) -> Measure | None:
    return None if value is None else Measure(value, base.unit if base else "")


def _procedures(code: str, base: GoodsItem) -> tuple[Procedure, ...]:
    others = tuple(p for p in base.procedures if p.previous is None)
    return (Procedure(code[:2], code[2:4]), *(others or (Procedure("000"),))) if code else others


def _origins(country: str, preference: str, base: GoodsItem) -> tuple[Origin, ...]:
    if country == base.origin and base.origins:
        return base.origins
    return (Origin(country, "2" if preference[:1] in ("2", "3") else "1"),) if country else ()


def _packages(quantity: Decimal | None, kind: str, base: GoodsItem) -> tuple[Packaging, ...]:
    first, *others = base.packages or (Packaging(sequence=1),)
    if quantity is None:
        return tuple(others)
    return (replace(first, quantity=quantity, type=kind), *others)


# --- the way back, for amendments ------------------------------------------------------------------------------------


def draft_of(lodged: Lodgement) -> Draft:
    """A declaration put back into the form."""
    shipment = lodged.goods_shipment
    transport = shipment.consignment or TransportConsignment()
    exporter = lodged.exporter or Party()
    means = lodged.border_means or TransportMeans()
    terms = shipment.terms or TradeTerms()
    importer = shipment.importer or Party()
    header = {
        "lrn": lodged.lrn,
        "type": lodged.type,
        "office": lodged.office,
        "payment": _method_of(lodged),
        "importer_id": importer.id,
        "importer_name": importer.name,
        "exporter_name": exporter.name,
        "exporter_country": exporter.address.country if exporter.address else "",
        "dispatch": shipment.export_country,
        "destination": shipment.destination,
        "incoterm": terms.code,
        "place": terms.location,
        "mode": means.mode,
        "means": means.id,
        "containers": ", ".join(e.id for e in transport.equipment),
        "location": transport.goods_location.name if transport.goods_location else "",
        "ucr": lodged.ucr,
    }
    return Draft(header, [_item_draft(item) for item in lodged.items])


def _method_of(lodged: Lodgement) -> str:
    methods = (d.payment.method for i in lodged.items for d in i.commodity.duties if d.payment)
    return next(methods, "A")


def _item_draft(item: GoodsItem) -> ItemDraft:
    goods, package = item.commodity, next(iter(item.packages), Packaging())
    values: dict[str, Any] = {
        "code": goods.code,
        "description": goods.description,
        "origin": item.origin,
        "procedure": item.procedure,
        "preference": item.preference,
        "quantity": goods.tariff_quantity.value if goods.tariff_quantity else "",
        "price": goods.price.value if goods.price else "",
        "currency": goods.price.currency if goods.price else "",
        "gross": goods.gross_mass.value if goods.gross_mass else "",
        "net": goods.net_mass.value if goods.net_mass else "",
        "packages": "" if package.quantity is None else package.quantity,
        "package_type": package.type,
    }
    typed = {name: str(value) for name, value in values.items()}
    return ItemDraft(typed, [(d.code, d.id) for d in item.documents], str(item.sequence))
