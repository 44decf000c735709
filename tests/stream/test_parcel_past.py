"""Stored parcels as a past that rules are tried on: the very facts of the kernel, from files that follow the segments."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")

from customhouse.clearance.line import Context
from customhouse.clearance.parcel import ParcelLine
from customhouse.house.lawbooks import embedded_book
from customhouse.law.book import Book, compile_pack
from customhouse.law.pack import country_directory
from customhouse.offices.risk.backtest import Trial
from customhouse.record.history import HistoryFacts
from customhouse.record.lanes import Lane
from customhouse.record.parcel import NAMES, Consolidation, Parcel, number
from customhouse.registry.parcel_past import Of, Segment
from customhouse.simulator.parcels import parcels
from customhouse.stream.backtest import backtest
from customhouse.stream.duty import Engine
from customhouse.stream.facts import Codes, Text
from customhouse.stream.parcels.day import Day
from customhouse.stream.parcels.facts import KINDS, ParcelFacts
from customhouse.stream.parcels.impact import sums
from customhouse.stream.parcels.kernel import HISTORY, VERDICTS, Eyes, Kernel, Verdicts
from customhouse.stream.parcels.past import Outcomes, Stored, columns
from customhouse.stream.parcels.rows import Table, settle, strings
from customhouse.stream.parcels.segment import packed, unpacked
from customhouse.stream.parcels.shelf import TAKEN, Part, Shelf
from customhouse.stream.rows import NotInColumns

DAY = date(2026, 11, 26)
LAW: Any = embedded_book().on(DAY)
OF = {
    7: Of(Consolidation("XM100000009", "MORNING", "XM000040", "5"), DAY, LAW.book_hash),
    8: Of(Consolidation("XM100000017", "NOON", "XM000010", "4"), DAY, LAW.book_hash),
}
NATIONAL = (LAW.country, str(LAW.currency))
WHO = frozenset({"declarant", "code", "origin", "customs_value_total", "payable_total"})


class Register:
    """Segments as the register has them, judged by the kernel."""

    def __init__(self) -> None:
        self.blobs: dict[tuple[int, int, str], tuple[bytes, bytes]] = {}
        self.segments: list[Segment] = []
        self.judged: dict[Segment, Verdicts] = {}
        self.read: list[tuple[str, int, int]] = []

    def add(self, consolidation: int, place: int, made: Sequence[Parcel]) -> None:
        of = msgspec.structs.replace(OF[consolidation].declared, destination=LAW.country)
        line = ParcelLine(of, Context(LAW, datetime(2026, 11, 26, 8, tzinfo=UTC), b"k" * 32))
        rows, bad = settle(Table(np.arange(1, len(made) + 1) + 1000 * place, texts(made), []))
        assert not bad
        found = Kernel(LAW, of, Eyes(b"k" * 32), line).judge(rows, consolidation, Day())
        segment = Segment(consolidation, place, DAY, len(rows), f"{consolidation}{place:02d}")
        self.blobs[segment.key] = packed(found)
        self.segments.append(segment)
        self.judged[segment] = found

    def of(self, segments: Sequence[Segment], side: str) -> Iterator[tuple[Segment, bytes]]:
        for one in segments:
            self.read.append((side, one.consolidation, one.place))
            yield one, self.blobs[one.key][side == "texts"]


def texts(made: Sequence[Parcel]) -> Any:
    return strings([[getattr(p, n) for n in NAMES] for p in made])


@pytest.fixture(scope="module")
def register() -> Register:
    made = list(parcels(500, "past"))
    found = Register()
    found.add(7, 0, made[:200])
    found.add(7, 1, made[200:350])
    found.add(8, 0, made[350:])
    return found


def stored(register: Register, shelf: Shelf, segments: Sequence[Segment] | None = None) -> list[Stored]:
    there = register.segments if segments is None else segments
    return [Stored(part, shelf, there, OF, NATIONAL) for part in shelf.day(DAY, there)]


def numbers(parts: Sequence[Stored]) -> list[int]:
    return [n for one in parts for n in one.part.number().tolist()]


def value_of(column: Any, n: int) -> Any:
    if isinstance(column, Text):
        return column.words.words[column.code[n]]
    if isinstance(column, Codes):
        return frozenset(column.words.words[c] for c in column.code[column.starts[n] : column.starts[n + 1]])
    return column[n].item()


def test_every_fact_is_the_one_that_the_kernel_asked_about(register: Register, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, register.of, unpacked)
    (one,) = stored(register, shelf)
    past, at = one.facts(), 0
    for segment, judged in register.judged.items():
        of = msgspec.structs.replace(OF[segment.consolidation].declared, destination=LAW.country)
        known = {"customs_value": judged.value, "duty": judged.duty, "payable": judged.payable, **judged.history}
        facts = ParcelFacts(judged.rows, of, LAW, known)
        taken = [n for n in range(len(judged.number)) if VERDICTS[judged.verdict[n]] in TAKEN]
        assert one.part.number()[at : at + len(taken)].tolist() == judged.number[taken].tolist()
        for name in KINDS:
            for n, row in enumerate(taken[:40]):
                assert value_of(past.column(name), at + n) == value_of(facts.column(name), row), name
        at += len(taken)
    assert at == len(one.part) and set(HISTORY) <= set(KINDS)


def test_files_follow_new_segments_and_no_parcel_counts_twice(register: Register, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, register.of, unpacked)
    whole = numbers(stored(register, Shelf(tmp_path / "whole", register.of, unpacked)))
    first = stored(register, shelf, register.segments[:1])
    register.read.clear()
    assert sorted(numbers(stored(register, shelf))) == sorted(whole) and len(set(whole)) == len(whole)
    assert register.read == [("facts", 7, 1), ("facts", 8, 0)]  # what was there is not read again
    register.read.clear()
    assert sorted(numbers(stored(register, shelf))) == sorted(whole) and not register.read
    # two processes that made files of the same segments at once, one that is of another register, one that is broken
    (path,) = tmp_path.glob("*.arrow")
    path.with_name(f"{DAY}.{'0' * 16}.arrow").write_bytes(path.read_bytes())
    (tmp_path / f"{DAY}.{'1' * 16}.arrow").write_bytes(b"broken")
    assert sorted(numbers(stored(register, shelf))) == sorted(whole)
    assert sorted(numbers(stored(register, shelf, register.segments[:1]))) == sorted(numbers(first))
    with pytest.raises(ValueError, match="holds no parcels"):
        Part(Path(__file__))


def test_a_text_is_read_only_where_a_rule_asks_for_it(register: Register, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, register.of, unpacked)
    register.read.clear()
    for asked, sides in (({"value_per_kg"}, {"facts"}), ({"description"}, {"facts", "texts"})):
        register.read.clear()
        for one in stored(register, shelf):
            columns(one, WHO | asked, Outcomes.read(iter(())))
        assert {side for side, *_ in register.read} == sides


def test_hand_counted(register: Register, tmp_path: Path) -> None:
    """A rule on the past against a plain loop through what the kernel said."""
    shelf = Shelf(tmp_path, register.of, unpacked)
    files = [(int(v.number[n]), v) for v in register.judged.values() for n in np.flatnonzero(v.verdict == 2)]
    told = "".join(
        f"{n},{'RC1' if i % 2 else 'random'},{(i + 1) % 2},{int(i < 4)},{int(i == 1)},{50 * (i == 1)},{7 * i}\n"
        for i, (n, _) in enumerate(files)
    )
    outcomes = Outcomes.read(iter([told.encode()]))
    trial = Trial(
        "T", "starts(code, '6', '8', '9') and customs_value > 3000 and consignee_parcels_today == 0", Lane.RED
    )
    past = [
        columns(one, WHO | {"customs_value", "consignee_parcels_today"}, outcomes) for one in stored(register, shelf)
    ]
    (found,) = backtest([trial], past, {})
    hits, value, stay, caught = [], 0, 0, 0
    for v in register.judged.values():
        for n in range(len(v.number)):
            code, red = v.rows.text["code"].text(n), v.lane[v.lane_code[n]] == "RED"
            if VERDICTS[v.verdict[n]] not in TAKEN or v.value[n] <= 3000 or code[:1] not in "689":
                continue
            if v.history["consignee_parcels_today"][n] == 0:
                hits.append(int(v.number[n]))
                value, stay, caught = value + int(v.value[n]), stay + red, caught + (hits[-1] == files[1][0])
    assert found.hits == len(hits) > 20 and found.value == value and found.caught.count == caught
    assert (
        found.caught.of == 1 and found.examined if hasattr(found, "examined") else found.today.of == min(4, len(files))
    )
    assert sum(m.declarations for m in found.moves) == len(hits) - stay
    assert found.looks == sum(m.declarations for m in found.moves if m.before in (Lane.GREEN, Lane.BLUE))
    assert {h.number for h in found.sample} <= set(hits) and len(found.sample) == 12
    assert sum(g.hits for g in found.headings) <= len(hits) and found.months[0].month == "2026-11"
    assert all(h.number >= number(7, 1) for h in found.sample)


def test_a_rule_that_columns_cannot_answer_is_refused_with_the_reason(register: Register, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, register.of, unpacked)
    trial = Trial("T", "documents == additional_codes", Lane.BLUE)
    past = (columns(one, WHO, Outcomes.read(iter(()))) for one in stored(register, shelf))
    with pytest.raises(NotInColumns, match="two sets of codes"):
        backtest([trial], past, {})


def test_a_draft_law_owes_on_every_parcel_what_the_line_says(register: Register, tmp_path: Path) -> None:
    pack = tmp_path / "draft"
    shutil.copytree(country_directory("meridia"), pack)
    reliefs = (pack / "reliefs.csv").read_text().splitlines(keepends=True)
    (pack / "reliefs.csv").write_text("".join(line for line in reliefs if not line.startswith("C07,")))
    draft = Book.open(compile_pack(pack))
    parts = stored(register, Shelf(tmp_path / "shelf", register.of, unpacked))
    for book, changes in ((embedded_book(), False), (draft, True)):
        after, counted, taken = 0, 0, 0
        found = [sums(one, book, Engine(book)) for one in parts]
        left = {n for one in found for n in one.left}
        for segment, v in register.judged.items():
            of = msgspec.structs.replace(OF[segment.consolidation].declared, destination=LAW.country)
            line = ParcelLine(of, Context(book.on(DAY), datetime(2026, 11, 26, 8, tzinfo=UTC), b"k" * 32))
            for n in range(len(v.number)):
                number_ = int(v.number[n])
                if VERDICTS[v.verdict[n]] in TAKEN:
                    taken += 1
                    if number_ not in left:
                        counted += 1
                        after += line(number_, v.rows.parcel(n), HistoryFacts(), (999_999, 999_999)).payable
        assert counted == sum(one.declarations for one in found) and counted + len(left) == taken
        assert after == sum(numbers[2] for one in found for numbers in one.chapters.values())
        assert after == sum(numbers[2] for one in found for numbers in one.origins.values())
        assert bool(sum(one.changed for one in found)) is changes and len(left) < counted
