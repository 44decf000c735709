"""The entry summary declaration: what the carrier tells before the goods come (ICS1 messages IE315 and IE313).

Legal source: Union Customs Code art. 127, Annex B columns for the entry summary declaration; names are those of the
data groups, in Python spelling. As everywhere in the record nothing is checked or computed here: identifiers are
claims, numbers keep the digits they came with, an absent element is None or the empty string.

Groups of the header speak for the whole consignment (master level); the same groups of an item speak for that item
(house level) and stand there only where the header has none.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from customhouse.record.parts import Part


class Interchange(Part, frozen=True):
    """Who sends the message to whom, when it was prepared (YYMMDD, HHMM), and its own identifier."""

    sender: str = ""
    recipient: str = ""
    date: str = ""
    time: str = ""
    priority: str = ""
    id: str = ""
    type: str = ""
    correlation: str = ""


class Trader(Part, frozen=True):
    """A party with its address and its TIN (EORI); the address is absent where the TIN says it."""

    name: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    language: str = ""
    tin: str = ""


class Place(Part, frozen=True):
    """A place of loading, unloading or declaration: country and UN/LOCODE or name, in a language."""

    name: str = ""
    language: str = ""


class BorderTransport(Part, frozen=True):
    """A means of transport that crosses the border: IMO or ENI number, registration ..., and its nationality."""

    identity: str = ""
    language: str = ""
    nationality: str = ""


class ProducedDocument(Part, frozen=True):
    type: str = ""
    reference: str = ""
    language: str = ""


class Packages(Part, frozen=True):
    """Packages of one kind (UN/ECE Rec 21). In bulk there is no number; unpacked goods are counted in pieces."""

    kind: str = ""
    number: int | None = None
    pieces: int | None = None
    marks: str = ""
    marks_language: str = ""


class SealId(Part, frozen=True):
    identity: str = ""
    language: str = ""


class Office(Part, frozen=True):
    """A customs office by its reference number; of the first entry also the expected arrival (CCYYMMDDHHMM)."""

    reference: str = ""
    expected: str = ""


class EntryItem(Part, frozen=True):
    """GOODS ITEM: goods of one description and commodity code, with the parties of the house level."""

    number: int | None = None
    description: str = ""
    description_language: str = ""
    gross_mass: Decimal | None = None
    payment: str = ""
    commercial_reference: str = ""
    undg: str = ""
    loading: Place = Place()
    unloading: Place = Place()
    documents: tuple[ProducedDocument, ...] = ()
    special_mentions: tuple[str, ...] = ()
    consignor: Trader | None = None
    commodity: str = ""
    consignee: Trader | None = None
    containers: tuple[str, ...] = ()
    transport: tuple[BorderTransport, ...] = ()
    packages: tuple[Packages, ...] = ()
    notify_party: Trader | None = None


class EntrySummary(Part, frozen=True):
    """An entry summary declaration (IE315) or an amendment of one (IE313, which names the `mrn` it amends)."""

    interchange: Interchange = Interchange()
    lrn: str = ""
    mrn: str = ""
    mode: str = ""
    transport: BorderTransport = BorderTransport()
    item_count: int | None = None
    package_count: int | None = None
    gross_mass: Decimal | None = None
    place: Place = Place()
    circumstance: str = ""
    payment: str = ""
    commercial_reference: str = ""
    conveyance_reference: str = ""
    loading: Place = Place()
    unloading: Place = Place()
    declared: str = ""
    consignor: Trader | None = None
    consignee: Trader | None = None
    notify_party: Trader | None = None
    items: tuple[EntryItem, ...] = ()
    itinerary: tuple[str, ...] = ()
    lodgement_office: str = ""
    representative: Trader | None = None
    lodger: Trader | None = None
    seals: tuple[SealId, ...] = ()
    first_entry: Office = Office()
    subsequent_entries: tuple[str, ...] = ()
    carrier: Trader | None = None

    @property
    def amends(self) -> bool:
        """Whether this is an amendment (IE313)."""
        return bool(self.mrn)

    @property
    def documents(self) -> tuple[str, ...]:
        """The numbers of every document named by an item, once: transport documents and others."""
        return tuple(dict.fromkeys(d.reference for item in self.items for d in item.documents if d.reference))

    @property
    def containers(self) -> tuple[str, ...]:
        """Every container named by an item, once, in the order of the message."""
        return tuple(dict.fromkeys(number for item in self.items for number in item.containers))

    def consignor_of(self, item: EntryItem) -> Trader | None:
        """The consignor of an item: its own, or that of the whole consignment."""
        return item.consignor or self.consignor

    def consignee_of(self, item: EntryItem) -> Trader | None:
        """The consignee of an item: its own, or that of the whole consignment."""
        return item.consignee or self.consignee


class EntryState(StrEnum):
    """Where an entry summary declaration stands; STOPPED: customs has said that goods of it may not be loaded."""

    REGISTERED = "REGISTERED"
    REJECTED = "REJECTED"
    STOPPED = "STOPPED"


class FunctionalError(Part, frozen=True):
    """Why a declaration is refused: kind of error (UN/EDIFACT subset: 12 wrong value, 13 missing ...), place, rule."""

    type: str
    pointer: str
    reason: str = ""
    value: str = ""


class CustomsIntervention(Part, frozen=True):
    """What customs asks for before arrival, of one item or (`item` None) of the whole consignment."""

    code: str
    text: str = ""
    language: str = ""
    item: int | None = None


class Accepted(Part, frozen=True, tag=True):
    """The declaration has its MRN (answered by IE328), or its amendment is taken (IE304)."""

    mrn: str
    at: datetime


class Rejected(Part, frozen=True, tag=True):
    """The declaration (IE316) or its amendment (IE305) is not taken, with every error."""

    at: datetime
    errors: tuple[FunctionalError, ...]


class Intervention(Part, frozen=True, tag=True):
    """Advance notice that customs intervenes (IE351): do not load, or keep ready for examination."""

    mrn: str
    at: datetime
    registered: datetime
    interventions: tuple[CustomsIntervention, ...]


Answer = Accepted | Rejected | Intervention
