"""A house of its own to measure: durable PostgreSQL in a temporary directory, the demo's law, a web process or several."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from bench import load, machine
from bench.message import BROKER

ROOT = Path(__file__).resolve().parents[1]
INTAKE = ("customhouse.house.asgi:app", "/api/v1/declarations")
BARE = ("bench.bare:app", "/")


class House(msgspec.Struct):
    """What a bench needs to know: a token of the demo's broker, the environment of web processes, the postmaster's pid."""

    token: str
    environment: dict[str, str]
    postmaster: int
    owner_url: str


@contextmanager
def house() -> Iterator[House]:
    """A migrated and seeded house; its directory is removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="ch-bench-"))
    os.environ["CUSTOMHOUSE_DATA"] = str(folder)
    from customhouse.house import start
    from customhouse.house.embedded import OWNER

    server = start.connect_environment()
    assert server is not None, "unset CUSTOMHOUSE_DATABASE_URL: the bench has a database of its own"
    start.migrate()
    start.setup_django()
    from customhouse.registry import demo, people

    demo.seed()
    owner_url = server.url(OWNER)
    environment = {**os.environ, "BENCH_DSN": owner_url, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    postmaster = int((server.cluster / "postmaster.pid").read_text().split()[0])
    try:
        yield House(people.issue_token(BROKER, "bench"), environment, postmaster, owner_url)
    finally:
        server.release()
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A web process under measurement, with the database it writes to."""

    def __init__(self, name: str, app: str, path: str, environment: dict[str, str]) -> None:
        self.name, self.path, self.port = name, path, free_port()
        command = [
            sys.executable,
            "-m",
            "uvicorn",
            app,
            "--port",
            str(self.port),
            "--log-level",
            "warning",
            "--no-access-log",
        ]
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment)

    def wait(self) -> None:
        for _ in range(600):
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"{self.name} does not listen")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


def measure(server: Server, postmaster: int, clients: int, total: int, stream: Iterator[bytes]) -> dict[str, float]:
    """One round: latencies in milliseconds, CPU of application and database per declaration in microseconds."""
    app, base = machine.cpu_seconds(server.process.pid), machine.cpu_seconds(postmaster)
    began = time.perf_counter()
    times = sorted(asyncio.run(load.drive(server.port, clients, stream, total, lambda status: status == 201)))
    took = time.perf_counter() - began
    time.sleep(0.3)
    app, base = machine.cpu_seconds(server.process.pid) - app, machine.cpu_seconds(postmaster) - base
    return {
        "p50_ms": times[len(times) // 2] * 1e3,
        "p99_ms": times[int(len(times) * 0.99)] * 1e3,
        "per_second": total / took,
        "app_cpu_us": app / total * 1e6,
        "db_cpu_us": base / total * 1e6,
        "cpu_us": (app + base) / total * 1e6,
    }


def medians(rounds: list[dict[str, float]]) -> dict[str, float]:
    return {key: round(statistics.median(r[key] for r in rounds), 3) for key in rounds[0]}
