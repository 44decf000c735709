"""Whom a trader has authorised to declare for it: granted and revoked by the trader, never changed.

An authorisation counts from a day on, until a day or a revocation, for some procedures or all. With `reads` the broker
also sees the trader's other files for as long as it counts; what the broker lodged itself it keeps.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from django.db import connection, transaction


class NotAuthorisable(ValueError):
    """The authorisation cannot be given or taken back; the message says why."""


class Authorisation(msgspec.Struct, frozen=True):
    """One authorisation; `until` is the first day on which it counts no more, `procedures` are empty for all."""

    id: int
    at: datetime
    by: str
    trader: str
    trader_name: str
    broker: str
    broker_name: str
    since: date
    until: date | None
    procedures: tuple[str, ...]
    reads: bool
    revoked: datetime | None
    revoked_by: str

    def stands(self, day: date) -> bool:
        """Whether it counts on this day."""
        return self.revoked is None and self.since <= day and (self.until is None or day < self.until)


# In force on the day $day: neither revoked nor over.
STANDS = (
    "a.revokes is null and a.since <= {day} and (a.until is null or {day} < a.until) "
    "and not exists (select from authorisation r where r.revokes = a.id)"
)
LIST = """
    select a.id, a.at, a.by, a.trader, coalesce(t.name, ''), a.broker, coalesce(b.name, ''), a.since, a.until, a.procedures,
        a.reads, r.at, coalesce(r.by, '')
    from authorisation a left join authorisation r on r.revokes = a.id
        left join registry_trader t on t.number = a.trader left join registry_trader b on b.number = a.broker
    where a.revokes is null and {} order by r.at is not null, a.id desc limit 500
"""
# Whether trader $1 has an account here, and whether it authorised broker $2 on day $3 for all of procedures $4.
COVERS = f"""
    select exists (select from registry_trader t where t.number = {{0}}),
        exists (select from authorisation a where a.trader = {{0}} and a.broker = {{1}}
            and (a.procedures = '{{{{}}}}' or a.procedures @> {{3}}::text[]) and {STANDS.format(day="{2}")})
"""  # noqa: S608 - made from the constant above
ASKED = COVERS.format("$1", "$2", "$3", "$4")  # for asyncpg
COVERED = COVERS.format("%(trader)s", "%(broker)s", "%(day)s", "%(procedures)s")


def grant(
    trader: str,
    broker: str,
    *,
    by: str,
    since: date,
    until: date | None = None,
    procedures: Sequence[str] = (),
    reads: bool = False,
) -> int:
    """Authorise a broker; the number of the authorisation. Raises NotAuthorisable."""
    if trader == broker:
        raise NotAuthorisable("a trader needs no authorisation for itself")
    if not _all("select 1 from registry_trader where number = %s", [broker]):
        raise NotAuthorisable(f"there is no trader {broker}")
    if until is not None and until <= since:
        raise NotAuthorisable("an authorisation ends after it begins")
    if wrong := [p for p in procedures if len(p) != 2 or not p.isascii() or not p.isdigit()]:
        raise NotAuthorisable(f"a procedure has two digits (40, 71), not {wrong[0][:10]}")
    row = _all(
        "insert into authorisation (by, trader, broker, since, until, procedures, reads) "
        "values (%s, %s, %s, %s, %s, %s, %s) returning id",
        [by, trader, broker, since, until, sorted(set(procedures)), reads],
    )
    return int(row[0][0])


def revoke(number: int, *, by: str, trader: str = "") -> None:
    """Take an authorisation back, from this moment. Raises NotAuthorisable for one that `trader` (empty: anybody) did not give."""
    with transaction.atomic():
        found = _all("select trader, broker, since from authorisation where id = %s and revokes is null", [number])
        if not found or trader not in ("", found[0][0]):
            raise NotAuthorisable(f"there is no authorisation {number}")
        if _all("select 1 from authorisation where revokes = %s", [number]):
            return
        _all(
            "insert into authorisation (by, revokes, trader, broker, since) values (%s, %s, %s, %s, %s) "
            "on conflict do nothing returning id",
            [by, number, *found[0]],
        )


def given(trader: str) -> tuple[Authorisation, ...]:
    """Those that a trader has given, standing ones first."""
    return _list("a.trader = %s", [trader])


def held(broker: str) -> tuple[Authorisation, ...]:
    """Those that a broker holds or held."""
    return _list("a.broker = %s", [broker])


def everyone() -> tuple[Authorisation, ...]:
    """All that the reader may see, the newest 500."""
    return _list("true", [])


def readable(broker: str) -> tuple[str, ...]:
    """The traders whose files the broker may read today."""
    sql = f"select distinct a.trader from authorisation a where a.broker = %(broker)s and a.reads and {STANDS.format(day='%(day)s')}"  # noqa: S608
    return tuple(row[0] for row in _all(sql, {"broker": broker, "day": datetime.now(UTC).date()}))


def covers(trader: str, broker: str, day: date, procedures: Sequence[str]) -> bool | None:
    """Whether the broker may declare for the trader; None where the trader has no account here, so cannot say."""
    asked = {"trader": trader, "broker": broker, "day": day, "procedures": list(procedures)}
    is_known, is_covered = _all(COVERED, asked)[0]
    return bool(is_covered) if is_known else None


def _list(test: str, values: list[Any]) -> tuple[Authorisation, ...]:
    return tuple(Authorisation(*row[:9], tuple(row[9]), *row[10:]) for row in _all(LIST.format(test), values))


def _all(sql: str, values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()  # type: ignore[no-any-return]
