"""The Book: the whole law of a country, compiled to one immutable file that is named by its hash.

`compile_pack` makes the bytes, `Book.open` reads them in milliseconds, `book.on(day)` gives the law in force that day.
Nothing here is ambient: whoever decides says which Book and which day.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from customhouse.kernel.money import Rounding
from customhouse.kernel.problem import Problem
from customhouse.law.measure import ALL_ORIGINS, Measure
from customhouse.law.rules import syntax
from customhouse.law.rules.compiled import failing, firing
from customhouse.law.terms import (
    BusinessRule,
    Criterion,
    Hit,
    Line,
    Membership,
    Procedure,
    Rate,
    ReleaseTerm,
    Share,
    TaxType,
    Text,
)

__all__ = ["Book", "Contents", "Hit", "Law", "Line", "compile_pack"]

FORMAT = 1
MOST_REMEMBERED = 50_000  # answers a Law keeps before it begins anew
T = TypeVar("T")


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """Everything in a Book, as written in its file (msgpack)."""

    country: str
    title: Text
    version: str
    currency: str
    languages: tuple[str, ...]
    format: int = FORMAT
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
    offices: dict[str, Text] = {}


class NotInForce(LookupError):
    """The Book holds no law for this day."""


def compile_pack(directory: Path) -> bytes:
    """The bytes of the Book written in a country pack. Raises `pack.PackError` with everything that is wrong in it."""
    from customhouse.law.pack import read_pack

    return msgspec.msgpack.encode(read_pack(directory))


class Book:
    """An opened Book. Immutable; `hash` is the SHA-256 of its bytes."""

    def __init__(self, contents: Contents, digest: str) -> None:
        self.contents, self.hash = contents, digest
        self._laws: dict[date, Law] = {}

    @classmethod
    def open(cls, source: bytes | Path) -> Book:
        """Open the bytes or file of a compiled Book. Raises ValueError when it is not one."""
        data = source if isinstance(source, bytes) else source.read_bytes()
        try:
            contents = msgspec.msgpack.decode(data, type=Contents)
        except msgspec.MsgspecError as fault:
            raise ValueError(f"this is not a compiled Book: {fault}") from fault
        if contents.format != FORMAT:
            raise ValueError(f"this Book has format {contents.format}; this program reads {FORMAT}: compile it again")
        return cls(contents, hashlib.sha256(data).hexdigest())

    @property
    def country(self) -> str:
        return self.contents.country

    @property
    def title(self) -> Text:
        return self.contents.title

    @property
    def version(self) -> str:
        return self.contents.version

    def on(self, day: date) -> Law:
        """The law in force on `day`; made once per day and kept."""
        law = self._laws.get(day)
        if law is None:
            law = self._laws[day] = Law(self, day)
        return law


class Law:
    """The law in force on one day under one Book. Answers are cached, which is sound because neither can change."""

    def __init__(self, book: Book, day: date) -> None:
        c = book.contents
        self.contents, self.book_hash, self.date = c, book.hash, day
        self.country, self.currency, self.rounding, self.languages = c.country, c.currency, c.rounding, c.languages
        self._lines = {x.code: x for x in c.lines if x.validity.contains(day)}
        self._rates = {x.currency: x for x in c.rates if x.validity.contains(day)}
        self._procedures = {x.code: x for x in c.procedures if x.validity.contains(day)}
        self._order = {t.code: t.order for t in c.tax_types}
        self._groups: dict[str, set[str]] = {}
        for member in c.memberships:
            if member.validity.contains(day):
                self._groups.setdefault(member.country, set()).add(member.group)
        self._by_code: dict[str, list[Measure]] = {}
        for measure in c.measures:
            if measure.validity.contains(day):
                self._by_code.setdefault(measure.code, []).append(measure)
        self._measures: dict[tuple[str, str], tuple[Measure, ...]] = {}
        self._remembered: dict[tuple[Any, ...], Any] = {}
        self._lists: dict[str, frozenset[str]] = {name: frozenset(words) for name, words in c.lists.items()}
        self.release_terms = tuple(t for t in c.release_terms if t.validity.contains(day))
        self.random_share_ppm = next((s.ppm for s in c.random_share if s.validity.contains(day)), 0)

    # --- tariff ---------------------------------------------------------------------------------------------------

    def line(self, code: str) -> Line | None:
        """The most specific line in force that `code` falls under; None when not even its chapter is known."""
        for length in range(len(code), 1, -1):
            found = self._lines.get(code[:length])
            if found is not None:
                return found
        return None

    def measures(self, code: str, origin: str) -> tuple[Measure, ...]:
        """Every measure in force for the code at any level and the origin or a group of it, most specific code first."""
        found = self._measures.get((code, origin))
        if found is None:
            found = self._measures[code, origin] = tuple(self._find(code, origin))
        return found

    def remembered(self, work: Callable[..., T], *asked: Hashable) -> T:
        """What `work(law, *asked)` answers, worked out once; for offices that ask the same of the law again and again."""
        key = (work, *asked)
        found = self._remembered.get(key)
        if found is None:
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            found = self._remembered[key] = work(self, *asked)
        return found

    def _find(self, code: str, origin: str) -> list[Measure]:
        areas = {ALL_ORIGINS, origin, *self._groups.get(origin, ())}
        levels = (self._by_code.get(code[:length], ()) for length in range(len(code), -1, -1))
        return [m for level in levels for m in level if m.area in areas]

    def rate(self, currency: str) -> Rate | None:
        """The rate of exchange of the day, or None when the law has none."""
        return self._rates.get(currency)

    def procedure(self, code: str) -> Procedure | None:
        return self._procedures.get(code)

    def order_of(self, tax_type: str) -> int:
        """Place of a tax type in the order of calculation; unknown types come before those charged on duties."""
        return self._order.get(tax_type, 50)

    def is_deferred(self, method: str) -> bool:
        """Whether a method of payment defers payment until after release."""
        return self.contents.payment_methods.get(method) == "deferred"

    def codes(self, name: str) -> frozenset[str]:
        """A named code list. Raises KeyError for a name the Book does not have."""
        return self._lists[name]

    # --- rules ----------------------------------------------------------------------------------------------------

    @cached_property
    def _rules(self) -> tuple[Any, Any]:
        rules = [r for r in self.contents.rules if r.validity.contains(self.date)]
        return self._levels(rules, failing)

    @cached_property
    def _criteria(self) -> tuple[Any, Any]:
        criteria = [c for c in self.contents.criteria if c.validity.contains(self.date)]
        return self._levels(criteria, firing)

    def _levels(self, rules: Sequence[BusinessRule | Criterion], make: Any) -> tuple[Any, Any]:
        """((function, rules) of the header, (function, rules) of an item)."""
        read = [(r, syntax.read(r.expression, self._lists)) for r in rules]
        levels = []
        for level in ("header", "item"):
            chosen = [(r, tree) for r, tree in read if tree.level == level]
            levels.append((make([tree for _, tree in chosen], self._lists), [r for r, _ in chosen]))
        return levels[0], levels[1]

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
