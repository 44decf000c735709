"""Parcels: consolidations cleared from file to durable rows, against a bare COPY of the very same rows with a primary key.

`python -m bench.parcels [--rows 200000] [--rounds 3]`: JSON lines, CSV and Parquet, under the law of Meridia and under the same law
with nobody drawn at random, alternating with the bare COPY on the same embedded PostgreSQL (every commit on disk), one stream
each. Every verdict, file and segment is made; writing the answer is counted apart. Ratios are of wall time and of CPU (ours and
the database's), medians.
"""

from __future__ import annotations

import argparse
import atexit
import csv
import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

FOLDER = Path(tempfile.mkdtemp(prefix="ch-bench-"))
OWN = os.getpid()


@atexit.register  # the first to be registered is the last to run
def _clear() -> None:
    if os.getpid() == OWN:  # not a child of it
        shutil.rmtree(FOLDER, ignore_errors=True)


os.environ["CUSTOMHOUSE_DATA"] = str(FOLDER)
os.environ["CUSTOMHOUSE_DEMO"] = "on"

import msgspec  # noqa: E402 - only now is the data directory known
import pyarrow as pa  # noqa: E402
import pyarrow.parquet as parquet  # noqa: E402

from bench.machine import RESULTS, cpu_seconds, machine  # noqa: E402
from customhouse.house import start  # noqa: E402
from customhouse.record.parcel import NAMES, Consolidation  # noqa: E402
from customhouse.simulator.parcels import parcels as made_up  # noqa: E402

CHUNK = 40_000
FORMS = ("jsonl", "csv", "parquet")
FIRST = date(2026, 3, 2)  # a day of its own for each run, so that counts of the day begin anew


def files(rows: int) -> dict[str, Path]:
    """The same parcels in each form."""
    made = list(made_up(rows, "bench"))
    paths = {form: FOLDER / f"parcels.{form}" for form in FORMS}
    paths["jsonl"].write_bytes(b"".join(msgspec.json.encode(p) + b"\n" for p in made))
    with paths["csv"].open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(NAMES)
        writer.writerows([getattr(p, n) for n in NAMES] for p in made)
    parquet.write_table(
        pa.table({n: [getattr(p, n) for p in made] for n in NAMES}), paths["parquet"], compression="zstd"
    )
    return paths


def without_draws() -> None:
    """Publish the same law with no random share; what is published last is the law."""
    from customhouse.house.lawbooks import compiled
    from customhouse.registry import lawbook

    pack = FOLDER / "quiet"
    shutil.copytree(Path(__file__).parents[1] / "countries/meridia", pack)
    head = pack / "country.toml"
    head.write_text(head.read_text().replace("ppm = 30000", "ppm = 0").replace('"2026.2"', '"2026.2-quiet"'))
    lawbook.publish(compiled(str(pack)), by="bench", in_force=date(2020, 1, 1))


class Machine:
    """Wall and CPU of some work; the database's CPU is that of its whole process tree."""

    def __init__(self) -> None:
        self.postmaster = int(next(FOLDER.rglob("postmaster.pid")).read_text().split()[0])

    def spent(self, work: Callable[[], Any]) -> dict[str, float]:
        ours, its, began = time.process_time(), cpu_seconds(self.postmaster), time.perf_counter()
        work()
        wall = time.perf_counter() - began
        return {"wall": wall, "ours": time.process_time() - ours, "database": cpu_seconds(self.postmaster) - its}


def bare(connection: Any, columns: str, chunks: list[bytes]) -> None:
    """The limit: the same rows, one transaction for each chunk, a primary key, nothing else."""
    with connection.cursor() as cursor:
        for chunk in chunks:
            cursor.execute("begin")
            with cursor.copy(f"copy bench_parcel ({columns}) from stdin") as copy:
                copy.write(chunk)
            cursor.execute("commit")


def measure(rows: int, rounds: int) -> dict[str, Any]:
    import psycopg

    from bench import parcel_rows
    from customhouse.house.consolidation import clear
    from customhouse.registry import parcels

    paths, meter, day = files(rows), Machine(), FIRST
    found: dict[str, list[dict[str, float]]] = {}
    counts: dict[str, dict[str, int]] = {}
    chunks: list[bytes] = []
    owner = psycopg.connect(os.environ["CUSTOMHOUSE_OWNER_DATABASE_URL"], autocommit=True)
    columns = ", ".join(parcel_rows.COLUMNS)
    owner.execute(parcel_rows.TABLE)
    for law in ("meridia", "nobody drawn"):
        if law != "meridia":
            without_draws()
        for number in range(rounds + 1):  # the first one warms up
            for form in FORMS:
                day += timedelta(1)
                of = Consolidation(f"XM{200 + (day - FIRST).days:09d}", f"{law} {number} {form}", "XM000040", "5")
                at = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
                done: list[Any] = []
                spent = meter.spent(lambda: done.append(clear(paths[form], of, by="bench", at=at, chunk=CHUNK)))  # noqa: B023
                counts[f"{form}, {law}"] = done[0].counts
                if number:
                    found.setdefault(f"{form}, {law}", []).append(spent)
                if not chunks:
                    chunks = parcel_rows.chunks(done[0].number)
                if number:
                    spent = meter.spent(lambda: b"".join(parcels.answer(done[0].number, as_json=False)))  # noqa: B023
                    found.setdefault("answer", []).append(spent)
                owner.execute("truncate bench_parcel")
                owner.execute("checkpoint")
                spent = meter.spent(lambda: bare(owner, columns, chunks))  # noqa: B023
                if number:
                    found.setdefault("bare copy", []).append(spent)
    return told(rows, rounds, found, counts)


def told(rows: int, rounds: int, found: dict[str, list[dict[str, float]]], counts: dict[str, Any]) -> dict[str, Any]:
    """Medians a row in microseconds, thousands of rows a second, and the share of the bare COPY."""

    def middle(name: str, what: str) -> float:
        return statistics.median(one[what] for one in found[name])

    def cpu(name: str) -> float:
        return statistics.median(one["ours"] + one["database"] for one in found[name])

    figures = {}
    for name in found:
        figures[name] = {
            "us_wall": round(middle(name, "wall") / rows * 1e6, 2),
            "us_ours": round(middle(name, "ours") / rows * 1e6, 2),
            "us_database": round(middle(name, "database") / rows * 1e6, 2),
            "thousand_a_second": round(rows / middle(name, "wall") / 1e3, 1),
            "share_of_bare_wall": round(middle("bare copy", "wall") / middle(name, "wall"), 3),
            "share_of_bare_cpu": round(cpu("bare copy") / cpu(name), 3),
        }
    return {"rows": rows, "rounds": rounds, "chunk": CHUNK, "figures": figures, "verdicts": counts}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    try:
        start.ensure_database()
        before = machine()
        figures = measure(given.rows, given.rounds)
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "parcels.json").write_text(json.dumps({"machine": before, **figures}, indent=1) + "\n")
        for name, one in figures["figures"].items():
            print(f"{name:24} {one}")
    finally:
        from customhouse.house.embedded import Server

        Server().stop()


if __name__ == "__main__":
    main()
