"""A rule tried on past declarations: whom it would have chosen, what those turned out to be, and what it would have cost.

Pure. `backtest` judges declaration by declaration; `stream.backtest` gives the same answer from columns. Both count into a
`Tally`, and `conclude` makes the answer of it. Shares are in parts per million with Wilson's interval at 95 %.

Finds are known only where somebody looked, and who looked had reasons: the share of finds among declarations drawn at random
(`random`) is the only one without that bias (WCO Risk Management Compendium, volume 2, on measuring selectivity).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from customhouse.law.rules import interpret
from customhouse.law.rules.syntax import Rule, RuleError, read
from customhouse.offices.risk.selected import BY_ITSELF, RANDOM, Selected
from customhouse.record.lanes import STRICTNESS, Lane, stricter

PPM = 1_000_000
Z = Decimal("1.959964")
DRAWS = {RANDOM: Lane.YELLOW, "explore": Lane.YELLOW}
MOST_NAMED = 10
LOOKED_AT = (Lane.YELLOW, Lane.RED)


class Trial(msgspec.Struct, frozen=True):
    """A rule that is tried. `replaces` is the rule in force that it would take the place of, empty where it is a new one."""

    id: str
    expression: str
    lane: Lane
    replaces: str = ""


class Limits(msgspec.Struct, frozen=True):
    """From where on a back-test warns: the share of declarations that is too many, that may stay undecided, and how much of
    another rule's hits makes two rules one."""

    everything_ppm: int = 200_000
    undecided_ppm: int = 10_000
    same_ppm: int = 900_000


class Share(msgspec.Struct, frozen=True):
    """`count` of `of`, in parts per million, with its interval; None where there is nothing to count among."""

    count: int
    of: int
    ppm: int | None = None
    low: int | None = None
    high: int | None = None


class Move(msgspec.Struct, frozen=True):
    """Declarations that the rule takes from one lane to a stricter one (or back, where a rule is replaced), and the minutes
    that costs them all, by how long these lanes usually took."""

    before: Lane
    after: Lane
    declarations: int
    minutes: int


class Load(msgspec.Struct, frozen=True):
    """An office: its declarations, those looked at (YELLOW or RED) as it was and with the rule, and the rule's hits."""

    office: str
    declarations: int
    before: int
    after: int
    hits: int


class Group(msgspec.Struct, frozen=True):
    """A trader, a declarant or a chapter that the rule chooses: hits, how many of them were examined, with finds."""

    name: str
    hits: int
    examined: int
    finds: int


class Overlap(msgspec.Struct, frozen=True):
    """Another rule: how often it fired, how often both did, and what both share of what either chose (Jaccard)."""

    rule: str
    fired: int
    both: int
    jaccard: int


class Month(msgspec.Struct, frozen=True):
    month: str
    declarations: int
    hits: int
    examined: int
    finds: int


class Caution(msgspec.Struct, frozen=True):
    """Something that the author should know; one that must be `confirmed` stands in the way of publishing until it is."""

    code: str
    text: str
    confirmed: bool = False


class BackTest(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule would have done. `hits` and all that follows count declarations; `only` are hits that nothing else chose.

    `precision` is finds among the hits that were examined, `today` finds among all that was examined, `random` finds among
    the hits that were drawn at random, `random_today` among all that were. `median` is how many minutes each lane took.
    """

    rule: str
    expression: str
    lane: Lane
    level: str
    replaces: str = ""
    since: date | None = None
    until: date | None = None
    declarations: int
    items: int
    hits: int
    item_hits: int
    hit_share: Share
    undecided: int
    only: int
    precision: Share
    today: Share
    random: Share
    random_today: Share
    revenue: int
    revenue_today: int
    before: dict[str, int]
    after: dict[str, int]
    moves: tuple[Move, ...]
    delay: int
    median: dict[str, int]
    offices: tuple[Load, ...]
    importers: tuple[Group, ...]
    declarants: tuple[Group, ...]
    chapters: tuple[Group, ...]
    overlaps: tuple[Overlap, ...]
    months: tuple[Month, ...]
    warnings: tuple[Caution, ...]


Numbers = dict[str, list[int]]


class Tally(msgspec.Struct):
    """What is counted of one rule. `sums` are single numbers by name; the others hold a list of numbers for each name:
    `offices` [declarations, before, after, hits], `months` [declarations, hits, examined, finds], `importers`, `declarants`
    and `chapters` [hits, examined, finds], `others` [fired, both]; `moves` are declarations by lane before and after."""

    sums: dict[str, int] = {}
    moves: dict[tuple[Lane, Lane], int] = {}
    before: dict[str, int] = {}
    offices: Numbers = {}
    months: Numbers = {}
    importers: Numbers = {}
    declarants: Numbers = {}
    chapters: Numbers = {}
    others: Numbers = {}

    def count(self, name: str, by: int = 1) -> None:
        self.sums[name] = self.sums.get(name, 0) + by


def add(into: Numbers, name: str, *numbers: int) -> None:
    """Add numbers to those of a name."""
    found = into.get(name)
    if found is None:
        into[name] = [int(number) for number in numbers]
    else:
        for n, number in enumerate(numbers):
            found[n] += number


class Past(msgspec.Struct, frozen=True):
    """What is true of the past whatever rule is tried: its first and last day, and the usual minutes of each lane."""

    since: date | None
    until: date | None
    median: dict[str, int]


# --- one by one -------------------------------------------------------------------------------------------------------


def backtest(
    trials: Sequence[Trial],
    past: Iterable[Selected],
    lists: Mapping[str, Any],
    lanes: Mapping[str, Lane] | None = None,
    limits: Limits | None = None,
) -> tuple[BackTest, ...]:
    """Every trial on the same declarations, which are gone through once. `lanes` are those of the rules in force, by id;
    only a trial that replaces one needs them. Raises RuleError for a rule that cannot be read."""
    rules = readable(trials, lists)
    tallies = [Tally() for _ in trials]
    minutes: dict[str, list[int]] = {}
    days: list[date] = []
    for one in past:
        days = [min([*days[:1], one.day]), max([*days[1:], one.day])]
        if one.minutes >= 0:
            minutes.setdefault(one.lane.value, []).append(one.minutes)
        header = msgspec.structs.asdict(one.header)
        items = [msgspec.structs.asdict(item) for item in one.items]
        judged = [_judge(rule, header, items, lists) for rule in rules]
        for n, trial in enumerate(trials):
            fired = {t.id for m, t in enumerate(trials) if m != n and judged[m][0] and t.id != trial.replaces}
            _count(tallies[n], trial, one, judged[n], fired, lanes or {})
    known = Past(days[0] if days else None, days[1] if days else None, {k: median(v) for k, v in minutes.items()})
    return tuple(
        conclude(trial, rule.level, tally, known, limits or Limits())
        for trial, rule, tally in zip(trials, rules, tallies, strict=True)
    )


def readable(trials: Sequence[Trial], lists: Mapping[str, Any]) -> list[Rule]:
    """The rules of the trials. Raises RuleError for one that cannot be read, and where two have one name."""
    names = [t.id for t in trials]
    for name in names:
        if names.count(name) > 1:
            raise RuleError(f"two rules are called {name!r}", hint="try each under a name of its own")
    return [read(t.expression, lists) for t in trials]


def median(numbers: Sequence[int]) -> int:
    """The number in the middle, the lower of two."""
    return sorted(numbers)[(len(numbers) - 1) // 2]


def _judge(
    rule: Rule, header: dict[str, Any], items: list[dict[str, Any]], lists: Mapping[str, Any]
) -> tuple[int, bool, tuple[str, ...]]:
    """(how many items, or the whole, it fires on; whether anything stayed undecided; the chapters of what it fires on)."""
    if rule.level == "header":
        found = interpret.decided(rule, header, lists, items)
        chapters = {item["code"][:2] for item in items} if found else set()
        return int(found is True), found is None, tuple(sorted(chapters))
    answers = [interpret.decided(rule, header | item, lists) for item in items]
    chapters = {item["code"][:2] for item, found in zip(items, answers, strict=True) if found}
    return sum(a is True for a in answers), None in answers, tuple(sorted(chapters))


def without(one: Selected, replaced: str, lanes: Mapping[str, Lane]) -> Lane:
    """The lane if a rule had not been there; as it was where the lane of another reason is not known."""
    if not replaced or replaced not in one.fired:
        return one.lane
    rest = [DRAWS.get(f) or lanes.get(f) for f in one.fired if f != replaced]
    if None in rest:
        return one.lane
    lane = Lane.GREEN
    for other in rest:
        lane = stricter(lane, other) if other else lane
    return lane


def _count(
    tally: Tally,
    trial: Trial,
    one: Selected,
    judged: tuple[int, bool, tuple[str, ...]],
    also: set[str],
    lanes: Mapping[str, Lane],
) -> None:
    fires, undecided, chapters = judged
    hit = fires > 0
    base = without(one, trial.replaces, lanes)
    after = stricter(base, trial.lane) if hit else base
    examined, found = int(one.examined), int(one.found)
    for name, number in (
        ("declarations", 1), ("items", len(one.items)), ("examined_today", examined), ("found_today", found),
        ("revenue_today", one.revenue), ("drawn_today", examined and one.drawn), ("drawn_found_today", found and one.drawn),
        ("hits", hit), ("item_hits", fires), ("undecided", undecided and not hit),
    ):  # fmt: skip
        tally.count(name, int(number))
    add(tally.offices, one.office, 1, one.lane in LOOKED_AT, after in LOOKED_AT, hit)
    add(tally.months, f"{one.day:%Y-%m}", 1, hit, hit and examined, hit and found)
    tally.before[one.lane.value] = tally.before.get(one.lane.value, 0) + 1
    tally.moves[one.lane, after] = tally.moves.get((one.lane, after), 0) + 1
    others = {*also, *(f for f in one.fired if f not in BY_ITSELF | {trial.id, trial.replaces})}
    for other in others:
        add(tally.others, other, 1, hit)
    if not hit:
        return
    tally.count("only", int(not others))
    for name, number in (
        ("examined", examined), ("found", found), ("revenue", one.revenue), ("drawn", examined and one.drawn),
        ("drawn_found", found and one.drawn),
    ):  # fmt: skip
        tally.count(name, int(number))
    add(tally.importers, one.header.importer, 1, examined, found)
    add(tally.declarants, one.header.declarant, 1, examined, found)
    for chapter in chapters:
        add(tally.chapters, chapter, 1, examined, found)


# --- the answer -------------------------------------------------------------------------------------------------------


def conclude(trial: Trial, level: str, tally: Tally, past: Past, limits: Limits) -> BackTest:
    """The answer of what was counted."""
    s = {name: tally.sums.get(name, 0) for name in (*NAMES,)}
    moves = tuple(
        Move(before, after, count, count * (past.median.get(after.value, 0) - past.median.get(before.value, 0)))
        for (before, after), count in sorted(
            tally.moves.items(), key=lambda m: (STRICTNESS[m[0][0]], STRICTNESS[m[0][1]])
        )
        if before is not after and count
    )
    after = {lane.value: sum(c for (_, to), c in tally.moves.items() if to is lane) for lane in Lane}
    overlaps = tuple(_overlaps(tally, s["hits"]))
    return BackTest(
        rule=trial.id, expression=trial.expression, lane=trial.lane, level=level, replaces=trial.replaces,
        since=past.since, until=past.until, declarations=s["declarations"], items=s["items"], hits=s["hits"],
        item_hits=s["item_hits"], hit_share=share(s["hits"], s["declarations"]), undecided=s["undecided"], only=s["only"],
        precision=share(s["found"], s["examined"]), today=share(s["found_today"], s["examined_today"]),
        random=share(s["drawn_found"], s["drawn"]), random_today=share(s["drawn_found_today"], s["drawn_today"]),
        revenue=s["revenue"], revenue_today=s["revenue_today"],
        before={lane.value: tally.before.get(lane.value, 0) for lane in Lane}, after=after, moves=moves,
        delay=sum(m.minutes for m in moves), median={lane.value: past.median.get(lane.value, 0) for lane in Lane},
        offices=tuple(Load(name, *n) for name, n in _first(tally.offices, 3, len(tally.offices))),
        importers=_groups(tally.importers), declarants=_groups(tally.declarants), chapters=_groups(tally.chapters),
        overlaps=overlaps,
        months=tuple(Month(name, *numbers) for name, numbers in sorted(tally.months.items())),
        warnings=tuple(_warnings(s, overlaps, limits)),
    )  # fmt: skip


NAMES = (
    "declarations", "items", "hits", "item_hits", "undecided", "only", "found", "examined", "found_today", "examined_today",
    "drawn_found", "drawn", "drawn_found_today", "drawn_today", "revenue", "revenue_today",
)  # fmt: skip


def share(count: int, of: int) -> Share:
    """A share with Wilson's interval at 95 %, which holds for few and for rare finds (Wilson 1927)."""
    if of == 0:
        return Share(count, of)
    p, n, z2 = Decimal(count) / of, Decimal(of), Z * Z
    middle = p + z2 / (2 * n)
    half = Z * (p * (1 - p) / n + z2 / (4 * n * n)).sqrt()
    low, high = ((middle + sign * half) / (1 + z2 / n) for sign in (-1, 1))
    return Share(count, of, round(p * PPM), max(0, round(low * PPM)), min(PPM, round(high * PPM)))


def _first(numbers: Numbers, by: int, most: int = MOST_NAMED) -> list[tuple[str, list[int]]]:
    return sorted(numbers.items(), key=lambda one: (-one[1][by], one[0]))[:most]


def _groups(numbers: Numbers) -> tuple[Group, ...]:
    return tuple(Group(name, *found) for name, found in _first(numbers, 0))


def _overlaps(tally: Tally, hits: int) -> Iterable[Overlap]:
    found = [
        Overlap(rule, fired, both, both * PPM // (hits + fired - both))
        for rule, (fired, both) in tally.others.items()
        if both
    ]
    return sorted(found, key=lambda o: (-o.jaccard, o.rule))


def _warnings(s: dict[str, int], overlaps: Sequence[Overlap], limits: Limits) -> Iterable[Caution]:
    every, hits = s["declarations"], s["hits"]
    if not every:
        yield Caution("no-past", "There are no declarations in this time, so nothing is known of the rule", True)
        return
    if not hits:
        yield Caution("never-fires", f"The rule fires on none of {every} declarations", True)
    if hits * PPM > limits.everything_ppm * every:
        yield Caution(
            "matches-everything", f"The rule fires on {hits} of {every} declarations: {_percent(hits, every)}", True
        )
    if s["undecided"]:
        many = s["undecided"] * PPM > limits.undecided_ppm * every
        yield Caution(
            "undecided",
            f"A divisor is 0 in {s['undecided']} declarations; the rule does not fire on them. Say what shall hold there",
            many,
        )
    if hits and not s["examined"]:
        yield Caution("no-results", "None of the hits was ever examined: how often it is right is not known")
    for one in overlaps:
        if one.jaccard >= limits.same_ppm:
            yield Caution("same-as", f"{one.rule} chooses nearly the same declarations: {_percent(one.jaccard, PPM)}")


def _percent(count: int, of: int) -> str:
    return f"{Decimal(count * 100) / of:.1f} %"
