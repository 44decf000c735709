"""Outcomes: folded from the acts as they come, the same when read all at once, for customs alone, counting what really happened."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from msgspec.structs import replace
from papers import BROKER, RED, green, paper, reference

from customhouse.clearance import examine, lift, target
from customhouse.clearance.amend import amend
from customhouse.clearance.lodge import lodge
from customhouse.offices.risk.outcome import outcome
from customhouse.record import codec
from customhouse.record.acts import LaneChanged
from customhouse.record.declaration import Declaration, Discrepancy, Examination, HoldKind, Role
from customhouse.record.lanes import Lane
from customhouse.record.outcome import PERSON, Look, Outcome, Result
from customhouse.registry import courses, files, outcomes
from customhouse.registry.reader import NOBODY, of_person, reading

pytestmark = pytest.mark.usefixtures("house")
OFFICER = {"by": "officer", "role": Role.OFFICER}
EXAMINER = {"by": "examiner", "role": Role.EXAMINER}
SUPERVISOR = {"by": "supervisor", "role": Role.SUPERVISOR}
IN_ORDER = Examination("conform", quality="documents", minutes=4)


def lodged(example: str = "08-small-parcel.json") -> Declaration:
    found = lodge(paper(reference(), example=example), by=BROKER).declaration
    assert found is not None
    return found


def known(d: Declaration) -> Outcome:
    """The outcome of `d`, after the record was read on to its end; what is kept is what its acts say now."""
    while courses.read_on(3):
        pass
    kept = outcomes.get(d.id)
    assert kept is not None
    assert kept == outcome(courses.of(d.id))
    return kept


def test_a_declaration_nobody_looks_at_says_why_and_how_long_it_took() -> None:
    d = lodged()
    kept = known(d)
    assert (kept.lane, kept.last_lane, kept.result, kept.look) == (d.lane, d.lane, Result.PENDING, Look.NONE)
    assert d.selection is not None
    assert (kept.draw_ppm, kept.random_ppm) == (d.selection.draw_ppm, d.selection.random_share_ppm)
    assert (kept.declarant, kept.office, kept.chapter) == (
        BROKER,
        d.lodged.office,
        d.lodged.items[0].commodity.code[:2],
    )
    assert not kept.is_seen and kept.day == datetime.now(UTC).date()


def test_an_examination_tells_kinds_time_and_quality_and_what_it_brought() -> None:
    d = lodged(RED)
    assert d.lane is Lane.RED
    differs = Discrepancy(1, "800 pairs and not 400", "400", "800", "quantity")
    examine.examine(d.id, "not_done", "", cause="absent", **EXAMINER)
    assert known(d).result is Result.NOT_DONE and known(d).cause == "absent" and not known(d).is_seen
    examine.examine(
        d.id, "discrepancy", "twice as many", discrepancies=[differs], quality="full", minutes=55, **EXAMINER
    )
    kept = known(d)
    assert (kept.look, kept.result, kept.kinds, kept.minutes) == (Look.GOODS, Result.DISCREPANCY, ("quantity",), 55)
    assert (kept.quality, kept.looked_by, kept.cause, kept.revenue) == ("full", "examiner", "", 0)
    assert kept.chosen and kept.released_at is None and kept.payable > 0


def test_what_is_corrected_after_a_find_is_the_revenue_of_it() -> None:
    d = lodged(RED)
    before = d.assessed
    assert before is not None
    data = codec.encode(_dearer(d))
    differs = [Discrepancy(1, "invoice of the double price", kind="value")]
    examine.examine(d.id, "discrepancy", "", discrepancies=differs, quality="partial", **EXAMINER)
    d = amend(d.id, data, "corrected after the examination", by="broker", role=Role.BROKER)
    assert d.assessed is not None and d.hold(HoldKind.INSPECTION) is not None
    kept = known(d)
    assert kept.revenue == d.assessed.payable.minor - before.payable.minor > 0
    assert kept.payable == before.payable.minor


def _dearer(d: Declaration) -> object:
    """The lodgement of `d` with every price doubled."""
    shipment = d.lodged.goods_shipment
    items = []
    for item in shipment.items:
        price = item.commodity.price
        assert price is not None
        dear = replace(price, value=price.value * 2)
        items.append(replace(item, commodity=replace(item.commodity, price=dear)))
    total = d.lodged.invoice
    doubled = replace(total, value=total.value * 2) if total is not None else None
    return replace(d.lodged, goods_shipment=replace(shipment, items=tuple(items)), invoice=doubled)


def test_a_look_at_documents_is_an_outcome_and_a_person_is_named() -> None:
    d = target.change_lane(green().id, LaneChanged(Lane.YELLOW, "new trader"), **OFFICER)
    d = lift.lift(d.id, HoldKind.DOCUMENTS, "seen", ref="lane", result=IN_ORDER, **OFFICER)
    kept = known(d)
    assert PERSON in kept.chosen and kept.changed_by == "officer"
    assert (kept.last_lane, kept.look, kept.result, kept.minutes) == (
        Lane.YELLOW,
        Look.DOCUMENTS,
        Result.CONFORM,
        4,
    )
    assert d.checked == IN_ORDER and d.examined is None


def test_a_find_stays_a_find_when_a_later_look_finds_nothing() -> None:
    d = target.change_lane(green().id, LaneChanged(Lane.YELLOW, "invoice looks odd"), **OFFICER)
    odd = Examination("discrepancy", "", (Discrepancy(0, "no signature", kind="papers"),), "documents", 3)
    d = lift.lift(d.id, HoldKind.DOCUMENTS, "to the goods", ref="lane", result=odd, **OFFICER)
    d = target.change_lane(d.id, LaneChanged(Lane.RED, "open it"), **SUPERVISOR)
    d = examine.examine(d.id, "conform", "", quality="full", minutes=30, **EXAMINER)
    kept = known(d)
    assert (kept.result, kept.look, kept.minutes, kept.kinds) == (Result.DISCREPANCY, Look.DOCUMENTS, 33, ("papers",))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Examination("perhaps"), "is no conclusion; use conform"),
        (Examination("conform", quality="quick"), "is no quality; use full"),
        (Examination("not_done", cause="rain"), "is no cause; use absent"),
        (Examination("conform", cause="absent"), "only a look that was not done"),
        (Examination("conform", minutes=-1), "a look takes from 0"),
        (Examination("discrepancy", discrepancies=(Discrepancy(1, "x", kind="odd"),)), "is no kind of discrepancy"),
    ],
)
def test_a_result_in_other_words_is_refused_and_nothing_is_recorded(found: Examination, said: str) -> None:
    d = target.change_lane(green().id, LaneChanged(Lane.YELLOW, "look"), **OFFICER)
    with pytest.raises(ValueError, match=said):
        lift.lift(d.id, HoldKind.DOCUMENTS, "seen", ref="lane", result=found, **OFFICER)
    assert files.get(d.id) == d


def test_rebuilt_is_what_was_maintained() -> None:
    for n, example in enumerate([RED, "08-small-parcel.json"] * 3):
        d = lodged(example)
        if example == RED and n % 2 == 0:
            examine.examine(d.id, "conform", "", quality="full", minutes=20, **EXAMINER)
            courses.read_on(2)
    while courses.read_on(5):
        pass
    maintained = list(outcomes.of(_numbers()))
    assert maintained and courses.behind() == 0
    assert courses.recount() >= len(maintained)
    assert list(outcomes.of(_numbers())) == maintained


def test_a_reader_that_falls_over_leaves_nothing_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    while courses.read_on():
        pass
    d = lodged(RED)

    def falls(cursor: object, told: object) -> None:
        raise RuntimeError("the power went")

    with monkeypatch.context() as broken:
        broken.setattr(courses.KEEPERS[-1], "keep", falls)
        with pytest.raises(RuntimeError, match="the power went"):
            courses.read_on()
    assert courses.behind() and outcomes.get(d.id) is None
    with connection.cursor() as cursor:
        cursor.execute("select from actor_declaration where declaration = %s", [d.id])
        assert cursor.fetchone() is None
    assert known(d).acts == d.acts


def _numbers() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("select id from declaration")
        return [row[0] for row in cursor.fetchall()]


def test_outcomes_are_shown_to_customs_alone() -> None:
    d = lodged(RED)
    known(d)
    for who in (NOBODY, of_person(Role.BROKER, traders=[BROKER]), of_person(Role.AGENCY, agency="AGR")):
        with reading(who):
            assert outcomes.get(d.id) is None
    with reading(of_person(Role.OFFICER, office="XM000099")):
        assert outcomes.get(d.id) is None
    for who in (of_person(Role.OFFICER, office=d.lodged.office), of_person(Role.AUDITOR)):
        with reading(who):
            assert outcomes.get(d.id) is not None
