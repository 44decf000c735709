"""Parcels: consolidations cleared from file to durable rows, against a bare COPY of the same rows with a primary key.

`python -m bench.parcels [--rows 200000] [--rounds 3] [--criteria 300] [--trees 500] [--workers 2] [--growth]`: JSON lines, CSV and
Parquet, under the law of Meridia, under it with nobody drawn at random, and under it with so many more criteria and a live model of
so many trees; alternating with the bare COPY on the same embedded PostgreSQL (every commit on disk), one stream. Every verdict and
segment is made; writing the answer is counted apart, and so is opening files, which comes after. Ratios are of wall time
and of CPU (ours with the workers', and the database's), medians. `--growth` also measures ten times the measures, the criteria, the
rows, and a register that holds all rows of the runs before. Writes bench/results/parcels.json.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import statistics
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as parquet

from bench.folder import FOLDER
from bench.machine import RESULTS, cpu_seconds, machine
from customhouse.house import start
from customhouse.house.options import parcel_workers
from customhouse.record.parcel import MARK, NAMES, ROWS, Consolidation
from customhouse.simulator.parcels import parcels as made_up
from customhouse.stream.parcels.kernel import HISTORY

CHUNK = 50_000
NULL = "\\N"
ROW_GROUP = 100_000
FORMS = ("jsonl", "csv", "parquet")
FIRST = date(2026, 3, 2)  # a day of its own for each run, so that counts of the day begin anew


def files(rows: int) -> dict[str, Path]:
    """The same parcels in each form, never all in memory: what it takes is not to be mistaken for what clearing takes."""
    paths = {form: FOLDER / f"parcels.{form}" for form in FORMS}
    made = made_up(rows, "bench")
    kinds = pa.schema([(name, pa.string()) for name in NAMES])
    with (
        paths["jsonl"].open("wb") as lines,
        paths["csv"].open("w", newline="", encoding="utf-8") as cells,
        parquet.ParquetWriter(paths["parquet"], kinds, compression="zstd") as columns,
    ):
        writer = csv.writer(cells, lineterminator="\n")
        writer.writerow(NAMES)
        while some := list(islice(made, ROW_GROUP)):
            lines.write(b"".join(msgspec.json.encode(p) + b"\n" for p in some))
            writer.writerows([getattr(p, n) for n in NAMES] for p in some)
            columns.write_table(pa.table({n: [getattr(p, n) for p in some] for n in NAMES}, schema=kinds))
    return paths


def publish(name: str, *, drawn: bool = True, criteria: int = 0, measures: int = 1) -> None:
    """Publish the law of Meridia: with nobody drawn, with so many more criteria as officers write them (`bench.rules`), with so many
    times its dated measures. What is published last is the law."""
    from bench.rules import LISTS, written
    from customhouse.kernel.validity import Validity
    from customhouse.law.book import bind
    from customhouse.law.pack import country_directory, read_pack
    from customhouse.law.terms import Criterion, ListEntry
    from customhouse.registry import lawbook

    pages = read_pack(country_directory("meridia"))
    always, words = Validity(date(2020, 1, 1)), {"en": "bench"}
    more = [Criterion(validity=always, id=f"B{n}", lane="YELLOW", text=words, expression=e)
            for n, e in enumerate(written(criteria))]  # fmt: skip
    entries = [
        ListEntry(validity=always, list=of, code=code, text=words) for of, codes in LISTS.items() for code in codes
    ]
    earlier = [
        msgspec.structs.replace(m, id=f"{m.id}-{n}", validity=Validity(date(1900 + n, 1, 1), date(1901 + n, 1, 1)))
        for m in pages.measures
        for n in range(1, measures)
    ]
    changes: dict[str, Any] = {"version": f"{pages.version}-{name}", "measures": (*pages.measures, *earlier)}
    if more:
        changes |= {"criteria": (*pages.criteria, *more), "entries": (*pages.entries, *entries)}
    if not drawn:
        changes["random_share"] = ()
    bound = bind(msgspec.structs.replace(pages, **changes))
    lawbook.publish(bound, by="bench", in_force=date(2020, 1, 1))


def model(trees: int) -> str:
    """Train and publish a model of so many trees of depth 6; its digest."""
    from catboost import CatBoostClassifier

    from customhouse.clearance import learn
    from customhouse.house import practice
    from customhouse.record.lanes import Lane
    from customhouse.record.targeting import ModelStep, Threshold
    from customhouse.registry import models_kept

    def make(seed: int) -> Any:
        return CatBoostClassifier(
            iterations=trees, depth=6, thread_count=1, verbose=0, allow_writing_files=False, random_seed=seed
        )

    now = datetime.now(UTC)
    made = learn.train(practice.cases(900, now.date()), simulated=True, make=make)
    digest = models_kept.register(made.data, made.card, made.facts, by="bench", at=now)
    for step, by in ((ModelStep.PROPOSED, "a"), (ModelStep.PUBLISHED, "b")):
        models_kept.take(digest, step, by=by, at=now, reason="bench", thresholds=(Threshold(Lane.YELLOW, 0.9),))
    return digest


def ours() -> float:
    """CPU seconds of this process and of the workers that ended."""
    return sum(os.times()[:4])


class Machine:
    """Wall and CPU of some work; the database's CPU is that of its whole process tree."""

    def __init__(self) -> None:
        self.postmaster = int(next(FOLDER.rglob("postmaster.pid")).read_text().split()[0])

    def spent(self, work: Callable[[], Any]) -> dict[str, float]:
        mine, its, began = ours(), cpu_seconds(self.postmaster), time.perf_counter()
        work()
        wall = time.perf_counter() - began
        return {"wall": wall, "ours": ours() - mine, "database": cpu_seconds(self.postmaster) - its}


def bare(connection: Any, columns: str, copied: Path, ends: list[int]) -> None:
    """The limit: the same rows, one transaction for each chunk, a primary key, nothing else."""
    with copied.open("rb") as file, connection.cursor() as cursor:
        for size in (end - begin for begin, end in pairwise([0, *ends])):
            cursor.execute("begin")
            with cursor.copy(f"copy bench_parcel ({columns}) from stdin") as copy:
                copy.write(file.read(size))
            cursor.execute("commit")


COLUMNS = ("id", "mrn", "verdict", "lane", *NAMES, "value", "duty", "payable", *HISTORY, "told")
WHOLE = {"id", "value", "duty", "payable", *HISTORY}


def as_rows(path: Path, answer: Path, number: int, to: Path) -> list[int]:
    """The parcels of a file with their verdicts as PostgreSQL copies rows, into a file; where each chunk of them ends in it."""
    ends = []
    with path.open("rb") as file, answer.open(encoding="utf-8", newline="") as told, to.open("wb") as rows:
        for n, (line, one) in enumerate(zip(file, csv.DictReader(told), strict=True), 1):
            assert int(one["line"]) == n
            if one["verdict"] != "unreadable":
                declared = msgspec.json.decode(line)
                row = [str(MARK + number * ROWS + n), one["mrn"] or NULL, one["verdict"], one["lane"] or NULL]
                row += [declared.get(name, "") for name in NAMES]
                row += [one["value"] or "0", one["payable"] or "0", one["payable"] or "0", *("0" for _ in HISTORY)]
                row.append(one["reasons"].replace("\\", "\\\\") or NULL)
                rows.write("\t".join(row).encode() + b"\n")
            if n % CHUNK == 0:
                ends.append(rows.tell())
        ends.append(rows.tell())
    return ends


class Bench:
    """A house, the files, and what was found so far."""

    def __init__(self, rows: int, workers: int) -> None:
        import psycopg

        self.rows, self.workers, self.day = rows, workers, FIRST
        self.paths, self.meter = files(rows), Machine()
        self.found: dict[str, list[dict[str, float]]] = {}
        self.counts: dict[str, dict[str, int]] = {}
        self.owner = psycopg.connect(os.environ["CUSTOMHOUSE_OWNER_DATABASE_URL"], autocommit=True)
        kinds = ", ".join(f"{n} {'bigint' if n in WHOLE else 'text'}" for n in COLUMNS)
        self.owner.execute(f"create table bench_parcel ({kinds}, primary key (id))")
        self.copied, self.ends = FOLDER / "copied.rows", list[int]()

    def clear(self, form: str, law: str, *, keep: bool = True, path: Path | None = None) -> int:
        """Clear a file, and remember what it took; its number."""
        from customhouse.house.consolidation import clear

        self.day += timedelta(1)
        name = f"{form}, {law}"
        of = Consolidation(f"XM{200 + (self.day - FIRST).days:09d}", f"{name} {self.day}", "XM000040", "5")
        at = datetime(self.day.year, self.day.month, self.day.day, 8, tzinfo=UTC)
        done: list[Any] = []
        spent = self.meter.spent(
            lambda: done.append(
                clear(path or self.paths[form], of, by="bench", at=at, chunk=CHUNK, crew=lambda rows: self.workers)
            )
        )
        self.counts[name] = done[0].counts
        if keep:
            self.found.setdefault(name, []).append(spent)
        return int(done[0].number)

    def copy(self, number: int, *, keep: bool = True) -> None:
        """The bare COPY of the same rows, and the answer of the consolidation."""
        from customhouse.registry import parcels

        answer = FOLDER / "answer.csv"

        def told() -> None:
            with answer.open("wb") as file:
                file.writelines(parcels.answer(number, as_json=False))

        spent = {"answer": self.meter.spent(told)}
        self.ends = self.ends or as_rows(self.paths["jsonl"], answer, number, self.copied)
        self.owner.execute("truncate bench_parcel")
        self.owner.execute("checkpoint")
        spent["bare copy"] = self.meter.spent(lambda: bare(self.owner, ", ".join(COLUMNS), self.copied, self.ends))
        for name, one in spent.items():
            if keep:
                self.found.setdefault(name, []).append(one)

    def rounds(self, law: str, rounds: int) -> None:
        for number in range(rounds + 1):  # the first one warms up
            for form in FORMS:
                self.copy(self.clear(form, law, keep=bool(number)), keep=bool(number))


def measure(given: argparse.Namespace) -> dict[str, Any]:
    bench = Bench(given.rows, given.workers)
    publish("meridia")
    bench.rounds("meridia", given.rounds)
    publish("quiet", drawn=False)
    bench.rounds("nobody drawn", given.rounds)
    if given.criteria or given.trees:
        name = f"{given.criteria} criteria, {given.trees} trees"
        publish("full", criteria=given.criteria)
        if given.trees:
            model(given.trees)
        bench.rounds(name, given.rounds)
    growth = grown(bench, given) if given.growth else {}
    most = {"this_process": resource.RUSAGE_SELF, "a_worker": resource.RUSAGE_CHILDREN}
    memory = {f"mb_{name}": round(resource.getrusage(who).ru_maxrss / 1024) for name, who in most.items()}
    return told(bench, given) | {"workers": given.workers, "memory": memory, "growth": growth}


def grown(bench: Bench, given: argparse.Namespace) -> dict[str, float]:
    """Our CPU a row when something is ten times as much, against what it was: Parquet, nobody drawn, no model (the line above)."""

    def cpu(name: str) -> float:
        return statistics.median(one["ours"] for one in bench.found[f"parquet, {name}"])

    criteria = given.criteria or 300
    laws: dict[str, dict[str, Any]] = {
        "as it is": {}, "measures x10": {"measures": 10}, "criteria": {"criteria": criteria}, "criteria x10": {"criteria": 10 * criteria},
    }  # fmt: skip
    without_models()
    for name, changes in laws.items():
        publish(name.replace(" ", "-"), drawn=False, **changes)
        for number in range(given.rounds + 1):
            bench.clear("parquet", name, keep=bool(number))
    publish("again", drawn=False)
    for _ in range(given.rounds):  # by now the register holds the rows of every run before
        bench.clear("parquet", "much stored")
    tenfold = FOLDER / "tenfold.parquet"
    many = parquet.ParquetFile(bench.paths["parquet"])
    with parquet.ParquetWriter(tenfold, many.schema_arrow, compression="zstd") as writer:
        for n in range(10):
            for batch in many.iter_batches(ROW_GROUP):
                for name in ("reference", "consignee", "address"):  # ten times the people, not ten parcels to each
                    named = pa.array([f"{n} {text}" for text in batch[name].to_pylist()], pa.string())
                    batch = batch.set_column(batch.schema.get_field_index(name), name, named)
                writer.write_batch(batch)
    bench.clear("parquet", "rows x10", path=tenfold)
    told = {name: cpu(name) / cpu("as it is") for name in ("measures x10", "much stored")}
    told |= {
        "criteria x10": cpu("criteria x10") / cpu("criteria"),
        "rows x10, a row": cpu("rows x10") / cpu("as it is") / 10,
    }
    return {name: round(times, 2) for name, times in told.items()}


def without_models() -> None:
    from customhouse.record.targeting import ModelStep
    from customhouse.registry import models_kept

    for one in models_kept.on_line():
        models_kept.take(one.digest, ModelStep.RETIRED, by="bench", at=datetime.now(UTC), reason="bench")


def told(bench: Bench, given: argparse.Namespace) -> dict[str, Any]:
    """Medians a row in microseconds, thousands of rows a second, and the share of the bare COPY."""
    found, rows = bench.found, given.rows

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
    return {"rows": rows, "rounds": given.rounds, "chunk": CHUNK, "figures": figures, "verdicts": bench.counts}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--criteria", type=int, default=0)
    parser.add_argument("--trees", type=int, default=0)
    parser.add_argument("--workers", type=int, default=parcel_workers(1 << 30))
    parser.add_argument("--growth", action="store_true")
    given = parser.parse_args()
    try:
        start.ensure_database()
        before = machine()
        figures = measure(given)
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "parcels.json").write_text(json.dumps({"machine": before, **figures}, indent=1) + "\n")
        for name, one in figures["figures"].items():
            print(f"{name:40} {one}")
        print(figures["memory"], figures["growth"])
    finally:
        from customhouse.house.embedded import Server

        Server().stop()


if __name__ == "__main__":
    main()
