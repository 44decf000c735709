"""The charge of a consolidation in the register: raised with its last segment, and everything that happens to it afterwards.

Each is written with what it does in the books, in one transaction. Whoever changes a charge holds it until then (`locked`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction
from msgspec.structs import replace

from customhouse.kernel.money import Money
from customhouse.offices.treasury.consolidation import charge_journals
from customhouse.record.account import AccountKind
from customhouse.record.parcel import MARK, ROWS
from customhouse.record.parcel_charge import ChargeEvent, ParcelCharge
from customhouse.registry import treasury, turn

CHARGE = (
    "select h.consolidation, c.reference, h.declarant, h.amount, h.currency, h.parcels, h.at from consolidation_charge h "
    "join consolidation c on c.id = h.consolidation"
)
EVENTS = (
    "select consolidation, number, event, amount, at, by, method, account, receipt, payer, parcel "
    "from consolidation_charge_event where consolidation = any(%s) order by 1, 2"
)
OPEN = "exists (select from account a where a.kind = 'receivable' and a.key = (%s + h.consolidation * %s)::text and a.balance > 0)"


class Due:
    """What is due on the parcels of segments as they pass: the amount (minor units), and on how many."""

    def __init__(self) -> None:
        self.amount = self.parcels = 0

    def seen(self, table: Any) -> Any:
        """Count a table with `verdict` and `payable`, and hand it on."""
        column = table["verdict"].combine_chunks()
        words = column.dictionary.to_pylist()
        if "due" in words:
            payable = table["payable"].to_numpy()[column.indices.to_numpy() == words.index("due")]
            self.amount += int(payable.sum())
            self.parcels += len(payable)
        return table


def raised(consolidation: int, amount: Money, parcels: int, at: datetime) -> None:
    """Charge the declarant with what is due on so many parcels, on its deferment account where it has one that covers it.

    Joins the transaction that stores the last segment, so it stands with it or not at all.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into consolidation_charge (consolidation, declarant, amount, currency, parcels, at) "
            "select id, declarant, %s, %s, %s, %s from consolidation where id = %s",
            [amount.minor, amount.currency, parcels, at, consolidation],
        )
    charge = of(consolidation)
    assert charge is not None
    treasury.post(charge_journals(charge))
    defer(charge, at=at)


def defer(charge: ParcelCharge, *, at: datetime) -> bool:
    """Put what is left to pay on an open deferment account of the declarant that covers it; whether there was one.

    The caller holds the charge.
    """
    for found in treasury.facilities(AccountKind.DEFERMENT, [charge.declarant]):
        if found.is_closed or found.ceiling.currency != charge.owed.currency or found.left.minor < charge.owed.minor:
            continue
        event = ChargeEvent(0, "deferred", charge.owed.minor, at, "customhouse", account=found.account.key)
        try:
            add(charge, event)
        except treasury.GuaranteeExhausted:  # somebody else drew on it in the meantime
            continue
        return True
    return False


def add(charge: ParcelCharge, event: ChargeEvent) -> ParcelCharge:
    """Write an event of a charge that the caller holds, and book it; the charge after it."""
    event = replace(event, number=len(charge.events) + 1)
    after = replace(charge, events=(*charge.events, event))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "insert into consolidation_charge_event (consolidation, number, declarant, event, amount, at, by, method, account, "
            "receipt, payer, parcel) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [charge.consolidation, event.number, charge.declarant, event.event, event.amount, event.at, event.by, event.method,
             event.account, event.receipt, event.payer, event.parcel],
        )  # fmt: skip
        treasury.post(charge_journals(after))
    return after


def locked(consolidation: int) -> ParcelCharge | None:
    """The charge of a consolidation, held until the caller's transaction ends; None where nothing was due."""
    turn.wait_in_transaction("charge of a consolidation", str(consolidation))
    return of(consolidation)


def of(consolidation: int) -> ParcelCharge | None:
    """The charge of a consolidation that the reader is shown; None where nothing was due."""
    return among([consolidation]).get(consolidation)


def among(consolidations: Sequence[int]) -> dict[int, ParcelCharge]:
    """The charges of those of the consolidations on which anything was due."""
    found = _all(f"{CHARGE} where h.consolidation = any(%s)", [list(consolidations)])
    return {charge.consolidation: charge for charge in _charges(found)}


def unpaid(declarant: str = "", last: int = 200) -> list[ParcelCharge]:
    """Charges on which something is left to pay, of one declarant where one is named, the newest first."""
    where = f"{OPEN} and (%s = '' or h.declarant = %s) order by h.consolidation desc limit %s"
    return _charges(_all(f"{CHARGE} where {where}", [MARK, ROWS, declarant, declarant, last]))


def every() -> list[ParcelCharge]:
    """All charges, for the audit."""
    return _charges(_all(f"{CHARGE} order by 1", []))


def _charges(rows: Iterable[tuple[Any, ...]]) -> list[ParcelCharge]:
    rows = list(rows)
    events: dict[int, list[ChargeEvent]] = {}
    for number, *told in _all(EVENTS, [[row[0] for row in rows]]) if rows else ():
        told[3] = told[3].astimezone(UTC)
        events.setdefault(number, []).append(ChargeEvent(*told))
    return [
        ParcelCharge(
            number, reference, declarant, Money(amount, currency), parcels, at.astimezone(UTC),
            tuple(events.get(number, ())),
        )
        for number, reference, declarant, amount, currency, parcels, at in rows
    ]  # fmt: skip


def _all(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()  # type: ignore[no-any-return]
