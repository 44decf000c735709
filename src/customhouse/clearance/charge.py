"""Charge: what is deferred or must be guaranteed is put on the trader's account, first come first served.

A declaration that waits for an account is answered in a transaction of its own: the act is recorded, the books are posted
with the account locked, and the line is walked on. Where the account does not cover it, nothing of that is kept, and the
declaration is held for payment with the reason.
"""

from __future__ import annotations

from customhouse.clearance import parcel_charge
from customhouse.clearance.context import context_now, context_of, law_of
from customhouse.clearance.in_turn import answer_held
from customhouse.clearance.line import proceed
from customhouse.kernel.money import Money
from customhouse.law.book import Law
from customhouse.offices import treasury as office
from customhouse.record.account import AccountKind, Charge
from customhouse.record.acts import Act, Charged, Entry, Held
from customhouse.record.declaration import Declaration, Hold, HoldKind, Role
from customhouse.registry import booking, files, treasury, worklist


def charge_waiting(upto: int | None = None) -> int:
    """Answer every declaration that waits for an account (numbered up to `upto`); how many were answered.

    Does nothing while somebody else is at it.
    """
    return answer_held(HoldKind.ACCOUNT, lambda number: charge(number) is not None, upto)


def charge(number: int) -> Declaration:
    """Charge the accounts that one declaration waits for, and walk the line on."""
    refused: dict[AccountKind, Hold] = {}
    while True:
        try:
            return _charge(number, refused)
        except treasury.GuaranteeExhausted as fault:
            account = fault.account
            holder, _, named = account.key.partition("/")
            asked = Charge(account.kind, named, holder, fault.asked)
            refused[account.kind] = office.exhausted(fault.asked, fault.left, asked)


def _charge(number: int, refused: dict[AccountKind, Hold]) -> Declaration:
    with files.opened(number) as file:
        d, now = file.declaration, context_now()
        if d.hold(HoldKind.ACCOUNT) is None or d.acceptance is None:
            return d
        law = law_of(d, now)
        acts = _answers(d, law, refused)
        file.record(Entry(d.id, d.acts + 1, "customhouse", Role.SYSTEM, now.at, law.date, law.book_hash, tuple(acts)))
        walked = proceed(file.declaration, context_of(file.declaration, now))
        if walked.entry is not None:
            file.record(walked.entry)
        booking.book(d.id)
        return file.declaration


def _answers(d: Declaration, law: Law, refused: dict[AccountKind, Hold]) -> list[Act]:
    """For each account waited for: a charge on it, or the hold that says why not."""
    asked = {one.kind.value: one for one in office.wanted(d, law)}
    acts: list[Act] = []
    for hold in d.holds:
        if hold.kind is not HoldKind.ACCOUNT:
            continue
        one = asked[hold.ref]
        standing = next((c for c in d.charges if c.kind is one.kind), None)
        if one.kind in refused:
            acts.extend(office.refuse(hold, refused[one.kind]))
        elif standing is not None and not one.minor:
            acts.append(Charged(Charge(one.kind, standing.account, standing.holder, Money(0, law.currency))))
        elif (found := treasury.facility(one.kind, one.numbers, one.holders)) is not None:
            acts.append(Charged(Charge(one.kind, found.number, found.trader, Money(one.minor, law.currency))))
        else:
            acts.extend(office.refuse(hold, office.unknown_account(one)))
    return acts


def retry(kind: AccountKind, trader: str) -> int:
    """Try again for the declarations and consolidations that an account of this trader did not cover; how many go on.

    For when something was paid or a limit was raised.
    """
    again = parcel_charge.retry(trader) if kind is AccountKind.DEFERMENT else 0
    for number in worklist.held_about(HoldKind.PAYMENT.value, kind.value):
        d = files.get(number)
        hold = next((h for h in d.holds if h.key == (HoldKind.PAYMENT, kind.value)), None)
        if hold is None or d.acceptance is None:
            continue
        law = law_of(d, context_now())
        if any(one.kind is kind and trader in one.holders for one in office.wanted(d, law)):
            with files.opened(number) as file:
                now = context_now()
                acts = (Held(office.waits_for(kind)),)
                entry = Entry(
                    d.id, file.declaration.acts + 1, "customhouse", Role.SYSTEM, now.at, law.date, law.book_hash, acts
                )
                file.record(entry)
            after = charge(number)
            again += not any(h.key == (HoldKind.PAYMENT, kind.value) for h in after.holds)
    return again
