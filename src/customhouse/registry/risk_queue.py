"""The targeter's queue: live traffic in the order in which a look at it is worth most, and how many looks are taken today.

What waits has an index of its own, so ordering it by anything is bounded by what waits and not by what there ever was.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal

import msgspec
from django.db import connection

from customhouse.offices.risk.network import party_key
from customhouse.record.lanes import Lane
from customhouse.record.lodgement import Party

Show = Literal["routed", "ahead", "released"]
SHOWS: tuple[Show, ...] = ("routed", "ahead", "released")
NEWEST = 5_000  # of what was released the newest are shown
MOST = 5_000  # declarations that a draw may be made over

# What is still under way, in the words of the index `declaration_waiting`.
UNDER_WAY = "d.stage not in ('RELEASED', 'REFUSED', 'INVALIDATED')"
WHICH: dict[Show, str] = {
    "routed": f"{UNDER_WAY} and d.stage = 'ROUTED'",
    "ahead": f"{UNDER_WAY} and d.stage <> 'ROUTED' and d.mrn is not null",
    "released": "d.stage = 'RELEASED'",
}
# How likely a find is: what the model says; where none spoke, a figure that only orders, from the lane and the reasons.
LIKELY = (
    "coalesce(t.score::float8, least(0.5, 0.01 + 0.03 * coalesce(cardinality(t.rules), 0) + "
    "case d.lane when 'RED' then 0.2 when 'YELLOW' then 0.1 when 'BLUE' then 0.03 else 0 end))"
)
WORTH = f"({LIKELY} * power(1 + coalesce(d.payable, 0)::float8, %s))"
COLUMNS = (
    "d.id, coalesce(d.mrn, ''), d.lrn, d.stage, d.lane, d.holds, d.declarant, d.importer, d.importer_id, d.goods, d.items, "
    "d.payable, d.currency, d.lodged_at, d.office, coalesce(t.ways, '{}'), coalesce(t.origins, '{}'), t.score, "
    "coalesce(d.snapshot -> 'marked' ->> 'lane', '')"
)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What the queue is asked for; empty means any. `dial` goes from 0, by probability, to 1, by expected revenue."""

    show: Show = "routed"
    dial: float = 1.0
    office: str = ""
    lane: str = ""
    way: str = ""
    origin: str = ""
    chapter: str = ""
    trader: str = ""
    text: str = ""
    before: str = ""


class Row(msgspec.Struct, frozen=True, gc=False):
    """A line of the queue: `ways` chose it, `worth` orders it, `marked` is the lane that was asked for ahead."""

    id: int
    mrn: str
    lrn: str
    stage: str
    lane: str | None
    holds: list[str]
    declarant: str
    importer: str
    importer_id: str
    goods: str
    items: int
    payable: int | None
    currency: str
    lodged_at: datetime
    office: str
    ways: list[str]
    origins: list[str]
    score: float | None
    marked: str
    worth: float

    @property
    def importer_key(self) -> str:
        """The key of the importer's record; empty where no number is declared."""
        return party_key(Party(id=self.importer_id))

    @property
    def cursor(self) -> str:
        """Where the queue goes on after this row."""
        return f"{self.worth!r}_{self.id}"


def rows(wanted: Wanted, today: date, limit: int = 50) -> tuple[Row, ...]:
    """One page of the queue, the look that is worth most first."""
    tests, values = _tests(wanted, today)
    if wanted.before:
        after = seen(wanted.before)
        tests.append(f"({WORTH}, d.id) < (%s, %s)" if after else "false")
        values.extend([wanted.dial, *after] if after else [])
    sql = f"select {COLUMNS}, {WORTH} {_from(tests)} order by {WORTH} desc, d.id desc limit %s"
    return tuple(Row(*row) for row in _all(sql, [wanted.dial, *values, wanted.dial, limit]))


def numbers(wanted: Wanted, today: date) -> tuple[int, ...]:
    """Every declaration that the filter shows, in the order of their numbers; at most MOST and one more."""
    tests, values = _tests(wanted, today)
    sql = f"select d.id {_from(tests)} order by d.id limit %s"
    return tuple(int(row[0]) for row in _all(sql, [*values, MOST + 1]))


def count(wanted: Wanted, today: date) -> int:
    """How many the filter shows, at most a hundred thousand."""
    tests, values = _tests(wanted, today)
    return int(_all(f"select count(*) from (select {_from(tests)} limit 100000) c", values)[0][0])  # noqa: S608 - our own words


def seen(text: str) -> tuple[float, int] | tuple[()]:
    """The place that a cursor names; empty for one that is none."""
    worth, _, number = text.partition("_")
    if not (number.isascii() and number.isdigit() and len(number) < 18):
        return ()
    try:
        value = float(worth)
    except ValueError:
        return ()
    return (value, int(number)) if math.isfinite(value) else ()


def _from(tests: Sequence[str]) -> str:
    return f"from declaration d left join risk_traffic t on t.declaration = d.id where {' and '.join(tests)}"


def _tests(wanted: Wanted, today: date) -> tuple[list[str], list[Any]]:
    tests, values = [WHICH[wanted.show]], list[Any]()
    if wanted.show == "released":
        tests.append(
            "d.id in (select declaration from risk_traffic where day >= %s order by day desc, declaration desc limit %s)"
        )
        values.extend([today - timedelta(1), NEWEST])
    for test, value in (
        ("d.office = %s", wanted.office),
        ("d.lane = %s", wanted.lane),
        ("%s = any(t.ways)", wanted.way),
        ("%s = any(t.origins)", wanted.origin),
        ("%s = any(t.chapters)", wanted.chapter),
    ):
        if value:
            tests.append(test)
            values.append(value)
    if wanted.trader:
        tests.append("(d.declarant = %s or d.importer_id = %s or d.exporter_id = %s)")
        values.extend([wanted.trader] * 3)
    if wanted.text:
        start = wanted.text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        tests.append(
            "(d.mrn like %s or d.lrn ilike %s or d.importer ilike %s or d.goods ilike %s or d.containers like %s)"
        )
        values.extend([f"{start.upper()}%", f"{start}%", f"%{start}%", f"%{start}%", f"% {start.upper()}%"])
    return tests, values


class Capacity(msgspec.Struct, frozen=True):
    """The looks of an office: how many were called for today, by lane, and how many it has in a day."""

    office: str
    red: int
    yellow: int
    budget: int

    @property
    def used(self) -> int:
        return self.red + self.yellow

    @property
    def share(self) -> int:
        """Per cent of the budget that is taken, 100 where there is none and something is."""
        return self.used * 100 // self.budget if self.budget else 100 * bool(self.used)


def capacity(since: datetime, budgets: dict[str, int]) -> tuple[Capacity, ...]:
    """The looks called for since `since`, of every office that has any or a budget of its own."""
    found = _all(
        "select t.office, count(*) filter (where d.lane = 'RED'), count(*) filter (where d.lane = 'YELLOW') "
        "from risk_traffic t join declaration d on d.id = t.declaration where t.looked_at >= %s group by 1",
        [since],
    )
    counted = {office: (red, yellow) for office, red, yellow in found}
    offices = sorted({*counted, *(office for office in budgets if office)})
    usual = budgets.get("", 0)
    return tuple(Capacity(o, *counted.get(o, (0, 0)), budgets.get(o, usual)) for o in offices)


def choices(today: date) -> dict[str, tuple[str, ...]]:
    """What the filters offer: offices, origins and chapters of the last two weeks."""
    names = {"office": "array[office]", "origin": "origins", "chapter": "chapters"}
    return {
        name: tuple(
            row[0]
            for row in _all(
                f"select distinct x from (select {column} as a from risk_traffic where day >= %s "  # noqa: S608 - our own words
                "order by day desc, declaration desc limit 5000) s, unnest(a) x where x <> '' order by x limit 300",
                [today - timedelta(14)],
            )
        )
        for name, column in names.items()
    }


LANES = tuple(lane.value for lane in (Lane.RED, Lane.YELLOW, Lane.BLUE, Lane.GREEN))


def _all(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as found:
        found.execute(sql, values)
        return found.fetchall()  # type: ignore[no-any-return]
