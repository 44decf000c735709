"""The line: every declaration walks these steps in this order, and stops only where a person is asked.

    screen -> verify -> permits -> classify -> value -> origin -> assess -> target -> settle -> release

A declaration lodged before its goods is registered, estimated, and waits; when they are presented it is accepted under the
law of that day, and goes the same way.

`walk` takes a fresh lodgement through lodge and the line; `proceed` goes on from wherever a declaration stands, after a
person has acted. Both are pure: they return the new state and the acts to record, and leave storing to the register.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec
from msgspec.structs import replace

from customhouse.kernel.problem import Problem
from customhouse.law.book import Law
from customhouse.law.selectivity import NO_SELECTIVITY, Selectivity
from customhouse.offices import agency as agency_office
from customhouse.offices import classify as tariff_office
from customhouse.offices import documents, duty, examine, longroom, release, risk, treasury
from customhouse.offices import manifest as manifest_office
from customhouse.offices import origin as origin_office
from customhouse.offices import party as party_office
from customhouse.offices import permit as permit_office
from customhouse.offices import quota as quota_office
from customhouse.offices import value as valuation_office
from customhouse.offices.risk import network
from customhouse.record.acts import Act, Entry, Estimated, Held, Lodged, PartiesScreened
from customhouse.record.declaration import Acceptance, Declaration, Mark, Role, Stage
from customhouse.record.facts import assessed_facts
from customhouse.record.flow import step as record_act
from customhouse.record.history import NO_HISTORY, HistoryFacts
from customhouse.record.lanes import STRICTNESS, Lane
from customhouse.record.lodgement import Lodgement
from customhouse.record.screening import ListedIn, Screening


class Screener(Protocol):
    """Asks the names of a declaration against the watch lists that count, `lists`; where none does there is no screener."""

    @property
    def lists(self) -> tuple[ListedIn, ...]: ...

    def look(self, lodged: Lodgement) -> Screening | None:
        """What was found; None where that cannot be said here and now, and the declaration waits."""


Scorer = Callable[[Declaration, Any, Sequence[Any]], risk.Scored]
"""(declaration, header facts with history, item facts) -> what models find. Never raises: it says why it does not answer."""


class Context(msgspec.Struct, frozen=True, gc=False):
    """What a walk is made under: the law of the day, the clock, the key of the random draw, and what the risk office has:
    the officers' criteria of the day, what is known of this declaration's actors, the models that speak, who asks names
    against watch lists (None: there are none), and looks asked for on what is not declared yet, by kind and key
    (`offices.risk.network`). `draws` says where the draws fell that were made already, for parcels."""

    law: Law
    at: datetime
    draw_key: bytes
    selectivity: Selectivity = NO_SELECTIVITY
    history: HistoryFacts = NO_HISTORY
    score: Scorer | None = None
    draws: risk.Draws | None = None
    screening: Screener | None = None
    marks: Mapping[tuple[str, str], Mark] = {}


def estimate(d: Declaration, c: Context) -> tuple[Act, ...]:
    """What would be owed if the goods of a registered declaration came today: the steps as far as assessment, tried."""
    if d.estimated is not None or d.registration is None:
        return ()
    today = Acceptance(d.registration.mrn, c.law.date, c.law.book_hash)
    tried = replace(d, stage=Stage.ACCEPTED, acceptance=today)
    for stage, step in LINE:
        if stage is Stage.ASSESSED:
            break
        if tried.stage is stage:
            tried = _record(tried, step(tried, c), c, d.id)
    return (Estimated(tried.assessed),) if tried.assessed else ()


def accept(d: Declaration, c: Context) -> tuple[Act, ...]:
    return (longroom.accept(d, c.law),)


def screen(d: Declaration, c: Context) -> tuple[Act, ...]:
    """Names are asked against the lists that count now, and once more before release where another list has come."""
    lists = c.screening.lists if c.screening is not None else ()
    if c.screening is None or not lists or (d.screened is not None and d.screened.lists == lists):
        return ()
    found = c.screening.look(d.lodged)
    if found is None:
        return (party_office.wait(),)
    return (PartiesScreened(party_office.with_earlier(found, d.screened)),)


def verify(d: Declaration, c: Context) -> tuple[Act, ...]:
    return documents.verify(d.lodged, c.law)


def permits(d: Declaration, c: Context) -> tuple[Act, ...]:
    """A hold until the permit register has answered (`clearance.permit_use`); the line goes on meanwhile."""
    waiting = permit_office.wait(d, c.law)
    return (waiting,) if waiting is not None else ()


def classify(d: Declaration, c: Context) -> tuple[Act, ...]:
    return (tariff_office.classify(d.lodged, c.law),)


def value(d: Declaration, c: Context) -> tuple[Act, ...]:
    return valuation_office.value(d.lodged, c.law)


def origin(d: Declaration, c: Context) -> tuple[Act, ...]:
    return (origin_office.determine(d.lodged, c.law),)


def assess(d: Declaration, c: Context) -> tuple[Act, ...]:
    """Duties are worked out when every quota that is claimed has answered (`clearance.quota`)."""
    if (waiting := quota_office.wait(d, c.law)) is not None:
        return (waiting,)
    allotments = {a.item: duty.Allotment(a.order, a.asked, a.granted, a.critical) for a in d.quotas}
    return duty.assess(d, c.law, allotments)


def target(d: Declaration, c: Context) -> tuple[Act, ...]:
    header, items = assessed_facts(d, c.history)
    seen = risk.Seen(
        hits=(*c.law.select(header, items), *c.selectivity.fire(header, items), *party_office.hits(d)),
        shadow=c.selectivity.shadow(header, items),
        history=None if c.history is NO_HISTORY else c.history,
        selectivity=c.selectivity.hash,
        scored=c.score(d, header, items) if c.score is not None else None,
        marked=_mark(d, c),
    )
    draws = c.draws or risk.Draws(risk.draw(c.draw_key, d.mrn), risk.draw(c.draw_key, f"explore {d.mrn}"))
    assigned = risk.decide(seen, draws, c.law.random_share_ppm, c.selectivity.policy, d.lane or Lane.GREEN)
    wished = agency_office.order(c.law.wishes(header, items), d.holds)
    waiting = manifest_office.wait(d, c.law)
    return (
        assigned,
        *examine.order(assigned.selection.lane, d.holds),
        *wished,
        *((waiting,) if waiting else ()),
    )


def _mark(d: Declaration, c: Context) -> Mark | None:
    """The look asked for on the declaration or on something that it names: the strictest, the declaration's own first."""
    named = (
        [c.marks[link.kind, link.key] for link in network.links(d.lodged) if (link.kind, link.key) in c.marks]
        if c.marks
        else []
    )
    wanted = [mark for mark in (d.marked, *named) if mark is not None]
    return max(wanted, key=lambda mark: STRICTNESS[mark.lane], default=None)


def settle(d: Declaration, c: Context) -> tuple[Act, ...]:
    return treasury.settle(d, c.law)


def let_go(d: Declaration, c: Context) -> tuple[Act, ...]:
    granted = release.grant(d, c.law)
    return () if isinstance(granted, tuple) else (granted,)


Step = Callable[[Declaration, Context], tuple[Act, ...]]

# The whole line. A step is taken when the declaration has reached its stage; it either moves the declaration on or
# leaves a hold, and then the line waits for a person.
LINE: tuple[tuple[Stage, Step], ...] = (
    (Stage.REGISTERED, screen),
    (Stage.REGISTERED, estimate),
    (Stage.PRESENTED, accept),
    (Stage.ACCEPTED, screen),
    (Stage.ACCEPTED, verify),
    (Stage.VERIFIED, permits),
    (Stage.VERIFIED, classify),
    (Stage.CLASSIFIED, value),
    (Stage.VALUED, origin),
    (Stage.ORIGIN_DETERMINED, assess),
    (Stage.ASSESSED, target),
    (Stage.ROUTED, settle),
    (Stage.ROUTED, screen),
    (Stage.ROUTED, let_go),
)


class Walk(msgspec.Struct, frozen=True, gc=False):
    """Where a walk ended: the declaration, the one entry to record (None when nothing happened), problems and warnings."""

    declaration: Declaration
    entry: Entry | None
    problems: tuple[Problem, ...] = ()


def walk(
    lodged: Lodgement,
    context: Context,
    *,
    number: int,
    by: str,
    format: str,
    digest: str,
) -> Walk:
    """Lodge `lodged` as declaration `number` and walk the line as far as it goes without a person.

    `by` is who handed it in, `format` the gate it came through, `digest` the SHA-256 of the bytes received.
    """
    taken: list[Act] = [Lodged(lodged, format, digest)]
    declaration = _record(None, taken, context, number)
    decision, problems = longroom.decide(lodged, context.law, number)
    taken.append(decision)
    declaration = _record(declaration, (decision,), context, number)
    if declaration.stage in (Stage.ACCEPTED, Stage.REGISTERED):
        declaration = _advance(declaration, context, taken)
    return Walk(declaration, _entry(context, number, 1, by, taken), problems)


def proceed(declaration: Declaration, context: Context) -> Walk:
    """Go on along the line from where `declaration` stands; records nothing when nothing can be done."""
    taken: list[Act] = []
    first = declaration.acts + 1
    after = _advance(declaration, context, taken)
    entry = _entry(context, declaration.id, first, "customhouse", taken) if taken else None
    return Walk(after, entry)


def _advance(declaration: Declaration, context: Context, taken: list[Act]) -> Declaration:
    for stage, step in LINE:
        if declaration.stage is not stage:
            continue
        acts = _news(step(declaration, context), declaration)
        declaration = _record(declaration, acts, context, declaration.id)
        taken.extend(acts)
    return declaration


def _news(acts: tuple[Act, ...], declaration: Declaration) -> tuple[Act, ...]:
    """Leave out holds that stand already, so that walking on twice records nothing twice."""
    if not declaration.holds:
        return acts
    return tuple(a for a in acts if not (isinstance(a, Held) and a.hold in declaration.holds))


def _record(d: Declaration | None, acts: Sequence[Act], context: Context, number: int) -> Declaration:
    for act in acts:
        d = record_act(d, act, Role.SYSTEM, context.at, number)
    if d is None:
        raise ValueError("a walk begins with a lodgement")
    return d


def _entry(context: Context, number: int, first: int, by: str, taken: list[Act]) -> Entry:
    law = context.law
    return Entry(number, first, by, Role.SYSTEM, context.at, law.date, law.book_hash, tuple(taken))
