"""Where the files of published Books lie on this machine, named by their hash, so that every process maps the same pages.

The database keeps the Books; this is a cache that may be deleted at any time. The house says where it is at start.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from customhouse.law.book import Book, NotABook

_folder: Path | None = None


def use(folder: Path | None) -> None:
    """Say where the files lie; None: nowhere, every process holds the bytes for itself."""
    global _folder
    _folder = folder


def place(digest: str) -> Path | None:
    """The file of the Book of that hash, when it lies here."""
    if _folder is None:
        return None
    path = _folder / f"{digest}.book"
    return path if path.is_file() else None


def keep(digest: str, contents: bytes) -> bytes | Path:
    """Write the file of a Book and answer its path; the bytes themselves where nothing can be written."""
    if _folder is None:
        return contents
    path = _folder / f"{digest}.book"
    try:
        _folder.mkdir(parents=True, exist_ok=True)
        # Written beside its place and moved there: whoever maps it never sees a part, and a mapped file never shrinks.
        with tempfile.NamedTemporaryFile(dir=_folder, prefix=".new", delete=False) as file:
            try:
                file.write(contents)
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).chmod(0o444)
                Path(file.name).replace(path)
            except OSError:
                Path(file.name).unlink(missing_ok=True)
                raise
    except OSError:
        return contents
    return path


def opened(digest: str, source: bytes | Path) -> Book:
    """The Book of that hash from its bytes or its file. Raises NotABook when it is something else."""
    try:
        book = Book.open(source)
    except NotABook as fault:
        if isinstance(source, Path):
            raise NotABook(f"{source}: {fault}. Remove the file; the next start fetches it again") from fault
        raise
    if book.hash != digest:
        raise NotABook(f"the Book published as {digest[:16]} is really {book.hash[:16]}; publish it again")
    return book
