"""A permit from application to the last kilogram: who may do what, what it fits, what is written off and given back."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from tests.registry.papers import new
from tests.registry.permit_papers import (
    APPLICANT,
    HEALTH,
    HOLDER,
    MEAT,
    VET,
    application,
    granted,
    issued,
    lodged,
    medicines,
    today,
    unpaid,
)

from customhouse.clearance import amend, invalidate, lodge, permit, permit_use
from customhouse.clearance.agency import lift_for
from customhouse.clearance.context import context_now
from customhouse.clearance.permit import Actor
from customhouse.clearance.trial import try_out
from customhouse.gates import json as json_gate
from customhouse.record.declaration import Declaration, HoldKind, Role
from customhouse.record.flow import NotPermitted, fold
from customhouse.record.permit import PermitNotPermitted, State
from customhouse.record.permit import fold as permit_fold
from customhouse.registry import balance, files, permits
from customhouse.registry.batch import Writer

BROKER = {"by": "broker", "role": Role.BROKER}
D = Decimal
pytestmark = pytest.mark.usefixtures("house")


def why(d: Declaration) -> list[str]:
    """What the agencies hold the declaration for."""
    return [r.text for h in d.holds if h.kind is HoldKind.AGENCY for r in h.reasons]


def test_a_permit_that_fits_is_written_off_with_the_declaration():
    p = issued()
    d = lodged(p.number, "100")
    assert why(d) == [] and d.hold(HoldKind.PERMIT) is None
    (use,) = d.permits
    assert (use.number, use.agency, use.taken, use.left, use.unit, use.why) == (
        p.number,
        "MOH",
        D(100),
        D(900),
        "KGM",
        "",
    )
    assert permit.left(p) == D(900) and balance.audit() == []
    assert [(u.declaration, u.what, u.amount) for u in permit.uses(p)][1:] == [(d.id, "written off", D(-100))]


def test_the_answer_is_an_act_and_the_state_its_fold():
    d = lodged(issued().number)
    entries = files.entries(d.id)
    assert "PermitsChecked" in [act.name for entry in entries for act in entry.acts]
    state = None
    for entry in entries:
        state = fold(state, entry)
    assert state == files.get(d.id) == d


@pytest.mark.parametrize(
    ("changes", "grant", "used", "told"),
    [
        ({"holder": "XM100000017"}, {}, {}, "It belongs to another holder"),
        ({"commodities": ("3003",)}, {}, {}, "It is for goods of 3003"),
        ({"origins": ("DE",)}, {}, {}, "It is for goods of origin DE"),
        ({}, {"start": today() - timedelta(9), "until": today()}, {}, "It was valid until before"),
        ({}, {"start": today() + timedelta(1)}, {}, "It is valid from"),
        ({}, {"quantity": D(99)}, {}, "It has 99 KGM left, 100 are declared"),
        ({"document": "9105"}, {}, {}, "It is a document 9105, not N852"),
    ],
)
def test_a_permit_that_does_not_fit_holds_for_its_agency_and_says_why(changes, grant, used, told):
    p = issued(grant=grant, **changes)
    d = lodged(p.number, **used)
    (text,) = why(d)
    assert text.startswith(f"Permit {p.number}: {told}")
    hold = d.hold(HoldKind.AGENCY)
    assert (hold.ref, hold.lifted_by) == ("MOH", (Role.AGENCY, Role.SUPERVISOR))
    assert permit.left(p) == p.grant.quantity


def test_a_number_nobody_issued_and_no_number_at_all_hold():
    assert why(lodged("MOH-2026-999999")) == ["Permit MOH-2026-999999: There is no such permit"]
    assert why(lodged("")) == ["The declaration gives no number"]


def test_paper_is_taken_where_the_law_says_so_but_not_under_a_number_of_the_register():
    d = lodged("OLD-4711", code="9105")
    assert d.permits == () and why(d) == [] and d.hold(HoldKind.PERMIT) is None
    assert why(lodged("moh-2026-000000", code="9105")) == ["Permit MOH-2026-000000: There is no such permit"]


def test_suspended_and_revoked_permits_do_not_do():
    p = issued()
    permit.suspend(p.id, "recall of a batch", actor=HEALTH)
    assert why(lodged(p.number)) == [f"Permit {p.number}: It is suspended"]
    permit.resume(p.id, "the batch is safe", actor=HEALTH)
    assert why(lodged(p.number)) == []
    permit.revoke(p.id, "the licence of the importer fell", actor=HEALTH)
    assert why(lodged(p.number)) == [f"Permit {p.number}: It has been revoked"]


def test_an_amended_declaration_writes_off_anew_and_an_invalidated_one_gives_back():
    p, d = unpaid("600")

    def amended(kilos: str) -> Declaration:
        return amend.amend(d.id, medicines(p.number, kilos, lrn=d.lrn, **MEAT), "counted again", **BROKER)

    after = amended("950")
    assert [u.taken for u in after.permits] == [D(950)] and permit.left(p) == D(50)
    after = amended("2000")
    assert why(after) == [f"Permit {p.number}: It has 1000 KGM left, 2000 are declared"] and permit.left(p) == D(1000)
    after = amended("10")
    assert why(after) == [] and permit.left(p) == D(990)
    invalidate.invalidate(d.id, "sold abroad", **BROKER)
    assert permit.left(p) == D(1000) and balance.audit() == []


def test_a_number_put_right_by_amendment_lifts_the_hold():
    p = issued()
    d = next(d for d in (lodged("MOH-2026-000001X") for _ in range(50)) if d.lane == "BLUE")
    assert why(d)
    after = amend.amend(d.id, medicines(p.number, lrn=d.lrn), "the number was mistyped", **BROKER)
    assert why(after) == [] and permit.left(p) == D(900)


def test_what_waits_is_answered_by_the_worker(monkeypatch):
    p = issued()
    monkeypatch.setattr(permit_use, "check", lambda number, now: files.get(number))
    waiting = [lodged(p.number, "600") for _ in range(2)]
    monkeypatch.undo()
    for d in waiting:
        assert d.hold(HoldKind.PERMIT) is not None and d.assessed is not None and d.released is None
    assert permit_use.check_waiting(context_now()) >= 2
    first, second = (files.get(d.id) for d in waiting)
    assert why(first) == [] and why(second) == [f"Permit {p.number}: It has 400 KGM left, 600 are declared"]
    assert permit_use.check_waiting(context_now()) == 0


def test_what_cannot_be_recorded_writes_nothing_off(monkeypatch):
    p = issued()

    def broken(*_given):
        raise RuntimeError("the machine stopped")

    monkeypatch.setattr(permit_use, "proceed", broken)
    with pytest.raises(RuntimeError):
        lodged(p.number)
    monkeypatch.undo()
    assert permit.left(p) == D(1000) and balance.audit() == []
    assert permit_use.check_waiting(context_now()) == 1
    assert permit.left(p) == D(900)


def test_what_comes_through_the_fast_intake_is_answered_too():
    """The batch writer stores the declaration with its hold; the worker does the rest, as for one on the plain path."""
    p = issued()
    fresh = new(medicines(p.number, "250"))
    assert fresh.declaration.hold(HoldKind.PERMIT) is not None

    async def put():
        writer = Writer(os.environ["CUSTOMHOUSE_DATABASE_URL"])
        writer.start()
        try:
            return await writer.put(fresh)
        finally:
            await writer.stop()

    assert asyncio.run(put()).kind == "new"
    assert "permit" in files.get(fresh.declaration.id).holds[0].kind.value
    permit_use.check_waiting(context_now())
    after = files.get(fresh.declaration.id)
    assert after.hold(HoldKind.PERMIT) is None and [u.taken for u in after.permits] == [D(250)]
    assert permit.left(p) == D(750)


def test_the_trial_says_what_the_register_would_and_writes_nothing_off():
    p = issued(grant={"quantity": D(100)})
    for kilos, whys in (("100", []), ("101", [f"Permit {p.number}: It has 100 KGM left, 101 are declared"])):
        tried = try_out(json_gate.read(medicines(p.number, kilos)), context_now())
        assert why(tried.declaration) == whys and tried.declaration.hold(HoldKind.PERMIT) is None
    assert permit.left(p) == D(100)


def test_a_licence_is_used_once_by_a_declaration_however_many_items_name_it():
    police = Actor("police", Role.AGENCY, agency="POL")
    arms = {"agency": "POL", "document": "9104", "commodities": ("93",), "unit": "C62", "quantity": D(2)}
    p = issued(police, **arms)
    told = json.loads(medicines(p.number, "10", code="9104", goods="93032000"))
    first = told["goods_shipment"]["items"][0]
    told["goods_shipment"]["items"].append({**first, "sequence": 2})
    told["item_count"], told["package_count"] = 2, "2"
    told["gross_mass"], told["invoice"] = {"value": "20"}, {"value": "173.00", "currency": "USD"}
    d = lodge.lodge(json.dumps(told).encode(), by="broker").declaration
    assert d is not None and [u.taken for u in d.permits] == [D(1), D(0)] and all(u.met for u in d.permits)
    assert permit.left(p) == D(1) and balance.audit() == []
    lodged(p.number, "10", code="9104", goods="93032000")
    over = lodged(p.number, "10", code="9104", goods="93032000")
    assert why(over) == [f"Permit {p.number}: All its uses are written off"]


def test_what_was_counted_in_uses_comes_back_though_the_law_counts_otherwise_by_then(monkeypatch):
    """A correction of the law between write-off and withdrawal must not keep a use of the licence for ever."""
    police = Actor("police", Role.AGENCY, agency="POL")
    arms = {"agency": "POL", "document": "9104", "commodities": ("93",), "unit": "C62", "quantity": D(2)}
    p = issued(police, **arms)
    d = lodged(p.number, "10", code="9104", goods="93032000")
    assert permit.left(p) == D(1)
    law = context_now().law
    counted = msgspec.structs.replace(law.agency_documents["9104"], write_off="quantity", unit="NAR")
    monkeypatch.setitem(law.agency_documents, "9104", counted)
    invalidate.invalidate(d.id, "sold abroad", by="officer", role=Role.OFFICER)
    assert permit.left(p) == D(2) and balance.audit() == []


def test_an_agency_lifts_its_own_hold_and_no_other():
    d = lodged("MOH-2026-999999")
    with pytest.raises(NotPermitted, match="an agency lifts its own holds only"):
        lift_for(d.id, "MOH", "looks fine", actor=VET)
    with pytest.raises(NotPermitted, match="needs a reason"):
        lift_for(d.id, "MOH", " ", actor=HEALTH)
    after = lift_for(d.id, "MOH", "shown on paper", actor=HEALTH)
    assert after.hold(HoldKind.AGENCY) is None


# --- the life of a permit ---------------------------------------------------------------------------------------------


def test_question_and_answer_then_issue():
    found = permit.apply(application(), actor=APPLICANT)
    permit.query(found.id, "Which batches?", actor=HEALTH)
    with pytest.raises(PermitNotPermitted, match="it is QUERIED"):
        permit.issue(found.id, granted(application()), actor=HEALTH)
    permit.answer(found.id, "Batches 1 to 9", actor=APPLICANT)
    p = permit.issue(found.id, granted(application()), actor=HEALTH)
    assert p.state is State.ISSUED and p.fee == "40.00 USD" and p.number.startswith(f"MOH-{datetime.now(UTC).year}-")
    assert [q.answer for q in p.questions] == ["Batches 1 to 9"]
    state = None
    for entry in permits.entries(p.id):
        state = permit_fold(state, entry)
    assert state == permits.get(p.id) == p == permits.by_number(p.number.lower())


def test_nobody_reaches_the_permit_of_another():
    found = permit.apply(application(), actor=APPLICANT)
    for stranger in (
        VET,
        Actor("trader", Role.TRADER, trader="XM100000017"),
        Actor("x", Role.AGENCY),
        Actor("y", Role.BROKER),
    ):
        with pytest.raises(permits.UnknownPermit):
            permit.record(found.id, (), actor=stranger)
    holder = Actor("pharma", Role.TRADER, trader=HOLDER)
    assert permit.withdraw(found.id, "not needed", actor=holder).state is State.WITHDRAWN


def test_an_amended_permit_holds_more_but_never_less_than_was_written_off():
    p = issued()
    lodged(p.number, "800")
    permit.amend(p.id, granted(p.application, quantity=D(1500)), "more patients", actor=HEALTH)
    assert permit.left(p) == D(700)
    with pytest.raises(balance.Exhausted):
        permit.amend(p.id, granted(p.application, quantity=D(700)), "too many", actor=HEALTH)
    assert permits.get(p.id).grant.quantity == D(1500) and permit.left(p) == D(700) and balance.audit() == []


def test_a_permit_whose_day_has_passed_expires():
    p = issued(grant={"start": today() - timedelta(9), "until": today()})
    assert permit.expire(datetime.now(UTC)) >= 1
    assert permits.get(p.id).state is State.EXPIRED
    assert permit.expire(datetime.now(UTC)) == 0


def test_entries_of_permits_are_final(house):
    issued()
    for statement in ("update permit_entry set acts = '[]'", "delete from permit_entry", "delete from permit"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_many_declarations_at_once_never_overdraw_a_permit():
    """Four hundred kilograms for a hundred and sixty lodgements of five, eight at a time: eighty fit, exactly."""
    p = issued(grant={"quantity": D(400)})
    met: list[bool] = []
    faults: list[BaseException] = []

    def many() -> None:
        try:
            met.extend(lodged(p.number, "5").permits[0].met for _ in range(20))
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=many) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert faults == [] and not any(t.is_alive() for t in threads)
    assert (len(met), sum(met)) == (160, 80)
    assert permit.left(p) == 0 and balance.audit() == []
