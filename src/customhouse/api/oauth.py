"""OAuth2 for the software of traders: client credentials only (RFC 6749, 4.4), revocation (RFC 7009), metadata (RFC 8414).

The protocol is Authlib's; what it asks for comes from `registry.clients`. There are no users, no redirects and no refresh
tokens here: software shows its own secret and gets a token for half an hour.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
from authlib.integrations.django_oauth2 import AuthorizationServer, RevocationEndpoint
from authlib.oauth2.rfc6749 import ClientMixin
from authlib.oauth2.rfc6749.errors import InsecureTransportError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from customhouse.api.operation import Operation, operation
from customhouse.registry import clients

METHODS = ("client_secret_basic", "client_secret_post")
TOKEN, REVOKE = "/api/v1/oauth/token", "/api/v1/oauth/revoke"


class _Client(ClientMixin):  # type: ignore[misc]
    """A client as Authlib asks about it."""

    def __init__(self, record: clients.Client) -> None:
        self.record = record
        self.client_id = record.id

    def get_client_id(self) -> str:
        return self.record.id

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """What a token may have: what was asked for, or everything; None when more was asked for than is allowed."""
        allowed = set(self.record.scopes)
        asked = set(scope.split()) if scope else allowed
        return " ".join(sorted(asked)) if asked <= allowed else None

    def check_client_secret(self, client_secret: str) -> bool:
        return clients.is_secret(self.record.id, client_secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in METHODS

    def check_grant_type(self, grant_type: str) -> bool:
        return bool(grant_type == ClientCredentialsGrant.GRANT_TYPE)


class _Given:
    """A token that is to be revoked."""

    def __init__(self, token: str, owner: str) -> None:
        self.token, self.owner = token, owner

    def check_client(self, client: _Client) -> bool:
        return self.owner == client.client_id


class _Server(AuthorizationServer):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__(None, None)
        self.config = {}
        self.scopes_supported = list(clients.SCOPES)

    def query_client(self, client_id: str) -> _Client | None:
        found = clients.get(client_id.replace("\x00", ""))
        return _Client(found) if found and not found.revoked else None

    def save_token(self, token: dict[str, Any], request: Any) -> None:
        clients.grant(token["access_token"], request.client.record, token["scope"].split())


class _Grant(ClientCredentialsGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = list(METHODS)


class _Revocation(RevocationEndpoint):  # type: ignore[misc]
    CLIENT_AUTH_METHODS = list(METHODS)

    def query_token(self, token: str, token_type_hint: str | None) -> _Given | None:
        owner = clients.owner_of(token)
        return _Given(token, owner) if owner else None

    def revoke_token(self, token: _Given, request: Any) -> None:
        clients.withdraw(token.token)


def _new_token(*_: Any, **__: Any) -> str:
    return "ct_" + secrets.token_urlsafe(32)


def _made() -> _Server:
    server = _Server()
    server.config = {
        "access_token_generator": _new_token,
        "token_expires_in": {"client_credentials": int(clients.TOKEN_LIFE.total_seconds())},
    }
    server.register_token_generator("default", server.create_bearer_token_generator())
    server.register_grant(_Grant)
    server.register_endpoint(_Revocation)
    return server


_server = _made()


def _answered(work: Callable[[HttpRequest], Any], request: HttpRequest) -> HttpResponse:
    """What Authlib answers; secrets that came over plain http, from elsewhere than this machine, are not looked at."""
    try:
        return work(request)  # type: ignore[no-any-return]
    except InsecureTransportError as fault:
        return JsonResponse({"error": fault.error, "error_description": fault.description}, status=400)


FORM = {"application/x-www-form-urlencoded": {"schema": {"$ref": "#/components/schemas/TokenRequest"}}}
GONE = {"application/x-www-form-urlencoded": {"schema": {"$ref": "#/components/schemas/RevocationRequest"}}}


class Token(msgspec.Struct, frozen=True):
    """An access token: send it as `Authorization: Bearer`, and ask for another before `expires_in` seconds are over."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str


class TokenFault(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why no token is given (RFC 6749, 5.2)."""

    error: str
    error_description: str = ""


NO_CLIENT = {401: ("Unknown client or wrong secret", TokenFault), 400: ("The request cannot be granted", TokenFault)}


@operation(
    "POST",
    "/oauth/token",
    Operation("getToken", "", "", {200: ("A token", Token), **NO_CLIENT}, body={"required": True, "content": FORM}),
    tag="access",
    summary="Get an access token (OAuth2 client credentials)",
)
def token(request: HttpRequest) -> HttpResponse:
    """Show the client's id and secret, by HTTP Basic or in the form, and name the scopes wanted (default: all allowed)."""
    return _answered(_server.create_token_response, request)


@operation(
    "POST",
    "/oauth/revoke",
    Operation(
        "revokeToken",
        "",
        "",
        {200: ("The token opens nothing any more", dict), **NO_CLIENT},
        body={"required": True, "content": GONE},
    ),
    tag="access",
    summary="Revoke an access token (RFC 7009)",
)
def revoke(request: HttpRequest) -> HttpResponse:
    """End a token before its time; a token that is not known is no fault."""
    return _answered(partial(_server.create_endpoint_response, _Revocation.ENDPOINT_NAME), request)


@require_safe
def metadata(request: HttpRequest) -> HttpResponse:
    """Where a client finds everything (RFC 8414)."""
    issuer = request.build_absolute_uri("/").rstrip("/")
    told = AuthorizationServerMetadata(
        issuer=issuer,
        token_endpoint=issuer + TOKEN,
        revocation_endpoint=issuer + REVOKE,
        token_endpoint_auth_methods_supported=list(METHODS),
        revocation_endpoint_auth_methods_supported=list(METHODS),
        grant_types_supported=[ClientCredentialsGrant.GRANT_TYPE],
        response_types_supported=[],
        scopes_supported=list(clients.SCOPES),
        service_documentation=issuer + "/api/v1/docs",
    )
    return JsonResponse(told)
