"""What the desks and the command line read in the books: accounts, statements, takings, what is open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from django.db import connection

from customhouse.kernel.money import Money
from customhouse.record.account import AccountKind
from customhouse.registry import reader


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


@reader.as_house
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


class Taking(msgspec.Struct, frozen=True):
    """What came in on a day by one event: how often, how much."""

    event: str
    times: int
    amount: Money


def takings(day: date) -> list[Taking]:
    """What was received on a day (UTC), by way of payment; receipts that were voided count against it."""
    rows = _all(
        "select j.event, count(distinct j.id), a.currency, sum(p.amount) from journal j join posting p on p.journal = j.id "
        "join account a on a.id = p.account where j.receipt <> '' and j.at >= %s and j.at < %s::date + 1 "
        "and a.kind in ('cash', 'awaited', 'provider', 'unallocated') group by j.event, a.currency order by j.event",
        [day, day],
    )
    return [Taking(event, times, Money(int(minor), currency)) for event, times, currency, minor in rows]


def revenue(since: date, until: date) -> list[tuple[date, str, Money]]:
    """(day, tax type, what was assessed less what was taken back) from one day up to before another."""
    rows = _all(
        "select (j.at at time zone 'UTC')::date as day, a.key, a.currency, -sum(p.amount) from posting p "
        "join account a on a.id = p.account and a.kind = 'revenue' join journal j on j.id = p.journal "
        "where j.at >= %s and j.at < %s group by 1, 2, 3 order by 1 desc, 2",
        [since, until],
    )
    return [(day, tax, Money(int(minor), currency)) for day, tax, currency, minor in rows]


class ReceiptSlip(msgspec.Struct, frozen=True):
    """A receipt as printed: for what, how it was paid, by whom it was taken; `void` when it was taken back."""

    number: str
    at: datetime
    event: str
    by: str
    trader: str
    declaration: int
    reference: str
    amount: Money
    void: bool


RECEIPT = (
    "select j.receipt, j.at, j.event, j.by, j.trader, coalesce(j.declaration, 0), j.reference, sum(p.amount), min(a.currency), "
    "exists (select from journal v where v.receipt = j.receipt || ' void') from journal j join posting p on p.journal = j.id "
    "and p.amount > 0 join account a on a.id = p.account where j.receipt <> '' and j.receipt not like '%% void'"
)


@reader.as_house
def receipt(number: str) -> ReceiptSlip | None:
    rows = _all(f"{RECEIPT} and j.receipt = %s group by j.id", [number])
    return _slip(rows[0]) if rows else None


@reader.as_house
def receipts(trader: str = "", last: int = 50) -> list[ReceiptSlip]:
    """The last receipts (of a trader, or of all), newest first."""
    where, values = ("and j.trader = %s", [trader]) if trader else ("", [])
    return [_slip(row) for row in _all(f"{RECEIPT} {where} group by j.id order by j.id desc limit %s", [*values, last])]


def _slip(row: tuple[Any, ...]) -> ReceiptSlip:
    *columns, minor, currency, void = row
    return ReceiptSlip(*columns, Money(int(minor), currency), void)


class Owing(msgspec.Struct, frozen=True):
    """A declaration of a trader on which something is to be paid."""

    id: int
    name: str
    goods: str
    amount: Money


@reader.as_house
def owing(trader: str, last: int = 100) -> list[Owing]:
    """The declarations of a trader that owe something by the books, newest first."""
    rows = _all(
        "select d.id, coalesce(d.mrn, d.lrn), d.goods, a.balance, a.currency from account a join declaration d on d.id = a.key::bigint "
        "where a.kind = 'receivable' and a.balance > 0 and a.trader = %s and d.stage = 'ROUTED' order by d.id desc limit %s",
        [trader, last],
    )
    return [Owing(number, name, goods, Money(minor, currency)) for number, name, goods, minor, currency in rows]


def totals() -> list[tuple[AccountKind, int, Money]]:
    """(kind, accounts on which something stands, their sum) of every kind of account."""
    rows = _all(
        "select kind, count(*), currency, sum(balance) from account where balance <> 0 group by kind, currency", []
    )
    found = {AccountKind(kind): (count, Money(int(minor), currency)) for kind, count, currency, minor in rows}
    return [(kind, *found[kind]) for kind in AccountKind if kind in found]


def _all(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()  # type: ignore[no-any-return]
