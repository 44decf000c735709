"""The OpenAPI 3.1 document: ninja's parameters, completed with what `api.operation` knows of each operation.

Schemas come from the record classes themselves, so they cannot say anything else than what is sent and taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from customhouse.api import (  # noqa: F401 - they hand their operations to `api`
    cargo,
    consolidations,
    entry_summaries,
    notifications,
    oauth,
    papers,
    payments,
    rest,
    sandbox,
    webhooks,
)
from customhouse.api.examples import FAULT_EXAMPLE
from customhouse.api.fault import CONTENT_TYPE, Fault, LodgementFault
from customhouse.api.operation import HEADER, OPERATIONS, Media, Operation, api
from customhouse.gates import json as json_gate
from customhouse.registry import clients

DESCRIPTION = """Lodge declarations, follow them, pay, and answer customs.

**Access.** Your client's id and secret get a token at `/api/v1/oauth/token`; send it as `Authorization: Bearer`.
**Faults** are RFC 9457 problem details (`application/problem+json`) with `problems`: every problem, with its place and what
to do next. **Idempotency.** Operations that change something take an `Idempotency-Key`: the same key with the same content
is answered the same for two days and done once. **Limits.** A client that asks too often gets 429 with `Retry-After`."""
TAGS = {
    "access": "Tokens for your software (OAuth2 client credentials)",
    "declarations": "Lodge, follow, amend, withdraw; answer queries",
    "documents": "Papers that support a declaration",
    "cargo": "Cargo reports, houses of consolidations, arrivals",
    "consolidations": "Parcels by the thousand: hand a file in resumably (tus 1.0), follow it, take its answer",
    "entry summaries": "Entry summary declarations before the goods come (IE315, IE313)",
    "payments": "Payment orders, and how to pay them",
    "events": "What happened, in order, for those who ask",
    "webhooks": "What happened, sent to you, signed",
    "sandbox": "Scenarios to try your software against; only where the house is a sandbox",
}
REPLAYED = {"schema": {"type": "string"}, "description": "`true` when this is the answer kept for the key"}
TOKEN_REQUEST = {
    "type": "object",
    "required": ["grant_type"],
    "properties": {
        "grant_type": {"type": "string", "const": "client_credentials"},
        "scope": {"type": "string", "description": "Scopes wanted, with spaces; all that are allowed when left out"},
        "client_id": {"type": "string", "description": "Unless HTTP Basic is used"},
        "client_secret": {"type": "string", "description": "Unless HTTP Basic is used"},
    },
}
REVOCATION_REQUEST = {
    "type": "object",
    "required": ["token"],
    "properties": {
        "token": {"type": "string"},
        "client_id": {"type": "string"},
        "client_secret": {"type": "string"},
    },
}


def complete(told: dict[str, Any]) -> dict[str, Any]:
    """Ninja's document, made whole in place."""
    told["info"]["description"] = DESCRIPTION
    told["info"]["license"] = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    told["tags"] = [{"name": name, "description": text} for name, text in TAGS.items() if _used(told, name)]
    schemas = told.setdefault("components", {}).setdefault("schemas", {})
    schemas |= json_gate.schema()
    schemas |= _schemas()
    for name, known in schemas.items():  # a class of one name may stand in two rooms; generators go by the title
        if "title" in known:
            known["title"] = name
    schemas["TokenRequest"], schemas["RevocationRequest"] = TOKEN_REQUEST, REVOCATION_REQUEST
    token_url = "/api/v1/oauth/token"  # noqa: S105 - an address
    told["components"]["securitySchemes"] = {
        "oauth": {
            "type": "oauth2",
            "description": "Client credentials (RFC 6749, 4.4)",
            "flows": {"clientCredentials": {"tokenUrl": token_url, "scopes": clients.SCOPES}},
        },
        "client": {"type": "http", "scheme": "basic", "description": "The client's id and secret"},
    }
    for verbs in told["paths"].values():
        for operation in verbs.values():
            _fill(operation, OPERATIONS[operation["operationId"]])
    return told


def _used(told: dict[str, Any], tag: str) -> bool:
    return any(tag in operation["tags"] for verbs in told["paths"].values() for operation in verbs.values())


def _answers() -> Iterator[Any]:
    yield from (Fault, LodgementFault)
    for one in OPERATIONS.values():
        for _text, told in one.answers.values():
            yield from (kind for kind in _kinds(told) if kind is not dict and not isinstance(kind, Media))


def _kinds(told: Any) -> tuple[Any, ...]:
    """What may be sent: none, one or several."""
    return () if told is None else told if isinstance(told, tuple) else (told,)


def _schemas() -> dict[str, Any]:
    kinds = list(dict.fromkeys(_answers()))
    _, components = msgspec.json.schema_components(
        kinds, schema_hook=lambda _: {"type": "string"}, ref_template="#/components/schemas/{name}"
    )
    return dict(components)


def _fill(operation: dict[str, Any], known: Operation) -> None:
    """What is true of this operation, and what is true of all of its kind."""
    answers = dict(known.answers)
    if known.action:
        operation["x-action"] = known.action
    if known.scope:
        answers.setdefault(401, ("No valid token", Fault))
        answers.setdefault(403, (f"The token has not the scope {known.scope}", Fault))
        answers.setdefault(429, ("Too many requests; come back after Retry-After", Fault))
        operation["security"] = [{"oauth": [known.scope]}]
    else:
        operation["security"] = [{"client": []}, {}]
    if known.idempotent:
        answers.setdefault(409, ("A request with the same Idempotency-Key is still at work", Fault))
        operation.setdefault("parameters", []).append(
            {
                "in": "header",
                "name": HEADER,
                "required": False,
                "description": "A name of your own for this request, such as a UUID",
                "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
            }
        )
    if known.headers:
        operation.setdefault("parameters", []).extend(known.headers)
    if known.body is not None:
        operation["requestBody"] = known.body
    if known.scope and "requestBody" in operation:
        answers.setdefault(413, ("Too large", Fault))
    if known.scope and (known.idempotent or "requestBody" in operation):
        answers.setdefault(400, ("The body or the Idempotency-Key cannot be read", Fault))
    if known.scope and (known.idempotent or operation.get("parameters") or "requestBody" in operation):
        answers.setdefault(422, ("The input is not what the document says; every problem with its place", Fault))
    operation["responses"] = {str(status): _answer(status, *answers[status], known) for status in sorted(answers)}


def _answer(status: int, text: str, kind: Any, known: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {"description": text}
    content: dict[str, Any] = {}
    for one in _kinds(kind):
        if isinstance(one, Media):
            about = {"description": one.about} if one.about else {}
            content[one.type] = {"schema": {"type": "string", "format": "binary", **about}}
            continue
        schema = {"type": "object"} if one is dict else {"$ref": f"#/components/schemas/{one.__name__}"}
        media = content[CONTENT_TYPE if one in (Fault, LodgementFault) else "application/json"] = {"schema": schema}
        if known.example is not None and status in (200, 201):
            media["examples"] = {"answer": {"value": known.example}}
        if status == 404 and one is Fault:
            media["examples"] = {"unknown": {"value": FAULT_EXAMPLE}}
    if content:
        told["content"] = content
    headers: dict[str, Any] = {}
    if status in (429, 503):
        headers["Retry-After"] = {"schema": {"type": "integer"}, "required": True, "description": "Seconds to wait"}
    if known.idempotent and status not in (401, 403, 429):
        headers["Idempotency-Replayed"] = REPLAYED
    if headers:
        told["headers"] = headers
    return told


_made = api.get_openapi_schema
api.get_openapi_schema = lambda **options: complete(_made(**options))  # type: ignore[method-assign]


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The document to read and to try, from our own files only and without inline scripts."""
    return render(request, "desks/api.html", {"document": "/api/v1/openapi.json"})
