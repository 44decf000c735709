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
    Address,
    Amount,
    Classification,
    Commodity,
    CustomsValuation,
    GoodsItem,
    GoodsShipment,
    Lodgement,
    Measure,
    Origin,
    Packaging,
    Party,
    Procedure,
    Stamp,
    TransportMeans,
)

TYPE = "IMH"
"""The declaration type of parcels: import with the reduced data set (H7)."""
PROCEDURE = ("40", "00")
INVOICE = ("N", "935")
VENDOR = "FR5"
"""Role of the tax party that accounts for the tax itself: the seller under a scheme for distance sales (DE 3/40)."""
Kind = Literal["text", "price", "mass", "count", "day"]


class Field(msgspec.Struct, frozen=True):
    """A column of a consolidation: its name, the WCO element it says, and whether a file must have it."""

    name: str
    path: str
    told: str
    kind: Kind = "text"
    must: bool = False


_ITEM = "GoodsShipment/GovernmentAgencyGoodsItem"
FIELDS: tuple[Field, ...] = (
    Field("reference", "FunctionalReferenceID", "The parcel's number, S10 or the courier's own, at most 35", must=True),
    Field("consignor", "Exporter/Name", "Who sends it"),
    Field("consignor_country", "Exporter/Address/CountryCode", "Country of the sender, ISO 3166"),
    Field("consignee", "GoodsShipment/Importer/Name", "Who receives it", must=True),
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
)
NAMES: tuple[str, ...] = tuple(f.name for f in FIELDS)
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


class Consolidation(msgspec.Struct, frozen=True):
    """What is declared once for all parcels of a consolidation: who declares, under which reference, where and how they come."""

    declarant: str
    reference: str
    office: str = ""
    mode: str = ""
    destination: str = ""


def lodgement(parcel: Parcel, of: Consolidation) -> Lodgement:
    """The declaration that a parcel is. Raises decimal.InvalidOperation for digits that are no number."""
    return Lodgement(
        lrn=parcel.reference,
        type=TYPE,
        office=of.office,
        issued=Stamp(parcel.posted, "102") if parcel.posted else None,
        declarant=Party(id=of.declarant),
        exporter=Party(name=parcel.consignor, address=Address(country=parcel.consignor_country)),
        border_means=TransportMeans(mode=of.mode) if of.mode else None,
        goods_shipment=GoodsShipment(
            destination=of.destination,
            export_country=parcel.dispatch or parcel.consignor_country,
            importer=_importer(parcel, of),
            items=(_item(parcel),),
        ),
    )


def _importer(parcel: Parcel, of: Consolidation) -> Party:
    place = Address(city=parcel.city, country=of.destination, line=parcel.address, postcode=parcel.postcode)
    return Party(id=parcel.consignee_id, name=parcel.consignee, address=place)


def _item(parcel: Parcel) -> GoodsItem:
    return GoodsItem(
        sequence=1,
        documents=(AdditionalDocument(*INVOICE, id=parcel.invoice),) if parcel.invoice else (),
        commodity=Commodity(
            description=parcel.description,
            classifications=(Classification(parcel.code, "TSP"),) if parcel.code else (),
            gross_mass=_mass(parcel.gross_mass),
            net_mass=_mass(parcel.net_mass),
            price=_amount(parcel.price, parcel.currency),
        ),
        valuation=CustomsValuation(freight=_amount(parcel.freight, parcel.currency)) if parcel.freight else None,
        tax_parties=(Party(id=parcel.scheme, role=VENDOR),) if parcel.scheme else (),
        procedures=(Procedure(*PROCEDURE), *(Procedure(code) for code in parcel.procedures.split())),
        origins=(Origin(parcel.origin, "1"),) if parcel.origin else (),
        packages=(Packaging(quantity=Decimal(parcel.packages or "1")),),
    )


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
