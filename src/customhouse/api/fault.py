"""What went wrong, told to machines: our list of problems, as RFC 9457 problem details.

`type`, `title`, `status` and `detail` are the standard's; `problems` is every problem with its place, as everywhere in the
house. A fault of a lodgement carries the answer of the declaration besides, in the shape of an answer that went well.
"""

from __future__ import annotations

import msgspec
from django.http import HttpResponse

from customhouse.clearance.answer import Answer, Kind
from customhouse.kernel.problem import Problem

CONTENT_TYPE = "application/problem+json"
TYPE = "urn:customhouse:problem:"

encode = msgspec.json.Encoder(enc_hook=str).encode


class Fault(msgspec.Struct, frozen=True):
    """Problem details (RFC 9457) with every problem; `type` names the first of them."""

    type: str
    title: str
    status: int
    detail: str
    problems: tuple[Problem, ...]


class LodgementFault(Answer, frozen=True, kw_only=True):
    """Problem details (RFC 9457) about a lodgement, with the answer of the declaration where there is one.

    `outcome` may be missing where the request was turned away before its content was looked at.
    """

    outcome: Kind = "unreadable"
    type: str
    title: str
    status: int
    detail: str


def fault(status: int, *problems: Problem, headers: dict[str, str] | None = None) -> HttpResponse:
    """An answer of Django's side that says what went wrong."""
    first = problems[0]
    body = Fault(TYPE + first.rule, first.label, status, first.hint, problems)
    return HttpResponse(encode(body), status=status, content_type=CONTENT_TYPE, headers=headers or {})


def of_lodgement(status: int, told: Answer) -> LodgementFault:
    """What is told of a lodgement that went wrong."""
    first = told.problems[0] if told.problems else Problem("Refused", "The declaration was refused")
    fields = msgspec.structs.asdict(told)
    return LodgementFault(type=TYPE + first.rule, title=first.label, status=status, detail=first.hint, **fields)


def no_token() -> Problem:
    return Problem(
        "NoToken",
        "A valid bearer token is needed",
        "",
        "Get one at /api/v1/oauth/token with the credentials of your client",
    )


def no_scope(scope: str) -> Problem:
    return Problem(
        "NoScope",
        f"This token does not have the scope {scope}",
        "",
        "Ask for a token with this scope, or let the client be given it",
        scope,
    )


def too_many() -> Problem:
    return Problem("TooManyRequests", "This client asks too often", "", "Come back after the seconds in Retry-After")


def too_large() -> Problem:
    return Problem("TooLarge", "The message is larger than is taken here", "", "Split it")


def not_yours(trader: str, declared: str) -> Problem:
    return Problem(
        "NotYours",
        f"This token may lodge for {trader} only",
        "Declarant/ID",
        "Use the declarant's own token",
        declared[:40],
    )


def other_request() -> Problem:
    return Problem(
        "IdempotencyKeyReused",
        "This Idempotency-Key was used before for another request",
        "Idempotency-Key",
        "Give every request its own key; send the same key only with the same content",
    )
