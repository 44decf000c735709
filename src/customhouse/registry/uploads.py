"""Consolidations on their way in: what is being handed in over HTTP, what waits for the worker, and what became of it.

An upload is a file of announced length. Its bytes lie elsewhere (`clearance.upload`); here stands who sends it, for which
consolidation, and how far it is.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from django.db import connection

from customhouse.kernel.problem import Problem
from customhouse.record.parcel import Consolidation

State = Literal["receiving", "queued", "clearing", "done", "failed", "ended"]
"""`receiving` bytes; `queued` for the worker; `clearing`; `done`; `failed` with problems; `ended` by the sender, or tidied away."""

ID = r"^up_[0-9a-f]{32}$"


class Upload(msgspec.Struct, frozen=True):
    """A file handed in: `length` in bytes, `digest` the SHA-256 its sender promises (hex, empty where none was), `done` of
    `rows` parcels cleared, `consolidation` the number in the register once it is done.

    Where the work on it stopped it is tried again at `again_at`, after `tries` that came no further; `trouble` is what stopped it
    last, for customs alone."""

    id: str
    of: Consolidation
    name: str
    length: int
    digest: str
    by: str
    state: State
    consolidation: int | None
    done: int
    rows: int
    problems: tuple[Problem, ...]
    created_at: datetime
    changed_at: datetime
    tries: int = 0
    again_at: datetime | None = None
    trouble: str = ""

    @property
    def is_under_way(self) -> bool:
        return self.state in ("receiving", "queued", "clearing")


COLUMNS = (
    "id, declarant, reference, office, mode, name, length, digest, by, state, consolidation, done, rows, problems, "
    "created_at, changed_at, tries, again_at, trouble"
)
READY = "state in ('queued', 'clearing') and (again_at is null or again_at <= now())"
PAUSE = "least(interval '1 hour', interval '5 seconds' * (power(2, least(tries, 20) - 1) - 1))"
"""How long the work on an upload rests after so many tries that came no further: not at all, 5 s, 15 s, 35 s ... an hour. So one that
always stops takes ever less of the worker's time, and a process that was killed once goes on at once."""


def announce(of: Consolidation, name: str, length: int, digest: str, by: str) -> Upload:
    """A new upload of which no byte has come."""
    return _all(
        "insert into parcel_upload (id, declarant, reference, office, mode, name, length, digest, by) "  # noqa: S608
        f"values (%s, %s, %s, %s, %s, %s, %s, %s, %s) returning {COLUMNS}",
        ["up_" + secrets.token_hex(16), of.declarant, of.reference, of.office, of.mode, name, length,
         bytes.fromhex(digest) or None, by],
    )[0]  # fmt: skip


def get(id: str) -> Upload | None:
    """The upload, where this reader may see it."""
    found = _all(f"select {COLUMNS} from parcel_upload where id = %s", [id])  # noqa: S608
    return found[0] if found else None


def alike(of: Consolidation, length: int, digest: str) -> Upload | None:
    """An upload of the same content for the same consolidation that has not failed: known by its digest where one is
    promised; without one, an upload of the same length whose bytes still come."""
    found = _all(
        f"select {COLUMNS} from parcel_upload where declarant = %s and reference = %s and length = %s "  # noqa: S608
        "and ((digest = %s and state not in ('failed', 'ended')) or (%s = '' and digest is null and state = 'receiving')) "
        "order by created_at desc limit 1",
        [of.declarant, of.reference, length, bytes.fromhex(digest) or None, digest],
    )
    return found[0] if found else None


def under_way(declarant: str) -> list[Upload]:
    """The uploads of a declarant that are not done, and what failed lately; the newest first."""
    return _all(
        f"select {COLUMNS} from parcel_upload where declarant = %s and (state in ('receiving', 'queued', 'clearing') "  # noqa: S608
        "or (state = 'failed' and changed_at > now() - interval '2 days')) order by created_at desc limit 50",
        [declarant],
    )


def of(declarant: str, before: datetime | None = None, limit: int = 50) -> list[Upload]:
    """The uploads of a declarant, the newest first."""
    return _all(
        f"select {COLUMNS} from parcel_upload where declarant = %s and (%s::timestamptz is null or created_at < %s) "  # noqa: S608
        "order by created_at desc limit %s",
        [declarant, before, before, limit],
    )


def last_of(consolidation: int) -> Upload | None:
    """The upload that a consolidation came with last; None where it came another way."""
    found = _all(
        f"select {COLUMNS} from parcel_upload where consolidation = %s order by created_at desc limit 1",  # noqa: S608
        [consolidation],
    )
    return found[0] if found else None


def before(one: Upload) -> int:
    """How many uploads the worker takes before this one."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"select count(*) from parcel_upload where {READY} and (created_at, id) < (%s, %s)",  # noqa: S608
            [one.created_at, one.id],
        )
        return int(cursor.fetchone()[0])


def digest_under(declarant: str, reference: str) -> str:
    """The SHA-256 (hex) of the file that was cleared, or is being cleared, under a reference; empty where none was."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select digest from consolidation where declarant = %s and reference = %s", [declarant, reference]
        )
        row = cursor.fetchone()
    return bytes(row[0]).hex() if row else ""


# --- steps ------------------------------------------------------------------------------------------------------------


def queue(id: str) -> None:
    """Every byte is there: the worker's turn."""
    _do("update parcel_upload set state = 'queued', changed_at = now() where id = %s and state = 'receiving'", [id])


def end(id: str) -> bool:
    """Nothing more is taken; False where the worker has it already."""
    return bool(_do(
        "update parcel_upload set state = 'ended', changed_at = now() where id = %s and state in ('receiving', 'queued')",
        [id],
    ))  # fmt: skip


def next_waiting(but: Sequence[str] = ()) -> Upload | None:
    """What the worker does next: what it was at when it was stopped, then the oldest; what rests after it stopped has no turn, nor
    have these declarants."""
    found = _all(
        f"select {COLUMNS} from parcel_upload where {READY} and not (declarant = any(%s)) "  # noqa: S608
        "order by state = 'queued', created_at, id limit 1",
        [list(but)],
    )
    return found[0] if found else None


def begin(id: str) -> bool:
    """The worker takes it; False where its sender ended it meanwhile."""
    return bool(_do(
        "update parcel_upload set state = 'clearing', tries = tries + 1, again_at = null, changed_at = now() "
        "where id = %s and state in ('queued', 'clearing')",
        [id],
    ))  # fmt: skip


def progress(id: str, done: int, rows: int) -> None:
    """How far the worker is. Where that is further than ever before, what stopped it is overcome."""
    _do(
        "update parcel_upload set done = %s, rows = %s, tries = case when %s > done then 1 else tries end, changed_at = now() "
        "where id = %s",
        [done, rows, done, id],
    )


def put_off(id: str, trouble: str) -> None:
    """The work on it stopped, and why: it is tried again after a pause."""
    _put_off("id = %s", [trouble[:1000], id])


def put_off_begun(trouble: str) -> int:
    """The same for what was begun and nobody is at, which only the worker whose turn it is knows; how many these are."""
    return _put_off("again_at is null", [trouble])


def _put_off(where: str, values: Sequence[Any]) -> int:
    return _do(
        f"update parcel_upload set again_at = now() + {PAUSE}, trouble = %s, changed_at = now() "  # noqa: S608
        f"where state = 'clearing' and {where}",
        values,
    )


def resting() -> list[Upload]:
    """Uploads whose clearing stopped more than once and came no further, the oldest first."""
    return _all(
        f"select {COLUMNS} from parcel_upload where state = 'clearing' and tries > 1 and trouble <> '' order by created_at",  # noqa: S608
        [],
    )


def finish(id: str, consolidation: int) -> None:
    """It is cleared, as this consolidation."""
    _do(
        "update parcel_upload set state = 'done', consolidation = %s, done = rows, changed_at = now() where id = %s",
        [consolidation, id],
    )


def fail(id: str, problems: Sequence[Problem]) -> None:
    """It could not be taken, and why."""
    _do(
        "update parcel_upload set state = 'failed', problems = %s, changed_at = now() where id = %s",
        [msgspec.json.encode(list(problems)).decode(), id],
    )


def receiving() -> list[Upload]:
    """Uploads whose bytes still come."""
    return _all(f"select {COLUMNS} from parcel_upload where state = 'receiving' order by created_at", [])  # noqa: S608


def needed(ids: Sequence[str]) -> set[str]:
    """Those of the uploads whose file is still needed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select id from parcel_upload where id = any(%s) and state in ('receiving', 'queued', 'clearing')",
            [list(ids)],
        )
        return {row[0] for row in cursor.fetchall()}


def tidy(after: timedelta) -> list[str]:
    """End the uploads to which nothing was added for so long; which."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update parcel_upload set state = 'ended', changed_at = now() where state = 'receiving' "
            "and changed_at < now() - %s returning id",
            [after],
        )
        return [row[0] for row in cursor.fetchall()]


def touch(id: str) -> None:
    """Bytes were added now."""
    _do("update parcel_upload set changed_at = now() where id = %s", [id])


def _do(sql: str, values: Sequence[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)


def _all(sql: str, values: Sequence[Any]) -> list[Upload]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [_upload(row) for row in cursor.fetchall()]


def _upload(row: Sequence[Any]) -> Upload:
    id, declarant, reference, office, mode, name, length, digest, by, state, number, done, rows, problems, *rest = row
    told = problems if isinstance(problems, list) else msgspec.json.decode(problems)
    return Upload(
        id, Consolidation(declarant, reference, office, mode), name, length, bytes(digest).hex() if digest else "", by, state,
        number, done, rows, tuple(msgspec.convert(told, list[Problem])), *rest,
    )  # fmt: skip
