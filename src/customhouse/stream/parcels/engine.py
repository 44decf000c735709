"""The kernel as pure functions over Arrow record batches, for engines that spread batches over machines.

    prepare -> recognise -> count -> finish

`prepare` and `finish` see whole parcels, each chunk alone; what is carried between machines are messages with a few numbers a
row, gathered by key: by reference (which parcel was there before), then by consignee, by address and by likeness (what came
before, and was taken). A message says where it goes (`to`), what it is (`kind`) and holds its numbers in one piece (`data`), so
that an engine moves some thousand large rows and not millions of small ones. However the messages are cut and in whatever
order they come, the answers are the same: those of `Day.meet` over the rows in the order of their numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from customhouse.stream.items import Flags, Ints
from customhouse.stream.parcels import counters
from customhouse.stream.parcels.counters import Before, Tally
from customhouse.stream.parcels.cuts import Cut, tables
from customhouse.stream.parcels.day import Day, Met
from customhouse.stream.parcels.kernel import Kernel, Prepared, Verdicts
from customhouse.stream.parcels.parked import Parked, as_parquet, unpacked, verdicts
from customhouse.stream.parcels.places import Place
from customhouse.stream.parcels.rows import Quarantined, settle

MESSAGES = pa.schema([("to", pa.int32()), ("kind", pa.int32()), ("data", pa.binary())])
CUT, ASKED, CONSIGNEE, ADDRESS, ALIKE, EARLIER, CONSIGNEES, ADDRESSES, ALIKES, DONE = range(10)
"""Kinds: a piece of work; rows asked by reference; rows counted by each of three keys; what was found of each; a part that is done."""
ROW = np.dtype(
    [
        ("number", "<i8"), ("reference", "<u8"), ("content", "<u8"), ("consignee", "<u8"), ("address", "<u8"), ("alike", "<u8"),
        ("value", "<i8"), ("cut", "<i4"), ("accepted", "?"), ("stands", "?"),
    ]
)  # fmt: skip
"""A row as it is met. `cut` is where its answer goes; -1 for one of the day that was taken before."""
COUNTED = np.dtype([("number", "<i8"), ("key", "<u8"), ("value", "<i8"), ("cut", "<i4"), ("taken", "?")])
FOUND = np.dtype([("number", "<i8"), ("earlier", "<i8"), ("same", "?")])
COUNT = np.dtype([("number", "<i8"), ("count", "<i8"), ("value", "<i8")])
KEYS = {CONSIGNEE: "consignee", ADDRESS: "address", ALIKE: "alike"}
Structured = NDArray[Any]
Batches = Iterable[pa.RecordBatch]
Message = tuple[int, int, bytes]
PARTS = "part-{file:05d}-{first:08d}-{n:04d}.parquet"


class Work(msgspec.Struct, frozen=True):
    """What is judged: files, the number of the consolidation that each of them is, rows of a chunk, where verdicts go, what is
    put aside meanwhile, and by how many portions messages are gathered."""

    files: tuple[Place, ...]
    numbers: tuple[int, ...]
    chunk: int
    to: Place
    aside: Place
    portions: int = 8


class Piece(msgspec.Struct, frozen=True):
    """A cut that was prepared, and in how many chunks it was put aside."""

    cut: Cut
    chunks: int


class Part(msgspec.Struct, frozen=True):
    """A file of verdicts: its name, the file it is of, SHA-256, and rows by verdict."""

    name: str
    file: int
    sha256: str
    verdicts: dict[str, int]


class Engine:
    """The four steps, for one work. `kernel` makes the kernel of a file, `stands` says under which references of those a
    declaration stands, `past` are the rows that were taken earlier on the day."""

    def __init__(
        self,
        work: Work,
        kernel: Callable[[int], Kernel],
        stands: Callable[[Sequence[str]], set[str]],
        past: bytes = b"",
    ) -> None:
        self.work, self.kernel, self.stands, self.past = work, kernel, stands, past

    # --- first step: whole parcels, each chunk alone ------------------------------------------------------------------

    def prepare(self, batches: Batches) -> Iterator[pa.RecordBatch]:
        """Pieces of files -> rows asked by reference. What was prepared is put aside for `finish`."""
        for to, _, data in _read(batches):
            if to < 0:
                yield from _written(self._by_reference(np.frombuffer(self.past, ROW)))
                continue
            cut = msgspec.json.decode(data, type=Cut)
            chunks = 0
            for prepared, bad in self.prepared(cut):
                stands = self._standing(prepared)
                self.work.aside.under(f"{to}-{chunks}").write(Parked(prepared, stands, bad).packed())
                yield from _written(self._by_reference(_rows(prepared, stands, to)))
                chunks += 1
            yield from _written([(to, CUT, msgspec.json.encode(Piece(cut, chunks)))])

    def prepared(self, cut: Cut) -> Iterator[tuple[Prepared, list[Quarantined]]]:
        """The chunks of a piece, prepared, and what could not be read of each."""
        kernel, consolidation = self.kernel(cut.file), self.work.numbers[cut.file]
        for table in tables(self.work.files[cut.file], cut, self.work.chunk, kernel.of):
            rows, bad = settle(table)
            yield kernel.prepare(rows, consolidation), bad

    def _standing(self, prepared: Prepared) -> Flags:
        found = np.zeros(len(prepared.rows), bool)
        named = prepared.asked.named
        if named:
            standing = self.stands(sorted(set(named.values())))
            found[[n for n, reference in named.items() if reference in standing]] = True
        return np.asarray(found & prepared.asked.accepted, bool)

    def _by_reference(self, rows: Structured) -> Iterator[Message]:
        return _portioned(rows, rows["reference"], self.work.portions, ASKED, 0)

    # --- what came before: only numbers -------------------------------------------------------------------------------

    def recognise(self, batches: Batches) -> Iterator[pa.RecordBatch]:
        """Rows by reference -> which were declared before, and rows to be counted by each key."""
        passed, asked = _sorted(batches, {CUT})
        yield from _written(passed)
        for _, blobs in sorted(asked.items()):
            rows = _joined(blobs, ROW)
            may = rows["accepted"] & ~rows["stands"]
            by = counters.grouped(rows["reference"])
            first = by.of_rows(by.first(may))
            above = (first < np.arange(len(first))) & rows["accepted"]
            first = np.where(above, first, 0)
            earlier = np.where(above, rows["number"][first], 0)
            yield from _written(self._answers(rows, earlier, rows["content"][first] == rows["content"]))
            taken = may & (~above | (rows["cut"] < 0))
            for kind, name in KEYS.items():
                counted = np.zeros(len(rows), COUNTED)
                for field in ("number", "cut"):
                    counted[field] = rows[field]
                counted["key"], counted["taken"] = rows[name], taken
                counted["value"] = np.where(taken, rows["value"], 0)
                yield from _written(_portioned(counted, counted["key"], self.work.portions, kind, kind))

    def _answers(self, rows: Structured, earlier: Ints, same: Flags) -> Iterator[Message]:
        met = np.flatnonzero((earlier > 0) & (rows["cut"] >= 0))
        found = np.zeros(len(met), FOUND)
        found["number"], found["earlier"], found["same"] = rows["number"][met], earlier[met], same[met]
        return _to_cuts(found, rows["cut"][met], EARLIER)

    def count(self, batches: Batches) -> Iterator[pa.RecordBatch]:
        """Rows by a key -> how many came before each, and their value. What was found already goes on as it is."""
        passed, asked = _sorted(batches, {CUT, EARLIER})
        yield from _written(passed)
        for (_, kind), blobs in sorted(asked.items()):
            rows = _joined(blobs, COUNTED)
            before = Tally().meet(counters.grouped(rows["key"]), rows["value"], rows["taken"])
            met = np.flatnonzero((before.count > 0) & (rows["cut"] >= 0))
            found = np.zeros(len(met), COUNT)
            found["number"], found["count"], found["value"] = rows["number"][met], before.count[met], before.value[met]
            yield from _written(_to_cuts(found, rows["cut"][met], kind + CONSIGNEES - CONSIGNEE))

    # --- last step: whole parcels again -------------------------------------------------------------------------------

    def finish(self, batches: Batches) -> Iterator[pa.RecordBatch]:
        """Pieces, and what was found of their rows -> verdicts, written as Parquet; says which parts are done."""
        found: dict[int, dict[int, list[bytes]]] = {}
        for to, kind, data in _read(batches):
            found.setdefault(to, {}).setdefault(kind, []).append(data)
        for to, told in sorted(found.items()):
            piece = msgspec.json.decode(told.pop(CUT)[0], type=Piece)
            cut, of, kernel = piece.cut, _Told(told), self.kernel(piece.cut.file)
            for n in range(piece.chunks):
                put = self.work.aside.under(f"{to}-{n}").read()
                parked = unpacked(put, kernel, self.work.numbers[cut.file])
                met = of.met(parked.prepared.asked.numbers, parked.stands)
                part = self.write(cut, n, kernel.finish(parked.prepared, met), parked.bad)
                yield from _written([(to, DONE, msgspec.json.encode(part))])

    def write(self, cut: Cut, n: int, found: Verdicts, bad: Sequence[Quarantined]) -> Part:
        """Write the verdicts of chunk `n` of a piece."""
        data = as_parquet(verdicts(found, bad, self.kernel(cut.file).law))
        name = PARTS.format(file=cut.file, first=cut.first, n=n)
        self.work.to.under(name).write(data)
        return Part(name, cut.file, hashlib.sha256(data).hexdigest(), found.by_verdict(len(bad)))

    # --- all of it in one process -------------------------------------------------------------------------------------

    def in_order(self, cuts: Iterable[Cut]) -> Iterator[Part]:
        """The same verdicts, piece by piece in their order, with nothing put aside: one process, bounded memory."""
        day = Day(self.stands)
        remember(day, np.frombuffer(self.past, ROW))
        for cut in cuts:
            for n, (prepared, bad) in enumerate(self.prepared(cut)):
                found = self.kernel(cut.file).finish(prepared, day.meet(prepared.asked))
                yield self.write(cut, n, found, bad)


class _Told:
    """What was found of the rows of a piece; nothing is said of rows that nothing came before."""

    def __init__(self, blobs: dict[int, list[bytes]]) -> None:
        self.earlier = _joined(blobs.get(EARLIER, ()), FOUND)
        self.counts = [_joined(blobs.get(kind, ()), COUNT) for kind in (CONSIGNEES, ADDRESSES, ALIKES)]

    def met(self, numbers: Ints, stands: Flags) -> Met:
        earlier, same = np.zeros(len(numbers), np.int64), np.zeros(len(numbers), bool)
        at, of = _matched(numbers, self.earlier)
        earlier[at], same[at] = of["earlier"], of["same"]
        before = []
        for counts in self.counts:
            one = Before(np.zeros(len(numbers), np.int64), np.zeros(len(numbers), np.int64))
            at, of = _matched(numbers, counts)
            one.count[at], one.value[at] = of["count"], of["value"]
            before.append(one)
        return Met(earlier, same, stands & (earlier == 0), counters.together(before))


def _matched(numbers: Ints, found: Structured) -> tuple[Ints, Structured]:
    """(places of the rows that something is said of, what is said); both are in the order of numbers."""
    of = found[np.searchsorted(found["number"], numbers[:1])[0] if len(numbers) else 0 :]
    of = of[: np.searchsorted(of["number"], numbers[-1], "right")] if len(numbers) else of[:0]
    return np.searchsorted(numbers, of["number"]), of


# --- rows and messages ------------------------------------------------------------------------------------------------


def _rows(prepared: Prepared, stands: Flags, cut: int) -> Structured:
    """The rows of a chunk as they are met."""
    asked = prepared.asked
    rows = np.zeros(len(asked.numbers), ROW)
    rows["number"], rows["value"], rows["cut"] = asked.numbers, asked.value, cut
    rows["accepted"], rows["stands"] = asked.accepted, stands
    rows["content"] = asked.content
    for name in ("reference", *KEYS.values()):
        by = getattr(asked, name)
        rows[name] = by.of_rows(by.key)
    return rows


def taken(keys: counters.RowKeys, value: Ints, numbers: Ints) -> bytes:
    """Rows that were taken earlier on the day, as an engine is told of them."""
    rows = np.zeros(len(numbers), ROW)
    rows["number"], rows["value"], rows["cut"], rows["accepted"] = numbers, value, -1, True
    for name, those in keys._asdict().items():
        rows[name] = those
    return rows.tobytes()


def remember(day: Day, rows: Structured) -> None:
    """Tell a day what was taken before."""
    keys = counters.RowKeys(*(np.ascontiguousarray(rows[name]) for name in counters.RowKeys._fields))
    day.add(keys, np.ascontiguousarray(rows["value"]), np.ascontiguousarray(rows["number"]))


def pieces(cuts: Iterable[Cut], *, past: bool = False) -> list[Message]:
    """The messages that work begins with; with `past`, what was taken before as well."""
    found = [(n, CUT, msgspec.json.encode(cut)) for n, cut in enumerate(cuts)]
    return [*found, (-1, CUT, b"")] if past else found


def _portioned(rows: Structured, key: Structured, portions: int, kind: int, among: int) -> Iterator[Message]:
    """Rows by portions of their key. The same key always goes to the same place, and each kind of key to places of its own."""
    portion = (key >> np.uint64(32)) % np.uint64(portions)
    order = np.argsort(portion, kind="stable")
    ends = np.searchsorted(portion[order], np.arange(portions + 1).astype(np.uint64))
    for n in range(portions):
        if ends[n] < ends[n + 1]:
            yield among * portions + n, kind, rows[order[ends[n] : ends[n + 1]]].tobytes()


def _to_cuts(found: Structured, cut: Structured, kind: int) -> Iterator[Message]:
    order = np.argsort(cut, kind="stable")
    distinct, starts = np.unique(cut[order], return_index=True)
    for to, some in zip(distinct.tolist(), np.split(found[order], starts[1:]), strict=True):
        yield to, kind, some.tobytes()


def _joined(blobs: Iterable[bytes], of: np.dtype[Any]) -> Structured:
    """The rows of messages in the order of their numbers, however they came."""
    rows = np.frombuffer(b"".join(blobs), of)
    return rows[np.argsort(rows["number"], kind="stable")]


def _read(batches: Batches) -> Iterator[Message]:
    for batch in batches:
        columns = (batch.column(name) for name in MESSAGES.names)
        yield from zip(*(column.to_pylist() for column in columns), strict=True)


def _written(messages: Iterable[Message]) -> Iterator[pa.RecordBatch]:
    for to, kind, data in messages:
        yield pa.RecordBatch.from_pydict({"to": [to], "kind": [kind], "data": [data]}, schema=MESSAGES)


def _sorted(batches: Batches, passed: set[int]) -> tuple[list[Message], dict[tuple[int, int], list[bytes]]]:
    """(messages of the kinds that are passed on, all others by where they go and what they are)."""
    on: list[Message] = []
    found: dict[tuple[int, int], list[bytes]] = {}
    for to, kind, data in _read(batches):
        if kind in passed:
            on.append((to, kind, data))
        else:
            found.setdefault((to, kind), []).append(data)
    return on, found
