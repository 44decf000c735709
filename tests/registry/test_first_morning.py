"""The first morning of a demo house: every desk finds work, and none of it was put there but by the use cases of people."""

from collections.abc import Iterator
from datetime import datetime, tzinfo

import pytest

from customhouse.clearance import screening
from customhouse.house import first_morning, first_parcels
from customhouse.house.commands import up
from customhouse.record.cargo import CargoStage
from customhouse.record.declaration import HoldKind
from customhouse.registry import (
    authorisations,
    claims,
    demo,
    drafts,
    files,
    manifests,
    orders,
    parcels,
    permits,
    worklist,
)
from customhouse.registry.models import ApiToken


@pytest.fixture(autouse=True)
def _lists() -> Iterator[None]:
    yield
    screening.HERE.forget()  # what a test took is rolled back


@pytest.mark.django_db
def test_every_desk_finds_work():
    up._open_accounts()
    before = {row.id for row in worklist.rows(worklist.Wanted(), 500)}
    assert first_morning.begin() == 24
    told = [files.get(row.id) for row in worklist.rows(worklist.Wanted(), 500) if row.id not in before]
    assert len(told) == 24
    held = {h.ref for d in told for h in d.holds if h.kind is HoldKind.AGENCY}
    assert {"AGR", "MOH"} <= held
    assert any(d.joint for d in told)
    assert any(h.kind is HoldKind.QUERY for d in told for h in d.holds)
    assert any(d.lodged.declarant_id == demo.TRADER for d in told)
    reports = [row.report for row in manifests.listed(trader=demo.CARRIER, text="BM-", limit=200)]
    assert {CargoStage.REPORTED, CargoStage.ARRIVED} <= {r.stage for r in reports}
    assert any(r.discrepancies for r in reports)
    assert len(drafts.own(drafts.Owner("broker", demo.BROKER))) >= 2
    alarms = {a.name: a.entry for d in told if d.screened for a in d.screened.alarms}
    assert {e.reference for e in alarms.values() if e} == {"EX-001", "EX-002"}, alarms
    assert sum(d.hold(HoldKind.PARTY) is not None for d in told) == 2
    assert any(o.open.minor for o in orders.of(demo.BROKER))
    assert any(c.state == "asked" and c.trader == demo.BROKER for c in claims.of())
    assert any(a.broker == demo.BROKER for a in authorisations.given(demo.TRADER))
    assert permits.by_number(f"AGR-N851-{demo.TRADER[2:]}") is not None
    assert not first_morning.is_due()


@pytest.mark.usefixtures("house")
def test_the_express_desk_finds_the_mail():
    pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")
    assert first_parcels.hand_in() == 1
    mail = parcels.by_reference(demo.BROKER, first_parcels.MAIL)
    counts = parcels.counts(mail.id)
    assert (
        counts["unreadable"] == 1
        and counts["released"] > 100
        and counts["due"]
        and counts["file"]
        and counts["refused"]
    )
    assert first_parcels.hand_in() == 1 and parcels.counts(mail.id) == counts


@pytest.mark.django_db
def test_nobody_is_asked_to_pay_what_another_owes(monkeypatch: pytest.MonkeyPatch) -> None:
    """On this day a declaration of the trader's own is among those that are to be paid."""

    class Day(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime(2026, 11, 30, 23, 57, tzinfo=tz)

    monkeypatch.setattr(first_morning, "datetime", Day)
    up._open_accounts()
    assert first_morning.begin() == 24
    asked = {line.declaration for o in orders.of(demo.BROKER) for line in o.lines}
    assert asked and all(files.get(number).lodged.declarant_id == demo.BROKER for number in asked)


@pytest.mark.django_db
def test_permits_of_the_simulated_traders_are_issued_once():
    first_morning.issue_permits()
    number = f"AGR-N851-{demo.TRADER[2:]}"
    standing = permits.by_number(number)
    first_morning.issue_permits()
    assert permits.by_number(number) == standing and standing.grant is not None


@pytest.mark.django_db
def test_a_fresh_token_of_the_carrier_replaces_the_one_before():
    one, other = demo.carrier_token("tried"), demo.carrier_token("tried")
    assert one != other and ApiToken.objects.filter(label="tried").count() == 1
