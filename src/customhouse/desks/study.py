"""Something tried on all that is stored, from a page: at once where there is little to go through, else in the background with its
progress. The answer is kept for a day, in all processes, and recorded nowhere: it decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Generic, TypeVar

import msgspec
from django.core.cache import cache

from customhouse.desks import background
from customhouse.offices.risk.backtest import Of
from customhouse.registry import reader
from customhouse.stream import trials

AT_ONCE = 1_000
"""Declarations and parcels that are gone through while somebody waits for the page."""
KEPT = 86_400  # seconds that an answer is remembered
A = TypeVar("A", bound=msgspec.Struct)


class Study(Generic[A]):
    """What is asked of the past under a name, each with a key of its own, and what an answer is made of."""

    def __init__(self, name: str, answer: type[A]) -> None:
        self.name, self.type = name, answer

    def begin(
        self,
        key: str,
        time: tuple[date, date],
        of: Of,
        work: Callable[[trials.Tick], A],
        expected: tuple[type[Exception], ...],
    ) -> bool:
        """Begin; False where it goes on in the background. Sums over all of customs, whoever asks: they name no person. Faults that
        are `expected` are raised, or told by `progress`."""

        def whole(tick: trials.Tick) -> None:
            with reader.system():
                cache.set(self._key(key), msgspec.json.encode(work(tick)), KEPT)

        with reader.system():
            many = trials.count(*time, of)
        if many <= AT_ONCE:
            whole(lambda _: None)
            return True
        background.begin(self._running(key), many, lambda done: whole(background.summed(done)), expected)
        return False

    def answer(self, key: str) -> A | None:
        """The last answer, while it is remembered."""
        found = cache.get(self._key(key))
        try:
            return msgspec.json.decode(found, type=self.type) if found else None
        except msgspec.ValidationError:  # of an edition before
            return None

    def progress(self, key: str) -> dict[str, Any] | None:
        """How far it is (`background.progress`)."""
        return background.progress(self._running(key))

    def _key(self, key: str) -> str:
        return f"{self.name}-impact-{key}"

    def _running(self, key: str) -> str:
        return f"{self.name}-tried-{key}"
