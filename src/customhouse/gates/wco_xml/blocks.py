"""Mapping table, first part: the WCO classes that stand in more than one place (parties, documents, transport)."""

from __future__ import annotations

from customhouse.gates.wco_xml.element import (
    Class,
    Element,
    amount,
    code,
    decimal,
    flat,
    identifier,
    integer,
    many,
    measure,
    one,
    stamp,
    text,
)
from customhouse.record import lodgement as r

_CITY = text("CityName", "241", "city")
_COUNTRY = code("CountryCode", "242", "country")
_LINE = text("Line", "239", "line")
_POSTCODE = identifier("PostcodeID", "245", "postcode")
_SUBDIVISION = code("CountrySubDivisionCode", "244", "country_subdivision")
_SUBDIVISION_NAME = text("CountrySubDivisionName", "243", "country_subdivision_name")
_ADDRESS_TYPE = code("TypeCode", "410", "type")

ADDRESS = Class("Address", r.Address, (_CITY, _COUNTRY, _SUBDIVISION, _SUBDIVISION_NAME, _LINE, _POSTCODE))
TYPED_ADDRESS = Class("Address", r.Address, (_ADDRESS_TYPE, *ADDRESS.rows))
PLACE_ADDRESS = Class("Address", r.Address, (_ADDRESS_TYPE, _CITY, _COUNTRY, _LINE, _POSTCODE))

COMMUNICATION = Class(
    "Communication", r.Communication, (identifier("ID", "240", "id"), code("TypeCode", "253", "type"))
)
CONTACT = Class("Contact", r.Contact, (text("Name", "246", "name"),))

_CONTACTS = many("Contact", "34A", "contacts", CONTACT)
_COMMUNICATIONS = many("Communication", "25A", "communications", COMMUNICATION)


def party(tag: str, id: str, field: str, name: str, number: str, *more: Element, address: Class = ADDRESS) -> Element:
    """A party: `name` and `number` are the WCO ids of its Name and ID, `more` the rows that follow the address."""
    before = tuple(row for row in more if row.tag == "FunctionCode")
    after = tuple(row for row in more if row.tag != "FunctionCode")
    rows = (
        text("Name", name, "name"),
        identifier("ID", number, "id"),
        *before,
        one("Address", "04A", "address", address),
        *after,
    )
    return one(tag, id, field, Class(tag, r.Party, rows))


REACHABLE = (_CONTACTS, _COMMUNICATIONS)
"""Contact and communication of a party that can be reached."""

CALLABLE = (_COMMUNICATIONS,)
"""A carrier is reached without a named contact."""


def _role_party(tag: str, id: str, number: str, field: str) -> Element:
    rows = (identifier("ID", number, "id"), code("RoleCode", "R005", "role"))
    return many(tag, id, field, Class(tag, r.Party, rows))


AEO_PARTY = _role_party("AEOMutualRecognitionParty", "16C", "R143", "mutual_recognition_parties")
TAX_PARTY = _role_party("DomesticDutyTaxParty", "55B", "R119", "tax_parties")

BUYER = party("Buyer", "16A", "buyer", "R009", "R010", *REACHABLE)
CONSIGNEE = party("Consignee", "27A", "consignee", "R014", "R015")
CONSIGNOR = party("Consignor", "30A", "consignor", "R020", "R021")
TYPED_CONSIGNOR = party("Consignor", "30A", "consignor", "R020", "R021", address=TYPED_ADDRESS)
SELLER = party("Seller", "09B", "seller", "R050", "R051", *REACHABLE)

POINTER = Class(
    "Pointer",
    r.Pointer,
    (
        integer("SequenceNumeric", "006", "sequence"),
        code("DocumentSectionCode", "375", "section"),
        identifier("TagID", "381", "tag"),
    ),
)
POINTERS = many("Pointer", "97A", "pointers", POINTER)

_STATEMENT = (
    code("StatementCode", "226", "code"),
    text("StatementDescription", "225", "text"),
    code("StatementTypeCode", "369", "type"),
)
HEADER_INFORMATION = many(
    "AdditionalInformation",
    "03A",
    "information",
    Class("AdditionalInformation", r.AdditionalInformation, (*_STATEMENT, POINTERS)),
)
ITEM_INFORMATION = many(
    "AdditionalInformation",
    "03A",
    "information",
    Class("AdditionalInformation", r.AdditionalInformation, _STATEMENT),
)

HEADER_DOCUMENT = many(
    "AdditionalDocument",
    "02A",
    "documents",
    Class(
        "AdditionalDocument",
        r.AdditionalDocument,
        (
            code("CategoryCode", "D031", "category"),
            identifier("ID", "D005", "id"),
            code("TypeCode", "D006", "type"),
        ),
    ),
)
WRITE_OFF = Class(
    "WriteOff",
    r.WriteOff,
    (measure("QuantityQuantity", "502", "quantity"), amount("AmountAmount", "503", "amount")),
)
ITEM_DOCUMENT = many(
    "AdditionalDocument",
    "02A",
    "documents",
    Class(
        "AdditionalDocument",
        r.AdditionalDocument,
        (
            code("CategoryCode", "D031", "category"),
            stamp("EffectiveDateTime", "276", "effective"),
            identifier("ID", "D005", "id"),
            text("Name", "D028", "name"),
            code("TypeCode", "D006", "type"),
            code("LPCOExemptionCode", "360", "exemption"),
            flat("Submitter", "17B", text("Name", "R058", "issuer"), code("RoleCode", "R005", "issuer_role")),
            one("WriteOff", "22C", "write_off", WRITE_OFF),
        ),
    ),
)
PREVIOUS_DOCUMENT = many(
    "PreviousDocument",
    "99A",
    "previous_documents",
    Class(
        "PreviousDocument",
        r.PreviousDocument,
        (
            code("CategoryCode", "D031", "category"),
            identifier("ID", "D018", "id"),
            code("TypeCode", "D019", "type"),
            integer("LineNumeric", "171", "line"),
        ),
    ),
)

CHARGES = many(
    "ChargeDeduction",
    "58B",
    "charges",
    Class(
        "ChargeDeduction",
        r.ChargeDeduction,
        (code("ChargesTypeCode", "371", "type"), amount("OtherChargeDeductionAmount", "181", "amount")),
    ),
)
DESTINATION = flat(
    "Destination",
    "99B",
    code("CountryCode", "465", "destination"),
    identifier("RegionID", "477", "destination_region"),
)
EXPORT_COUNTRY = flat("ExportCountry", "95B", code("ID", "062", "export_country"))
FREIGHT = flat("Freight", "62A", code("PaymentMethodCode", "098", "freight_payment"))
UCR = one(
    "UCR",
    "35B",
    "ucr",
    Class(
        "UCR",
        r.Ucr,
        (identifier("ID", "016", "id"), identifier("TraderAssignedReferenceID", "009", "trader_reference")),
    ),
)
CURRENCY_EXCHANGE = many(
    "CurrencyExchange",
    "40A",
    "currency_exchanges",
    Class(
        "CurrencyExchange",
        r.CurrencyExchange,
        (code("CurrencyTypeCode", "135", "currency"), decimal("RateNumeric", "118", "rate")),
    ),
)

_SEAL = Class(
    "Seal",
    r.Seal,
    (integer("SequenceNumeric", "006", "sequence", required=True), identifier("ID", "165", "id")),
)
_EQUIPMENT = (
    integer("SequenceNumeric", "006", "sequence", required=True),
    identifier("ID", "159", "id"),
)
EQUIPMENT = many(
    "TransportEquipment",
    "31B",
    "equipment",
    Class("TransportEquipment", r.TransportEquipment, (*_EQUIPMENT, many("Seal", "44B", "seals", _SEAL))),
)
ITEM_EQUIPMENT = many(
    "TransportEquipment", "31B", "equipment", Class("TransportEquipment", r.TransportEquipment, _EQUIPMENT)
)


def means(tag: str, id: str, field: str, ids: tuple[str, str, str, str, str], nationality: str = "") -> Element:
    """A means of transport; `ids` are the WCO ids of Name, ID, IdentificationTypeCode, TypeCode and ModeCode."""
    name, number, number_type, type_, mode = ids
    rows = [
        text("Name", name, "name"),
        identifier("ID", number, "id"),
        code("IdentificationTypeCode", number_type, "id_type"),
        code("TypeCode", type_, "type"),
    ]
    if nationality:
        rows.append(code("RegistrationNationalityCode", nationality, "nationality"))
    return one(tag, id, field, Class(tag, r.TransportMeans, (*rows, code("ModeCode", mode, "mode"))))
