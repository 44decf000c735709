"""Payment orders: what a trader is asked to pay, each under a creditor reference that its bank carries back to us."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal

import msgspec
from django.db import connection, transaction

from customhouse.kernel.money import Money
from customhouse.kernel.reference import CreditorReference
from customhouse.record.account import AccountKind


class UnknownOrder(LookupError):
    """There is no payment order of this reference."""


class OrderLine(msgspec.Struct, frozen=True):
    """What is asked for one declaration."""

    declaration: int
    amount: Money


class Order(msgspec.Struct, frozen=True):
    """A payment order: for declarations, or for what was charged to a deferment account (`number`) up to the end of `month`.

    `open` is what is left to pay of it: for declarations what they owe now, at most what the order is over.
    """

    reference: CreditorReference
    kind: Literal["declarations", "deferment"]
    trader: str
    number: str
    month: date | None
    amount: Money
    due_on: date
    at: datetime
    by: str
    lines: tuple[OrderLine, ...]
    open: Money


SQL = (
    "select o.reference, o.kind, o.trader, coalesce(a.key, ''), o.month, o.amount, o.currency, o.due_on, o.at, o.by, "
    "coalesce((select -sum(p.amount) from journal j join posting p on p.journal = j.id "
    "where j.reference = o.reference and p.account = o.account), 0) as paid "
    "from payment_order o left join account a on a.id = o.account"
)
LINES = (
    "select l.reference, l.declaration, l.amount, greatest(0, coalesce(a.balance, 0)) from payment_order_line l "
    "left join account a on a.kind = 'receivable' and a.key = l.declaration::text where l.reference = any(%s) order by l.reference, l.number"
)
MONTH = (
    "select coalesce(j.declaration, 0), sum(p.amount) - coalesce((select sum(l.amount) from payment_order o join payment_order_line l "
    "using (reference) where o.account = p.account and l.declaration = j.declaration), 0) from posting p join journal j on j.id = p.journal "
    "where p.account = %s and j.event = 'deferred' and j.at < %s::date + interval '1 month' group by p.account, j.declaration order by 1"
)


def issue(trader: str, lines: Sequence[OrderLine], *, due_on: date, by: str, at: datetime) -> Order:
    """An order for declarations. Raises ValueError when there is nothing to pay."""
    return _issue("declarations", trader, None, None, lines, due_on, by, at)


def issue_month(number: str, trader: str, month: date, *, due_on: date, by: str, at: datetime) -> Order | None:
    """The order for everything charged to a deferment account up to the end of a month (its first day) that no order
    asked for yet; the one that stands when it was issued before, None when nothing is owed."""
    key = f"{trader}/{number}"
    with transaction.atomic():
        found = _all("select id, currency from account where kind = 'deferment' and key = %s for update", [key])
        if not found:
            raise UnknownOrder(f"there is no deferment account {number} of {trader}")
        account, currency = found[0]
        standing = _all(f"{SQL} where o.account = %s and o.month = %s", [account, month])
        if standing:
            return _orders(standing)[0]
        rows = [(declaration, int(minor)) for declaration, minor in _all(MONTH, [account, month]) if minor]
        if sum(minor for _, minor in rows) <= 0:
            return None
        lines = [OrderLine(declaration, Money(minor, currency)) for declaration, minor in rows]
        return _issue("deferment", trader, account, month, lines, due_on, by, at)


def _issue(  # noqa: PLR0913 - one argument per column
    kind: str,
    trader: str,
    account: int | None,
    month: date | None,
    lines: Sequence[OrderLine],
    due_on: date,
    by: str,
    at: datetime,
) -> Order:
    total = sum(line.amount.minor for line in lines)
    if total <= 0:
        raise ValueError("there is nothing to pay")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select nextval('payment_order_number')")
        reference = CreditorReference.build(f"{at:%y}{cursor.fetchone()[0]:09d}")
        currency = lines[0].amount.currency
        cursor.execute(
            "insert into payment_order (reference, kind, trader, account, month, amount, currency, due_on, by, at) "
            "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [str(reference), kind, trader, account, month, total, currency, due_on, by, at],
        )
        cursor.executemany(
            "insert into payment_order_line (reference, number, trader, declaration, amount) values (%s, %s, %s, %s, %s)",
            [(str(reference), n, trader, line.declaration, line.amount.minor) for n, line in enumerate(lines, 1)],
        )
    return get(reference)


def get(reference: str) -> Order:
    """The order of this reference, with what is open of it. Raises UnknownOrder."""
    found = _orders(_all(f"{SQL} where o.reference = %s", [str(reference)]))
    if not found:
        raise UnknownOrder(f"there is no payment order {reference}")
    return found[0]


def asking(declaration: int, trader: str) -> list[Order]:
    """The orders to this trader that ask for this declaration alone, newest first."""
    where = (
        "where o.kind = 'declarations' and o.trader = %s and exists (select from payment_order_line l where "
        "l.reference = o.reference and l.declaration = %s) and not exists (select from payment_order_line l where "
        "l.reference = o.reference and l.declaration <> %s)"
    )
    return _orders(_all(f"{SQL} {where} order by o.at desc", [trader, declaration, declaration]))


def of(trader: str = "", last: int = 200) -> list[Order]:
    """The last orders of a trader (or of all), newest first."""
    where, values = ("where o.trader = %s", [trader]) if trader else ("", [])
    return _orders(_all(f"{SQL} {where} order by o.at desc limit %s", [*values, last]))


def _orders(rows: Sequence[tuple[Any, ...]]) -> list[Order]:
    lines: dict[str, list[OrderLine]] = {}
    owed: dict[str, int] = {}
    for reference, declaration, minor, owes in _all(LINES, [[row[0] for row in rows]]) if rows else ():
        currency = next(row[6] for row in rows if row[0] == reference)
        lines.setdefault(reference, []).append(OrderLine(declaration, Money(minor, currency)))
        owed[reference] = owed.get(reference, 0) + min(minor, owes)
    found = []
    for reference, kind, trader, key, month, amount, currency, due_on, at, by, paid in rows:
        left = owed.get(reference, 0) if kind == "declarations" else amount - int(paid)
        found.append(
            Order(
                CreditorReference(reference), kind, trader, key.partition("/")[2], month, Money(amount, currency), due_on, at, by,
                tuple(lines.get(reference, ())), Money(left, currency),
            )
        )  # fmt: skip
    return found


def months(kind: AccountKind = AccountKind.DEFERMENT) -> list[tuple[str, str]]:
    """(trader, number) of every deferment account on which something stands."""
    rows = _all("select trader, key from account where kind = %s and balance > 0 order by key", [kind.value])
    return [(trader, key.partition("/")[2]) for trader, key in rows]


def _all(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()  # type: ignore[no-any-return]
