"""The words of the books: accounts, postings and journals in double entry, and what stands on a trader's account.

A debit is above zero, a credit below; a journal adds up to zero in every currency, or it is no journal. `CHART` is the
chart of accounts: everything that the treasury of a customs house keeps count of, on one page.
Source: double entry as in IPSAS 1 and 23 (taxes are revenue of the day they are assessed); RKC General Annex 4.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from enum import StrEnum
from typing import Literal

import msgspec

from customhouse.kernel.money import Money
from customhouse.record.section import Section


class AccountKind(StrEnum):
    CASH = "cash"
    BANK = "bank"
    AWAITED = "awaited"
    PROVIDER = "provider"
    UNALLOCATED = "unallocated"
    RECEIVABLE = "receivable"
    DEFERMENT = "deferment"
    REVENUE = "revenue"
    REFUND = "refund"
    DRAWBACK = "drawback"
    PAYOUT = "payout"
    BANK_CHARGE = "bank_charge"
    GUARANTEE = "guarantee"
    SECURED = "secured"
    GUARANTOR = "guarantor"


class Heading(msgspec.Struct, frozen=True):
    """One kind of account in the chart: its class, what it counts, and what its key names."""

    of: Literal["asset", "liability", "revenue", "expense", "memorandum"]
    text: str
    key: str


K = AccountKind
CHART: dict[AccountKind, Heading] = {
    K.CASH: Heading("asset", "Cash in the drawer", "the customs office"),
    K.BANK: Heading("asset", "Money at the bank, as its statements say", "the account number (IBAN)"),
    K.AWAITED: Heading(
        "asset", "Transfers and cards that were announced and are not at the bank yet", "the declaration"
    ),
    K.PROVIDER: Heading("asset", "Taken by a payment provider, not paid out by it yet", "the provider"),
    K.RECEIVABLE: Heading(
        "asset", "Due on a declaration or a consolidation and not paid", "the declaration, or the charge"
    ),
    K.DEFERMENT: Heading("asset", "Deferred by a trader, payable by the month", "trader/account"),
    K.GUARANTOR: Heading("asset", "Called from a guarantor", "trader/guarantee"),
    K.UNALLOCATED: Heading("liability", "Received and not yet known for what", "the entry of the bank"),
    K.REFUND: Heading("liability", "Ordered to be paid back", "the claim"),
    K.DRAWBACK: Heading("liability", "Drawback granted and not paid out", "the claim"),
    K.PAYOUT: Heading("liability", "Sent to the bank to be paid out", "the claim, or the entry of the bank"),
    K.REVENUE: Heading(
        "revenue",
        "Duties, taxes and fees assessed",
        "the tax type; PARCELS for charges of consolidations from before that was known",
    ),
    K.BANK_CHARGE: Heading("expense", "Charges of the bank", "the account number (IBAN)"),
    K.GUARANTEE: Heading("memorandum", "Reserved of a trader's guarantee", "trader/guarantee"),
    K.SECURED: Heading("memorandum", "Suspended duties that a guarantee stands for", "trader/guarantee"),
}
# Kinds that a trader may draw on up to a ceiling.
LIMITED = (K.DEFERMENT, K.GUARANTEE)


class UnbalancedJournal(ValueError):
    """A journal whose postings do not add up to zero."""


class Account(msgspec.Struct, frozen=True, order=True):
    """One account: its kind, what it is of (`CHART` says what), its currency. `trader` says whose it is, "" the treasury's."""

    kind: AccountKind
    key: str
    currency: str
    trader: str = ""

    @property
    def code(self) -> str:
        """How the account is called on a command line or in a list."""
        return f"{self.kind.value}:{self.key}"


class Posting(msgspec.Struct, frozen=True):
    """`minor` units to the debit (above zero) or credit (below) of an account."""

    account: Account
    minor: int


class Journal(msgspec.Struct, frozen=True):
    """One event in the books. `source` names what it comes from, exactly once for each event: an act, an entry of the
    bank, a claim. `reference` is that of the payment order it settles, `receipt` the number of the receipt given for it.

    Raises UnbalancedJournal when made of postings that do not add up to zero.
    """

    source: str
    event: str
    at: datetime
    by: str
    postings: tuple[Posting, ...]
    declaration: int = 0
    act: int = 0
    trader: str = ""
    text: str = ""
    reference: str = ""
    receipt: str = ""

    def __post_init__(self) -> None:
        sums: Counter[str] = Counter()
        for posting in self.postings:
            sums[posting.account.currency] += posting.minor
        if wrong := {currency: minor for currency, minor in sums.items() if minor}:
            raise UnbalancedJournal(f"{self.event} of {self.source} does not add up to zero: {wrong}")

    @property
    def debit(self) -> int:
        """All debits together, in minor units: what the journal is about."""
        return sum(p.minor for p in self.postings if p.minor > 0)


class Charge(Section, frozen=True):
    """What stands on an account of the trader instead of being paid: `kind` is deferment or guarantee, `account` its
    number as declared, `holder` the trader it belongs to. `amount` is the whole that stands there for the declaration."""

    kind: AccountKind
    account: str
    holder: str
    amount: Money

    @property
    def key(self) -> str:
        return f"{self.holder}/{self.account}"
