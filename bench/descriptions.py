"""What it costs to hold a description against the law's lists of words, in CPU microseconds of one core.

    python -m bench.descriptions

Names of goods (`tests/unit/names_of_goods.txt`), each asked again and again as every distinct text of a consolidation is asked
once; all words are known by then. Writes the median of several rounds to bench/results/descriptions.json.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from bench import machine
from bench.pure import cpu_us

NAMES = Path(__file__).resolve().parents[1] / "tests" / "unit" / "names_of_goods.txt"
DAY = date(2026, 11, 24)


def main() -> int:
    from customhouse.law.book import Book, compile_pack
    from customhouse.law.pack import country_directory
    from customhouse.offices.longroom import vague

    law = Book.open(compile_pack(country_directory("meridia"))).on(DAY)
    texts = [line for line in NAMES.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]

    def all_of_them() -> None:
        for text in texts:
            vague.check(text, 1, law)

    figures = {"texts": len(texts), "us_a_text": round(cpu_us(all_of_them, times=20) / len(texts), 2)}
    machine.write("descriptions", figures)
    print(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
