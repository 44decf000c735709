"""What was declared: the WCO Declaration (message DEC) as the declarant handed it in, unchanged by customs.

Names are those of the WCO Data Model in Python spelling (GovernmentAgencyGoodsItem -> GoodsItem); ids such as 42A are
in the mapping table of `gates.wco_xml`. Nothing here is checked or computed: identifiers are claims, amounts keep the
digits they came with, an absent element is None or the empty string.
"""

from __future__ import annotations

from decimal import Decimal

from customhouse.record.parts import (
    AdditionalDocument,
    AdditionalInformation,
    Address,
    Amendment,
    Amount,
    Authentication,
    AuthorisationHolder,
    ChargeDeduction,
    Communication,
    ConsignmentItem,
    Contact,
    CurrencyExchange,
    CustomsValuation,
    GoodsLocation,
    Guarantee,
    Invoice,
    Itinerary,
    Measure,
    Notation,
    Part,
    Party,
    Pointer,
    PreviousDocument,
    Seal,
    Stamp,
    TradeTerms,
    TransportConsignment,
    TransportEquipment,
    TransportMeans,
    Ucr,
    Warehouse,
    WriteOff,
)

__all__ = [
    "AdditionalDocument",
    "AdditionalInformation",
    "Address",
    "Amendment",
    "Amount",
    "Authentication",
    "AuthorisationHolder",
    "ChargeDeduction",
    "Classification",
    "Commodity",
    "Communication",
    "ConsignmentItem",
    "Contact",
    "CurrencyExchange",
    "CustomsValuation",
    "DangerousGoods",
    "DeclaredDuty",
    "DeclaredPayment",
    "GoodsItem",
    "GoodsLocation",
    "GoodsShipment",
    "Guarantee",
    "Invoice",
    "Itinerary",
    "Lodgement",
    "Measure",
    "Notation",
    "Origin",
    "Packaging",
    "Part",
    "Party",
    "Pointer",
    "PreviousDocument",
    "Procedure",
    "Seal",
    "Stamp",
    "TradeTerms",
    "TransportConsignment",
    "TransportEquipment",
    "TransportMeans",
    "Ucr",
    "Warehouse",
    "WriteOff",
]


class Classification(Part, frozen=True):
    """One code of the goods with its list: TSP tariff subheading, TRC TARIC, TRA additional, GN national, CV CUS ..."""

    id: str = ""
    type: str = ""


class DeclaredPayment(Part, frozen=True):
    method: str = ""
    amount: Amount | None = None
    tax_assessed: Amount | None = None


class DeclaredDuty(Part, frozen=True):
    """What the declarant says about one duty: tax type, preference, quota, tax base, method of payment."""

    type: str = ""
    regime: str = ""
    quota: str = ""
    base_quantity: Measure | None = None
    base_amount: Amount | None = None
    deduct: Amount | None = None
    rate: Decimal | None = None
    payment: DeclaredPayment | None = None


class DangerousGoods(Part, frozen=True):
    undg: str = ""


class Commodity(Part, frozen=True):
    description: str = ""
    classifications: tuple[Classification, ...] = ()
    dangerous_goods: tuple[DangerousGoods, ...] = ()
    duties: tuple[DeclaredDuty, ...] = ()
    gross_mass: Measure | None = None
    net_mass: Measure | None = None
    tariff_quantity: Measure | None = None
    price: Amount | None = None
    equipment: tuple[TransportEquipment, ...] = ()

    @property
    def code(self) -> str:
        """The tariff code: subheading (TSP) and its extension (TRC) as one string of digits."""
        subheading = extension = ""
        for c in self.classifications:
            if c.type == "TSP":
                subheading = c.id
            elif c.type == "TRC":
                extension = c.id
        return subheading + extension

    @property
    def additional_codes(self) -> tuple[str, ...]:
        """Codes beyond the tariff code that choose a measure (additional, national and excise codes)."""
        return tuple([c.id for c in self.classifications if c.type not in ("TSP", "TRC")])


class Origin(Part, frozen=True):
    """Country of origin; type 1 non-preferential, 2 preferential."""

    country: str = ""
    type: str = ""
    region: str = ""


class Packaging(Part, frozen=True):
    sequence: int | None = None
    marks: str = ""
    quantity: Decimal | None = None
    type: str = ""
    material: str = ""
    length: Measure | None = None
    width: Measure | None = None
    height: Measure | None = None
    volume: Measure | None = None


class Procedure(Part, frozen=True):
    """Requested and previous procedure (40, 71), or an additional procedure (C07) without a previous one."""

    current: str = ""
    previous: str | None = None


class GoodsItem(Part, frozen=True):
    """GovernmentAgencyGoodsItem: goods of one tariff code, origin and procedure."""

    sequence: int
    customs_value: Amount | None = None
    statistical_value: Amount | None = None
    transaction_nature: str = ""
    documents: tuple[AdditionalDocument, ...] = ()
    information: tuple[AdditionalInformation, ...] = ()
    mutual_recognition_parties: tuple[Party, ...] = ()
    buyer: Party | None = None
    commodity: Commodity = Commodity()
    consignee: Party | None = None
    consignor: Party | None = None
    valuation: CustomsValuation | None = None
    destination: str = ""
    tax_parties: tuple[Party, ...] = ()
    export_country: str = ""
    procedures: tuple[Procedure, ...] = ()
    origins: tuple[Origin, ...] = ()
    packages: tuple[Packaging, ...] = ()
    previous_documents: tuple[PreviousDocument, ...] = ()
    seller: Party | None = None
    ucr: Ucr | None = None
    valuation_adjustment: str = ""
    destination_region: str = ""

    @property
    def procedure(self) -> str:
        """Requested + previous procedure, four characters (4000, 5100), or empty."""
        for p in self.procedures:
            if p.previous is not None:
                return p.current + p.previous
        return ""

    @property
    def additional_procedures(self) -> tuple[str, ...]:
        return tuple([p.current for p in self.procedures if p.previous is None])

    @property
    def origin(self) -> str:
        """Country of non-preferential origin, or the preferential one where only that is declared."""
        if len(self.origins) == 1:
            return self.origins[0].country
        found = {o.type: o.country for o in self.origins}
        return found.get("1") or next(iter(found.values()), "")

    @property
    def preferential_origin(self) -> str:
        for o in self.origins:
            if o.type == "2":
                return o.country
        return ""

    @property
    def preference(self) -> str:
        """Preference claimed (DE 4/17): 100 none, 2xx GSP, 3xx agreement ... empty when none is declared."""
        for d in self.commodity.duties:
            if d.regime:
                return d.regime
        return ""


class GoodsShipment(Part, frozen=True):
    exit_date: Stamp | None = None
    transaction_nature: str = ""
    mutual_recognition_parties: tuple[Party, ...] = ()
    buyer: Party | None = None
    consignee: Party | None = None
    consignment: TransportConsignment | None = None
    consignor: Party | None = None
    valuation: CustomsValuation | None = None
    destination: str = ""
    destination_region: str = ""
    tax_parties: tuple[Party, ...] = ()
    export_country: str = ""
    items: tuple[GoodsItem, ...] = ()
    importer: Party | None = None
    previous_documents: tuple[PreviousDocument, ...] = ()
    seller: Party | None = None
    terms: TradeTerms | None = None
    ucr: Ucr | None = None
    warehouse: Warehouse | None = None
    invoice: Invoice | None = None
    payer: Party | None = None
    surety: Party | None = None


class Lodgement(Part, frozen=True):
    """The declaration as lodged. `function` 9 original, 13 amendment or cancellation; `type` IMA, EXA, IMD, COA ..."""

    lrn: str = ""
    type: str = ""
    function: str = "9"
    mrn: str = ""
    office: str = ""
    accepted: Stamp | None = None
    issued: Stamp | None = None
    invoice: Amount | None = None
    gross_mass: Measure | None = None
    item_count: int | None = None
    package_count: Decimal | None = None
    documents: tuple[AdditionalDocument, ...] = ()
    information: tuple[AdditionalInformation, ...] = ()
    agent: Party | None = None
    amendments: tuple[Amendment, ...] = ()
    authorisation_holders: tuple[AuthorisationHolder, ...] = ()
    border_means: TransportMeans | None = None
    consignment: TransportConsignment | None = None
    currency_exchanges: tuple[CurrencyExchange, ...] = ()
    declarant: Party | None = None
    exit_office: str = ""
    exporter: Party | None = None
    goods_shipment: GoodsShipment = GoodsShipment()
    guarantees: tuple[Guarantee, ...] = ()
    presentation_office: str = ""
    submitter: Party | None = None
    supervising_office: str = ""
    issue_location: str = ""
    loading_lists: int | None = None
    circumstance: str = ""
    authentication: Authentication | None = None
    notations: tuple[Notation, ...] = ()

    @property
    def items(self) -> tuple[GoodsItem, ...]:
        return self.goods_shipment.items

    @property
    def declarant_id(self) -> str:
        return self.declarant.id if self.declarant else ""

    @property
    def ucr(self) -> str:
        """The Unique Consignment Reference, where one is declared."""
        found = self.goods_shipment.ucr
        return (found.id or found.trader_reference) if found else ""

    @property
    def is_import(self) -> bool:
        """Import and introduction types begin with IM or CO; exports with EX (WCO declaration type codes)."""
        return not self.type.startswith("EX")
