"""The kernel as pure functions over Arrow record batches, for engines that spread batches over machines.

    prepare -> recognise -> count -> finish

`prepare` and `finish` see whole parcels, each chunk alone. Between them only numbers are met, in portions of their keys: by reference
(which parcel was there before), then by consignee, by address and by likeness (what came before, and was taken). A step is asked for
places in the work, in whatever order, and begins when the one before it is done everywhere; what it hands on lies in files beside
the verdicts, so that an engine gives out places and moves no rows. Each file is written whole or not at all and is the same however
often it is written, so a step may be done again, at any time and twice at once. The answers are those of `Day.meet` over the rows
in their order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec
import numpy as np
import pyarrow as pa

from customhouse.stream.items import Flags, Ints
from customhouse.stream.parcels import parked, portions
from customhouse.stream.parcels.counters import RowKeys
from customhouse.stream.parcels.cuts import Cut, tables
from customhouse.stream.parcels.day import Day, Met, ask
from customhouse.stream.parcels.kernel import Kernel, Prepared, Verdicts
from customhouse.stream.parcels.parked import Parked, as_parquet, verdicts
from customhouse.stream.parcels.places import Place
from customhouse.stream.parcels.portions import ANSWERS, KNOWN, QUESTIONS
from customhouse.stream.parcels.rows import Quarantined, settle

STEPS = ("prepare", "recognise", "count", "finish")
TOLD = pa.schema([("told", pa.binary())])
"""What a step tells of its work, one row each: `Piece` of `prepare`, `Part` of `finish`, as JSON."""
TAKEN = np.dtype([("number", "<i8"), ("value", "<i8"), *((name, "<u8") for name in RowKeys._fields)])
"""A row that was taken earlier on the day."""
Batches = Iterable[pa.RecordBatch]
PAST = "past.asked"
PARTS = "part-{file:05d}-{first:08d}-{n:04d}.parquet"


class Work(msgspec.Struct, frozen=True):
    """What is judged: files, the number of the consolidation that each of them is, the pieces they are cut into, rows of a chunk,
    where verdicts go, what is put aside meanwhile, and in how many portions the rows are met; `chunks` says of each piece how many
    there are, once they are prepared."""

    files: tuple[Place, ...]
    numbers: tuple[int, ...]
    cuts: tuple[Cut, ...]
    chunk: int
    to: Place
    aside: Place
    portions: int = 8
    chunks: tuple[int, ...] = ()

    @property
    def rows(self) -> int:
        return sum(cut.rows for cut in self.cuts)

    def prepared(self, told: Iterable[Piece]) -> Work:
        """The same, as it is known after the first step."""
        of = {piece.place: piece.chunks for piece in told}
        return msgspec.structs.replace(self, chunks=tuple(of[n] for n in range(len(self.cuts))))


class Piece(msgspec.Struct, frozen=True):
    """A piece that was prepared, and in how many chunks it was put aside."""

    place: int
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

    def places(self, step: str) -> int:
        """How many places a step has: pieces (of `prepare` one more, for what was taken before), or portions."""
        pieces = len(self.work.cuts)
        return {"prepare": pieces + 1, "finish": pieces}.get(step, self.work.portions)

    # --- first step: whole parcels, each chunk alone ------------------------------------------------------------------

    def prepare(self, batches: Batches) -> Iterator[pa.RecordBatch]:
        """Pieces of files -> rows asked, in portions. What was prepared is put aside for `finish`."""
        for place in _places(batches):
            if place == len(self.work.cuts):
                self._prepare_past()
                continue
            chunks = 0
            for prepared, bad in self.prepared(self.work.cuts[place]):
                stands, name = self._standing(prepared), f"{place}-{chunks}"
                Parked(prepared, stands, bad).write(self.work.aside.under(f"{name}.rows"))
                asked = portions.questions(prepared.asked, stands, self.work.portions)
                portions.write(self.work.aside.under(f"{name}.asked"), asked)
                chunks += 1
            yield _told(Piece(place, chunks))

    def _prepare_past(self) -> None:
        keys, value, numbers = _past(self.past)
        asked = ask(numbers, keys, value, np.ones(len(numbers), bool), {})
        nobody = np.zeros(len(numbers), bool)
        portions.write(self.work.aside.under(PAST), portions.questions(asked, nobody, self.work.portions))

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

    # --- what came before: only numbers, each portion alone -----------------------------------------------------------

    def recognise(self, batches: Batches) -> Iterator[pa.RecordBatch]:
        """Rows by reference -> which were declared before."""
        for portion in _places(batches):
            asked = [portions.read(place, portion, QUESTIONS, slice(1))[0] for place in self._in_order()]
            portions.write(self._known(portion), [[rows] for rows in portions.known(asked)])
            yield _told(None)

    def count(self, batches: Batches) -> Iterator[pa.RecordBatch]:
        """Rows by the other keys -> how many came before each, and their value."""
        repeated: list[list[Ints]] = []
        for portion in _places(batches):
            repeated = repeated or self._repeated()
            asked = [portions.read(place, portion, QUESTIONS, slice(1, None)) for place in self._in_order()]
            told = [portions.counted(rows, repeated) for rows in zip(*asked, strict=True)]
            portions.write(self._counted(portion), list(zip(*told, strict=True)))
            yield _told(None)

    def _repeated(self) -> list[list[Ints]]:
        """The rows of each chunk that were declared before, as each portion knows them."""
        chunks = 1 + sum(self.work.chunks)
        told = [portions.read_all(self._known(n), chunks, (KNOWN,)) for n in range(self.work.portions)]
        return [[np.array(known["row"]) for [known] in of] for of in zip(*told, strict=True)]

    def _in_order(self) -> list[Place]:
        """What is asked: of what was taken before, and of every chunk in the order of the files."""
        names = [f"{place}-{n}.asked" for place, chunks in enumerate(self.work.chunks) for n in range(chunks)]
        return [self.work.aside.under(name) for name in (PAST, *names)]

    def _known(self, portion: int) -> Place:
        return self.work.aside.under(f"{portion}.known")

    def _counted(self, portion: int) -> Place:
        return self.work.aside.under(f"{portion}.counted")

    # --- last step: whole parcels again -------------------------------------------------------------------------------

    def finish(self, batches: Batches) -> Iterator[pa.RecordBatch]:
        """Pieces, and what was found of their rows -> verdicts, written as Parquet; says which parts are done."""
        for place in _places(batches):
            cut = self.work.cuts[place]
            kernel, before = self.kernel(cut.file), 1 + sum(self.work.chunks[:place])
            for n in range(self.work.chunks[place]):
                put = self.work.aside.under(f"{place}-{n}.rows")
                chunk = parked.read(put, kernel, self.work.numbers[cut.file])
                found = kernel.finish(chunk.prepared, self._met(before + n, chunk.stands))
                yield _told(self.write(cut, n, found, chunk.bad))

    def _met(self, chunk: int, stands: Flags) -> Met:
        all_ = range(self.work.portions)
        known = [portions.read(self._known(n), chunk, (KNOWN,))[0] for n in all_]
        return portions.answered(known, [portions.read(self._counted(n), chunk, ANSWERS) for n in all_], stands)

    def write(self, cut: Cut, n: int, found: Verdicts, bad: Sequence[Quarantined]) -> Part:
        """Write the verdicts of chunk `n` of a piece."""
        data = as_parquet(verdicts(found, bad, self.kernel(cut.file).law))
        name = PARTS.format(file=cut.file, first=cut.first, n=n)
        self.work.to.under(name).write(data)
        return Part(name, cut.file, hashlib.sha256(data).hexdigest(), found.by_verdict(len(bad)))

    # --- all of it in one process -------------------------------------------------------------------------------------

    def in_order(self) -> Iterator[Part]:
        """The same verdicts, piece by piece in their order, with nothing put aside: one process, bounded memory."""
        day = Day(self.stands)
        day.add(*_past(self.past))
        for cut in self.work.cuts:
            for n, (prepared, bad) in enumerate(self.prepared(cut)):
                found = self.kernel(cut.file).finish(prepared, day.meet(prepared.asked))
                yield self.write(cut, n, found, bad)


def taken(keys: RowKeys, value: Ints, numbers: Ints) -> bytes:
    """Rows that were taken earlier on the day, as an engine is told of them."""
    rows = np.empty(len(numbers), TAKEN)
    rows["number"], rows["value"] = numbers, value
    for name, those in keys._asdict().items():
        rows[name] = those
    return rows.tobytes()


def _past(data: bytes) -> tuple[RowKeys, Ints, Ints]:
    """What `taken` wrote: keys, values, numbers."""
    rows = np.frombuffer(data, TAKEN)
    keys = RowKeys(*(np.ascontiguousarray(rows[name]) for name in RowKeys._fields))
    return keys, np.ascontiguousarray(rows["value"]), np.ascontiguousarray(rows["number"])


def _places(batches: Batches) -> Iterator[int]:
    for batch in batches:
        yield from batch.column(0).to_pylist()


def _told(what: Piece | Part | None) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"told": [msgspec.json.encode(what)]}, schema=TOLD)
