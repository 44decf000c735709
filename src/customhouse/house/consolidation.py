"""A consolidation from its file to its answer: read, judged chunk by chunk, and stored beside; it goes on where it stood.

The kernel (`stream.parcels`) knows no register, the line (`clearance.parcel`) no columns: here they are put together.
"""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np
import pyarrow as pa
from django.db import connections
from msgspec.structs import replace

from customhouse.clearance import scorer
from customhouse.clearance.context import context_now
from customhouse.clearance.line import Context
from customhouse.clearance.parcel import ParcelLine
from customhouse.clearance.parcel_file import context_of, models_of
from customhouse.house.fault import HouseProblem
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.lodgement import GoodsShipment, Lodgement, Party
from customhouse.record.parcel import Consolidation, span
from customhouse.registry import parcel_earlier, parcel_packed, parcels
from customhouse.stream.parcels import counters, segment, workers
from customhouse.stream.parcels.batches import CHUNK, Chunk, Source
from customhouse.stream.parcels.day import Asked, Day, Met
from customhouse.stream.parcels.facts import ParcelFacts
from customhouse.stream.parcels.kernel import Eyes, Kernel
from customhouse.stream.parcels.lanes import Scores, silent
from customhouse.stream.parcels.named import Named
from customhouse.stream.parcels.rows import Quarantined, settle

T = TypeVar("T")
Progress = Callable[[int, int], None]


class Cleared(msgspec.Struct, frozen=True):
    """What became of a file: `new` and now done, or the `same` as one that was done before; its number, counts by verdict,
    and at which row it went on (0: from the beginning)."""

    kind: str
    number: int
    counts: dict[str, int]
    resumed: int = 0


def clear(
    path: Path,
    of: Consolidation,
    *,
    by: str,
    chunk: int = CHUNK,
    at: datetime | None = None,
    progress: Progress = lambda done, of: None,
    crew: Callable[[int], int] = lambda rows: 0,
) -> Cleared:
    """Clear the consolidation in a file. `crew` says for so many rows how many processes judge them; they are forked, so only a
    process in which nothing else runs may have any.

    Raises Refusal for a file that cannot be taken, and then nothing of it is.
    """
    source = Source(path, chunk)
    content = digest(path)
    with parcels.in_turn(of.declarant):
        context = context_now(at or datetime.now(UTC))
        of = replace(of, destination=context.law.country)
        asked = scorer.shelf.held().asked
        new = parcels.Begun(
            0,
            of,
            context.at,
            context.law.date,
            context.law.book_hash,
            context.selectivity.hash,
            "",
            chunk,
            bool(asked),
        )
        kind, begun = parcels.begin(new, content, source.format, by, asked)
        if kind == "other":
            why = f"{of.declarant} has handed in another file under the reference {of.reference}"
            raise Refusal([Problem("DuplicateReference", why, path.name, "Give every consolidation its own reference")])
        begun = replace(begun, of=of)
        if not begun.finished:
            if begun.chunk != chunk:
                source = Source(path, begun.chunk)
            source.of = of
            _work(source, begun, progress, crew(source.rows))
        resumed = 0 if kind == "new" or begun.finished else begun.done * begun.chunk
        finished = "same" if begun.finished else "new"
    return Cleared(finished, begun.id, parcels.counts(begun.id), resumed)


def _work(source: Source, begun: parcels.Begun, progress: Progress, crew: int) -> None:
    """Every chunk that is not stored yet: judged here, and stored beside, one behind the other."""
    typical, standing = parcels.typical(begun.seen, begun.day), _standing(begun.of.declarant)
    kernel = kernel_of(context_of(begun), begun.of, typical, standing, models_of(begun))
    work, day = Judging(kernel, source, begun.id), _day(begun)
    behind: Future[None] | None = None
    gc.freeze()  # the law and the rules stay; they need not be gone through again for every thousand new things
    with ThreadPoolExecutor(1) as beside:
        try:
            for (chunk, new), last in _with_last(workers.outcomes(work, source.chunks(begun.done), day, crew, _apart)):
                if behind is not None:
                    behind.result()
                behind = beside.submit(parcels.store, begun.id, replace(new, last=last))
                progress(chunk.first + chunk.rows - 1, source.rows)
            if behind is not None:
                behind.result()
        except workers.WorkerLost as fault:
            raise HouseProblem(f"{fault}; clear the file again, it goes on where it stood") from fault
        finally:
            beside.submit(connections.close_all).result()  # those of that thread
            gc.unfreeze()


def kernel_of(
    context: Context,
    of: Consolidation,
    typical: Mapping[str, int],
    standing: counters.Keys,
    held: scorer.Held | None = None,
) -> Kernel:
    """What judges the chunks of a consolidation in columns, with the line beside it; `held` are the models that speak to both."""
    context = replace(context, score=held.score if held else None)
    scores, alarming = _scores(held, of.office) if held else None, _alarming(context)
    marked = Named(context.marks, of) if context.marks else None
    eyes = Eyes(context.draw_key, context.selectivity, scores, alarming, marked, typical, standing)
    return Kernel(context.law, of, eyes, ParcelLine(of, context))


class Judging:
    """What is done with the chunks of a consolidation, here or in a worker: rows become a segment, ready to be stored."""

    def __init__(self, kernel: Kernel, source: Source, number: int) -> None:
        self.kernel, self.source, self.number = kernel, source, number

    def prepare(self, chunk: Chunk) -> tuple[Asked, Any]:
        rows, bad = settle(self.source.table(chunk))
        prepared = self.kernel.prepare(rows, self.number)
        return prepared.asked, (chunk, prepared, bad)

    def finish(self, kept: Any, met: Met) -> parcels.Segment:
        chunk, prepared, bad = kept
        found = self.kernel.finish(prepared, met)
        facts, texts = segment.packed(found)
        return parcels.Segment(
            chunk.place, chunk.first, chunk.rows, False, len(found.number), facts, texts, segment.fingerprints(found),
            [_quarantined(q) for q in bad], found.files, found.by_verdict(len(bad)), segment.by_lane(found), self.kernel.law.currency, found.taxes,
        )  # fmt: skip


_PARENTS: list[Any] = []


def _apart() -> None:
    """A worker never speaks on the connections of the process it was forked from; it keeps them, so that none is closed."""
    for connection in connections.all(initialized_only=True):
        _PARENTS.append(connection.connection)
        connection.connection = None


def _quarantined(q: Quarantined) -> tuple[int, str, str, str, str]:
    # what stood there may be anything; the register keeps no NUL
    return q.line, q.rule, q.why.replace("\0", "�"), q.hint, q.value.replace("\0", "�")


def _with_last(found: Iterator[T]) -> Iterator[tuple[T, bool]]:
    one = next(found, None)
    while one is not None:
        other = next(found, None)
        yield one, other is None
        one = other


def _day(begun: parcels.Begun) -> Day:
    """What was taken on the day before the first chunk that is left, from the register."""
    day = Day(lambda references: parcels.used(begun.of.declarant, references))
    for one in parcel_earlier.earlier(begun.day, begun.seen, begun.of.declarant, begun.id):
        for keys, value, numbers in taken_keys(one):
            if one.counts:
                day.add(keys, value, numbers)
            else:
                day.know(keys, numbers)
    return day


def taken_keys(one: parcel_earlier.Earlier) -> Iterator[tuple[counters.RowKeys, Any, Any]]:
    """What was taken of a segment, as counts need it: (keys, values, numbers)."""
    for held in parcel_packed.at(one.consolidation, one.place):
        facts, texts = segment.unpacked(held.facts), segment.unpacked(held.texts)
        taken = np.flatnonzero(np.isin(facts["verdict"].to_numpy(), parcels.TAKEN))
        rows = segment.rows_of(facts, texts).part(taken)
        numbers = rows.line + span(one.consolidation)[0]
        yield counters.keys(rows, one.declarant), facts["value"].to_numpy()[taken], numbers


def _standing(declarant: str) -> counters.Keys:
    """The keys of the references under which a declarant has declarations, in order."""
    keys = [counters.references(declarant, pa.array(some, pa.string())) for some in parcels.references(declarant)]
    return np.sort(np.concatenate(keys)) if keys else counters.NOBODY


def _scores(held: scorer.Held, office: str) -> Callable[[ParcelFacts], Scores]:
    """What the live models say of rows in columns. Where none speaks, the extra `targeting` need not be there either."""
    speaking = [m for m in held.on_line if m.live and m.digest in held.models]
    if not speaking:
        return lambda facts: silent(len(facts.rows), held.failed)
    from customhouse.stream.parcels.scores import Live, Speaking

    return Speaking([Live(held.models[m.digest], m.thresholds) for m in speaking], office, held.failed)


def _alarming(context: Context) -> Callable[[Sequence[str]], Sequence[bool]] | None:
    """Which names the line's screening would not let pass; None where no list counts, or nothing screens."""
    screening = context.screening
    if screening is None or not screening.lists:
        return None

    def alarming(names: Sequence[str]) -> list[bool]:
        return [bool(name) and _alarms(screening, name) for name in names]

    return alarming


def _alarms(screening: Any, name: str) -> bool:
    found = screening.look(Lodgement(goods_shipment=GoodsShipment(importer=Party(name=name))))
    return found is None or bool(found.alarms)


def digest(path: Path) -> bytes:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
