"""Files of many parcels of one consolidation at once, each with an act of an officer in it from the start.

The line is walked and the act recorded in memory, and everything is stored by one COPY: a hundred files cost little more than one by
one. What a file would hold otherwise than if it were opened first and acted on afterwards, is nothing: the same entries, the same
charge, the same notices.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import msgspec

from customhouse.clearance import parcel_charge
from customhouse.clearance.context import context_now
from customhouse.clearance.file import ahead
from customhouse.clearance.line import Context
from customhouse.clearance.parcel_file import ParcelProblem, file_of, is_taken, of_its_day, walked_again
from customhouse.offices.treasury.books import journals
from customhouse.record.acts import Act, Paid
from customhouse.record.declaration import Declaration, Receipt, Role
from customhouse.record.flow import NotPermitted
from customhouse.registry import booking, files, parcel_opening, parcels, treasury
from customhouse.registry.files import New
from customhouse.registry.parcels import Begun, Stored

Wanted = Callable[[Declaration], Sequence[Act]]
"""The acts of an officer on a declaration; raises NotPermitted."""
Left = dict[int, Exception]


class Overtaken(Exception):
    """Another declaration has taken a reference since it was asked for: nothing is to be kept, and it is to be tried again."""


class Opener:
    """Opens files of parcels whose rows are at hand, in one context, for an officer."""

    def __init__(self, consolidation: int, wanted: Wanted, *, by: str, role: Role) -> None:
        self.consolidation, self.wanted, self.by, self.role = consolidation, wanted, by, role

    @cached_property
    def _known(self) -> tuple[Begun, Context]:
        begun = parcels.get(self.consolidation)
        return begun, of_its_day(begun)

    def open(self, rows: Sequence[Stored]) -> tuple[set[int], Left]:
        """In the caller's transaction, once in each: (parcels that have a file now and the act in it, why others that have no file
        get none). Rows with a file are in neither. Raises Overtaken."""
        there = files.among([row.number for row in rows])
        made, left = self._made([row for row in rows if row.number not in there])
        due = next((row for row, _ in made if row.verdict == "due"), None)
        charge = parcel_charge.held_for(due) if due else None
        taken = [(new.declaration, row) for row, new in made]
        receipts = parcel_charge.take_over(charge, taken) if charge else {}
        now = context_now()
        news = [self._acted(new, receipts.get(row.number), now, left) for row, new in made]
        stored = parcel_opening.put_now(news)
        if (
            lost := {new.declaration.id for new in news}
            - stored
            - set(files.among([new.declaration.id for new in news]))
        ):
            raise Overtaken(f"{len(lost)} references were taken meanwhile")
        kept = [new for new in news if new.declaration.id in stored]
        treasury.post(
            made for new in kept if booking.moves_money(new.later) for made in journals((new.entry, *new.later))
        )
        return stored - set(left), left

    def _made(self, rows: Sequence[Stored]) -> tuple[list[tuple[Stored, New]], Left]:
        """The rows with their files as they would be opened, but for those that get none."""
        made: list[tuple[Stored, New]] = []
        left: Left = {}
        if not rows:
            return made, left
        begun, context = self._known
        used = parcels.used(begun.of.declarant, [row.parcel.reference for row in rows])
        for row in rows:
            try:
                if row.parcel.reference in used:
                    raise ParcelProblem(is_taken(row.parcel.reference))
                new = file_of(row.mrn, walked_again(row, begun, context))
                self.wanted(new.declaration)  # where nothing is to be done with it, it gets no file
                made.append((row, new))
            except (NotPermitted, ParcelProblem) as why:
                left[row.number] = why
        return made, left

    def _acted(self, new: New, paid: Receipt | None, now: Context, left: Left) -> New:
        """The file with what had been paid for it, and the act."""
        d, entries = new.declaration, list[Any]()
        if paid is not None:
            d, more = ahead(d, (Paid(paid),), by=parcel_charge.BY, role=Role.SYSTEM, now=now)
            entries.extend(more)
        try:
            d, more = ahead(d, self.wanted(d), by=self.by, role=self.role, now=now)
            entries.extend(more)
        except NotPermitted as why:  # what was paid for it has let it go: it has a file, and no act
            left[d.id] = why
        return msgspec.structs.replace(new, declaration=d, later=tuple(entries))
