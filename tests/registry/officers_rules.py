"""Officers' rules taken through their life, in an emergency, and withdrawn again when a test ends."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from customhouse.record.criterion import Kind, RuleContent, Status, Step, Version, status
from customhouse.record.declaration import Role
from customhouse.record.lanes import Lane
from customhouse.registry import criteria, criterion_versions

NOW = datetime.now(UTC)
TODAY = NOW.date()
count = itertools.count(1)


def content(expression: str = "description == 'never'", **more: Any) -> RuleContent:
    said: dict[str, Any] = {
        "expression": expression, "lane": Lane.RED, "text": {"en": "Own rule", "fr": "Règle propre"}, "since": TODAY,
        "until": TODAY + timedelta(182), "source": "Minute 1", "owner": "Test desk",
    }  # fmt: skip
    return RuleContent(**{**said, **more})


def goods() -> str:
    """A word that only the goods of one test are described with."""
    return f"zebrawood{next(count)}"


def written(expression: str = "description == 'never'", **more: Any) -> Version:
    return criterion_versions.write(content(expression, **more), by="officer", at=NOW)


def step(v: Version, what: Step, by: str = "officer", role: Role = Role.OFFICER, **more: Any) -> Version:
    return criterion_versions.record(v, what, by=by, role=role, at=more.pop("at", NOW), **more)


def lived(v: Version, *, to: Step = Step.LIVE) -> Version:
    """A version taken through its life, in an emergency."""
    steps: tuple[tuple[Step, str, Role, str], ...] = (
        (Step.TESTED, "officer", Role.OFFICER, ""),
        (Step.SHADOW, "officer", Role.OFFICER, ""),
        (Step.SUBMITTED, "officer", Role.OFFICER, ""),
        (Step.APPROVED, "supervisor", Role.SUPERVISOR, "emergency"),
        (Step.LIVE, "supervisor", Role.SUPERVISOR, ""),
    )
    for what, by, role, reason in steps:
        if what is Step.SHADOW and v.kind is not Kind.RULE:
            continue
        v = step(v, what, by, role, reason=reason, trial=7)
        if what is to:
            break
    criteria.shelf.look()
    return v


def withdraw() -> None:
    """Nothing that a test publishes stays in force for the next."""
    for those in sorted(criterion_versions.everything().values(), key=lambda v: v[0].kind is not Kind.RULE):
        for v in those:
            if status(v, those, TODAY) in (Status.LIVE, Status.SHADOW, Status.SUBMITTED, Status.APPROVED):
                step(v, Step.WITHDRAWN, "supervisor", Role.SUPERVISOR, reason="end of test")
    criteria.shelf.look()
