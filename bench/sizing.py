"""What machines a nation's parcels need, computed from what was measured: the tables of docs/sizing.md.

`python -m bench.sizing --measure` weighs what a parcel takes on disk and what counting a day costs (bench/results/sizing.json);
`python -m bench.sizing` computes the tables from bench/results/*.json and the prices given, and writes them into the page.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path
from typing import Any, NamedTuple

from bench.machine import RESULTS, write

PAGE = Path(__file__).parents[1] / "docs/sizing.md"
BEGIN, END = "<!-- made by bench.sizing: begin -->", "<!-- made by bench.sizing: end -->"
CASES = (("Island", 2_000), ("Country", 4_000_000), ("Union", 12_000_000), ("Continent", 20_000_000))
MACHINE_CORES = 8


class Given(NamedTuple):
    """What is assumed and may be given otherwise: prices, how a day is shaped, how busy machines may be, how long is kept."""

    core_hour: float = 0.04
    gb_month: float = 0.08
    months: int = 36
    copies: int = 2
    peak_share: float = 0.15
    busy: float = 0.5
    consolidation: int = 8_000


class Measured(NamedTuple):
    """Of one parcel: CPU microseconds of clearing and answering (the program, the database) and of counting it for a later
    consolidation of the day, bytes where it rests and where it has a file, and how many of a thousand have one."""

    program_us: float
    database_us: float
    day_us: float
    bytes: float
    file_bytes: float
    file_share: float
    taken: str


class Need(NamedTuple):
    """What so many parcels a day need; cost in the currency of the prices, for a million parcels."""

    program_cores: float
    database_cores: float
    machines: int
    gb_year: float
    minutes_bulk: float
    cost: float


def measured() -> Measured:
    """From the results. Raises SystemExit where a bench has not been run."""
    parcels, own = _result("parcels"), _result("sizing")
    clear, answer = parcels["figures"]["csv, meridia"], parcels["figures"]["answer"]
    counts = parcels["verdicts"]["csv, meridia"]
    return Measured(
        clear["us_ours"] + answer["us_ours"], clear["us_database"] + answer["us_database"], own["day_us"], own["bytes"],
        own["file_bytes"], counts["file"] / sum(counts.values()), parcels["machine"]["taken"][:10],
    )  # fmt: skip


def _result(name: str) -> dict[str, Any]:
    path = RESULTS / f"{name}.json"
    if not path.exists():
        raise SystemExit(f"{path.name} is not there: run its bench first (python -m bench.{name}, here with --measure)")
    return dict(json.loads(path.read_text()))


def need(parcels: int, m: Measured, given: Given) -> Need:
    """The cores of the busiest hour at the load they may have, and what a year fills."""
    # each consolidation first counts what was taken before on the day: half of it, on average
    day_us = m.day_us * parcels / 2 / min(given.consolidation, parcels)
    hour = parcels * given.peak_share / 3600 / 1e6 / given.busy
    program, database = hour * (m.program_us + day_us), hour * m.database_us
    stored = m.bytes + m.file_share * m.file_bytes
    cores = max(2, math.ceil(program) + math.ceil(database))
    apart = math.ceil(program / MACHINE_CORES) + math.ceil(database / MACHINE_CORES)
    machines = 1 if cores <= MACHINE_CORES else apart
    disk = stored * 1e6 / 1e9 * given.months * given.gb_month * given.copies
    cost = cores * 24 * given.core_hour / (parcels / 1e6) + disk
    minutes = parcels * (m.program_us + m.database_us) / 1e6 / 60
    return Need(program, database, machines, parcels * 365 * stored / 1e9, minutes, cost)


def tables(m: Measured, given: Given) -> str:
    """The part of the page that is made."""
    lines = [
        f"Measured {m.taken}: {m.program_us:.1f} µs of the program and {m.database_us:.1f} µs of PostgreSQL a parcel (CSV, law of "
        f"Meridia, answer included), {m.day_us:.1f} µs to count a parcel for a later consolidation of the same day; {m.bytes:.0f} "
        f"bytes at rest, {m.file_bytes:.0f} more for each of the {m.file_share * 1000:.0f} in a thousand that have a file.",
        "",
        f"Assumed: {given.peak_share:.0%} of a day in its busiest hour, cores {given.busy:.0%} busy then, consolidations of "
        f"{given.consolidation:,} parcels, {given.months} months kept in {given.copies} copies, {given.core_hour:.2f} a core-hour, "
        f"{given.gb_month:.2f} a GB-month, cores that run all day, two of them at least, in machines of {MACHINE_CORES}.",
        "",
        "| | parcels a day | cores, program | cores, PostgreSQL | machines | disk a year, GB | a whole day at once, core-minutes | "
        "cost a million |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, parcels in CASES:
        n = need(parcels, m, given)
        lines.append(
            f"| {name} | {parcels:,} | {n.program_cores:.3f} | {n.database_cores:.3f} | {n.machines} | {n.gb_year:,.1f} | "
            f"{n.minutes_bulk:,.1f} | {n.cost:,.2f} |"
        )
    if (RESULTS / "spark.json").exists():
        s = _result("spark")
        lines += [
            "",
            f"Under Spark (local[{s['workers']}], {s['rows']:,} parcels, {s['machine']['taken'][:10]}): "
            f"{s['figures']['spark']['us_cpu']:.1f} µs of CPU a parcel against {s['figures']['local']['us_cpu']:.1f} of one process, "
            f"{s['per_core_cpu']:.2f} of its speed per core by CPU and {s['per_core_wall']:.2f} by wall; start-up "
            f"{s['startup_seconds']:.0f} s; the same bytes.",
        ]
    return "\n".join(lines)


def written(page: str, made: str) -> str:
    """The page with this part between its markers."""
    head, rest = page.split(BEGIN)
    _, tail = rest.split(END)
    return f"{head}{BEGIN}\n\n{made}\n\n{END}{tail}"


def weigh(rows: int = 40_000) -> dict[str, float]:
    """Bytes of parcels at rest and in files, and CPU of counting them for others of the day."""
    from datetime import UTC, datetime

    import numpy as np

    from customhouse.clearance.line import Context
    from customhouse.clearance.parcel import ParcelLine
    from customhouse.house.consolidation import kernel_of
    from customhouse.house.lawbooks import embedded_book
    from customhouse.ledger.chain import START
    from customhouse.record.history import NO_HISTORY
    from customhouse.record.parcel import NAMES, Consolidation
    from customhouse.registry.rows import declaration_row, entry_row
    from customhouse.simulator.parcels import parcels
    from customhouse.stream.parcels import counters
    from customhouse.stream.parcels.day import Day
    from customhouse.stream.parcels.rows import Table, settle, strings
    from customhouse.stream.parcels.segment import fingerprints, packed

    at = datetime(2026, 11, 26, 8, tzinfo=UTC)
    of = Consolidation("XM100000009", "SIZE", "XM000040", "5", "XM")
    context = Context(embedded_book().on(at.date()), at, b"k" * 32)
    kernel = kernel_of(context, of, {}, counters.NOBODY)
    made = list(parcels(rows, "sizing"))
    table = Table(np.arange(1, rows + 1), strings([[getattr(p, n) for n in NAMES] for p in made]), [])
    settled, _ = settle(table)
    found = kernel.judge(settled, 7, Day())
    rest = sum(len(part) for part in (*packed(found), fingerprints(found)))
    line = ParcelLine(of, context)
    files = [f for n in range(400) if (f := line(int(found.number[n]), made[n], NO_HISTORY, (0, 0)).file) is not None]
    weights = []
    for new in files:
        row, last = entry_row(new.entry, START, new.source)
        head = declaration_row(new.declaration, new.declaration.id, new.digest, last, new.entry.at, new.entry.at)
        weights.append(sum(len(v) if isinstance(v, bytes | str) else 8 for v in (*row, *head)))
    began = time.process_time()
    settled, _ = settle(table)
    Day().add(counters.keys(settled, of.declarant), found.value, found.number)
    spent = time.process_time() - began
    return {
        "rows": rows, "bytes": round(rest / rows, 1), "file_bytes": round(float(np.mean(weights)), 0),
        "day_us": round(spent / rows * 1e6, 2),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", action="store_true")
    for name, value in Given._field_defaults.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    told = vars(parser.parse_args())
    if told.pop("measure"):
        write("sizing", weigh())
    made = tables(measured(), Given(**told))
    PAGE.write_text(written(PAGE.read_text("utf-8"), made), "utf-8")
    print(made)


if __name__ == "__main__":
    main()
