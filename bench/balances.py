"""Shared balances under load: many connections draw on one permit, one quota and one guarantee at the same time.

    python -m bench.balances [--draws 10000] [--workers 16]

Every draw takes of all three at once, named in random order, in a transaction of its own, on an embedded PostgreSQL in a
temporary directory that answers only when a commit is on disk. The volumes are less than what is asked for, so that the
end is crowded too. Afterwards the books must be exact: what was granted, what is left, the sum of the movements. Writes
figures to bench/results/balances.json, and ends with an error when a unit is missing or a deadlock was seen.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from bench import machine

KINDS = ("permit", "quota", "guarantee")
ASKED = Decimal("2.5")
PART = Decimal("0.9")
"""How much of what is asked for the volumes hold."""


class Tally:
    """What became of the draws, and how long each took (seconds); shared by all connections."""

    def __init__(self) -> None:
        self.told = {"granted": 0, "refused": 0, "deadlocks": 0}
        self.waits: list[float] = []
        self.faults: list[BaseException] = []
        self._lock = threading.Lock()

    def add(self, what: str, took: float) -> None:
        with self._lock:
            self.told[what] += 1
            self.waits.append(took)


def _draw(three: list[Any], at: datetime) -> str:
    """What becomes of one draw, in the words of a Tally."""
    from django.db.utils import OperationalError

    from customhouse.registry import balance

    try:
        balance.draw(three, at=at)
    except balance.Exhausted:
        return "refused"
    except OperationalError as fault:
        if "deadlock" not in str(fault):
            raise
        return "deadlocks"
    return "granted"


def _work(numbers: range, key: str, at: datetime, tally: Tally) -> None:
    """All the draws of one connection, each naming the balances in an order of its own."""
    from django.db import connection

    from customhouse.registry.balance import Draw

    chance = random.Random(numbers.start)
    try:
        for n in numbers:
            three = [Draw(kind, key, f"{n}", ASKED) for kind in KINDS]
            chance.shuffle(three)
            begun = time.perf_counter()
            what = _draw(three, at)
            tally.add(what, time.perf_counter() - begun)
    except BaseException as fault:
        tally.faults.append(fault)
    finally:
        connection.close()


def draws(count: int, workers: int) -> dict[str, Any]:
    """Make `count` draws over `workers` connections and check the books. Raises AssertionError where they are wrong."""
    from customhouse.registry import balance

    at = datetime.now(UTC)
    key = f"bench-{os.getpid()}-{time.monotonic_ns()}"
    volume = (ASKED * count * PART).quantize(Decimal("0.1"))
    for kind in KINDS:
        balance.open_balance(kind, key, "KGM", volume, at=at)
    tally = Tally()
    threads = [threading.Thread(target=_work, args=(range(n, count, workers), key, at, tally)) for n in range(workers)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall = time.perf_counter() - begun
    if tally.faults:
        raise tally.faults[0]
    left = {kind: balance.standings(kind, [key])[key].left for kind in KINDS}
    assert tally.told["deadlocks"] == 0, tally.told
    assert tally.told["granted"] == min(count, int(volume // ASKED)), tally.told
    assert set(left.values()) == {volume - ASKED * tally.told["granted"]}, left
    assert balance.audit() == []
    waits = sorted(tally.waits)
    return {
        "draws": count,
        "connections": workers,
        "balances_in_one_draw": len(KINDS),
        **tally.told,
        "left_of_each": str(left["permit"]),
        "seconds": round(wall, 2),
        "draws_a_second": round(count / wall),
        "wait_ms": {
            "median": round(statistics.median(waits) * 1000, 2),
            "p99": round(waits[int(len(waits) * 0.99)] * 1000, 2),
            "longest": round(waits[-1] * 1000, 2),
        },
    }


def widen(workers: int) -> None:
    """Give every worker a connection of its own; a process of the house makes do with ten."""
    from django.db import connection

    connection.settings_dict["OPTIONS"]["pool"]["max_size"] = workers + 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=16)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ch-bench-") as folder:
        os.environ["CUSTOMHOUSE_DATA"] = folder
        from customhouse.house.embedded import OWNER, Server
        from customhouse.house.start import OWNER_URL, URL, migrate, setup_django

        server = Server(Path(folder))
        server.ensure()
        os.environ[URL], os.environ[OWNER_URL] = server.url(), server.url(OWNER)
        try:
            migrate()
            setup_django()
            widen(asked.workers)
            figures = draws(asked.draws, asked.workers)
        finally:
            server.stop()
    print(f"{figures['draws']} draws on three balances over {figures['connections']} connections: {figures}")
    print(machine.write("balances", {"exact": True, **figures}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
