"""Numbers with a form and a check: the ground of MRN, GRN, container numbers and the like. Parse, don't wrap."""

from __future__ import annotations

from operator import mul
from typing import Self

from customhouse.kernel.problem import Problem


class InvalidNumber(ValueError):
    """A number that is not what it claims to be: which kind, what was found, what is wrong with it."""

    def __init__(self, label: str, text: str, wrong: str) -> None:
        self.label, self.text, self.wrong = label, text, wrong
        super().__init__(f"{text!r} is no {label}: {wrong}")

    def problem(self, where: str = "") -> Problem:
        """The same as a Problem at `where`."""
        return Problem(
            "InvalidNumber", f"This is no {self.label}", where, self.wrong[:1].upper() + self.wrong[1:], self.text[:40]
        )


class CheckedNumber(str):
    """A string that can only be made by its `parse`, so that whoever holds one knows that it was checked."""

    __slots__ = ()
    label = "number"

    @classmethod
    def parse(cls, text: str) -> Self:
        raise InvalidNumber(cls.label, text, "this kind of number has no form")

    @classmethod
    def is_valid(cls, text: str) -> bool:
        try:
            cls.parse(text)
        except InvalidNumber:
            return False
        return True


def _values() -> dict[str, int]:
    """Digits count as themselves; letters from A = 10 upwards, leaving out the multiples of eleven (ISO 6346)."""
    numbers = (n for n in range(10, 39) if n % 11)
    return {**{str(d): d for d in range(10)}, **dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", numbers, strict=True))}


ISO6346_VALUES = _values()
POWERS = tuple(1 << n for n in range(64))


def iso6346_check(text: str) -> str:
    """Check digit of ISO 6346 over capital letters and digits: sum of value x 2^i, modulo 11, where 10 counts as 0."""
    return str(sum(map(mul, map(ISO6346_VALUES.__getitem__, text), POWERS)) % 11 % 10)
