"""A supervisor decides where the line and the row of a parcel differ: which judgement stands, for a reason, in the file of the parcel.

The file is made by the line in either case, because only the line says tax by tax what is owed and under which law. Where the row stands,
its lane is set over the line's, and where nothing would hold the goods the reasons of the row do. An amount is never decided: it
follows from the law, so where the two differ in one, the line stands or nothing is opened. What the line refuses becomes a refused file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec
from django.db import transaction
from msgspec.structs import replace

from customhouse.clearance import parcel_file, waiting
from customhouse.clearance.context import context_now
from customhouse.clearance.file import ahead
from customhouse.clearance.parcel_file import Again, ParcelProblem, context_of, is_taken, walked_again
from customhouse.offices import examine
from customhouse.offices.treasury.books import journals
from customhouse.record.acts import Act, Entry, Held, LaneChanged, Lifted, Released, Ruled
from customhouse.record.declaration import Declaration, Hold, HoldKind, Reason, Role, Stage
from customhouse.record.flow import fold
from customhouse.record.lanes import Lane
from customhouse.record.parcel import Answer
from customhouse.registry import booking, files, parcel_opening, parcels, reader, treasury
from customhouse.registry.parcel_opening import DUPLICATE

Stands = Literal["line", "row"]
OF_LANE, OF_ROW = "lane", "row"
"""What a hold is about (`Hold.ref`): the lane; what the row of the parcel said."""
NO_CODE = "other"
"""Why the lane is changed, in a word of `offices.risk.overruling`: nobody suspects or clears the goods by it."""


def choices(found: Again) -> tuple[Stands, ...]:
    """Which judgements can stand; none where both say the same, or where the row asked for no file."""
    if found.stored.verdict != "file" or not found.differs():
        return ()
    row, line, d = parcel_file.said(found.stored), found.judged.answer, found.walk.declaration
    if found.judged.refused or (row.value, row.duty, row.payable) != (line.value, line.duty, line.payable):
        return ("line",)
    return ("line", "row") if row.lane and d.stage in (Stage.ROUTED, Stage.RELEASED) else ("line",)


def seen(row: Answer, line: Answer) -> str:
    """A mark of what both say, so that nobody decides on something else than what was shown."""
    return hashlib.sha256(msgspec.json.encode([row, line])).hexdigest()[:16]


def decide(mrn: str, stands: Stands, reason: str, *, by: str, role: Role, shown: str) -> Declaration:
    """Open the file of a parcel for which an alarm stands, with the judgement that `stands`. `shown` is the mark (`seen`) of what the
    supervisor was shown.

    Raises ParcelProblem where there is nothing to decide or this cannot stand, and `record.flow.NotPermitted`.
    """
    with reader.system(), transaction.atomic():
        stored, begun = parcel_file.row_of(mrn)
        alarm = parcel_opening.alarm_of(stored.number)
        if alarm is None:
            raise ParcelProblem(f"no alarm stands for {mrn}")
        if alarm.rule == DUPLICATE or stored.parcel.reference in parcels.used(
            begun.of.declarant, [stored.parcel.reference]
        ):
            raise ParcelProblem(is_taken(stored.parcel.reference))
        found = walked_again(stored, begun, replace(context_of(begun), marks={}))
        row, line = parcel_file.said(stored), found.judged.answer
        if stands not in choices(found) or shown != seen(row, line):
            raise ParcelProblem(f"what is said of {mrn} has changed since it was shown")
        new = _file(found, Ruled(stands, reason, row, line), by, role)
        if stored.number not in parcel_opening.put_now([new]):
            raise ParcelProblem(is_taken(stored.parcel.reference))
        if booking.moves_money(new.later):
            treasury.post(journals((new.entry, *new.later)))
    made = files.get(stored.number)
    return made if made.stage is Stage.REFUSED else waiting.answer(made)


def _file(found: Again, ruled: Ruled, by: str, role: Role) -> files.New:
    """The file as the line walks it, and in it what was decided."""
    walk = found.walk
    if walk.entry is None:
        raise ParcelProblem(f"the line makes no file of {found.stored.mrn}")
    d, first = walk.declaration, walk.entry
    if ruled.stands == "row" and isinstance(first.acts[-1], Released):  # what is held was never let go
        first = replace(first, acts=first.acts[:-1])
        d = fold(None, first)
    acts = (*(_as_the_row_says(d, ruled) if ruled.stands == "row" else ()), ruled)
    d, entries = ahead(d, acts, by=by, role=role, now=context_now())
    return files.New(d, first, found.data, found.digest, entries)


def _as_the_row_says(d: Declaration, ruled: Ruled) -> Sequence[Act]:
    """The acts by which the row stands: its lane, and something that holds the goods."""
    acts: list[Act] = []
    row, holds = ruled.row, d.holds
    if (lane := Lane(row.lane)) is not d.lane:
        acts.append(LaneChanged(lane, ruled.reason, NO_CODE))
        acts += [Lifted(h.kind, f"lane changed to {lane.value}", OF_LANE) for h in holds if h.ref == OF_LANE]
        holds = tuple(h for h in holds if h.ref != OF_LANE)
        ordered = examine.order(lane, holds)
        acts += ordered
        holds = (*holds, *(held.hold for held in ordered))
    if all(hold.kind is HoldKind.PAYMENT for hold in holds):
        why = tuple(Reason(one["rule"], one["label"]) for one in msgspec.json.decode(row.told)) if row.told else ()
        acts.append(Held(Hold(HoldKind.DOCUMENTS, OF_ROW, (Role.OFFICER, Role.SUPERVISOR), why)))
    return acts


class Ruling(msgspec.Struct, frozen=True):
    """What was decided of a parcel, and the sitting in which it was."""

    ruled: Ruled
    entry: Entry


def of(number: int, entries: Callable[[int], Sequence[Entry]] = files.entries) -> Ruling | None:
    """What was decided of a parcel that has a file; None where nothing was."""
    return next((Ruling(act, e) for e in entries(number) for act in e.acts if isinstance(act, Ruled)), None)
