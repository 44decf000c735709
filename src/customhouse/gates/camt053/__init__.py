"""The gate of bank statements: ISO 20022 camt.053 (BankToCustomerStatement), versions 001.02 to 001.13.

The versions differ in where a few values stand; `PLACES` names every place that is looked at, the older beside the newer.
A batch is taken apart into its transactions, charges that the bank kept back stand as entries of their own, entries that
are not booked yet are counted and left out. A statement whose entries do not lead from its opening to its closing balance
is refused: what is missing would be missing in the books.
"""

from __future__ import annotations

import re

from customhouse.gates.camt053.entries import Faults, entries
from customhouse.gates.camt053.tree import Tree, read_tree
from customhouse.kernel.money import Money
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.bank import BankStatement

__all__ = ["MAX_BYTES", "read"]

MAX_BYTES = 20 * 1024 * 1024
NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.(\d\d)")
VERSIONS = range(2, 14)
OPENING, CLOSING = ("OPBD", "PRCD"), ("CLBD",)


def read(data: bytes) -> tuple[BankStatement, ...]:
    """The statements in a file. Raises Refusal with every problem and its place; then nothing of the file counts."""
    if len(data) > MAX_BYTES:
        raise Refusal(
            [Problem("TooLarge", f"A bank file has at most {MAX_BYTES} bytes", "", "Ask the bank for smaller files")]
        )
    root = read_tree(data)
    found = NAMESPACE.fullmatch(root.namespace)
    if root.name != "Document" or found is None or int(found[1]) not in VERSIONS:
        hint = "Ask the bank for camt.053, version 001.02 or later"
        raise Refusal(
            [
                Problem(
                    "NotAStatement",
                    "This is no statement of ISO 20022 camt.053",
                    "/Document",
                    hint,
                    root.namespace[:60],
                )
            ]
        )
    faults = Faults()
    statements = tuple(_statement(one, faults) for one in root.all("BkToCstmrStmt/Stmt"))
    if not statements and not faults.problems:
        faults.found(
            "NoStatement", "The file holds no statement", "/Document/BkToCstmrStmt", "Check that this is the file meant"
        )
    if faults.problems:
        raise Refusal(faults.problems)
    return statements


def _statement(one: Tree, faults: Faults) -> BankStatement:
    account = one.text("Acct/Id/IBAN") or one.text("Acct/Id/Othr/Id")
    if not account:
        faults.found(
            "NoAccount",
            "The statement names no account",
            f"{one.place}/Acct/Id",
            "Ask the bank for the account's IBAN in it",
        )
    name = "/".join(part for part in (one.text("Id"), one.text("ElctrncSeqNb") or one.text("LglSeqNb")) if part)
    if not name:
        faults.found(
            "NoIdentification",
            "The statement has no identification",
            f"{one.place}/Id",
            "Ask the bank for the file again",
        )
    balances = _balances(one, faults)
    opening = next((balances[code] for code in OPENING if code in balances), None)
    closing = next((balances[code] for code in CLOSING if code in balances), None)
    currency = one.text("Acct/Ccy") or next((m.currency for m in balances.values()), "")
    taken, pending = entries(one, currency, faults)
    currency = currency or (taken[0].amount.currency if taken else "")
    if any(e.amount.currency != currency for e in taken):
        faults.found(
            "MixedCurrencies",
            "Entries are in another currency than the account",
            f"{one.place}/Ntry",
            "Ask the bank for one statement per account and currency",
        )
    made = BankStatement(
        account[:34], name[:140], currency, taken,
        opening.minor if opening else None, closing.minor if closing else None, pending,
    )  # fmt: skip
    if opening and closing and not faults.problems and opening.minor + made.moved != closing.minor:
        differs = Money(closing.minor - opening.minor - made.moved, currency)
        faults.found(
            "StatementDoesNotAddUp",
            f"The entries do not lead from the opening to the closing balance; {differs} are missing",
            one.place,
            "Ask the bank for the whole statement",
        )
    return made


def _balances(one: Tree, faults: Faults) -> dict[str, Money]:
    """Balances by their code; below zero when the account is in debit."""
    found: dict[str, Money] = {}
    for balance in one.all("Bal"):
        code = balance.text("Tp/CdOrPrtry/Cd")
        amount = faults.amount(balance, "Amt")
        if amount is not None:
            found.setdefault(code, -amount if balance.text("CdtDbtInd") == "DBIT" else amount)
    return found
