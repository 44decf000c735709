"""The file of a Book: parts behind a table, words sorted by code behind an index, a seal at the end. Only bytes, no law.

    16 bytes   CUSTOMHOUSE BOOK
     8 bytes   format, length of the table (u32, little endian)
     8 bytes   length of the whole file (u64)
     table     msgpack: name of a part -> (offset, length)
     parts     msgpack; a part sorted by code is blocks, with an index beside it
    32 bytes   seal: SHA-256 of everything before

A file is mapped, not read: what nobody asks for never comes into memory, and all processes of a machine share what does.
The name of a Book is the SHA-256 of its whole file, as `sha256sum` prints it.
"""

from __future__ import annotations

import hashlib
import mmap
import struct
import sys
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

MAGIC = b"CUSTOMHOUSE BOOK"
FORMAT = 2
HEAD = struct.Struct("<16sIIQ")
SEAL = 32
LONGEST_CODE = 32
AT_ONCE = 1 << 20
NONE = 0  # parent of a code that falls under no other; the others are numbered from one


class NotABook(ValueError):
    """The bytes are no compiled Book, or not all of one, or no longer what was compiled."""


# --- writing ----------------------------------------------------------------------------------------------------------


def seal(parts: dict[str, bytes]) -> bytes:
    """The file that holds `parts`; the same parts always make the same bytes."""
    # Offsets count from the end of the table, so that the table need not know its own length.
    places: dict[str, tuple[int, int]] = {}
    end = 0
    for name, part in parts.items():
        places[name] = (end, len(part))
        end += len(part)
    table = msgspec.msgpack.encode(places)
    whole = HEAD.size + len(table) + end + SEAL
    data = b"".join((HEAD.pack(MAGIC, FORMAT, len(table), whole), table, *parts.values()))
    return data + hashlib.sha256(data).digest()


def by_code(name: str, blocks: dict[str, bytes]) -> dict[str, bytes]:
    """The parts that hold `blocks`, one per code, so that `CodeIndex` finds every code that another falls under."""
    codes = sorted((code.encode(), block) for code, block in blocks.items())
    width = max((len(code) for code, _ in codes), default=0)
    if width > LONGEST_CODE:
        raise ValueError(f"a code of {width} characters is longer than {LONGEST_CODE}")
    parents, bounds, end = array("I"), array("Q", [0]), 0
    above: list[int] = []
    for n, (code, block) in enumerate(codes):
        while above and not code.startswith(codes[above[-1]][0]):
            above.pop()
        parents.append(above[-1] + 1 if above else NONE)
        above.append(n)
        end += len(block)
        bounds.append(end)
    return {
        f"{name}.codes": b"".join(code.ljust(width, b"\0") for code, _ in codes),
        f"{name}.parents": _little(parents),
        f"{name}.bounds": _little(bounds),
        name: b"".join(block for _, block in codes),
    }


def _little(numbers: array[int]) -> bytes:
    if sys.byteorder != "little":
        numbers.byteswap()
    return numbers.tobytes()


# --- reading ----------------------------------------------------------------------------------------------------------


class Volume:
    """The opened file. `hash` is the SHA-256 of all of it; `part` gives a view of one part, without copying."""

    def __init__(self, source: bytes | Path) -> None:
        """Raises NotABook, saying what is wrong."""
        whole = _map(source) if isinstance(source, Path) else source
        self._view = memoryview(whole)
        if len(self._view) < HEAD.size or bytes(self._view[: len(MAGIC)]) != MAGIC:
            raise NotABook("this is not a compiled Book; `customhouse law build` makes one from a pack")
        _, format, table, length = HEAD.unpack_from(self._view)
        if format != FORMAT:
            raise NotABook(f"this Book has format {format}; this program reads {FORMAT}: compile it again")
        if length != len(self._view):
            raise NotABook(f"this Book is not whole: it has {len(self._view)} bytes of {length}; copy it again")
        self.hash = _verified(source, self._view)
        self._start = HEAD.size + table
        self.parts = msgspec.msgpack.decode(self._view[HEAD.size : self._start], type=dict[str, tuple[int, int]])

    def part(self, name: str) -> memoryview:
        """The bytes of a part; empty when the file has no such part."""
        offset, length = self.parts.get(name, (0, 0))
        return self._view[self._start + offset : self._start + offset + length]


def _map(path: Path) -> mmap.mmap | bytes:
    with path.open("rb") as file:
        if not path.stat().st_size:
            return b""
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _verified(source: bytes | Path, view: memoryview) -> str:
    """The hash of the whole, after a check of the seal. A file is read for it, so that its mapping stays untouched."""
    digest = hashlib.sha256()
    if isinstance(source, bytes):
        digest.update(view[:-SEAL])
    else:
        left = len(view) - SEAL
        buffer = memoryview(bytearray(AT_ONCE))
        with source.open("rb", buffering=0) as file:
            while left and (got := file.readinto(buffer[: min(left, AT_ONCE)])):
                digest.update(buffer[:got])
                left -= got
    if digest.digest() != bytes(view[-SEAL:]):
        raise NotABook("this Book was changed after it was compiled: its seal does not hold; compile or fetch it again")
    digest.update(view[-SEAL:])
    return digest.hexdigest()


class CodeIndex:
    """Finds the blocks of a code and of all codes it falls under: one bisection, then the chain of parents."""

    def __init__(self, volume: Volume, name: str) -> None:
        self._blocks = volume.part(name)
        self._parents = _numbers(volume.part(f"{name}.parents"), "I")
        self._bounds = _numbers(volume.part(f"{name}.bounds"), "Q")
        self._codes, self._width = volume.part(f"{name}.codes"), 0
        self.count = len(self._parents)
        if self.count:
            self._width = len(self._codes) // self.count

    def code(self, number: int) -> bytes:
        """The code of a block, without the zeros that fill its place."""
        return bytes(self._codes[number * self._width : (number + 1) * self._width]).rstrip(b"\0")

    def covering(self, code: str) -> list[int]:
        """The numbers of the blocks whose code is `code` or a beginning of it, the longest first."""
        key = code.encode()
        number = bisect_right(range(self.count), key, key=self.code) - 1
        found: list[int] = []
        while number >= 0:
            if key.startswith(self.code(number)):
                found.append(number)
            number = self._parents[number] - 1
        return found

    def block(self, number: int) -> memoryview:
        return self._blocks[self._bounds[number] : self._bounds[number + 1]]


def _numbers(view: memoryview, kind: str) -> Sequence[int]:
    if sys.byteorder == "little":
        return view.cast(kind)  # type: ignore[call-overload, no-any-return]
    swapped: array[Any] = array(kind, bytes(view))
    swapped.byteswap()
    return swapped
