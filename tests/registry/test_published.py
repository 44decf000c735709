"""What is published is heard by a process that watches, and looked for by every other: one rule for all that a process holds."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from asgiref.sync import sync_to_async
from screened import OSTREK, keep, message

from customhouse.clearance import screening
from customhouse.gates import json as json_gate
from customhouse.record.declaration import Mark
from customhouse.record.lanes import Lane
from customhouse.registry import ahead, published, watch_lists
from customhouse.registry.published import Published
from customhouse.registry.watch import Watch

pytestmark = pytest.mark.usefixtures("house")
URL = os.environ["CUSTOMHOUSE_DATABASE_URL"]


class Counted(Published):
    """Says how often it was read and made ready."""

    channel = "test_published"

    def __init__(self) -> None:
        super().__init__()
        self.reads = self.prepared = 0

    def read(self) -> None:
        self.reads += 1

    def prepare(self) -> None:
        self.prepared += 1


def test_who_is_not_told_looks_once_in_a_while_and_who_is_told_never(monkeypatch: pytest.MonkeyPatch) -> None:
    held = Counted()
    held.renew()
    held.renew()
    assert (held.reads, held.prepared) == (1, 1)
    monkeypatch.setattr(published, "FRESH", -1.0)
    held.renew()
    assert held.reads == 2
    held.is_watched = True
    held.renew()
    assert held.reads == 2
    held.forget()  # published in this process: seen at once, and what takes long is left to the watch
    held.renew()
    assert (held.reads, held.prepared) == (3, 2)


def test_looks_asked_for_and_lists_that_count_are_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    wishes, lists = ahead.Shelf(), screening.Keeper()  # those of another process
    key, day, mark = f"TEST{time.time_ns()}", datetime.now(UTC).date(), Mark(Lane.RED, "a tip")
    declared = json_gate.read(message(exporter=OSTREK.names[0]))

    def alarms() -> bool:
        told = lists.asked.look(declared) if lists.asked is not None else None
        return told is not None and bool(told.alarms)

    async def heard(said: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not said():
                await asyncio.sleep(0.01)

    async def lives() -> None:
        watch = Watch(URL, (wishes, lists))
        await watch.start()
        try:
            number = await sync_to_async(ahead.wish)("container", key, key, mark, day, "officer")
            await heard(lambda: wishes.held(day).get(("container", key)) == mark)
            assert await sync_to_async(ahead.take_back)(number, "a mistake", "officer")
            await heard(lambda: ("container", key) not in wishes.held(day))
            await sync_to_async(keep)(OSTREK)
            await heard(alarms)
        finally:
            await watch.stop()
            await sync_to_async(watch_lists.withdraw)("test", "tester", datetime.now(UTC))

    asyncio.run(lives())
    screening.HERE.forget()


def test_a_watch_that_is_stopped_in_the_very_moment_of_news_stops(house: None) -> None:
    """A cancellation that comes when what is awaited is there already must not be forgotten."""

    async def stopped(turns: int) -> None:
        held = Counted()
        watch = Watch(URL, (held,))
        await watch.start()
        while held.prepared < 1:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.01)  # it has looked, and waits for news
        watch._news[held.channel].set()
        for _ in range(turns):
            await asyncio.sleep(0)
        async with asyncio.timeout(5):
            await watch.stop()

    for turns in range(5):
        asyncio.run(stopped(turns))
