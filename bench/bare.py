"""The limit that the intake is measured against: bare HTTP and a durable insert of the same bytes, nothing else.

The same server (uvicorn, uvloop, httptools), the same driver, the same natural batching, one table with one key. Run as
`uvicorn bench.bare:app` with BENCH_DSN set.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from typing import Any

import asyncpg

ANSWER = b'{"stored":true}'
HEAD = [(b"content-type", b"application/json"), (b"content-length", str(len(ANSWER)).encode())]
INSERT = "insert into bench_bare(id, doc) select * from unnest($1::bigint[], $2::bytea[])"
ids = itertools.count(int(time.time() * 1e6))
queue: asyncio.Queue[tuple[int, bytes, asyncio.Future[None]]] = asyncio.Queue()


async def writer() -> None:
    connection = await asyncpg.connect(os.environ["BENCH_DSN"])
    await connection.execute("create table if not exists bench_bare(id bigint primary key, doc bytea)")
    insert = await connection.prepare(INSERT)
    while True:
        batch = [await queue.get()]
        while not queue.empty() and len(batch) < 256:
            batch.append(queue.get_nowait())
        await insert.fetch([b[0] for b in batch], [b[1] for b in batch])
        for _, _, stored in batch:
            if not stored.done():
                stored.set_result(None)


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await receive()
        app.task = asyncio.create_task(writer())  # type: ignore[attr-defined]
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    queue.put_nowait((next(ids), body, stored))
    await stored
    await send({"type": "http.response.start", "status": 201, "headers": HEAD})
    await send({"type": "http.response.body", "body": ANSWER})
