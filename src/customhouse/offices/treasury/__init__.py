"""The treasury: what is due before release, whether it has been paid, and what a trader's account stands for.

Source: RKC General Annex 4.6-4.14 (payment), 4.15-4.17 (deferred payment), 5 (security), 3.40-3.42 (release may be
separated from payment for those authorised).
"""

from __future__ import annotations

import msgspec

from customhouse.kernel.money import Money
from customhouse.law.book import Law
from customhouse.record.account import AccountKind, Charge
from customhouse.record.acts import Act, Due, Held, Lifted
from customhouse.record.declaration import Declaration, Hold, HoldKind, Reason, Role
from customhouse.record.lodgement import Lodgement

# How a declaration names a trader's account: the document that stands for a deferment account (EU and UK code list of
# supporting documents, C506) and the authorisations under which their holder defers or guarantees (DPO, CGU).
DEFERMENT_DOCUMENT = "C506"
AUTHORISATIONS = {AccountKind.DEFERMENT: "DPO", AccountKind.GUARANTEE: "CGU"}
EXHAUSTED, UNKNOWN_ACCOUNT = "GuaranteeExhausted", "UnknownAccount"


class Wanted(msgspec.Struct, frozen=True):
    """A charge that a declaration asks for: `minor` units in all on one of the accounts called `numbers` (empty: the
    trader's only one) of one of the `holders`, the first that has one."""

    kind: AccountKind
    minor: int
    numbers: tuple[str, ...]
    holders: tuple[str, ...]


def settle(declaration: Declaration, law: Law) -> tuple[Act, ...]:
    """Fix the amount due when it is new or has changed, and hold the goods until it is paid.

    What is deferred, and what a guarantee must cover, waits for the trader's account instead of a payment (a hold of kind
    account): it is charged by `clearance.charge`, where the accounts are. An account that could not be charged leaves a
    hold for payment, which is not asked again before a person has lifted it or the amount has changed.
    """
    if declaration.assessed is None:
        return ()
    payable = declaration.assessed.payable
    settled = declaration.settled
    acts: list[Act] = []
    if settled is None or settled.due != payable:
        acts.append(Due(payable))
    paid = settled.paid if settled else 0
    asked = wanted(declaration, law)
    for one in asked:
        acts.extend(_of_account(declaration, one))
    deferred = sum(one.minor for one in asked if one.kind is AccountKind.DEFERMENT)
    in_money = payable.minor - deferred
    standing = next((h for h in declaration.holds if h.key == (HoldKind.PAYMENT, "")), None)
    if paid < in_money:
        if standing is None:
            acts.append(Held(payment_hold(Money(in_money, payable.currency))))
    elif standing is not None:
        acts.append(Lifted(HoldKind.PAYMENT, "Nothing is left to pay", standing.ref))
    return tuple(acts)


def _of_account(declaration: Declaration, one: Wanted) -> tuple[Act, ...]:
    """Wait for the account when more or less must stand on it than does; nothing more when it was asked in vain."""
    ref, charged = one.kind.value, declaration.charged(one.kind)
    refused = any(h.key == (HoldKind.PAYMENT, ref) for h in declaration.holds)
    waiting = any(h.key == (HoldKind.ACCOUNT, ref) for h in declaration.holds)
    if charged == one.minor:
        acts = [Lifted(HoldKind.PAYMENT, "Nothing is left to pay", ref)] if refused else []
        if waiting:
            acts.append(Lifted(HoldKind.ACCOUNT, "Nothing is left to pay", ref))
        return tuple(acts)
    if waiting or (refused and one.minor > charged):
        return ()
    return (Held(waits_for(one.kind)),)


def wanted(declaration: Declaration, law: Law) -> tuple[Wanted, ...]:
    """What must stand on the trader's accounts for this declaration: one charge of each kind, also where it is nothing.

    Deferred is what the law lets the declared method of payment defer, less what was paid in money all the same.
    Guaranteed is what must be secured by a guarantee and for which one was declared.
    """
    assessed = declaration.assessed
    if assessed is None:
        return ()
    paid = declaration.settled.paid if declaration.settled else 0
    deferred = assessed.payable.minor - now_payable(declaration, law).minor
    deferred = max(0, min(deferred, assessed.payable.minor - paid))
    lodged = declaration.lodged
    owed = sum(s.amount.minor for s in assessed.securities if not s.type) if lodged.guarantees else 0
    documents = (*lodged.documents, *(p for item in lodged.items for p in item.documents))
    accounts = tuple(dict.fromkeys(p.id for p in documents if p.code == DEFERMENT_DOCUMENT and p.id))
    references = tuple(dict.fromkeys(g.reference or g.id for g in lodged.guarantees if g.reference or g.id))
    return (
        Wanted(AccountKind.DEFERMENT, deferred, accounts, _holders(lodged, AccountKind.DEFERMENT)),
        Wanted(AccountKind.GUARANTEE, owed, references, _holders(lodged, AccountKind.GUARANTEE)),
    )


def _holders(lodged: Lodgement, kind: AccountKind) -> tuple[str, ...]:
    """Whose account it may be: the authorisation holder named, else the importer, else the declarant."""
    named = [a.id for a in lodged.authorisation_holders if a.category == AUTHORISATIONS[kind]]
    importer = lodged.goods_shipment.importer
    found = (*named, importer.id if importer else "", lodged.declarant_id)
    return tuple(dict.fromkeys(number for number in found if number))


def now_payable(declaration: Declaration, law: Law) -> Money:
    """That part of the payable amount which the law wants before release (not deferred)."""
    assessed = declaration.assessed
    if assessed is None:
        return Money(0, law.currency)
    minor = sum([d.payable.minor for d in assessed.duties if not law.is_deferred(d.payment_method)])
    return Money(minor, assessed.payable.currency)


def payment_hold(amount: Money) -> Hold:
    text = f"{amount.amount} {amount.currency} must be paid or secured before release"
    return Hold(HoldKind.PAYMENT, "", (Role.CASHIER, Role.SUPERVISOR), (Reason("payment", text),))


def waits_for(kind: AccountKind) -> Hold:
    """The hold of a declaration whose charge has not been answered yet; the house answers it by itself."""
    text = f"The {kind.value} account is about to be charged"
    return Hold(HoldKind.ACCOUNT, kind.value, (), (Reason(f"account-{kind.value}", text),))


def exhausted(asked: Money, left: Money, charge: Charge) -> Hold:
    """The account does not cover the charge: pay in money, settle what is open, or have the limit raised."""
    text = f"The {charge.kind.value} account {charge.account} of {charge.holder} has {left} left; {asked} are asked for"
    return _refused(charge.kind, Reason(EXHAUSTED, text))


def unknown_account(one: Wanted) -> Hold:
    """No account of these parties may be charged: the trader is not authorised, or names an account that is not its own."""
    named = ", ".join(one.numbers)
    holders = ", ".join(one.holders)
    if named:
        text = f"No {one.kind.value} account {named} is open for {holders}"
    else:
        text = f"No {one.kind.value} account is open for {holders}"
    return _refused(one.kind, Reason(UNKNOWN_ACCOUNT, text))


def refuse(waiting: Hold, hold: Hold) -> tuple[Act, ...]:
    """The account could not be charged: the waiting ends, and the payment is waited for instead."""
    return Held(hold), Lifted(waiting.kind, "The account could not be charged", waiting.ref)


def _refused(kind: AccountKind, reason: Reason) -> Hold:
    return Hold(HoldKind.PAYMENT, kind.value, (Role.CASHIER, Role.SUPERVISOR), (reason,))
