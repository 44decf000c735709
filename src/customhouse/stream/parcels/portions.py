"""What rows ask of the day, and what is answered, put aside in portions: one file, an index in front, each portion read alone.

Rows are in portions by their key, so that all rows of a key are met in one place; a chunk's rows are in the order of the key, and
those of a key in the order of the file. Numbers only, as they lie in memory: little-endian, without padding.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from customhouse.stream.items import Flags, Ints
from customhouse.stream.parcels import counters
from customhouse.stream.parcels.counters import Before, Firsts, Groups, Tally
from customhouse.stream.parcels.day import Asked, Met, recognised
from customhouse.stream.parcels.places import Place

ASKED = np.dtype(
    [("key", "<u8"), ("content", "<u8"), ("number", "<i8"), ("row", "<i4"), ("accepted", "?"), ("stands", "?")]
)
"""A row by its reference; `row` is its place in the chunk."""
COUNTED = np.dtype([("key", "<u8"), ("value", "<i8"), ("row", "<i4"), ("counts", "?")])
"""A row by who receives, by where, or by what is alike; one that is not accepted does not count."""
KNOWN = np.dtype([("row", "<i4"), ("earlier", "<i8"), ("same", "?")])
"""A row that was declared before, as parcel `earlier`."""
COUNT = np.dtype([("row", "<i4"), ("count", "<i4"), ("value", "<i8")])
"""What came before a row; nothing is said of rows that nothing came before."""
BY = ("consignee", "address", "alike")
QUESTIONS = (ASKED, *(COUNTED,) * len(BY))
ANSWERS = (COUNT,) * len(BY)
Structured = NDArray[Any]


# --- files ------------------------------------------------------------------------------------------------------------


def write(place: Place, portions: Sequence[Sequence[Structured]]) -> None:
    """Put arrays aside, the same kinds of them in every portion."""
    kinds = len(portions[0]) if portions else 0
    index = np.zeros((len(portions), 1 + kinds), np.int64)
    sizes = np.array([sum(of.nbytes for of in portion) for portion in portions], np.int64)
    index[:, 0] = index.nbytes + np.cumsum(sizes) - sizes
    index[:, 1:] = [[len(of) for of in portion] for portion in portions]
    place.write(b"".join((index.tobytes(), *(of.tobytes() for of in itertools.chain(*portions)))))


def read(place: Place, portion: int, kinds: Sequence[np.dtype[Any]], part: slice = slice(None)) -> list[Structured]:
    """One portion of a file, or the arrays of it that are in a `part` of the kinds."""
    width = 8 * (1 + len(kinds))
    with place.pieces() as file:
        start, *counts = np.frombuffer(file.read_at(width, portion * width), np.int64).tolist()
        sizes = [count * kind.itemsize for count, kind in zip(counts, kinds, strict=True)]
        first, _, _ = part.indices(len(kinds))
        start += sum(sizes[:first])
        return _taken_apart(file.read_at(sum(sizes[part]), start), counts[part], kinds[part])


def read_all(place: Place, count: int, kinds: Sequence[np.dtype[Any]]) -> Iterator[list[Structured]]:
    """All `count` portions of a file."""
    data = memoryview(place.read())
    index = np.frombuffer(data[: 8 * count * (1 + len(kinds))], np.int64).reshape(count, 1 + len(kinds))
    for start, *counts in index.tolist():
        yield _taken_apart(data[start:], counts, kinds)


def _taken_apart(data: bytes | memoryview, counts: Sequence[int], kinds: Sequence[np.dtype[Any]]) -> list[Structured]:
    made, at = [], 0
    for count, kind in zip(counts, kinds, strict=True):
        made.append(np.frombuffer(data, kind, count, at) if count else np.zeros(0, kind))
        at += count * kind.itemsize
    return made


# --- questions --------------------------------------------------------------------------------------------------------


def questions(asked: Asked, stands: Flags, portions: int) -> list[list[Structured]]:
    """What the rows of a chunk ask, by portions."""
    bounds = np.array([(n << 64) // portions for n in range(1, portions)], np.uint64)
    found = [_by_reference(asked, stands)]
    counts = asked.accepted & ~stands
    found += [_by_key(getattr(asked, name), asked.value, counts) for name in BY]
    cuts = [[0, *np.searchsorted(rows["key"], bounds).tolist(), len(rows)] for rows in found]
    return [[rows[at[n] : at[n + 1]] for rows, at in zip(found, cuts, strict=True)] for n in range(portions)]


def _by_reference(asked: Asked, stands: Flags) -> Structured:
    rows = _ordered(asked.reference, ASKED)
    order = asked.reference.order
    rows["content"], rows["number"] = asked.content[order], asked.numbers[order]
    rows["accepted"], rows["stands"] = asked.accepted[order], stands[order]
    return rows


def _by_key(by: Groups, value: Ints, counts: Flags) -> Structured:
    rows = _ordered(by, COUNTED)
    rows["value"], rows["counts"] = value[by.order], counts[by.order]
    return rows


def _ordered(by: Groups, kind: np.dtype[Any]) -> Structured:
    rows = np.empty(len(by.order), kind)
    rows["key"], rows["row"] = np.repeat(by.key, by.sizes), by.order
    return rows


# --- answers ----------------------------------------------------------------------------------------------------------


def known(chunks: Sequence[Structured]) -> list[Structured]:
    """The rows of each chunk that were declared before, from all rows of a portion by their reference."""
    rows = np.concatenate(chunks)
    key, content, number, accepted, stands = (
        np.ascontiguousarray(rows[name]) for name in ("key", "content", "number", "accepted", "stands")
    )
    met = recognised(Firsts(), counters.grouped(key), number, content, accepted, stands)
    at = np.flatnonzero(met.earlier)
    made = np.empty(len(at), KNOWN)
    made["row"], made["earlier"], made["same"] = rows["row"][at], met.earlier[at], met.same[at]
    return _by_chunk(made, at, chunks)


def counted(chunks: Sequence[Structured], repeated: Sequence[Sequence[Ints]]) -> list[Structured]:
    """What came before the rows of each chunk, from all rows of a portion by one of their keys; those `repeated` do not count."""
    rows = np.concatenate(chunks)
    key, value = np.ascontiguousarray(rows["key"]), np.ascontiguousarray(rows["value"])
    counts = np.concatenate([_counts(*one) for one in zip(chunks, repeated, strict=True)])
    before = Tally().meet(counters.grouped(key), value, counts)
    at = np.flatnonzero(before.count)
    made = np.empty(len(at), COUNT)
    made["row"], made["count"], made["value"] = rows["row"][at], before.count[at], before.value[at]
    return _by_chunk(made, at, chunks)


def _counts(rows: Structured, repeated: Sequence[Ints]) -> Flags:
    if not any(map(len, repeated)):
        return np.asarray(rows["counts"], bool)
    return np.asarray(rows["counts"] & ~np.isin(rows["row"], np.concatenate(repeated)), bool)


def _by_chunk(made: Structured, at: Ints, chunks: Sequence[Structured]) -> list[Structured]:
    """What was made of the rows at these places of all chunks together, for each chunk."""
    ends = np.cumsum([len(rows) for rows in chunks])
    return np.split(made, np.searchsorted(at, ends[:-1]))


def answered(recognised: Sequence[Structured], counts: Sequence[Sequence[Structured]], stands: Flags) -> Met:
    """What the day answers to the rows of a chunk, from all portions."""
    size = len(stands)
    earlier, same = np.zeros(size, np.int64), np.zeros(size, bool)
    for of in recognised:
        earlier[of["row"]], same[of["row"]] = of["earlier"], of["same"]
    before = [Before(np.zeros(size, np.int64), np.zeros(size, np.int64)) for _ in BY]
    for portion in counts:
        for one, of in zip(before, portion, strict=True):
            one.count[of["row"]], one.value[of["row"]] = of["count"], of["value"]
    return Met(earlier, same, stands & (earlier == 0), counters.together(before))
