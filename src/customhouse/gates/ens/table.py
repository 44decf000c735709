"""The mapping table: every element of IE315 and IE313 in its order, its format, and the field of the record that holds it.

Reader, writer and tests walk the same rows. Formats and repetitions are those of the ICS1 data dictionary, version 11.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from customhouse.gates.ens import formats as f
from customhouse.record import ens as r


class Leaf(NamedTuple):
    """An element with a value. `field` is dotted where the value stands in a part of the record (``loading.name``)."""

    tag: str
    field: str
    format: f.Format
    required: bool = False
    type: type = str


class Group(NamedTuple):
    """An element with elements in it.

    With `record` it becomes one of those; without, its rows are fields of what encloses it, or, where `only`, its one
    value is the field. `most` is how often it may stand (0: any number); more than once makes a tuple.
    """

    tag: str
    field: str
    rows: tuple[Leaf | Group, ...]
    record: type | None = None
    required: bool = False
    most: int = 1
    only: bool = False


PARTS: dict[str, type] = {
    "interchange": r.Interchange,
    "transport": r.BorderTransport,
    "place": r.Place,
    "loading": r.Place,
    "unloading": r.Place,
    "first_entry": r.Office,
}
"""Parts of the record that dotted fields lead into."""


def _trader(tag: str, field: str, tags: str, required: bool = False) -> Group:
    """A party; `tags` are name, street, postcode, city, country, language, TIN, with blanks between."""
    name, street, postcode, city, country, language, tin = tags.split()
    rows = (
        Leaf(name, "name", f.an(35)),
        Leaf(street, "street", f.an(35)),
        Leaf(postcode, "postcode", f.an(9)),
        Leaf(city, "city", f.an(35)),
        Leaf(country, "country", f.COUNTRY),
        Leaf(language, "language", f.LANGUAGE),
        Leaf(tin, "tin", f.TIN, required=required),
    )
    return Group(tag, field, rows, r.Trader, required=tag == "PERLODSUMDEC")


def _only(tag: str, field: str, inner: str, format: f.Format, most: int = 1) -> Group:
    return Group(tag, field, (Leaf(inner, "only", format, required=True),), most=most, only=True)


_MESSAGE = (
    Leaf("MesSenMES3", "interchange.sender", f.an(35), required=True),
    Leaf("MesRecMES6", "interchange.recipient", f.an(35)),
    Leaf("DatOfPreMES9", "interchange.date", f.DATE, required=True),
    Leaf("TimOfPreMES10", "interchange.time", f.CLOCK, required=True),
    Leaf("PriMES15", "interchange.priority", f.LETTER),
    Leaf("MesIdeMES19", "interchange.id", f.an(14), required=True),
    Leaf("MesTypMES20", "interchange.type", f.MESSAGE_TYPE, required=True),
    Leaf("CorIdeMES25", "interchange.correlation", f.an(14)),
)


def _header(reference: Leaf, place: str, moment: str) -> Group:
    """HEAHEA; the two messages differ in the reference, and in how place and time of lodging are called."""
    rows = (
        reference,
        Leaf("TraModAtBorHEA76", "mode", f.n(2), required=True),
        Leaf("IdeOfMeaOfTraCroHEA85", "transport.identity", f.an(27)),
        Leaf("IdeOfMeaOfTraCroHEA85LNG", "transport.language", f.LANGUAGE),
        Leaf("NatOfMeaOfTraCroHEA87", "transport.nationality", f.COUNTRY),
        Leaf("TotNumOfIteHEA305", "item_count", f.n(5), type=int),
        Leaf("TotNumOfPacHEA306", "package_count", f.n(7), type=int),
        Leaf("TotGroMasHEA307", "gross_mass", f.mass(11, 3), type=Decimal),
        Leaf(place, "place.name", f.an(35)),
        Leaf(f"{place}LNG", "place.language", f.LANGUAGE),
        Leaf("SpeCirIndHEA1", "circumstance", f.CODE),
        Leaf("TraChaMetOfPayHEA1", "payment", f.CODE),
        Leaf("ComRefNumHEA", "commercial_reference", f.an(70)),
        Leaf("ConRefNumHEA", "conveyance_reference", f.an(35)),
        Leaf("PlaLoaGOOITE334", "loading.name", f.PLACE),
        Leaf("PlaLoaGOOITE334LNG", "loading.language", f.LANGUAGE),
        Leaf("PlaUnlGOOITE334", "unloading.name", f.PLACE),
        Leaf("CodPlUnHEA357LNG", "unloading.language", f.LANGUAGE),
        Leaf(moment, "declared", f.MOMENT, required=True),
    )
    return Group("HEAHEA", "", rows, required=True)


_DOCUMENT = (
    Leaf("DocTypDC21", "type", f.an(4), required=True),
    Leaf("DocRefDC23", "reference", f.an(35), required=True),
    Leaf("DocRefDCLNG", "language", f.LANGUAGE),
)
_TRANSPORT = (
    Leaf("NatIDEMEATRAGI973", "nationality", f.COUNTRY),
    Leaf("IdeMeaTraGIMEATRA971", "identity", f.an(27), required=True),
    Leaf("IdeMeaTraGIMEATRA972LNG", "language", f.LANGUAGE),
)
_PACKAGES = (
    Leaf("KinOfPacGS23", "kind", f.an(2, 2), required=True),
    Leaf("NumOfPacGS24", "number", f.n(5), type=int),
    Leaf("NumOfPieGS25", "pieces", f.n(5), type=int),
    Leaf("MarNumOfPacGSL21", "marks", f.an(140)),
    Leaf("MarNumOfPacGSL21LNG", "marks_language", f.LANGUAGE),
)
ITEM_DOCUMENTS = Group("PRODOCDC2", "documents", _DOCUMENT, r.ProducedDocument, most=99)
ITEM_CONTAINERS = _only("CONNR2", "containers", "ConNumNR21", f.an(17), most=99)
ITEM_TRANSPORT = Group("IDEMEATRAGI970", "transport", _TRANSPORT, r.BorderTransport, most=0)
_ITEM = (
    Leaf("IteNumGDS7", "number", f.n(5), required=True, type=int),
    Leaf("GooDesGDS23", "description", f.an(280)),
    Leaf("GooDesGDS23LNG", "description_language", f.LANGUAGE),
    Leaf("GroMasGDS46", "gross_mass", f.mass(11, 3), type=Decimal),
    Leaf("MetOfPayGDI12", "payment", f.CODE),
    Leaf("ComRefNumGIM1", "commercial_reference", f.an(70)),
    Leaf("UNDanGooCodGDI1", "undg", f.n(4, 4)),
    Leaf("PlaLoaGOOITE333", "loading.name", f.PLACE),
    Leaf("PlaLoaGOOITE333LNG", "loading.language", f.LANGUAGE),
    Leaf("PlaUnlGOOITE333", "unloading.name", f.PLACE),
    Leaf("PlaUnlGOOITE333LNG", "unloading.language", f.LANGUAGE),
    ITEM_DOCUMENTS,
    _only("SPEMENMT2", "special_mentions", "AddInfCodMT23", f.an(5), most=99),
    _trader("TRACONCO2", "consignor", "NamCO27 StrAndNumCO222 PosCodCO223 CitCO224 CouCO225 NADLNGGTCO TINCO259"),
    _only("COMCODGODITM", "commodity", "ComNomCMD1", f.COMMODITY),
    _trader("TRACONCE2", "consignee", "NamCE27 StrAndNumCE222 PosCodCE223 CitCE224 CouCE225 NADLNGGICE TINCE259"),
    ITEM_CONTAINERS,
    ITEM_TRANSPORT,
    Group("PACGS2", "packages", _PACKAGES, r.Packages, most=99),
    _trader(
        "PRTNOT640",
        "notify_party",
        "NamPRTNOT642 StrNumPRTNOT646 PstCodPRTNOT644 CtyPRTNOT643 CouCodGINOT647 PRTNOT640LNG TINPRTNOT641",
    ),
)
_SEAL = (
    Leaf("SeaIdSEAID530", "identity", f.an(20), required=True),
    Leaf("SeaIdSEAID530LNG", "language", f.LANGUAGE),
)
LODGEMENT_OFFICE = _only("CUSOFFLON", "lodgement_office", "RefNumCOL1", f.OFFICE)
REPRESENTATIVE = _trader(
    "TRAREP",
    "representative",
    "NamTRE1 StrAndNumTRE1 PosCodTRE1 CitTRE1 CouCodTRE1 TRAREPLNG TINTRE1",
    required=True,
)
LODGER = _trader(
    "PERLODSUMDEC",
    "lodger",
    "NamPLD1 StrAndNumPLD1 PosCodPLD1 CitPLD1 CouCodPLD1 PERLODSUMDECLNG TINPLD1",
    required=True,
)
FIRST_ENTRY = Group(
    "CUSOFFFENT730",
    "",
    (
        Leaf("RefNumCUSOFFFENT731", "first_entry.reference", f.OFFICE, required=True),
        Leaf("ExpDatOfArrFIRENT733", "first_entry.expected", f.MOMENT, required=True),
    ),
    required=True,
)
CARRIER = _trader(
    "TRACARENT601",
    "carrier",
    "NamTRACARENT604 StrNumTRACARENT607 PstCodTRACARENT606 CtyTRACARENT603 CouCodTRACARENT605 TRACARENT601LNG"
    " TINTRACARENT602",
)


def _message(header: Group, *office: Group) -> tuple[Leaf | Group, ...]:
    notified = "NamNOTPAR672 StrNumNOTPAR673 PosCodNOTPAR676 CitNOTPAR674 CouCodNOTPAR675 NOTPAR670LNG TINNOTPAR671"
    return (
        *_MESSAGE,
        header,
        _trader("TRACONCO1", "consignor", "NamCO17 StrAndNumCO122 PosCodCO123 CitCO124 CouCO125 NADLNGCO TINCO159"),
        _trader("TRACONCE1", "consignee", "NamCE17 StrAndNumCE122 PosCodCE123 CitCE124 CouCE125 NADLNGCE TINCE159"),
        _trader("NOTPAR670", "notify_party", notified),
        Group("GOOITEGDS", "items", _ITEM, r.EntryItem, required=True, most=0),
        _only("ITI", "itinerary", "CouOfRouCodITI1", f.COUNTRY, most=99),
        *office,
        REPRESENTATIVE,
        LODGER,
        Group("SEAID529", "seals", _SEAL, r.SealId, most=0),
        FIRST_ENTRY,
        _only("CUSOFFSENT740", "subsequent_entries", "RefNumSUBENR909", f.OFFICE, most=99),
        CARRIER,
    )


IE315 = _message(
    _header(Leaf("RefNumHEA4", "lrn", f.an(22), required=True), "DecPlaHEA394", "DecDatTimHEA114"), LODGEMENT_OFFICE
)
IE313 = _message(_header(Leaf("DocNumHEA5", "mrn", f.MRN, required=True), "AmdPlaHEA598", "DatTimAmeHEA113"))

MESSAGES: dict[str, tuple[Leaf | Group, ...]] = {"CC315A": IE315, "CC313A": IE313}
"""Root element -> its rows."""


def namespace(root: str) -> str:
    """The namespace of a message; only its root element stands in it."""
    return f"http://ics.dgtaxud.ec/{root}"


def rows_of(table: tuple[Leaf | Group, ...]) -> dict[str, Any]:
    """Every element of a table by its name, at any depth (names are unique in ICS1)."""
    found: dict[str, Any] = {}
    for row in table:
        found[row.tag] = row
        if isinstance(row, Group):
            found |= rows_of(row.rows)
    return found
