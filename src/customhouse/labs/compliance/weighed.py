"""Looks drawn with unequal but known chances, weighed so that they speak for all: exploration as well as the random draw.

Inverse propensity (Horvitz and Thompson 1952, as a ratio): a declaration that had one chance in twenty stands for twenty. The interval counts the
looks at what they are worth (Kish's effective sample size), in the Beta distribution as elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from customhouse.labs.compliance.beta import LEVEL, PRIOR, Share, quantile

PPM = 1_000_000


class Weighed(msgspec.Struct, frozen=True):
    """The rate among all, from looks of unequal chances; `worth` is how many equal looks they are worth."""

    share: Share
    worth: float


def chance_ppm(random_ppm: int, explored_ppm: int) -> int:
    """The chance of being drawn by at least one of two independent draws, in parts per million."""
    return PPM - (PPM - random_ppm) * (PPM - explored_ppm) // PPM


def weighed(drawn: Iterable[tuple[int, int, int]], level: float = LEVEL) -> Weighed | None:
    """(chance in ppm, looks, finds) of every chance that occurred -> the rate; None without a look.

    Raises ValueError for a chance that is not above 0 and at most a million: what could not be drawn has no weight.
    """
    looks = finds = 0
    all_, found, squares = 0.0, 0.0, 0.0
    for chance, n, y in drawn:
        if not 0 < chance <= PPM or not 0 <= y <= n:
            raise ValueError(f"{y} finds in {n} looks drawn with a chance of {chance} in a million")
        weight = PPM / chance
        looks, finds = looks + n, finds + y
        all_ += n * weight
        found += y * weight
        squares += n * weight * weight
    if not looks:
        return None
    rate, worth = found / all_, all_ * all_ / squares
    a, b = rate * worth + PRIOR, (1 - rate) * worth + PRIOR
    tail = (1 - level) / 2
    low = 0.0 if not finds else quantile(tail, a, b)
    high = 1.0 if finds == looks else quantile(1 - tail, a, b)
    return Weighed(Share(looks, finds, a / (a + b), low, high), worth)
