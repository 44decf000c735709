"""Cargo and declarations in a real register: they meet in either order, once, and never take more than there is."""

from __future__ import annotations

import json
import threading
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from django.db import connection
from django.db.utils import DatabaseError, OperationalError
from tests import cargo as ship
from tests.registry import papers

from customhouse.clearance import cargo
from customhouse.clearance.file import record
from customhouse.clearance.lodge import lodge
from customhouse.record.acts import Invalidated, Lifted
from customhouse.record.cargo import CargoNotPermitted, CargoReport, DiscrepancyFound
from customhouse.record.declaration import Declaration, HoldKind, Role, Stage
from customhouse.record.manifest import Degroupage
from customhouse.record.parts import Party
from customhouse.registry import authorisations, balance, cargo_claims, files, manifests

NOW = datetime(2026, 11, 27, 6, tzinfo=UTC)


def test_an_agent_reports_for_a_carrier_that_authorised_it(house):
    """Where it has not, the answer warns (Meridia's law); a carrier without an account here cannot say so, and is not asked."""
    agent = "XM100000025"

    def told(by: str, carrier: str = ship.CARRIER) -> list[str]:
        manifest = msgspec.structs.replace(ship.manifest(ship.bill()), carrier=Party(id=carrier))
        outcome = cargo.report(manifest, ship.written(manifest), by="x", role=Role.CARRIER, submitter=by, format="json")
        assert outcome.kind == "new"
        return [p.rule for p in outcome.problems if p.rule == "NotAuthorised"]

    assert told(ship.CARRIER) == []
    assert told(agent) == ["NotAuthorised"]
    assert told(agent, "PA9990001") == []
    given = authorisations.grant(ship.CARRIER, agent, by="carrier", since=date(2026, 1, 1))
    assert told(agent) == []
    authorisations.revoke(given, by="carrier", trader=ship.CARRIER)
    assert told(agent) == ["NotAuthorised"]


def lodged(data: bytes) -> Declaration:
    found = lodge(data, by=papers.BROKER).declaration
    assert found is not None
    assert found.acceptance is not None, found.problems
    return found


def rest(report: CargoReport, number: str) -> tuple[int, int]:
    """What is left by the report, which must be what is left by the balances."""
    now = manifests.get(report.number)
    document = now.manifest.document(number)
    assert document is not None
    left = now.rest(document)
    with manifests.opened(report.number) as file:
        named = file.balance_of(number)
    books = [balance.standing("manifest", f"{named}/{of}") for of in ("packages", "mass")]
    assert tuple(int(b.left) for b in books if b) == left
    return left


def test_a_declaration_lodged_after_the_report_takes_its_goods(house):
    bill = ship.bill()
    report = ship.reported(ship.manifest(bill))
    d = lodged(ship.declaration(bill.number, packages=40, kilos=400))
    (match,) = d.cargo
    assert (match.manifest, match.packages, match.mass, match.arrived) == (report.number, 40, 400_000, False)
    assert rest(report, bill.number) == (60, 600_000)
    assert [a.declaration for a in cargo_claims.askers(report)] == [d.id]


def test_a_declaration_lodged_before_the_report_is_met_when_it_comes_and_released_when_the_goods_are_there(house):
    bill = ship.bill()
    data = ship.declaration(bill.number, packages=100, kilos=1000, awaits=True)
    d = lodged(data)
    assert "has not been reported yet" in d.hold(HoldKind.MANIFEST).reasons[0].text
    cargo.match_new()
    report = ship.reported(ship.manifest(bill))
    d = files.get(d.id)
    assert d.cargo[0].packages == 100
    assert "have not arrived yet" in d.hold(HoldKind.MANIFEST).reasons[0].text
    after = cargo.arrive(report.number, NOW, by="carrier", role=Role.CARRIER)
    d = files.get(d.id)
    assert d.hold(HoldKind.MANIFEST) is None
    assert d.cargo[0].arrived
    assert after.stage == "DISCHARGED"
    assert not cargo.match(d.id), "nothing is new, so nothing is recorded"


def test_a_declaration_of_the_fast_path_is_met_by_the_reader_of_the_register(house):
    """The intake stores and reads nothing of cargo; the worker follows, in either order."""
    bill = ship.bill()
    before = files.insert(papers.new(ship.declaration(bill.number, packages=10, kilos=100))).declaration
    cargo.match_new()
    report = ship.reported(ship.manifest(bill))
    after = files.insert(papers.new(ship.declaration(bill.number, packages=20, kilos=200))).declaration
    assert files.get(before.id).cargo[0].packages == 10
    assert files.get(after.id).cargo == ()
    cargo.match_new()
    assert files.get(after.id).cargo[0].packages == 20
    assert rest(report, bill.number) == (70, 700_000)
    cargo.match_new()
    assert [len(files.entries(d.id)) for d in (before, after)] == [2, 2], "met once"


def test_two_carriers_with_the_same_number_are_told_apart_by_the_container_or_not_at_all(house):
    bill = ship.bill()
    ship.reported(ship.manifest(bill))
    other = ship.manifest(bill, carrier=Party(id="XM100000025"))
    outcome = cargo.report(
        other, ship.written(other), by="x", role=Role.CARRIER, submitter="XM100000025", format="json"
    )
    assert outcome.kind == "new"
    assert lodged(ship.declaration(bill.number)).cargo == ()


def test_the_hold_is_lifted_by_an_officer_and_does_not_come_back(house):
    d = lodged(ship.declaration(ship.reference("BL"), awaits=True))
    d = record(d.id, [Lifted(HoldKind.MANIFEST, "goods seen on the quay")], by="officer", role=Role.OFFICER)
    assert d.hold(HoldKind.MANIFEST) is None
    cargo.match(d.id)
    assert files.get(d.id).hold(HoldKind.MANIFEST) is None


def test_a_declaration_that_names_no_cargo_report_is_not_held(house):
    assert lodged(ship.declaration(ship.reference("BL"))).hold(HoldKind.MANIFEST) is None


def test_more_than_is_left_takes_nothing_and_says_so_until_goods_come_back(house):
    bill = ship.bill()
    report = ship.reported(ship.manifest(bill))
    first = lodged(ship.declaration(bill.number, packages=80, kilos=800))
    second = lodged(ship.declaration(bill.number, packages=30, kilos=200, awaits=True))
    assert second.cargo[0].short == "30 packages are declared, 20 are left"
    assert rest(report, bill.number) == (20, 200_000)
    record(first.id, [Invalidated("wrong consignee")], by="broker", role=Role.BROKER)
    cargo.match_new()
    assert files.get(second.id).cargo[0].packages == 30
    assert files.get(first.id).cargo == ()
    assert rest(report, bill.number) == (70, 800_000)


def test_a_released_declaration_takes_its_goods_too(house):
    bill = ship.bill()
    d = lodged(ship.declaration(bill.number, packages=1, kilos=2))
    d = files.get(d.id)
    if d.stage is not Stage.RELEASED:
        from customhouse.clearance.settle import pay

        d = pay(d.id, d.settled.outstanding, "card", by="cashier", role=Role.CASHIER, payer=papers.BROKER)
    assert d.stage is Stage.RELEASED or d.holds
    cargo.match_new()
    report = ship.reported(ship.manifest(bill))
    assert rest(report, bill.number)[0] == 99


def test_the_same_report_again_is_the_same_answer_and_another_under_its_reference_is_refused(house):
    told = ship.manifest()
    data = ship.written(told)
    options = {"by": "carrier", "role": Role.CARRIER, "submitter": ship.CARRIER, "format": "json"}
    first, again = cargo.report(told, data, **options), cargo.report(told, data, **options)
    assert (first.kind, again.kind) == ("new", "same")
    assert first.report.number == again.report.number
    other = ship.manifest(reference=told.reference)
    answer = cargo.report(other, ship.written(other), **options)
    assert (answer.kind, answer.problems[0].rule) == ("other", "DuplicateReference")
    elsewhere = ship.manifest(told.documents[0])
    answer = cargo.report(elsewhere, ship.written(elsewhere), **options)
    assert (answer.kind, answer.problems[-1].rule) == ("refused", "DuplicateTransportDocument")


def test_houses_take_the_place_of_their_master(house):
    master = ship.bill(consolidated=True, type="704", forwarder=Party(id=ship.FORWARDER))
    report = ship.reported(ship.manifest(master))
    one, two = (ship.house(master.number, packages=n, mass=n * 10_000) for n in (60, 40))
    early = lodged(ship.declaration(one.number, packages=60, kilos=600, awaits=True))
    wrong = lodged(ship.declaration(master.number, packages=5, kilos=50))
    assert "houses" in wrong.cargo[0].short
    cargo.match_new()
    told = Degroupage("D1", report.number, master.number, Party(id=ship.FORWARDER), (one, two))
    options = {"by": "broker", "role": Role.BROKER, "forwarder": ship.FORWARDER, "format": "json"}
    bad = cargo.degroup(ship.msgspec.structs.replace(told, houses=(one,)), b"x", **options)
    assert (bad.kind, {p.rule for p in bad.problems}) == ("refused", {"HousesDoNotFit"})
    assert cargo.degroup(told, ship.written(told), **options).kind == "new"
    assert cargo.degroup(told, ship.written(told), **options).kind == "same"
    assert files.get(early.id).cargo[0].packages == 60
    assert rest(report, two.number) == (40, 400_000)
    with pytest.raises(balance.UnknownBalance):
        rest(report, master.number)


def test_an_amendment_keeps_what_was_written_off_and_changes_the_rest(house):
    one, two = ship.bill(), ship.bill()
    report = ship.reported(ship.manifest(one, two))
    lodged(ship.declaration(one.number, packages=10, kilos=100))
    changed = ship.manifest(one, ship.bill(two.number, packages=50, mass=500_000), reference=report.manifest.reference)
    options = {"by": "carrier", "role": Role.CARRIER, "format": "json"}
    assert cargo.amend(report.number, changed, ship.written(changed), **options).kind == "new"
    assert rest(report, one.number) == (90, 900_000)
    assert rest(report, two.number) == (50, 500_000)
    worse = ship.manifest(ship.bill(one.number, packages=5), two, reference=report.manifest.reference)
    answer = cargo.amend(report.number, worse, ship.written(worse), **options)
    assert (answer.kind, answer.problems[-1].rule) == ("other", "NotPermitted")
    assert rest(report, one.number) == (90, 900_000)


def test_what_was_not_landed_and_what_is_abandoned_is_accounted_for_and_the_report_discharged(house):
    bill = ship.bill()
    report = ship.reported(ship.manifest(bill))
    with pytest.raises(CargoNotPermitted, match="REPORTED"):
        cargo.account(report.number, bill.number, 1, 0, "x", by="officer", role=Role.OFFICER)
    cargo.arrive(report.number, NOW, by="carrier", role=Role.CARRIER)
    short = DiscrepancyFound(bill.number, "short", 5, 50_000, "five cartons not landed")
    cargo.discrepancy(report.number, short, by="officer", role=Role.OFFICER)
    over = DiscrepancyFound(bill.number, "over", 2, 0, "two more than reported")
    cargo.discrepancy(report.number, over, by="officer", role=Role.OFFICER)
    with pytest.raises(CargoNotPermitted, match="95 packages"):
        cargo.account(report.number, bill.number, 96, 0, "x", by="officer", role=Role.OFFICER)
    d = lodged(ship.declaration(bill.number, packages=90, kilos=900))
    assert rest(report, bill.number) == (5, 50_000)
    after = cargo.account(report.number, bill.number, 5, 50_000, "abandoned", by="officer", role=Role.OFFICER)
    assert after.stage == "DISCHARGED"
    assert balance.audit() == []
    if d.stage is not Stage.RELEASED:
        record(d.id, [Invalidated("mistake")], by="officer", role=Role.OFFICER)
        assert manifests.get(report.number).stage == "ARRIVED"
        assert rest(report, bill.number) == (90, 900_000)


def test_what_was_recorded_of_a_report_is_final_and_gives_its_state_again(house):
    from customhouse.record.cargo import fold

    bill = ship.bill()
    report = ship.reported(ship.manifest(bill))
    lodged(ship.declaration(bill.number))
    cargo.arrive(report.number, NOW, by="carrier", role=Role.CARRIER)
    state = None
    for entry in manifests.entries(report.id):
        state = fold(state, entry, report.number)
    assert state == manifests.get(report.number)
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("update manifest_entry set by = 'x' where manifest = %s", [report.id])


def test_many_declarations_at_once_take_exactly_what_there_is(house):
    """Twelve ask for ten packages each of a hundred, over two bills and in either order; nobody waits in a circle."""
    one, two = ship.bill(packages=50, mass=500_000), ship.bill(packages=50, mass=500_000)
    data = [
        ship.declaration(*((one.number, two.number) if n % 2 else (two.number, one.number)), packages=10, kilos=100)
        for n in range(12)
    ]
    numbers = [lodged(d).id for d in data]
    report = ship.reported(ship.manifest(one, two, reference=ship.reference()))
    for number in numbers:  # met one after another by the report itself; now all are given back and asked again at once
        d = files.get(number)
        if d.cargo and not d.cargo[0].short:
            from django.db import transaction

            with transaction.atomic():
                cargo_claims.give_back(d, NOW)
    faults: list[Exception] = []
    before = {n: files.get(n) for n in numbers}

    def ask(number: int) -> None:
        from django.db import transaction
        from msgspec.structs import replace

        try:
            with transaction.atomic():
                d = replace(before[number], version=2, cargo=())
                law = cargo.law_now(datetime.now(UTC))
                cargo_claims.take(d, cargo.office.claims(d.lodged, law), 0, NOW)
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=[n]) for n in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    left = [rest(report, b.number) for b in (one, two)]
    assert sum(p for p, _ in left) == 0
    assert sum(m for _, m in left) == 0
    assert balance.audit() == []


# --- what was recorded and never followed up ----------------------------------------------------------------------------


class Killed(BaseException):
    """The process ends here: nothing catches it."""


@pytest.mark.parametrize("is_prelodged", [False, True])
def test_whoever_is_killed_between_an_arrival_and_its_declarations_is_followed_up(house, monkeypatch, is_prelodged):
    """The arrival stands and nobody told the declarations: the worker does, and goods do not lie for ever."""
    monkeypatch.setattr(cargo, "LEFT", timedelta(0))
    bill = ship.bill()
    report = ship.reported(ship.manifest(bill))
    told = json.loads(ship.declaration(bill.number, packages=100, kilos=1000, awaits=True))
    if is_prelodged:
        told["type"] = "IMD"
    d = lodge(json.dumps(told).encode(), by=papers.BROKER).declaration
    assert d is not None
    assert d.stage is (Stage.REGISTERED if is_prelodged else Stage.ROUTED)
    cargo.match_new()

    def killed(*_given):
        raise Killed

    monkeypatch.setattr(cargo, "meet", killed)
    with pytest.raises(Killed):
        cargo.arrive(report.number, NOW, by="carrier", role=Role.CARRIER)
    monkeypatch.undo()
    monkeypatch.setattr(cargo, "LEFT", timedelta(0))
    assert manifests.get(report.number).arrived == NOW
    before = files.get(d.id)
    assert before.stage is Stage.REGISTERED or before.hold(HoldKind.MANIFEST) is not None
    cargo.match_new()
    after = files.get(d.id)
    assert after.stage is Stage.ROUTED and after.hold(HoldKind.MANIFEST) is None
    assert [m.arrived for m in after.cargo] == [True]
    assert manifests.unmet(datetime.now(UTC)) == ()


def test_a_report_that_was_registered_and_not_followed_up_meets_what_was_declared_before(house, monkeypatch):
    monkeypatch.setattr(cargo, "LEFT", timedelta(0))
    bill = ship.bill()
    d = lodged(ship.declaration(bill.number, packages=100, kilos=1000))
    cargo.match_new()
    told = ship.manifest(bill)
    with monkeypatch.context() as gone:
        gone.setattr(cargo, "match", lambda number: (_ for _ in ()).throw(Killed()))
        with pytest.raises(Killed):
            ship.reported(told)
    assert files.get(d.id).cargo == ()
    cargo.match_new()
    assert [m.packages for m in files.get(d.id).cargo] == [100]


def test_a_database_that_goes_away_in_the_middle_of_reading_loses_nothing(house, monkeypatch):
    """What could not be met for want of a database is read again, not passed over."""
    cargo.match_new()
    bill = ship.bill()
    ship.reported(ship.manifest(bill))
    with monkeypatch.context() as away:
        away.setattr("customhouse.clearance.waiting.answer", lambda d: d)
        d = lodged(ship.declaration(bill.number, packages=100, kilos=1000))

    def gone(number):
        raise OperationalError("the connection is closed")

    with monkeypatch.context() as away:
        away.setattr(cargo, "match", gone)
        with pytest.raises(OperationalError):
            cargo.match_new()
    assert files.get(d.id).cargo == ()
    cargo.match_new()
    assert [m.packages for m in files.get(d.id).cargo] == [100]
