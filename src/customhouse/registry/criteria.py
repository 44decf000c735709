"""The officers' criteria as they are asked on the line: composed and compiled once in a process, renewed when one is published.

Every set that was used is kept under its hash, which stands with every lane.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
from django.db import connection, transaction

from customhouse.kernel.validity import Validity
from customhouse.law.rules.syntax import RuleError, read
from customhouse.law.selectivity import NO_SELECTIVITY, Policy, Selectivity
from customhouse.law.terms import Criterion
from customhouse.record.criterion import Kind, ListContent, PolicyContent, RuleContent, Version, in_force
from customhouse.registry import reader
from customhouse.registry.criterion_versions import CHANNEL, EVENT, EVENTS, VERSIONS, assembled
from customhouse.registry.published import Published

log = logging.getLogger(__name__)
STAMP = "select coalesce(max(number), 0) from criterion_event"
ALIVE = (
    "where exists (select from criterion_event x where (x.kind, x.id, x.version) = ({0}.kind, {0}.id, {0}.version) "
    "and x.step in ('SHADOW', 'LIVE'))"
)
ALIVE_VERSIONS = VERSIONS.format(ALIVE.format("criterion"))
ALIVE_EVENTS = EVENTS.format(EVENT, ALIVE.format("criterion_event"))
KEEP = "insert into selectivity (hash, content) values (%s, %s) on conflict do nothing"


class Composed(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a set is made of. `left_out` are criteria that cannot be read any more; they are told on the desk."""

    criteria: tuple[Criterion, ...] = ()
    shadow: tuple[Criterion, ...] = ()
    lists: dict[str, tuple[str, ...]] = {}
    policy: Policy | None = None
    left_out: tuple[tuple[str, str], ...] = ()

    def selectivity(self) -> Selectivity:
        """The compiled set. Raises RuleError."""
        if not (self.criteria or self.shadow or self.policy):
            return NO_SELECTIVITY
        return Selectivity(self.criteria, self.shadow, self.lists, self.policy)


def criterion(id: str, content: RuleContent) -> Criterion:
    """A rule as the line knows it."""
    text = dict(content.text)
    text.setdefault("en", next(iter(text.values()), id))
    validity = Validity(content.since, content.until)
    return Criterion(
        id=id, expression=expression(content), lane=content.lane.value, text=text, owner=content.owner,
        source=content.source, validity=validity,
    )  # fmt: skip


def expression(content: RuleContent) -> str:
    """The expression with what the rule applies to."""
    side = {"import": "is_import and ", "export": "not is_import and "}.get(content.applies, "")
    return f"{side}({content.expression})" if side else content.expression


def compose(found: Iterable[Version], day: date) -> Composed:
    """The set of a day. A rule that cannot be read (a list is gone) is left out, and said so: it never stops the line."""
    by_id: dict[tuple[Kind, str], list[Version]] = {}
    for version in found:
        by_id.setdefault((version.kind, version.id), []).append(version)
    lists, policy = dict[str, tuple[str, ...]](), None
    for (kind, id), those in by_id.items():
        counting = in_force(those, day)
        if counting is not None and isinstance(counting.content, ListContent):
            lists[id] = counting.content.codes
        elif counting is not None and kind is Kind.POLICY and isinstance(counting.content, PolicyContent):
            shares = counting.content
            policy = Policy(shares.floor_ppm, shares.exploration_ppm, shares.blind_ppm)
    live, trial, left_out = list[Criterion](), list[Criterion](), list[tuple[str, str]]()
    for (kind, id), those in by_id.items():
        counting = in_force(those, day) if kind is Kind.RULE else None
        on_trial = [v for v in those if v.is_on_trial and v.holds(day)][-1:]
        for version, into in [*([(counting, live)] if counting else []), *((v, trial) for v in on_trial)]:
            if isinstance(version.content, RuleContent):
                try:
                    read(expression(version.content), lists)
                except RuleError as fault:
                    left_out.append((id, str(fault)))
                    log.error("rule %s is left out of the selectivity: %s", id, fault)
                else:
                    into.append(criterion(id, version.content))
    used = {name: codes for name, codes in lists.items() if any(name in c.expression for c in (*live, *trial))}
    return Composed(tuple(live), tuple(trial), used, policy, tuple(left_out))


class Shelf(Published):
    """The sets a process holds: those of today and tomorrow are compiled before anybody asks."""

    channel = CHANNEL

    def __init__(self) -> None:
        super().__init__()
        self.stamp = -1
        self._versions: tuple[Version, ...] = ()
        self._days: dict[date, tuple[Composed, Selectivity]] = {}
        self._kept: set[str] = set()
        self._putting = threading.Lock()

    def read(self) -> None:
        """Compile what was published since, and keep it under its hash before it is asked."""
        day = datetime.now(UTC).date()
        with connection.cursor() as cursor:
            cursor.execute(STAMP)
            stamp = int(cursor.fetchone()[0])
            if self.is_due(stamp, day):
                cursor.execute(ALIVE_VERSIONS)
                written = cursor.fetchall()
                cursor.execute(ALIVE_EVENTS)
                self.put(stamp, written, cursor.fetchall(), day)
        self.keep()

    def is_due(self, stamp: int, day: date) -> bool:
        """Whether something was published since, or tomorrow has come near."""
        return stamp != self.stamp or day + timedelta(1) not in self._days

    def put(self, stamp: int, written: Sequence[Any], happened: Sequence[Any], day: date) -> None:
        """Put up what was published, for `day` and the one after it; what was read before something newer is let go."""
        found = assembled(written, happened)
        days = {d: _compiled(found, d) for d in (day, day + timedelta(1))}
        with self._putting:
            if stamp >= self.stamp:
                self._versions, self._days, self.stamp = found, days, stamp

    def on(self, day: date) -> Selectivity:
        """The set of a day."""
        return self._on(day)[1]

    def composed(self, day: date) -> Composed:
        """What the set of a day is made of."""
        return self._on(day)[0]

    def _on(self, day: date) -> tuple[Composed, Selectivity]:
        days, versions = self._days, self._versions  # both of one publication: another may be put up meanwhile
        found = days.get(day)
        if found is None:
            found = days[day] = _compiled(versions, day)
        return found

    def keep(self) -> None:
        """Keep in the register the sets that may not be there yet."""
        sets = {s.hash: c for c, s in list(self._days.values()) if s.hash and s.hash not in self._kept}
        if not sets:
            return
        with reader.system(), connection.cursor() as cursor:
            cursor.executemany(KEEP, [(hash, msgspec.json.encode(told).decode()) for hash, told in sets.items()])
        transaction.on_commit(lambda: self._kept.update(sets))


def _compiled(versions: Sequence[Version], day: date) -> tuple[Composed, Selectivity]:
    composed = compose(versions, day)
    return composed, composed.selectivity()


shelf = Shelf()


def current(at: datetime) -> Selectivity:
    """The criteria in force and on trial at a time."""
    shelf.renew()
    found = shelf.on(at.date())
    if found.hash and not shelf.is_watched:
        shelf.keep()
    return found


def composed(at: datetime) -> Composed:
    """What the set of a time is made of."""
    shelf.renew()
    return shelf.composed(at.date())


def by_hash(hash: str) -> Selectivity | None:
    """The set with this hash, for judging again what was decided on it; None where it is not known or its content was changed."""
    found = told(hash)
    if found is None:
        return None
    if hash not in _made:
        if len(_made) > MADE:
            _made.clear()
        _made[hash] = found.selectivity()
    return _made[hash] if _made[hash].hash == hash else None


MADE = 64
"""Compiled sets that are kept: many files are opened under the same few."""
_made: dict[str, Selectivity] = {}
_told: dict[str, Composed] = {}


def told(hash: str) -> Composed | None:
    """What a set was made of, for telling its reasons; None where it is not known, and for every reader outside customs."""
    who = reader.current()
    if not hash or not (who.sees_all or who.office):
        return None
    if hash not in _told:
        with connection.cursor() as cursor:
            cursor.execute("select content::text from selectivity where hash = %s", [hash])
            row = cursor.fetchone()
        if row is None:
            return None
        if len(_told) > 256:
            _told.clear()
        _told[hash] = msgspec.json.decode(row[0], type=Composed)
    return _told[hash]
