"""Equality: the same parcels by the line, one by one, and in columns; and every rule by the plain walk of its tree besides.

`python -m bench.equal [--rows 1000000] [--processes 2] [--walked 0.05]`: made-up parcels in which single fields hold something unusual, under the
law of Meridia with officers' criteria, agencies, random draws and exploration. Every row is held against `clearance.parcel`: the
verdict, lane, value, duty, amount payable and the reasons as the declarant reads them. A share of the rows is held against the third evaluator
of the rule language as well, rule by rule (docs/adr/0022). Differences are counted by kind, with examples; the figure is in
`bench/results/equal.json`. Exit code 1 where there is any.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
from msgspec.structs import asdict, replace

from bench.machine import RESULTS, machine
from customhouse.clearance.line import Context, Walk
from customhouse.clearance.parcel import judged_as, walked
from customhouse.house.lawbooks import embedded_book
from customhouse.kernel.validity import Validity
from customhouse.law.book import Law
from customhouse.law.rules.interpret import holds
from customhouse.law.selectivity import Policy, Selectivity
from customhouse.law.terms import Criterion
from customhouse.record.facts import assessed_facts, lodged_facts
from customhouse.record.history import HistoryFacts
from customhouse.record.parcel import NAMES, Answer, Consolidation, Parcel
from customhouse.simulator.parcels import GOODS, parcels
from customhouse.stream.parcels import marks
from customhouse.stream.parcels.day import Day
from customhouse.stream.parcels.facts import ParcelFacts
from customhouse.stream.parcels.kernel import HISTORY, REPEATED, Eyes, Kernel, Verdicts, answer
from customhouse.stream.parcels.rows import Rows, Table, settle, strings

DAY = date(2026, 11, 26)
AT = datetime(2026, 11, 26, 8, tzinfo=UTC)
KEY = b"k" * 32
OF = Consolidation("XM100000009", "MORNING", "XM000040", "5", "XM")
PART = 2_000  # rows of one consolidation of a day of its own
EXAMPLES = 5
ODD: dict[str, tuple[str, ...]] = {
    "price": ("0", "0.005", "149.995", "150", "150.01", "9999999999999", "-3", "12.3456"),
    "currency": ("JPY", "KWD", "GBP", "EUR", "XXX", "usd"),
    "freight": ("0", "4.20", "0.01", "999999999", "-1"),
    "gross_mass": ("0", "0.0004", "0.0005", "999999"),
    "net_mass": ("", "0", "0.001", "12"),
    "packages": ("", "0", "3", "-1"),
    "code": ("", "8517", "22083000", "24022000", "93020000", "01061900", "30049000", "999999", "9503000000", "abc"),
    "origin": ("", "ZZ", "XM", "CN", "QA"),
    "procedures": ("", "C07", "C08", "C07 F48", "F48", "C07 C07", "C01", "F01 C07"),
    "scheme": ("", "IM0000000001"),
    "invoice": ("",),
    "description": ("gift", "100 % new", "İstanbul carpet ẞ", "smartphone case", "  spaced  out ", "Spare Parts!"),
    "consignor": ("",),
    "consignor_country": ("", "GB"),
    "consignee": ("Ana Adler", ""),
    "consignee_id": ("XM100000033",),
    "dispatch": ("NL", ""),
    "reference": ("X" * 36, "LX000000001CN", "back\\slash\\N"),
    "postcode": ("1", "10001"),
    "address": ("", "1 Market Lane"),
    "consignor_city": ("Shenzhen",),
    "agent": ("XM100000017", "XM1"),
    "representation": ("2", "3", "9"),
    "nationality": ("XM", "ZZ"),
    "location": ("WESTBAY|A|U|XM", "||||7"),
    "previous": ("N740|172-12345675", "Z271|P-1|4; N740|2; N740|1", "N785|M-1; N740|2"),
    "documents": ("N935|SO-1", "C635|L-7|AC; Y922", "N851||XX; N851|2", "X", "N852|MOH-1", "D008|1", "N741|3; N785|1"),
    "statements": ("NIIMP", "00500|Importer; 1FV", "1FV"),
    "tax_parties": ("FR1|XM100000033", "FR5; FR2|1"),
}
"""What a field of a wild parcel may hold besides what such parcels hold."""


def wild(count: int, *seed: object) -> list[Parcel]:
    """Parcels of a day, and many more in which single fields hold something unusual."""
    chance = random.Random("/".join(map(str, seed)))
    made = []
    for parcel in parcels(count, *seed):
        changed = (chance.choice(tuple(ODD)) for _ in range(chance.choice((0, 0, 1, 2))))
        made.append(sendable(replace(parcel, **{name: chance.choice(ODD[name]) for name in changed})))
    return made


def sendable(parcel: Parcel) -> Parcel:
    """With a currency and no blanks around a text, as rows are when they come to be judged."""
    nobody = not parcel.consignee and not parcel.consignee_id
    parcel = replace(parcel, currency=parcel.currency or "USD", consignee="Ana Adler" if nobody else parcel.consignee)
    return replace(parcel, **{n: getattr(parcel, n).strip() for n in NAMES})


def officers() -> Selectivity:
    """Criteria of every lane and kind, one on trial, a floor and exploration."""

    def criterion(id: str, lane: str, expression: str) -> Criterion:
        return Criterion(
            validity=Validity(date(2020, 1, 1)),
            id=id,
            lane=lane,
            text={"en": f"Looked for: {id}"},
            expression=expression,
        )

    return Selectivity(
        [
            criterion("E1", "RED", "starts(code, '8507') and customs_value > 1500"),
            criterion("E2", "YELLOW", "origin in listed and words(description, 'shirt', 'bag')"),
            criterion("E3", "BLUE", "customs_value_total / gross_mass_sum > 9.5"),
            criterion("E4", "GREEN", "exporter_country == 'DE' and packages > 0"),
            criterion("E5", "YELLOW", "consignee_parcels_today > 1 and not (price == customs_value)"),
            criterion("E6", "RED", "meets(additional_procedures, 'C08') and contains(description, 'a')"),
            criterion("E7", "BLUE", "any_item(net_mass * 2 < gross_mass)"),
        ],
        [criterion("E9", "RED", "customs_value > 2000 and origin == 'CN'")],
        {"listed": ("CN", "FR", "IT")},
        Policy(floor_ppm=60_000, exploration_ppm=20_000),
    )


class Twins:
    """The kernel and the line under one law; nothing is kept between parts, so that any process may judge any part."""

    def __init__(self, selectivity: Selectivity | None = None, law: Law | None = None) -> None:
        law = law or embedded_book().on(DAY)
        self.context = Context(law, AT, KEY, selectivity or officers())
        eyes = Eyes(KEY, self.context.selectivity, typical={code[:4]: 5000 for _, code, *_ in GOODS})
        self.kernel = Kernel(law, OF, eyes, self.line)

    def walk(self, number: int, parcel: Parcel, history: HistoryFacts, draws: tuple[int, int]) -> Walk:
        return walked(number, parcel, OF, self.context, history, draws)[0]

    def line(self, number: int, parcel: Parcel, history: HistoryFacts, draws: tuple[int, int]) -> Any:
        return judged_as(*walked(number, parcel, OF, self.context, history, draws))

    def judged(self, made: list[Parcel], consolidation: int) -> Verdicts:
        return self.kernel.judge(rows_of(made), consolidation, Day())

    def differences(self, found: Verdicts, walked_too: float = 0.0) -> Iterator[tuple[str, str]]:
        """(kind, example) for everything that the line says otherwise than the columns of these rows do."""
        random_, explore = marks.draws(KEY, found.number)
        green = self.kernel.lanes.nothing.told
        rules = Rules(self, found) if walked_too else None
        for n in range(len(found.number)):
            parcel = found.rows.parcel(n)
            history = HistoryFacts(**{name: int(found.history[name][n]) for name in HISTORY})
            walk = self.walk(int(found.number[n]), parcel, history, (int(random_[n]), int(explore[n])))
            said = answer(found, n)
            if found.verdict[n] == REPEATED or "DuplicateLRN" in said.told:
                if judged_as(walk, b"", "").refused:
                    yield "repeated", f"{parcel} is refused and columns say {said}"
                continue
            expected = judged_as(walk, b"", "").answer
            said = said._replace(told=said.told or green)
            for kind, one, other in zip(Answer._fields, expected, said, strict=True):
                if one != other:
                    yield kind, f"the line says {one}, columns {other}: {parcel}"
            if rules is not None and n < walked_too * len(found.number):
                yield from rules.differences(n, walk, history)


class Rules:
    """The rules of a part by the plain walk of their trees, beside the columns."""

    def __init__(self, twins: Twins, found: Verdicts) -> None:
        self.kernel, self.found, law = twins.kernel, found, twins.context.law
        book, lists = self.kernel.rulebook, twins.context.selectivity.lists
        known = {"customs_value": found.value, "duty": found.duty, "payable": found.payable, **found.history}
        before, after = ParcelFacts(found.rows, OF, law), ParcelFacts(found.rows, OF, law, known)
        self.sides = [
            (asked.rules, [set(rows.tolist()) for rows in asked.rows(facts)], of, names)
            for asked, facts, of, names in (
                (book.errors, before, "form", law.lists),
                (book.warnings, before, "form", law.lists),
                (book.of_law, after, "criteria", law.lists),
                (book.of_officers, after, "criteria", lists),
                (book.of_agencies, after, "criteria", law.lists),
            )
        ]

    def differences(self, n: int, walk: Walk, history: HistoryFacts) -> Iterator[tuple[str, str]]:
        d = walk.declaration
        late = assessed_facts(d, history) if d.assessed is not None and d.valued is not None else None
        for rules, rows, of, lists in self.sides:
            if of == "criteria" and late is None:
                continue
            header, items = lodged_facts(d.lodged) if of == "form" or late is None else late
            item = asdict(items[0])
            facts = asdict(header) | item
            for ruled, fired in zip(rules, rows, strict=True):
                if holds(ruled.tree, facts, lists, [item]) != (n in fired):
                    yield f"rule {ruled.rule.id}", f"columns {n in fired}, the walk of its tree not: {d.lodged.lrn}"


def rows_of(made: list[Parcel]) -> Rows:
    """Parcels as the rows of a chunk, the first one in line 1."""
    lines = np.arange(1, len(made) + 1)
    rows, bad = settle(Table(lines, strings([[getattr(p, n) for n in NAMES] for p in map(sendable, made)]), []))
    assert not bad, bad
    return rows


@lru_cache(maxsize=1)
def twins() -> Twins:
    return Twins()


def part(asked: tuple[int, int, float]) -> dict[str, Any]:
    """What one part shows: counts of verdicts, of differences, and examples of these."""
    place, rows, walked_too = asked
    found = twins().judged(wild(rows, "equal", place), place + 1)
    seen: Counter[str] = Counter(answer(found, n).verdict for n in range(rows))
    lanes: Counter[str] = Counter(one for n in range(rows) if (one := answer(found, n).lane))
    differ: Counter[str] = Counter()
    examples: dict[str, list[str]] = {}
    for kind, told in twins().differences(found, walked_too):
        differ[kind] += 1
        examples.setdefault(kind, [])[EXAMPLES:] or examples[kind].append(told)
    inline = sum(1 for _ in found.files)
    return {
        "rows": rows,
        "verdicts": seen,
        "lanes": lanes,
        "differences": differ,
        "examples": examples,
        "by_the_line": inline,
    }


def measure(rows: int, processes: int, walked_too: float) -> dict[str, Any]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    parts = [(n, min(PART, rows - n * PART), walked_too) for n in range(-(-rows // PART))]
    total: dict[str, Any] = {"verdicts": Counter(), "lanes": Counter(), "differences": Counter()}
    examples: dict[str, list[str]] = {}
    inline = 0
    began = time.perf_counter()
    columns = (TextColumn("Judging twice"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with multiprocessing.get_context("spawn").Pool(processes) as pool, Progress(*columns) as bar:
        task = bar.add_task("", total=rows)
        for one in pool.imap_unordered(part, parts):
            for name, counts in total.items():
                counts.update(one[name])
            inline += one["by_the_line"]
            for kind, told in one["examples"].items():
                examples[kind] = (examples.get(kind, []) + told)[:EXAMPLES]
            bar.advance(task, one["rows"])
    return {
        "rows": rows,
        "walked_share": walked_too,
        "processes": processes,
        "seconds": round(time.perf_counter() - began, 1),
        "files_made_by_the_line_on_the_way": inline,
        **{name: dict(counts.most_common()) for name, counts in total.items()},
        "examples": examples,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--walked", type=float, default=0.05, help="Share of the rows whose rules are walked as well")
    given = parser.parse_args()
    before = machine()
    found = measure(given.rows, given.processes, given.walked)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "equal.json").write_text(json.dumps({"machine": before, **found}, indent=1, ensure_ascii=False) + "\n")
    print(msgspec.json.format(msgspec.json.encode({k: v for k, v in found.items() if k != "examples"})).decode())
    for kind, told in found["examples"].items():
        print(f"{kind}: {told[0][:400]}")
    sys.exit(1 if found["differences"] else 0)


if __name__ == "__main__":
    main()
