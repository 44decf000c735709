"""Other agencies at a consignment: what the law holds for them, who lifts it, joint inspections from call to last result."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from tests.registry.permit_papers import HEALTH, HOLDER, VET, issued, lodged

from customhouse.clearance import agency as room
from customhouse.clearance import examine, lift, permit, permit_paper
from customhouse.clearance.permit import Actor
from customhouse.ledger import statement
from customhouse.record.agency import CUSTOMS
from customhouse.record.agency_flow import standing
from customhouse.record.declaration import Declaration, HoldKind, Role
from customhouse.record.flow import NotPermitted
from customhouse.registry import agencies, files

pytestmark = pytest.mark.usefixtures("house")
OFFICER = Actor("officer", Role.OFFICER)
ORIGIN = "test.example/log"


def vaccines(kilos: str = "10") -> Declaration:
    """Vaccines under a good permit: the Ministry looks at the papers by its own criterion (MOH01)."""
    p = issued(commodities=("3002",))
    return lodged(p.number, kilos, goods="30024100")


def refs(d: Declaration) -> set[tuple[str, str]]:
    return {
        (h.kind.value, h.ref) for h in d.holds if h.kind in (HoldKind.AGENCY, HoldKind.INSPECTION) and h.ref != "lane"
    }


def test_a_criterion_of_an_agency_holds_for_it_and_says_why():
    d = vaccines()
    hold = d.hold(HoldKind.AGENCY)
    assert hold is not None and hold.ref == "MOH" and [r.rule for r in hold.reasons] == ["MOH01"]
    assert d.id in [h.declaration.id for h in agencies.held("MOH")]
    assert d.id not in [h.declaration.id for h in agencies.held("AGR")]


def test_conform_lifts_what_was_to_be_seen_but_not_a_permit_that_does_not_do():
    assert room.examined(vaccines().id, "conform", "", actor=HEALTH).hold(HoldKind.AGENCY) is None
    d = lodged("MOH-2026-999998", "10", goods="30024100")
    assert [r.rule for r in d.hold(HoldKind.AGENCY).reasons] == ["MOH01", "permit-N852"]
    after = room.examined(d.id, "conform", "", actor=HEALTH)
    assert [r.rule for r in after.hold(HoldKind.AGENCY).reasons] == ["permit-N852"]
    assert room.lift_for(d.id, "MOH", "permit shown", actor=HEALTH).hold(HoldKind.AGENCY) is None


def test_another_result_keeps_the_hold_and_stands_in_the_record():
    after = room.examined(vaccines().id, "discrepancy", "no cold chain", actor=HEALTH)
    assert after.hold(HoldKind.AGENCY) is not None
    assert [(e.agency, e.conclusion) for e in after.agency_examined] == [("MOH", "discrepancy")]


def test_an_agency_that_is_not_concerned_finds_nothing_to_do():
    d = vaccines()
    assert room.concerns(d, "MOH") and not room.concerns(d, "AGR") and not room.concerns(d, "")
    with pytest.raises(NotPermitted, match="nothing is held for AGR"):
        room.examined(d.id, "conform", "", actor=VET)
    with pytest.raises(NotPermitted, match="officer may not lift"):
        lift.lift(d.id, HoldKind.AGENCY, "hurry", by="officer", role=Role.OFFICER, ref="MOH")
    after = lift.lift(d.id, HoldKind.AGENCY, "told by telephone", by="supervisor", role=Role.SUPERVISOR, ref="MOH")
    assert after.hold(HoldKind.AGENCY) is None


def test_what_an_officer_holds_in_the_name_of_an_agency_is_the_officers():
    """A hold put by hand names who put it, is lifted by customs, and puts nothing on the desk of an agency."""
    d = vaccines()
    lift.hold(d.id, HoldKind.AGENCY, "ask the ministry", by="oscar", role=Role.OFFICER)
    found = next(h for h in agencies.held() if h.declaration.id == d.id)
    assert found.agencies == ("MOH",) and not room.concerns(found.declaration, "oscar")


def test_a_joint_inspection_from_call_to_the_last_result():
    d = vaccines()
    called = room.call(d.id, ("AGR",), "cold store, see it once", actor=HEALTH)
    (joint,) = called.joint
    assert joint.called_by == "MOH" and [p.who for p in joint.participants] == [CUSTOMS, "MOH", "AGR"]
    assert refs(called) == {("agency", "MOH"), ("agency", "AGR"), ("inspection", "joint 1")}
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    fixed = room.fix(d.id, 1, "Shed 4", at, actor=VET)
    assert (fixed.joint[0].place, fixed.joint[0].at) == ("Shed 4", at)
    after = room.examined(d.id, "conform", "temperatures are right", actor=VET, joint=1)
    assert refs(after) == {("agency", "MOH"), ("inspection", "joint 1")} and standing(after) is not None
    after = room.examined(d.id, "conform", "", actor=HEALTH, joint=1)
    after = examine.examine(d.id, "conform", "as declared", by="examiner", role=Role.EXAMINER)
    assert standing(after) is None and refs(after) == set()
    assert [p.conclusion for p in after.joint[0].participants] == ["conform"] * 3
    assert files.get(d.id) == after


def test_who_may_call_a_joint_inspection_and_when():
    d = vaccines()
    with pytest.raises(NotPermitted, match="needs a reason"):
        room.call(d.id, ("MOH",), " ", actor=OFFICER)
    with pytest.raises(NotPermitted, match="at least one agency"):
        room.call(d.id, (), "alone", actor=OFFICER)
    room.call(d.id, ("MOH",), "once for all", actor=OFFICER)
    with pytest.raises(NotPermitted, match="is not over yet"):
        room.call(d.id, ("MOH",), "again", actor=OFFICER)
    with pytest.raises(NotPermitted, match="needs a place"):
        room.fix(d.id, 1, " ", datetime.now(UTC), actor=OFFICER)
    with pytest.raises(NotPermitted, match="does not wait for AGR"):
        room.examined(d.id, "conform", "", actor=VET, joint=1)


def test_whoever_is_lifted_by_hand_is_not_waited_for_any_more():
    d = vaccines()
    room.call(d.id, ("AGR",), "see it once", actor=HEALTH)
    room.lift_for(d.id, "AGR", "not our goods", actor=VET)
    lift.lift(d.id, HoldKind.INSPECTION, "no officer free", by="supervisor", role=Role.SUPERVISOR, ref="joint 1")
    after = room.examined(d.id, "conform", "", actor=HEALTH, joint=1)
    assert standing(after) is None and refs(after) == set()
    results = {p.who: (p.conclusion, p.text) for p in after.joint[0].participants}
    assert results == {
        CUSTOMS: ("not_done", "no officer free"),
        "MOH": ("conform", ""),
        "AGR": ("not_done", "not our goods"),
    }


# --- what a stranger can verify ------------------------------------------------------------------------------------------


def verdict(p, day=None):
    found = permit_paper.by_code(p.number, permit_paper.code(p, ORIGIN), ORIGIN, day or datetime.now(UTC).date())
    assert found == permit_paper.by_file(permit_paper.signed(p, ORIGIN), ORIGIN, day or datetime.now(UTC).date())
    return found.verdict


def test_a_genuine_paper_says_how_the_permit_stands():
    p = issued()
    assert verdict(p) == "valid"
    assert verdict(p, p.grant.until) == "ended"
    permit.suspend(p.id, "recall", actor=HEALTH)
    assert verdict(p) == "suspended"
    permit.resume(p.id, "over", actor=HEALTH)
    lodged(p.number, "1000")
    assert verdict(p) == "used_up"
    permit.revoke(p.id, "fraud", actor=HEALTH)
    assert verdict(p) == "revoked"


def test_the_paper_from_before_an_amendment_says_so():
    p = issued()
    permit.amend(p.id, msgspec.structs.replace(p.grant, quantity=Decimal(2000)), "more", actor=HEALTH)
    assert verdict(p) == "amended"


def test_a_wrong_code_a_wrong_number_and_a_changed_file_are_not_genuine():
    p = issued()
    day = datetime.now(UTC).date()
    code = permit_paper.code(p, ORIGIN)
    assert permit_paper.by_code(p.number, code.lower().replace("-", " "), ORIGIN, day).verdict == "valid"
    for number, typed in ((p.number, "AAAA-BBBB-CCCC-DDDD"), ("MOH-2026-000000", code), ("", ""), (p.number, "\x00")):
        assert permit_paper.by_code(number, typed, ORIGIN, day) == permit_paper.Answer("unknown")
    signed = permit_paper.signed(p, ORIGIN)
    for data, why in (
        (signed.replace(b'"1000"', b'"9000"'), "changed after it was signed"),
        (signed.replace(HOLDER.encode(), b"XM100000017"), "changed after it was signed"),
        (b"{}", "no signed permit"),
        (b"\xff\xfe", "no signed permit"),
        (b"[" * 5000, "no signed permit"),
        (b"x" * 30_000, "too large"),
    ):
        with pytest.raises(statement.InvalidStatement, match=why):
            permit_paper.by_file(data, ORIGIN, day)


def test_a_file_signed_by_another_key_is_not_ours():
    from customhouse.ledger.checkpoint import Signer

    p = issued()
    forged = statement.sign(permit_paper.said(p, ORIGIN), Signer.new("forger"))
    with pytest.raises(statement.InvalidStatement, match="another key"):
        permit_paper.by_file(forged, ORIGIN, datetime.now(UTC).date())
