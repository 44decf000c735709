"""Permits and the declarations that use them, for tests: each test has a permit of its own."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.registry.papers import BROKER, EXAMPLES, PARCEL, reference

from customhouse.clearance import lodge, permit
from customhouse.clearance.permit import Actor
from customhouse.record.declaration import Declaration, Role
from customhouse.record.permit import Application, Grant, Permit

HOLDER = "XM100000033"
APPLICANT = Actor("broker", Role.BROKER, trader=BROKER)
HEALTH = Actor("health", Role.AGENCY, agency="MOH")
VET = Actor("vet", Role.AGENCY, agency="AGR")


def application(**changes: Any) -> Application:
    told: dict[str, Any] = {
        "agency": "MOH",
        "document": "N852",
        "holder": HOLDER,
        "filed_by": BROKER,
        "commodities": ("3004",),
        "quantity": Decimal(1000),
        "unit": "KGM",
    }
    return Application(**{**told, **changes})


def today() -> date:
    return datetime.now(UTC).date()


def granted(applied: Application, **changes: Any) -> Grant:
    told: dict[str, Any] = {
        "start": today() - timedelta(days=1),
        "until": today() + timedelta(days=100),
        "commodities": applied.commodities,
        "origins": applied.origins,
        "quantity": applied.quantity,
        "unit": applied.unit,
    }
    return Grant(**{**told, **changes})


def issued(officer: Actor = HEALTH, grant: dict[str, Any] | None = None, **changes: Any) -> Permit:
    """A permit for a tonne of medicines, unless the test says otherwise."""
    applied = application(**changes)
    found = permit.apply(applied, actor=APPLICANT)
    return permit.issue(found.id, granted(applied, **(grant or {})), actor=officer)


def medicines(number: str, kilos: str = "100", *, code: str = "N852", lrn: str = "", **changes: Any) -> bytes:
    """A declaration of medicines that names a permit; `changes` of the item."""
    told: dict[str, Any] = json.loads((EXAMPLES / PARCEL).read_text("utf-8"))
    told["lrn"], told["declarant"] = lrn or reference(), {"id": BROKER}
    told["goods_shipment"]["ucr"] = {}
    told["goods_shipment"]["importer"] = {"id": changes.pop("importer", HOLDER), "name": "Lagoon Pharma"}
    item = told["goods_shipment"]["items"][0]
    item["commodity"] |= {
        "description": "Paracetamol tablets 500 mg",
        "classifications": [{"id": changes.pop("goods", "30049000"), "type": "TSP"}],
        "net_mass": {"value": kilos, "unit": "KGM"},
        "gross_mass": {"value": kilos, "unit": "KGM"},
    }
    item["documents"] = [
        {"category": "N", "type": "935", "id": "INV-1"},
        {"category": code[0], "type": code[1:], "id": number},
    ]
    item["procedures"] = [{"current": "40", "previous": "00"}]
    item |= changes
    told["gross_mass"] = {"value": kilos, "unit": "KGM"}
    return json.dumps(told).encode()


def lodged(number: str, kilos: str = "100", **changes: Any) -> Declaration:
    outcome = lodge.lodge(medicines(number, kilos, **changes), by="broker")
    assert outcome.kind == "new" and outcome.declaration is not None, outcome.problems
    return outcome.declaration


MEAT = {"goods": "02071400", "code": "N853"}


def unpaid(kilos: str) -> tuple[Permit, Declaration]:
    """A permit of meat, and a declaration that used it and waits for nothing but its payment; tried again when drawn."""
    for _ in range(50):
        p = issued(VET, agency="AGR", document="N853", commodities=("0207",))
        d = lodged(p.number, kilos, **MEAT)
        if [h.kind.value for h in d.holds] == ["payment"]:
            return p, d
    raise AssertionError("fifty declarations were all drawn for control")
