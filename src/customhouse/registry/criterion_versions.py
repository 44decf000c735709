"""Versions of the officers' rules, lists and policy, and what happened to them: written once, never changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection, transaction

from customhouse.record.criterion import (
    POLICY_ID,
    PREFIX,
    Content,
    Event,
    Kind,
    NotPermittedStep,
    PolicyContent,
    RuleContent,
    Step,
    Version,
    Written,
    check,
    in_force,
)
from customhouse.record.declaration import Role
from customhouse.registry import reader, turn

CHANNEL = "selectivity"
TURN = "versions of criteria"
STIRS = (Step.SHADOW, Step.LIVE, Step.WITHDRAWN, Step.REFUSED)
"""Steps that change the set that is asked on the line."""

EVENT = "number, step, by, role, at, reason, detail::text"
VERSIONS = "select kind, id, version, content::text, author, at from criterion {} order by kind, id, version"
EVENTS = "select kind, id, version, {} from criterion_event {} order by number"
_contents = msgspec.json.Decoder(Written)
_details = msgspec.json.Decoder(dict[str, Any])


class UnknownCriterion(LookupError):
    """There is no rule, list or version of this name."""


def kind_of(content: Content) -> Kind:
    """What a content is of."""
    return (
        Kind.RULE
        if isinstance(content, RuleContent)
        else Kind.POLICY
        if isinstance(content, PolicyContent)
        else Kind.LIST
    )


def write(content: Written, *, by: str, at: datetime, id: str = "") -> Version:
    """A new draft: the first version of a rule whose number is given here, or the next version of `id`.

    Two who write at once get versions one after the other. A version that says what the last one says is not written again
    while that is still a draft.
    """
    kind = kind_of(content)
    with transaction.atomic(), connection.cursor() as cursor:
        turn.wait_in_transaction(TURN)
        name = POLICY_ID if kind is Kind.POLICY else id or _next(cursor, kind)
        cursor.execute("select coalesce(max(version), 0) + 1 from criterion where kind = %s and id = %s", [kind, name])
        number = int(cursor.fetchone()[0])
        cursor.execute(
            "insert into criterion (kind, id, version, content, author, at) values (%s, %s, %s, %s, %s, %s)",
            [kind.value, name, number, msgspec.json.encode(content).decode(), by, at],
        )
    return Version(kind, name, number, content, by, at)


def _next(cursor: Any, kind: Kind) -> str:
    cursor.execute(
        "select coalesce(max(substring(id from 3)::int), 0) + 1 from criterion where kind = %s and id ~ '^SR[0-9]+$'",
        [kind],
    )
    return f"{PREFIX[kind]}{cursor.fetchone()[0]:04d}"


def record(
    version: Version, step: Step, *, by: str, role: Role, at: datetime, reason: str = "", trial: int = 0, **detail: Any
) -> Version:
    """Record what happened to a version. Raises NotPermittedStep where the life of a version does not allow it."""
    with transaction.atomic(), connection.cursor() as cursor:
        turn.wait_in_transaction(TURN)
        now = versions(version.kind, version.id)
        stored = _numbered(now, version.number)
        event = Event(0, step, by, role, at, reason.strip(), detail)
        check(stored, now, event, trial)
        if step is Step.WITHDRAWN and version.kind is Kind.LIST and (users := users_of(version.id)):
            raise NotPermittedStep(f"rules look into this list: {', '.join(users)}; withdraw them first")
        cursor.execute(
            "insert into criterion_event (kind, id, version, step, by, role, at, reason, detail) "
            "values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                version.kind.value, version.id, version.number, step.value, by, role.value, at, event.reason,
                msgspec.json.encode(detail).decode(),
            ],
        )  # fmt: skip
        if step in STIRS:
            cursor.execute("select pg_notify(%s, %s)", [CHANNEL, f"{version.id} {version.number}"])
    return get(version.kind, version.id, version.number)


def get(kind: Kind, id: str, number: int = 0) -> Version:
    """A version; without a number the newest. Raises UnknownCriterion."""
    return _numbered(versions(kind, id), number)


def _numbered(found: Sequence[Version], number: int) -> Version:
    chosen = next((v for v in reversed(found) if number in (0, v.number)), None)
    if chosen is None:
        raise UnknownCriterion(f"there is no version {number or ''} of it")
    return chosen


def versions(kind: Kind, id: str) -> tuple[Version, ...]:
    """All versions of one rule, list or policy, the oldest first."""
    return _read("where kind = %s and id = %s", [kind.value, id])


def everything(kind: Kind | None = None) -> dict[tuple[Kind, str], tuple[Version, ...]]:
    """All versions of everything, or of one kind, by (kind, id)."""
    found = _read("where kind = %s", [kind.value]) if kind else _read("", [])
    told: dict[tuple[Kind, str], list[Version]] = {}
    for version in found:
        told.setdefault((version.kind, version.id), []).append(version)
    return {key: tuple(those) for key, those in told.items()}


def users_of(name: str) -> tuple[str, ...]:
    """The rules, published or on trial, that look into a list."""
    from customhouse.law.rules.syntax import RuleError, read

    with reader.system():
        alive = [v for v in _read("where kind = 'rule'", []) if v.is_published or v.is_on_trial]
    found = []
    for version in alive:
        if not isinstance(version.content, RuleContent) or name not in version.content.expression:
            continue
        try:
            used = name in read(version.content.expression, {name: ()}).lists
        except RuleError:
            used = True
        if used:
            found.append(version.id)
    return tuple(dict.fromkeys(found))


def lists(day: Any) -> dict[str, tuple[str, ...]]:
    """The named lists that count."""
    told = {}
    for (_, name), those in everything(Kind.LIST).items():
        counting = in_force(those, day)
        if counting is not None:
            told[name] = getattr(counting.content, "codes", ())
    return told


def _read(where: str, values: list[Any]) -> tuple[Version, ...]:
    with connection.cursor() as cursor:
        cursor.execute(VERSIONS.format(where), values)
        written = cursor.fetchall()
        cursor.execute(EVENTS.format(EVENT, where), values)
        return assembled(written, cursor.fetchall())


def assembled(written: Iterable[Sequence[Any]], happened: Iterable[Sequence[Any]]) -> tuple[Version, ...]:
    """Versions from the rows of VERSIONS and EVENTS."""
    events: dict[tuple[str, str, int], list[Event]] = {}
    for kind, id, version, number, step, by, role, at, reason, detail in happened:
        event = Event(number, Step(step), by, Role(role), at, reason, _details.decode(detail))
        events.setdefault((kind, id, version), []).append(event)
    return tuple(
        Version(
            Kind(kind), id, number, _contents.decode(content), author, at, tuple(events.get((kind, id, number), ()))
        )
        for kind, id, number, content, author, at in written
    )
