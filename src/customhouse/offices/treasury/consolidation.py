"""From the charge of a consolidation to the books: which journals it and its events lead to. Pure, and always the same.

The columns of a consolidation say what is payable of a parcel and not by which tax, so its revenue is of one kind, `REVENUE`. A
parcel that gets a file of its own leaves it: the file is assessed tax by tax.
"""

from __future__ import annotations

from customhouse.offices.treasury.events import PAYMENT, Line, Of, journal
from customhouse.record.account import Journal
from customhouse.record.parcel_charge import ChargeEvent, ParcelCharge

REVENUE = "PARCELS"
"""What the revenue account of consolidations is called where others are called by their tax."""


def source(consolidation: int, number: int) -> str:
    """What a journal names as its source when it comes from a charge (number 0) or an event of it."""
    return f"consolidation {consolidation}.{number}"


def charge_journals(charge: ParcelCharge) -> tuple[Journal, ...]:
    """Every journal that a charge and its events lead to. What is moved to a file is booked by the payment in that file."""
    key = str(charge.number)
    lines = [journal("assessed", [Line(key, REVENUE, charge.amount.minor)], _of(charge, None))]
    lines += [_made(charge, event) for event in charge.events]
    return tuple(made for made in lines if made is not None)


def _made(charge: ParcelCharge, e: ChargeEvent) -> Journal | None:
    key, of = str(charge.number), _of(charge, e)
    match e.event:
        case "deferred":
            return journal("deferred", [Line(e.account, key, e.amount)], of)
        case "paid":
            into = key if e.method == "card" else e.account
            return journal(PAYMENT[e.method], [Line(into, key, e.amount)], of, receipt=e.receipt)
        case "taken_over":
            return journal("taken_over", [Line(key, REVENUE, -e.amount)], of)
        case "moved":
            return None


def _of(charge: ParcelCharge, event: ChargeEvent | None) -> Of:
    number, at, by = (event.number, event.at, event.by) if event else (0, charge.at, "customhouse")
    named = source(charge.consolidation, number)
    return Of(named, at, by, charge.amount.currency, charge.number, trader=charge.declarant)
