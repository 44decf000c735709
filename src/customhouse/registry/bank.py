"""Statements of the bank as they came in, each entry once; what is not placed yet is read off the books."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from django.db import connection, transaction

from customhouse.kernel.money import Money
from customhouse.record.account import AccountKind
from customhouse.record.bank import BankEntry, BankStatement


class Kept(msgspec.Struct, frozen=True):
    """An entry of the bank in the register: its number, the account it moved, and what of it is not placed yet."""

    id: int
    account: str
    entry: BankEntry
    left: Money
    at: datetime


class Taken(msgspec.Struct, frozen=True):
    """What became of a statement: `again` when it was taken before, `repeated` entries that came in another one."""

    statement: BankStatement
    again: bool
    new: tuple[Kept, ...]
    repeated: int


ENTRY = (
    "select e.id, e.account, e.name, e.credit, e.amount, e.currency, e.booked_on, e.party, e.creditor_reference, e.text, e.charge, "
    "-coalesce(a.balance, 0), s.at from bank_entry e join bank_statement s on s.id = e.statement "
    "left join account a on a.kind = 'unallocated' and a.key = e.id::text and a.currency = e.currency"
)


def take(statement: BankStatement, digest: str, *, by: str, at: datetime) -> Taken:
    """Keep a statement and those of its entries that are new. Joins the transaction of whoever asks."""
    with transaction.atomic(), connection.cursor() as cursor:
        known = _all(
            "select name, credit, amount from bank_entry where account = %s and name = any(%s)",
            [statement.account, [e.name for e in statement.entries]],
        )
        seen = {name for name, *_ in known}
        repeated = sum(amount if credit else -amount for _, credit, amount in known)
        cursor.execute(
            "insert into bank_statement (account, name, opening, closing, repeated, currency, digest, by, at) "
            "values (%s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (account, name) do nothing returning id",
            [
                statement.account,
                statement.name,
                statement.opening,
                statement.closing,
                repeated,
                statement.currency,
                digest,
                by,
                at,
            ],
        )
        made = cursor.fetchone()
        if made is None:
            return Taken(statement, True, (), len(seen))
        numbers = []
        for e in statement.entries:
            if e.name in seen:
                continue
            cursor.execute(
                "insert into bank_entry (statement, account, name, credit, amount, currency, booked_on, party, creditor_reference, "
                "text, charge) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) returning id",
                [made[0], statement.account, e.name, e.credit, e.amount.minor, e.amount.currency, e.booked_on, e.party, e.reference,
                 e.text, e.charge],
            )  # fmt: skip
            numbers.append(cursor.fetchone()[0])
        return Taken(statement, False, tuple(map(get, numbers)), len(seen))


def get(number: int) -> Kept:
    """An entry by its number. Raises LookupError."""
    rows = _all(f"{ENTRY} where e.id = %s", [number])
    if not rows:
        raise LookupError(f"there is no entry {number} of the bank")
    return _kept(rows[0])


def unallocated(last: int = 200) -> list[Kept]:
    """Entries of which something is not placed yet, oldest first."""
    return [_kept(row) for row in _all(f"{ENTRY} where a.balance <> 0 order by e.id limit %s", [last])]


def statements(last: int = 20) -> list[tuple[str, str, int, datetime, str]]:
    """The last statements: (account, name, entries, when, by whom)."""
    return _all(
        "select s.account, s.name, count(e.*), s.at, s.by from bank_statement s left join bank_entry e on e.statement = s.id "
        "group by s.id order by s.id desc limit %s",
        [last],
    )  # type: ignore[return-value]


def announced(declaration: int) -> int:
    """What was announced to come for a declaration and has not arrived, in minor units."""
    rows = _all(
        "select sum(balance) from account where kind = %s and key = %s", [AccountKind.AWAITED.value, str(declaration)]
    )
    return max(0, int(rows[0][0] or 0))


def _kept(row: tuple[Any, ...]) -> Kept:
    number, account, name, credit, amount, currency, booked_on, party, reference, text, charge, left, at = row
    day: date = booked_on
    entry = BankEntry(name, credit, Money(amount, currency), day, party, reference, text, charge)
    return Kept(number, account, entry, Money(left, currency), at)


def _all(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()  # type: ignore[no-any-return]
