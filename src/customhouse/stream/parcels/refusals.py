"""Refusals of parcels in columns, in the words of the long room: it is asked once for rows that break the same and show the same.

A sentence may show what was declared (a code that is in no list); then rows are alike when they show the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from string import Formatter
from typing import Any

import numpy as np

from customhouse.law.book import Law
from customhouse.law.terms import BusinessRule
from customhouse.offices import longroom
from customhouse.offices.longroom import vague
from customhouse.record.facts import ITEM, WHOLE
from customhouse.record.parcel import TYPE, Consolidation, as_refused, lodgement
from customhouse.stream.facts import Codes, Text
from customhouse.stream.items import Flags, Ints
from customhouse.stream.parcels.facts import ParcelFacts
from customhouse.stream.parcels.lanes import grouped
from customhouse.stream.parcels.rows import Rows
from customhouse.stream.parcels.rulebook import Disagreement, Rulebook

MOST_KEPT, MOST_DESCRIPTIONS = 200_000, 1_000_000
DESCRIPTION = "description"


class Refusals:
    """Under one law, for one consolidation; what was found is kept from chunk to chunk."""

    def __init__(self, law: Law, of: Consolidation, rulebook: Rulebook) -> None:
        self.law, self.of, self.rulebook = law, of, rulebook
        self.of_parcels = TYPE in law.list_of(vague.TYPES)
        self._rules = tuple(ruled.rule for ruled in (*rulebook.errors.rules, *rulebook.warnings.rules))
        self._shown = [_shown(rule) for rule in self._rules]
        self._vague: dict[str, bool] = {}
        self._kept: dict[tuple[Any, ...], str] = {}

    def look(self, rows: Rows, odd: Flags) -> tuple[Flags, dict[int, str]]:
        """(rows that the form refuses, why by place). Of `odd` rows nothing is said: columns cannot read them.

        Raises Disagreement where the long room finds something else.
        """
        facts = ParcelFacts(rows, self.of, self.law)
        errors = self.rulebook.errors.rows(facts)
        little = self._says_little(rows)
        broken = little.copy()
        for found in errors:
            broken[found] = True
        broken &= ~odd
        at = np.flatnonzero(broken)
        if not len(at):
            return broken, {}
        part = ParcelFacts(rows.part(at), self.of, self.law)
        warnings = [at[found] for found in self.rulebook.warnings.rows(part)]
        return broken, self._told(rows, facts, at, (*errors, *warnings), little)

    def _told(self, rows: Rows, facts: ParcelFacts, at: Ints, true: Sequence[Ints], little: Flags) -> dict[int, str]:
        told: dict[int, str] = {}
        _, which, keys = grouped(at, true, [little[at]], len(rows))
        for place, key in enumerate(keys):
            of = at[which == place]
            fired = np.flatnonzero(np.unpackbits(np.frombuffer(key, np.uint8, -(-len(true) // 8)), count=len(true)))
            names = sorted({name for n in fired for name in self._shown[n]})
            vague_ = bool(little[of[0]])
            shown = [_numbers(facts.column(name), of) for name in names]
            if vague_:
                shown.append(rows.text[DESCRIPTION].code[of])
            first, alike, _ = grouped(of, (), shown, len(rows))
            broken = [self._rules[n].id for n in fired]
            said = [
                self._said(rows, n, broken, [_value(facts.column(name), n) for name in names], little=vague_)
                for n in of[first].tolist()
            ]
            told.update(zip(of.tolist(), (said[n] for n in alike.tolist()), strict=True))
        return told

    def _said(self, rows: Rows, n: int, broken: list[str], shown: list[Any], *, little: bool) -> str:
        """What the long room says of one row, asked once for all that are like it."""
        parcel = rows.parcel(n)
        like = (*broken, *shown, parcel.description if little else None)
        told = self._kept.get(like)
        if told is None:
            problems = longroom.check(lodgement(parcel, self.of), self.law)
            expected = sorted((*broken, vague.RULE) if little else broken)
            if sorted(p.rule for p in problems) != expected:
                found = ", ".join(sorted(p.rule for p in problems)) or "nothing"
                raise Disagreement(f"line {rows.line[n]}: the long room finds {found}; columns {', '.join(expected)}")
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            told = self._kept[like] = as_refused(problems)
        return told

    def _says_little(self, rows: Rows) -> Flags:
        """Rows whose description is vague; asked once for each distinct text."""
        if not self.of_parcels:
            return np.zeros(len(rows), bool)
        column = rows.text[DESCRIPTION]
        return np.array([self._is_vague(d) for d in column.words.to_pylist()], bool)[column.code]

    def _is_vague(self, description: str) -> bool:
        found = self._vague.get(description)
        if found is None:
            if len(self._vague) >= MOST_DESCRIPTIONS:
                self._vague.clear()
            found = self._vague[description] = vague.check(description, 1, self.law) is not None
        return found


def _shown(rule: BusinessRule) -> frozenset[str]:
    """The facts that a rule's sentence shows (`Law.check`)."""
    named = {name for _, name, _, _ in Formatter().parse(rule.text["en"]) if name}
    return frozenset(name for name in (*named, rule.value) if name in WHOLE or name in ITEM)


def _numbers(column: Any, rows: Ints) -> Ints:
    """A whole number for each row that is the same where the fact is."""
    if isinstance(column, Text):
        return column.code[rows].astype(np.int64)
    if isinstance(column, Codes):
        sets = [column.code[column.starts[n] : column.starts[n + 1]].tobytes() for n in rows.tolist()]
        place = {one: n for n, one in enumerate(dict.fromkeys(sets))}
        return np.array([place[one] for one in sets], np.int64)
    return np.asarray(column[rows], np.int64)


def _value(column: Any, n: int) -> Any:
    """The fact of one row."""
    if isinstance(column, Text):
        return column.words.words[column.code[n]]
    if isinstance(column, Codes):
        return tuple(column.words.words[c] for c in column.code[column.starts[n] : column.starts[n + 1]])
    return column[n].item()
