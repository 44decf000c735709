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
from customhouse.kernel.problem import Problem
from customhouse.law.binding import CodeIndex, NotABook, Volume, by_code, seal
from customhouse.law.measure import ALL_ORIGINS, Measure
from customhouse.law.preference import Preferences, with_outer_groups
from customhouse.law.rules import syntax
from customhouse.law.rules.compiled import failing, firing
from customhouse.law.terms import (
    Agreement,
    BusinessRule,
    Criterion,
    Footnote,
    Hit,
    Line,
    Membership,
    Procedure,
    ProductRule,
    Quota,
    Rate,
    ReleaseTerm,
    Relief,
    Share,
    TaxType,
    Text,
)
from customhouse.law.valuation import UNWRITTEN, Charge, Incoterm, ValuationLaw

__all__ = ["Book", "Contents", "Hit", "Law", "Line", "NotABook", "bind", "compile_pack"]

NOTHING: frozenset[str] = frozenset()
KEPT_DAYS = 64  # laws of a day that a Book keeps; history is read day by day
KEPT_BLOCKS = 50_000
KEPT_ANSWERS = 20_000


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
    release_terms: tuple[ReleaseTerm, ...] = ()
    tax_types: tuple[TaxType, ...] = ()
    random_share: tuple[Share, ...] = ()
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
            value = msgspec.msgpack.decode(self._volume.part(name), type=PARTS[name])
        self.__dict__[name] = value
        return value


class Leaf:
    """The words of one kind that are sorted by code; a block is read when a code of it is first asked for."""

    def __init__(self, volume: Volume, name: str) -> None:
        self._index = CodeIndex(volume, name)
        self._decoder = msgspec.msgpack.Decoder(PARTS[name])
        self._kept: dict[int, tuple[Any, ...]] = {}

    def covering(self, code: str) -> list[tuple[Any, ...]]:
        """The words of every code that `code` is or falls under, most specific code first, whatever their dates."""
        found = []
        for number in self.covering_numbers(code):
            words = self._kept.get(number)
            if words is None:
                if len(self._kept) >= KEPT_BLOCKS:
                    self._kept.clear()
                words = self._kept[number] = self._decoder.decode(self._index.block(number))
            found.append(words)
        return found

    def covering_numbers(self, code: str) -> list[int]:
        """The same blocks by their numbers, which count in the order of the codes."""
        return self._index.covering(code)

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
        self, rules: Sequence[BusinessRule | Criterion], make: Any, lists: dict[str, frozenset[str]]
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


class Law:
    """The law in force on one day under one Book. Answers are cached, which is sound because neither can change."""

    def __init__(self, book: Book, day: date, rates_of: date) -> None:
        c = cast(Contents, book.pages)
        self.contents, self.book_hash, self.date = c, book.hash, day
        self.country, self.currency, self.rounding, self.languages = c.country, c.currency, c.rounding, c.languages
        self.preference_codes = book.preference_codes
        self._book = book
        self._lines: dict[str, Line | None] = {}
        self._rates = {x.currency: x for x in c.rates if x.validity.contains(rates_of)}
        self._procedures = {x.code: x for x in c.procedures if x.validity.contains(day)}
        self._order = {t.code: t.order for t in c.tax_types}
        self._groups: dict[str, set[str]] = {}
        for member in c.memberships:
            if member.validity.contains(day):
                self._groups.setdefault(member.country, set()).add(member.group)
        self._groups = with_outer_groups(self._groups)
        self._measures: dict[tuple[str, str], tuple[Measure, ...]] = {}
        self._reliefs: dict[str, tuple[Relief, ...]] = {}
        for relief in c.reliefs:
            if relief.validity.contains(day):
                self._reliefs[relief.code] = (*self._reliefs.get(relief.code, ()), relief)
        self._quotas = {q.order: q for q in c.quotas if q.validity.contains(day)}
        self._tax_types = {t.code: t for t in c.tax_types}
        self.kept: dict[Any, Any] = {}
        """What offices have worked out from this law alone, by a key of their own; sound because a Law never changes."""
        self._lists: dict[str, frozenset[str]] = {name: frozenset(words) for name, words in c.lists.items()}
        self._incoterms = {x.code: x for x in c.incoterms if x.validity.contains(day)}
        self._charges = {x.code: x for x in c.charges if x.validity.contains(day)}
        self.lists_incoterms, self.lists_charges = bool(c.incoterms), bool(c.charges)
        self.valuation = next((v for v in c.valuations if v.validity.contains(day)), UNWRITTEN)
        self.release_terms = tuple(t for t in c.release_terms if t.validity.contains(day))
        self.random_share_ppm = next((s.ppm for s in c.random_share if s.validity.contains(day)), 0)

    # --- tariff ---------------------------------------------------------------------------------------------------

    def line(self, code: str) -> Line | None:
        """The most specific line in force that `code` falls under; None when not even its chapter is known."""
        found = self._lines.get(code, code)
        if isinstance(found, str):
            if len(self._lines) >= KEPT_ANSWERS:
                self._lines.clear()
            blocks = self._book.lines.covering(code)
            in_force = (x for lines in blocks for x in lines if len(x.code) > 1 and x.validity.contains(self.date))
            found = self._lines[code] = next(in_force, None)
        return found

    def measures(self, code: str, origin: str) -> tuple[Measure, ...]:
        """Every measure in force for the code at any level and the origin or a group of it, most specific code first."""
        found = self._measures.get((code, origin))
        if found is None:
            if len(self._measures) >= KEPT_ANSWERS:
                self._measures.clear()
            found = self._measures[code, origin] = tuple(self._find(code, origin))
        return found

    def _find(self, code: str, origin: str) -> list[Measure]:
        areas = {ALL_ORIGINS, origin, *self._groups.get(origin, ())}
        blocks, day = self._book.measures.covering(code), self.date
        return [
            m
            for measures in blocks
            for m in measures
            if m.area in areas and m.in_force(day) and areas.isdisjoint(m.excluded)
        ]

    @cached_property
    def preferences(self) -> Preferences:
        """The agreements of the day and their product rules."""
        return Preferences(self.contents.agreements, self.contents.product_rules, self._groups, self.date)

    def rate(self, currency: str) -> Rate | None:
        """The rate of exchange of the day, or None when the law has none."""
        return self._rates.get(currency)

    def quota(self, order: str) -> Quota | None:
        """The period of a quota that the day falls into, or None."""
        return self._quotas.get(order)

    def incoterm(self, code: str) -> Incoterm | None:
        """A delivery term that the law knows."""
        return self._incoterms.get(code)

    def charge(self, code: str) -> Charge | None:
        """A code of addition or deduction that the law knows."""
        return self._charges.get(code)

    def procedure(self, code: str) -> Procedure | None:
        """The procedure of four characters, or the entry for its first two where the law has no other."""
        return self._procedures.get(code) or self._procedures.get(code[:2])

    def reliefs(self, code: str) -> tuple[Relief, ...]:
        """What a claim of `code` (procedure, additional procedure, statement) takes off; empty when nothing."""
        return self._reliefs.get(code, ())

    def tax_type(self, code: str) -> TaxType | None:
        return self._tax_types.get(code)

    def order_of(self, tax_type: str) -> int:
        """Place of a tax type in the order of calculation; unknown types come before those charged on duties."""
        return self._order.get(tax_type, 50)

    def is_deferred(self, method: str) -> bool:
        """Whether a method of payment defers payment until after release."""
        return self.contents.payment_methods.get(method) == "deferred"

    def is_secured(self, method: str) -> bool:
        """Whether a method of payment puts money or an account down as a security."""
        return self.contents.payment_methods.get(method) == "secured"

    def security_type(self, cause: str) -> str:
        """The tax type under which a security for `cause` is booked when it is taken in money; empty when none is.

        A cause is the code of a relief or of a procedure, what became of the amount (relieved, suspended, deposited), or
        preference, quota, manual.
        """
        return self.contents.securities.get(cause, "")

    def codes(self, name: str) -> frozenset[str]:
        """A named code list. Raises KeyError for a name the Book does not have."""
        return self._lists[name]

    def list_of(self, name: str) -> frozenset[str]:
        """A code list that a Book may do without: empty where it has none of that name."""
        return self._lists.get(name, NOTHING)

    # --- rules ----------------------------------------------------------------------------------------------------

    @cached_property
    def _rules(self) -> tuple[Any, Any]:
        rules = [r for r in self.contents.rules if r.validity.contains(self.date)]
        return self._book.compiled(rules, failing, self._lists)

    @cached_property
    def _criteria(self) -> tuple[Any, Any]:
        criteria = [c for c in self.contents.criteria if c.validity.contains(self.date)]
        return self._book.compiled(criteria, firing, self._lists)

    def check(self, header: Any, items: Sequence[Any]) -> tuple[Problem, ...]:
        """Every business rule that the declaration breaks, with its place."""
        (of_header, header_rules), (of_item, item_rules) = self._rules
        problems = [_problem(header_rules[n], header, None, 0) for n in of_header(header, None)]
        for place, item in enumerate(items, 1):
            problems.extend(_problem(item_rules[n], header, item, place) for n in of_item(header, item))
        return tuple(problems)

    def select(self, header: Any, items: Sequence[Any]) -> tuple[Hit, ...]:
        """Every criterion that fires, on the whole or on an item."""
        (of_header, header_rules), (of_item, item_rules) = self._criteria
        hits = [_hit(header_rules[n], 0) for n in of_header(header, None)]
        for item in items:
            hits.extend(_hit(item_rules[n], item.sequence) for n in of_item(header, item))
        return tuple(hits)


def _hit(criterion: Criterion, item: int) -> Hit:
    return Hit(criterion.id, criterion.lane, criterion.text["en"], item, criterion.source)


def _problem(rule: BusinessRule, header: Any, item: Any, place: int) -> Problem:
    facts = msgspec.structs.asdict(header) | (msgspec.structs.asdict(item) if item is not None else {})
    value = facts.get(rule.value, "")
    shown = ", ".join(sorted(value)) if isinstance(value, frozenset) else str(value)
    return Problem(
        rule.id,
        rule.text["en"].format(**facts),
        rule.where.format(item=place),
        rule.hint.get("en", ""),
        shown[:60] if rule.value else "",
        "warning" if rule.severity == "warning" else "error",
    )
