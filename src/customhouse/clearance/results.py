"""Results: what selection found, what it cost, how much is wrong in truth, and where nobody looks; for those who answer for it.

Counted by the register over the outcomes (`registry.outcome_counts`), judged by `labs.compliance`; the exploration share is proposed by
`offices.risk.explore`. Nothing here decides anything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Literal

import msgspec

from customhouse.labs.compliance import beta
from customhouse.labs.compliance.beta import Share, jeffreys
from customhouse.labs.compliance.pooled import pooled
from customhouse.labs.compliance.section import section
from customhouse.labs.compliance.weighed import chance_ppm, weighed
from customhouse.offices.risk.explore import Period, Proposal, propose
from customhouse.record.outcome import EXPLORE, PERSON, RANDOM
from customhouse.registry import outcome_counts as counts
from customhouse.registry.outcome_counts import Step, Stratum, Tally

ANONYMOUS_BELOW = 20
"""Nothing is said about a person from fewer looks: chance would speak, and the trader behind a single look could be told."""
HARDLY, HARDLY_PPM = 3, 5_000
"""A stratum is a blind spot with fewer looks than this, or a smaller share of looks."""
ENOUGH_DRAWN = 20
"""Looks of the draw from which on groups are told apart at all."""
WORTH_SEEING = 5
"""Declarations from which on a stratum is told as a blind spot."""
SHORT, MIDDLE = 21, 200
"""Days up to which time is told in days, in weeks."""


class Effect(msgspec.Struct, frozen=True):
    """What one reason, model, office or person brought: counts, the precision with its interval, and how many times the random
    draw's rate that is (None where nothing was drawn). `verdict`: better or worse than the draw beyond doubt, or open."""

    tally: Tally
    precision: Share | None
    lift: float | None
    verdict: Literal["better", "worse", "open"]


class Rate(msgspec.Struct, frozen=True):
    """The measured rate of irregularity of a stratum, with how many of it were let go unseen."""

    key: tuple[str, ...]
    share: Share
    declarations: int
    unseen: int


class Blind(msgspec.Struct, frozen=True):
    """A stratum that nobody looks at, or hardly anybody. `high` is the exact upper limit of its rate by its own looks alone, `likely` what its
    neighbours suggest; `hidden` is how many irregular ones may have passed unseen at most."""

    key: tuple[str, ...]
    declarations: int
    looks: int
    finds: int
    unseen: int
    value: int
    high: float
    likely: Share

    @property
    def hidden(self) -> int:
        return round(self.high * self.unseen)


class Stretch(msgspec.Struct, frozen=True):
    """One stretch of time: counts by lane, and the rate that the random draw of the time measured (None: nobody was drawn)."""

    begins: date
    lanes: dict[str, int]
    delays: dict[str, int | None]
    declarations: int
    looks: int
    finds: int
    revenue: int
    drawn: Share | None


class Missed(msgspec.Struct, frozen=True):
    """How much passes: irregular declarations among those let go that nothing had chosen (None: the draw has said nothing yet), and how
    many were let go unseen although something had chosen them."""

    unseen: int
    share: Share | None
    likely: int | None
    low: int | None
    high: int | None
    chosen_unseen: int


class Point(msgspec.Struct, frozen=True):
    """On the curve: the share of declarations looked at, best reasons first, the share of looks with a find, and of all finds known."""

    looked: float
    hit: float
    found: float
    reason: str


class Results(msgspec.Struct, frozen=True):
    """Everything of the page; money in minor units of `currency`, shares from 0 to 1, delays in minutes."""

    since: date
    until: date
    office: str
    currency: str
    total: Tally
    random: Effect | None
    explored: Effect | None
    overruled: Effect | None
    random_ppm: int
    explored_ppm: int
    rate: Share | None
    weighed: Share | None
    missed: Missed
    stretches: tuple[Stretch, ...]
    curve: tuple[Point, ...]
    reasons: tuple[Effect, ...]
    models: tuple[Effect, ...]
    offices: tuple[Effect, ...]
    kinds: tuple[Tally, ...]
    lanes: tuple[Tally, ...]
    goods: tuple[Rate, ...]
    importers: tuple[Rate, ...]
    by_office: tuple[Rate, ...]
    blind: tuple[Blind, ...]
    proposal: Proposal


class Buys(msgspec.Struct, frozen=True):
    """What one more look would find where it could be spent: `where` is `random` (among those let go that nothing had chosen) or
    `goods`, with the key of that stratum; `revenue` in minor units, what a find brought on average times the rate."""

    where: Literal["random", "goods"]
    key: tuple[str, ...]
    share: Share
    revenue: int


class Officers(msgspec.Struct, frozen=True):
    """What looks of single officers and overrulings of single people brought; `few` have too few looks to be told."""

    looked: tuple[Effect, ...]
    overruled: tuple[Effect, ...]
    few: int


def results(since: date, until: date, office: str = "") -> Results:
    """The results from `since` (included) until `until` (excluded). Raises ValueError for a time that ends before it begins."""
    if until <= since:
        raise ValueError(f"the time from {since} until {until} is empty")
    when = (since, until, office)
    total = next(iter(counts.tallies("all", *when)), Tally("", 0, 0, 0, 0, 0, 0, 0, None))
    by_reason = {t.key: t for t in counts.tallies("reason", *when)}
    drawn = by_reason.pop(RANDOM, None)
    base = jeffreys(drawn.finds, drawn.looks) if drawn and drawn.looks else None
    explored, overruled = by_reason.pop(EXPLORE, None), by_reason.pop(PERSON, None)
    spoken = weighed((chance_ppm(r, e), n, y) for r, e, n, y in counts.chances(*when) if r or e)
    goods = _sections(counts.strata("goods", *when))
    steps = counts.steps(_length(since, until), *when)
    weeks = counts.steps("week", *when, timed=False)
    return Results(
        since=since,
        until=until,
        office=office,
        currency=counts.currency(),
        total=total,
        random=_effect(drawn, base) if drawn else None,
        explored=_effect(explored, base) if explored else None,
        overruled=_effect(overruled, base) if overruled else None,
        random_ppm=_mean(steps, 0),
        explored_ppm=_mean(steps, 1),
        rate=base,
        weighed=spoken.share if spoken else None,
        missed=_missed(counts.unseen(*when)),
        stretches=_stretches(steps),
        curve=_curve(counts.groups(*when)),
        reasons=_best_first(by_reason.values(), base),
        models=_best_first(counts.tallies("model", *when), base),
        offices=_best_first(counts.tallies("office", *when), base),
        kinds=counts.tallies("kind", *when),
        lanes=counts.tallies("lane", *when),
        goods=_rates(goods),
        importers=_rates(counts.strata("importer", *when)),
        by_office=_rates(counts.strata("office", *when)),
        blind=_blind(goods),
        proposal=_proposal(weeks, total),
    )


def officers(since: date, until: date, office: str = "") -> Officers:
    """Figures of single people, for their supervisors alone; whoever has fewer than `ANONYMOUS_BELOW` looks is not told."""
    when = (since, until, office)
    drawn = next((t for t in counts.tallies("reason", *when) if t.key == RANDOM), None)
    base = jeffreys(drawn.finds, drawn.looks) if drawn and drawn.looks else None
    looked, overruled = counts.tallies("officer", *when), counts.tallies("overruler", *when)
    told = [[t for t in one if t.looks >= ANONYMOUS_BELOW] for one in (looked, overruled)]
    return Officers(
        _best_first(told[0], base),
        _best_first(told[1], base),
        len(looked) + len(overruled) - len(told[0]) - len(told[1]),
    )


# --- parts ------------------------------------------------------------------------------------------------------------


def _effect(tally: Tally, base: Share | None) -> Effect:
    if not tally.looks:
        return Effect(tally, None, None, "open")
    precision = jeffreys(tally.finds, tally.looks)
    if base is None:
        return Effect(tally, precision, None, "open")
    verdict: Literal["better", "worse", "open"] = "open"
    if precision.low > base.high:
        verdict = "better"
    elif precision.high < base.low:
        verdict = "worse"
    return Effect(tally, precision, precision.middle / base.middle if base.finds else None, verdict)


def _best_first(tallies: Iterable[Tally], base: Share | None) -> tuple[Effect, ...]:
    effects = [_effect(t, base) for t in tallies]
    return tuple(
        sorted(effects, key=lambda e: (-(e.precision.low if e.precision else -1), -e.tally.looks, e.tally.key))
    )


def _length(since: date, until: date) -> Literal["day", "week", "month"]:
    days = (until - since).days
    return "day" if days <= SHORT else "week" if days <= MIDDLE else "month"


def _mean(steps: Sequence[Step], which: int) -> int:
    n = sum(s.declarations for s in steps)
    return sum(s.shares[which] * s.declarations for s in steps) // n if n else 0


def _missed(unseen: counts.Unseen) -> Missed:
    if not unseen.drawn:
        return Missed(unseen.unchosen, None, None, None, None, unseen.chosen)
    share, n = jeffreys(unseen.drawn_finds, unseen.drawn), unseen.unchosen
    return Missed(n, share, round(share.middle * n), int(share.low * n), round(share.high * n), unseen.chosen)


def _stretches(steps: Sequence[Step]) -> tuple[Stretch, ...]:
    by_time: dict[date, list[Step]] = defaultdict(list)
    for step in steps:
        by_time[step.begins].append(step)
    told = []
    for begins, lanes in by_time.items():
        drawn, found = sum(s.drawn for s in lanes), sum(s.drawn_finds for s in lanes)
        told.append(
            Stretch(
                begins,
                {s.lane: s.declarations for s in lanes},
                {s.lane: s.delay for s in lanes},
                sum(s.declarations for s in lanes),
                sum(s.looks for s in lanes),
                sum(s.finds for s in lanes),
                sum(s.revenue for s in lanes),
                jeffreys(found, drawn) if drawn else None,
            )
        )
    return tuple(told)


def _curve(groups: Sequence[tuple[tuple[str, ...], int, int, int]]) -> tuple[Point, ...]:
    """Looks in the order of the best reason that chose them, each reason by what it is surely worth."""
    whole, finds = sum(n for _, n, _, _ in groups), sum(y for *_, y in groups)
    alone: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for reasons, _, looks, found in groups:
        for reason in reasons:
            alone[reason][0] += looks
            alone[reason][1] += found
    worth = {r: jeffreys(y, n).low for r, (n, y) in alone.items() if n}
    best: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for reasons, _, looks, found in groups:
        if looks:
            first = max(reasons, key=lambda r: (worth[r], r), default="")
            best[first][0] += looks
            best[first][1] += found
    points, n, y = [], 0, 0
    for reason in sorted(best, key=lambda r: (-worth.get(r, 0.0), r)):
        n, y = n + best[reason][0], y + best[reason][1]
        points.append(Point(n / whole, y / n, y / finds if finds else 0.0, reason))
    return tuple(points)


def _sections(strata: Sequence[Stratum]) -> tuple[Stratum, ...]:
    """Strata by chapter and origin, put together by section and origin."""
    told: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0] * 7)
    for one in strata:
        key = (section(one.key[0]), one.key[1])
        told[key] = [a + b for a, b in zip(told[key], msgspec.structs.astuple(one)[1:], strict=True)]
    return tuple(sorted((Stratum(key, *n) for key, n in told.items()), key=lambda s: (-s.declarations, s.key)))


def _pooled(strata: Sequence[Stratum]) -> dict[tuple[str, ...], Share]:
    return pooled({s.key: (s.drawn, s.drawn_finds) for s in strata})


def _rates(strata: Sequence[Stratum]) -> tuple[Rate, ...]:
    """What the random draw says of each stratum, each leaning on the others."""
    told = _pooled(strata)
    return tuple(Rate(s.key, told[s.key], s.declarations, s.unseen) for s in strata)


def _blind(strata: Sequence[Stratum]) -> tuple[Blind, ...]:
    """Strata where hardly anybody looks, those first in which most could hide."""
    likely = _pooled(strata)
    found = [
        Blind(s.key, s.declarations, s.looks, s.finds, s.unseen, s.value, beta.upper(s.finds, s.looks), likely[s.key])
        for s in strata
        if s.declarations >= WORTH_SEEING and (s.looks < HARDLY or s.looks * 1_000_000 < HARDLY_PPM * s.declarations)
    ]
    return tuple(sorted(found, key=lambda b: (-b.hidden, -b.value, b.key)))


def _proposal(weeks: Sequence[Step], total: Tally) -> Proposal:
    """The next exploration share: half of all looks at most."""
    by_week: dict[date, list[Step]] = defaultdict(list)
    for step in weeks:
        by_week[step.begins].append(step)
    past = [
        Period(
            _mean(lanes, 1),
            sum(s.looks - s.explored for s in lanes),
            sum(s.finds - s.explored_finds for s in lanes),
            sum(s.explored for s in lanes),
            sum(s.explored_finds for s in lanes),
        )
        for lanes in by_week.values()
    ]
    looked_ppm = total.looks * 1_000_000 // total.declarations if total.declarations else 0
    return propose(past, ceiling_ppm=max(5_000, min(80_000, looked_ppm // 2)))


def one_more(told: Results, most: int = 3) -> tuple[Buys, ...]:
    """What one more look buys: drawn at random from what passes unseen, or in the strata that promise most there."""
    each = told.total.revenue / told.total.finds if told.total.finds else 0.0
    found = []
    if told.missed.share is not None:
        found.append(Buys("random", (), told.missed.share, round(each * told.missed.share.middle)))
    if told.rate is None or told.rate.looks < ENOUGH_DRAWN:
        return tuple(found)
    open_ = sorted((r for r in told.goods if r.unseen), key=lambda r: (-r.share.middle, r.key))
    found += [Buys("goods", r.key, r.share, round(each * r.share.middle)) for r in open_[:most]]
    return tuple(found)


def last_days(days: int, today: date) -> tuple[date, date]:
    """(since, until) of the last `days` days, today among them."""
    return today - timedelta(days - 1), today + timedelta(1)
