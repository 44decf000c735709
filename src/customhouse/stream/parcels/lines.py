"""The lines of a file of any size, in chunks of so many, each with its number; plain or gzip, with bounded memory."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec

from customhouse.kernel.problem import Problem, Refusal

BLOCK = 1 << 22
LONGEST = 1 << 16
"""Bytes of a line; a longer one is no parcel."""
MOST = 1 << 26
"""Bytes of a chunk: rows of unusual length make it shorter, so that memory stays bounded."""
GZIP = b"\x1f\x8b"
BOM = b"\xef\xbb\xbf"
UNPACKED, RATIO = 1 << 30, 200
"""A packed file that has become more than so many bytes, and more than so many times larger, is no file of parcels: these
become ten or thirty times larger. It is refused, so that a small one cannot keep the house busy for hours."""
FAULTS = (EOFError, zlib.error, gzip.BadGzipFile)


class Lines(msgspec.Struct, frozen=True):
    """Lines one after the other: `first` is the number (from 1) of the first, `long` the numbers of those left out because
    they were too long. Blank lines are there, empty."""

    first: int
    lines: list[bytes]
    long: tuple[int, ...] = ()


def is_gzip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == GZIP


def opened(path: Path) -> IO[bytes]:
    """The file as bytes, unpacked where it is packed."""
    return gzip.open(path, "rb") if is_gzip(path) else path.open("rb")  # type: ignore[return-value]


def count(path: Path) -> int:
    """How many lines there are. Raises Refusal for a file that ends in the middle of its gzip stream, or is damaged."""
    found, last = 0, b"\n"
    for block in blocks(path):
        found += block.count(b"\n")
        last = block[-1:]
    return found + (last != b"\n")


def chunks(path: Path, size: int) -> Iterator[Lines]:
    """The lines in portions of `size`, or of `MOST` bytes; the same for the same file, whenever it is read."""
    waiting: list[bytes] = []
    long: list[int] = []
    first, rest, skipping, held = 1, b"", False, 0
    for block in blocks(path):
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


def blocks(path: Path) -> Iterator[bytes]:
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


def _swollen(path: Path, done: int) -> Problem:
    return Problem(
        "SwollenFile", f"{path.stat().st_size} packed bytes have become {done}, and there are more", path.name,
        "No file of parcels packs so well; hand it in unpacked if it is one",
    )  # fmt: skip


def damaged(path: Path, done: int, fault: BaseException) -> Problem:
    return Problem(
        "DamagedFile", f"The file ends in the middle or is damaged after {done} unpacked bytes ({fault})", path.name,
        "Nothing of it was taken; pack and send it again",
    )  # fmt: skip
