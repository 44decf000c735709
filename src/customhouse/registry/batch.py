"""The natural-batching writer: while one commit is in flight, what arrives waits, then goes in one statement.

The fast twin of `files.insert`, for the intake; it leaves the same rows (tests/registry hold the two together). There is no
added wait at low load, and several times less work per declaration at high load.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import asyncpg
import msgspec

from customhouse.ledger.chain import START
from customhouse.registry import jobs, reader
from customhouse.registry.files import Stored
from customhouse.registry.rows import (
    DECLARATION_COLUMNS,
    ENTRY_COLUMNS,
    SNAPSHOT,
    New,
    declaration_row,
    entry_row,
    in_order,
    read_state,
    standing,
)

log = logging.getLogger(__name__)

MOST, MOST_WAITING = 200, 4096  # declarations in one statement, and waiting for the next
PATIENCE = 10.0  # seconds a request waits for a database that is away before it is told to come back
QUIET = 0.1  # seconds between two words to those who watch
AT_ONCE = 100  # numbers and declarants that fit into one notification (8000 bytes)
# The statement never changes, so it is planned once and not for every batch. The writer is the house itself, told once.
SESSION = {"plan_cache_mode": "force_generic_plan", **reader.told(reader.SYSTEM)}


def _statement(*, with_jobs: bool) -> str:
    """One statement: declarations, the entries and the jobs of those that were new; it answers with their numbers.

    Rows travel as arrays of the tables' own row types, which costs less than an array for each column.
    """
    columns, entry_columns = (", ".join(f'"{c}"' for c in names) for names in (DECLARATION_COLUMNS, ENTRY_COLUMNS))
    defer = jobs.DEFER.replace("$1", "$3").replace(
        ") j))", ") j where (j ->> 'declaration')::bigint in (select id from stored)))"
    )
    return f"""
        with stored as (
            insert into declaration ({columns}) select {columns} from unnest($1::declaration[]) d
            where d.stage <> 'REFUSED' or not exists (select from declaration o where o.stage <> 'REFUSED'
                and o.declarant = d.declarant and o.lrn = d.lrn and o.digest = d.digest)
            on conflict do nothing returning id),
        written as (
            insert into entry ({entry_columns}) select {entry_columns} from unnest($2::entry[]) e
            where e.declaration in (select id from stored)){f", queued as ({defer} as ids)" if with_jobs else ""}
        select id{", (select count(*) from queued)" if with_jobs else ""} from stored
    """  # noqa: S608 - made from the constants above


PLAIN, WITH_JOBS = _statement(with_jobs=False), _statement(with_jobs=True)
TELL = "select pg_notify('declaration', $1)"
STANDING = standing("$1", "$2", "$3")


class Unavailable(Exception):
    """The register cannot be reached; nothing was acknowledged, and sending the same again is safe."""


class Unstorable(ValueError):
    """This one declaration holds something that the register cannot keep; the message says what."""


Waiting = tuple[New, "asyncio.Future[Stored]"]


class Writer:
    """The writer of one process. `start` once, then `put` from any task of the same loop; `stop` at the end."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._waiting: list[Waiting] = []
        self._news: list[str] = []
        self._told = 0.0
        self._later: asyncio.TimerHandle | None = None
        self._stirred = asyncio.Event()
        self._connection: asyncpg.Connection | None = None
        self._prepared: dict[str, Any] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="batch writer")

    async def stop(self) -> None:
        """Let what is waiting be written, then close."""
        if self._task is None:
            return
        while self._waiting:
            await asyncio.sleep(0.01)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        if self._connection is not None:
            await self._connection.close()

    async def put(self, new: New) -> Stored:
        """Store a declaration durably. Raises Unavailable when the register is away, Unstorable for bad content."""
        if len(self._waiting) >= MOST_WAITING:
            raise Unavailable("too much is waiting to be written; try again in a moment")
        done: asyncio.Future[Stored] = asyncio.get_running_loop().create_future()
        self._waiting.append((new, done))
        self._stirred.set()
        return await done

    async def _run(self) -> None:
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            while self._waiting:
                batch = self._waiting[:MOST]
                del self._waiting[:MOST]
                await self._attempt(batch)
                await self._tell_in_time()
            await self._tell_in_time()

    async def _attempt(self, batch: list[Waiting]) -> None:
        """Store a batch; whatever happens, everyone in it is answered."""
        try:
            await self._store(batch)
        except asyncio.CancelledError:
            _fail(batch, Unavailable("the house is closing"))
            raise
        except (
            OSError,
            asyncpg.InterfaceError,
            asyncpg.PostgresConnectionError,
            asyncpg.OperatorInterventionError,
        ) as fault:
            log.warning("the register is away: %s", fault)
            self._drop()
            _fail(batch, Unavailable(f"the register cannot be reached ({fault}); try again"))
        except (asyncpg.DataError, ValueError) as fault:
            await self._one_by_one(batch, fault)
        except Exception as fault:
            log.exception("a batch could not be written")
            self._drop()
            _fail(batch, Unavailable(f"the register refused the work ({fault}); try again"))

    async def _tell_in_time(self) -> None:
        """Tell those who watch what was stored, ten times a second at most: a word wakes every process that listens.

        A word may be lost with a connection, as every notification may; nothing but live pages depends on it.
        """
        loop = asyncio.get_running_loop()
        if not self._news or self._later is not None:
            return
        if (early := self._told + QUIET - loop.time()) > 0:
            self._later = loop.call_later(early, self._now)
            return
        self._told = loop.time()
        news, self._news = self._news, []
        try:
            connection = await self._connected()
            for start in range(0, len(news), AT_ONCE):
                await connection.execute(TELL, ",".join(news[start : start + AT_ONCE]))
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
            log.warning("nobody could be told of %d declarations: %s", len(news), fault)

    def _now(self) -> None:
        self._later = None
        self._stirred.set()

    async def _one_by_one(self, batch: list[Waiting], fault: Exception) -> None:
        """A batch with one bad row: every other one is stored, the bad one is told why."""
        if len(batch) == 1:
            _fail(batch, Unstorable(str(fault)))
            return
        for one in batch:
            try:
                await self._store([one])
            except (asyncpg.DataError, ValueError) as own:
                _fail([one], Unstorable(str(own)))
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as away:
                self._drop()
                _fail([one], Unavailable(str(away)))

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def _connected(self) -> asyncpg.Connection:
        """The connection, made again with patience when it was lost."""
        wait = 0.05
        started = asyncio.get_running_loop().time()
        while self._connection is None or self._connection.is_closed():
            try:
                self._connection = await asyncpg.connect(self.url, timeout=5, server_settings=SESSION)
                self._prepared = {}
            except (OSError, asyncpg.PostgresError, TimeoutError):
                if asyncio.get_running_loop().time() - started > PATIENCE:
                    raise
                await asyncio.sleep(wait)
                wait = min(1.0, wait * 2)
        return self._connection

    async def _store(self, batch: list[Waiting]) -> None:
        connection = await self._connected()
        files = {n.declaration.id: n.declaration.id for n, _ in batch}
        if any(new.declaration.lodged.ucr for new, _ in batch):
            async with connection.transaction():
                await _join(connection, batch, files)
                stored = await self._write(connection, batch, files)
        else:
            stored = await self._write(connection, batch, files)
        for new, done in batch:
            if new.declaration.id in stored:
                stored.remove(new.declaration.id)
                answer = Stored("new", new.declaration)
                self._news.append(f"{new.declaration.id} {new.declaration.lodged.declarant_id}")
            else:
                answer = await _standing(connection, new)
            if not done.done():
                done.set_result(answer)

    async def _write(self, connection: asyncpg.Connection, batch: list[Waiting], files: dict[int, int]) -> set[int]:
        rows: list[tuple[Any, ...]] = []
        entries: list[tuple[Any, ...]] = []
        queued: list[dict[str, Any]] = []
        for new in {n.declaration.id: n for n, _ in batch}.values():
            d, at = new.declaration, new.entry.at
            entry, leaf = entry_row(new.entry, START, new.source)
            row = declaration_row(d, files[d.id], new.digest, leaf, at, at)
            rows.append((*row[:SNAPSHOT], None, *row[SNAPSHOT:]))  # no snapshot yet
            entries.append((None, *entry, None))  # its number and transaction are made by the table
            queued += jobs.due(d, new.entry)
        rows.sort(key=in_order)
        if queued:
            stored = await self._fetch(connection, WITH_JOBS, rows, entries, msgspec.json.encode(queued).decode())
        else:
            stored = await self._fetch(connection, PLAIN, rows, entries)
        return {row[0] for row in stored}

    async def _fetch(self, connection: asyncpg.Connection, sql: str, *values: Any) -> list[Any]:
        statement = self._prepared.get(sql)
        if statement is None:
            statement = self._prepared[sql] = await connection.prepare(sql)
        return await statement.fetch(*values)  # type: ignore[no-any-return]


async def _join(connection: asyncpg.Connection, batch: list[Waiting], files: dict[int, int]) -> None:
    """Put declarations with a UCR into the file of that UCR, in one order so that writers never wait in a ring."""
    named = sorted(
        {n.declaration.lodged.ucr: n.declaration.id for n, _ in reversed(batch) if n.declaration.lodged.ucr}.items()
    )
    ucrs, ids = [u for u, _ in named], [i for _, i in named]
    await connection.execute(
        "insert into consignment (ucr, file) select * from unnest($1::text[], $2::bigint[]) on conflict (ucr) do nothing",
        ucrs,
        ids,
    )
    found = dict(await connection.fetch("select ucr, file from consignment where ucr = any($1)", ucrs))
    for new, _ in batch:
        files[new.declaration.id] = found.get(new.declaration.lodged.ucr, new.declaration.id)


async def _standing(connection: asyncpg.Connection, new: New) -> Stored:
    lodged = new.declaration.lodged
    row = await connection.fetchrow(STANDING, lodged.declarant_id, lodged.lrn, new.digest)
    if row is None:
        raise ValueError("the declaration was not stored, and none stands in its way")
    return Stored("same" if row[0] else "other", read_state(row[1:]))


def _fail(batch: list[Waiting], fault: Exception) -> None:
    for _, done in batch:
        if not done.done():
            done.set_exception(fault)
