"""Permit use: declarations that name permits are answered by the register, and what is used is written off.

The permits are kept as they are and their balances locked in one fixed order; then the office decides, and the answer is
recorded in the same transaction as the write-off. A permit that does not do leaves a hold for its agency.
"""

from __future__ import annotations

from datetime import datetime

from customhouse.clearance.context import context_of
from customhouse.clearance.in_turn import answer_held
from customhouse.clearance.line import Context, proceed
from customhouse.law.book import Law
from customhouse.offices import permit as office
from customhouse.record.acts import Act, Entry, PermitsChecked
from customhouse.record.agency import PermitUse
from customhouse.record.declaration import Declaration, HoldKind, Role
from customhouse.registry import balance, files, permits
from customhouse.registry.files import File


def answer(file: File, context: Context) -> Declaration:
    """Answer the permits that an open file waits for, under the law of `context`, and walk the line on.

    Does nothing where it waits for none, or where a value must be fixed first.
    """
    d, law = file.declaration, context.law
    if d.hold(HoldKind.PERMIT) is None or d.acceptance is None:
        return d
    asked = office.claims(d, law)
    if d.valued is None and any(c.document.write_off == "value" for c in asked):
        return d
    uses = _used(d, asked, law, context.at)
    acts: list[Act] = [PermitsChecked(uses), *office.holds(uses, d.holds)]
    file.record(Entry(d.id, d.acts + 1, "customhouse", Role.SYSTEM, context.at, law.date, law.book_hash, tuple(acts)))
    walked = proceed(file.declaration, context)
    if walked.entry is not None:
        file.record(walked.entry)
    return file.declaration


def _used(d: Declaration, asked: tuple[office.PermitClaim, ...], law: Law, at: datetime) -> tuple[PermitUse, ...]:
    numbers = sorted({c.number for c in asked if c.number})
    register = permits.by_numbers(numbers, kept=True)
    stands = balance.locked(office.KIND, numbers)
    uses = office.answer(asked, register, {key: s.left for key, s in stands.items()}, law.date)
    draws = [
        balance.Draw(office.KIND, use.number, office.reference(d.id, d.version, use.item, claim.document), use.taken)
        for use, claim in zip(uses, asked, strict=True)
        if use.taken
    ]
    if draws:
        balance.draw(draws, at=at)
    return uses


def foreseen(d: Declaration, law: Law) -> tuple[PermitUse, ...]:
    """What the register would answer now, without writing anything off."""
    asked = office.claims(d, law)
    numbers = sorted({c.number for c in asked if c.number})
    left = {key: s.left for key, s in balance.standings(office.KIND, numbers).items()}
    return office.answer(asked, permits.by_numbers(numbers), left, law.date)


def give_back(before: Declaration, after: Declaration, law: Law, at: datetime) -> None:
    """Give back what a version of a declaration had written off, and does not use any more.

    What the version after it will ask for is locked at the same time, so that two amendments never wait for each other.
    """
    numbers = sorted({u.number for u in before.permits if u.number} | office.numbers(after.lodged, law))
    permits.by_numbers(numbers, kept=True)
    balance.locked(office.KIND, numbers)
    for use in before.permits:
        if use.taken:
            # Under either name: the law may count the document otherwise today than on the day it was written off.
            for name in office.references(before.id, before.version, use.item):
                balance.give_back(office.KIND, use.number, name, at=at)


def check(number: int, now: Context) -> Declaration:
    """Answer the permits of one declaration, in a transaction of its own."""
    with files.opened(number) as file:
        d = file.declaration
        if d.acceptance is None:
            return d
        return answer(file, context_of(d, now))


def check_waiting(now: Context) -> int:
    """Answer every declaration that waits for the permit register; how many. Does nothing while somebody else does."""
    return answer_held(HoldKind.PERMIT, lambda number: check(number, now).hold(HoldKind.PERMIT) is None)
