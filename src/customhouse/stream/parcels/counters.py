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

from customhouse.record.parcel import ADDED
from customhouse.stream.items import Ints
from customhouse.stream.parcels.known import Keys, Known
from customhouse.stream.parcels.rows import Coded, Rows, laid

WIDE = 256  # bytes of a text that make its hash, besides its length
_MIX, _MORE = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_SHIFT = np.uint64(29)
_BYTES = np.array([(1 << 8 * n) - 1 for n in range(9)], np.uint64)  # the first n bytes of a word of eight
NOBODY: Keys = np.zeros(0, np.uint64)
NOISE = r"[^\p{L}\p{N}]+"


def hashed(words: pa.StringArray) -> Keys:
    """A hash of each text: of its first `WIDE` bytes and its length. It is stored (`registry.segment.fingerprint` is its twin), so it
    never changes."""
    offsets, data = laid(words)
    padded = np.zeros(len(data) + 8, np.uint8)
    padded[: len(data)] = data
    # eight bytes from any place on
    from_ = np.ndarray((len(data) + 1,), np.dtype("<u8"), padded, 0, (1,))
    at, left = offsets[:-1], np.diff(offsets)
    made = mixed(np.full(len(words), _MIX) ^ left.astype(np.uint64) * _MORE, from_[at] & _BYTES[np.minimum(left, 8)])
    for start in range(8, min(WIDE, int(left.max(initial=0))), 8):
        of = np.flatnonzero(left > start)
        made[of] = mixed(made[of], from_[at[of] + start] & _BYTES[np.minimum(left[of] - start, 8)])
    return made


def mixed(one: Keys, other: Keys) -> Keys:
    """One hash of two."""
    made = one ^ other
    made *= _MIX
    made ^= made >> _SHIFT
    made *= _MORE
    made ^= made >> _SHIFT
    return made


_LETTERS = np.array([ord(chr(n).lower()) if n < 128 and chr(n).isalnum() else 0 for n in range(256)], np.uint8)


def plain(words: pa.StringArray) -> Keys:
    """The hash of each text's letters and digits alone, capitals or not."""
    offsets, data = laid(words)
    low = _LETTERS[data]
    keep = low != 0
    places = np.concatenate((np.zeros(1, np.int32), np.cumsum(keep, dtype=np.int32)))[offsets]
    made = hashed(
        pa.StringArray.from_buffers(len(words), pa.py_buffer(places.astype(np.int32)), pa.py_buffer(low[keep]))
    )
    foreign = data >= 128
    if foreign.any():  # letters of every language
        of = np.unique(np.searchsorted(offsets, np.flatnonzero(foreign), "right") - 1)
        some = words.take(pa.array(of))
        made[of] = hashed(pc.utf8_lower(pc.replace_substring_regex(some, NOISE, "")))
    return made


class RowKeys(NamedTuple):
    """The keys of rows: who receives, where, what from whom at which price, the reference, and everything that is declared."""

    consignee: Keys
    address: Keys
    alike: Keys
    reference: Keys
    content: Keys


def of_column(column: Coded) -> Keys:
    """The hash of each row's text."""
    return hashed(column.words)[column.code]


def keys(rows: Rows, declarant: str) -> RowKeys:
    """The keys of every row of one declarant's consolidation."""
    text = rows.text
    exact = {name: _of_rows(hashed(column.words), column) for name, column in text.items() if name not in ADDED}
    postcode, city, name, sender, street, goods = (
        _of_rows(plain(text[n].words), text[n])
        for n in ("postcode", "city", "consignee", "consignor", "address", "description")
    )
    name = _known_by(text["consignee"], name, text["consignee_id"])
    consignee = mixed(name, postcode)
    address = mixed(mixed(street, postcode), city)
    empty = text["address"].words.index("").as_py()
    if empty >= 0:  # without a street, everybody is at an address of their own
        address = np.where(text["address"].code == empty, mixed(address, consignee), address)
    alike = mixed(mixed(mixed(consignee, sender), goods), rows.number["price"].view(np.uint64))
    alike = mixed(alike, exact["currency"])
    reference = _owned(exact["reference"], declarant)
    content = reference
    for key in exact.values():
        content = mixed(content, key)
    for (
        field
    ) in ADDED:  # they count only where they say something: a parcel without them is what it was before there were any
        column = text[field]
        if column.says():
            there = column.code != column.words.index("").as_py()
            said = mixed(of_column(column), hashed(pa.array([field], pa.string()))[0])
            content = np.where(there, mixed(content, said), content)
    return RowKeys(*(np.broadcast_to(k, len(rows)) for k in (consignee, address, alike, reference, content)))


def _known_by(name: Coded, key: Keys, number: Coded) -> Keys:
    """The key of who receives a parcel: that of the name, or of the number where there is no name."""
    empty = name.words.index("").as_py()
    return key if empty < 0 else np.where(name.code == empty, _of_rows(plain(number.words), number), key)


def _of_rows(key: Keys, column: Coded) -> Keys:
    """The key of each row; of a column that is the same everywhere, one for all."""
    return key if len(key) == 1 else key[column.code]


def references(declarant: str, texts: pa.StringArray) -> Keys:
    """The keys of references of a declarant, as rows have them."""
    return _owned(hashed(texts), declarant)


def _owned(keys: Keys, declarant: str) -> Keys:
    return mixed(keys, hashed(pa.array([declarant], pa.string()))[0])


# --- counts -----------------------------------------------------------------------------------------------------------


class Groups(NamedTuple):
    """Rows by key: the distinct keys in order, where the rows of each begin in `order`, and the rows, ascending for each."""

    key: Keys
    start: Ints
    order: NDArray[np.int32]

    def first(self, may: NDArray[np.bool_]) -> Ints:
        """For each key the first of its rows that `may`; the number of rows where none does."""
        size = len(self.order)
        if not size:
            return np.zeros(0, np.int64)
        return np.asarray(np.minimum.reduceat(np.where(may[self.order], self.order, size), self.start), np.int64)

    def of_rows(self, found: Ints) -> Ints:
        """What was found for each key, row by row."""
        made = np.empty(len(self.order), found.dtype)
        made[self.order] = np.repeat(found, self.sizes)
        return made

    @property
    def sizes(self) -> Ints:
        return np.diff(self.start, append=len(self.order))


def grouped(keys: Keys) -> Groups:
    order = np.argsort(keys, kind="stable").astype(np.int32)
    ordered = keys[order]
    fresh = np.ones(len(keys), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=fresh[1:])
    start = np.flatnonzero(fresh)
    return Groups(ordered[start], start, order)


class Before(NamedTuple):
    """How many came before each row, and what they were worth."""

    count: Ints
    value: Ints


class Tally:
    """Counts and values by key, over everything met."""

    def __init__(self) -> None:
        self._known = Known(np.int64, np.int64)

    def __len__(self) -> int:
        return len(self._known)

    def meet(self, asked: Groups, value: Ints, counted: NDArray[np.bool_]) -> Before:
        """For each row what came before it, in earlier chunks and in the rows above it; `counted` are the rows that count,
        and from now on they came before."""
        size = len(asked.key)
        if not size:
            return Before(np.zeros(0, np.int64), np.zeros(0, np.int64))
        order, sizes, columns = asked.order, asked.sizes, self._known.columns
        made, found = [], self._known.find(asked.key)
        met = np.flatnonzero(found >= 0)
        at = found[met]
        mine = [counted[order].astype(np.int64), np.where(counted, value, 0)[order]]
        for column, of in zip(columns, mine, strict=True):
            known = np.zeros(size, np.int64)
            known[met] = column[at]
            upto = np.cumsum(of) - of
            came = np.empty(len(order), np.int64)
            came[order] = upto + np.repeat(known - upto[asked.start], sizes)
            made.append(came)
        sums = [np.add.reduceat(of, asked.start) for of in mine]
        for total, column in zip(sums, columns, strict=True):
            column[at] += total[met]
        new = (found < 0) & (sums[0] > 0)
        self._known.insert(asked.key[new], [total[new] for total in sums])
        return Before(*made)


class Firsts:
    """Which row first had a key: its number and what it held."""

    def __init__(self) -> None:
        self._known = Known(np.int64, np.uint64)

    def __len__(self) -> int:
        return len(self._known)

    def find(self, asked: Groups) -> tuple[Ints, Keys]:
        """(number of the first row of each key, 0 where there is none; what it held), row by row."""
        number, held = np.zeros(len(asked.key), np.int64), np.zeros(len(asked.key), np.uint64)
        found = self._known.find(asked.key)
        met = np.flatnonzero(found >= 0)
        numbers, contents = self._known.columns
        number[met], held[met] = numbers[found[met]], contents[found[met]]
        return asked.of_rows(number), asked.of_rows(held)

    def add(self, asked: Groups, first: Ints, number: Ints, held: Keys) -> None:
        """Remember of each key its `first` row, where it has one; none was there."""
        has = first < len(number)
        at = first[has]
        self._known.insert(asked.key[has], [number[at], held[at]])


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
