"""CUSDEC, the customs declaration: the mapping table to our record, in both directions.

Qualifiers are those of the code lists of D.24A (title in the third column); where the directory has none for a word of the
SAD, the table says which place it takes. `customhouse conformance edifact` lists for any message what the table leaves.
"""

from __future__ import annotations

from customhouse.gates.edifact.mapping import Field, Row, Table, one

SHIPMENT = "goods_shipment"
CARRIAGE = "goods_shipment.consignment"
OURS = ("", "ZZZ", "6")
"""Keepers of code lists (3055) whose codes are taken as our own: none named, mutually agreed, UN/ECE."""


def _loc(group: str, qualifier: str, base: str, field: str, means: str, **more: Field) -> Row:
    return Row(group, "LOC", qualifier, base, (one((1, 0), field), *more.values()), means)


def _party(group: str, qualifier: str, base: str, means: str, **fixed: str) -> Row:
    fields = (
        one((1, 0), "id"),
        one((3, 0), "name", span=5, length=70),
        one((4, 0), "address.line", span=4, length=35),
        one((5, 0), "address.city"),
        one((6, 0), "address.country_subdivision"),
        one((7, 0), "address.postcode"),
        one((8, 0), "address.country"),
    )
    return Row(group, "NAD", qualifier, base, fields, means, fixed)


def _money(group: str, qualifier: str, base: str, field: str, means: str, reads_only: bool = False) -> Row:
    fields = (one((0, 1), f"{field}.value"), one((0, 2), f"{field}.currency"))
    return Row(group, "MOA", qualifier, base, fields, means, reads_only=reads_only)


def _weight(group: str, qualifier: str, field: str, means: str, base: str = "") -> Row:
    return Row(group, "MEA", qualifier, base, (one((2, 0), f"{field}.unit"), one((2, 1), f"{field}.value")), means)


def _means(qualifier: str, base: str, means: str) -> Row:
    fields = (
        one((2, 0), "mode"),
        one((3, 0), "type"),
        one((7, 0), "id"),
        one((7, 1), "id_type"),
        one((7, 3), "name"),
        one((7, 4), "nationality"),
    )
    return Row("SG4", "TDT", qualifier, base, fields, means)


def _stamp(group: str, qualifier: str, field: str, means: str) -> Row:
    fields = (one((0, 1), f"{field}.text"), one((0, 2), f"{field}.format"))
    return Row(group, "DTM", qualifier, "", fields, means)


def _previous(group: str, qualifier: str, base: str, category: str, type: str, means: str) -> Row:
    fields = (one((0, 1), "id"), one((0, 2), "line"))
    return Row(
        group, "RFF", qualifier, f"{base}previous_documents[]", fields, means, {"category": category, "type": type}
    )


FUNCTIONS = {"9": "9", "5": "13", "4": "13", "1": "13"}
"""Message function (1225): original; replacement, change and cancellation, which our record calls 13."""

PREVIOUS = (
    ("BM", "N", "705", "Bill of lading number"),
    ("MB", "N", "704", "Master bill of lading number"),
    ("BH", "N", "714", "House bill of lading number"),
    ("AWB", "N", "740", "Air waybill number"),
    ("MWB", "N", "741", "Master air waybill number"),
    ("HWB", "N", "703", "House waybill number"),
    ("AEI", "N", "MRN", "Registration number of previous Customs declaration"),
    ("AFB", "N", "785", "Cargo manifest number"),
)


def _document(group: str) -> Row:
    fields = (
        one((0, 0), "category|type", split=1, lead="N"),
        one((0, 3), "name"),
        one((1, 0), "id"),
    )
    return Row(group, "DOC", "", "documents[]", fields, "Document: category and type as one code (N935), number")


HEADER = (
    Row(
        "",
        "BGM",
        "929|*",
        "",
        (one((1, 0), "lrn"), one((2, 0), "function", words=FUNCTIONS)),
        "Declarant's reference; function of the message",
    ),
    Row(
        "",
        "CST",
        "",
        "",
        (one((1, 0), "type"), one((2, 0), f"{SHIPMENT}.transaction_nature")),
        "Type of declaration (IMA, EXA ...); nature of transaction",
    ),
    _loc("", "22", "", "office", "Customs clearance location"),
    _loc("", "41", "", "presentation_office", "Consignment entry customs office location"),
    _loc("", "42", "", "exit_office", "Consignment exit customs office location"),
    _loc("", "9", CARRIAGE, "loading_location", "Place of loading", name=one((1, 3), "loading_location_name")),
    _loc(
        "",
        "14",
        CARRIAGE,
        "goods_location.name",
        "Goods item storage location; the first related place is the kind of location",
        kind=one((2, 0), "goods_location.type"),
        id=one((3, 0), "goods_location.id"),
    ),
    _loc("", "18", SHIPMENT, "warehouse.id", "Warehouse", kind=one((2, 0), "warehouse.type")),
    _loc(
        "", "28", SHIPMENT, "destination", "Country of destination of goods", region=one((2, 0), "destination_region")
    ),
    _loc("", "35", SHIPMENT, "export_country", "Exportation country"),
    _stamp("", "137", "issued", "Document issue date time"),
    _stamp("", "148", "accepted", "Customs declaration document acceptance date time"),
    Row(
        "",
        "GEI",
        "5|*",
        CARRIAGE,
        (one((1, 0), "container_code", words={"68": "1", "69": "0"}),),
        "Goods carried in a container, or not",
    ),
    _weight("", "AAX:AAD|*:AAD", "gross_mass", "Consignment gross weight"),
    Row("", "EQD", "CN", f"{CARRIAGE}.equipment[]", (one((1, 0), "id"),), "Container"),
    Row("", "SEL", "", f"{CARRIAGE}.equipment[1].seals[]", (one((0, 0), "id"),), "Seal of the only container"),
    Row(
        "",
        "FTX",
        "ACB",
        "information[]",
        (one((2, 0), "code"), one((3, 0), "text", span=5, length=512)),
        "Additional information",
    ),
    Row("SG1", "RFF", "ABT", "", (one((0, 1), "mrn"),), "Goods declaration document identifier, Customs"),
    Row("SG1", "RFF", "UCN", SHIPMENT, (one((0, 1), "ucr.id"),), "Unique consignment reference number"),
    Row("SG1", "RFF", "ABQ", SHIPMENT, (one((0, 1), "ucr.trader_reference"),), "Importer reference number"),
    Row(
        "SG1",
        "RFF",
        "ABL",
        "guarantees[]",
        (one((0, 1), "reference"), one((0, 2), "type")),
        "Customs guarantee number, kind of guarantee",
    ),
    Row(
        "SG1",
        "RFF",
        "ANJ",
        "authorisation_holders[]",
        (one((0, 1), "id"), one((0, 2), "category")),
        "Holder of an authorisation, and its kind",
    ),
    *(_previous("SG1", q, f"{SHIPMENT}.", c, t, means) for q, c, t, means in PREVIOUS),
    _means("11", "border_means", "Means of transport at the border"),
    _means("3", f"{CARRIAGE}.arrival_means", "Means of transport at arrival"),
    _means("12", f"{CARRIAGE}.departure_means", "Means of transport at departure"),
    _document("SG5"),
    _party("SG6", "DT", "declarant", "Declarant"),
    _party("SG6", "AE", "agent", "Declarant's agent, direct representation", function="2"),
    _party("SG6", "AG", "agent", "Agent, indirect representation", function="3"),
    _party("SG6", "EX", "exporter", "Exporter"),
    _party("SG6", "IM", f"{SHIPMENT}.importer", "Importer"),
    _party("SG6", "CN", f"{SHIPMENT}.consignee", "Consignee"),
    _party("SG6", "CZ", f"{SHIPMENT}.consignor", "Consignor"),
    _party("SG6", "SE", f"{SHIPMENT}.seller", "Seller"),
    _party("SG6", "BY", f"{SHIPMENT}.buyer", "Buyer"),
    Row("SG7", "TOD", "6|*", f"{SHIPMENT}.terms", (one((2, 0), "code"), one((2, 3), "text")), "Terms of delivery"),
    Row("SG7", "LOC", "1", "", (one((1, 0), "location"), one((1, 3), "location_name")), "Place of terms of delivery"),
    _money("SG8", "39", "", "invoice", "Invoice total amount"),
    _money("SG8", "64", SHIPMENT, "valuation.freight", "Freight charge"),
    Row(
        "SG8",
        "MOA",
        "69",
        f"{SHIPMENT}.valuation.charges[]",
        (one((0, 1), "amount.value"), one((0, 2), "amount.currency")),
        "Insurance and transport charges outside the customs territory",
        {"type": "AK"},
    ),
)

ITEM = (
    Row(
        "SG32",
        "CST",
        "",
        f"{SHIPMENT}.items[]",
        (
            one((0, 0), "sequence"),
            one((1, 0), "commodity.classifications[1].id"),
            one((2, 0), "procedures[1].current|procedures[1].previous", split=2),
            one((3, 0), "procedures[2].current"),
            one((4, 0), "valuation.method"),
            one((5, 0), "commodity.classifications[2].id"),
        ),
        "Goods item: tariff subheading, procedure (4000), additional procedure, valuation method, tariff extension",
        keeper=OURS,
    ),
    Row(
        "SG32",
        "CST",
        "",
        f"{SHIPMENT}.items[]",
        (one((0, 0), "sequence"),),
        "Goods item with codes of another keeper's list",
        reads_only=True,
    ),
    Row("SG32", "FTX", "AAA", "commodity", (one((3, 0), "description", span=5, length=512),), "Goods item description"),
    Row(
        "SG32",
        "FTX",
        "ACB",
        "information[]",
        (one((2, 0), "code"), one((3, 0), "text", span=5, length=512)),
        "Additional information",
    ),
    Row(
        "SG32",
        "LOC",
        "27",
        "origins[]",
        (one((1, 0), "country"), one((2, 0), "region")),
        "Country of origin",
        {"type": "1"},
    ),
    Row(
        "SG32",
        "LOC",
        "30",
        "origins[]",
        (one((1, 0), "country"), one((2, 0), "region")),
        "Country of preferential origin (source of material)",
        {"type": "2"},
    ),
    _loc("SG32", "28", "", "destination", "Country of destination of goods"),
    _loc("SG32", "35", "", "export_country", "Exportation country"),
    _weight("SG32", "AAI:AAB|*:AAB", "gross_mass", "Goods item gross weight", "commodity"),
    _weight("SG32", "AAI:AAF|*:AAF", "net_mass", "Net net weight", "commodity"),
    _weight("SG32", "ABT", "tariff_quantity", "Supplementary unit", "commodity"),
    _party("SG32", "CN", "consignee", "Consignee"),
    _party("SG32", "CZ", "consignor", "Consignor"),
    _party("SG32", "SE", "seller", "Seller"),
    _party("SG32", "BY", "buyer", "Buyer"),
    Row("SG33", "PAC", "", "packages[]", (one((0, 0), "quantity"), one((2, 0), "type")), "Number and kind of packages"),
    Row("SG34", "PCI", "28|*", "", (one((1, 0), "marks", span=10, length=35),), "Marks and numbers"),
    _money("SG35", "66", "commodity", "price", "Goods item total"),
    _money("SG35", "38", "commodity", "price", "Invoice item amount (older directories)", True),
    _money("SG35", "40", "", "customs_value", "Goods item for customs declared value amount"),
    _money("SG35", "123", "", "statistical_value", "Goods item for statistics declared value amount"),
    Row("SG37", "RFF", "UCN", "", (one((0, 1), "ucr.id"),), "Unique consignment reference number"),
    Row(
        "SG37",
        "RFF",
        "HS",
        "commodity",
        (one((0, 1), "classifications[1].id"),),
        "Harmonised system number",
        reads_only=True,
    ),
    *(_previous("SG37", q, "", c, t, means) for q, c, t, means in PREVIOUS),
    _document("SG39"),
    Row(
        "SG43",
        "TAX",
        "1|*",
        "commodity.duties[]",
        (
            one((1, 0), "type"),
            one((2, 0), "regime"),
            one((4, 3), "rate"),
            one((5, 0), "payment.method"),
        ),
        "Duty or tax: type, preference claimed, rate, method of payment",
    ),
    _money("SG43", "56", "", "base_amount", "Duty/tax/fee basis amount"),
    _money("SG43", "161", "", "payment.tax_assessed", "Duty, tax or fee amount"),
    Row("", "CNT", "5", "", (one((0, 1), "item_count"),), "Number of Customs item detail lines"),
    Row("", "CNT", "11", "", (one((0, 1), "package_count"),), "Consignment package quantity"),
)

TABLE = Table((*HEADER, *ITEM))
