"""What a trader says about a shipment: first the claim, line by line, then the declaration that is handed in.

`honest` copies what is true; `fraud` bends a claim; `lodgement` writes it in the words of the WCO Data Model.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from customhouse.record.lodgement import (
    AdditionalDocument,
    Amount,
    AuthorisationHolder,
    ChargeDeduction,
    Classification,
    Commodity,
    CustomsValuation,
    DeclaredDuty,
    DeclaredPayment,
    GoodsItem,
    GoodsLocation,
    GoodsShipment,
    Guarantee,
    Lodgement,
    Measure,
    Origin,
    Packaging,
    Party,
    PreviousDocument,
    Procedure,
    Seal,
    TradeTerms,
    TransportConsignment,
    TransportEquipment,
    TransportMeans,
    Ucr,
)
from customhouse.simulator.border import (
    CARGO_REPORT,
    COUNTRY,
    INVOICE,
    LOW_VALUE_PROCEDURE,
    TRANSPORT_DOCUMENT,
    guarantee_reference,
)
from customhouse.simulator.shipment import Firm, Paper, Shipment

KILOGRAM = "KGM"
DEFERRED, CASH = "E", "A"
SUSPENSIVE = ("51", "53", "71")
# Terms under which the seller does not pay the carriage, so that it is added to the price.
BUYER_PAYS = ("FOB", "FCA", "EXW", "FAS")
# Terms under which the seller does not insure.
BUYER_INSURES = (*BUYER_PAYS, "CFR", "CPT")


class ClaimLine(msgspec.Struct, frozen=True):
    """One goods item as it will be declared; `papers` are shown for this item only."""

    number: int
    code: str
    text: str
    origin: str
    preference: str
    net: Decimal
    gross: Decimal
    price: Decimal
    packages: int
    package_type: str
    marks: str
    unit: str
    quantity: Decimal | None
    papers: tuple[Paper, ...]


class Claim(msgspec.Struct, frozen=True):
    """What will be declared for a shipment."""

    shipment: Shipment
    lines: tuple[ClaimLine, ...]


def honest(shipment: Shipment) -> Claim:
    """The claim that says what is true."""
    return Claim(
        shipment,
        tuple(
            ClaimLine(
                number=number,
                code=line.code,
                text=line.text,
                origin=line.origin,
                preference=line.preference,
                net=line.net,
                gross=line.gross,
                price=line.price,
                packages=line.packages,
                package_type=line.package_type,
                marks=line.marks,
                unit=line.unit,
                quantity=line.quantity,
                papers=tuple(p for p in shipment.papers if p.item == number),
            )
            for number, line in enumerate(shipment.lines, 1)
        ),
    )


def lodgement(claim: Claim) -> Lodgement:
    """The declaration of a claim, with totals that agree."""
    shipment = claim.shipment
    inward = shipment.is_import
    home, abroad = Party(id=shipment.home.id), _foreign(shipment.abroad)
    broker = Party(id=shipment.broker.id)
    return Lodgement(
        lrn=shipment.reference,
        type=_type(shipment),
        office=shipment.office,
        invoice=Amount(sum((line.price for line in claim.lines), Decimal(0)), shipment.currency),
        gross_mass=Measure(sum((line.gross for line in claim.lines), Decimal(0)), KILOGRAM),
        item_count=len(claim.lines),
        package_count=Decimal(sum(line.packages for line in claim.lines)),
        agent=Party(id=shipment.broker.id, function="2"),
        authorisation_holders=(AuthorisationHolder("DPO", shipment.home.id),) if shipment.deferred and inward else (),
        border_means=_border_means(shipment),
        declarant=broker,
        exporter=abroad if inward else home,
        goods_shipment=GoodsShipment(
            transaction_nature="1",
            consignee=None if inward else abroad,
            consignment=_transport(shipment),
            valuation=_charges(shipment) if inward else None,
            destination=COUNTRY if inward else shipment.abroad.address.country,
            export_country=shipment.abroad.address.country if inward else COUNTRY,
            items=tuple(_item(line, shipment) for line in claim.lines),
            importer=home if inward else None,
            previous_documents=_previous(shipment) if inward else (),
            terms=TradeTerms(code=shipment.incoterm, location=_named_place(shipment)),
            ucr=Ucr(trader_reference=f"{shipment.day.year % 10}{shipment.home.id}-{shipment.reference}"),
        ),
        guarantees=_guarantees(shipment),
    )


def _type(shipment: Shipment) -> str:
    """The type of declaration: D for goods that have not come yet."""
    told = shipment.carriage
    return ("IM" if shipment.is_import else "EX") + ("D" if told is not None and told.prelodged else "A")


def _guarantees(shipment: Shipment) -> tuple[Guarantee, ...]:
    """Goods under inward processing are covered by the trader's comprehensive guarantee."""
    if shipment.procedure[:2] not in SUSPENSIVE:
        return ()
    return (Guarantee(reference=guarantee_reference(shipment.day.year, int(shipment.home.id[2:])), type="1"),)


def _foreign(firm: Firm) -> Party:
    return Party(name=firm.name, address=firm.address)


def _border_means(shipment: Shipment) -> TransportMeans:
    way = shipment.journey
    return TransportMeans(id=way.means_id, id_type=way.means_type, mode=way.mode, nationality=way.nationality)


def _transport(shipment: Shipment) -> TransportConsignment:
    way = shipment.journey
    means = TransportMeans(id=way.means_id, id_type=way.means_type)
    inward = shipment.is_import
    return TransportConsignment(
        container_code="1" if way.containers else "0",
        arrival_means=means if inward else None,
        departure_means=None if inward else means,
        goods_location=GoodsLocation(name=shipment.location, type="A"),
        loading_location=way.loading,
        equipment=tuple(
            TransportEquipment(n, box.number, (Seal(1, box.seal),)) for n, box in enumerate(way.containers, 1)
        ),
    )


def _charges(shipment: Shipment) -> CustomsValuation | None:
    """Carriage and insurance that the terms of delivery leave out of the price."""
    charges = []
    if shipment.incoterm in BUYER_PAYS:
        charges.append(ChargeDeduction("AK", Amount(shipment.freight, "USD")))
    if shipment.incoterm in BUYER_INSURES:
        charges.append(ChargeDeduction("AW", Amount(shipment.insurance, "USD")))
    return CustomsValuation(charges=tuple(charges)) if charges else None


def _named_place(shipment: Shipment) -> str:
    way = shipment.journey
    return way.loading if shipment.incoterm in BUYER_PAYS else way.unloading


def _previous(shipment: Shipment) -> tuple[PreviousDocument, ...]:
    way = shipment.journey
    code = TRANSPORT_DOCUMENT[way.mode]
    carried = PreviousDocument(code[0], code[1:], way.master or way.document)
    if shipment.carriage is None or not shipment.carriage.prelodged:
        return (carried,)
    return (carried, PreviousDocument(CARGO_REPORT[0], CARGO_REPORT[1:], shipment.carriage.reference))


def _item(line: ClaimLine, shipment: Shipment) -> GoodsItem:
    inward = shipment.is_import
    current, previous = shipment.procedure[:2], shipment.procedure[2:]
    extra = LOW_VALUE_PROCEDURE if shipment.parcel else "000"
    return GoodsItem(
        sequence=line.number,
        documents=_documents(line, shipment),
        commodity=_commodity(line, shipment),
        valuation=CustomsValuation(method="1") if inward else None,
        procedures=(Procedure(current, previous), Procedure(extra)),
        origins=_origins(line),
        packages=(Packaging(1, line.marks, Decimal(line.packages), line.package_type),),
    )


def _origins(line: ClaimLine) -> tuple[Origin, ...]:
    plain = Origin(line.origin, "1")
    return (plain, Origin(line.origin, "2")) if line.preference else (plain,)


def _documents(line: ClaimLine, shipment: Shipment) -> tuple[AdditionalDocument, ...]:
    """The papers of the item; those of the whole shipment stand on its first item, the invoice on every one."""
    general = [p for p in shipment.papers if not p.item and (line.number == 1 or p.code == INVOICE)]
    shown = [
        AdditionalDocument(p.code[0], p.code[1:], p.id, issuer=p.issuer if p.item else "")
        for p in (*general, *line.papers)
    ]
    if shipment.deferred and shipment.is_import:
        shown.append(AdditionalDocument("C", "506", shipment.deferred))
    return tuple(shown)


def _commodity(line: ClaimLine, shipment: Shipment) -> Commodity:
    quantity = None if line.quantity is None else Measure(line.quantity, line.unit)
    return Commodity(
        description=line.text,
        classifications=_classification(line.code),
        duties=_duties(line, shipment) if shipment.is_import else (),
        gross_mass=Measure(line.gross, KILOGRAM),
        net_mass=Measure(line.net, KILOGRAM),
        tariff_quantity=quantity,
        price=Amount(line.price, shipment.currency),
    )


def _classification(code: str) -> tuple[Classification, ...]:
    """The tariff code in the parts of the WCO Data Model: eight digits, and the rest where the tariff is longer."""
    head = (Classification(code[:8], "TSP"),)
    return (*head, Classification(code[8:], "TRC")) if len(code) > 8 else head


def _duties(line: ClaimLine, shipment: Shipment) -> tuple[DeclaredDuty, ...]:
    method = DeclaredPayment(method=DEFERRED if shipment.deferred else CASH)
    return (
        DeclaredDuty(type="A00", regime=line.preference or "100", payment=method),
        DeclaredDuty(type="B00", payment=method),
    )
