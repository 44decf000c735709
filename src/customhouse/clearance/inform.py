"""Inform: what the record says goes to those who asked to be told.

The record is the outbox: a reader follows it in its fixed order and puts a message into the queue of every webhook that wants
an event, exactly once; couriers carry the messages, each with its own patience. Nothing of this is on the way of a lodgement.
"""

from __future__ import annotations

import asyncio
import logging
import random
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from asgiref.sync import sync_to_async
from django.db import close_old_connections, transaction

from customhouse.clearance.event import TEST, Event, Subject, encoded, events
from customhouse.gates import webhook as gate
from customhouse.registry import feed, people, webhooks

log = logging.getLogger(__name__)

DELAYS = (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0, 7200.0, 14400.0, 28800.0, 43200.0)
"""Seconds before the second attempt, the third ...; about 28 hours in all."""
JITTER = 0.2
RECEIVERS = 32  # receivers that are served at the same time
EVERY = 0.5
GONE = 410  # the receiver asks not to be told any more


def read_on() -> int:
    """Read the record on from where it was read to, and queue what is wanted of it; how many messages were queued."""
    with transaction.atomic():
        if not webhooks.is_reader():
            return 0
        start, end = webhooks.place(), feed.end()
        traders = webhooks.wanted()  # asked after `end`: who subscribes in between misses nothing
        if start is None or not traders:
            if end != start:
                webhooks.keep_place(end)
            return 0
        recorded, upto = feed.read(start, traders)
        queued = 0
        for one in recorded:
            for event in events(one):
                queued += webhooks.tell(
                    one.declarant,
                    event.type,
                    one.mrn or str(one.entry.declaration),
                    event.id,
                    encoded(event),
                    one.entry.at,
                )
        if upto != start:
            webhooks.keep_place(upto)
        return queued


def try_out(webhook: str, trader: str) -> int:
    """Send a message that says nothing, so that a receiver can be tried; its number."""
    source = f"test/{uuid.uuid4().hex}"
    event = Event(source, TEST, datetime.now(UTC), Subject(0, "", "", 0))
    return webhooks.test(webhook, trader, TEST, source, encoded(event))


def wait_before(attempt: int, delays: Sequence[float], draw: float) -> timedelta | None:
    """How long to wait after the failed `attempt` (1, 2, ...), None when it was the last; `draw` in 0..1 spreads it."""
    if attempt > len(delays):
        return None
    return timedelta(seconds=delays[attempt - 1] * (1 - JITTER + 2 * JITTER * draw))


class Courier:
    """Carries messages for as long as `run` runs. `private`: also to private addresses and over http, for tests at home."""

    def __init__(self, *, delays: Sequence[float] = DELAYS, private: bool = False) -> None:
        self.delays, self.private = tuple(delays), private
        self._busy: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._stirred = asyncio.Event()

    async def run(self) -> None:
        """Read the record on and carry what is due, patient with a database that is away."""
        try:
            while True:
                try:
                    await sync_to_async(read_on)()
                    await self._set_out()
                except Exception:
                    log.exception("webhooks wait for the database")
                    await sync_to_async(close_old_connections)()
                    await asyncio.sleep(2)
                try:
                    async with asyncio.timeout(EVERY):
                        await self._stirred.wait()
                except TimeoutError:
                    continue
                self._stirred.clear()
        finally:
            for task in self._tasks:
                task.cancel()

    async def _set_out(self) -> None:
        free = RECEIVERS - len(self._busy)
        if free <= 0:
            return
        for taken in await sync_to_async(webhooks.take)(list(self._busy), free):
            self._busy[taken.webhook] = self._busy.get(taken.webhook, 0) + 1
            task = asyncio.create_task(self._carry(taken))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, taken: webhooks.Taken) -> None:
        try:
            at = datetime.now(UTC)
            body = taken.body.encode()
            told = gate.headers(taken.secrets, f"msg_{taken.id}", int(at.timestamp()), body)
            sent = await gate.post(taken.url, told, body, private=self.private)
            await sync_to_async(self._record)(taken, at, sent)
        except Exception:
            log.exception("the attempt of message %d could not be recorded; it is made again", taken.id)
        finally:
            self._busy[taken.webhook] -= 1
            if not self._busy[taken.webhook]:
                del self._busy[taken.webhook]
                self._stirred.set()

    def _record(self, taken: webhooks.Taken, at: datetime, sent: gate.Sent) -> None:
        attempt = webhooks.Attempt(0, at, sent.took_ms, sent.status, sent.excerpt, sent.fault)
        gone = sent.status == GONE
        draw = random.random()  # noqa: S311 - spreads the load, hides nothing
        wait = None if sent.arrived or gone else wait_before(taken.tried, self.delays, draw)
        if webhooks.attempted(taken, attempt, delivered=sent.arrived, wait=wait, gone=gone):
            people.tell_of_webhook(taken.trader, taken.id, taken.url)
