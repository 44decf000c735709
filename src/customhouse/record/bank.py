"""The words of the bank: a statement of account with its entries, as any gate reads it."""

from __future__ import annotations

from datetime import date

from customhouse.kernel.money import Money
from customhouse.record.section import Section


class BankEntry(Section, frozen=True):
    """One movement on the account. `name` is what tells it apart from all others of the account, as the bank calls it;
    `reference` the structured creditor reference, `text` what the payer wrote; `charge` when the bank took it for itself."""

    name: str
    credit: bool
    amount: Money
    booked_on: date
    party: str = ""
    reference: str = ""
    text: str = ""
    charge: bool = False


class BankStatement(Section, frozen=True):
    """A statement: the account (IBAN or another number), its name at the bank, the balances it opens and closes with."""

    account: str
    name: str
    currency: str
    entries: tuple[BankEntry, ...]
    opening: int | None = None
    closing: int | None = None
    pending: int = 0

    @property
    def moved(self) -> int:
        """Credits less debits, in minor units."""
        return sum(e.amount.minor if e.credit else -e.amount.minor for e in self.entries)
