"""Overpaid: what was paid twice through a provider is put on another debt, or sent back to the payer, by the cashier."""

from __future__ import annotations

from datetime import UTC, datetime

from customhouse.clearance import order
from customhouse.offices.treasury.events import Line, Of, journal
from customhouse.record.declaration import Role
from customhouse.registry import files, online, reader, treasury
from customhouse.registry.online import Overpaid


class NothingWaits(LookupError):
    """Nothing of this payment waits to be placed."""


def of(number: str) -> Overpaid:
    """What waits of this payment. Raises NothingWaits."""
    found = online.overpaid(number) if number else []
    if not found:
        raise NothingWaits(number)
    return found[0]


@reader.as_house
def place_on_order(number: str, reference: str, *, by: str, role: Role) -> bool:
    """Put what waits on an order; whether anything was owed on it. Raises NothingWaits, UnknownOrder, Overdrawn."""
    left = of(number).left
    rest = order.pay_order(reference, left, "bank", by=by, role=role, key=f"online {number}")
    return rest.minor < left.minor


@reader.as_house
def place_on_declaration(number: str, mrn: str, *, by: str, role: Role) -> bool:
    """Put what waits on a declaration; whether anything was owed on it. Raises NothingWaits, Overdrawn."""
    one, d = of(number), files.get(mrn)
    return bool(order.pay_declaration(d.id, one.left, "bank", by=by, role=role, key=f"online {number}"))


@reader.as_house
def send_back(number: str, *, by: str) -> None:
    """What waits goes back to the payer by the bank. Raises NothingWaits, Overdrawn."""
    one, key = of(number), f"online {number}"
    about = Of(f"{key} sent back {one.left.minor}", datetime.now(UTC), by, one.left.currency)
    made = journal("returned", [Line(key, key, one.left.minor)], about)
    treasury.post([made] if made else [])
