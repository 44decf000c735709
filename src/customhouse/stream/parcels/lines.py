"""The lines of a file of any size, in chunks of so many, each with its number; plain or gzip, with bounded memory."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator
from typing import IO, Any, Protocol

import msgspec

from customhouse.kernel.problem import Problem, Refusal

BLOCK = 1 << 22
LONGEST = 1 << 16
"""Bytes of a line; a longer one is no parcel."""
MOST = 1 << 26
"""Bytes of a chunk: rows of unusual length make it shorter, so that memory stays bounded."""
GZIP = b"\x1f\x8b"
BOM = b"\xef\xbb\xbf"
FAULTS = (EOFError, zlib.error, gzip.BadGzipFile)


class File(Protocol):
    """Where a file lies: a path, or a place on another machine (`places`)."""

    @property
    def name(self) -> str: ...

    def open(self, mode: Any = ...) -> IO[Any]: ...


class Lines(msgspec.Struct, frozen=True):
    """Lines one after the other: `first` is the number (from 1) of the first, `long` the numbers of those left out because
    they were too long. Blank lines are there, empty."""

    first: int
    lines: list[bytes]
    long: tuple[int, ...] = ()


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
    for block in _blocks(path):
        found += block.count(b"\n")
        last = block[-1:]
    return found + (last != b"\n")


def chunks(path: File, size: int) -> Iterator[Lines]:
    """The lines in portions of `size`, or of `MOST` bytes; the same for the same file, whenever it is read."""
    return portions(_blocks(path), size)


def portions(blocks: Iterable[bytes], size: int, first: int = 1) -> Iterator[Lines]:
    """The same of bytes that come block by block and begin at line `first`."""
    waiting: list[bytes] = []
    long: list[int] = []
    rest, skipping, held = b"", False, 0
    for block in blocks:
        *whole, rest = (rest + block).split(b"\n")
        for line in whole:
            if skipping or len(line) > LONGEST:
                long.append(first + len(waiting))
                line, skipping = b"", False  # noqa: PLW2901
            waiting.append(line)
            held += len(line)
            if len(waiting) == size or held > MOST:
                yield Lines(first, waiting, tuple(long))
                first, waiting, long, held = first + len(waiting), [], [], 0
        if len(rest) > LONGEST:
            rest, skipping = b"", True
    if rest or skipping:
        if skipping or len(rest) > LONGEST:
            long.append(first + len(waiting))
            rest = b""
        waiting.append(rest)
    if waiting:
        yield Lines(first, waiting, tuple(long))


def _blocks(path: File) -> Iterator[bytes]:
    done, begun = 0, False
    try:
        with opened(path) as file:
            while block := file.read(BLOCK):
                done += len(block)
                if not begun and block.startswith(BOM):
                    block = block[len(BOM) :]
                begun = True
                yield block
    except FAULTS as fault:
        raise Refusal([damaged(path, done, fault)]) from fault


def damaged(path: File, done: int, fault: BaseException) -> Problem:
    return Problem(
        "DamagedFile", f"The file ends in the middle or is damaged after {done} unpacked bytes ({fault})", path.name,
        "Nothing of it was taken; pack and send it again",
    )  # fmt: skip
