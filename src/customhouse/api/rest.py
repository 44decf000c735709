"""The REST API: what a trader's software reads and does after lodging. OpenAPI 3.1 at /api/v1/openapi.json.

The lodgement itself is answered by `api.intake` on the same path; it is described here so that the document is whole.
Every route needs a bearer token, and sees the declarations of that token's trader only.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.security import HttpBearer

from customhouse import __version__
from customhouse.api import papers
from customhouse.clearance import query, settle
from customhouse.clearance.answer import Answer, answer
from customhouse.gates import json as json_gate
from customhouse.kernel.money import Money
from customhouse.record.declaration import Declaration, Role
from customhouse.record.flow import NotPermitted
from customhouse.registry import files, people, worklist


class Token(HttpBearer):
    """A bearer token of a trader's software; the trader's number is what routes see."""

    def authenticate(self, request: HttpRequest, token: str) -> str | None:
        return people.holder(token)


api = NinjaAPI(
    title="Customhouse",
    version=__version__,
    description="Lodge declarations, follow them, pay, and answer customs. Errors are lists of problems with their places.",
    auth=Token(),
    urls_namespace="api",
)


class Payment(Schema):
    """A payment against what is due: an amount in major units, as text, and how it was paid."""

    amount: Decimal
    currency: str
    method: str = "transfer"


class Reply(Schema):
    """An answer to a query of customs."""

    text: str
    documents: list[str] = []


def _send(value: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(value, enc_hook=str), status=status, content_type="application/json")


def _own(request: HttpRequest, mrn: str) -> Declaration:
    """The declaration, when it is the caller's; otherwise the same answer as for one that does not exist."""
    declaration = files.get(mrn.upper())
    if declaration.lodged.declarant_id != request.auth:  # type: ignore[attr-defined]
        raise files.UnknownDeclaration(mrn)
    return declaration


@api.exception_handler(files.UnknownDeclaration)
def _unknown(request: HttpRequest, fault: Exception) -> HttpResponse:
    return _send(
        {
            "problems": [
                {"rule": "UnknownMRN", "label": str(fault), "hint": "Check the MRN; you see your own declarations only"}
            ]
        },
        404,
    )


@api.exception_handler(NotPermitted)
def _not_now(request: HttpRequest, fault: Exception) -> HttpResponse:
    return _send(
        {
            "problems": [
                {"rule": "NotPermitted", "label": str(fault), "hint": "Read the declaration to see what it waits for"}
            ]
        },
        409,
    )


BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/Lodgement"}},
            "application/xml": {"schema": {"type": "string", "description": "WCO Data Model 3.6, message DEC"}},
        },
    },
    "responses": {
        code: {
            "description": text,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}},
        }
        for code, text in {
            200: "The same content was lodged before; this is its answer",
            201: "Accepted; cleared, or held with reasons",
            400: "Cannot be read; every problem with its place",
            401: "No valid token",
            403: "The declaration names another declarant",
            409: "The reference was used before for other content",
            413: "Too large",
            415: "Unknown kind of content",
            422: "Refused; every problem with its place",
            503: "Come back after Retry-After; nothing was lost",
        }.items()
    },
}


@api.post("/declarations", tags=["declarations"], openapi_extra=BODY, summary="Lodge a declaration")
def lodge(request: HttpRequest) -> HttpResponse:
    """Answered by the intake before it comes here; under a plain WSGI server this plain path does the same."""
    from customhouse.clearance.lodge import lodge as take

    outcome = take(request.body, by=str(request.auth))  # type: ignore[attr-defined]
    status = {"new": 201, "same": 200, "other": 409, "refused": 422, "unreadable": 400}[outcome.kind]
    return _send(answer(outcome.kind, outcome.declaration, outcome.problems), status)


@api.get("/declarations", tags=["declarations"], summary="Own declarations, newest first")
def declarations(
    request: HttpRequest, stage: str = "", lane: str = "", before: int | None = None, limit: int = 50
) -> HttpResponse:
    """A page of declarations; go on with `before` set to the last `id`."""
    wanted = worklist.Wanted(
        declarant=str(request.auth),  # type: ignore[attr-defined]
        stage=stage,
        lane=lane,
        before="" if before is None else str(before),
    )
    rows = worklist.rows(wanted, max(1, min(limit, 200)))
    return _send({"declarations": rows})


@api.get("/declarations/{mrn}", tags=["declarations"], summary="One declaration as it stands")
def declaration(request: HttpRequest, mrn: str) -> HttpResponse:
    d = _own(request, mrn)
    return _send(answer("same", d, d.problems))


@api.get(
    "/declarations/{mrn}/acts", tags=["declarations"], summary="Everything that was recorded, with the hash of each act"
)
def acts(request: HttpRequest, mrn: str) -> HttpResponse:
    d = _own(request, mrn)
    leaves = iter(files.leaves(d.id))
    told = [
        {
            "number": n,
            "act": act.name,
            "by": e.by,
            "role": e.role,
            "at": e.at,
            "book": e.book,
            "leaf": next(leaves).hex(),
        }
        for e in files.entries(d.id)
        for n, act in enumerate(e.acts, e.first)
    ]
    return _send({"mrn": d.mrn, "acts": told})


@api.post("/declarations/{mrn}/payments", tags=["payment"], summary="Pay what is due")
def pay(request: HttpRequest, mrn: str, payment: Payment) -> HttpResponse:
    d = _own(request, mrn)
    try:
        amount = Money.of(payment.amount, payment.currency)
    except ValueError as fault:
        return _send({"problems": [{"rule": "InvalidAmount", "label": str(fault), "where": "amount"}]}, 422)
    trader = str(request.auth)  # type: ignore[attr-defined]
    paid = settle.pay(d.id, amount, payment.method, by=trader, role=Role.BROKER, payer=trader)
    return _send(answer("same", paid))


@api.post("/declarations/{mrn}/queries/{number}/answer", tags=["declarations"], summary="Answer a query of customs")
def reply(request: HttpRequest, mrn: str, number: int, body: Reply) -> HttpResponse:
    d = _own(request, mrn)
    trader = str(request.auth)  # type: ignore[attr-defined]
    after = query.answer(d.id, number, body.text, by=trader, role=Role.BROKER, documents=body.documents)
    return _send(answer("same", after))


api.add_router("/declarations", papers.router)


def _whole_document() -> None:
    """Put the schemas of our own JSON into the OpenAPI document, from the record classes themselves."""
    made = api.get_openapi_schema

    def document(**options: Any) -> Any:
        told = made(**options)
        schemas = told.setdefault("components", {}).setdefault("schemas", {})
        schemas.update(json_gate.schema())
        (_,), components = msgspec.json.schema_components(
            [Answer], schema_hook=lambda _: {"type": "string"}, ref_template="#/components/schemas/{name}"
        )
        schemas.update(components)
        return told

    api.get_openapi_schema = document  # type: ignore[method-assign]


_whole_document()
