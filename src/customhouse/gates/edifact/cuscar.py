"""CUSCAR, the customs cargo report: the mapping table to our manifest, in both directions.

Masses become whole grams, volumes whole cubic centimetres, times carry an offset; a time without one is taken as UTC, because
the message cannot say which. Each CNI is one transport document.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from customhouse.gates.edifact.mapping import Conversion, Field, Row, Table, one
from customhouse.gates.edifact.syntax import Segment

GRAMS = {"KGM": Decimal(1000), "KG": Decimal(1000), "GRM": Decimal(1), "TNE": Decimal(1_000_000), "": Decimal(1000)}
CUBIC = {"MTQ": Decimal(1_000_000), "DMQ": Decimal(1000), "LTR": Decimal(1000), "CMQ": Decimal(1)}
TIMES = {"102": "%Y%m%d", "203": "%Y%m%d%H%M", "204": "%Y%m%d%H%M%S", "205": "%Y%m%d%H%M%z"}


def _whole(s: Segment, units: dict[str, Decimal]) -> str:
    unit, value = s.at(2, 0), s.at(2, 1).replace(",", ".")
    if unit not in units:
        raise ValueError(f"The unit is not one of {', '.join(u for u in units if u)}")
    try:
        found = Decimal(value) * units[unit]
    except InvalidOperation:
        raise ValueError("This is no number") from None
    if not found.is_finite() or abs(found) >= 10**15 or found != found.to_integral_value():
        raise ValueError("The measure is not a whole number of the smallest unit")
    return str(int(found))


def _scaled(unit: str, size: int, text: str) -> dict[tuple[int, int], str]:
    return {(2, 0): unit, (2, 1): f"{(Decimal(text) / size).normalize():f}"}


def _moment(s: Segment) -> str:
    text, form = s.at(0, 1), s.at(0, 2)
    if form not in TIMES:
        raise ValueError(f"The format of the time is not one of {', '.join(TIMES)}")
    try:
        found = datetime.strptime(text, TIMES[form])  # noqa: DTZ007 - a zone is given below
    except ValueError:
        raise ValueError(f"This is no time of format {form}") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).isoformat()


def _when(text: str) -> dict[tuple[int, int], str]:
    return {(0, 1): datetime.fromisoformat(text).strftime(TIMES["205"]), (0, 2): "205"}


MASS = Conversion(((2, 0), (2, 1)), lambda s: _whole(s, GRAMS), lambda t: _scaled("KGM", 1000, t))
VOLUME = Conversion(((2, 0), (2, 1)), lambda s: _whole(s, CUBIC), lambda t: _scaled("MTQ", 1_000_000, t))
TIME = Conversion(((0, 1), (0, 2)), _moment, _when)
COUNT_MASS = Conversion(
    ((0, 1), (0, 2)),
    lambda s: _whole(Segment("MEA", ((("",),), (("",),), ((s.at(0, 2), s.at(0, 1)),))), GRAMS),
    lambda t: {(0, 1): _scaled("KGM", 1000, t)[2, 1], (0, 2): "KGM"},
)


def _time(group: str, qualifier: str, field: str, means: str) -> Row:
    return Row(group, "DTM", qualifier, "", (Field((0, 1), field, convert=TIME),), means)


def _measure(group: str, qualifier: str, field: str, how: Conversion, means: str) -> Row:
    return Row(group, "MEA", qualifier, "", (Field((2, 1), field, convert=how),), means)


def _place(group: str, qualifier: str, field: str, means: str, base: str = "") -> Row:
    return Row(group, "LOC", qualifier, base, (one((1, 0), field),), means)


def _party(group: str, qualifier: str, base: str, means: str) -> Row:
    fields = (
        one((1, 0), "id"),
        one((3, 0), "name", span=5, length=70),
        one((4, 0), "address.line", span=4, length=35),
        one((5, 0), "address.city"),
        one((6, 0), "address.country_subdivision"),
        one((7, 0), "address.postcode"),
        one((8, 0), "address.country"),
    )
    return Row(group, "NAD", qualifier, base, fields, means)


def _number(qualifier: str, level: str, type: str, means: str) -> Row:
    fixed = {"type": type} if level == "master" else {"level": level, "type": type}
    return Row("SG8", "RFF", qualifier, "", (one((0, 1), "number"),), means, fixed)


TABLE = Table(
    (
        Row(
            "",
            "BGM",
            "",
            "",
            (one((0, 0), "type"), one((1, 0), "reference"), one((2, 0), "function")),
            "Kind of report; the carrier's reference; function (9 original, 4 change, 5 replace, 1 cancel)",
        ),
        _time("", "137", "issued", "Document issue date time"),
        _time("", "132", "expected", "Transport means arrival date time, estimated"),
        _time("", "178", "arrived", "Arrival date time, actual"),
        _time("", "136", "departed", "Transport means departure date time, actual"),
        _place("", "41|22", "office", "Customs office of entry"),
        _place("", "9", "loading", "Place of loading"),
        _place("", "11", "unloading", "Place of discharge"),
        _place("", "125", "last_call", "Last port of call"),
        _place("", "61", "next_call", "Next port of call"),
        _party("SG2", "CA", "carrier", "Carrier"),
        _party("SG2", "MS", "submitter", "Document/message issuer/sender"),
        Row(
            "SG4",
            "TDT",
            "20",
            "",
            (
                one((1, 0), "voyage"),
                one((2, 0), "mode"),
                one((3, 0), "conveyance.type"),
                one((7, 0), "conveyance.id"),
                one((7, 1), "conveyance.id_type"),
                one((7, 3), "conveyance.name"),
                one((7, 4), "conveyance.nationality"),
            ),
            "Main-carriage transport: journey, mode, means",
        ),
        Row(
            "SG5",
            "EQD",
            "",
            "equipment[]",
            (
                one((0, 0), "type"),
                one((1, 0), "number"),
                one((2, 0), "size_type"),
                one((3, 0), "shipper_owned", words={"1": "true", "2": "false"}),
                one((5, 0), "fullness"),
            ),
            "Transport equipment: kind, number, size and type, supplied by, full or empty",
        ),
        _measure("SG5", "AAE:T|*:T", "tare", MASS, "Tare weight"),
        _measure("SG5", "AAE:VGM|*:VGM", "gross_mass", MASS, "Verified gross mass"),
        Row(
            "SG5",
            "SEL",
            "",
            "seals[]",
            (one((0, 0), "number"), one((1, 0), "issuer"), one((2, 0), "state")),
            "Seal: number, who put it on, state",
        ),
        Row("", "CNT", "10", "", (one((0, 1), "document_count"),), "Total number of consignments"),
        Row("", "CNT", "11", "", (one((0, 1), "package_count"),), "Consignment package quantity"),
        Row("", "CNT", "7", "", (Field((0, 1), "gross_mass", convert=COUNT_MASS),), "Total gross weight"),
        Row("SG7", "CNI", "", "documents[]", (one((1, 0), "master"),), "Consignment: the master of a house document"),
        _number("BM", "master", "705", "Bill of lading number"),
        _number("MB", "master", "704", "Master bill of lading number"),
        _number("MWB", "master", "741", "Master air waybill number"),
        _number("AWB", "master", "740", "Air waybill number"),
        _number("BH", "house", "714", "House bill of lading number"),
        _number("HWB", "house", "703", "House waybill number"),
        Row("SG8", "RFF", "AAS", "", (one((0, 1), "number"),), "Transport document number, of any other kind"),
        Row("SG8", "CNT", "11", "", (one((0, 1), "package_count"),), "Consignment package quantity"),
        Row("SG8", "CNT", "7", "", (Field((0, 1), "gross_mass", convert=COUNT_MASS),), "Total gross weight"),
        Row("SG8", "MOA", "64", "", (one((0, 1), "freight.value"), one((0, 2), "freight.currency")), "Freight charge"),
        _place("SG8", "9", "loading", "Place of loading"),
        _place("SG8", "11|12", "unloading", "Place of discharge"),
        _place("SG8", "7", "delivery", "Place of delivery"),
        _place("SG8", "88|10", "acceptance", "Place of receipt"),
        _party("SG11", "CZ", "consignor", "Consignor"),
        _party("SG11", "CN", "consignee", "Consignee"),
        _party("SG11", "NI", "notify[]", "Notify party"),
        _party("SG11", "FW", "forwarder", "Freight forwarder"),
        Row(
            "SG14",
            "GID",
            "",
            "lines[]",
            (one((0, 0), "sequence"), one((1, 0), "packages[1].count"), one((1, 1), "packages[1].kind")),
            "Goods item: number, count and kind of packages",
        ),
        Row("SG14", "FTX", "AAA", "", (one((3, 0), "description", span=5, length=512),), "Goods item description"),
        _measure("SG14", "AAE:AAB|*:AAB", "gross_mass", MASS, "Goods item gross weight"),
        _measure("SG14", "AAE:AAF|*:AAF|*:AAA", "net_mass", MASS, "Net weight"),
        _measure("SG14", "AAE:AAW|*:AAW", "volume", VOLUME, "Volume"),
        Row("SG14", "MOA", "40|43", "", (one((0, 1), "value.value"), one((0, 2), "value.currency")), "Declared value"),
        Row(
            "SG14",
            "SGP",
            "",
            "stowage[]",
            (one((0, 0), "equipment"), one((1, 0), "packages")),
            "Equipment in which the goods lie, and how many packages of them",
        ),
        Row(
            "SG14",
            "DGS",
            "IMD|*",
            "dangerous[]",
            (
                one((1, 0), "hazard"),
                one((2, 0), "undg"),
                one((3, 0), "flash_point"),
                one((4, 0), "packing_group"),
            ),
            "Dangerous goods: class, UN number, flash point, packing group",
        ),
        Row("SG14", "PCI", "28|*", "", (one((1, 0), "packages[1].marks", span=10, length=35),), "Marks and numbers"),
        Row("SG14", "CST", "", "", (one((1, 0), "hs"),), "Harmonized System code"),
        Row("SG14", "LOC", "27", "", (one((1, 0), "origin"),), "Country of origin"),
    )
)
