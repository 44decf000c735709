"""Many parcels at once: an officer holds, releases or selects at random with one reason; the worker does it parcel by parcel.

Every parcel that is touched gets a file, and the file gets the act of the officer who ordered it. Files are opened many at once
with the act in them, in one transaction that also says what happened to each; a parcel that has a file already is acted on in a
transaction of its own. So an order goes on after any stop, and touches nothing twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress

from django.db import Error as DatabaseError
from django.db import transaction

from customhouse.clearance.file import record
from customhouse.clearance.parcel_file import ParcelProblem
from customhouse.clearance.parcel_files import Opener, Overtaken
from customhouse.offices import examine
from customhouse.offices.risk import overruling, parcel_draw
from customhouse.record.acts import Act, Held, LaneChanged, Lifted, Recalled
from customhouse.record.declaration import Declaration, Hold, HoldKind, Reason, Role, Stage
from customhouse.record.flow import NotPermitted
from customhouse.record.lanes import Lane
from customhouse.registry import files, parcel_look, parcel_orders, secret, turn
from customhouse.registry.parcel_orders import Order, Wanted
from customhouse.registry.parcels import TAKEN, Stored

log = logging.getLogger("customhouse.worker")
AT_ONCE, TOGETHER, MORE = 500, 100, 1000
GREEN = ("released", "due")
"""Verdicts of parcels that nobody looks at; a selection at random is made among these."""
Left = (NotPermitted, ParcelProblem, files.UnknownDeclaration)


def parcels_of(consolidation: int, wanted: Wanted, after: int, limit: int = AT_ONCE) -> list[Stored]:
    """The next parcels of a filter, or of the lines that were ticked."""
    if wanted.lines:
        return parcel_look.of_lines(consolidation, wanted.lines, after=after, limit=limit)
    return parcel_look.rows(
        consolidation, verdicts=wanted.verdicts, lanes=wanted.lanes, words=wanted.words, after=after, limit=limit
    )


def count(consolidation: int, wanted: Wanted, known: dict[str, int]) -> int:
    """How many parcels an order would touch; `known` are the counts by verdict."""
    if not (wanted.lines or wanted.lanes or wanted.words):
        return sum(known.get(verdict, 0) for verdict in wanted.verdicts or [v for v in known if v != "unreadable"])
    if wanted.lines:
        return len(parcel_look.of_lines(consolidation, wanted.lines, limit=len(wanted.lines)))
    return parcel_look.count(consolidation, verdicts=wanted.verdicts, lanes=wanted.lanes, words=wanted.words)


def work() -> int:
    """Do the next portion of the oldest order; how much more may wait."""
    with turn.alone("orders for parcels") as mine:
        order = parcel_orders.next_waiting() if mine else None
        if order is None:
            return 0
        some = parcels_of(order.consolidation, order.wanted, order.upto)
        try:
            do(order, _chosen(order, some))
        except DatabaseError:
            raise
        except Exception as fault:
            log.exception("order %d stopped", order.id)
            parcel_orders.finish(order.id, str(fault) or type(fault).__name__)
            return MORE
        if some:
            parcel_orders.advance(order.id, some[-1].line, len(some))
        if len(some) < AT_ONCE:
            parcel_orders.finish(order.id)
        return MORE


def purpose(order: int) -> bytes:
    """What the draws of an order are made under, beside the key of the house: an auditor with both repeats them."""
    return b"order %d for parcels" % order


def _chosen(order: Order, some: Sequence[Stored]) -> list[Stored]:
    """Those of the parcels that the order is for: all of them, or the green ones that the draw falls on."""
    if order.act != "select":
        return list(some)
    key = secret.draw_key()
    return [
        one
        for one in some
        if one.verdict in GREEN and parcel_draw.draws(key, one.number, purpose(order.id)).random < order.share_ppm
    ]


def do(order: Order, some: Sequence[Stored]) -> None:
    """Do an order with these parcels: those without a file get one many at once, each with the act in it; all others one by one."""
    opener = Opener(order.consolidation, lambda d: ACTS[order.act](d, order), by=order.by, role=Role(order.role))
    for start in range(0, len(some), TOGETHER):
        part = some[start : start + TOGETHER]
        done, left = _opened(order, part, opener)
        for one in part:
            if one.number in done:
                continue
            if one.verdict not in TAKEN:
                parcel_orders.leave(order.id, one.line, one.number, f"it was {one.verdict}")
            elif one.number in left:
                _leave(order, one, left[one.number])
            else:
                _do(order, one)


def _opened(order: Order, part: Sequence[Stored], opener: Opener) -> tuple[set[int], dict[int, Exception]]:
    while True:
        with suppress(Overtaken), transaction.atomic():
            done, left = opener.open([one for one in part if one.verdict in TAKEN])
            for one in part:
                if one.number in done:
                    parcel_orders.begin_line(order.id, one.line, one.number)
            return done, left


def _do(order: Order, one: Stored) -> None:
    try:
        with transaction.atomic():
            if parcel_orders.begin_line(order.id, one.line, one.number):
                act(files.get(one.number), order)
    except Left as why:
        _leave(order, one, why)


def _leave(order: Order, one: Stored, why: Exception) -> None:
    parcel_orders.leave(order.id, one.line, one.number, getattr(why, "why", str(why)))


def act(d: Declaration, order: Order) -> None:
    """Record what an order does with a declaration. Raises NotPermitted."""
    record(d.id, ACTS[order.act](d, order), by=order.by, role=Role(order.role))


def _ref(order: Order) -> str:
    return f"order {order.id}"


def _back(d: Declaration, order: Order) -> tuple[Act, ...]:
    """A release that was given is taken back first."""
    return (Recalled(order.reason),) if d.stage is Stage.RELEASED else ()


def _hold(d: Declaration, order: Order) -> tuple[Act, ...]:
    hold = Hold(HoldKind.INSPECTION, _ref(order), (Role.OFFICER, Role.SUPERVISOR), (Reason("officer", order.reason),))
    return (*_back(d, order), Held(hold))


def _release(d: Declaration, order: Order) -> tuple[Act, ...]:
    """Whatever this role may lift falls; a draw is not emptied by those who may not overrule it."""
    role, acts = Role(order.role), list[Act]()
    if d.stage is Stage.RELEASED:
        raise NotPermitted("Lifted", "it is released")
    mine = [hold for hold in d.holds if role in hold.lifted_by]
    if not mine:
        raise NotPermitted("Lifted", "no hold that this role may lift")
    if any(hold.ref == "lane" for hold in mine) and d.lane in overruling.LOOKS:
        if why := overruling.refusal(d, Lane.GREEN, role):
            raise NotPermitted("LaneChanged", why)
        acts.append(LaneChanged(Lane.GREEN, order.reason, "other"))
    return (*acts, *(Lifted(hold.kind, order.reason, hold.ref) for hold in mine))


def _select(d: Declaration, order: Order) -> tuple[Act, ...]:
    lane = Lane(order.lane)
    if d.lane is lane:
        raise NotPermitted("LaneChanged", "it is looked at already")
    changed = LaneChanged(lane, order.reason, overruling.SAMPLE, order.share_ppm)
    return (*_back(d, order), changed, *examine.order(lane, d.holds))


ACTS: dict[str, Callable[[Declaration, Order], tuple[Act, ...]]] = {
    "hold": _hold,
    "release": _release,
    "select": _select,
}
