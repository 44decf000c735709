"""The whole border: cargo reports that are in order and fit what is declared, permits of the register, and the truth of both."""

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from customhouse.gates import ens
from customhouse.law.agency import USES
from customhouse.law.book import Book, compile_pack
from customhouse.offices import manifest as office
from customhouse.record.cargo import Reported, step
from customhouse.record.declaration import Role
from customhouse.record.manifest import Level
from customhouse.simulator import World, carriage, file, permit
from customhouse.simulator.entry_summary import entry_summary
from customhouse.simulator.truth import read_line, to_line

PACK = Path(__file__).parents[2] / "countries" / "meridia"
START, NOW = date(2026, 3, 2), datetime(2026, 3, 2, 8, tzinfo=UTC)
BROKER = "HBL"


@pytest.fixture(scope="module")
def law():
    return Book.open(compile_pack(PACK)).on(START)


@pytest.fixture(scope="module")
def trade():
    """(shipment, filing) of twelve hundred shipments of a whole border."""
    return [(s, file(s)) for s in World(11, START, broker=BROKER, whole=True).trade(1200)]


def carried(trade):
    return [s for s, _ in trade if s.carriage is not None]


def test_a_plain_world_ships_the_same_goods_without_cargo_reports(trade):
    plain = list(World(11, START, broker=BROKER).trade(1200))
    assert [s.reference for s in plain] == [s.reference for s, _ in trade]
    assert [(s.lines, s.journey) for s in plain] == [(s.lines, s.journey) for s, _ in trade]
    assert not any(s.carriage or s.permit_faults for s in plain)
    assert b'"cargo"' not in to_line(file(plain[0]).truth) and b'"permits"' not in to_line(file(plain[0]).truth)


def test_a_share_of_what_comes_by_sea_and_air_is_reported(trade):
    inward = [s for s, _ in trade if s.is_import and s.journey.mode in carriage.REPORTED]
    reported = carried(trade)
    assert 0.35 < len(reported) / len(inward) < 0.65
    assert {s.journey.mode for s in reported} == {"1", "4"}
    assert any(s.carriage.prelodged for s in reported) and any(s.carriage.houses for s in reported)
    assert not any(s.carriage for s, _ in trade if not s.is_import or s.journey.mode == "3")


def test_every_report_is_in_order_and_its_houses_fit(trade, law):
    for number, s in enumerate(carried(trade), 1):
        told = carriage.reported(s, s.carriage, carriage.expected_at(s.carriage, NOW))
        assert office.check(told, law) == (), s.reference
        under = carriage.houses(s, s.carriage, "X")
        if under is not None:
            standing = step(None, Reported(told, "", ""), Role.CARRIER, number, "X")
            assert office.check_degroupage(standing, under, law) == (), s.reference
            assert all(house.level is Level.HOUSE for house in under.houses)


def test_what_is_reported_is_what_is_declared_unless_something_went_wrong(trade, law):
    seen = Counter()
    for s, filed in trade:
        if s.carriage is None or filed.truth.kinds not in ((), ("cargo_short",), ("cargo_over",)):
            continue
        (claim,) = office.claims(filed.lodgement, law)
        told = carriage.reported(s, s.carriage, NOW)
        under = carriage.houses(s, s.carriage, "X")
        named = next(d for d in (*told.documents, *(under.houses if under else ())) if d.number in claim.numbers)
        seen[s.carriage.fault] += 1
        if s.carriage.fault == "over":
            assert named.packages > claim.packages
        elif s.carriage.fault == "short" and any(line.packages > 1 for line in s.lines):
            assert named.packages < claim.packages
        elif not s.carriage.fault:
            assert (named.packages, named.mass) == (claim.packages, claim.mass)
    assert min(seen["short"], seen["over"], seen[""]) > 5


def test_goods_declared_before_they_come_say_so(trade, law):
    for s, filed in trade:
        early = s.carriage is not None and s.carriage.prelodged
        assert (filed.lodgement.type in law.list_of("prelodged_types")) == early
        if early and not filed.truth.kinds:
            assert office.awaited(filed.lodgement, law)
            assert "arrive" not in s.carriage.before


def test_entry_summaries_keep_the_rules_of_the_country(trade):
    rules = PACK / "ens_rules.json"
    known = ens.RuleSet({rules.name: rules.read_bytes()})
    for s in carried(trade)[:150]:
        data = ens.write(entry_summary(s, s.carriage, NOW, carriage.expected_at(s.carriage, NOW)))
        summary, problems = ens.examine(data, known)
        assert problems == () and s.journey.document in summary.documents


def test_permits_are_those_of_the_law(law):
    for code, (agency, unit, quantity) in permit.DOCUMENTS.items():
        document = law.agency_documents[code]
        assert document.agency == agency and document.is_ours(f"{agency}-{code}-1")
        assert (document.write_off == "none") == (quantity is None)
        assert unit == {"quantity": document.unit, "uses": USES, "none": ""}[document.write_off]


def test_traders_hold_permits_for_the_goods_they_deal_in():
    world = World(11, START, broker=BROKER, whole=True)
    held = permit.held(world.traders)
    assert len({p.number for p in held}) == len(held) == len(world.permits)
    assert {p.document for p in held} == set(permit.DOCUMENTS)


def test_most_permits_named_are_right_and_the_truth_knows_the_others(trade):
    world = World(11, START, broker=BROKER, whole=True)
    own = {(p.holder, p.document): p.number for p in world.permits.values()}
    right = wrong = 0
    for s, filed in trade:
        told = read_line(to_line(filed.truth))
        faulty = {int(text.split(":")[0].removeprefix("item ")) for text in s.permit_faults}
        for paper in s.papers:
            if paper.code in permit.DOCUMENTS and paper.id.startswith(f"{permit.DOCUMENTS[paper.code][0]}-"):
                fits = paper.id == own.get((s.home.id, paper.code))
                assert fits != (paper.item in faulty)
                right, wrong = right + fits, wrong + (not fits)
        assert (told.permits or ()) == s.permit_faults
        assert {k for k in told.kinds if k.startswith("permit_")} == {t.split()[2] for t in s.permit_faults}
    assert right > 3 * wrong > 0


def test_the_truth_says_which_cargo_is_short(trade):
    for s, filed in trade:
        told = read_line(to_line(filed.truth))
        if s.carriage is None:
            assert not told.cargo
            continue
        assert s.carriage.reference in told.cargo
        assert ("cargo_short" in told.kinds) == (s.carriage.fault == "short") == ("short:" in told.cargo)


def test_a_permit_fault_may_be_asked_for():
    world = World(11, START, broker=BROKER, whole=True)
    shipment = next(s for s in world.trade() if any(p.code == "N851" for p in s.papers))
    assert permit.with_permits(shipment, world.permits, "").permit_faults == ()
    (fault, *_) = permit.with_permits(shipment, world.permits, "permit_unknown").permit_faults
    assert "permit_unknown" in fault
