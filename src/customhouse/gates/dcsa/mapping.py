"""From the objects of a DCSA transport document to the record; what is not of the right type is told, all of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from customhouse.kernel.problem import Problem
from customhouse.record.manifest import (
    Conveyance,
    DangerousGoods,
    GoodsLine,
    Level,
    Manifest,
    Packages,
    Seal,
    Stowage,
    TransportDocument,
    TransportEquipment,
)
from customhouse.record.parts import Address, Communication, Contact, Party

GRAMS = {"KGM": Decimal(1000), "LBR": Decimal("453.59237"), "GRM": Decimal(1), "TNE": Decimal(1_000_000)}
CUBIC_CENTIMETRES = {"MTQ": Decimal(1_000_000), "FTQ": Decimal("28316.846592"), "LTR": Decimal(1000)}
TYPES = {"BOL": "705", "SWB": "710"}
FULLNESS = {"EMPTY": "4", "LADEN": "5"}
ISSUERS = {"CAR": "CA", "SHI": "SH", "CUS": "CU", "VET": "AC", "PHY": "AC"}
NUMBERS_OF_CUSTOMS = ("EORI", "TIN", "CUSTOMS", "TAX", "VAT", "ZZZ")


class Read:
    """An object being read, with its place; a value of the wrong type is a problem and counts as absent."""

    def __init__(self, told: Any, where: str, problems: list[Problem]) -> None:
        self.where, self.problems = where, problems
        self.told: dict[str, Any] = told if isinstance(told, dict) else {}
        if told is not None and not isinstance(told, dict):
            self.wrong("", "an object", told)

    def wrong(self, name: str, wanted: str, found: Any) -> None:
        where = "/".join(filter(None, (self.where, name)))
        label = f"Expected {wanted}, found {type(found).__name__}"
        self.problems.append(Problem("WrongType", label, where, f"Write {wanted} here", str(found)[:80]))

    def _typed(self, name: str, kinds: type | tuple[type, ...], wanted: str) -> Any:
        found = self.told.get(name)
        if found is None or (isinstance(found, kinds) and not (isinstance(found, bool) and kinds is not bool)):
            return found
        self.wrong(name, wanted, found)
        return None

    def text(self, name: str) -> str:
        return str(self._typed(name, str, "text") or "").strip()

    def flag(self, name: str) -> bool:
        return bool(self._typed(name, bool, "true or false"))

    def number(self, name: str) -> Decimal | None:
        found = self._typed(name, (int, Decimal), "a number")
        return None if found is None else Decimal(found)

    def whole(self, name: str) -> int | None:
        found = self.number(name)
        if found is not None and found != found.to_integral_value():
            self.wrong(name, "a whole number", found)
            return None
        return None if found is None else int(found)

    def one(self, name: str) -> Read:
        return Read(self.told.get(name), "/".join(filter(None, (self.where, name))), self.problems)

    def many(self, name: str) -> list[Read]:
        found = self._typed(name, list, "a list") or []
        where = "/".join(filter(None, (self.where, name)))
        return [Read(each, f"{where}[{n}]", self.problems) for n, each in enumerate(found, 1)]

    def texts(self, name: str) -> tuple[str, ...]:
        """A text or a list of texts."""
        found = self.told.get(name)
        if isinstance(found, str):
            return (found,)
        listed = self._typed(name, list, "a list") or []
        for each in listed:
            if not isinstance(each, str):
                self.wrong(name, "text", each)
        return tuple(each for each in listed if isinstance(each, str))

    def moment(self, name: str) -> datetime | None:
        """A date or a date and time; a date is its first moment, and one without an offset is read as UTC."""
        text = self.text(name)
        if not text:
            return None
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            self.wrong(name, "a date (2026-11-27)", text)
            return None
        return found if found.tzinfo else datetime.combine(found.date(), found.time() or time(), UTC)

    def measure(self, name: str, units: dict[str, Decimal]) -> int | None:
        """A value with its unit, in whole units of the record."""
        inner = self.one(name)
        value, unit = inner.number("value"), inner.text("unit")
        if value is None:
            return None
        if unit not in units:
            inner.wrong("unit", f"one of {', '.join(units)}", unit)
            return None
        return int((value * units[unit]).to_integral_value(ROUND_HALF_UP))

    def place(self, name: str) -> str:
        inner = self.one(name)
        return inner.text("UNLocationCode") or inner.text("locationName")


def report_of(told: Any, problems: list[Problem]) -> Manifest:
    """The cargo report that holds this transport document."""
    read = Read(told, "", problems)
    number = read.text("transportDocumentReference")
    houses = [_house(h, number) for h in read.many("houseBillOfLadings")]
    transports = read.one("transports")
    voyages = transports.many("vesselVoyages")
    first = voyages[0] if voyages else Read(None, "", problems)
    imo = first.text("vesselIMONumber")
    document = _document(read, number, TYPES.get(read.text("transportDocumentTypeCode"), "705"), Level.MASTER)
    consolidated = read.flag("isHouseBillOfLadingsIssued") and not houses
    master = _with(
        document,
        consolidated=consolidated,
        acceptance=transports.place("placeOfReceipt"),
        loading=transports.place("portOfLoading"),
        unloading=transports.place("portOfDischarge"),
        delivery=transports.place("placeOfDelivery"),
        issued=read.moment("issueDate"),
        shipped=read.moment("shippedOnBoardDate"),
        freight_payment=read.text("freightPaymentTermCode"),
    )
    equipment = [_equipment(e) for e in read.many("utilizedTransportEquipments")]
    listed = {e.number for e in equipment}
    for house in read.many("houseBillOfLadings"):
        for box in map(_equipment, house.many("utilizedTransportEquipments")):
            if box.number not in listed:
                listed.add(box.number)
                equipment.append(box)
    return Manifest(
        reference=number,
        mode="1",
        conveyance=Conveyance(imo, "11" if imo else "", first.text("vesselName")),
        voyage=first.text("carrierExportVoyageNumber"),
        carrier=Party(name=read.text("carrierCode")),
        loading=master.loading,
        unloading=master.unloading,
        departed=transports.moment("plannedDepartureDate"),
        expected=transports.moment("plannedArrivalDate"),
        documents=(master, *houses),
        equipment=tuple(equipment),
    )


def _with(document: TransportDocument, **changes: Any) -> TransportDocument:
    from msgspec.structs import replace

    return replace(document, **changes)


def _house(read: Read, master: str) -> TransportDocument:
    made = _document(read, read.text("houseBillOfLadingReference"), "714", Level.HOUSE)
    return _with(
        made,
        master=master,
        acceptance=read.place("placeOfAcceptance"),
        delivery=read.place("placeOfFinalDelivery"),
        freight_payment=read.text("methodOfPayment"),
    )


def _document(read: Read, number: str, type: str, level: Level) -> TransportDocument:
    parties = read.one("documentParties")
    notify = [*parties.many("notifyParties"), *([parties.one("notifyParty")] if "notifyParty" in parties.told else [])]
    to_order = Party(name="TO ORDER") if read.flag("isToOrder") else None
    return TransportDocument(
        number=number,
        level=level,
        type=type,
        consignor=_party(parties.one("shipper")),
        consignee=_party(parties.one("consignee")) or to_order,
        notify=tuple(p for p in map(_party, notify) if p is not None),
        lines=tuple(_line(n, item) for n, item in enumerate(read.many("consignmentItems"), 1)),
    )


def _party(read: Read) -> Party | None:
    if not read.told:
        return None
    codes = read.many("identifyingCodes")
    chosen = next((c for c in codes if c.text("codeListProvider") in NUMBERS_OF_CUSTOMS), codes[0] if codes else None)
    address = read.one("address")
    street = " ".join(filter(None, (address.text("street"), address.text("streetNumber"))))
    contacts = read.many("partyContactDetails")
    reach = [(c.text("email"), "EM") for c in contacts] + [(c.text("phone"), "TE") for c in contacts]
    return Party(
        id=chosen.text("partyCode") if chosen else "",
        name=read.text("partyName"),
        address=Address(
            city=address.text("city"), country=address.text("countryCode"), line=street,
            postcode=address.text("postCode"), country_subdivision_name=address.text("stateRegion"),
        ) if address.told else None,
        contacts=tuple(Contact(c.text("name")) for c in contacts if c.text("name")),
        communications=tuple(Communication(id, kind) for id, kind in reach if id),
    )  # fmt: skip


def _line(sequence: int, read: Read) -> GoodsLine:
    cargo = read.many("cargoItems")
    packed = [c.one("outerPackaging") for c in cargo]
    marks = " ".join(read.texts("shippingMarks"))
    return GoodsLine(
        sequence=sequence,
        description=" ".join(" ".join(read.texts("descriptionOfGoods")).split()),
        hs=next((h for h in read.texts("HSCodes")), ""),
        packages=tuple(
            Packages(p.text("packageCode"), p.whole("numberOfPackages"), marks, p.text("description")) for p in packed
        ),
        gross_mass=_sum(cargo, lambda c: c.measure("cargoGrossWeight", GRAMS)),
        net_mass=_sum(cargo, lambda c: c.measure("cargoNetWeight", GRAMS)),
        volume=_sum(cargo, lambda c: c.measure("cargoGrossVolume", CUBIC_CENTIMETRES)),
        dangerous=tuple(
            DangerousGoods(
                d.text("UNNumber"),
                d.text("imoClass"),
                str(d.told.get("packingGroup", "")),
                d.text("properShippingName"),
            )
            for p in packed
            for d in p.many("dangerousGoods")
        ),
        stowage=tuple(
            Stowage(c.text("equipmentReference"), p.whole("numberOfPackages"), c.measure("cargoGrossWeight", GRAMS))
            for c, p in zip(cargo, packed, strict=True)
            if c.text("equipmentReference")
        ),
    )


def _sum(cargo: list[Read], of: Callable[[Read], int | None]) -> int | None:
    found = [n for c in cargo if (n := of(c)) is not None]
    return sum(found) if found else None


def _equipment(read: Read) -> TransportEquipment:
    """Equipment told flat (shipping instructions) or in an object of its own (transport document)."""
    box = read.one("equipment") if "equipment" in read.told else read
    return TransportEquipment(
        number=box.text("equipmentReference"),
        size_type=box.text("ISOEquipmentCode"),
        fullness=FULLNESS.get(read.text("emptyIndicatorCode"), "5"),
        seals=tuple(
            Seal(s.text("number"), ISSUERS.get(s.text("source"), s.text("source"))) for s in read.many("seals")
        ),
        tare=box.measure("tareWeight", GRAMS),
        shipper_owned=read.flag("isShipperOwned"),
    )
