"""Stored parcels judged again under a draft law, in columns: what each is worth and owes, whether the form still takes it, its lane, and
whether it needs a file.

Everything else stays as it was: draws, what was known of the day, officers' criteria of that day. What only the record knows (a
model's finding, a look that an officer asked for, a party) keeps the lane that it asked for. A form rule that stands in both
laws is not asked again, since every stored parcel keeps it. Rows that columns leave to the offices are named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from customhouse.law.book import Book, Law
from customhouse.offices import risk
from customhouse.offices.longroom import vague
from customhouse.offices.risk.anew import YELLOW, Then, floor
from customhouse.record.lanes import STRICTNESS, Lane
from customhouse.record.parcel import TYPE, Consolidation
from customhouse.registry.parcel_past import Of
from customhouse.stream.duty import Engine
from customhouse.stream.items import Flags, Ints
from customhouse.stream.parcels import marks
from customhouse.stream.parcels.past import Outcomes, PastFacts, Stored, filed, lanes
from customhouse.stream.parcels.rulebook import Asked, Rulebook
from customhouse.stream.parcels.worth import Worth

KNOWN = ("customs_value", "duty", "payable")


class Verdicts(NamedTuple):
    """The parcels of a part under a draft, in their order: `left` to the offices, payable, `refused` (the place of a rule in `rules`, -1
    for none), lane (strictness), whether it needs a file, the least lane that the record asks for, and how many files nobody has read."""

    left: Flags
    payable: Ints
    refused: Ints
    rules: tuple[str, ...]
    lane: Ints
    file: Flags
    floor: Ints
    unread: int


class Draft:
    """A draft law; `then` says what each consolidation was judged under. On the day of each, or as the draft stands on `as_of`."""

    def __init__(self, book: Book, then: Callable[[Of], Then], draw_key: bytes, as_of: date | None = None) -> None:
        self.book, self.engine, self.key, self.as_of = book, Engine(book), draw_key, as_of
        self.then = then
        self.law = cache(lambda day: book.on(as_of or day, rates=day))
        self._worth: dict[tuple[date, str, Consolidation], Worth] = {}
        self._sides: dict[tuple[str, date, str], _Sides] = {}

    def judged(self, stored: Stored, outcomes: Outcomes) -> Verdicts:
        """The parcels of a part again."""
        return _Part(self, stored, outcomes).verdicts()

    def worth(self, law: Law, of: Consolidation) -> Worth:
        """One for all consolidations declared alike: their references change nothing."""
        alike = replace(of, reference="")
        key = law.date, law.book_hash, alike
        if key not in self._worth:
            self._worth[key] = Worth(law, alike, self.engine)
        return self._worth[key]

    def sides(self, of: Of) -> _Sides:
        """The rules of the draft, and those that were asked then."""
        then = self.then(of)
        key = then.law.book_hash, of.day, then.selectivity.hash
        if key not in self._sides:
            self._sides[key] = _Sides(self.law(of.day), then)
        return self._sides[key]


class _Sides:
    """The rules of a draft beside those of the law of the day."""

    def __init__(self, law: Law, then: Then) -> None:
        self.law, self.then = law, then
        self.rules = Rulebook(law, then.selectivity)
        self.before = Rulebook(then.law, then.selectivity)
        stood = {ruled.tree.text: ruled.tree for ruled in self.before.errors.rules}
        new = [
            ruled.rule for ruled in self.rules.errors.rules
            if ruled.tree.text not in stood or any(law.list_of(n) != then.law.list_of(n) for n in ruled.tree.lists)
        ]  # fmt: skip
        self.form = Asked(new, law.lists, "not ({})")
        new_words = any(law.list_of(n) != then.law.list_of(n) for n in vague.LISTS)
        self.words = TYPE in law.list_of(vague.TYPES) and new_words
        self.refusals = (*(rule.id for rule in new), vague.RULE)
        self.share, self.share_then = (
            risk.share_of(one.random_share_ppm, then.selectivity.policy, risk.Scored()) for one in (law, then.law)
        )
        asked = (*self.before.of_law.rules, *self.before.of_officers.rules)
        self.known: Mapping[str, int] = {ruled.rule.id: STRICTNESS[Lane(ruled.rule.lane)] for ruled in asked}


class _Part:
    """A part on its way."""

    def __init__(self, draft: Draft, stored: Stored, outcomes: Outcomes) -> None:
        self.draft, self.stored, self.outcomes = draft, stored, outcomes
        size = len(stored.part)
        self.number, self.was = stored.part.number(), lanes(stored.part)
        self.value, self.duty, self.payable = (np.zeros(size, np.int64) for _ in KNOWN)
        self.left, self.file = np.zeros(size, bool), np.zeros(size, bool)
        self.refused, self.lane, self.floor = (
            np.full(size, -1, np.int64),
            np.zeros(size, np.int64),
            np.zeros(size, np.int64),
        )
        self.rules: dict[str, int] = {}
        self.filed = filed(stored.part)
        self.unread = 0

    def verdicts(self) -> Verdicts:
        for of, whole, run in self.stored.runs():
            self._worth(of, self.draft.law(whole.day), run)
        for sides, run in self._stretches():
            known = dict(zip(KNOWN, (v[run] for v in (self.value, self.duty, self.payable)), strict=True))
            self._form(sides, run)
            self._lanes(sides, PastFacts(self.stored, run, known), run)
            self._recorded(sides, run)
        self.lane = np.maximum(self.lane, self.floor)
        self.file |= self.lane > 0
        self._unexplained()
        return Verdicts(
            self.left, self.payable, self.refused, tuple(self.rules), self.lane, self.file, self.floor, self.unread
        )

    def _worth(self, of: Consolidation, law: Law, run: slice) -> None:
        worth, rows = self.draft.worth(law, of), self.stored.rows(run)
        kinds = worth.reading.kinds(rows)
        value, certain = worth.values(rows, kinds)
        owed = worth.owed(rows, value, kinds)
        below = np.zeros(len(rows), bool)
        for name in ("packages", "gross_mass"):
            below |= rows.number[name] < 0
        self.value[run], self.duty[run], self.payable[run] = value, owed.duty, owed.payable
        self.left[run] = owed.left | ~certain | below
        self.file[run] = worth.wants_papers(rows, kinds)

    def _stretches(self) -> Iterator[tuple[_Sides, slice]]:
        """Rows that lie together and were judged under the same, which rules are then asked about together."""
        begun: tuple[_Sides, slice] | None = None
        for _, whole, run in self.stored.runs():
            sides = self.draft.sides(whole)
            if begun is not None and begun[0] is sides:
                begun = sides, slice(begun[1].start, run.stop)
                continue
            if begun is not None:
                yield begun
            begun = sides, run
        if begun is not None:
            yield begun

    def _form(self, sides: _Sides, run: slice) -> None:
        """Parcels that the form of the draft would not take."""
        if not (sides.form.rules or sides.words):
            return
        facts, refused = PastFacts(self.stored, run, {}, form=True), self.refused[run]
        places = [self.rules.setdefault(rule, len(self.rules)) for rule in sides.refusals]
        if sides.words:
            column = facts.rows.text["description"]
            says_little = [vague.check(d, 1, sides.law) is not None for d in column.words.to_pylist()]
            refused[np.array(says_little, bool)[column.code]] = places[-1]
        for place, rows in zip(places[:-1], sides.form.rows(facts), strict=True):
            refused[rows] = place

    def _lanes(self, sides: _Sides, facts: PastFacts, run: slice) -> None:
        """What criteria and the random draw ask for; agencies hold the goods."""
        lane = self.lane[run]
        for asked in (sides.rules.of_law, sides.rules.of_officers):
            for ruled, rows in zip(asked.rules, asked.rows(facts), strict=True):
                lane[rows] = np.maximum(lane[rows], STRICTNESS[Lane(ruled.rule.lane)])
        for rows in sides.rules.of_agencies.rows(facts):
            self.file[run][rows] = True
        self._draws = marks.draws(self.draft.key, self.number[run])[0]
        lane[self._draws < sides.share] = np.maximum(lane[self._draws < sides.share], YELLOW)

    def _recorded(self, sides: _Sides, run: slice) -> None:
        """The lane that reasons ask for which only the record knows; of a file whose reasons nobody has read, its lane."""
        least, was = self.floor[run], self.was[run]
        files = np.flatnonzero(self.filed[run] & (was > 0))
        met, at = self.outcomes.of(self.number[run][files])
        read = files[met]
        unread = np.ones(len(files), bool)
        unread[met] = False
        least[files[unread]] = was[files[unread]]
        self.unread += int(np.count_nonzero(unread))
        for which in np.unique(self.outcomes.which[at]).tolist() if len(at) else ():
            rows = read[self.outcomes.which[at] == which]
            fired = self.outcomes.fired[which]
            for lane in np.unique(was[rows]).tolist():
                least[rows[was[rows] == lane]] = floor(fired, int(lane), sides.known)
        # a draw that fell while no model answered, when more was drawn
        drawn = read[self.outcomes.drawn[at] & (self._draws[read] >= sides.share_then)]
        least[drawn] = np.maximum(least[drawn], YELLOW)

    def _unexplained(self) -> None:
        """A file that was made for something else than a lane stays one, unless the draft takes away what it was made for."""
        odd = self.filed & (self.was == 0) & ~self.file & ~self.left
        for sides, run in self._stretches():
            at = np.flatnonzero(odd[run])
            if len(at):
                rows = at + run.start
                facts = PastFacts(self.stored, rows)
                held = np.zeros(len(rows), bool)
                for found in sides.before.of_agencies.rows(facts):
                    held[found] = True
                self.file[rows[~held]] = True
        for of, whole, run in self.stored.runs():
            at = np.flatnonzero(odd[run])
            if len(at):
                rows = at + run.start
                worth, asked = self.draft.worth(self.draft.then(whole).law, of), self.stored.rows(rows)
                wants = worth.wants_papers(asked, worth.reading.kinds(asked))
                self.file[rows[wants]] = False
