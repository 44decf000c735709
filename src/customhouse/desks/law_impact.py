"""Drafts of law tried on all that is stored, from the desk."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime

import msgspec
from django.conf import settings
from msgspec.structs import replace

from customhouse.clearance.impact import Impact
from customhouse.desks import whatif
from customhouse.desks.study import Study
from customhouse.law.book import NotABook
from customhouse.offices.risk.backtest import Limits, Of
from customhouse.registry import law_drafts, lawbook
from customhouse.stream import trials

MOST_LEFT_OUT = 20
CANNOT = (trials.NoParcels, whatif.UnknownBook, NotABook, lawbook.NoLaw)
"""Why a draft cannot be tried."""


class Wanted(msgspec.Struct, frozen=True):
    """A draft (hash) that is to be tried: on what, from `start` until, not including, `until`, on the day of each or `as_of` a day; who
    asks."""

    draft: str
    of: Of
    start: date
    until: date
    as_of: date | None
    by: str


class Answer(msgspec.Struct, frozen=True):
    """What was asked, what the draft would have changed, when that was answered, and how long it took (seconds, and those of one
    processor). Of those left out the first few are in it; `left_out` says how many there are."""

    asked: Wanted
    found: Impact
    left_out: int
    at: datetime
    seconds: float
    cpu: float


STUDY = Study("law", Answer)
answer, progress = STUDY.answer, STUDY.progress


def begin(wanted: Wanted) -> bool:
    """Try a draft; False where it goes on in the background. Raises one of CANNOT where it cannot be tried."""
    time_ = wanted.start, wanted.until
    return STUDY.begin(wanted.draft, time_, wanted.of, lambda tick: _answer(wanted, tick), CANNOT)


def _answer(wanted: Wanted, tick: trials.Tick) -> Answer:
    begun, cpu = time.perf_counter(), time.thread_time()
    limits = Limits(look_minutes=settings.LOOK_MINUTES, looks=settings.LOOKS)
    book = law_drafts.book(wanted.draft)
    asked = whatif.Asked(book, wanted.of, wanted.start, wanted.until, limits, wanted.as_of)
    found = whatif.try_law(asked, settings.SELECTED_FOLDER.parent, tick)
    took = round(time.perf_counter() - begun, 2), round(time.thread_time() - cpu, 2)
    return Answer(wanted, _short(found), len(found.unjudged), datetime.now(UTC), *took)


def _short(found: Impact) -> Impact:
    """The same with a few of those left out."""
    beside = tuple(_short(side) for side in found.beside)
    return replace(found, unjudged=found.unjudged[:MOST_LEFT_OUT], beside=beside)
