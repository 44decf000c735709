"""Back-tests asked for on the desk: at once where there is little to go through, else in the background with its progress.

In columns where numpy is installed (`stream.trials`), else one by one; both give the same answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings

from customhouse.clearance import criterion as office
from customhouse.desks import background
from customhouse.law.rules.syntax import RuleError
from customhouse.offices.risk.backtest import BackTest, Limits, Of, Trial
from customhouse.record.criterion import NotPermittedStep, Version
from customhouse.record.lanes import Lane
from customhouse.registry import lawbook, reader
from customhouse.stream import trials as columns
from customhouse.stream.trials import NotInColumns

AT_ONCE = 3_000
"""Declarations that are gone through while somebody waits for the page."""
CANNOT = (NotInColumns, columns.NoParcels)
"""Why a rule cannot be tried on parcels."""


def run(version: Version, actor: office.Actor, at: datetime, days: int, of: Of = "declarations") -> bool:
    """Back-test a version on declarations, parcels or both and attach the result; False where it goes on in the background.
    Raises as `criterion.test`, and NotInColumns or NoParcels where it cannot be tried on parcels."""
    with reader.system():
        many = columns.count(at.date() - timedelta(days), at.date() + timedelta(1), of)
    if many <= AT_ONCE:
        office.test(version, actor, at, days=days, engine=partial(in_columns, of=of))
        return True
    background.begin(
        _key(version), many,
        lambda done: office.test(version, actor, at, days=days, engine=partial(in_columns, of=of), done=done),
        (RuleError, NotPermittedStep, *CANNOT),
    )  # fmt: skip
    return False


def progress(version: Version) -> dict[str, Any] | None:
    """How far a back-test in the background is (`background.progress`)."""
    return background.progress(_key(version))


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
    against = columns.Against(lists, lanes, Limits(look_minutes=settings.LOOK_MINUTES, looks=settings.LOOKS))
    found = columns.try_out(
        trials, since, until, against, of=of, folder=settings.SELECTED_FOLDER, tick=background.summed(done)
    )
    return columns.with_mrns(found, lawbook.current(until).on(until).country)


def _key(version: Version) -> str:
    return f"backtest-{version.kind.value}-{version.id}-{version.number}"
