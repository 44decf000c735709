"""Entry summary declarations for the software of carriers: IE315 and IE313 in, the answers of customs out.

A message is answered by a message: 201 taken (IE328, IE304), 200 sent before (the same answer), 422 rejected (IE316, IE305).
What cannot be answered so is a fault: 400 unreadable, 403 another's, 404 unknown MRN, 409 reference in use, 413 too large.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Path, Query

from customhouse.api.fault import Fault, fault
from customhouse.api.operation import Media, Operation, api, operation, send
from customhouse.api.own import PLAIN, access_of, strayed
from customhouse.clearance import entry_summary
from customhouse.clearance.entry_summary import NAMES, Outcome
from customhouse.kernel.problem import Problem
from customhouse.record import ens
from customhouse.registry import entry_summary as register
from customhouse.registry.entry_summary import EntrySummaryRow, Step

WRITE, READ = "cargo:write", "cargo:read"
STATUS = {"new": 201, "same": 200, "rejected": 422, "other": 409, "unknown": 404, "not_yours": 403, "unreadable": 400}
MRN = Path(..., max_length=35, pattern=PLAIN, description="Movement reference number, such as 26XM0000000000012E4")
NUMBER = Path(..., ge=1, le=1 << 31)
SEARCH = Query("", max_length=80, pattern=PLAIN)
BEFORE = Query(None, ge=1, le=1 << 62, description="From `next` of the page before")
LIMIT = Query(50, ge=1, le=200)
MESSAGE = {
    "required": True,
    "content": {
        "application/xml": {
            "schema": {"type": "string", "format": "binary", "description": "CC315A (IE315) or CC313A (IE313)"}
        }
    },
}
NO_SUCH = {404: ("There is no such entry summary declaration of yours", Fault)}


def _xml(about: str) -> Media:
    return Media("application/xml", about)


LODGED: dict[int, tuple[str, Any]] = {
    200: ("The same was sent before; this is its answer", _xml("IE328 or IE304")),
    201: ("Taken, with the MRN", _xml("IE328 or IE304")),
    400: ("Cannot be read; every problem with its place", Fault),
    403: ("Lodged by somebody else, or the token has not the scope", Fault),
    404: ("There is no such MRN of this carrier", Fault),
    409: ("The reference stands for other content", Fault),
    422: ("Rejected with every error", (_xml("IE316 or IE305"), Fault)),
}


class EntrySummaries(msgspec.Struct, frozen=True):
    """A page of them, newest first; go on with `before` set to `next`, null on the last page."""

    entry_summaries: tuple[EntrySummaryRow, ...]
    next: int | None


class EntrySummaryAnswer(msgspec.Struct, frozen=True):
    """An answer of customs: its number, the message that tells it (IE328 ...), when, and what was decided."""

    number: int
    message: str
    at: datetime
    decision: ens.Accepted | ens.Rejected | ens.Intervention


class EntrySummaryFile(msgspec.Struct, frozen=True):
    """One as it stands, with every answer to it."""

    entry_summary: EntrySummaryRow
    answers: tuple[EntrySummaryAnswer, ...]


class NoEntrySummary(LookupError):
    """The caller has no such entry summary declaration."""


@api.exception_handler(NoEntrySummary)
def _none(request: HttpRequest, why: Exception) -> HttpResponse:
    mrn = str(why)[:40]
    strayed(request, mrn)
    label = f"there is no entry summary declaration {mrn}"
    return fault(404, Problem("UnknownMRN", label, "mrn", "Check the MRN; you see your own declarations only"))


def _answered(outcome: Outcome) -> HttpResponse:
    status = STATUS[outcome.result]
    if outcome.row is None or outcome.step is None:
        return fault(status, *outcome.problems)
    if outcome.result == "same" and outcome.step.kind in ("rejected", "amendment_rejected"):
        status = 422
    data = entry_summary.answer(outcome.row, outcome.step)
    return HttpResponse(data, status=status, content_type="application/xml")


def _own(request: HttpRequest, mrn: str) -> EntrySummaryRow:
    """The caller's own. Raises NoEntrySummary."""
    try:
        row = register.get(mrn.upper())
    except register.UnknownEntrySummary:
        raise NoEntrySummary(mrn) from None
    if row.carrier != access_of(request).trader:
        raise NoEntrySummary(mrn)
    return row


def _told(step: Step) -> EntrySummaryAnswer:
    return EntrySummaryAnswer(step.number, NAMES[step.kind], step.at, step.decision)


@operation(
    "POST",
    "/entry-summaries",
    Operation("lodgeEntrySummary", WRITE, "entry_summary.lodge", LODGED, idempotent=True, body=MESSAGE),
    tag="entry summaries",
    summary="Lodge an entry summary declaration, or amend one",
)
def lodge(request: HttpRequest) -> HttpResponse:
    """A message is answered by a message. The same message again is answered the same."""
    return _answered(entry_summary.lodge(request.body, by=access_of(request).trader))


@operation(
    "GET",
    "/entry-summaries",
    Operation("listEntrySummaries", READ, "entry_summary.read", {200: ("A page of them", EntrySummaries)}),
    tag="entry summaries",
    summary="Own entry summary declarations, newest first",
)
def index(request: HttpRequest, search: str = SEARCH, before: int | None = BEFORE, limit: int = LIMIT) -> HttpResponse:
    """`search` is a reference, a document, a container or a conveyance, whole."""
    trader = access_of(request).trader
    found = register.rows(carrier=trader, text=search, before=before, limit=limit + 1)
    return send(EntrySummaries(found[:limit], found[limit - 1].id if len(found) > limit else None))


@operation(
    "GET",
    "/entry-summaries/{mrn}",
    Operation("readEntrySummary", READ, "entry_summary.read", {200: ("As it stands", EntrySummaryFile), **NO_SUCH}),
    tag="entry summaries",
    summary="One as it stands, with every answer",
)
def one(request: HttpRequest, mrn: str = MRN) -> HttpResponse:
    """Each answer is there as the message it is under its number."""
    row = _own(request, mrn)
    return send(EntrySummaryFile(row, tuple(_told(s) for s in register.steps(row.id))))


@operation(
    "GET",
    "/entry-summaries/{mrn}/answers/{number}",
    Operation(
        "readEntrySummaryAnswer",
        READ,
        "entry_summary.read",
        {200: ("The message", _xml("IE328, IE316, IE304, IE305 or IE351")), **NO_SUCH},
    ),
    tag="entry summaries",
    summary="One answer as the message it is",
)
def answer(request: HttpRequest, mrn: str = MRN, number: int = NUMBER) -> HttpResponse:
    """The same bytes as were sent in answer."""
    row = _own(request, mrn)
    step = next((s for s in register.steps(row.id) if s.number == number), None)
    if step is None:
        raise NoEntrySummary(mrn)
    return HttpResponse(entry_summary.answer(row, step), content_type="application/xml")
