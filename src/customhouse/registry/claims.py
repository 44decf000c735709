"""Claims for money back: refund of duties, drawback, repayment of what was paid too much. Asked by one, decided by another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
from django.db import IntegrityError, connection, transaction

from customhouse.kernel.money import Money

Kind = Literal["refund", "drawback", "repayment"]


class ClaimRefused(Exception):
    """The claim, or the step, is not possible; the message says why."""


class Step(msgspec.Struct, frozen=True):
    """What was done with a claim: granted, refused, sent."""

    step: str
    reason: str
    by: str
    at: datetime


class Claim(msgspec.Struct, frozen=True):
    """What a trader wants back for a declaration: (tax type, minor units) of each tax; none for a repayment."""

    id: int
    kind: Kind
    declaration: int
    trader: str
    lines: tuple[tuple[str, int], ...]
    amount: Money
    reason: str
    by: str
    at: datetime
    steps: tuple[Step, ...] = ()

    @property
    def state(self) -> str:
        """asked, granted, refused or sent."""
        names = {step.step for step in self.steps}
        return next((name for name in ("sent", "refused", "granted") if name in names), "asked")


SQL = (
    "select c.id, c.kind, c.declaration, c.trader, c.lines::text, c.amount, c.currency, c.reason, c.by, c.at, "
    "coalesce((select json_agg(json_build_object('step', s.step, 'reason', s.reason, 'by', s.by, 'at', s.at) order by s.at) "
    "from claim_step s where s.claim = c.id), '[]')::text from claim c"
)


def ask(  # noqa: PLR0913 - one argument per column
    kind: Kind,
    declaration: int,
    trader: str,
    lines: Sequence[tuple[str, int]],
    amount: Money,
    reason: str,
    *,
    by: str,
    at: datetime,
) -> Claim:
    """Keep a claim; the declaration's row is locked so that two claims do not see the same money."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "insert into claim (kind, declaration, trader, lines, amount, currency, reason, by, at) "
            "values (%s, %s, %s, %s, %s, %s, %s, %s, %s) returning id",
            [
                kind,
                declaration,
                trader,
                msgspec.json.encode(lines).decode(),
                amount.minor,
                amount.currency,
                reason,
                by,
                at,
            ],
        )
        return get(cursor.fetchone()[0])


def step(claim: int, name: str, reason: str, *, by: str, at: datetime) -> Claim:
    """Record a step. Raises ClaimRefused when it was taken before, or when a claim's own author decides it."""
    found = get(claim)
    if name in ("granted", "refused") and found.by == by:
        raise ClaimRefused("somebody else decides a claim than who made it")
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "insert into claim_step (claim, step, trader, reason, by, at) values (%s, %s, %s, %s, %s, %s)",
                [claim, name, found.trader, reason, by, at],
            )
    except IntegrityError as fault:
        raise ClaimRefused("the claim has been decided") from fault
    return get(claim)


def get(number: int) -> Claim:
    """A claim by its number. Raises LookupError."""
    found = _claims(f"{SQL} where c.id = %s", [number])
    if not found:
        raise LookupError(f"there is no claim {number}")
    return found[0]


def of(trader: str = "", declaration: int = 0, last: int = 100) -> list[Claim]:
    """Claims of a trader, of a declaration, or all, newest first."""
    tests = [("c.trader = %s", trader), ("c.declaration = %s", declaration)]
    where = " and ".join(test for test, value in tests if value)
    values = [value for _, value in tests if value]
    return _claims(f"{SQL} {'where ' + where if where else ''} order by c.id desc limit %s", [*values, last])


def open_claims() -> list[Claim]:
    """Claims that nobody has decided, and granted ones that are not sent, oldest first."""
    undone = "not exists (select from claim_step s where s.claim = c.id and s.step in ('refused', 'sent'))"
    return _claims(f"{SQL} where {undone} order by c.id limit 200", [])


def _claims(sql: str, values: Sequence[Any]) -> list[Claim]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows = cursor.fetchall()
    return [
        Claim(
            number, kind, declaration, trader, msgspec.json.decode(lines, type=tuple[tuple[str, int], ...]), Money(amount, currency),
            reason, by, at, msgspec.json.decode(steps, type=tuple[Step, ...]),
        )
        for number, kind, declaration, trader, lines, amount, currency, reason, by, at, steps in rows
    ]  # fmt: skip
