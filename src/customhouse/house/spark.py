"""The four steps of `stream.parcels.engine` under Apache Spark: `mapInArrow` for each, and messages gathered between them.

The bundle reaches the executors as a broadcast, through Spark and not through a file. Every executor needs customhouse with the
extra `parcels` and reaches the files and the folder of verdicts under the same names. Needs the extra `spark` and Java 17.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from customhouse.house.bundle import Bench, Bundle
from customhouse.house.fault import HouseProblem
from customhouse.house.judging import Order, engine_of
from customhouse.stream.parcels.cuts import Cut
from customhouse.stream.parcels.engine import DONE, Part, Work, pieces

SCHEMA = "to int, kind int, data binary"
AT_ONCE = 4
"""Messages in one batch: each holds as many rows as a chunk sends to one place."""
PORTION = 500_000
"""Rows whose numbers are gathered in one place, about; 60 bytes each."""
_benches: dict[str, Bench] = {}


def parts_of(order: Order, bundle: Bundle, work: Work, cuts: Sequence[Cut], master: str) -> list[Part]:
    """Judge the pieces under Spark. Raises HouseProblem where there is none."""
    session = opened(master)
    try:
        return judged(session, order, bundle, work, cuts)
    finally:
        session.stop()


def opened(master: str) -> Any:
    """A session; `master` as Spark writes it, the one of spark-submit where it is empty."""
    try:
        from pyspark.sql import SparkSession
    except ImportError as fault:
        raise HouseProblem(
            f"--engine spark needs the extra `spark`: pip install customhouse[spark] ({fault})"
        ) from None
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("customhouse parcels")
    if master:
        builder = builder.master(master).config("spark.ui.enabled", "false")
    return builder.getOrCreate()


def judged(session: Any, order: Order, bundle: Bundle, work: Work, cuts: Sequence[Cut]) -> list[Part]:
    """The parts of the verdicts, judged in a session that is open."""
    rows = sum(cut.rows for cut in cuts)
    workers = session.sparkContext.defaultParallelism
    work = msgspec.structs.replace(work, portions=max(workers, math.ceil(rows / PORTION)))
    session.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", str(AT_ONCE))
    held, digest = session.sparkContext.broadcast(bundle), bundle.digest
    begun = pieces(cuts, past=bool(bundle.past))
    gathered = 4 * work.portions
    try:
        frame = session.createDataFrame(begun, SCHEMA).repartition(len(begun), "to")
        for name, places in (("prepare", work.portions), ("recognise", gathered), ("count", len(cuts))):
            frame = frame.mapInArrow(_step(name, order, (held, digest), work), SCHEMA).repartition(places, "to")
        told = frame.mapInArrow(_step("finish", order, (held, digest), work), SCHEMA).collect()
    finally:
        held.destroy()
    return [msgspec.json.decode(row.data, type=Part) for row in told if row.kind == DONE]


def _step(name: str, order: Order, held: tuple[Any, str], work: Work) -> Callable[[Iterator[Any]], Iterator[Any]]:
    def run(batches: Iterator[Any]) -> Iterator[Any]:
        yield from getattr(engine_of(order, _bench(*held), work), name)(batches)

    return run


def _bench(held: Any, digest: str) -> Bench:
    """The bundle unpacked in this process: once, and kept from task to task."""
    if digest not in _benches:
        _benches.clear()
        _benches[digest] = Bench(held.value)
    return _benches[digest]
