"""Where files lie: on this machine, or where pyarrow (s3://, gs://, hdfs://) or fsspec (whatever it has a name for) can open them."""

from __future__ import annotations

import errno
import io
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

import msgspec
import pyarrow as pa
from pyarrow import fs

from customhouse.kernel.problem import Problem, Refusal

_WHOLE_AT_ONCE = {"s3", "s3a", "gcs", "gs", "abfs", "az", "memory"}
"""Stores in which a file is there when all of it was sent, and not before: by pyarrow's names and fsspec's."""


class Stat(NamedTuple):
    """What is asked of a file beside its bytes."""

    st_size: int


class Place(msgspec.Struct, frozen=True):
    """A file or folder anywhere, by its path or URL."""

    url: str

    @property
    def name(self) -> str:
        return self._apart()[0].rsplit("/", 1)[-1]

    def under(self, name: str) -> Place:
        """What is called `name` in this folder."""
        of, how = self._apart()
        return Place(f"{of}/{name}{how}")

    def _apart(self) -> tuple[str, str]:
        """(the URL without what comes after a question mark, and that): `?region=...` says how it is reached and not where."""
        of, mark, how = self.url.partition("?") if "://" in self.url else (self.url, "", "")
        return of.rstrip("/"), mark + how

    def open(self, mode: str = "rb") -> IO[Any]:
        """The file, to be read anywhere in it. Raises OSError."""
        assert mode == "rb"
        filesystem, path = self._at()
        return io.BufferedReader(filesystem.open_input_file(path), 1 << 20)  # type: ignore[arg-type]

    def pieces(self) -> pa.NativeFile:
        """The file, to be read here and there (`read_at`), and nothing besides. Raises OSError."""
        filesystem, path = self._at()
        return filesystem.open_input_file(path)

    def read(self) -> bytes:
        with self.pieces() as file:
            return bytes(file.read())

    def contents(self) -> pa.Buffer:
        """All of the file, in memory where it lies elsewhere."""
        filesystem, path = self._at()
        if isinstance(filesystem, fs.LocalFileSystem):
            return pa.memory_map(path).read_buffer()
        with filesystem.open_input_file(path) as file:
            return file.read_buffer()

    def write(self, data: bytes | pa.Buffer) -> None:
        """Write a file, over one that is there; see `writing`."""
        with self.writing() as file:
            file.write(data)

    @contextmanager
    def writing(self) -> Iterator[pa.NativeFile]:
        """A file to be written, over one that is there. Under its name it is there whole or not at all: who is killed in the middle,
        or writes what another is writing, spoils nothing. Stores that promise it get it in one; elsewhere it has another, hidden
        name until it is whole, and that stays behind where the process was killed."""
        filesystem, path = self._at()
        if _is_whole_at_once(filesystem):
            sink = pa.BufferOutputStream()
            yield sink
            with filesystem.open_output_stream(path) as file:
                file.write(sink.getvalue())
            return
        folder, _, name = path.rpartition("/")
        part = f"{folder}/.{name}.{uuid.uuid4().hex[:12]}.part"
        try:
            with filesystem.open_output_stream(part) as file:
                yield file
            filesystem.move(part, path)
        except BaseException:
            if filesystem.get_file_info(part).type != fs.FileType.NotFound:
                filesystem.delete_file(part)
            raise

    @property
    def is_here(self) -> bool:
        """Whether it lies on this machine, as far as its name says."""
        return "://" not in self.url or self.url.startswith("file://")

    def make(self) -> None:
        """Make the folder."""
        filesystem, path = self._at()
        filesystem.create_dir(path, recursive=True)

    def is_there(self) -> bool:
        return bool(self._info().type != fs.FileType.NotFound)

    def is_file(self) -> bool:
        return self._info().type == fs.FileType.File

    def is_dir(self) -> bool:
        return self._info().type == fs.FileType.Directory

    def stat(self) -> Stat:
        """Raises FileNotFoundError."""
        info = self._info()
        if info.type == fs.FileType.NotFound:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), self.url)
        return Stat(info.size or 0)

    def _info(self) -> fs.FileInfo:
        filesystem, path = self._at()
        return filesystem.get_file_info(path)

    def clear(self) -> None:
        """Take the folder away with everything in it."""
        filesystem, path = self._at()
        filesystem.delete_dir(path)

    def _at(self) -> tuple[fs.FileSystem, str]:
        if "://" not in self.url:
            return fs.LocalFileSystem(), str(Path(self.url).absolute())
        try:
            found: tuple[fs.FileSystem, str] = fs.FileSystem.from_uri(self.url)
        except pa.ArrowInvalid as fault:
            found = self._by_fsspec(fault)
        return found

    def _by_fsspec(self, fault: Exception) -> tuple[fs.FileSystem, str]:
        """Raises Refusal where nothing here knows such a place."""
        try:
            import fsspec

            opener, path = fsspec.core.url_to_fs(self.url)
        except (ImportError, ValueError) as also:
            hint = "pyarrow opens file://, s3://, gs:// and hdfs://; for others install fsspec and what it asks for"
            raise Refusal(
                [Problem("UnknownPlace", f"Nothing here opens it: {fault}; {also}", self.url, hint)]
            ) from also
        return fs.PyFileSystem(fs.FSSpecHandler(opener)), path


def _is_whole_at_once(filesystem: fs.FileSystem) -> bool:
    names = {filesystem.type_name}
    if isinstance(filesystem, fs.PyFileSystem):
        of = filesystem.handler.fs.protocol
        names = {of} if isinstance(of, str) else set(of)
    return bool(names & _WHOLE_AT_ONCE)
