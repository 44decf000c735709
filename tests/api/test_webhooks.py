"""Webhooks, with a real receiver and the real worker: down, slow, broken, back again; signed, kept, resent, switched off."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from django.db import connection
from tests.api.serving import BROKER, OTHER, bearer, declaration, pay, rules, waiting_for_payment, worker

from customhouse.clearance.event import NAMES
from customhouse.clearance.inform import DELAYS, JITTER, Courier, wait_before
from customhouse.gates import webhook as gate

pytestmark = pytest.mark.usefixtures("house")


class Receiver:
    """A receiver of webhooks on this machine: `does` says how it answers, `got` what it was told."""

    def __init__(self, port: int = 0) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.does: Callable[[], int] = lambda: 204
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
                status = receiver.does()
                self.send_response(status)
                self.end_headers()
                if status not in (204, 301):
                    self.wfile.write(b"not today")

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/customs?from=meridia"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def events(self) -> list[str]:
        return [json.loads(body)["type"] for _, body in self.got]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    yield one
    one.close()


@pytest.fixture(scope="module")
def working(served: str) -> Iterator[None]:
    """The worker, with delays that a test can wait for."""
    with worker(CUSTOMHOUSE_WEBHOOK_PRIVATE="on", CUSTOMHOUSE_WEBHOOK_DELAYS="0.3,0.6,1.2"):
        yield


@pytest.fixture
def api(broker: httpx.Client, working: None) -> Iterator[httpx.Client]:
    yield broker
    for one in broker.get("/webhooks").json()["webhooks"]:
        broker.delete(f"/webhooks/{one['id']}")


def until(true: Callable[[], Any], seconds: float = 40) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} seconds")


def subscribe(api: httpx.Client, url: str, *events: str) -> tuple[str, bytes]:
    told = api.post("/webhooks", json={"url": url, "events": list(events or NAMES)})
    assert told.status_code == 201, told.text
    return told.json()["webhook"]["id"], base64.b64decode(told.json()["secret"].removeprefix("whsec_"))


def is_signed(headers: dict[str, str], body: bytes, *secrets: bytes) -> bool:
    """As the standard says it, written here anew: one signature for each secret, in order."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    made = [base64.b64encode(hmac.new(s, signed, hashlib.sha256).digest()).decode() for s in secrets]
    return headers["webhook-signature"].split() == [f"v1,{m}" for m in made]


def messages(api: httpx.Client, webhook: str) -> list[dict[str, Any]]:
    return list(api.get(f"/webhooks/{webhook}/messages?limit=200").json()["messages"])


def test_what_happens_is_told_once_and_signed(api: httpx.Client, receiver: Receiver) -> None:
    webhook, secret = subscribe(api, receiver.url)
    told = waiting_for_payment(api)
    mine = lambda: [json.loads(b) for _, b in receiver.got if json.loads(b)["data"]["mrn"] == told["mrn"]]  # noqa: E731
    until(lambda: "declaration.payment_due" in [m["type"] for m in mine()])
    assert pay(api, told["mrn"])["stage"] == "RELEASED"
    until(lambda: "declaration.released" in [m["type"] for m in mine()])
    time.sleep(1.5)
    names = [m["type"] for m in sorted(mine(), key=lambda m: m["data"]["act"])]
    assert names == [
        "declaration.accepted",
        "declaration.lane_assigned",
        "declaration.payment_due",
        "declaration.held",
        "declaration.paid",
        "declaration.released",
    ]
    assert len({h["webhook-id"] for h, _ in receiver.got}) == len(receiver.got)
    for headers, body in receiver.got:
        assert is_signed(headers, body, secret)
        assert abs(int(headers["webhook-timestamp"]) - time.time()) < 120
    assert {m["state"] for m in messages(api, webhook)} == {"delivered"}
    feed = []
    after = ""
    while True:
        page = api.get(f"/events?after={after}").json()
        feed += page["events"]
        after = page["cursor"]
        if not page["more"]:
            break
    assert [e["type"] for e in feed if e["data"]["mrn"] == told["mrn"]] == names
    assert api.get(f"/events?after={after}").json()["events"] == []


def test_only_what_was_asked_for_and_nothing_of_another(
    api: httpx.Client, stranger: httpx.Client, receiver: Receiver
) -> None:
    subscribe(api, receiver.url, "declaration.refused")
    other = declaration() | {"declarant": {"id": OTHER}, "type": "XXX"}
    assert stranger.post("/declarations", json=other).status_code == 422
    assert api.post("/declarations", json=declaration()).status_code == 201
    assert api.post("/declarations", json=declaration() | {"type": "XXX"}).status_code == 422
    until(lambda: receiver.got)
    time.sleep(1)
    assert receiver.events() == ["declaration.refused"]


def test_a_receiver_that_is_broken_and_slow_is_tried_again_until_it_takes_the_message(
    api: httpx.Client, receiver: Receiver
) -> None:
    answers = iter([500, 301, 200])
    receiver.does = lambda: next(answers, 204)
    webhook, _ = subscribe(api, receiver.url, "declaration.refused")
    api.post("/declarations", json=declaration() | {"type": "XXX"})
    until(lambda: [m for m in messages(api, webhook) if m["state"] == "delivered"])
    number = messages(api, webhook)[0]["id"]
    told = api.get(f"/webhooks/{webhook}/messages/{number}").json()
    assert [(a["number"], a["status"]) for a in told["attempts"]] == [(1, 500), (2, 301), (3, 200)]
    assert told["attempts"][0]["excerpt"] == "not today"
    assert told["body"]["type"] == "declaration.refused"
    assert len({h["webhook-id"] for h, _ in receiver.got}) == 1
    assert api.get(f"/webhooks/{webhook}").json()["failing_since"] is None


def test_a_receiver_that_is_down_gets_it_when_it_is_back(api: httpx.Client) -> None:
    gone = Receiver()
    gone.close()
    webhook, secret = subscribe(api, gone.url, "declaration.refused")
    api.post("/declarations", json=declaration() | {"type": "XXX"})
    until(lambda: [m for m in messages(api, webhook) if m["attempts"] >= 1])
    back = Receiver(gone.server.server_port)
    until(lambda: back.got)
    assert is_signed(*back.got[0], secret)
    until(lambda: messages(api, webhook)[0]["state"] == "delivered")
    first = api.get(f"/webhooks/{webhook}/messages/{messages(api, webhook)[0]['id']}").json()["attempts"][0]
    assert first["status"] is None
    assert "connect" in first["fault"].lower()
    back.close()


def test_long_failure_switches_it_off_with_a_notice_and_it_can_be_resent(api: httpx.Client, receiver: Receiver) -> None:
    receiver.does = lambda: 500
    webhook, _ = subscribe(api, receiver.url, "declaration.refused")
    api.post("/declarations", json=declaration() | {"type": "XXX"})
    until(lambda: api.get(f"/webhooks/{webhook}").json()["state"] == "disabled")
    (failed,) = messages(api, webhook)
    assert (failed["state"], failed["attempts"], failed["next_at"]) == ("failed", 4, None)
    with connection.cursor() as cursor:
        cursor.execute("select text from registry_notice where declarant = %s order by id desc limit 1", [BROKER])
        assert cursor.fetchone()[0] == f"webhook:{receiver.url}"
    api.post("/declarations", json=declaration() | {"type": "XXX"})
    until(lambda: len(messages(api, webhook)) == 2)
    seen = len(receiver.got)
    time.sleep(1)
    assert len(receiver.got) == seen

    receiver.does = lambda: 204
    assert api.patch(f"/webhooks/{webhook}", json={"active": True}).json()["state"] == "active"
    until(lambda: messages(api, webhook)[0]["state"] == "delivered")
    assert api.post(f"/webhooks/{webhook}/messages/{failed['id']}/resend").status_code == 202
    until(lambda: messages(api, webhook)[1]["state"] == "delivered")
    ids = [h["webhook-id"] for h, _ in receiver.got]
    assert ids[0] == ids[-1] == f"msg_{failed['id']}"


def test_a_slow_receiver_does_not_keep_others_waiting(api: httpx.Client, receiver: Receiver) -> None:
    slow = Receiver()
    held = threading.Event()
    slow.does = lambda: (held.wait(8), 204)[1]
    late, _ = subscribe(api, slow.url, "declaration.refused")
    subscribe(api, receiver.url, "declaration.refused")
    for _ in range(3):
        api.post("/declarations", json=declaration() | {"type": "XXX"})
    until(lambda: len(receiver.got) == 3, 8)
    assert all(m["state"] == "waiting" for m in messages(api, late))
    held.set()
    until(lambda: {m["state"] for m in messages(api, late)} == {"delivered"})
    slow.close()


def test_secrets_change_over_with_both_signing(api: httpx.Client, receiver: Receiver) -> None:
    webhook, first = subscribe(api, receiver.url)
    shown = api.post(f"/webhooks/{webhook}/secret").json()["secret"]
    second = base64.b64decode(shown.removeprefix("whsec_"))
    assert api.post(f"/webhooks/{webhook}/test").status_code == 202
    until(lambda: receiver.got)
    headers, body = receiver.got[0]
    assert is_signed(headers, body, second, first)
    assert json.loads(body)["type"] == "webhook.test"
    with connection.cursor() as cursor:
        cursor.execute("select secret, before from webhook where id = %s", [webhook])
        assert not {first, second} & {bytes(s) for s in cursor.fetchone()}


def test_whose_webhook_it_is(api: httpx.Client, stranger: httpx.Client, receiver: Receiver) -> None:
    webhook, _ = subscribe(api, receiver.url)
    number = api.post(f"/webhooks/{webhook}/test").json()["message"]
    for verb, address in (
        ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/secret"), ("POST", "/test"), ("GET", "/messages"),
        ("GET", f"/messages/{number}"), ("POST", f"/messages/{number}/resend"),
    ):  # fmt: skip
        answer = stranger.request(verb, f"/webhooks/{webhook}{address}", json={} if verb == "PATCH" else None)
        assert (answer.status_code, rules(answer)) == (404, {"UnknownWebhook"}), (verb, address)
    assert stranger.get("/webhooks").json() == {"webhooks": []}
    other, _ = subscribe(api, receiver.url)
    assert api.get(f"/webhooks/{other}/messages/{number}").status_code == 404
    assert api.delete(f"/webhooks/{webhook}").status_code == 204
    assert api.get(f"/webhooks/{webhook}").status_code == 404


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("http://example.com/", "NotHTTPS"),
        ("ftp://example.com/", "NotHTTPS"),
        ("https://", "InvalidURL"),
        ("https://user:word@example.com/", "InvalidURL"),
        ("https://example.com:99999/", "InvalidURL"),
        ("https://exa mple.com/", "InvalidURL"),
        ("https://127.0.0.1/", "PrivateAddress"),
        ("https://10.1.2.3/", "PrivateAddress"),
        ("https://169.254.169.254/latest", "PrivateAddress"),
        ("https://[::1]/", "PrivateAddress"),
        ("https://[::ffff:127.0.0.1]/", "PrivateAddress"),
        ("https://[64:ff9b::7f00:1]/", "PrivateAddress"),
        ("https://0.0.0.0/", "PrivateAddress"),
        ("https://224.0.0.1/", "PrivateAddress"),
    ],
)
def test_what_cannot_be_a_receiver(url: str, rule: str) -> None:
    with pytest.raises(gate.Receiver) as refused:
        gate.check(url)
    assert refused.value.problem.rule == rule


@pytest.mark.parametrize("name", ["localhost", "2130706433", "0x7f.1"])
def test_a_name_that_leads_into_our_own_network_is_not_followed(name: str, receiver: Receiver) -> None:
    """The name is resolved when a message goes out, and the address it has then is what is looked at."""
    import asyncio

    port = receiver.server.server_port
    sent = asyncio.run(gate.post(f"https://{name}:{port}/", {}, b"{}"))
    assert sent.status is None
    assert "not a public one" in sent.fault or "not known" in sent.fault
    assert receiver.got == []


def test_a_house_that_is_not_for_tests_takes_no_private_receiver(django_db_setup: None, house: None) -> None:
    from tests.api import serving

    with serving.web() as address, bearer(address) as api:
        for url, rule in (("http://127.0.0.1:9/x", "NotHTTPS"), ("https://192.168.1.1/", "PrivateAddress")):
            answer = api.post("/webhooks", json={"url": url, "events": ["declaration.released"]})
            assert (answer.status_code, rules(answer)) == (422, {rule})


def test_patience_grows_and_ends() -> None:
    waits = [wait_before(n, DELAYS, 0.5) for n in range(1, len(DELAYS) + 1)]
    assert [w.total_seconds() for w in waits if w] == list(DELAYS)
    assert wait_before(len(DELAYS) + 1, DELAYS, 0.5) is None
    low, high = wait_before(3, DELAYS, 0), wait_before(3, DELAYS, 1)
    assert low and high
    assert (low.total_seconds(), high.total_seconds()) == (DELAYS[2] * (1 - JITTER), DELAYS[2] * (1 + JITTER))
    assert 24 * 3600 < sum(DELAYS) < 48 * 3600


def test_a_courier_that_is_ended_in_the_very_moment_it_is_stirred_ends(house: None) -> None:
    """A cancellation that comes when what is awaited is there already must not be forgotten: the worker would not stop."""

    async def ended(turns: int) -> None:
        courier = Courier(delays=DELAYS)
        running = asyncio.create_task(courier.run())
        await asyncio.sleep(0.2)  # it has read on, and waits
        courier._stirred.set()
        for _ in range(turns):
            await asyncio.sleep(0)
        running.cancel()
        done, _ = await asyncio.wait({running}, timeout=5)
        assert running in done and running.cancelled()

    for turns in range(3):
        asyncio.run(ended(turns))
