"""The API of cargo: what carriers and forwarders may do, what they see, and what bad input gets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests import cargo as ship
from tests.registry import papers

from customhouse.clearance import cargo as clearance
from customhouse.clearance.lodge import lodge
from customhouse.record.manifest import Degroupage
from customhouse.record.parts import Party
from customhouse.registry import files, people

EXAMPLES = Path(__file__).parents[2] / "examples" / "manifest"
URL = "/api/v1/manifests"


class Software:
    """A trader's software: posts and gets with its token."""

    def __init__(self, trader: str) -> None:
        self.headers = {"authorization": f"Bearer {people.issue_token(trader, 'test')}"}

    def post(self, path: str, body: bytes, kind: str = "application/json") -> Any:
        return Client().post(URL + path, body, content_type=kind, headers=self.headers)

    def get(self, path: str = "") -> Any:
        return Client().get(URL + path, headers=self.headers)


@pytest.fixture
def carrier(house: None) -> Software:
    return Software(ship.CARRIER)


@pytest.fixture
def forwarder(house: None) -> Software:
    return Software(ship.FORWARDER)


def test_a_report_is_registered_read_degrouped_arrives_and_releases(carrier: Software, forwarder: Software) -> None:
    master, other = (
        ship.bill(consolidated=True, type="704", forwarder=Party(id=ship.FORWARDER)),
        ship.bill(consignee=Party(id="XM100000041")),
    )
    body = ship.written(ship.manifest(master, other))
    made = carrier.post("", body)
    assert made.status_code == 201, made.content
    number = made.json()["number"]
    assert carrier.post("", body).status_code == 200
    assert [d["number"] for d in forwarder.get(f"/{number}").json()["documents"]] == [master.number]
    houses = [ship.house(master.number, packages=n, mass=n * 10_000) for n in (70, 30)]
    told = Degroupage("D-1", "", master.number, Party(id=ship.FORWARDER), tuple(houses))
    d = lodge(ship.declaration(houses[0].number, packages=70, kilos=700, awaits=True), by=papers.BROKER).declaration
    assert d is not None
    clearance.match_new()
    degrouped = forwarder.post(f"/{number}/degroupages", ship.written(told))
    assert degrouped.status_code == 201, degrouped.content
    assert degrouped.json()["documents"][1]["left_packages"] == 0
    arrival = json.dumps({"arrived": "2026-11-27T06:10:00Z", "place": "Shed 4"}).encode()
    assert forwarder.post(f"/{number}/arrival", arrival).status_code == 404
    there = carrier.post(f"/{number}/arrival", arrival)
    assert there.status_code == 200, there.content
    assert there.json()["stage"] == "ARRIVED"
    assert files.get(d.id).cargo[0].arrived
    assert forwarder.get(f"/{number}").json()["documents"][1]["declarations"] == [d.mrn]
    assert carrier.get(f"/{number}").json()["documents"][1]["declarations"] == []
    assert carrier.post(f"/{number}/arrival", arrival).status_code == 409
    assert number in carrier.get().content.decode()
    consignee = Software("XM100000041").get().json()["manifests"]
    assert [d["number"] for m in consignee if m["number"] == number for d in m["documents"]] == [other.number]
    assert number not in Software("XM100000033").get().content.decode()


def test_what_is_another_partys_is_not_there(carrier: Software, house: None) -> None:
    number = carrier.post("", ship.written(ship.manifest(ship.bill(consignee=Party(name="Nobody here"))))).json()[
        "number"
    ]
    stranger = Software("XM100000025")
    assert stranger.get(f"/{number}").status_code == 404
    assert stranger.post(f"/{number}/amendment", b"{}").status_code == 404
    assert stranger.post(f"/{number}/arrival", b'{"arrived": "2026-11-27T06:00Z"}').status_code == 404
    assert stranger.get("/26XM0000000000000M").status_code == 404
    theirs = stranger.post("", ship.written(ship.manifest()))
    assert (theirs.status_code, theirs.json()["problems"][0]["rule"]) == (403, "NotYours")
    assert Client().get(f"{URL}/{number}").status_code == 401


@pytest.mark.parametrize(
    ("name", "kind", "status", "rule"),
    [
        ("bad/01-many-problems.json", "application/json", 422, "UnknownOffice"),
        ("bad/03-unknown-field.json", "application/json", 400, "UnknownField"),
        ("bad/04-cut-off.json", "application/json", 400, "MalformedJSON"),
        ("bad/05-booking.json", "application/vnd.dcsa+json", 400, "NotATransportDocument"),
        ("bad/06-shipment-event.json", "application/ld+json", 400, "NotAWaybill"),
        ("bad/08-not-a-number.csv", "text/csv", 400, "WrongType"),
        ("good/01-sea-manifest.json", "application/pdf", 415, "UnknownFormat"),
    ],
)
def test_bad_input_is_told_all_at_once(carrier: Software, name: str, kind: str, status: int, rule: str) -> None:
    answer = carrier.post("", (EXAMPLES / name).read_bytes(), kind)
    assert answer.status_code == status
    assert rule in [p["rule"] for p in answer.json()["problems"]]


def test_bills_and_waybills_are_completed_from_the_query(carrier: Software) -> None:
    data = (
        (EXAMPLES / "good" / "02-bill-of-lading.json").read_bytes().replace(b"BML26110042", ship.reference().encode())
    )
    lacking = carrier.post("", data, "application/vnd.dcsa+json")
    assert [p["rule"] for p in lacking.json()["problems"]] == ["UnknownOffice"]
    made = carrier.post("?office=XM000010&conveyance=IMO9074729", data, "application/vnd.dcsa+json")
    assert made.status_code == 201, made.content
    assert carrier.post("?office=XM000010", data, "application/vnd.dcsa+json").status_code == 200


def test_the_document_of_the_api_describes_cargo(house: None) -> None:
    told = Client().get("/api/v1/openapi.json").json()
    assert {"Manifest", "Degroupage", "CargoAnswer", "CargoSeal"} <= set(told["components"]["schemas"])
    assert "/api/v1/manifests/{number}/degroupages" in told["paths"]
