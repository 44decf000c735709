"""From the charge of a consolidation to the books: which journals it and its events lead to. Pure, and always the same.

Revenue is booked by tax, as that of declarations. A parcel that gets a file of its own leaves the charge, tax by tax as the file
is assessed.
"""

from __future__ import annotations

from customhouse.offices.treasury.events import PAYMENT, Line, Of, journal
from customhouse.record.account import Journal
from customhouse.record.parcel_charge import ChargeEvent, ParcelCharge, Taxes

REVENUE = "PARCELS"
"""The revenue account of charges that were raised before it was kept by tax what they are made of."""


def source(consolidation: int, number: int) -> str:
    """What a journal names as its source when it comes from a charge (number 0) or an event of it."""
    return f"consolidation {consolidation}.{number}"


def charge_journals(charge: ParcelCharge) -> tuple[Journal, ...]:
    """Every journal that a charge and its events lead to. What is moved to a file is booked by the payment in that file."""
    raised = journal("assessed", _revenue(charge, charge.taxes, charge.amount.minor, 1), _of(charge, None))
    made = (raised, *(event_journal(charge, event) for event in charge.events))
    return tuple(one for one in made if one is not None)


def event_journal(charge: ParcelCharge, e: ChargeEvent) -> Journal | None:
    """The journal of one event of a charge; None where it is booked elsewhere."""
    key, of = str(charge.number), _of(charge, e)
    match e.event:
        case "deferred":
            return journal("deferred", [Line(e.account, key, e.amount)], of)
        case "paid" | "voided":
            into = key if e.method == "card" else e.account
            void = e.event == "voided"  # the same the other way round, under a receipt that says so
            return journal(
                PAYMENT[e.method], [Line(into, key, -e.amount if void else e.amount)], of,
                receipt=f"{e.receipt} void" if void else e.receipt, text=f"Receipt {e.receipt} is void" if void else "",
            )  # fmt: skip
        case "taken_over":
            return journal("taken_over", _revenue(charge, e.taxes, e.amount, -1), of)
        case "moved":
            return None


def _revenue(charge: ParcelCharge, taxes: Taxes, amount: int, times: int) -> list[Line]:
    """An amount by tax from the charge to revenue, or with `times` -1 back."""
    key = str(charge.number)
    return [Line(key, tax, times * minor) for tax, minor in taxes or ((REVENUE, amount),)]


def _of(charge: ParcelCharge, event: ChargeEvent | None) -> Of:
    number, at, by = (event.number, event.at, event.by) if event else (0, charge.at, "customhouse")
    named = source(charge.consolidation, number)
    return Of(named, at, by, charge.amount.currency, charge.number, trader=charge.declarant)
