"""What a declaration waits for that the house itself can answer: cargo, quotas, permits, accounts; in that order.

The line cannot answer these, because the answer hangs on what others hold or draw: it leaves a hold, and the registers answer
first come, first served. A declaration handed in by a person is answered at once; the worker answers the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from customhouse.clearance import cargo, charge, drift, party_check, permit, permit_use, quota, traders
from customhouse.clearance.context import context_now
from customhouse.record.declaration import Declaration, HoldKind
from customhouse.registry import courses, files, outcome_days, reader

# What the worker does over and over: every how many seconds, and a function that answers how much it did.
WORKS: tuple[tuple[str, float, Callable[[], int]], ...] = (
    ("cargo", 0.5, cargo.match_new),
    ("parties", 0.5, party_check.screen_waiting),
    ("parties again", 5, party_check.screen_again),
    ("traders", 5, traders.keep_up),
    ("quotas", 0.5, quota.allocate_waiting),
    ("permits", 0.5, lambda: permit_use.check_waiting(context_now())),
    ("permits that end", 300, lambda: permit.expire(context_now().at)),
    ("days of results", 30, outcome_days.count_changed),
    ("accounts", 0.5, charge.charge_waiting),
    ("what became of declarations", 0.5, courses.read_on),
    ("models", 300, drift.look_after),
)


def answer(d: Declaration) -> Declaration:
    """Answer what a declaration just handed in waits for; as it was where it waits for nothing."""
    with reader.system():
        if d.hold(HoldKind.SCREENING) is not None:
            with suppress(party_check.NoIndex):  # the worker says it again and again
                d = files.get(d.id) if party_check.screen_waiting(d.id) else d
        if cargo.is_reported(d) and cargo.match(d.id):
            d = files.get(d.id)
        if d.hold(HoldKind.QUOTA) is not None and quota.allocate_waiting(d.id):
            d = files.get(d.id)
        if d.hold(HoldKind.PERMIT) is not None:
            d = permit_use.check(d.id, context_now())
        if d.hold(HoldKind.ACCOUNT) is not None and charge.charge_waiting(d.id):
            d = files.get(d.id)
    return d
