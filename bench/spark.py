"""Parcels judged under Spark on this machine against one process: per core, after start-up, and byte by byte.

`python -m bench.spark [--rows 2000000] [--rounds 3] [--workers 2]`: the same Parquet file, the same bundle, the same law. The one
process judges piece by piece in order; Spark runs `local[workers]`. Start-up (JVM, Python workers, the law opened in each) is told
apart: each side judges small files before each round. Wall time is compared per core that was given, CPU as it was spent (the process tree,
JVM included). The SHA-256 of every part of the verdicts must be the same.
"""

from __future__ import annotations

import argparse
import gc
import os
import shutil
import statistics
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet

from bench.folder import FOLDER
from bench.machine import Watch, write
from customhouse.house import spark, start
from customhouse.house.bundle import Bench, Bundle, made
from customhouse.house.judging import Order, engine_of, work_of
from customhouse.record.parcel import NAMES
from customhouse.simulator.parcels import parcels
from customhouse.stream.parcels.engine import Part

DECLARANT = "XM100000009"
GROUP = 40_000
"""Rows of a row group: the pieces that Spark gives out."""


def file(name: str, rows: int) -> Path:
    path = FOLDER / name / "parcels.parquet"
    path.parent.mkdir()
    columns: dict[str, list[str]] = {n: [] for n in NAMES}
    with parquet.ParquetWriter(path, pa.schema([(n, pa.string()) for n in NAMES]), compression="zstd") as writer:
        for count, parcel in enumerate(parcels(rows, name), 1):
            for n in NAMES:
                columns[n].append(getattr(parcel, n))
            if count % GROUP == 0 or count == rows:
                writer.write_table(pa.table(columns), row_group_size=GROUP)
                columns = {n: [] for n in NAMES}
    return path


class Run:
    """One file judged by one or the other, into a folder of its own."""

    def __init__(self, path: Path, bundle: Bundle, name: str) -> None:
        self.order = Order((str(path),), DECLARANT, "XM000040", "5", str(FOLDER / name))
        self.bundle, self.work = bundle, work_of(self.order, bundle)
        self.work.to.make()
        self.work.aside.make()

    def locally(self, engine: Any) -> list[Part]:
        return list(engine.in_order())

    def under_spark(self, session: Any) -> list[Part]:
        return sorted(spark.judged(session, self.order, self.bundle, self.work), key=lambda part: part.name)


def spent(work: Callable[[], Sequence[Part]]) -> tuple[dict[str, float], list[str]]:
    """Wall and CPU seconds of this process and all below it (of Spark also the JVM's and its Python workers' apart), and what was
    written."""
    began = time.perf_counter()
    with Watch(os.getpid()) as watch:
        parts = work()
        told = {"wall": time.perf_counter() - began}
    found = watch.seconds()
    told |= {
        "jvm": found.get("java", 0),
        "workers": sum(cpu for name, cpu in found.items() if name.startswith("python")),
    }
    told["own"] = found["self"]
    return told, [part.sha256 for part in parts]


def warm_spark(session: Any, path: Path, bundle: Bundle) -> None:
    """Every Python worker has judged something: Spark ends those that had nothing to do for a minute, as while one process judged."""
    for _ in range(2):
        warm = Run(path, bundle, f"spark-small-{uuid.uuid4()}")
        warm.under_spark(session)
        shutil.rmtree(warm.order.to)


def measure(rows: int, rounds: int, workers: int) -> dict[str, Any]:
    bundle = made(DECLARANT, 1)
    small, large = file("small", 80_000), file("large", rows)
    began = time.perf_counter()
    session = spark.opened(f"local[{workers}]")
    warm_spark(session, small, bundle)
    up = time.perf_counter() - began
    warm, bench = Run(small, bundle, "local-small"), Bench(bundle)
    warm.locally(engine_of(warm.order, bench, warm.work))
    gc.freeze()  # as Spark's workers do
    found: dict[str, list[dict[str, float]]] = {"local": [], "spark": []}
    written: list[list[str]] = []
    for n in range(rounds):
        one, other = Run(large, bundle, f"local-{n}"), Run(large, bundle, f"spark-{n}")
        engine = engine_of(one.order, bench, one.work)
        for name, work in (("local", lambda: one.locally(engine)), ("spark", lambda: other.under_spark(session))):  # noqa: B023
            if name == "spark":
                warm_spark(session, small, bundle)
            told, digests = spent(work)
            # a JVM that waits has no part in what one process does
            told["cpu"] = told["own"] + (told["jvm"] + told["workers"] if name == "spark" else 0)
            found[name].append(told)
            written.append(digests)
            print(name, {k: round(v, 2) for k, v in told.items()}, flush=True)
        shutil.rmtree(one.order.to)
        shutil.rmtree(other.order.to)
    session.stop()
    if any(one != written[0] for one in written):
        raise SystemExit("the verdicts differ: Spark and one process did not write the same bytes")

    def middle(name: str, what: str) -> float:
        return statistics.median(one[what] for one in found[name])

    return {
        "rows": rows, "rounds": rounds, "workers": workers, "parts": len(written[0]), "same_bytes": True,
        "startup_seconds": round(up, 1),
        "figures": {
            name: {
                "us_wall": round(middle(name, "wall") / rows * 1e6, 2), "us_cpu": round(middle(name, "cpu") / rows * 1e6, 2),
                "thousand_a_second": round(rows / middle(name, "wall") / 1e3, 1),
                **{f"us_{what}": round(middle(name, what) / rows * 1e6, 2) for what in ("jvm", "workers") if name == "spark"},
            }
            for name in found
        },
        "per_core_wall": round(middle("local", "wall") / (middle("spark", "wall") * workers), 3),
        "per_core_cpu": round(middle("local", "cpu") / middle("spark", "cpu"), 3),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    try:
        start.ensure_database()
        figures = measure(given.rows, given.rounds, given.workers)
        write("spark", figures)
        print(figures)
    finally:
        from customhouse.house.embedded import Server

        Server().stop()


if __name__ == "__main__":
    main()
