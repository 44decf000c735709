"""What simplified declarations leave owed: seen by the broker with the day, closed by a supplementary one, overdue for officers."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.test import Client
from lxml import html
from tests.desks.test_drafts_desk import Typed, typed_in
from tests.registry import papers as sample

from customhouse.clearance import invalidate
from customhouse.clearance.lodge import lodge
from customhouse.record.declaration import Declaration, Role
from customhouse.registry import files, supplementary
from customhouse.registry.tasks import notify


def run_jobs(d: Declaration) -> None:
    """What the worker does with the jobs of a declaration; twice, for they come at least once."""
    rows = sample.rows(
        "select args from procrastinate_jobs where (args ->> 'declaration')::bigint = %s order by id", d.id
    )
    for (args,) in rows * 2:
        told: dict[str, Any] = json.loads(args) if isinstance(args, str) else args
        notify(**told)


def simplified(at: datetime | None = None) -> Declaration:
    """A simplified declaration of the broker, lodged at a moment."""
    told: dict[str, Any] = json.loads(sample.paper(sample.reference()))
    told["type"] = "IMC"
    d = lodge(json.dumps(told).encode(), by=sample.BROKER, at=at).declaration
    assert d is not None
    assert d.acceptance is not None
    run_jobs(d)
    return d


def owed(client: Client, query: str = "") -> dict[str, str]:
    page = html.fromstring(client.get(f"/supplementary{query}").content.decode())
    return {row.get("data-row"): " ".join(row.text_content().split()) for row in page.iter("tr") if row.get("data-row")}


def test_a_simplified_declaration_is_owed_and_completed(desk: Callable[..., Client], typed: Typed) -> None:
    first, broker = simplified(), desk("broker")
    assert first.acceptance is not None
    by = first.acceptance.supplementary_by
    assert by is not None
    assert by.day == 10
    assert by > date.today()
    assert f"{by}" in owed(broker)[str(first.id)]
    assert "supplementary declaration" in broker.get("/declarations").content.decode()
    assert f"A supplementary declaration is owed by {by}" in broker.get("/notices").content.decode()
    assert str(first.id) not in owed(desk("trader"))
    form = typed_in(broker.get(f"/lodge?complete={first.mrn}").content.decode())
    assert (form["type"], form["previous"]) == ("IMY", first.mrn)
    assert form["lrn"] != first.lrn
    broker.post("/lodge", {**form, "lodge": "1"})
    second = files.by_lrn(sample.BROKER, form["lrn"])
    assert second is not None
    assert second.acceptance is not None
    assert second.acceptance.completes == (first.mrn,)
    run_jobs(second)
    assert str(first.id) not in owed(broker)
    assert f"It completes {first.mrn}" in broker.get("/notices").content.decode()
    invalidate.invalidate(second.id, "sent by mistake", by="officer", role=Role.OFFICER)
    assert str(first.id) in owed(broker)  # what was withdrawn completes nothing


def test_officers_see_what_is_overdue(desk: Callable[..., Client]) -> None:
    late, fresh = simplified(datetime.now(UTC) - timedelta(days=80)), simplified()
    officer = desk("officer")
    assert "overdue" not in owed(officer, "?all=1")[str(fresh.id)]
    assert sample.BROKER in owed(officer)[str(late.id)]
    assert str(fresh.id) not in owed(officer)
    assert str(fresh.id) in owed(officer, "?all=1")
    invalidate.invalidate(late.id, "never came", by="officer", role=Role.OFFICER)
    assert str(late.id) not in owed(officer)


def test_nobody_completes_for_another(house: None) -> None:
    first = simplified()
    supplementary.hand_in(1, "XM100000017", [first.mrn])
    assert first.id in [one.declaration for one in supplementary.standing(sample.BROKER)]
