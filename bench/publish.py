"""How soon a published rule decides: from its publication to the first answer of every web process, under load.

    python -m bench.publish [--workers 4] [--rounds 5]

Every process gets declarations without a pause while a Book with one more criterion is published. Nothing is restarted;
each answer must be 201, so none is lost in flight. Writes seconds to bench/results/publish.json.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Iterator
from datetime import date

import msgspec

from bench import load, machine
from bench.house import INTAKE, Server, house
from bench.message import declaration, requests

PAUSE = 0.005


def book_with(criterion: str) -> bytes:
    """The demo's Book with one more criterion, which every declaration of the bench meets."""
    from customhouse.law.book import Contents, compile_pack
    from customhouse.law.pack import country_directory
    from customhouse.law.terms import Criterion

    contents = msgspec.msgpack.decode(compile_pack(country_directory("meridia")), type=Contents)
    added = Criterion(
        validity=contents.criteria[0].validity, id=criterion, expression="starts(code, '85')", lane="BLUE",
        text={"en": "Published by the bench"},
    )  # fmt: skip
    return msgspec.msgpack.encode(msgspec.structs.replace(contents, criteria=(*contents.criteria, added)))


class Watcher(load.Client):
    """A client that keeps the whole answer."""

    answer = b""

    def data_received(self, data: bytes) -> None:
        self.answer = data
        super().data_received(data)


async def first_answer(port: int, stream: Iterator[bytes], criterion: str, until: float) -> tuple[float, int]:
    """(when this process first decided by the criterion, how many it answered until then)."""
    client = (await asyncio.get_running_loop().create_connection(Watcher, "127.0.0.1", port))[1]
    answered = 0
    while time.time() < until:
        status = await client.send(next(stream))
        if status != 201:
            raise RuntimeError(f"answer {status}: {client.answer[:300]!r}")
        answered += 1
        if criterion.encode() in client.answer:
            client.transport.close()  # type: ignore[attr-defined]
            return time.time(), answered
        await asyncio.sleep(PAUSE)
    raise RuntimeError("the criterion never arrived")


async def _round(servers: list[Server], streams: list[Iterator[bytes]], criterion: str) -> tuple[list[float], float]:
    from customhouse.registry import lawbook

    contents = book_with(criterion)
    until = time.time() + 15
    waiting = [
        asyncio.create_task(first_answer(s.port, stream, criterion, until))
        for s, stream in zip(servers, streams, strict=True)
    ]
    await asyncio.sleep(0.5)
    began = time.time()
    await asyncio.to_thread(lawbook.publish, contents, by="bench", in_force=date(2020, 1, 1))
    took = time.time() - began
    found = await asyncio.gather(*waiting)
    return [when - began for when, _ in found], took


def run(workers: int, rounds: int) -> dict[str, object]:
    body = declaration(3)
    with house() as ours:
        servers = [Server(f"web {n}", *INTAKE, ours.environment) for n in range(workers)]
        streams = [requests(s.path, body, ours.token, f"pb{n:02d}") for n, s in enumerate(servers)]
        reached: list[list[float]] = []
        publishing: list[float] = []
        try:
            for server in servers:
                server.wait()
            for n in range(rounds):
                seconds, took = asyncio.run(_round(servers, streams, f"BENCH-{n}"))
                reached.append(seconds)
                publishing.append(took)
        finally:
            for server in servers:
                server.stop()
    slowest = [max(seconds) for seconds in reached]
    return {
        "workers": workers,
        "rounds": rounds,
        "publish_call_s": round(statistics.median(publishing), 3),
        "all_workers_s": {"median": round(statistics.median(slowest), 3), "worst": round(max(slowest), 3)},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    told = run(arguments.workers, arguments.rounds)
    path = machine.write("publish", told)
    sys.stdout.write(f"{told}\nwritten to {path}\n")


if __name__ == "__main__":
    main()
