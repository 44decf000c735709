"""The desks of the treasury: the cashier's, the trader's, the supervisor's, and who may see which paper."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.registry import papers

from camt_samples import E, statement
from customhouse.clearance import online, order, refund
from customhouse.clearance.settle import pay
from customhouse.kernel.money import Money
from customhouse.record.declaration import Declaration, Role, Stage
from customhouse.registry import bank, booking, files, treasury, treasury_audit
from customhouse.registry import online as payments
from customhouse.registry.demo import BROKER

Desk = Callable[..., Client]
INLINE = re.compile(rb"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=")


def owed(d: Declaration) -> Money:
    assert d.settled is not None
    return d.settled.outstanding


@pytest.fixture
def green(house: None) -> Declaration:
    d = papers.green()
    while booking.book_news():
        pass
    return d


def upload(client: Client, data: bytes) -> tuple[int, str]:
    answer = client.post("/treasury/bank", {"file": SimpleUploadedFile("bank.xml", data, "application/xml")})
    return answer.status_code, answer.content.decode()


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("who", ["cashier", "supervisor", "auditor", "broker", "trader"])
def test_the_pages_open_and_bring_nothing_inline(who: str, language: str, desk: Desk, green: Declaration) -> None:
    pages = (
        ["/treasury", "/treasury/bank"]
        if who in ("cashier", "supervisor")
        else ["/treasury"]
        if who == "auditor"
        else ["/money"]
    )
    for page in pages + ["/treasury/accounts"] * (who == "supervisor"):
        answer = desk(who, language).get(page)
        assert answer.status_code == 200 and INLINE.findall(answer.content) == [], page


def test_the_trader_orders_pays_online_and_prints_the_receipt(desk: Desk, green: Declaration) -> None:
    broker = desk("broker")
    assert green.mrn in broker.get("/money").content.decode()
    made = broker.post("/money/order", {"declaration": [str(green.id)]})
    assert made.status_code == 302 and made["Location"].startswith("/order?ref=RF")
    paper = broker.get(made["Location"]).content.decode()
    assert green.mrn in paper and "Pay online" in paper
    reference = made["Location"].partition("=")[2]
    page = broker.post("/money/pay", {"ref": reference})["Location"]
    assert "No money moves" in broker.get(page, headers={"accept": "text/html"}).content.decode()
    assert "Nothing was paid" in broker.post(page, {"cancel": "1"}, headers={"accept": "text/html"}).content.decode()
    assert files.get(green.id).stage is not Stage.RELEASED
    assert broker.post("/money/pay", {"ref": reference})["Location"] == page, "the same payment, not another one"
    broker.post(page, {"pay": "1"})
    after = files.get(green.id)
    assert after.stage is Stage.RELEASED and after.settled is not None
    receipt = after.settled.receipts[0].number
    slip = broker.get(f"/receipt?number={receipt}").content.decode()
    assert receipt in slip and green.mrn in slip and "Online" in slip
    assert "This order is paid" in broker.get(f"/order?ref={reference}").content.decode()
    assert broker.post("/money/pay", {"ref": reference})["Location"] == "/money"


def test_pay_on_the_declaration_leads_to_its_order(desk: Desk, green: Declaration) -> None:
    broker = desk("broker")
    sheet = broker.get(f"/declaration/{green.mrn}").content.decode()
    assert f"/declaration/{green.id}/payment" in sheet and "/act/pay" not in sheet
    first, again = (broker.post(f"/declaration/{green.id}/payment")["Location"] for _ in range(2))
    assert first == again and first.startswith("/order?ref=RF")
    assert broker.post(f"/declaration/{green.id}/act/pay", {"amount": "1", "method": "cash"}).status_code == 403
    assert "/act/pay" in desk("cashier").get(f"/declaration/{green.mrn}").content.decode()
    for method, code in (("transfer", 422), ("bank", 422), ("card", 302)):
        answer = desk("cashier").post(f"/declaration/{green.id}/act/pay", {"amount": "1.00", "method": method})
        assert answer.status_code == code, method
    pay(green.id, owed(files.get(green.id)), "cash", by="supervisor", role=Role.SUPERVISOR)
    assert broker.post(f"/declaration/{green.id}/payment")["Location"] == f"/declaration/{green.mrn}"
    assert desk("officer").post(f"/declaration/{green.id}/payment").status_code == 403


def test_a_house_that_is_no_demo_has_no_provider_that_moves_no_money(
    desk: Desk, green: Declaration, settings: Any
) -> None:
    broker = desk("broker")
    asked = broker.post(f"/declaration/{green.id}/payment")["Location"]
    reference = asked.partition("=")[2]
    hosted = broker.post("/money/pay", {"ref": reference})["Location"]
    settings.STAND_IN_PROVIDER = False
    assert "Pay online" not in broker.get(asked).content.decode()
    assert broker.post("/money/pay", {"ref": reference}).status_code == 404
    assert Client().post(hosted, {"pay": "1"}).status_code == 404
    assert files.get(green.id).stage is not Stage.RELEASED


def test_papers_of_another_are_not_there(desk: Desk, green: Declaration) -> None:
    asked = order.order(BROKER, [green.id], by="broker")
    paid = pay(green.id, owed(green), "cash", by="cashier", role=Role.CASHIER)
    assert paid.settled is not None
    other = desk("trader")
    for page in (
        f"/order?ref={asked.reference}",
        f"/receipt?number={paid.settled.receipts[0].number}",
        f"/money/claim?of={green.mrn}",
    ):
        assert other.get(page).status_code == 404, page
        assert desk("broker").get(page).status_code == 200, page
    assert other.post("/money/pay", {"ref": asked.reference}).status_code == 404
    assert "/order?ref=" not in str(other.post("/money/order", {"declaration": [str(green.id)]})["Location"])


def test_the_cashier_takes_a_bank_file_in_and_places_what_is_left(desk: Desk, green: Declaration) -> None:
    cashier = desk("cashier")
    amount = owed(green)
    code, page = upload(
        cashier, statement(E(str(amount.amount), text=f"duties {green.mrn}"), E("77.00", party="Nobody & sons"))
    )
    assert code == 200 and green.mrn in page and "77.00" in page and "to place" in page
    assert files.get(green.id).stage is Stage.RELEASED
    kept = next(k for k in reversed(bank.unallocated()) if k.entry.party == "Nobody & sons")
    place = f"/treasury/entry?number={kept.id}"
    assert "Nobody &amp; sons" in cashier.get(place).content.decode()
    for typed, said in (("hello", "neither"), ("RF18539007547034", "no payment order"), (green.mrn, "Nothing is owed")):
        answer = cashier.post(place, {"on": typed})
        assert answer.status_code == 422 and said in answer.content.decode()
    assert cashier.post(place, {"to": "returned"}).status_code == 302
    assert bank.get(kept.id).left.minor == 0


def test_a_bad_bank_file_says_what_is_wrong(desk: Desk) -> None:
    code, page = upload(desk("cashier"), statement(E("5.00"), closing="7777.00"))
    assert code == 422 and "do not lead from the opening to the closing balance" in page
    code, page = upload(desk("cashier", "fr"), b"HD;1")
    assert code == 422 and "Choisissez le fichier camt.053" in page
    assert desk("cashier").post("/treasury/bank", {}).status_code == 422


def test_a_claim_goes_from_trader_to_supervisor_to_cashier(desk: Desk, green: Declaration) -> None:
    pay(green.id, owed(green), "cash", by="cashier", role=Role.CASHIER)
    broker = desk("broker")
    tax, minor = next(iter(refund.left_of(files.get(green.id)).items()))
    page = f"/money/claim?of={green.mrn}"
    for typed, said in (("a lot", "as a number"), ("999999.00", "More is claimed"), ("", "nothing to claim")):
        answer = broker.post(page, {"kind": "refund", f"tax-{tax}": typed, "reason": "broken"})
        assert answer.status_code == 422 and said in answer.content.decode()
    assert (
        broker.post(
            page, {"kind": "refund", f"tax-{tax}": f"{minor / 100:.2f}", "reason": "goods came broken"}
        ).status_code
        == 302
    )
    assert "goods came broken" in desk("supervisor").get("/treasury").content.decode()
    number = str(refund.claims.of(declaration=green.id)[0].id)
    assert desk("cashier").post("/treasury/claim", {"claim": number, "does": "grant", "reason": "x"}).status_code == 404
    desk("supervisor").post("/treasury/claim", {"claim": number, "does": "grant", "reason": "section 44"})
    desk("cashier").post("/treasury/claim", {"claim": number, "does": "send"})
    assert refund.claims.get(int(number)).state == "sent"


def test_a_statement_of_a_month_is_read_and_kept_as_csv(desk: Desk) -> None:
    (account, *_) = treasury.facilities(treasury.AccountKind.DEFERMENT, [BROKER])
    month = datetime.now(UTC).strftime("%Y-%m")
    where = f"/money/statement?account={account.account.code}&month={month}"
    broker = desk("broker")
    assert account.number in broker.get(where).content.decode()
    kept = broker.get(f"{where}&csv=1")
    assert kept["Content-Type"].startswith("text/csv") and kept.content.startswith(b"at,event,declaration")
    assert desk("trader").get(where).status_code == 302


def test_a_message_of_a_provider_needs_no_session_but_a_signature(desk: Desk) -> None:
    answer = Client(enforce_csrf_checks=True).post("/payments/callback/demo", b"{}", content_type="application/json")
    assert answer.status_code == 400 and answer.json() == {"error": "the message is not signed"}
    assert Client().post("/payments/callback/other", b"{}", content_type="application/json").status_code == 400


def test_months_are_ordered_from_the_desk(desk: Desk) -> None:
    assert desk("cashier").post("/treasury/months", {"month": "2020-01"}).status_code == 302
    assert desk("cashier").post("/treasury/months", {"month": "soon"}).status_code == 302
    assert desk("auditor").post("/treasury/months", {"month": "2020-01"}).status_code == 403


def test_a_receipt_is_voided_on_the_sheet(desk: Desk, green: Declaration) -> None:
    paid = pay(green.id, Money(100, "USD"), "cash", by="cashier", role=Role.CASHIER)
    assert paid.settled is not None
    number = paid.settled.receipts[0].number
    cashier = desk("cashier")
    assert "Void a receipt" in cashier.get(f"/declaration/{green.mrn}").content.decode()
    cashier.post(f"/declaration/{green.id}/act/reverse", {"receipt": number, "reason": "false note"})
    assert owed(files.get(green.id)) == owed(green)
    assert "This receipt is void" in cashier.get(f"/receipt?number={number}").content.decode()


# --- limits, and what was paid twice ----------------------------------------------------------------------------------


OTHER = "XM100000041"  # nothing of whom is unpaid: what is would be put onto a new account


def limit_of(number: str) -> Money | None:
    found = [f for f, *_ in treasury.every_facility() if f.number == number]
    return found[0].ceiling if found else None


def test_a_supervisor_opens_changes_and_closes_an_account(desk: Desk) -> None:
    number = f"D-{uuid.uuid4().hex[:8].upper()}"
    supervisor, page = desk("supervisor"), "/treasury/accounts"
    account = {"kind": "deferment", "number": number, "trader": OTHER}
    opened = account | {"does": "open", "limit": "1 000,00", "reason": "authorisation 7"}
    for wrong, code in (({"limit": "much"}, 422), ({"reason": " "}, 422), ({"trader": "XM9"}, 422), ({"limit": "0"}, 422),
                        ({"number": "a/b"}, 422), ({"kind": "cash"}, 422)):  # fmt: skip
        assert supervisor.post(page, opened | wrong).status_code == code, wrong
    assert limit_of(number) is None
    assert supervisor.post(page, opened).status_code == 302
    assert limit_of(number) == Money(100_000, "USD")
    assert supervisor.post(page, opened).status_code == 422, "it is open already"
    change = account | {"does": "change", "currency": "USD", "old": "1000.00", "limit": "2000.00", "reason": "grown"}
    assert supervisor.post(page, change).status_code == 302
    late = supervisor.post(page, change | {"limit": "500.00"})
    assert late.status_code == 422 and "in the meantime" in late.content.decode()
    assert limit_of(number) == Money(200_000, "USD")
    assert supervisor.post(page, change | {"old": "2000.00", "does": "close"}).status_code == 302
    assert limit_of(number) == Money(0, "USD")
    assert treasury.facility(treasury.AccountKind.DEFERMENT, [number], [OTHER]) is None
    assert "authorisation 7" not in supervisor.get(page).content.decode()  # the last reason stands: why it was closed
    for who in ("cashier", "auditor", "broker", "officer"):
        assert desk(who).post(page, opened).status_code == 403, who
    assert treasury_audit.audit().wrong == []


def test_a_limit_that_is_raised_lets_go_on_what_waited_for_it(desk: Desk) -> None:
    trader, at = f"XM{uuid.uuid4().hex[:10].upper()}", datetime.now(UTC)
    treasury.open_facility(
        treasury.AccountKind.DEFERMENT, "ACC1", trader, Money(100, "USD"), by="test", at=at, reason="test"
    )
    waiting = papers.deferring("ACC1", trader)
    assert waiting.stage is not Stage.RELEASED
    change = {"kind": "deferment", "number": "ACC1", "trader": trader, "does": "change", "currency": "USD"}
    change |= {"old": "1.00", "limit": "9000000.00", "reason": "security was raised"}
    assert desk("supervisor").post("/treasury/accounts", change).status_code == 302
    assert files.get(waiting.id).stage is Stage.RELEASED
    lower = change | {"old": "9000000.00", "limit": "0.50"}
    refused = desk("supervisor").post("/treasury/accounts", lower)
    assert refused.status_code == 422 and "used already" in refused.content.decode()


def test_what_was_paid_twice_online_is_placed_or_sent_back(desk: Desk, green: Declaration) -> None:
    while booking.book_news():
        pass
    cashier, numbers = desk("cashier"), []
    for _ in range(2):
        d = papers.green()
        asked, _new = order.order_one(d.id, BROKER, by="broker")
        number = online.begin(str(asked.reference), "demo", by="broker").partition("=")[2]
        pay(d.id, owed(d), "cash", by="cashier", role=Role.CASHIER)
        Client().post(f"/pay?id={number}", {"pay": "1"})
        numbers.append(number)
        assert number in cashier.get("/treasury").content.decode()
    place = "/treasury/overpaid"
    cashier.post(place, {"payment": numbers[0], "on": "hello"})
    assert payments.overpaid(numbers[0])[0].left == owed(d)
    cashier.post(place, {"payment": numbers[0], "on": green.mrn})
    assert files.get(green.id).stage is Stage.RELEASED
    cashier.post(place, {"payment": numbers[1], "to": "returned"})
    assert [payments.overpaid(number) for number in numbers] == [[], []]
    cashier.post(place, {"payment": numbers[1], "to": "returned"})
    assert desk("broker").post(place, {"payment": numbers[0]}).status_code == 403
    while booking.book_news():
        pass
    assert treasury_audit.audit().wrong == []
