"""Lists of declarations and what is counted over them: the registrar's side of every work list and of the board.

Every query here is bounded: what waits has an index of its own, today is the end of the register, and words are looked
for in the newest part of it. A full MRN is not searched but opened (`files.get`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
from django.db import connection

from customhouse.kernel.transport import ContainerNumber
from customhouse.record.lanes import Lane
from customhouse.record.parcel import MARK
from customhouse.record.parcel_charge import charge_number, charged_consolidation, is_charge
from customhouse.registry.rows import WorkRow

Order = Literal["newest", "oldest", "amount"]

SEARCHED = 200_000
"""How many of the newest declarations are searched for words."""

COLUMNS = (
    "id, mrn, lrn, stage, lane, holds, declarant, importer, goods, items, payable, currency, lodged_at, updated_at"
)
PARTIES = "(declarant = any(%s) or importer_id = any(%s) or exporter_id = any(%s))"
# What customs or the declarant must do something about; a registered declaration that nothing holds waits for its goods only.
WAITING = "stage not in ('RELEASED', 'REFUSED', 'INVALIDATED') and (stage <> 'REGISTERED' or holds <> '{}')"
# How a list is sorted, and what follows the last row seen. The amount is sorted among what waits only.
ORDERS: dict[str, tuple[str, str]] = {
    "newest": ("id desc", "id < %s"),
    "oldest": ("id", "id > %s"),
    "amount": ("coalesce(payable, 0) desc, id desc", "(coalesce(payable, 0), id) < (%s, %s)"),
}


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a list is asked for; empty means any. `parties` are traders that declare, import or export; `before` is the `cursor` of the last row of the page before."""

    declarant: str = ""
    parties: tuple[str, ...] = ()
    stage: str = ""
    lane: str = ""
    hold: str = ""
    text: str = ""
    waiting: bool = False
    besides_payment: bool = False
    lodged_before: datetime | None = None
    order: Order = "newest"
    before: str = ""


def rows(wanted: Wanted, limit: int = 50) -> tuple[WorkRow, ...]:
    """One page of the list, in its order."""
    tests, values = _tests(wanted)
    order = wanted.order if wanted.order != "amount" or wanted.waiting else "newest"
    sort, after = ORDERS[order]
    if wanted.before:
        seen = _seen(wanted.before, order)
        tests.append(after if seen else "false")
        values.extend(seen)
    where = f"where {' and '.join(tests)}" if tests else ""
    sql = f"select {COLUMNS} from declaration {where} order by {sort} limit %s"  # noqa: S608 - our own words only
    return tuple(_row(row) for row in _all(sql, [*values, limit]))


def cursor(row: WorkRow, order: Order) -> str:
    """Where a list goes on after `row`."""
    return f"{row.payable or 0}.{row.id}" if order == "amount" else str(row.id)


def _seen(text: str, order: str) -> list[int]:
    parts = text.split(".")
    wanted = 2 if order == "amount" else 1
    if len(parts) != wanted or not all(p.isascii() and p.isdigit() and len(p) < 18 for p in parts):
        return []
    return [int(p) for p in parts]


def _tests(wanted: Wanted) -> tuple[list[str], list[Any]]:
    tests: list[str] = []
    values: list[Any] = []
    for test, value in (
        ("declarant = %s", wanted.declarant),
        ("stage = %s", wanted.stage),
        ("lane = %s", wanted.lane),
        ("%s = any(holds)", wanted.hold),
        ("lodged_at < %s", wanted.lodged_before),
    ):
        if value:
            tests.append(test)
            values.append(value)
    if wanted.parties:
        tests.append(PARTIES)
        values.extend([list(wanted.parties)] * 3)
    if wanted.waiting:
        tests.append(WAITING)
    if wanted.besides_payment:
        tests.append("holds <> '{payment}'")
    if wanted.text:
        test, found = _search(wanted.text)
        tests.append(test)
        values.extend(found)
    return tests, values


# files of parcels are numbered far above all declarations: each series has its newest
NEWEST = (
    f"(id < {MARK} and id > (select max(id) - {SEARCHED} from declaration where id < {MARK}) or id >= (select min(id) from "  # noqa: S608
    f"(select id from declaration where id >= {MARK} order by id desc limit {SEARCHED}) n))"
)


def _search(text: str) -> tuple[str, list[Any]]:
    """A container number is looked for in the goods' equipment; other words in references, traders and goods."""
    number = text.upper().replace(" ", "")
    if ContainerNumber.is_valid(number):
        return f"{NEWEST} and containers like %s", [f"% {number} %"]
    start, within = f"{_literal(text)}%", f"%{_literal(text)}%"
    words = "(mrn like %s or lrn ilike %s or declarant ilike %s or importer ilike %s or goods ilike %s)"
    return f"{NEWEST} and {words}", [start.upper(), start, start, within, within]


def _literal(text: str) -> str:
    """The text with the signs of a pattern taken as themselves."""
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


def _row(row: tuple[Any, ...]) -> WorkRow:
    number, mrn, lrn, stage, lane, holds, *rest = row
    return WorkRow(number, mrn or "", lrn, stage, Lane(lane) if lane else None, tuple(holds), *rest)


def references(numbers: Sequence[int]) -> dict[int, str]:
    """What people call these declarations: the MRN, or the declarant's reference where none was given; of the charge of a
    consolidation, the reference of that."""
    found = _all("select id, coalesce(mrn, lrn) from declaration where id = any(%s)", [list(numbers)])
    if charges := [charged_consolidation(number) for number in numbers if is_charge(number)]:
        told = _all("select id, reference from consolidation where id = any(%s)", [charges])
        found = [*found, *((charge_number(number), name) for number, name in told)]
    return {int(number): str(name) for number, name in found}


class Waiting(msgspec.Struct, frozen=True):
    """What waits: how many in all, by lane, by hold, how many were lodged before each moment asked for, and the oldest."""

    total: int
    lanes: dict[str, int]
    holds: dict[str, int]
    older: tuple[int, ...]
    oldest: datetime | None


def waiting(parties: Sequence[str] = (), moments: Sequence[datetime] = (), *, besides_payment: bool = False) -> Waiting:
    """Count what waits (of these traders, or of all)."""
    tests, values = _tests(Wanted(parties=tuple(parties), waiting=True, besides_payment=besides_payment))
    older = "".join(", count(*) filter (where lodged_at < %s)" for _ in moments)
    sql = (
        f"select lane, holds, count(*), min(lodged_at){older} from declaration where {' and '.join(tests)} "  # noqa: S608
        "group by lane, holds"
    )
    lanes: Counter[str] = Counter()
    holds: Counter[str] = Counter()
    before = [0] * len(moments)
    oldest: list[datetime] = []
    for lane, held, n, first, *counts in _all(sql, [*moments, *values]):
        lanes[lane or ""] += n
        for kind in held:
            holds[kind] += n
        oldest.append(first)
        before = [a + b for a, b in zip(before, counts, strict=True)]
    return Waiting(lanes.total(), dict(lanes), dict(holds), tuple(before), min(oldest, default=None))


def held(hold: str, upto: int | None = None) -> list[int]:
    """Numbers of the declarations that wait under a hold of this kind, first come first."""
    sql = f"select id from declaration where holds @> array[%s] and {WAITING} and id <= %s order by id"  # noqa: S608
    return [row[0] for row in _all(sql, [hold, (1 << 62) if upto is None else upto])]


def held_about(hold: str, ref: str) -> list[int]:
    """Numbers of the declarations that wait under a hold of this kind about `ref`, once more than one entry is recorded."""
    sql = f"select id from declaration where holds @> array[%s] and {WAITING} and snapshot -> 'holds' @> %s::jsonb order by id"  # noqa: S608
    about = msgspec.json.encode([{"kind": hold, "ref": ref}]).decode()
    return [row[0] for row in _all(sql, [hold, about])]


def stages(declarant: str = "") -> dict[str, int]:
    """How many declarations stand where, over the whole register."""
    where, values = ("where declarant = %s", [declarant]) if declarant else ("", [])
    return dict(_all(f"select stage, count(*) from declaration {where} group by 1", values))  # noqa: S608


class Day(msgspec.Struct, frozen=True):
    """What came in since a moment: by stage, by lane, by hour (lodged, released), and how long release took (seconds)."""

    total: int
    stages: dict[str, int]
    lanes: dict[str, int]
    hours: tuple[tuple[int, int], ...]
    median: float | None
    at_once: int


# Numbers grow with time, so the last one before a moment is found from the end of the register.
SINCE = "id > coalesce((select id from declaration where lodged_at < %s order by id desc limit 1), 0)"
DAY = (
    "select stage, coalesce(lane, ''), extract(hour from lodged_at at time zone 'UTC')::int, count(*), "  # noqa: S608
    "count(*) filter (where stage = 'RELEASED' and updated_at = lodged_at) "
    f"from declaration where {SINCE} {{}} group by 1, 2, 3"
)
MEDIAN = (
    "select percentile_cont(0.5) within group (order by extract(epoch from updated_at - lodged_at)) "  # noqa: S608
    f"from declaration where {SINCE} and stage = 'RELEASED' {{}}"
)


def day(since: datetime, parties: Sequence[str] = ()) -> Day:
    """Count what was lodged since `since` (midnight, UTC)."""
    own, values = (f"and {PARTIES}", [since, *[list(parties)] * 3]) if parties else ("", [since])
    stages: Counter[str] = Counter()
    lanes: Counter[str] = Counter()
    hours = [[0, 0] for _ in range(24)]
    at_once = 0
    for stage, lane, hour, n, straight in _all(DAY.format(own), values):
        stages[stage] += n
        if lane:
            lanes[lane] += n
        hours[hour][0] += n
        hours[hour][1] += n if stage == "RELEASED" else 0
        at_once += straight
    median = _all(MEDIAN.format(own), values)[0][0]
    told = tuple((lodged, released) for lodged, released in hours)
    return Day(stages.total(), dict(stages), dict(lanes), told, median, at_once)


def _all(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as found:
        found.execute(sql, values)
        return found.fetchall()  # type: ignore[no-any-return]
