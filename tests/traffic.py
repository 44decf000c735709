"""Live traffic for tests of targeting: footwear and parcels brought by named parties, examined with a result."""

from __future__ import annotations

import itertools
import json
import uuid
from typing import Any

from customhouse.clearance.examine import examine
from customhouse.clearance.lodge import lodge
from customhouse.record.declaration import Declaration, Discrepancy, Role
from customhouse.registry import courses
from tests.registry import papers

_count = itertools.count(1)
_run = uuid.uuid4().hex[:8].upper()


def number() -> str:
    """A trader's number, or any other name, that was never used before."""
    return f"XM{_run}{next(_count):05}"


def bring(
    *,
    importer: str = "",
    importer_name: str = "Harbour Shoes Ltd",
    exporter: str = "",
    example: str = papers.RED,
    price: str = "",
    goods: str = "",
    container: str = "",
    ahead: bool = False,
    phone: str = "",
    line: str = "",
    office: str = "",
) -> Declaration:
    """A stored declaration of the demo's broker; `ahead` lodges it before its goods come."""
    told: dict[str, Any] = json.loads(papers.paper(papers.reference(), example=example, goods=goods))
    shipment = told["goods_shipment"]
    shipment["importer"] = {"id": importer or number(), "name": importer_name}
    if exporter:
        told["exporter"] = {"name": exporter, "address": {"country": "VN", "city": "Hanoi", "line": line or number()}}
        if phone:
            told["exporter"]["communications"] = [{"id": phone, "type": "TE"}]
    if price:
        shipment["items"][0]["commodity"]["price"]["value"] = price
        if "invoice" in told:
            told["invoice"]["value"] = price
    if container:
        shipment["consignment"]["equipment"] = [
            {"sequence": 1, "id": container, "seals": [{"sequence": 1, "id": "S1"}]}
        ]
    if ahead:
        told["type"] = "IMD"
    if office:
        told["office"] = office
    found = lodge(json.dumps(told).encode(), by=papers.BROKER).declaration
    assert found is not None
    assert found.mrn, found.problems
    return found


def find(d: Declaration, what: str = "800 pairs more than declared") -> Declaration:
    """Examine it and find something."""
    return examine(d.id, "discrepancy", what, by="examiner", role=Role.EXAMINER, discrepancies=(Discrepancy(1, what),))


def conform(d: Declaration) -> Declaration:
    """Examine it and find nothing."""
    return examine(d.id, "conform", "as declared", by="examiner", role=Role.EXAMINER)


def read() -> None:
    """Bring past trade level with the record."""
    for _ in range(1000):
        if courses.catch_up():
            return
    raise AssertionError("past trade never gets level with the record")
