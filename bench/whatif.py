"""What-if over stored parcels: a draft criterion of four predicates on 1 and 10 million of them, against polars written by hand.

`python -m bench.whatif [--rows 1000000 10000000] [--rounds 5]`. 200,000 made-up parcels are judged by the kernel and packed as they
rest; their segments are then repeated under other numbers, a million a day. Three ways, alternating, medians of wall and CPU:
`scan` asks the criterion through the house's own evaluator and sums what it hits, `polars` does the same over the very same files
by a query written by hand (where polars can be imported; it is no dependency of the house), `answer` is all that a back-test
tells: lanes before and after, finds, medians, months, offices, declarants, chapters, headings, origins, a sample.
"""

# ruff: noqa: E402
from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from bench.machine import write
from customhouse.clearance.line import Context
from customhouse.clearance.parcel import ParcelLine
from customhouse.house.lawbooks import embedded_book
from customhouse.law.rules.syntax import read
from customhouse.offices.risk.backtest import Trial
from customhouse.record.lanes import Lane
from customhouse.record.parcel import NAMES, Consolidation
from customhouse.registry.parcel_past import Of, Segment
from customhouse.registry.segment import unpacked
from customhouse.simulator.parcels import parcels
from customhouse.stream.abreast import abreast
from customhouse.stream.backtest import STAKE, backtest
from customhouse.stream.criteria import Criteria
from customhouse.stream.facts import Text
from customhouse.stream.parcels.day import Day
from customhouse.stream.parcels.kernel import Eyes, Kernel
from customhouse.stream.parcels.past import Outcomes, Stored, columns
from customhouse.stream.parcels.rows import Table, settle, strings
from customhouse.stream.parcels.segment import packed
from customhouse.stream.parcels.shelf import Shelf

SEED_ROWS, CHUNK, A_DAY = 200_000, 40_000, 1_000_000
FIRST = date(2026, 1, 1)
OF = Consolidation("XM100000009", "BENCH", "XM000040", "5", "XM")
RULE = (
    "starts(code, '61', '85', '95') and origin in ('CN', 'TR') and value_per_kg < 5000 and consignee_parcels_today > 0"
)
FACTS = frozenset({"code", "origin", "value_per_kg", "consignee_parcels_today", "declarant", *STAKE})


def seeds() -> list[tuple[bytes, bytes]]:
    """The packed segments of parcels that the kernel judged."""
    law, made, day = embedded_book().on(FIRST), list(parcels(SEED_ROWS, "whatif")), Day()
    line = ParcelLine(OF, Context(law, datetime(2026, 1, 1, tzinfo=UTC), b"b" * 32))
    kernel, found = Kernel(law, OF, Eyes(b"b" * 32), line), []
    for start in range(0, SEED_ROWS, CHUNK):
        some = made[start : start + CHUNK]
        table = Table(
            np.arange(start + 1, start + len(some) + 1), strings([[getattr(p, n) for n in NAMES] for p in some]), []
        )
        found.append(packed(kernel.judge(settle(table)[0], 1, day)))
    return found


class Made:
    """So many parcels on a shelf."""

    def __init__(self, folder: Path, rows: int, packs: Sequence[tuple[bytes, bytes]]) -> None:
        law = embedded_book().on(FIRST)
        self.national, self.of, self.days = (law.country, str(law.currency)), {}, {}
        for n in range(rows // CHUNK):
            day = FIRST + timedelta(n * CHUNK // A_DAY)
            consolidation = 1 + n // len(packs)
            self.of[consolidation] = Of(OF, day, "")
            self.days.setdefault(day, []).append(Segment(consolidation, n % len(packs), day, CHUNK, f"{n:08d}"))

        def blobs(of: Sequence[Segment], side: str) -> Iterator[tuple[Segment, bytes]]:
            for one in of:
                yield one, packs[one.place][side == "texts"]

        self.folder, self.shelf = folder, Shelf(folder, blobs, unpacked)

    def stored(self) -> Iterator[Stored]:
        for day, segments in self.days.items():
            for part in self.shelf.day(day, segments):
                yield Stored(part, self.shelf, segments, self.of, self.national)

    def scan(self) -> dict[str, Any]:
        """Hits, what they are worth and owe, by lane, heading and origin."""
        criteria, sums = Criteria([read(RULE, {})], {}), [0, 0, 0]
        groups: list[Counter[str]] = [Counter(), Counter(), Counter()]

        def scanned(one: Stored) -> tuple[list[int], list[dict[str, int]]]:
            facts = one.facts().facts(FACTS)
            rows = criteria.run(facts).rows[0]
            lane = one.part.coded("lane")
            columns = (Text(_words(lane), lane.code), facts.items["code"], facts.items["origin"])
            found = [len(rows), *(int(facts.header[name][rows].sum()) for name in STAKE)]
            return found, [_by_name(c, rows, size) for c, size in zip(columns, (None, 4, None), strict=True)]

        for found, counts in abreast(scanned, self.stored()):
            sums = [a + b for a, b in zip(sums, found, strict=True)]
            for into, more in zip(groups, counts, strict=True):
                into.update(more)
        return {"sums": sums, "groups": [dict(one) for one in groups]}

    def answer(self) -> Any:
        """The whole back-test."""
        nothing = Outcomes.read(iter(()))
        return backtest(
            [Trial("draft", RULE, Lane.YELLOW)], (columns(one, FACTS, nothing) for one in self.stored()), {}
        )[0]

    def polars(self) -> dict[str, Any]:
        """The same as `scan`, by hand."""
        import polars as pl

        grams = (pl.col("net_mass").cast(pl.Int64) + 500) // 1000
        value = pl.col("value").cast(pl.Int64)
        hits = (
            pl.scan_ipc(sorted(p for p in self.folder.glob("*.arrow") if p.name.count(".") == 2))
            .filter(
                (pl.col("consignee_parcels_today") > 0)
                & pl.col("origin").is_in(["CN", "TR"])
                & (pl.when(grams > 0).then(value * 1000 // grams).otherwise(0) < 5000)
                & pl.col("code").cast(pl.String).str.slice(0, 2).is_in(["61", "85", "95"])
            )
            .select(
                "lane",
                pl.col("code").cast(pl.String).str.slice(0, 4),
                "origin",
                value,
                pl.col("payable").cast(pl.Int64),
            )
            .collect()
        )
        sums = hits.select(
            pl.len().alias("n"), pl.col("value").sum().alias("v"), pl.col("payable").sum().alias("p")
        ).row(0)
        groups = [
            {str(k): n for k, n in hits.group_by(name).agg(pl.len().alias("n")).iter_rows()}
            for name in ("lane", "code", "origin")
        ]
        return {"sums": list(sums), "groups": groups}


def _by_name(column: Text, rows: Any, size: int | None) -> Counter[str]:
    counts, made = np.bincount(column.code[rows], minlength=len(column.words)), Counter[str]()
    for n in np.flatnonzero(counts):
        made[column.words.words[n][:size]] += int(counts[n])
    return made


def _words(lane: Any) -> Any:
    from customhouse.stream.facts import Words

    return Words(lane.words.to_pylist())


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    cpu, clock = time.process_time(), time.perf_counter()
    found = work()
    return time.perf_counter() - clock, time.process_time() - cpu, found


def measure(rows: int, rounds: int, packs: Sequence[tuple[bytes, bytes]], *, against: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        made = Made(Path(folder), rows, packs)
        first, _, kept = timed(lambda: sum(len(one.part) for one in made.stored()))
        size = sum(p.stat().st_size for p in Path(folder).glob("*.arrow"))
        ways = {"scan": made.scan, "answer": made.answer} | ({"polars": made.polars} if against else {})
        spent: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        found: dict[str, Any] = {}
        for number in range(rounds + 1):  # the first one warms up
            for name, work in ways.items():
                wall, cpu, found[name] = timed(work)
                if number:
                    spent[name].append((wall, cpu))
        if against:
            assert found["scan"] == found["polars"], (found["scan"], found["polars"])
        assert found["answer"].hits == found["scan"]["sums"][0]
        told: dict[str, Any] = {
            "parcels": kept, "hits": found["answer"].hits, "files made first s": round(first, 2), "bytes a parcel": round(size / kept, 1)
        }  # fmt: skip
        for name, both in spent.items():
            wall, cpu = (statistics.median(one[n] for one in both) for n in (0, 1))
            told |= {
                f"{name} s": round(wall, 4),
                f"{name} CPU s": round(cpu, 4),
                f"{name} M parcels/s": round(kept / wall / 1e6, 1),
            }
        if against:
            told["scan, share of polars, wall"] = round(told["polars s"] / told["scan s"], 2)
            told["scan, share of polars, CPU"] = round(told["polars CPU s"] / told["scan CPU s"], 2)
        return told


def polars_here() -> str:
    """The version of polars; empty where it cannot be imported."""
    try:
        import polars
    except ImportError:
        return ""
    return str(polars.__version__)


def show(figures: dict[str, dict[str, Any]]) -> None:
    for rows, told in figures.items():
        print(rows, *(f"  {name:32} {value}" for name, value in told.items()), sep="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    version = polars_here()
    packs = seeds()
    figures = {f"{rows:,}": measure(rows, given.rounds, packs, against=bool(version)) for rows in given.rows}
    show(figures)
    write(
        "whatif",
        {"rule": RULE, "judged by the kernel, then repeated": SEED_ROWS, "polars": version, "figures": figures},
    )


if __name__ == "__main__":
    main()
