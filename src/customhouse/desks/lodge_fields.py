"""The fields of the lodging form, and the WCO data element that each of them fills.

One table for what is shown, what is read, and where a problem found by the rules is pointed out.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from django.utils.translation import gettext_lazy as _

from customhouse.desks import words
from customhouse.desks.explain import in_language, preference
from customhouse.law.book import Law


class Field(msgspec.Struct, frozen=True):
    """A field: `path` is the WCO data element below Declaration (of an item: below the item).

    `kind` is text, number, country, code (looked up in the tariff) or the name of a list of `choices`; `list` names a
    list of suggestions; `wide` is how many of the 12 columns of the form it takes.
    """

    name: str
    label: Any
    path: str
    kind: str = "text"
    wide: int = 3
    list: str = ""
    hint: Any = ""
    longest: int = 70


GROUPS: tuple[tuple[Any, tuple[Field, ...]], ...] = (
    (
        _("Declaration"),
        (
            Field("lrn", _("Your reference (LRN)"), "FunctionalReferenceID", longest=35),
            Field("type", _("Type"), "TypeCode", "type"),
            Field("office", _("Customs office"), "DeclarationOfficeID", "office"),
            Field("payment", _("Payment"), "", "payment"),
        ),
    ),
    (
        _("Parties"),
        (
            Field("importer_id", _("Importer number"), "GoodsShipment/Importer", longest=35),
            Field("importer_name", _("Importer name"), "GoodsShipment/Importer/Name"),
            Field("exporter_name", _("Exporter name"), "Exporter/Name"),
            Field("exporter_country", _("Exporter country"), "Exporter/Address/CountryCode", "country"),
        ),
    ),
    (
        _("Transport and delivery"),
        (
            Field("dispatch", _("Dispatched from"), "GoodsShipment/ExportCountry/ID", "country"),
            Field("destination", _("Destination"), "GoodsShipment/Destination/CountryCode", "country"),
            Field("incoterm", _("Delivery term"), "GoodsShipment/TradeTerms/ConditionCode", "incoterm"),
            Field("place", _("Place of delivery"), "GoodsShipment/TradeTerms/LocationID"),
            Field("mode", _("Transport at the border"), "BorderTransportMeans/ModeCode", "mode"),
            Field("means", _("Vessel, flight or vehicle"), "BorderTransportMeans/ID", longest=35),
            Field(
                "containers",
                _("Containers"),
                "GoodsShipment/Consignment/TransportEquipment",
                hint=_("Numbers, with commas"),
                longest=400,
            ),
            Field("location", _("Place of the goods"), "GoodsShipment/Consignment/GoodsLocation", longest=35),
            Field("ucr", _("Consignment reference (UCR)"), "GoodsShipment/UCR", longest=35),
            Field(
                "previous",
                _("Completes (MRN)"),
                "GoodsShipment/PreviousDocument",
                hint=_("Of a supplementary declaration; with commas"),
                longest=400,
            ),
        ),
    ),
)
HEADER = tuple(field for _title, fields in GROUPS for field in fields)
ITEM: tuple[Field, ...] = (
    Field(
        "code", _("Tariff code"), "Commodity/Classification", "code", hint=_("Digits, or words to look up"), longest=40
    ),
    Field("description", _("Description of the goods"), "Commodity/Description", wide=6, longest=512),
    Field("origin", _("Country of origin"), "Origin", "country"),
    Field("procedure", _("Procedure"), "GovernmentProcedure", "procedure", wide=6),
    Field("additional", _("Additional procedures"), "", hint=_("Codes, with commas"), list="reliefs"),
    Field("preference", _("Preference"), "Commodity/DutyTaxFee", "preference"),
    Field("additional_codes", _("Additional codes"), "", hint=_("Codes, with commas")),
    Field("order", _("Tariff quota number"), "Commodity/DutyTaxFee/QuotaOrderID", list="quotas", longest=17),
    Field("quantity", _("Supplementary quantity"), "Commodity/GoodsMeasure/TariffQuantity", "number"),
    Field("packages", _("Packages"), "Packaging/QuantityQuantity", "number", wide=1),
    Field("package_type", _("Kind"), "Packaging/TypeCode", "package", wide=2),
    Field("price", _("Price"), "Commodity/InvoiceLine/ItemChargeAmount", "number"),
    Field(
        "currency",
        _("Currency"),
        "Commodity/InvoiceLine/ItemChargeAmount/@currencyID",
        list="currencies",
        longest=3,
    ),
    Field("gross", _("Gross mass, kg"), "Commodity/GoodsMeasure/GrossMassMeasure", "number"),
    Field("net", _("Net mass, kg"), "Commodity/GoodsMeasure/NetNetWeightMeasure", "number"),
)
DEFAULTS = {"type": "IMA", "incoterm": "CIF", "mode": "1", "payment": "A"}
ITEM_DEFAULTS = {"procedure": "4000", "preference": "100", "package_type": "CT"}
# Carried from one item to the next when one is added.
KEPT = ("origin", "procedure", "preference", "currency", "package_type")

FIXED_CHOICES: dict[str, tuple[tuple[str, Any], ...]] = {
    "type": (
        ("IMA", _("Import")),
        ("IMD", _("Import, before arrival")),
        ("IMB", _("Import, simplified, now and then")),
        ("IMC", _("Import, simplified, regularly")),
        ("IMX", _("Import, supplementary to one now and then")),
        ("IMY", _("Import, supplementary to a regular one")),
        ("EXA", _("Export")),
        ("EXD", _("Export, before presentation")),
        ("EXB", _("Export, simplified, now and then")),
        ("EXC", _("Export, simplified, regularly")),
        ("EXX", _("Export, supplementary to one now and then")),
        ("EXY", _("Export, supplementary to a regular one")),
    ),
    "mode": tuple(words.MODES.items()),
    "payment": (("A", _("Now")), ("E", _("Deferred"))),
    "package": (
        ("CT", _("Cartons")),
        ("BX", _("Boxes")),
        ("PX", _("Pallets")),
        ("BG", _("Bags")),
        ("DR", _("Drums")),
        ("BO", _("Bottles")),
        ("CR", _("Crates")),
        ("PK", _("Packages")),
        ("NE", _("Unpacked")),
    ),
}
ADDITIONAL = 3  # the length of an additional procedure
MOST_SUGGESTED = 300
CHARGE = "GoodsShipment/CustomsValuation/ChargeDeduction"
ITEM_PATH = re.compile(r"GoodsShipment/GovernmentAgencyGoodsItem\[(\d+)\]/?(.*)")
CHARGE_PATH = re.compile(re.escape(CHARGE) + r"(?:\[(\d+)\])?(?:/.*)?")


def choices(law: Law) -> dict[str, tuple[tuple[str, Any], ...]]:
    """What may be chosen in each list, in the reader's language, from the law in force."""
    offered = sorted({*law.preference_codes, "100"})
    procedures = {p.code: in_language(p.text) for p in law.contents.procedures if p.validity.contains(law.date)}
    return {
        **FIXED_CHOICES,
        "office": tuple((code, in_language(text)) for code, text in law.contents.offices.items()),
        "incoterm": tuple((code, code) for code in sorted(law.codes("incoterms"))),
        "procedure": tuple((code, f"{code} {text}") for code, text in procedures.items()),
        "preference": tuple((code, f"{code} {preference(code)}") for code in offered),
        "charge": _charges(law),
    }


def _charges(law: Law) -> tuple[tuple[str, str], ...]:
    """The additions and deductions of the day; where the law lists none, those of the data model."""
    listed = [c for c in law.contents.charges if c.validity.contains(law.date)]
    if not listed:
        return tuple((code, f"{code} {text}") for code, text in words.CHARGES.items())
    return tuple((c.code, f"{c.code} {in_language(c.text)}{' (%)' if c.percent else ''}") for c in listed)


def carriage(law: Law) -> list[str]:
    """The additions that pay for bringing the goods here: what most shipments declare, if any."""
    listed = [c for c in law.contents.charges if c.validity.contains(law.date)]
    found = [c.code for c in listed if c.effect == "add" and law.valuation.counted.intersection(c.covers)]
    return found or ["AK"]


def terms_without_carriage(law: Law) -> list[str]:
    """The delivery terms whose price leaves out a carriage that counts here: it must then be declared."""
    if "carriage" not in law.valuation.counted:
        return []
    listed = [t for t in law.contents.incoterms if t.validity.contains(law.date)]
    return [t.code for t in listed if "carriage" not in (*t.includes, *t.may_include)]


def suggestions(law: Law) -> dict[str, list[tuple[str, str]]]:
    """What is offered while typing; the names of countries and currencies are the browser's own."""
    return {
        "countries": [(code, "") for code in sorted(law.codes("countries"))],
        "currencies": [(code, "") for code in sorted(law.codes("currencies"))],
        "documents": [(code, in_language(text)) for code, text in law.contents.documents.items()],
        "quotas": [(q.order, in_language(q.text)) for q in _in_force(law.contents.quotas, law)],
        "reliefs": [
            (r.code, in_language(r.text)) for r in _in_force(law.contents.reliefs, law) if len(r.code) == ADDITIONAL
        ],
    }


def _in_force(words_of_law: Any, law: Law) -> list[Any]:
    return [w for w in words_of_law if w.validity.contains(law.date)][:MOST_SUGGESTED]


def field_of(where: str) -> str:
    """The name of the form field that a WCO path speaks of, or "" when the form has none."""
    if found := CHARGE_PATH.fullmatch(where):
        return f"charge-{found[1] or 1}-amount"
    if found := ITEM_PATH.fullmatch(where):
        rest = found[2]
        if rest.startswith("AdditionalDocument"):
            return f"item-{found[1]}-doc-1-code"
        name = _nearest(ITEM, rest) or next((f.name for f in ITEM if rest and f.path.startswith(rest)), "")
        return f"item-{found[1]}-{name}" if name else ""
    return _nearest(HEADER, where)


def label_of(name: str) -> Any:
    """What the form calls one of its fields, by the name `field_of` gives; "" where it has none."""
    plain = re.sub(r"^item-\d+-", "", name)
    return next((f.label for f in (*HEADER, *ITEM) if f.name == plain), "")


def _nearest(fields: tuple[Field, ...], where: str) -> str:
    found = [f for f in fields if f.path and (where + "/").startswith(f.path + "/")]
    return max(found, key=lambda f: len(f.path)).name if found else ""
