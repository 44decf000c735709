"""Stored parcels of a day in columns, kept in local files that a scan reads without unpacking (Arrow, mapped into memory).

A file holds parcels that were taken, of some segments of one day, at most about a million rows; it names its segments, so that
new ones are added beside it and none is ever read twice. Numbers are kept as `rows` scales them, texts by dictionary. A text that
few rules ask for (who, what) has a file of its own, made when it is first asked for. The folder may be deleted at any time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc as ipc

from customhouse.record.parcel import BY_NAME, span
from customhouse.registry.parcel_past import Segment
from customhouse.stream.items import Ints
from customhouse.stream.parcels.kernel import HISTORY
from customhouse.stream.parcels.rows import Coded, numbers

FORMAT = "2"
PART = 1_000_000
SMALL = PART // 4
TAKEN = ("released", "due", "file")
CODED = (
    "verdict",
    "lane",
    "code",
    "origin",
    "consignor_country",
    "dispatch",
    "currency",
    "procedures",
    "scheme",
    "freight",
    "agent",
    "representation",
    "nationality",
    "location",
    "documents",
    "statements",
    "tax_parties",
)
SCALED = ("packages", "gross_mass", "net_mass", "price", "freight")
ASSESSED = ("value", "duty", "payable", *HISTORY)
THERE = ("invoice",)
"""Texts of which only whether there is one is ever asked."""
Key = tuple[int, int, str]
Blobs = Callable[[Sequence[Segment], str], Iterable[tuple[Segment, bytes]]]
Unpacked = Callable[[bytes, Sequence[str]], pa.Table]
Tick = Callable[[int], None]


class Part:
    """A file of the shelf, open: its segments with how many rows each has, and its columns by name."""

    def __init__(self, path: Path) -> None:
        """Raises ValueError for a file that is none, or of another form."""
        try:
            self.table = _opened(path)
            said = msgspec.json.decode(
                self.table.schema.metadata[b"parcels"], type=tuple[str, tuple[tuple[int, int, str, int], ...]]
            )
        except (pa.ArrowException, OSError, KeyError, TypeError, msgspec.MsgspecError) as fault:
            raise ValueError(f"{path} holds no parcels: {fault}") from fault
        if said[0] != FORMAT:
            raise ValueError(f"{path} is of form {said[0]}, not {FORMAT}")
        self.path = path
        self.keys: tuple[Key, ...] = tuple((c, p, leaf) for c, p, leaf, _ in said[1])
        self.counts: Ints = np.array([n for *_, n in said[1]], np.int64)

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def number(self) -> Ints:
        """The numbers of the parcels."""
        base = np.array([span(c)[0] for c, *_ in self.keys], np.int64)
        return np.repeat(base, self.counts) + self.ints("line")

    def ints(self, name: str) -> Ints:
        return _numpy(self.table.column(name)).astype(np.int64)

    def coded(self, name: str) -> Coded:
        return _coded(self.table.column(name))


def _opened(path: Path) -> pa.Table:
    with pa.memory_map(str(path)) as file:
        return ipc.open_file(file).read_all()


class Shelf:
    """The files of a folder. `blobs` reads segments of the register, `unpacked` takes one apart (`stream.parcels.segment`)."""

    def __init__(self, folder: Path, blobs: Blobs, unpacked: Unpacked) -> None:
        self.folder, self.blobs, self.unpacked = folder, blobs, unpacked

    def day(self, day: date, stored: Sequence[Segment], tick: Tick = lambda _: None) -> Iterator[Part]:
        """The parcels of a day, whose stored segments are `stored`: from files as far as there are any, the rest added to them.

        `tick` is told how many rows were gone through."""
        here = {s.key: s for s in stored}
        parts, small = [], []
        for part in self._there(day, here):
            (small if len(part) < SMALL else parts).append(part)
        for part in (*parts, *small):
            for key in part.keys:
                del here[key]
        if here and small:  # new segments go together with what is too little for a file of its own
            merged, small = small, []
        else:
            merged = []
        for part in (*parts, *small):
            tick(len(part))
            yield part
        yield from self._added(day, list(here.values()), merged, tick)

    def _there(self, day: date, known: dict[Key, Segment]) -> list[Part]:
        """The files of a day that hold nothing but known segments, none of them twice; others go."""
        found: list[Part] = []
        for path in self.folder.glob(f"{day}.*.arrow"):
            if len(path.name.split(".")) != 3:
                continue
            try:
                found.append(Part(path))
            except ValueError:
                _drop(path)
        good: list[Part] = []
        seen: set[Key] = set()
        for part in sorted(found, key=lambda p: (-len(p.keys), p.path.name)):
            if seen.isdisjoint(part.keys) and known.keys() >= set(part.keys):
                seen.update(part.keys)
                good.append(part)
            else:
                _drop(part.path)
        return good

    def _added(self, day: date, new: Sequence[Segment], merged: Sequence[Part], tick: Tick) -> Iterator[Part]:
        tables = [part.table for part in merged]
        told = [(*key, int(n)) for part in merged for key, n in zip(part.keys, part.counts, strict=True)]
        rows = sum(len(part) for part in merged)
        for segment, blob in self.blobs(new, "facts"):
            table = _kept(self.unpacked(blob, ("line", *dict.fromkeys((*CODED, *SCALED)), *ASSESSED)))
            tables.append(table)
            told.append((*segment.key, table.num_rows))
            rows += table.num_rows
            tick(segment.parcels)
            if rows >= PART:
                yield self._written(day, tables, told)
                tables, told, rows = [], [], 0
        if told:
            yield self._written(day, tables, told)
        for part in merged:
            _drop(part.path)

    def _written(self, day: date, tables: Sequence[pa.Table], told: Sequence[tuple[int, int, str, int]]) -> Part:
        name = hashlib.sha256(msgspec.json.encode(told)).hexdigest()[:16]
        return Part(_write(_joined(tables), self.folder / f"{day}.{name}.arrow", (FORMAT, told)))

    def made(self, part: Part, name: str, make: Callable[[], pa.Table]) -> pa.Table:
        """What is kept beside a part under a name, row by row: from its file, or made and written. It goes when the part goes."""
        path = part.path.with_suffix(f".{name}.arrow")
        if path.exists():
            with suppress(pa.ArrowException, OSError):
                found = _opened(path)
                if found.num_rows == len(part):
                    return found.combine_chunks()
        return _opened(_write(make(), path, (FORMAT, ()))).combine_chunks()

    def text(self, part: Part, name: str, stored: Sequence[Segment]) -> Coded:
        """A text of the parcels of a part, whose segments are among `stored`."""
        return _coded(self.made(part, name, lambda: self._text(part, name, stored)).column(name))

    def _text(self, part: Part, name: str, stored: Sequence[Segment]) -> pa.Table:
        by_key = {s.key: s for s in stored}
        wanted = [by_key[key] for key in part.keys]
        verdicts = dict(self.blobs(wanted, "facts"))
        tables = []
        for segment, blob in self.blobs(wanted, "texts"):
            taken = _taken(self.unpacked(verdicts[segment], ("verdict",)).column("verdict"))
            column = _texts(self.unpacked(blob, (name,)).column(name).combine_chunks().filter(taken))
            if name in THERE:
                column = _texts(pc.if_else(pc.equal(column.cast(pa.string()), ""), "", "1"))
            tables.append(pa.table({name: column}))
        return _joined(tables)


def _kept(table: pa.Table) -> pa.Table:
    """The columns of a segment as they are kept: parcels that were taken, numbers scaled."""
    table = table.filter(_taken(table.column("verdict")))
    columns: dict[str, Any] = {"line": table.column("line").cast(pa.int64())}
    for name in CODED:
        columns[name] = _texts(table.column(name).combine_chunks())
    for name in SCALED:
        found = _coded(table.column(name))
        columns[_scaled(name)] = pa.array(numbers(name, BY_NAME[name].kind, found.words)[0][found.code])
    for name in ASSESSED:
        columns[name] = table.column(name).cast(pa.int64())
    return pa.table(columns)


def _scaled(name: str) -> str:
    """The column that holds a number; carriage is kept as text too, because whether it was declared is a fact of its own."""
    return f"{name}_scaled" if name in CODED else name


def _taken(verdict: Any) -> Any:
    return pc.is_in(verdict.combine_chunks().cast(pa.string()), pa.array(TAKEN))


def _texts(array: Any) -> Any:
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if not pa.types.is_dictionary(array.type):
        array = pc.fill_null(array.cast(pa.string()), "").dictionary_encode()
    return array.cast(pa.dictionary(pa.int32(), pa.string()))


def _joined(tables: Sequence[pa.Table]) -> pa.Table:
    """One table of all, each number in the smallest type that holds it, each dictionary made one."""
    schema = pa.schema(
        [(f.name, pa.dictionary(pa.int32(), pa.string()) if pa.types.is_dictionary(f.type) else pa.int64()) for f in tables[0].schema]
    )  # fmt: skip
    whole = pa.concat_tables([t.replace_schema_metadata().cast(schema) for t in tables]).unify_dictionaries()
    return pa.table({name: _narrow(whole.column(name).combine_chunks()) for name in whole.column_names})


def _narrow(array: Any) -> Any:
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks else pa.array([], array.type)
    if pa.types.is_dictionary(array.type):
        return pa.DictionaryArray.from_arrays(_narrow(array.indices.cast(pa.int64())), array.dictionary)
    if not len(array):
        return array.cast(pa.int8())
    ends = pc.min_max(array)
    low, high = ends["min"].as_py(), ends["max"].as_py()
    kinds = (np.int8, np.int16, np.int32, np.int64)
    return array.cast(next(pa.from_numpy_dtype(k) for k in kinds if np.iinfo(k).min <= low and high <= np.iinfo(k).max))


def _write(table: pa.Table, path: Path, said: Any) -> Path:
    """Write a file, which appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{uuid4().hex}.new")
    table = table.replace_schema_metadata({b"parcels": msgspec.json.encode(said)})
    with ipc.new_file(str(new), table.schema) as file:
        file.write_table(table)
    new.replace(path)
    return path


def _drop(path: Path) -> None:
    """Remove a file with those of its texts."""
    for one in path.parent.glob(f"{path.stem}.*"):
        one.unlink(missing_ok=True)


def _coded(column: Any) -> Coded:
    array = _texts(column)
    return Coded(array.dictionary, _numpy(array.indices).astype(np.int32, copy=False))


def _numpy(array: Any) -> Any:
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks == 1 else array.combine_chunks()
    return array.to_numpy(zero_copy_only=False)
