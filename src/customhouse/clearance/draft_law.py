"""A draft of law that is handed in as one file: a compiled Book, or the folder of a pack packed as a zip archive.

An archive is untrusted: its size, the number of its files and their names are looked at before anything is written, and only what a
pack is made of is taken out.
"""

from __future__ import annotations

import io
import tempfile
import tomllib
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from customhouse.kernel.problem import Problem
from customhouse.law.book import Book, NotABook, compile_pack
from customhouse.law.pack import PackError

MOST_FILES = 2_000
MOST_BYTES = 512 << 20
"""Of an archive, unpacked."""
TAKEN = (".toml", ".csv")
HEAD = "country.toml"
ARCHIVE = b"PK\x03\x04"


class NotADraft(ValueError):
    """The file is no law; `problems` says everything that is wrong in it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(p) for p in self.problems))


def compiled(data: bytes) -> bytes:
    """The Book in a file, or that of the pack in an archive. Raises NotADraft."""
    if not data.startswith(ARCHIVE):
        try:
            Book.open(data)
        except NotABook as fault:
            hint = "Hand in the folder of the law as a .zip archive, or the Book that customhouse law build makes"
            raise NotADraft([Problem("NotADraft", str(fault), "", hint)]) from None
        return data
    with tempfile.TemporaryDirectory(prefix="draft-law-") as folder:
        try:
            return compile_pack(_unpacked(data, Path(folder)))
        except PackError as fault:
            raise NotADraft(fault.problems) from None


def _unpacked(data: bytes, folder: Path) -> Path:
    """Take the pack out of an archive; the folder it stands in."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            inside = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(inside) > MOST_FILES or sum(entry.file_size for entry in inside) > MOST_BYTES:
                raise _refused(f"The archive holds more than {MOST_FILES} files or {MOST_BYTES >> 20} MiB", "Compile it with customhouse law build")  # fmt: skip
            for entry in inside:
                path = PurePosixPath(entry.filename)
                if path.is_absolute() or ".." in path.parts or "\\" in entry.filename:
                    raise _refused(f"The archive names a file outside itself: {entry.filename[:80]}", "Pack the folder anew")  # fmt: skip
                if path.suffix in TAKEN and "__MACOSX" not in path.parts:
                    place = folder.joinpath(*path.parts)
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_bytes(archive.read(entry))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as fault:
        raise _refused(f"The archive cannot be read: {fault}", "Pack the folder anew, without a password") from None
    heads = sorted(folder.rglob(HEAD), key=lambda path: (len(path.parts), path))
    if not heads:
        raise _refused(f"The archive holds no {HEAD}", "Pack the folder of the law, with everything in it")
    _stays_inside(heads[0])
    return heads[0].parent


def _stays_inside(head: Path) -> None:
    """The layers that a pack names are folders of its own."""
    try:
        layers = tomllib.loads(head.read_text("utf-8")).get("layers", ())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return  # the pack is read with all its problems afterwards
    for layer in layers if isinstance(layers, list) else ():
        if not (head.parent / str(layer)).resolve().is_relative_to(head.parent.resolve()):
            raise _refused(f"The pack names a layer outside itself: {str(layer)[:80]}", "Put the layer into the folder")


def _refused(text: str, hint: str) -> NotADraft:
    return NotADraft([Problem("NotADraft", text, "", hint)])
