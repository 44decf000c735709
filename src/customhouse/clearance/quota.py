"""Quota: declarations that wait for a tariff quota are answered one after another, in the order of their numbers.

One allocator works at a time, so that first come is first served; each declaration is answered in a transaction of its
own, in which the quota is drawn, the answer recorded, and the line walked on.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from customhouse.clearance.context import context_now, context_of, law_of
from customhouse.clearance.in_turn import answer_held
from customhouse.clearance.line import proceed
from customhouse.law.book import Law
from customhouse.law.terms import Quota
from customhouse.offices import quota as office
from customhouse.record.acts import Entry
from customhouse.record.declaration import HoldKind, Role
from customhouse.registry import balance, files

KIND = HoldKind.QUOTA.value


def allocate_waiting(upto: int | None = None) -> int:
    """Answer every declaration that waits for a quota (numbered up to `upto`); how many were answered.

    Does nothing while somebody else allocates.
    """
    return answer_held(HoldKind.QUOTA, _allocate, upto)


def _allocate(number: int) -> bool:
    with files.opened(number) as file:
        d, now = file.declaration, context_now()
        if d.hold(HoldKind.QUOTA) is None or d.acceptance is None:
            return True
        law = law_of(d, now)

        asked_for = office.claims(d.lodged, law)
        for claim in asked_for:
            balance.open_balance(KIND, claim.key, claim.quota.unit, claim.quota.volume, at=now.at)
        balance.locked(KIND, [claim.key for claim in asked_for])  # all in the one order, so that nobody waits in a ring

        def draw(claim: office.QuotaClaim) -> tuple[Decimal, Decimal]:
            asked = balance.Draw(KIND, claim.key, office.reference(d, claim.item), claim.asked, partial=True)
            (drawn,) = balance.draw([asked], at=now.at)
            return drawn.taken, drawn.left

        act = office.allocate(asked_for, draw)
        file.record(Entry(d.id, d.acts + 1, "customhouse", Role.SYSTEM, now.at, law.date, law.book_hash, (act,)))
        walked = proceed(file.declaration, context_of(file.declaration, now))
        if walked.entry is not None:
            file.record(walked.entry)
        return True


def standing(quota: Quota) -> balance.Standing:
    """What is left of a quota; its whole volume where nothing was drawn yet."""
    return standings([quota])[quota.order]


def standings(quotas: Sequence[Quota]) -> dict[str, balance.Standing]:
    """What is left of each of these quotas, by order number."""
    keys = {q.order: office.key(q.order, q.validity.start) for q in quotas}
    found = balance.standings(KIND, list(keys.values())) if keys else {}
    return {q.order: found.get(keys[q.order]) or balance.Standing(q.unit, q.volume, q.volume) for q in quotas}


def in_force(law: Law) -> list[tuple[Quota, balance.Standing]]:
    """Every quota of the day with what is left of it."""
    found = sorted((q for q in law.contents.quotas if q.validity.contains(law.date)), key=lambda q: q.order)
    left = standings(found)
    return [(q, left[q.order]) for q in found]
