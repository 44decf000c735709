"""One parcel afterwards: judged again under everything it was judged under, and the file it becomes when somebody asks."""

from __future__ import annotations

import msgspec
from django.db import transaction
from msgspec.structs import replace

from customhouse.clearance import parcel_charge, scorer, sight, waiting
from customhouse.clearance.context import context_now
from customhouse.clearance.file import record
from customhouse.clearance.line import Context, Walk
from customhouse.clearance.parcel import judged_as, walked
from customhouse.offices.longroom import number_of
from customhouse.offices.risk import parcel_draw
from customhouse.record.acts import Paid
from customhouse.record.declaration import Declaration, HoldKind, Role
from customhouse.record.history import NO_HISTORY
from customhouse.record.parcel import Answer, Judged, is_parcel, place
from customhouse.registry import files, lawbook, parcel_models, parcels, reader
from customhouse.registry.models_kept import ModelFault
from customhouse.registry.parcel_opening import DUPLICATE


class ParcelProblem(Exception):
    """A parcel or its consolidation cannot be judged again, or has no file to make; the message says why."""


class Differs(ParcelProblem):
    """A parcel is judged otherwise now than its row says: `row` is what was answered, `line` what is judged now."""

    def __init__(self, why: str, row: Answer, line: Answer) -> None:
        self.row, self.line = row, line
        super().__init__(why)


def context_of(begun: parcels.Begun) -> Context:
    """The context in which every parcel of a consolidation is judged, also long after: its own day, Book, criteria and models.

    Raises ParcelProblem where one of them is not here any more.
    """
    book = lawbook.by_hash(begun.book)
    if book is None:
        raise ParcelProblem(f"the Book {begun.book[:16]} that consolidation {begun.id} is judged under is not here")
    chosen = sight.selectivity_of(begun.selectivity)
    if chosen is None:
        raise ParcelProblem(f"the criteria that consolidation {begun.id} is judged under are not known here")
    held = models_of(begun)
    return replace(
        context_now(begun.at),
        law=book.on(begun.day),
        selectivity=chosen,
        history=NO_HISTORY,
        score=held.score if held else None,
    )


def models_of(begun: parcels.Begun) -> scorer.Held | None:
    """The models that speak of the parcels of a consolidation: those of its beginning, whatever was published since.

    Raises ParcelProblem where one of them cannot be opened any more.
    """
    try:
        return scorer.held_again(parcel_models.of(begun.id) if begun.scored else (), scorer.kept_open)
    except ModelFault as fault:
        raise ParcelProblem(
            f"consolidation {begun.id} is judged by a model that cannot be asked here, and no other may speak for it: {fault}"
        ) from fault


class Again(msgspec.Struct, frozen=True):
    """A stored parcel judged again: its row, the walk, the message and its digest, and what the line makes of it."""

    stored: parcels.Stored
    walk: Walk
    data: bytes
    digest: str
    judged: Judged

    def differs(self, *, told: bool = True) -> str:
        """What the line says otherwise than the row (`differs`)."""
        return differs(self.stored, self.judged, self.walk.declaration, told=told)

    def agrees(self, *, told: bool = True) -> None:
        """Raises Differs where the line says anything else than the row."""
        if why := self.differs(told=told):
            raise Differs(why, said(self.stored), self.judged.answer)


def walked_again(stored: parcels.Stored, begun: parcels.Begun, context: Context) -> Again:
    """A stored parcel of this consolidation on the line, in this context, with the draws and the history of its row."""
    of = replace(begun.of, destination=context.law.country)
    draws = parcel_draw.draws(context.draw_key, stored.number)
    walk, data, digest = walked(
        stored.number, stored.parcel, of, context, stored.history, (draws.random, draws.explore)
    )
    return Again(stored, walk, data, digest, judged_as(walk, data, digest))


def of_its_day(begun: parcels.Begun) -> Context:
    """The context of a consolidation without the looks and watch lists of today, which are no part of a verdict of that day.

    Raises ParcelProblem as `context_of` does.
    """
    return replace(context_of(begun), screening=None, marks={})


def again(mrn: str) -> Again:
    """A parcel judged again under everything it was judged under.

    Raises ParcelProblem where there is no such parcel, or where it now comes out otherwise than its row says.
    """
    stored, begun = row_of(mrn)
    found = walked_again(stored, begun, of_its_day(begun))
    found.agrees(told=False)
    return found


def said(row: parcels.Stored) -> Answer:
    """What a row says of its parcel."""
    if row.verdict == "refused":
        return Answer(row.verdict, "", 0, 0, 0, row.told)
    return Answer(row.verdict, row.lane or "", row.value, row.duty, row.payable, row.told)


def differs(row: parcels.Stored, judged: Judged, d: Declaration, *, told: bool = True) -> str:
    """What the line says of a parcel otherwise than its row; empty where they agree.

    Who stands on a watch list by now is held for it, and that is no difference. `told`: hold the reasons together as well.
    """
    if row.verdict == "repeated" or (row.verdict == "refused" and not judged.refused and DUPLICATE in row.told):
        return ""
    expected = said(row) if not judged.refused else Answer(row.verdict, "", 0, 0, 0, row.told)
    found = judged.answer
    listed = any(h.kind in (HoldKind.SCREENING, HoldKind.PARTY) for h in d.holds)
    if not told or not row.told or listed:  # why a parcel is green is kept of a sample only
        found = found._replace(told=row.told)
    if listed and not judged.refused:
        found = found._replace(verdict=row.verdict)
    if found == expected:
        return ""
    return f"{row.mrn or row.parcel.reference} comes out as {tuple(found)}, and its row says {tuple(expected)}"


def file(mrn: str) -> Declaration:
    """The file of a parcel, made where it rests in a segment: for a query, a claim, a return, an audit, an act. Its reasons are those
    of the day it was judged. Raises ParcelProblem where it has none to make."""
    number = number_of(mrn.strip().upper())
    if is_parcel(number) and files.number(str(number)) is not None:
        return files.get(number)
    return _made(mrn, again(mrn))


def file_of(mrn: str, found: Again) -> files.New:
    """What is stored of the file of a parcel judged again. Raises ParcelProblem where it has none to make."""
    stored, walk = found.stored, found.walk
    if stored.verdict not in parcels.TAKEN or walk.entry is None:
        raise ParcelProblem(f"{mrn} was {stored.verdict}: it has no file")
    found.agrees()
    return files.New(walk.declaration, walk.entry, found.data, found.digest)


def is_taken(reference: str, by: str = "") -> str:
    return f"a declaration stands under the reference {reference} already{': ' if by else ''}{by}"


def _made(mrn: str, found: Again) -> Declaration:
    stored, new = found.stored, file_of(mrn, found)
    with reader.system(), transaction.atomic():
        charge = parcel_charge.held_for(stored)
        made = files.insert(new)
        if made.declaration.id != stored.number:
            raise ParcelProblem(is_taken(stored.parcel.reference, made.declaration.mrn))
        if charge and (paid := parcel_charge.take_over(charge, [(made.declaration, stored)])):
            record(stored.number, (Paid(paid[stored.number]),), by=parcel_charge.BY, role=Role.SYSTEM)
    return waiting.answer(files.get(stored.number))


def row_of(mrn: str) -> tuple[parcels.Stored, parcels.Begun]:
    """The row of a parcel, and its consolidation. Raises ParcelProblem where there is no such parcel."""
    number = number_of(mrn.strip().upper())
    if not is_parcel(number):
        raise ParcelProblem(f"{mrn} is the number of no parcel")
    try:
        return parcels.parcel(number), parcels.get(place(number)[0])
    except LookupError:
        raise ParcelProblem(f"there is no parcel {mrn}") from None
