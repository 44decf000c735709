"""Past trade as a targeting officer asks for it, made from the record and kept up with it. Tables in traffic.sql.

A reader follows the record in its fixed order, as webhooks do, and writes each declaration it meets anew. What is behind is
never decided by: lanes are set from the record itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from customhouse.offices.risk import network, overruling
from customhouse.record.access import office_of
from customhouse.record.declaration import Declaration, Stage
from customhouse.record.facts import grams
from customhouse.registry import reader
from customhouse.registry.rows import STATE, read_state

HEADING = 4  # digits of the Harmonized System
STRETCH = 500
"""Entries read in one go."""
OUTCOMES = {"conform": "none", "discrepancy": "find", "not_done": "not_done"}
AFTER = "(e.xid, e.id) > (r.xid::text::xid8, r.id) and e.xid < pg_snapshot_xmin(pg_current_snapshot())"
NEXT = f"select e.xid::text::bigint, e.id, e.declaration, e.at from entry e, risk_reading r where {AFTER} order by e.xid, e.id limit %s"  # noqa: S608

TRAFFIC = (
    "insert into risk_traffic as t (declaration, at, day, office, chapters, origins, ways, rules, score, looked_at, outcome) "
    "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (declaration) do update set office = excluded.office, "
    "chapters = excluded.chapters, origins = excluded.origins, ways = excluded.ways, rules = excluded.rules, "
    "score = excluded.score, outcome = excluded.outcome, looked_at = "
    "case when excluded.looked_at is null then null else coalesce(t.looked_at, excluded.looked_at) end"
)
GOODS = (
    "insert into risk_goods (declaration, item, heading, code, origin, departure, importer, exporter, value, net, per_kg, day, outcome) "
    "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing"
)
LINKS = (
    "insert into risk_link (kind, key, declaration, name, day, looked, outcome, value) "
    "values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing"
)
Row = tuple[Any, ...]


@reader.as_house
def read_on(limit: int = STRETCH) -> int:
    """Read the record on from where it was read to; how many entries were read. One reader at a time, others return 0."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(hashtext('risk_reading'), 0)")
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(NEXT, [limit])
        found = cursor.fetchall()
        if not found:
            return 0
        last = {number: at for _xid, _id, number, at in found}
        _write(cursor, last)
        cursor.execute("update risk_reading set xid = %s, id = %s", [found[-1][0], found[-1][1]])
    return len(found)


def catch_up(most: int = 8 * STRETCH) -> bool:
    """Read on until nothing is left or `most` entries were read; whether it is level with the record."""
    done = 0
    while done < most:
        read = read_on()
        done += read
        if read < STRETCH:
            return True
    return False


def _write(cursor: Any, last: dict[int, datetime]) -> None:
    """Write what these declarations are now; `last` says when each was last acted on."""
    numbers = list(last)
    cursor.execute(f"select d.lodged_at, {STATE} where d.id = any(%s)", [numbers])
    states = [(row[0].astimezone(UTC), read_state(row[1:])) for row in cursor.fetchall()]
    states = [(at, d) for at, d in states if d.stage is not Stage.REFUSED]
    cursor.execute("delete from risk_goods where declaration = any(%s)", [numbers])
    cursor.execute("delete from risk_link where declaration = any(%s)", [numbers])
    _many(cursor, TRAFFIC, (_traffic(d, at, last[d.id]) for at, d in states))
    _many(cursor, GOODS, (row for at, d in states for row in _goods(d, at)))
    _many(cursor, LINKS, (row for at, d in states for row in _links(d, at)))


def _many(cursor: Any, sql: str, rows: Iterable[Row]) -> None:
    if told := list(rows):
        cursor.executemany(sql, told)


def outcome(d: Declaration) -> str:
    """What looks at goods and documents found: find, none, not_done; empty where none was reported. A find outweighs the rest."""
    said = [OUTCOMES.get(look.conclusion, "") for look in (d.examined, d.checked) if look is not None]
    return min(said, key=("find", "none", "not_done", "").index, default="")


def _traffic(d: Declaration, at: datetime, last: datetime) -> Row:
    items, selected = d.lodged.items, d.selection
    speaking = _each(r.rule for r in selected.reasons if r.rule != "no-finding") if selected else []
    return (
        d.id, at, at.date(), office_of(d),
        _each(i.commodity.code[:2] for i in items), _each(i.origin for i in items),
        list(overruling.ways(d)), speaking, selected.score if selected else None,
        last if d.lane in overruling.LOOKS else None, outcome(d),
    )  # fmt: skip


def _goods(d: Declaration, at: datetime) -> list[Row]:
    if d.stage is Stage.INVALIDATED:
        return []
    shipment = d.lodged.goods_shipment
    values = {v.item: v.value.minor for v in d.valued.items} if d.valued else {}
    importer = network.party_key(shipment.importer)
    exporter = network.party_key(d.lodged.exporter or shipment.consignor or shipment.seller)
    rows: list[Row] = []
    for item in d.lodged.items:
        code, net, value = item.commodity.code, grams(item.commodity.net_mass), values.get(item.sequence, 0)
        per_kg = value * 1000 // net if net > 0 else 0
        route = (item.origin, item.export_country or shipment.export_country)
        rows.append(
            (
                d.id,
                item.sequence,
                code[:HEADING],
                code,
                *route,
                importer,
                exporter,
                value,
                net,
                per_kg,
                at.date(),
                outcome(d),
            )
        )
    return rows


def _links(d: Declaration, at: datetime) -> list[Row]:
    value = d.valued.total.minor if d.valued else 0
    looked, found = d.lane in overruling.LOOKS, outcome(d)
    return [(link.kind, link.key, d.id, link.name, at.date(), looked, found, value) for link in network.links(d.lodged)]


def _each(words: Iterable[str]) -> Sequence[str]:
    return sorted({word for word in words if word})
