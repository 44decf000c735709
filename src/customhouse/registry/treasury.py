"""The books: journals posted once each, balances kept in the same transaction, accounts locked in one order.

`post` is the only way in. What it is given twice it posts once; an account that a trader may draw on never goes over its
ceiling. Whoever posts does it once in a transaction, with everything there is to post, so that nobody waits in a ring.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from django.db import connection, transaction

from customhouse.kernel.money import Money
from customhouse.record.account import LIMITED, Account, AccountKind, Journal

# Money that is somebody else's until it is placed: nothing can be taken of it that is not there.
HELD_FOR_OTHERS = (AccountKind.UNALLOCATED, AccountKind.REFUND, AccountKind.DRAWBACK)
INSERT_JOURNALS = (
    "insert into journal (source, event, declaration, act, trader, at, by, text, reference, receipt) "
    "select * from unnest(%s::text[], %s::text[], %s::bigint[], %s::int[], %s::text[], %s::timestamptz[], %s::text[], "
    "%s::text[], %s::text[], %s::text[]) on conflict (source, event) do nothing returning id, source, event"
)
OPEN_ACCOUNTS = (
    "insert into account (kind, key, currency, trader) select * from unnest(%s::text[], %s::text[], %s::text[], %s::text[]) "
    "on conflict do nothing"
)
LOCK_ACCOUNTS = (
    "select a.id, a.kind, a.key, a.currency, a.balance, a.postings, a.ceiling from account a "
    "join unnest(%s::text[], %s::text[], %s::text[]) as w(kind, key, currency) "
    "on a.kind = w.kind and a.key = w.key and a.currency = w.currency order by a.id for update of a"
)
INSERT_POSTINGS = (
    "insert into posting (account, number, journal, trader, amount, balance) select * from "
    "unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::bigint[])"
)
UPDATE_ACCOUNTS = (
    "update account a set balance = n.balance, postings = n.postings from "
    "unnest(%s::bigint[], %s::bigint[], %s::bigint[]) as n(id, balance, postings) where a.id = n.id"
)


class GuaranteeExhausted(Exception):
    """A deferment or guarantee account does not cover what is asked for; nothing was posted."""

    def __init__(self, account: Account, asked: Money, left: Money) -> None:
        self.account, self.asked, self.left = account, asked, left
        super().__init__(f"{account.kind.value} {account.key} has {left} left, {asked} are asked for")


class Overdrawn(Exception):
    """More is taken from an account than lies on it (money received, a claim): somebody else was first; nothing was posted."""

    def __init__(self, account: Account, asked: Money, left: Money) -> None:
        self.account, self.asked, self.left = account, asked, left
        super().__init__(f"{left} are left of {account.kind.value} {account.key}, {asked} are asked for")


class UnknownAccount(LookupError):
    """There is no such account."""


class _Row(msgspec.Struct):
    """A locked account while postings are worked out."""

    id: int
    balance: int
    postings: int
    ceiling: int | None


class _Posted(NamedTuple):
    account: int
    number: int
    journal: int
    trader: str
    amount: int
    balance: int


def post(journals: Iterable[Journal]) -> int:
    """Post those of the journals that are not posted yet; how many they were. Joins the transaction of whoever asks.

    Raises GuaranteeExhausted, and UnknownAccount where a trader has no account of a kind that has a ceiling.
    """
    wanted = {(j.source, j.event): j for j in journals}
    if not wanted:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        ordered = sorted(wanted.values(), key=lambda j: (j.declaration, j.act, j.source, j.event))
        numbers = _write_journals(cursor, ordered)
        new = [(numbers[j.source, j.event], j) for j in ordered if (j.source, j.event) in numbers]
        if not new:
            return 0
        rows = _locked(cursor, {p.account for _, j in new for p in j.postings})
        posted = [_take(rows, number, p.account, p.minor) for number, j in new for p in j.postings]
        cursor.execute(INSERT_POSTINGS, _columns(posted))
        kept = list(rows.values())
        cursor.execute(UPDATE_ACCOUNTS, [[r.id for r in kept], [r.balance for r in kept], [r.postings for r in kept]])
    return len(new)


def _write_journals(cursor: Any, journals: Sequence[Journal]) -> dict[tuple[str, str], int]:
    """The numbers of those journals that were new."""
    columns = _columns(
        (j.source, j.event, j.declaration or None, j.act or None, j.trader, j.at, j.by, j.text, j.reference, j.receipt)
        for j in journals
    )
    cursor.execute(INSERT_JOURNALS, columns)
    return {(source, event): number for number, source, event in cursor.fetchall()}


def _locked(cursor: Any, accounts: set[Account]) -> dict[tuple[str, str, str], _Row]:
    """The accounts, opened where they are new, locked in the order of their numbers."""
    ordered = sorted(accounts)
    free = [a for a in ordered if a.kind not in LIMITED]
    cursor.execute(OPEN_ACCOUNTS, _columns((a.kind.value, a.key, a.currency, a.trader) for a in free) or [[]] * 4)
    cursor.execute(LOCK_ACCOUNTS, _columns((a.kind.value, a.key, a.currency) for a in ordered))
    rows = {(kind, key, cur): _Row(number, *rest) for number, kind, key, cur, *rest in cursor.fetchall()}
    for account in ordered:
        if _name(account) not in rows:
            raise UnknownAccount(f"there is no {account.kind.value} account {account.key} in {account.currency}")
    return rows


def _take(rows: dict[tuple[str, str, str], _Row], journal: int, account: Account, minor: int) -> _Posted:
    row = rows[_name(account)]
    row.balance += minor
    row.postings += 1
    if row.ceiling is not None and minor > 0 and row.balance > row.ceiling:
        left = row.ceiling - row.balance + minor
        raise GuaranteeExhausted(account, Money(minor, account.currency), Money(left, account.currency))
    if account.kind in HELD_FOR_OTHERS and minor > 0 and row.balance > 0:
        raise Overdrawn(account, Money(minor, account.currency), Money(minor - row.balance, account.currency))
    return _Posted(row.id, row.postings, journal, account.trader, minor, row.balance)


def _name(account: Account) -> tuple[str, str, str]:
    return account.kind.value, account.key, account.currency


def _columns(rows: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


# --- accounts of traders ----------------------------------------------------------------------------------------------


class LimitRefused(ValueError):
    """The limit of an account cannot be set so; the message says why."""


class Facility(msgspec.Struct, frozen=True):
    """A deferment or guarantee account of a trader: how much of its ceiling is used."""

    kind: AccountKind
    number: str
    trader: str
    used: Money
    ceiling: Money

    @property
    def left(self) -> Money:
        return self.ceiling - self.used

    @property
    def is_closed(self) -> bool:
        return self.ceiling.minor == 0

    @property
    def account(self) -> Account:
        return Account(self.kind, f"{self.trader}/{self.number}", self.used.currency, self.trader)


FACILITY = "select kind, key, trader, balance, ceiling, currency from account where kind in ('deferment', 'guarantee')"


def _facility(row: tuple[Any, ...]) -> Facility:
    kind, key, trader, balance, ceiling, currency = row
    number = key.partition("/")[2]
    return Facility(AccountKind(kind), number, trader, Money(balance, currency), Money(ceiling, currency))


def open_facility(  # noqa: PLR0913 - an account, its limit before and now, who, when and why
    kind: AccountKind,
    number: str,
    trader: str,
    ceiling: Money,
    *,
    by: str,
    at: datetime,
    reason: str,
    was: Money | None = None,
) -> None:
    """Give a trader an account it may draw on up to `ceiling`; the same again does nothing, another ceiling changes it.

    With `was` the ceiling is changed only where it stands at that. Raises ValueError for a ceiling below zero, and
    LimitRefused for one below what is drawn already, or when somebody else changed it in the meantime.
    """
    if kind not in LIMITED or ceiling.minor < 0:
        raise ValueError("a deferment or guarantee account has a ceiling of zero or more")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "insert into account (kind, key, currency, trader, ceiling) values (%s, %s, %s, %s, %s) on conflict do nothing "
            "returning id",
            [kind.value, f"{trader}/{number}", ceiling.currency, trader, ceiling.minor],
        )
        made = cursor.fetchone() is not None
        cursor.execute(
            "select id, ceiling, balance from account where kind = %s and key = %s and currency = %s for update",
            [kind.value, f"{trader}/{number}", ceiling.currency],
        )
        account, stands, used = cursor.fetchone()
        if was is not None and stands != was.minor:
            raise LimitRefused("somebody else changed the limit in the meantime")
        if not made and stands == ceiling.minor:
            return
        if ceiling.minor < used:
            raise LimitRefused("the limit cannot be lower than what is drawn already")
        cursor.execute("update account set ceiling = %s where id = %s", [ceiling.minor, account])
        cursor.execute(
            "insert into account_ceiling (account, number, trader, ceiling, by, at, reason) "
            "select %s, count(*) + 1, %s, %s, %s, %s, %s from account_ceiling where account = %s",
            [account, trader, ceiling.minor, by, at, reason, account],
        )


def facility(kind: AccountKind, numbers: Sequence[str], holders: Sequence[str]) -> Facility | None:
    """The account to charge: the first holder that has one of these numbers, or, when none is named, any that is open."""
    found = [f for f in facilities(kind, holders) if (not numbers or f.number in numbers) and not f.is_closed]
    return min(found, key=lambda f: (holders.index(f.trader), f.number), default=None)


def facilities(kind: AccountKind, holders: Sequence[str]) -> list[Facility]:
    """The accounts of that kind of these traders."""
    return [
        _facility(row)
        for row in _all(f"{FACILITY} and kind = %s and trader = any(%s) order by key", [kind.value, list(holders)])
    ]


def every_facility(last: int = 500) -> list[tuple[Facility, str, datetime, str]]:
    """Every deferment and guarantee account, with who set its limit last, when and why."""
    rows = _all(
        "select a.kind, a.key, a.trader, a.balance, a.ceiling, a.currency, c.by, c.at, c.reason from account a "
        "join lateral (select by, at, reason from account_ceiling c where c.account = a.id order by number desc limit 1) c on true "
        "where a.kind in ('deferment', 'guarantee') order by a.kind, a.key limit %s",
        [last],
    )
    return [(_facility(row[:6]), *row[6:]) for row in rows]


def balance(kind: AccountKind, key: str) -> int:
    """What stands on an account, in minor units; 0 where none was opened."""
    found = _all("select sum(balance) from account where kind = %s and key = %s", [kind.value, key])
    return int(found[0][0] or 0)


def _all(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()  # type: ignore[no-any-return]
