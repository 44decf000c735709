"""The lines of a file of any size, in chunks of so many, each with its number; plain or gzip, with bounded memory."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator
from typing import IO, Any, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from customhouse.kernel.problem import Problem, Refusal

BLOCK = 1 << 22
LONGEST = 1 << 16
"""Bytes of a line; a longer one is no parcel."""
MOST = 1 << 25
"""Bytes of a chunk: rows of unusual length make it shorter, so that memory stays bounded."""
LINE_FEED = 10
GZIP = b"\x1f\x8b"
BOM = b"\xef\xbb\xbf"
UNPACKED, RATIO = 1 << 30, 200
"""A packed file that has become more than so many bytes, and more than so many times larger, is no file of parcels: these
become ten or thirty times larger. It is refused, so that a small one cannot keep the house busy for hours."""
FAULTS = (EOFError, zlib.error, gzip.BadGzipFile)


class File(Protocol):
    """Where a file lies: a path, or a place on another machine (`places`)."""

    @property
    def name(self) -> str: ...

    def open(self, mode: Any = ...) -> IO[Any]: ...

    def stat(self) -> Any:
        """Among others its size, `st_size`."""

    def is_file(self) -> bool: ...

    def is_dir(self) -> bool: ...


class Lines(msgspec.Struct, frozen=True):
    """Lines one after the other, in one piece: `first` is the number (from 1) of the first, `count` how many, `long` the numbers
    of those left out because they were too long. Blank lines are there, empty."""

    first: int
    count: int
    data: bytes
    long: tuple[int, ...] = ()

    @property
    def lines(self) -> list[bytes]:
        return self.data.split(b"\n")


def is_gzip(path: File) -> bool:
    with path.open("rb") as file:
        return bool(file.read(2) == GZIP)


def opened(path: File) -> IO[bytes]:
    """The file as bytes, unpacked where it is packed."""
    file = path.open("rb")
    return gzip.open(file, "rb") if is_gzip(path) else file  # type: ignore[return-value]


def count(path: File) -> int:
    """How many lines there are. Raises Refusal for a file that ends in the middle of its gzip stream, or is damaged."""
    found, last = 0, b"\n"
    for block in blocks(path):
        found += block.count(b"\n")
        last = block[-1:]
    return found + (last != b"\n")


def chunks(path: File, size: int) -> Iterator[Lines]:
    """The lines in portions of `size`, or of `MOST` bytes; the same for the same file, whenever it is read."""
    return portions(blocks(path), size)


def portions(found: Iterable[bytes], size: int, first: int = 1) -> Iterator[Lines]:
    """The same of bytes that come block by block and begin at line `first`."""
    parts: list[bytes] = []
    long: list[int] = []
    count, held = 0, 0
    for whole, ends, wide in _whole(found):
        begin = at = 0
        while begin < len(ends):
            # with the line that goes beyond it, a portion holds enough
            full = int(np.searchsorted(ends, MOST - held + at)) + 1
            stop = min(begin + size - count, full, len(ends))
            upto = int(ends[stop - 1]) + 1
            parts.append(whole[at:upto])
            long += [first + count + n - begin for n in wide if begin <= n < stop]
            count, held = count + stop - begin, held + upto - at
            begin, at = stop, upto
            if count == size or held > MOST:
                yield _lines(first, count, parts, long)
                first, count, held, parts, long = first + count, 0, 0, [], []
    if count:
        yield _lines(first, count, parts, long)


def _lines(first: int, count: int, parts: list[bytes], long: list[int]) -> Lines:
    return Lines(first, count, b"".join(parts)[:-1], tuple(long))


def _ends(data: bytes) -> NDArray[np.int64]:
    return np.flatnonzero(np.frombuffer(data, np.uint8) == LINE_FEED)


def _whole(blocks: Iterable[bytes]) -> Iterator[tuple[bytes, NDArray[np.int64], list[int]]]:
    """Whole lines, each with its line feed, where these are, and the places of lines that were too long, which are empty now."""
    rest, skipping = b"", False
    for block in blocks:
        found, feed, rest = (rest + block).rpartition(b"\n")
        if feed:
            yield _shortened(found + feed, skipping)
            skipping = False
        if len(rest) > LONGEST:
            rest, skipping = b"", True
    if rest or skipping:
        yield _shortened(rest + b"\n", skipping)


def _shortened(data: bytes, skipping: bool) -> tuple[bytes, NDArray[np.int64], list[int]]:
    ends = _ends(data)
    long = np.diff(ends, prepend=-1) > LONGEST + 1
    long[0] |= skipping
    places = np.flatnonzero(long).tolist()
    if not places:
        return data, ends, []
    lines = data.split(b"\n")
    for n in places:
        lines[n] = b""
    data = b"\n".join(lines)
    return data, _ends(data), places


def blocks(path: File) -> Iterator[bytes]:
    """The bytes, unpacked. Raises Refusal for a file that ends in the middle of its gzip stream, is damaged, or swells."""
    done, begun = 0, False
    most = max(UNPACKED, RATIO * path.stat().st_size)
    try:
        with opened(path) as file:
            while block := file.read(BLOCK):
                done += len(block)
                if done > most:
                    raise Refusal([_swollen(path, done)])
                if not begun and block.startswith(BOM):
                    block = block[len(BOM) :]
                begun = True
                yield block
    except FAULTS as fault:
        raise Refusal([damaged(path, done, fault)]) from fault


def _swollen(path: File, done: int) -> Problem:
    return Problem(
        "SwollenFile", f"{path.stat().st_size} packed bytes have become {done}, and there are more", path.name,
        "No file of parcels packs so well; hand it in unpacked if it is one",
    )  # fmt: skip


def damaged(path: File, done: int, fault: BaseException) -> Problem:
    return Problem(
        "DamagedFile", f"The file ends in the middle or is damaged after {done} unpacked bytes ({fault})", path.name,
        "Nothing of it was taken; pack and send it again",
    )  # fmt: skip
