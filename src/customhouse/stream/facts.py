"""Facts of many declarations in columns: numbers side by side, texts and sets of codes by the place of each word in a short list.

A number that does not fit into 64 bits makes its column one of Python's own numbers, which are exact, only slower.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import chain
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from customhouse.law.rules.functions import spaced
from customhouse.record.facts import ITEM, WHOLE
from customhouse.stream.items import Flags, Ints, spread

LARGEST = 2**63 - 1
Small = NDArray[np.int32]
Numbers = NDArray[Any]
BREAK = "\n"
FEW = 4  # texts that are looked for one by one before all have numbers


class Words:
    """The distinct texts of a column. Every test of a text is made once for each of them, and kept."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        self._kept: dict[tuple[str, tuple[str, ...]], tuple[Flags, Ints]] = {}
        self._looked = 0

    def __len__(self) -> int:
        return len(self.words)

    @cached_property
    def number(self) -> dict[str, int]:
        return {word: n for n, word in enumerate(self.words)}

    @cached_property
    def lengths(self) -> Ints:
        return np.fromiter(map(len, self.words), np.int64, len(self.words))

    @cached_property
    def _sorted(self) -> tuple[list[str], Ints]:
        order = sorted(range(len(self.words)), key=self.words.__getitem__)
        return [self.words[n] for n in order], np.array(order, np.int64)

    @cached_property
    def _backwards(self) -> Words:
        return Words([w[::-1] for w in self.words])

    @cached_property
    def _text(self) -> tuple[str, list[int]]:
        """All texts in one, and where each begins."""
        return BREAK.join(self.words), np.concatenate(([0], np.cumsum(self.lengths + 1)))[:-1].tolist()

    @cached_property
    def _spaced(self) -> Words:
        """The texts as words with one space between and around them."""
        return Words([_spaced(w) for w in self.words])

    def test(self, name: str, texts: tuple[str, ...]) -> tuple[Flags, Ints]:
        """Which of the distinct texts pass a test against one of `texts` (is, starts, ends, contains, words): for each whether
        it does, and the places of those that do."""
        found = self._kept.get((name, texts))
        if found is None:
            passed = np.zeros(len(self.words), bool)
            for text in texts:
                passed[getattr(self, f"_{name}")(text)] = True
            found = self._kept[name, texts] = passed, np.flatnonzero(passed)
        return found

    def _is(self, text: str) -> list[int]:
        if "number" not in self.__dict__ and self._looked < FEW:
            self._looked += 1
            try:
                return [self.words.index(text)]
            except ValueError:
                return []
        return [n] if (n := self.number.get(text)) is not None else []

    def _starts(self, text: str) -> Ints:
        words, order = self._sorted
        size = len(text)
        key: Callable[[str], str] = lambda word: word[:size]  # noqa: E731
        return order[bisect_left(words, text, key=key) : bisect_right(words, text, key=key)]

    def _ends(self, text: str) -> Ints:
        return self._backwards._starts(text[::-1])

    def _contains(self, text: str) -> list[int]:
        if not text or BREAK in text:
            return [n for n, word in enumerate(self.words) if text in word]
        whole, starts = self._text
        places, at = [], whole.find(text)
        while at >= 0:
            n = bisect_right(starts, at) - 1
            places.append(n)
            at = whole.find(text, starts[n + 1]) if n + 1 < len(starts) else -1
        return places

    def _words(self, text: str) -> list[int]:
        row = spaced(text)
        return self._spaced._contains(row) if row.strip() else []

    def places_in(self, other: Words) -> Ints:
        """The place of each text among those of another column, -1 where it is not there."""
        return np.array([other.number.get(w, -1) for w in self.words] or [-1], np.int64)


@lru_cache(1 << 16)
def _spaced(text: str) -> str:
    """`spaced`, kept: goods are described in the same words again and again."""
    return spaced(text)


class Text(msgspec.Struct, frozen=True):
    """Texts: the distinct ones, and for each row the place of its own."""

    words: Words
    code: Small


class Codes(msgspec.Struct, frozen=True):
    """Sets of codes: those of row n stand in `code` from `starts[n]` up to `starts[n + 1]`."""

    words: Words
    starts: Ints
    code: Small


Column = Text | Codes | Numbers


class Index:
    """The rows of each distinct text of a column, so that the few rows of some texts are found without looking at all."""

    def __init__(self, text: Text) -> None:
        code, size = text.code, len(text.words)
        self.order = np.argsort(code.astype(np.uint16) if size <= 1 << 16 else code, kind="stable")
        self.starts = np.concatenate(([0], np.cumsum(np.bincount(code, minlength=size)))).astype(np.int64)

    def count(self, words: Ints) -> int:
        """How many rows have one of these texts."""
        return int((self.starts[words + 1] - self.starts[words]).sum())

    def rows(self, words: Ints) -> Ints:
        """The rows that have one of these texts, text by text."""
        first = self.starts[words]
        places, _ = spread(first, self.starts[words + 1] - first)
        return self.order[places]


class Facts:
    """Header facts of declarations and facts of their items. `first` says where the items of each declaration begin, with the
    end of the last after them; items lie in the order of their declarations. A fact that is in no rule may be left out."""

    def __init__(self, header: Mapping[str, Column], items: Mapping[str, Column], first: Ints) -> None:
        self.header, self.items, self.first = dict(header), dict(items), first

    def __len__(self) -> int:
        return len(self.first) - 1

    @property
    def item_count(self) -> int:
        return int(self.first[-1] - self.first[0])

    @cached_property
    def single(self) -> bool:
        """Whether every declaration has one item, as parcels have."""
        return self.item_count == len(self) and bool((np.diff(self.first) == 1).all())

    @cached_property
    def of(self) -> Ints:
        """The place of the declaration of each item."""
        return np.arange(len(self)) if self.single else np.repeat(np.arange(len(self)), np.diff(self.first))

    def part(self, start: int, stop: int) -> Facts:
        """The declarations from `start` up to `stop`, with the same lists of words."""
        first = self.first[start : stop + 1]
        low, high = int(first[0]), int(first[-1])
        return Facts(
            {name: _slice(c, start, stop) for name, c in self.header.items()},
            {name: _slice(c, low, high) for name, c in self.items.items()},
            first - low,
        )

    def take(self, rows: Ints) -> Facts:
        """Some declarations with their items."""
        count = np.diff(self.first)[rows]
        items, _ = spread(self.first[:-1][rows], count)
        return Facts(
            {name: taken(c, rows) for name, c in self.header.items()},
            {name: taken(c, items) for name, c in self.items.items()},
            np.concatenate(([0], np.cumsum(count))),
        )

    def parts(self, rows: int) -> Iterable[tuple[int, Facts]]:
        """(place of its first declaration, part) for parts of about so many items each."""
        start, total = 0, len(self)
        while start < total:
            reach = int(np.searchsorted(self.first, self.first[start] + rows, "right")) - 1
            stop = min(total, max(start + 1, min(reach, start + rows)))
            yield start, self.part(start, stop)
            start = stop


def _slice(column: Column, start: int, stop: int) -> Column:
    if isinstance(column, Text):
        return Text(column.words, column.code[start:stop])
    if isinstance(column, Codes):
        starts = column.starts[start : stop + 1]
        return Codes(column.words, starts - starts[0], column.code[starts[0] : starts[-1]])
    return column[start:stop]


def taken(column: Column, rows: Ints) -> Column:
    """Some rows of a column, with the same list of words."""
    if isinstance(column, Text):
        return Text(column.words, column.code[rows])
    if isinstance(column, Codes):
        count = np.diff(column.starts)[rows]
        places, _ = spread(column.starts[:-1][rows], count)
        return Codes(column.words, np.concatenate(([0], np.cumsum(count))), column.code[places])
    return column[rows]


def gather(rows: Iterable[tuple[Any, Sequence[Any]]]) -> Facts:
    """The columns of (header facts, item facts) one after the other."""
    heads: list[Any] = []
    items: list[Any] = []
    first = [0]
    for header, of in rows:
        heads.append(header)
        items.extend(of)
        first.append(len(items))
    return Facts(
        {name: column(kind, [getattr(h, name) for h in heads]) for name, (kind, _) in WHOLE.items()},
        {name: column(kind, [getattr(i, name) for i in items]) for name, (kind, _) in ITEM.items()},
        np.array(first, np.int64),
    )


def column(kind: str, values: Sequence[Any]) -> Column:
    """The column of values of a type of fact (text, int, bool, codes)."""
    match kind:
        case "text":
            words = {word: n for n, word in enumerate(dict.fromkeys(values))}
            return Text(Words(list(words)), np.fromiter((words[v] for v in values), np.int32, len(values)))
        case "codes":
            ordered = [sorted(v) for v in values]
            words = {word: n for n, word in enumerate(dict.fromkeys(chain.from_iterable(ordered)))}
            starts = np.concatenate(([0], np.cumsum([len(v) for v in values], dtype=np.int64))).astype(np.int64)
            code = np.fromiter((words[w] for v in ordered for w in v), np.int32, int(starts[-1]))
            return Codes(Words(list(words)), starts, code)
        case "bool":
            return np.array(values, bool).reshape(-1)
    if any(not -LARGEST <= v <= LARGEST for v in values):
        exact = np.empty(len(values), object)
        exact[:] = values
        return exact
    return np.array(values, np.int64).reshape(-1)
