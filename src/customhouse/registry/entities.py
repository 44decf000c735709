"""Entities: who of the many ways of naming a trader is one trader. People decide; every decision stays, and the last one holds.

`entity_of` gives history facts and the network one name for a trader, whichever number or spelling a declaration used.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import combinations
from typing import Any

import msgspec
from django.db import connection, transaction

from customhouse.record.entity import MOST_NAMES, Bond, EntityDecision, Proposal, Together, TraderRecord, record_of
from customhouse.registry import turn
from customhouse.registry.rows import READ_ENTRY, read_entry

MOST = 40
"""Records that are decided about at once."""
AT_ONCE = 500
LAST = "select distinct on (one, other) one, other, verdict from entity_decision order by one, other, id desc"
RECORD = "record, number, names, country, address, roles, seen"
UPSERT = (
    "insert into party_record as p (record, number, names, country, address, roles, seen, first_at, last_at) "  # noqa: S608 - our own words
    "values (%s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (record) do update set "
    f"names = (p.names || array(select unnest(excluded.names) except select unnest(p.names)))[:{MOST_NAMES}], "
    "roles = array(select distinct unnest(p.roles || excluded.roles) order by 1), "
    "country = coalesce(nullif(excluded.country, ''), p.country), "
    "address = coalesce(nullif(excluded.address, ''), p.address), "
    "seen = p.seen + excluded.seen, last_at = greatest(p.last_at, excluded.last_at)"
)
NEXT = (
    f"select e.xid::text, e.id, {READ_ENTRY} from entry e where (e.xid, e.id) > (%s::xid8, %s) "  # noqa: S608 - our own words
    "and e.xid < pg_snapshot_xmin(pg_current_snapshot()) order by e.xid, e.id limit %s"
)


class Contradiction(ValueError):
    """Two of the records were found to be two traders; that is undone first."""

    def __init__(self, one: str, other: str) -> None:
        self.one, self.other = one, other
        super().__init__(f"{one} and {other} were found to be two traders")


class TooMany(ValueError):
    """More records than are decided about at once."""


# --- the records of parties ------------------------------------------------------------------------------------------


def position() -> tuple[str, int]:
    """How far the record was read for its parties; locked for whoever reads on."""
    found = _all("select xid::text, id from entity_position for update", [])[0]
    return str(found[0]), int(found[1])


def news(place: tuple[str, int], at_once: int = AT_ONCE) -> tuple[list[Any], tuple[str, int]]:
    """(entries recorded after a place, the place to go on from)."""
    rows = _all(NEXT, [*place, at_once])
    return [read_entry(*row[2:]) for row in rows], (rows[-1][0], rows[-1][1]) if rows else place


def keep(records: Iterable[tuple[TraderRecord, datetime]], place: tuple[str, int]) -> None:
    """Add what was read up to `place`."""
    with connection.cursor() as cursor:
        rows = [
            (r.record, r.number, list(r.names), r.country, r.address, sorted(r.roles), r.seen, at, at)
            for r, at in records
        ]
        cursor.executemany(UPSERT, rows)
        cursor.execute("update entity_position set xid = %s::xid8, id = %s", [*place])


def records(keys: Sequence[str] | None = None) -> tuple[TraderRecord, ...]:
    """The records of these names, or all; in their order."""
    where, values = ("where record = any(%s)", [list(keys)]) if keys is not None else ("", [])
    rows = _all(f"select {RECORD} from party_record {where} order by record", values)  # noqa: S608
    return tuple(TraderRecord(r[0], r[1], tuple(r[2]), r[3], r[4], tuple(r[5]), r[6]) for r in rows)


# --- who is who ------------------------------------------------------------------------------------------------------


def entity_of(kind: str, of: str, country: str = "") -> str:
    """The entity that a party is: `kind` is "number" or "name"; "" where nothing is named.

    The entity's name is the first of its records, so it stays when spellings are added, and may change when people decide.
    """
    record = record_of(of) if kind == "number" else record_of(name=of, country=country)
    return entities_of([record])[record] if record else ""


def entities_of(keys: Sequence[str]) -> dict[str, str]:
    """The entity of each record; those nobody put together with others are their own."""
    found = dict(_all("select record, entity from entity_member where record = any(%s)", [list(keys)]))
    return {key: found.get(key, key) for key in keys}


def members(entity: str) -> tuple[str, ...]:
    """The records of an entity; itself where it is alone."""
    found = _all("select record from entity_member where entity = %s order by record", [entity])
    return tuple(row[0] for row in found) or (entity,)


def confirmed(limit: int = 50) -> dict[str, tuple[str, ...]]:
    """The entities of several records."""
    rows = _all(
        "select entity, array_agg(record order by record) from entity_member group by entity order by entity limit %s",
        [limit],
    )
    return {entity: tuple(of) for entity, of in rows}


def decided() -> dict[tuple[str, str], Together]:
    """The last word about every pair of records."""
    return {(one, other): Together(verdict) for one, other, verdict in _all(LAST, [])}


def decisions(keys: Sequence[str], limit: int = 100) -> tuple[EntityDecision, ...]:
    """What was decided about these records, the newest first."""
    rows = _all(
        'select id, one, other, verdict, reason, "by", at from entity_decision where one = any(%s) or other = any(%s) '
        "order by id desc limit %s",
        [list(keys), list(keys), limit],
    )
    return tuple(EntityDecision(r[0], r[1], r[2], Together(r[3]), *r[4:]) for r in rows)


def confirm(keys: Sequence[str], reason: str, *, by: str, at: datetime) -> str:
    """These records are one trader's; the entity that they are. Raises Contradiction and TooMany."""
    return _decide(_pairs(keys), Together.CONFIRMED, reason, by, at)


def split(keys: Sequence[str], rest: Sequence[str], reason: str, *, by: str, at: datetime) -> None:
    """None of `keys` is the trader of any of `rest`; without `rest`, each of them is a trader of its own."""
    pairs = [(a, b) if a < b else (b, a) for a in set(keys) for b in set(rest) - {a}] if rest else _pairs(keys)
    _decide(sorted(set(pairs)), Together.SPLIT, reason, by, at)


def undo(keys: Sequence[str], reason: str, *, by: str, at: datetime) -> None:
    """Nothing is decided about these records among each other any more."""
    last = decided()
    _decide(
        [pair for pair in _pairs(keys) if last.get(pair, Together.UNDONE) is not Together.UNDONE],
        Together.UNDONE,
        reason,
        by,
        at,
    )


def _pairs(keys: Sequence[str]) -> list[tuple[str, str]]:
    if len(set(keys)) > MOST:
        raise TooMany(f"at most {MOST} records are decided about at once")
    return list(combinations(sorted(set(keys)), 2))


def _decide(pairs: Sequence[tuple[str, str]], verdict: Together, reason: str, by: str, at: datetime) -> str:
    with transaction.atomic(), connection.cursor() as cursor:
        turn.wait_in_transaction("decisions on entities")
        last = {**decided(), **dict.fromkeys(pairs, verdict)}
        joined = _joined(last)
        for (one, other), told in last.items():
            if told is Together.SPLIT and one in joined and joined.get(one) == joined.get(other):
                raise Contradiction(one, other)
        cursor.executemany(
            'insert into entity_decision (one, other, verdict, reason, "by", at) values (%s, %s, %s, %s, %s, %s)',
            [(one, other, verdict.value, reason, by, at) for one, other in pairs],
        )
        cursor.execute("delete from entity_member")
        cursor.executemany("insert into entity_member (record, entity) values (%s, %s)", sorted(joined.items()))
        return joined.get(pairs[0][0], pairs[0][0]) if pairs else ""


def _joined(last: dict[tuple[str, str], Together]) -> dict[str, str]:
    """record -> its entity, the least record of those that confirmed pairs connect."""
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for (one, other), verdict in last.items():
        if verdict is Together.CONFIRMED:
            parent.setdefault(one, one)
            parent.setdefault(other, other)
            low, high = sorted((root(one), root(other)))
            parent[high] = low
    return {key: root(key) for key in parent}


# --- what is proposed ------------------------------------------------------------------------------------------------


def propose(found: Iterable[tuple[Sequence[str], float, Sequence[Bond]]]) -> int:
    """Put these proposals in place of those before; how many."""
    rows = [(list(keys), score, msgspec.json.encode(list(bonds)).decode()) for keys, score, bonds in found]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("delete from entity_proposal")
        cursor.executemany("insert into entity_proposal (records, score, bonds) values (%s, %s, %s)", rows)
    return len(rows)


def drop_decided() -> None:
    """Proposals whose every record is one entity now, or that hold two that were found to be two traders, are no longer made."""
    last = decided()
    split_ = {pair for pair, verdict in last.items() if verdict is Together.SPLIT}
    gone = [
        p.number
        for p in proposals(1000)
        if len(set(entities_of(p.records).values())) == 1 or split_.intersection(combinations(sorted(p.records), 2))
    ]
    with connection.cursor() as cursor:
        cursor.execute("delete from entity_proposal where id = any(%s)", [gone])


def proposals(limit: int = 20) -> tuple[Proposal, ...]:
    """What may be one trader, the likeliest first."""
    rows = _all(
        "select id, records, score, bonds::text from entity_proposal order by score desc, id limit %s",
        [limit],
    )
    return tuple(Proposal(r[0], tuple(r[1]), r[2], msgspec.json.decode(r[3], type=tuple[Bond, ...])) for r in rows)


def _all(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()  # type: ignore[no-any-return]
