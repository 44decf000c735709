"""From the record to the books: which journals the acts of a declaration lead to. Pure, and always the same.

The registry posts them once each; the audit makes them again from the record and compares.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from customhouse.offices.treasury.events import PAYMENT, Line, Of, journal
from customhouse.record import acts
from customhouse.record.account import AccountKind, Charge, Journal
from customhouse.record.acts import Entry
from customhouse.record.assessment import Assessment
from customhouse.record.declaration import Receipt

# Acts that may move money; an entry without one of them needs no look.
MONEY = ("Assessed", "Due", "Paid", "Reversed", "Charged", "Discharged", "Invalidated")
CHARGED = {AccountKind.DEFERMENT: "deferred", AccountKind.GUARANTEE: "guaranteed"}


def journals(entries: Iterable[Entry]) -> tuple[Journal, ...]:
    """Every journal that the acts of one declaration lead to, in order; `entries` are all of them from the first."""
    book = _Book()
    return tuple(made for entry in entries for made in book.take(entry))


def source(declaration: int, act: int) -> str:
    """What a journal names as its source when it comes from an act."""
    return f"act {declaration}.{act}"


def split(assessed: Assessment) -> Counter[str]:
    """What is payable now, by tax type, in minor units."""
    sums: Counter[str] = Counter()
    for duty in assessed.duties:
        sums[duty.type] += duty.payable.minor
    return +sums


class _Book:
    """What has been booked of one declaration so far."""

    def __init__(self) -> None:
        self.trader = self.currency = ""
        self.assessed: Assessment | None = None
        self.due: int | None = None
        self.booked: Counter[str] = Counter()
        self.charges: dict[AccountKind, Charge] = {}
        self.receipts: dict[str, Receipt] = {}

    def take(self, entry: Entry) -> list[Journal]:
        found: list[Journal | None] = []
        for number, act in enumerate(entry.acts, entry.first):
            of = Of(
                source(entry.declaration, number),
                entry.at,
                entry.by,
                self.currency,
                entry.declaration,
                number,
                self.trader,
            )
            match act:
                case acts.Lodged(lodgement=lodged):
                    self.trader = lodged.declarant_id
                case acts.Amended():
                    self.assessed = None
                case acts.Assessed(assessment=assessed):
                    self.assessed, self.currency = assessed, assessed.total.currency
                    if self.due == assessed.payable.minor:  # no new amount is fixed, but other taxes may make it up
                        found.append(self._owed(of, "amended"))
                case acts.Due(amount=amount):
                    event = "assessed" if self.due is None else "amended"
                    self.due = amount.minor
                    found.append(self._owed(of, event))
                case acts.Reversed(receipt=number_) if number_ in self.receipts:
                    found.append(self._paid(of, self.receipts.pop(number_), -1))
                case acts.Paid(receipt=receipt):
                    self.receipts[receipt.number] = receipt
                    found.append(self._paid(of, receipt, 1))
                case acts.Charged(charge=charge):
                    found.append(self._charged(of, charge))
                case acts.Discharged() if AccountKind.GUARANTEE in self.charges:
                    found.append(self._freed(of, AccountKind.GUARANTEE, "guarantee_released"))
                case acts.Invalidated():
                    self.assessed = None
                    found.append(self._owed(of, "invalidated"))
                    found.extend(self._freed(of, kind, CHARGED[kind]) for kind in sorted(self.charges))
        return [made for made in found if made is not None]

    def _owed(self, of: Of, event: str) -> Journal | None:
        """The difference between what is payable by tax and what was booked."""
        payable = split(self.assessed) if self.assessed else Counter[str]()
        lines = [
            Line(str(of.declaration), tax, payable[tax] - self.booked[tax]) for tax in sorted({*payable, *self.booked})
        ]
        self.booked = payable
        return journal(event, lines, of)

    def _paid(self, of: Of, receipt: Receipt, times: int) -> Journal | None:
        """A payment, or with `times` -1 its reversal: the same the other way round, under a receipt that says so."""
        into = _paid_into(receipt.method, receipt.reference, of.declaration)
        line = Line(into, str(of.declaration), times * receipt.amount.minor)
        event = PAYMENT.get(receipt.method, "paid_announced")
        number = receipt.number if times > 0 else f"{receipt.number} void"
        text = "" if times > 0 else f"Receipt {receipt.number} is void"
        return journal(event, [line], of, receipt=number, text=text)

    def _charged(self, of: Of, charge: Charge) -> Journal | None:
        """A charge stands in place of the one before, which may have been on another account."""
        before = self.charges.get(charge.kind)
        lines = [_charge_line(charge, charge.amount.minor, of.declaration)]
        if before is not None:
            lines.append(_charge_line(before, -before.amount.minor, of.declaration))
        self.charges[charge.kind] = charge
        return journal(CHARGED[charge.kind], lines, of)

    def _freed(self, of: Of, kind: AccountKind, event: str) -> Journal | None:
        charge = self.charges.pop(kind)
        return journal(event, [_charge_line(charge, -charge.amount.minor, of.declaration)], of)


def _charge_line(charge: Charge, minor: int, declaration: int) -> Line:
    against = str(declaration) if charge.kind is AccountKind.DEFERMENT else charge.key
    return Line(charge.key, against, minor)


def _paid_into(method: str, reference: str, declaration: int) -> str:
    """The key of the account that a payment comes in on."""
    if method == "cash":
        return "drawer"
    return reference if method in ("bank", "online", "consolidation") else str(declaration)
