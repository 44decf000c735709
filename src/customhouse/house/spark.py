"""The four steps of `stream.parcels.engine` under Apache Spark: `mapInArrow` for each, one behind the other.

Spark gives out places in the work and gets told what is done; rows never pass through the JVM, which reads no Parquet and moves none: on
two cores it took a third of all CPU when it did. The bundle reaches the executors as a broadcast, through Spark and not through a
file. Every executor needs customhouse with the extra `parcels` and reaches the files and the folder of verdicts under the same
names. A task that failed, or whose Python process was killed, is done again by Spark (`spark.task.maxFailures`, `local[2,4]`) and
writes the same. Needs the extra `spark` and Java 17.
"""

from __future__ import annotations

import gc
import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from customhouse.house.bundle import Bench, Bundle
from customhouse.house.fault import HouseProblem
from customhouse.house.judging import Order, engine_of
from customhouse.stream.parcels.engine import TAKEN, Part, Piece, Work

SCHEMA = "told binary"
PORTION = 500_000
"""Rows whose numbers are met in one place, about; 100 bytes each."""
TASKS = 4
"""Tasks of a step for each core, at least, where there are so many pieces: short ones, so that no core waits long at the end."""
PIECES = 16
"""Pieces of a task at most: what is done again where one failed."""
_LIGHT = {
    "spark.ui.enabled": "false",
    # a JVM that only gives out tasks needs neither the second compiler nor threads that collect its garbage
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}
_benches: dict[str, Bench] = {}


def parts_of(order: Order, bundle: Bundle, work: Work, master: str) -> list[Part]:
    """Judge the pieces under Spark. Raises HouseProblem where there is none."""
    session = opened(master)
    try:
        return judged(session, order, bundle, work)
    finally:
        session.stop()


def opened(master: str) -> Any:
    """A session; `master` as Spark writes it, the one of spark-submit where it is empty."""
    try:
        from pyspark.sql import SparkSession
    except ImportError as fault:
        raise HouseProblem(
            f"--engine spark needs the extra `spark`: ./customhouse install spark, or pip install 'customhouse[spark]' ({fault})"
        ) from None
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("customhouse parcels")
    if master:
        builder = builder.master(master)
    if master.startswith("local"):
        builder = builder.config(map=_LIGHT)
    return builder.getOrCreate()


def judged(session: Any, order: Order, bundle: Bundle, work: Work) -> list[Part]:
    """The parts of the verdicts, judged in a session that is open."""
    workers = session.sparkContext.defaultParallelism
    met = work.rows + len(bundle.past) // TAKEN.itemsize
    work = msgspec.structs.replace(work, portions=max(workers, math.ceil(met / PORTION)))
    held, digest = session.sparkContext.broadcast(bundle), bundle.digest
    engine = engine_of(order, Bench(bundle), work)

    def done(step: str, work: Work) -> Iterable[bytes]:
        places = engine.places(step)
        tasks = min(places, max(TASKS * workers, math.ceil(places / PIECES)))
        given = session.range(0, places, 1, tasks)
        told = given.mapInArrow(_step(step, order, (held, digest), work), SCHEMA).collect()
        return (row.told for row in told)

    try:
        pieces = [msgspec.json.decode(told, type=Piece) for told in done("prepare", work)]
        work = work.prepared(pieces)
        for step in ("recognise", "count"):
            done(step, work)
        return [msgspec.json.decode(told, type=Part) for told in done("finish", work)]
    finally:
        held.destroy()


def _step(name: str, order: Order, held: tuple[Any, str], work: Work) -> Callable[[Iterator[Any]], Iterator[Any]]:
    def run(batches: Iterator[Any]) -> Iterator[Any]:
        bench, new = _bench(*held)
        yield from getattr(engine_of(order, bench, work), name)(batches)
        if (
            new
        ):  # Spark's workers go through all that lives in them after each task: what stays need not be gone through
            gc.collect()
            gc.freeze()

    return run


def _bench(held: Any, digest: str) -> tuple[Bench, bool]:
    """The bundle unpacked in this process, once, and kept from task to task; whether it was now."""
    if new := digest not in _benches:
        gc.unfreeze()
        _benches.clear()
        _benches[digest] = Bench(held.value)
    return _benches[digest], new
