"""Live events: a page that shows declarations is told when one of them changes (server-sent events).

    GET /events?ticket=TICKET     data: the number of the declaration that changed

The ticket is signed by the page that opens the stream and says what its reader may see.
"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qs

from customhouse.registry import tickets
from customhouse.registry.watch import Watch

BEAT = 15.0
HEAD = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store"), (b"x-accel-buffering", b"no")]


class Events:
    """The ASGI application of the stream, over the one listening connection of the process."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("ticket", [""])[0]
        declarant = tickets.declarant_of(asked)
        if declarant is None:
            await send({"type": "http.response.start", "status": 403, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})
            return
        await send({"type": "http.response.start", "status": 200, "headers": HEAD})
        queue: asyncio.Queue[int] = asyncio.Queue(maxsize=1000)

        def changed(number: int, of: str) -> None:
            if (not declarant or of == declarant) and not queue.full():
                queue.put_nowait(number)

        self.watch.listeners.add(changed)
        gone = asyncio.create_task(_disconnected(receive))
        try:
            await _stream(queue, gone, send)
        finally:
            self.watch.listeners.discard(changed)
            gone.cancel()


async def _disconnected(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def _stream(queue: asyncio.Queue[int], gone: asyncio.Task[None], send: Any) -> None:
    """Send numbers as they come, several at once where they pile up, and a beat when nothing happens."""
    while not gone.done():
        getter = asyncio.ensure_future(queue.get())
        done, _ = await asyncio.wait({getter, gone}, timeout=BEAT, return_when=asyncio.FIRST_COMPLETED)
        if getter not in done:
            getter.cancel()
            if gone.done():
                return
            await send({"type": "http.response.body", "body": b": still here\n\n", "more_body": True})
            continue
        numbers = {getter.result()}
        await asyncio.sleep(0.1)
        while not queue.empty():
            numbers.add(queue.get_nowait())
        data = ",".join(map(str, sorted(numbers)))
        body = f"event: changed\ndata: {data}\n\n".encode()
        await send({"type": "http.response.body", "body": body, "more_body": True})
