"""What a demo house did in the weeks before its first morning: trade came in, was looked at where the line asked for it, and was let go.

The page of results has something true to say from the start: every declaration went the way of all, every look is an act, and what a look finds is
what is wrong in truth with the simulated goods. By seed and day the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from customhouse.clearance.file import record
from customhouse.clearance.lodge import lodge_read
from customhouse.house.first_morning import BROKER_CODE, TRADE, WORLDS
from customhouse.offices import examine
from customhouse.record.acts import Act, Amended, Examined, LaneChanged, Lifted, Paid
from customhouse.record.codec import encode
from customhouse.record.declaration import Declaration, Discrepancy, Examination, HoldKind, Receipt, Role, Stage
from customhouse.record.lanes import Lane
from customhouse.registry import courses, numbers, outcome_days
from customhouse.simulator import Shipment, World, file, permit
from customhouse.simulator.draw import Draw

DAYS, FRAUDS, EACH = 21, 2, 6
DOUBTS = {
    False: 0.05,
    True: 0.5,
}  # how often an officer looks at what the line would let go, by whether something is wrong
COURSES = ("a", "b")
AFTER = timedelta(hours=1)
# What a fraud of the simulator is called once it is found, and whether the documents alone show it.
SHOWS = {
    "undervaluation": ("value", "The invoice of the seller names a higher price", True),
    "misclassification": ("classification", "The goods belong to another heading", False),
    "misdescription": ("classification", "The goods are not those described", False),
    "origin": ("origin", "The marks on the goods name another country", False),
    "weight": ("quantity", "The scales show more than declared", False),
}


def begin(days: int = DAYS) -> int:
    """Hand in a few declarations of each of the last `days` days and deal with all of them; how many. Before anything of today is
    handed in: numbers of declarations grow with time."""
    today, dealt = datetime.now(UTC).date(), 0
    for back in range(days, 0, -1):
        day = today - timedelta(back)
        world = World(WORLDS[1], day, broker=BROKER_CODE)
        for shipment in _of([s for course in COURSES for s in world.day(day, run=f"W{back}{course}")]):
            lodged = file(shipment).lodgement
            outcome = lodge_read(lodged, encode(lodged), by=TRADE, format="json", at=shipment.at)
            if outcome.kind == "new" and outcome.declaration is not None:
                _deal_with(outcome.declaration, shipment)
                dealt += 1
    while courses.read_on():
        pass
    outcome_days.count_changed()
    return dealt


def _of(shipments: list[Shipment]) -> Iterator[Shipment]:
    """A few of a day that wait for nothing but customs: imports without another agency's paper, told without a mistake. Where there is
    fraud on a day some of it is among them."""
    agencies = permit.DOCUMENTS.keys()
    fit = [
        s
        for s in shipments
        if s.is_import and not s.mistakes and not s.deferred and not any(p.code in agencies for p in s.papers)
    ]
    wrong = [s for s in fit if s.frauds][:FRAUDS]
    few = wrong + [s for s in fit if not s.frauds][: EACH - len(wrong)]
    yield from sorted(few, key=lambda s: s.at)


def _deal_with(d: Declaration, shipment: Shipment) -> None:
    """Look where the line asks for it, correct what was found, pay."""
    draw, at = Draw(shipment.seed, "looks"), shipment.at + timedelta(minutes=10)
    if d.lane in (Lane.GREEN, Lane.BLUE) and d.stage is Stage.ROUTED and draw.chance(DOUBTS[bool(shipment.frauds)]):
        doubt = LaneChanged(Lane.YELLOW, "The price list of the seller is not known here")
        d = record(d.id, (doubt, *examine.order(Lane.YELLOW)), by="officer", role=Role.OFFICER, at=at)
    kind, what, on_paper = next((SHOWS[f] for f in shipment.frauds if f in SHOWS), ("", "", False))
    if d.hold(HoldKind.DOCUMENTS) is not None and d.lane is Lane.YELLOW:
        at += timedelta(minutes=draw.whole(30, 300))
        d = _documents_seen(d, kind if on_paper else "", what, draw, at)
    if d.hold(HoldKind.INSPECTION) is not None:
        at += timedelta(minutes=draw.whole(120, 1500))
        d = _examined(d, shipment, kind, what, draw, at)
        at += 2 * AFTER
    if d.stage is Stage.ROUTED and d.settled is not None and d.settled.outstanding.minor:
        receipt = Receipt(numbers.receipt(), d.settled.outstanding, "cash", d.lodged.declarant_id)
        at += timedelta(minutes=draw.whole(5, 240))
        record(d.id, (Paid(receipt),), by="cashier", role=Role.CASHIER, at=at)


def _documents_seen(d: Declaration, kind: str, what: str, draw: Draw, at: datetime) -> Declaration:
    """The documents are in order, or lead to an examination."""
    result = Examination("conform", quality="documents", minutes=draw.whole(4, 15))
    acts: list[Act] = [Lifted(HoldKind.DOCUMENTS, "documents in order", "lane", result=result)]
    if kind:
        result = replace(result, conclusion="discrepancy", discrepancies=(Discrepancy(1, what, kind=kind),))
        acts = [LaneChanged(Lane.RED, what), Lifted(HoldKind.DOCUMENTS, what, "lane", result=result)]
        acts += examine.order(Lane.RED)
    return record(d.id, acts, by="officer", role=Role.OFFICER, at=at)


def _examined(d: Declaration, shipment: Shipment, kind: str, what: str, draw: Draw, at: datetime) -> Declaration:
    """The goods are opened; what differs is corrected by the broker, and the hold falls."""
    found = (Discrepancy(1, what, kind=kind),) if kind else ()
    conclusion = "discrepancy" if kind else "conform"
    look = Examination(conclusion, what, found, draw.one(("full", "partial")), draw.whole(25, 90))
    d = record(d.id, (Examined(look),), by="examiner", role=Role.EXAMINER, at=at)
    if not kind:
        return d
    honest = replace(file(replace(shipment, frauds=())).lodgement, lrn=d.lodged.lrn)
    data = encode(honest)
    amended = Amended(honest, "json", hashlib.sha256(data).hexdigest(), "corrected after the examination")
    d = record(d.id, (amended,), by="broker", role=Role.BROKER, at=at + AFTER, source=data)
    lifted = Lifted(HoldKind.INSPECTION, "corrected by the declarant", "lane")
    return record(d.id, (lifted,), by="supervisor", role=Role.SUPERVISOR, at=at + 2 * AFTER)
