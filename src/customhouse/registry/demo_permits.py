"""Permits of the demo: some that are issued, one nearly used up, and applications that wait for a decision. Idempotent.

Their dates go with the day the house is seeded, their numbers never change, so that the examples can name them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from customhouse.record.declaration import Role
from customhouse.record.permit import Application, Applied, Grant, Issued, PermitEntry
from customhouse.registry import balance, permits

KIND = "permit"
FOODS, PHARMA, BROKER = "XM100000017", "XM100000033", "XM100000009"
PARACETAMOL = {
    "product": "Paracetamol tablets 500 mg",
    "registration": "MM-1042",
    "use": "pharmacy",
    "pharmacist": "D. Okoro",
}
POULTRY = {"species": "Gallus gallus domesticus", "establishment": "BR-SIF-0321", "temperature": "frozen"}
# (number, officer, application, conditions)
ISSUED = (
    (
        "MOH-DEMO-0001",
        "health",
        Application("MOH", "N852", PHARMA, BROKER, ("3004",), (), Decimal(5000), "KGM", PARACETAMOL),
        "Stored below 25 °C. Batches are notified before sale.",
    ),
    (
        "MOH-DEMO-0002",
        "health",
        Application("MOH", "N852", PHARMA, BROKER, ("3004",), ("IN",), Decimal(50), "KGM", PARACETAMOL),
        "",
    ),
    (
        "AGR-DEMO-0001",
        "vet",
        Application("AGR", "N853", FOODS, BROKER, ("0207",), ("BR", "NZ"), Decimal(24000), "KGM", POULTRY),
        "",
    ),
)
WAITING = (
    Application("MOH", "N852", PHARMA, BROKER, ("3004",), ("IN", "DE"), Decimal(1200), "KGM", PARACETAMOL),
    Application("AGR", "N853", FOODS, FOODS, ("0202",), ("AU",), Decimal(18000), "KGM", {
        "species": "Bos taurus", "establishment": "AU-0533", "temperature": "frozen",
    }),
)  # fmt: skip


def seed(at: datetime) -> None:
    """Issue the permits of the demo once, at `at`."""
    if permits.by_number(ISSUED[0][0]) is not None:
        return
    for number, officer, application, conditions in ISSUED:
        issue(number, officer, application, conditions, at)
    for application in WAITING:
        by, role = ("broker", Role.BROKER) if application.filed_by == BROKER else ("trader", Role.TRADER)
        permits.insert(_entry(permits.next_id(), 1, by, role, at, Applied(application)))


def issue(number: str, officer: str, application: Application, conditions: str, at: datetime) -> None:
    """Issue a permit under a number of the demo for a year, on the application of the demo's broker; once."""
    if permits.by_number(number) is not None:
        return
    a, start = application, at.date() - timedelta(days=30)
    applied = permits.insert(_entry(permits.next_id(), 1, "broker", Role.BROKER, at, Applied(a)))
    grant = Grant(start, start + timedelta(days=365), a.commodities, a.origins, a.quantity, a.unit, conditions)
    with permits.opened(applied.id) as file:
        file.record(_entry(applied.id, 2, officer, Role.AGENCY, at, Issued(number, grant)))
        if a.quantity is not None:
            balance.open_balance(KIND, number, a.unit, a.quantity, at=at)


def _entry(number: int, first: int, by: str, role: Role, at: datetime, act: Applied | Issued) -> PermitEntry:
    return PermitEntry(number, first, by, role, at, (act,))
