"""Board C: a year of trade with actors, networks, drift and true revenue, where everything that happened is known.

Everybody learns from the earlier months and orders the later ones; every row is examined afterwards, so precision, recall and revenue are
exact for what was scored. Past results are known to all as of the day before. Intervals come from drawing whole days again; differences
are taken within the same draws. Where the rows come from is not this module's business.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from customhouse.labs.targeting import kernels, rivals
from customhouse.labs.targeting.boards import DRAW_KEY, RANDOM_SHARE_PPM
from customhouse.labs.targeting.declared import Declared, Floats, Ints
from customhouse.labs.targeting.expected import Expected, learn
from customhouse.labs.targeting.fault import TargetingProblem
from customhouse.labs.targeting.measures import WITHIN, Rate, auc, ece, order, true_rate
from customhouse.labs.targeting.moment import Scene, asof, of_days
from customhouse.labs.targeting.weeks import Online
from customhouse.offices.risk import draw

OPENED = (1, 2, 5, 10)
TIMES = 200
OURS, ORACLE = "our model", "oracle"
NEAR = 0.9
"""What share of the oracle's precision, recall and revenue the house asks of itself."""
CURVE = (0.5, *range(1, 21))
KINDS_AT = 5
BAGS = 2
ORDERS = ("by probability", "by expected revenue")
FIRST, AGAIN = "of a firm with no find before", "of a firm found before"


class Trial(msgspec.Struct, frozen=True):
    """Rows in the order of their days, and what is known of them afterwards: `found` (1 or 0), `lost` revenue in the money of
    the price, `kind` in words, the oracle's `chance` and `worth`. Learned from: days `warm` to `edge`; scored: from `edge` on."""

    declared: Declared
    found: Any
    lost: Any
    kind: Any
    chance: Any
    worth: Any
    warm: int
    edge: int


class Ranked(msgspec.Struct, frozen=True):
    """How well one of them ordered: measures by order (`ORDERS`) with intervals, and the curves of precision (by
    probability) and revenue (by expected revenue)."""

    name: str
    values: dict[str, dict[str, float]]
    intervals: dict[str, dict[str, tuple[float, float]]]
    precision: tuple[tuple[float, float], ...]
    revenue: tuple[tuple[float, float], ...]


class Ahead(msgspec.Struct, frozen=True):
    """By how much ours is ahead of a rival, with the interval of the difference."""

    by: float
    low: float
    high: float


class BoardC(msgspec.Struct, frozen=True):
    """The whole board. `ahead[rival][measure]`; `near[measure]`: our share of the oracle's; `kinds`: what part of each kind of irregularity, and of those of
    firms with and without an earlier find, is found when 5 % are opened, by us and by the oracle; `random` is what a random share would have said of the true `rate`."""

    learned: int
    scored: int
    rate: float
    ranked: tuple[Ranked, ...]
    ahead: dict[str, dict[str, Ahead]]
    near: dict[str, float]
    kinds: dict[str, tuple[int, float, float]]
    auc: float
    ece: float
    random: Rate
    online: Online | None = None
    name: str = "C"

    def misses(self) -> list[str]:
        """The bars that are not reached, in words."""
        out = [
            f"{measure}: {rival} is ahead of our model by {-ahead.by:.4f}"
            for rival, measures in self.ahead.items()
            for measure, ahead in measures.items()
            if ahead.by <= 0
        ]
        out += [
            f"{measure}: {share:.1%} of the oracle's, the bar is {NEAR:.0%}"
            for measure, share in self.near.items()
            if share < NEAR
        ]
        return out + (self.online.misses() if self.online else [])


Tell = Callable[[str], None]


def board_c(trial: Trial, seed: int = 1, tell: Tell = lambda _: None) -> tuple[BoardC, Expected]:
    """Learn, score and measure. Raises TargetingProblem when either part holds too little."""
    day = trial.declared.day
    learned, scored = of_days(trial.declared, trial.warm, trial.edge), day >= trial.edge
    if not scored.any() or not trial.found[scored].sum() or not trial.lost[scored].sum():
        raise TargetingProblem("The later months hold no irregularity to be found; ask for more rows or days")
    tell("Board C: features of the moment")
    scene = Scene(trial.declared)
    mean = float(trial.found[learned].mean())
    rows = asof(scene, trial.found, mean)
    tell("Board C: our model learns")
    model = learn(rows[learned], trial.found[learned], trial.lost[learned], seed, bags=BAGS)
    sure = model.probability(rows[scored])
    answers: dict[str, rivals.Answer] = {OURS: (sure, model.revenue(rows[scored], sure))}
    answers |= _rivals(trial, scene, mean, learned, scored, seed, tell)
    answers[ORACLE] = (trial.chance[scored], trial.worth[scored])
    return _measured(trial, scored, answers, (int(learned.sum()), _found_before(scene, trial.found)[scored])), model


def _found_before(scene: Scene, found: Floats) -> Any:
    """Whether anything had been found with the row's importer on an earlier day."""
    finds, looks = np.zeros(len(found)), np.zeros(len(found))
    kernels.before(scene.codes(("importer",)), scene.declared.day, scene.order, found, finds, looks)
    return finds > 0


def _rivals(
    trial: Trial, scene: Scene, mean: float, learned: Any, scored: Any, seed: int, tell: Tell
) -> dict[str, rivals.Answer]:
    plain = rivals.never_fading(scene, trial.found, mean)
    made: dict[str, Callable[[], rivals.Answer]] = {
        "price rule": lambda: rivals.price_rule(scene, scored),
        "importer's history": lambda: rivals.importer_rule(plain, scene, scored),
        "isolation forest": lambda: rivals.isolation(plain, scene, learned, scored, seed),
        "gradient boosting": lambda: rivals.boosting(plain, scene, trial.found, learned, scored, seed),
        "DATE, our own making": lambda: rivals.dual(plain, scene, trial.found, trial.lost, learned, scored, seed),
    }
    out = {}
    for name, answer in made.items():
        tell(f"Board C: {name}")
        out[name] = answer()
    return out


def _measured(trial: Trial, scored: Any, answers: dict[str, rivals.Answer], before: tuple[int, Any]) -> BoardC:
    found, lost = trial.found[scored], trial.lost[scored]
    orders = {name: [order(a) for a in answer] for name, answer in answers.items()}
    draws = _draws(trial.declared.day[scored])
    told = {name: [_draws_of(o, found, lost, draws) for o in both] for name, both in orders.items()}
    ours, rate = answers[OURS][0], float(found.mean())
    drawn = np.array([draw(DRAW_KEY, i) < RANDOM_SHARE_PPM for i in _ids(trial.declared, scored)])
    irregular = found > 0
    parts = {str(k): trial.kind[scored] == k for k in np.unique(trial.kind[scored][irregular])}
    parts |= {FIRST: irregular & ~before[1], AGAIN: irregular & before[1]}
    return BoardC(
        before[0],
        int(scored.sum()),
        rate,
        tuple(_ranked(name, orders[name], told[name], found, lost) for name in answers),
        {name: _ahead(told[OURS], told[name]) for name in answers if name not in (OURS, ORACLE)},
        _near(told[OURS], told[ORACLE]),
        _kinds(parts, orders),
        auc(found, ours),
        ece(found, ours),
        true_rate(int(found[drawn].sum()), int(drawn.sum())),
    )


def _ids(declared: Declared, rows: Any) -> list[str]:
    return [declared.ids[i] for i in np.flatnonzero(rows)]


def _draws(day: Ints) -> Any:
    """How often each row stands in each draw: once in the first, then as often as its day is drawn."""
    _, at, many = np.unique(day, return_inverse=True, return_counts=True)
    dice = np.random.default_rng(0)
    days = np.stack([np.bincount(dice.integers(0, len(many), len(many)), minlength=len(many)) for _ in range(TIMES)])
    return np.concatenate([np.ones((1, len(day)), np.int32), days[:, at.reshape(-1)].astype(np.int32)])


def _draws_of(down: Ints, found: Floats, lost: Floats, draws: Any) -> dict[str, Floats]:
    """Every measure in every draw; the first is the truth."""
    out: dict[str, list[float]] = {f"{what}@{share}": [] for what in ("p", "r", "rev") for share in OPENED}
    hit, money = found[down], (lost * found)[down]
    for weight in draws:
        w = weight[down]
        opened, hits, sums = w.cumsum(), (w * hit).cumsum(), (w * money).cumsum()
        for share in OPENED:
            k = int(np.searchsorted(opened, max(1, round(opened[-1] * share / 100))))
            out[f"p@{share}"].append(hits[k] / opened[k])
            out[f"r@{share}"].append(hits[k] / hits[-1])
            out[f"rev@{share}"].append(sums[k] / sums[-1])
    return {name: np.array(v) for name, v in out.items()}


def _ranked(name: str, orders: list[Ints], told: list[dict[str, Floats]], found: Floats, lost: Floats) -> Ranked:
    spans = [{n: tuple(float(x) for x in np.percentile(v[1:], WITHIN)) for n, v in one.items()} for one in told]
    precision, revenue = [], []
    hits, money = found[orders[0]].cumsum(), (lost * found)[orders[1]].cumsum()
    for share in CURVE:
        k = max(1, round(len(found) * share / 100))
        precision.append((float(share), float(hits[k - 1] / k)))
        revenue.append((float(share), float(money[k - 1] / money[-1])))
    return Ranked(
        name,
        {o: {n: float(v[0]) for n, v in one.items()} for o, one in zip(ORDERS, told, strict=True)},
        dict(zip(ORDERS, spans, strict=True)),
        tuple(precision),
        tuple(revenue),
    )


def compared(told: list[dict[str, Floats]]) -> dict[str, Floats]:
    """What two are compared by: precision and recall in the order of probability, revenue in that of expected revenue."""
    return {n: told[1 if n.startswith("rev") else 0][n] for n in told[0]}


def _ahead(ours: list[dict[str, Floats]], theirs: list[dict[str, Floats]]) -> dict[str, Ahead]:
    mine, other = compared(ours), compared(theirs)
    out = {}
    for name in mine:
        by = mine[name] - other[name]
        low, high = np.percentile(by[1:], WITHIN)
        out[name] = Ahead(float(by[0]), float(low), float(high))
    return out


def _near(ours: list[dict[str, Floats]], oracle: list[dict[str, Floats]]) -> dict[str, float]:
    mine, best = compared(ours), compared(oracle)
    return {n: float(mine[n][0] / best[n][0]) if best[n][0] else 1.0 for n in mine if not n.startswith("r@")}


def _kinds(parts: dict[str, Any], orders: dict[str, list[Ints]]) -> dict[str, tuple[int, float, float]]:
    """How many rows are in each part of the irregular ones, and the share of them among the 5 % that we and the oracle would open."""
    out = {}
    for name, is_it in parts.items():
        top = max(1, round(len(is_it) * KINDS_AT / 100))
        shares = [float(is_it[orders[who][0][:top]].sum() / max(1, is_it.sum())) for who in (OURS, ORACLE)]
        out[name] = (int(is_it.sum()), shares[0], shares[1])
    return out
