"""The model: what past trade says of the very same goods, blended with what is to be expected of goods never seen.

Where the goods tuple (code, countries, rate, tax type, mass) was never examined, the prior speaks alone. Where it was, half of
the answer is its own record, shrunk to the learned history, and half the learned history itself.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
import numpy as np

from customhouse.labs.targeting.declared import Declared, Floats
from customhouse.labs.targeting.fault import TargetingProblem
from customhouse.labs.targeting.features import LEVELS, Past, features, learn
from customhouse.labs.targeting.levels import REPEATED, looked
from customhouse.labs.targeting.side import HISTORY, PRIOR, Maker, Side, train

OWN = LEVELS.index(REPEATED[0])
SHRINK = 0.3  # looks that the learned history is worth beside the goods tuple's own
BATCH = 16_384
EPOCH = date(1970, 1, 1)


class Model(msgspec.Struct, frozen=True):
    """What the past says, the two halves, and what they were made from."""

    past: Past
    prior: Side
    history: Side
    rows: int
    finds: int
    first: date
    last: date
    seed: int

    @property
    def storable(self) -> bool:
        """Whether it consists of trees alone, which can be kept without a pickle."""
        return self.prior.forest is not None and self.history.forest is not None

    def rows_of(self, declared: Declared) -> Any:
        """The features of rows; they may be kept beside a score, to explain it again on appeal."""
        return features(declared, self.past)

    def own(self, declared: Declared) -> tuple[Floats, Floats]:
        """Finds and looks of each row's own goods tuple in the past."""
        return self.past.found[OWN].at(declared.together(REPEATED[0].columns))

    def probability(self, declared: Declared) -> Floats:
        """The probability that an examination would find something, 0 to 1; computed in batches."""
        parts = [self._batch(declared.part(at, at + BATCH)) for at in range(0, len(declared), BATCH)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _batch(self, declared: Declared) -> Floats:
        return self.of_rows(declared, self.rows_of(declared))

    def of_rows(self, declared: Declared, rows: Any) -> Floats:
        """The same for few rows whose features are worked out already."""
        finds, looks = self.own(declared)
        new = looks == 0
        out = np.empty(len(declared))
        out[new] = self.prior.probability(np.ascontiguousarray(rows[new, : self.past.before + PRIOR.width]))
        learned = self.history.probability(rows[~new])
        out[~new] = ((finds[~new] + SHRINK * learned) / (looks[~new] + SHRINK) + learned) / 2
        return out


def train_model(declared: Declared, seed: int = 1, make: Maker | None = None) -> Model:
    """Learn both halves from the rows that have a result.

    `make` gives another estimator for both. Raises TargetingProblem when the results are too few.
    """
    with_result = declared.take(looked(declared))
    if not len(with_result):
        raise TargetingProblem("No row has a result (found = 1 or 0), so there is nothing to learn from")
    return Model(
        learn(with_result),
        train(with_result, PRIOR, seed, make),
        train(with_result, HISTORY, seed, make),
        len(with_result),
        int(with_result.found.sum()),
        EPOCH + timedelta(int(with_result.day.min())),
        EPOCH + timedelta(int(with_result.day.max())),
        seed,
    )
