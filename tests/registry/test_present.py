"""Pre-lodged declarations in a real register, on both ways in: registered, presented, accepted; and amendments by file."""

from __future__ import annotations

import asyncio
import json
from datetime import date

import papers
import pytest
from django.db import connection
from papers import BROKER, paper, reference

from customhouse.clearance.amend import amend
from customhouse.clearance.invalidate import invalidate
from customhouse.clearance.lodge import lodge
from customhouse.clearance.notification import notifications
from customhouse.clearance.present import exit_goods, present
from customhouse.clearance.query import query
from customhouse.clearance.replay import again, as_recorded, differences, judged
from customhouse.house.options import setting
from customhouse.record.declaration import Declaration, HoldKind, Role, Stage
from customhouse.record.flow import NotPermitted
from customhouse.registry import files, history, lawbook, proof, worklist

pytestmark = pytest.mark.usefixtures("house")
ORIGIN = setting("CUSTOMHOUSE_LOG_ORIGIN")


def early(lrn: str = "", type: str = "IMD", **more: str) -> bytes:
    told = json.loads(paper(lrn or reference(), **more))
    told["type"] = type
    return json.dumps(told).encode()


def registered() -> Declaration:
    d = lodge(early(), by=BROKER).declaration
    assert d is not None
    assert d.stage is Stage.REGISTERED
    return d


def broken(d: Declaration) -> list[str]:
    return [line for line in proof.verify(ORIGIN).broken if f"declaration {d.id}" in line]


def names(d: Declaration) -> list[str]:
    return [n.name for n in notifications(files.entries(d.id))]


def test_it_waits_with_its_number_and_nobody_has_to_do_anything() -> None:
    d = registered()
    assert d.mrn
    assert files.get(d.mrn) == d
    assert d.acceptance is None
    assert d.assessed is None
    assert d.estimated is not None
    assert d.estimated.payable.minor > 0
    assert names(d) == ["DMSRCV", "DMSTAX"]
    assert d.id not in [r.id for r in worklist.rows(worklist.Wanted(text=d.mrn, waiting=True))]
    assert d.id in [r.id for r in worklist.rows(worklist.Wanted(declarant=BROKER, stage="REGISTERED"), 50)]
    assert broken(d) == []


def test_its_goods_are_presented_once_and_it_goes_its_way() -> None:
    d = registered()
    with pytest.raises(NotPermitted, match="office"):
        present(d.mrn, office=" ", by="cora", role=Role.CARRIER)
    with pytest.raises(NotPermitted, match="broker may not"):
        present(d.mrn, office="XM000010", by="bea", role=Role.BROKER)
    after = present(d.mrn, office="XM000010", document="MAN-1", by="cora", role=Role.CARRIER)
    assert (after.mrn, after.stage) == (d.mrn, Stage.ROUTED)
    assert after.presented is not None
    assert (after.presented.office, after.presented.document) == ("XM000010", "MAN-1")
    assert after.acceptance is not None
    assert names(after)[:4] == ["DMSRCV", "DMSTAX", "DMSRCV", "DMSACC"]
    with pytest.raises(NotPermitted, match="ROUTED"):
        present(d.mrn, office="XM000010", by="cora", role=Role.CARRIER)
    assert broken(after) == []
    with connection.cursor() as cursor:
        cursor.execute("select stage, payable from declaration where id = %s", [d.id])
        assert cursor.fetchone() == ("ROUTED", after.assessed.payable.minor if after.assessed else None)


def test_it_is_judged_again_from_its_own_acts() -> None:
    d = present(registered().mrn, office="XM000010", by="system", role=Role.SYSTEM)
    (past,) = history.of([d.id])
    told = judged(past.declaration, past.taken)
    book_of = lambda digest: lawbook.by_hash(digest)  # noqa: E731
    assert differences(d, again(told.declaration, as_recorded(told, book_of))) == ()


def test_one_that_is_amended_before_its_goods_come_is_estimated_again() -> None:
    d = registered()
    told = json.loads(early(d.lodged.lrn))
    told["goods_shipment"]["items"][0]["commodity"]["price"]["value"] = "40.00"
    told["invoice"]["value"] = "40.00"
    after = amend(d.mrn, json.dumps(told).encode(), "less", by="bea", role=Role.BROKER)
    assert (after.stage, after.version) == (Stage.REGISTERED, 2)
    assert after.estimated is not None
    assert d.estimated is not None
    assert after.estimated.payable.minor < d.estimated.payable.minor
    assert names(after) == ["DMSRCV", "DMSTAX", "DMSRCV", "DMSREQ", "DMSTAX"]


def test_the_same_again_is_the_same_and_a_withdrawal_is_a_rejection() -> None:
    data = early()
    first, second = lodge(data, by=BROKER), lodge(data, by=BROKER)
    assert (first.kind, second.kind) == ("new", "same")
    assert first.declaration == second.declaration
    assert first.declaration is not None
    gone = invalidate(first.declaration.mrn, "not sold", by="bea", role=Role.BROKER)
    assert names(gone)[-3:] == ["DMSRCV", "DMSREQ", "DMSREJ"]
    with pytest.raises(NotPermitted, match="INVALIDATED"):
        present(gone.mrn, office="XM000010", by="cora", role=Role.CARRIER)


def test_the_fast_way_in_leaves_the_same_rows() -> None:
    from customhouse.registry.batch import Writer

    new = papers.new(early())

    async def put() -> None:
        import os

        writer = Writer(os.environ["CUSTOMHOUSE_DATABASE_URL"])
        writer.start()
        stored = await writer.put(new)
        assert stored.kind == "new"
        await writer.stop()

    asyncio.run(put())
    d = files.get(new.declaration.mrn)
    assert d == new.declaration
    assert present(d.mrn, office="XM000010", by="cora", role=Role.CARRIER).acceptance is not None
    assert broken(d) == []


def test_only_released_exports_leave() -> None:
    d = papers.green()
    with pytest.raises(NotPermitted, match="ROUTED"):
        exit_goods(d.mrn, office="XM000010", day=date(2026, 11, 2), by="cora", role=Role.CARRIER)


def test_an_amendment_by_file_under_another_reference_keeps_the_first_and_the_register_stays_sound() -> None:
    d = papers.green()
    told = json.loads(paper(other := reference()))
    told |= {"function": "13", "mrn": d.mrn}
    outcome = lodge(json.dumps(told).encode(), by=BROKER)
    assert outcome.kind == "new", outcome.problems
    after = files.get(d.mrn)
    assert (after.lrn, after.version) == (d.lrn, 2)
    assert files.by_lrn(BROKER, d.lrn) == after
    assert files.by_lrn(BROKER, other) is None
    request = next(n for n in notifications(files.entries(d.id)) if n.name == "DMSREQ")
    assert request.response.declaration.lrn == other
    assert broken(after) == []


def test_an_amendment_never_changes_the_declarant() -> None:
    d = papers.green()
    told = json.loads(paper(d.lrn))
    told["declarant"] = {"id": "XM100000025"}
    with pytest.raises(NotPermitted, match="never changes the declarant"):
        amend(d.mrn, json.dumps(told).encode(), "", by="bea", role=Role.BROKER)
    assert files.get(d.mrn) == d


def test_the_declarant_is_told_what_became_of_it_when_the_goods_came() -> None:
    d = registered()
    assert papers.jobs(d.id) == []
    present(d.mrn, office="XM000010", by="cora", role=Role.CARRIER)
    assert papers.jobs(d.id)[0] == "accepted"


def test_customs_may_ask_before_the_goods_come_and_then_somebody_has_to_do_something() -> None:
    d = registered()
    asked = query(d.mrn, "Which watch is it?", by="oscar", role=Role.OFFICER)
    assert asked.stage is Stage.REGISTERED
    assert d.id in [r.id for r in worklist.rows(worklist.Wanted(text=d.mrn, waiting=True))]
    after = present(d.mrn, office="XM000010", by="cora", role=Role.CARRIER)
    assert after.hold(HoldKind.QUERY) is not None
    assert after.released is None
    assert broken(after) == []
