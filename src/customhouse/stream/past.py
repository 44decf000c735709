"""Past declarations in columns: the facts that rules were asked about when the lane was set, and what became of each.

`gather` makes them of `offices.risk.selected`, `save` and `load` keep those of a month in a file.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import msgspec
import numpy as np

from customhouse.offices.risk.selected import Selected
from customhouse.record.facts import ITEM, WHOLE
from customhouse.record.lanes import STRICTNESS
from customhouse.stream import facts as columns
from customhouse.stream.facts import Codes, Column, Facts, Text, Words
from customhouse.stream.items import Flags, Ints

FORMAT = "1"
VOCABULARY = [FORMAT, *(f"{name} {kind}" for name, (kind, _) in (*WHOLE.items(), *ITEM.items()))]
NUMBERS = ("number", "lodged", "day", "lane", "drawn", "examined", "found", "minutes")


class PastColumns(msgspec.Struct, frozen=True):
    """Side by side, a place for each declaration. `lodged` and `day` are ordinals of days, `lane` its strictness (0 GREEN to 3
    RED); for the rest see `Selected`."""

    facts: Facts
    number: Ints
    lodged: Ints
    day: Ints
    lane: Ints
    drawn: Flags
    examined: Flags
    found: Flags
    minutes: Ints
    revenue: Any
    office: Text
    fired: Codes

    def __len__(self) -> int:
        return len(self.number)

    def between(self, start: date, until: date) -> PastColumns:
        """Those that came in from `start` until, not including, `until`."""
        wanted = (self.lodged >= start.toordinal()) & (self.lodged < until.toordinal())
        return self if wanted.all() else self.take(np.flatnonzero(wanted))

    def take(self, rows: Ints) -> PastColumns:
        """Some of the declarations."""
        return PastColumns(
            self.facts.take(rows), *(getattr(self, name)[rows] for name in NUMBERS), self.revenue[rows],
            columns.taken(self.office, rows), columns.taken(self.fired, rows),  # type: ignore[arg-type]
        )  # fmt: skip

    def save(self, path: Path) -> None:
        """Write the columns to a file, which appears whole or not at all."""
        arrays: dict[str, Any] = {name: getattr(self, name) for name in NUMBERS} | {"first": self.facts.first}
        texts: dict[str, list[str]] = {}
        every = {f"h.{n}": c for n, c in self.facts.header.items()} | {f"i.{n}": c for n, c in self.facts.items.items()}
        every |= {"office": self.office, "fired": self.fired, "revenue": self.revenue}
        for name, column in every.items():
            if isinstance(column, Text | Codes):
                texts[name] = [
                    w.encode("utf-8", "surrogatepass").hex() if _odd(w) else f"={w}" for w in column.words.words
                ]
                arrays[name] = column.code
                if isinstance(column, Codes):
                    arrays[f"{name}.starts"] = column.starts
            elif column.dtype == object:
                texts[f"{name}.exact"] = [str(v) for v in column]
            else:
                arrays[name] = column
        written = msgspec.msgpack.encode((VOCABULARY, texts))
        part = path.with_name(f".{path.name}.new")
        with part.open("wb") as file:
            np.savez(file, texts=np.frombuffer(written, np.uint8), **arrays)
        part.replace(path)

    @classmethod
    def load(cls, path: Path) -> PastColumns:
        """Read the columns of a file. Raises ValueError when it is no such file, or one with other facts."""
        try:
            with np.load(path, allow_pickle=False) as found:
                vocabulary, texts = msgspec.msgpack.decode(
                    found["texts"].tobytes(), type=tuple[list[str], dict[str, list[str]]]
                )
                if vocabulary != VOCABULARY:
                    raise ValueError("it was made for other facts")
                return cls._read({name: found[name] for name in found.files}, texts)
        except (KeyError, OSError, EOFError, ValueError, BadZipFile, msgspec.MsgspecError) as fault:
            raise ValueError(f"{path} holds no past declarations: {fault}") from fault

    @classmethod
    def _read(cls, arrays: dict[str, Any], texts: dict[str, list[str]]) -> PastColumns:
        def one(name: str) -> Any:
            if f"{name}.exact" in texts:
                return columns.column("int", [int(v) for v in texts[f"{name}.exact"]])
            if name not in texts:
                return arrays[name]
            words = Words(
                [w[1:] if w[:1] == "=" else bytes.fromhex(w).decode("utf-8", "surrogatepass") for w in texts[name]]
            )
            return (
                Codes(words, arrays[f"{name}.starts"], arrays[name])
                if f"{name}.starts" in arrays
                else Text(words, arrays[name])
            )

        whole = {name: one(f"h.{name}") for name in WHOLE}
        each = {name: one(f"i.{name}") for name in ITEM}
        return cls(
            Facts(whole, each, arrays["first"]), *(arrays[name] for name in NUMBERS), one("revenue"), one("office"), one("fired"),
        )  # fmt: skip


def _odd(word: str) -> bool:
    """Whether a text is none that UTF-8 can say (a half of a pair)."""
    return any("\ud800" <= c <= "\udfff" for c in word)


def gather(past: Iterable[Selected]) -> PastColumns:
    """The columns of declarations, in their order."""
    found = list(past)

    def ints(values: Iterable[int]) -> Ints:
        return np.fromiter(values, np.int64, len(found))

    return PastColumns(
        columns.gather((s.header, s.items) for s in found),
        ints(s.number for s in found),
        ints(s.lodged.toordinal() for s in found),
        ints(s.day.toordinal() for s in found),
        ints(STRICTNESS[s.lane] for s in found),
        ints(s.drawn for s in found).astype(bool),
        ints(s.examined for s in found).astype(bool),
        ints(s.found for s in found).astype(bool),
        ints(s.minutes for s in found),
        columns.column("int", [s.revenue for s in found]),
        _column("text", [s.office for s in found]),
        _column("codes", [s.fired for s in found]),
    )


def _column(kind: str, values: list[Any]) -> Any:
    made: Column = columns.column(kind, values)
    return made
