"""What differs between two Books, each on a day of its own: the change that a new edition makes."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from customhouse.law.book import Book

# What is compared: name in Contents, and what makes two of them the same thing.
COMPARED: tuple[tuple[str, str], ...] = (
    ("lines", "code"),
    ("measures", "id"),
    ("rates", "currency"),
    ("procedures", "code"),
    ("incoterms", "code"),
    ("charges", "code"),
    ("valuations", "place"),
    ("supplementary", "day"),
    ("rules", "id"),
    ("criteria", "id"),
    ("agencies", "code"),
    ("agency_documents", "code"),
    ("agency_criteria", "id"),
    ("release_terms", "id"),
)


class Change(msgspec.Struct, frozen=True):
    """One difference: in which part, of what, what it was and what it becomes (empty when it was not, or is no more)."""

    part: str
    key: str
    was: str
    becomes: str

    def __str__(self) -> str:
        if not self.was:
            return f"+ {self.part} {self.key}: {self.becomes}"
        if not self.becomes:
            return f"- {self.part} {self.key}: {self.was}"
        return f"~ {self.part} {self.key}: {self.was} -> {self.becomes}"


def compare(old: Book, new: Book, old_day: date, new_day: date) -> list[Change]:
    """Every change between the law of `old` on `old_day` and that of `new` on `new_day`, part by part."""
    changes: list[Change] = []
    for part, key in COMPARED:
        was, becomes = _in_force(old, part, key, old_day), _in_force(new, part, key, new_day)
        changes.extend(
            Change(part, name, was.get(name, ""), becomes.get(name, ""))
            for name in sorted(was.keys() | becomes.keys())
            if was.get(name) != becomes.get(name)
        )
    return changes


def _in_force(book: Book, part: str, key: str, day: date) -> dict[str, str]:
    things: tuple[Any, ...] = getattr(book.contents, part)
    return {str(getattr(t, key)): _words(t) for t in things if t.validity.contains(day)}


def _words(thing: Any) -> str:
    """What counts about a thing, without its dates and without what would not read."""
    shown = {k: v for k, v in msgspec.to_builtins(thing).items() if v and k not in ("validity", "expression_text")}
    if (expression := getattr(thing, "expression", None)) is not None:
        shown["expression"] = str(expression)
    return ", ".join(f"{k} {_said(v)}" for k, v in shown.items())


def _said(value: Any) -> str:
    """A text in English, codes side by side, anything else as it is."""
    if isinstance(value, dict) and "en" in value:
        return str(value["en"])
    if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        return " ".join(value)
    return str(value)
