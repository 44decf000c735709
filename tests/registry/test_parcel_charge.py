"""What is due on a consolidation is one charge: raised once, booked, deferred or paid, and never asked for twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")

from django.db import DatabaseError, connection, transaction
from msgspec.structs import replace
from papers import BROKER, rows
from tests.registry.test_parcel_register import answers, cleared, consolidation_of, morning, unique

from customhouse.clearance import order, parcel_charge, parcel_file, settle
from customhouse.house.consolidation import Cleared
from customhouse.kernel.money import Money
from customhouse.offices.treasury.books import split
from customhouse.record.account import AccountKind
from customhouse.record.declaration import Role, Stage
from customhouse.record.flow import NotPermitted
from customhouse.registry import bank, charge_audit, parcels, reader, treasury, treasury_desk
from customhouse.registry import parcel_charge as register
from customhouse.registry.reader import Reader, reading
from customhouse.registry.treasury_audit import audit

pytestmark = pytest.mark.usefixtures("house")


def stands(number: int) -> int:
    return treasury.balance(AccountKind.RECEIVABLE, str(number))


def due_of(done: Cleared) -> list[dict[str, Any]]:
    return [a for a in answers(done) if a["verdict"] == "due"]


@pytest.fixture
def no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """The declarant has no deferment account that covers anything."""
    monkeypatch.setattr(treasury, "facilities", lambda *_: [])


def charge_of(done: Cleared) -> Any:
    charge = register.of(done.number)
    assert charge is not None
    return charge


@pytest.mark.usefixtures("no_account")
def test_one_charge_stands_exactly_once_also_after_a_stop_in_the_middle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, at = consolidation_of(unique(250, "charged"), tmp_path), morning()
    post, stopped = treasury.post, []

    def stops(journals: Any) -> int:
        posted = post(journals)
        if not stopped:
            stopped.append(posted)
            raise KeyboardInterrupt
        return posted

    monkeypatch.setattr(treasury, "post", stops)
    with pytest.raises(KeyboardInterrupt):
        cleared(path, at=at)
    begun = parcels.by_reference(BROKER, path.name)
    assert stopped == [1] and begun.done == 2 and register.of(begun.id) is None
    done = cleared(path, at=at)
    assert cleared(path, at=at).kind == "same"
    charge, due = charge_of(done), due_of(done)
    assert charge.parcels == len(due) and charge.amount.minor == sum(int(a["payable"]) for a in due) > 0
    assert not charge.is_paid and stands(charge.number) == charge.amount.minor
    assert rows("select count(*) from journal where declaration = %s", charge.number) == [(1,)]
    assert charge_audit.faults() == [] and register.broken()[1] == []
    booked = "select a.key, (-sum(p.amount))::bigint from journal j join posting p on p.journal = j.id join account a on a.id = p.account where "
    revenue = rows(f"{booked} j.declaration = %s and a.kind = 'revenue' group by 1 order by 1", charge.number)
    assert tuple(revenue) == charge.taxes and sum(r[1] for r in revenue) == charge.amount.minor
    sealed = (
        "select count(*) from log_leaf l join consolidation_charge h on h.leaf = l.leaves where h.consolidation = %s"
    )
    assert rows(sealed, done.number) == [(1,)]
    with monkeypatch.context() as tampered:
        tampered.setattr(register, "every", lambda: [replace(charge, parcels=charge.parcels + 1)])
        assert "is not what was sealed" in str(register.broken())
    for sql in ("update consolidation_charge set amount = 1", "delete from consolidation_charge"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    with reading(Reader(writes=True, traders=(BROKER,))):
        assert register.of(done.number) == charge
    with reading(Reader(writes=True, traders=("XM999999999",))):
        assert register.of(done.number) is None and register.unpaid() == []


def test_an_account_that_covers_it_is_charged_at_once(tmp_path: Path) -> None:
    used = {f.account.key: f.used.minor for f in treasury.facilities(AccountKind.DEFERMENT, [BROKER])}
    done = cleared(consolidation_of(unique(100, "deferred"), tmp_path), at=morning())
    charge = charge_of(done)
    assert charge.is_paid and charge.is_deferred and stands(charge.number) == 0
    [deferred] = charge.events
    assert treasury.balance(AccountKind.DEFERMENT, deferred.account) == used[deferred.account] + charge.amount.minor
    with pytest.raises(NotPermitted, match="nothing is due"):
        parcel_charge.pay(done.number, charge.amount, "cash", by="cashier")
    mrn = due_of(done)[0]["mrn"]
    assert parcel_file.file(mrn).stage is Stage.RELEASED and charge_audit.faults() == []
    code = f"account deferment:{deferred.account}"
    assert not [one for one in audit().wrong if code in one.what or str(charge.number) in one.what]


@pytest.mark.usefixtures("no_account")
def test_the_cashier_and_the_bank_pay_it_and_nothing_is_paid_twice(tmp_path: Path) -> None:
    done = cleared(consolidation_of(unique(150, "paid"), tmp_path), at=morning())
    charge = charge_of(done)
    half = Money(charge.amount.minor // 2, charge.amount.currency)
    with pytest.raises(NotPermitted, match="not taken at the desk"):
        parcel_charge.pay(done.number, half, "promise", by="cashier")
    with pytest.raises(NotPermitted, match="are due"):
        parcel_charge.pay(done.number, Money(charge.amount.minor + 1, half.currency), "cash", by="cashier")
    after = parcel_charge.pay(done.number, half, "card", by="cashier", payer=BROKER)
    assert not after.is_paid and after == charge_of(done) and after.owed.minor == charge.amount.minor - half.minor
    assert [
        r[0]
        for r in rows("select receipt from journal where event = 'paid_announced' and declaration = %s", charge.number)
    ] == [*after.receipts]
    assert bank.announced(charge.number) == half.minor
    asked = order.order_charge(charge.number, BROKER, by="broker")
    assert asked.open == after.owed and order.order_charge(charge.number, BROKER, by="broker") == asked
    rest = order.pay_order(
        str(asked.reference),
        Money(asked.open.minor + 7, half.currency),
        "online",
        by="bank",
        role=Role.SYSTEM,
        key="demo",
    )
    assert rest.minor == 7 and charge_of(done).is_paid and stands(charge.number) == 0
    with pytest.raises(NotPermitted, match="nothing is due"):
        parcel_charge.pay(done.number, half, "cash", by="cashier")
    assert charge_audit.faults() == [] and sum(r[0] for r in rows("select sum(balance) from account")) == 0


@pytest.mark.usefixtures("no_account")
def test_a_receipt_of_a_charge_is_voided_and_its_amount_owed_again(tmp_path: Path) -> None:
    done = cleared(consolidation_of(unique(150, "void"), tmp_path), at=morning())
    charge = charge_of(done)
    half = Money(charge.amount.minor // 2, charge.amount.currency)
    first = parcel_charge.pay(done.number, half, "card", by="cashier").receipts[0]
    second = parcel_charge.pay(done.number, charge_of(done).owed, "cash", by="cashier").receipts[1]
    assert charge_of(done).is_paid and stands(charge.number) == 0
    for receipt, reason in ((first, ""), ("R-0", "a mistake")):
        with pytest.raises(NotPermitted):
            parcel_charge.void(done.number, receipt, reason, by="cashier")
    after = parcel_charge.void(done.number, first, "the card was stolen", by="cashier")
    assert after == charge_of(done) and after.owed == half and after.receipts == (second,) and not after.is_paid
    assert stands(charge.number) == half.minor and bank.announced(charge.number) == 0
    with pytest.raises(NotPermitted, match=first):
        parcel_charge.void(done.number, first, "once more", by="cashier")
    mrn = due_of(done)[0]["mrn"]  # its part of what is left is owed in its file
    d = parcel_file.file(mrn)
    assert d.settled is not None and charge_of(done).owed.minor == half.minor - d.settled.due.minor
    parcel_charge.pay(done.number, charge_of(done).owed, "cash", by="cashier")
    slip = treasury_desk.receipt(first)
    assert slip is not None and slip.void and charge_of(done).is_paid
    assert charge_audit.faults() == register.broken()[1] == []
    assert sum(r[0] for r in rows("select sum(balance) from account")) == 0


@pytest.mark.usefixtures("no_account")
def test_a_parcel_with_a_file_of_its_own_is_charged_once(tmp_path: Path) -> None:
    done = cleared(consolidation_of(unique(200, "own"), tmp_path), at=morning())
    before, [one, other, *_] = charge_of(done), due_of(done)
    d = parcel_file.file(one["mrn"])  # not paid yet: the file asks for it, the charge no more
    owes = int(one["payable"])
    assert d.settled is not None and d.settled.outstanding.minor == owes and d.stage is Stage.ROUTED
    left = charge_of(done)
    assert left.owed.minor == before.amount.minor - owes == stands(before.number)
    assert parcel_file.file(one["mrn"]) == d and charge_of(done) == left
    parcel_charge.pay(done.number, left.owed, "cash", by="cashier")
    paid = parcel_file.file(other["mrn"])  # paid with the others: its file is settled from the charge
    assert dict(charge_of(done).due_by_tax) == {
        tax: sum(minor for of, minor in charge_of(done).taxes if of == tax)
        - sum(split(f.assessed)[tax] for f in (d, paid))  # type: ignore[arg-type]
        for tax, _ in charge_of(done).due_by_tax
    }
    assert paid.stage is Stage.RELEASED and paid.settled is not None and not paid.settled.outstanding.minor
    assert stands(paid.id) == stands(before.number) == 0 and charge_of(done).is_paid
    with reader.system(), pytest.raises(NotPermitted, match="with the charge of its consolidation"):
        settle.reverse(paid.id, paid.settled.receipts[0].number, "a mistake", by="cashier", role=Role.CASHIER)
    assert charge_audit.faults() == [] and sum(r[0] for r in rows("select sum(balance) from account")) == 0
