"""What a lodgement costs when ten times as many declarations are stored.

    python -m bench.stored [--rows 100000 1000000]

Fills the register with made-up rows (a thousand declarants, references in no order, one entry each with short acts; a tenth
belongs to the declarant that is measured), then lodges through the house and, to tell the machine's mood from the register's,
through the bare peer. Writes medians and the slow-down to bench/results/stored.json.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterator
from itertools import count

import psycopg

from bench import load, machine
from bench.house import BARE, INTAKE, House, Server, house, measure, medians
from bench.message import BROKER, declaration

ROWS = """
    with made as (
        select n, now() - interval '1 second' as at, md5(n::text) as lrn,
               case when n %% 10 = 0 then %(broker)s else 'XM2' || lpad((n %% 1000)::text, 8, '0') end as declarant
        from generate_series(%(first)s::bigint, %(last)s::bigint) n),
    stored as (
        insert into declaration (id, file, mrn, lrn, declarant, digest, stage, lane, holds, importer, goods, containers, items,
            payable, currency, acts, leaf, lodged_at, updated_at)
        select n, n, '26XM11' || lpad(n::text, 10, '0') || 'R0', lrn, declarant, lrn || lrn,
               case when n %% 50 = 0 then 'ROUTED' else 'RELEASED' end, 'GREEN', '{}', 'Green Valley Farms',
               'Shavers and hair clippers with a motor of their own', ' MSKU1234565 ', 3, 65607, 'USD', 9, sha256(lrn::bytea),
               at, at
        from made)
    insert into entry (declaration, first, "by", role, at, on_day, book, acts, leaves)
    select n, 1, declarant, 'system', at, at::date, lrn || lrn, '[]', sha256(lrn::bytea) from made
"""
AT_ONCE = 100_000


def fill(url: str, rows: int) -> None:
    """Bring the register to `rows` declarations; numbers go on after them."""
    with psycopg.connect(url, autocommit=True) as owner:
        stored, first = owner.execute(
            "select count(*), nextval('declaration_number') + 1000 from declaration"
        ).fetchone()  # type: ignore[misc]
        end = first + max(0, rows - stored)
        for start in range(first, end, AT_ONCE):
            last = min(start + AT_ONCE, end) - 1
            owner.execute(ROWS, {"first": start, "last": last, "broker": BROKER})
            sys.stderr.write(f"\r{stored + last - first + 1} declarations stored ")
        owner.execute("select setval('declaration_number', %s)", [end + 1])
        owner.execute("vacuum analyze declaration, entry")
        owner.execute("checkpoint")
    sys.stderr.write("\n")


def stream(server: Server, token: str, body: bytes) -> Iterator[bytes]:
    """Declarations with references in no order, as those of many traders' systems are."""
    for n in count():
        lrn = hashlib.sha256(f"{server.port} {n}".encode()).hexdigest()[:16].encode()
        yield load.request(server.path, body.replace(b"@LRN-0000000000@", lrn), token)


def run(sizes: list[int], rounds: int, small: int, large: int) -> dict[str, object]:
    body = declaration(3)
    told: dict[str, object] = {}
    with house() as ours:
        for size in sizes:
            fill(ours.owner_url, size)
            told[f"{size} stored"] = _measured(ours, body, rounds, small, large)
    slower = {}
    first, last = (told[f"{size} stored"] for size in (sizes[0], sizes[-1]))
    for clients in first:  # type: ignore[attr-defined]
        of = {name: (first[clients][name], last[clients][name]) for name in ("house", "bare")}  # type: ignore[index]
        slower[clients] = {
            f"{name} {key}": round(after[key] / before[key], 2)
            for name, (before, after) in of.items()
            for key in ("p50_ms", "db_cpu_us", "cpu_us")
        }
    return {**told, "slower": slower}


def _measured(ours: House, body: bytes, rounds: int, small: int, large: int) -> dict[str, dict[str, dict[str, float]]]:
    servers = [Server("house", *INTAKE, ours.environment), Server("bare", *BARE, ours.environment)]
    streams = {s.name: stream(s, ours.token, body) for s in servers}
    figures: dict[str, dict[str, list[dict[str, float]]]] = {"1 clients": {}, "64 clients": {}}
    try:
        for server in servers:
            server.wait()
            measure(server, ours.postmaster, 8, 400, streams[server.name])
        for n in range(rounds):
            for clients, total in ((1, small), (64, large)):
                for server in servers if n % 2 else reversed(servers):
                    got = measure(server, ours.postmaster, clients, total, streams[server.name])
                    figures[f"{clients} clients"].setdefault(server.name, []).append(got)
    finally:
        for one in servers:
            one.stop()
    return {clients: {name: medians(got) for name, got in by.items()} for clients, by in figures.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    told = run(arguments.rows, arguments.rounds, 1000, 4000)
    path = machine.write("stored", told)
    sys.stdout.write(f"slower with {arguments.rows[-1]} than with {arguments.rows[0]}: {told['slower']}\n")
    sys.stdout.write(f"written to {path}\n")


if __name__ == "__main__":
    main()
