"""The audit of the books: silent when they are right, and each of its checks finds an error planted for it."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import psycopg
import pytest
from papers import green

from customhouse.clearance.settle import pay
from customhouse.kernel.money import Money
from customhouse.record.declaration import Declaration, Role
from customhouse.registry import booking, treasury_audit

pytestmark = pytest.mark.usefixtures("house")
AT = datetime(2026, 11, 25, 9, tzinfo=UTC)


def settled() -> Declaration:
    """A declaration that was paid in two parts, all of it booked."""
    d = green()
    assert d.settled is not None
    pay(d.id, Money(100, "USD"), "card", by="cashier", role=Role.CASHIER)
    d = pay(d.id, Money(d.settled.due.minor - 100, "USD"), "cash", by="cashier", role=Role.CASHIER)
    while booking.book_news():
        pass
    return d


@contextmanager
def planted(*statements: str) -> Iterator[None]:
    """Errors written by somebody who may do everything, past triggers, and taken out again."""
    with psycopg.connect(os.environ["CUSTOMHOUSE_OWNER_DATABASE_URL"], autocommit=True) as owner:
        owner.execute("set session_replication_role = replica")
        undo = [owner.execute(s).fetchone() for s in statements]
        assert all(undo), "an error was not planted"
        try:
            yield
        finally:
            for (sql,) in reversed(undo):  # type: ignore[misc]
                owner.execute(sql)


def found() -> dict[str, list[str]]:
    checks: dict[str, list[str]] = {}
    for finding in treasury_audit.audit().wrong:
        checks.setdefault(finding.check, []).append(finding.what)
    return checks


def test_the_books_of_a_house_that_works_are_right():
    settled()
    report = treasury_audit.audit()
    assert report.wrong == [] and report.sound
    assert report.journals and report.postings > report.journals and report.declarations


def last_posting(d: Declaration, kind: str) -> str:
    return (
        f"from posting p join account a on a.id = p.account join journal j on j.id = p.journal "
        f"where j.declaration = {d.id} and a.kind = '{kind}'"
    )


def test_a_changed_amount_is_found_three_times_over():
    d = settled()
    change = (
        f"with t as (select p.account, p.number {last_posting(d, 'cash')} limit 1) update posting p set amount = amount + 1 "
        "from t where p.account = t.account and p.number = t.number returning "
        "format('update posting set amount = amount - 1 where account = %s and number = %s', p.account, p.number)"
    )
    with planted(change):
        wrong = found()
        assert {"journal", "account", "running", "act"} <= set(wrong)
        assert any(f"act {d.id}." in what and "otherwise than the record says" in what for what in wrong["act"])
    assert found() == {}


def test_a_changed_balance_is_found():
    d = settled()
    change = (
        f"update account set balance = balance + 7 where kind = 'receivable' and key = '{d.id}' returning "
        "format('update account set balance = balance - 7 where id = %s', id)"
    )
    with planted(change):
        wrong = found()
        assert f"account receivable:{d.id} stands at 7; its postings make 0" in wrong["account"][0]
        assert wrong["total"] == ["all accounts in USD together make 7, not zero"]
        assert wrong["receivable"] == [f"{d.mrn} owes 0 by the record and 7 by the books"]


def test_an_act_without_its_journal_is_found():
    """The cleverest theft: a payment with all its postings is gone, and every balance was put right after it."""
    d = settled()
    move = (
        f"update journal set source = 'x' || source, act = null, declaration = null where declaration = {d.id} and event = 'paid_cash' "
        f"returning format('update journal set source = substr(source, 2), act = %s, declaration = {d.id} where id = %s', "
        f"(select max(act) from journal where declaration = {d.id}), id)"
    )
    with planted(move):
        wrong = found()
        assert (
            len(wrong["act"]) == 1 and f"act {d.id}." in wrong["act"][0] and wrong["act"][0].endswith("is not booked")
        )
    # the act of the payment is the last one booked
    assert found() == {}


def test_a_journal_that_no_act_led_to_is_found():
    d = settled()
    plant = (
        f"insert into journal (source, event, declaration, act, trader, at, by, text) values ('act {d.id}.99', 'refund', {d.id}, 99, '', "
        "now(), 'me', '') returning format('delete from journal where id = %s', id)"
    )
    with planted(plant):
        wrong = found()
        assert any("knows nothing of it" in what for what in wrong["act"])
        assert any("in 0 postings" in what for what in wrong["journal"])


def test_a_receipt_that_was_changed_is_found():
    d = settled()
    change = (
        f"update journal set receipt = '' where declaration = {d.id} and event = 'paid_cash' "
        "returning format('select 1 where %s > 0', id)"
    )
    receipt = d.settled.receipts[-1].number if d.settled else ""
    with planted(change):
        wrong = found()
        assert any("has no receipt" in what for what in wrong["receipt"]) and "act" in wrong
        with psycopg.connect(os.environ["CUSTOMHOUSE_OWNER_DATABASE_URL"], autocommit=True) as owner:
            owner.execute("set session_replication_role = replica")
            owner.execute(
                f"update journal set receipt = '{receipt}' where declaration = {d.id} and event = 'paid_cash'"
            )
    assert found() == {}


PLANTED = {
    "limit": (
        "insert into account (kind, key, currency, trader, ceiling) values ('deferment', '{key}/1', 'USD', '{key}', 5) "
        "returning format('delete from account where id = %s', id)"
    ),
    "deferment": (
        "insert into account (kind, key, currency, trader, ceiling, balance) values ('deferment', '{key}/2', 'USD', '{key}', 5, 5) "
        "returning format('delete from account where id = %s', id)"
    ),
    "guarantee": (
        "insert into account (kind, key, currency, trader, ceiling, balance) values ('guarantee', '{key}/3', 'USD', '{key}', 5, 5) "
        "returning format('delete from account where id = %s', id)"
    ),
    "order": (
        "insert into payment_order (reference, kind, trader, amount, currency, due_on, by, at) values "
        "('{key}', 'declarations', '{key}', 9, 'USD', now(), 'me', now()) "
        "returning format('delete from payment_order where reference = %L', reference)"
    ),
    "bank": (
        "insert into bank_entry (statement, account, name, credit, amount, currency, booked_on, party, creditor_reference, text, charge) "
        "values (0, 'X', '{key}', true, 9, 'USD', now(), '', '', '', false) returning format('delete from bank_entry where id = %s', id)"
    ),
    "statement": (
        "insert into bank_statement (account, name, opening, closing, currency, digest, by, at) values "
        "('X', '{key}', 1, 2, 'USD', '', 'me', now()) returning format('delete from bank_statement where id = %s', id)"
    ),
}


@pytest.mark.parametrize("check", sorted(PLANTED))
def test_each_other_check_finds_what_is_planted_for_it(check):
    key = uuid.uuid4().hex[:12]
    with planted(PLANTED[check].format(key=key)):
        assert any(key in what for what in found()[check])


def test_a_claim_granted_and_never_booked_is_found():
    key = uuid.uuid4().int % 10**12
    with planted(
        "insert into claim (id, kind, declaration, trader, lines, amount, currency, reason, by, at) overriding system value values "
        f"({key}, 'refund', 0, '', '[]', 9, 'USD', '', 'me', now()) returning format('delete from claim where id = %s', id)",
        f"insert into claim_step (claim, step, trader, reason, by, at) values ({key}, 'granted', '', '', 'you', now()) "
        "returning format('delete from claim_step where claim = %s', claim)",
    ):
        assert any(str(key) in what for what in found()["claim"])


def test_more_paid_on_an_order_than_it_is_over_is_found():
    key = uuid.uuid4().hex[:12]
    with planted(
        f"insert into account (kind, key, currency, trader, ceiling, balance, postings) values ('deferment', '{key}/1', 'USD', '{key}', 9, -9, 1) "
        "returning format('delete from account where id = %s', id)",
        f"insert into payment_order (reference, kind, trader, account, month, amount, currency, due_on, by, at) select '{key}', 'deferment', "
        f"'{key}', id, '2026-11-01', 5, 'USD', now(), 'me', now() from account where key = '{key}/1' "
        "returning format('delete from payment_order where reference = %L', reference)",
        f"insert into journal (source, event, trader, at, by, text, reference, receipt) values ('{key}', 'settled_cash', '', now(), 'me', '', "
        f"'{key}', '{key}') returning format('delete from journal where id = %s', id)",
        f"insert into posting (account, number, journal, trader, amount, balance) select a.id, 1, j.id, '', -9, -9 from account a, journal j "
        f"where a.key = '{key}/1' and j.source = '{key}' returning format('delete from posting where account = %s', account)",
    ):
        assert found()["settlement"] == [f"payment order {key} is over 5, and 9 were paid on it"]
