"""A tariff quota from claim to answer: drawn in order, exact, given back, and told in the record."""

from __future__ import annotations

import json
import threading
import time
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.db import connection
from typer.testing import CliRunner

from customhouse.clearance import amend, invalidate, lodge, quota
from customhouse.clearance.impact import Impact
from customhouse.clearance.replay import again, as_recorded, differences, judged
from customhouse.desks.whatif_declarations import Declarations, published
from customhouse.house.cli import app
from customhouse.kernel.validity import Validity
from customhouse.law.book import Book, bind, compile_pack
from customhouse.law.expression import parse
from customhouse.law.pack import country_directory, read_pack
from customhouse.law.terms import Criterion
from customhouse.record.declaration import Declaration, HoldKind, Role, Stage
from customhouse.record.flow import fold
from customhouse.record.lanes import Lane
from customhouse.registry import balance, files, history, lawbook
from customhouse.stream.duty import Engine
from customhouse.stream.history import gather
from customhouse.stream.whatif import whatif

ROOT = Path(__file__).resolve().parents[2]
BASE = json.loads((ROOT / "examples" / "good" / "08-small-parcel.json").read_text("utf-8"))
BROKER = {"by": "broker", "role": Role.BROKER}


@pytest.fixture
def order(house):
    """The law of Meridia with a sugar quota of ten tonnes of its own."""
    number = f"09{uuid.uuid4().int % 10**8:08d}"
    contents = read_pack(country_directory("meridia"))
    measures = tuple(msgspec.structs.replace(m, order=number) if m.order == "094001" else m for m in contents.measures)
    quotas = tuple(msgspec.structs.replace(q, order=number, volume=Decimal(10)) for q in contents.quotas)
    changed = msgspec.structs.replace(contents, measures=measures, quotas=quotas, version=f"test {number}")
    lawbook.publish(bind(changed), by="test", in_force=date(2020, 1, 1))
    yield number
    lawbook.publish(compile_pack(country_directory("meridia")), by="test", in_force=date(2020, 1, 1))


def sugar(order: str, tonnes: str, lrn: str = "") -> bytes:
    told: dict[str, Any] = json.loads(json.dumps(BASE))
    told["lrn"] = lrn or f"Q-{uuid.uuid4().hex[:12]}"
    kilos = str(Decimal(tonnes) * 1000)
    item = told["goods_shipment"]["items"][0]
    item["commodity"] |= {
        "description": "Refined cane sugar in sacks",
        "classifications": [{"id": "17019900", "type": "TSP"}],
        "duties": [{"type": "A00", "regime": "120", "quota": order, "payment": {"method": "A"}}],
        "gross_mass": {"value": kilos},
        "net_mass": {"value": kilos},
        "price": {"value": str(Decimal(tonnes) * 500), "currency": "USD"},
    }
    item["origins"] = [{"country": "BR", "type": "1"}]
    item["procedures"] = [{"current": "40", "previous": "00"}]
    told["invoice"] = item["commodity"]["price"]
    told["gross_mass"] = {"value": kilos}
    return json.dumps(told).encode()


def handed_in(order: str, tonnes: str) -> Declaration:
    outcome = lodge.lodge(sugar(order, tonnes), by="broker")
    assert outcome.kind == "new" and outcome.declaration is not None, outcome.problems
    return outcome.declaration


def duty(d: Declaration) -> list[tuple[str, str]]:
    assert d.assessed is not None, d.holds
    return [(x.measure, str(x.amount.amount)) for x in d.assessed.duties if x.type == "A00"]


def left(order: str) -> Decimal:
    found = balance.standing("quota", f"{order}@2026-01-01")
    assert found is not None
    return found.left


def test_first_come_first_served_until_it_is_empty(order):
    first, second, third = (handed_in(order, "6") for _ in range(3))
    assert [d.quotas[0].granted for d in (first, second, third)] == [Decimal(6), Decimal(4), Decimal(0)]
    assert [d.quotas[0].critical for d in (first, second, third)] == [False, True, True]
    assert duty(first) == [("MQ170199", "60.00")]
    # 4 of 6 t at 2 %, 2 of 6 t at 10 % and 12.50 for each 100 kg
    assert duty(second) == [("MQ170199", "40.00"), ("MD1701", "350.00")]
    assert duty(third) == [("MD1701", "1050.00")]
    # while the quota is critical the difference to the general rate is secured: 200.00 + 500.00 - 40.00 on 4 t
    assert [[str(s.amount.amount) for s in d.assessed.securities] for d in (first, second)] == [[], ["660.00"]]
    assert second.hold(HoldKind.LAW) is not None and second.hold(HoldKind.LAW).ref == "guarantee"
    assert left(order) == 0 and balance.audit() == []


def test_the_answer_is_an_act_and_the_state_its_fold(order):
    d = handed_in(order, "3")
    entries = files.entries(d.id)
    assert "QuotaAllocated" in [act.name for entry in entries for act in entry.acts]
    state = None
    for entry in entries:
        state = fold(state, entry)
    assert state == files.get(d.id) == d
    assert d.hold(HoldKind.QUOTA) is None and d.stage is Stage.ROUTED


def test_what_waits_is_answered_by_the_worker_in_order(order, monkeypatch):
    monkeypatch.setattr(quota, "allocate_waiting", lambda upto=None: 0)
    waiting = [handed_in(order, "6") for _ in range(2)]
    monkeypatch.undo()
    for d in waiting:
        assert d.assessed is None and d.hold(HoldKind.QUOTA) is not None
    assert quota.allocate_waiting() >= 2
    assert [files.get(d.id).quotas[0].granted for d in waiting] == [Decimal(6), Decimal(4)]
    assert quota.allocate_waiting(upto=waiting[-1].id) == 0


def test_an_amended_declaration_draws_anew_and_gives_back_what_it_had(order):
    d = handed_in(order, "6")
    after = amend.amend(d.id, sugar(order, "2", d.lrn), "fewer sacks", **BROKER)
    assert after.quotas == () and after.hold(HoldKind.QUOTA) is not None and left(order) == 10
    quota.allocate_waiting()
    assert files.get(d.id).quotas[0].granted == 2 and left(order) == 8
    assert balance.audit() == []


def test_an_invalidated_declaration_gives_back(order):
    d = handed_in(order, "6")
    assert left(order) == 4
    invalidate.invalidate(d.id, "sold abroad", **BROKER)
    assert left(order) == 10


def test_an_order_number_that_leads_nowhere_claims_nothing(order):
    d = handed_in("099999", "6")
    assert d.quotas == () and duty(d) == [("MD1701", "1050.00")]


def test_quotas_of_the_day_are_listed_with_what_is_left(order):
    handed_in(order, "9.5")
    day = datetime.now(UTC).date()
    ((listed, stands),) = [x for x in quota.in_force(lawbook.current(day).on(day)) if x[0].order == order]
    assert (listed.volume, stands.left, stands.unit) == (Decimal(10), Decimal("0.5"), "TNE")


# --- judged again -----------------------------------------------------------------------------------------------------


def a_draft(order: str, **changes: Any) -> Book:
    """The law with the test's quota, otherwise changed."""
    day = datetime.now(UTC).date()
    return Book.of(msgspec.structs.replace(lawbook.current(day).contents, version="draft", **changes))


def under(book: Book, d: Declaration) -> Declaration:
    assert d.acceptance is not None
    law = book.on(d.acceptance.tax_date)
    return again(d, lambda _: law)


def test_replay_takes_what_the_quota_granted(order):
    for d in [handed_in(order, "6") for _ in range(3)]:
        (found,) = history.of([d.id])
        past = judged(found.declaration, found.taken)
        assert past.declaration == d and past.book == lawbook.current(datetime.now(UTC).date()).hash
        assert differences(d, again(d, as_recorded(past, lawbook.by_hash))) == ()
    assert left(order) == 0  # nothing was drawn again


def test_a_draft_with_the_quota_grants_what_was_granted(order):
    handed_in(order, "6")
    d = handed_in(order, "6")
    measures = tuple(
        msgspec.structs.replace(m, expression=parse("1 %"), expression_text="1 %") if m.order == order else m
        for m in a_draft(order).contents.measures
    )
    # 4 of 6 t at 1 % instead of 2 %, the rest as before
    assert duty(under(a_draft(order, measures=measures), d)) == [("MQ170199", "20.00"), ("MD1701", "350.00")]


def test_a_draft_without_the_quota_grants_nothing(order):
    d = handed_in(order, "6")
    assert duty(d) == [("MQ170199", "60.00")]
    for without in (
        a_draft(order, quotas=()),
        a_draft(order, measures=tuple(m for m in a_draft(order).contents.measures if m.order != order)),
    ):
        assert duty(under(without, d)) == [("MD1701", "1050.00")]


def test_a_draft_with_a_quota_that_was_never_asked_is_not_guessed(order):
    d = handed_in("099999", "6")
    contents = a_draft(order).contents
    measures = tuple(msgspec.structs.replace(m, order="099999") if m.order == order else m for m in contents.measures)
    quotas = tuple(msgspec.structs.replace(q, order="099999") if q.order == order else q for q in contents.quotas)
    becomes = under(a_draft(order, measures=measures, quotas=quotas), d)
    assert becomes.assessed is None and becomes.hold(HoldKind.QUOTA) is not None
    sums = Impact("USD")
    sums.add(d, becomes)
    assert sums.declarations == 0 and "Quota 099999 is asked for 6 TNE" in sums.unjudged[0][1]


def test_claims_of_quotas_are_left_to_the_office(order):
    stored = [handed_in(order, "6"), handed_in(order, "6"), handed_in("099999", "1")]
    draft = a_draft(order, quotas=())
    found = whatif(gather(stored), Engine(draft))
    assert set(found.left) == {d.id for d in stored} and found.declarations == 0


def test_a_draft_without_the_quota_sets_the_lane_by_what_would_be_owed(order):
    d = handed_in(order, "6")
    assert d.assessed is not None and d.lane is not None and d.lane is not Lane.RED
    owed = d.assessed.payable.minor
    dear = Criterion(
        validity=Validity(date(2020, 1, 1)), source="T", id="ZQ01", expression=f"duty > {owed}", lane="RED", text={"en": "T"}
    )  # fmt: skip
    criteria = (*a_draft(order).contents.criteria, dear)
    for quotas, lane in ((a_draft(order).contents.quotas, d.lane), ((), Lane.RED)):
        ((number, found),) = Declarations(a_draft(order, quotas=quotas, criteria=criteria), published)._by_themselves(
            [d.id]
        )
        assert (number, found.lane, found.refused) == (d.id, lane, "")


def test_why_under_a_draft_without_the_quota(order, tmp_path):
    d = handed_in(order, "6")
    path = tmp_path / "draft.book"
    path.write_bytes(bind(msgspec.structs.replace(a_draft(order).contents, quotas=())))
    told = CliRunner().invoke(app, ["why", d.mrn, "--law", str(path)])
    assert told.exit_code == 0 and "1050.00" in told.output.replace(",", ""), told.output


def test_two_quotas_claimed_in_either_order_are_given_back_without_waiting_in_a_ring(two_orders, monkeypatch):
    """Two amendments at once, each with both quotas, the one in the order of the other backwards."""
    first, second = two_orders
    one, two = (lodged_both(*pair) for pair in ((first, second), (second, first)))
    assert [len(d.quotas) for d in (one, two)] == [2, 2]
    slow = balance.give_back

    def slowly(*given, **named):
        back = slow(*given, **named)
        time.sleep(0.5)
        return back

    monkeypatch.setattr(balance, "give_back", slowly)
    faults: list[BaseException] = []

    def withdrawn(d: Declaration) -> None:
        try:
            invalidate.invalidate(d.id, "not needed", **BROKER)
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=withdrawn, args=(d,)) for d in (one, two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert faults == []
    assert [left(order) for order in two_orders] == [10, 10] and balance.audit() == []


@pytest.fixture
def two_orders(house):
    """The law of Meridia with two sugar quotas of ten tonnes, for goods of two origins."""
    numbers = sorted(f"09{uuid.uuid4().int % 10**8:08d}" for _ in range(2))
    contents = read_pack(country_directory("meridia"))
    (measure,) = (m for m in contents.measures if m.order == "094001")
    (sugar_quota,) = (q for q in contents.quotas if q.order == "094001")
    replace = msgspec.structs.replace
    measures = [m for m in contents.measures if m is not measure]
    measures += [replace(measure, id=f"{measure.id}{n}", order=number) for n, number in enumerate(numbers)]
    quotas = tuple(replace(sugar_quota, order=number, volume=Decimal(10)) for number in numbers)
    changed = replace(contents, measures=tuple(measures), quotas=quotas, version=f"test {numbers}")
    lawbook.publish(bind(changed), by="test", in_force=date(2020, 1, 1))
    yield tuple(numbers)
    lawbook.publish(compile_pack(country_directory("meridia")), by="test", in_force=date(2020, 1, 1))


def lodged_both(first: str, second: str) -> Declaration:
    """A declaration of two items of two tonnes, each of which claims another quota."""
    told = json.loads(sugar(first, "2"))
    (item,) = told["goods_shipment"]["items"]
    other = json.loads(json.dumps(item)) | {"sequence": 2}
    other["commodity"]["duties"][0]["quota"] = second
    told["goods_shipment"]["items"].append(other)
    told["item_count"], told["package_count"] = 2, str(2 * int(told["package_count"]))
    told["gross_mass"], told["invoice"] = {"value": "4000"}, {"value": "2000", "currency": "USD"}
    outcome = lodge.lodge(json.dumps(told).encode(), by="broker")
    assert outcome.kind == "new" and outcome.declaration is not None, outcome.problems
    return outcome.declaration
