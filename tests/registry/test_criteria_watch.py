"""A process that watches hears of what is published, compiles it beside its loop, and asks the database nothing for a declaration."""

from __future__ import annotations

import asyncio
import os
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from tests.registry.test_criteria import content, lived, step, withdrawn

from customhouse.record.criterion import Step
from customhouse.record.declaration import Role
from customhouse.registry import criteria, criterion_versions
from customhouse.registry.criteria import Shelf
from customhouse.registry.watch import Watch

pytestmark = pytest.mark.usefixtures("house")
assert withdrawn
NOW = datetime.now(UTC)


def ids() -> list[str]:
    return [c.id for c in criteria.shelf.on(NOW.date()).criteria]


def test_what_is_published_elsewhere_is_heard_and_kept_under_its_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = lived(criterion_versions.write(content(), by="officer", at=NOW), to=Step.APPROVED)
    monkeypatch.setattr(criteria, "shelf", Shelf())  # that of another process

    def publish() -> None:
        criterion_versions.record(rule, Step.LIVE, by="supervisor", role=Role.SUPERVISOR, at=NOW)
        connection.close()

    async def lives() -> float:
        watch = Watch(os.environ["CUSTOMHOUSE_DATABASE_URL"], (criteria.shelf,))
        await watch.start()
        try:
            assert criteria.shelf.is_watched and rule.id not in ids()
            await asyncio.sleep(0.6)  # the listener is there
            await sync_to_async(publish)()
            began = time.monotonic()
            while rule.id not in ids():
                assert time.monotonic() - began < 5
                await asyncio.sleep(0.01)
            took = time.monotonic() - began
            # In the loop Django would refuse a query: none is made.
            found = criteria.current(NOW)
            assert [c.id for c in found.criteria] == [rule.id]
            while not await sync_to_async(criteria.by_hash)(found.hash):
                assert time.monotonic() - began < 5
                await asyncio.sleep(0.02)
            return took
        finally:
            await watch.stop()

    took = asyncio.run(lives())
    assert took < 5 and not criteria.shelf.is_watched


def test_what_was_read_earlier_never_takes_the_place_of_what_is_newer() -> None:
    shelf = Shelf()
    rule = lived(criterion_versions.write(content(), by="officer", at=NOW))
    rows: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for name, sql in (
            ("stamp", criteria.STAMP),
            ("written", criteria.ALIVE_VERSIONS),
            ("happened", criteria.ALIVE_EVENTS),
        ):
            cursor.execute(sql)
            rows[name] = cursor.fetchall()
    stamp = rows["stamp"][0][0]
    shelf.put(stamp, rows["written"], rows["happened"], NOW.date())
    shelf.put(stamp - 1, [], [], NOW.date())
    assert rule.id in [c.id for c in shelf.on(NOW.date()).criteria]
    step(rule, Step.WITHDRAWN, "supervisor", Role.SUPERVISOR, reason="end")
