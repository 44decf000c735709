"""History of actors: counted from the record as it grows, the same when counted again, and never of the future or of itself."""

from __future__ import annotations

import asyncio
import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from django.db import ProgrammingError, connection, transaction
from msgspec.structs import replace
from papers import BROKER, PARCEL, RED, paper, reference, rows

from customhouse.clearance import sight
from customhouse.clearance.amend import amend
from customhouse.clearance.context import UNROUTED, context_now, context_of
from customhouse.clearance.examine import examine
from customhouse.clearance.lodge import lodge
from customhouse.gates import json as json_gate
from customhouse.kernel.validity import Validity
from customhouse.law.selectivity import NO_SELECTIVITY, Selectivity
from customhouse.law.terms import Criterion
from customhouse.record.declaration import Declaration, Discrepancy, Role
from customhouse.record.history import HistoryFacts
from customhouse.record.lanes import Lane
from customhouse.registry import actors, courses, reader
from customhouse.registry.reader import NOBODY, Reader

pytestmark = pytest.mark.usefixtures("house")
COUNTS = "select kind, actor, goods, day, declarations, examined, finds, value from actor_day where declarations <> 0 or value <> 0 order by 1, 2, 3, 4"


def told(importer: str, *, example: str = RED) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(paper(reference(), example=example))
    said["goods_shipment"]["importer"] = {"id": importer}
    return said


def lodged(said: dict[str, Any], at: datetime | None = None) -> Declaration:
    found = lodge(json.dumps(said).encode(), by=BROKER, at=at).declaration
    assert found is not None and found.acceptance is not None
    return found


def trader() -> str:
    """A trader that nobody ever heard of."""
    return "XM" + reference()


def known(importer: str, at: datetime | None = None) -> HistoryFacts:
    courses.read_on()
    paper_ = json_gate.read(json.dumps(told(importer)).encode())
    return sight.history(paper_, at or datetime.now(UTC))


def test_what_is_counted_and_what_is_new() -> None:
    who = trader()
    assert known(who).importer_new_goods and known(who).importer_declarations_365 == 0
    first, second = lodged(told(who)), lodged(told(who))
    now = known(who)
    assert (now.importer_today, now.importer_declarations_30, now.importer_declarations_365) == (2, 2, 2)
    assert (now.importer_new_goods, now.importer_days, now.importer_examined_365) == (False, 0, 0)
    assert first.valued is not None
    assert now.importer_value_30 == 2 * sum(v.value.minor for v in first.valued.items)
    examine(first.id, "discrepancy", "boots", by="e", role=Role.EXAMINER, discrepancies=[Discrepancy(1, "code")])
    examine(second.id, "not_done", "no ladder", by="e", role=Role.EXAMINER)
    now = known(who)
    assert (now.importer_examined_365, now.importer_finds_365) == (1, 1)
    assert now.declarant_declarations_365 >= 2


def test_a_declaration_is_not_counted_against_itself() -> None:
    who = trader()
    d = lodged(told(who))
    courses.read_on()
    own = sight.history(d.lodged, datetime.now(UTC))
    assert (own.importer_declarations_365, own.importer_value_30, own.importer_new_goods) == (0, 0, True)
    lodged(told(who))
    courses.read_on()
    assert sight.history(d.lodged, datetime.now(UTC)).importer_declarations_365 == 1


def test_the_lane_is_recorded_with_what_was_known() -> None:
    who = trader()
    first, _ = lodged(told(who)), courses.read_on()
    second = lodged(told(who))
    assert first.selection is not None and second.selection is not None
    assert first.selection.history is not None and first.selection.history.importer_new_goods
    assert second.selection.history is not None and second.selection.history.importer_today == 1


def test_nothing_of_the_future_is_told() -> None:
    who = trader()
    start = datetime.now(UTC) - timedelta(days=40)
    made = [lodged(told(who), at=start + timedelta(days=n)) for n in (0, 5, 36)]
    courses.read_on()
    for n, after in enumerate((2, 7, 38)):
        then = sight.history(made[0].lodged, start + timedelta(days=after))
        assert then.importer_declarations_365 == n  # the first is the one asked about
    new = json_gate.read(json.dumps(told(who)).encode())
    before = sight.history(new, start + timedelta(days=6))
    assert (before.importer_declarations_365, before.importer_days) == (2, 6)
    examine(made[0].id, "discrepancy", "x", by="e", role=Role.EXAMINER)  # known today, not then
    courses.read_on()
    assert sight.history(new, start + timedelta(days=6)) == before
    assert sight.history(new, datetime.now(UTC)).importer_finds_365 == 1
    assert sight.history(new, datetime.now(UTC)).importer_declarations_30 == 1


def test_the_two_ways_of_counting_agree_and_so_does_counting_again() -> None:
    who = [trader() for _ in range(3)]
    start = datetime.now(UTC) - timedelta(days=400)
    for n in range(24):
        said = told(who[n % 3], example=RED if n % 4 else "05-spirits-excise.json")
        d = lodged(said, at=start + timedelta(days=16 * n, hours=n))
        if n % 2 and any(h.kind.value == "inspection" for h in d.holds):
            examine(d.id, "conform" if n % 3 else "discrepancy", "x", by="e", role=Role.EXAMINER)
    while courses.read_on():
        pass
    now = datetime.now(UTC) + timedelta(seconds=5)
    for one in who:
        new = json_gate.read(json.dumps(told(one)).encode())
        assert sight.history(new, now) == actors.as_of(actors.actors(new), now)
    counted, declarations = rows(COUNTS), rows("select * from actor_declaration order by 1")
    assert courses.recount() > 0
    assert rows(COUNTS) == counted and rows("select * from actor_declaration order by 1") == declarations


def test_an_amendment_moves_what_was_counted() -> None:
    old, new = trader(), trader()
    d = lodged(told(old, example=PARCEL))
    while d.lane is not Lane.GREEN:  # drawn for control: it cannot be amended any more
        old = trader()
        d = lodged(told(old, example=PARCEL))
    courses.read_on()
    amend(
        d.id,
        json.dumps(told(new, example=PARCEL) | {"lrn": d.lrn}).encode(),
        "another importer",
        by=BROKER,
        role=Role.BROKER,
    )
    assert (known(old).importer_declarations_365, known(new).importer_declarations_365) == (0, 1)
    assert known(old).importer_days == 0


def test_the_intake_is_told_the_same() -> None:
    who = trader()
    lodged(told(who))
    courses.read_on()
    new, at = json_gate.read(json.dumps(told(who)).encode()), datetime.now(UTC)

    async def ask() -> HistoryFacts:
        settings = reader.told(reader.SYSTEM)
        one = await asyncpg.connect(os.environ["CUSTOMHOUSE_DATABASE_URL"], server_settings=settings)
        try:
            return await sight.history_of(one, new, at)
        finally:
            await one.close()

    assert asyncio.run(ask()) == sight.history(new, at)


def test_nobody_of_the_trade_is_shown_what_is_known() -> None:
    for shown in (NOBODY, Reader(writes=True, traders=(BROKER,))):
        with transaction.atomic(), reader.reading(shown):
            assert rows("select count(*) from actor_day")[0][0] == 0
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("truncate actor_day")


def test_the_intake_asks_only_when_somebody_wants_it() -> None:
    always = Validity(datetime(2026, 1, 1).date())
    plain, past = (
        Selectivity([Criterion(id="R", expression=e, lane="RED", text={"en": "x"}, validity=always)])
        for e in ("item_count > 3", "importer_finds_365 > 3")
    )
    assert [sight.is_asked_for(s, None) for s in (NO_SELECTIVITY, plain, past, plain)] == [False, False, True, False]
    assert sight.is_asked_for(plain, lambda d, h, i: None)  # type: ignore[arg-type, return-value]


def test_history_is_asked_for_only_while_the_lane_is_to_be_set() -> None:
    d = lodged(told(trader()))
    assert d.stage not in UNROUTED and context_of(d, context_now()).history.importer_declarations_365 == 0
    assert context_of(replace(d, stage=next(iter(UNROUTED))), context_now()) is not None
