"""The charge of a consolidation in the register: raised with its last segment, and everything that happens to it afterwards.

Each is written with what it does in the books, in one transaction. Whoever changes a charge holds it until then (`locked`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.db import connection, transaction
from msgspec.structs import replace

from customhouse.kernel.money import Money
from customhouse.offices.treasury.consolidation import charge_journals, event_journal
from customhouse.record.account import AccountKind
from customhouse.record.parcel import MARK, ROWS
from customhouse.record.parcel_charge import (
    ChargeEvent,
    ParcelCharge,
    Taxes,
    charge_leaf,
    event_leaf,
)
from customhouse.registry import treasury, turn

CHARGE = (
    "select h.consolidation, c.reference, h.declarant, h.amount, h.currency, h.parcels, h.at, h.taxes::text from consolidation_charge h "
    "join consolidation c on c.id = h.consolidation"
)
EVENTS = (
    "select consolidation, number, event, amount, at, by, method, account, receipt, payer, parcel, taxes::text, text "
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


def by_tax(consolidation: int) -> Taxes:
    """What is due on the parcels of a consolidation by tax, as its segments say; empty where one of them does not."""
    sums: Counter[str] = Counter()
    for due, taxes in _all(
        "select coalesce((told ->> 'due')::bigint, 0), taxes::text from parcel_segment where consolidation = %s",
        [consolidation],
    ):
        known = msgspec.json.decode(taxes)
        if due and not known:
            return ()
        sums.update(known)
    return _taxes(sums)


def _taxes(of: Mapping[str, int]) -> Taxes:
    return tuple(sorted((tax, minor) for tax, minor in of.items() if minor))


def _json(taxes: Taxes) -> str:
    return msgspec.json.encode(dict(taxes), order="sorted").decode()


def raised(consolidation: int, amount: Money, parcels: int, at: datetime) -> None:
    """Charge the declarant with what is due on so many parcels, on its deferment account where it has one that covers it.

    Raises ValueError where what the segments say by tax is not what their rows owe. Joins the transaction that stores the last segment, so it stands with it or not at all.
    """
    taxes = by_tax(consolidation)
    if taxes and sum(minor for _, minor in taxes) != amount.minor:
        raise ValueError(f"consolidation {consolidation}: {amount.minor} are due, and by tax {dict(taxes)}")
    [(reference, declarant)] = _all("select reference, declarant from consolidation where id = %s", [consolidation])
    charge = ParcelCharge(consolidation, reference, declarant, amount, parcels, at, taxes=taxes)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into consolidation_charge (consolidation, declarant, amount, currency, parcels, at, taxes, leaf) "
            "values (%s, %s, %s, %s, %s, %s, %s::jsonb, %s)",
            [consolidation, declarant, amount.minor, amount.currency, parcels, at, _json(taxes), charge_leaf(charge)],
        )
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


def add(charge: ParcelCharge, *events: ChargeEvent) -> ParcelCharge:
    """Write events of a charge that the caller holds, and book them; the charge after them."""
    written = [replace(event, number=n) for n, event in enumerate(events, len(charge.events) + 1)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(
            "insert into consolidation_charge_event (consolidation, number, declarant, event, amount, at, by, method, account, "
            "receipt, payer, parcel, taxes, text, leaf) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s)",
            [(charge.consolidation, e.number, charge.declarant, e.event, e.amount, e.at, e.by, e.method, e.account, e.receipt,
              e.payer, e.parcel, _json(e.taxes), e.text, event_leaf(charge.consolidation, e)) for e in written],
        )  # fmt: skip
        treasury.post(made for e in written if (made := event_journal(charge, e)))
    return replace(charge, events=(*charge.events, *written))


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


def broken() -> tuple[int, list[str]]:
    """(charges, the faults of those) that are not what was sealed of them and of their events."""
    leaves = dict(_all("select consolidation, leaf from consolidation_charge where leaf is not null", []))
    of_events = {row[:2]: row[2] for row in _all(
        "select consolidation, number, leaf from consolidation_charge_event where leaf is not null", [])}  # fmt: skip
    charges, faults = every(), list[str]()
    for charge in charges:
        made = [(0, leaves.get(charge.consolidation), charge_leaf(charge))]
        made += [(e.number, of_events.get((charge.consolidation, e.number)), event_leaf(charge.consolidation, e))
                 for e in charge.events]  # fmt: skip
        faults += [
            f"consolidation {charge.consolidation}.{number}: its charge is not what was sealed"
            for number, sealed, leaf in made
            if sealed is not None and bytes(sealed) != leaf
        ]
    return len(charges), faults


def every() -> list[ParcelCharge]:
    """All charges, for the audit."""
    return _charges(_all(f"{CHARGE} order by 1", []))


def _charges(rows: Iterable[tuple[Any, ...]]) -> list[ParcelCharge]:
    rows = list(rows)
    events: dict[int, list[ChargeEvent]] = {}
    for number, *told, taxes, text in _all(EVENTS, [[row[0] for row in rows]]) if rows else ():
        told[3] = told[3].astimezone(UTC)
        known = _taxes(msgspec.json.decode(taxes))
        events.setdefault(number, []).append(ChargeEvent(*told, taxes=known, text=text))
    return [
        ParcelCharge(
            number, reference, declarant, Money(amount, currency), parcels, at.astimezone(UTC),
            tuple(events.get(number, ())), _taxes(msgspec.json.decode(taxes)),
        )
        for number, reference, declarant, amount, currency, parcels, at, taxes in rows
    ]  # fmt: skip


def _all(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()  # type: ignore[no-any-return]
