"""What came before a parcel on the same day: counts and values by key, in the order of the rows, with bounded memory.

A key is a hash of 64 bits of what makes two rows one: the consignee, the address, the goods between the same two. Every count
stops strictly before the row it is about. Only parcels that were taken count; one that was refused never came.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from customhouse.stream.items import Ints
from customhouse.stream.parcels.rows import Coded, Rows

Keys = NDArray[np.uint64]
WIDE = 256  # bytes of a text that make its hash, besides its length
_MIX, _MORE = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_SHIFT = np.uint64(29)
NOBODY: Keys = np.zeros(0, np.uint64)
NOISE = r"[^\p{L}\p{N}]+"


def hashed(words: pa.StringArray) -> Keys:
    """A hash of each text: of its first `WIDE` bytes and its length."""
    size = len(words)
    if not size:
        return np.zeros(0, np.uint64)
    offsets = np.frombuffer(words.buffers()[1], np.int32)[words.offset : words.offset + size + 1].astype(np.int64)
    data = np.frombuffer(words.buffers()[2], np.uint8) if words.buffers()[2] is not None else np.zeros(0, np.uint8)
    lengths = np.diff(offsets)
    made = np.full(size, _MIX) ^ lengths.astype(np.uint64) * _MORE
    padded = np.concatenate((data[: offsets[-1]], np.zeros(8, np.uint8)))
    # one word of eight bytes after the other, of all texts that are that long
    for start in range(0, min(WIDE, int(lengths.max(initial=0))), 8):
        of = np.flatnonzero(lengths > start)
        at = offsets[of, None] + start + np.arange(8)
        bytes_ = np.where(np.arange(8) < (lengths[of, None] - start), padded[np.minimum(at, len(padded) - 1)], 0)
        word = np.ascontiguousarray(bytes_.astype(np.uint8)).view(np.uint64)[:, 0]
        made[of] = mixed(made[of], word)
    return made


def mixed(one: Keys, other: Keys) -> Keys:
    """One hash of two."""
    made = (one ^ other) * _MIX
    made ^= made >> _SHIFT
    made *= _MORE
    return np.asarray(made ^ (made >> _SHIFT), np.uint64)


def of_column(column: Coded, *, plain: bool = False) -> Keys:
    """The hash of each row's text; `plain`: of its letters and digits alone, capitals or not."""
    words = column.words
    if plain:
        words = pc.utf8_lower(pc.replace_substring_regex(words, NOISE, ""))
    return hashed(words)[column.code]


class RowKeys(NamedTuple):
    """The keys of rows: who receives, where, what from whom at which price, the reference, and everything that is declared."""

    consignee: Keys
    address: Keys
    alike: Keys
    reference: Keys
    content: Keys

    def part(self, keep: NDArray[np.bool_] | Ints) -> RowKeys:
        return RowKeys(*(keys[keep] for keys in self))


def keys(rows: Rows, declarant: str) -> RowKeys:
    """The keys of every row of one declarant's consolidation."""
    text = rows.text
    postcode = of_column(text["postcode"], plain=True)
    consignee = mixed(of_column(text["consignee"], plain=True), postcode)
    address = mixed(mixed(of_column(text["address"], plain=True), postcode), of_column(text["city"], plain=True))
    empty = text["address"].words.index("").as_py()
    if empty >= 0:  # without a street, everybody is at an address of their own
        address = np.where(text["address"].code == empty, mixed(address, consignee), address)
    alike = mixed(
        mixed(consignee, of_column(text["consignor"], plain=True)), of_column(text["description"], plain=True)
    )
    alike = mixed(mixed(alike, rows.number["price"].view(np.uint64)), of_column(text["currency"]))
    reference = _owned(of_column(text["reference"]), declarant)
    content = reference
    for name in text:
        content = mixed(content, of_column(text[name]))
    return RowKeys(consignee, address, alike, reference, content)


def references(declarant: str, texts: pa.StringArray) -> Keys:
    """The keys of references of a declarant, as rows have them."""
    return _owned(hashed(texts), declarant)


def _owned(keys: Keys, declarant: str) -> Keys:
    return mixed(keys, np.full(len(keys), hashed(pa.array([declarant], pa.string()))[0]))


class Before(NamedTuple):
    """How many came before each row, and what they were worth."""

    count: Ints
    value: Ints


class Tally:
    """Counts and values by key, over everything added. Levels of sorted keys, each at least twice as long as the next, so
    that adding and asking stay cheap however much is in it."""

    def __init__(self) -> None:
        self._levels: list[tuple[Keys, Ints, Ints]] = []

    def __len__(self) -> int:
        return sum(len(level[0]) for level in self._levels)

    def before(self, asked: Keys, value: Ints, counted: NDArray[np.bool_]) -> Before:
        """For each row what came before it, in earlier chunks and in the rows above it; `counted` are the rows that count."""
        count, worth = self.known(asked)
        order = np.argsort(asked, kind="stable")
        sorted_ = asked[order]
        fresh = np.concatenate(([True], sorted_[1:] != sorted_[:-1])) if len(asked) else np.zeros(0, bool)
        group = np.maximum.accumulate(np.where(fresh, np.arange(len(asked)), 0))
        for of, made in ((counted[order].astype(np.int64), count), (np.where(counted, value, 0)[order], worth)):
            upto = np.concatenate(([0], np.cumsum(of)))[:-1]
            made[order] += upto - upto[group]
        return Before(count, worth)

    def known(self, asked: Keys) -> tuple[Ints, Ints]:
        count, worth = np.zeros(len(asked), np.int64), np.zeros(len(asked), np.int64)
        for level, counts, values in self._levels:
            at = np.minimum(np.searchsorted(level, asked), len(level) - 1)
            met = np.flatnonzero(level[at] == asked)
            count[met] += counts[at[met]]
            worth[met] += values[at[met]]
        return count, worth

    def add(self, asked: Keys, value: Ints) -> None:
        """Count these rows."""
        if not len(asked):
            return
        self._levels.append(_summed(asked, np.ones(len(asked), np.int64), value))
        while len(self._levels) > 1 and len(self._levels[-2][0]) < 2 * len(self._levels[-1][0]):
            one, other = self._levels.pop(), self._levels.pop()
            self._levels.append(_summed(*(np.concatenate(pair) for pair in zip(other, one, strict=True))))


def _summed(asked: Keys, count: Ints, value: Ints) -> tuple[Keys, Ints, Ints]:
    order = np.argsort(asked, kind="stable")
    asked = asked[order]
    first = np.flatnonzero(np.concatenate(([True], asked[1:] != asked[:-1])))
    return asked[first], np.add.reduceat(count[order], first), np.add.reduceat(value[order], first)


class Firsts:
    """Which row first had a key: its number and what it held."""

    def __init__(self) -> None:
        self._levels: list[tuple[Keys, Ints, Keys]] = []

    def __len__(self) -> int:
        return sum(len(level[0]) for level in self._levels)

    def find(self, asked: Keys) -> tuple[Ints, Keys]:
        """(number of the first row of each key, 0 where there is none; what it held)."""
        number, held = np.zeros(len(asked), np.int64), np.zeros(len(asked), np.uint64)
        for level, numbers, contents in self._levels:
            at = np.minimum(np.searchsorted(level, asked), len(level) - 1)
            met = np.flatnonzero(level[at] == asked)
            number[met], held[met] = numbers[at[met]], contents[at[met]]
        return number, held

    def add(self, asked: Keys, number: Ints, held: Keys) -> None:
        """Remember rows whose keys were not there."""
        if not len(asked):
            return
        self._levels.append(_ordered(asked, number, held))
        while len(self._levels) > 1 and len(self._levels[-2][0]) < 2 * len(self._levels[-1][0]):
            one, other = self._levels.pop(), self._levels.pop()
            self._levels.append(_ordered(*(np.concatenate(pair) for pair in zip(other, one, strict=True))))


def _ordered(asked: Keys, number: Ints, held: Keys) -> tuple[Keys, Ints, Keys]:
    order = np.argsort(asked, kind="stable")
    return asked[order], number[order], held[order]


def first_in_chunk(asked: Keys, may: NDArray[np.bool_]) -> Ints:
    """For each row the place of the first row of the chunk with its key among those that `may`; its own place where none
    is above it."""
    size = len(asked)
    found = np.arange(size)
    of = np.flatnonzero(may)
    if not len(of):
        return found
    order = of[np.argsort(asked[of], kind="stable")]
    fresh = np.concatenate(([True], asked[order][1:] != asked[order][:-1]))
    first = order[fresh]
    at = np.minimum(np.searchsorted(asked[first], asked), len(first) - 1)
    met = (asked[first][at] == asked) & (first[at] < found)
    return np.asarray(np.where(met, first[at], found), np.int64)


def together(parts: Sequence[Before]) -> dict[str, Ints]:
    """Consignee, address and alike as facts of history."""
    consignee, address, alike = parts
    return {
        "consignee_parcels_today": consignee.count,
        "consignee_value_today": consignee.value,
        "address_parcels_today": address.count,
        "address_value_today": address.value,
        "alike_today": alike.count,
    }
