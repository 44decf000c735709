"""Keys that were met, with what is known of each: millions of them, asked about tens of thousands at a time.

A hash table in columns. The keys are hashes already, so the place of one is its share of the table; those that are asked about come in
order, so the table is gone through in order too. Places hold numbers of keys and not keys, because half of them are empty.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from customhouse.stream.items import Ints

Keys = NDArray[np.uint64]
Column = NDArray[np.int64] | NDArray[np.uint64]
SMALLEST, AT_ONCE = 1 << 16, 1 << 16
_HALF = np.uint64(32)


class Known:
    """Keys with so many columns."""

    def __init__(self, *kinds: type) -> None:
        self._size = 0
        self._keys: Keys = np.zeros(SMALLEST // 2, np.uint64)
        self._columns: list[Column] = [np.zeros(SMALLEST // 2, kind) for kind in kinds]
        self._table = np.full(SMALLEST, -1, np.int32)

    def __len__(self) -> int:
        return self._size

    @property
    def columns(self) -> list[Column]:
        """What is known of each key, by its number; to be written in place."""
        return self._columns

    def find(self, asked: Keys) -> Ints:
        """The number of each key, -1 where it is not there."""
        found = np.full(len(asked), -1, np.int64)
        place, left = self._places(asked), None
        while len(place):
            number = self._table[place]
            there = number >= 0
            match = there & (self._keys[number] == (asked if left is None else asked[left]))
            hit = np.flatnonzero(match)
            found[hit if left is None else left[hit]] = number[hit]
            on = np.flatnonzero(there & ~match)
            left = on if left is None else left[on]
            place = self._next(place[on])
        return found

    def insert(self, keys: Keys, columns: Sequence[Column]) -> None:
        """Distinct keys that are not there."""
        first, self._size = self._size, self._size + len(keys)
        if self._size > len(self._keys):
            room = max(self._size, len(self._keys) * 3 // 2)
            self._keys = _longer(self._keys, room)
            self._columns = [_longer(column, room) for column in self._columns]
        self._keys[first : self._size] = keys
        for column, new in zip(self._columns, columns, strict=True):
            column[first : self._size] = new
        if self._size * 2 > len(self._table):
            self._table = np.full(self._size * 3, -1, np.int32)
            first = 0
        for start in range(first, self._size, AT_ONCE):
            self._put(start, min(start + AT_ONCE, self._size))

    def _put(self, first: int, end: int) -> None:
        """Find a place for the keys of these numbers."""
        number = np.arange(first, end, dtype=np.int32)
        place = self._places(self._keys[first:end])
        while len(place):
            free = self._table[place] < 0
            self._table[place[free]] = number[free]  # of several that want one place, one has it now
            left = self._table[place] != number
            number, place = number[left], self._next(place[left])

    def _places(self, keys: Keys) -> Ints:
        """Where each key is looked for first: places rise with keys."""
        return ((keys >> _HALF) * np.uint64(len(self._table)) >> _HALF).astype(np.int64)

    def _next(self, place: Ints) -> Ints:
        after = place + 1
        after[after == len(self._table)] = 0
        return after


def _longer(column: Column, room: int) -> Column:
    made = np.zeros(room, column.dtype)
    made[: len(column)] = column
    return made
