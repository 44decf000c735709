"""The time for which something holds: half-open, so that what ends on a day and what begins on it never overlap."""

from __future__ import annotations

from datetime import date

import msgspec


class Validity(msgspec.Struct, frozen=True, gc=False):
    """From `start` (included) to `until` (excluded); None means without end."""

    start: date
    until: date | None = None

    def __post_init__(self) -> None:
        if self.until is not None and self.until <= self.start:
            raise ValueError(f"validity ends on {self.until}, not after it begins on {self.start}")

    def contains(self, day: date) -> bool:
        return self.start <= day and (self.until is None or day < self.until)

    def overlaps(self, other: Validity) -> bool:
        return (other.until is None or self.start < other.until) and (self.until is None or other.start < self.until)
