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
from msgspec.structs import replace

pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")

from customhouse.clearance.line import Context
from customhouse.clearance.parcel import ParcelLine, walked
from customhouse.house.lawbooks import embedded_book
from customhouse.law.book import Book, compile_pack
from customhouse.law.pack import country_directory
from customhouse.law.selectivity import NO_SELECTIVITY
from customhouse.offices.risk.backtest import Trial
from customhouse.record.history import HistoryFacts
from customhouse.record.lanes import Lane
from customhouse.record.parcel import NAMES, Consolidation, Parcel, number
from customhouse.registry.parcel_past import Of, Segment
from customhouse.simulator.parcels import parcels
from customhouse.stream.backtest import backtest
from customhouse.stream.facts import Codes, Text
from customhouse.stream.parcels import marks
from customhouse.stream.parcels.again import Draft, Then
from customhouse.stream.parcels.day import Day
from customhouse.stream.parcels.facts import KINDS, ParcelFacts
from customhouse.stream.parcels.impact import sums
from customhouse.stream.parcels.kernel import FILE, HISTORY, VERDICTS, Eyes, Kernel, Verdicts
from customhouse.stream.parcels.lanes import LANES
from customhouse.stream.parcels.past import Outcomes, Stored, columns, lanes
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
KEY = b"k" * 32
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
        line = ParcelLine(of, Context(LAW, datetime(2026, 11, 26, 8, tzinfo=UTC), KEY))
        rows, bad = settle(Table(np.arange(1, len(made) + 1) + 1000 * place, texts(made), []))
        assert not bad
        found = Kernel(LAW, of, Eyes(KEY), line).judge(rows, consolidation, Day())
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
    made = [
        replace(p, documents=f"C635|L-{n}|AC; N851|{n}", statements=f"NIIMP; 00500|{n}", tax_parties="FR2|XM1")
        if n % 3
        else p
        for n, p in enumerate(parcels(500, "past"))
    ]
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


def drafted(folder: Path) -> Book:
    """A law without relief for small parcels, which looks at other goods, at more of them at random, and refuses some."""
    pack = folder / "draft"
    shutil.copytree(country_directory("meridia"), pack)
    reliefs = (pack / "reliefs.csv").read_text().splitlines(keepends=True)
    (pack / "reliefs.csv").write_text("".join(line for line in reliefs if not line.startswith("C07,")))
    country = (pack / "country.toml").read_text()
    (pack / "country.toml").write_text(country.replace("ppm = 30000", "ppm = 90000"))
    told = {"source": '"Draft"', "text": '{ en = "Draft", fr = "Projet" }'}
    more = "".join(f"{name} = {value}\n" for name, value in told.items())
    criterion = f"""\n[[criterion]]\nid = "SX01"\nlane = "RED"\nowner = "Desk"\nexpression = "is_import and duty > 150"\n{more}"""
    rule = f"""\n[[rule]]\nid = "XX01"\nexpression = "not starts(code, '61')"\nwhere = "GoodsShipment"\n{more}hint = {{ en = "No", fr = "Non" }}\n"""
    for name, added in (("criteria.toml", criterion), ("rules.toml", rule)):
        with (pack / name).open("a") as file:
            file.write(added)
    return Book.open(compile_pack(pack))


def test_a_draft_law_says_of_every_parcel_what_the_line_says(register: Register, tmp_path: Path) -> None:
    """Each parcel in columns, and judged again by itself: what it owes, its lane, whether it needs a file, whether it is taken at all."""
    parts = stored(register, Shelf(tmp_path / "shelf", register.of, unpacked))
    outcomes = outcomes_of(register)
    for changes, book in ((False, embedded_book()), (True, drafted(tmp_path))):
        draft = Draft(book, lambda _: Then(LAW, NO_SELECTIVITY), KEY)
        found = {
            int(n): (v, k)
            for one in parts
            for v in [draft.judged(one, outcomes)]
            for k, n in enumerate(one.part.number())
        }
        totals = [sums(one, draft.judged(one, outcomes)) for one in parts]
        differ, left, refused, moved_, files = [], 0, 0, 0, 0
        for segment, v in register.judged.items():
            of = msgspec.structs.replace(OF[segment.consolidation].declared, destination=LAW.country)
            line = ParcelLine(of, Context(book.on(DAY), datetime(2026, 11, 26, 8, tzinfo=UTC), KEY))
            drawn = marks.draws(KEY, v.number)
            for n in range(len(v.number)):
                if VERDICTS[v.verdict[n]] not in TAKEN:
                    continue
                mine, k = found[int(v.number[n])]
                if mine.left[k]:
                    left += 1
                    continue
                history = HistoryFacts(**{name: int(v.history[name][n]) for name in HISTORY})
                told = line(int(v.number[n]), v.rows.parcel(n), history, (int(drawn[0][n]), int(drawn[1][n])))
                if told.refused or mine.refused[k] >= 0:
                    refused += 1
                    if not (told.refused and mine.rules[mine.refused[k]] in told.told):
                        differ.append((n, told.told, mine.rules[mine.refused[k]]))
                    continue
                lane = LANES[mine.lane[k]].value
                if (told.lane, told.payable, not told.rests) != (lane, mine.payable[k], bool(mine.file[k])):
                    differ.append((n, told, lane, mine.payable[k], mine.file[k]))
                moved_ += v.lane[v.lane_code[n]] != lane
                files += not told.rests
        assert not differ, differ[:3]
        taken = sum(len(one.part) for one in parts)
        assert sum(one.declarations for one in totals) == taken - left - refused and left < taken / 10
        assert (
            sum(one.files[1] for one in totals) == files
            and sum(one.refused.get("XX01", 0) for one in totals) == refused
        )
        if changes:
            assert refused > 5 and moved_ > 20 and sum(one.changed for one in totals) > 20
        else:  # what is in force changes nothing
            assert refused == moved_ == sum(one.changed for one in totals) == 0
            assert [one.files[0] for one in totals] == [one.files[1] for one in totals]


def test_what_only_the_record_knows_keeps_its_lane(register: Register, tmp_path: Path) -> None:
    """Files that a model, an officer or the exploration asked for, beside a criterion and a draw."""
    (one,) = stored(register, Shelf(tmp_path, register.of, unpacked))
    draft = Draft(embedded_book(), lambda _: Then(LAW, NO_SELECTIVITY), KEY)
    was = lanes(one.part)
    files = np.flatnonzero(was > 0)
    number = one.part.number()[files]
    plain = draft.judged(one, outcomes_of(register))
    assert (plain.lane == was).all() and not plain.unread and not plain.floor.any()
    for reason in ("model", "targeted"):
        told = "".join(f"{n},{reason},0,0,0,0,1\n" for n in number)
        found = draft.judged(one, Outcomes.read(iter([told.encode()])))
        assert (found.floor[files] == was[files]).all() and (found.lane == was).all()
    told = "".join(f"{n},explore,0,0,0,0,1\n" for n in number)
    assert set(draft.judged(one, Outcomes.read(iter([told.encode()]))).floor[files].tolist()) == {2}
    nobody = draft.judged(one, Outcomes.read(iter(())))
    assert nobody.unread == len(files) and (nobody.lane == was).all()


def outcomes_of(register: Register) -> Outcomes:
    """What the record says of the files: the reasons of their lanes, none examined."""
    told = []
    for segment, v in register.judged.items():
        of = msgspec.structs.replace(OF[segment.consolidation].declared, destination=LAW.country)
        drawn = marks.draws(KEY, v.number)
        for n in np.flatnonzero(v.verdict == FILE).tolist():
            history = HistoryFacts(**{name: int(v.history[name][n]) for name in HISTORY})
            context = Context(LAW, datetime(2026, 11, 26, 8, tzinfo=UTC), KEY)
            walk, *_ = walked(
                int(v.number[n]), v.rows.parcel(n), of, context, history, (int(drawn[0][n]), int(drawn[1][n]))
            )
            selection: Any = walk.declaration.selection
            fired = "\t".join(dict.fromkeys(r.rule for r in selection.reasons if r.rule != "no-finding"))
            told.append(f"{v.number[n]},{fired},{int('random' in fired)},0,0,0,-1\n")
    return Outcomes.read(iter(["".join(told).encode()]))
