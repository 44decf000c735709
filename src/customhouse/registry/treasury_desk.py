"""What the desks and the command line read in the books: accounts, statements, takings, what is open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from django.db import connection

from customhouse.kernel.money import Money
from customhouse.record.account import AccountKind


class StatementLine(msgspec.Struct, frozen=True):
    """One posting of an account: what happened, where it comes from, and the balance after it."""

    at: datetime
    event: str
    text: str
    source: str
    declaration: int
    reference: str
    receipt: str
    amount: Money
    balance: Money


class Statement(msgspec.Struct, frozen=True):
    """An account with its postings, oldest first."""

    kind: AccountKind
    key: str
    trader: str
    balance: Money
    ceiling: Money | None
    lines: tuple[StatementLine, ...]


LINES = (
    "select j.at, j.event, j.text, j.source, coalesce(j.declaration, 0), j.reference, j.receipt, p.amount, p.balance "
    "from posting p join journal j on j.id = p.journal where p.account = %s"
)


def statement(kind: str, key: str, last: int = 50, month: date | None = None) -> Statement | None:
    """The account with its last postings (of one month, given by its first day, where asked); None when there is none."""
    found = _all("select id, trader, balance, ceiling, currency from account where kind = %s and key = %s", [kind, key])
    if not found:
        return None
    number, trader, balance, ceiling, currency = found[0]
    sql, values = LINES, [number]
    if month is not None:
        sql += " and j.at >= %s and j.at < %s::date + interval '1 month'"
        values += [month, month]
    rows = _all(f"{sql} order by p.number desc limit %s", [*values, last])
    lines = tuple(
        StatementLine(*columns, Money(amount, currency), Money(stands, currency))
        for *columns, amount, stands in rows[::-1]
    )
    limit = Money(ceiling, currency) if ceiling is not None else None
    return Statement(AccountKind(kind), key, trader, Money(balance, currency), limit, lines)


def _all(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()  # type: ignore[no-any-return]
