"""A made-up tariff of any size, written as a country pack: the same size always gives the same files."""

from __future__ import annotations

import csv
import random
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

CODES = 15_000
COLUMNS = (
    "id", "code", "tax_type", "area", "expression", "preference", "additional_code", "order", "documents",
    "procedures", "flow", "from", "until", "source", "excluded",
)  # fmt: skip
ORIGINS = ("CN", "US", "FR", "DE", "IN", "JP", "KR", "BR", "ZA", "TR", "VN", "MX", "FJ", "WS", "TO", "VU")
SPANS = (("2020-01-01", "2023-01-01"), ("2023-01-01", "2025-07-01"), ("2025-07-01", ""))


def write(folder: Path, measures: int, codes: int = CODES) -> Path:
    """A pack in `folder` with about `measures` measures over `codes` codes; rules, rates and the rest are the demo's."""
    from customhouse.law.pack import country_directory

    shutil.copytree(country_directory("meridia"), folder, ignore=shutil.ignore_patterns("conditions.csv", "cases"))
    dice = random.Random(measures)
    leaves = list(_codes(codes))
    with (folder / "nomenclature.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("code", "unit", "en", "fr", "from", "until", "source"))
        for code in leaves:
            unit = "LTR" if code.startswith("22") else ("NAR" if code.startswith("84") else "")
            text = f"Goods of kind {code}, other than those of another heading"
            rows.writerow((code, unit, text, f"Marchandises {code}", "", "", f"Tariff Act, schedule {code[:2]}"))
    with (folder / "measures.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        rows.writerows(_measures([c for c in leaves if len(c) > 4], measures, dice))
    return folder


def _codes(count: int) -> Iterator[str]:
    """Chapters, headings, subheadings and national lines, about one part in eight of them above the lines."""
    made = 0
    for chapter in range(1, 98):
        yield f"{chapter:02d}"
        made += 1
        share = (count - made) // (98 - chapter)
        for n in range(share):
            heading, rest = divmod(n, 24)
            code = f"{chapter:02d}{heading + 1:02d}"
            if rest:
                code += f"{rest // 4 + 1:02d}" + (f"{rest % 4 * 10:02d}00" if rest % 4 else "")
            made += 1
            yield code


def _measures(codes: list[str], count: int, dice: random.Random) -> Iterator[tuple[str, ...]]:
    """Line after line until there are enough: duties in segments of time, preferences, taxes, dumping duties, papers."""
    yield ("VAT", "", "B00", "*", "15 % of value and duties", "", "", "", "", "", "import", "", "", "VAT Act, s. 4", "")
    made, turn = 1, 0
    while made < count:
        for place, code in enumerate(codes):
            for row in _of_code(code, turn, dice):
                made += 1
                yield (f"M{turn}-{place}-{made}", code, *row)
                if made >= count:
                    return
        turn += 1


def _of_code(code: str, turn: int, dice: random.Random) -> Iterator[tuple[str, ...]]:
    def row(
        tax: str, area: str, words: str, span: tuple[str, str], preference: str = "", extra: str = "", papers: str = ""
    ) -> tuple[str, ...]:
        source = f"Tariff Act 2019, First Schedule, chapter {code[:2]}, as amended by regulation {dice.randrange(900)}/{span[0][:4] or 2020}"
        return (tax, area, words, preference, extra, "", papers, "", "import", *span, source, "")

    rate = dice.choice((0, 2, 3, 4.5, 5, 6.5, 8, 10, 12, 15, 20, 25))
    if turn == 0:
        for n, span in enumerate(SPANS):
            words = f"{rate + n} %" if dice.random() < 0.8 else f"{rate} % + {dice.randrange(5, 200)} XMD / 100 KGM"
            yield row("A00", "*", words.replace(" XMD", " USD"), span)
        for preference, area in (("200", "LDC"), ("300", "AOC")):
            yield row("A00", area, f"{rate / 2} %", ("2021-01-01", ""), preference, papers="N954 U164")
        if dice.random() < 0.3:
            yield row("A30", dice.choice(ORIGINS), f"{dice.randrange(5, 60)} %", ("2024-03-01", ""))
        if code[:2] in ("22", "24", "27"):
            yield row("X01", "*", f"{dice.randrange(5, 90)} USD / 100 KGM", ("2020-01-01", ""))
        yield row("", "*", "", ("2020-01-01", ""), papers=f"N{dice.randrange(100, 999)}")
    else:
        origin = ORIGINS[turn % len(ORIGINS)]
        for n, span in enumerate(SPANS):
            yield row("A30", origin, f"{rate + n} %", span, extra=f"C{turn:03d}")


def items(book: Any, count: int) -> Any:
    """Random import items over all codes, origins, six years and a few claims."""
    import numpy as np

    from customhouse.stream.items import Claim, Items

    dice = np.random.default_rng(count)

    def whole(low: int, high: int) -> Any:
        return dice.integers(low, high, count)

    codes = tuple(x.code for x in book.pages.lines)
    claims = (
        Claim(), Claim(preference="100"), Claim(preference="300", documents=("U164",)), Claim(preference="200", documents=("N954",)),
        Claim(preference="200"), Claim(procedure="5100"), Claim(unit="LTR"), Claim(unit="NAR"),
    )  # fmt: skip
    days = whole(date(2020, 1, 2).toordinal(), date(2026, 12, 1).toordinal())
    return Items(
        codes=codes, origins=ORIGINS, claims=claims, code=whole(0, len(codes)), origin=whole(0, len(ORIGINS)),
        claim=whole(0, len(claims)), day=days, rate_day=days, value=np.exp(dice.uniform(4, 20, count)).astype(np.int64),
        grams=whole(1, 30_000_000), supplementary=np.where(dice.random(count) < 0.5, -1, whole(1, 9_000_000)), packages=whole(1, 50),
    )  # fmt: skip


def trade(book: Any, count: int) -> Any:
    """A year of trade: a few thousand codes, most of it in few of them and from few origins, one in ten under a preference."""
    import msgspec
    import numpy as np

    asked = items(book, count)
    dice = np.random.default_rng(1)
    code = np.minimum((dice.pareto(0.6, count) * 20).astype(np.int64), len(asked.codes) - 1) * 7919 % len(asked.codes)
    origin = np.minimum(dice.geometric(0.35, count) - 1, len(ORIGINS) - 1)
    day = dice.integers(date(2025, 1, 1).toordinal(), date(2026, 1, 1).toordinal(), count)
    claim = np.where(dice.random(count) < 0.9, 0, 2)
    return msgspec.structs.replace(asked, code=code, origin=origin, claim=claim, day=day, rate_day=day)


def history(book: Any, count: int) -> Any:
    """A year of trade in goods charged with nothing but a percentage of duty and VAT, three items to a declaration. What was payable before is what the Book says, and a tenth more on goods of one code
    in twenty, so that the Book is a draft that lowers those."""
    import numpy as np

    from customhouse.stream.duty import Engine
    from customhouse.stream.history import History

    asked = trade(book, count)
    engine = Engine(book)
    owed = engine.assess(asked)
    other = [n for n, tax in enumerate(owed.taxes) if tax not in ("A00", "B00")]
    simple = engine.columns.simple[engine.numbers(asked)]
    plain = np.flatnonzero((owed.amounts[other].sum(axis=0) == 0) & simple)
    asked = asked.part(np.resize(plain, count))
    order = np.lexsort((asked.day, asked.claim, asked.origin, asked.code))
    asked = asked.part(order)
    was = engine.assess(asked)
    by_tax = np.stack([was.payable[was.taxes.index(tax)] for tax in ("A00", "B00")])
    by_tax += by_tax // 10 * (asked.code % 20 == 0)
    nothing = np.zeros(count, np.int64)
    return History(asked, np.arange(count) // 3, ("A00", "B00"), by_tax, nothing, nothing[:0])
