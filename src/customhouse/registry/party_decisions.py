"""What people decided about alarms: every decision for ever, the pairs that are known, and the alarms that wait."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection

from customhouse.record.declaration import Declaration, HoldKind
from customhouse.record.screening import Alarm
from customhouse.registry.rows import STATE, read_state
from customhouse.registry.watch_lists import NEWS
from customhouse.registry.worklist import WAITING

COLUMNS = 'p.id, p.pair, p.verdict, p.for_good, p.declaration, p.alarm::text, p.reason, p."by", p.at'
# The last word about a pair as such: a proposal, its confirmation, or that it was withdrawn.
LAST = (
    "select distinct on (pair) * from party_decision where for_good or verdict in ('confirmed', 'withdrawn') "
    "order by pair, id desc"
)
KNOWN = f"select pair from ({LAST}) l where verdict = 'confirmed'"  # noqa: S608 - our own words
STAMP = (
    "select coalesce((select array_agg(id order by name) from "
    "(select distinct on (name) name, id, withdrawn from watch_list order by name, id desc) c where not withdrawn), '{}'), "
    "coalesce((select max(id) from party_decision where for_good or verdict in ('confirmed', 'withdrawn')), 0)"
)
"""(numbers of the versions of lists that count, number of the last word about a pair): whether what is held in memory still holds."""


class Decision(msgspec.Struct, frozen=True):
    """A decision as recorded; `declaration` is where it was made."""

    number: int
    pair: str
    verdict: str
    for_good: bool
    declaration: int
    alarm: Alarm
    reason: str
    by: str
    at: datetime


class NotTwoPersons(ValueError):
    """Whoever proposes that a pair be known for good does not confirm it."""


def stamp() -> tuple[tuple[int, ...], int]:
    """What counts now; see STAMP."""
    found = _all(STAMP, [])[0]
    return tuple(found[0]), int(found[1])


def known() -> frozenset[str]:
    """The pairs that two persons found to be two parties."""
    return frozenset(row[0] for row in _all(KNOWN, []))


def keep(
    alarm: Alarm, verdict: str, reason: str, *, declaration: int, by: str, at: datetime, for_good: bool = False
) -> None:
    """Write a decision down."""
    with connection.cursor() as cursor:
        cursor.execute(
            'insert into party_decision (pair, verdict, for_good, declaration, alarm, reason, "by", at) '
            "values (%s, %s, %s, %s, %s, %s, %s, %s)",
            [alarm.key, verdict, for_good, declaration, msgspec.json.encode(alarm).decode(), reason, by, at],
        )
        if for_good or verdict in ("confirmed", "withdrawn"):
            cursor.execute(NEWS)


def proposed(limit: int = 100) -> tuple[Decision, ...]:
    """The pairs that somebody proposes to know for good and nobody has confirmed yet, the oldest first."""
    return _decisions(f"({LAST}) p where p.for_good order by p.id limit %s", [limit])


def confirmed(limit: int = 100) -> tuple[Decision, ...]:
    """The pairs that are known, the newest first."""
    return _decisions(f"({LAST}) p where p.verdict = 'confirmed' order by p.id desc limit %s", [limit])


def last_word(pair: str) -> Decision | None:
    """The last proposal, confirmation or withdrawal of a pair."""
    found = _decisions(f"({LAST}) p where p.pair = %s", [pair])
    return found[0] if found else None


def of_pairs(pairs: Sequence[str]) -> dict[str, tuple[Decision, ...]]:
    """Everything decided about each of these pairs, the newest first."""
    found: dict[str, tuple[Decision, ...]] = {}
    for one in _decisions("party_decision p where p.pair = any(%s) order by p.id desc limit 1000", [list(pairs)]):
        found[one.pair] = (*found.get(one.pair, ()), one)
    return found


def waiting(limit: int = 50, after: int = 0) -> tuple[Declaration, ...]:
    """Declarations that an undecided or confirmed party holds, first come first; those numbered above `after`."""
    rows = _all(
        f"select {STATE} where d.id in (select id from declaration where holds @> array[%s] and {WAITING} "  # noqa: S608
        "and id > %s order by id limit %s) order by d.id",
        [HoldKind.PARTY.value, after, limit],
    )
    return tuple(read_state(row) for row in rows)


def open_numbers(after: int = 0, limit: int = 500) -> list[int]:
    """Numbers of declarations that are neither released nor over, from `after` on."""
    sql = (
        "select id from declaration where stage not in ('RELEASED', 'REFUSED', 'INVALIDATED') "
        "and id > %s order by id limit %s"
    )
    return [row[0] for row in _all(sql, [after, limit])]


def _decisions(rest: str, values: Sequence[Any]) -> tuple[Decision, ...]:
    found = _all(f"select {COLUMNS} from {rest}", values)  # noqa: S608 - our own words
    return tuple(Decision(*row[:5], msgspec.json.decode(row[5], type=Alarm), *row[6:]) for row in found)


def _all(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()  # type: ignore[no-any-return]
