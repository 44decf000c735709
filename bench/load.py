"""A closed-loop HTTP load: N clients on keep-alive connections, each sending its next body when the answer is there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator


class Client(asyncio.Protocol):
    """One keep-alive HTTP/1.1 connection; answers must carry a content-length."""

    def __init__(self) -> None:
        self.buffer = b""
        self.waiter: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self.waiter and not self.waiter.done():
            self.waiter.set_exception(ConnectionError("the server closed the connection"))

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0 or self.waiter is None:
            return
        head = self.buffer[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0])
        if len(self.buffer) >= end + 4 + length:
            status = int(self.buffer[9:12])
            self.buffer = self.buffer[end + 4 + length :]
            self.waiter.set_result(status)

    async def send(self, request: bytes) -> int:
        self.waiter = asyncio.get_running_loop().create_future()
        self.transport.write(request)  # type: ignore[attr-defined]
        return await self.waiter


def request(path: str, body: bytes, token: str = "", kind: str = "application/json") -> bytes:
    auth = f"authorization: Bearer {token}\r\n" if token else ""
    head = f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: {kind}\r\n{auth}content-length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def drive(
    port: int, clients: int, requests: Iterator[bytes], total: int, accept: Callable[[int], bool]
) -> list[float]:
    """Send `total` requests over `clients` connections; seconds per answer. Raises on an answer not accepted."""
    loop = asyncio.get_running_loop()
    connections = [(await loop.create_connection(Client, "127.0.0.1", port))[1] for _ in range(clients)]
    times: list[float] = []
    left = total

    async def one(client: Client) -> None:
        nonlocal left
        while left > 0:
            left -= 1
            before = time.perf_counter()
            status = await client.send(next(requests))
            times.append(time.perf_counter() - before)
            if not accept(status):
                raise RuntimeError(f"answer {status}: the load is not what it should be")

    await asyncio.gather(*(one(c) for c in connections))
    for c in connections:
        c.transport.close()
    return times
