"""Targeting models as kept: every version by the SHA-256 of its file, what was decided about it, what the monitors saw of it.

Nothing is changed and nothing removed. Publication is told to every process (NOTIFY), and looked for twice a second besides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection, transaction

from customhouse.record.targeting import (
    DriftReport,
    KeptModel,
    ModelFacts,
    ModelState,
    ModelStep,
    StepTaken,
    Thresholds,
    Watched,
    faults,
    refusal,
)
from customhouse.registry import blobs, turn

CHANNEL = "targeting_model"
ON_LINE = """
    select encode(digest, 'hex'), step, coalesce(thresholds, '[]')::text from (
        select distinct on (digest) digest, id, step, thresholds from targeting_step
        where step in ('SHADOWED', 'PUBLISHED', 'ROLLED_BACK', 'RETIRED') order by digest, id desc) s
    where step <> 'RETIRED' order by id
"""


class ModelFault(ValueError):
    """This cannot be done with this version; the message says why and what may be done."""


class OnLine(msgspec.Struct, frozen=True):
    """A version that the line asks, live or in the shadow, and the thresholds it speaks at."""

    digest: str
    live: bool
    thresholds: Thresholds


def on_line() -> tuple[OnLine, ...]:
    """The versions that the line asks."""
    with connection.cursor() as cursor:
        cursor.execute(ON_LINE)
        return tuple(
            OnLine(digest, step != ModelStep.SHADOWED.value, msgspec.json.decode(told, type=Thresholds))
            for digest, step, told in cursor.fetchall()
        )


def contents(digest: str) -> bytes:
    """The file of a version, proved to be it. Raises ModelFault where it is not there or was changed."""
    try:
        return blobs.get(digest)
    except KeyError:
        raise ModelFault(f"the file of model {digest[:12]} is not in the store; register the model again") from None
    except ValueError:
        raise ModelFault(
            f"the file of model {digest[:12]} was changed in the store: its content has another hash. Restore it"
        ) from None


def register(data: bytes, card: str, facts: ModelFacts, *, by: str, at: datetime) -> str:
    """Keep a version as a candidate; its digest. The same file is kept once."""
    digest = hashlib.sha256(data).hexdigest()
    with transaction.atomic(), connection.cursor() as cursor:
        blobs.put(data)
        cursor.execute(
            'insert into targeting_model (digest, card, facts, at, "by") values (%s, %s, %s, %s, %s) on conflict do nothing '
            "returning 1",
            [bytes.fromhex(digest), card, msgspec.json.encode(facts).decode(), at, by],
        )
        if cursor.fetchone() is not None:
            _write(cursor, digest, StepTaken(ModelStep.REGISTERED, by, at, ""))
    return digest


def take(digest: str, step: ModelStep, *, by: str, at: datetime, reason: str, thresholds: Thresholds = ()) -> KeptModel:
    """Take a step with a version and give it back as it then stands. Raises ModelFault where it may not be taken, KeyError where
    there is no such version.

    What becomes live retires what was live before, in the same transaction.
    """
    if wrong := faults(thresholds):
        raise ModelFault("; ".join(wrong))
    if not by.strip() or (step is not ModelStep.REGISTERED and not reason.strip()):
        raise ModelFault("a step says who takes it and why")
    with transaction.atomic(), connection.cursor() as cursor:
        turn.wait_in_transaction("targeting models")
        model = one(digest)
        if why := refusal(model, step, by):
            raise ModelFault(f"model {digest[:12]}: {why}")
        used = _thresholds(model, step, thresholds)
        if step in (ModelStep.PUBLISHED, ModelStep.ROLLED_BACK):
            contents(digest)  # what cannot be read does not become live
            for other in models():
                if other.state is ModelState.LIVE and other.digest != digest:
                    gone = StepTaken(ModelStep.RETIRED, by, at, f"followed by {digest[:12]}")
                    _write(cursor, other.digest, gone)
        _write(cursor, digest, StepTaken(step, by, at, reason.strip(), used))
        cursor.execute("select pg_notify(%s, %s)", [CHANNEL, digest])
        return one(digest)


def _thresholds(model: KeptModel, step: ModelStep, given: Thresholds) -> Thresholds:
    """The thresholds that a step carries: what was proposed is what is published."""
    if step is ModelStep.PUBLISHED and model.proposal is not None:
        return model.proposal.thresholds
    if step is ModelStep.ROLLED_BACK:
        live = [s for s in model.steps if s.step in (ModelStep.PUBLISHED, ModelStep.ROLLED_BACK)]
        return live[-1].thresholds
    if step is ModelStep.PROPOSED and not given:
        if not model.thresholds:
            raise ModelFault("say at which score it asks for which lane, e.g. --yellow 0.5")
        return model.thresholds
    return given


def _write(cursor: Any, digest: str, step: StepTaken) -> None:
    cursor.execute(
        'insert into targeting_step (digest, step, "by", at, reason, thresholds) values (%s, %s, %s, %s, %s, %s)',
        [
            bytes.fromhex(digest),
            step.step.value,
            step.by,
            step.at,
            step.reason,
            msgspec.json.encode(step.thresholds).decode() if step.thresholds else None,
        ],
    )


def models() -> tuple[KeptModel, ...]:
    """Every version, the newest first."""
    return _read("")


def one(digest: str) -> KeptModel:
    """The version of this digest, or of its first digits where they name one only. Raises KeyError."""
    asked = digest.strip().lower()
    if not asked or any(c not in "0123456789abcdef" for c in asked):
        raise KeyError(digest)
    found = _read("where encode(m.digest, 'hex') like %s", asked + "%")
    if len(found) != 1:
        raise KeyError(digest)
    return found[0]


def live() -> KeptModel | None:
    """The version that is live."""
    return next((m for m in models() if m.state is ModelState.LIVE), None)


def _read(where: str, *values: str) -> tuple[KeptModel, ...]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select encode(m.digest, 'hex'), m.card, m.facts::text, m.at, m.\"by\", coalesce(s.steps, '[]')::text "  # noqa: S608 - our own words
            "from targeting_model m left join lateral (select jsonb_agg(jsonb_build_object('step', step, 'by', \"by\", "
            "'at', at, 'reason', reason, 'thresholds', coalesce(thresholds, '[]'::jsonb)) order by id) as steps from targeting_step "
            f"where digest = m.digest) s on true {where} order by m.at desc, m.digest",
            list(values),
        )
        return tuple(_model(row) for row in cursor.fetchall())


def _model(row: Sequence[Any]) -> KeptModel:
    digest, card, facts, at, by, steps = row
    return KeptModel(
        digest,
        card,
        msgspec.json.decode(facts, type=ModelFacts),
        at,
        by,
        msgspec.json.decode(steps, type=tuple[StepTaken, ...]),
    )


def keep_watch(digest: str, report: DriftReport, at: datetime) -> int:
    """Store what the monitors saw; the number of the report."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into targeting_watch (digest, at, report, alarms) values (%s, %s, %s, %s) returning id",
            [
                bytes.fromhex(digest),
                at,
                msgspec.json.encode(report).decode(),
                msgspec.json.encode(report.alarms).decode(),
            ],
        )
        return int(cursor.fetchone()[0])


def watched(digest: str = "", most: int = 60) -> tuple[Watched, ...]:
    """Reports of the monitors, the newest first; of one version or of all."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select w.id, encode(w.digest, 'hex'), w.at, w.report::text, coalesce((select jsonb_agg(jsonb_build_array("
            "a.\"by\", a.at, a.reason) order by a.at) from targeting_alarm_answer a where a.watch = w.id), '[]')::text "
            "from targeting_watch w where %s in ('', encode(w.digest, 'hex')) order by w.id desc limit %s",
            [digest, most],
        )
        return tuple(_watched(row) for row in cursor.fetchall())


def _watched(row: Sequence[Any]) -> Watched:
    number, digest, at, report, answers = row
    return Watched(
        number,
        digest,
        at,
        msgspec.json.decode(report, type=DriftReport),
        msgspec.json.decode(answers, type=tuple[tuple[str, datetime, str], ...]),
    )


def answer_alarms(watch: int, *, by: str, at: datetime, reason: str) -> None:
    """Say what was done about the alarms of a report. Raises ModelFault without a reason, KeyError where there is no such report."""
    if not reason.strip():
        raise ModelFault("say what was done about the alarm")
    with connection.cursor() as cursor:
        cursor.execute("select from targeting_watch where id = %s", [watch])
        if cursor.fetchone() is None:
            raise KeyError(watch)
        cursor.execute(
            'insert into targeting_alarm_answer (watch, "by", at, reason) values (%s, %s, %s, %s)',
            [watch, by, at, reason.strip()[:1000]],
        )


def open_alarms() -> tuple[Watched, ...]:
    """Reports whose alarms nobody has answered, the newest first."""
    return tuple(w for w in watched() if w.report.alarms and not w.answered)
