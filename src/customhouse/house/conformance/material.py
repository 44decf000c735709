"""Finds the material of a conformance run: files below a directory, and what lies in archives among them.

Archives are known by their first bytes, not their names, are read in memory, and never unpacked to disk; sizes, numbers
and nesting are limited, so that a hostile archive costs a skip and not the machine.
"""

from __future__ import annotations

import bz2
import gzip
import io
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from customhouse.house.conformance.report import Piece, Skip

MAX_PIECE = 32 * 1024 * 1024
"""Largest file or member that is read, where a caller does not allow more."""

MAX_ARCHIVE = 2 * 1024**3
"""Most bytes taken out of one outermost archive."""

MAX_MEMBERS = 200_000
MAX_NESTING = 3
OFFICE = "[Content_Types].xml"
BROKEN = (OSError, EOFError, zlib.error, tarfile.TarError, zipfile.BadZipFile, NotImplementedError, RuntimeError)


Opener = Callable[[str, IO[bytes], "_Allowance", int], Iterator[Piece | Skip]]


def pieces(place: Path, limit: int | None = None) -> Iterator[Piece | Skip]:
    """Everything at or below `place`, in order of name; what is larger than `limit` (MAX_PIECE) bytes is skipped.

    Names in archives read ``archive.tgz!folder/member.xml``.
    """
    for file in _files(place):
        name = file.name if file == place else file.relative_to(place).as_posix()
        try:
            with file.open("rb") as stream:
                yield from _open(name, stream, _Allowance(limit or MAX_PIECE), 0)
        except BROKEN as fault:
            yield Skip(name, f"cannot be read: {fault}")


def count(place: Path) -> int:
    """How many files there are before archives are opened; a first guess for a progress bar."""
    return sum(1 for _ in _files(place))


def _files(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    return sorted(p for p in place.rglob("*") if p.is_file() and not p.is_symlink())


class _Allowance:
    """What may still be taken out of an outermost archive."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.bytes = MAX_ARCHIVE
        self.members = MAX_MEMBERS

    def take(self, data: bytes) -> bytes:
        self.bytes -= len(data)
        self.members -= 1
        if self.bytes < 0 or self.members < 0:
            raise OSError("the archive holds more than is taken out of one archive")
        return data


def _open(name: str, stream: IO[bytes], allowance: _Allowance, depth: int) -> Iterator[Piece | Skip]:
    """The piece behind a stream, or the pieces in it where it is an archive."""
    head = stream.read(512)
    stream.seek(0)
    reader = _reader(head)
    if reader is None:
        data = allowance.take(stream.read(allowance.limit + 1))
        yield Skip(name, f"larger than {allowance.limit} bytes") if len(data) > allowance.limit else Piece(name, data)
    elif depth >= MAX_NESTING:
        yield Skip(name, f"archives nested more than {MAX_NESTING} deep")
    else:
        try:
            yield from reader(name, stream, allowance, depth)
        except BROKEN as fault:
            yield Skip(name, f"the archive cannot be read: {fault}")


def _reader(head: bytes) -> Opener | None:
    if head[:2] == b"\x1f\x8b":
        return _gzip
    if head[:3] == b"BZh":
        return _bzip2
    if head[:4] == b"PK\x03\x04":
        return _zip
    if head[257:262] == b"ustar":
        return _tar
    return None


def _gzip(name: str, stream: IO[bytes], allowance: _Allowance, depth: int) -> Iterator[Piece | Skip]:
    with gzip.GzipFile(fileobj=stream) as inner:
        head = inner.read(512)
        inner.seek(0)
        if head[257:262] == b"ustar":
            yield from _tar(name, inner, allowance, depth)
            return
        data = allowance.take(inner.read(allowance.limit + 1))
    if len(data) > allowance.limit:
        yield Skip(name, f"larger than {allowance.limit} bytes")
        return
    yield from _open(name.removesuffix(".gz"), io.BytesIO(data), allowance, depth + 1)


def _bzip2(name: str, stream: IO[bytes], allowance: _Allowance, depth: int) -> Iterator[Piece | Skip]:
    with bz2.BZ2File(stream) as inner:
        data = allowance.take(inner.read(allowance.limit + 1))
    if len(data) > allowance.limit:
        yield Skip(name, f"larger than {allowance.limit} bytes")
        return
    yield from _open(name.removesuffix(".bz2"), io.BytesIO(data), allowance, depth + 1)


def _tar(name: str, stream: IO[bytes] | gzip.GzipFile, allowance: _Allowance, depth: int) -> Iterator[Piece | Skip]:
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            if member.isfile():
                inner = archive.extractfile(member)
                if inner is not None:
                    yield from _member(f"{name}!{member.name}", inner, member.size, allowance, depth)


def _zip(name: str, stream: IO[bytes], allowance: _Allowance, depth: int) -> Iterator[Piece | Skip]:
    with zipfile.ZipFile(stream) as archive:
        if OFFICE in archive.namelist():
            yield Skip(name, "an office document")
            return
        for member in archive.infolist():
            if not member.is_dir():
                with archive.open(member) as inner:
                    yield from _member(f"{name}!{member.filename}", inner, member.file_size, allowance, depth)


def _member(name: str, inner: IO[bytes], size: int, allowance: _Allowance, depth: int) -> Iterator[Piece | Skip]:
    """One member, read whole: the size an archive claims is not believed, only used to skip early."""
    if size > allowance.limit:
        yield Skip(name, f"larger than {allowance.limit} bytes")
        return
    data = allowance.take(inner.read(allowance.limit + 1))
    if len(data) > allowance.limit:
        yield Skip(name, f"larger than {allowance.limit} bytes")
        return
    yield from _open(name, io.BytesIO(data), allowance, depth + 1)
