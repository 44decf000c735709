"""Permits in their life: applied for by traders, decided by agencies, and put an end to when their last day has passed.

The balance of a permit is opened with its issue and changed with its amendment, in the same transaction. Traders reach
their own permits and agencies those of theirs; anything else is `registry.permits.UnknownPermit`, as if it were not there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec

from customhouse.kernel.problem import Problem, Refusal
from customhouse.law.agency import USES, AgencyDocument, decimal_of, filled
from customhouse.law.book import Law
from customhouse.record.declaration import Role
from customhouse.record.permit import (
    Amended,
    Answered,
    Application,
    Applied,
    Corrected,
    Expired,
    Grant,
    Issued,
    Permit,
    PermitAct,
    PermitEntry,
    Queried,
    Refused,
    Resumed,
    Revoked,
    Suspended,
    Withdrawn,
)
from customhouse.registry import balance, lawbook, permits

KIND = "permit"
MOST_CODES = 50


class Actor(msgspec.Struct, frozen=True):
    """Who acts on a permit: the account, its role, and the trader or the agency it stands for."""

    by: str
    role: Role
    trader: str = ""
    agency: str = ""

    def reaches(self, permit: Permit) -> bool:
        """Whether the permit is this actor's business."""
        if self.role is Role.AGENCY:
            return bool(self.agency) and permit.agency == self.agency
        a = permit.application
        return bool(self.trader) and self.trader in (a.holder, a.filed_by)


def law_now(at: datetime | None = None) -> Law:
    day = (at or datetime.now(UTC)).date()
    return lawbook.current(day).on(day)


def unit_of(document: AgencyDocument, law: Law) -> str:
    """What the document is counted in: a unit, the national currency, uses, or nothing."""
    return {"quantity": document.unit, "value": law.currency, "uses": USES, "none": ""}[document.write_off]


def read(code: str, typed: Mapping[str, str], *, actor: Actor, law: Law) -> Application:
    """The application in what was typed. Raises Refusal with everything that is wrong, each with the name of its field."""
    document = law.agency_documents.get(code)
    if document is None or not document.electronic:
        raise Refusal((Problem("UnknownDocument", "No agency issues this document electronically", "document"),))
    wrong: list[Problem] = []
    answers, faults = filled(document, typed)
    wrong += [Problem("WrongField", f.text["en"], f.field) for f in faults]
    holder = typed.get("holder", "").replace("\x00", "").strip().upper()[:35]
    if actor.role is not Role.BROKER:
        holder = actor.trader
    elif not holder:
        wrong.append(Problem("WrongField", "Give the number of the trader who will use it", "holder"))
    commodities, origins = codes(typed.get("commodities", ""), wrong), countries(typed.get("origins", ""), wrong)
    quantity = amount(typed.get("quantity", ""), wrong) if document.write_off != "none" else None
    if wrong:
        raise Refusal(tuple(wrong))
    unit = unit_of(document, law)
    remark = typed.get("remark", "").replace("\x00", "").strip()[:2000]
    return Application(
        document.agency, code, holder, actor.trader, commodities, origins, quantity, unit, answers, remark
    )


def codes(text: str, wrong: list[Problem], field: str = "commodities") -> tuple[str, ...]:
    """Commodity codes or their beginnings, two to ten digits each, as people type them."""
    found = tuple(dict.fromkeys(w.replace(".", "") for w in text.replace(",", " ").replace(";", " ").split()))
    if (
        not found
        or len(found) > MOST_CODES
        or not all(w.isascii() and w.isdigit() and 2 <= len(w) <= 10 for w in found)
    ):
        wrong.append(Problem("WrongField", "Give commodity codes of 2 to 10 digits, with commas", field, "", text[:40]))
    return found


def countries(text: str, wrong: list[Problem], field: str = "origins") -> tuple[str, ...]:
    """Countries of origin by their two letters; none for any."""
    found = tuple(dict.fromkeys(text.upper().replace(",", " ").replace(";", " ").split()))
    if not all(w.isascii() and w.isalpha() and len(w) == 2 for w in found):
        wrong.append(Problem("WrongField", "Give countries by two letters, with commas", field, "", text[:40]))
    return found


def amount(text: str, wrong: list[Problem], field: str = "quantity") -> Decimal | None:
    """A quantity more than nothing, with at most three decimals."""
    found = decimal_of(text)
    if not found:
        wrong.append(Problem("WrongField", "Give a number above 0, with at most three decimals", field, "", text[:40]))
    return found


def apply(application: Application, *, actor: Actor, at: datetime | None = None) -> Permit:
    """Hand in an application. Raises PermitNotPermitted for who may not apply."""
    entry = PermitEntry(permits.next_id(), 1, actor.by, actor.role, at or datetime.now(UTC), (Applied(application),))
    return permits.insert(entry)


def record(number: int, acts: Sequence[PermitAct], *, actor: Actor, at: datetime | None = None) -> Permit:
    """Record acts of a person on a permit. Raises UnknownPermit, also for one that is not the actor's business, and
    PermitNotPermitted when an act may not be recorded."""
    at = at or datetime.now(UTC)
    with permits.opened(number) as file:
        if not actor.reaches(file.permit):
            raise permits.UnknownPermit(number)
        return file.record(PermitEntry(number, file.permit.acts + 1, actor.by, actor.role, at, tuple(acts)))


def correct(number: int, application: Application, *, actor: Actor) -> Permit:
    return record(number, (Corrected(application),), actor=actor)


def withdraw(number: int, reason: str, *, actor: Actor) -> Permit:
    return record(number, (Withdrawn(reason),), actor=actor)


def query(number: int, text: str, *, actor: Actor) -> Permit:
    return record(number, (Queried(text),), actor=actor)


def answer(number: int, text: str, *, actor: Actor) -> Permit:
    return record(number, (Answered(text),), actor=actor)


def refuse(number: int, reason: str, *, actor: Actor) -> Permit:
    return record(number, (Refused(reason),), actor=actor)


def suspend(number: int, reason: str, *, actor: Actor) -> Permit:
    return record(number, (Suspended(reason),), actor=actor)


def resume(number: int, reason: str, *, actor: Actor) -> Permit:
    return record(number, (Resumed(reason),), actor=actor)


def revoke(number: int, reason: str, *, actor: Actor) -> Permit:
    return record(number, (Revoked(reason),), actor=actor)


def issue(number: int, grant: Grant, *, actor: Actor, at: datetime | None = None) -> Permit:
    """Issue the permit under the next number of the agency's series, and open its balance."""
    at = at or datetime.now(UTC)
    law = law_now(at)
    with permits.opened(number) as file:
        if not actor.reaches(file.permit):
            raise permits.UnknownPermit(number)
        document = law.agency_documents.get(file.permit.document)
        fee = f"{document.fee} {law.currency}" if document is not None and document.fee else ""
        given = Issued(permits.number_for(file.permit.agency, at.year), grant, fee)
        permit = file.record(PermitEntry(number, file.permit.acts + 1, actor.by, actor.role, at, (given,)))
        if grant.quantity is not None:
            balance.open_balance(KIND, permit.number, grant.unit, grant.quantity, at=at)
        return permit


def amend(number: int, grant: Grant, reason: str, *, actor: Actor, at: datetime | None = None) -> Permit:
    """Change what was granted. Raises `balance.Exhausted` when more has been written off than the new quantity."""
    at = at or datetime.now(UTC)
    with permits.opened(number) as file:
        if not actor.reaches(file.permit):
            raise permits.UnknownPermit(number)
        act = Amended(grant, reason)
        permit = file.record(PermitEntry(number, file.permit.acts + 1, actor.by, actor.role, at, (act,)))
        if grant.quantity is not None:
            balance.change_volume(KIND, permit.number, f"amended {permit.acts}", grant.quantity, at=at)
        return permit


def usual_end(document: AgencyDocument, start: date) -> date:
    """The day before which a document issued on `start` is valid, unless the officer says otherwise."""
    return start + timedelta(days=document.days)


def expire(at: datetime) -> int:
    """Say of every permit whose last day has passed that it has expired; how many."""
    done = 0
    for number in permits.ended(at.date()):
        with permits.opened(number) as file:
            until = file.permit.grant.until if file.permit.grant else None
            if file.permit.state in ("ISSUED", "SUSPENDED") and until is not None and until <= at.date():
                acts = (Expired(),)
                file.record(PermitEntry(number, file.permit.acts + 1, "customhouse", Role.SYSTEM, at, acts))
                done += 1
    return done


class Use(msgspec.Struct, frozen=True):
    """One movement of a permit's balance: the declaration it was for (0: none), `amount` (below 0: written off)."""

    at: datetime
    declaration: int
    what: str
    amount: Decimal
    left: Decimal


def uses(permit: Permit) -> tuple[Use, ...]:
    """Everything written off and given back on a permit, in order; empty where it is not counted."""
    found = balance.movements(KIND, permit.number) if permit.number else ()
    return tuple(_use(m) for m in found)


def _use(m: balance.Movement) -> Use:
    head = m.reference.split(".")[0]
    number = int(head) if head.isdigit() else 0
    what = ("given back" if m.amount > 0 else "written off") if number else m.reference.split(" ")[0]
    return Use(m.at, number, what, m.amount, m.standing)


def left(permit: Permit) -> Decimal | None:
    """What is left of an issued permit; None where it is not counted."""
    stands = balance.standing(KIND, permit.number) if permit.number else None
    return stands.left if stands else None
