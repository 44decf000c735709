"""Files whose clearing stops again and again: they rest ever longer, nobody waits behind them, and both sides are told."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
import psycopg
import pytest

pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")

from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from psycopg import sql
from tests.registry.apart import beside

from customhouse.clearance import job, upload
from customhouse.house.clearing import ENDED, clear_next
from customhouse.record.parcel import Consolidation
from customhouse.registry import parcels, uploads
from customhouse.registry.uploads import Upload
from customhouse.simulator.parcels import parcels as made_up

Desk = Callable[..., Client]
BROKER, OTHER = "XM100000009", "XM100000017"


@pytest.fixture(autouse=True)
def nothing_waits(house: None) -> None:
    """What other tests handed in is cleared."""
    while clear_next():
        continue


def handed_in(declarant: str) -> Upload:
    """A file of twenty parcels that waits for the worker."""
    name = uuid.uuid4().hex[:8]
    data = b"\n".join(
        msgspec.json.encode(msgspec.structs.replace(p, reference=f"{name}-{n}"))
        for n, p in enumerate(made_up(20, "rest"))
    )
    one, _ = upload.announce(Consolidation(declarant, name, "XM000040", "5"), f"{name}.jsonl", len(data), "", "test")
    with upload.Receiving(one, 0) as into:
        into.write(data)
    return now(one)


def now(one: Upload) -> Upload:
    found = uploads.get(one.id)
    assert found is not None
    return found


def pause(one: Upload) -> float:
    """For how many seconds it rests."""
    found = now(one)
    assert found.again_at is not None
    return (found.again_at - found.changed_at).total_seconds()


def rested(one: Upload) -> None:
    """Its pause has passed."""
    with connection.cursor() as cursor:
        cursor.execute("update parcel_upload set again_at = now() where id = %s", [one.id])


@contextmanager
def without_room_for(one: Upload) -> Iterator[None]:
    """The database has no room for any segment of this consolidation, as on a disk that is full."""
    name = sql.Identifier(f"full_{one.of.reference}")
    body = (
        "begin if new.consolidation in (select id from consolidation where reference = "
        f"'{one.of.reference}') then raise 'no space left on device' using errcode = 'disk_full'; end if; return new; end"
    )
    with psycopg.connect(os.environ["CUSTOMHOUSE_OWNER_DATABASE_URL"], autocommit=True) as owner:
        owner.execute(
            sql.SQL("create function {}() returns trigger language plpgsql security definer as {}").format(name, body)
        )
        owner.execute(
            sql.SQL("create trigger {0} before insert on parcel_segment for each row execute function {0}()").format(
                name
            )
        )
        try:
            yield
        finally:
            owner.execute(sql.SQL("drop function {} cascade").format(name))


def test_one_that_always_stops_keeps_no_other_waiting_and_is_told_of(desk: Desk, house: None) -> None:
    stuck, other = handed_in(BROKER), handed_in(OTHER)
    page = reverse("parcel-upload", args=[stuck.id])
    with without_room_for(stuck):
        for tried in (1, 2):  # the second try is made at once
            with pytest.raises(OperationalError, match="no space left"):
                clear_next()
            assert (now(stuck).state, now(stuck).tries, now(other).state) == ("clearing", tried, "queued")
        assert clear_next() and now(other).state == "done"
        assert not clear_next(), "it rests"
        told = job.of(now(stuck))
        assert told.again_at and [p.rule for p in told.problems] == ["TriedAgain"]
        assert job.of(now(other)).again_at is None
        own = desk("broker").get(page).content.decode()
        assert "waits to be tried again" in own and f"Tried again from {told.again_at:%Y-%m-%d %H:%M} UTC" in own
        assert (
            "no space left" not in own and "waits to be tried again" in desk("broker").get("/parcels").content.decode()
        )
        day = desk("officer").get("/parcels").content.decode()
        assert stuck.of.reference in day and "2 tries" in day and "no space left on device" in day
        rested(stuck)
        with pytest.raises(OperationalError):
            clear_next()
        assert pause(stuck) == 15
    rested(stuck)
    assert clear_next() and now(stuck).state == "done"
    assert sum(job.of(now(stuck)).verdicts.values()) == 20
    assert stuck.of.reference not in [one.of.reference for one in uploads.resting()]


def test_a_pause_grows_to_an_hour_and_ends_when_the_work_comes_further(house: None) -> None:
    one = handed_in(BROKER)
    pauses = []
    for _ in range(40):
        assert uploads.begin(one.id) and now(one).again_at is None
        uploads.progress(one.id, 10, 20)
        uploads.put_off(one.id, "stopped")
        pauses.append(pause(one))
    assert pauses[:5] == [0, 5, 15, 35, 75] and pauses == sorted(pauses) and pauses[-1] == 3600
    uploads.begin(one.id)
    uploads.progress(one.id, 11, 20)
    uploads.put_off(one.id, "stopped later")
    assert (now(one).tries, pause(one)) == (1, 0)
    assert clear_next() and now(one).state == "done"


def test_what_a_process_that_died_was_at_goes_on_at_once_and_rests_when_it_dies_again(house: None) -> None:
    one = handed_in(BROKER)
    uploads.begin(one.id)
    uploads.put_off_begun(ENDED)
    assert (now(one).trouble, pause(one)) == (ENDED, 0)
    uploads.begin(one.id)
    assert not clear_next(), "it has killed two, and rests"
    assert (now(one).trouble, pause(one)) == (ENDED, 5)
    rested(one)
    assert clear_next() and now(one).state == "done"


def test_a_declarant_for_whom_another_clears_beside_keeps_nobody_waiting(house: None) -> None:
    first, second = handed_in(BROKER), handed_in(OTHER)
    with parcels.in_turn(BROKER):
        beside(clear_next).join(30)
        assert (now(first).state, now(second).state) == ("queued", "done")
        beside(clear_next).join(30)
        assert now(first).state == "queued"
    assert clear_next() and now(first).state == "done"
