"""What the law costs: Books of 10 thousand to a million measures, one item, items in columns, a draft on past trade.

    python -m bench.law [--measures 10000 100000 1000000] [--rows 4000000] [--items 1000000]

Packs are made up (`tariff.py`), every Book is measured in a process of its own. Medians go with the machine to
bench/results/law.json; ratios against the goals stand in bench/README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from bench import machine, tariff

ROOT = Path(__file__).resolve().parents[1]
DAY = date(2026, 6, 15)


def median(call: Callable[[], Any], rounds: int, clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds of one call: the median of several."""
    found = []
    for _ in range(rounds):
        began = clock()
        call()
        found.append(clock() - began)
    return statistics.median(found)


def resident() -> int:
    """Bytes of this process in memory that are its own: pages of a mapped file are everybody's."""
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
    return int(fields["RssAnon"].split()[0]) * 1024


# --- a Book -----------------------------------------------------------------------------------------------------------


def of_book(pack: Path, rounds: int) -> dict[str, Any]:
    """Compile, open, look up; run in a process of its own, the compiler in another."""
    from customhouse.law.book import Book, compile_pack

    path = pack.with_suffix(".book")
    seconds, cpu = [], []
    for _ in range(rounds):
        began, cpu_began = time.perf_counter(), time.process_time()
        path.write_bytes(compile_pack(pack))
        seconds.append(time.perf_counter() - began)
        cpu.append(time.process_time() - cpu_began)
    script = [sys.executable, "-m", "bench.law", "--opened", str(path)]
    told = json.loads(subprocess.run(script, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
    book = Book.open(path)
    return {
        "measures": len(book.pages.measures),
        "codes": len(book.pages.lines),
        "compile_s": round(statistics.median(seconds), 3),
        "compile_cpu_s": round(statistics.median(cpu), 3),
        "file_mb": round(path.stat().st_size / 1e6, 1),
        **told,
    }


def opened(path: Path) -> dict[str, Any]:
    """What a worker sees of the Book: the time to open it, its memory, one item's measures cold and warm."""
    from customhouse.law.book import Book

    before = resident()
    began = time.perf_counter()
    book = Book.open(path)
    first = time.perf_counter() - began
    own = resident() - before
    law = book.on(DAY)
    dice = random.Random(1)
    codes = [x.code for x in book.pages.lines if len(x.code) > 4]
    asked = [(code, dice.choice(tariff.ORIGINS)) for code in dice.sample(codes, min(1000, len(codes)))]
    began = time.process_time()
    for code, origin in asked:
        law.measures(code, origin)
    cold = time.process_time() - began
    warm = median(lambda: [law.measures(code, origin) for code, origin in asked], 15, time.process_time)
    for code in codes:
        law.measures(code, "CN")
    return {
        "open_ms": round(median(lambda: Book.open(path), 9) * 1000, 2),
        "open_cpu_ms": round(median(lambda: Book.open(path), 9, time.process_time) * 1000, 2),
        "open_first_ms": round(first * 1000, 2),
        "lookup_cold_us": round(cold / len(asked) * 1e6, 2),
        "lookup_warm_us": round(warm / len(asked) * 1e6, 3),
        "measures_per_lookup": round(statistics.mean(len(law.measures(*a)) for a in asked), 1),
        "memory_open_mb": round(own / 1e6, 1),
        "memory_all_codes_mb": round((resident() - before) / 1e6, 1),
    }


# --- columns ----------------------------------------------------------------------------------------------------------


def columns(book: Any, ask: Callable[[Any, int], Any], count: int, check: int) -> dict[str, Any]:
    """Items against a Book, when the offices must first be asked for every plan and when they were, and how many differ."""
    import numpy as np

    from customhouse.offices.duty import assess_item
    from customhouse.offices.origin import determine_item
    from customhouse.record.lodgement import Lodgement
    from customhouse.stream.duty import Engine

    engine = Engine(book)
    asked = ask(book, count)
    began = time.process_time()
    engine.assess(asked, ask=False)
    first_time = time.process_time() - began
    seconds = median(lambda: engine.assess(asked, ask=False), 5, time.process_time)
    got = engine.assess(asked)
    differ, taxes, no_header = 0, got.taxes, Lodgement()
    for n in random.Random(2).sample(range(count), min(check, count)):
        item, value = asked.item(n, str(book.pages.currency))
        law, owed = asked.law(n, book), dict.fromkeys(taxes, 0)
        for due in assess_item(item, value, law, origin=determine_item(item, no_header, law)).duties:
            owed[due.type] += due.amount.minor
        differ += list(owed.values()) != got.amounts[:, n].tolist()
    return {
        "items": count,
        "kinds_of_claims": int(np.count_nonzero(np.diff(np.sort(engine.plans.sheet(asked).keys(asked)))) + 1),
        "measures_applied": got.measures,
        "left_to_the_office": len(got.left),
        "item_measures_per_s_core": round(got.measures / seconds),
        "item_measures_per_s_core_with_plans_made": round(got.measures / first_time),
        "compared_with_the_office": min(check, count),
        "differ": differ,
    }


def past_trade(path: Path, rows: int) -> dict[str, Any]:
    """A draft on past trade, against a scan of the same columns written by hand for that one draft."""
    import numpy as np

    from customhouse.law.book import Book
    from customhouse.stream.duty import Engine
    from customhouse.stream.whatif import whatif

    book = Book.open(path)
    engine = Engine(book)
    history = tariff.history(book, rows)
    items, starts = history.items, history.starts
    before = history.before
    began = time.process_time()
    wanted = whatif(history, engine)  # the offices are asked for the plans
    first_time = time.process_time() - began
    # The scan by hand is given the rate of every run, and knows that there is nothing but duty and VAT of 15 %.
    duty = next(c for c in engine.columns.all if c.tax == "A00")
    value, rates = items.value, duty.share[engine.numbers(items)]
    starts = np.union1d(starts, np.flatnonzero(np.diff(rates)) + 1)
    rate = rates[starts]
    chapter = np.array([int(c[:2] or 0) for c in items.codes])[items.code[starts]]

    origin = items.origin[starts]
    place, declarations = history.of_declaration

    def by_hand(whole: bool) -> Any:
        """Before and after by chapter; `whole`: by origin too, who pays more or less, and how many declarations change."""
        after, was, home, more, less = (np.zeros(100, np.int64) for _ in range(5))
        touched, size = np.zeros(declarations, bool), 1 << 16
        for first in range(0, len(value), size):
            part = slice(first, first + size)
            low, high = np.searchsorted(starts, [first, min(first + size, len(value))], "left")
            low = int(low) - (low == len(starts) or starts[low] > first)
            begins = np.maximum(starts[low:high] - first, 0)
            run = np.diff(np.append(begins, min(size, len(value) - first)))
            v = value[part]
            due = (v * np.repeat(rate[low:high], run) + 500_000) // 1_000_000
            due += ((v + due) * 150_000 + 500_000) // 1_000_000
            each = np.add.reduceat(due, begins)
            np.add.at(after, chapter[low:high], each)
            np.add.at(was, chapter[low:high], np.add.reduceat(before[part], begins))
            if whole:
                np.add.at(home, origin[low:high], each)
                pays_more, pays_less = due > before[part], due < before[part]
                np.add.at(more, chapter[low:high], np.add.reduceat(pays_more, begins, dtype=np.int64))
                np.add.at(less, chapter[low:high], np.add.reduceat(pays_less, begins, dtype=np.int64))
                touched[place[part][pays_more | pays_less]] = True
        return after, was, home, more, less, touched.sum()

    assert by_hand(True)[0].sum() == sum(c[2] for c in wanted.chapters.values())  # the same answer
    # In turns and in CPU time, because the machine may be shared.
    calls = (lambda: by_hand(False), lambda: by_hand(True), lambda: whatif(history, engine))
    turns = [[median(call, 1, time.process_time) for call in calls] for _ in range(7)]
    bare, hand, scan = (statistics.median(of) for of in zip(*turns, strict=True))
    two = median(lambda: whatif(history, engine, threads=2), 5)
    return {
        "rows": rows,
        "runs": len(starts),
        "by_hand_rows_per_s_core": round(rows / hand),
        "by_hand_before_and_after_only_rows_per_s_core": round(rows / bare),
        "whatif_rows_per_s_core": round(rows / scan),
        "whatif_two_threads_rows_per_s_wall": round(rows / two),
        "first_whatif_s": round(first_time, 2),
        "of_by_hand": round(hand / scan, 2),
        "of_by_hand_before_and_after_only": round(bare / scan, 2),
        "left_to_the_office": len(wanted.left),
    }


def ratios(books: Iterable[dict[str, Any]]) -> list[dict[str, float]]:
    """Of each Book to the one before, a tenth of its size."""
    names = ("lookup_cold_us", "lookup_warm_us", "measures_per_lookup")
    return [{name: round(more[name] / less[name], 2) for name in names} for less, more in pairwise(books)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--measures", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--check", type=int, default=20_000, help="items compared with the office one by one")
    parser.add_argument("--rows", type=int, default=4_000_000)
    parser.add_argument("--opened", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.opened:
        sys.stdout.write(json.dumps(opened(arguments.opened)))
        return
    from bench.pure import duties
    from customhouse.law.book import Book, compile_pack
    from customhouse.law.pack import country_directory

    os.chdir(ROOT)
    told: dict[str, Any] = {"books": {}}
    with tempfile.TemporaryDirectory(prefix="bench-law-") as folder:
        for count in arguments.measures:
            pack = tariff.write(Path(folder) / f"pack{count}", count)
            told["books"][str(count)] = of_book(pack, 3 if count <= 100_000 else 1)
        told["ten_times_over_the_same_codes"] = ratios(told["books"].values())
        # The same number of measures for each code, so that only the size of the Book differs.
        dense = [
            of_book(tariff.write(Path(folder) / f"dense{count}", count, count * 15 // 100), 1)
            for count in arguments.measures
        ]
        told["ten_times_with_ten_times_the_codes"] = ratios(dense)
        told["one_item"] = duties(Book.open(compile_pack(country_directory("meridia"))))
        path = Path(folder) / f"pack{100_000 if 100_000 in arguments.measures else arguments.measures[-1]}.book"
        demo, big = Book.open(compile_pack(country_directory("meridia"))), Book.open(path)
        told["columns"] = {
            "demo_random_over_everything": columns(demo, tariff.items, arguments.items, arguments.check),
            "big_random_over_everything": columns(big, tariff.items, arguments.items, arguments.check),
            "big_as_trade_is": columns(big, tariff.trade, arguments.items, arguments.check),
        }
        told["past_trade"] = past_trade(path, arguments.rows)
    written = machine.write("law", told)
    sys.stdout.write(json.dumps(told, indent=1) + f"\nwritten to {written}\n")


if __name__ == "__main__":
    main()
