"""What the carrier and the forwarder tell of a shipment: cargo reports, houses, entry summary declarations, and when.

A shipment under a cargo report shares its ship or aircraft with goods of others that nobody declares yet: those lie in
temporary storage. Everything follows from the shipment and its seed; only times are arguments.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from customhouse.record.manifest import (
    Conveyance,
    Degroupage,
    GoodsLine,
    Level,
    Manifest,
    Packages,
    Seal,
    Stowage,
    TransportDocument,
    TransportEquipment,
)
from customhouse.record.parts import Party
from customhouse.simulator.carriers import air_waybill, container_number
from customhouse.simulator.draw import Draw
from customhouse.simulator.goods import Goods, catalogue
from customhouse.simulator.names import STEMS, TRADES
from customhouse.simulator.shipment import Carriage, Shipment

REPORTED = {"1": 0.55, "4": 0.45}  # share of shipments by sea and by air that a cargo report covers
CARRIER = Party(id="XM100000058", name="Blue Meridian Lines")
# How a shipment goes, by what is done before and after its declaration is handed in, with weights.
WAYS: dict[tuple[tuple[str, ...], tuple[str, ...], bool], float] = {
    (("report", "houses", "arrive"), (), False): 4.0,
    ((), ("report", "houses", "arrive"), False): 2.0,
    (("report", "houses"), ("arrive",), True): 3.0,
    ((), ("report", "houses", "arrive"), True): 1.0,
}
FAULTS = {"": 0.84, "short": 0.06, "over": 0.06, "overdue": 0.04}
OTHERS = {0: 6.0, 1: 3.0, 2: 1.0}  # bills of others on board, with weights
# Types of transport document: (bill of its own, master, house) by mode.
TYPES = {"1": ("705", "704", "714"), "4": ("740", "741", "703")}
SOON, LATE = timedelta(hours=5), timedelta(days=2)


def carriage(shipment: Shipment) -> Carriage | None:
    """Whether and how the carrier reports this shipment; None where no cargo report is made."""
    draw, way = Draw(shipment.seed, "carriage"), shipment.journey
    if not shipment.is_import or way.master or not draw.chance(REPORTED.get(way.mode, 0.0)):
        return None
    before, after, prelodged = draw.weighted(WAYS)
    fault = draw.weighted(FAULTS)
    if fault == "overdue":
        before, after, prelodged = ("report", "houses"), ("arrive",), True
    summary = draw.chance(0.5)
    return Carriage(
        reference=f"BM-{shipment.reference}",
        before=("summary", *before) if summary and before else before,
        after=("summary", *after) if summary and not before else after,
        prelodged=prelodged,
        houses=draw.whole(1, 2) if draw.chance(0.35) else 0,
        others=draw.weighted(OTHERS),
        fault=fault,
    )


def expected_at(told: Carriage, now: datetime) -> datetime:
    """When the carrier says, at `now`, that it arrives: in the past for one that is overdue, else soon."""
    arrives = now - LATE if told.fault == "overdue" else now + SOON
    return arrives.replace(minute=0, second=0, microsecond=0)


def reported(shipment: Shipment, told: Carriage, expected: datetime) -> Manifest:
    """The cargo report of the call that brings the shipment."""
    way = shipment.journey
    draw = Draw(shipment.seed, "report")
    own = _own(shipment, told)
    documents, boxes = (
        [own],
        [TransportEquipment(b.number, "CN", "42G1", "5", (Seal(b.seal, "CA"),)) for b in way.containers],
    )
    if told.houses:
        documents = [_master(shipment, (own, *_beside(shipment, told)))]
    for _ in range(told.others):
        document, box = _other(draw, shipment)
        documents.append(document)
        boxes += [box] if box else []
    is_ship = way.mode == "1"
    means = Conveyance(way.means_id, "11" if is_ship else "40", way.means if is_ship else way.carrier, way.nationality)
    return Manifest(
        reference=told.reference, mode=way.mode, conveyance=means, voyage=way.voyage, carrier=CARRIER,
        office=shipment.office, loading=way.loading, unloading=way.unloading, expected=expected,
        departed=expected - (expected.date() - way.departed if way.departed < expected.date() else timedelta(hours=9)),
        documents=tuple(documents), equipment=tuple(boxes),
    )  # fmt: skip


def houses(shipment: Shipment, told: Carriage, number: str) -> Degroupage | None:
    """What the forwarder tells of the master in report `number`; None where the shipment has a bill of its own."""
    if not told.houses:
        return None
    master = _master_number(shipment)
    under = (_own(shipment, told), *_beside(shipment, told))
    forwarder = Party(id=shipment.broker.id, name=shipment.broker.name)
    return Degroupage(f"{told.reference}-H", number, master, forwarder, under)


def _own(shipment: Shipment, told: Carriage) -> TransportDocument:
    """The document that the declaration names, with what is really on board."""
    way = shipment.journey
    boxes = [box.number for box in way.containers]
    lines = tuple(
        GoodsLine(
            n, line.text, line.code[:6], (Packages(line.package_type, _landed(line.packages, told.fault), line.marks),),
            int(line.gross * 1000 * _landed(line.packages, told.fault) / line.packages),
            origin=line.origin, stowage=tuple(Stowage(box) for box in boxes[(n - 1) % len(boxes):] if boxes) if boxes else (),
        )
        for n, line in enumerate(shipment.lines, 1)
    )  # fmt: skip
    abroad = shipment.abroad
    document = TransportDocument(
        number=way.document, type=TYPES[way.mode][0], consignor=Party(name=abroad.name, address=abroad.address),
        consignee=Party(id=shipment.home.id, name=shipment.home.name), loading=way.loading, unloading=way.unloading,
        lines=lines,
    )  # fmt: skip
    if told.houses:
        return replace(document, level=Level.HOUSE, type=TYPES[way.mode][2], master=_master_number(shipment))
    return document


def _landed(packages: int, fault: str) -> int:
    """Packages that are on board: a tenth fewer or more than declared where something went wrong."""
    tenth = max(1, packages // 10)
    return max(1, packages + {"short": -tenth, "over": tenth}.get(fault, 0))


def _master_number(shipment: Shipment) -> str:
    draw = Draw(shipment.seed, "master")
    if shipment.journey.mode == "4":
        return air_waybill(shipment.journey.document[:3], draw.whole(1_000_000, 9_999_999))
    return f"{shipment.journey.document[:4]}M{draw.digits(8)}"


def _beside(shipment: Shipment, told: Carriage) -> tuple[TransportDocument, ...]:
    """The other houses under the same master."""
    draw, way = Draw(shipment.seed, "houses"), shipment.journey
    boxes = tuple(Stowage(box.number) for box in way.containers[:1])
    return tuple(
        replace(
            _bill(draw, shipment, f"{way.document}-{n}", TYPES[way.mode][2], boxes),
            level=Level.HOUSE, master=_master_number(shipment),
        )
        for n in range(1, told.houses + 1)
    )  # fmt: skip


def _master(shipment: Shipment, under: tuple[TransportDocument, ...]) -> TransportDocument:
    """The consolidation as the carrier knows it: packages and mass, the forwarder, no houses yet."""
    way, mode = shipment.journey, shipment.journey.mode
    mass = sum(d.mass for d in under)
    boxes = tuple(Stowage(box.number) for box in way.containers)
    line = GoodsLine(1, f"Consolidated cargo: {under[0].lines[0].description}", "", (Packages("PK", sum(d.packages for d in under)),), mass, stowage=boxes)  # fmt: skip
    return TransportDocument(
        number=_master_number(shipment), type=TYPES[mode][1], consolidated=True, loading=way.loading,
        unloading=way.unloading, consignor=Party(name=f"{way.carrier} agency"),
        consignee=Party(id=shipment.broker.id, name=shipment.broker.name),
        forwarder=Party(id=shipment.broker.id, name=shipment.broker.name), lines=(line,),
    )  # fmt: skip


def _other(draw: Draw, shipment: Shipment) -> tuple[TransportDocument, TransportEquipment | None]:
    """A bill of somebody else's goods on the same ship or aircraft, in a box of their own."""
    mode, document = shipment.journey.mode, shipment.journey.document
    if mode == "4":
        number = air_waybill(document[:3], draw.whole(1_000_000, 9_999_999))
        return _bill(draw, shipment, number, TYPES[mode][0], ()), None
    box = container_number("BLTU", draw.whole(100_000, 999_999))
    seal = Seal(f"{draw.letters(2)}{draw.digits(7)}", "CA")
    bill = _bill(draw, shipment, f"{document[:6]}{draw.digits(8)}", TYPES[mode][0], (Stowage(box),))
    return bill, TransportEquipment(box, "CN", "22G1", "5", (seal,))


def _bill(draw: Draw, shipment: Shipment, number: str, type: str, boxes: tuple[Stowage, ...]) -> TransportDocument:
    way = shipment.journey
    goods: Goods = draw.one([g for g in catalogue().values() if way.mode in g.modes and g.per < 1000])
    count = draw.whole(4, 80)
    mass = int(Decimal(count * goods.per * (1 + goods.tare)).quantize(Decimal("0.1")) * 1000)
    line = GoodsLine(1, goods.text, goods.code[:6], (Packages(goods.pack, count, f"{draw.letters(3)} {draw.digits(4)}"),), mass, stowage=boxes)  # fmt: skip
    return TransportDocument(
        number=number, type=type, consignor=Party(name=f"{draw.one(STEMS)} {draw.one(TRADES)} Ltd"),
        consignee=Party(name=f"{draw.one(STEMS)} Meridia Ltd"), loading=way.loading, unloading=way.unloading, lines=(line,),
    )  # fmt: skip


def cargo_truth(shipment: Shipment) -> str:
    """What is known of the cargo of a shipment, in words; empty where no report covers it."""
    told = shipment.carriage
    if told is None:
        return ""
    words = f"reported as {told.reference}"
    if told.fault in ("short", "over"):
        there = sum(_landed(line.packages, told.fault) for line in shipment.lines)
        return f"{words}, {told.fault}: {there} of {sum(line.packages for line in shipment.lines)} packages on board"
    return f"{words}, {told.fault}" if told.fault else words


def encode(told: Manifest | Degroupage) -> bytes:
    """A report or a degroupage as our own JSON."""
    return msgspec.json.encode(told)
