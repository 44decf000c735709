"""Learning while inspecting: week by week a share is opened, and only what was opened is known.

A model that opens only what it believes in learns only about that. When fraud changes it goes blind. So part of the inspections
explore: a pure random floor, which also measures the true rate, and a share chosen where the model is unsure and much is at stake
(after bATE and gATE, Kim et al. 2022: diverse gradients). How large that share should be can follow what the floor finds (after ADAPT, 2021): hits among what a model chose itself
never tell that it is blind, finds that it thought unlikely do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np

from customhouse.labs.targeting.declared import Floats, Ints
from customhouse.labs.targeting.expected import QUICK, Expected, learn
from customhouse.labs.targeting.fault import TargetingProblem
from customhouse.labs.targeting.measures import Rate, dialled, true_rate
from customhouse.labs.targeting.moment import NAMES, Memory, Scene

WEEK = 7
OPENED = 0.03
"""Share of declarations that is opened in a week."""
FLOOR = 0.01
"""Share of all declarations that is opened by the pure random draw, where a strategy has one."""
MOST, LEAST = 0.6, 1 / 3  # of the inspections, for the adaptive share
WARM_WEEKS, WARM_SHARE = 5, 0.2
AGAIN = 2  # weeks between two trainings
DIAL = 0.25  # what is exploited: nearly by probability, with some regard for money
REMEMBERED = 26 * WEEK  # days of examined rows that a weekly model learns from
SMOOTH = 0.15  # how fast the trend of surprises follows
SURPRISE = 0.1  # a find of the floor that was thought less likely than this is one
DIRECTIONS = 12
HALF_YEAR = 26  # weeks after the change in which a strategy must see it
SEEN, OVER = 0.2, 4  # a change is seen when so much of its revenue is found in the mean of so many weeks
RECOVERED = 8  # last weeks of a run that tell whether a strategy has found its way again


class Strategy(msgspec.Struct, frozen=True):
    """How inspections are shared out: `explore` of them are not for the likeliest; of those the floor is random, the rest `chosen` where
    the model is unsure, or random too. `adaptive`: the share follows the surprises of the floor."""

    name: str
    explore: float
    chosen: bool = False
    adaptive: bool = False


STRATEGIES = (
    Strategy("exploit only", 0.0),
    Strategy("random floor", 1 / 3),
    Strategy("hybrid", 0.45, chosen=True),
    Strategy("adaptive hybrid", LEAST, chosen=True, adaptive=True),
)


class Course(msgspec.Struct, frozen=True):
    """One run of one strategy: for every week precision and the share of revenue found among what was opened, both as part of what knowing
    all would have reached, the part found of what began with the change, and the share of inspections that explored; what the random floor measured, and the truth."""

    strategy: str
    seed: int
    precision: tuple[float, ...]
    revenue: tuple[float, ...]
    fresh: tuple[float, ...]
    explored: tuple[float, ...]
    measured: Rate | None
    true: float


class Online(msgspec.Struct, frozen=True):
    """All runs, the week in which fraud changed, and per strategy the means over seeds: before, in the half year after,
    and at the end."""

    weeks: int
    changed: int
    opened: float
    courses: tuple[Course, ...]
    summary: dict[str, dict[str, tuple[float, float, float]]]
    """`summary[strategy][part]`: mean over seeds, lowest, highest, of the weekly means; `weeks blind` counts from the change until it was seen."""

    def misses(self) -> list[str]:
        """What a drift run must show and did not, in words."""
        if not self.summary:
            return []
        lone, both = (self.summary[s]["fresh after"] for s in ("exploit only", "hybrid"))
        out = []
        if both[0] <= lone[0] or both[1] <= lone[1]:
            out.append(
                f"drift run: of the new frauds the hybrid found {both[0]:.3f} in half a year (worst seed {both[1]:.3f}), "
                f"exploit only {lone[0]:.3f} ({lone[1]:.3f})"
            )
        wrong = [c for c in self.courses if c.measured and not c.measured.low <= c.true <= c.measured.high]
        told = [c for c in self.courses if c.measured]
        if told and len(wrong) > max(1, 0.2 * len(told)):
            out.append(f"drift run: {len(wrong)} of {len(told)} random floors missed the true rate")
        return out


class Run(msgspec.Struct, frozen=True):
    """What a run goes over: the scene of the rows, and the truth of each, of which only what is opened is told."""

    scene: Scene
    found: Any
    lost: Any
    fresh: Any  # the irregularities that began with the change
    seed: int


Tell = Callable[[str], None]


def online(runs: Sequence[Run], changed_day: int, tell: Tell = lambda _: None) -> Online:
    """Every strategy over every run."""
    courses = []
    for run in runs:
        for strategy in STRATEGIES:
            tell(f"Drift run, seed {run.seed}: {strategy.name}")
            courses.append(course(run, strategy))
    weeks, changed = len(courses[0].precision), changed_day // WEEK - WARM_WEEKS
    return Online(weeks, changed, OPENED, tuple(courses), _summary(courses, changed))


def _summary(courses: list[Course], changed: int) -> dict[str, dict[str, tuple[float, float, float]]]:
    parts = {"before": slice(0, changed), "after": slice(changed, changed + HALF_YEAR), "end": slice(-RECOVERED, None)}
    out: dict[str, dict[str, tuple[float, float, float]]] = {}
    for strategy in STRATEGIES:
        mine = [c for c in courses if c.strategy == strategy.name]
        out[strategy.name] = {}
        for what in ("precision", "revenue", "fresh"):
            for part, weeks in parts.items():
                means = [float(np.mean(getattr(c, what)[weeks])) for c in mine]
                out[strategy.name][f"{what} {part}"] = (float(np.mean(means)), min(means), max(means))
        blind = [_blind(c.fresh[changed:]) for c in mine]
        out[strategy.name]["weeks blind"] = (float(np.mean(blind)), float(min(blind)), float(max(blind)))
    return out


def _blind(fresh: Sequence[float]) -> int:
    """Weeks from the change until it is seen; all of them when it never is."""
    over = [float(np.mean(fresh[max(0, n - OVER + 1) : n + 1])) for n in range(len(fresh))]
    return next((n for n, found in enumerate(over) if found >= SEEN), len(fresh))


def course(run: Run, strategy: Strategy) -> Course:
    """One strategy over one run: warm weeks with a random part opened, then week by week score, choose, open, remember, learn."""
    day = run.scene.declared.day
    dice = np.random.default_rng([run.seed, *strategy.name.encode()])
    pupil = _Pupil(run)
    weeks = int(day.max() + 1) // WEEK
    if weeks <= WARM_WEEKS + RECOVERED:
        raise TargetingProblem(f"A run of {weeks} weeks is too short: {WARM_WEEKS + RECOVERED + 1} are needed")
    for week in range(WARM_WEEKS):
        at = np.flatnonzero(day // WEEK == week)
        pupil.open(at, at[dice.random(len(at)) < WARM_SHARE])
    share, seen = strategy.explore, np.zeros(2)
    told: list[tuple[float, ...]] = []
    looks = finds = 0
    true: list[float] = []
    for week in range(WARM_WEEKS, weeks):
        at = np.flatnonzero(day // WEEK == week)
        rows, sure, money = pupil.score(at)
        k = max(4, round(len(at) * OPENED))
        chosen, random, _ = choose(rows, dialled(sure, money, DIAL), (sure, money), k, share, strategy, dice)
        told.append((*_reached(run, at, chosen), share))
        if strategy.explore:
            looks, finds = looks + len(random), finds + int(run.found[at[random]].sum())
            true.extend(run.found[at])
        if strategy.adaptive:
            hit = run.found[at[random]]
            seen += SMOOTH * (np.array([hit.sum(), hit[sure[random] < SURPRISE].sum()]) - seen)
            share = LEAST + (MOST - LEAST) * float(seen[1] / seen[0] if seen[0] else 0.0)
        pupil.open(at, at[chosen])
    measured = true_rate(finds, looks) if looks else None
    parts = [tuple(float(t[n]) for t in told) for n in range(4)]
    return Course(strategy.name, run.seed, *parts, measured, float(np.mean(true)) if true else 0.0)


def choose(
    rows: Any, rank: Floats, said: tuple[Floats, Floats], k: int, share: float, strategy: Strategy, dice: Any
) -> tuple[Ints, Ints, Ints]:
    """What to open: `k` rows of the week, of which `share` explore and the rest stand highest in `rank`. Also which of them the random floor drew, and which stood highest."""
    many = round(k * share)
    floor = min(many, max(1, round(len(rank) * FLOOR))) if many else 0
    random = dice.permutation(len(rank))[: floor if strategy.chosen else many]
    free = np.ones(len(rank), bool)
    free[random] = False
    likely = [i for i in np.argsort(-rank, kind="stable") if free[i]][: k - many]
    free[likely] = False
    unsure = np.array([], int)
    if strategy.chosen and many > len(random):
        unsure = diverse(rows, *said, np.flatnonzero(free), many - len(random), dice)
    likely = np.array(likely, int)
    return np.concatenate([random, likely, unsure]).astype(int), random, likely


def diverse(rows: Any, sure: Floats, money: Floats, free: Ints, many: int, dice: Any) -> Ints:
    """Rows that would teach most, each other than the rest: k-means++ over directions of the features, as long as the model is unsure and
    the money is large (the idea of gATE)."""
    x = rows[free].astype(float)
    x = (x - x.mean(axis=0)) / (x.std(axis=0) + 1e-9)
    x = np.clip(x, -4, 4) @ np.random.default_rng(0).normal(0, 1 / np.sqrt(DIRECTIONS), (x.shape[1], DIRECTIONS))
    weigh = (sure[free] * (1 - sure[free])) ** 0.25 * np.log1p(money[free])
    x = x * weigh[:, None]
    taken: list[int] = []
    apart = (x**2).sum(axis=1)
    for _ in range(min(many, len(free))):
        odds = apart / apart.sum() if apart.sum() > 0 else np.full(len(free), 1 / len(free))
        one = int(dice.choice(len(free), p=odds))
        taken.append(one)
        apart = np.minimum(apart, ((x - x[one]) ** 2).sum(axis=1))
        apart[one] = 0.0
    return free[np.array(taken, int)]


def _reached(run: Run, at: Ints, chosen: Ints) -> tuple[float, float, float]:
    """Precision and revenue of what was opened, against what opening the best would have reached; and the part of the fresh revenue."""
    found, lost = run.found[at], run.lost[at] * run.found[at]
    k = len(chosen)
    fresh = lost * run.fresh[at]
    hits, money = min(k, found.sum()), np.sort(lost)[::-1][:k].sum()
    return (
        float(found[chosen].sum() / hits) if hits else 1.0,
        float(lost[chosen].sum() / money) if money else 1.0,
        float(fresh[chosen].sum() / fresh.sum()) if fresh.sum() else 0.0,
    )


class _Pupil:
    """A model that learns every week from what was opened so far; the features of a row are those of its own week."""

    def __init__(self, run: Run) -> None:
        self.run, self.memory = run, Memory(run.scene, 0.03)
        self.rows = np.empty((len(run.found), len(NAMES)), np.float32)
        self.opened = np.zeros(len(run.found), bool)
        self.model: Expected | None = None

    def score(self, at: Ints) -> tuple[Any, Floats, Floats]:
        """Features, probability and expected revenue of this week's rows."""
        self.rows[at] = self.memory.rows(at)
        day = self.run.scene.declared.day
        if self.model is not None and int(day[at[0]]) // WEEK % AGAIN:
            sure = self.model.probability(self.rows[at])
            return self.rows[at], sure, self.run.scene.stake[at]
        past = np.flatnonzero(self.opened & (day >= day[at[0]] - REMEMBERED))
        try:
            self.model = learn(
                self.rows[past], self.run.found[past], self.run.lost[past], self.run.seed, settings=QUICK, whole=True
            )
        except TargetingProblem:
            if self.model is None:
                raise
        sure = self.model.probability(self.rows[at])
        return self.rows[at], sure, self.run.scene.stake[at]

    def open(self, at: Ints, chosen: Ints) -> None:
        """Results of the rows that were opened; of the others nothing is told."""
        if not self.opened[at].any() and self.model is None:
            self.rows[at] = self.memory.rows(at)
        self.opened[chosen] = True
        self.memory.add(np.sort(chosen), self.run.found[np.sort(chosen)])
