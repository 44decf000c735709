"""Segments of parcels: bytes and CPU a parcel, and what it costs to find one again.

`python -m bench.segments [--rows 200000] [--days 10]`: a consolidation is cleared on each of several days in chunks of 40,000; its
verdicts are packed again and again, and its segments stored as the only work of the database. Parcels are then looked up by number,
by reference and by words, over everything stored and over a day. Medians; CPU of the database is that of its process tree.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from bench import parcels as of_parcels
from bench.machine import RESULTS, machine
from customhouse.house import start
from customhouse.record.parcel import Consolidation

TIMES = 30


def cleared(rows: int, days: int) -> list[int]:
    """The numbers of consolidations of the same parcels, one a day."""
    from customhouse.house.consolidation import clear

    path = of_parcels.files(rows)["csv"]
    found = []
    for n in range(days):
        day = of_parcels.FIRST + timedelta(n)
        of = Consolidation(f"XM{300 + n:09d}", f"segments {n}", "XM000040", "5")
        at = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
        found.append(clear(path, of, by="bench", at=at).number)
    return found


def cpu(work: Callable[[], Any], rows: int) -> float:
    """Microseconds of CPU a row, the median of several times."""
    spent = []
    for _ in range(9):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return round(statistics.median(spent) / rows * 1e6, 3)


def packing() -> dict[str, float]:
    """CPU a parcel of packing one chunk as it was judged, and of reading it."""
    import numpy as np

    from customhouse.clearance.context import context_now
    from customhouse.clearance.parcel import ParcelLine
    from customhouse.record.parcel import NAMES
    from customhouse.registry import segment as layout
    from customhouse.simulator.parcels import parcels
    from customhouse.stream.parcels import segment
    from customhouse.stream.parcels.day import Day
    from customhouse.stream.parcels.kernel import Eyes, Kernel
    from customhouse.stream.parcels.rows import Table, settle, strings

    size = of_parcels.CHUNK
    context = context_now(datetime(2026, 2, 2, 8, tzinfo=UTC))
    of = Consolidation("XM100000009", "P", "XM000040", "5", context.law.country)
    made = [[getattr(p, n) for n in NAMES] for p in parcels(size, "bench")]
    rows, _ = settle(Table(np.arange(1, size + 1), strings(made), []))
    kernel = Kernel(context.law, of, Eyes(context.draw_key), ParcelLine(of, context))
    found = kernel.judge(rows, 1, Day())
    facts, texts = segment.packed(found)
    return {
        "us_packed": cpu(lambda: segment.packed(found), size),
        "us_fingerprints": cpu(lambda: segment.fingerprints(found), size),
        "us_facts_read": cpu(lambda: segment.unpacked(facts), size),
        "us_texts_read": cpu(lambda: segment.unpacked(texts), size),
        "ms_one_read": round(cpu(lambda: layout.at(texts, [size // 3]), 1) / 1e3, 2),
    }


def storing(numbers: list[int], meter: of_parcels.Machine, rows: int) -> dict[str, float]:
    """CPU of the database a parcel of storing columns that are there already: the segments once more, taken back at the end."""
    from django.db import connection, transaction

    from customhouse.registry import parcel_packed

    blobs = list(parcel_packed.of(numbers[0]))
    spent = []
    with connection.cursor() as cursor:
        for _ in range(5):
            with transaction.atomic():
                cursor.execute("create temporary table again (facts bytea, texts bytea) on commit drop")
                cursor.execute("alter table again alter facts set storage external, alter texts set storage external")

                def all_of_it() -> None:
                    raw = parcel_packed.in_bytes(cursor)
                    for one in blobs:
                        raw.execute("insert into again values (%b, %b)", [one.facts, one.texts])

                spent.append(meter.spent(all_of_it))
    return {"us_database": round(statistics.median(s["database"] for s in spent) / rows * 1e6, 3)}


def looking(numbers: list[int], rows: int) -> dict[str, float]:
    """Milliseconds of wall to find parcels again."""
    from customhouse.registry import parcel_look, parcels

    chance = random.Random(7)
    some = [
        parcel_look.rows(chance.choice(numbers), after=chance.randrange(rows // 2), limit=1)[0] for _ in range(TIMES)
    ]
    again = itertools.cycle(some)

    def ms(work: Callable[[], Any], times: int = TIMES) -> float:
        spent = []
        for _ in range(times):
            began = time.perf_counter()
            work()
            spent.append(time.perf_counter() - began)
        return round(statistics.median(spent) * 1e3, 2)

    return {
        "ms_by_number": ms(lambda: parcels.parcel(next(again).number)),
        "ms_by_reference_everywhere": ms(lambda: parcel_look.find(next(again).parcel.reference, limit=len(numbers))),
        "ms_no_such_reference": ms(lambda: parcel_look.find("no such reference")),
        "ms_first_page": ms(lambda: parcel_look.rows(numbers[0], verdicts=["file"])),
        "ms_words_in_a_consolidation": ms(lambda: parcel_look.rows(numbers[0], words="tiles nobody"), 5),
    }


def measure(rows: int, days: int) -> dict[str, Any]:
    from django.db import connection

    numbers = cleared(rows, days)
    meter = of_parcels.Machine()
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*), sum(length(facts))::float / sum(parcels), sum(length(texts))::float / sum(parcels), "
            "sum(length(fingerprints))::float / sum(parcels) from parcel_segment"
        )
        segments, facts, texts, fingerprints = cursor.fetchone()
    sizes = {"facts": round(facts, 1), "texts": round(texts, 1), "fingerprints": round(fingerprints, 1)}
    return {
        "rows": rows, "consolidations": days, "segments": segments, "bytes_a_parcel": sizes, "packing": packing(),
        "storing": storing(numbers, meter, rows), "looking": looking(numbers, rows),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--days", type=int, default=10)
    given = parser.parse_args()
    try:
        start.ensure_database()
        figures = {"machine": machine(), **measure(given.rows, given.days)}
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "segments.json").write_text(json.dumps(figures, indent=1) + "\n")
        print(json.dumps(figures, indent=1))
    finally:
        from customhouse.house.embedded import Server

        Server().stop()


if __name__ == "__main__":
    main()
