"""What a process of many tasks watches: Books and criteria that are published, declarations that change.

One connection listens; a poll every half second stands behind it, because a notification may be lost with a connection.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import asyncpg

from customhouse.registry import criteria, lawbook, reader
from customhouse.registry.criterion_versions import CHANNEL

log = logging.getLogger(__name__)

Listener = Callable[[int, str], None]
Look = Callable[[asyncpg.Connection], Awaitable[None]]


class Watch:
    """Keeps `shelf` and the shelf of `criteria` up to date and tells `listeners` (number, declarant) of every declaration that changed.

    `looks` are asked beside it, by channel: each brings something else up to date that is published.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.shelf = lawbook.Shelf()
        self.listeners: set[Listener] = set()
        self.looks: dict[str, Look] = {CHANNEL: self._look_for_criteria}
        self._task: asyncio.Task[None] | None = None
        self._stirred = asyncio.Event()

    async def start(self) -> None:
        connection = await self._connected()
        try:
            await self._look(connection)
            criteria.shelf.is_watched = True
        finally:
            await connection.close()
        self._task = asyncio.create_task(self._run(), name="watch")

    async def stop(self) -> None:
        criteria.shelf.is_watched = False
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
                log.warning("listening stopped, beginning again: %s", fault)
                await asyncio.sleep(1)

    async def _listen(self) -> None:
        connection = await self._connected()
        try:
            await connection.add_listener("declaration", self._declaration)
            for channel in ("book", *self.looks):
                await connection.add_listener(channel, lambda *_: self._stirred.set())
            while True:
                await self._look(connection)
                self._stirred.clear()
                try:
                    await asyncio.wait_for(self._stirred.wait(), lawbook.FRESH)
                except TimeoutError:
                    continue
        finally:
            connection.terminate()

    async def _connected(self) -> asyncpg.Connection:
        return await asyncpg.connect(self.url, server_settings=reader.told(reader.SYSTEM))

    async def _look(self, connection: asyncpg.Connection) -> None:
        await self._books(connection)
        for channel, look in self.looks.items():
            try:
                await look(connection)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                raise
            except Exception:
                log.exception("what is published on %s could not be taken up", channel)

    async def _books(self, connection: asyncpg.Connection) -> None:
        for row in await asyncio.to_thread(self.shelf.missing, await connection.fetch(lawbook.LIST)):
            contents = await connection.fetchval(lawbook.CONTENTS.format(row[0]))
            await asyncio.to_thread(self.shelf.put, row, contents)

    async def _look_for_criteria(self, connection: asyncpg.Connection) -> None:
        """Compile what was published since in a thread, and keep it under its hash before it is asked."""
        shelf, day = criteria.shelf, datetime.now(UTC).date()
        stamp = await connection.fetchval(criteria.STAMP)
        if shelf.is_due(stamp, day):
            async with connection.transaction(isolation="repeatable_read"):
                stamp = await connection.fetchval(criteria.STAMP)
                written = await connection.fetch(criteria.ALIVE_VERSIONS)
                happened = await connection.fetch(criteria.ALIVE_EVENTS)
            await asyncio.to_thread(shelf.put, stamp, written, happened, day)
        for hash, content in shelf.unkept():
            await connection.execute(criteria.KEEP_ASYNC, hash, content)
            shelf.kept([hash])
        shelf.looked = time.monotonic()

    def _declaration(self, _connection: object, _pid: int, _channel: str, payload: str) -> None:
        if not self.listeners:
            return
        for one in payload.split(","):
            number, _, declarant = one.partition(" ")
            for listener in tuple(self.listeners):
                listener(int(number), declarant)
