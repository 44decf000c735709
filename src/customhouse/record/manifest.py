"""The cargo report: what a carrier tells of everything on board one means of transport, before it arrives.

Names are those of the WCO Data Model and UN/CEFACT (CUSCAR, Rec 16, 19, 20, 21, 28). A `Manifest` is one conveyance on one
journey with its transport documents: masters, issued by the carrier, and houses, issued by a forwarder under a master.
As everywhere in what is handed in, nothing is checked here: numbers are claims, an absent element is None or the empty
string. Masses are whole grams, volumes whole cubic centimetres, times carry their offset from UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from customhouse.kernel.transport import ContainerNumber
from customhouse.record.parts import Amount, Part, Party, PreviousDocument


class Mode(StrEnum):
    """Mode of transport at the border (UN/ECE Rec 19)."""

    SEA = "1"
    RAIL = "2"
    ROAD = "3"
    AIR = "4"
    MAIL = "5"
    FIXED = "7"
    INLAND_WATER = "8"


class Level(StrEnum):
    """Who issued a transport document: the carrier (master) or a forwarder under a master (house)."""

    MASTER = "master"
    HOUSE = "house"


class Movement(StrEnum):
    """What becomes of the goods at this port: landed, carried on under customs, moved to another ship, left on board."""

    IMPORT = "import"
    TRANSIT = "transit"
    TRANSHIPMENT = "transhipment"
    REMAINING = "remaining"
    EXPORT = "export"


class Conveyance(Part, frozen=True):
    """The means of transport: IMO number, registration, wagon ... `id_type` WCO (10 wagon, 11 IMO, 30 road, 40 flight, 41 aircraft)."""

    id: str = ""
    id_type: str = ""
    name: str = ""
    nationality: str = ""
    type: str = ""


class Packages(Part, frozen=True):
    """Packages of one kind (UN/ECE Rec 21, two characters); `count` None where goods lie in bulk."""

    kind: str = ""
    count: int | None = None
    marks: str = ""
    description: str = ""


class DangerousGoods(Part, frozen=True):
    """UN number (four digits), class or division, packing group, flash point as written, technical name."""

    undg: str = ""
    hazard: str = ""
    packing_group: str = ""
    name: str = ""
    flash_point: str = ""


class Stowage(Part, frozen=True):
    """How much of a goods line lies in one piece of equipment."""

    equipment: str = ""
    packages: int | None = None
    gross_mass: int | None = None


class GoodsLine(Part, frozen=True):
    """Goods of one description in a transport document. `hs` is the Harmonized System code where it is told."""

    sequence: int = 0
    description: str = ""
    hs: str = ""
    packages: tuple[Packages, ...] = ()
    gross_mass: int | None = None
    net_mass: int | None = None
    volume: int | None = None
    origin: str = ""
    dangerous: tuple[DangerousGoods, ...] = ()
    stowage: tuple[Stowage, ...] = ()
    ucr: str = ""
    value: Amount | None = None

    @property
    def package_count(self) -> int:
        """Packages of every kind; bulk counts as none."""
        return sum(p.count or 0 for p in self.packages)


class TransportDocument(Part, frozen=True):
    """A contract of carriage. `type` is UN/CEFACT 1001: 704 master bill, 705 bill of lading, 714 house bill, 710 sea waybill,
    741 master air waybill, 740 air waybill, 703 house waybill, 730 road, 720 rail. A house names the number of its `master`.

    `consolidated` says that houses stand under a master and are told later, by the `forwarder` where one is named.
    Places are UN/LOCODE, or a name where none is known.
    """

    number: str = ""
    level: Level = Level.MASTER
    type: str = ""
    master: str = ""
    movement: Movement = Movement.IMPORT
    consolidated: bool = False
    consignor: Party | None = None
    consignee: Party | None = None
    notify: tuple[Party, ...] = ()
    forwarder: Party | None = None
    acceptance: str = ""
    loading: str = ""
    unloading: str = ""
    delivery: str = ""
    issued: datetime | None = None
    shipped: datetime | None = None
    lines: tuple[GoodsLine, ...] = ()
    package_count: int | None = None
    gross_mass: int | None = None
    freight: Amount | None = None
    freight_payment: str = ""
    previous_documents: tuple[PreviousDocument, ...] = ()
    ucr: str = ""

    @property
    def packages(self) -> int:
        """Number of packages: the total where the document states one, else the sum of its lines."""
        return self.package_count if self.package_count is not None else sum(g.package_count for g in self.lines)

    @property
    def mass(self) -> int:
        """Gross mass in grams: the total where the document states one, else the sum of its lines."""
        return self.gross_mass if self.gross_mass is not None else sum(g.gross_mass or 0 for g in self.lines)

    @property
    def containers(self) -> tuple[str, ...]:
        """Every piece of equipment that a line lies in, once, in order."""
        return tuple(dict.fromkeys(s.equipment for g in self.lines for s in g.stowage if s.equipment))


class Seal(Part, frozen=True):
    """A seal and who put it on (UN/CEFACT 9303: CA carrier, SH shipper, CU customs, TO terminal, AC vet ...)."""

    number: str = ""
    issuer: str = ""
    state: str = ""


class TransportEquipment(Part, frozen=True):
    """A container or trailer. `type` is UN/CEFACT 8053 (CN container, TE trailer, UL unit load device ...), `size_type` ISO 6346
    (42G1), `fullness` UN/CEFACT 8169 (4 empty, 5 full). Tare and gross mass (VGM) in grams.
    """

    number: str = ""
    type: str = "CN"
    size_type: str = ""
    fullness: str = ""
    seals: tuple[Seal, ...] = ()
    tare: int | None = None
    gross_mass: int | None = None
    shipper_owned: bool = False

    @property
    def is_empty(self) -> bool:
        return self.fullness == "4"

    @property
    def checked(self) -> ContainerNumber:
        """The number as an ISO 6346 container number. Raises InvalidNumber where form or check digit is wrong."""
        return ContainerNumber.parse(self.number)


class Manifest(Part, frozen=True):
    """One cargo report. `reference` is the carrier's own; `function` UN/CEFACT 1225 (9 original, 4 change, 5 replace, 1 cancel).

    `expected` is the arrival foretold, `arrived` the one that happened; `office` the customs office of entry. The three
    totals are what the message claims of itself and may be absent.
    """

    reference: str = ""
    type: str = "785"
    function: str = "9"
    mode: str = ""
    conveyance: Conveyance = Conveyance()
    voyage: str = ""
    carrier: Party = Party()
    submitter: Party | None = None
    office: str = ""
    loading: str = ""
    unloading: str = ""
    last_call: str = ""
    next_call: str = ""
    itinerary: tuple[str, ...] = ()
    departed: datetime | None = None
    expected: datetime | None = None
    arrived: datetime | None = None
    issued: datetime | None = None
    documents: tuple[TransportDocument, ...] = ()
    equipment: tuple[TransportEquipment, ...] = ()
    document_count: int | None = None
    package_count: int | None = None
    gross_mass: int | None = None

    @property
    def masters(self) -> tuple[TransportDocument, ...]:
        return tuple(d for d in self.documents if d.level is Level.MASTER)

    def houses(self, master: str) -> tuple[TransportDocument, ...]:
        """The house documents under the master of this number."""
        return tuple(d for d in self.documents if d.level is Level.HOUSE and d.master == master)

    def document(self, number: str) -> TransportDocument | None:
        """The transport document of this number, or None."""
        return next((d for d in self.documents if d.number == number), None)


class Degroupage(Part, frozen=True):
    """The houses of one master, told by the forwarder who consolidated them. `manifest` is the number customs gave."""

    reference: str = ""
    manifest: str = ""
    master: str = ""
    forwarder: Party = Party()
    houses: tuple[TransportDocument, ...] = ()


def totals(documents: Iterable[TransportDocument]) -> tuple[int, int]:
    """(packages, grams) of these documents together."""
    packages = mass = 0
    for document in documents:
        packages += document.packages
        mass += document.mass
    return packages, mass
