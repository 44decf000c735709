"""What officers write to steer selection: rules, named lists and the shares of the policy; their versions and their life.

A version is never changed. What happens to it is a list of events, and one table says what may follow what and who may do
it: back-tested, on trial in the shadow, submitted, approved by somebody else, live, withdrawn. Recommended by the WCO Risk
Management Compendium (volume 2, profiles: owner, review date, validation before use); two persons as in ISO 27002, 5.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec

from customhouse.record.declaration import Role
from customhouse.record.lanes import Lane

TEXTS = ("en", "fr")
"""The languages that a rule is told in."""


class Kind(StrEnum):
    """What a version is of."""

    RULE = "rule"
    LIST = "list"
    POLICY = "policy"


PREFIX = {Kind.RULE: "SR", Kind.LIST: "", Kind.POLICY: ""}
POLICY_ID = "policy"


class Content(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="kind", kw_only=True):
    """What a version says. `source` is the legal or policy ground, `owner` the desk that answers for it."""

    source: str = ""
    owner: str = ""


class RuleContent(Content, frozen=True, tag="rule"):
    """A rule: when it fires, the lane it asks for, what an officer reads. `applies` is import, export or empty (both); it
    holds from `since` until before `until`, which every rule has."""

    expression: str
    lane: Lane
    text: dict[str, str]
    since: date
    until: date
    applies: str = ""


class ListContent(Content, frozen=True, tag="list"):
    """A named list that rules look into: importers, places, words."""

    text: str
    codes: tuple[str, ...]


class PolicyContent(Content, frozen=True, tag="policy"):
    """How much is looked at whatever rules say, in parts per million (`law.selectivity.Policy`)."""

    floor_ppm: int
    exploration_ppm: int
    blind_ppm: int


Written = RuleContent | ListContent | PolicyContent


class Step(StrEnum):
    """What can happen to a version."""

    TESTED = "TESTED"
    SHADOW = "SHADOW"
    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"
    LIVE = "LIVE"
    WITHDRAWN = "WITHDRAWN"


class Status(StrEnum):
    """Where a version stands. EXPIRED and SUPERSEDED are reached by the clock and by a newer version."""

    DRAFT = "DRAFT"
    TESTED = "TESTED"
    SHADOW = "SHADOW"
    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"
    LIVE = "LIVE"
    SUPERSEDED = "SUPERSEDED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"


class Event(msgspec.Struct, frozen=True):
    """Something that happened to a version. `detail` holds what belongs to the step: the result of a back-test and its
    digest, the warnings that were confirmed, that the trial was cut short."""

    number: int
    step: Step
    by: str
    role: Role
    at: datetime
    reason: str = ""
    detail: dict[str, Any] = {}


class Version(msgspec.Struct, frozen=True):
    """A version with all that happened to it, oldest first."""

    kind: Kind
    id: str
    number: int
    content: Written
    author: str
    at: datetime
    events: tuple[Event, ...] = ()

    @property
    def last(self) -> Step | None:
        return self.events[-1].step if self.events else None

    def latest(self, step: Step) -> Event | None:
        """The last event of this kind."""
        return next((e for e in reversed(self.events) if e.step is step), None)

    @property
    def is_published(self) -> bool:
        """Whether it was published and not withdrawn since."""
        return self.last is Step.LIVE

    @property
    def is_on_trial(self) -> bool:
        """Whether it is evaluated in the shadow: from the start of its trial until it is live, refused or withdrawn."""
        over = (Step.REFUSED, Step.LIVE, Step.WITHDRAWN)
        return self.kind is Kind.RULE and self.latest(Step.SHADOW) is not None and self.last not in over

    @property
    def warnings(self) -> tuple[str, ...]:
        """The codes of the warnings of its last back-test."""
        tested = self.latest(Step.TESTED)
        return tuple(tested.detail.get("warnings", ())) if tested else ()

    def holds(self, day: date) -> bool:
        """Whether `day` lies in the time it is meant for."""
        return not isinstance(self.content, RuleContent) or self.content.since <= day < self.content.until


S, St = Status, Step
FLOW: dict[tuple[Status, Step], bool] = dict.fromkeys(
    (
        (S.DRAFT, St.TESTED), (S.DRAFT, St.WITHDRAWN),
        (S.TESTED, St.TESTED), (S.TESTED, St.SHADOW), (S.TESTED, St.SUBMITTED), (S.TESTED, St.WITHDRAWN),
        (S.SHADOW, St.TESTED), (S.SHADOW, St.SUBMITTED), (S.SHADOW, St.WITHDRAWN),
        (S.SUBMITTED, St.APPROVED), (S.SUBMITTED, St.REFUSED), (S.SUBMITTED, St.WITHDRAWN),
        (S.APPROVED, St.LIVE), (S.APPROVED, St.REFUSED), (S.APPROVED, St.WITHDRAWN),
        (S.LIVE, St.WITHDRAWN),
    ),
    True,
)  # fmt: skip
OFFICERS = (Role.OFFICER, Role.SUPERVISOR)
MAY: dict[Step, tuple[Role, ...]] = {
    St.TESTED: OFFICERS,
    St.SHADOW: OFFICERS,
    St.SUBMITTED: OFFICERS,
    St.APPROVED: (Role.SUPERVISOR,),
    St.REFUSED: (Role.SUPERVISOR,),
    St.LIVE: (Role.SUPERVISOR,),
    St.WITHDRAWN: OFFICERS,
}
TWO_PERSONS = (St.APPROVED, St.REFUSED, St.LIVE)
NEEDS_REASON = (St.REFUSED, St.WITHDRAWN)


class NotPermittedStep(ValueError):
    """A step that cannot be taken; the message says why and what to do."""


def status(version: Version, versions: Sequence[Version], day: date) -> Status:
    """Where `version` stands on `day` among all versions of its id."""
    if version.last is None:
        return S.DRAFT
    if version.last is St.LIVE:
        if not version.holds(day) and isinstance(version.content, RuleContent) and day >= version.content.until:
            return S.EXPIRED
        newer = any(v.number > version.number and v.latest(St.LIVE) and _has_begun(v, day) for v in versions)
        return S.SUPERSEDED if newer else S.LIVE
    if version.last is St.TESTED and version.is_on_trial:
        return S.SHADOW
    return S(version.last.value)


def in_force(versions: Sequence[Version], day: date) -> Version | None:
    """The version that counts on `day`: the newest that was published and has begun, unless it was withdrawn or is over.

    An older version does not come back when a newer one ends: what an officer took away stays away.
    """
    begun = [v for v in versions if v.latest(St.LIVE) is not None and _has_begun(v, day)]
    newest = max(begun, key=lambda v: v.number, default=None)
    return newest if newest is not None and newest.is_published and newest.holds(day) else None


def _has_begun(version: Version, day: date) -> bool:
    """Whether it ever counted up to `day`; one that was withdrawn before its first day never did."""
    if not isinstance(version.content, RuleContent):
        return True
    taken = version.latest(St.WITHDRAWN)
    return version.content.since <= day and (taken is None or taken.at.date() >= version.content.since)


def trial_days(version: Version, at: datetime) -> int:
    """How many whole days the version has been on trial."""
    first = next((e.at for e in version.events if e.step is St.SHADOW), None)
    return (at - first).days if first else 0


def permitted(version: Version, versions: Sequence[Version], by: str, role: Role, day: date) -> tuple[Step, ...]:
    """The steps that this person may take now."""
    stands = status(version, versions, day)
    if stands in (S.SUPERSEDED, S.EXPIRED):
        return ()
    found = []
    for step in Step:
        if not FLOW.get((stands, step)) or role not in MAY[step]:
            continue
        if step in TWO_PERSONS and by == version.author:
            continue
        if step is St.SHADOW and version.kind is not Kind.RULE:
            continue
        if step is St.WITHDRAWN and role is not Role.SUPERVISOR and (by != version.author or version.is_published):
            continue
        found.append(step)
    return tuple(found)


def check(version: Version, versions: Sequence[Version], event: Event, trial: int) -> None:
    """Whether `event` may be recorded next; `trial` is how many days a rule has to stand in the shadow before it is
    approved. Raises NotPermittedStep."""
    if event.step in TWO_PERSONS and event.by == version.author:
        raise NotPermittedStep("whoever wrote it does not decide on it; ask another supervisor")
    if event.step not in permitted(version, versions, event.by, event.role, event.at.date()):
        stands = status(version, versions, event.at.date())
        raise NotPermittedStep(f"{event.step.value.lower()} cannot follow: it is {stands.value.lower()}")
    if event.step in NEEDS_REASON and not event.reason.strip():
        raise NotPermittedStep("this needs a reason")
    if event.step is St.SUBMITTED and (missing := set(version.warnings) - set(event.detail.get("confirmed", ()))):
        raise NotPermittedStep(f"the back-test warns, and these are not confirmed: {', '.join(sorted(missing))}")
    if event.step is St.APPROVED and version.kind is Kind.RULE and not event.reason.strip():
        stood = trial_days(version, event.at)
        if stood < trial:
            raise NotPermittedStep(
                f"it stood {stood} of {trial} days in the shadow; in an emergency approve it with a reason"
            )
    if event.step is St.LIVE:
        if isinstance(version.content, RuleContent) and event.at.date() >= version.content.until:
            raise NotPermittedStep("its time is over; write a new version")
        if any(v.number > version.number and v.latest(St.LIVE) for v in versions):
            raise NotPermittedStep("a newer version was published; write a new one from it")


def expires_by_default(since: date) -> date:
    """Half a year after `since`: until when a rule holds where its author says nothing."""
    return since + timedelta(days=182)
