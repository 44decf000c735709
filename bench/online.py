"""The intake against its limit: bare HTTP and a durable insert of the same bytes, alternating in one run.

    python -m bench.online [--rounds 5]

Starts PostgreSQL in a temporary directory (durable settings), the house's web process and the bare one, sends both the same
3-item declarations, one client and 64, and writes medians and ratios with the machine to bench/results/online.json.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time

from bench import machine
from bench.house import BARE, INTAKE, House, Server, house, measure, medians
from bench.message import declaration, requests

ACTS = 9  # of one declaration of the bench


def run(rounds: int, small: int, large: int) -> dict[str, object]:
    with house() as ours:
        servers = [Server("house", *INTAKE, ours.environment), Server("bare", *BARE, ours.environment)]
        try:
            return _rounds(servers, ours, rounds, small, large)
        finally:
            for one in servers:
                one.stop()


def _rounds(servers: list[Server], ours: House, rounds: int, small: int, large: int) -> dict[str, object]:
    body = declaration(3)
    streams = {s.name: requests(s.path, body, ours.token, s.name[:4]) for s in servers}
    for server in servers:
        server.wait()
        measure(server, ours.postmaster, 8, 400, streams[server.name])
    figures: dict[str, dict[str, list[dict[str, float]]]] = {"1": {}, "64": {}}
    for n in range(rounds):
        for clients, total in ((1, small), (64, large)):
            for server in servers if n % 2 else reversed(servers):
                got = measure(server, ours.postmaster, clients, total, streams[server.name])
                figures[str(clients)].setdefault(server.name, []).append(got)
                sys.stderr.write(
                    f"round {n + 1} {server.name:<5} {clients:>2} clients  {got['per_second']:7.0f}/s  p50 {got['p50_ms']:.2f} ms  {got['app_cpu_us']:.0f} + {got['db_cpu_us']:.0f} us CPU (house + database)\n"
                )
    told: dict[str, object] = {"bytes": len(body), "items": 3, "rounds": rounds}
    sealing = _sealing(ours.postmaster)
    for clients, by_server in figures.items():
        house, bare = medians(by_server["house"]), medians(by_server["bare"])
        pairs = list(zip(by_server["house"], by_server["bare"], strict=True))
        ratio = {k: round(statistics.median(h[k] / b[k] for h, b in pairs), 2) for k in ("p50_ms", "p99_ms", "cpu_us")}
        told[f"{clients} clients"] = {"house": house, "bare": bare, "ratio": ratio}
    online = told["64 clients"]["house"]["cpu_us"]  # type: ignore[index]
    return {**told, "sealing_us": sealing, "sealing_share": round(sealing / online, 4)}


def _sealing(postmaster: int) -> float:
    """CPU of appending a declaration's acts to the Merkle log and signing, as the worker does it, with its database work."""
    from customhouse.house.options import setting
    from customhouse.registry import sealing

    origin = setting("CUSTOMHOUSE_LOG_ORIGIN")
    own, base = time.process_time(), machine.cpu_seconds(postmaster)
    acts = 0
    while sealed := sealing.seal(origin):
        acts += sealed
    spent = time.process_time() - own + machine.cpu_seconds(postmaster) - base
    return round(spent / acts * ACTS * 1e6, 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--small", type=int, default=1500, help="declarations a round with one client")
    parser.add_argument("--large", type=int, default=6000, help="declarations a round with 64 clients")
    arguments = parser.parse_args()
    told = run(arguments.rounds, arguments.small, arguments.large)
    path = machine.write("online", told)
    for clients in ("1 clients", "64 clients"):
        sys.stdout.write(f"{clients}: ratio to bare {told[clients]['ratio']}\n")  # type: ignore[index]
    sys.stdout.write(f"written to {path}\n")


if __name__ == "__main__":
    main()
