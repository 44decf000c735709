"""In turn: declarations that wait for a register are answered first come, first served, by one at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable

from customhouse.record.declaration import HoldKind
from customhouse.registry import reader, turn, worklist

log = logging.getLogger(__name__)


def answer_held(kind: HoldKind, answer: Callable[[int], bool], upto: int | None = None) -> int:
    """Answer every declaration held for `kind` (numbered up to `upto`); for how many `answer` says that it did.

    Does nothing while somebody else is at it. One that cannot be answered does not keep the others waiting.
    """
    answered = 0
    with reader.system(), turn.alone("what waits", kind.value) as mine:
        for number in worklist.held(kind.value, upto) if mine else ():
            try:
                answered += answer(number)
            except Exception:
                log.exception("declaration %s waits on for the register of its %s", number, kind.value)
    return answered
