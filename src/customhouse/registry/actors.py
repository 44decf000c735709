"""What is known of the actors of a declaration: counts over what was declared and examined before, by day, from the record.

The counts are kept from the record as it grows (`registry.courses`); a lane is set on one short read of them (`known`). A declaration is never counted against itself. Whoever asks for a time that the counts have passed already is
answered exactly from the declarations one by one (`as_of`), so that no later result leaks into an earlier decision.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
from django.db import connection

from customhouse.offices.risk.course import SAYING, Course
from customhouse.record.facts import who
from customhouse.record.history import NO_HISTORY, HistoryFacts
from customhouse.record.lodgement import Lodgement
from customhouse.record.outcome import Result

HEADING = 4
LATE = timedelta(minutes=1)  # by which clocks of one house may differ


class Actors(msgspec.Struct, frozen=True):
    """Who stands behind a lodgement: identification numbers, or names where none is declared; headings (HS 4) of the goods."""

    declarant: str
    lrn: str
    importer: str
    exporter: str
    goods: tuple[str, ...]


class Counted(msgspec.Struct, frozen=True):
    """What of a declaration is counted."""

    actors: Actors
    value: int = 0
    accepted_at: datetime | None = None
    examined_at: datetime | None = None
    found: bool | None = None


Key = tuple[str, str, str, date]  # kind, actor, goods, day
Sums = tuple[int, int, int, int]  # declarations, examined, finds, value


def actors(lodged: Lodgement) -> Actors:
    goods = {i.commodity.code[:HEADING] for i in lodged.items if len(i.commodity.code) >= HEADING}
    return Actors(
        lodged.declarant_id,
        lodged.lrn,
        who(lodged.goods_shipment.importer),
        who(lodged.exporter),
        tuple(sorted(goods)),
    )


def counted(told: Course) -> Counted:
    """What of a declaration is counted."""
    said = [look for look in told.looks if look.result in SAYING]
    return Counted(
        actors(told.now.lodged),
        sum(told.values.values()),
        told.accepted,
        said[-1].at if said else None,
        told.result is Result.DISCREPANCY if said else None,
    )


def sums(one: Counted | None) -> dict[Key, Sums]:
    """What a declaration adds to the days of its actors."""
    if one is None or one.accepted_at is None:
        return {}
    day, a = one.accepted_at.astimezone(UTC).date(), one.actors
    added = (1, int(one.examined_at is not None), int(bool(one.found)), one.value)
    keys = [("importer", a.importer, ""), ("declarant", a.declarant, ""), ("exporter", a.exporter, "")]
    keys.extend(("importer", a.importer, heading) for heading in a.goods)
    return {(kind, actor, goods, day): added for kind, actor, goods in keys if actor}


def keep(cursor: Any, courses: Iterable[Course]) -> None:
    """Count these declarations as they are now, in place of how they were counted before."""
    after = {c.now.id: counted(c) for c in courses}
    before = _standing(cursor, after)
    changed = {number: one for number, one in after.items() if one != before.get(number)}
    _write(cursor, changed)
    _add(cursor, _differences(before, changed))


def forget(cursor: Any) -> None:
    """Forget every count."""
    cursor.execute("delete from actor_day; delete from actor_declaration")


def _standing(cursor: Any, numbers: Iterable[int]) -> dict[int, Counted]:
    cursor.execute(
        "select declaration, declarant, lrn, importer, exporter, goods, value, accepted_at, examined_at, found "
        "from actor_declaration where declaration = any(%s)",
        [list(numbers)],
    )
    return {row[0]: _counted(row[1:]) for row in cursor.fetchall()}


def _counted(row: Sequence[Any]) -> Counted:
    declarant, lrn, importer, exporter, goods, value, accepted, examined, found = row
    return Counted(Actors(declarant, lrn, importer, exporter, tuple(goods)), value, accepted, examined, found)


def _differences(before: dict[int, Counted], after: dict[int, Counted]) -> dict[Key, list[int]]:
    """What the days of actors gain (or lose, when an amendment names others)."""
    total: dict[Key, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for number, one in after.items():
        for sign, told in ((-1, sums(before.get(number))), (1, sums(one))):
            for key, added in told.items():
                for n, value in enumerate(added):
                    total[key][n] += sign * value
    return {key: added for key, added in total.items() if any(added)}


def _write(cursor: Any, counted: dict[int, Counted]) -> None:
    cursor.executemany(
        "insert into actor_declaration (declaration, declarant, lrn, importer, exporter, goods, value, accepted_at, examined_at, found) "
        "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (declaration) do update set importer = excluded.importer, "
        "exporter = excluded.exporter, goods = excluded.goods, value = excluded.value, accepted_at = excluded.accepted_at, "
        "examined_at = excluded.examined_at, found = excluded.found",
        [
            (n, c.actors.declarant, c.actors.lrn, c.actors.importer, c.actors.exporter, list(c.actors.goods), c.value,
             c.accepted_at, c.examined_at, c.found)
            for n, c in counted.items()
        ],
    )  # fmt: skip


def _add(cursor: Any, added: dict[Key, list[int]]) -> None:
    cursor.executemany(
        "insert into actor_day as d (kind, actor, goods, day, declarations, examined, finds, value) "
        "values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict (kind, actor, goods, day) do update set "
        "declarations = d.declarations + excluded.declarations, examined = d.examined + excluded.examined, "
        "finds = d.finds + excluded.finds, value = d.value + excluded.value",
        [(*key, *numbers) for key, numbers in sorted(added.items())],
    )


def question(importer: str, declarant: str, exporter: str, goods: str, day: str, lrn: str) -> str:
    """SQL for what is counted: a row for each actor, each heading of the importer, the declaration itself and how far is counted.

    The arguments are what stands in the places of the values. Columns: what, first day, declarations on it, then today, in
    30 days, in 365 days, examined, finds, value in 30 days; `latest` in the last. Read by `told`.
    """
    return f"""
        with asked(kind, actor) as (values ('importer', {importer}::text), ('declarant', {declarant}::text), ('exporter', {exporter}::text))
        select a.kind, f.day, f.declarations, s.today, s.month, s.year, s.examined, s.finds, s.value, null::timestamptz
        from asked a
        join lateral (select d.day, d.declarations from actor_day d where d.kind = a.kind and d.actor = a.actor and d.goods = ''
            and d.declarations > 0 and d.day <= {day}::date order by d.day limit 1) f on true
        cross join lateral (select coalesce(sum(d.declarations) filter (where d.day = {day}::date), 0)::bigint as today,
            coalesce(sum(d.declarations) filter (where d.day >= {day}::date - 30), 0)::bigint as month,
            coalesce(sum(d.declarations), 0)::bigint as year, coalesce(sum(d.examined), 0)::bigint as examined,
            coalesce(sum(d.finds), 0)::bigint as finds,
            coalesce(sum(d.value) filter (where d.day >= {day}::date - 30), 0)::bigint as value
            from actor_day d where d.kind = a.kind and d.actor = a.actor and d.goods = '' and d.day >= {day}::date - 365
            and d.day <= {day}::date) s
        union all
        select 'goods ' || g.goods, null, n.declarations, 0, 0, 0, 0, 0, 0, null from unnest({goods}::text[]) g(goods)
        cross join lateral (select sum(x.declarations)::int as declarations from (select d.declarations from actor_day d
            where d.kind = 'importer' and d.actor = {importer}::text and d.goods = g.goods and d.declarations > 0
            and d.day <= {day}::date limit 2) x) n where n.declarations > 0
        union all
        (select 'own', (o.accepted_at at time zone 'UTC')::date, 1, 0, 0, 0, (o.examined_at is not null)::int, coalesce(o.found, false)::int, o.value, o.accepted_at
            from actor_declaration o where o.declarant = {declarant}::text and o.lrn = {lrn}::text and o.accepted_at is not null limit 1)
        union all
        select 'latest', null, 0, 0, 0, 0, 0, 0, 0, latest from course_place where latest > '-infinity'
    """  # noqa: S608 - the values travel beside it


ASK = question("%(importer)s", "%(declarant)s", "%(exporter)s", "%(goods)s", "%(day)s", "%(lrn)s")
ASK_ASYNC = question("$1", "$2", "$3", "$4", "$5", "$6")
"""The same for asyncpg: importer, declarant, exporter, headings, day, reference."""


def known(lodged: Lodgement, at: datetime) -> HistoryFacts:
    """What was known of the actors of `lodged` at `at`, without the declaration itself."""
    who, at = actors(lodged), at.astimezone(UTC)
    with connection.cursor() as cursor:
        cursor.execute(ASK, {**msgspec.structs.asdict(who), "goods": list(who.goods), "day": at.date()})
        rows = cursor.fetchall()
    return as_of(who, at) if passed(rows, at) else told(rows, who, at)


def passed(rows: Sequence[Sequence[Any]], at: datetime) -> bool:
    """Whether something later than `at` is counted already, so that the counts would tell the future."""
    return any(row[0] == "latest" and row[9] > at + LATE for row in rows)


def told(rows: Sequence[Sequence[Any]], who: Actors, at: datetime) -> HistoryFacts:
    """The facts in the rows of `question`, less what the declaration itself added."""
    found = {row[0]: row[1:] for row in rows}
    own, today = found.pop("own", None), at.astimezone(UTC).date()
    facts: dict[str, Any] = {}
    for kind in ("importer", "declarant", "exporter"):
        if kind in found:
            facts |= _facts(kind, found[kind], own, today)
    old = {k.removeprefix("goods "): n[1] - (own is not None) for k, n in found.items() if k.startswith("goods ")}
    return _made(facts, bool(who.importer) and any(old.get(heading, 0) <= 0 for heading in who.goods))


def _facts(kind: str, row: Sequence[Any], own: Sequence[Any] | None, today: date) -> dict[str, Any]:
    first, on_first, now, month, year, examined, finds, value, _ = row
    if own is not None:
        day = own[0]
        now, month, year = now - (day == today), month - (day >= today - timedelta(30)), year - 1
        examined, finds, value = examined - own[5], finds - own[6], value - own[7] * (day >= today - timedelta(30))
        if first == day and on_first == 1:
            first = today
    return {
        f"{kind}_days": (today - first).days, f"{kind}_today": now, f"{kind}_declarations_30": month,
        f"{kind}_declarations_365": year, f"{kind}_examined_365": examined, f"{kind}_finds_365": finds,
        f"{kind}_value_30": value,
    }  # fmt: skip


FIELDS = frozenset(HistoryFacts.__struct_fields__)


def _made(facts: dict[str, Any], new_goods: bool) -> HistoryFacts:
    kept = {name: max(0, int(value)) for name, value in facts.items() if name in FIELDS}
    found = HistoryFacts(**kept, importer_new_goods=new_goods)
    return NO_HISTORY if found == NO_HISTORY else found


PAST = """
    select (min(accepted_at) at time zone 'UTC')::date, count(*) filter (where accepted_at >= %(day)s::date),
        count(*) filter (where accepted_at >= %(day)s::date - 30), count(*) filter (where accepted_at >= %(day)s::date - 365),
        count(*) filter (where accepted_at >= %(day)s::date - 365 and examined_at < %(at)s),
        count(*) filter (where accepted_at >= %(day)s::date - 365 and examined_at < %(at)s and found),
        coalesce(sum(value) filter (where accepted_at >= %(day)s::date - 30), 0)
    from actor_declaration where {kind} = %(actor)s and accepted_at < %(at)s and (declarant, lrn) <> (%(declarant)s, %(lrn)s)
"""


def as_of(who: Actors, at: datetime) -> HistoryFacts:
    """What was known at an earlier time: exact, from the declarations one by one. Slower for actors with much trade."""
    day = at.astimezone(UTC).date()
    facts: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for kind in ("importer", "declarant", "exporter"):
            if not (actor := getattr(who, kind)):
                continue
            values = {"actor": actor, "at": at, "day": day, "declarant": who.declarant, "lrn": who.lrn}
            cursor.execute(PAST.format(kind=kind), values)
            first, *numbers = cursor.fetchone()
            if first is not None:
                facts |= _facts(kind, (first, 0, *numbers, None), None, day)
        cursor.execute(
            "select distinct g from actor_declaration, unnest(goods) g where importer = %s and accepted_at < %s "
            "and (declarant, lrn) <> (%s, %s) and goods && %s",
            [who.importer, at, who.declarant, who.lrn, list(who.goods)],
        )
        old = {row[0] for row in cursor.fetchall()}
    return _made(facts, bool(who.importer) and not set(who.goods) <= old)
