"""Chunks between two steps: what was prepared, put aside as Arrow until it is known what came before, and verdicts as Parquet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc as ipc
import pyarrow.parquet as parquet

from customhouse.law.book import Law
from customhouse.record.parcel import NAMES, number
from customhouse.registry import segment
from customhouse.stream.items import Flags
from customhouse.stream.parcels import marks
from customhouse.stream.parcels.counters import NOBODY, grouped
from customhouse.stream.parcels.day import Asked
from customhouse.stream.parcels.kernel import HISTORY, REFUSED, REPEATED, VERDICTS, Kernel, Prepared, Verdicts
from customhouse.stream.parcels.places import Place
from customhouse.stream.parcels.rows import Coded, Quarantined, Rows

_BAD = b"customhouse.unreadable"
AMOUNTS = ("value", "duty", "payable")
VERDICT_COLUMNS = pa.schema(
    [
        ("line", pa.int32()), ("number", pa.int64()), ("reference", pa.string()), ("verdict", pa.string()), ("mrn", pa.string()),
        ("lane", pa.string()), *((name, pa.int64()) for name in (*AMOUNTS, *HISTORY)), ("reasons", pa.string()),
    ]
)  # fmt: skip
"""Verdicts by the line of the file; amounts in minor units, reasons as JSON. An unreadable line has no number."""


class Parked(msgspec.Struct, frozen=True):
    """A prepared chunk, the rows of it under whose reference a declaration stands, and what could not be read."""

    prepared: Prepared
    stands: Flags
    bad: Sequence[Quarantined]

    def write(self, place: Place) -> None:
        """Put it aside. On this machine the bytes cost less than packing them does."""
        p = self.prepared
        columns = {
            "line": pa.array(p.rows.line), **{f"text.{n}": _narrow(c) for n, c in p.rows.text.items()},
            **{f"number.{n}": pa.array(c) for n, c in p.rows.number.items()},
            "value": pa.array(p.asked.value), "certain": pa.array(p.certain), "odd": pa.array(p.odd),
            "accepted": pa.array(p.asked.accepted), "stands": pa.array(self.stands), "told": _told(p.told, len(p.rows)),
        }  # fmt: skip
        batch = pa.RecordBatch.from_pydict(columns).replace_schema_metadata({_BAD: msgspec.json.encode(self.bad)})
        packed = ipc.IpcWriteOptions(compression=None if place.is_here else "lz4")
        with place.writing() as file, ipc.new_stream(file, batch.schema, options=packed) as stream:
            stream.write_batch(batch)


def read(place: Place, kernel: Kernel, consolidation: int) -> Parked:
    """The chunk again, ready to be finished."""
    batch = ipc.open_stream(place.contents()).read_next_batch()

    def whole(name: str) -> Any:
        return batch.column(name).to_numpy(zero_copy_only=False)

    line = whole("line")
    text = {name: _coded(batch.column(f"text.{name}")) for name in NAMES}
    held = {name.removeprefix("number."): whole(name) for name in batch.schema.names if name.startswith("number.")}
    numbers = number(consolidation, 1) - 1 + line
    told = batch.column("told")
    reasons = {n: told[n].as_py() for n in np.flatnonzero(told.is_valid().to_numpy(zero_copy_only=False)).tolist()}
    asked = Asked(numbers, *(grouped(NOBODY),) * 4, NOBODY, whole("value"), whole("accepted"), {})
    drawn = marks.draws(kernel.eyes.draw_key, numbers)
    prepared = Prepared(Rows(line, text, held), drawn, whole("certain"), whole("odd"), reasons, asked)
    bad = msgspec.json.decode((batch.schema.metadata or {})[_BAD], type=list[Quarantined])
    return Parked(prepared, whole("stands"), bad)


def _narrow(column: Coded) -> pa.DictionaryArray:
    """A column with codes no wider than they must be."""
    kind = next(kind for kind in (np.int8, np.int16, np.int32) if len(column.words) <= np.iinfo(kind).max)
    return pa.DictionaryArray.from_arrays(pa.array(column.code.astype(kind, copy=False)), column.words, safe=False)


def _coded(column: pa.DictionaryArray) -> Coded:
    return Coded(column.dictionary, column.indices.to_numpy(zero_copy_only=False).astype(np.int32, copy=False))


def _told(told: Mapping[int, str], size: int) -> pa.StringArray:
    """Reasons by place of the row."""
    texts = np.full(size, None, object)
    texts[list(told)] = list(told.values())
    return pa.array(texts, pa.string())


def verdicts(found: Verdicts, bad: Sequence[Quarantined], law: Law) -> pa.Table:
    """What became of every line of a chunk, in the order of lines."""
    mrn = segment.mrns(law.country, law.date, found.number)
    nothing = (found.verdict == REFUSED) | (found.verdict == REPEATED)
    reasons = _told(found.told, len(found.number))
    there = pa.Table.from_arrays(
        [
            pa.array(found.rows.line, pa.int32()), pa.array(found.number), found.rows.text["reference"].texts(),
            pa.array(VERDICTS).take(pa.array(found.verdict)), _unless(nothing, mrn),
            _unless(nothing, pa.array(found.lane).take(pa.array(found.lane_code))),
            *(pa.array(n) for n in (found.value, found.duty, found.payable)),
            *(pa.array(found.history[name]) for name in HISTORY), reasons,
        ],
        schema=VERDICT_COLUMNS,
    )  # fmt: skip
    if not bad:
        return there
    told = [{"rule": q.rule, "label": q.why, "hint": q.hint, "value": q.value} for q in bad]
    lacking = {
        "line": [q.line for q in bad], "reference": [""] * len(bad), "verdict": ["unreadable"] * len(bad),
        "reasons": [msgspec.json.encode([one]).decode() for one in told],
    }  # fmt: skip
    rest = pa.table({f.name: pa.array(lacking.get(f.name, [None] * len(bad)), f.type) for f in VERDICT_COLUMNS})
    return pa.concat_tables([there, rest]).sort_by("line")


def _unless(nothing: Any, texts: pa.Array) -> pa.Array:
    return pc.if_else(pa.array(nothing), None, texts)


def as_parquet(table: pa.Table) -> pa.Buffer:
    """The bytes of a file of verdicts; the same rows give the same bytes."""
    sink = pa.BufferOutputStream()
    parquet.write_table(table.combine_chunks(), sink, compression="zstd")
    return sink.getvalue()
