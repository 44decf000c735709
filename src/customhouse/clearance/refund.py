"""Refund: a trader claims money back for a declaration that is over; a second person decides; the bank pays it out.

A refund or drawback takes back what was assessed, tax by tax, and never more than is left of it; a repayment gives back
what was paid too much. Source: RKC General Annex 4.18-4.24 (repayment and remission), specific annex F3 (drawback).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

from django.db import transaction

from customhouse.kernel.money import Money
from customhouse.offices.treasury.books import split
from customhouse.offices.treasury.events import Line, Of, journal
from customhouse.record.account import AccountKind
from customhouse.record.declaration import Declaration, Stage
from customhouse.registry import booking, claims, files, reader, treasury
from customhouse.registry.claims import Claim, ClaimRefused, Kind

OVER = (Stage.RELEASED, Stage.INVALIDATED)


def left_of(d: Declaration) -> Counter[str]:
    """What may still be claimed of each tax, in minor units: assessed and paid, less what was claimed and not refused."""
    if d.assessed is None or d.stage is not Stage.RELEASED:
        return Counter()
    left = split(d.assessed)
    for claim in claims.of(declaration=d.id):
        if claim.kind != "repayment" and claim.state != "refused":
            left.subtract(dict(claim.lines))
    return +left


def overpaid(d: Declaration) -> int:
    """What was paid too much and not claimed back, in minor units."""
    standing = -treasury.balance(AccountKind.RECEIVABLE, str(d.id))
    asked = sum(c.amount.minor for c in claims.of(declaration=d.id) if c.kind == "repayment" and c.state == "asked")
    return max(0, standing - asked)


@reader.as_house
def claim(
    kind: Kind, key: str | int, wanted: Mapping[str, int], reason: str, *, by: str, at: datetime | None = None
) -> Claim:
    """Ask for money back. `wanted` is minor units by tax type; for a repayment nothing, all that is over is asked for.

    Raises ClaimRefused where the declaration is not over, the reason is missing, or less is left than wanted.
    """
    with files.opened(key) as file:
        d = file.declaration
        if d.stage not in OVER or d.settled is None:
            raise ClaimRefused("money is claimed back when a declaration is released or invalidated")
        if not reason.strip():
            raise ClaimRefused("a claim needs a reason")
        booking.book(d.id)
        currency = d.settled.due.currency
        if kind == "repayment":
            lines, minor = [], overpaid(d)
        else:
            left = left_of(d)
            if d.settled.outstanding.minor:
                raise ClaimRefused("what is due has not been paid")
            if any(amount < 0 or amount > left[tax] for tax, amount in wanted.items()):
                raise ClaimRefused("more is claimed than is left of what was paid")
            lines, minor = sorted((tax, amount) for tax, amount in wanted.items() if amount), sum(wanted.values())
        if minor <= 0:
            raise ClaimRefused("there is nothing to claim back")
        made = Money(minor, currency)
        return claims.ask(kind, d.id, d.lodged.declarant_id, lines, made, reason, by=by, at=at or datetime.now(UTC))


@reader.as_house
def decide(number: int, *, grant: bool, reason: str, by: str, at: datetime | None = None) -> Claim:
    """Grant or refuse a claim; what is granted is owed to the trader from then on. Raises ClaimRefused."""
    at = at or datetime.now(UTC)
    if not reason.strip():
        raise ClaimRefused("a decision needs a reason")
    with transaction.atomic():
        made = claims.step(number, "granted" if grant else "refused", reason, by=by, at=at)
        if grant:
            owed = f"claim {number}"
            debits = made.lines or ((str(made.declaration), made.amount.minor),)
            _post(made, made.kind, [Line(key, owed, minor) for key, minor in debits], by, at)
    return made


@reader.as_house
def send(number: int, *, by: str, at: datetime | None = None) -> Claim:
    """A granted claim goes to the bank, under the name CLAIM-number that the statement brings back. Raises ClaimRefused."""
    at = at or datetime.now(UTC)
    with transaction.atomic():
        if claims.get(number).state != "granted":
            raise ClaimRefused("only a granted claim that was not sent yet is paid out")
        made = claims.step(number, "sent", "", by=by, at=at)
        key = f"claim {number}"
        event = "drawback_sent" if made.kind == "drawback" else "refund_sent"
        _post(made, event, [Line(key, key, made.amount.minor)], by, at)
    return made


def _post(made: Claim, event: str, lines: list[Line], by: str, at: datetime) -> None:
    of = Of(f"claim {made.id}", at, by, made.amount.currency, declaration=made.declaration, trader=made.trader)
    one = journal(event, lines, of)
    treasury.post([one] if one else [])
