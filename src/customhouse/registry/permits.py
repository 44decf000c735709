"""The permit register: permits opened one at a time, every entry appended, the snapshot kept equal to their fold.

Applications that are still being typed lie beside it as drafts. What is written off is in `balance`, kind ``permit``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import msgspec
from django.db import connection, transaction

from customhouse.record import permit as record
from customhouse.record.declaration import Role
from customhouse.record.permit import Permit, PermitEntry, State

KIND = "permit"
STATE = "snapshot::text"
MOST = 200


class UnknownPermit(LookupError):
    """There is no permit of this id or number."""

    def __init__(self, key: str | int) -> None:
        super().__init__(f"there is no permit {key}")


class Row(msgspec.Struct, frozen=True):
    """One line of a list of permits."""

    permit: Permit
    applied_at: datetime
    updated_at: datetime


class Draft(msgspec.Struct, frozen=True):
    """An application that is being typed; `typed` by the names of the fields of the form."""

    id: int
    agency: str
    document: str
    typed: dict[str, str]
    updated_at: datetime


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a list is asked for; empty means any. `trader` is the holder or whoever applied."""

    agency: str = ""
    trader: str = ""
    states: tuple[str, ...] = ()
    document: str = ""


def next_id() -> int:
    return _next("permit_id")


def number_for(agency: str, year: int) -> str:
    """The next number of an agency's series, as printed; gaps allowed."""
    return f"{agency}-{year}-{_next('permit_number'):06d}"


def _next(sequence: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("select nextval(%s)", [sequence])
        return int(cursor.fetchone()[0])


def insert(entry: PermitEntry) -> Permit:
    """Store an application with its first entry."""
    permit = record.fold(None, entry)
    a = permit.application
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "insert into permit (id, agency, document, holder, filed_by, state, acts, snapshot, applied_at, updated_at) "
            "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                permit.id, a.agency, a.document, a.holder, a.filed_by, permit.state.value, permit.acts, _json(permit),
                entry.at, entry.at,
            ],
        )  # fmt: skip
        _append(cursor, permit, entry)
    return permit


class File:
    """An open permit: locked until the transaction ends."""

    def __init__(self, cursor: Any, permit: Permit) -> None:
        self._cursor, self.permit = cursor, permit

    def record(self, entry: PermitEntry) -> Permit:
        """Append `entry`. Raises PermitNotPermitted when the flow does not allow it; then nothing is stored."""
        permit = record.fold(self.permit, entry)
        grant = permit.grant
        self._cursor.execute(
            "update permit set number = %s, state = %s, starts = %s, until = %s, acts = %s, snapshot = %s, updated_at = %s "
            "where id = %s",
            [
                permit.number or None, permit.state.value, grant.start if grant else None, grant.until if grant else None,
                permit.acts, _json(permit), entry.at, permit.id,
            ],
        )  # fmt: skip
        _append(self._cursor, permit, entry)
        self.permit = permit
        return permit


@contextmanager
def opened(number: int) -> Iterator[File]:
    """The permit of this id, locked; what is recorded is stored when the block ends well. Raises UnknownPermit."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"select {STATE} from permit where id = %s for update", [number])  # noqa: S608
        row = cursor.fetchone()
        if row is None:
            raise UnknownPermit(number)
        yield File(cursor, record.decode(row[0]))


def _append(cursor: Any, permit: Permit, entry: PermitEntry) -> None:
    a = permit.application
    cursor.execute(
        'insert into permit_entry (permit, first, agency, holder, filed_by, "by", role, at, acts) '
        "values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            entry.permit, entry.first, a.agency, a.holder, a.filed_by, entry.by, entry.role.value, entry.at,
            record.encode(entry.acts).decode(),
        ],
    )  # fmt: skip


def _json(permit: Permit) -> str:
    return record.encode(permit).decode()


def get(number: int) -> Permit:
    """The permit of this id. Raises UnknownPermit."""
    rows = _all(f"select {STATE} from permit where id = %s", [number])  # noqa: S608
    if not rows:
        raise UnknownPermit(number)
    return record.decode(rows[0][0])


def by_number(number: str) -> Permit | None:
    """The permit issued under this number, or None."""
    return by_numbers([number]).get(number.strip().upper())


def by_numbers(numbers: Sequence[str], *, kept: bool = False) -> dict[str, Permit]:
    """The permits issued under these numbers; with `kept` none of them changes until the transaction ends."""
    wanted = sorted({n.strip().upper() for n in numbers})
    lock = " for share" if kept else ""
    rows = _all(f"select number, {STATE} from permit where number = any(%s) order by id{lock}", [wanted])  # noqa: S608
    return {number: record.decode(state) for number, state in rows}


def entries(number: int) -> tuple[PermitEntry, ...]:
    """Everything recorded on a permit, in order."""
    rows = _all('select first, "by", role, at, acts::text from permit_entry where permit = %s order by first', [number])
    return tuple(PermitEntry(number, f, by, Role(role), at, record.decode_acts(acts)) for f, by, role, at, acts in rows)


def rows(wanted: Wanted, limit: int = MOST) -> tuple[Row, ...]:
    """The permits asked for, newest first."""
    tests = ["true"]
    values: list[Any] = []
    for test, value in (("agency = %s", wanted.agency), ("document = %s", wanted.document)):
        if value:
            tests.append(test)
            values.append(value)
    if wanted.trader:
        tests.append("(holder = %s or filed_by = %s)")
        values += [wanted.trader, wanted.trader]
    if wanted.states:
        tests.append("state = any(%s)")
        values.append(list(wanted.states))
    sql = f"select {STATE}, applied_at, updated_at from permit where {' and '.join(tests)} order by id desc limit %s"  # noqa: S608
    return tuple(Row(record.decode(state), applied, changed) for state, applied, changed in _all(sql, [*values, limit]))


class Queue(msgspec.Struct, frozen=True):
    """What waits at one agency in one state: how many, and since when the oldest."""

    agency: str
    state: str
    count: int
    oldest: datetime


def queues() -> tuple[Queue, ...]:
    """Applications that wait for an agency's decision or for an applicant's answer, by agency."""
    sql = (
        "select agency, state, count(*), min(updated_at) from permit where state in ('APPLIED', 'QUERIED') "
        "group by agency, state order by agency, state"
    )
    return tuple(Queue(*row) for row in _all(sql, []))


def ended(day: date) -> list[int]:
    """Ids of the permits whose last day was before `day` and which do not say so yet."""
    states = [State.ISSUED.value, State.SUSPENDED.value]
    return [
        row[0] for row in _all("select id from permit where until <= %s and state = any(%s) order by id", [day, states])
    ]


# --- drafts ----------------------------------------------------------------------------------------------------------


def keep_draft(
    owner: str, by: str, agency: str, document: str, typed: dict[str, str], *, at: datetime, number: int | None = None
) -> int:
    """Keep what was typed of an application by a trader (`owner`); the number of the draft. A draft of somebody else, or
    one that is gone, is not changed: then a new one is made."""
    told = msgspec.json.encode(typed).decode()
    if number is not None:
        found = _all(
            "update permit_draft set typed = %s, updated_at = %s where id = %s and filed_by = %s returning id",
            [told, at, number, owner],
        )
        if found:
            return int(found[0][0])
    made = _all(
        'insert into permit_draft (filed_by, "by", agency, document, typed, updated_at) values (%s, %s, %s, %s, %s, %s) '
        "returning id",
        [owner, by, agency, document, told, at],
    )
    return int(made[0][0])


def drafts(owner: str) -> tuple[Draft, ...]:
    """The drafts of a trader, the last one touched first."""
    found = _all(
        "select id, agency, document, typed::text, updated_at from permit_draft where filed_by = %s "
        "order by updated_at desc limit %s",
        [owner, MOST],
    )
    return tuple(_draft(row) for row in found)


def draft(owner: str, number: int) -> Draft | None:
    """A draft of this trader, or None."""
    found = _all(
        "select id, agency, document, typed::text, updated_at from permit_draft where filed_by = %s and id = %s",
        [owner, number],
    )
    return _draft(found[0]) if found else None


def forget_draft(owner: str, number: int) -> None:
    """The draft was handed in, or is not wanted any more."""
    _all("delete from permit_draft where filed_by = %s and id = %s returning id", [owner, number])


def _draft(row: tuple[Any, ...]) -> Draft:
    number, agency, document, typed, changed = row
    return Draft(number, agency, document, msgspec.json.decode(typed, type=dict[str, str]), changed)


def _all(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()  # type: ignore[no-any-return]
