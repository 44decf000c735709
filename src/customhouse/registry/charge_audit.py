"""The audit of the charges of consolidations: that each is what its parcels owe, and that the books say what happened to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.db import connection

from customhouse.offices.treasury.consolidation import charge_journals
from customhouse.record.parcel_charge import ParcelCharge
from customhouse.registry import parcel_charge, parcel_packed, segment

# Consolidations that are done and have parcels to be paid.
DONE = (
    "select consolidation, sum((told ->> 'due')::bigint)::bigint from parcel_segment group by 1 "
    "having bool_or(last) and sum((told ->> 'due')::bigint) > 0 order by 1"
)
BOOKED = (
    "select j.declaration, j.source, j.event, j.receipt, a.kind, a.key, a.currency, p.amount from journal j "
    "join posting p on p.journal = j.id join account a on a.id = p.account "
    "where j.act is null and j.source like 'consolidation %%' order by j.id"
)
MOVED = (
    "select e.consolidation, e.number, e.amount, coalesce(sum(p.amount), 0) from consolidation_charge_event e "
    "left join journal j on j.receipt = e.receipt and j.event = 'paid_with_consolidation' and j.declaration = e.parcel "
    "left join posting p on p.journal = j.id and p.amount > 0 where e.event = 'moved' group by 1, 2, 3 having "
    "coalesce(sum(p.amount), 0) <> e.amount order by 1, 2"
)
_Booked = dict[tuple[str, str], tuple[set[tuple[str, str, str, int]], str]]


def faults() -> list[str]:
    """Everything that does not agree, one sentence each."""
    charges = {charge.consolidation: charge for charge in parcel_charge.every()}
    return [*_against_parcels(charges), *_against_books(charges), *_moved()]


def _against_parcels(charges: dict[int, ParcelCharge]) -> Iterator[str]:
    """Each charge is what the columns of its parcels say, and none is missing."""
    for consolidation, _ in _all(DONE):
        due = parcel_charge.Due()
        for one in parcel_packed.of(consolidation, texts=False):
            due.seen(segment.unpacked(one.facts, ["verdict", "payable"]))
        charge = charges.get(consolidation)
        if charge is None:
            yield f"consolidation {consolidation}: {due.amount} are due on {due.parcels} parcels and were never charged"
        elif charge.taxes not in ((), parcel_charge.by_tax(consolidation)):
            yield f"consolidation {consolidation}: its charge is by tax {dict(charge.taxes)}, and its segments say otherwise"
        elif (charge.amount.minor, charge.parcels) != (due.amount, due.parcels):
            told = f"{charge.amount.minor} are charged for {charge.parcels} parcels"
            yield f"consolidation {consolidation}: {told}; its rows make {due.amount} on {due.parcels}"


def _against_books(charges: dict[int, ParcelCharge]) -> Iterator[str]:
    """Each charge and event of it has its journal, and there is no other."""
    booked: dict[int, _Booked] = defaultdict(dict)
    for number, source, event, receipt, *posting in _all(BOOKED):
        booked[number].setdefault((source, event), (set(), receipt))[0].add(tuple(posting))
    for charge in charges.values():
        left = booked.pop(charge.number, {})
        for made in charge_journals(charge):
            what = {(p.account.kind.value, p.account.key, p.account.currency, p.minor) for p in made.postings}
            if left.pop((made.source, made.event), None) != (what, made.receipt):
                yield f"{made.source} ({made.event}) is not booked as the charge says"
        yield from (f"{source} ({event}) is booked, and the charge knows nothing of it" for source, event in left)
    yield from (
        f"{source} ({event}) is booked, and there is no such charge" for _ in booked.values() for source, event in _
    )


def _moved() -> Iterator[str]:
    """What left a charge for a parcel's file was paid on that file."""
    for consolidation, number, amount, paid in _all(MOVED):
        yield f"consolidation {consolidation}.{number}: {amount} went to a file of a parcel, and {paid} were paid there"


def _all(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [])
        return cursor.fetchall()  # type: ignore[no-any-return]
