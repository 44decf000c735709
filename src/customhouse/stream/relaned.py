"""Past declarations given their lanes again under a draft law, in columns: what the form would refuse, who goes where, what agencies see.

Nothing that the record says is asked again: a criterion that stands in both laws fired as it fired then, draws fell where they fell, and
what only the record knows keeps the lane that it asked for (`offices.risk.anew`). Only what is new in the draft is asked, of the facts of
that day. Declarations whose facts the draft may change, or of which columns cannot tell, are named, to be decided one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from msgspec.structs import replace

from customhouse.law.book import Book, Law
from customhouse.law.rules.syntax import Rule, read
from customhouse.offices.longroom import vague
from customhouse.offices.risk.anew import YELLOW, Then, share, staying
from customhouse.record.facts import HEADER, WHOLE
from customhouse.record.lanes import STRICTNESS, Lane
from customhouse.stream.criteria import Criteria, declarations
from customhouse.stream.facts import Facts, Text, Words
from customhouse.stream.items import Flags, Ints
from customhouse.stream.kept import NotInColumns
from customhouse.stream.past import PastColumns
from customhouse.stream.touched import MEASURED, ODD, PLAIN, Touched

LATER = {
    *("day", "month", "weekday", "customs_value_total", "payable_total", "customs_value", "duty", "value_per_kg"),
    *MEASURED, *(name for name in WHOLE if name not in HEADER),
}  # fmt: skip
"""Facts that are not known yet while the form is checked."""
ThenOf = Callable[[str, date, str], Then]


class Relaned(NamedTuple):
    """Declarations side by side: `left` to the offices, the rule in `rules` that refuses (-1 for none), lane (strictness), and
    whether an agency wants to see them, as it was and under the draft."""

    left: Flags
    refused: Ints
    rules: tuple[str, ...]
    lane: Ints
    seen: tuple[Flags, Flags]


class Redraft:
    """A draft law, on the day of each declaration or as it stands on `as_of`; `then_of` gives what was judged under a Book (hash) on
    a day with the officers' criteria of a hash."""

    def __init__(self, draft: Book, then_of: ThenOf, as_of: date | None = None) -> None:
        self.touched, self.then_of = Touched(draft, as_of), then_of
        self._sides: dict[Any, _Sides] = {}

    def judged(self, past: PastColumns) -> Relaned:
        """The declarations of a part again."""
        size, rules = len(past), {}  # type: ignore[var-annotated]
        left, refused, lane = np.zeros(size, bool), np.full(size, -1, np.int64), past.lane.copy()
        seen = np.zeros(size, bool), np.zeros(size, bool)
        for sides, then, rows in self._groups(past):
            part = sides.narrow(past)
            part = part if len(rows) == size else part.take(rows)
            what = self.touched.rows(part.facts, then.law)
            left[rows] = (what == ODD) | ((what == PLAIN) & sides.asks_amounts) | sides.unsure(part.facts)
            found = sides.refused(part.facts)
            place = np.array([rules.setdefault(rule, len(rules)) for rule in sides.refusals] or [0], np.int64)
            refused[rows] = np.where(found < 0, -1, place[found])
            lane[rows] = sides.lanes(part)
            for flags, wants in zip(seen, sides.seen(part.facts), strict=True):
                flags[rows] = wants
        refused[left] = -1
        return Relaned(left, refused, tuple(rules), lane, seen)

    def _groups(self, past: PastColumns) -> Iterator[tuple[_Sides, Then, Ints]]:
        """Declarations that were judged under the same on one day."""
        assert past.under is not None
        book, chosen = past.under.book, past.under.selectivity
        key = (book.code.astype(np.int64) * max(1, len(chosen.words)) + chosen.code) * (1 << 24) + past.day
        order = np.argsort(key, kind="stable")
        cuts = np.flatnonzero(np.diff(key[order], prepend=-1))
        for rows in np.split(order, cuts[1:]) if len(order) else ():
            n = int(rows[0])
            day = date.fromordinal(int(past.day[n]))
            then = self.then_of(book.words.words[book.code[n]], day, chosen.words.words[chosen.code[n]])
            yield self._side(then, self.touched.law(day)), then, rows

    def _side(self, then: Then, law: Law) -> _Sides:
        """One for all days with the same rules and lists."""
        words = tuple(
            (
                part,
                tuple((w.id, w.validity.start) for w in getattr(one.contents, part) if w.validity.contains(one.date)),
            )
            for one in (then.law, law)
            for part in ("rules", "criteria", "agency_criteria")
        )
        key = then.law.book_hash, then.selectivity.hash, words, _lists(then.law), _lists(law), law.random_share_ppm
        if key not in self._sides:
            self._sides[key] = _Sides(then, law)
        return self._sides[key]


def _lists(law: Law) -> tuple[tuple[str, frozenset[str]], ...]:
    return tuple(sorted(law.lists.items(), key=lambda one: one[0]))


class _Asked:
    """Rules that are asked together; `how` they are written. What columns cannot answer makes the whole `silent`."""

    def __init__(self, words: Iterable[Any], law: Law, how: str = "{}") -> None:
        self.words = tuple(words)
        self.rules: list[Rule] = [read(how.format(w.expression), law.lists) for w in self.words]
        self.silent, self._criteria = False, None
        try:
            self._criteria = Criteria(self.rules, law.lists) if self.rules else None
        except NotInColumns:
            self.silent = True

    def each(self, facts: Facts) -> Iterator[tuple[Any, Ints]]:
        """Each word with the places of the declarations that it fires on."""
        if self._criteria is not None and len(facts):
            for word, rule, rows in zip(self.words, self.rules, self._criteria.run(facts).rows, strict=True):
                yield word, declarations(rule, rows, facts)

    def any(self, facts: Facts) -> Flags:
        """The declarations on which any of them fires."""
        found = np.zeros(len(facts), bool)
        for _, rows in self.each(facts):
            found[rows] = True
        return found


class _Sides:
    """The rules of a draft beside those of before, on days that have the same of both."""

    def __init__(self, then: Then, law: Law) -> None:
        self.then, self.law = then, law
        criteria, were = (_valid(one, "criteria") for one in (law, then.law))
        added, stay = _new(criteria, were, law, then.law)
        self.known = then.lanes
        officers = {id: lane for id, lane in self.known.items() if id not in {c.id for c in were}}
        self.stays = officers | {c.id: STRICTNESS[Lane(c.lane)] for c in stay}
        self.added = _Asked(added, law)
        form, _ = _new(
            [r for r in _valid(law, "rules") if r.severity != "warning"],
            [r for r in _valid(then.law, "rules") if r.severity != "warning"], law, then.law,
        )  # fmt: skip
        self.form = _Asked(form, law, "not ({})")
        self.refusals = tuple(rule.id for rule in form)
        wish, wished = _valid(law, "agency_criteria"), _valid(then.law, "agency_criteria")
        alike = not _new(wish, wished, law, then.law)[0] and len(wish) == len(wished)
        self.agencies = tuple(_Asked(() if alike else words, one) for words, one in ((wished, then.law), (wish, law)))
        asked = [r.facts for one in (self.added, *self.agencies) for r in one.rules]
        self.facts = frozenset(("type", "code", "origin", "preference")).union(
            *asked, *(r.facts for r in self.form.rules)
        )
        lists = {**law.lists, **then.selectivity.lists}
        asked += [read(c.expression, lists).facts for c in (*criteria, *then.selectivity.criteria)]
        self.asks_amounts = not MEASURED.isdisjoint(frozenset().union(*asked))
        self.silent = any(one.silent for one in (self.added, self.form, *self.agencies))
        self.types: frozenset[str] = frozenset()
        if any(law.list_of(name) != then.law.list_of(name) for name in vague.LISTS):
            self.types = law.list_of(vague.TYPES)

    def narrow(self, past: PastColumns) -> PastColumns:
        """The same with the facts that are asked for, so that little is moved about."""
        header, items = (
            {name: column for name, column in side.items() if name in self.facts}
            for side in (past.facts.header, past.facts.items)
        )
        return replace(past, facts=Facts(header, items, past.facts.first))

    def unsure(self, facts: Facts) -> Flags:
        """Declarations that columns cannot tell of: all where a rule is none for columns; those whose words the draft would read
        otherwise."""
        found = np.full(len(facts), self.silent)
        kind = facts.header["type"]
        assert isinstance(kind, Text)
        return found | np.array([word in self.types for word in kind.words.words] or [False], bool)[kind.code]

    def refused(self, facts: Facts) -> Ints:
        """The place in `refusals` of the first rule that each would break, -1 for none."""
        found = np.full(len(facts), -1, np.int64)
        for place, (_, rows) in reversed(list(enumerate(self.form.each(_before(facts, self.form.rules))))):
            found[rows] = place
        return found

    def lanes(self, past: PastColumns) -> Ints:
        """The lane of each: what stays, what is new, and the random draw."""
        assert past.under is not None
        lane = _staying(past, self.known, self.stays)
        for word, rows in self.added.each(past.facts):
            lane[rows] = np.maximum(lane[rows], STRICTNESS[Lane(word.lane)])
        drawn = np.zeros(len(past), bool)
        for blind in (False, True):
            below = np.array([share(self.then, self.law, n, blind=blind) for n in past.under.share.tolist()], np.int64)
            drawn |= (past.under.blind == blind) & (past.under.draw < below)
        lane[drawn] = np.maximum(lane[drawn], YELLOW)
        return lane

    def seen(self, facts: Facts) -> tuple[Flags, ...]:
        """Which ones agencies want to see, then and under the draft; nobody where that is the same."""
        return tuple(asked.any(facts) for asked in self.agencies)


def _valid(law: Law, part: str) -> list[Any]:
    return [word for word in getattr(law.contents, part) if word.validity.contains(law.date)]


def _new(words: list[Any], were: list[Any], law: Law, then: Law) -> tuple[list[Any], list[Any]]:
    """(words that say what none of that name said before, words that say what was said)."""
    before = {w.id: w.expression for w in were}
    new, same = [], []
    for word in words:
        alike = before.get(word.id) == word.expression and all(
            law.list_of(name) == then.list_of(name) for name in read(word.expression, law.lists).lists
        )
        (same if alike else new).append(word)
    return new, same


def _staying(past: PastColumns, known: Mapping[str, int], stays: Mapping[str, int]) -> Ints:
    """What the record asks for, worked out once for every set of reasons."""
    names, code, starts = past.fired.words.words, past.fired.code.tolist(), past.fired.starts.tolist()
    kept: dict[tuple[int, ...], int] = {}
    lane = np.zeros(len(past), np.int64)
    for n, was in enumerate(past.lane.tolist()):
        key = (was, *code[starts[n] : starts[n + 1]])
        if key not in kept:
            kept[key] = staying([names[c] for c in key[1:]], was, known, stays)
        lane[n] = kept[key]
    return lane


def _before(facts: Facts, rules: Iterable[Rule]) -> Facts:
    """The facts as they are while the form is checked, before anything is fixed."""
    later = LATER.intersection(*[frozenset().union(*(rule.facts for rule in rules))])
    if not later:
        return facts

    def empty(name: str, column: Any) -> Any:
        if name not in later:
            return column
        size = len(column.code if isinstance(column, Text) else column)
        return Text(Words([""]), np.zeros(size, np.int32)) if isinstance(column, Text) else np.zeros_like(column)

    sides = ({name: empty(name, c) for name, c in side.items()} for side in (facts.header, facts.items))
    return Facts(*sides, facts.first)
