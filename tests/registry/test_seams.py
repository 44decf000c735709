"""One declaration in every register at once: a quota, a permit, an account and a ship's cargo, in any order of what can happen.

Whatever people, carriers and the worker do, and wherever somebody is killed in between, each register holds exactly what the
declarations that stand say they hold, no more and nothing twice.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import cargo as ship
from tests.registry.papers import reference
from tests.registry.permit_papers import VET, granted, issued, medicines
from tests.registry.test_treasury import opened
from typer.testing import CliRunner

from customhouse.clearance import agency, attach, cargo, charge, permit, permit_use, query, quota
from customhouse.clearance.amend import amend
from customhouse.clearance.context import context_now
from customhouse.clearance.invalidate import invalidate
from customhouse.clearance.lodge import lodge
from customhouse.clearance.present import present
from customhouse.clearance.replay import again, as_recorded, differences, judged
from customhouse.clearance.trial import try_out
from customhouse.gates import json as json_gate
from customhouse.gates.papers import look
from customhouse.house.cli import app
from customhouse.house.options import setting
from customhouse.kernel.problem import Refusal
from customhouse.law.book import bind, compile_pack
from customhouse.law.pack import country_directory, read_pack
from customhouse.record.account import AccountKind
from customhouse.record.cargo import CargoNotPermitted
from customhouse.record.declaration import Declaration, HoldKind, Role, Stage
from customhouse.record.flow import NotPermitted, fold
from customhouse.record.permit import Permit
from customhouse.registry import (
    balance,
    booking,
    files,
    history,
    lawbook,
    manifests,
    proof,
    sealing,
    treasury,
    treasury_audit,
)

pytestmark = pytest.mark.usefixtures("house")
D = Decimal
WHO: dict[str, Any] = {"by": "broker", "role": Role.BROKER}
REFUSED = (
    NotPermitted,
    CargoNotPermitted,
    Refusal,
    balance.Exhausted,
)  # what a step may answer instead of doing something
STEPS = (
    "lodge", "prelodge", "amend", "amend", "invalidate", "present", "arrive", "report", "ask", "attach", "lift", "together",
    "match", "allocate", "check", "charge", "book", "limit", "killed",
)  # fmt: skip


class Killed(BaseException):
    """The process ends here: nothing catches it."""


@pytest.fixture(scope="module")
def sugar(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The law of Meridia with a sugar quota of ten tonnes of its own."""
    number = f"09{uuid.uuid4().int % 10**8:08d}"
    replace = msgspec.structs.replace
    contents = read_pack(country_directory("meridia"))
    measures = tuple(replace(m, order=number) if m.order == "094001" else m for m in contents.measures)
    quotas = tuple(replace(q, order=number, volume=D(10)) for q in contents.quotas)
    with django_db_blocker.unblock():
        changed = replace(contents, measures=measures, quotas=quotas, version=f"test {number}")
        lawbook.publish(bind(changed), by="test", in_force=date(2020, 1, 1))
        yield number
        lawbook.publish(compile_pack(country_directory("meridia")), by="test", in_force=date(2020, 1, 1))


class World:
    """A permit, an account, two bills of lading of one ship, and the declarations that draw on all of them."""

    def __init__(self, order: str, *, ceiling: int = 40_000, kilos: int = 1000) -> None:
        self.order, self.trader, self.numbers = order, opened(ceiling)[0], list[int]()
        self.permit: Permit = issued(VET, agency="AGR", document="N853", commodities=("0207",), quantity=D(kilos))
        self.bills = [ship.bill(packages=100, mass=10_000_000) for _ in range(2)]
        self.report_: str = ""

    def paper(self, pick: int, size: int, *, lrn: str = "", type: str = "IMA") -> bytes:
        """Meat under the permit and sugar under the quota, of one bill, `size` packages, paid by deferment."""
        kilos = 10 * size
        told = json.loads(medicines(self.permit.number if pick % 5 else "AGR-2026-999999", str(kilos), lrn=lrn or reference(),
                                    goods="02071400", code="N853"))  # fmt: skip
        told["type"] = type
        told["authorisation_holders"] = [{"category": c, "id": self.trader} for c in ("DPO", "CGU")]
        (meat,) = told["goods_shipment"]["items"]
        meat["documents"].append({"category": "C", "type": "506", "id": "ACC1"})
        meat["commodity"]["duties"] = [{"type": "A00", "payment": {"method": "E"}}]
        sweet = json.loads(json.dumps(meat)) | {"sequence": 2, "origins": [{"country": "BR", "type": "1"}]}
        sweet["documents"] = [d for d in meat["documents"] if d["type"] != "853"]
        sweet["commodity"] |= {
            "description": "Refined cane sugar",
            "classifications": [{"id": "17019900", "type": "TSP"}],
            "duties": [{"type": "A00", "regime": "120", "quota": self.order, "payment": {"method": "E"}}],
        }
        told["goods_shipment"]["items"] = [meat, sweet]
        for item in (meat, sweet):
            item["packages"] = [{"sequence": 1, "marks": "AS", "quantity": size, "type": "CT"}]
        told["goods_shipment"]["previous_documents"] = [
            {"category": "N", "type": "705", "id": self.bills[pick % 2].number},
            {"category": "N", "type": "785", "id": "R"},
        ]
        price = D(meat["commodity"]["price"]["value"])
        told["invoice"] = {"value": str(2 * price), "currency": meat["commodity"]["price"]["currency"]}
        told["item_count"], told["package_count"] = 2, 2 * size
        told["gross_mass"] = {"value": str(2 * kilos), "unit": "KGM"}
        return json.dumps(told).encode()

    def take(self, step: str, pick: int, size: int) -> None:
        if step in ("lodge", "prelodge") or not self.numbers:
            outcome = lodge(self.paper(pick, size, type="IMD" if step == "prelodge" else "IMA"), by="broker")
            assert outcome.kind == "new" and outcome.declaration is not None, outcome.problems
            self.numbers.append(outcome.declaration.id)
            return
        getattr(self, step)(files.get(self.numbers[pick % len(self.numbers)]), pick, size)

    def amend(self, d: Declaration, pick: int, size: int) -> None:
        amend(d.id, self.paper(pick, size, lrn=d.lrn, type=d.lodged.type), "another size", **WHO)

    def invalidate(self, d: Declaration, pick: int, size: int) -> None:
        invalidate(d.id, "not needed", **WHO)

    def present(self, d: Declaration, pick: int, size: int) -> None:
        present(d.id, office="XM000010", by="officer", role=Role.OFFICER)

    def report(self, d: Declaration, pick: int, size: int) -> None:
        if not self.report_:
            self.report_ = ship.reported(ship.manifest(*self.bills)).number

    def arrive(self, d: Declaration, pick: int, size: int) -> None:
        if self.report_:
            cargo.arrive(self.report_, datetime(2026, 11, 20, tzinfo=UTC), by="carrier", role=Role.CARRIER)

    def ask(self, d: Declaration, pick: int, size: int) -> None:
        query.query(d.id, "which?", by="officer", role=Role.OFFICER, deadline=None)

    def attach(self, d: Declaration, pick: int, size: int) -> None:
        attach.attach(d.id, [look(b"plain words %d" % size, "note.txt")], **WHO)

    def lift(self, d: Declaration, pick: int, size: int) -> None:
        agency.lift_for(d.id, "AGR", "seen on paper", actor=VET)

    def together(self, d: Declaration, pick: int, size: int) -> None:
        agency.call(d.id, ["CUS"], "open it together", actor=VET)

    def match(self, *_given: Any) -> None:
        cargo.match_new()

    def allocate(self, *_given: Any) -> None:
        quota.allocate_waiting()

    def check(self, *_given: Any) -> None:
        permit_use.check_waiting(context_now())

    def charge(self, *_given: Any) -> None:
        charge.charge_waiting()

    def book(self, *_given: Any) -> None:
        booking.book_news()

    def limit(self, d: Declaration, pick: int, size: int) -> None:
        charge.retry(AccountKind.DEFERMENT, self.trader)

    def round(self) -> None:
        """What the worker does over and over."""
        for work in (self.match, self.allocate, self.check, self.charge, self.book):
            work()

    def killed(self, d: Declaration, pick: int, size: int) -> None:
        """Somebody ends in the middle of what follows an amendment: nothing of it was done."""
        before = files.get(d.id)
        places = [(balance, "give_back"), (permit_use, "proceed"), (booking, "book"), (cargo, "proceed")]
        where, name = places[size % len(places)]
        real = getattr(where, name)

        def dies(*given: Any, **named: Any) -> Any:
            real(*given, **named)
            raise Killed

        setattr(where, name, dies)
        try:
            self.amend(d, pick, size)
        except Killed:
            assert files.get(d.id) == before
        finally:
            setattr(where, name, real)

    # --- what must hold -----------------------------------------------------------------------------------------------

    def sound(self) -> None:
        """Each register against what the declarations say."""
        standing = [files.get(n) for n in self.numbers]
        for d in standing:
            state = None
            for entry in files.entries(d.id):
                state = fold(state, entry)
            assert state == d
        used = sum((u.taken for d in standing for u in d.permits), D(0))
        left = permit.left(self.permit)
        assert left is not None and used == (self.permit.grant.quantity if self.permit.grant else 0) - left
        drawn: Counter[str] = Counter()
        for d in standing:
            for m in d.cargo:
                if not m.short:
                    drawn[m.document] += m.packages
        if self.report_:
            report = manifests.get(self.report_)
            for document in report.manifest.documents:
                assert report.of(document.number).packages == drawn[document.number]
                with manifests.opened(self.report_) as file:
                    named = file.balance_of(document.number)
                stands = balance.standing("manifest", f"{named}/packages")
                assert stands is not None and int(stands.left) == document.packages - drawn[document.number]
        charged = sum(c.amount.minor for d in standing for c in d.charges)
        (account,) = treasury.facilities(AccountKind.DEFERMENT, [self.trader])
        assert account.used.minor == charged
        assert balance.audit() == []


def quota_left(order: str) -> Decimal:
    found = balance.standing("quota", f"{order}@2026-01-01")
    return found.left if found else D(10)


@pytest.mark.slow
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(st.sampled_from(STEPS), st.integers(0, 9), st.integers(1, 60)),
        min_size=4,
        max_size=12,
    )
)
def test_whatever_happens_each_register_holds_what_the_declarations_say(
    house: None, sugar: str, steps: list[tuple[str, int, int]]
) -> None:
    before = quota_left(sugar)
    world = World(sugar)
    world.take("lodge", 1, 30)
    for step, pick, size in steps:
        try:
            world.take(step, pick, size)
        except REFUSED:
            continue
        world.sound()
    world.round()
    world.round()
    world.sound()
    standing = [files.get(n) for n in world.numbers]
    assert quota_left(sugar) == before - sum((q.granted for d in standing for q in d.quotas), D(0))
    for d in standing:
        if d.acceptance is not None and d.stage is not Stage.INVALIDATED:
            assert not {HoldKind.QUOTA, HoldKind.PERMIT, HoldKind.ACCOUNT} & {h.kind for h in d.holds}, d.holds
    for n in world.numbers:
        try:
            invalidate(n, "all of it back", by="officer", role=Role.OFFICER)
        except NotPermitted:
            continue
    world.sound()
    while booking.book_news():
        pass
    assert treasury_audit.audit().wrong == []
    if all(files.get(n).stage is Stage.INVALIDATED for n in world.numbers):
        assert quota_left(sugar) == before and permit.left(world.permit) == D(1000)


def test_many_at_once_on_the_same_permit_quota_account_and_ship_wait_in_no_ring(sugar: str) -> None:
    """Lodged, amended and withdrawn on four connections while the worker does its rounds on a fifth."""
    world = World(sugar, ceiling=10_000_000, kilos=100_000)
    world.bills = [ship.bill(packages=5000, mass=500_000_000) for _ in range(2)]
    world.report(files.get(_first(world)), 0, 0)
    faults: list[BaseException] = []
    done = threading.Event()

    def people(seed: int) -> None:
        for n in range(6):
            busy(world, 1 + (seed + n) % 2, n)

    def worker() -> None:
        while not done.is_set():
            world.round()

    def alone(work: Callable[..., None], *given: Any) -> None:
        try:
            work(*given)
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=alone, args=(people, n)) for n in range(4)]
    round_ = threading.Thread(target=alone, args=(worker,))
    for thread in (*threads, round_):
        thread.start()
    for thread in threads:
        thread.join(120)
    done.set()
    round_.join(60)
    assert faults == []
    world.round()
    world.round()
    world.sound()
    assert treasury_audit.audit().wrong == []


def busy(world: World, pick: int, n: int) -> None:
    """Lodge one, amend it twice, and withdraw every other."""
    d = lodge(world.paper(pick, 3 + n), by="broker").declaration
    assert d is not None
    world.numbers.append(d.id)
    try:
        for size in (5, 9):
            world.amend(d, pick + size, size)
        if n % 2:
            invalidate(d.id, "withdrawn", by="officer", role=Role.OFFICER)
    except NotPermitted:  # it was drawn for an examination, or released meanwhile
        return


def _first(world: World) -> int:
    world.take("lodge", 1, 1)
    return world.numbers[0]


def test_one_declaration_draws_on_every_register_and_amended_and_withdrawn_gives_all_of_it_back(sugar: str) -> None:
    before, world = quota_left(sugar), World(sugar)
    world.report(files.get(_first(world)), 0, 0)
    for _ in range(30):
        d = lodge(world.paper(1, 20), by="broker").declaration
        assert d is not None
        world.numbers.append(d.id)
        if d.hold(HoldKind.INSPECTION) is None:
            break
    assert d.quotas and d.permits and d.cargo and not d.cargo[0].short, d.holds
    for size in (30, 10):
        world.amend(d, 1, size)
        world.round()
        world.sound()
        now = files.get(d.id)
        assert [q.granted for q in now.quotas] == [D(size) / 100] and [u.taken for u in now.permits] == [D(10 * size)]
        assert sum(m.packages for m in now.cargo) == 2 * size and now.charges
    for number in world.numbers:
        invalidate(number, "not needed", by="officer", role=Role.OFFICER)
    world.sound()
    (account,) = treasury.facilities(AccountKind.DEFERMENT, [world.trader])
    assert account.used.minor == 0 and permit.left(world.permit) == D(1000) and quota_left(sugar) == before


def test_a_permit_that_is_amended_meanwhile_keeps_what_was_written_off(sugar: str) -> None:
    world = World(sugar)
    world.take("lodge", 1, 30)
    permit.amend(world.permit.id, granted(world.permit.application, quantity=D(500)), "less", actor=VET)
    with pytest.raises(balance.Exhausted):
        permit.amend(world.permit.id, granted(world.permit.application, quantity=D(299)), "too few", actor=VET)
    assert permit.left(world.permit) == D(200) and balance.audit() == []
    invalidate(world.numbers[0], "not needed", by="officer", role=Role.OFFICER)
    assert permit.left(world.permit) == D(500)


def test_what_drew_on_every_register_is_judged_again_verified_and_tried_out_to_the_same(sugar: str) -> None:
    """Replay, verify and the trial of the form know the acts and holds of every room."""
    world = World(sugar, ceiling=10_000_000)
    world.report(files.get(_first(world)), 0, 0)
    told = world.paper(1, 20)
    tried = try_out(json_gate.read(told), context_now()).declaration
    assert {h.kind for h in tried.holds}.isdisjoint({HoldKind.QUOTA, HoldKind.PERMIT})
    d = lodge(told, by="broker").declaration
    assert d is not None and d.assessed is not None and tried.assessed is not None
    assert tried.assessed.payable == d.assessed.payable
    assert [(u.taken, u.left, u.why) for u in tried.permits] == [(u.taken, u.left, u.why) for u in d.permits]
    query.query(d.id, "which?", by="officer", role=Role.OFFICER, deadline=None)
    world.amend(files.get(d.id), 1, 30) if d.hold(HoldKind.INSPECTION) is None else None
    world.round()
    world.arrive(d, 0, 0)
    now = files.get(d.id)
    (past,) = history.of([d.id])
    found = judged(past.declaration, past.taken)
    assert differences(now, again(found.declaration, as_recorded(found, lawbook.by_hash))) == ()
    sealing.seal(setting("CUSTOMHOUSE_LOG_ORIGIN"))
    assert [
        line for line in proof.verify(setting("CUSTOMHOUSE_LOG_ORIGIN")).broken if f"declaration {d.id}" in line
    ] == []
    done = CliRunner().invoke(app, ["why", now.mrn])
    assert done.exit_code == 0, done.output
    assert all(name in done.output for name in ("PermitsChecked", "QuotaAllocated", "CargoMatched", "Charged"))
