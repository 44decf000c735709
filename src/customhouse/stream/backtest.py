"""A back-test in columns: what `offices.risk.backtest` counts one by one, for a million declarations in seconds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from customhouse.law.rules.syntax import Rule
from customhouse.offices.risk.backtest import (
    DRAWS,
    LOOKED_AT,
    BackTest,
    Limits,
    Trial,
    concluded,
    readable,
)
from customhouse.offices.risk.selected import BY_ITSELF
from customhouse.offices.risk.tally import SHOWN, Counted, Hit, Numbers, Tally, add, shuffled, together
from customhouse.record.lanes import STRICTNESS, Lane
from customhouse.stream import numbers
from customhouse.stream.abreast import abreast
from customhouse.stream.criteria import Criteria, declarations
from customhouse.stream.facts import Text
from customhouse.stream.items import Flags, Ints, distinct
from customhouse.stream.past import PastColumns

LANES = sorted(Lane, key=STRICTNESS.__getitem__)
LOOKED = min(STRICTNESS[lane] for lane in LOOKED_AT)
WHO = ("importer", "declarant", "code", "origin")
STAKE = ("customs_value_total", "payable_total")
COUNTED_AT_ONCE = 1 << 20
EPOCH = date(1970, 1, 1).toordinal()


def backtest(
    trials: Sequence[Trial],
    past: Iterable[PastColumns],
    lists: Mapping[str, Any],
    lanes: Mapping[str, Lane] | None = None,
    limits: Limits | None = None,
) -> tuple[BackTest, ...]:
    """Every trial on the same declarations, part by part (a month, say). Raises RuleError for a rule that cannot be read,
    NotInColumns for one that columns cannot answer; for the rest see `offices.risk.backtest`."""
    rules = readable(trials, lists)
    return concluded(trials, rules, counted(trials, rules, past, lists, lanes or {}), limits or Limits())


def counted(
    trials: Sequence[Trial],
    rules: Sequence[Rule],
    past: Iterable[PastColumns],
    lists: Mapping[str, Any],
    lanes: Mapping[str, Lane],
) -> Counted:
    """What is counted of each trial, whose rules are `rules`. Raises NotInColumns."""
    criteria = Criteria(rules, lists)

    def chosen(part: PastColumns) -> Counted:
        return _tallied(trials, part, _chosen(trials, rules, criteria, part), lanes)

    return together(abreast(chosen, (part for part in past if len(part))), len(trials))


class Chosen(NamedTuple):
    """What a trial chooses of a part: goods items, ascending; which declarations; those it stays undecided on; the lane that it
    asks each for (strictness; one number where it is one lane); how often it fired (an item each, or the whole). `final`: the lane is
    that of all reasons together, for every declaration."""

    items: Ints
    hits: Flags
    unsure: Flags
    asks: Ints | int
    fired: int
    final: bool = False


def tallied(
    trials: Sequence[Trial], parts: Iterable[tuple[PastColumns, Sequence[Chosen]]], lanes: Mapping[str, Lane]
) -> Counted:
    """What is counted of each trial, part by part, whatever said what each chooses. A part holds one declaration at least."""
    return together(abreast(lambda one: _tallied(trials, *one, lanes), parts), len(trials))


def _tallied(
    trials: Sequence[Trial], part: PastColumns, chosen: Sequence[Chosen], lanes: Mapping[str, Lane]
) -> Counted:
    """What is counted of one part."""
    made = Counted([Tally() for _ in trials])
    made.saw(*(date.fromordinal(int(day)) for day in (part.day.min(), part.day.max())))
    _waited(part, made)
    _Part(part, trials, chosen, lanes).count(made.tallies)
    return made


def _chosen(trials: Sequence[Trial], rules: Sequence[Rule], criteria: Criteria, past: PastColumns) -> list[Chosen]:
    """What rules choose."""
    fired, made = criteria.run(past.facts), []

    def mask(rule: Rule, rows: Ints) -> Flags:
        found = np.zeros(len(past), bool)
        found[declarations(rule, rows, past.facts)] = True
        return found

    for trial, rule, rows, undecided in zip(trials, rules, fired.rows, fired.undecided, strict=True):
        hits = mask(rule, rows)
        items = rows if rule.level == "item" else np.flatnonzero(hits[past.facts.of])
        made.append(Chosen(items, hits, mask(rule, undecided), STRICTNESS[trial.lane], len(rows)))
    return made


def facts_of(trials: Sequence[Trial], lists: Mapping[str, Any], who: Sequence[str] = WHO) -> frozenset[str]:
    """The facts that the trials ask for, and those that tell what and whom they choose."""
    return frozenset((*who, *STAKE)).union(*(rule.facts for rule in readable(trials, lists)))


def _waited(part: PastColumns, into: Counted) -> None:
    """How many waited how many minutes in each lane."""
    known = np.flatnonzero(part.minutes >= 0)
    minutes, lane = part.minutes[known], part.lane[known]
    for number in np.flatnonzero(np.bincount(lane, minlength=len(LANES))):
        of = minutes[lane == number]
        # nearly all wait the same few minutes: counting them beats sorting them, unless somebody waited for years
        if int(of.max()) < COUNTED_AT_ONCE:
            count = np.bincount(of)
            pairs = ((int(n), int(count[n])) for n in np.flatnonzero(count))
        else:
            pairs = zip(*(found.tolist() for found in np.unique(of, return_counts=True)), strict=True)  # type: ignore[assignment]
        for wait, many in pairs:
            into.waited(LANES[number].value, wait, many)


class _Part:
    """Some past declarations, and which of them each trial chooses."""

    def __init__(
        self, past: PastColumns, trials: Sequence[Trial], chosen: Sequence[Chosen], lanes: Mapping[str, Lane]
    ) -> None:
        self.past, self.trials, self.lanes, self.chosen = past, trials, lanes, chosen
        self.hits = [one.hits for one in chosen]
        self.owner = np.repeat(np.arange(len(past)), np.diff(past.fired.starts))
        first = int(past.day.min())
        days = np.arange(first, int(past.day.max()) + 1)
        months = (days - EPOCH).astype("datetime64[D]").astype("datetime64[M]")
        self.months, of_day = np.unique(months, return_inverse=True)
        self.month = of_day[past.day - first]

    def count(self, tallies: Sequence[Tally]) -> None:
        for n, tally in enumerate(tallies):
            self._sums(n, tally)
            self._lanes(n, tally)
            self._others(n, tally)
            self._who(n, tally)

    def _sums(self, n: int, tally: Tally) -> None:
        p, hit = self.past, self.hits[n]
        for name, mask in (
            ("examined_today", p.examined), ("found_today", p.found), ("drawn_today", p.examined & p.drawn),
            ("drawn_found_today", p.found & p.drawn), ("hits", hit), ("undecided", self.chosen[n].unsure & ~hit),
            ("examined", hit & p.examined), ("found", hit & p.found), ("drawn", hit & p.examined & p.drawn),
            ("drawn_found", hit & p.found & p.drawn),
        ):  # fmt: skip
            tally.count(name, int(np.count_nonzero(mask)))
        tally.count("declarations", len(p))
        tally.count("items", p.facts.item_count)
        tally.count("item_hits", self.chosen[n].fired)
        tally.count("revenue_today", _total(p.revenue))
        rows = np.flatnonzero(hit)
        tally.count("revenue", _total(p.revenue[rows]))
        for name, fact in zip(("value", "payable"), STAKE, strict=True):
            tally.count(name, _total(self._whole(fact)[rows]))
        self._shown(rows, tally)

    def _whole(self, fact: str) -> Any:
        """The numbers of a fact of the whole."""
        return self.past.facts.header[fact]

    def _shown(self, rows: Ints, tally: Tally) -> None:
        p = self.past
        if len(rows) > SHOWN:
            place = p.number[rows].astype(np.uint64) * np.uint64(shuffled(1))
            rows = rows[np.argpartition(place, SHOWN)[:SHOWN]]
        for n in rows.tolist():
            value = int(self._whole("customs_value_total")[n])
            tally.show(Hit(int(p.number[n]), date.fromordinal(int(p.day[n])), LANES[int(p.lane[n])], value))

    def _lanes(self, n: int, tally: Tally) -> None:
        p, hit, trial = self.past, self.hits[n], self.trials[n]
        base = self._without(trial.replaces)
        asked = np.broadcast_to(self.chosen[n].asks, len(p))
        after = asked if self.chosen[n].final else np.where(hit, np.maximum(base, asked), base)
        asks = asked[hit]
        for lane, count in enumerate(np.bincount(asks, minlength=len(LANES)).tolist()):
            if count:
                tally.count(f"asked {LANES[lane].value}", count)
        for lane, count in enumerate(np.bincount(p.lane, minlength=len(LANES)).tolist()):
            tally.before[LANES[lane].value] = tally.before.get(LANES[lane].value, 0) + count
        for pair, count in enumerate(np.bincount(p.lane * len(LANES) + after).tolist()):
            if count:
                move = LANES[pair // len(LANES)], LANES[pair % len(LANES)]
                tally.moves[move] = tally.moves.get(move, 0) + count
        every = np.ones(len(p), bool)
        _grouped(tally.offices, p.office.words.words, p.office.code, every, (p.lane >= LOOKED, after >= LOOKED, hit))
        names = [str(m) for m in self.months]
        _grouped(tally.months, names, self.month, every, (hit, hit & p.examined, hit & p.found))

    def _without(self, replaced: str) -> Ints:
        """The lanes if a rule had not been there; as they were where the lane of another reason is not known."""
        p = self.past
        number = p.fired.words.number.get(replaced)
        if not replaced or number is None:
            return p.lane
        names = p.fired.words.words
        asked = [DRAWS.get(f) or self.lanes.get(f) for f in names]
        strict = np.array([STRICTNESS[lane] if lane else len(LANES) for lane in asked], np.int64)
        strict[number] = 0
        lane = np.zeros(len(p), np.int64)
        np.maximum.at(lane, self.owner, strict[p.fired.code])
        there = np.zeros(len(p), bool)
        there[self.owner[p.fired.code == number]] = True
        return np.where(there & (lane < len(LANES)), lane, p.lane)

    def _others(self, n: int, tally: Tally) -> None:
        """How often each other rule fired, and how often this one with it; and the hits that nothing else chose."""
        fired, hit, trial = self.past.fired, self.hits[n], self.trials[n]
        beside = {t.id: self.hits[m].copy() for m, t in enumerate(self.trials) if m != n and t.id != trial.replaces}
        left_out = BY_ITSELF | {trial.id, trial.replaces}
        for name, mask in beside.items():
            if (number := fired.words.number.get(name)) is not None:
                mask[self.owner[fired.code == number]] = True
            add(tally.others, name, int(np.count_nonzero(mask)), int(np.count_nonzero(mask & hit)))
        size = len(fired.words)
        every, both = np.bincount(fired.code, minlength=size), np.bincount(fired.code[hit[self.owner]], minlength=size)
        counted = np.array([w not in left_out and w not in beside for w in fired.words.words], bool)
        for number in np.flatnonzero(counted & (every > 0)):
            add(tally.others, fired.words.words[number], int(every[number]), int(both[number]))
        alone = hit.copy()
        alone[self.owner[counted[fired.code]]] = False
        for mask in beside.values():
            alone &= ~mask
        tally.count("only", int(np.count_nonzero(alone)))

    def _who(self, n: int, tally: Tally) -> None:
        p, hit = self.past, self.hits[n]
        results = (p.examined, p.found)
        for into, name in ((tally.importers, "importer"), (tally.declarants, "declarant")):
            column = p.facts.header.get(name)  # who a parcel goes to is nearly always somebody else
            if isinstance(column, Text):
                _grouped(into, column.words.words, column.code, hit, results)
        code, origin = p.facts.items["code"], p.facts.items["origin"]
        assert isinstance(code, Text) and isinstance(origin, Text)
        items = self.chosen[n].items
        for into, column, size in (
            (tally.chapters, code, 2), (tally.headings, code, 4), (tally.origins, origin, None),
        ):  # fmt: skip
            names = sorted({w[:size] for w in column.words.words})
            place = {name: n for n, name in enumerate(names)}
            which = np.array([place[w[:size]] for w in column.words.words] or [0], np.int64)[column.code[items]]
            if p.facts.single:
                owner = items
            else:  # a declaration counts once for each chapter, however many items it has of it
                pairs = distinct(p.facts.of[items] * max(1, len(names)) + which)
                owner, which = np.divmod(pairs, max(1, len(names)))
            _grouped(into, names, which, np.ones(len(which), bool), tuple(mask[owner] for mask in results))


def _grouped(into: Numbers, names: Sequence[str], place: Any, chosen: Flags, masks: tuple[Flags, ...]) -> None:
    """Add to each name how many of the chosen rows are its, and how many of these are in each mask."""
    counts = [np.bincount(place if mask is None else place[np.flatnonzero(mask)], minlength=len(names))
              for mask in (None if chosen.all() else chosen, *(chosen & mask for mask in masks))]  # fmt: skip
    for number in np.flatnonzero(counts[0]):
        add(into, names[number], *(int(c[number]) for c in counts))


def _total(values: Any) -> int:
    """The exact sum of amounts."""
    known = numbers.column(values)
    if max(abs(known.low), abs(known.high)) * max(1, len(values)) > numbers.MOST:
        return int(sum(values.tolist()))
    return int(values.sum())
