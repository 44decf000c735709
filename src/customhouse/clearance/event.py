"""Events: what the outside is told of the record, act by act, the same in the feed and in webhooks.

An event says what happened and to which declaration, with the few facts that software branches on; whoever needs more reads
the declaration. Acts that only prepare the next one are no events.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from customhouse.record import acts
from customhouse.registry.feed import Recorded

# act -> (name of the event, the facts told with it)
EVENTS: dict[type, tuple[str, Callable[[Any], dict[str, Any]]]] = {
    acts.Refused: ("declaration.refused", lambda a: {"problems": len(a.problems)}),
    acts.Accepted: ("declaration.accepted", lambda a: {"tax_date": a.acceptance.tax_date}),
    acts.QuotaAllocated: ("declaration.quota_allocated", lambda a: {}),
    acts.LaneAssigned: ("declaration.lane_assigned", lambda a: {"lane": a.selection.lane}),
    acts.LaneChanged: ("declaration.lane_assigned", lambda a: {"lane": a.lane}),
    acts.Held: ("declaration.held", lambda a: {"hold": a.hold.kind, "ref": a.hold.ref}),
    acts.Lifted: ("declaration.hold_lifted", lambda a: {"hold": a.kind, "ref": a.ref}),
    acts.Queried: ("declaration.queried", lambda a: {"text": a.text, "deadline": a.deadline}),
    acts.Answered: ("declaration.answered", lambda a: {"query": a.query}),
    acts.Amended: ("declaration.amended", lambda a: {}),
    acts.Examined: ("declaration.examined", lambda a: {"conclusion": a.examination.conclusion}),
    acts.Due: ("declaration.payment_due", lambda a: {"amount": a.amount}),
    acts.Paid: ("declaration.paid", lambda a: {"receipt": a.receipt.number, "amount": a.receipt.amount}),
    acts.Released: ("declaration.released", lambda a: {}),
    acts.Recalled: ("declaration.recalled", lambda a: {"reason": a.reason}),
    acts.Invalidated: ("declaration.invalidated", lambda a: {"reason": a.reason}),
}
TEST = "webhook.test"
CLEARED = "consolidation.cleared"
"""Told when a consolidation of parcels is cleared; its subject is a consolidation, and no act of a declaration."""
NAMES = (*dict.fromkeys(name for name, _ in EVENTS.values()), CLEARED)
"""Every event there is to subscribe to."""


class Subject(msgspec.Struct, frozen=True):
    """The declaration an event is about, the number of the act in it, and the facts told with the event."""

    id: int
    mrn: str
    lrn: str
    act: int
    facts: dict[str, Any] = {}


class Event(msgspec.Struct, frozen=True):
    """Something that happened; `type` is one of NAMES, `id` the same wherever the event is told."""

    id: str
    type: str
    timestamp: datetime
    data: Subject


def events(recorded: Recorded) -> tuple[Event, ...]:
    """The events in an entry, in the order of its acts."""
    entry = recorded.entry
    told = []
    for number, act in enumerate(entry.acts, entry.first):
        if (known := EVENTS.get(type(act))) is not None:
            name, facts = known
            subject = Subject(entry.declaration, recorded.mrn, recorded.lrn, number, facts(act))
            told.append(Event(f"{entry.declaration}/{number}", name, entry.at, subject))
    return tuple(told)


def encoded(event: Event) -> bytes:
    """The event as it goes out."""
    return msgspec.json.encode(event, enc_hook=str)
