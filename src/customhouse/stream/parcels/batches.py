"""A consolidation of any form as chunks of columns: JSON lines, CSV, postal items, WCO XML (all also gzip), Parquet, Arrow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc as ipc
import pyarrow.parquet as parquet

from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.parcel import NAMES, Consolidation
from customhouse.stream.parcels import decode, postal, wco
from customhouse.stream.parcels.form import form, sized
from customhouse.stream.parcels.lines import File, Lines, chunks, count, opened
from customhouse.stream.parcels.rows import Table, Texts

CHUNK = 50_000
"""Rows that are judged and stored at once."""
BYTES = 3
"""A column of a Parquet file that takes less for each value is one of places in a list of texts."""


class Chunk(msgspec.Struct, frozen=True):
    """A portion of a file: its place among them (from 0), the row it begins at (from 1), how many, and what they hold."""

    place: int
    first: int
    rows: int
    lines: Lines | None = None
    batch: Any = None


class Source:
    """A file, ready to be taken apart. `format` is one of `form.FORMS`, with .gz where it is packed; `rows` how many rows
    there are at most. `of` is what all parcels share; forms that say it again for each are held to it. Raises Refusal for a
    file that cannot be taken at all."""

    def __init__(self, path: Path, size: int = CHUNK, of: Consolidation | None = None) -> None:
        self.path, self.size, self.of = path, size, of
        self.format = form(path)
        self._decode: decode.Decoder | None = None
        if self.format in ("parquet", "arrow"):
            self.rows = self._of_arrow()
        elif self.format.startswith("xml"):
            self.rows = wco.count(path)
        else:
            self.rows = count(path)
            self._decode = decoder(path, self.format)
        sized(self.rows, path)

    def _of_arrow(self) -> int:
        try:
            if self.format == "parquet":
                file = parquet.ParquetFile(self.path)
                check(file.schema_arrow)
            else:
                with ipc.open_file(self.path) as reader:
                    check(reader.schema)
            # all of it is read once, so that a file that is damaged further on is refused before anything is taken
            return sum(batch.num_rows for batch in self._batches())
        except (pa.ArrowException, OSError) as fault:
            raise Refusal([damaged(self.path, fault)]) from fault

    def chunks(self, done: int = 0) -> Iterator[Chunk]:
        """The portions from place `done` on."""
        if self._decode is not None:
            for place, lines in enumerate(chunks(self.path, self.size)):
                if place >= done:
                    yield Chunk(place, lines.first, lines.count, lines)
            return
        if self.format.startswith("xml"):
            for place, part in enumerate(wco.parts(self.path, self.size, self.of)):
                if place >= done:
                    yield Chunk(place, part.first, part.count, None, part.table)
            return
        first = 1
        for place, batch in enumerate(self._batches()):
            if place >= done:
                yield Chunk(place, first, batch.num_rows, None, batch)
            first += batch.num_rows

    def table(self, chunk: Chunk) -> Table:
        """The columns of a portion."""
        if chunk.lines is not None and self._decode is not None:
            return self._decode(chunk.lines)
        return chunk.batch if isinstance(chunk.batch, Table) else of_batch(chunk.batch, chunk.first)

    def _batches(self) -> Iterator[pa.RecordBatch]:
        try:
            if self.format == "parquet":
                file = parquet.ParquetFile(self.path, read_dictionary=_repeated(self.path))
                yield from file.iter_batches(batch_size=self.size, use_threads=False)
                return
            with ipc.open_file(self.path) as reader:
                for n in range(reader.num_record_batches):
                    batch = reader.get_batch(n)
                    for start in range(0, batch.num_rows, self.size):
                        part = batch.slice(start, self.size)
                        # a part by itself, so that nobody who sends it sends all of the batch
                        yield part if len(part) == len(batch) else part.take(pa.array(np.arange(len(part))))
        except (pa.ArrowException, OSError) as fault:
            raise Refusal([damaged(self.path, fault)]) from fault


def decoder(path: File, format: str) -> decode.Decoder:
    """What takes the lines of a file apart. Raises Refusal for a header that is none of parcels, or stands alone."""
    if format.startswith("jsonl"):
        return decode.json_lines
    if format.startswith("postal"):
        return postal.lines
    with opened(path) as file:
        found = decode.csv_lines(file.readline(1 << 16).rstrip(b"\r\n"))
        if all(not line.strip() for line in iter(lambda: file.readline(1 << 16), b"")):
            raise Refusal([Problem("EmptyFile", "There is a header and no parcel", path.name, "Send it again")])
    return found


def of_batch(batch: pa.RecordBatch, first: int) -> Table:
    """The columns of a batch whose first row is number `first`."""
    found = {name: _text(batch.column(name)) for name in batch.schema.names}
    return Table(np.arange(first, first + batch.num_rows), found, [])


def check(schema: pa.Schema) -> None:
    """Refuse columns that are none of parcels, or whose values are not exact as text."""
    decode.columns(schema.names, "the columns are those of docs/guides/parcels.md")
    wrong = [
        Problem("WrongType", f"The column {f.name} is {f.type}", f.name, "Write text, or decimals and whole numbers")
        for f in schema
        if f.name in NAMES and not _is_exact(f.type)
    ]
    if wrong:
        raise Refusal(wrong)


def _is_exact(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_exact(kind.value_type)
    t = pa.types
    return bool(
        t.is_string(kind) or t.is_large_string(kind) or t.is_string_view(kind) or t.is_integer(kind)
        or t.is_decimal(kind) or t.is_date(kind) or t.is_null(kind)
    )  # fmt: skip


def _repeated(path: File) -> list[str]:
    """The columns of a Parquet file in which texts recur so often that their places in a list are what is read."""
    found = parquet.read_metadata(path)
    groups = [found.row_group(n) for n in range(found.num_row_groups)]
    columns = [[group.column(n) for group in groups] for n in range(found.num_columns)]
    return [
        of[0].path_in_schema
        for of in columns
        if of and sum(c.total_uncompressed_size for c in of) < BYTES * sum(c.num_values for c in of)
    ]


def _text(array: pa.Array) -> Texts:
    if pa.types.is_date(array.type):
        return pc.strftime(array, format="%Y-%m-%d").cast(pa.string())
    if pa.types.is_dictionary(array.type):
        whole = not (array.null_count or array.dictionary.null_count)
        if whole and array.type.value_type == pa.string() and len(array.dictionary) <= len(array):
            return array
        array = array.cast(array.type.value_type)
    return array if array.type == pa.string() else array.cast(pa.string())


def damaged(path: File, fault: BaseException) -> Problem:
    return Problem("DamagedFile", f"The file cannot be read: {str(fault)[:200]}", path.name, "Write and send it again")
