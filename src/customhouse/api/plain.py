"""The plain way in for formats that are not the intake's: UN/EDIFACT, ASYCUDA SAD, CSV and XLSX, through Django like any request.

POST /api/v1/declarations with one of the content types below. One declaration gives one answer, as from the intake; a file
with several gives 207 and a list of them. With ``Accept: application/edifact`` the answer is a CUSRES.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse

from customhouse.api.fault import not_yours, of_lodgement, too_large
from customhouse.api.operation import send
from customhouse.clearance.answer import Answer, answer
from customhouse.clearance.context import context_now
from customhouse.clearance.doors import FORMATS, of_content_type, sniff
from customhouse.clearance.lodge import Outcome, lodge_each
from customhouse.gates.edifact import cusres
from customhouse.kernel.problem import Problem

EDIFACT = FORMATS["edifact"].types[0]
STATUS = {"new": 201, "same": 200, "other": 409, "refused": 422, "unreadable": 400}
WAYS = {t: name for name, f in FORMATS.items() if name not in ("xml", "json") for t in f.types}
"""Content types of this way, and their formats."""

CONTENT = {
    t: {"schema": {"type": "string", "format": "binary", "description": FORMATS[n].title}} for t, n in WAYS.items()
}
"""The same for the OpenAPI document."""


class PartAnswer(msgspec.Struct, frozen=True):
    """The answer to one declaration of a file; `part` names it: the reference of the message, or of the declaration."""

    part: str
    answer: Answer


class Answers(msgspec.Struct, frozen=True):
    """The answers to a file with several declarations, in its order."""

    answers: tuple[PartAnswer, ...]


def goes_the_plain_way(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether a request with these headers (raw ASGI) has a content type of this way."""
    kind = next((value for name, value in headers if name == b"content-type"), b"")
    return kind.split(b";")[0].strip().lower().decode("latin-1") in WAYS


def lodge(request: HttpRequest, trader: str) -> HttpResponse:
    """Lodge every declaration in the body for `trader`."""
    try:
        data = request.body
    except RequestDataTooBig:
        return _sent(Answer("unreadable", (too_large(),)), 413)
    format = of_content_type(request.headers.get("Content-Type", ""))
    if not format:
        types = ", ".join(t for f in FORMATS.values() for t in f.types)
        return _sent(_no("UnknownFormat", "This kind of content is not taken", f"Send {types}"), 415)
    found = sniff(data)
    if found != format and {format, found} != {"csv", "json"}:  # a table without a known heading says so itself
        label = f"The content type says {FORMATS[format].title}, the content is {FORMATS[found].title}"
        return _sent(_no("OtherFormat", label, "Name the content type of what you send"), 415)

    outcomes = lodge_each(
        data,
        by=trader,
        format=format,
        own=lambda lodged: None if lodged.declarant_id == trader else not_yours(trader, lodged.declarant_id),
    )
    if EDIFACT in request.headers.get("Accept", ""):
        return _response(outcomes, trader)
    answers = [answer(o.kind, o.declaration, o.problems) for _, o in outcomes]
    if len(answers) == 1:
        return _sent(answers[0], _status(outcomes[0][1]))
    told = (PartAnswer(label, a) for (label, _), a in zip(outcomes, answers, strict=True))
    return send(Answers(tuple(told)), 207)


def _status(outcome: Outcome) -> int:
    if outcome.kind == "unreadable" and {p.rule for p in outcome.problems} & {"NotYours", "NotAuthorised"}:
        return 403
    if outcome.kind == "unreadable" and [p.rule for p in outcome.problems] == ["UnknownMRN"]:
        return 404
    return STATUS[outcome.kind]


def _response(outcomes: tuple[tuple[str, Outcome], ...], trader: str) -> HttpResponse:
    """The answers as one interchange of CUSRES messages."""
    at = datetime.now(UTC)
    parts = [(o.declaration.lodged if o.declaration else None, o.declaration, o.problems) for _, o in outcomes]
    country = context_now(at).law.country
    data = cusres.write_all(parts, sender=country, recipient=trader, at=at, reference=f"{at:%y%m%d%H%M%S}")
    status = _status(outcomes[0][1]) if len(outcomes) == 1 else 207
    return HttpResponse(data, status=status, content_type=EDIFACT)


def _no(rule: str, label: str, hint: str) -> Answer:
    return Answer("unreadable", (Problem(rule, label, "", hint),))


def _sent(told: Answer, status: int) -> HttpResponse:
    return send(told if status < 400 else of_lodgement(status, told), status)
