"""Models tried on all that is stored, from the desk: at once where there is little to go through, else in the background with its
progress. The answer is kept for a day and recorded nowhere: it decides nothing.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
from django.conf import settings
from django.core.cache import cache

from customhouse.clearance import scorer, sight, tried
from customhouse.clearance.tried import Asked
from customhouse.desks import background
from customhouse.offices.risk.backtest import BackTest, Limits, Of
from customhouse.record.lanes import Lane
from customhouse.record.targeting import KeptModel, Thresholds
from customhouse.registry import lawbook, models_kept, reader
from customhouse.registry.models_kept import ModelFault
from customhouse.stream import trials

AT_ONCE = 1_000
"""Declarations and parcels that are gone through while somebody waits for the page."""
KEPT = 86_400  # seconds that an answer is remembered


class Answer(msgspec.Struct, frozen=True):
    """What a model would have done at these thresholds, some of those it chooses with its reasons, who asked when, and how long that
    took (seconds, and those of one processor)."""

    thresholds: Thresholds
    found: BackTest
    shown: tuple[Asked, ...]
    by: str
    at: datetime
    seconds: float
    cpu: float


class Wanted(msgspec.Struct, frozen=True):
    """A model that is to be tried: at which thresholds, on what, how many days back, who asks when."""

    model: KeptModel
    thresholds: Thresholds
    of: Of
    days: int
    by: str
    at: datetime

    @property
    def time(self) -> tuple[date, date]:
        return self.at.date() - timedelta(self.days), self.at.date() + timedelta(1)


def begin(wanted: Wanted) -> bool:
    """Try a model; False where it goes on in the background. Raises ModelFault and NoParcels where it cannot be tried."""
    with reader.system():
        many = trials.count(*wanted.time, wanted.of)
    if many <= AT_ONCE:
        with reader.system():
            _answer(wanted, lambda _: None)
        return True
    background.begin(
        _running(wanted.model.digest), many, lambda done: _answer(wanted, background.summed(done)), (ModelFault, trials.NoParcels)
    )  # fmt: skip
    return False


def answer(digest: str) -> Answer | None:
    """The last answer about a model, while it is remembered."""
    found = cache.get(_key(digest))
    try:
        return msgspec.json.decode(found, type=Answer) if found else None
    except msgspec.ValidationError:  # of an edition before
        return None


def progress(digest: str) -> dict[str, Any] | None:
    """How far a model in the background is (`background.progress`)."""
    return background.progress(_running(digest))


def _key(digest: str) -> str:
    return f"model-impact-{digest}"


def _running(digest: str) -> str:
    return f"model-tried-{digest}"


def _answer(wanted: Wanted, tick: trials.Tick) -> None:
    begun, cpu, digest = time.perf_counter(), time.thread_time(), wanted.model.digest
    model = scorer.opened(digest, models_kept.contents(digest))
    found = trials.try_model(
        trials.Candidate(digest, model, wanted.thresholds), *wanted.time, _against(wanted.at), folder=settings.SELECTED_FOLDER,
        of=wanted.of, tick=tick,
    )  # fmt: skip
    (found,) = trials.with_mrns((found,), lawbook.current(wanted.at.date()).on(wanted.at.date()).country)
    shown = tried.explained(model, wanted.thresholds, found.sample)
    took = round(time.perf_counter() - begun, 2), round(time.thread_time() - cpu, 2)
    made = Answer(wanted.thresholds, found, shown, wanted.by, datetime.now(UTC), *took)
    cache.set(_key(digest), msgspec.json.encode(made), KEPT)


def _against(at: datetime) -> trials.Against:
    """The lanes that criteria of today ask for, and what an office can do."""
    law, chosen = lawbook.current(at.date()).on(at.date()), sight.selectivity(at)
    rules = (*(c for c in law.contents.criteria if c.validity.contains(at.date())), *chosen.criteria)
    limits = Limits(look_minutes=settings.LOOK_MINUTES, looks=settings.LOOKS)
    return trials.Against({**law.lists, **chosen.lists}, {c.id: Lane(c.lane) for c in rules}, limits)
