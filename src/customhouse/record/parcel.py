"""A parcel as a courier or a post declares it: one row of a consolidation, and the declaration that the row says.

The fields are those of a declaration of low value (the European data set H7, the postal form CN 23) by the WCO Data Model;
`lodgement` is what they mean, so that parcels and declarations are judged by one law. Nothing is checked or computed here.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Literal, NamedTuple

import msgspec

from customhouse.kernel.problem import Problem
from customhouse.record.declaration import Reason
from customhouse.record.lodgement import (
    AdditionalDocument,
    AdditionalInformation,
    Address,
    Amount,
    Classification,
    Commodity,
    CustomsValuation,
    GoodsItem,
    GoodsLocation,
    GoodsShipment,
    Lodgement,
    Measure,
    Origin,
    Packaging,
    Party,
    PreviousDocument,
    Procedure,
    Stamp,
    TransportConsignment,
    TransportMeans,
)

TYPE = "IMH"
"""The declaration type of parcels: import with the reduced data set (H7)."""
PROCEDURE = ("40", "00")
INVOICE = ("N", "935")
VENDOR = "FR5"
"""Role of the tax party that accounts for the tax itself: the seller under a scheme for distance sales (DE 3/40)."""
Kind = Literal["text", "price", "mass", "count", "day", "entries"]


class Field(msgspec.Struct, frozen=True):
    """A column of a consolidation: its name, the WCO element it says, and whether a file must have it.

    Where it must, it says something, or else the field `instead` does. `entries` are those of `entries()`: `many` of them, or one,
    of at most `parts` parts."""

    name: str
    path: str
    told: str
    kind: Kind = "text"
    must: bool = False
    instead: str = ""
    parts: int = 0
    many: bool = True


_ITEM = "GoodsShipment/GovernmentAgencyGoodsItem"
BETWEEN, PART = ";", "|"
"""What stands between entries, and between the parts of one: `C635|GBICP5532|AC; Y922`."""
FIELDS: tuple[Field, ...] = (
    Field("reference", "FunctionalReferenceID", "The parcel's number, S10 or the courier's own, at most 35", must=True),
    Field("consignor", "Exporter/Name", "Who sends it"),
    Field("consignor_country", "Exporter/Address/CountryCode", "Country of the sender, ISO 3166"),
    Field("consignee", "GoodsShipment/Importer/Name", "Who receives it", must=True, instead="consignee_id"),
    Field("consignee_id", "GoodsShipment/Importer/ID", "Number of who receives it, where there is one"),
    Field("address", "GoodsShipment/Importer/Address/Line", "Street and number"),
    Field("postcode", "GoodsShipment/Importer/Address/PostcodeID", "Postcode"),
    Field("city", "GoodsShipment/Importer/Address/CityName", "Town"),
    Field("description", f"{_ITEM}/Commodity/Description", "What the goods are, in plain words", must=True),
    Field("code", f"{_ITEM}/Commodity/Classification/ID", "Tariff code, 6, 8 or 10 digits"),
    Field("origin", f"{_ITEM}/Origin/CountryCode", "Country of origin, ISO 3166"),
    Field("packages", f"{_ITEM}/Packaging/QuantityQuantity", "Number of packages; 1 where it is empty", "count"),
    Field("gross_mass", f"{_ITEM}/Commodity/GoodsMeasure/GrossMassMeasure", "Kilograms with the packing", "mass", True),
    Field("net_mass", f"{_ITEM}/Commodity/GoodsMeasure/NetNetWeightMeasure", "Kilograms without it", "mass"),
    Field("price", f"{_ITEM}/Commodity/InvoiceLine/ItemChargeAmount", "Price of the goods", "price", True),
    Field(
        "currency", f"{_ITEM}/Commodity/InvoiceLine/ItemChargeAmount/@currencyID", "Its currency, ISO 4217", must=True
    ),
    Field("freight", f"{_ITEM}/CustomsValuation/FreightChargeAmount", "Carriage on top, same currency", "price"),
    Field("procedures", f"{_ITEM}/GovernmentProcedure/CurrentCode", "Additional procedures, a blank between: C07 F48"),
    Field("scheme", f"{_ITEM}/DomesticDutyTaxParty/ID", "Number of the seller in the scheme for distance sales"),
    Field("invoice", f"{_ITEM}/AdditionalDocument/ID", "Number of the invoice or order (document N935)"),
    Field("dispatch", "GoodsShipment/ExportCountry/ID", "Country it was sent from; the sender's where it is empty"),
    Field("posted", "IssueDateTime", "Day of posting: 2026-11-24 or 20261124", "day"),
    Field("consignor_address", "Exporter/Address/Line", "Street and number of the sender"),
    Field("consignor_postcode", "Exporter/Address/PostcodeID", "Postcode of the sender"),
    Field("consignor_city", "Exporter/Address/CityName", "Town of the sender"),
    Field("agent", "Agent/ID", "Number of the representative, where it is another than the declarant"),
    Field("representation", "Agent/FunctionCode", "Status of the representative: 2 direct, 3 indirect"),
    Field("nationality", "BorderTransportMeans/RegistrationNationalityCode", "Flag of what brings it, ISO 3166"),
    Field(
        "location", "GoodsShipment/Consignment/GoodsLocation", "Where it may be seen: name, type, qualifier, country, ID",
        "entries", parts=5, many=False,
    ),
    Field(
        "previous", "GoodsShipment/PreviousDocument", "Transport and other documents before: code, number, line", "entries", parts=3
    ),
    Field("documents", f"{_ITEM}/AdditionalDocument", "All other documents: code, number, status, name", "entries", parts=4),
    Field("statements", f"{_ITEM}/AdditionalInformation", "Additional information: code, text", "entries", parts=2),
    Field("tax_parties", f"{_ITEM}/DomesticDutyTaxParty", "Other tax parties than the seller: role, number", "entries", parts=2),
)  # fmt: skip
"""Whatever the reduced data set holds (Delegated Regulation (EU) 2015/2446, annex B, column H7). Fields from `consignor_address` on
were added later: a segment or a line without them says nothing by them."""
NAMES: tuple[str, ...] = tuple(f.name for f in FIELDS)
ADDED: tuple[str, ...] = NAMES[NAMES.index("consignor_address") :]
"""Fields that older segments do not have."""
BY_NAME: dict[str, Field] = {f.name: f for f in FIELDS}


class Parcel(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One row. Every field is text as declared; numbers are those digits, days are eight of them."""

    reference: str = ""
    consignor: str = ""
    consignor_country: str = ""
    consignee: str = ""
    consignee_id: str = ""
    address: str = ""
    postcode: str = ""
    city: str = ""
    description: str = ""
    code: str = ""
    origin: str = ""
    packages: str = ""
    gross_mass: str = ""
    net_mass: str = ""
    price: str = ""
    currency: str = ""
    freight: str = ""
    procedures: str = ""
    scheme: str = ""
    invoice: str = ""
    dispatch: str = ""
    posted: str = ""
    consignor_address: str = ""
    consignor_postcode: str = ""
    consignor_city: str = ""
    agent: str = ""
    representation: str = ""
    nationality: str = ""
    location: str = ""
    previous: str = ""
    documents: str = ""
    statements: str = ""
    tax_parties: str = ""


class Consolidation(msgspec.Struct, frozen=True):
    """What is declared once for all parcels of a consolidation: who declares, under which reference, where and how they come."""

    declarant: str
    reference: str
    office: str = ""
    mode: str = ""
    destination: str = ""


def lodgement(parcel: Parcel, of: Consolidation) -> Lodgement:
    """The declaration that a parcel is. Raises decimal.InvalidOperation or ValueError for digits that are no number."""
    agent = parcel.agent or parcel.representation
    means = of.mode or parcel.nationality
    return Lodgement(
        lrn=parcel.reference,
        type=TYPE,
        office=of.office,
        issued=Stamp(parcel.posted, "102") if parcel.posted else None,
        agent=Party(id=parcel.agent, function=parcel.representation) if agent else None,
        declarant=Party(id=of.declarant),
        exporter=_exporter(parcel),
        border_means=TransportMeans(mode=of.mode, nationality=parcel.nationality) if means else None,
        goods_shipment=GoodsShipment(
            consignment=TransportConsignment(goods_location=_location(parcel.location)) if parcel.location else None,
            destination=of.destination,
            export_country=parcel.dispatch or parcel.consignor_country,
            importer=_importer(parcel, of),
            previous_documents=_previous(parcel.previous) if parcel.previous else (),
            items=(_item(parcel),),
        ),
    )


def _exporter(parcel: Parcel) -> Party:
    place = Address(
        city=parcel.consignor_city, country=parcel.consignor_country, line=parcel.consignor_address,
        postcode=parcel.consignor_postcode,
    )  # fmt: skip
    return Party(name=parcel.consignor, address=place)


def _importer(parcel: Parcel, of: Consolidation) -> Party:
    place = Address(city=parcel.city, country=of.destination, line=parcel.address, postcode=parcel.postcode)
    return Party(id=parcel.consignee_id, name=parcel.consignee, address=place)


def _item(parcel: Parcel) -> GoodsItem:
    return GoodsItem(
        sequence=1,
        documents=_documents(parcel) if parcel.invoice or parcel.documents else (),
        information=_information(parcel.statements) if parcel.statements else (),
        commodity=Commodity(
            description=parcel.description,
            classifications=(Classification(parcel.code, "TSP"),) if parcel.code else (),
            gross_mass=_mass(parcel.gross_mass),
            net_mass=_mass(parcel.net_mass),
            price=_amount(parcel.price, parcel.currency),
        ),
        valuation=CustomsValuation(freight=_amount(parcel.freight, parcel.currency)) if parcel.freight else None,
        tax_parties=_tax_parties(parcel) if parcel.scheme or parcel.tax_parties else (),
        procedures=(Procedure(*PROCEDURE), *(Procedure(code) for code in parcel.procedures.split())),
        origins=(Origin(parcel.origin, "1"),) if parcel.origin else (),
        packages=(Packaging(quantity=Decimal(parcel.packages or "1")),),
    )


def entries(text: str) -> tuple[tuple[str, ...], ...]:
    """The parts of each entry: `C635|GBICP5532|AC; Y922` are two, of three parts and of one."""
    return tuple(tuple(part.strip() for part in one.split(PART)) for one in text.split(BETWEEN) if one.strip())


def as_entries(told: Iterable[Iterable[str]]) -> str:
    """Entries as a field has them, without parts at their end that say nothing. Raises ValueError for a part that cannot stand in one."""
    made = [[*parts] for parts in told]
    if any(BETWEEN in part or PART in part for parts in made for part in parts):
        raise ValueError(f"a part holds {BETWEEN} or {PART}")
    return f"{BETWEEN} ".join(PART.join(parts).rstrip(PART) for parts in made)


def _padded(text: str, size: int) -> Iterable[tuple[str, ...]]:
    return ((*parts, *("",) * (size - len(parts))) for parts in entries(text))


def _documents(parcel: Parcel) -> tuple[AdditionalDocument, ...]:
    """The invoice, and every other document by its code of category and type."""
    invoice = (AdditionalDocument(*INVOICE, id=parcel.invoice),) if parcel.invoice else ()
    more = _padded(parcel.documents, 4)
    return (*invoice, *(AdditionalDocument(c[:1], c[1:], id, name, status) for c, id, status, name in more))


def _previous(text: str) -> tuple[PreviousDocument, ...]:
    return tuple(PreviousDocument(c[:1], c[1:], id, int(line) if line else None) for c, id, line in _padded(text, 3))


def _information(text: str) -> tuple[AdditionalInformation, ...]:
    return tuple(AdditionalInformation(code, said) for code, said in _padded(text, 2))


def _tax_parties(parcel: Parcel) -> tuple[Party, ...]:
    seller = (Party(id=parcel.scheme, role=VENDOR),) if parcel.scheme else ()
    return (*seller, *(Party(id=id, role=role) for role, id in _padded(parcel.tax_parties, 2)))


def _location(text: str) -> GoodsLocation:
    name, kind, qualifier, country, id = next(iter(_padded(text, 5)))
    place = Address(country=country, type=qualifier) if country or qualifier else None
    return GoodsLocation(name=name, id=id, type=kind, address=place)


def _mass(text: str) -> Measure | None:
    return Measure(Decimal(text), "KGM") if text else None


def _amount(text: str, currency: str) -> Amount | None:
    return Amount(Decimal(text), currency) if text else None


class Answer(NamedTuple):
    """What is said of a parcel, the same whether columns or the line says it: the verdict, the lane (empty where it has none), what it is
    worth and what is owed (minor units), and the reasons as JSON. Of one that is refused only the reasons are said."""

    verdict: str
    lane: str
    value: int
    duty: int
    payable: int
    told: str


class Judged(msgspec.Struct, frozen=True, gc=False):
    """What the line made of one parcel: refused or in which lane, what it is worth and what is owed (minor units).

    `rests` says that it needs no file: the lane is green and nothing holds it but a payment. `told` are the reasons as the
    declarant may read them, as JSON; `file` is what is stored where there must be a file.
    """

    refused: bool
    lane: str = ""
    rests: bool = False
    value: int = 0
    duty: int = 0
    payable: int = 0
    told: str = ""
    taxes: tuple[tuple[str, int], ...] = ()
    file: Any = None

    @property
    def answer(self) -> Answer:
        """What the row of the parcel says of it."""
        if self.refused:
            return Answer("refused", "", 0, 0, 0, self.told)
        verdict = "file" if not self.rests else "due" if self.payable else "released"
        return Answer(verdict, self.lane, self.value, self.duty, self.payable, self.told)


def as_told(reasons: Iterable[Reason]) -> str:
    """Reasons as a row keeps them for the declarant: JSON, the rule and the sentence of each."""
    return msgspec.json.encode([{"rule": r.rule, "label": r.text} for r in reasons]).decode()


def as_refused(problems: Iterable[Problem]) -> str:
    """What is wrong with a parcel as its row keeps it: JSON, with the place and what to do."""
    return msgspec.json.encode(list(problems)).decode()


# --- numbers ----------------------------------------------------------------------------------------------------------

MARK = 1 << 50
ROWS = 1 << 24
"""Rows of one consolidation, at most; a larger file is handed in as several."""


def number(consolidation: int, row: int) -> int:
    """The number of the parcel in a row (from 1) of a consolidation, in one series with declarations and above them all.

    It rises with time, and says where the parcel is stored. Raises ValueError beyond what fits.
    """
    if not (0 < consolidation < MARK // ROWS and 0 < row < ROWS):
        raise ValueError(f"row {row} of consolidation {consolidation} has no number")
    return MARK + consolidation * ROWS + row


def span(consolidation: int) -> tuple[int, int]:
    """The numbers of a consolidation's parcels lie between these two: that of a row is the first of them and the row."""
    return MARK + consolidation * ROWS, MARK + (consolidation + 1) * ROWS


def is_parcel(number: int) -> bool:
    """Whether a declaration's number is a parcel's."""
    return number >= MARK


def place(number: int) -> tuple[int, int]:
    """(consolidation, row) of a parcel."""
    return divmod(number - MARK, ROWS)
