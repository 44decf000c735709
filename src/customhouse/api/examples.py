"""Examples that the OpenAPI document shows: a declaration that is accepted in the demo country, and what is answered.

The test of the document lodges this very example, so that it stays true.
"""

from __future__ import annotations

from typing import Any

LODGEMENT_EXAMPLE: dict[str, Any] = {
    "lrn": "YOUR-REF-0001",
    "type": "IMA",
    "declarant": {"id": "XM100000009"},
    "goods_shipment": {
        "importer": {"id": "XM100000041"},
        "destination": "XM",
        "export_country": "IT",
        "items": [
            {
                "sequence": 1,
                "documents": [{"category": "N", "type": "935", "id": "INV-1"}],
                "commodity": {
                    "description": "Ceramic floor tiles, glazed",
                    "classifications": [{"id": "69072100", "type": "TSP"}],
                    "duties": [{"type": "A00", "regime": "100", "payment": {"method": "A"}}],
                    "gross_mass": {"value": "1100"},
                    "net_mass": {"value": "1000"},
                    "price": {"value": "2000.00", "currency": "USD"},
                },
                "valuation": {"method": "1"},
                "procedures": [{"current": "40", "previous": "00"}],
                "origins": [{"country": "IT", "type": "1"}],
            }
        ],
    },
}
ANSWER_EXAMPLE: dict[str, Any] = {
    "outcome": "new",
    "problems": [],
    "id": 1042,
    "mrn": "26XM11000000000SYR5",
    "lrn": "YOUR-REF-0001",
    "stage": "ROUTED",
    "lane": "GREEN",
    "lane_reasons": [{"rule": "default", "text": "No criterion of control applies"}],
    "duties": [],
    "payable": {"minor": 53000, "currency": "USD"},
    "holds": [{"kind": "payment", "lifted_by": ["system"]}],
    "released": None,
}
FAULT_EXAMPLE: dict[str, Any] = {
    "type": "urn:customhouse:problem:UnknownMRN",
    "title": "there is no declaration 26XM110000000001R0",
    "status": 404,
    "detail": "Check the MRN; you see your own declarations only",
    "problems": [
        {
            "rule": "UnknownMRN",
            "label": "there is no declaration 26XM110000000001R0",
            "where": "mrn",
            "hint": "Check the MRN; you see your own declarations only",
        }
    ],
}
