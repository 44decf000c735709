"""What was judged while a value was made: the words are those of `law.valuation.CHECKS`."""

from __future__ import annotations

from customhouse.law.valuation import CHECKS
from customhouse.record.valuation import Unmet


class Checks:
    """The checks of an item or of a shipment: those that are met, by name, and those that are not, with the reason."""

    __slots__ = ("met", "unmet")

    def __init__(self) -> None:
        self.met: list[str] = []
        self.unmet: list[Unmet] = []

    def doubt(self, id: str, why: str, hint: str = "") -> None:
        self.unmet.append(Unmet(id, why, hint, CHECKS[id]))
