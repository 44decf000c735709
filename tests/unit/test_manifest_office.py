"""The manifest office: every check says what is wrong and where; what declarations ask for; who sees what; what lies too long."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from msgspec.structs import replace
from tests import cargo as ship

from customhouse.gates import json as json_gate
from customhouse.house.lawbooks import embedded_book
from customhouse.law.book import Law
from customhouse.offices import manifest as office
from customhouse.record.cargo import Arrived, CargoReport, Reported, step
from customhouse.record.declaration import CargoMatch, Role
from customhouse.record.manifest import (
    Conveyance,
    Degroupage,
    Movement,
    Packages,
    Seal,
    TransportDocument,
    TransportEquipment,
)
from customhouse.record.parts import Party

BOX = TransportEquipment(ship.BOX, "CN", "42G1", "5", (Seal("S-1"),))
NOW = datetime(2026, 11, 27, 6, tzinfo=UTC)


@pytest.fixture(scope="module")
def law() -> Law:
    return embedded_book().on(date(2026, 11, 26))


def rules(told: Any, law: Law) -> list[str]:
    return [p.rule for p in office.check(told, law)]


def line(document: TransportDocument, **changes: Any) -> TransportDocument:
    return replace(document, lines=(replace(document.lines[0], **changes),))


def standing(told: Any) -> CargoReport:
    return step(None, Reported(told, "json", ""), Role.CARRIER, 1, "26XMM0000000000016")


def test_a_report_in_order_has_no_problem(law: Law) -> None:
    assert office.check(ship.manifest(), law) == ()


ONE = ship.bill("BL-1")
TWO = ship.bill("BL-2")
FAULTS = [
    ({"reference": " "}, "MissingReference", "reference"),
    ({"reference": "x" * 36}, "TooLong", "reference"),
    ({"carrier": Party(name="No number")}, "MissingCarrier", "carrier/id"),
    ({"mode": "6"}, "UnknownMode", "mode"),
    ({"office": "XM999999"}, "UnknownOffice", "office"),
    ({"conveyance": Conveyance()}, "MissingConveyance", "conveyance"),
    ({"conveyance": Conveyance("IMO9074720", "11")}, "InvalidNumber", "conveyance/id"),
    ({"voyage": ""}, "MissingVoyage", "voyage"),
    ({"expected": None}, "MissingArrival", "expected"),
    ({"expected": datetime(2026, 11, 1)}, "WrongDates", "expected"),
    ({"package_count": 99}, "TotalsDiffer", "package_count"),
    ({"document_count": 2}, "TotalsDiffer", "document_count"),
    ({"gross_mass": 1}, "TotalsDiffer", "gross_mass"),
    ({"equipment": ()}, "UnknownEquipment", "documents[1]"),
    ({"equipment": (BOX, BOX)}, "DuplicateEquipment", "equipment[2]/number"),
    ({"equipment": (BOX, replace(BOX, number="MSKU0000068"))}, "InvalidNumber", "equipment[2]/number"),
    ({"equipment": (replace(BOX, fullness="4"),)}, "GoodsInEmpty", "equipment[1]/fullness"),
    ({"equipment": (replace(BOX, seals=()),)}, "MissingSeal", "equipment[1]/seals"),
    ({"equipment": (BOX, replace(BOX, number="TCLU0000009"))}, "DuplicateSeal", "equipment[2]/seals[1]"),
    ({"documents": (ONE, replace(TWO, number="bl 1"))}, "DuplicateTransportDocument", "documents[2]/number"),
    ({"documents": (replace(ONE, number="-/-"),)}, "MissingNumber", "documents[1]/number"),
    ({"documents": (replace(ONE, type="740", number="125-12345678"),)}, "InvalidNumber", "documents[1]/number"),
    ({"documents": (replace(ONE, consignor=None),)}, "MissingConsignor", "documents[1]/consignor"),
    ({"documents": (replace(ONE, lines=()),)}, "NoGoods", "documents[1]/lines"),
    ({"documents": (replace(ONE, package_count=7),)}, "TotalsDiffer", "documents[1]/package_count"),
    ({"documents": (line(ONE, description=" .. "),)}, "MissingDescription", "documents[1]/lines[1]/description"),
    ({"documents": (line(ONE, description="Various  Goods."),)}, "VagueDescription", "documents[1]/lines[1]/description"),
    ({"documents": (line(ONE, hs="69.07"),)}, "InvalidNumber", "documents[1]/lines[1]/hs"),
    ({"documents": (line(ONE, hs="999999"),)}, "UnknownHeading", "documents[1]/lines[1]/hs"),
    ({"documents": (line(ONE, packages=(), stowage=()),)}, "MissingPackages", "documents[1]/lines[1]/packages"),
    ({"documents": (line(ONE, packages=(Packages("CT", -1),), stowage=()),)}, "NegativeNumber", "documents[1]/lines[1]/packages[1]/count"),
    ({"documents": (line(ONE, gross_mass=0, stowage=()),)}, "MissingMass", "documents[1]/lines[1]/gross_mass"),
    ({"documents": (line(ONE, net_mass=2_000_000),)}, "WrongMass", "documents[1]/lines[1]/net_mass"),
    ({"documents": (line(ONE, packages=(Packages("CT", 99),)),)}, "StowageDoesNotFit", "documents[1]/lines[1]/stowage"),
    ({"documents": (ONE, ship.house("BL-9"))}, "UnknownMaster", "documents[2]/master"),
    ({"documents": (ONE, ship.house("BL-1", packages=99))}, "HousesDoNotFit", "documents[1]/packages"),
    ({"documents": (ONE, ship.house("BL-1", mass=900_000))}, "HousesDoNotFit", "documents[1]/gross_mass"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "rule", "where"), FAULTS, ids=[f"{rule}-{where}" for _, rule, where in FAULTS])
def test_each_fault_is_told_with_its_place(changes: dict[str, Any], rule: str, where: str, law: Law) -> None:
    found = office.check(ship.manifest(**{"documents": (ONE,), **changes}), law)
    assert (rule, where) in [(p.rule, p.where) for p in found]
    assert all(p.label for p in found)


def test_all_faults_come_at_once_and_masses_may_differ_by_what_the_law_allows(law: Law) -> None:
    told = ship.manifest(ONE, mode="", office="", voyage="", expected=None, reference="")
    assert {"UnknownMode", "UnknownOffice", "MissingArrival", "MissingReference"} <= set(rules(told, law))
    near = ship.manifest(ONE, ship.house("BL-1", mass=981_000))
    assert rules(near, law) == []


def test_houses_are_checked_against_their_master_and_the_rest_of_the_report(law: Law) -> None:
    master = replace(ONE, consolidated=True)
    report = standing(ship.manifest(master, TWO))
    good = Degroupage("D", report.number, "BL-1", Party(), (ship.house("BL-1", number="H1"),))
    assert office.check_degroupage(report, good, law) == ()
    for changes, rule in (
        ({"master": "BL-9"}, "UnknownMaster"),
        ({"houses": ()}, "EmptyDegroupage"),
        ({"houses": (ship.house("BL-2", number="H1"),)}, "UnknownMaster"),
        ({"houses": (ship.house("BL-1", number="BL2"),)}, "DuplicateTransportDocument"),
        ({"houses": (ship.house("BL-1", number="H1", packages=1),)}, "HousesDoNotFit"),
    ):
        assert rule in [p.rule for p in office.check_degroupage(report, replace(good, **changes), law)], rule


def test_claims_are_what_items_name_and_what_stands_on_the_whole(law: Law) -> None:
    one = json_gate.read(ship.declaration("BL-1", packages=7, kilos=30))
    (claim,) = office.claims(one, law)
    assert (claim.numbers, claim.packages, claim.mass) == (("BL-1",), 7, 30_000)
    assert office.awaited(one, law) == ()
    both = json_gate.read(ship.declaration("BL/2", "BL 1", awaits=True))
    assert office.claims(both, law)[0].numbers == ("BL 1", "BL/2"), "in the order of their keys"
    assert office.awaited(both, law) == ("BL 1", "BL/2")
    met = [CargoMatch("BL-1", "M", arrived=True), CargoMatch("BL-2", "M", arrived=True, short="more than is left")]
    assert office.waits(both, law, met) == ("BL/2",)
    export = replace(one, type="EXA")
    assert office.claims(export, law) == ()
    bare = replace(one, goods_shipment=replace(one.goods_shipment, previous_documents=()))
    assert office.claims(bare, law) == ()


def test_each_trader_sees_what_concerns_them(law: Law) -> None:
    master = ship.bill("BL-1", consolidated=True, forwarder=Party(id="FWD"), consignee=Party(id="FWD"))
    report = standing(ship.manifest(master, ship.house("BL-1", number="H1", consignee=Party(id="C1")), TWO))
    numbers = {
        who: [d.number for d in seen.manifest.documents] if (seen := office.sight(report, who, "AGENT")) else None
        for who in (ship.CARRIER, "AGENT", "FWD", "C1", "XX", "")
    }
    assert numbers == {
        ship.CARRIER: ["BL-1", "H1", "BL-2"],
        "AGENT": ["BL-1", "H1", "BL-2"],
        "FWD": ["BL-1", "H1"],
        "C1": ["H1"],
        "XX": None,
        "": None,
    }


def test_what_arrived_is_stock_and_lies_too_long_after_the_days_of_the_law(law: Law) -> None:
    report = standing(ship.manifest(ONE, ship.bill("BL-3", movement=Movement.REMAINING)))
    assert office.stock([report], law) == ()
    there = step(report, Arrived(NOW), Role.CARRIER, 1)
    (stock,) = office.stock([there], law)
    assert (stock.document.number, stock.packages, stock.until) == ("BL-1", 100, date(2027, 2, 25))
    assert office.overdue([stock], date(2027, 2, 25)) == ()
    assert [s.days for s in office.overdue([stock], date(2027, 3, 1))] == [4]
