"""Laws by the name a person gives them: a pack (directory), a compiled Book (file), or a pack that travels with the program."""

from __future__ import annotations

import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

from customhouse.law.book import Book, compile_pack
from customhouse.law.pack import country_directory

DEMO_COUNTRY = "meridia"


@lru_cache(maxsize=4)
def embedded_book(country: str = DEMO_COUNTRY) -> Book:
    """The Book of a country pack that ships with the program."""
    return Book.open(compile_pack(country_directory(country)))


def compiled(name: str) -> bytes:
    """The bytes of a law. Raises `law.pack.PackError` with everything wrong in a pack, FileNotFoundError for no law at all."""
    path = Path(name)
    if path.is_file():
        return path.read_bytes()
    directory = path if path.is_dir() else country_directory(name)
    with _Reading() as progress:
        return compile_pack(directory, progress)


def open_law(name: str) -> Book:
    """The Book of a law; a file is mapped. Raises as `compiled`, and NotABook for a file that is none."""
    path = Path(name)
    return Book.open(path if path.is_file() else compiled(name))


class _Reading:
    """Tells a person at a terminal which file of a big pack is being read, and how far."""

    def __init__(self) -> None:
        self._status: Any = None

    def __enter__(self) -> _Reading:
        return self

    def __call__(self, file: str, lines: int) -> None:
        if not sys.stderr.isatty():
            return
        if self._status is None:
            from rich.console import Console

            self._status = Console(stderr=True).status("")
            self._status.start()
        self._status.update(f"Reading {file}, line {lines:,}")

    def __exit__(self, *_: object) -> None:
        if self._status is not None:
            self._status.stop()
