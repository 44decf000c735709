"""Work asked for on a page that goes on in the background: how far it is, and the fault that ended it, as the page asks for them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.db import connections

from customhouse.registry import reader

log = logging.getLogger(__name__)
KEPT = 3600  # seconds that progress is remembered
Done = Callable[[int], None]
"""Is told how many are gone through in all."""


def begin(key: str, many: int, work: Callable[[Done], object], expected: tuple[type[Exception], ...]) -> None:
    """Begin the work on so many, for whoever reads now, unless it goes on under this key already. Faults that are `expected` are
    told as they are; any other is logged too."""
    if cache.add(key, {"done": 0, "of": many}, KEPT):
        threading.Thread(target=_run, args=(key, many, work, expected, reader.current()), daemon=True).start()


def progress(key: str) -> dict[str, Any] | None:
    """How far it is: done, of, per cent; or the fault that ended it, which is told once. None where nothing goes on."""
    found: dict[str, Any] | None = cache.get(key)
    if found is None:
        return None
    if "fault" in found:
        cache.delete(key)
        return found
    return {**found, "per_cent": min(99, found["done"] * 100 // max(1, found["of"]))}


def summed(done: Done) -> Callable[[int], None]:
    """For work that tells how many more are gone through."""
    gone = 0

    def tick(n: int) -> None:
        nonlocal gone
        gone += n
        done(gone)

    return tick


def _run(
    key: str, many: int, work: Callable[[Done], object], expected: tuple[type[Exception], ...], who: reader.Reader
) -> None:
    told = time.monotonic()

    def done(gone: int) -> None:
        nonlocal told
        if time.monotonic() - told > 1:
            told = time.monotonic()
            cache.set(key, {"done": gone, "of": many}, KEPT)

    try:
        with reader.reading(who):
            work(done)
        cache.delete(key)
    except expected as fault:
        cache.set(key, {"fault": str(fault)}, KEPT)
    except Exception as fault:
        log.exception("%s ended", key)
        cache.set(key, {"fault": f"{type(fault).__name__}: {fault}"}, KEPT)
    finally:
        connections.close_all()
