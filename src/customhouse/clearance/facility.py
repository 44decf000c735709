"""Facility: a supervisor opens, changes and closes the deferment and guarantee accounts of traders.

Source: RKC General Annex 4.15 (deferment is granted) and 5.2-5.4 (security is determined by customs).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from customhouse.clearance import charge
from customhouse.kernel.money import Money
from customhouse.record.account import AccountKind
from customhouse.registry import people, reader, treasury
from customhouse.registry.treasury import LimitRefused

NUMBER = re.compile(r"[A-Z0-9][A-Z0-9-]{0,34}")


@reader.as_house
def open_account(kind: AccountKind, number: str, trader: str, limit: Money, reason: str, *, by: str) -> int:
    """Open an account for a trader; how many declarations that waited for one go on. Raises LimitRefused."""
    if trader not in {p.number for p in people.traders()}:
        raise LimitRefused("there is no trader of this number")
    if not NUMBER.fullmatch(number):
        raise LimitRefused("the number of an account is written in capital letters, digits and dashes")
    if any(one.number == number for one in treasury.facilities(kind, [trader])):
        raise LimitRefused("the trader has an account of this number already")
    if limit.minor <= 0:
        raise LimitRefused("an account is opened with a limit above zero")
    return _set(kind, number, trader, Money(0, limit.currency), limit, reason, by, new=True)


@reader.as_house
def change(kind: AccountKind, number: str, trader: str, old: Money, new: Money, reason: str, *, by: str) -> int:
    """Set the limit from `old` to `new`; zero closes the account. How many declarations that waited for it go on.

    Raises LimitRefused where the limit does not stand at `old`, or more is drawn than `new`; an account on which something
    stands is closed when that is paid or discharged.
    """
    if all(one.number != number for one in treasury.facilities(kind, [trader])):
        raise LimitRefused("the trader has no account of this number")
    return _set(kind, number, trader, old, new, reason, by, new=False)


def _set(  # noqa: PLR0913 - an account, two numbers, why and who
    kind: AccountKind, number: str, trader: str, old: Money, to: Money, reason: str, by: str, *, new: bool
) -> int:
    if not reason.strip():
        raise LimitRefused("a limit needs a reason")
    if to.minor < 0:
        raise LimitRefused("a limit is not below zero")
    was = None if new else old
    treasury.open_facility(kind, number, trader, to, by=by, at=datetime.now(UTC), reason=reason, was=was)
    return charge.retry(kind, trader) if to.minor > old.minor else 0
