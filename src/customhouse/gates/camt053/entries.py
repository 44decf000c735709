"""The entries of a statement: batches taken apart, charges set beside, references and words of the payer put together."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import date
from decimal import Decimal, InvalidOperation

from customhouse.gates.camt053.tree import Tree
from customhouse.kernel.money import Money
from customhouse.kernel.problem import Problem
from customhouse.record.bank import BankEntry

# Where a value stands: the newer versions first, then the older.
STATUS = ("Sts/Cd", "Sts")
PARTY = {True: ("RltdPties/Dbtr/Pty/Nm", "RltdPties/Dbtr/Nm"), False: ("RltdPties/Cdtr/Pty/Nm", "RltdPties/Cdtr/Nm")}
STRUCTURED = ("RmtInf/Strd/CdtrRefInf/Ref", "RmtInf/Strd/CdtrRefInf/CdtrRef")
CHARGES = ("Chrgs/Rcrd", "Chrgs")
NAMES = ("Refs/AcctSvcrRef", "Refs/TxId", "Refs/UETR")
BOOKED = "BOOK"


class Faults:
    """The problems of a file, gathered."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def found(self, rule: str, label: str, where: str, hint: str, value: str = "") -> None:
        self.problems.append(Problem(rule, label, where, hint, value[:40]))

    def amount(self, of: Tree, path: str) -> Money | None:
        """An amount with its currency; None, and a problem, when it is none."""
        found = of.first(path)
        if found is None:
            self.found("MissingAmount", "An amount is missing", f"{of.place}/{path}", "Ask the bank for the file again")
            return None
        text, currency = found.content, found.attribute("Ccy")
        try:
            value = Decimal(text)
            if not value.is_finite() or value < 0 or len(text) > 20:
                raise ValueError(text)
            return Money.of(value, currency)
        except (InvalidOperation, ValueError, LookupError):
            self.found(
                "InvalidAmount",
                "This is no amount of its currency",
                found.place,
                "Ask the bank for the file again",
                f"{text} {currency}",
            )
            return None


def entries(statement: Tree, currency: str, faults: Faults) -> tuple[tuple[BankEntry, ...], int]:
    """(the booked entries, how many are still pending)."""
    taken: list[BankEntry] = []
    pending = 0
    seen: Counter[str] = Counter()
    for entry in statement.all("Ntry"):
        if _first(entry, STATUS) not in ("", BOOKED):
            pending += 1
            continue
        booked = faults.amount(entry, "Amt")
        on = _day(entry, faults)
        side = entry.text("CdtDbtInd")
        if side not in ("CRDT", "DBIT"):
            faults.found(
                "NoSide",
                "The entry is neither credit nor debit",
                f"{entry.place}/CdtDbtInd",
                "Ask the bank for the file again",
                side,
            )
            continue
        if booked is None or on is None or not booked.minor:
            continue
        taken.extend(_entry(entry, booked, side == "CRDT", on, seen))
    return tuple(taken), pending


def _entry(entry: Tree, booked: Money, credit: bool, on: date, seen: Counter[str]) -> list[BankEntry]:
    """One entry, or the transactions of a batch when they make up its amount; charges that were kept back beside them."""
    details = list(entry.all("NtryDtls/TxDtls"))
    amounts = [_own_amount(one, booked.currency) for one in details]
    whole = len(details) < 2 or None in amounts or sum(a.minor for a in amounts if a) != booked.minor
    made: list[BankEntry] = []
    if whole:
        made.append(_one(entry, details[0] if len(details) == 1 else None, booked, credit, on, seen))
        made += _charges((entry, *details), made[0], booked.currency, credit)
    else:
        for one, amount in zip(details, amounts, strict=True):
            if amount is None or not amount.minor:
                continue
            part = _one(entry, one, amount, credit, on, seen)
            made += [part, *_charges((one,), part, booked.currency, credit)]
    return _gross(made)


def _own_amount(details: Tree, currency: str) -> Money | None:
    """What a transaction moved on this account; None when it does not say so in the currency of the account."""
    for path in ("Amt", "AmtDtls/TxAmt/Amt"):
        found = details.first(path)
        if found is not None and found.attribute("Ccy") == currency:
            return Faults().amount(details, path)
    return None


def _one(entry: Tree, details: Tree | None, amount: Money, credit: bool, on: date, seen: Counter[str]) -> BankEntry:
    of = details or entry
    reference = _first(of, STRUCTURED)
    words = [part.content for part in of.all("RmtInf/Ustrd")]
    words += [
        text
        for text in (of.text("Refs/EndToEndId"), of.text("AddtlTxInf"), entry.text("AddtlNtryInf"))
        if text != "NOTPROVIDED"
    ]
    text = " ".join(dict.fromkeys(word for word in words if word))[:500]
    party = _first(of, PARTY[credit])[:140]
    name = _first(of, NAMES) or entry.text("AcctSvcrRef") or entry.text("NtryRef")
    if not name:
        told = f"{on}|{credit}|{amount}|{party}|{reference}|{text}"
        name = "content " + hashlib.sha256(told.encode()).hexdigest()[:24]
    seen[name] += 1
    if seen[name] > 1:
        name = f"{name} no {seen[name]}"
    charge = not credit and entry.text("BkTxCd/Domn/Fmly/SubFmlyCd") in ("CHRG", "COMM", "FEES")
    return BankEntry(name[:140], credit, amount, on, party, reference.replace(" ", "").upper()[:35], text, charge)


def _charges(places: tuple[Tree, ...], of: BankEntry, currency: str, credit: bool) -> list[BankEntry]:
    """Charges that the bank took out of a credit before it booked it (ChrgInclInd): the payer paid more than was booked."""
    found: list[BankEntry] = []
    if not credit:
        return found
    for place in places:
        for path in CHARGES:
            for number, record in enumerate(place.all(path), 1):
                included = record.text("ChrgInclInd") == "true" and record.text("CdtDbtInd") != "CRDT"
                amount = Faults().amount(record, "Amt") if included else None
                if amount is not None and amount.minor and amount.currency == currency:
                    name = f"{of.name} charge {number}"
                    found.append(
                        BankEntry(name[:140], False, amount, of.booked_on, "", "", "charge kept back by the bank", True)
                    )
            if found:
                return found
    return found


def _gross(made: list[BankEntry]) -> list[BankEntry]:
    """Put what was kept back on top of the credit before it, so that both together are what was booked."""
    result: list[BankEntry] = []
    for entry in made:
        if entry.charge and entry.text == "charge kept back by the bank" and result:
            place = next(n for n in range(len(result) - 1, -1, -1) if result[n].credit)
            credited = result[place]
            result[place] = BankEntry(
                credited.name,
                True,
                credited.amount + entry.amount,
                credited.booked_on,
                credited.party,
                credited.reference,
                credited.text,
            )
        result.append(entry)
    return result


def _day(entry: Tree, faults: Faults) -> date | None:
    text = entry.text("BookgDt/Dt") or entry.text("BookgDt/DtTm") or entry.text("ValDt/Dt") or entry.text("ValDt/DtTm")
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        faults.found(
            "NoDay",
            "The entry has no day of booking",
            f"{entry.place}/BookgDt",
            "Ask the bank for the file again",
            text,
        )
        return None


def _first(of: Tree, paths: tuple[str, ...]) -> str:
    return next((text for path in paths if (text := of.text(path))), "")
