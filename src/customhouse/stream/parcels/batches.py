"""A consolidation of any form as chunks of columns: JSON lines, CSV (both also gzip), Parquet, Arrow."""

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
from customhouse.record.parcel import NAMES
from customhouse.stream.parcels import decode
from customhouse.stream.parcels.lines import File, Lines, chunks, count, is_gzip, opened
from customhouse.stream.parcels.rows import Table

CHUNK = 40_000
"""Rows that are judged and stored at once."""
PARQUET, ARROW = b"PAR1", b"ARROW1"


class Chunk(msgspec.Struct, frozen=True):
    """A portion of a file: its place among them (from 0), the row it begins at (from 1), how many, and what they hold."""

    place: int
    first: int
    rows: int
    lines: Lines | None = None
    batch: Any = None


class Source:
    """A file, ready to be taken apart. `format` is jsonl, csv, parquet or arrow, with .gz where it is packed; `rows` how
    many rows there are at most. Raises Refusal for a file that cannot be taken at all."""

    def __init__(self, path: Path, size: int = CHUNK) -> None:
        self.path, self.size = path, size
        self.format = format_of(path)
        self._decode: decode.Decoder | None = None
        if self.format in ("parquet", "arrow"):
            self.rows = self._of_arrow()
        else:
            self.rows = count(path)
            self._decode = decoder(path, self.format)
        if not self.rows:
            raise Refusal([Problem("EmptyFile", "The file holds no parcel", path.name, "Send the consolidation again")])

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
                    yield Chunk(place, lines.first, len(lines.lines), lines)
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
        return of_batch(chunk.batch, chunk.first)

    def _batches(self) -> Iterator[pa.RecordBatch]:
        try:
            if self.format == "parquet":
                yield from parquet.ParquetFile(self.path).iter_batches(batch_size=self.size, use_threads=False)
                return
            with ipc.open_file(self.path) as reader:
                for n in range(reader.num_record_batches):
                    batch = reader.get_batch(n)
                    for start in range(0, batch.num_rows, self.size):
                        yield batch.slice(start, self.size)
        except (pa.ArrowException, OSError) as fault:
            raise Refusal([damaged(self.path, fault)]) from fault


def decoder(path: File, format: str) -> decode.Decoder:
    """What takes the lines of a file apart. Raises Refusal for a header that is none of parcels."""
    if format.startswith("jsonl"):
        return decode.json_lines
    with opened(path) as file:
        return decode.csv_lines(file.readline(1 << 16).rstrip(b"\r\n"))


def of_batch(batch: pa.RecordBatch, first: int) -> Table:
    """The columns of a batch whose first row is number `first`."""
    found = {name: _text(batch.column(name)) for name in batch.schema.names}
    return Table(np.arange(first, first + batch.num_rows), found, [])


def format_of(path: File) -> str:
    """jsonl, csv, parquet or arrow, with .gz where it is packed. Raises Refusal for a damaged beginning."""
    with path.open("rb") as file:
        magic = file.read(6)
    if magic[:4] == PARQUET:
        return "parquet"
    if magic == ARROW:
        return "arrow"
    if is_gzip(path):
        try:
            with opened(path) as file:
                magic = file.read(64)
        except Exception as fault:
            raise Refusal([damaged(path, fault)]) from fault
    kind = "jsonl" if magic.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")) else "csv"
    return f"{kind}.gz" if is_gzip(path) else kind


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


def _text(array: pa.Array) -> pa.StringArray:
    if pa.types.is_date(array.type):
        return pc.strftime(array, format="%Y-%m-%d").cast(pa.string())
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    return array if array.type == pa.string() else array.cast(pa.string())


def damaged(path: File, fault: BaseException) -> Problem:
    return Problem("DamagedFile", f"The file cannot be read: {str(fault)[:200]}", path.name, "Write and send it again")
