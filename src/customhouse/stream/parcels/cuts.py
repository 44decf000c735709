"""A file cut into pieces that can be read apart, in any order and anywhere: by lines, by row groups, by batches.

What is packed with gzip cannot be entered in the middle, and XML not without its beginning: they are one piece.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as parquet

from customhouse.kernel.problem import Refusal
from customhouse.record.parcel import Consolidation
from customhouse.stream.parcels import wco
from customhouse.stream.parcels.batches import check, damaged, decoder, of_batch
from customhouse.stream.parcels.form import form, sized
from customhouse.stream.parcels.lines import BLOCK, BOM, MOST, chunks, portions
from customhouse.stream.parcels.lines import count as lines_in
from customhouse.stream.parcels.places import Place
from customhouse.stream.parcels.rows import Table


class Cut(msgspec.Struct, frozen=True):
    """A piece of a file: which file of those given, its format, the line or row that it begins at (from 1) and how many there
    are; `start` and `stop` are bytes, or the number of the row group or batch."""

    file: int
    format: str
    first: int
    rows: int
    start: int = 0
    stop: int = 0


def cuts(file: int, place: Place, size: int) -> list[Cut]:
    """The pieces of a file, in order. Raises Refusal for a file that cannot be taken, OSError for one that is not there."""
    format = form(place)
    if format in ("parquet", "arrow"):
        found = list(_of_arrow(file, place, format))
    elif format.startswith("xml"):
        found = [Cut(file, format, 1, wco.count(place))]
    else:
        decoder(place, format)  # a header that is none of parcels is refused before any work
        if format.endswith(".gz"):
            found = [Cut(file, format, 1, lines_in(place))]
        else:
            found = list(_of_lines(file, place, format, size))
    sized(sum(cut.rows for cut in found), place)
    return found


def tables(place: Place, cut: Cut, size: int, of: Consolidation | None = None) -> Iterator[Table]:
    """What a piece holds, in chunks of `size`; `of` is what forms that say it again for each parcel are held to. Raises Refusal where the file is damaged."""
    if cut.format == "parquet":
        yield from _row_group(place, cut, size)
    elif cut.format == "arrow":
        yield from _batch(place, cut, size)
    elif cut.format.startswith("xml"):
        yield from (part.table for part in wco.parts(place, size, of))
    else:
        decode = decoder(place, cut.format)
        packed = cut.format.endswith(".gz")
        for lines in chunks(place, size) if packed else portions(_bytes(place, cut), size, cut.first):
            yield decode(lines)


# --- lines ------------------------------------------------------------------------------------------------------------


def _of_lines(file: int, place: Place, format: str, size: int) -> Iterator[Cut]:
    """Every `size` lines, or where as many bytes are held as a chunk may hold."""
    first, start, rows, at, last = 1, 0, 0, 0, b"\n"
    with place.open() as opened:
        while block := opened.read(BLOCK):
            ends = np.flatnonzero(np.frombuffer(block, np.uint8) == ord("\n")) + 1
            while len(ends):
                take = min(size - rows, len(ends))
                rows, stop = rows + take, at + int(ends[take - 1])
                ends = ends[take:]
                if rows == size or stop - start > MOST:
                    yield Cut(file, format, first, rows, start, stop)
                    first, start, rows = first + rows, stop, 0
            at, last = at + len(block), block[-1:]
    rows += last != b"\n"
    if rows:
        yield Cut(file, format, first, rows, start, at)


def _bytes(place: Place, cut: Cut) -> Iterator[bytes]:
    left = cut.stop - cut.start
    with place.open() as opened:
        opened.seek(cut.start)
        while left and (block := opened.read(min(BLOCK, left))):
            left -= len(block)
            yield block.removeprefix(BOM) if opened.tell() - len(block) == 0 else block


# --- columns ----------------------------------------------------------------------------------------------------------


def _of_arrow(file: int, place: Place, format: str) -> Iterator[Cut]:
    try:
        with place.open() as opened:
            sizes = _row_groups(opened) if format == "parquet" else _batches(opened)
    except (pa.ArrowException, OSError) as fault:
        raise Refusal([damaged(place, fault)]) from fault
    first = 1
    for n, rows in enumerate(sizes):
        yield Cut(file, format, first, rows, n, n + 1)
        first += rows


def _row_groups(opened: IO[Any]) -> list[int]:
    of = parquet.ParquetFile(opened)
    check(of.schema_arrow)
    return [of.metadata.row_group(n).num_rows for n in range(of.num_row_groups)]


def _batches(opened: IO[Any]) -> list[int]:
    with ipc.open_file(opened) as reader:
        check(reader.schema)
        return [reader.get_batch(n).num_rows for n in range(reader.num_record_batches)]


def _row_group(place: Place, cut: Cut, size: int) -> Iterator[Table]:
    first = cut.first
    try:
        with place.open() as opened:
            of = parquet.ParquetFile(opened)
            for batch in of.iter_batches(batch_size=size, row_groups=[cut.start], use_threads=False):
                yield of_batch(batch, first)
                first += batch.num_rows
    except (pa.ArrowException, OSError) as fault:
        raise Refusal([damaged(place, fault)]) from fault


def _batch(place: Place, cut: Cut, size: int) -> Iterator[Table]:
    try:
        with place.open() as opened, ipc.open_file(opened) as reader:
            batch = reader.get_batch(cut.start)
    except (pa.ArrowException, OSError) as fault:
        raise Refusal([damaged(place, fault)]) from fault
    for start in range(0, batch.num_rows, size):
        yield of_batch(batch.slice(start, size), cut.first + start)
