"""Verdicts as they rest: columns packed into two Parquet files, and the fingerprints that find a reference (`registry.segment` says
how they lie). The same rows give the same bytes, however their dictionaries came about."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
from numpy.typing import NDArray

from customhouse.record.parcel import ADDED, BY_NAME, NAMES
from customhouse.registry.segment import CODES, FACTS, GROUP, LINE, NUMBERS, PLAIN, TEXTS, schema, unpacked
from customhouse.stream.items import Ints
from customhouse.stream.parcels import counters
from customhouse.stream.parcels.kernel import REFUSED, REPEATED, VERDICTS, Verdicts
from customhouse.stream.parcels.rows import TEXTUAL, Coded, Rows, coded, numbers

__all__ = ["by_lane", "fingerprints", "packed", "rows_of", "unpacked"]
LEVEL = 1
"""Of zstd: more packs hardly better and costs half as much again (bench/segments.py)."""


def packed(v: Verdicts) -> tuple[bytes, bytes]:
    """(facts, texts) of a chunk, each a Parquet file."""
    size = len(v.number)
    amounts = {"value": v.value, "duty": v.duty, "payable": v.payable, **v.history}
    coded = {**v.rows.text, "verdict": _verdicts(v), "lane": _lanes(v), "told": _told(v)}

    def column(name: str, part: slice) -> Any:
        if name == LINE:
            return pa.array(v.rows.line[part].astype(np.int32))
        if name in NUMBERS:
            return pa.array(np.asarray(amounts[name], np.int64)[part])
        found = coded[name]
        return _plain(found, part) if name in PLAIN else _coded(found, part)

    return (
        _written(FACTS, column, size, max(size, 1), use_dictionary=list(CODES),
                 column_encoding=dict.fromkeys((LINE, *NUMBERS), "DELTA_BINARY_PACKED")),
        _written(TEXTS, column, size, GROUP, use_dictionary=[name for name in TEXTS if name not in PLAIN]),
    )  # fmt: skip


def fingerprints(v: Verdicts) -> bytes:
    """Four bytes of the hash of each reference, in the order of size: where a parcel can be looked for by its reference."""
    reference = v.rows.text["reference"]
    found = (counters.hashed(reference.words) >> np.uint64(32)).astype("<u4")
    return bytes(np.sort(found[reference.code]).tobytes())


def by_lane(v: Verdicts) -> dict[str, int]:
    """How many rows are in which lane."""
    lanes = _lanes(v)
    counts = np.bincount(lanes.code, minlength=len(lanes.words)).tolist()
    return {lane: count for lane, count in zip(lanes.words.to_pylist(), counts, strict=True) if lane and count}


def rows_of(facts: pa.Table, texts: pa.Table) -> Rows:
    """The declared columns of a segment as rows again, as they were when they were judged; what was added to parcels since is
    empty."""
    text: dict[str, Coded] = {}
    number: dict[str, Ints] = {}
    for name in NAMES:
        table = facts if name in FACTS else texts
        if name in ADDED and name not in table.column_names:
            text[name] = coded(None, len(facts))
            continue
        column = table[name].combine_chunks()
        column = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        text[name] = Coded(column.dictionary, column.indices.to_numpy())
        if (kind := BY_NAME[name].kind) not in TEXTUAL:
            values, _ = numbers(name, kind, column.dictionary)
            number[name] = values[text[name].code]
    return Rows(facts[LINE].to_numpy().astype(np.int64), text, number)


def _written(names: tuple[str, ...], column: Any, size: int, group: int, **how: Any) -> bytes:
    kinds = schema(names)
    sink = pa.BufferOutputStream()
    with parquet.ParquetWriter(
        sink, kinds, store_schema=False, write_statistics=False, compression="zstd", compression_level=LEVEL, **how
    ) as writer:
        for start in range(0, size, group):
            part = slice(start, start + group)
            writer.write_table(pa.table([column(name, part) for name in names], schema=kinds), row_group_size=group)
    return bytes(sink.getvalue())


def _plain(found: Coded, part: slice) -> pa.StringArray:
    return found.words.take(pa.array(found.code[part]))


def _coded(found: Coded, part: slice) -> pa.DictionaryArray:
    """The rows of a part by a dictionary of their own: every word that occurs, in the order in which it first does."""
    code = found.code[part]
    size = len(code)
    first = np.full(len(found.words), size, np.int64)
    first[code[::-1]] = np.arange(
        size - 1, -1, -1
    )  # of several rows the last one that is written stays: the first of all
    used = np.flatnonzero(first < size)
    order = used[np.argsort(first[used], kind="stable")]
    place = np.zeros(len(first), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(place[code]), found.words.take(pa.array(order)))


def _verdicts(v: Verdicts) -> Coded:
    return Coded(pa.array(VERDICTS), v.verdict.astype(np.int32))


def _lanes(v: Verdicts) -> Coded:
    """A row that was not taken has no lane."""
    nothing: NDArray[np.bool_] = (v.verdict == REFUSED) | (v.verdict == REPEATED)
    code: Ints = np.where(nothing, len(v.lane), v.lane_code)
    return Coded(pa.array([*v.lane, ""], pa.string()), code.astype(np.int32))


def _told(v: Verdicts) -> Coded:
    """The reasons of each row. Rows are often told the same, so they are words of a dictionary too."""
    place = {"": 0}
    code = np.zeros(len(v.number), np.int32)
    for n, told in v.told.items():
        code[n] = place.setdefault(told, len(place))
    return Coded(pa.array(list(place), pa.string()), code)
