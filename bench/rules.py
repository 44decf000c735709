"""Rules: 500 on one declaration, 500 on columns, and a back-test on a million declarations; CPU time of one core.

`python -m bench.rules [--declarations 1000000] [--rules 500]`. Made-up trade and made-up rules, both from a seed; the rules are
of the kinds that officers write (chapter and value, origin, lists of traders, words, history, ratios, days, counts of items).
"""

# ruff: noqa: E402
from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench.machine import write
from customhouse.law.rules import syntax
from customhouse.law.rules.compiled import firing
from customhouse.offices.risk.backtest import Trial
from customhouse.record.facts import ITEM, WHOLE, HeaderFacts, ItemFacts
from customhouse.record.lanes import Lane
from customhouse.stream.backtest import backtest, facts_of
from customhouse.stream.criteria import Criteria
from customhouse.stream.facts import Codes, Column, Facts, Text, Words
from customhouse.stream.past import PastColumns, gather

CHAPTERS = [f"{n:02d}" for n in range(1, 98) if n != 77]
ORIGINS = [
    "CN",
    "DE",
    "IN",
    "US",
    "FR",
    "TR",
    "VN",
    "BD",
    "IT",
    "QA",
    "UG",
    "FJ",
    "BR",
    "JP",
    "KR",
    "GB",
    "ES",
    "PL",
    "NL",
    "TH",
]
NOUNS = ["shoes", "shirts", "phones", "tyres", "bags", "toys", "lamps", "pumps", "valves", "cables", "coffee", "steel", "paper",
         "furniture", "parts", "watches", "medicine", "paint", "glass", "cars"]  # fmt: skip
KINDS = [
    "used",
    "new",
    "cotton",
    "leather",
    "plastic",
    "spare",
    "electric",
    "gift",
    "sample",
    "kids",
    "industrial",
    "small",
]
DOCUMENTS = ["N380", "N740", "N935", "U110", "C673", "Y901", "N705", "C644"]
LISTS = {
    "watched_importers": frozenset(f"XX{n:06d}" for n in range(0, 4000, 40)),
    "watched_origins": frozenset(("QA", "UG", "BD")),
    "vague_words": frozenset(("gift", "sample", "spare parts", "goods", "various", "used", "personal effects", "stuff", "items", "misc")),
}  # fmt: skip
ROUNDS = 5


def trade(declarations: int, seed: int = 1) -> Facts:
    """Made-up facts in columns: one to six items a declaration, codes and traders as unequal as they are."""
    draw = np.random.default_rng(seed)
    count = 1 + draw.poisson(1.2, declarations).clip(0, 5)
    first = np.concatenate(([0], np.cumsum(count)))
    items = int(first[-1])

    def words(size: int, names: list[str], skew: float = 1.3) -> Text:
        place = (draw.zipf(skew, size) - 1) % len(names)
        return Text(Words(names), place.astype(np.int32))

    def codes(size: int) -> Codes:
        many = draw.integers(0, 4, size)
        starts = np.concatenate(([0], np.cumsum(many)))
        return Codes(Words(DOCUMENTS), starts, draw.integers(0, len(DOCUMENTS), int(starts[-1])).astype(np.int32))

    tariff = sorted({f"{c}{draw.integers(0, 9999):04d}{draw.integers(0, 99):02d}" for c in CHAPTERS for _ in range(40)})
    goods = [f"{k} {n} model {m}" for k in KINDS for n in NOUNS for m in range(40)]
    traders = [f"XX{n:06d}" for n in range(4000)]
    known: dict[str, Column] = {
        "code": words(items, [str(c) for c in draw.permutation(tariff)], 1.1), "description": words(items, [str(g) for g in draw.permutation(goods)], 1.05),
        "origin": words(items, ORIGINS), "item_dispatch": words(items, ORIGINS), "procedure": words(items, ["4000", "4071", "5100"]),
        "importer": words(declarations, traders, 1.2), "declarant": words(declarations, [f"XB{n:04d}" for n in range(300)]),
        "office": words(declarations, [f"XX0{n:02d}000" for n in range(12)]), "dispatch_country": words(declarations, ORIGINS),
        "preference": words(items, ["100", "200", "300"]),
    }  # fmt: skip
    number = {
        "net_mass": (draw.lognormal(9, 2, items) + (draw.random(items) > 0.01)).astype(np.int64),
        "customs_value": draw.lognormal(11, 2, items).astype(np.int64),
        "month": draw.integers(1, 13, declarations),
        "weekday": draw.integers(1, 8, declarations),
        "importer_declarations_365": draw.zipf(1.4, declarations).clip(0, 5000),
        "importer_finds_365": draw.poisson(0.1, declarations),
        "importer_examined_365": draw.poisson(1.0, declarations),
        "importer_days": draw.integers(0, 3000, declarations),
    }
    number["gross_mass"] = number["net_mass"] + number["net_mass"] // 10
    number["value_per_kg"] = number["customs_value"] * 1000 // np.maximum(1, number["net_mass"])
    number["duty"] = number["customs_value"] // 8

    def made(facts: dict[str, Any], size: int) -> Iterator[tuple[str, Column]]:
        for name, (kind, _) in facts.items():
            if name in known:
                yield name, known[name]
            elif kind == "text":
                yield name, words(size, ["", "A", "B"])
            elif kind == "codes":
                yield name, codes(size)
            elif kind == "bool":
                yield name, draw.random(size) < (0.8 if name == "is_import" else 0.1)
            else:
                yield name, number.get(name, draw.integers(0, 100_000, size))

    return Facts(dict(made(WHOLE, declarations)), dict(made(ITEM, items)), first)


def past(declarations: int, seed: int = 1) -> PastColumns:
    """Made-up facts with what became of each declaration: five in a hundred were examined, a fifth of these with a find."""
    draw = np.random.default_rng(seed + 100)
    lane = draw.choice(4, declarations, p=[0.85, 0.03, 0.08, 0.04])
    examined = (lane == 3) | (draw.random(declarations) < 0.01)
    many = (lane > 0) * draw.integers(1, 4, declarations)
    starts = np.concatenate(([0], np.cumsum(many)))
    names = ["random", "explore", *(f"R{n:03d}" for n in range(500))]
    facts = trade(declarations, seed)
    day = 739_252 + draw.integers(0, 365, declarations)
    found = examined & (draw.random(declarations) < 0.2)
    return PastColumns(
        facts=facts, number=np.arange(declarations), lodged=day, day=day, lane=lane, drawn=draw.random(declarations) < 0.02,
        examined=examined, found=found, minutes=draw.lognormal(3 + lane, 1).astype(np.int64),
        revenue=np.where(found, draw.lognormal(11, 2, declarations), 0).astype(np.int64), office=facts.header["office"],
        fired=Codes(Words(names), starts, draw.integers(0, len(names), int(starts[-1])).astype(np.int32)),
    )  # fmt: skip


def written(count: int, seed: int = 1) -> list[str]:
    """Made-up rules of the kinds that officers write; most have a chapter, and fire seldom."""
    draw = random.Random(seed)
    chapters = "0123456789"

    def code() -> str:
        return draw.choice(CHAPTERS) + "".join(draw.choices(chapters, k=draw.choice((0, 0, 2))))

    def origin() -> str:
        return ", ".join(repr(o) for o in draw.sample(ORIGINS, draw.randint(2, 4)))

    kinds: list[tuple[int, Callable[[], str]]] = [
        (30, lambda: f"is_import and starts(code, '{code()}') and value_per_kg > 0 and value_per_kg < {draw.randint(2, 60) * 10}"),
        (12, lambda: f"is_import and starts(code, '{code()}', '{code()}') and origin in ({origin()}) and customs_value > {draw.randint(1, 90) * 10000}"),
        (8, lambda: f"starts(code, '{code()}') and origin in watched_origins and net_mass > {draw.randint(1, 500) * 1000}"),
        (6, lambda: f"origin in ({origin()}) and origin != item_dispatch and starts(preference, '2', '3') and duty > {draw.randint(1, 50) * 1000}"),
        (8, lambda: f"is_import and importer == 'XX{draw.randint(0, 3999):06d}' and starts(code, '{code()}')"),
        (5, lambda: f"importer in watched_importers and customs_value > {draw.randint(1, 90) * 100000}"),
        (7, lambda: f"words(description, '{draw.choice(KINDS)}', '{draw.choice(KINDS)} {draw.choice(NOUNS)}') and customs_value > {draw.randint(1, 90) * 10000}"),
        (4, lambda: f"is_import and contains(description, '{draw.choice(NOUNS)}') and not starts(code, '{code()}', '{code()}') and value_per_kg > {draw.randint(10, 90) * 1000}"),
        (2, lambda: f"words(description, vague_words) and customs_value > {draw.randint(1, 90) * 100000}"),
        (6, lambda: f"is_import and importer_declarations_365 < {draw.randint(1, 4)} and starts(code, '{code()}') and customs_value > {draw.randint(1, 90) * 10000}"),
        (4, lambda: f"importer_finds_365 / importer_examined_365 > 0.{draw.randint(3, 9)} and starts(code, '{code()}')"),
        (3, lambda: f"gross_mass / net_mass > {draw.randint(2, 9)}.5 and starts(code, '{code()}')"),
        (2, lambda: f"not meets(documents, '{draw.choice(DOCUMENTS)}') and starts(code, '{code()}') and origin in ({origin()})"),
        (1, lambda: f"weekday in (6, 7) and count_items(starts(code, '{code()}')) > {draw.randint(1, 3)}"),
        (1, lambda: f"month == 12 and item_count > {draw.randint(20, 90)} and dispatch_country in watched_origins"),
        (1, lambda: f"importer_days < {draw.randint(5, 60)} and sum_items(customs_value) > {draw.randint(1, 90) * 1000000}"),
    ]  # fmt: skip
    weights = [w for w, _ in kinds]
    return [draw.choices(kinds, weights)[0][1]() for _ in range(count)]


def one_by_one(facts: Facts) -> list[tuple[Any, list[Any]]]:
    """The same facts as records."""

    def value(column: Any, n: int) -> Any:
        if isinstance(column, Text):
            return column.words.words[column.code[n]]
        if isinstance(column, Codes):
            return frozenset(column.words.words[c] for c in column.code[column.starts[n] : column.starts[n + 1]])
        return column[n].item()

    return [
        (
            HeaderFacts(**{name: value(c, n) for name, c in facts.header.items()}),
            [ItemFacts(**{name: value(c, i) for name, c in facts.items.items()}) for i in range(facts.first[n], facts.first[n + 1])],
        )
        for n in range(len(facts))
    ]  # fmt: skip


def cpu(work: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """The median CPU seconds of some rounds, after one that warms up."""
    work()
    spent = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return statistics.median(spent)


def one_declaration(rules: list[syntax.Rule], facts: Facts) -> dict[str, float]:
    whole, each = ([r for r in rules if r.level == level] for level in ("header", "item"))
    began = time.process_time()
    of_whole, of_each = firing(whole, LISTS), firing(each, LISTS)
    compiling = time.process_time() - began
    some = one_by_one(facts.part(0, 300))

    def all_of_them() -> int:
        return sum(len(of_whole(h, items)) + sum(len(of_each(h, i)) for i in items) for h, items in some)

    return {
        "compile ms": compiling * 1e3,
        "one declaration us": cpu(all_of_them) / len(some) * 1e6,
        "items a declaration": sum(len(i) for _, i in some) / len(some),
        "hits a declaration": all_of_them() / len(some),
    }


def in_columns(rules: list[syntax.Rule], facts: Facts) -> dict[str, float]:
    criteria = Criteria(rules, LISTS)
    spent = cpu(lambda: criteria.run(facts), 3)
    return {"rows": facts.item_count, "rows/s/core": facts.item_count / spent}


def cold(rules: list[syntax.Rule], facts: Facts) -> float:
    """Rows a second when nothing is known yet of any text."""
    fresh = Facts(
        *({n: Text(Words(c.words.words), c.code) if isinstance(c, Text) else c for n, c in of.items()} for of in (facts.header, facts.items)),
        facts.first,
    )  # fmt: skip
    criteria = Criteria(rules, LISTS)
    began = time.process_time()
    criteria.run(fresh)
    return facts.item_count / (time.process_time() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--declarations", type=int, default=1_000_000)
    parser.add_argument("--rules", type=int, default=500)
    asked = parser.parse_args()
    rules = [syntax.read(text, LISTS) for text in written(asked.rules)]
    few = trade(100_000)
    figures: dict[str, Any] = {"rules": len(rules), **one_declaration(rules, few)}
    figures["first scan rows/s/core"] = cold(rules, few)
    figures |= in_columns(rules, few)
    figures["ten times the rules, time"] = _growth(few)
    figures["columns of a stored declaration, first time us"] = first_time()
    with tempfile.TemporaryDirectory() as folder:
        figures |= backtests(asked.declarations, Path(folder))
    figures["peak MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for name, value in figures.items():
        print(f"{name:48} {value:,.2f}")
    write("rules", {"figures": figures})


def backtests(declarations: int, folder: Path) -> dict[str, float]:
    """A year of twelve months: from the kept files to the answer, by the clock and in CPU; one rule, and ten together."""
    for month in range(12):
        past(declarations // 12, month).save(folder / f"2025-{month + 1:02d}.npz")
    size = sum(path.stat().st_size for path in folder.glob("*.npz"))
    told: dict[str, float] = {"past declarations": declarations // 12 * 12, "past on disk MB": size / 2**20}
    one = [
        Trial(
            "draft",
            "is_import and starts(code, '64', '61') and value_per_kg < 600 and words(description, 'used', 'gift')",
            Lane.RED,
        )
    ]
    for name, trials in (
        ("back-test of a rule", one),
        ("of ten rules", [Trial(f"draft {n}", t, Lane.RED) for n, t in enumerate(written(10, 7))]),
    ):
        spent, clock = time.process_time(), time.perf_counter()
        found = backtest(
            trials, (PastColumns.load(p, facts_of(trials, LISTS)) for p in sorted(folder.glob("*.npz"))), LISTS
        )
        told |= {f"{name} CPU s": time.process_time() - spent, f"{name} s": time.perf_counter() - clock}
        told[f"{name}, hits"] = sum(t.hits for t in found)
    return told


def first_time() -> float:
    """CPU microseconds to make the columns of one stored declaration of three items: reading its acts, folding, facts."""
    from datetime import UTC, datetime

    from bench.message import declaration
    from customhouse.clearance.line import Context, walk
    from customhouse.gates import json as json_gate
    from customhouse.law.book import Book, compile_pack
    from customhouse.law.pack import country_directory
    from customhouse.offices.risk.selected import Selected, selected
    from customhouse.registry.rows import entry_row, read_entry

    book, at, body = Book.open(compile_pack(country_directory("meridia"))), datetime.now(UTC), declaration(3)
    context = Context(book.on(at.date()), at, b"bench")
    entry = walk(json_gate.read(body), context, number=1, by="bench", format="json", digest="00" * 32).entry
    assert entry is not None
    row = entry_row(entry, b"0" * 32, body)[0]
    kept = (*row[:8], body)

    def made() -> list[Selected]:
        return [found for _ in range(500) if (found := selected([read_entry(*kept)])) is not None]

    assert len(made()) == 500
    return cpu(lambda: gather(made())) / 500 * 1e6


def _growth(facts: Facts) -> float:
    small, large = ([syntax.read(t, LISTS) for t in written(n)] for n in (50, 500))
    return cpu(lambda: Criteria(large, LISTS).run(facts), 3) / cpu(lambda: Criteria(small, LISTS).run(facts), 3)


if __name__ == "__main__":
    main()
