"""The books on a real PostgreSQL: posted once, always balanced, never over a ceiling, and tied to the record."""

from __future__ import annotations

import json
import threading
import uuid
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError, IntegrityError
from papers import BROKER, RED, deferring, green, paper, reference, rows

from customhouse.clearance import charge
from customhouse.clearance.invalidate import invalidate
from customhouse.clearance.lodge import lodge
from customhouse.clearance.settle import pay
from customhouse.kernel.money import Money
from customhouse.offices.treasury.events import RECEIPTS, Line, Of, journal
from customhouse.record.account import Account, AccountKind, Charge, Journal, Posting, UnbalancedJournal
from customhouse.record.declaration import HoldKind, Role, Stage
from customhouse.registry import booking, files, treasury
from customhouse.registry.treasury import GuaranteeExhausted, UnknownAccount, open_facility, post

pytestmark = pytest.mark.usefixtures("house")
AT = datetime(2026, 11, 25, 9, tzinfo=UTC)
K = AccountKind


def number() -> str:
    """The number of a declaration that is not there."""
    return str(10**15 + uuid.uuid4().int % 10**15)


def moved(event: str, debit: str, credit: str, minor: int) -> Journal:
    receipt = f"T{number()}" if event in RECEIPTS else ""
    of = Of(f"test {uuid.uuid4()}", AT, "test", "USD")
    made = journal(event, [Line(debit, credit, minor)], of, receipt=receipt)
    assert made is not None
    return made


def balance(kind: AccountKind, key: str) -> int:
    found = rows("select balance from account where kind = %s and key = %s", kind.value, key)
    return int(found[0][0]) if found else 0


def booked(declaration: int) -> list[tuple[str, str, str, int]]:
    """(event, kind, key, amount) of everything booked of a declaration."""
    return rows(
        "select j.event, a.kind, a.key, p.amount from journal j join posting p on p.journal = j.id "
        "join account a on a.id = p.account where j.declaration = %s order by j.id, p.amount desc, a.key",
        declaration,
    )


# --- posting ----------------------------------------------------------------------------------------------------------


def test_a_journal_moves_an_amount_and_is_posted_once():
    key = number()
    one = moved("paid_cash", key, key, 1250)
    assert post([one, one]) == 1
    assert post([one]) == 0
    assert balance(K.CASH, key) == 1250 and balance(K.RECEIVABLE, key) == -1250


def test_a_journal_that_does_not_add_up_is_none():
    with pytest.raises(UnbalancedJournal, match="does not add up to zero"):
        Journal("x", "paid_cash", AT, "test", (Posting(Account(K.CASH, "1", "USD"), 5),))


def test_the_database_refuses_a_journal_that_does_not_add_up_or_is_empty():
    post([moved("paid_cash", "drawer-x", number(), 1)])
    account = rows("select id from account where kind = 'cash' and key = 'drawer-x'")[0][0]
    head = "insert into journal (source, event, trader, at, by, text) values (%s, 'x', '', now(), 't', '') returning id"
    with pytest.raises(DatabaseError, match="does not add up to zero: 5 USD"), transaction.atomic():
        made = rows(head, str(uuid.uuid4()))[0][0]
        with connection.cursor() as cursor:
            cursor.execute(
                "insert into posting (account, number, journal, trader, amount, balance) values (%s, 99999, %s, '', 5, 6)",
                [account, made],
            )
    with pytest.raises(DatabaseError, match="has no postings"), transaction.atomic():
        rows(head, str(uuid.uuid4()))


@pytest.mark.parametrize("table", ["journal", "posting", "payment_order", "bank_entry", "claim", "account_ceiling"])
def test_what_is_booked_is_final(table):
    for statement in (f"update {table} set trader = 'me'", f"delete from {table}"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


# --- ceilings ---------------------------------------------------------------------------------------------------------


def opened(ceiling: int, kind: AccountKind = K.DEFERMENT) -> tuple[str, str]:
    """A fresh trader and its account."""
    trader = f"XM{uuid.uuid4().hex[:10].upper()}"
    open_facility(kind, "ACC1", trader, Money(ceiling, "USD"), by="test", at=AT, reason="test")
    return trader, f"{trader}/ACC1"


def test_nobody_draws_over_a_ceiling_and_nothing_is_left_of_the_attempt():
    _, key = opened(1000)
    post([moved("deferred", key, number(), 700)])
    with pytest.raises(GuaranteeExhausted, match=r"has 3.00 USD left, 4.00 USD are asked for"):
        post([moved("deferred", key, number(), 400), moved("paid_cash", key, number(), 5)])
    assert balance(K.DEFERMENT, key) == 700 and balance(K.CASH, key) == 0
    post([moved("deferred", key, number(), 300)])
    assert balance(K.DEFERMENT, key) == 1000


def test_an_account_that_was_never_given_cannot_be_drawn_on():
    with pytest.raises(UnknownAccount, match="no deferment account XM1/none"):
        post([moved("deferred", "XM1/none", number(), 1)])


def test_a_limit_is_not_lowered_under_what_is_drawn_and_every_change_is_kept():
    trader, key = opened(1000)
    post([moved("deferred", key, number(), 700)])
    with pytest.raises(ValueError, match="drawn already"):
        open_facility(K.DEFERMENT, "ACC1", trader, Money(600, "USD"), by="test", at=AT, reason="less")
    open_facility(K.DEFERMENT, "ACC1", trader, Money(800, "USD"), by="test", at=AT, reason="less")
    assert treasury.facilities(K.DEFERMENT, [trader])[0].left == Money(100, "USD")
    kept = "select c.ceiling, c.reason from account_ceiling c where trader = %s order by number"
    assert rows(kept, trader) == [(1000, "test"), (800, "less")]
    with pytest.raises(IntegrityError), transaction.atomic():
        rows("update account set ceiling = 1 where key = %s returning id", key)


def test_many_at_once_on_one_account_stop_at_its_ceiling():
    """Eight who defer at once: exactly as many as fit, no ring, and revenue is right to the cent."""
    _, key = opened(100 * 7)
    faults: list[BaseException] = []
    taken: list[int] = []
    tax = f"T{uuid.uuid4().hex[:6]}"

    def many(me: int) -> None:
        try:
            for _ in range(20):
                name = number()
                both = [moved("assessed", name, tax, 7), moved("deferred", key, name, 7)]
                try:
                    post(both if me % 2 else both[::-1])
                except GuaranteeExhausted:
                    continue
                taken.append(7)
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=many, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == [] and not any(t.is_alive() for t in threads)
    assert balance(K.DEFERMENT, key) == 700 and len(taken) == 100
    assert balance(K.REVENUE, tax) == -700


# --- from the record --------------------------------------------------------------------------------------------------


def test_what_is_due_and_paid_is_booked_once_whoever_books_it():
    d = green()
    assert d.settled is not None
    due = d.settled.due.minor
    while booking.book_news():
        pass
    assert sum(amount for _e, kind, _k, amount in booked(d.id) if kind == "receivable") == due
    after = pay(d.id, d.settled.due, "cash", by="cashier", role=Role.CASHIER)
    assert after.stage is Stage.RELEASED
    once = booked(d.id)
    assert [event for event, kind, _k, _a in once if kind == "receivable"] == ["assessed", "paid_cash"]
    assert balance(K.RECEIVABLE, str(d.id)) == 0
    while booking.book_news():
        pass
    assert booked(d.id) == once and booking.waiting() == 0


def test_a_person_who_is_first_books_what_the_fast_intake_left():
    d = green()
    assert booked(d.id) == [] and d.settled is not None
    pay(d.id, Money(100, "USD"), "card", by="cashier", role=Role.CASHIER)
    assert {event for event, *_ in booked(d.id)} == {"assessed", "paid_announced"}
    assert balance(K.AWAITED, str(d.id)) == 100
    assert balance(K.RECEIVABLE, str(d.id)) == d.settled.due.minor - 100


def test_nothing_is_owed_on_what_was_invalidated_and_what_was_paid_stands_for_the_trader():
    d = green()
    pay(d.id, Money(100, "USD"), "cash", by="cashier", role=Role.CASHIER)
    invalidate(d.id, "sent twice", by="broker", role=Role.BROKER)
    assert balance(K.RECEIVABLE, str(d.id)) == -100
    assert {kind: sum(a for _e, k, _x, a in booked(d.id) if k == kind) for kind in ("revenue", "cash")} == {
        "revenue": 0,
        "cash": 100,
    }


# --- deferment and guarantee ------------------------------------------------------------------------------------------


def test_goods_go_before_payment_when_the_trader_may_defer():
    trader, key = opened(1_000_000)
    d = deferring("ACC1", trader)
    assert d.stage is Stage.RELEASED and d.settled is not None
    assert d.settled.outstanding.minor == 0 and d.settled.charged == d.settled.due.minor > 0
    assert d.charges == (Charge(K.DEFERMENT, "ACC1", trader, d.settled.due),)
    assert balance(K.DEFERMENT, key) == d.settled.due.minor
    assert balance(K.RECEIVABLE, str(d.id)) == 0


def test_a_limit_that_is_used_up_holds_the_goods_until_it_is_raised():
    trader, key = opened(10)
    d = deferring("ACC1", trader)
    (hold,) = d.holds
    assert hold.key == (HoldKind.PAYMENT, "deferment") and hold.reasons[0].rule == "GuaranteeExhausted"
    assert f"The deferment account ACC1 of {trader} has 0.10 USD left" in hold.reasons[0].text
    assert balance(K.DEFERMENT, key) == 0 and d.charges == ()
    open_facility(K.DEFERMENT, "ACC1", trader, Money(10**9, "USD"), by="test", at=AT, reason="raised")
    assert charge.retry(K.DEFERMENT, trader) == 1  # the only one that waits for it
    assert files.get(d.id).stage is Stage.RELEASED


def test_what_cannot_be_deferred_can_be_paid():
    d = deferring("ACC1", "XMNOBODY001")
    (hold,) = d.holds
    assert hold.reasons[0].rule == "UnknownAccount" and d.settled is not None
    after = pay(d.id, d.settled.outstanding, "cash", by="cashier", role=Role.CASHIER)
    assert after.stage is Stage.RELEASED and after.charges == ()


def test_another_traders_account_is_not_charged():
    rich, key = opened(10**9)
    d = deferring("ACC1", "XMPOOR00001")
    assert rich not in str(d.holds) and d.holds[0].reasons[0].rule == "UnknownAccount"
    assert balance(K.DEFERMENT, key) == 0


def test_what_was_deferred_comes_back_when_the_declaration_is_withdrawn_before_release():
    trader, key = opened(10**9)
    told = json.loads(paper(reference(), example=RED))
    told["authorisation_holders"] = [{"category": "DPO", "id": trader}]
    for item in told["goods_shipment"]["items"]:
        item["commodity"]["duties"] = [{"type": "A00", "payment": {"method": "E"}}]
    d = lodge(json.dumps(told).encode(), by=BROKER).declaration
    assert d is not None and d.settled is not None and d.settled.charged == balance(K.DEFERMENT, key) > 0
    assert {h.kind for h in d.holds} == {HoldKind.INSPECTION}
    after = invalidate(d.id, "goods never came", by="officer", role=Role.OFFICER)
    assert after.charges == () and balance(K.DEFERMENT, key) == 0 == balance(K.RECEIVABLE, str(d.id))


def test_each_journal_names_its_declaration_and_act():
    d = green()
    pay(d.id, Money(100, "USD"), "cash", by="cashier", role=Role.CASHIER)
    found = rows(
        "select source, declaration, act, trader, receipt from journal where declaration = %s order by id", d.id
    )
    assert [f"act {declaration}.{act}" for _s, declaration, act, *_ in found] == [source for source, *_ in found]
    assert {trader for *_, trader, _r in found} == {BROKER}
    assert [receipt != "" for *_, receipt in found] == [False, True]
