"""What a year is asked to be: its size, its seed, and whether fraud changes from one day to the next."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

KINDS = ("honest", "undervaluation", "misclassification", "origin", "weight", "splitting", "mistake")
"""What a row may be. A mistake costs revenue too, without intent; an examination finds it all the same."""

HONEST, UNDERVALUATION, MISCLASSIFICATION, ORIGIN, WEIGHT, SPLITTING, MISTAKE = range(len(KINDS))
EARLY, LATE = (UNDERVALUATION, WEIGHT, SPLITTING), (MISCLASSIFICATION, ORIGIN)
"""The kinds before and after the break of a drift run: first what shows in a low price or mass, then what does not."""

WEEK = 7
MONTH = 30.4


class Plan(msgspec.Struct, frozen=True):
    """How to make a year.

    `rows` is about how many goods items are declared over `days`. `break_day`: frauds of other kinds appear, committed by
    other firms, beside those known until then (a drift run); without it frauds come and go all the time.
    """

    seed: int = 1
    rows: int = 200_000
    days: int = 456
    break_day: int | None = None

    def dice(self, part: str) -> Any:
        """Chance for one part of the world, so that a change in one leaves the others as they were."""
        return np.random.default_rng([self.seed, *part.encode()])

    @property
    def firms(self) -> int:
        """Importers that are there or appear, before frauds add their own."""
        return max(150, self.rows // 45)
