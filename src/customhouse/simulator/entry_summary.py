"""The entry summary declaration of a simulated shipment: what its carrier tells customs before the goods come."""

from __future__ import annotations

from datetime import datetime

from customhouse.record.ens import (
    BorderTransport,
    EntryItem,
    EntrySummary,
    Interchange,
    Office,
    Packages,
    Place,
    ProducedDocument,
    SealId,
    Trader,
)
from customhouse.simulator.border import COUNTRY, TRANSPORT_DOCUMENT
from customhouse.simulator.carriage import CARRIER
from customhouse.simulator.shipment import Carriage, Firm, Line, Shipment


def entry_summary(shipment: Shipment, told: Carriage, now: datetime, expected: datetime) -> EntrySummary:
    """The declaration that the carrier lodges at `now` for goods expected at `expected`."""
    way = shipment.journey
    carrier = Trader(tin=CARRIER.id)
    number = told.reference.removeprefix("BM-")
    return EntrySummary(
        interchange=Interchange(CARRIER.id, f"CUSTOMS.{COUNTRY}", f"{now:%y%m%d}", f"{now:%H%M}", id=number[-14:], type="CC315A"),
        lrn=number[:22],
        mode=way.mode,
        transport=BorderTransport(way.means_id, "", way.nationality) if way.mode == "1" else BorderTransport(),
        item_count=len(shipment.lines),
        package_count=sum(line.packages for line in shipment.lines),
        gross_mass=sum((line.gross for line in shipment.lines), start=shipment.lines[0].gross * 0),
        place=Place("PORT MERIDIA", "en"),
        payment="B",
        commercial_reference=way.document,
        conveyance_reference=way.voyage or way.means_id,
        loading=Place(way.loading),
        unloading=Place(way.unloading),
        declared=f"{now:%Y%m%d%H%M}",
        consignor=_trader(shipment.abroad),
        consignee=Trader(tin=shipment.home.id),
        items=tuple(_item(n, line, shipment) for n, line in enumerate(shipment.lines, 1)),
        itinerary=(way.loading[:2], COUNTRY),
        lodger=carrier,
        seals=tuple(SealId(box.seal) for box in way.containers),
        first_entry=Office(shipment.office, f"{expected:%Y%m%d%H%M}"),
        carrier=carrier,
    )  # fmt: skip


def _trader(firm: Firm) -> Trader:
    at = firm.address
    return Trader(firm.name, at.line, at.postcode or "0000", at.city, at.country, "en")


def _item(number: int, line: Line, shipment: Shipment) -> EntryItem:
    way = shipment.journey
    bulk = line.package_type.startswith("V")
    return EntryItem(
        number=number,
        description=line.text[:280],
        description_language="en",
        gross_mass=line.gross,
        documents=(ProducedDocument(TRANSPORT_DOCUMENT[way.mode], way.document, "en"),),
        commodity=line.code[:6],
        containers=tuple(box.number for box in way.containers),
        packages=(Packages(line.package_type, None if bulk else line.packages, None, line.marks, "en"),),
    )
