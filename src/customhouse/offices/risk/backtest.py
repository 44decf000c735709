"""A rule tried on past declarations: whom it would have chosen, what those turned out to be, and what it would have cost.

Pure. `backtest` judges declaration by declaration; `stream.backtest` gives the same answer from columns. Both count into
tallies, and `conclude` makes the answer of them. Shares are in parts per million with Wilson's interval at 95 %.

Finds are known only where somebody looked, and who looked had reasons: the share of finds among declarations drawn at random
(`random`) is the only one without that bias (WCO Risk Management Compendium, volume 2, on measuring selectivity).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal, Protocol

import msgspec

from customhouse.law.rules import interpret
from customhouse.law.rules.syntax import Rule, RuleError, read
from customhouse.offices.risk.selected import BY_ITSELF, RANDOM, Selected
from customhouse.offices.risk.share import PPM, Share, share
from customhouse.offices.risk.tally import Counted, Hit, Numbers, Tally, add
from customhouse.offices.risk.workload import Workload, days_between, workload
from customhouse.record.lanes import STRICTNESS, Lane, stricter

DRAWS = {RANDOM: Lane.YELLOW, "explore": Lane.YELLOW}
MOST_NAMED = 10
LOOKED_AT = (Lane.YELLOW, Lane.RED)
Of = Literal["declarations", "parcels", "both"]


class Trial(msgspec.Struct, frozen=True):
    """A rule or model that is tried. `replaces` is what is in force and it would take the place of, empty where it is new. A model
    (`model`, its SHA-256) has no expression, and `lane` is the strictest that its thresholds ask for."""

    id: str
    expression: str
    lane: Lane
    replaces: str = ""
    model: str = ""


class Levelled(Protocol):
    """A rule, or what stands for one: whether it is asked of an item or of the whole."""

    @property
    def level(self) -> str: ...


class Limits(msgspec.Struct, frozen=True):
    """From where on a back-test warns: the share of declarations that is too many, that may stay undecided, and how much of
    another rule's hits makes two rules one. `look_minutes` is how long a look takes, `looks` how many an office can do in a day."""

    everything_ppm: int = 200_000
    undecided_ppm: int = 10_000
    same_ppm: int = 900_000
    look_minutes: int = 20
    looks: Mapping[str, int] = {}


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
    the hits that were drawn at random, `random_today` among all that were; `caught` is the share of all finds that are hits.
    `median` is how many minutes each lane took. `looks` are looked at (YELLOW or RED) beyond those that were, `work` the
    minutes that takes, `workload` says looks a day by office over `days`, `asked` hits by the lane they are asked into. `value` and
    `payable` are those of the hits, in national minor units. `beside` tells declarations and parcels apart where `of` is both.
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
    of: Of = "declarations"
    value: int = 0
    payable: int = 0
    caught: Share = Share(0, 0)
    looks: int = 0
    work: int = 0
    headings: tuple[Group, ...] = ()
    origins: tuple[Group, ...] = ()
    sample: tuple[Hit, ...] = ()
    beside: tuple[BackTest, ...] = ()
    model: str = ""
    days: int = 0
    asked: dict[str, int] = {}
    workload: tuple[Workload, ...] = ()

    @property
    def unmoved(self) -> Share:
        """The share of those whose lane stays what it was."""
        return share(self.declarations - sum(m.declarations for m in self.moves), self.declarations)


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
    return concluded(trials, rules, counted(trials, rules, past, lists, lanes or {}), limits or Limits())


def counted(
    trials: Sequence[Trial],
    rules: Sequence[Rule],
    past: Iterable[Selected],
    lists: Mapping[str, Any],
    lanes: Mapping[str, Lane],
) -> Counted:
    """What is counted of each trial, whose rules are `rules`."""
    made = Counted([Tally() for _ in trials])
    for one in past:
        made.saw(one.day, one.day)
        if one.minutes >= 0:
            made.waited(one.lane.value, one.minutes)
        header = msgspec.structs.asdict(one.header)
        items = [msgspec.structs.asdict(item) for item in one.items]
        judged = [_judge(rule, header, items, lists) for rule in rules]
        for n, trial in enumerate(trials):
            fired = {t.id for m, t in enumerate(trials) if m != n and judged[m][0] and t.id != trial.replaces}
            base = without(one, trial.replaces, lanes)
            after = stricter(base, trial.lane) if judged[n][0] else base
            _count(made.tallies[n], trial, one, judged[n], fired, after)
    return made


def counted_as(trial: Trial, past: Iterable[tuple[Selected, Lane]]) -> Counted:
    """What is counted where the lane of each is known as it would be: those whose lane changes are the hits."""
    made = Counted([Tally()])
    for one, lane in past:
        made.saw(one.day, one.day)
        if one.minutes >= 0:
            made.waited(one.lane.value, one.minutes)
        hit = lane is not one.lane
        items = [msgspec.structs.asdict(item) for item in one.items] if hit else []
        _count(made.tallies[0], trial, one, (int(hit), False, items), set(), lane, lane)
    return made


def readable(trials: Sequence[Trial], lists: Mapping[str, Any]) -> list[Rule]:
    """The rules of the trials. Raises RuleError for one that cannot be read, and where two have one name."""
    names = [t.id for t in trials]
    for name in names:
        if names.count(name) > 1:
            raise RuleError(f"two rules are called {name!r}", hint="try each under a name of its own")
    return [read(t.expression, lists) for t in trials]


def _judge(
    rule: Rule, header: dict[str, Any], items: list[dict[str, Any]], lists: Mapping[str, Any]
) -> tuple[int, bool, list[dict[str, Any]]]:
    """(how many items, or the whole, it fires on; whether anything stayed undecided; the items that it fires on)."""
    if rule.level == "header":
        found = interpret.decided(rule, header, lists, items)
        return int(found is True), found is None, items if found else []
    answers = [interpret.decided(rule, header | item, lists) for item in items]
    chosen = [item for item, found in zip(items, answers, strict=True) if found]
    return len(chosen), None in answers, chosen


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
    judged: tuple[int, bool, list[dict[str, Any]]],
    also: set[str],
    after: Lane,
    asked: Lane | None = None,
) -> None:
    fires, undecided, items = judged
    hit = fires > 0
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
        ("drawn_found", found and one.drawn), ("value", one.header.customs_value_total),
        ("payable", one.header.payable_total),
    ):  # fmt: skip
        tally.count(name, int(number))
    tally.count(f"asked {(asked or trial.lane).value}")
    tally.show(Hit(one.number, one.day, one.lane, one.header.customs_value_total))
    add(tally.importers, one.header.importer, 1, examined, found)
    add(tally.declarants, one.header.declarant, 1, examined, found)
    for into, names in (
        (tally.chapters, {item["code"][:2] for item in items}), (tally.headings, {item["code"][:4] for item in items}),
        (tally.origins, {item["origin"] for item in items}),
    ):  # fmt: skip
        for name in names:
            add(into, name, 1, examined, found)


# --- the answer -------------------------------------------------------------------------------------------------------


def concluded(
    trials: Sequence[Trial], rules: Sequence[Levelled], found: Counted, limits: Limits, of: Of = "declarations"
) -> tuple[BackTest, ...]:
    """The answer of what was counted of each rule or model."""
    usual = found.median
    return tuple(
        _concluded(trial, rule.level, tally, found, usual, limits, of)
        for trial, rule, tally in zip(trials, rules, found.tallies, strict=True)
    )


def _concluded(
    trial: Trial, level: str, tally: Tally, past: Counted, usual: Mapping[str, int], limits: Limits, of: Of
) -> BackTest:
    s = dict.fromkeys(NAMES, 0) | tally.sums
    moves = tuple(
        Move(before, after, count, count * (usual.get(after.value, 0) - usual.get(before.value, 0)))
        for (before, after), count in sorted(
            tally.moves.items(), key=lambda m: (STRICTNESS[m[0][0]], STRICTNESS[m[0][1]])
        )
        if before is not after and count
    )
    after = {lane.value: sum(c for (_, to), c in tally.moves.items() if to is lane) for lane in Lane}
    looks = sum(after[lane.value] - tally.before.get(lane.value, 0) for lane in LOOKED_AT)
    overlaps = tuple(_overlaps(tally, s["hits"]))
    days = days_between(past.since, past.until)
    loads = ((name, came, before, with_it) for name, (came, before, with_it, _) in tally.offices.items())
    return BackTest(
        rule=trial.id, expression=trial.expression, lane=trial.lane, level=level, replaces=trial.replaces,
        since=past.since, until=past.until, declarations=s["declarations"], items=s["items"], hits=s["hits"],
        item_hits=s["item_hits"], hit_share=share(s["hits"], s["declarations"]), undecided=s["undecided"], only=s["only"],
        precision=share(s["found"], s["examined"]), today=share(s["found_today"], s["examined_today"]),
        random=share(s["drawn_found"], s["drawn"]), random_today=share(s["drawn_found_today"], s["drawn_today"]),
        revenue=s["revenue"], revenue_today=s["revenue_today"],
        before={lane.value: tally.before.get(lane.value, 0) for lane in Lane}, after=after, moves=moves,
        delay=sum(m.minutes for m in moves), median={lane.value: usual.get(lane.value, 0) for lane in Lane},
        offices=tuple(Load(name, *n) for name, n in _first(tally.offices, 3, len(tally.offices))),
        importers=_groups(tally.importers), declarants=_groups(tally.declarants), chapters=_groups(tally.chapters),
        overlaps=overlaps,
        months=tuple(Month(name, *numbers) for name, numbers in sorted(tally.months.items())),
        warnings=tuple(_warnings(s, overlaps, limits, of, "model" if trial.model else "rule")), of=of, value=s["value"], payable=s["payable"],
        caught=share(s["found"], s["found_today"]), looks=looks, work=looks * limits.look_minutes,
        headings=_groups(tally.headings), origins=_groups(tally.origins),
        sample=tuple(tally.shown[place] for place in sorted(tally.shown)), model=trial.model, days=days,
        asked={lane.value: n for lane in Lane if (n := s.get(f"asked {lane.value}", 0))},
        workload=workload(loads, days, limits.looks, limits.look_minutes),
    )  # fmt: skip


NAMES = (
    "declarations", "items", "hits", "item_hits", "undecided", "only", "found", "examined", "found_today", "examined_today",
    "drawn_found", "drawn", "drawn_found_today", "drawn_today", "revenue", "revenue_today", "value", "payable",
)  # fmt: skip


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


def _warnings(s: dict[str, int], overlaps: Sequence[Overlap], limits: Limits, of: Of, who: str) -> Iterable[Caution]:
    every, hits = s["declarations"], s["hits"]
    what = {"declarations": "declarations", "parcels": "parcels", "both": "declarations and parcels"}[of]
    if not every:
        yield Caution("no-past", f"There are no {what} in this time, so nothing is known of the {who}", True)
        return
    if not hits:
        yield Caution("never-fires", f"The {who} fires on none of {every} {what}", True)
    if hits * PPM > limits.everything_ppm * every:
        yield Caution(
            "matches-everything", f"The {who} fires on {hits} of {every} {what}: {_percent(hits, every)}", True
        )
    if s["undecided"]:
        many = s["undecided"] * PPM > limits.undecided_ppm * every
        yield Caution(
            "undecided",
            f"A divisor is 0 in {s['undecided']} {what}; the {who} does not fire on them. Say what shall hold there",
            many,
        )
    if hits and not s["examined"]:
        yield Caution("no-results", "None of the hits was ever examined: how often it is right is not known")
    for one in overlaps:
        if one.jaccard >= limits.same_ppm:
            yield Caution("same-as", f"{one.rule} chooses nearly the same declarations: {_percent(one.jaccard, PPM)}")


def _percent(count: int, of: int) -> str:
    return f"{Decimal(count * 100) / of:.1f} %"
