"""The treasury: what is due before release, and whether it has been paid.

Source: RKC General Annex 4.6-4.14 (payment), 3.40-3.42 (release may be separated from payment for those authorised).
"""

from __future__ import annotations

from customhouse.kernel.money import Money
from customhouse.law.book import Law
from customhouse.record.acts import Act, Due, Held, Lifted
from customhouse.record.declaration import Declaration, Hold, HoldKind, Reason, Role


def settle(declaration: Declaration, law: Law) -> tuple[Act, ...]:
    """Fix the amount due when it is new or has changed, and hold the goods until it is paid.

    Amounts whose declared method of payment is a deferment in law are still due, but do not hold the goods.
    """
    if declaration.assessed is None:
        return ()
    payable = declaration.assessed.payable
    settled = declaration.settled
    acts: list[Act] = []
    if settled is None or settled.due != payable:
        acts.append(Due(payable))
    paid = settled.paid if settled else 0
    before_release = now_payable(declaration, law)
    standing = declaration.hold(HoldKind.PAYMENT)
    if paid < before_release.minor:
        if standing is None:
            acts.append(Held(payment_hold(before_release)))
    elif standing is not None:
        acts.append(Lifted(HoldKind.PAYMENT, "Nothing is left to pay", standing.ref))
    return tuple(acts)


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
