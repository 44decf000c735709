"""What is known of a share after some looks: the Beta distribution, its intervals and upper limits.

Jeffreys' prior Beta(1/2, 1/2) throughout: its equal-tailed intervals cover about what they promise, also for few finds (Brown, Cai and
DasGupta, Interval estimation for a binomial proportion, Statistical Science 16, 2001).
"""

from __future__ import annotations

from math import exp, lgamma, log, log1p

import msgspec

PRIOR = 0.5
LEVEL = 0.95
TINY = 1e-300
STEPS = 300


class Share(msgspec.Struct, frozen=True):
    """A share between 0 and 1: the middle of what is thought likely and the ends of its interval, from `looks` with `finds`."""

    looks: int
    finds: int
    middle: float
    low: float
    high: float


def jeffreys(finds: int, looks: int, level: float = LEVEL) -> Share:
    """The share of finds among all that could have been looked at. Without a look everything is possible: 0 to 1."""
    _check(finds, looks)
    if not looks:
        return Share(0, 0, 0.5, 0.0, 1.0)
    a, b = finds + PRIOR, looks - finds + PRIOR
    tail = (1 - level) / 2
    low = 0.0 if not finds else quantile(tail, a, b)
    high = 1.0 if finds == looks else quantile(1 - tail, a, b)
    return Share(looks, finds, a / (a + b), low, high)


def upper(finds: int, looks: int, level: float = LEVEL) -> float:
    """The exact one-sided upper limit (Clopper and Pearson); without finds it is near 3 / looks, the rule of three."""
    _check(finds, looks)
    return 1.0 if finds >= looks else quantile(level, finds + 1, looks - finds)


def _check(finds: int, looks: int) -> None:
    if not 0 <= finds <= looks:
        raise ValueError(f"{finds} finds in {looks} looks: finds are part of the looks")


def below(x: float, a: float, b: float) -> float:
    """The probability that a Beta(a, b) share is below `x` (the regularised incomplete beta function)."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of it, by Lentz (DLMF 8.17.22)."""
    c, d = 1.0, 1 / _far(1 - (a + b) * x / (a + 1))
    told = d
    for m in range(1, STEPS):
        for part in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _far(1 + part * d)
            c = _far(1 + part / c)
            told *= c * d
        if abs(c * d - 1) < 1e-12:
            break
    return told


def _far(x: float) -> float:
    return x if abs(x) > TINY else TINY


def quantile(p: float, a: float, b: float) -> float:
    """The share below which a Beta(a, b) lies with probability `p`, by halving."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if below(middle, a, b) < p:
            low = middle
        else:
            high = middle
        if high - low < 1e-10 * high:
            break
    return (low + high) / 2
