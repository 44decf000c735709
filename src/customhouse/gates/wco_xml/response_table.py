"""Mapping table: the WCO Response (07B) from the top, in the order of the schema RES-DMS 2 (WCO Data Model 3.6)."""

from __future__ import annotations

from customhouse.gates.wco_xml.blocks import COMMUNICATION, POINTERS
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
from customhouse.record import response as r
from customhouse.record.parts import Amendment

_STATEMENT = Class(
    "AdditionalInformation",
    r.Statement,
    (
        code("StatementCode", "226", "code"),
        text("StatementDescription", "225", "text"),
        stamp("LimitDateTime", "264", "limit"),
        code("StatementTypeCode", "369", "type"),
        POINTERS,
    ),
)
_ERROR = Class(
    "Error",
    r.Error,
    (text("Description", "488", "text"), code("ValidationCode", "377", "code"), POINTERS),
)
_STATUS = Class(
    "Status",
    r.Status,
    (
        stamp("EffectiveDateTime", "380", "effective"),
        code("NameCode", "379", "code"),
        stamp("ReleaseDateTime", "277", "released"),
        POINTERS,
    ),
)
_OFFICE = Class(
    "ContactOffice",
    r.ContactOffice,
    (identifier("ID", "G002", "id"), many("Communication", "25A", "communications", COMMUNICATION)),
)
_SUM = Class(
    "Payment",
    r.Sum,
    (
        identifier("ReferenceID", "014", "reference"),
        amount("TaxAssessedAmount", "120", "assessed"),
        stamp("DueDateTime", "376", "due"),
        amount("PaymentAmount", "378", "amount"),
        many(
            "ObligationGuarantee",
            "90A",
            "guarantees",
            Class("ObligationGuarantee", r.Drawn, (identifier("ReferenceID", "100", "reference"),)),
        ),
    ),
)
_TAX = Class(
    "DutyTaxFee",
    r.Tax,
    (
        amount("AdValoremTaxBaseAmount", "116", "base"),
        amount("DeductAmount", "111", "deduct"),
        code("DutyRegimeCode", "164", "regime"),
        measure("SpecificTaxBaseQuantity", "129", "quantity"),
        decimal("TaxRateNumeric", "115", "rate"),
        code("TypeCode", "113", "type"),
        one(
            "Payment",
            "94A",
            "payment",
            Class(
                "Payment",
                r.TaxPayment,
                (amount("TaxAssessedAmount", "120", "assessed"), amount("PaymentAmount", "378", "amount")),
            ),
        ),
    ),
)
_ITEM = Class(
    "GovernmentAgencyGoodsItem",
    r.TaxedItem,
    (
        integer("SequenceNumeric", "006", "sequence", required=True),
        flat("Commodity", "23A", many("DutyTaxFee", "50A", "taxes", _TAX)),
    ),
)
_DECLARATION = Class(
    "Declaration",
    r.Answered,
    (
        stamp("AcceptanceDateTime", "023", "accepted"),
        stamp("CancellationDateTime", "373", "cancelled"),
        identifier("FunctionalReferenceID", "D026", "lrn"),
        identifier("ID", "D014", "mrn"),
        stamp("RejectionDateTime", "374", "rejected"),
        identifier("VersionID", "383", "version"),
        many("DutyTaxFee", "50A", "totals", Class("DutyTaxFee", r.Total, (one("Payment", "94A", "payment", _SUM),))),
        flat("GoodsShipment", "67A", many("GovernmentAgencyGoodsItem", "68A", "items", _ITEM)),
    ),
)
RESPONSE = Class(
    "Response",
    r.Response,
    (
        code("FunctionCode", "017", "function", required=True),
        identifier("FunctionalReferenceID", "D026", "reference"),
        stamp("IssueDateTime", "D029", "issued"),
        many("AdditionalInformation", "03A", "information", _STATEMENT),
        many(
            "Amendment",
            "06A",
            "amendments",
            Class("Amendment", Amendment, (code("ChangeReasonCode", "099", "reason"), POINTERS)),
        ),
        flat("AppealOffice", "07A", identifier("ID", "G001", "appeal_office")),
        one(
            "Bank",
            "14A",
            "bank",
            Class("Bank", r.Bank, (identifier("ReferenceID", "R069", "reference"), identifier("ID", "372", "id"))),
        ),
        many("ContactOffice", "35A", "contact_offices", _OFFICE),
        many("Error", "53A", "errors", _ERROR),
        many("Status", "12B", "statuses", _STATUS),
        one("Declaration", "42A", "declaration", _DECLARATION),
    ),
)
"""The declaration with the elements that were changed (schema of the declaration) stands after these rows."""
