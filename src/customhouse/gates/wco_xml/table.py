"""Mapping table: the WCO Declaration (42A) from the top, in the order of the schema DEC-DMS 2 (WCO Data Model 3.6).

One row per element: XML name, WCO id, our field, kind. The classes that stand in several places are in `blocks`.
"""

from __future__ import annotations

from customhouse.gates.wco_xml.blocks import (
    AEO_PARTY,
    BUYER,
    CALLABLE,
    CHARGES,
    CONSIGNEE,
    CONSIGNOR,
    CURRENCY_EXCHANGE,
    DESTINATION,
    EQUIPMENT,
    EXPORT_COUNTRY,
    FREIGHT,
    HEADER_DOCUMENT,
    HEADER_INFORMATION,
    ITEM_DOCUMENT,
    ITEM_EQUIPMENT,
    ITEM_INFORMATION,
    PLACE_ADDRESS,
    POINTERS,
    PREVIOUS_DOCUMENT,
    REACHABLE,
    SELLER,
    TAX_PARTY,
    TYPED_CONSIGNOR,
    UCR,
    means,
    party,
)
from customhouse.gates.wco_xml.element import (
    Class,
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

PAYMENT = Class(
    "Payment",
    r.DeclaredPayment,
    (
        code("MethodCode", "107", "method"),
        amount("TaxAssessedAmount", "120", "tax_assessed"),
        amount("PaymentAmount", "378", "amount"),
    ),
)
DUTY = Class(
    "DutyTaxFee",
    r.DeclaredDuty,
    (
        amount("AdValoremTaxBaseAmount", "116", "base_amount"),
        amount("DeductAmount", "111", "deduct"),
        code("DutyRegimeCode", "164", "regime"),
        measure("SpecificTaxBaseQuantity", "129", "base_quantity"),
        decimal("TaxRateNumeric", "115", "rate"),
        code("TypeCode", "113", "type"),
        identifier("QuotaOrderID", "401", "quota"),
        one("Payment", "94A", "payment", PAYMENT),
    ),
)
CLASSIFICATION = Class(
    "Classification",
    r.Classification,
    (identifier("ID", "145", "id"), code("IdentificationTypeCode", "337", "type")),
)
COMMODITY = Class(
    "Commodity",
    r.Commodity,
    (
        text("Description", "137", "description"),
        many("Classification", "21A", "classifications", CLASSIFICATION),
        many(
            "DangerousGoods",
            "12C",
            "dangerous_goods",
            Class("DangerousGoods", r.DangerousGoods, (identifier("UNDGID", "506", "undg"),)),
        ),
        many("DutyTaxFee", "50A", "duties", DUTY),
        flat(
            "GoodsMeasure",
            "65A",
            measure("GrossMassMeasure", "126", "gross_mass"),
            measure("NetNetWeightMeasure", "128", "net_mass"),
            measure("TariffQuantity", "130", "tariff_quantity"),
        ),
        flat("InvoiceLine", "79A", amount("ItemChargeAmount", "112", "price")),
        ITEM_EQUIPMENT,
    ),
)
PACKAGING = Class(
    "Packaging",
    r.Packaging,
    (
        integer("SequenceNumeric", "006", "sequence", required=True),
        identifier("MarksNumbersID", "142", "marks"),
        decimal("QuantityQuantity", "144", "quantity"),
        code("TypeCode", "141", "type"),
        text("PackingMaterialDescription", "344", "material"),
        measure("LengthMeasure", "367", "length"),
        measure("WidthMeasure", "368", "width"),
        measure("HeightMeasure", "402", "height"),
        measure("VolumeMeasure", "395", "volume"),
    ),
)
ITEM = Class(
    "GovernmentAgencyGoodsItem",
    r.GoodsItem,
    (
        amount("CustomsValueAmount", "108", "customs_value"),
        integer("SequenceNumeric", "006", "sequence", required=True),
        amount("StatisticalValueAmount", "114", "statistical_value"),
        code("TransactionNatureCode", "103", "transaction_nature"),
        ITEM_DOCUMENT,
        ITEM_INFORMATION,
        AEO_PARTY,
        BUYER,
        one("Commodity", "23A", "commodity", COMMODITY),
        CONSIGNEE,
        CONSIGNOR,
        one(
            "CustomsValuation",
            "41A",
            "valuation",
            Class("CustomsValuation", r.CustomsValuation, (code("MethodCode", "122", "method"), CHARGES)),
        ),
        DESTINATION,
        TAX_PARTY,
        EXPORT_COUNTRY,
        many(
            "GovernmentProcedure",
            "70A",
            "procedures",
            Class(
                "GovernmentProcedure",
                r.Procedure,
                (code("CurrentCode", "166", "current"), code("PreviousCode", "161", "previous")),
            ),
        ),
        many(
            "Origin",
            "92A",
            "origins",
            Class(
                "Origin",
                r.Origin,
                (
                    code("CountryCode", "063", "country"),
                    identifier("RegionID", "066", "region"),
                    code("TypeCode", "501", "type"),
                ),
            ),
        ),
        many("Packaging", "93A", "packages", PACKAGING),
        PREVIOUS_DOCUMENT,
        SELLER,
        UCR,
        flat("ValuationAdjustment", "39B", code("AdditionCode", "188", "valuation_adjustment")),
    ),
)
GOODS_LOCATION = Class(
    "GoodsLocation",
    r.GoodsLocation,
    (
        text("Name", "L016", "name"),
        identifier("ID", "L017", "id"),
        code("TypeCode", "L110", "type"),
        one("Address", "04A", "address", PLACE_ADDRESS),
    ),
)
SHIPMENT_CONSIGNMENT = Class(
    "Consignment",
    r.TransportConsignment,
    (
        code("ContainerCode", "096", "container_code"),
        means("ArrivalTransportMeans", "10A", "arrival_means", ("T001", "T002", "T034", "T008", "T020")),
        means("DepartureTransportMeans", "46A", "departure_means", ("T003", "T004", "T029", "T009", "T021")),
        one("GoodsLocation", "64A", "goods_location", GOODS_LOCATION),
        flat(
            "LoadingLocation",
            "83A",
            text("Name", "L009", "loading_location_name"),
            identifier("ID", "L010", "loading_location"),
        ),
        EQUIPMENT,
    ),
)
TRADE_TERMS = Class(
    "TradeTerms",
    r.TradeTerms,
    (
        code("ConditionCode", "090", "code"),
        code("CountryRelationshipCode", "106", "country"),
        text("Description", "089", "text"),
        identifier("LocationID", "L002", "location"),
        text("LocationName", "L001", "location_name"),
    ),
)
SHIPMENT = Class(
    "GoodsShipment",
    r.GoodsShipment,
    (
        stamp("ExitDateTime", "024", "exit_date"),
        code("TransactionNatureCode", "103", "transaction_nature"),
        AEO_PARTY,
        BUYER,
        CONSIGNEE,
        one("Consignment", "28A", "consignment", SHIPMENT_CONSIGNMENT),
        CONSIGNOR,
        one(
            "CustomsValuation",
            "41A",
            "valuation",
            Class(
                "CustomsValuation",
                r.CustomsValuation,
                (amount("FreightChargeAmount", "117", "freight"), CHARGES),
            ),
        ),
        DESTINATION,
        TAX_PARTY,
        EXPORT_COUNTRY,
        many("GovernmentAgencyGoodsItem", "68A", "items", ITEM),
        party("Importer", "74A", "importer", "R037", "R038", *REACHABLE),
        one(
            "Invoice",
            "78A",
            "invoice",
            Class(
                "Invoice",
                r.Invoice,
                (identifier("ID", "D016", "id"), stamp("IssueDateTime", "D015", "issued")),
            ),
        ),
        party("Payer", "56B", "payer", "R120", "R121"),
        PREVIOUS_DOCUMENT,
        SELLER,
        party("Surety", "19B", "surety", "R054", "R055"),
        one("TradeTerms", "22B", "terms", TRADE_TERMS),
        UCR,
        one(
            "Warehouse",
            "43B",
            "warehouse",
            Class("Warehouse", r.Warehouse, (identifier("ID", "L019", "id"), code("TypeCode", "L112", "type"))),
        ),
    ),
)
DECLARATION_CONSIGNMENT = Class(
    "Consignment",
    r.TransportConsignment,
    (
        party("Carrier", "18A", "carrier", "R011", "R012", *CALLABLE),
        many(
            "ConsignmentItem",
            "29A",
            "items",
            Class(
                "ConsignmentItem",
                r.ConsignmentItem,
                (integer("SequenceNumeric", "006", "sequence", required=True), TYPED_CONSIGNOR, FREIGHT),
            ),
        ),
        TYPED_CONSIGNOR,
        FREIGHT,
        many(
            "Itinerary",
            "81A",
            "itineraries",
            Class(
                "Itinerary",
                r.Itinerary,
                (
                    integer("SequenceNumeric", "006", "sequence", required=True),
                    code("RoutingCountryCode", "064", "country"),
                ),
            ),
        ),
    ),
)
GUARANTEE = Class(
    "ObligationGuarantee",
    r.Guarantee,
    (
        amount("AmountAmount", "492", "amount"),
        identifier("ID", "D014", "id"),
        identifier("ReferenceID", "100", "reference"),
        code("SecurityDetailsCode", "101", "type"),
        code("AccessCode", "499", "access_code"),
        flat("GuaranteeOffice", "14C", identifier("ID", "G014", "office")),
    ),
)
DECLARATION = Class(
    "Declaration",
    r.Lodgement,
    (
        stamp("AcceptanceDateTime", "023", "accepted"),
        code("FunctionCode", "017", "function", required=True),
        identifier("FunctionalReferenceID", "D026", "lrn"),
        identifier("ID", "D014", "mrn"),
        stamp("IssueDateTime", "D011", "issued"),
        identifier("IssueLocationID", "D012", "issue_location"),
        code("TypeCode", "D013", "type"),
        integer("GoodsItemQuantity", "228", "item_count"),
        identifier("DeclarationOfficeID", "065", "office"),
        amount("InvoiceAmount", "109", "invoice"),
        integer("LoadingListQuantity", "013", "loading_lists"),
        measure("TotalGrossMassMeasure", "131", "gross_mass"),
        decimal("TotalPackageQuantity", "146", "package_count"),
        code("SpecificCircumstancesCodeCode", "504", "circumstance"),
        one(
            "Authentication",
            "61B",
            "authentication",
            Class(
                "Authentication",
                r.Authentication,
                (
                    text("Authentication", "104", "text"),
                    flat("Authenticator", "12A", text("Name", "R007", "authenticator")),
                ),
            ),
        ),
        party("Submitter", "17B", "submitter", "R058", "R059"),
        HEADER_DOCUMENT,
        HEADER_INFORMATION,
        party("Agent", "05A", "agent", "R003", "R004", code("FunctionCode", "102", "function")),
        many(
            "Amendment",
            "06A",
            "amendments",
            Class("Amendment", r.Amendment, (code("ChangeReasonCode", "099", "reason"), POINTERS)),
        ),
        many(
            "AuthorisationHolder",
            "17C",
            "authorisation_holders",
            Class(
                "AuthorisationHolder",
                r.AuthorisationHolder,
                (identifier("ID", "R144", "id"), code("CategoryCode", "R145", "category")),
            ),
        ),
        means("BorderTransportMeans", "15A", "border_means", ("T005", "T006", "T018", "T010", "T022"), "T014"),
        one("Consignment", "28A", "consignment", DECLARATION_CONSIGNMENT),
        CURRENCY_EXCHANGE,
        party("Declarant", "57B", "declarant", "R124", "R123", *REACHABLE),
        flat("ExitOffice", "56A", identifier("ID", "G005", "exit_office")),
        party("Exporter", "57A", "exporter", "R031", "R032", *REACHABLE),
        one("GoodsShipment", "67A", "goods_shipment", SHIPMENT),
        many("ObligationGuarantee", "90A", "guarantees", GUARANTEE),
        flat("PresentationOffice", "15C", identifier("ID", "G015", "presentation_office")),
        flat("SupervisingOffice", "97B", identifier("ID", "G012", "supervising_office")),
    ),
)
