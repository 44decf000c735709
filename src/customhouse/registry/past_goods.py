"""Past goods: what goods of a heading and origin were worth, what an importer brought before, and the nearest cases that were looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
from django.db import connection

COMPARED = 1_000  # the newest goods of a heading and origin that a price is compared with
ASKED = 400  # the newest examined goods that the nearest are looked for among
BEYOND = 1 << 62


class Case(msgspec.Struct, frozen=True):
    """Goods of a past declaration. `mrn` is empty where the reader may not open it."""

    declaration: int
    item: int
    code: str
    origin: str
    importer: str
    exporter: str
    per_kg: int
    value: int
    day: date
    outcome: str
    mrn: str = ""


class Goods(msgspec.Struct, frozen=True):
    """Goods as they are asked about: heading (HS 4), origin, country they come from, importer, minor units a kilogram."""

    heading: str
    origin: str
    departure: str
    importer: str
    per_kg: int


class News(msgspec.Struct, frozen=True):
    """What is new about goods: the importer, goods of this heading for it, this origin and country of dispatch for it."""

    importer: bool
    goods: bool
    route: bool


FOUND = (
    "select g.declaration, g.item, g.code, g.origin, g.importer, g.exporter, g.per_kg, g.value, g.day, g.outcome, "
    "coalesce(d.mrn, '') from {} g left join declaration d on d.id = g.declaration order by {}"
)


def compared(goods: Goods, before: int = BEYOND) -> tuple[Case, ...]:
    """The newest past goods of this heading and origin whose price by weight is known."""
    return _cases(
        "(select * from risk_goods where heading = %s and origin = %s and declaration < %s and per_kg > 0 "
        "order by declaration desc limit %s)",
        "g.declaration desc, g.item",
        [goods.heading, goods.origin, before, COMPARED],
    )


def nearest(goods: Goods, before: int = BEYOND, n: int = 5) -> tuple[Case, ...]:
    """Past goods of this heading that were examined with a result, the most alike first: same origin, same importer, then
    the nearest in price by weight."""
    apart = "abs(ln(greatest(g.per_kg, 1)::float8) - ln(%s::float8))"
    return _cases(
        "(select * from risk_goods where heading = %s and declaration < %s and outcome in ('find', 'none') "
        "order by declaration desc limit %s)",
        f"(g.origin <> %s)::int + (g.importer <> %s)::int + least({apart}, 3) / 3, g.declaration desc limit %s",
        [goods.heading, before, ASKED, goods.origin, goods.importer, max(1, goods.per_kg), n],
    )


def siblings(importer: str, exporter: str, without: int, n: int = 6) -> tuple[Case, ...]:
    """The newest other goods of the same importer, those of the same exporter first."""
    if not importer:
        return ()
    return _cases(
        "(select * from risk_goods where importer = %s and declaration <> %s order by declaration desc limit 200)",
        "(g.exporter <> %s), g.declaration desc, g.item limit %s",
        [importer, without, exporter, n],
    )


def news(goods: Goods, before: int) -> News:
    """What the importer never did before. A declaration without an importer is never new."""
    if not goods.importer:
        return News(False, False, False)
    row = _all(
        "select not exists (select from risk_goods where importer = %s and declaration < %s), "
        "not exists (select from risk_goods where importer = %s and declaration < %s and heading = %s), "
        "not exists (select from risk_goods where importer = %s and declaration < %s and origin = %s and departure = %s)",
        [
            goods.importer, before, goods.importer, before, goods.heading,
            goods.importer, before, goods.origin, goods.departure,
        ],
    )[0]  # fmt: skip
    return News(*row)


class Share(msgspec.Struct, frozen=True):
    """A line of what somebody deals in: `n` goods items of it, worth `value`, with `finds`."""

    what: str
    n: int
    value: int
    finds: int


def dealt_in(column: str, importer: str, n: int = 8) -> tuple[Share, ...]:
    """The importer's newest thousand goods by heading, origin or exporter. Raises ValueError for another column."""
    if column not in ("heading", "origin", "exporter"):
        raise ValueError(f"{column!r} is nothing that goods are counted by")
    rows = _all(
        f"select {column}, count(*), sum(value), count(*) filter (where outcome = 'find') from "  # noqa: S608 - one of three
        "(select * from risk_goods where importer = %s order by declaration desc limit %s) g "
        f"group by 1 order by 2 desc, 1 limit %s",
        [importer, COMPARED, n],
    )
    return tuple(Share(what, times, int(value), finds) for what, times, value, finds in rows)


def peers(heading: str, without: str, floor: int) -> tuple[int, int]:
    """(examined with a result, of them finds) among the newest goods of this heading that others brought."""
    rows = _all(
        "select count(*), count(*) filter (where outcome = 'find') from (select outcome from risk_goods where heading = %s "
        "and declaration >= %s and importer <> %s and outcome in ('find', 'none') order by declaration desc limit %s) g",
        [heading, floor, without, 20 * COMPARED],
    )
    return int(rows[0][0]), int(rows[0][1])


def _cases(within: str, order: str, values: Sequence[Any]) -> tuple[Case, ...]:
    return tuple(Case(*row) for row in _all(FOUND.format(within, order), values))


def _all(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as found:
        found.execute(sql, values)
        return found.fetchall()  # type: ignore[no-any-return]
