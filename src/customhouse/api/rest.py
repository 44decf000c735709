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
from customhouse.api import papers, plain
from customhouse.api.cargo import CargoAnswer
from customhouse.api.cargo import router as cargo_router
from customhouse.api.entry_summaries import router as entry_summaries
from customhouse.clearance import query, settle
from customhouse.clearance.answer import Answer, answer
from customhouse.clearance.notification import notifications
from customhouse.gates import json as json_gate
from customhouse.gates.wco_xml import response as response_gate
from customhouse.kernel.money import Money
from customhouse.record import access
from customhouse.record.access import Whose
from customhouse.record.declaration import Declaration, Role
from customhouse.record.flow import NotPermitted
from customhouse.registry import files, people, reader, reads, worklist


def does(action: str) -> dict[str, str]:
    """The action of a route in the table of `record.access`, told in the OpenAPI document."""
    assert action in access.ACTIONS, action
    return {"x-action": action}


class Token(HttpBearer):
    """A bearer token of a trader's software; the trader's number is what routes see."""

    def authenticate(self, request: HttpRequest, token: str) -> str | None:
        trader = people.holder(token)
        if trader is not None:
            reader.enter(people.reader_for(trader))
        return trader


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


def _own(request: HttpRequest, mrn: str, action: str) -> Declaration:
    """The declaration, when the caller may do `action` on it; otherwise the same answer as for one that does not exist."""
    declaration, own = files.get(mrn.upper()), str(request.auth)  # type: ignore[attr-defined]
    if not access.is_open(action, Role.BROKER, declaration, own=own, reads=reader.current().traders):
        raise files.UnknownDeclaration(mrn)
    _note(request, "api", Whose.OWN if declaration.lodged.declarant_id == own else Whose.PARTY, declaration.id)
    return declaration


def _note(request: HttpRequest, what: str, ground: str, declaration: int | None, asked: str = "") -> None:
    """Reads by software are recorded as those of people are."""
    own, address = str(request.auth), str(request.META.get("REMOTE_ADDR") or "")  # type: ignore[attr-defined]
    reads.record(
        reads.Read(
            by=f"software of {own}", role=Role.BROKER.value, trader=own, what=what, ground=ground,
            declaration=declaration, asked=asked[:80], address=address[:45],
        )
    )  # fmt: skip


@api.exception_handler(files.UnknownDeclaration)
def _unknown(request: HttpRequest, fault: files.UnknownDeclaration) -> HttpResponse:
    asked = str(fault.key).upper()
    with reader.system():
        _note(request, "api", reads.REFUSED, files.number(asked) if files.is_mrn(asked) else None, asked)
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
    "x-action": "declaration.lodge",
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/Lodgement"}},
            "application/xml": {"schema": {"type": "string", "description": "WCO Data Model 3.6, message DEC"}},
            **plain.CONTENT,
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
            207: "The file held several declarations; one answer each",
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
    """JSON and WCO XML are answered by the intake before they come here; other formats, and all under WSGI, are taken here."""
    return plain.lodge(request, str(request.auth))  # type: ignore[attr-defined]


@api.get(
    "/declarations",
    tags=["declarations"],
    openapi_extra=does("declaration.list"),
    summary="Own declarations, newest first",
)
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


@api.get(
    "/declarations/{mrn}",
    tags=["declarations"],
    openapi_extra=does("declaration.read"),
    summary="One declaration as it stands",
)
def declaration(request: HttpRequest, mrn: str) -> HttpResponse:
    d = _own(request, mrn, "declaration.read")
    return _send(answer("same", d, d.problems))


@api.get(
    "/declarations/{mrn}/acts",
    tags=["declarations"],
    openapi_extra=does("declaration.read"),
    summary="Everything that was recorded, with the hash of each act",
)
def acts(request: HttpRequest, mrn: str) -> HttpResponse:
    d = _own(request, mrn, "declaration.read")
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


@api.get(
    "/declarations/{mrn}/notifications",
    tags=["declarations"],
    openapi_extra=does("declaration.read"),
    summary="What customs has answered, oldest first",
)
def told(request: HttpRequest, mrn: str) -> HttpResponse:
    """Every message about the declaration, as the WCO Response has it; each is there as XML under its number."""
    d = _own(request, mrn, "declaration.read")
    return _send({"mrn": d.mrn, "notifications": notifications(files.entries(d.id))})


@api.get(
    "/declarations/{mrn}/notifications/{number}",
    tags=["declarations"],
    openapi_extra=does("declaration.read"),
    summary="One answer of customs as WCO XML",
)
def told_as_xml(request: HttpRequest, mrn: str, number: int) -> HttpResponse:
    d = _own(request, mrn, "declaration.read")
    for one in notifications(files.entries(d.id)):
        if one.number == number:
            return HttpResponse(response_gate.write([one.response]), content_type="application/xml")
    problem = {"rule": "UnknownNotification", "label": f"{d.mrn} has no message {number}", "hint": "List the messages"}
    return _send({"problems": [problem]}, 404)


@api.post(
    "/declarations/{mrn}/payments", tags=["payment"], openapi_extra=does("declaration.pay"), summary="Pay what is due"
)
def pay(request: HttpRequest, mrn: str, payment: Payment) -> HttpResponse:
    d = _own(request, mrn, "declaration.pay")
    try:
        amount = Money.of(payment.amount, payment.currency)
    except ValueError as fault:
        return _send({"problems": [{"rule": "InvalidAmount", "label": str(fault), "where": "amount"}]}, 422)
    trader = str(request.auth)  # type: ignore[attr-defined]
    paid = settle.pay(d.id, amount, payment.method, by=trader, role=Role.BROKER, payer=trader)
    return _send(answer("same", paid))


@api.post(
    "/declarations/{mrn}/queries/{number}/answer",
    tags=["declarations"],
    openapi_extra=does("declaration.act"),
    summary="Answer a query of customs",
)
def reply(request: HttpRequest, mrn: str, number: int, body: Reply) -> HttpResponse:
    d = _own(request, mrn, "declaration.act")
    trader = str(request.auth)  # type: ignore[attr-defined]
    after = query.answer(d.id, number, body.text, by=trader, role=Role.BROKER, documents=body.documents)
    return _send(answer("same", after))


api.add_router("/entry-summaries", entry_summaries)
api.add_router("/manifests", cargo_router, tags=["manifests"])
api.add_router("/declarations", papers.router)


def _whole_document() -> None:
    """Put the schemas of our own JSON into the OpenAPI document, from the record classes themselves."""
    made = api.get_openapi_schema

    def document(**options: Any) -> Any:
        told = made(**options)
        schemas = told.setdefault("components", {}).setdefault("schemas", {})
        schemas.update(json_gate.schema())
        _, components = msgspec.json.schema_components(
            [Answer, CargoAnswer], schema_hook=lambda _: {"type": "string"}, ref_template="#/components/schemas/{name}"
        )
        schemas.update(components)
        return told

    api.get_openapi_schema = document  # type: ignore[method-assign]


_whole_document()
