"""Past declarations in columns: the facts that rules were asked about when the lane was set, and what became of each.

`gather` makes them of `offices.risk.selected`, `save` and `load` keep those of a month in a file.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4
from zipfile import BadZipFile

import msgspec
import numpy as np

from customhouse.offices.risk.selected import Selected, Under
from customhouse.record.facts import ITEM, WHOLE
from customhouse.record.lanes import STRICTNESS
from customhouse.stream import facts as columns
from customhouse.stream.facts import Codes, Column, Facts, Text, Words
from customhouse.stream.items import Flags, Ints

FORMAT = "4"
VOCABULARY = [FORMAT, *(f"{name} {kind}" for name, (kind, _) in (*WHOLE.items(), *ITEM.items()))]
EVERY = frozenset((*WHOLE, *ITEM))
UNDER = Under.__struct_fields__
NUMBERS = ("number", "lodged", "day", "lane", "drawn", "examined", "found", "minutes")


class UnderColumns(msgspec.Struct, frozen=True):
    """What lanes were set under, side by side (`offices.risk.selected.Under`)."""

    book: Text
    selectivity: Text
    draw: Ints
    share: Ints
    blind: Flags

    def take(self, rows: Ints) -> UnderColumns:
        text = (columns.taken(column, rows) for column in (self.book, self.selectivity))
        return UnderColumns(*text, self.draw[rows], self.share[rows], self.blind[rows])  # type: ignore[arg-type]


class PastColumns(msgspec.Struct, frozen=True):
    """Side by side, a place for each declaration. `lodged` and `day` are ordinals of days, `lane` its strictness (0 GREEN to 3
    RED); `under` is there where it was asked for; for the rest see `Selected`."""

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
    under: UnderColumns | None = None

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
            under=self.under.take(rows) if self.under else None,
        )  # fmt: skip

    def save(self, path: Path) -> None:
        """Write the columns to a file, which appears whole or not at all."""
        arrays: dict[str, Any] = {name: getattr(self, name) for name in NUMBERS} | {"first": self.facts.first}
        every = {f"h.{n}": c for n, c in self.facts.header.items()} | {f"i.{n}": c for n, c in self.facts.items.items()}
        every |= {"office": self.office, "fired": self.fired, "revenue": self.revenue}
        if self.under is not None:
            every |= {f"u.{name}": getattr(self.under, name) for name in UNDER}
        for name, column in every.items():
            if isinstance(column, Text | Codes):
                texts = [w.encode("utf-8", "surrogatepass") for w in column.words.words]
                arrays[f"{name}.words"] = np.frombuffer(msgspec.msgpack.encode(texts), np.uint8)
                arrays[name] = column.code
                if isinstance(column, Codes):
                    arrays[f"{name}.starts"] = column.starts
            elif column.dtype == object:
                arrays[f"{name}.exact"] = np.frombuffer(msgspec.msgpack.encode([str(v) for v in column]), np.uint8)
            else:
                arrays[name] = column
        vocabulary = np.frombuffer(msgspec.msgpack.encode(VOCABULARY), np.uint8)
        part = path.with_name(f".{path.name}.{uuid4().hex}.new")
        with part.open("wb") as file:
            np.savez(file, vocabulary=vocabulary, **{name: _narrow(values) for name, values in arrays.items()})
        part.replace(path)

    @classmethod
    def load(cls, path: Path, facts: frozenset[str] = EVERY, *, under: bool = False) -> PastColumns:
        """Read the columns of a file, with these facts, and with what lanes were set `under`. Raises ValueError when it is no such file, or one of other facts."""
        try:
            with np.load(path, allow_pickle=False) as found:
                if msgspec.msgpack.decode(found["vocabulary"].tobytes()) != VOCABULARY:
                    raise ValueError("it was made for other facts")
                return cls._read(found, facts, under)
        except (KeyError, OSError, EOFError, ValueError, BadZipFile, msgspec.MsgspecError) as fault:
            raise ValueError(f"{path} holds no past declarations: {fault}") from fault

    @classmethod
    def _read(cls, file: Any, facts: frozenset[str], under: bool) -> PastColumns:
        def one(name: str) -> Any:
            if f"{name}.exact" in file:
                return columns.column("int", [int(v) for v in msgspec.msgpack.decode(file[f"{name}.exact"].tobytes())])
            values = file[name]
            if f"{name}.words" not in file:
                return values if values.dtype == bool else values.astype(np.int64)
            texts: list[bytes] = msgspec.msgpack.decode(file[f"{name}.words"].tobytes())
            words, code = Words([t.decode("utf-8", "surrogatepass") for t in texts]), values.astype(np.int32)
            starts = f"{name}.starts"
            return Codes(words, file[starts].astype(np.int64), code) if starts in file else Text(words, code)

        whole = {name: one(f"h.{name}") for name in WHOLE if name in facts}
        each = {name: one(f"i.{name}") for name in ITEM if name in facts}
        return cls(
            Facts(whole, each, one("first")),
            *(one(name) for name in NUMBERS),
            one("revenue"),
            one("office"),
            one("fired"),
            UnderColumns(*(one(f"u.{name}") for name in UNDER)) if under else None,
        )


def _narrow(values: Any) -> Any:
    """The same numbers in the smallest type that holds them."""
    if values.dtype not in (np.int64, np.int32) or not len(values):
        return values
    low, high = int(values.min()), int(values.max())
    small = next(
        t for t in (np.int8, np.int16, np.int32, np.int64) if np.iinfo(t).min <= low and high <= np.iinfo(t).max
    )
    return values.astype(small)


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
        _under([s.under for s in found if s.under is not None]) if all(s.under for s in found) else None,
    )


def _under(found: list[Under]) -> UnderColumns:
    text = (_column("text", [getattr(u, name) for u in found]) for name in ("book", "selectivity"))
    draw, share, blind = ([int(getattr(u, name)) for u in found] for name in ("draw", "share", "blind"))
    return UnderColumns(*text, np.array(draw, np.int64), np.array(share, np.int64), np.array(blind, bool))


def _column(kind: str, values: list[Any]) -> Any:
    made: Column = columns.column(kind, values)
    return made
