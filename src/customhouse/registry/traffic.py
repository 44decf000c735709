"""Past trade as a targeting officer asks for it, made from the record and kept up with it (`registry.courses`). Tables in traffic.sql.

What is behind is never decided by: lanes are set from the record itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import Any

from customhouse.offices.risk import network, overruling
from customhouse.offices.risk.course import Course
from customhouse.record.access import office_of
from customhouse.record.declaration import Stage
from customhouse.record.facts import grams
from customhouse.record.outcome import Result

HEADING = 4  # digits of the Harmonized System
FOUND = {Result.CONFORM: "none", Result.DISCREPANCY: "find", Result.NOT_DONE: "not_done", Result.PENDING: ""}
"""What looks at goods and documents found together, as the tables say it."""

TRAFFIC = (
    "insert into risk_traffic (declaration, at, day, office, chapters, origins, ways, rules, score, looked_at, outcome) "
    "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (declaration) do update set office = excluded.office, "
    "chapters = excluded.chapters, origins = excluded.origins, ways = excluded.ways, rules = excluded.rules, "
    "score = excluded.score, outcome = excluded.outcome, looked_at = excluded.looked_at"
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


def keep(cursor: Any, courses: Sequence[Course]) -> None:
    """Write what these declarations are now; what was refused is no trade."""
    numbers = [c.now.id for c in courses]
    told = [c for c in courses if c.now.stage is not Stage.REFUSED]
    cursor.execute("delete from risk_goods where declaration = any(%s)", [numbers])
    cursor.execute("delete from risk_link where declaration = any(%s)", [numbers])
    _many(cursor, TRAFFIC, (_traffic(c) for c in told))
    _many(cursor, GOODS, (row for c in told for row in _goods(c)))
    _many(cursor, LINKS, (row for c in told for row in _links(c)))


def forget(cursor: Any) -> None:
    """Forget all past trade."""
    cursor.execute("delete from risk_traffic; delete from risk_goods; delete from risk_link")


def _many(cursor: Any, sql: str, rows: Iterable[Row]) -> None:
    if told := list(rows):
        cursor.executemany(sql, told)


def _traffic(told: Course) -> Row:
    d, at = told.now, told.came.astimezone(UTC)
    items, selected = d.lodged.items, d.selection
    speaking = _each(r.rule for r in selected.reasons if r.rule != "no-finding") if selected else []
    return (
        d.id, at, at.date(), office_of(d),
        _each(i.commodity.code[:2] for i in items), _each(i.origin for i in items),
        list(overruling.ways(d)), speaking, selected.score if selected else None,
        told.asks_since, FOUND[told.result],
    )  # fmt: skip


def _goods(told: Course) -> list[Row]:
    d, day, found = told.now, told.came.astimezone(UTC).date(), FOUND[told.result]
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
        heading = code[:HEADING]
        rows.append((d.id, item.sequence, heading, code, *route, importer, exporter, value, net, per_kg, day, found))
    return rows


def _links(told: Course) -> list[Row]:
    d, day = told.now, told.came.astimezone(UTC).date()
    value = d.valued.total.minor if d.valued else 0
    looked, found = d.lane in overruling.LOOKS, FOUND[told.result]
    return [(link.kind, link.key, d.id, link.name, day, looked, found, value) for link in network.links(d.lodged)]


def _each(words: Iterable[str]) -> Sequence[str]:
    return sorted({word for word in words if word})
