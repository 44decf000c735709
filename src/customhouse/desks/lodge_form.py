"""The lodging form: what a person types becomes a Lodgement, and a Lodgement can be put back into the form to amend it.

What the form has no field for (a party's address, a seal, a charge of one item) is kept from the declaration amended.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from msgspec.structs import replace

from customhouse.desks import lodge_record as record
from customhouse.desks.lodge_fields import CHARGE, DEFAULTS, HEADER, ITEM, ITEM_DEFAULTS, KEPT
from customhouse.kernel.problem import Problem
from customhouse.record.lodgement import (
    Address,
    Amount,
    CustomsValuation,
    GoodsItem,
    Lodgement,
    Packaging,
    Party,
    TradeTerms,
    TransportConsignment,
    TransportMeans,
)

MOST_ITEMS, MOST_DOCUMENTS, MOST_CHARGES = 999, 40, 20
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


class ChargeDraft(NamedTuple):
    """An addition to or deduction from the price of the whole shipment, as typed."""

    code: str = ""
    amount: str = ""
    currency: str = ""


class Draft:
    """The whole form as typed, and the faults found when it was read.

    `charges` is None where the form was sent without any row for them; those of the declaration amended are then kept.
    """

    def __init__(
        self, header: dict[str, str], items: list[ItemDraft], charges: list[ChargeDraft] | None = None
    ) -> None:
        self.header, self.items, self.charges = header, items, charges
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
        charges: list[ChargeDraft] = []
        while len(charges) < MOST_CHARGES and f"charge-{len(charges) + 1}-code" in posted:
            at = f"charge-{len(charges) + 1}-"
            charges.append(ChargeDraft(read(f"{at}code"), read(f"{at}amount"), read(f"{at}currency").upper()))
        return cls(header, items or [ItemDraft.fresh()], charges or None)

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
            invoice=record.invoice(items),
            gross_mass=record.gross(items),
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
                consignment=record.transport(h, shipment.consignment or TransportConsignment()),
                destination=h["destination"].upper(),
                export_country=h["dispatch"].upper(),
                items=items,
                importer=replace(shipment.importer or Party(), id=h["importer_id"], name=h["importer_name"]),
                terms=replace(shipment.terms or TradeTerms(), code=h["incoterm"], location=h["place"]),
                ucr=record.ucr(h["ucr"], shipment.ucr),
                previous_documents=record.previous(h["previous"], shipment.previous_documents),
                valuation=self._valuation(shipment.valuation),
            ),
        )

    def _valuation(self, base: CustomsValuation | None) -> CustomsValuation | None:
        if self.charges is None:
            return base
        typed = []
        for n, row in enumerate(self.charges, 1):
            where = f"{CHARGE}[{n}]"
            amount = self.number(row.amount, where)
            if amount is not None and not row.code:
                hint = _("Choose the addition or deduction that the amount is for")
                self.faults.append(Problem("MissingCharge", _("An amount without its kind"), where, hint, row.amount))
            typed.append((row.code, amount, row.currency))
        return record.valuation(typed, base)

    def _item(self, n: int, draft: ItemDraft, was: GoodsItem | None) -> GoodsItem:
        at, typed = f"GoodsShipment/GovernmentAgencyGoodsItem[{n}]/", draft.values
        numbers = {f.name: self.number(typed[f.name], at + f.path) for f in ITEM if f.kind == "number"}
        base = was or GoodsItem(n, valuation=CustomsValuation(method="1"))
        price = numbers["price"]
        goods = base.commodity
        return replace(
            base,
            sequence=n,
            documents=tuple(record.document(code, number, base) for code, number in draft.documents if code or number),
            commodity=replace(
                goods,
                description=typed["description"],
                classifications=record.classes(typed["code"], typed["additional_codes"], goods),
                duties=record.duties(typed["preference"], typed["order"], self.header["payment"], goods),
                gross_mass=record.measure(numbers["gross"], goods.gross_mass),
                net_mass=record.measure(numbers["net"], goods.net_mass),
                tariff_quantity=record.measure(numbers["quantity"], goods.tariff_quantity),
                price=Amount(price, typed["currency"].upper()) if price is not None else None,
            ),
            procedures=record.procedures(typed["procedure"], typed["additional"]),
            origins=record.origins(typed["origin"].upper(), typed["preference"], base),
            packages=record.packages(numbers["packages"], typed["package_type"], base),
        )


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
        "previous": ", ".join(p.id for p in shipment.previous_documents if p.code == record.SIMPLIFIED),
    }
    return Draft(header, [_item_draft(item) for item in lodged.items], _charges(shipment.valuation))


def _charges(valuation: CustomsValuation | None) -> list[ChargeDraft] | None:
    found = [(c.type, c.amount) for c in valuation.charges if c.amount] if valuation else []
    return [ChargeDraft(code, str(amount.value), amount.currency) for code, amount in found if amount] or None


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
        "additional": ", ".join(code for code in item.additional_procedures if code != "000"),
        "preference": item.preference,
        "additional_codes": ", ".join(goods.additional_codes),
        "order": next((d.quota for d in goods.duties if d.quota), ""),
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
