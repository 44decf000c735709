"""The natural-batching writer: while one commit is in flight, what arrives waits, then goes in one statement.

The fast twin of `files.insert`, for the intake; it leaves the same rows (tests/registry hold the two together). There is no
added wait at low load, and several times less work per declaration at high load.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import asyncpg
import msgspec

from customhouse.ledger.chain import START
from customhouse.registry import jobs
from customhouse.registry.files import Stored
from customhouse.registry.rows import (
    DECLARATION_COLUMNS,
    ENTRY_COLUMNS,
    New,
    declaration_row,
    entry_row,
    read_state,
    standing,
)

log = logging.getLogger(__name__)

MOST = 200  # numbers and declarants of a batch fit into one notification (8000 bytes)
PATIENCE = 10.0  # seconds a request waits for a database that is away before it is told to come back
TYPES = {
    "id": "bigint", "file": "bigint", "items": "int", "payable": "bigint", "acts": "int", "leaf": "bytea",
    "lodged_at": "timestamptz", "updated_at": "timestamptz", "declaration": "bigint", "first": "int",
    "at": "timestamptz", "on_day": "date", "leaves": "bytea", "reading": "bytea", "source": "bytea",
}  # fmt: skip
ENTRY_TYPES = TYPES | {"acts": "bytea"}
MADE_FROM = {"holds": "string_to_array(d.holds, ',')"}


def _statement() -> str:
    """One statement: declarations, the entries and the jobs of those that were new, a word to those who watch."""

    def names(columns: Sequence[str]) -> str:
        return ", ".join(f'"{c}"' for c in columns)

    def arrays(columns: Sequence[str], types: dict[str, str], first: int) -> str:
        return ", ".join(f"${n}::{types.get(c, 'text')}[]" for n, c in enumerate(columns, first))

    made = ", ".join(MADE_FROM.get(c, f'd."{c}"') for c in DECLARATION_COLUMNS)
    entries_from = len(DECLARATION_COLUMNS) + 1
    job = entries_from + len(ENTRY_COLUMNS)
    defer = jobs.DEFER.replace("$1", f"${job}").replace(
        ") j))", ") j where (j ->> 'declaration')::bigint in (select id from stored)))"
    )
    return f"""
        with stored as (
            insert into declaration ({names(DECLARATION_COLUMNS)})
            select {made} from unnest({arrays(DECLARATION_COLUMNS, TYPES, 1)}) as d({names(DECLARATION_COLUMNS)})
            where d.stage <> 'REFUSED' or not exists (select from declaration o where o.stage <> 'REFUSED'
                and o.declarant = d.declarant and o.lrn = d.lrn and o.digest = d.digest)
            on conflict do nothing returning id, declarant),
        written as (
            insert into entry ({names(ENTRY_COLUMNS)})
            select * from unnest({arrays(ENTRY_COLUMNS, ENTRY_TYPES, entries_from)}) as e({names(ENTRY_COLUMNS)})
            where e.declaration in (select id from stored)),
        queued as ({defer} as ids where ${job}::text <> '[]'),
        told as (select pg_notify('declaration', string_agg(id || ' ' || declarant, ',')) from stored having count(*) > 0)
        select id, (select count(*) from queued), (select count(*) from told) from stored
    """  # noqa: S608 - made from the constants above


STATEMENT = _statement()
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
        self._queue: asyncio.Queue[Waiting] = asyncio.Queue(maxsize=4096)
        self._connection: asyncpg.Connection | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="batch writer")

    async def stop(self) -> None:
        """Let what is queued be written, then close."""
        if self._task is None:
            return
        while not self._queue.empty():
            await asyncio.sleep(0.01)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        if self._connection is not None:
            await self._connection.close()

    async def put(self, new: New) -> Stored:
        """Store a declaration durably. Raises Unavailable when the register is away, Unstorable for bad content."""
        done: asyncio.Future[Stored] = asyncio.get_running_loop().create_future()
        try:
            self._queue.put_nowait((new, done))
        except asyncio.QueueFull:
            raise Unavailable("too much is waiting to be written; try again in a moment") from None
        return await done

    async def _run(self) -> None:
        while True:
            batch = [await self._queue.get()]
            while len(batch) < MOST and not self._queue.empty():
                batch.append(self._queue.get_nowait())
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
                self._connection = await asyncpg.connect(self.url, timeout=5)
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
            else:
                answer = await _standing(connection, new)
            if not done.done():
                done.set_result(answer)

    async def _write(self, connection: asyncpg.Connection, batch: list[Waiting], files: dict[int, int]) -> set[int]:
        rows, entries, queued = [], [], []
        for new in {n.declaration.id: n for n, _ in batch}.values():
            d, at = new.declaration, new.entry.at
            entry, leaf = entry_row(new.entry, START, new.source)
            row = list(declaration_row(d, files[d.id], new.digest, leaf, at, at))
            row[8] = ",".join(row[8]) if row[8] else ""
            rows.append(row)
            entries.append(entry)
            queued += jobs.due(d, new.entry)
        columns = [list(c) for c in zip(*rows, strict=True)] + [list(c) for c in zip(*entries, strict=True)]
        statement = await self._prepared(connection)
        return {r[0] for r in await statement.fetch(*columns, msgspec.json.encode(queued).decode())}

    async def _prepared(self, connection: asyncpg.Connection) -> Any:
        if getattr(self, "_prepared_on", None) is not connection:
            self._statement = await connection.prepare(STATEMENT)
            self._prepared_on = connection
        return self._statement


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
