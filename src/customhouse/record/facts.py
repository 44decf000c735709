"""The named, typed, flat facts that rules and models see: nothing else of a declaration is visible to them.

`HEADER` and `ITEM` are the vocabulary of the rule language (a name, a type, what it means). Money is in minor units of
the currency beside it, mass in grams, counts are whole numbers, `codes` is a set of codes. A fact is never missing: an
absent element is "" or 0. Value and duty facts are 0 until the step that fixes them has been taken.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from customhouse.kernel.currency import minor_digits
from customhouse.record.declaration import Declaration
from customhouse.record.history import HISTORY, NO_HISTORY, HistoryFacts, named
from customhouse.record.lodgement import Amount, CustomsValuation, GoodsItem, Lodgement, Measure, Party
from customhouse.record.origin import ItemOrigin

FactType = Literal["text", "int", "codes", "bool"]

HEADER: dict[str, tuple[FactType, str]] = {
    "type": ("text", "Declaration type, e.g. IMA, EXD"),
    "is_import": ("bool", "Import or introduction, not export"),
    "lrn": ("text", "Local reference number"),
    "office": ("text", "Customs office that the declaration was lodged at"),
    "day": ("int", "Day of acceptance as a number, e.g. 20261224; 0 before it"),
    "month": ("int", "Month of acceptance, 1 to 12; 0 before it"),
    "weekday": ("int", "Day of the week of acceptance, 1 Monday to 7 Sunday; 0 before it"),
    "declarant": ("text", "Declarant's identification number"),
    "declarant_country": ("text", "Country prefix of the declarant's number"),
    "importer": ("text", "Importer's identification number, or name where none is declared"),
    "exporter": ("text", "Exporter's identification number, or name where none is declared"),
    "exporter_country": ("text", "Country of the exporter's address or number"),
    "representation": ("text", "Status of the representative: 2 direct, 3 indirect"),
    "border_mode": ("text", "Mode of transport at the border: 1 sea, 3 road, 4 air, 5 post ..."),
    "border_nationality": ("text", "Nationality of the means of transport at the border"),
    "location": ("text", "Code of the place where the goods may be examined"),
    "dispatch_country": ("text", "Country of dispatch or export of the whole shipment"),
    "destination_country": ("text", "Country of destination of the whole shipment"),
    "incoterm": ("text", "Incoterms code"),
    "charges": ("codes", "Codes of additions and deductions (DE 4/9) declared for the shipment or an item"),
    "charge_least": ("int", "Smallest amount of an addition or deduction of the shipment, 0 when none is declared"),
    "containers": ("codes", "Container numbers"),
    "container_indicator": ("text", "1 in containers, 0 not"),
    "authorisations": ("codes", "Categories of authorisations held, e.g. DPO, CGU"),
    "header_documents": ("codes", "Codes of documents declared for the whole declaration"),
    "previous_documents": ("codes", "Codes of previous documents of the shipment"),
    "declared_items": ("int", "Number of items stated in the header, 0 when not stated"),
    "item_count": ("int", "Number of items found"),
    "declared_packages": ("int", "Total packages stated in the header, 0 when not stated"),
    "packages_sum": ("int", "Sum of packages over the items"),
    "invoice_total": ("int", "Invoice total stated, minor units"),
    "invoice_currency": ("text", "Currency of the invoice total"),
    "price_sum": ("int", "Sum of item prices where all are in one currency, else 0"),
    "price_currency": ("text", "That one currency, or empty"),
    "gross_mass_total": ("int", "Gross mass stated for the whole, grams"),
    "gross_mass_sum": ("int", "Sum of gross masses of the items, grams"),
    "customs_value_total": ("int", "Customs value of all items, national minor units"),
    "payable_total": ("int", "Duties, taxes and fees to pay, national minor units"),
}

ITEM: dict[str, tuple[FactType, str]] = {
    "sequence": ("int", "Item number"),
    "code": ("text", "Tariff code as declared, digits only"),
    "additional_codes": ("codes", "Additional, national and excise codes"),
    "description": ("text", "Description of the goods, lower case"),
    "origin": ("text", "Country of origin"),
    "preferential_origin": ("text", "Country or group of preferential origin"),
    "preference": ("text", "Preference claimed, 100 none"),
    "preference_granted": ("bool", "The preference claimed was granted"),
    "preference_refused": ("bool", "A preference was claimed and refused"),
    "agreement": ("text", "Agreement under which a preference was claimed"),
    "indirect_transport": ("bool", "A preference is claimed and the goods were dispatched from outside the agreement"),
    "procedure": ("text", "Requested and previous procedure, e.g. 4000"),
    "additional_procedures": ("codes", "Additional procedure codes"),
    "item_dispatch": ("text", "Country of dispatch of the item, or of the shipment"),
    "valuation_method": ("text", "WTO valuation method 1 to 6"),
    "valuation_indicators": (
        "text",
        "Valuation indicators (DE 4/13): relationship, restrictions, conditions, proceeds",
    ),
    "transaction_nature": ("text", "Nature of the transaction of the item, or of the shipment (DE 8/5)"),
    "item_charge_least": ("int", "Smallest amount of an addition or deduction of the item, 0 when none is declared"),
    "price": ("int", "Item price, minor units of its currency"),
    "currency": ("text", "Currency of the price"),
    "gross_mass": ("int", "Gross mass, grams"),
    "net_mass": ("int", "Net mass, grams"),
    "supplementary": ("int", "Quantity in the supplementary unit, thousandths"),
    "packages": ("int", "Number of packages"),
    "package_type": ("text", "Type of packages (UN/ECE Rec 21)"),
    "documents": ("codes", "Codes of documents declared for the item"),
    "tax_types": ("codes", "Tax types the declarant names"),
    "tax_roles": (
        "codes",
        "Roles of the tax parties of the item and of the shipment (DE 3/40): FR5 seller under the scheme for distance sales ...",
    ),
    "customs_value": ("int", "Customs value, national minor units"),
    "duty": ("int", "Duties and taxes on the item, national minor units"),
    "value_per_kg": ("int", "Customs value per kilogram of net mass, national minor units"),
}

WHOLE: dict[str, tuple[FactType, str]] = {**HEADER, **HISTORY}
"""Everything that is said once for a declaration. The facts of history are 0 until the lane is set."""

HeaderFacts = msgspec.defstruct(
    "HeaderFacts",
    [*((name, object) for name in HEADER), *((name, object, value) for name, value in named(NO_HISTORY).items())],
    module=__name__,
    frozen=True,
    gc=False,
)
ItemFacts = msgspec.defstruct("ItemFacts", [(name, object) for name in ITEM], module=__name__, frozen=True, gc=False)

KILO = {"": 1000, "KGM": 1000, "GRM": 1, "TNE": 1_000_000, "DTN": 100_000}


def grams(mass: Measure | None) -> int:
    """A declared mass in grams, rounded half up; an unknown unit is read as kilograms, the default of the place."""
    if mass is None:
        return 0
    return int((mass.value * KILO.get(mass.unit, 1000)).to_integral_value(ROUND_HALF_UP))


def minor(amount: Amount | None) -> int:
    """A declared amount in minor units of its own currency, rounded half up."""
    if amount is None:
        return 0
    return int(amount.value.scaleb(minor_digits(amount.currency)).to_integral_value(ROUND_HALF_UP))


def who(party: Party | None) -> str:
    """How a party is told apart from others: by its number, or by its name where none is declared; empty for nobody."""
    return (party.id or party.name) if party else ""


def _country(party: Party | None) -> str:
    if party is None:
        return ""
    return party.address.country if party.address and party.address.country else party.id[:2]


def _charges(lodged: Lodgement) -> frozenset[str]:
    """Codes of every addition and deduction; a freight amount of its own is AK."""
    declared = [v for v in (lodged.goods_shipment.valuation, *(i.valuation for i in lodged.items)) if v is not None]
    codes = {c.type for v in declared for c in v.charges}
    if any(v.freight is not None for v in declared):
        codes.add("AK")
    return frozenset(codes)


def _least(valuation: CustomsValuation | None) -> int:
    if valuation is None:
        return 0
    return min((minor(a) for a in (*(c.amount for c in valuation.charges), valuation.freight) if a), default=0)


def item_facts(item: GoodsItem, lodged: Lodgement, customs_value: int = 0, duty: int = 0) -> object:
    """Facts of one item; `customs_value` and `duty` in national minor units once they are known."""
    goods = item.commodity
    net = grams(goods.net_mass)
    packages = item.packages
    supplementary = goods.tariff_quantity
    return ItemFacts(
        sequence=item.sequence,
        code=goods.code,
        additional_codes=frozenset(goods.additional_codes),
        description=goods.description.lower(),
        origin=item.origin,
        preferential_origin=item.preferential_origin,
        preference=item.preference,
        preference_granted=False,
        preference_refused=False,
        agreement="",
        indirect_transport=False,
        procedure=item.procedure,
        additional_procedures=frozenset(item.additional_procedures),
        item_dispatch=item.export_country or lodged.goods_shipment.export_country,
        valuation_method=item.valuation.method if item.valuation else "",
        valuation_indicators=item.valuation_adjustment,
        transaction_nature=item.transaction_nature or lodged.goods_shipment.transaction_nature,
        item_charge_least=_least(item.valuation),
        price=minor(goods.price),
        currency=goods.price.currency if goods.price else "",
        gross_mass=grams(goods.gross_mass),
        net_mass=net,
        supplementary=int(supplementary.value * 1000) if supplementary else 0,
        packages=sum([int(p.quantity or 0) for p in packages]),
        package_type=packages[0].type if packages else "",
        documents=frozenset([d.category + d.type for d in item.documents]),
        tax_types=frozenset([d.type for d in goods.duties if d.type]),
        tax_roles=frozenset([p.role for p in (*item.tax_parties, *lodged.goods_shipment.tax_parties) if p.role]),
        customs_value=customs_value,
        duty=duty,
        value_per_kg=customs_value * 1000 // net if net > 0 else 0,
    )


def header_facts(lodged: Lodgement, items: tuple[Any, ...], customs_value: int = 0, payable: int = 0) -> object:
    """Facts of the whole declaration; `items` are the ItemFacts of its items."""
    shipment, means = lodged.goods_shipment, lodged.border_means
    transport = shipment.consignment
    location = transport.goods_location if transport else None
    importer = shipment.importer
    one = items[0].currency if items else ""
    if any(f.currency != one for f in items):
        one = ""
    return HeaderFacts(
        type=lodged.type,
        is_import=lodged.is_import,
        lrn=lodged.lrn,
        office=lodged.office or lodged.presentation_office,
        day=0,
        month=0,
        weekday=0,
        declarant=lodged.declarant_id,
        declarant_country=lodged.declarant_id[:2],
        importer=who(importer),
        exporter=who(lodged.exporter),
        exporter_country=_country(lodged.exporter),
        representation=lodged.agent.function if lodged.agent else "",
        border_mode=means.mode if means else "",
        border_nationality=means.nationality if means else "",
        location=(location.name or location.id) if location else "",
        dispatch_country=shipment.export_country,
        destination_country=shipment.destination,
        incoterm=shipment.terms.code if shipment.terms else "",
        charges=_charges(lodged),
        charge_least=_least(shipment.valuation),
        containers=frozenset(e.id for e in transport.equipment) if transport else frozenset(),
        container_indicator=transport.container_code if transport else "",
        authorisations=frozenset([a.category for a in lodged.authorisation_holders]),
        header_documents=frozenset([d.category + d.type for d in lodged.documents]),
        previous_documents=frozenset([p.category + p.type for p in shipment.previous_documents]),
        declared_items=lodged.item_count or 0,
        item_count=len(items),
        declared_packages=int(lodged.package_count or 0),
        packages_sum=sum([f.packages for f in items]),
        invoice_total=minor(lodged.invoice),
        invoice_currency=lodged.invoice.currency if lodged.invoice else "",
        price_sum=sum([f.price for f in items]) if one else 0,
        price_currency=one,
        gross_mass_total=grams(lodged.gross_mass),
        gross_mass_sum=sum([f.gross_mass for f in items]),
        customs_value_total=customs_value,
        payable_total=payable,
    )


_last: tuple[Lodgement, tuple[Any, tuple[Any, ...]]] | None = None


def lodged_facts(lodged: Lodgement) -> tuple[Any, tuple[Any, ...]]:
    """(header, items) facts of a declaration as lodged, before customs has fixed anything.

    The last answer is remembered: the rules at acceptance and the criteria at targeting ask for the same lodgement.
    """
    global _last
    last = _last
    if last is not None and last[0] is lodged:
        return last[1]
    items = tuple([item_facts(item, lodged) for item in lodged.items])
    facts = header_facts(lodged, items), items
    _last = (lodged, facts)
    return facts


def assessed_facts(declaration: Declaration, history: HistoryFacts = NO_HISTORY) -> tuple[object, tuple[Any, ...]]:
    """(header, items) facts after valuation and assessment, with what is known of the actors: for selectivity and models."""
    lodged = declaration.lodged
    values = {v.item: v.value.minor for v in declaration.valued.items} if declaration.valued else {}
    duties: dict[int, int] = {}
    for due in declaration.assessed.duties if declaration.assessed else ():
        duties[due.item] = duties.get(due.item, 0) + due.amount.minor
    origins = {o.item: o for o in declaration.origin.items if o.preference} if declaration.origin else {}
    header, before = lodged_facts(lodged)
    items = tuple(
        _fixed(f, values.get(f.sequence, 0), duties.get(f.sequence, 0), origins.get(f.sequence)) for f in before
    )
    payable = declaration.assessed.payable.minor if declaration.assessed else 0
    more = {} if history is NO_HISTORY else named(history)
    if declaration.acceptance is not None:
        day = declaration.acceptance.tax_date
        more |= {"day": day.year * 10_000 + day.month * 100 + day.day, "month": day.month, "weekday": day.isoweekday()}
    return replace(header, customs_value_total=sum(values.values()), payable_total=payable, **more), items


def _fixed(facts: Any, customs_value: int, duty: int, origin: ItemOrigin | None) -> Any:
    """The facts of an item once its value, origin and duty are fixed."""
    per_kg = customs_value * 1000 // facts.net_mass if facts.net_mass > 0 else 0
    fixed = replace(facts, customs_value=customs_value, duty=duty, value_per_kg=per_kg)
    if origin is None:
        return fixed
    return replace(
        fixed,
        preference_granted=origin.granted,
        preference_refused=not origin.granted,
        agreement=origin.agreement,
        indirect_transport=not origin.direct,
    )
