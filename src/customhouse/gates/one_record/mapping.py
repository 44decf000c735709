"""From the objects of the cargo ontology to the record: waybills, shipments, pieces, parties, places, values with units."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from customhouse.gates.one_record.json_ld import Node, name_of
from customhouse.kernel.problem import Problem
from customhouse.record.manifest import (
    Conveyance,
    DangerousGoods,
    GoodsLine,
    Level,
    Manifest,
    Packages,
    Stowage,
    TransportDocument,
    TransportEquipment,
)
from customhouse.record.parts import Address, Party

GRAMS = {
    "KGM": Decimal(1000),
    "KG": Decimal(1000),
    "K": Decimal(1000),
    "GRM": Decimal(1),
    "LBR": Decimal("453.59237"),
    "L": Decimal("453.59237"),
    "TNE": Decimal(1_000_000),
}
CUBIC_CENTIMETRES = {
    "MTQ": Decimal(1_000_000),
    "MC": Decimal(1_000_000),
    "CMQ": Decimal(1),
    "FTQ": Decimal("28316.846592"),
    "CF": Decimal("28316.846592"),
}
TYPES = {"MASTER": ("741", Level.MASTER), "DIRECT": ("740", Level.MASTER), "HOUSE": ("703", Level.HOUSE)}
Problems = list[Problem]

# class: property -> field of the record, as the mapping reads it. What stands in a message and not here is listed as unmapped.
MAPPED: dict[str, dict[str, str]] = {
    "Waybill": {
        "waybillPrefix": "number", "waybillNumber": "number", "waybillType": "level, type", "departureLocation": "loading",
        "arrivalLocation": "unloading", "involvedParties": "consignor, consignee, notify, forwarder, carrier", "shipment": "lines",
        "houseWaybills": "documents", "masterWaybill": "master", "carrierDeclarationDate": "issued",
    },
    "Shipment": {"goodsDescription": "lines.description", "totalGrossWeight": "gross_mass", "pieces": "lines", "involvedParties": "parties"},
    "Piece": {
        "goodsDescription": "lines.description", "grossWeight": "lines.gross_mass", "dimensions": "lines.volume", "packagingType": "packages.kind",
        "slac": "packages.description", "shippingMarks": "packages.marks", "contentProducts": "lines.hs, dangerous", "containedItems": "lines.hs",
        "contentProductionCountry": "lines.origin", "involvedInActions": "stowage, conveyance",
    },
    "Product": {"hsCode": "lines.hs", "description": "lines.description", "unNumber": "dangerous.undg", "hazardClassificationId": "dangerous.hazard", "properShippingName": "dangerous.name", "packagingDangerLevelCode": "dangerous.packing_group"},
    "TransportMovement": {"transportIdentifier": "voyage", "departureLocation": "loading", "arrivalLocation": "unloading", "movementTimes": "departed, expected", "operatingTransportMeans": "conveyance"},
}  # fmt: skip


def report_of(waybills: list[Node], problems: Problems) -> Manifest:
    """The cargo report of these waybills: masters with the houses in them, and houses that name their master."""
    documents: dict[str, TransportDocument] = {}
    equipment: dict[str, TransportEquipment] = {}
    movement: Node | None = None
    carrier: Party | None = None
    for waybill in waybills:
        movement = movement or _movement(waybill)
        carrier = carrier or _party(waybill, "CARRIER", "AIR", "CAR")
        for document in _documents(waybill, problems, ""):
            documents.setdefault(document.number or f"?{len(documents)}", document)
    for document in documents.values():
        for box in document.containers:
            equipment.setdefault(box, TransportEquipment(box, "UL", fullness="5"))
    told = tuple(documents.values())
    first = told[0] if told else TransportDocument()
    times = movement.nodes("movementTimes") if movement else []
    means = movement.one("operatingTransportMeans") if movement else None
    return Manifest(
        reference=first.number,
        mode="4",
        conveyance=_conveyance(means),
        voyage=movement.text("transportIdentifier") if movement else "",
        carrier=carrier or Party(),
        loading=_place(movement, "departureLocation") or first.loading,
        unloading=_place(movement, "arrivalLocation") or first.unloading,
        departed=_time(times, "DEPARTURE", problems),
        expected=_time(times, "ARRIVAL", problems),
        documents=told,
        equipment=tuple(equipment.values()),
    )


def _documents(waybill: Node, problems: Problems, master: str) -> list[TransportDocument]:
    number = _number(waybill)
    houses = [h for h in waybill.nodes("houseWaybills") if h.values]
    kind = waybill.text("waybillType").upper()
    above = waybill.one("masterWaybill")
    named = master or (_number(above) if above is not None else "")
    if kind not in TYPES and kind:
        problems.append(
            Problem(
                "UnknownCode",
                "This is no type of waybill",
                f"{waybill.where}/waybillType",
                "MASTER, HOUSE or DIRECT",
                kind[:20],
            )
        )
    type, level = TYPES.get(kind, TYPES["HOUSE" if named else "MASTER" if houses else "DIRECT"])
    shipments = waybill.nodes("shipment")
    lines = goods_of(shipments, problems)
    total = next((w for s in shipments if (w := _measure(s, "totalGrossWeight", GRAMS, problems)) is not None), None)
    if total is not None and len(lines) == 1 and lines[0].gross_mass is None:
        from msgspec.structs import replace

        lines = (replace(lines[0], gross_mass=total),)
    made = TransportDocument(
        number=number,
        level=level,
        type=type,
        master=named if level is Level.HOUSE else "",
        consolidated=level is Level.MASTER and kind == "MASTER" and not houses,
        consignor=_party(waybill, "CONSIGNOR", "SHIPPER", "SHP", "CZ"),
        consignee=_party(waybill, "CONSIGNEE", "CNE", "CN"),
        notify=tuple(p for p in [_party(waybill, "NOTIFY_PARTY", "NOTIFY", "NFY", "NI")] if p is not None),
        forwarder=_party(waybill, "FREIGHT_FORWARDER", "FORWARDER", "FFW", "FF", "AGENT", "AGT"),
        loading=_place(waybill, "departureLocation"),
        unloading=_place(waybill, "arrivalLocation"),
        issued=_moment(waybill, "carrierDeclarationDate", problems),
        lines=lines,
        gross_mass=total,
    )
    return [made, *(d for h in houses for d in _documents(h, problems, number))]


def _number(waybill: Node) -> str:
    prefix, number = waybill.text("waybillPrefix"), waybill.text("waybillNumber")
    return f"{prefix}-{number}" if prefix else number


def goods_of(holders: list[Node], problems: Problems) -> tuple[GoodsLine, ...]:
    """Goods lines: pieces of one description, kind and Harmonized System code together; a shipment speaks for its pieces."""
    found: dict[tuple[str, str], list[tuple[Node, Node]]] = {}
    for holder in holders:
        inner = holder.nodes("pieces") if holder.is_a("Shipment") else [holder]
        for piece in inner:
            text = piece.text("goodsDescription") or holder.text("goodsDescription") or _product(piece, "description")
            found.setdefault((text, _product(piece, "hsCode")), []).append((holder, piece))
        if not inner:
            found.setdefault((holder.text("goodsDescription"), ""), [])
    return tuple(_line(n, key, [p for _, p in pieces], problems) for n, (key, pieces) in enumerate(found.items(), 1))


def _line(sequence: int, told: tuple[str, str], pieces: list[Node], problems: Problems) -> GoodsLine:
    kinds: dict[tuple[str, str], int] = {}
    masses, volumes = [], []
    stowed: dict[str, list[int]] = {}
    for piece in pieces:
        packaging = piece.one("packagingType")
        kind = _code(packaging, "typeCode") if packaging else ""
        marks = piece.text("shippingMarks")
        kinds[kind, marks] = kinds.get((kind, marks), 0) + 1
        mass = _measure(piece, "grossWeight", GRAMS, problems)
        masses.append(mass)
        size = piece.one("dimensions")
        volumes.append(_measure(size, "volume", CUBIC_CENTIMETRES, problems) if size else None)
        if unit := _unit_load_device(piece):
            stowed.setdefault(unit, []).append(mass or 0)
    products = [p for piece in pieces for p in _products(piece)]
    return GoodsLine(
        sequence=sequence,
        description=told[0],
        hs="".join(c for c in told[1] if c.isdigit()),
        packages=tuple(Packages(kind, n, marks) for (kind, marks), n in kinds.items()),
        gross_mass=_sum(masses),
        volume=_sum(volumes),
        origin=next((o for p in pieces if (o := p.text("contentProductionCountry"))), ""),
        dangerous=tuple(
            dict.fromkeys(
                DangerousGoods(
                    p.text("unNumber").removeprefix("UN"),
                    p.text("hazardClassificationId"),
                    p.text("packagingDangerLevelCode"),
                    p.text("properShippingName"),
                )
                for p in products
                if p.text("unNumber")
            )
        ),
        stowage=tuple(Stowage(unit, len(each), sum(each)) for unit, each in stowed.items()),
    )


def _products(piece: Node) -> list[Node]:
    direct = piece.nodes("contentProducts")
    return direct + [p for item in piece.nodes("containedItems") for p in item.nodes("ofProduct")]


def _product(piece: Node, name: str) -> str:
    for product in _products(piece):
        if text := _code(product, name):
            return text
    return ""


def _code(holder: Node, name: str) -> str:
    """A code, told as an element of a code list, as an individual, or as plain text."""
    told = holder.one(name)
    return (told.text("code") or name_of(told.id)) if told else holder.text(name)


def _sum(found: list[int | None]) -> int | None:
    told = [n for n in found if n is not None]
    return sum(told) if told else None


def _unit_load_device(piece: Node) -> str:
    for action in piece.nodes("involvedInActions"):
        for device in action.nodes("loadingUnit") + action.nodes("onTransportMeans"):
            if device.is_a("ULD"):
                parts = (_code(device, "uldTypeCode"), device.text("uldSerialNumber"), _code(device, "ownerCode"))
                return "".join(parts)
    return ""


def _movement(waybill: Node) -> Node | None:
    """The transport movement of the first piece that is loaded onto one."""
    for shipment in waybill.nodes("shipment"):
        for piece in shipment.nodes("pieces"):
            for action in piece.nodes("involvedInActions"):
                if (found := action.one("servedActivity")) is not None and found.is_a("TransportMovement"):
                    return found
    return None


def _conveyance(means: Node | None) -> Conveyance:
    if means is None:
        return Conveyance()
    return Conveyance(means.text("vehicleRegistration") or means.text("vehicleType"), "41", means.text("vehicleModel"))


def _party(holder: Node, *roles: str) -> Party | None:
    shipments = holder.nodes("shipment")
    for party in [*holder.nodes("involvedParties"), *(p for s in shipments for p in s.nodes("involvedParties"))]:
        word = _code(party, "partyRole").upper()
        if word not in roles:
            continue
        who = party.one("partyDetails")
        if who is None:
            continue
        place = who.one("basedAtLocation")
        address = place.one("address") if place else None
        return Party(
            id=_identifier(party) or _identifier(who),
            name=who.text("name") or who.text("shortName"),
            address=_address(address),
        )
    return None


def _identifier(holder: Node) -> str:
    for other in holder.nodes("otherIdentifiers"):
        if text := other.text("textualValue"):
            return text
    return ""


def _address(address: Node | None) -> Address | None:
    if address is None:
        return None
    return Address(
        city=address.text("cityName") or _code(address, "cityCode"),
        country=_code(address, "country"),
        line=", ".join(str(x) for x in address.all("streetAddressLines") if not isinstance(x, Node)),
        postcode=address.text("postalCode"),
    )


def _place(holder: Node | None, name: str) -> str:
    place = holder.one(name) if holder else None
    if place is None:
        return ""
    for code in place.nodes("locationCodes"):
        if text := code.text("code") or name_of(code.id):
            return text
    return place.text("locationName")


def _measure(holder: Node | None, name: str, units: dict[str, Decimal], problems: Problems) -> int | None:
    """A Value (number and unit) in whole units of the record."""
    value = holder.one(name) if holder else None
    if value is None:
        return None
    text, word = value.text("numericalValue"), _code(value, "unit")
    where = f"{value.where}".lstrip("/")
    try:
        number = Decimal(text)
    except InvalidOperation:
        problems.append(
            Problem("WrongType", "Expected a number", f"{where}/numericalValue", "Write a number", text[:40])
        )
        return None
    if word.upper() not in units:
        problems.append(
            Problem(
                "UnknownUnit", "This unit is not known here", f"{where}/unit", f"Known: {', '.join(units)}", word[:20]
            )
        )
        return None
    if not number.is_finite() or number < 0:
        problems.append(
            Problem("WrongType", "Expected a number that is not negative", f"{where}/numericalValue", "", text[:40])
        )
        return None
    return int((number * units[word.upper()]).to_integral_value(ROUND_HALF_UP))


def _time(times: list[Node], which: str, problems: Problems) -> datetime | None:
    """The departure or arrival of a movement: actual where told, else as planned."""
    found: dict[str, datetime] = {}
    for one in times:
        direction, kind = one.text("direction").upper(), one.text("movementMilestone").upper()
        kind += one.text("movementTimeType").upper() + one.text("timeType").upper()
        is_arrival = "INBOUND" in direction or any(m in kind for m in ("AIBT", "ALDT", "SIBT", "SLDT", "ARRIVAL"))
        if is_arrival == (which == "ARRIVAL") and (at := _moment(one, "movementTimestamp", problems)):
            found.setdefault("actual" if "ACTUAL" in kind else "planned", at)
    return found.get("actual") or found.get("planned")


def _moment(holder: Node, name: str, problems: Problems) -> datetime | None:
    text: Any = holder.text(name)
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        where = f"{holder.where}/{name}".lstrip("/")
        problems.append(
            Problem("WrongType", "Expected a date and time", where, "Write 2026-11-27T06:00:00Z", text[:40])
        )
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
