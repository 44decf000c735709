"""What a process of many tasks watches: what is published, and declarations that change.

One connection listens; a poll stands behind it, because a notification may be lost with a connection. News is read the plain way, in
threads beside the loop, each thing for itself: a list that takes a minute to index keeps no criterion waiting.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import asyncpg
from django.db import DatabaseError, connections

from customhouse.registry import reader
from customhouse.registry.published import FRESH, Published

log = logging.getLogger(__name__)

Listener = Callable[[int, str], None]


class Watch:
    """Keeps what is `held` up to date, and tells `listeners` (number, declarant) of every declaration that changed."""

    def __init__(self, url: str, held: Sequence[Published] = ()) -> None:
        self.url = url
        self.held = tuple(held)
        self.listeners: set[Listener] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._threads = ThreadPoolExecutor(max(1, len(self.held)), thread_name_prefix="watch")
        self._news = {one.channel: asyncio.Event() for one in self.held}

    async def start(self) -> None:
        """Read everything once and begin to watch; what takes long to make ready follows. Raises DatabaseError."""
        for one in self.held:
            await self._beside(partial(one.look, patient=False))
            one.is_watched = True
        self._tasks = [asyncio.create_task(self._follow(one), name=f"watch {one.channel}") for one in self.held]
        self._tasks.append(asyncio.create_task(self._run(), name="watch"))

    async def stop(self) -> None:
        for one in self.held:
            one.is_watched = False
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._threads.shutdown(wait=False)

    async def _beside(self, work: Callable[[], object]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._threads, _closing, work)

    async def _follow(self, one: Published) -> None:
        said = ""
        while True:
            try:
                await self._beside(one.look)
                said = ""
            except DatabaseError as fault:
                log.warning("what is published on %s waits for the database: %s", one.channel, fault)
                await asyncio.sleep(1)
            except Exception as fault:
                if str(fault) != said:  # once, not twice a second
                    log.exception("what is published on %s could not be taken up", one.channel)
                said = str(fault)
            try:
                async with asyncio.timeout(FRESH):
                    await self._news[one.channel].wait()
            except TimeoutError:
                continue
            self._news[one.channel].clear()

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
                log.warning("listening stopped, beginning again: %s", fault)
            await asyncio.sleep(1)

    async def _listen(self) -> None:
        connection = await asyncpg.connect(self.url, server_settings=reader.told(reader.SYSTEM))
        try:
            ended = asyncio.Event()
            connection.add_termination_listener(lambda _: ended.set())
            await connection.add_listener("declaration", self._declaration)
            for channel, news in self._news.items():
                await connection.add_listener(channel, lambda *_, news=news: news.set())
                news.set()  # what was published before it was listened for
            await ended.wait()
            log.warning("the connection that listens was closed, beginning again")
        finally:
            connection.terminate()

    def _declaration(self, _connection: object, _pid: int, _channel: str, payload: str) -> None:
        if not self.listeners:
            return
        for one in payload.split(","):
            number, _, declarant = one.partition(" ")
            for listener in tuple(self.listeners):
                listener(int(number), declarant)


def _closing(work: Callable[[], object]) -> None:
    """Do what asks the register the plain way, and give the connection back."""
    try:
        work()
    finally:
        connections.close_all()
