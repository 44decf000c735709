"""Entry summary declarations for the software of carriers: IE315 and IE313 in, the answers of customs out.

A message is answered by a message: 201 taken (IE328, IE304), 200 sent before (the same answer), 422 rejected (IE316, IE305).
What cannot be answered so is a list of problems: 400 unreadable, 403 another's, 404 unknown MRN, 409 reference in use, 413
too large.
"""

from __future__ import annotations

from typing import Any

import msgspec
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from ninja import Router

from customhouse.clearance import entry_summary
from customhouse.clearance.entry_summary import NAMES, Outcome
from customhouse.kernel.problem import Problem
from customhouse.registry import entry_summary as register
from customhouse.registry.entry_summary import EntrySummaryRow, Step

router = Router(tags=["entry summary declarations"])
STATUS = {"new": 201, "same": 200, "rejected": 422, "other": 409, "unknown": 404, "not_yours": 403, "unreadable": 400}
MESSAGE = {
    "requestBody": {
        "required": True,
        "content": {
            "application/xml": {"schema": {"type": "string", "description": "CC315A (IE315) or CC313A (IE313)"}}
        },
    },
    "responses": {
        code: {"description": text, "content": {kind: {"schema": {"type": "string" if "xml" in kind else "object"}}}}
        for code, text, kind in (
            (200, "The same was sent before; this is its answer", "application/xml"),
            (201, "Taken: IE328 with the MRN, or IE304", "application/xml"),
            (400, "Cannot be read; every problem with its place", "application/json"),
            (401, "No valid token", "application/json"),
            (403, "Lodged by somebody else", "application/json"),
            (404, "There is no such MRN of this carrier", "application/json"),
            (409, "The reference stands for other content", "application/json"),
            (413, "Too large", "application/json"),
            (422, "Rejected: IE316 or IE305 with every error", "application/xml"),
        )
    },
}


def _send(value: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(value, enc_hook=str), status=status, content_type="application/json")


def _no(problem: Problem, status: int) -> HttpResponse:
    return _send({"problems": [problem]}, status)


def _answered(outcome: Outcome) -> HttpResponse:
    status = STATUS[outcome.result]
    if outcome.row is None or outcome.step is None:
        return _send({"problems": outcome.problems}, status)
    if outcome.result == "same" and outcome.step.kind in ("rejected", "amendment_rejected"):
        status = 422
    data = entry_summary.answer(outcome.row, outcome.step)
    return HttpResponse(data, status=status, content_type="application/xml")


@router.post("", openapi_extra=MESSAGE, summary="Lodge an entry summary declaration, or amend one")
def lodge(request: HttpRequest) -> HttpResponse:
    try:
        data = request.body
    except RequestDataTooBig:
        return _no(Problem("TooLarge", "The message is too large", "", "Split the consignment"), 413)
    return _answered(entry_summary.lodge(data, by=str(request.auth)))  # type: ignore[attr-defined]


@router.get("", summary="Own entry summary declarations, newest first")
def own(request: HttpRequest, q: str = "", before: int | None = None, limit: int = 50) -> HttpResponse:
    """A page of them; `q` is a reference, a document, a container or a conveyance; go on with `before` the last `id`."""
    found = register.rows(
        carrier=str(request.auth),  # type: ignore[attr-defined]
        text=q.replace("\x00", "")[:80],
        before=before,
        limit=max(1, min(limit, 200)),
    )
    return _send({"entry_summaries": found})


@router.get("/{mrn}", summary="One as it stands, with every answer")
def one(request: HttpRequest, mrn: str) -> HttpResponse:
    row = _own(request, mrn)
    if row is None:
        return _unknown(mrn)
    return _send({"entry_summary": row, "answers": [_told(s) for s in register.steps(row.id)]})


@router.get("/{mrn}/answers/{number}", summary="One answer as the message it is")
def answer(request: HttpRequest, mrn: str, number: int) -> HttpResponse:
    row = _own(request, mrn)
    step = next((s for s in register.steps(row.id) if s.number == number), None) if row else None
    if row is None or step is None:
        return _unknown(mrn)
    return HttpResponse(entry_summary.answer(row, step), content_type="application/xml")


def _own(request: HttpRequest, mrn: str) -> EntrySummaryRow | None:
    """The row, when it is the caller's; otherwise as if there were none."""
    try:
        row = register.get(mrn.upper())
    except register.UnknownEntrySummary:
        return None
    return row if row.carrier == request.auth else None  # type: ignore[attr-defined]


def _unknown(mrn: str) -> HttpResponse:
    label = f"there is no entry summary declaration {mrn[:40]}"
    return _no(Problem("UnknownMRN", label, "", "Check the MRN; you see your own declarations only"), 404)


def _told(step: Step) -> dict[str, Any]:
    return {"number": step.number, "message": NAMES[step.kind], "at": step.at, "decision": step.decision}
