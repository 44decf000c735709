"""Things that are few, numbered as they come, so that a column can hold their numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class Names:
    """`all` are the things in the order of their numbers."""

    def __init__(self, first: Iterable[Any] = ()) -> None:
        self.all: list[Any] = []
        self._numbers: dict[Any, int] = {}
        for one in first:
            self.number(one)

    def number(self, thing: Any) -> int:
        """The number of a thing that can be hashed; a new one when it was not seen before."""
        found = self._numbers.get(thing)
        if found is None:
            found = self._numbers[thing] = len(self.all)
            self.all.append(thing)
        return found

    def __len__(self) -> int:
        return len(self.all)
