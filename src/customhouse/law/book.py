"""The Book: the whole law of a country, compiled to one immutable file that is named by its hash.

`compile_pack` makes the bytes, `Book.open` maps them in milliseconds, `book.on(day)` gives the law in force that day. What
the file looks like stands in `binding`. Nothing here is ambient: whoever decides says which Book and which day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, cast, get_args, get_origin

import msgspec

from customhouse.kernel.money import Rounding
from customhouse.law.agency import Agency, AgencyCriterion, AgencyDocument
from customhouse.law.binding import CodeIndex, NotABook, Volume, by_code, seal
from customhouse.law.in_force import Law
from customhouse.law.measure import Measure
from customhouse.law.rules import syntax
from customhouse.law.terms import (
    Agreement,
    BusinessRule,
    Criterion,
    Footnote,
    Hit,
    Line,
    ListEntry,
    Membership,
    Place,
    Procedure,
    ProductRule,
    Quota,
    Rate,
    ReleaseTerm,
    Relief,
    Representation,
    Share,
    Supplementary,
    TaxType,
    Text,
)
from customhouse.law.valuation import Charge, Incoterm, ValuationLaw

__all__ = ["Book", "Contents", "Hit", "Law", "Line", "NotABook", "bind", "compile_pack"]

KEPT_DAYS = 64  # laws of a day that a Book keeps; history is read day by day
KEPT_WORDS = 150_000  # decoded words of one kind; some hundred megabytes


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """Everything in a Book, as a pack is read and a Book is bound."""

    country: str
    title: Text
    version: str
    currency: str
    languages: tuple[str, ...]
    rounding: Rounding = Rounding()
    lines: tuple[Line, ...] = ()
    measures: tuple[Measure, ...] = ()
    memberships: tuple[Membership, ...] = ()
    rates: tuple[Rate, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    rules: tuple[BusinessRule, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    agencies: tuple[Agency, ...] = ()
    agency_documents: tuple[AgencyDocument, ...] = ()
    agency_criteria: tuple[AgencyCriterion, ...] = ()
    release_terms: tuple[ReleaseTerm, ...] = ()
    tax_types: tuple[TaxType, ...] = ()
    random_share: tuple[Share, ...] = ()
    representation: tuple[Representation, ...] = ()
    supplementary: tuple[Supplementary, ...] = ()
    lists: dict[str, tuple[str, ...]] = {}
    documents: dict[str, Text] = {}
    payment_methods: dict[str, str] = {}
    securities: dict[str, str] = {}
    offices: dict[str, Text] = {}
    reliefs: tuple[Relief, ...] = ()
    quotas: tuple[Quota, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    product_rules: tuple[ProductRule, ...] = ()
    incoterms: tuple[Incoterm, ...] = ()
    charges: tuple[Charge, ...] = ()
    valuations: tuple[ValuationLaw, ...] = ()
    footnotes: tuple[Footnote, ...] = ()
    entries: tuple[ListEntry, ...] = ()
    places: tuple[Place, ...] = ()


class NotInForce(LookupError):
    """The Book holds no law for this day."""


# The parts of the file that are read one by one, with their types: every list of words. What is left is the head, a
# Contents without them.
PARTS: dict[str, Any] = {
    field.name: field.type
    for field in msgspec.structs.fields(Contents)
    if get_origin(field.type) is tuple and issubclass(get_args(field.type)[0], msgspec.Struct)
}
BY_CODE = ("lines", "measures")
Progress = Callable[[str, int], None]


def compile_pack(directory: Path, progress: Progress | None = None) -> bytes:
    """The bytes of the Book written in a country pack. Raises `pack.PackError` with everything that is wrong in it.

    `progress` is told the file being read and the number of lines so far, now and then.
    """
    from customhouse.law.pack import read_pack

    return bind(read_pack(directory, progress))


def bind(contents: Contents) -> bytes:
    """The file of a Book. The same contents always make the same bytes, and so the same hash."""
    head = msgspec.structs.replace(contents, **dict.fromkeys(PARTS, ()))
    parts = {"head": msgspec.msgpack.encode(head)}
    for name in PARTS:
        words = getattr(contents, name)
        parts |= by_code(name, _blocks(words)) if name in BY_CODE else {name: msgspec.msgpack.encode(words)}
    preferences = sorted({m.preference for m in contents.measures if m.preference})
    return seal(parts | {"preferences": msgspec.msgpack.encode(preferences)})


def _blocks(words: Iterable[Any]) -> dict[str, bytes]:
    """The words of each code, in the order they are written; one for a season goes before one for the whole year."""
    groups: dict[str, list[Any]] = {}
    for word in words:
        groups.setdefault(word.code, []).append(word)
    for group in groups.values():
        if len(group) > 1 and isinstance(group[0], Measure):
            group.sort(key=lambda m: m.season is None)
    return {code: msgspec.msgpack.encode(group) for code, group in groups.items()}


class Pages:
    """What is in an opened Book, under the names of `Contents`; a list is read from the file when it is first asked for."""

    def __init__(self, volume: Volume) -> None:
        self._volume = volume
        self._head = msgspec.msgpack.decode(volume.part("head"), type=Contents)

    def __getattr__(self, name: str) -> Any:
        if name not in PARTS:
            value = getattr(self._head, name)
        elif name in BY_CODE:
            value = tuple(word for block in Leaf(self._volume, name).blocks() for word in block)
        else:
            part = self._volume.part(name)  # a Book of an earlier edition lacks the newest parts
            value = msgspec.msgpack.decode(part, type=PARTS[name]) if part else ()
        self.__dict__[name] = value
        return value


class Leaf:
    """The words of one kind that are sorted by code; a block is read when a code of it is first asked for."""

    def __init__(self, volume: Volume, name: str) -> None:
        self._index = CodeIndex(volume, name)
        self._decoder = msgspec.msgpack.Decoder(PARTS[name])
        self._kept: dict[int, tuple[Any, ...]] = {}
        self._size = 0

    def covering(self, code: str) -> list[tuple[Any, ...]]:
        """The words of every code that `code` is or falls under, most specific code first, whatever their dates."""
        found = []
        for number in self._index.covering(code):
            words = self._kept.get(number)
            if words is None:
                words = self._decoder.decode(self._index.block(number))
                self._size += len(words)
                if self._size > KEPT_WORDS:
                    self._kept.clear()
                    self._size = len(words)
                self._kept[number] = words
            found.append(words)
        return found

    def blocks(self) -> Iterator[tuple[Any, ...]]:
        """All words, block by block in the order of the codes; nothing of it is kept."""
        return (self._decoder.decode(self._index.block(n)) for n in range(self._index.count))


class Book:
    """An opened Book. Immutable; `hash` is the SHA-256 of its file."""

    def __init__(self, volume: Volume) -> None:
        self.hash = volume.hash
        self.pages = Pages(volume)
        self.lines, self.measures = Leaf(volume, "lines"), Leaf(volume, "measures")
        self.preference_codes: tuple[str, ...] = msgspec.msgpack.decode(
            volume.part("preferences"), type=tuple[str, ...]
        )
        self._laws: dict[tuple[date, date], Law] = {}
        self._compiled: dict[Any, Any] = {}

    @classmethod
    def open(cls, source: bytes | Path) -> Book:
        """Open the bytes or map the file of a compiled Book. Raises NotABook when it is none, or not whole and unchanged."""
        try:
            return cls(Volume(source))
        except msgspec.MsgspecError as fault:
            raise NotABook(
                f"this Book was compiled by another edition of the program ({fault}): compile it again"
            ) from fault

    @classmethod
    def of(cls, contents: Contents) -> Book:
        """The Book of contents at hand."""
        return cls.open(bind(contents))

    @cached_property
    def contents(self) -> Contents:
        """Everything at once, read from the file; whoever wants a part of it takes `pages`."""
        parts = {name: getattr(self.pages, name) for name in PARTS}
        return msgspec.structs.replace(self.pages._head, **parts)

    @property
    def country(self) -> str:
        return str(self.pages.country)

    @property
    def title(self) -> Text:
        return cast(Text, self.pages.title)

    @property
    def version(self) -> str:
        return str(self.pages.version)

    def on(self, day: date, *, rates: date | None = None) -> Law:
        """The law in force on `day`, kept for the next who asks; with the rates of exchange of another day where one is given."""
        key = (day, rates or day)
        law = self._laws.get(key)
        if law is None:
            if len(self._laws) >= KEPT_DAYS:
                self._laws.clear()
            law = self._laws[key] = Law(self, day, rates or day)
        return law

    def compiled(
        self, rules: Sequence[BusinessRule | Criterion | AgencyCriterion], make: Any, lists: dict[str, frozenset[str]]
    ) -> tuple[Any, Any]:
        """((function, rules) of the header, (function, rules) of an item); days with the same rules share them."""
        key = (make.__name__, *((r.id, r.validity.start) for r in rules))
        levels = self._compiled.get(key)
        if levels is None:
            read = [(r, syntax.read(r.expression, lists)) for r in rules]
            made = []
            for level in ("header", "item"):
                chosen = [(r, tree) for r, tree in read if tree.level == level]
                made.append((make([tree for _, tree in chosen], lists), [r for r, _ in chosen]))
            levels = self._compiled[key] = (made[0], made[1])
        return cast("tuple[Any, Any]", levels)
