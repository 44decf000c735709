"""The model of trade with actors: the probability of a find, and the revenue an examination is expected to bring.

Two forests on the features of the moment (`moment`): one learns from every examined row whether something is found, the other from the finds
how much. Both are oblivious trees, so both score fast and explain exactly.
"""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from customhouse.labs.targeting.declared import Floats
from customhouse.labs.targeting.fault import TargetingProblem
from customhouse.labs.targeting.forest import Forest, Tree, of_catboost
from customhouse.labs.targeting.side import odds

FINDS = {"iterations": 400, "depth": 6, "learning_rate": 0.06}
WORTH = {"iterations": 250, "depth": 5, "learning_rate": 0.07}
QUICK = {"iterations": 50, "depth": 4, "learning_rate": 0.2, "border_count": 32}
"""For a model that is trained again every other week."""

KEPT = 0.4  # of the rows without a find are learned from, at as much more weight
FEWEST_FINDS = 15


class Expected(msgspec.Struct, frozen=True):
    """The two forests; `worth` speaks in logarithms of revenue, `smear` (Duan 1983) brings its mean back to money."""

    finds: Forest
    worth: Forest | None
    smear: float

    def probability(self, rows: Any) -> Floats:
        """The probability of a find."""
        return odds(self.finds.margin(rows))

    def revenue(self, rows: Any, probability: Floats | None = None) -> Floats:
        """What an examination is expected to bring, in the money that it was trained with."""
        sure = self.probability(rows) if probability is None else probability
        return sure * np.exp(self.worth.margin(rows)) * self.smear if self.worth is not None else sure


def learn(
    rows: Any,
    found: Floats,
    lost: Floats,
    seed: int = 1,
    *,
    bags: int = 1,
    settings: dict[str, Any] | None = None,
    whole: bool = False,
) -> Expected:
    """Learn from examined rows: what was found (1 or 0) and the revenue lost of each. `bags` forests are averaged; `whole`
    learns from every row and leaves out the revenue, for models that live a week.

    Raises TargetingProblem when there are fewer finds than can be learned from.
    """
    if found.sum() < FEWEST_FINDS or found.sum() > len(found) - FEWEST_FINDS:
        raise TargetingProblem(
            f"{len(found)} examined rows with {found.sum():.0f} finds are too few to learn from: {FEWEST_FINDS} of each kind are needed"
        )
    kept = 1.0 if whole else KEPT
    made = [_finds(rows, found, seed + bag, settings or FINDS, kept) for bag in range(bags)]
    paid = (found > 0) & (lost > 0)
    if whole or paid.sum() < FEWEST_FINDS:
        return Expected(mean_of(made), None, 1.0)
    logs = np.log(lost[paid])
    worth = of_catboost(_catboost("CatBoostRegressor", seed, WORTH).fit(rows[paid], logs))
    smear = float(np.exp(np.clip(logs - worth.margin(rows[paid]), -5, 5)).mean())
    return Expected(mean_of(made), worth, smear)


def mean_of(forests: list[Forest]) -> Forest:
    """One forest whose margin is the mean of theirs."""
    share = 1 / len(forests)
    trees = tuple(
        Tree(t.features, t.borders, tuple(v * share for v in t.values), t.weights) for f in forests for t in f.trees
    )
    return Forest(trees, sum(f.start for f in forests) * share)


def thinned(found: Floats, seed: int, share: float = KEPT) -> tuple[Any, Floats]:
    """Which rows to learn from, and their weights: all finds, and a share of the others that speaks for all of them."""
    kept = (found > 0) | (np.random.default_rng(seed).random(len(found)) < share)
    return kept, np.where(found > 0, 1.0, 1 / share)[kept]


def _finds(rows: Any, found: Floats, seed: int, settings: dict[str, Any], share: float) -> Forest:
    kept, weight = thinned(found, seed, share)
    made = _catboost("CatBoostClassifier", seed, settings)
    return of_catboost(made.fit(rows[kept], found[kept], sample_weight=weight))


def _catboost(name: str, seed: int, settings: dict[str, Any]) -> Any:
    import catboost

    return getattr(catboost, name)(thread_count=1, verbose=0, allow_writing_files=False, random_seed=seed, **settings)
