"""The building blocks of a declaration, as the WCO Data Model names them: amounts, parties, documents, transport, terms.

Nothing here is checked or computed: identifiers are claims, amounts keep the digits they came with, an absent element
is None or the empty string.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec


class Part(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A class of the WCO Data Model as declared."""


class Amount(Part, frozen=True):
    """A declared amount of money: as many digits as were written, ISO 4217 code as written (may be empty)."""

    value: Decimal
    currency: str = ""


class Measure(Part, frozen=True):
    """A declared quantity, its UN/ECE Rec 20 unit; an empty unit means the default of the place (kilogram for mass)."""

    value: Decimal
    unit: str = ""


class Stamp(Part, frozen=True):
    """A date and time as declared, with its UN/EDIFACT 2379 format code (102 CCYYMMDD, 304 CCYYMMDDHHMMSSZZZ ...)."""

    text: str
    format: str = ""


class Address(Part, frozen=True):
    city: str = ""
    country: str = ""
    country_subdivision: str = ""
    line: str = ""
    postcode: str = ""
    type: str = ""
    country_subdivision_name: str = ""


class Communication(Part, frozen=True):
    id: str = ""
    type: str = ""


class Contact(Part, frozen=True):
    name: str = ""


class Party(Part, frozen=True):
    """Any party: declarant, importer, consignee, agent ... `function` is the agent's status (2 direct, 3 indirect)."""

    id: str = ""
    name: str = ""
    address: Address | None = None
    function: str = ""
    role: str = ""
    contacts: tuple[Contact, ...] = ()
    communications: tuple[Communication, ...] = ()


class AuthorisationHolder(Part, frozen=True):
    category: str = ""
    id: str = ""


class Pointer(Part, frozen=True):
    """Where in a message something stands: WCO document section (42A), sequence in it, and element tag."""

    section: str = ""
    sequence: int | None = None
    tag: str = ""


class Amendment(Part, frozen=True):
    reason: str = ""
    pointers: tuple[Pointer, ...] = ()


class AdditionalInformation(Part, frozen=True):
    code: str = ""
    text: str = ""
    type: str = ""
    pointers: tuple[Pointer, ...] = ()


class WriteOff(Part, frozen=True):
    quantity: Measure | None = None
    amount: Amount | None = None


class AdditionalDocument(Part, frozen=True):
    """A document, certificate or authorisation; `code` (category + type, N935) is what the law asks for."""

    category: str = ""
    type: str = ""
    id: str = ""
    name: str = ""
    exemption: str = ""
    effective: Stamp | None = None
    issuer: str = ""
    write_off: WriteOff | None = None
    issuer_role: str = ""

    @property
    def code(self) -> str:
        return self.category + self.type


class PreviousDocument(Part, frozen=True):
    category: str = ""
    type: str = ""
    id: str = ""
    line: int | None = None

    @property
    def code(self) -> str:
        return self.category + self.type


class TransportMeans(Part, frozen=True):
    id: str = ""
    id_type: str = ""
    mode: str = ""
    nationality: str = ""
    name: str = ""
    type: str = ""


class Seal(Part, frozen=True):
    sequence: int | None = None
    id: str = ""


class TransportEquipment(Part, frozen=True):
    sequence: int | None = None
    id: str = ""
    seals: tuple[Seal, ...] = ()


class GoodsLocation(Part, frozen=True):
    name: str = ""
    id: str = ""
    type: str = ""
    address: Address | None = None


class Itinerary(Part, frozen=True):
    sequence: int | None = None
    country: str = ""


class ConsignmentItem(Part, frozen=True):
    """One item of a transport contract: its consignor and how its freight is paid."""

    sequence: int
    consignor: Party | None = None
    freight_payment: str = ""


class TransportConsignment(Part, frozen=True):
    """The transport contract's side of the goods: container indicator, means, places, equipment and seals."""

    container_code: str = ""
    arrival_means: TransportMeans | None = None
    departure_means: TransportMeans | None = None
    carrier: Party | None = None
    consignor: Party | None = None
    freight_payment: str = ""
    goods_location: GoodsLocation | None = None
    itineraries: tuple[Itinerary, ...] = ()
    loading_location: str = ""
    equipment: tuple[TransportEquipment, ...] = ()
    loading_location_name: str = ""
    items: tuple[ConsignmentItem, ...] = ()


class ChargeDeduction(Part, frozen=True):
    """An addition to or deduction from the price (WTO valuation agreement art. 8; DE 4/9 codes AB, AK, BA ...)."""

    type: str = ""
    amount: Amount | None = None


class CustomsValuation(Part, frozen=True):
    method: str = ""
    freight: Amount | None = None
    charges: tuple[ChargeDeduction, ...] = ()


class Ucr(Part, frozen=True):
    id: str = ""
    trader_reference: str = ""


class TradeTerms(Part, frozen=True):
    """Incoterms code and the place named with it."""

    code: str = ""
    text: str = ""
    location: str = ""
    location_name: str = ""
    country: str = ""


class Warehouse(Part, frozen=True):
    id: str = ""
    type: str = ""


class Guarantee(Part, frozen=True):
    """ObligationGuarantee: the security offered; `type` is the guarantee code, `reference` the GRN or another."""

    id: str = ""
    reference: str = ""
    type: str = ""
    access_code: str = ""
    amount: Amount | None = None
    office: str = ""


class Invoice(Part, frozen=True):
    id: str = ""
    issued: Stamp | None = None


class CurrencyExchange(Part, frozen=True):
    """A rate agreed between the parties, and the currency it converts from."""

    currency: str = ""
    rate: Decimal | None = None


class Authentication(Part, frozen=True):
    """The declarant's signature or its token, and who signed."""

    text: str = ""
    authenticator: str = ""


class Notation(Part, frozen=True):
    """How one element was written, beyond what it says: rare, and kept so that nothing handed in is lost.

    `path` is the WCO path below Declaration with a 1-based index on every element that may repeat. `name` and `value`
    are an attribute that stood on it (listID, schemeAgencyID, languageID ...); an empty `name` says that the element
    stood there with nothing in it.
    """

    path: str
    name: str = ""
    value: str = ""
