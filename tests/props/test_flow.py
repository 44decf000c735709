"""The law of motion: fold is total on permitted acts, nothing else is ever recorded, snapshot equals fold."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from customhouse.clearance.notification import notifications
from customhouse.gates.wco_xml import response as gate
from customhouse.kernel.money import Money
from customhouse.kernel.mrn import MRN
from customhouse.kernel.problem import Problem
from customhouse.record import acts as a
from customhouse.record import codec
from customhouse.record.account import LIMITED, Charge
from customhouse.record.acts import Act, Entry
from customhouse.record.agency import CUSTOMS, AgencyExamination, PermitUse
from customhouse.record.assessment import Assessment, DutyTaxFee, QuotaAllocation
from customhouse.record.declaration import (
    Acceptance,
    CargoMatch,
    ClassCheck,
    Declaration,
    DocumentCheck,
    Examination,
    Hold,
    HoldKind,
    Reason,
    Receipt,
    Registration,
    Role,
    Selection,
    Stage,
    Term,
)
from customhouse.record.flow import FLOW, GUARD, MAY, NotPermitted, fold, permitted
from customhouse.record.lanes import Lane
from customhouse.record.lodgement import Amount, Commodity, GoodsItem, GoodsShipment, Lodgement, Party
from customhouse.record.origin import ItemOrigin, OriginDetermination
from customhouse.record.paper import Paper
from customhouse.record.parcel import Answer
from customhouse.record.screening import Alarm, AlarmDecision, ListedIn, PartyRole, Screening, Verdict
from customhouse.record.valuation import ItemValue, Valuation
from customhouse.record.watch_list import ListedParty

AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
DAY = date(2026, 11, 2)
LODGEMENT = Lodgement(
    lrn="L-1",
    type="IMA",
    declarant=Party(id="XM100000001"),
    goods_shipment=GoodsShipment(
        items=(GoodsItem(sequence=1, commodity=Commodity("tea", price=Amount(Decimal("10.50"), "USD"))),)
    ),
)
ALL_ACTS = tuple(MAY)
SAID = Answer("file", "YELLOW", 100, 0, 0, "")
ALARMS = (
    Alarm(PartyRole.IMPORTER, "Ann Other", entry=ListedParty("1", ("Anna Other",)), listed="Anna Other", score=0.8),
    Alarm(PartyRole.EXPORTER, "★", unread="The name has no letter and no digit"),
)
SCREENED = st.lists(st.sampled_from(ALARMS), max_size=2, unique=True).map(
    lambda found: a.PartiesScreened(Screening((ListedIn("own", 1, "ab"),), 3, tuple(found)))
)
DECIDED = st.builds(
    AlarmDecision, st.sampled_from([x.key for x in ALARMS]), st.sampled_from(Verdict), st.sampled_from(["", "no"])
).map(a.AlarmDecided)
USD = st.integers(1, 5_000).map(lambda n: Money(n, "USD"))
holds = st.builds(
    Hold,
    kind=st.sampled_from(HoldKind),
    ref=st.sampled_from(["", "N935", "lane"]),
    lifted_by=st.lists(st.sampled_from(Role), min_size=1, max_size=3, unique=True).map(tuple),
    reasons=st.just((Reason("r", "because"),)),
)


def _payload(name: str, d: Declaration | None) -> st.SearchStrategy[Act]:
    """A strategy for acts of that name with payloads that may or may not fit the state."""
    standing = [h.key for h in d.holds] if d else []
    fixed = d.assessed.payable if d and d.assessed else Money(100, "USD")
    table: dict[str, st.SearchStrategy[Act]] = {
        "Lodged": lambda: st.just(a.Lodged(LODGEMENT, "json", "00")),
        "Refused": lambda: st.just(a.Refused((Problem("R1", "wrong"),))),
        "Accepted": lambda: st.just(a.Accepted(Acceptance(MRN.build(2026, "XM", "110000000001R"), DAY, "b"))),
        "Registered": lambda: st.just(a.Registered(Registration(MRN.build(2026, "XM", "110000000001R"), DAY, "b"))),
        "Estimated": lambda: st.just(a.Estimated(_assessed([("A00", 90)]).assessment)),
        "Presented": lambda: st.sampled_from(["", "XM000010"]).map(
            lambda office: a.Presented(office, "XMPMEQ1", "M-1")
        ),
        "Exited": lambda: st.just(a.Exited("XM000010", DAY)),
        "Verified": lambda: st.just(a.Verified(DocumentCheck())),
        "Classified": lambda: st.just(a.Classified(ClassCheck())),
        "Valued": lambda: st.just(a.Valued(Valuation((ItemValue(1, "1", Money(1050, "USD")),), Money(1050, "USD")))),
        "OriginDetermined": lambda: st.just(a.OriginDetermined(OriginDetermination((ItemOrigin(1, "FJ"),)))),
        "QuotaAllocated": lambda: st.just(
            a.QuotaAllocated((QuotaAllocation(1, "094001", DAY, "TNE", Decimal(10), Decimal(4)),))
        ),
        "CargoMatched": lambda: st.sampled_from(
            [(), ("BL-1",)],
        ).map(lambda waits: a.CargoMatched((CargoMatch("BL-1", "26XM0000000000000M", 1, 4, 900),), waits)),
        "Assessed": lambda: st.lists(st.tuples(st.sampled_from(("A00", "B00")), st.integers(0, 90)), max_size=3).map(
            _assessed
        ),
        "LaneAssigned": lambda: st.sampled_from(Lane).map(lambda lane: a.LaneAssigned(Selection(lane))),
        "Ruled": lambda: st.builds(
            a.Ruled, st.sampled_from(["line", "row"]), st.sampled_from(["", "the row"]), st.just(SAID), st.just(SAID)
        ),
        "Recalled": lambda: st.sampled_from(["", "a hint"]).map(a.Recalled),
        "LaneChanged": lambda: st.builds(a.LaneChanged, st.sampled_from(Lane), st.sampled_from(["", "seen before"])),
        "Targeted": lambda: st.builds(a.Targeted, st.sampled_from(Lane), st.sampled_from(["", "a tip"])),
        "Held": lambda: holds.map(a.Held),
        "Lifted": lambda: st.sampled_from([*standing, (HoldKind.AGENCY, "x")]).map(
            lambda k: a.Lifted(k[0], "fine", k[1])
        ),
        "Queried": lambda: st.just(a.Queried("Which model?")),
        "Answered": lambda: st.integers(1, 3).map(lambda n: a.Answered(n, "Model T")),
        "Attached": lambda: st.sampled_from([(), (Paper("ab" * 32, "invoice.pdf", "application/pdf", 9),)]).map(
            a.Attached
        ),
        "Amended": lambda: st.just(a.Amended(LODGEMENT, "json", "01")),
        "Examined": lambda: st.sampled_from(["conform", "discrepancy"]).map(lambda c: a.Examined(Examination(c))),
        "PermitsChecked": lambda: st.just(a.PermitsChecked((PermitUse(1, "N852", "MOH-2026-000001", "MOH"),))),
        "PartiesScreened": lambda: SCREENED,
        "AlarmDecided": lambda: DECIDED,
        "AgencyExamined": lambda: st.tuples(st.sampled_from(["conform", "discrepancy"]), st.integers(0, 2)).map(
            lambda told: a.AgencyExamined(AgencyExamination("MOH", told[0], "", told[1]))
        ),
        "JointInspectionCalled": lambda: st.sampled_from([CUSTOMS, "MOH"]).map(
            lambda by: a.JointInspectionCalled(by, ("MOH", "AGR"), "once is enough")
        ),
        "JointInspectionFixed": lambda: st.integers(1, 2).map(lambda n: a.JointInspectionFixed(n, "Shed 4", AT)),
        "Due": lambda: st.just(a.Due(fixed)),
        "Paid": lambda: (
            st.builds(
                Receipt, st.sampled_from([f"R{n}" for n in range(99)]), USD, st.sampled_from(["cash", "card", "online"])
            )
            .filter(lambda r: d is None or d.settled is None or r.number not in {x.number for x in d.settled.receipts})
            .map(a.Paid)
        ),
        "Reversed": lambda: st.builds(
            a.Reversed,
            st.sampled_from(
                [r.number for r in d.settled.receipts] if d and d.settled and d.settled.receipts else ["R0"]
            ),
            st.sampled_from(["", "recalled"]),
        ),
        "Charged": lambda: st.builds(
            Charge,
            st.sampled_from(LIMITED),
            st.just("XMDPO1"),
            st.just("XM100000001"),
            st.integers(0, 90).map(lambda n: Money(n, "USD")),
        ).map(a.Charged),
        "Discharged": lambda: st.sampled_from(["", "re-exported"]).map(a.Discharged),
        "Released": lambda: st.booleans().map(lambda met: a.Released((Term("T1", "all paid", met),))),
        "Invalidated": lambda: st.sampled_from(["", "sent twice"]).map(a.Invalidated),
    }
    return table[name]()


def _assessed(duties: list[tuple[str, int]]) -> a.Assessed:
    made = tuple(
        DutyTaxFee(1, tax, "m", "s", DAY, "5 %", (), "half up", Money(minor, "USD"), Money(minor, "USD"))
        for tax, minor in duties
    )
    total = Money(sum(minor for _, minor in duties), "USD")
    return a.Assessed(Assessment(made, total, total))


@dataclass
class Life:
    """A declaration and the entries that made it."""

    declaration: Declaration | None = None
    entries: list[Entry] = field(default_factory=list)

    def attempt(self, act: Act, role: Role) -> bool:
        first = (self.declaration.acts if self.declaration else 0) + 1
        entry = Entry(7, first, "someone", role, AT, DAY, "book", (act,))
        try:
            self.declaration = fold(self.declaration, entry)
        except NotPermitted:
            return False
        self.entries.append(entry)
        return True


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """A life of up to 25 attempts; the automatic acts are offered often so that lives get far."""
    life = Life()
    before = draw(st.sampled_from([("Accepted",), ("Registered", "Estimated", "Presented", "Accepted")]))
    automatic = (
        "Lodged",
        *before,
        "Verified",
        "Classified",
        "Valued",
        "OriginDetermined",
        "Assessed",
        "LaneAssigned",
    )
    for name in automatic:
        if draw(st.integers(0, 9)):
            life.attempt(draw(_payload(name, life.declaration)), Role.SYSTEM)
    for _ in range(draw(st.integers(0, 18))):
        name = draw(st.sampled_from(ALL_ACTS))
        role = draw(st.sampled_from(sorted(MAY[name])) | st.sampled_from(Role))
        life.attempt(draw(_payload(name, life.declaration)), role)
    return life


@settings(max_examples=150)
@given(lives(), st.sampled_from(["our own JSON", "another message", "none"]))
def test_snapshot_equals_fold_of_the_stored_acts(life: Life, message: str) -> None:
    again: Declaration | None = None
    for entry in life.entries:
        declared = next((x.lodgement for x in entry.acts if isinstance(x, a.Lodged | a.Amended)), None)
        sources = {"our own JSON": codec.encode(declared), "another message": b"\xef\xbb\xbf{}", "none": b""}
        source = sources[message] if declared is not None else None
        written = codec.write(entry.acts, source)
        assert (written.reading is not None) is (declared is not None and message != "our own JSON")
        assert codec.split(written.array) == written.acts
        acts = codec.read(written.array, written.reading or source)
        again = fold(again, replace(entry, acts=acts))
    assert again == life.declaration
    if again is not None:
        assert codec.decode_declaration(codec.encode(again)) == life.declaration


@settings(max_examples=150)
@given(lives(), st.data())
def test_nothing_is_recorded_that_permitted_does_not_name(life: Life, data: st.DataObject) -> None:
    d = life.declaration
    if d is None:
        return
    name = data.draw(st.sampled_from(ALL_ACTS))
    role = data.draw(st.sampled_from(Role))
    act = data.draw(_payload(name, d))
    offered = name in permitted(d, role)
    recorded = life.attempt(act, role)
    assert offered or not recorded


@settings(max_examples=150)
@given(lives(), st.sampled_from(Role), st.data())
def test_fold_is_total_on_permitted_acts(life: Life, role: Role, data: st.DataObject) -> None:
    """Every act that is offered can be recorded with some payload; those without a payload guard always can."""
    d = life.declaration
    if d is None:
        return
    for name in permitted(d, role):
        if name in GUARD:
            continue
        after = Life(d)
        assert after.attempt(data.draw(_payload(name, d)), role), name


@settings(max_examples=100)
@given(lives())
def test_a_released_declaration_was_clean(life: Life) -> None:
    d = life.declaration
    if d is not None and d.stage is Stage.RELEASED:
        assert not d.holds
        assert d.released is not None
        assert all(t.met for t in d.released.terms)


@settings(max_examples=100)
@given(lives())
def test_whatever_happens_is_told_once_in_order_and_can_be_written(life: Life) -> None:
    told = notifications(life.entries)
    assert [n.number for n in told] == list(range(1, len(told) + 1))
    assert [n.act for n in told] == sorted(n.act for n in told)
    assert len({n.response.reference for n in told}) == len(told)
    if told:
        assert gate.read(gate.write([n.response for n in told])).responses == tuple(n.response for n in told)
    for shorter in range(len(life.entries)):
        before = notifications(life.entries[:shorter])
        assert [n.name for n in told[: len(before)]] == [n.name for n in before]


def test_the_table_names_only_acts_that_exist_and_every_act_is_in_it() -> None:
    union = {kind.__name__ for kind in Act.__args__}
    assert {act for _, act in FLOW} == union == set(MAY)


def test_entries_come_in_order() -> None:
    entry = Entry(7, 2, "x", Role.SYSTEM, AT, DAY, "", (a.Lodged(LODGEMENT, "json", "00"),))
    with pytest.raises(NotPermitted, match="act 1 comes next"):
        fold(None, entry)


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.SYSTEM])
def test_people_cannot_release_or_assess(role: Role) -> None:
    for act in ("Released", "Assessed", "LaneAssigned", "Accepted", "Registered", "Estimated"):
        assert role not in MAY[act]
