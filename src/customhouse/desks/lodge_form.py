"""The lodging form: what a person types becomes a Lodgement, and problems find their way back to the field they are about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy as _

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
    GoodsShipment,
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

# name, label, kind (text, number, choice name), the WCO path it fills
HEADER: tuple[tuple[str, Any, str, str], ...] = (
    ("lrn", _("Your reference (LRN)"), "text", "FunctionalReferenceID"),
    ("type", _("Type"), "type", "TypeCode"),
    ("importer_id", _("Importer number"), "text", "GoodsShipment/Importer"),
    ("importer_name", _("Importer name"), "text", "GoodsShipment/Importer/Name"),
    ("exporter_name", _("Exporter name"), "text", "Exporter/Name"),
    ("exporter_country", _("Exporter country"), "country", "Exporter/Address/CountryCode"),
    ("dispatch", _("Country of dispatch"), "country", "GoodsShipment/ExportCountry/ID"),
    ("destination", _("Country of destination"), "country", "GoodsShipment/Destination/CountryCode"),
    ("incoterm", _("Delivery term"), "text", "GoodsShipment/TradeTerms/ConditionCode"),
    ("mode", _("Transport at the border"), "mode", "BorderTransportMeans/ModeCode"),
    ("location", _("Place of the goods"), "text", "GoodsShipment/Consignment/GoodsLocation/Name"),
    ("container", _("Container"), "text", "GoodsShipment/Consignment/TransportEquipment"),
    ("ucr", _("UCR"), "text", "GoodsShipment/UCR/TraderAssignedReferenceID"),
    ("payment", _("Payment"), "payment", ""),
)
ITEM: tuple[tuple[str, Any, str, str], ...] = (
    ("code", _("Tariff code"), "text", "Commodity/Classification"),
    ("description", _("Description"), "text", "Commodity/Description"),
    ("origin", _("Origin"), "country", "Origin"),
    ("procedure", _("Procedure"), "text", "GovernmentProcedure"),
    ("preference", _("Preference"), "text", "Commodity/DutyTaxFee/DutyRegimeCode"),
    ("price", _("Price"), "number", "Commodity/InvoiceLine/ItemChargeAmount"),
    ("currency", _("Currency"), "text", "Commodity/InvoiceLine/ItemChargeAmount/@currencyID"),
    ("gross", _("Gross mass, kg"), "number", "Commodity/GoodsMeasure/GrossMassMeasure"),
    ("net", _("Net mass, kg"), "number", "Commodity/GoodsMeasure/NetNetWeightMeasure"),
    ("quantity", _("Supplementary quantity"), "number", "Commodity/GoodsMeasure/TariffQuantity"),
    ("packages", _("Packages"), "number", "Packaging/QuantityQuantity"),
    ("package_type", _("Kind of packages"), "text", "Packaging/TypeCode"),
    ("documents", _("Documents (code:number, ...)"), "text", "AdditionalDocument"),
)
CHOICES: dict[str, tuple[tuple[str, Any], ...]] = {
    "type": (("IMA", _("IMA import")), ("IMD", _("IMD import before arrival")), ("EXA", _("EXA export"))),
    "mode": (("1", _("Sea")), ("4", _("Air")), ("3", _("Road")), ("5", _("Post"))),
    "payment": (("A", _("Now")), ("E", _("Deferred"))),
}
DEFAULTS = {"type": "IMA", "destination": "XM", "incoterm": "CIF", "mode": "1", "location": "XMPRT1", "payment": "A"}
ITEM_DEFAULTS = {"procedure": "4000", "preference": "100", "currency": "USD", "package_type": "CT"}
ITEM_PATH = re.compile(r"GoodsShipment/GovernmentAgencyGoodsItem\[(\d+)\]/?(.*)")


class Draft:
    """What was typed: header and item fields as text, and the faults found when it was read."""

    def __init__(self, header: dict[str, str], items: list[dict[str, str]]) -> None:
        self.header, self.items = header, items
        self.faults: list[Problem] = []

    @classmethod
    def fresh(cls, lrn: str) -> Draft:
        return cls({**DEFAULTS, "lrn": lrn}, [dict(ITEM_DEFAULTS)])

    @classmethod
    def of(cls, posted: Mapping[str, str]) -> Draft:
        """The draft in a posted form; items are numbered from 1 without gaps."""
        header = {name: posted.get(name, "").strip().replace("\x00", "") for name, *_ in HEADER}
        items: list[dict[str, str]] = []
        while len(items) < 999 and f"item-{len(items) + 1}-code" in posted:
            n = len(items) + 1
            items.append({name: posted.get(f"item-{n}-{name}", "").strip().replace("\x00", "") for name, *_ in ITEM})
        return cls(header, items or [dict(ITEM_DEFAULTS)])

    def number(self, value: str, where: str) -> Decimal | None:
        """A number as typed (a comma counts as the decimal point), or None with the fault noted."""
        if not value:
            return None
        try:
            found = Decimal(value.replace(" ", "").replace(",", "."))
        except InvalidOperation:
            found = Decimal("NaN")
        if not found.is_finite() or abs(found) > Decimal("1e15"):
            self.faults.append(
                Problem(
                    "InvalidDecimal",
                    "This is not a number",
                    where,
                    "Write digits, with a point for decimals",
                    value[:40],
                )
            )
            return None
        return found

    def lodgement(self, declarant: str, declarant_name: str) -> Lodgement:
        """The declaration that was typed; `faults` then holds what could not be read."""
        h = self.header
        items = tuple(self._item(n, item) for n, item in enumerate(self.items, 1))
        packages = sum((i.packages[0].quantity or Decimal(0) for i in items if i.packages), Decimal(0))
        transport = TransportConsignment(
            container_code="1" if h["container"] else "0",
            goods_location=GoodsLocation(
                name=h["location"], type="A", address=Address(country=h["destination"], type="U")
            ),
            equipment=(TransportEquipment(sequence=1, id=h["container"].upper()),) if h["container"] else (),
        )
        return Lodgement(
            lrn=h["lrn"],
            type=h["type"],
            item_count=len(items),
            package_count=packages or None,
            border_means=TransportMeans(mode=h["mode"]),
            declarant=Party(id=declarant, name=declarant_name),
            exporter=Party(name=h["exporter_name"], address=Address(country=h["exporter_country"].upper())),
            goods_shipment=GoodsShipment(
                consignment=transport,
                destination=h["destination"].upper(),
                export_country=h["dispatch"].upper(),
                items=items,
                importer=Party(id=h["importer_id"], name=h["importer_name"]),
                terms=TradeTerms(code=h["incoterm"].upper()) if h["incoterm"] else None,
                ucr=Ucr(trader_reference=h["ucr"]) if h["ucr"] else None,
            ),
        )

    def _item(self, n: int, item: dict[str, str]) -> GoodsItem:
        at = f"GoodsShipment/GovernmentAgencyGoodsItem[{n}]/"
        numbers = {name: self.number(item[name], at + path) for name, _label, kind, path in ITEM if kind == "number"}
        code = re.sub(r"\D", "", item["code"])
        classes = (
            (Classification(code[:8], "TSP"), *((Classification(code[8:10], "TRC"),) if len(code) > 8 else ()))
            if code
            else ()
        )
        mass = {k: Measure(v) for k, v in numbers.items() if k in ("gross", "net", "quantity") and v is not None}
        procedure = item["procedure"]
        return GoodsItem(
            sequence=n,
            documents=_documents(item["documents"]),
            commodity=Commodity(
                description=item["description"],
                classifications=classes,
                duties=(
                    DeclaredDuty(
                        type="A00", regime=item["preference"], payment=DeclaredPayment(method=self.header["payment"])
                    ),
                ),
                gross_mass=mass.get("gross"),
                net_mass=mass.get("net"),
                tariff_quantity=mass.get("quantity"),
                price=Amount(numbers["price"], item["currency"].upper()) if numbers["price"] is not None else None,
            ),
            valuation=CustomsValuation(method="1"),
            procedures=(Procedure(procedure[:2], procedure[2:4]), Procedure("000")) if procedure else (),
            origins=(Origin(item["origin"].upper(), "2" if item["preference"][:1] in ("2", "3") else "1"),)
            if item["origin"]
            else (),
            packages=(Packaging(sequence=1, quantity=numbers["packages"], type=item["package_type"].upper()),)
            if numbers["packages"] is not None
            else (),
        )


def _documents(text: str) -> tuple[AdditionalDocument, ...]:
    """Documents as typed: N935:INV-77, N705:BL-5."""
    made: list[AdditionalDocument] = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        code, _sep, number = part.partition(":")
        made.append(AdditionalDocument(category=code[:1].upper(), type=code[1:].upper(), id=number.strip()))
    return tuple(made)


def field_of(where: str) -> str:
    """The name of the form field that a WCO path speaks of, or "" when the form has none."""
    if found := ITEM_PATH.fullmatch(where):
        rest = found[2]
        best = max((f for f in ITEM if rest.startswith(f[3])), key=lambda f: len(f[3]), default=None)
        if best is None:
            best = next((f for f in ITEM if f[3].startswith(rest) and rest), None)
        return f"item-{found[1]}-{best[0]}" if best else ""
    best = max((f for f in HEADER if f[3] and where.startswith(f[3])), key=lambda f: len(f[3]), default=None)
    return best[0] if best else ""
