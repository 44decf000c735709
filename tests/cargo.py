"""Cargo reports for tests: one ship, one container, a bill of lading or a consolidation, under references of their own."""

from __future__ import annotations

import functools
import itertools
import json
import uuid
from datetime import UTC, datetime
from typing import Any

import msgspec

from customhouse.clearance import cargo
from customhouse.record.cargo import CargoReport
from customhouse.record.declaration import Role
from customhouse.record.manifest import (
    Conveyance,
    Degroupage,
    GoodsLine,
    Level,
    Manifest,
    Packages,
    Seal,
    Stowage,
    TransportDocument,
    TransportEquipment,
)
from customhouse.record.parts import Party
from tests.registry import papers

CARRIER, FORWARDER = "XM100000058", papers.BROKER
BOX = "MSKU0000069"
_count = itertools.count(1)
_run = uuid.uuid4().hex[:6].upper()


def reference(prefix: str = "R") -> str:
    """A reference or document number that was never used before."""
    return f"{prefix}{_run}{next(_count)}"


def bill(number: str = "", *, packages: int = 100, mass: int = 1_000_000, **changes: Any) -> TransportDocument:
    """A bill of lading for cartons of tiles; grams."""
    line = GoodsLine(
        1, "Glazed porcelain floor tiles", "690721", (Packages("CT", packages),), mass, stowage=(Stowage(BOX, packages, mass),)
    )  # fmt: skip
    made = TransportDocument(
        number=number or reference("BL"), type="705", consignor=Party(name="Ceramica Sur SA"),
        consignee=Party(id=papers.BROKER, name="Harbour Brokers Ltd"), loading="ESVLC", unloading="XMPME", lines=(line,),
    )  # fmt: skip
    return msgspec.structs.replace(made, **changes)


def house(master: str, **changes: Any) -> TransportDocument:
    """A house bill under a master."""
    return bill(**{"level": Level.HOUSE, "type": "714", "master": master, **changes})


def manifest(*documents: TransportDocument, **changes: Any) -> Manifest:
    """A report of one ship that is in order."""
    made = Manifest(
        reference=reference(), mode="1", conveyance=Conveyance("IMO9074729", "11", "Blue Heron", "XM"), voyage="026W",
        carrier=Party(id=CARRIER, name="Blue Meridian Lines"), office="XM000010", loading="ESVLC", unloading="XMPME",
        departed=datetime(2026, 11, 10, 8, tzinfo=UTC), expected=datetime(2026, 11, 27, 6, tzinfo=UTC),
        documents=documents or (bill(),), equipment=(TransportEquipment(BOX, "CN", "42G1", "5", (Seal("S-1", "CA"),)),),
    )  # fmt: skip
    return msgspec.structs.replace(made, **changes)


def written(told: Manifest | Degroupage) -> bytes:
    return msgspec.json.encode(told)


def reported(told: Manifest) -> CargoReport:
    """The report registered; it must be in order."""
    data = written(told)
    outcome = cargo.report(told, data, by="carrier", role=Role.CARRIER, submitter=CARRIER, format="json")
    assert outcome.kind == "new", outcome.problems
    assert outcome.report is not None
    return outcome.report


@functools.cache
def standing() -> str:
    """The number of a report of the demo's carrier with a consolidation of the demo's broker; one for a whole run."""
    return reported(manifest(bill(consolidated=True, type="704"))).number


def declaration(*numbers: str, packages: int = 10, kilos: int = 100, awaits: bool = False, lrn: str = "") -> bytes:
    """A declaration of the broker for goods under these transport documents; with `awaits` it waits for them."""
    told: dict[str, Any] = json.loads(papers.paper(lrn or papers.reference()))
    shipment = told["goods_shipment"]
    item = shipment["items"][0]
    item["packages"] = [{"sequence": 1, "marks": "AS", "quantity": packages, "type": "CT"}]
    item["commodity"]["gross_mass"] = {"value": kilos, "unit": "KGM"}
    item["commodity"]["net_mass"] = {"value": kilos, "unit": "KGM"}
    item["documents"] = [d for d in item.get("documents", []) if d.get("type") not in ("740", "705")]
    named = [{"category": "N", "type": "705", "id": number} for number in numbers]
    shipment["previous_documents"] = named + ([{"category": "N", "type": "785", "id": "R"}] if awaits else [])
    told["package_count"], told["gross_mass"] = packages, {"value": kilos, "unit": "KGM"}
    return json.dumps(told).encode()
