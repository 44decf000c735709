"""The page of a trader's programs and webhooks: secrets once, whose they are, what is wrong said beside the form."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from customhouse.registry import clients, webhooks
from customhouse.registry.demo import BROKER, TRADER

Desk = Callable[..., Client]


def made(page: str) -> tuple[str, str]:
    client, secret = re.search(r"cl_[0-9a-f]{20}", page), re.search(r"cs_[\w-]{40,}", page)
    assert client
    assert secret
    return client[0], secret[0]


def test_a_program_is_let_in_gets_a_new_secret_and_is_ended(desk: Desk) -> None:
    broker = desk("broker")
    told = {"act": "create", "name": "  Till   one ", "scope": ["declarations:read", "nonsense"]}
    client, secret = made(broker.post("/software/clients", told).content.decode())
    found = clients.get(client)
    assert found
    assert (found.name, found.trader, found.scopes) == ("Till one", BROKER, ("declarations:read",))
    assert clients.is_secret(client, secret)
    page = broker.get("/software").content.decode()
    assert "Till one" in page
    assert secret not in page
    _, further = made(broker.post("/software/clients", {"act": "rotate", "client": client}).content.decode())
    assert clients.is_secret(client, secret)
    assert clients.is_secret(client, further)
    assert broker.post("/software/clients", {"act": "revoke", "client": client}).status_code == 302
    assert clients.get(client).revoked  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "told", [{"name": "x"}, {"scope": ["declarations:read"]}, {"name": " \x00 ", "scope": ["payments:write"]}]
)
def test_a_program_without_a_name_or_a_permission_is_not_let_in(desk: Desk, told: dict[str, object]) -> None:
    answer = desk("broker").post("/software/clients", {"act": "create", **told})
    assert answer.status_code == 422
    assert "Give the program a name" in answer.content.decode()


def test_a_webhook_is_made_tried_switched_and_ended(desk: Desk) -> None:
    broker = desk("broker")
    told = {"act": "create", "url": "https://example.com/customs", "event": ["declaration.released"]}
    page = broker.post("/software/webhooks", told).content.decode()
    assert "whsec_" in page
    found = webhooks.of(BROKER)[0]
    assert (found.url, found.events) == ("https://example.com/customs", ("declaration.released",))
    one = {"webhook": found.id}
    assert broker.post("/software/webhooks", one | {"act": "test"}).status_code == 302
    (message,) = webhooks.messages(found.id)
    page = broker.get(f"/software/webhook?id={found.id}").content.decode()
    assert f"msg_{message.id}" in page
    assert "Test message" in page
    assert "whsec_" not in page
    assert broker.post("/software/webhooks", one | {"act": "resend", "message": str(message.id)}).status_code == 302
    assert broker.post("/software/webhooks", one | {"act": "resend", "message": "0"}).status_code == 404
    assert "whsec_" in broker.post("/software/webhooks", one | {"act": "rotate"}).content.decode()
    broker.post("/software/webhooks", one | {"act": "switch"})
    assert webhooks.get(found.id, BROKER).state == "disabled"  # type: ignore[union-attr]
    broker.post("/software/webhooks", one | {"act": "switch"})
    assert webhooks.get(found.id, BROKER).state == "active"  # type: ignore[union-attr]
    assert broker.post("/software/webhooks", one | {"act": "end"})["Location"] == "/software"
    assert webhooks.get(found.id, BROKER) is None
    assert broker.get(f"/software/webhook?id={found.id}").status_code == 404


@pytest.mark.parametrize(
    ("url", "events", "said"),
    [
        ("http://example.com/", ["declaration.released"], "over https only"),
        ("https://10.0.0.1/", ["declaration.released"], "at a public address"),
        ("nowhere", ["declaration.released"], "no address of a receiver"),
        ("https://example.com/", [], "at least one event"),
    ],
)
def test_what_is_no_webhook_is_said_beside_the_form(desk: Desk, url: str, events: list[str], said: str) -> None:
    answer = desk("broker").post("/software/webhooks", {"act": "create", "url": url, "event": events})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert url in answer.content.decode()


def test_what_is_another_traders_is_not_there(desk: Desk) -> None:
    client, secret = clients.register(TRADER, "theirs", clients.SCOPES, by="test")
    webhook, _ = webhooks.subscribe(TRADER, "https://example.com/", ["declaration.released"], by="test")
    broker = desk("broker")
    assert client not in broker.get("/software").content.decode()
    for act in ("rotate", "revoke"):
        assert broker.post("/software/clients", {"act": act, "client": client}).status_code == 404
    assert clients.is_secret(client, secret)
    assert not clients.get(client).revoked  # type: ignore[union-attr]
    assert broker.get(f"/software/webhook?id={webhook.id}").status_code == 404
    for act in ("switch", "end", "test", "rotate", "resend"):
        assert broker.post("/software/webhooks", {"act": act, "webhook": webhook.id}).status_code == 404
    assert webhooks.get(webhook.id, TRADER).state == "active"  # type: ignore[union-attr]
    webhooks.end(webhook.id)


def test_a_notice_of_a_webhook_leads_to_the_page(desk: Desk) -> None:
    from customhouse.registry import people

    people.tell_of_webhook(BROKER, 1_000_001, "https://example.com/gone")
    page = desk("broker").get("/notices").content.decode()
    assert "https://example.com/gone was switched off" in page
    assert 'href="/software"' in page
