"""Files of parcels: put among the declarations many at once, and opened afterwards where columns settled a lane.

A segment whose files are still to be opened waits in a queue. Whoever takes it holds it until all of them stand, in one transaction; another
worker passes it over. What cannot be opened leaves an alarm, which stands until the parcel has a file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection, transaction

from customhouse.ledger.chain import START
from customhouse.record import codec
from customhouse.record.acts import Ruled
from customhouse.record.parcel import MARK, ROWS, span
from customhouse.registry import jobs, trail, turn
from customhouse.registry.rows import DECLARATION_COLUMNS, ENTRY_COLUMNS, IN_ORDER, New, declaration_row, entry_row

PRESENT = "opening files of parcels"
SPAN = "parcel > %s and parcel < %s"
DUPLICATE = "DuplicateLRN"
AGAIN = "JudgedAgain"
"""What an answer calls the decision of a supervisor that the line stands."""
COLUMNS = (*DECLARATION_COLUMNS, "snapshot")


class Waiting(msgspec.Struct, frozen=True):
    """A segment whose files are to be opened: the consolidation, and the numbers that its parcels lie between."""

    consolidation: int
    place: int
    low: int
    high: int
    rows: int


class Alarm(msgspec.Struct, frozen=True):
    """A parcel without the file it should have: `label` is what the declarant is told, `why` what customs knows."""

    parcel: int
    rule: str
    label: str
    why: str
    at: datetime | None = None


def put(cursor: Any, files: Sequence[New]) -> set[int]:
    """Store files of parcels, each under the parcel's number, in the caller's transaction; the numbers of those that are stored. Of
    their first entries there are no notices: the answer of the consolidation says all. One whose number stands already is left as it is; one whose reference another declaration has
    taken gives an alarm.

    They are copied into tables of the session and taken over from there, where the policies are asked once and not row by row.
    """
    if not files:
        return set()
    declarations, entries = [], []
    for new in files:
        d, last = new.declaration, START
        for entry in (new.entry, *new.later):
            row, last = entry_row(entry, last, new.source if entry is new.entry else None)
            entries.append(row)
        snapshot = codec.encode(d).decode() if new.later else None
        declarations.append((*declaration_row(d, d.id, new.digest, last, new.entry.at, entry.at), snapshot))
    for table, names, rows in (("declaration", COLUMNS, declarations), ("entry", ENTRY_COLUMNS, entries)):
        columns = _columns(names)
        cursor.execute(f"create temporary table new_{table} on commit drop as select {columns} from {table} limit 0")  # noqa: S608
        with connection.wrap_database_errors, cursor.copy(f"copy new_{table} ({columns}) from stdin") as copy:
            for row in rows:
                copy.write_row(row)
    d_, e_ = _columns(COLUMNS), _columns(ENTRY_COLUMNS)
    cursor.execute(
        f"with stored as (insert into declaration ({d_}) select {d_} from new_declaration order by {IN_ORDER} "  # noqa: S608
        "on conflict do nothing returning id), "
        f"written as (insert into entry ({e_}) select {e_} from new_entry where declaration in (select id from stored)) "
        "select id from stored"
    )
    stored = {row[0] for row in cursor.fetchall()}
    if len(stored) < len(files):
        _left(cursor)
    _tell(cursor, [new for new in files if new.later and new.declaration.id in stored])
    return stored


def _tell(cursor: Any, files: Sequence[New]) -> None:
    """What follows entries after the first: notices, and a word to those who watch."""
    if not files:
        return
    notices = [job for new in files for entry in new.later for job in jobs.due(new.declaration, entry)]
    cursor.execute(jobs.DEFER.replace("$1", "%s"), [msgspec.json.encode(notices).decode()])
    watched = [f"{new.declaration.id} {new.declaration.lodged.declarant_id}" for new in files]
    cursor.execute("select pg_notify('declaration', told) from unnest(%s::text[]) told", [watched])


def put_now(files: Sequence[New]) -> set[int]:
    """The same for whoever holds no cursor; joins the caller's transaction, once in each."""
    with transaction.atomic(), connection.cursor() as cursor:
        return put(cursor, files)


def _columns(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _left(cursor: Any) -> None:
    """Alarms for the files that are not there now, with the declaration that stands in their way."""
    cursor.execute(
        "select n.id, n.lrn, (select o.mrn from declaration o where o.declarant = n.declarant and o.lrn = n.lrn "
        "and o.stage <> 'REFUSED') from new_declaration n where not exists (select from declaration d where d.id = n.id)"
    )
    sound(cursor, [taken(parcel, lrn, mrn or "another declaration") for parcel, lrn, mrn in cursor.fetchall()])


def taken(parcel: int, reference: str, by: str) -> Alarm:
    """The alarm of a parcel whose reference a declaration has taken since it was answered."""
    label = f"A declaration stands under the reference {reference} already: {by}. Declare the parcel under a reference of its own"
    return Alarm(
        parcel, DUPLICATE, label, f"{by} was lodged under the reference {reference} before this file was opened"
    )


# --- the queue --------------------------------------------------------------------------------------------------------


def wait(cursor: Any, consolidation: int, place: int) -> None:
    """Put a segment into the queue, in the transaction that stores it."""
    cursor.execute("insert into parcel_opening (consolidation, place) values (%s, %s)", [consolidation, place])


@contextmanager
def next_waiting(consolidation: int | None = None) -> Iterator[tuple[Any, Waiting] | None]:
    """(a cursor, the segment that waits longest and nobody is at) in a transaction; it leaves the queue when the block ends well.
    None where there is none. `consolidation`: only of this one."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "select q.consolidation, q.place, s.first, s.rows from parcel_opening q "
            "join parcel_segment s on s.consolidation = q.consolidation and s.place = q.place "
            "where %s::bigint is null or q.consolidation = %s order by 1, 2 limit 1 for update of q skip locked",
            [consolidation, consolidation],
        )
        row = cursor.fetchone()
        if row is None:
            yield None
            return
        number, place, first, rows = row
        low = span(number)[0] + first - 1
        yield cursor, Waiting(number, place, low, low + rows + 1, rows)
        cursor.execute("delete from parcel_opening where consolidation = %s and place = %s", [number, place])


def waiting(consolidation: int | None = None) -> int:
    """How many segments wait."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from parcel_opening where %s::bigint is null or consolidation = %s",
            [consolidation, consolidation],
        )
        return int(cursor.fetchone()[0])


def there(cursor: Any, segment: Waiting) -> set[int]:
    """Parcels of a segment that have a file already."""
    cursor.execute("select id from declaration where id > %s and id < %s", [segment.low, segment.high])
    return {row[0] for row in cursor.fetchall()}


def be_present() -> None:
    """Say that this process opens files as they come, for as long as it lives."""
    turn.attend(PRESENT)


def somebody_is_present() -> bool:
    """Whether a worker of the house opens files as they come."""
    return turn.is_taken(PRESENT)


# --- alarms -----------------------------------------------------------------------------------------------------------


def sound(cursor: Any, alarms: Sequence[Alarm]) -> None:
    """Record alarms, one a parcel."""
    if alarms:
        cursor.executemany(
            "insert into parcel_alarm (parcel, rule, label, why) values (%s, %s, %s, %s) on conflict do nothing",
            [(a.parcel, a.rule, a.label, a.why) for a in alarms],
        )


def alarms(consolidation: int | None = None, limit: int = 100) -> list[Alarm]:
    """Parcels that still have no file, the newest first; of one consolidation where one is named."""
    return _alarms(*((MARK, 1 << 62) if consolidation is None else span(consolidation)), limit)


def alarm_of(parcel: int) -> Alarm | None:
    """The alarm of a parcel that still has no file; None where there is none."""
    return next(iter(_alarms(parcel - 1, parcel + 1, 1)), None)


def _alarms(low: int, high: int, limit: int) -> list[Alarm]:
    """Those of parcels between two numbers."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"select parcel, rule, label, why, at from parcel_alarm a where {SPAN} "  # noqa: S608
            "and not exists (select from declaration d where d.id = a.parcel) order by at desc, parcel limit %s",
            [low, high, limit],
        )
        return [Alarm(*row) for row in cursor.fetchall()]


def alarmed() -> dict[int, int]:
    """How many parcels of which consolidations still have no file."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select (parcel - %s) / %s, count(*) from parcel_alarm a where not exists (select from declaration d where d.id = a.parcel) "
            "group by 1 order by 1 desc",
            [MARK, ROWS],
        )
        return dict(cursor.fetchall())


Told = list[dict[str, str]]
"""Reasons as a row keeps them: rule and label of each, and more where it is a problem."""


def told_of(consolidation: int, place: int) -> dict[int, Told]:
    """What the declarant is told of parcels of a segment beside what their rows say, by line: why they still have no file, or that they
    have one that says otherwise, because a supervisor let the line stand."""
    low = span(consolidation)[0]
    with connection.cursor() as cursor:
        cursor.execute(
            "select a.parcel, a.rule, a.label, exists (select from declaration d where d.id = a.parcel) from parcel_segment s "
            "join parcel_alarm a on a.parcel >= %s + s.first and a.parcel < %s + s.first + s.rows "
            "where s.consolidation = %s and s.place = %s",
            [low, low, consolidation, place],
        )
        alarms = cursor.fetchall()
    told = {parcel - low: [{"rule": rule, "label": label}] for parcel, rule, label, opened in alarms if not opened}
    if opened := [parcel for parcel, _, _, has_file in alarms if has_file]:
        for parcel, entries in trail.of(opened).items():
            if ruled := next((act for entry in entries for act in entry.acts if isinstance(act, Ruled)), None):
                told |= {parcel - low: again} if (again := _judged_again(ruled)) else {}
    return told


def _judged_again(ruled: Ruled) -> Told:
    if ruled.stands == "row":
        return []
    if ruled.line.verdict == "refused":
        problems: Told = msgspec.json.decode(ruled.line.told)
        return [{"rule": AGAIN, "label": "Customs judged this parcel again: it is refused"}, *problems]
    return [{"rule": AGAIN, "label": "Customs judged this parcel again: what its file says counts"}]
