"""Money back and money online: two persons for a claim, a signature for a message, and the books right after both."""

from __future__ import annotations

import time

import pytest
from papers import BROKER, green
from test_treasury import balance

from camt_samples import E, statement
from customhouse.clearance import online, order, reconcile, refund
from customhouse.clearance.invalidate import invalidate
from customhouse.clearance.settle import pay
from customhouse.gates.payment import SIGNATURE, BadMessage, sign
from customhouse.kernel.money import Money
from customhouse.record.account import AccountKind as K
from customhouse.record.declaration import Declaration, Role, Stage
from customhouse.registry import booking, claims, files, treasury_audit
from customhouse.registry.claims import ClaimRefused

pytestmark = pytest.mark.usefixtures("house")
WHO = {"by": "cashier", "role": Role.CASHIER}


@pytest.fixture(autouse=True)
def sound_afterwards(house):
    yield
    while booking.book_news():
        pass
    assert treasury_audit.audit().wrong == []


def released() -> Declaration:
    d = green()
    assert d.settled is not None
    return pay(d.id, d.settled.due, "cash", **WHO)


def test_a_refund_is_claimed_granted_by_another_and_paid_out_by_the_bank():
    d = released()
    tax, minor = next(iter(refund.left_of(d).items()))
    before = balance(K.REVENUE, tax)
    claim = refund.claim("refund", d.id, {tax: minor}, "goods were not as ordered", by="broker")
    with pytest.raises(ClaimRefused, match="somebody else decides"):
        refund.decide(claim.id, grant=True, reason="fine", by="broker")
    with pytest.raises(ClaimRefused, match="only a granted claim"):
        refund.send(claim.id, by="cashier")
    assert refund.decide(claim.id, grant=True, reason="section 44", by="supervisor").state == "granted"
    assert balance(K.REVENUE, tax) == before + minor and balance(K.REFUND, f"claim {claim.id}") == -minor
    with pytest.raises(ClaimRefused, match="has been decided"):
        refund.decide(claim.id, grant=False, reason="changed my mind", by="supervisor")
    assert refund.send(claim.id, by="cashier").state == "sent"
    reconcile.take(statement(E(f"{minor / 100:.2f}", side="DBIT", text=f"CLAIM-{claim.id}")), **WHO)
    assert balance(K.PAYOUT, f"claim {claim.id}") == 0 == balance(K.REFUND, f"claim {claim.id}")


def test_no_more_is_claimed_than_was_paid_and_not_twice():
    d = released()
    tax, minor = next(iter(refund.left_of(d).items()))
    with pytest.raises(ClaimRefused, match="more is claimed"):
        refund.claim("drawback", d.id, {tax: minor + 1}, "re-exported", by="broker")
    first = refund.claim("drawback", d.id, {tax: minor}, "re-exported", by="broker")
    with pytest.raises(ClaimRefused, match="more is claimed"):
        refund.claim("refund", d.id, {tax: 1}, "again", by="broker")
    refund.decide(first.id, grant=False, reason="no proof of export", by="supervisor")
    assert refund.left_of(d)[tax] == minor
    with pytest.raises(ClaimRefused, match="needs a reason"):
        refund.claim("refund", d.id, {tax: 1}, " ", by="broker")
    with pytest.raises(ClaimRefused, match="nothing to claim"):
        refund.claim("refund", d.id, {}, "x", by="broker")


def test_what_was_paid_on_a_withdrawn_declaration_is_paid_back():
    d = green()
    pay(d.id, Money(100, "USD"), "cash", **WHO)
    with pytest.raises(ClaimRefused, match="released or invalidated"):
        refund.claim("repayment", d.id, {}, "too early", by="broker")
    invalidate(d.id, "sent twice", by="broker", role=Role.BROKER)
    claim = refund.claim("repayment", d.id, {}, "declaration withdrawn", by="broker")
    assert claim.amount == Money(100, "USD")
    with pytest.raises(ClaimRefused, match="nothing to claim"):
        refund.claim("repayment", d.id, {}, "again", by="broker")
    refund.decide(claim.id, grant=True, reason="withdrawn", by="supervisor")
    assert balance(K.RECEIVABLE, str(d.id)) == 0
    assert refund.overpaid(files.get(d.id)) == 0 and claims.get(claim.id).state == "granted"


# --- payment providers ------------------------------------------------------------------------------------------------


def begun() -> tuple[Declaration, str, Money]:
    """A declaration, and its payment begun at the stand-in."""
    d = green()
    asked = order.order(BROKER, [d.id], by="broker")
    page = online.begin(asked.reference, "demo", by="broker")
    assert page.startswith("/pay?id=P")
    return d, page.partition("=")[2], asked.open


def test_a_signed_message_pays_the_order_once():
    d, payment, amount = begun()
    body, headers = online.stand_in().message(payment, amount, paid=True, at=int(time.time()))
    assert online.take("demo", body, headers) is True
    assert files.get(d.id).stage is Stage.RELEASED
    assert online.take("demo", body, headers) is False
    settled = files.get(d.id).settled
    assert settled is not None and [r.method for r in settled.receipts] == ["online"]


def test_a_payment_that_failed_pays_nothing_and_may_still_come_true():
    d, payment, amount = begun()
    for paid in (False, True):
        body, headers = online.stand_in().message(payment, amount, paid=paid, at=int(time.time()))
        assert online.take("demo", body, headers) is True
        assert (files.get(d.id).stage is Stage.RELEASED) is paid


def test_a_payment_that_comes_twice_is_kept_for_the_cashier():
    d, payment, amount = begun()
    pay(d.id, amount, "cash", **WHO)
    body, headers = online.stand_in().message(payment, amount, paid=True, at=int(time.time()))
    assert online.take("demo", body, headers)
    assert balance(K.UNALLOCATED, f"online {payment}") == -amount.minor


@pytest.mark.parametrize(
    "wrong", ["no signature", "another key", "another body", "old", "amount", "payment", "provider", "no JSON"]
)
def test_a_message_that_cannot_be_believed_does_nothing(wrong):
    d, payment, amount = begun()
    provider, now = online.stand_in(), int(time.time())
    body, headers = provider.message(payment, amount, paid=True, at=now - (400 if wrong == "old" else 0))
    match wrong:
        case "no signature":
            headers = {}
        case "another key":
            headers = {SIGNATURE: sign(b"guessed", body, now)}
        case "another body":
            body = body.replace(b"payment.paid", b"payment.paid ")
        case "amount":
            body, headers = provider.message(payment, Money(1, "USD"), paid=True, at=now)
        case "payment":
            body, headers = provider.message("Pnone", amount, paid=True, at=now)
        case "no JSON":
            body = b"paid!"
            headers = {SIGNATURE: sign(provider._key, body, now)}
    with pytest.raises(BadMessage):
        online.take("other" if wrong == "provider" else "demo", body, headers)
    assert files.get(d.id).stage is not Stage.RELEASED
