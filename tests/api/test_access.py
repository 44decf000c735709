"""Access of software: tokens by client credentials, scopes, rotation, revocation, limits, files of others."""

from __future__ import annotations

import time

import httpx
import pytest
from django.db import connection
from tests.api.serving import BROKER, OTHER, bearer, declaration, rules, token

from customhouse.api.document import OPERATIONS
from customhouse.registry import clients

pytestmark = pytest.mark.usefixtures("house")
SOON = clients.BELIEVED + 1.5


def lodge(address: str, given: str) -> int:
    head = {"Authorization": f"Bearer {given}"}
    return httpx.post(f"{address}/api/v1/declarations", json=declaration(), headers=head, timeout=20).status_code


def read(address: str, given: str) -> int:
    head = {"Authorization": f"Bearer {given}"}
    return httpx.get(f"{address}/api/v1/declarations", headers=head, timeout=20).status_code


def test_a_secret_gets_a_token_that_opens_what_its_scopes_say(served: str) -> None:
    client, secret = clients.register(BROKER, "reader", ["declarations:read"], by="test")
    answer = token(served, client, secret)
    told = answer.json()
    assert answer.status_code == 200, told
    assert (told["token_type"], told["scope"]) == ("Bearer", "declarations:read")
    assert told["expires_in"] == clients.TOKEN_LIFE.total_seconds()
    assert answer.headers["cache-control"] == "no-store"
    assert read(served, told["access_token"]) == 200
    assert lodge(served, told["access_token"]) == 403
    refused = httpx.post(
        f"{served}/api/v1/declarations",
        json=declaration(),
        headers={"Authorization": f"Bearer {told['access_token']}"},
    )
    assert rules(refused) == {"NoScope"}
    assert 'scope="declarations:lodge"' in refused.headers["www-authenticate"]
    assert refused.headers["content-type"] == "application/problem+json"


def test_less_may_be_asked_for_and_not_more(served: str) -> None:
    client, secret = clients.register(BROKER, "both", ["declarations:read", "payments:write"], by="test")
    assert token(served, client, secret, "payments:write").json()["scope"] == "payments:write"
    for more in ("declarations:lodge", "payments:write webhooks:manage", "everything"):
        answer = token(served, client, secret, more)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")
    with pytest.raises(clients.UnknownScope):
        clients.register(BROKER, "odd", ["everything"], by="test")


@pytest.mark.parametrize(
    ("data", "auth", "status", "error"),
    [
        ({"grant_type": "client_credentials"}, ("cl_none", "x"), 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, None, 401, "invalid_client"),
        ({"grant_type": "password"}, ("cl_none", "x"), 400, "unsupported_grant_type"),
        ({}, ("cl_none", "x"), 400, "unsupported_grant_type"),
        (
            {"grant_type": "client_credentials", "client_id": "a\x00b", "client_secret": "x"},
            None,
            400,
            "invalid_client",
        ),
    ],
)
def test_what_is_no_client_gets_no_token(served: str, data: dict, auth: tuple | None, status: int, error: str) -> None:
    answer = httpx.post(f"{served}/api/v1/oauth/token", data=data, auth=auth)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_a_wrong_secret_and_the_secret_of_another_open_nothing(served: str) -> None:
    one, own = clients.register(BROKER, "one", clients.SCOPES, by="test")
    two, _ = clients.register(BROKER, "two", clients.SCOPES, by="test")
    assert token(served, one, own + "x").status_code == 401
    assert token(served, two, own).status_code == 401
    with connection.cursor() as cursor:
        cursor.execute("select digest from api_secret where client = %s", [one])
        assert own not in cursor.fetchone()[0]


def test_secrets_change_over_with_an_overlap(served: str) -> None:
    client, first = clients.register(BROKER, "turning", clients.SCOPES, by="test")
    second = clients.rotate(client, BROKER)
    assert second is not None
    assert [token(served, client, s).status_code for s in (first, second)] == [200, 200]
    third = clients.rotate(client, BROKER)
    assert third is not None
    assert [token(served, client, s).status_code for s in (first, second, third)] == [401, 200, 200]
    with connection.cursor() as cursor:
        cursor.execute(
            "update api_secret set expires_at = now() where client = %s and expires_at is not null", [client]
        )
    assert [token(served, client, s).status_code for s in (second, third)] == [401, 200]
    assert clients.rotate(client, "XM100000017") is None


@pytest.mark.parametrize("how", ["by the client", "by the trader", "at its end"])
def test_a_token_that_has_ended_opens_nothing_within_seconds(served: str, how: str) -> None:
    client, secret = clients.register(BROKER, "leaving", clients.SCOPES, by="test")
    given = token(served, client, secret).json()["access_token"]
    assert (lodge(served, given), read(served, given)) == (201, 200)
    if how == "by the client":
        ended = httpx.post(f"{served}/api/v1/oauth/revoke", data={"token": given}, auth=(client, secret))
        assert ended.status_code == 200
    elif how == "by the trader":
        assert clients.revoke(client, BROKER)
    else:
        with connection.cursor() as cursor:
            cursor.execute("update api_access set expires_at = now() where client = %s", [client])
    time.sleep(SOON)
    assert (lodge(served, given), read(served, given)) == (401, 401)
    assert token(served, client, secret).status_code == (401 if how == "by the trader" else 200)


def test_a_client_cannot_revoke_the_token_of_another(served: str) -> None:
    one, secret = clients.register(BROKER, "one", clients.SCOPES, by="test")
    other, theirs = clients.register(BROKER, "other", clients.SCOPES, by="test")
    given = token(served, one, secret).json()["access_token"]
    tried = httpx.post(f"{served}/api/v1/oauth/revoke", data={"token": given}, auth=(other, theirs))
    assert tried.status_code == 400
    unknown = httpx.post(f"{served}/api/v1/oauth/revoke", data={"token": "ct_none"}, auth=(other, theirs))
    assert unknown.status_code == 200
    time.sleep(SOON)
    assert read(served, given) == 200


def test_the_metadata_lead_to_a_token(served: str) -> None:
    told = httpx.get(f"{served}/.well-known/oauth-authorization-server").json()
    assert told["issuer"] == served
    assert told["grant_types_supported"] == ["client_credentials"]
    assert set(told["scopes_supported"]) == set(clients.SCOPES)
    client, secret = clients.register(BROKER, "finder", clients.SCOPES, by="test")
    answer = httpx.post(
        told["token_endpoint"],
        data={"grant_type": "client_credentials", "client_id": client, "client_secret": secret},
    )
    assert answer.status_code == 200


def test_every_operation_names_its_scope_and_keeps_to_it(served: str) -> None:
    """Walked from the published document: without a token 401, with every scope but its own 403."""
    document = httpx.get(f"{served}/api/v1/openapi.json").json()
    walked = set()
    for path, verbs in document["paths"].items():
        for verb, told in verbs.items():
            scope = OPERATIONS[told["operationId"]].scope
            walked.add(told["operationId"])
            if not scope:
                assert path.startswith(("/api/v1/oauth/", "/api/v1/sandbox/"))
                continue
            assert told["security"] == [{"oauth": [scope]}]
            others = tuple(s for s in clients.SCOPES if s != scope)
            address = path.replace("{mrn}", "26XM110000000001R0").replace("{id}", "wh_" + "0" * 20)
            address = address.replace("{number}", "1").replace("{digest}", "0" * 64).removeprefix("/api/v1")
            with bearer(served, scopes=others) as one:
                asked = {"json": {}, "headers": {"Content-Type": "application/json"}}
                assert one.request(verb, address, **asked).status_code in (403, 422), (verb, path)
                del one.headers["Authorization"]
                assert one.request(verb, address, **asked).status_code == 401, (verb, path)
    assert walked == set(OPERATIONS)


def test_the_file_of_another_is_not_there_and_who_asked_is_kept(broker: httpx.Client, stranger: httpx.Client) -> None:
    mrn = broker.post("/declarations", json=declaration()).json()["mrn"]
    assert broker.get(f"/declarations/{mrn}").status_code == 200
    nothing = stranger.get("/declarations/26XM110000000001R0")
    for verb, address, body in (
        ("GET", f"/declarations/{mrn}", None),
        ("GET", f"/declarations/{mrn}/acts", None),
        ("PUT", f"/declarations/{mrn}", declaration()),
        ("POST", f"/declarations/{mrn}/payments", {"amount": "1.00", "currency": "USD"}),
        ("POST", f"/declarations/{mrn}/invalidation", {"reason": "none of mine"}),
        ("POST", f"/declarations/{mrn}/queries/1/answer", {"text": "none of mine"}),
        ("GET", f"/declarations/{mrn}/notifications", None),
        ("GET", f"/declarations/{mrn}/documents", None),
    ):
        answer = stranger.request(verb, address, json=body, headers={"Idempotency-Key": f"{mrn}{verb}{address}"[:255]})
        assert (answer.status_code, rules(answer)) == (404, {"UnknownMRN"}), (verb, address)
        assert set(answer.json()) == set(nothing.json())
    with connection.cursor() as cursor:
        cursor.execute(
            "select trader, by like 'software cl_%%', ground, count(*) from file_read r join declaration d "
            "on d.id = r.declaration where d.mrn = %s and trader <> %s group by 1, 2, 3",
            [mrn, BROKER],
        )
        assert cursor.fetchall() == [(OTHER, True, "refused", 8)]
    assert mrn not in stranger.get("/declarations").text


def test_a_client_that_asks_too_often_is_told_when_to_come_back(served: str) -> None:
    with bearer(served, rate=2) as one:
        told = [one.get("/declarations") for _ in range(8)]
        assert [a.status_code for a in told[:4]] == [200] * 4
        late = next(a for a in told if a.status_code == 429)
        assert rules(late) == {"TooManyRequests"}
        assert one.post("/declarations", json=declaration()).status_code == 429
        time.sleep(int(late.headers["retry-after"]) + 1)
        assert one.get("/declarations").status_code == 200


def test_secrets_do_not_travel_in_the_clear(house: None) -> None:
    """Over plain http only to this machine itself; anything else is refused before the secret is looked at."""
    from django.test import Client

    client, secret = clients.register(BROKER, "far away", clients.SCOPES, by="test")
    told = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
    for host, secure, status in (("testserver", False, 400), ("testserver", True, 200), ("127.0.0.1", False, 200)):
        for address in ("/api/v1/oauth/token", "/api/v1/oauth/revoke"):
            body = told if address.endswith("token") else told | {"token": "ct_none"}
            answer = Client().post(address, body, headers={"Host": host}, secure=secure)
            assert answer.status_code == status, (host, address, answer.content)
            if status == 400:
                assert answer.json()["error"] == "insecure_transport"
