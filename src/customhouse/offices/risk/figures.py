"""How rules do on the line: hits, finds, precision, what they cost, what they share with others; which are dead or noisy.

Pure; counted over outcomes (`record.outcome`). Shares are in parts per million with Wilson's interval at 95 %. What a rule
finds is compared with what the random draw finds, the only share of finds without the bias of selection (WCO Risk Management
Compendium, volume 2).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

import msgspec

from customhouse.offices.risk.backtest import Month, Overlap
from customhouse.offices.risk.share import Share, share
from customhouse.offices.risk.tally import middle
from customhouse.record.lanes import Lane
from customhouse.record.outcome import Outcome

PPM = 1_000_000
DEAD_AFTER = timedelta(days=90)
FEWEST = 10
"""Looks from which on a rule's precision says something."""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """How one rule does. `only` are hits that nothing else asked for; `delay` is how many minutes its hits waited longer than
    a GREEN declaration usually does, `work` how many minutes the looks took. `trial` counts what it would have chosen while
    it was on trial, `trial_seen` and `trial_finds` those of them that were looked at for another reason."""

    rule: str
    hits: int = 0
    only: int = 0
    precision: Share
    revenue: int = 0
    delay: int = 0
    work: int = 0
    last: date | None = None
    months: tuple[Month, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    trial: int = 0
    trial_precision: Share


class Standing(msgspec.Struct, frozen=True):
    """The figures of all rules over a time, and what they are measured by: looks and finds in all, and at random."""

    declarations: int
    looked: Share
    random: Share
    rules: dict[str, Figures]
    since: date | None = None
    until: date | None = None

    def of(self, rule: str) -> Figures:
        """The figures of a rule; zeros where it never fired."""
        return self.rules.get(rule) or Figures(rule=rule, precision=share(0, 0), trial_precision=share(0, 0))

    def is_noisy(self, rule: str) -> bool:
        """Whether the rule finds less than the random draw does, once enough was looked at of both."""
        found = self.of(rule).precision
        return min(found.of, self.random.of) >= FEWEST and (found.ppm or 0) < (self.random.ppm or 0)

    def is_surely_noisy(self, rule: str) -> bool:
        """The same beyond chance: even the upper end of its interval lies below what the random draw finds."""
        found = self.of(rule).precision
        return self.is_noisy(rule) and (found.high or 0) < (self.random.ppm or 0)

    def is_dead(self, rule: str, live_since: date, today: date, after: timedelta = DEAD_AFTER) -> bool:
        """Whether the rule has been in force for that long and chosen nothing in it."""
        last = self.of(rule).last
        return today - live_since >= after and (last is None or today - last >= after)


class _Count:
    def __init__(self) -> None:
        self.n: Counter[str] = Counter()
        self.months: dict[str, list[int]] = {}
        self.both: Counter[str] = Counter()
        self.last: date | None = None
        self.released: list[int] = []


def standing(outcomes: Iterable[Outcome]) -> Standing:
    """The figures of everything that ever asked for a look in `outcomes`, gone through once."""
    counts: dict[str, _Count] = {}
    fired: Counter[str] = Counter()
    green: list[int] = []
    all_: Counter[str] = Counter()
    per_month: Counter[str] = Counter()
    days: list[date] = []
    for one in outcomes:
        days = [min([*days[:1], one.day]), max([*days[1:], one.day])]
        month = f"{one.day:%Y-%m}"
        per_month[month] += 1
        all_.update(declarations=1, seen=int(one.is_seen), found=int(one.is_found))
        if one.is_random:
            all_.update(random=int(one.is_seen), random_found=int(one.is_found))
        if one.lane is Lane.GREEN and one.delay is not None:
            green.append(one.delay)
        fired.update(one.chosen)
        for rule in one.chosen:
            _add(counts.setdefault(rule, _Count()), one, rule, month)
        for told in one.shadow:
            rule = told.split(" ")[0]
            counts.setdefault(rule, _Count()).n.update(
                trial=1, trial_seen=int(one.is_seen), trial_found=int(one.is_found)
            )
    usual = middle(Counter(green)) if green else 0
    return Standing(
        all_["declarations"], share(all_["found"], all_["seen"]), share(all_["random_found"], all_["random"]),
        {rule: _figures(rule, c, fired, per_month, usual) for rule, c in counts.items()},
        days[0] if days else None, days[1] if days else None,
    )  # fmt: skip


def _add(c: _Count, one: Outcome, rule: str, month: str) -> None:
    seen, found = int(one.is_seen), int(one.is_found)
    c.n.update(hits=1, only=int(len(one.chosen) == 1), seen=seen, found=found, work=one.minutes)
    c.n.update(revenue=one.revenue if found else 0)
    numbers = c.months.setdefault(month, [0, 0, 0])
    for n, more in enumerate((1, seen, found)):
        numbers[n] += more
    c.both.update(other for other in one.chosen if other != rule)
    c.last = max(c.last or one.day, one.day)
    if one.delay is not None:
        c.released.append(one.delay)


def _figures(rule: str, c: _Count, fired: Counter[str], per_month: Counter[str], usual: int) -> Figures:
    hits = c.n["hits"]
    overlaps = [Overlap(o, fired[o], both, both * PPM // (hits + fired[o] - both)) for o, both in c.both.items()]
    months = (Month(m, per_month[m], *c.months.get(m, [0, 0, 0])) for m in sorted(per_month))
    return Figures(
        rule=rule, hits=hits, only=c.n["only"], precision=share(c.n["found"], c.n["seen"]), revenue=c.n["revenue"],
        delay=sum(max(0, minutes - usual) for minutes in c.released), work=c.n["work"], last=c.last, months=tuple(months),
        overlaps=tuple(sorted(overlaps, key=lambda o: (-o.jaccard, o.rule))[:10]), trial=c.n["trial"],
        trial_precision=share(c.n["trial_found"], c.n["trial_seen"]),
    )  # fmt: skip
