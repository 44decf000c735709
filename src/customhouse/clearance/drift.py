"""Drift: the worker looks after the live model once a day, and at once where it cannot be opened; alarms stand until answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from customhouse.clearance import learn
from customhouse.clearance.scorer import opened, shelf
from customhouse.record.targeting import DriftAlarm, DriftReport, KeptModel
from customhouse.registry import models_kept, reader
from customhouse.registry.models_kept import ModelFault

EVERY = timedelta(days=1)
DAYS = 28
MOST = 5000  # declarations that are looked at, the newest


def look_after(at: datetime | None = None) -> int:
    """What the worker does: one report a day of the live model; how many were made."""
    at = at or datetime.now(UTC)
    with reader.system():
        model = models_kept.live()
        if model is None:
            return 0
        last = next(iter(models_kept.watched(model.digest, 1)), None)
        shelf.renew()
        if fault := shelf.faults.get(model.digest):
            return _silent(model, fault, at, last.report if last else None)
        if last is not None and at - last.at < EVERY:
            return 0
        watch(model.digest, at)
        return 1


def _silent(model: KeptModel, fault: str, at: datetime, last: DriftReport | None) -> int:
    """An alarm that the live model does not answer, once as long as it is the same."""
    alarm = DriftAlarm("scorer", model.digest[:12], fault[:400], 1.0, 0.0)
    if last is not None and alarm in last.alarms:
        return 0
    models_kept.keep_watch(model.digest, DriftReport(at.date(), at.date(), 0, 0, alarms=(alarm,)), at)
    return 1


def watch(digest: str, at: datetime, days: int = DAYS) -> DriftReport:
    """Look at what was decided in the last days beside what the model learned from, and keep the report.

    Raises ModelFault where the model cannot be opened, KeyError where there is none of this digest.
    """
    kept = models_kept.one(digest)
    report = report_of(kept, opened(kept.digest, models_kept.contents(kept.digest)), at, days)
    models_kept.keep_watch(kept.digest, report, at)
    return report


def report_of(kept: KeptModel, model: Any, at: datetime, days: int = DAYS) -> DriftReport:
    """What the monitors see of a model in the last days; nothing is kept."""
    from customhouse.labs.targeting import drift

    if not kept.facts.baseline.features:
        raise ModelFault(
            f"model {kept.digest[:12]} says nothing of what it learned from, so no drift can be measured; train it again"
        )
    told = learn.cases(at - timedelta(days), at, most=MOST)
    failed = sum(bool(one.decided.selection.blind) for one in told)
    return drift.watch(model, kept.facts.baseline, learn.columns(told), failed)
