"""Commodity codes of the Harmonized System, with national extensions: 2, 4, 6, 8 or 10 digits."""

from __future__ import annotations

import re

from customhouse.kernel.number import CheckedNumber, InvalidNumber

RESERVED = ("00", "77")  # chapter 77 is kept free; there is no chapter 0


class HSCode(CheckedNumber):
    """A commodity code: chapter (2 digits), heading (4), subheading (6), national lines (8, 10). Dots and spaces are dropped."""

    __slots__ = ()
    label = "commodity code"

    @classmethod
    def parse(cls, text: str) -> HSCode:
        """Raises InvalidNumber unless the form is right and the chapter exists."""
        raw = re.sub(r"[\s.]", "", text)
        if not re.fullmatch(r"(\d\d){1,5}", raw, re.ASCII):
            raise InvalidNumber(cls.label, text, "it has 2, 4, 6, 8 or 10 digits")
        if raw[:2] in RESERVED or raw[:2] > "97":
            raise InvalidNumber(cls.label, text, f"there is no chapter {raw[:2]}")
        return cls(raw)

    @property
    def chapter(self) -> str:
        return str(self[:2])

    @property
    def heading(self) -> str:
        """Four digits, or empty when the code is shorter."""
        return str(self[:4]) if len(self) >= 4 else ""

    @property
    def subheading(self) -> str:
        """Six digits, or empty when the code is shorter."""
        return str(self[:6]) if len(self) >= 6 else ""

    def covers(self, other: str) -> bool:
        """Whether `other` falls under this code."""
        return other.startswith(self)
