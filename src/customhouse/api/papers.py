"""Papers over the API: attach supporting documents to a declaration, list them, take them back out."""

from __future__ import annotations

from urllib.parse import quote

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import File, Router
from ninja.files import UploadedFile

from customhouse.clearance import attach
from customhouse.gates.papers import LARGEST, look
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.declaration import Declaration, Role
from customhouse.registry import blobs, files, papers

router = Router(tags=["documents"])


def _own(request: HttpRequest, mrn: str) -> Declaration:
    declaration = files.get(mrn.upper())
    if declaration.lodged.declarant_id != request.auth:  # type: ignore[attr-defined]
        raise files.UnknownDeclaration(mrn)
    return declaration


def _told(d: Declaration, status: int) -> HttpResponse:
    """The papers of a declaration: digest, name, type, size, who attached it and when."""
    told = [{**msgspec.to_builtins(h.paper), "by": h.by, "role": h.role, "at": h.at} for h in papers.of(d.id)]
    body = msgspec.json.encode({"mrn": d.mrn, "documents": told})
    return HttpResponse(body, status=status, content_type="application/json")


def _problems(problems: tuple[Problem, ...], status: int) -> HttpResponse:
    body = msgspec.json.encode({"problems": problems})
    return HttpResponse(body, status=status, content_type="application/json")


@router.post("/{mrn}/documents", summary="Attach a paper; the same bytes again are no second one")
def add(request: HttpRequest, mrn: str, file: UploadedFile = File(...)) -> HttpResponse:  # noqa: B008 - ninja's way
    """Multipart, field `file`. 201 with all papers; 200 when it was attached before; 422 with the reason; 404; 409."""
    d = _own(request, mrn)
    try:
        offered = look(file.read(LARGEST + 1), file.name or "")
    except Refusal as refusal:
        return _problems(refusal.problems, 422)
    after = attach.attach(d.id, [offered], by=str(request.auth), role=Role.BROKER)  # type: ignore[attr-defined]
    return _told(after, 201 if len(after.papers) > len(d.papers) else 200)


@router.get("/{mrn}/documents", summary="The papers of a declaration")
def listed(request: HttpRequest, mrn: str) -> HttpResponse:
    return _told(_own(request, mrn), 200)


@router.get("/{mrn}/documents/{digest}", summary="The bytes of one paper")
def taken(request: HttpRequest, mrn: str, digest: str) -> HttpResponse:
    d = _own(request, mrn)
    paper = next((p for p in d.papers if p.digest == digest.lower()), None)
    if paper is None:
        hint = "List the papers to see their digests"
        return _problems((Problem("UnknownPaper", "The declaration has no such paper", "", hint, digest[:64]),), 404)
    response = HttpResponse(blobs.get(paper.digest), content_type=paper.type)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(paper.name)}"
    response["X-Content-Type-Options"] = "nosniff"
    return response
