"""Back-tests asked for on the desk: at once where there is little to go through, else in the background with its progress.

In columns where numpy is installed (`stream.trials`), else one by one; both give the same answer.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connections

from customhouse.clearance import criterion as office
from customhouse.law.rules.syntax import RuleError
from customhouse.offices.risk.backtest import BackTest, Limits, Of, Trial
from customhouse.record.criterion import NotPermittedStep, Version
from customhouse.record.lanes import Lane
from customhouse.registry import lawbook, reader
from customhouse.stream import trials as columns
from customhouse.stream.trials import NotInColumns

log = logging.getLogger(__name__)
AT_ONCE = 3_000
"""Declarations that are gone through while somebody waits for the page."""
CANNOT = (NotInColumns, columns.NoParcels)
"""Why a rule cannot be tried on parcels."""
KEPT = 3600  # seconds that progress is remembered


def run(version: Version, actor: office.Actor, at: datetime, days: int, of: Of = "declarations") -> bool:
    """Back-test a version on declarations, parcels or both and attach the result; False where it goes on in the background.
    Raises as `criterion.test`, and NotInColumns or NoParcels where it cannot be tried on parcels."""
    with reader.system():
        many = columns.count(at.date() - timedelta(days), at.date() + timedelta(1), of)
    if many <= AT_ONCE:
        office.test(version, actor, at, days=days, engine=partial(in_columns, of=of))
        return True
    if cache.add(_key(version), {"done": 0, "of": many}, KEPT):
        who = reader.current()
        work = threading.Thread(target=_in_background, args=(version, actor, at, (days, of, many), who), daemon=True)
        work.start()
    return False


def progress(version: Version) -> dict[str, Any] | None:
    """How far a back-test in the background is: done, of, per cent; or the fault that ended it, which is told once."""
    found: dict[str, Any] | None = cache.get(_key(version))
    if found is None:
        return None
    if "fault" in found:
        cache.delete(_key(version))
        return found
    return {**found, "per_cent": min(99, found["done"] * 100 // max(1, found["of"]))}


def in_columns(
    trials: Sequence[Trial],
    since: date,
    until: date,
    lists: Mapping[str, Any],
    lanes: Mapping[str, Lane],
    done: office.Progress,
    of: Of = "declarations",
) -> tuple[BackTest, ...]:
    """The engine of the desk."""
    gone = 0

    def tick(n: int) -> None:
        nonlocal gone
        gone += n
        done(gone)

    against = columns.Against(lists, lanes, Limits(look_minutes=settings.LOOK_MINUTES, looks=settings.LOOKS))
    found = columns.try_out(trials, since, until, against, of=of, folder=settings.SELECTED_FOLDER, tick=tick)
    return columns.with_mrns(found, lawbook.current(until).on(until).country)


def _key(version: Version) -> str:
    return f"backtest-{version.kind.value}-{version.id}-{version.number}"


def _in_background(
    version: Version, actor: office.Actor, at: datetime, what: tuple[int, Of, int], who: reader.Reader
) -> None:
    told, (days, of, many) = time.monotonic(), what

    def done(gone: int) -> None:
        nonlocal told
        if time.monotonic() - told > 1:
            told = time.monotonic()
            cache.set(_key(version), {"done": gone, "of": many}, KEPT)

    try:
        with reader.reading(who):
            office.test(version, actor, at, days=days, engine=partial(in_columns, of=of), done=done)
        cache.delete(_key(version))
    except (RuleError, NotPermittedStep, *CANNOT) as fault:
        cache.set(_key(version), {"fault": str(fault)}, KEPT)
    except Exception as fault:
        log.exception("a back-test of %s ended", version.id)
        cache.set(_key(version), {"fault": f"{type(fault).__name__}: {fault}"}, KEPT)
    finally:
        connections.close_all()
