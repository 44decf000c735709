"""Parcels spread over machines: however rows are cut, gathered and shuffled, the verdicts are those of one process, byte by byte."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
from msgspec.structs import replace

from customhouse.clearance.line import Context
from customhouse.house.consolidation import kernel_of
from customhouse.house.lawbooks import embedded_book
from customhouse.kernel.problem import Refusal
from customhouse.record.parcel import NAMES, Consolidation, Parcel
from customhouse.simulator.parcels import parcels
from customhouse.stream.parcels import counters
from customhouse.stream.parcels.cuts import cuts, tables
from customhouse.stream.parcels.day import Day
from customhouse.stream.parcels.engine import STEPS, Engine, Part, Piece, Work, taken
from customhouse.stream.parcels.parked import VERDICT_COLUMNS, as_parquet
from customhouse.stream.parcels.places import Place
from customhouse.stream.parcels.rows import settle

AT = datetime(2026, 11, 26, 8, tzinfo=UTC)
BY = Consolidation("XM100000009", "AIR 26", "XM000040", "5", "XM")
STANDING = frozenset({*(p.reference for p in list(parcels(60, "evening"))[50:]), "nowhere"})


@pytest.fixture(scope="module")
def law() -> Any:
    return embedded_book().on(AT.date())


def driven(work: Work, made: Callable[[Work], Engine], chance: random.Random) -> list[Part]:
    """The four steps under a plain driver that does what any engine may: gives places out in whatever order and batches, each to
    a process that knows nothing of the others, stops some in the middle, and has some done twice."""
    for step in STEPS:
        places = list(range(made(work).places(step)))
        places += chance.sample(places, len(places) // 3)
        chance.shuffle(places)
        told: set[bytes] = set()
        while places:
            size = chance.randint(1, 5)
            taken_, places = places[:size], places[size:]
            if chance.random() < 0.2:
                next(asked(made(work), step, taken_), None)
            for batch in asked(made(work), step, taken_):
                told.update(batch.column("told").to_pylist())
        if step == "prepare":
            work = work.prepared(msgspec.json.decode(one, type=Piece) for one in told)
    return sorted((msgspec.json.decode(one, type=Part) for one in told), key=lambda part: part.name)


def asked(engine: Engine, step: str, places: list[int]) -> Iterator[pa.RecordBatch]:
    batches = [pa.RecordBatch.from_pydict({"id": pa.array(places)})]
    found: Iterator[pa.RecordBatch] = getattr(engine, step)(batches)
    return found


def engine(law: Any, work: Work, past: bytes = b"") -> Engine:
    context = Context(law, AT, b"k" * 32)
    keys = np.sort(counters.references(BY.declarant, pa.array(sorted(STANDING))))

    @cache
    def kernel(file: int) -> Any:
        return kernel_of(context, replace(BY, reference=work.files[file].name), {"6109": 5000, "8517": 90_000}, keys)

    return Engine(work, kernel, lambda names: set(names) & STANDING, past)


def whole(work: Work, parts: Iterable[Part]) -> bytes:
    """All verdicts, in the order of files and lines, as one file."""
    tables_ = [parquet.read_table(pa.BufferReader(work.to.under(part.name).read())) for part in parts]
    return bytes(as_parquet(pa.concat_tables(tables_)))


def files(folder: Path) -> tuple[Place, ...]:
    """A morning and an evening file: splitting, likes, vague words, odd currencies, lines that are none, the same parcels again."""
    morning = list(parcels(900, "spread"))
    again = [replace(p, price="1.00") for p in morning[100:110]] + morning[3:9]
    alike = [replace(morning[5], reference=f"ALIKE{n}") for n in range(3)]
    evening = [*parcels(300, "evening"), *again, *alike, replace(morning[0], currency="XXX", reference="ODD")]
    lines = [msgspec.json.encode(p) for p in evening]
    lines[40:40] = [b"{half", b"", b'{"reference": "x" * 2}']
    (folder / "evening.jsonl").write_bytes(b"\n".join(lines))
    columns = {n: [getattr(p, n) for p in morning] for n in NAMES}
    parquet.write_table(pa.table(columns), folder / "morning.parquet", row_group_size=170)
    return Place(str(folder / "morning.parquet")), Place((folder / "evening.jsonl").as_uri())


def test_the_answers_do_not_hang_on_how_rows_are_cut_and_gathered(law: Any, tmp_path: Path) -> None:
    places = files(tmp_path)
    past = yesterday_evening(law, tmp_path)
    told = []
    for n, (chunk, portions) in enumerate(((10_000, 0), (97, 3), (400, 1))):
        to = Place(str(tmp_path / f"to{n}"))
        found = tuple(cut for at, place in enumerate(places) for cut in cuts(at, place, chunk))
        work = Work(places, (7, 9), found, chunk, to, to.under("aside"), portions)
        work.aside.make()
        one = engine(law, work, past)
        made = partial(Engine, kernel=one.kernel, stands=one.stands, past=past)
        parts = driven(work, made, random.Random(n)) if portions else list(made(work).in_order())
        told.append(whole(work, parts))
        assert {part.name for part in parts} == {path.name for path in Path(to.url).glob("*.parquet")}
        assert not list(Path(to.url).rglob(".*"))
    assert told[0] == told[1] == told[2]
    seen = parquet.read_table(pa.BufferReader(told[0]))
    assert seen.schema.equals(VERDICT_COLUMNS)
    verdicts = seen["verdict"].to_pylist()
    assert set(verdicts) == {"released", "due", "file", "refused", "repeated", "unreadable"}
    # all that is counted is there to be counted, also what was taken before
    counts = {name: max(v or 0 for v in seen[name].to_pylist()) for name in seen.schema.names if "today" in name}
    assert all(counts.values()) and counts["consignee_parcels_today"] >= 2 and verdicts.count("repeated") > 20
    assert "A declaration stands" in str(seen["reasons"].to_pylist())


def yesterday_evening(law: Any, folder: Path) -> bytes:
    """What was taken earlier on the day: some of the same parcels, under an earlier consolidation."""
    path = folder / "before.jsonl"
    path.write_bytes(b"".join(msgspec.json.encode(p) + b"\n" for p in list(parcels(900, "spread"))[200:240]))
    [cut] = cuts(0, Place(str(path)), 1000)
    [table] = tables(Place(str(path)), cut, 1000)
    rows, _ = settle(table)
    work = Work((Place(str(path)),), (5,), (cut,), 1000, Place(""), Place(""))
    prepared = engine(law, work).kernel(0).prepare(rows, 5)
    at = Day().meet(prepared.asked).taken(prepared.asked.accepted)
    keys = counters.keys(rows.part(np.flatnonzero(at)), BY.declarant)
    return taken(keys, prepared.asked.value[at], prepared.asked.numbers[at])


@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_the_pieces_of_a_file_hold_every_line_once_with_its_number(tmp_path: Path, chunk: int) -> None:
    made = [msgspec.json.encode(p) for p in parcels(60, "lines")]
    path = tmp_path / "some.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + b"\r\n".join([*made[:30], b"", b"x" * 70_000, *made[30:]]))
    place = Place(str(path))
    seen: list[tuple[int, str]] = []
    bad = []
    for cut in cuts(0, place, chunk):
        for table in tables(place, cut, chunk):
            rows, faults = settle(table)
            bad += [(q.line, q.rule) for q in faults]
            seen += zip(rows.line.tolist(), rows.text["reference"].texts().to_pylist(), strict=True)
    lines = [*range(1, 31), *range(33, 63)]
    assert seen == [(n, msgspec.json.decode(one, type=Parcel).reference) for n, one in zip(lines, made, strict=True)]
    assert bad == [(32, "LineTooLong")]


def test_a_place_that_nothing_opens_and_a_file_that_cannot_be_taken_are_told(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"Nothing here opens it"):
        cuts(0, Place("nosuch://bucket/parcels.csv"), 10)
    path = tmp_path / "short.parquet"
    path.write_bytes(b"PAR1 and no more")
    with pytest.raises(Refusal, match="cannot be read"):
        cuts(0, Place(str(path)), 10)
    (tmp_path / "other.csv").write_bytes(b"a,b\n1,2\n")
    with pytest.raises(Refusal, match="There is no column 'a'"):
        cuts(0, Place(str(tmp_path / "other.csv")), 10)
    with pytest.raises(FileNotFoundError):
        cuts(0, Place(str(tmp_path / "none.csv")), 10)


def test_how_a_place_is_reached_stays_behind_its_name() -> None:
    to = Place("s3://out/today/?region=eu-south-1")
    assert to.name == "today" and to.under("a.parquet").url == "s3://out/today/a.parquet?region=eu-south-1"
    assert Place("/data/what?/").under("a").url == "/data/what?/a"


@pytest.mark.parametrize("url", ["{}", "file://{}", "memory://there{}"])
def test_a_file_is_under_its_name_whole_or_not_at_all(tmp_path: Path, url: str) -> None:
    if url.startswith("memory"):
        pytest.importorskip("fsspec", reason="places beyond pyarrow's own need fsspec")
    folder = Place(url.format(tmp_path))
    folder.make()
    place = folder.under("one")
    place.write(b"first")

    def broken_off() -> None:
        with place.writing() as file:
            file.write(b"half of the sec")
            assert place.read() == b"first"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    assert place.read() == b"first" and not list(tmp_path.glob(".*"))
    place.write(b"second, and longer")
    assert place.read() == bytes(place.contents()) == b"second, and longer"
    folder.clear()


def test_places_of_fsspec_are_read_and_written_as_any_other() -> None:
    pytest.importorskip("fsspec", reason="places beyond pyarrow's own need fsspec")
    to = Place("memory://there/inner")
    to.make()
    to.under("one").write(b"1234\n5")
    assert to.under("one").read() == b"1234\n5" and to.under("one").is_there() and not to.under("two").is_there()
    with to.under("one").open() as file:
        file.seek(5)
        assert file.read() == b"5"
    to.clear()
    assert not to.under("one").is_there()
