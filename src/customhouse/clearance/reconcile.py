"""Reconcile: a statement of the bank is taken in, and each entry is put where it belongs or left for the cashier.

An entry is placed by itself when it carries the reference of a payment order, an MRN, or exactly the amount and the name
of one open order. Money that comes for what was announced meets the announcement first. What is over, and what nobody can
place, stays as money received for the cashier's desk; every placing can be taken back.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime

import msgspec
from django.db import transaction

from customhouse.clearance import order, parcel_charge
from customhouse.gates import camt053
from customhouse.kernel.money import Money
from customhouse.kernel.mrn import MRN
from customhouse.kernel.reference import CreditorReference
from customhouse.offices.treasury.events import Line, Of, journal
from customhouse.record.account import Journal
from customhouse.record.declaration import Role
from customhouse.record.parcel_charge import is_charge
from customhouse.registry import bank, files, orders, people, reader, treasury
from customhouse.registry.bank import Kept, Taken
from customhouse.registry.orders import Order, UnknownOrder

RF = re.compile(r"\bRF\d{2}(?: ?[A-Z0-9]){1,21}")
MRN_LIKE = re.compile(r"\b\d{2}[A-Z]{2}[A-Z0-9]{14}\b")
CLAIM = re.compile(r"\bCLAIM[- ]?(\d{1,12})\b")
TO = ("banked", "provider_paid", "returned")  # where a cashier may put money that is for no debt


class Outcome(msgspec.Struct, frozen=True):
    """What became of an entry: what it was put on, and how much of it is left for the cashier."""

    kept: Kept
    placed: tuple[str, ...]
    left: Money


class Result(msgspec.Struct, frozen=True):
    """What became of a statement and of each of its entries."""

    taken: Taken
    outcomes: tuple[Outcome, ...]


@reader.as_house
def take(data: bytes, *, by: str, role: Role, at: datetime | None = None) -> list[Result]:
    """Take a bank file in. Raises kernel.problem.Refusal when it cannot be read; then nothing of it is kept."""
    at = at or datetime.now(UTC)
    statements = camt053.read(data)
    digest = hashlib.sha256(data).hexdigest()
    kept: list[Taken] = []
    with transaction.atomic():
        received: list[Journal] = []
        for statement in statements:
            taken = bank.take(statement, digest, by=by, at=at)
            received.extend(_received(one, by, at) for one in taken.new)
            kept.append(taken)
        treasury.post(received)
    return [Result(taken, tuple(_place(bank.get(one.id), by, role) for one in taken.new)) for taken in kept]


def _received(kept: Kept, by: str, at: datetime) -> Journal:
    """What an entry does on the account of the bank."""
    entry, number = kept.entry, str(kept.id)
    event = "received" if entry.credit else "bank_charge" if entry.charge else "paid_out"
    lines = {
        "received": Line(kept.account, number, entry.amount.minor),
        "bank_charge": Line(kept.account, kept.account, entry.amount.minor),
        "paid_out": Line(_paid_out_for(kept), kept.account, entry.amount.minor),
    }
    made = journal(event, [lines[event]], Of(f"bank {number}", at, by, entry.amount.currency))
    if made is None:
        raise ValueError("an entry of the bank is over more than nothing")
    return made


def _paid_out_for(kept: Kept) -> str:
    found = CLAIM.search(f"{kept.entry.reference} {kept.entry.text}".upper())
    return f"claim {found[1]}" if found else f"entry {kept.id}"


def _place(kept: Kept, by: str, role: Role) -> Outcome:
    """Put a new entry where its references say."""
    placed: list[str] = []
    if kept.entry.credit:
        for asked in _orders_named(kept):
            placed += place_on_order(kept.id, asked.reference, by=by, role=role)
        for mrn in _mrns_named(kept):
            placed += place_on_declaration(kept.id, files.get(mrn).id, by=by, role=role)
    now = bank.get(kept.id)
    return Outcome(now, tuple(placed), now.left)


def _orders_named(kept: Kept) -> list[Order]:
    """The orders whose references an entry carries; else the one open order of its amount and of the payer's name."""
    entry = kept.entry
    found: dict[str, Order] = {}
    for text in (entry.reference, *RF.findall(entry.text.upper())):
        raw = text.replace(" ", "")
        for length in range(len(raw), 4, -1):  # words that follow the reference may look like more of it
            if CreditorReference.is_valid(raw[:length]):
                try:
                    found.setdefault(raw[:length], orders.get(raw[:length]))
                except UnknownOrder:
                    continue
                break
    if found or _mrns_named(kept):
        return list(found.values())
    names = {p.number: p.name.casefold() for p in people.traders()}
    fits = [o for o in orders.of() if o.open == entry.amount and names.get(o.trader) == entry.party.casefold() != ""]
    return fits if len(fits) == 1 else []


def _mrns_named(kept: Kept) -> list[str]:
    words = f"{kept.entry.reference} {kept.entry.text}".upper()
    return [mrn for mrn in dict.fromkeys(MRN_LIKE.findall(words)) if MRN.is_valid(mrn) and files.knows(mrn)]


@reader.as_house
def place_on_order(entry: int, reference: str, *, by: str, role: Role) -> list[str]:
    """Put what is left of an entry on an order: first on what was announced for it, then on what is owed."""
    asked, placed = orders.get(reference), []
    if asked.kind == "declarations":
        for line in asked.lines:
            placed += _meet_announced(entry, line.declaration, by)
    left = bank.get(entry).left
    rest = order.pay_order(reference, left, "bank", by=by, role=role, key=str(entry)) if left.minor else left
    if rest.minor < left.minor:
        placed.append(str(asked.reference))
    return placed


@reader.as_house
def place_on_declaration(entry: int, declaration: int, *, by: str, role: Role) -> list[str]:
    """Put what is left of an entry on a declaration, first on what was announced for it."""
    placed = _meet_announced(entry, declaration, by)
    left = bank.get(entry).left
    if left.minor and order.pay_declaration(declaration, left, "bank", by=by, role=role, key=str(entry)):
        placed.append(files.get(declaration).mrn)
    return placed


def _meet_announced(entry: int, declaration: int, by: str) -> list[str]:
    """Money that arrives for an announced payment settles the announcement; the declaration was paid by it already."""
    left = bank.get(entry).left
    minor = min(left.minor, bank.announced(declaration))
    if minor <= 0:
        return []
    trader = parcel_charge.debtor(declaration) if is_charge(declaration) else files.get(declaration).lodged.declarant_id
    of = Of(f"bank {entry} for {declaration}", datetime.now(UTC), by, left.currency, trader=trader)
    made = journal("arrived", [Line(str(entry), str(declaration), minor)], of)
    return [f"announced for {declaration}"] if treasury.post([made] if made else []) else []


@reader.as_house
def place_elsewhere(entry: int, event: str, key: str, *, by: str) -> None:
    """Put the rest of an entry on no debt: cash that was brought to the bank, what a provider paid out, money sent back.

    Raises KeyError for another event, Overdrawn when somebody placed it in the meantime.
    """
    if event not in TO:
        raise KeyError(event)
    left = bank.get(entry).left
    of = Of(f"bank {entry}", datetime.now(UTC), by, left.currency)
    made = journal(event, [Line(str(entry), key, left.minor)], of)
    treasury.post([made] if made else [])
