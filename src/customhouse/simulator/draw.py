"""Chance that can be repeated: every draw of the simulated world comes from a seed that names what is drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """A source of chance named by its seed parts; the same parts give the same draws on every machine.

    Give each thing its own Draw (``Draw(seed, "trader", 7)``), so that a change in one corner of the world leaves the
    other corners as they were.
    """

    def __init__(self, *seed: object) -> None:
        self._random = Random("/".join(str(part) for part in seed))  # noqa: S311 - made-up trade, not secrets

    def chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both possible."""
        return self._random.randint(low, high)

    def between(self, low: float, high: float) -> float:
        return self._random.uniform(low, high)

    def around(self, middle: float, spread: float) -> float:
        """A positive number whose logarithm is normal around that of `middle` with deviation `spread`."""
        return middle * math.exp(self._random.gauss(0.0, spread))

    def one(self, things: Sequence[T]) -> T:
        return things[self._random.randrange(len(things))]

    def some(self, things: Sequence[T], count: int) -> list[T]:
        """`count` different ones, or all of them in another order when there are fewer."""
        return self._random.sample(list(things), min(count, len(things)))

    def weighted(self, weights: Mapping[T, float]) -> T:
        return self._random.choices(list(weights), list(weights.values()))[0]

    def count(self, mean: float) -> int:
        """How many events with this mean happen (Poisson)."""
        limit, product, found = math.exp(-mean), self._random.random(), 0
        while product > limit:
            product *= self._random.random()
            found += 1
        return found

    def digits(self, length: int) -> str:
        return "".join(self._random.choices("0123456789", k=length))

    def letters(self, length: int) -> str:
        return "".join(self._random.choices("ABCDEFGHJKLMNPRSTUVWXYZ", k=length))
