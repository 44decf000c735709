"""Payment orders and the bank: money that comes in finds what it is for, or waits for the cashier; the books stay right."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime

import pytest
from papers import BROKER, deferring, green, rows
from test_treasury import balance, opened

from camt_samples import E, statement
from customhouse.clearance import order, reconcile
from customhouse.clearance.settle import pay, reverse
from customhouse.kernel.money import Money
from customhouse.kernel.problem import Refusal
from customhouse.record.account import AccountKind as K
from customhouse.record.declaration import Declaration, Role, Stage
from customhouse.record.flow import NotPermitted
from customhouse.registry import bank, booking, files, orders, treasury_audit
from customhouse.registry.treasury import Overdrawn, open_facility

pytestmark = pytest.mark.usefixtures("house")
WHO = {"by": "cashier", "role": Role.CASHIER}


@pytest.fixture(autouse=True)
def sound_afterwards(house):
    """Whatever a test does, the books are right after it."""
    yield
    while booking.book_news():
        pass
    assert treasury_audit.audit().wrong == []


def owed(d: Declaration) -> Money:
    assert d.settled is not None
    return d.settled.outstanding


def take(*entries: E, name: str = "") -> list[reconcile.Result]:
    return reconcile.take(statement(*entries, name=name), **WHO)


def test_an_order_for_two_declarations_is_paid_by_one_transfer_with_its_reference():
    one, two = green(), green()
    asked = order.order(BROKER, [one.id, two.id], by="broker")
    total = owed(one) + owed(two)
    assert asked.amount == asked.open == total and [line.declaration for line in asked.lines] == [one.id, two.id]
    ((result),) = take(E(str(total.amount), reference=asked.reference.grouped))
    assert result.outcomes[0].left.minor == 0 and result.outcomes[0].placed == (asked.reference,)
    assert {files.get(n.id).stage for n in (one, two)} == {Stage.RELEASED}
    assert orders.get(asked.reference).open.minor == 0


def test_a_part_is_put_on_what_comes_first_and_what_is_over_stays():
    d = green()
    ((result),) = take(E("1.00", text=f"duties for {d.mrn} thanks"))
    assert result.outcomes[0].placed == (d.mrn,) and owed(files.get(d.id)).minor == owed(d).minor - 100
    more = owed(d).minor + 500
    ((result),) = take(E(f"{more / 100:.2f}", text=d.mrn))
    assert files.get(d.id).stage is Stage.RELEASED and result.outcomes[0].left == Money(600, "USD")
    assert result.outcomes[0].kept.id in {kept.id for kept in bank.unallocated()}


def test_an_unknown_payer_waits_for_the_cashier_who_places_it_or_sends_it_back():
    ((result),) = take(E("50.00", text="hello", party="Nobody"), E("20.00", text="coins", party="Treasury"))
    first, second = (o.kept.id for o in result.outcomes)
    d = green()
    due = owed(d).minor
    reconcile.place_on_declaration(first, d.id, **WHO)
    assert bank.get(first).left.minor == max(0, 5000 - due)
    reconcile.place_elsewhere(first, "returned", f"entry {first}", by="cashier")
    assert bank.get(first).left.minor == 0
    before = balance(K.CASH, "drawer")
    reconcile.place_elsewhere(second, "banked", "drawer", by="cashier")
    assert balance(K.CASH, "drawer") == before - 2000
    with pytest.raises(KeyError):
        reconcile.place_elsewhere(second, "assessed", "x", by="cashier")


def test_the_same_money_is_not_placed_twice():
    ((result),) = take(E("5.00", party="Nobody"))
    number = result.outcomes[0].kept.id
    d = green()
    with pytest.raises(Overdrawn):
        pay(d.id, Money(501, "USD"), "bank", reference=str(number), **WHO)
    assert owed(files.get(d.id)) == owed(d)


def test_a_statement_or_an_entry_that_comes_again_is_recognised():
    name, twice = uuid.uuid4().hex[:10], uuid.uuid4().hex[:16]
    take(E("5.00", name=twice, party="Nobody"), name=name)
    again = take(E("5.00", name=twice, party="Nobody"), name=name)[0].taken
    assert again.again and again.new == ()
    other = take(E("5.00", name=twice, party="Nobody"), E("6.00", party="Nobody"))[0].taken
    assert other.repeated == 1 and [kept.entry.amount.minor for kept in other.new] == [600]


def test_a_payment_that_was_announced_meets_its_money():
    d = green()
    amount = owed(d)
    pay(d.id, amount, "card", by="cashier", role=Role.CASHIER)
    assert balance(K.AWAITED, str(d.id)) == amount.minor
    ((result),) = take(E(str(amount.amount), text=d.mrn))
    assert balance(K.AWAITED, str(d.id)) == 0 and result.outcomes[0].left.minor == 0


def test_charges_and_payouts_of_the_bank_are_booked():
    iban = f"XM{uuid.uuid4().hex[:12].upper()}"
    data = statement(
        E("95.00", charge="5.00", party="Nobody"), E("30.00", side="DBIT", text="CLAIM-77", party="Somebody"), iban=iban
    )
    reconcile.take(data, **WHO)
    assert balance(K.BANK, iban) == 9500 - 3000 and balance(K.BANK_CHARGE, iban) == 500
    assert rows("select count(*) from account where kind = 'payout' and key = 'claim 77'") == [(1,)]


def test_an_amount_and_a_name_are_enough_when_only_one_order_fits():
    d = green()
    pay(d.id, Money(owed(d).minor % 97 + 1, "USD"), "cash", **WHO)  # an amount that no other order has
    asked = order.order(BROKER, [d.id], by="broker")
    fits = [o for o in orders.of() if o.open == asked.open]
    ((result),) = take(E(str(asked.open.amount), party="HARBOUR BROKERS LTD"))
    assert (result.outcomes[0].placed == (asked.reference,)) is (len(fits) == 1)
    assert (files.get(d.id).stage is Stage.RELEASED) is (len(fits) == 1)


def test_a_bad_file_leaves_nothing():
    before = rows("select count(*) from bank_statement")
    with pytest.raises(Refusal):
        reconcile.take(statement(E("5.00"), closing="99.00"), **WHO)
    assert rows("select count(*) from bank_statement") == before


# --- the month of a deferment account ---------------------------------------------------------------------------------


def test_a_month_of_deferment_is_ordered_once_and_paid():
    trader, key = opened(10**9)
    d = deferring("ACC1", trader)
    assert d.settled is not None
    month = datetime.now(UTC).date().replace(day=1)
    asked = order.order_month(trader, "ACC1", month, by="cashier")
    assert asked is not None and asked.amount == d.settled.due and asked.due_on.day == 15
    assert order.order_month(trader, "ACC1", month, by="cashier") == asked
    assert order.order_month(trader, "ACC1", date(2020, 1, 1), by="cashier") is None
    half = asked.amount.minor // 2
    order.pay_order(asked.reference, Money(half, "USD"), "cash", **WHO)
    assert balance(K.DEFERMENT, key) == asked.amount.minor - half == orders.get(asked.reference).open.minor
    ((result),) = take(E(str(asked.amount.amount), reference=asked.reference))
    assert balance(K.DEFERMENT, key) == 0 and result.outcomes[0].left.minor == half


def test_paying_a_month_sets_free_what_waits_for_the_account():
    trader, _ = opened(10**9)
    d = deferring("ACC1", trader)
    assert d.settled is not None
    due = d.settled.due
    open_facility(K.DEFERMENT, "ACC1", trader, due, by="test", at=datetime.now(UTC), reason="test")
    waiting = deferring("ACC1", trader)
    assert waiting.stage is not Stage.RELEASED
    asked = order.order_month(trader, "ACC1", datetime.now(UTC).date().replace(day=1), by="cashier")
    assert asked is not None
    order.pay_order(asked.reference, asked.amount, "cash", **WHO)
    assert files.get(waiting.id).stage is Stage.RELEASED


def test_an_order_is_for_ones_own_and_for_what_is_owed():
    d = green()
    with pytest.raises(ValueError, match="another's"):
        order.order("XM999", [d.id], by="x")
    pay(d.id, owed(d), "cash", **WHO)
    with pytest.raises(ValueError, match="nothing to pay"):
        order.order(BROKER, [d.id], by="x")


# --- taken back -------------------------------------------------------------------------------------------------------


def test_a_receipt_can_be_voided_and_the_debt_stands_again():
    d = green()
    paid = pay(d.id, Money(100, "USD"), "card", by="cashier", role=Role.CASHIER)
    assert paid.settled is not None
    number = paid.settled.receipts[0].number
    after = reverse(d.id, number, "recalled by the payer's bank", **WHO)
    assert owed(after) == owed(d) and balance(K.AWAITED, str(d.id)) == 0
    with pytest.raises(NotPermitted, match=r"no receipt|nothing has been paid"):
        reverse(d.id, number, "again", **WHO)
    with pytest.raises(NotPermitted, match="may not do this"):
        reverse(d.id, number, "mine", by="broker", role=Role.BROKER)


def test_money_put_on_the_wrong_declaration_goes_back_to_the_cashier():
    ((result),) = take(E("1.00", party="Nobody"))
    number = result.outcomes[0].kept.id
    d = green()
    reconcile.place_on_declaration(number, d.id, **WHO)
    assert bank.get(number).left.minor == 0
    settled = files.get(d.id).settled
    assert settled is not None
    reverse(d.id, settled.receipts[-1].number, "another's money", **WHO)
    assert bank.get(number).left == Money(100, "USD")
