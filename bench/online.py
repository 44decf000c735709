"""The intake against its limit: bare HTTP and a durable insert of the same bytes, alternating in one run.

    python -m bench.online [--rounds 5] [--seconds 4]

Starts PostgreSQL in a temporary directory (durable settings), the house's web process and the bare one, sends both the same
3-item declarations, one client and 64, and writes medians and ratios with the machine to bench/results/online.json.
"""

from __future__ import annotations

import argparse
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
from decimal import Decimal
from itertools import count
from pathlib import Path

from bench import load, machine

ROOT = Path(__file__).resolve().parents[1]
BROKER = "XM100000009"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def declaration(items: int) -> bytes:
    """A declaration of `items` items with documents, packages and previous documents; the LRN is a place to fill in."""
    from customhouse.record import codec
    from customhouse.record import lodgement as r

    def item(n: int) -> r.GoodsItem:
        return r.GoodsItem(
            sequence=n,
            documents=tuple(
                r.AdditionalDocument(category="N", type=t, id=f"INV-{n}{t}") for t in ("935", "705", "730")
            ),
            commodity=r.Commodity(
                description="Shavers and hair clippers with a motor of their own",
                classifications=(r.Classification("85101000", "TSP"), r.Classification("00", "TRC")),
                duties=(
                    r.DeclaredDuty(type="A00", regime="100", payment=r.DeclaredPayment(method="E")),
                    r.DeclaredDuty(type="B00", payment=r.DeclaredPayment(method="E")),
                ),
                gross_mass=r.Measure(Decimal("150.5")),
                net_mass=r.Measure(Decimal(100)),
                price=r.Amount(Decimal("1000.50"), "EUR"),
            ),
            valuation=r.CustomsValuation(method="1"),
            procedures=(r.Procedure("40", "00"), r.Procedure("000")),
            origins=(r.Origin("US", "1"),),
            packages=(r.Packaging(sequence=1, marks="BX-1234228/34", quantity=Decimal(50), type="BX"),),
            previous_documents=(r.PreviousDocument("Z", "355", f"21GB34F7Y1O2CX8PT{n}", 1),),
        )

    party = r.Address(city="Port Meridia", country="XM", line="1 Customs Quay", postcode="1001")
    return codec.encode(
        r.Lodgement(
            lrn="@LRN-0000000000@",
            type="IMA",
            item_count=items,
            package_count=Decimal(50 * items),
            agent=r.Party(function="2"),
            authorisation_holders=(r.AuthorisationHolder("CGU", BROKER), r.AuthorisationHolder("DPO", BROKER)),
            border_means=r.TransportMeans(mode="1", nationality="US"),
            declarant=r.Party(id=BROKER, name="Harbour Brokers Ltd", address=party),
            exporter=r.Party(
                name="Clipper Works", address=r.Address(city="Boston", country="US", line="1 Pier", postcode="0")
            ),
            goods_shipment=r.GoodsShipment(
                transaction_nature="1",
                consignment=r.TransportConsignment(
                    container_code="1",
                    arrival_means=r.TransportMeans("9321483", "10"),
                    goods_location=r.GoodsLocation(name="XMPRT1", type="A", address=r.Address(country="XM", type="U")),
                    equipment=(r.TransportEquipment(1, "MSKU1234565"),),
                ),
                destination="XM",
                export_country="US",
                items=tuple(item(n) for n in range(1, items + 1)),
                importer=r.Party(id="XM100000058", name="Green Valley Farms", address=party),
                terms=r.TradeTerms(code="CIF", location="XMPRT"),
            ),
        )
    )


def requests(path: str, body: bytes, token: str, start: str) -> Iterator[bytes]:
    """The same bytes for both servers but for the reference, which is new each time and as long."""
    for n in count():
        yield load.request(path, body.replace(b"@LRN-0000000000@", f"{start}{n:012d}".encode()), token)


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
        for _ in range(150):
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"{self.name} does not listen")


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


def run(rounds: int, small: int, large: int) -> dict[str, object]:
    folder = Path(tempfile.mkdtemp(prefix="ch-bench-"))
    os.environ["CUSTOMHOUSE_DATA"] = str(folder)
    from customhouse.house import start

    server = start.connect_environment()
    assert server is not None, "unset CUSTOMHOUSE_DATABASE_URL: the bench has a database of its own"
    start.migrate()
    start.setup_django()
    from customhouse.registry import demo, people

    demo.seed()
    token = people.issue_token(BROKER, "bench")
    from customhouse.house.embedded import OWNER

    environment = {**os.environ, "BENCH_DSN": server.url(OWNER), "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    servers = [
        Server("house", "customhouse.house.asgi:app", "/api/v1/declarations", environment),
        Server("bare", "bench.bare:app", "/", environment),
    ]
    try:
        return _rounds(servers, server, token, rounds, small, large)
    finally:
        for one in servers:
            one.process.terminate()
            one.process.wait(10)
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _rounds(
    servers: list[Server], database: object, token: str, rounds: int, small: int, large: int
) -> dict[str, object]:
    postmaster = int((database.cluster / "postmaster.pid").read_text().split()[0])  # type: ignore[attr-defined]
    body = declaration(3)
    streams = {s.name: requests(s.path, body, token, s.name[:4]) for s in servers}
    for server in servers:
        server.wait()
        measure(server, postmaster, 8, 400, streams[server.name])
    figures: dict[str, dict[str, list[dict[str, float]]]] = {"1": {}, "64": {}}
    for n in range(rounds):
        for clients, total in ((1, small), (64, large)):
            for server in servers if n % 2 else reversed(servers):
                got = measure(server, postmaster, clients, total, streams[server.name])
                figures[str(clients)].setdefault(server.name, []).append(got)
                sys.stderr.write(
                    f"round {n + 1} {server.name:<5} {clients:>2} clients  {got['per_second']:7.0f}/s  p50 {got['p50_ms']:.2f} ms  {got['app_cpu_us']:.0f} + {got['db_cpu_us']:.0f} us CPU (house + database)\n"
                )
    told: dict[str, object] = {"bytes": len(body), "items": 3, "rounds": rounds}
    for clients, by_server in figures.items():
        house, bare = medians(by_server["house"]), medians(by_server["bare"])
        pairs = list(zip(by_server["house"], by_server["bare"], strict=True))
        ratio = {k: round(statistics.median(h[k] / b[k] for h, b in pairs), 2) for k in ("p50_ms", "p99_ms", "cpu_us")}
        told[f"{clients} clients"] = {"house": house, "bare": bare, "ratio": ratio}
    return told


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
