"""What a model of trade with actors has to beat, each on fair terms: the same rows, the same results known on the same day.

Rules of officers (price, importer's history), an isolation forest, gradient boosting on the features that the literature gives it, and
our own making of DATE. Each answers with the probability, or a score that orders, and what it expects in money.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from customhouse.labs.targeting.declared import Flags, Floats
from customhouse.labs.targeting.dual import Dual
from customhouse.labs.targeting.expected import FINDS, thinned
from customhouse.labs.targeting.forest import of_catboost
from customhouse.labs.targeting.moment import NAMES, PRICES, Scene, asof
from customhouse.labs.targeting.side import odds

Answer = tuple[Floats, Floats]

NEVER_FADES = 1e7
FLAGS = ("importer", "declarant", "seller", "office", "hs", "origin", "hs+origin", "importer+hs", "importer+origin")
"""Kinds whose past rate of finds the literature gives to gradient boosting and DATE (risk flags)."""

PLAIN = (
    "log_mass", "log_price", "log_unit", "rate", "favoured", "routed", "weekday", "log_stake", "unit_to_hs", "unit_to_usual",
    *(f"rate:{f}" for f in FLAGS),
)  # fmt: skip
WITHOUT_RESULTS = ("log_mass", "log_price", "log_unit", "rate", "rate_gap", "routed", *PRICES)
DATE_TREES = {"iterations": 50, "depth": 4, "learning_rate": 0.2}


def columns(names: tuple[str, ...]) -> list[int]:
    """Where features stand."""
    return [NAMES.index(n) for n in names]


def price_rule(scene: Scene, scored: Flags) -> Answer:
    """Cheap first, against the usual price of code and origin; in money the duty on what seems to be missing."""
    off, stake = scene.unit_off[scored], scene.stake[scored]
    return -off, stake * np.maximum(np.exp(np.clip(-off, -5, 5)) - 1, 0)


def importer_rule(plain: Any, scene: Scene, scored: Flags) -> Answer:
    """The importer's own rate of finds until the day before; in money that times the duty at stake."""
    rate = plain[scored, NAMES.index("rate:importer")].astype(float)
    return rate, rate * scene.stake[scored]


def isolation(plain: Any, scene: Scene, learned: Flags, scored: Flags, seed: int) -> Answer:
    """How odd a row is (Liu, Ting and Zhou 2008), by its numbers and prices; knows no results."""
    from sklearn.ensemble import IsolationForest

    use = columns(WITHOUT_RESULTS)
    made = IsolationForest(n_estimators=100, random_state=seed, n_jobs=1).fit(plain[learned][:, use])
    odd = -made.score_samples(plain[scored][:, use])
    return odd, odd * scene.stake[scored]


def never_fading(scene: Scene, found: Floats, mean: float) -> Any:
    """All features with plain, unfading rates, as of the day before: for rules and rivals."""
    return asof(scene, found, mean, NEVER_FADES)


def boosting(plain: Any, scene: Scene, found: Floats, learned: Flags, scored: Flags, seed: int) -> Answer:
    """Gradient boosting as the literature feeds it, with the settings of our own model; in money times the duty at stake."""
    use = columns(PLAIN)
    forest = _forest(plain[learned][:, use], found[learned], FINDS, seed)
    sure = odds(forest.margin(np.ascontiguousarray(plain[scored][:, use])))
    return sure, sure * scene.stake[scored]


def dual(plain: Any, scene: Scene, found: Floats, lost: Floats, learned: Flags, scored: Flags, seed: int) -> Answer:
    """Our own DATE on the same features; its second head orders by revenue."""
    use = columns(PLAIN)
    rows = np.ascontiguousarray(plain[:, use])
    forest = _forest(rows[learned], found[learned], DATE_TREES, seed)
    importers, codes = scene.codes(("importer",)), scene.codes(("hs",))
    kept, weight = thinned(found[learned], seed)
    at = np.flatnonzero(learned)[kept]
    made = Dual(forest, importers[at], codes[at], seed)
    made.fit(made.places(rows[at], importers[at], codes[at]), found[at], lost[at], weight)
    return made.answer(made.places(rows[scored], importers[scored], codes[scored]))


def _forest(rows: Any, found: Floats, settings: dict[str, Any], seed: int) -> Any:
    from catboost import CatBoostClassifier

    kept, weight = thinned(found, seed)
    made = CatBoostClassifier(thread_count=1, verbose=0, allow_writing_files=False, random_seed=seed, **settings)
    return of_catboost(made.fit(rows[kept], found[kept], sample_weight=weight))
