"""Whole numbers in columns, exactly: with every value goes what it cannot be below or above, and where a result might not fit
into 64 bits it is worked out in Python's own numbers."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

LEAST, MOST = -(2**63), 2**63 - 1
Mask = NDArray[np.bool_] | bool


class Number(NamedTuple):
    """A column of numbers or one number, and the bounds of what is in it."""

    value: Any
    low: int
    high: int

    @property
    def fits(self) -> bool:
        return self.low > LEAST and self.high <= MOST

    @property
    def exact(self) -> Any:
        """The value in Python's own numbers."""
        return self.value.astype(object) if isinstance(self.value, np.ndarray) else int(self.value)

    def rows(self, rows: Any) -> Number:
        """The values of some rows."""
        return Number(self.value[rows], self.low, self.high) if isinstance(self.value, np.ndarray) else self


def constant(value: int) -> Number:
    return Number(value, value, value)


def column(values: NDArray[Any]) -> Number:
    """A column with the bounds of its values."""
    if not len(values):
        return Number(values, 0, 0)
    return Number(values, int(values.min()), int(values.max()))


def added(a: Number, b: Number) -> Number:
    return _made(operator.add, a, b, a.low + b.low, a.high + b.high)


def less(a: Number, b: Number) -> Number:
    return _made(operator.sub, a, b, a.low - b.high, a.high - b.low)


def times(a: Number, b: Number) -> Number:
    corners = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
    return _made(operator.mul, a, b, min(corners), max(corners))


def negative(a: Number) -> Number:
    return less(constant(0), a)


def size(a: Number) -> Number:
    """The number without its sign."""
    low = 0 if a.low <= 0 <= a.high else min(abs(a.low), abs(a.high))
    high = max(abs(a.low), abs(a.high))
    return Number(abs(a.value if a.fits else a.exact), low, high)


def sign(a: Number) -> Number:
    """-1, 0 or 1."""
    if isinstance(a.value, np.ndarray):
        return Number((a.value > 0).astype(np.int64) - (a.value < 0).astype(np.int64), -1, 1)
    return constant((a.value > 0) - (a.value < 0))


def compared(how: Callable[[Any, Any], Any], a: Number, b: Number) -> Mask:
    """How two numbers compare, row by row; one answer where the bounds or two constants leave only one."""
    found = how(a.value, b.value)
    return np.asarray(found, bool) if isinstance(found, np.ndarray) else bool(found)


def _made(how: Callable[[Any, Any], Any], a: Number, b: Number, low: int, high: int) -> Number:
    made = Number(None, low, high)
    if made.fits and a.fits and b.fits:
        return made._replace(value=how(a.value, b.value))
    return made._replace(value=how(a.exact, b.exact))
