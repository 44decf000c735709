"""Idempotency keys: one act and one answer for each key, also when two requests come at once."""

from __future__ import annotations

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from django.db import connection, transaction
from tests.api.serving import BROKER, bearer, declaration, pay, rules, waiting_for_payment

from customhouse.registry import files, idempotency, orders

pytestmark = pytest.mark.usefixtures("house")


def key() -> dict[str, str]:
    return {"Idempotency-Key": uuid.uuid4().hex}


def asked_for(mrn: str) -> int:
    """How many payment orders ask for a declaration."""
    return len(orders.asking(files.get(mrn).id, BROKER))


def receipts(mrn: str) -> int:
    settled = files.get(mrn).settled
    return len(settled.receipts) if settled else 0


def test_an_order_asked_for_again_is_one_order_with_one_answer(broker: httpx.Client) -> None:
    told, name = waiting_for_payment(broker), key()
    address = f"/declarations/{told['mrn']}/payments"
    first, again = (broker.post(address, headers=name) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert asked_for(told["mrn"]) == 1


def test_without_a_key_the_order_and_its_payment_are_the_same_too(broker: httpx.Client) -> None:
    told = waiting_for_payment(broker)
    address = f"/declarations/{told['mrn']}/payments"
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: broker.post(address), range(6)))
    assert sorted(a.status_code for a in answers) == [200] * 5 + [201]
    assert len({a.content for a in answers}) == 1
    assert asked_for(told["mrn"]) == 1
    for _ in range(3):
        pay_page = answers[0].json()["ways"][0]["url"]
        assert httpx.post(pay_page, data={"pay": "1"}, timeout=20).json()["status"] == "paid"
    assert receipts(told["mrn"]) == 1
    assert broker.post(address).status_code == 409


def test_an_order_is_its_payers_alone(broker: httpx.Client, served: str) -> None:
    told = waiting_for_payment(broker)
    made = broker.post(f"/declarations/{told['mrn']}/payments").json()
    assert broker.get(f"/payments/{made['reference']}").json() == made
    with bearer(served, trader="XM100000025") as other:
        hidden = other.get(f"/payments/{made['reference']}")
        unknown = other.get("/payments/RF18539007547034")
        for answer in (hidden, unknown):
            assert (answer.status_code, rules(answer)) == (404, {"UnknownOrder"})
        assert other.post(f"/declarations/{told['mrn']}/payments").status_code == 404


def test_nobody_of_the_trade_says_that_money_came(broker: httpx.Client) -> None:
    """What used to record a payment on the trader's word records nothing."""
    told = waiting_for_payment(broker)
    sent = {"amount": "530.00", "currency": "USD", "method": "transfer"}
    assert broker.post(f"/declarations/{told['mrn']}/payments", json=sent).json()["state"] == "open"
    assert broker.get(f"/declarations/{told['mrn']}").json()["stage"] == "ROUTED"
    assert receipts(told["mrn"]) == 0


def test_a_key_with_another_content_is_refused(broker: httpx.Client) -> None:
    told, name = waiting_for_payment(broker), key()
    address = f"/declarations/{told['mrn']}/payments"
    assert broker.post(address, headers=name).status_code == 201
    other = broker.post(address, json={"amount": "2.00", "currency": "USD"}, headers=name)
    assert (other.status_code, rules(other)) == (422, {"IdempotencyKeyReused"})
    elsewhere = broker.post(f"/declarations/{told['mrn']}/invalidation", json={"reason": "x"}, headers=name)
    assert (elsewhere.status_code, rules(elsewhere)) == (422, {"IdempotencyKeyReused"})


def test_two_at_once_are_one_act(broker: httpx.Client) -> None:
    told, name = waiting_for_payment(broker), key()
    address = f"/declarations/{told['mrn']}/payments"
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: broker.post(address, headers=name), range(6)))
    assert {a.status_code for a in answers} == {201}
    assert len({a.content for a in answers}) == 1
    assert asked_for(told["mrn"]) == 1


def test_a_request_that_stays_at_work_is_said_to(broker: httpx.Client) -> None:
    told, name = waiting_for_payment(broker), key()
    release = threading.Event()

    def hold() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select client from api_access order by issued_at desc limit 1")
            client = cursor.fetchone()[0]
            idempotency.begin(BROKER, client, name["Idempotency-Key"], "elsewhere")
            release.wait(20)
        connection.close()

    holding = threading.Thread(target=hold)
    holding.start()
    time.sleep(0.5)
    answer = broker.post(f"/declarations/{told['mrn']}/payments", headers=name)
    release.set()
    holding.join()
    assert (answer.status_code, rules(answer)) == (409, {"RequestInFlight"})
    assert answer.headers["retry-after"]
    assert asked_for(told["mrn"]) == 0


def test_what_was_refused_stays_refused_under_its_key(broker: httpx.Client) -> None:
    told, name = waiting_for_payment(broker), key()
    pay(broker, told["mrn"])
    first, again = (broker.post(f"/declarations/{told['mrn']}/payments", headers=name) for _ in range(2))
    assert (first.status_code, again.status_code) == (409, 409)
    assert first.content == again.content
    assert again.headers["content-type"] == "application/problem+json"


def test_a_key_belongs_to_a_client(broker: httpx.Client, served: str) -> None:
    told, name = waiting_for_payment(broker), key()
    address = f"/declarations/{told['mrn']}/payments"
    broker.post(address, headers=name)
    with bearer(served) as other:
        answer = other.post(address, json={"another": "content"}, headers=name)
        assert (answer.status_code, "idempotency-replayed" in answer.headers) == (200, False)


def test_a_lodgement_takes_a_key_too(broker: httpx.Client) -> None:
    one, name = declaration(), key()
    first = broker.post("/declarations", json=one, headers=name)
    again = broker.post("/declarations", json=one, headers=name)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again.headers["idempotency-replayed"] == "true"
    other = broker.post("/declarations", json=declaration(), headers=name)
    assert (other.status_code, rules(other)) == (422, {"IdempotencyKeyReused"})
    with ThreadPoolExecutor(6) as pool:
        paper, at_once = declaration(), key()
        answers = list(pool.map(lambda _: broker.post("/declarations", json=paper, headers=at_once), range(6)))
    assert {a.status_code for a in answers} <= {200, 201}
    assert len({a.json()["mrn"] for a in answers}) == 1


@pytest.mark.parametrize("name", ["", "with space", "x" * 256, "é"])
def test_what_is_no_key(broker: httpx.Client, name: str) -> None:
    told = {"Idempotency-Key": name.encode("latin-1")}
    for address, body in (
        ("/declarations", declaration()),
        ("/webhooks", {"url": "https://example.com", "events": []}),
    ):
        answer = broker.post(address, json=body, headers=told)
        if answer.status_code == 422:
            assert rules(answer) == {"InvalidInput"}
        else:
            assert (answer.status_code, rules(answer)) == (400, {"InvalidIdempotencyKey"})


def test_an_amendment_and_a_withdrawal(broker: httpx.Client) -> None:
    told = waiting_for_payment(broker)
    better = declaration(price={"value": "3000.00", "currency": "USD"}) | {"lrn": told["lrn"]}
    amended = broker.put(f"/declarations/{told['mrn']}?reason=price", json=better, headers=key())
    assert amended.status_code == 200, amended.text
    assert amended.json()["payable"]["minor"] == 79500
    lrn = broker.put(f"/declarations/{told['mrn']}", json=declaration())
    assert (lrn.status_code, rules(lrn)) == (422, {"ChangedLRN"})
    foreign = broker.put(f"/declarations/{told['mrn']}", json=better | {"declarant": {"id": "XM100000041"}})
    assert (foreign.status_code, rules(foreign)) == (403, {"NotYours"})
    broken = broker.put(f"/declarations/{told['mrn']}", content=b"{", headers={"Content-Type": "application/json"})
    assert (broken.status_code, rules(broken)) == (400, {"MalformedJSON"})
    gone = broker.post(f"/declarations/{told['mrn']}/invalidation", json={"reason": "lodged twice"}, headers=key())
    assert (gone.status_code, gone.json()["stage"]) == (200, "INVALIDATED")
    again = broker.post(f"/declarations/{told['mrn']}/invalidation", json={"reason": "lodged twice"})
    assert (again.status_code, rules(again)) == (409, {"NotPermitted"})


def test_a_list_is_filtered_and_leads_on(broker: httpx.Client) -> None:
    mrns = [waiting_for_payment(broker)["mrn"] for _ in range(3)]
    broker.post("/declarations", json=declaration() | {"type": "XXX"})
    found, address = [], "/declarations?hold=payment&limit=2&stage=ROUTED"
    while address:
        answer = broker.get(address)
        page = answer.json()
        assert all(row["stage"] == "ROUTED" and "payment" in row["holds"] for row in page["declarations"])
        found += [row["mrn"] for row in page["declarations"]]
        onward = page["next"]
        assert ("link" in answer.headers) == bool(onward)
        address = onward.removeprefix("/api/v1") if onward and not set(mrns) <= set(found) else ""
    assert set(mrns) <= set(found)
    assert len(found) == len(set(found))
    assert broker.get("/declarations?stage=NOWHERE").status_code == 422
