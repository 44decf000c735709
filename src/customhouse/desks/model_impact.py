"""Models tried on all that is stored, from the desk."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta

import msgspec
from django.conf import settings

from customhouse.clearance import scorer, sight, tried
from customhouse.clearance.tried import Asked
from customhouse.desks.study import Study
from customhouse.offices.risk.backtest import BackTest, Limits, Of
from customhouse.record.lanes import Lane
from customhouse.record.targeting import KeptModel, Thresholds
from customhouse.registry import lawbook, models_kept
from customhouse.registry.models_kept import ModelFault
from customhouse.stream import trials


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


STUDY = Study("model", Answer)
answer, progress = STUDY.answer, STUDY.progress


def begin(wanted: Wanted) -> bool:
    """Try a model; False where it goes on in the background. Raises ModelFault and NoParcels where it cannot be tried."""
    return STUDY.begin(
        wanted.model.digest, wanted.time, wanted.of, lambda tick: _answer(wanted, tick), (ModelFault, trials.NoParcels)
    )


def _answer(wanted: Wanted, tick: trials.Tick) -> Answer:
    begun, cpu, digest = time.perf_counter(), time.thread_time(), wanted.model.digest
    model = scorer.opened(digest, models_kept.contents(digest))
    found = trials.try_model(
        trials.Candidate(digest, model, wanted.thresholds), *wanted.time, _against(wanted.at), folder=settings.SELECTED_FOLDER,
        of=wanted.of, tick=tick,
    )  # fmt: skip
    (found,) = trials.with_mrns((found,), lawbook.current(wanted.at.date()).on(wanted.at.date()).country)
    shown = tried.explained(model, wanted.thresholds, found.sample)
    took = round(time.perf_counter() - begun, 2), round(time.thread_time() - cpu, 2)
    return Answer(wanted.thresholds, found, shown, wanted.by, datetime.now(UTC), *took)


def _against(at: datetime) -> trials.Against:
    """The lanes that criteria of today ask for, and what an office can do."""
    law, chosen = lawbook.current(at.date()).on(at.date()), sight.selectivity(at)
    rules = (*(c for c in law.contents.criteria if c.validity.contains(at.date())), *chosen.criteria)
    limits = Limits(look_minutes=settings.LOOK_MINUTES, looks=settings.LOOKS)
    return trials.Against({**law.lists, **chosen.lists}, {c.id: Lane(c.lane) for c in rules}, limits)
