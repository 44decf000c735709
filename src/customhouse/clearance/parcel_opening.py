"""Files of parcels opened after their consolidation was answered: through the line, which must say what the row says.

Columns settle lane and reasons (`stream.parcels.lanes`); the file with its acts is made here, segment by segment, under everything that
the consolidation was judged under. A parcel of which the line says anything else gets no file and raises an alarm.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import msgspec
from msgspec.structs import replace

from customhouse.clearance import parcel_file
from customhouse.clearance.parcel_file import Again, ParcelProblem, context_of, walked_again
from customhouse.clearance.parcel_ruling import Stands, choices
from customhouse.offices.longroom import number_of
from customhouse.record.declaration import Declaration
from customhouse.record.parcel import Answer, is_parcel, place
from customhouse.registry import parcel_look, parcel_opening, parcels, reader
from customhouse.registry.files import New
from customhouse.registry.parcel_opening import DUPLICATE, Alarm, Waiting

log = logging.getLogger(__name__)
BY_HAND = "Customs opens the file of this parcel by hand"
MORE = 1000
"""What is answered after a segment: more may wait (`house.commands.serve.MUCH`)."""


def open_as_they_come() -> int:
    """The worker's part: open the files of one segment that waits."""
    with reader.system():
        parcel_opening.be_present()
        return MORE if open_next() is not None else 0


def open_next(consolidation: int | None = None) -> int | None:
    """Open the files of the segment that waits longest, all of them or none; how many rows it has, None where none waits."""
    with parcel_opening.next_waiting(consolidation) as found:
        if found is None:
            return None
        cursor, segment = found
        files, alarms = _made(segment, parcel_opening.there(cursor, segment))
        parcel_opening.put(cursor, files)
        parcel_opening.sound(cursor, alarms)
    for alarm in alarms:
        log.error("parcel %s has no file: %s", alarm.parcel, alarm.why)
    return segment.rows


def open_one(mrn: str) -> Declaration | None:
    """The file of a parcel whose turn has not come yet, opened because somebody asks for it; None where none is due or where the
    line and the row differ (an alarm says so when its turn comes)."""
    number = number_of(mrn)
    if not is_parcel(number):
        return None
    with reader.system():
        try:
            return parcel_file.file(mrn) if parcels.parcel(number).verdict == "file" else None
        except (LookupError, ParcelProblem) as fault:
            log.warning("the file of %s is not opened: %s", mrn, fault)
            return None


def open_all(consolidation: int, progress: Callable[[int, int], None] = lambda done, of: None) -> None:
    """Open the files of a consolidation that wait, but for segments that another process is at. `progress` is told how many
    segments are done, and of how many."""
    of = parcel_opening.waiting(consolidation)
    progress(0, of)
    for done in range(1, of + 1):
        if open_next(consolidation) is None:
            return
        progress(done, of)


class Alarmed(msgspec.Struct, frozen=True):
    """An alarm with the row of its parcel, which says what columns settled, and what the line says of it now; None where the line
    cannot be asked, and `why`. `choices` are the judgements that a supervisor may let stand."""

    alarm: Alarm
    stored: parcels.Stored
    line: Answer | None
    why: str = ""
    choices: tuple[Stands, ...] = ()

    @property
    def row(self) -> Answer:
        return parcel_file.said(self.stored)


def alarmed(consolidation: int, limit: int = 50) -> list[Alarmed]:
    """The alarms of a consolidation in the order of its lines, at most so many; as the house."""
    return _looked_at(consolidation, parcel_opening.alarms(consolidation, limit))


def alarmed_one(mrn: str) -> Alarmed | None:
    """The alarm of one parcel; None where none stands. As the house."""
    alarm = parcel_opening.alarm_of(number := number_of(mrn))
    return next(iter(_looked_at(place(number)[0], [alarm])), None) if alarm else None


def _looked_at(consolidation: int, alarms: Sequence[Alarm]) -> list[Alarmed]:
    if not alarms:
        return []
    of = {alarm.parcel: alarm for alarm in alarms}
    rows = parcel_look.of_lines(consolidation, [place(number)[1] for number in of], limit=len(of))
    begun = parcels.get(consolidation)
    try:
        context, why = replace(context_of(begun), marks={}), ""
    except ParcelProblem as fault:
        context, why = None, str(fault)
    found = []
    for row in rows:
        try:
            alarm, again = of[row.number], walked_again(row, begun, context) if context else None
            may_stand = choices(again) if again and alarm.rule != DUPLICATE else ()
            found.append(Alarmed(alarm, row, again.judged.answer if again else None, why, may_stand))
        except Exception as fault:  # whatever it was that stopped it
            found.append(Alarmed(of[row.number], row, None, str(fault)[:400]))
    return found


def _made(segment: Waiting, there: set[int]) -> tuple[list[New], list[Alarm]]:
    """(the files, the alarms) of the parcels of a segment that need a file and have none."""
    low = place(segment.low)[1]
    wanted = [
        row
        for row in parcel_look.rows(
            segment.consolidation, verdicts=("file",), after=low, before=low + segment.rows + 1, limit=segment.rows
        )
        if segment.low < row.number < segment.high and row.number not in there
    ]
    begun = parcels.get(segment.consolidation)
    try:
        context = context_of(begun)
    except ParcelProblem as fault:
        return [], [Alarm(row.number, "NotJudged", BY_HAND, str(fault)) for row in wanted]
    # looks of today are no part of a verdict of that day; lists are, and whoever stands on one by now is held
    context = replace(context, marks={})
    files: list[New] = []
    alarms: list[Alarm] = []
    for row in wanted:
        try:
            files.append(_file(walked_again(row, begun, context)))
        except Exception as fault:
            alarms.append(Alarm(row.number, "Disagreement", BY_HAND, str(fault)[:1000]))
    return files, alarms


def _file(found: Again) -> New:
    """The file of a row. Raises ParcelProblem where the line says anything else of it."""
    found.agrees()
    if found.judged.file is None:
        raise ParcelProblem(f"the line makes no file of {found.stored.mrn}")
    made: New = found.judged.file
    return made
