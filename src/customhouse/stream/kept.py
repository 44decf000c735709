"""Columns of past months, made once and kept in files until anything is recorded on a declaration of that month.

A file is named for its month, a stamp of what is recorded, and a word of its maker; the folder may be deleted at any time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol, TypeVar


class NotInColumns(ValueError):
    """A rule that columns cannot answer; the message says which part and why."""


class Columns(Protocol):
    def save(self, path: Path) -> None: ...


Kept = TypeVar("Kept", bound=Columns)


def months(start: date, until: date) -> Iterator[tuple[date, date]]:
    """(first day, first day of the next) of every month that has a day in the time."""
    first = start.replace(day=1)
    while first < until:
        following = (first + timedelta(31)).replace(day=1)
        yield first, following
        first = following


def month(
    folder: Path,
    first: date,
    recorded: str,
    load: Callable[[Path], Kept],
    make: Callable[[], Iterable[tuple[str, Kept]]],
) -> tuple[list[tuple[str, Kept]], bool]:
    """((word, columns) of a month, whether they were made now). `recorded` changes whenever anything is recorded on the month;
    files that were made before, or that cannot be read, are made again."""
    stamp = hashlib.sha256(recorded.encode()).hexdigest()[:16]
    try:
        found = [(p.name.split(".")[2], load(p)) for p in sorted(folder.glob(f"{first:%Y-%m}.{stamp}.*.npz"))]
    except ValueError:
        found = []
    if found:
        return found, False
    for path in folder.glob(f"{first:%Y-%m}.*.npz"):
        path.unlink(missing_ok=True)
    made = list(make())
    with suppress(OSError):  # a folder that cannot be written to costs time, and nothing else
        folder.mkdir(parents=True, exist_ok=True)
        for word, columns in made:
            columns.save(folder / f"{first:%Y-%m}.{stamp}.{word}.npz")
    return made, True
