"""Real reduced data sets (H7): consolidations in which every row states more than a plain parcel, beside plain ones.

`python -m bench.reduced [--rows 50000] [--rounds 3]`: the same parcels as JSON lines and as WCO XML, saying nothing besides, stating NIIMP
on every row, and saying all that the annotated H7 samples of the British CDS say (two documents with numbers of their own, two
statements, a tax party, an agent, a previous document, a place). Cleared from file to sealed segments by one process, alternating; CPU of
ours and of the database a row, medians. `line` is one such row on the line by itself. Writes bench/results/reduced.json.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from bench.folder import FOLDER
from bench.machine import write
from bench.parcels import CHUNK, FIRST, Machine, publish
from customhouse.gates import wco_xml
from customhouse.house import start
from customhouse.record.history import NO_HISTORY
from customhouse.record.parcel import Consolidation, Parcel, lodgement
from customhouse.simulator.parcels import parcels

OF = Consolidation("", "REDUCED", "XM000040", "5", "XM")
SAYING: dict[str, dict[str, str]] = {
    "nothing besides": {},
    "NIIMP": {"statements": "NIIMP"},
    "as CDS samples": {
        "documents": "C635|GBICP{n}|AC; Y922|||No cat or dog fur", "statements": "NIIMP; 00500|IMPORTER",
        "tax_parties": "FR2|GB{n}", "agent": "XM100000017", "representation": "2", "previous": "Z271|GB/{n}", "location": "BELBFSBEL|A|U|XM",
    },
}  # fmt: skip
ALONE = 1000  # rows that the line is asked about by themselves


def rows(count: int, saying: str) -> Iterator[Parcel]:
    for n, parcel in enumerate(parcels(count, "reduced")):
        yield replace(parcel, **{name: text.format(n=n) for name, text in SAYING[saying].items()})


def files(count: int, saying: str) -> dict[str, Path]:
    """The parcels as JSON lines, and as messages inside one root, as a courier's system writes them."""
    name = saying.replace(" ", "-")
    paths = {form: FOLDER / f"{name}.{form}" for form in ("jsonl", "xml")}
    with paths["jsonl"].open("wb") as lines, paths["xml"].open("wb") as messages:
        messages.write(b"<Consolidation>\n")
        for parcel in rows(count, saying):
            lines.write(msgspec.json.encode(parcel) + b"\n")
            messages.write(wco_xml.write(lodgement(parcel, OF)).partition(b"?>")[2].strip() + b"\n")
        messages.write(b"</Consolidation>\n")
    return paths


def line(saying: str) -> float:
    """CPU of one row on the line, in microseconds."""
    from customhouse.clearance.context import context_now
    from customhouse.clearance.parcel import ParcelLine

    of = replace(OF, declarant="XM100000009")
    judge, made = ParcelLine(of, context_now(datetime.now(UTC))), list(rows(ALONE, saying))
    for number, parcel in enumerate(made):  # the law remembers what it was asked
        judge(number + 1, parcel, NO_HISTORY, (0, 0))
    began = time.process_time()
    for number, parcel in enumerate(made):
        judge(number + 1, parcel, NO_HISTORY, (0, 0))
    return (time.process_time() - began) / ALONE * 1e6


def measure(given: argparse.Namespace) -> dict[str, Any]:
    from customhouse.house.consolidation import clear

    publish("meridia")
    meter, day = Machine(), FIRST
    paths = {(saying, form): path for saying in SAYING for form, path in files(given.rows, saying).items()}
    found: dict[tuple[str, str], list[dict[str, float]]] = {key: [] for key in paths}
    counts: dict[str, dict[str, int]] = {}
    for number in range(given.rounds + 1):  # the first one warms up
        for (saying, form), path in paths.items():
            day += timedelta(1)
            at = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
            declarant = f"XM{200 + (day - FIRST).days:09d}"  # so that no reference was used before
            of = replace(OF, declarant=declarant, reference=f"{saying} {form} {number}")
            done: list[Any] = []
            spent = meter.spent(
                lambda p=path, of=of, at=at, done=done: done.append(clear(p, of, by="bench", at=at, chunk=CHUNK))
            )
            counts[f"{form}, {saying}"] = done[0].counts
            if number:
                found[saying, form].append(spent)
    figures = {
        f"{form}, {saying}": {
            f"us_{what}": round(statistics.median(one[what] for one in spent) / given.rows * 1e6, 2)
            for what in ("wall", "ours", "database")
        }
        for (saying, form), spent in found.items()
    }
    figures |= {f"line, {saying}": {"us_ours": round(line(saying), 1)} for saying in SAYING}
    return {"rows": given.rows, "rounds": given.rounds, "figures": figures, "verdicts": counts}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    try:
        start.ensure_database()
        figures = measure(given)
        write("reduced", figures)
        for name, one in figures["figures"].items():
            print(f"{name:30} {one}")
        print(figures["verdicts"])
    finally:
        from customhouse.house.embedded import Server

        Server().stop()


if __name__ == "__main__":
    main()
