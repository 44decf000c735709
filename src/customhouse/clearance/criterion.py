"""Officers' rules, lists and policy through their life: written, back-tested, on trial, handed in, decided on, published.

Whatever is recorded here is on the line of every process within a second (`registry.criteria`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from django.db import transaction

from customhouse.kernel.problem import Problem, Refusal
from customhouse.law.rules.syntax import RuleError, read
from customhouse.offices.risk.backtest import BackTest, Caution, Trial, backtest
from customhouse.offices.risk.course import course
from customhouse.offices.risk.selected import Selected, selected
from customhouse.record.criterion import (
    Kind,
    ListContent,
    PolicyContent,
    RuleContent,
    Step,
    Version,
    Written,
    in_force,
)
from customhouse.record.declaration import Role
from customhouse.record.lanes import Lane
from customhouse.registry import criteria, criterion_versions, history, lawbook, reader, trail

LONGEST_EXPRESSION, LONGEST_TEXT, MOST_CODES, LONGEST_CODE = 4_000, 400, 50_000, 80
MOST_DAYS = 3 * 366  # a rule is looked at again before
BACK = 365  # days that a back-test goes back where nobody says otherwise
PPM = 1_000_000
Progress = Callable[[int], None]
Engine = Callable[[Sequence[Trial], date, date, Mapping[str, Any], Mapping[str, Lane], Progress], tuple[BackTest, ...]]
"""What goes through the past: (rules, first day, day after the last, named lists, lanes of the rules in force, progress)."""


class Actor(NamedTuple):
    """Who does it."""

    by: str
    role: Role


class PolicyTest(msgspec.Struct, frozen=True):
    """What other shares would have meant on past declarations, by the random draw that was recorded with each: how many were
    drawn as it was, and how many would have been; of `examined` drawn ones `found` had a find."""

    declarations: int
    drawn: int
    would: int
    explored: int
    examined: int
    found: int
    since: date | None
    until: date | None
    warnings: tuple[Caution, ...] = ()


class Tested(msgspec.Struct, frozen=True):
    """A back-test of a version: one result for a rule, one for each rule that looks into a list, or that of a policy."""

    rules: tuple[BackTest, ...] = ()
    policy: PolicyTest | None = None
    note: str = ""

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """All warnings; those marked are in the way until they are confirmed."""
        return (*(w for one in self.rules for w in one.warnings), *(self.policy.warnings if self.policy else ()))

    @property
    def unconfirmed(self) -> tuple[str, ...]:
        """The codes of those that must be confirmed by name."""
        return tuple(dict.fromkeys(w.code for w in self.cautions if w.confirmed))


# --- writing ----------------------------------------------------------------------------------------------------------


def write(content: Written, actor: Actor, at: datetime, id: str = "") -> Version:
    """A new draft, checked. Raises Refusal with every problem and its field."""
    if problems := problems_of(content, at.date(), id):
        raise Refusal(problems)
    return criterion_versions.write(content, by=actor.by, at=at, id=id)


def take_in(
    found: Sequence[tuple[str, RuleContent | ListContent]], actor: Actor, at: datetime, *, same: bool = False
) -> tuple[tuple[str, Version | None], ...]:
    """Keep rules and lists of a file as drafts, all or none: (name in the file, draft or None where the newest says the same).

    A rule gets a number of this house; with `same` it is the next version of the rule of that number. Raises Refusal with
    every problem, each with the name in the file.
    """
    lists = {id: content.codes for id, content in found if isinstance(content, ListContent)}
    problems = [
        msgspec.structs.replace(p, where=f"{id or n} {p.where}")
        for n, (id, content) in enumerate(found, 1)
        for p in problems_of(content, at.date(), id, lists)
    ]
    if problems:
        raise Refusal(problems)
    here = criterion_versions.everything()
    with transaction.atomic():
        return tuple((id, _taken_in(id, content, actor, at, here, same)) for id, content in found)


def _taken_in(
    id: str,
    content: RuleContent | ListContent,
    actor: Actor,
    at: datetime,
    here: Mapping[Any, Sequence[Version]],
    same: bool,
) -> Version | None:
    kind = criterion_versions.kind_of(content)
    own = id if kind is Kind.LIST or same else ""
    newest = [those[-1] for (k, name), those in here.items() if k is kind and own in ("", name)]
    if any(_says_the_same(v.content, content) for v in newest):
        return None
    return criterion_versions.write(content, by=actor.by, at=at, id=own)


def _says_the_same(one: Written, other: Written) -> bool:
    """Whether two contents ask the same; from when until when does not matter."""
    if isinstance(one, RuleContent) and isinstance(other, RuleContent):
        return msgspec.structs.replace(one, since=other.since, until=other.until) == other
    return one == other


def problems_of(
    content: Written, day: date, id: str = "", lists: Mapping[str, tuple[str, ...]] | None = None
) -> tuple[Problem, ...]:
    """Everything that is wrong with what somebody wrote; `where` is the field, for the expression with its column. `lists`
    are named lists that are written together with it."""
    if isinstance(content, RuleContent):
        return tuple(_of_rule(content, day, lists or {}))
    if isinstance(content, ListContent):
        return tuple(_of_list(content, id))
    return tuple(_of_policy(content))


def readable(expression: str, day: date, lists: Mapping[str, tuple[str, ...]] | None = None) -> None:
    """Check an expression with the lists of that day. Raises RuleError with the place of the fault."""
    read(expression, {**criterion_versions.lists(day), **(lists or {})})


def _wrong(field: str, label: str, hint: str = "", value: str = "") -> Problem:
    return Problem("Criterion", label, field, hint, value[:80])


def _of_rule(content: RuleContent, day: date, lists: Mapping[str, tuple[str, ...]]) -> Iterator[Problem]:
    if len(content.expression) > LONGEST_EXPRESSION:
        yield _wrong("expression", f"A rule has at most {LONGEST_EXPRESSION} characters", "Split it into several rules")
    else:
        try:
            readable(content.expression, day, lists)
        except RuleError as fault:
            yield _wrong(f"expression:{fault.column}", fault.message, f"at character {fault.column}")
    if not any(text.strip() for text in content.text.values()):
        yield _wrong("text", "The rule says nothing", "Write the sentence that an officer reads when it fires")
    if any(len(text) > LONGEST_TEXT for text in content.text.values()):
        yield _wrong("text", f"The sentence has at most {LONGEST_TEXT} characters", "Shorten it")
    if not content.owner.strip():
        yield _wrong("owner", "The rule has no owner", "Name the desk that answers for it")
    if not content.source.strip():
        yield _wrong("source", "The rule has no ground", "Name the law, the plan or the minute that it rests on")
    if content.until <= content.since:
        yield _wrong("until", "The rule ends before it begins", "Choose a later day")
    elif content.until <= day:
        yield _wrong("until", "The rule would be over already", "Choose a later day")
    elif content.until - content.since > timedelta(MOST_DAYS):
        yield _wrong(
            "until", f"A rule holds for at most {MOST_DAYS} days", "Write a new version when it is looked at again"
        )


def _of_list(content: ListContent, id: str) -> Iterator[Problem]:
    from customhouse.law.rules.functions import FUNCTIONS
    from customhouse.law.rules.syntax import TYPES

    if not (id.isascii() and id.isidentifier() and id == id.lower()) or len(id) > 40:
        yield _wrong("id", "This is no name of a list", "Small letters, digits and _, such as watched_importers", id)
    elif id in TYPES or id in FUNCTIONS:
        yield _wrong("id", "A fact or a function has this name already", "Choose another", id)
    if not content.codes:
        yield _wrong("codes", "The list is empty", "Write one entry on each line")
    if len(content.codes) > MOST_CODES:
        yield _wrong("codes", f"A list has at most {MOST_CODES} entries", "Split it")
    for n, code in enumerate(content.codes, 1):
        if not code.strip() or len(code) > LONGEST_CODE or not code.isprintable():
            yield _wrong(f"codes:{n}", "This entry cannot be used", f"Line {n}: 1 to {LONGEST_CODE} characters", code)
            return
    if not content.text.strip():
        yield _wrong("text", "The list says nothing", "Say what is in it")


def _of_policy(content: PolicyContent) -> Iterator[Problem]:
    for field, ppm in (
        ("floor_ppm", content.floor_ppm), ("exploration_ppm", content.exploration_ppm), ("blind_ppm", content.blind_ppm),
    ):  # fmt: skip
        if not 0 <= ppm <= PPM:
            yield _wrong(field, "A share lies between 0 and 100 %", "Correct it", str(ppm))
    if not content.source.strip():
        yield _wrong("source", "The policy has no ground", "Name the plan or the minute that it rests on")


# --- the past ---------------------------------------------------------------------------------------------------------


def one_by_one(
    trials: Sequence[Trial],
    since: date,
    until: date,
    lists: Mapping[str, Any],
    lanes: Mapping[str, Lane],
    done: Progress,
) -> tuple[BackTest, ...]:
    """The plain engine: every declaration that came in from `since` until before `until`, one after the other."""

    def past() -> Iterator[Selected]:
        for n, entries in enumerate(trail.accepted(since, until), 1):
            done(n)
            if (found := selected(course(entries))) is not None:
                yield found

    return backtest(trials, past(), lists, lanes)


def try_out(
    content: Written,
    at: datetime,
    id: str = "",
    *,
    days: int = BACK,
    engine: Engine = one_by_one,
    done: Progress = lambda _: None,
) -> Tested:
    """Back-test what somebody wrote on the last `days`, stored or not; `done` is told how many declarations were gone through.

    It is asked of all declarations, whoever asks: the answer holds counts and the most frequent names. Raises RuleError for a
    rule that cannot be read.
    """
    since, until = at.date() - timedelta(days), at.date() + timedelta(1)
    with reader.system():
        if isinstance(content, PolicyContent):
            return Tested(policy=_try_policy(content, since, until))
        lists: dict[str, Any] = {n: frozenset(c) for n, c in criterion_versions.lists(at.date()).items()}
        trials = _trials(content, id, at)
        if isinstance(content, ListContent):
            lists[id] = frozenset(content.codes)
            if not trials:
                return Tested(note="no rule looks into this list yet")
        return Tested(engine(trials, since, until, lists, lanes_in_force(at), done))


def _trials(content: RuleContent | ListContent, id: str, at: datetime) -> tuple[Trial, ...]:
    if isinstance(content, RuleContent):
        counting = in_force(criterion_versions.versions(Kind.RULE, id), at.date()) if id else None
        return (Trial(id or "new", criteria.expression(content), content.lane, id if counting else ""),)
    asked = criteria.composed(at)
    users = set(criterion_versions.users_of(id))
    return tuple(Trial(c.id, c.expression, Lane(c.lane), c.id) for c in asked.criteria if c.id in users)


def lanes_in_force(at: datetime) -> Mapping[str, Lane]:
    """The lane that each criterion in force asks for: those of the law and those of officers."""
    law = lawbook.current(at.date()).on(at.date())
    return {c.id: Lane(c.lane) for c in (*law.contents.criteria, *criteria.current(at).criteria)}


def _try_policy(content: PolicyContent, since: date, until: date) -> PolicyTest:
    declarations = drawn = would = explored = examined = found = 0
    first: date | None = None
    last: date | None = None
    for one in history.accepted(since, until):
        d = one.declaration
        if d.selection is None or d.acceptance is None:
            continue
        declarations += 1
        first, last = first or d.acceptance.tax_date, d.acceptance.tax_date
        was = d.selection.draw_ppm < d.selection.random_share_ppm
        drawn += was
        would += d.selection.draw_ppm < content.floor_ppm
        explored += content.exploration_ppm
        if was and d.examined is not None:
            examined += 1
            found += d.examined.conclusion == "discrepancy"
    return PolicyTest(
        declarations, drawn, would, explored // PPM, examined, found, first, last,
        tuple(_warn_of(content, declarations)),
    )  # fmt: skip


def _warn_of(content: PolicyContent, declarations: int) -> Iterable[Caution]:
    if not declarations:
        yield Caution("no-past", "There are no declarations in this time, so nothing is known of it", True)
    if content.floor_ppm < 10_000:
        yield Caution(
            "no-floor", "Below 1 % drawn at random the true rate of irregularity can hardly be measured", True
        )
    if content.floor_ppm + content.exploration_ppm > 200_000:
        yield Caution(
            "matches-everything", "More than a fifth of all declarations would be looked at without a reason", True
        )


# --- its life ---------------------------------------------------------------------------------------------------------


def test(
    version: Version,
    actor: Actor,
    at: datetime,
    *,
    days: int = BACK,
    engine: Engine = one_by_one,
    done: Progress = lambda _: None,
) -> Version:
    """Back-test a stored version and attach the result. Raises RuleError where it cannot be read any more."""
    tested = try_out(version.content, at, version.id, days=days, engine=engine, done=done)
    result = msgspec.json.encode(tested)
    return _record(
        version, Step.TESTED, actor, at, days=days, digest=hashlib.sha256(result).hexdigest(),
        result=msgspec.json.decode(result), warnings=list(tested.unconfirmed),
    )  # fmt: skip


def result_of(version: Version) -> Tested | None:
    """The result of the last back-test of a version."""
    tested = version.latest(Step.TESTED)
    if tested is None or "result" not in tested.detail:
        return None
    return msgspec.convert(tested.detail["result"], Tested)


def put_on_trial(version: Version, actor: Actor, at: datetime) -> Version:
    """Ask it of every declaration from now on, without effect."""
    return _record(version, Step.SHADOW, actor, at)


def submit(version: Version, actor: Actor, at: datetime, confirmed: Iterable[str] = ()) -> Version:
    """Hand it in for approval; `confirmed` are the codes of the warnings that the author takes responsibility for."""
    return _record(version, Step.SUBMITTED, actor, at, confirmed=sorted(set(confirmed)))


def approve(version: Version, actor: Actor, at: datetime, *, trial: int, reason: str = "") -> Version:
    """Approve it; with a `reason` also where it stood in the shadow for less than `trial` days."""
    return _record(version, Step.APPROVED, actor, at, reason=reason, trial=trial)


def refuse(version: Version, actor: Actor, at: datetime, reason: str) -> Version:
    """Refuse it; its author may write a new version."""
    return _record(version, Step.REFUSED, actor, at, reason=reason)


def publish(version: Version, actor: Actor, at: datetime) -> Version:
    """Put it in force. Raises Refusal where it cannot be read with the lists of today."""
    if problems := problems_of(version.content, at.date(), version.id):
        raise Refusal(problems)
    return _record(version, Step.LIVE, actor, at)


def withdraw(version: Version, actor: Actor, at: datetime, reason: str) -> Version:
    """Take it out of force, out of its trial or out of the drafts."""
    return _record(version, Step.WITHDRAWN, actor, at, reason=reason)


def _record(version: Version, step: Step, actor: Actor, at: datetime, **more: Any) -> Version:
    after = criterion_versions.record(version, step, by=actor.by, role=actor.role, at=at, **more)
    criteria.shelf.look()
    return after
