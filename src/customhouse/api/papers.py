"""Papers over the API: attach supporting documents to a declaration, list them, take them back out."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import File, Path
from ninja.files import UploadedFile

from customhouse.api.fault import Fault, fault
from customhouse.api.operation import Media, Operation, operation, send
from customhouse.api.own import MRN, access_of, own
from customhouse.clearance import attach
from customhouse.gates.papers import LARGEST, look
from customhouse.kernel.problem import Problem
from customhouse.record.declaration import Declaration, Role
from customhouse.registry import blobs, papers

DIGEST = Path(..., pattern=r"^[0-9A-Fa-f]{64}$", description="SHA-256 of the paper")
FILE = File(..., description="PDF, PNG, JPEG, TIFF, XLSX, XML, JSON, CSV or plain text")
NO_SUCH = {404: ("No such declaration of yours", Fault)}


class Document(msgspec.Struct, frozen=True):
    """A paper of a declaration: SHA-256 and size of its bytes, what it answers (`about`), who attached it and when."""

    digest: str
    name: str
    type: str
    size: int
    about: str
    by: str
    role: Role
    at: datetime


class Documents(msgspec.Struct, frozen=True):
    """The papers of a declaration, in the order in which they were attached."""

    mrn: str
    documents: tuple[Document, ...]


def _told(d: Declaration, status: int) -> HttpResponse:
    told = (
        Document(h.paper.digest, h.paper.name, h.paper.type, h.paper.size, h.paper.about, h.by, h.role, h.at)
        for h in papers.of(d.id)
    )
    return send(Documents(d.mrn, tuple(told)), status)


@operation(
    "POST",
    "/declarations/{mrn}/documents",
    Operation(
        "attachDocument",
        "declarations:lodge",
        "declaration.attach",
        {
            200: ("It was attached before; all papers", Documents),
            201: ("Attached; all papers", Documents),
            409: ("Not permitted in the present stage", Fault),
            422: ("The file is not taken, and why", Fault),
            **NO_SUCH,
        },
        idempotent=True,
    ),
    tag="documents",
    summary="Attach a paper",
)
def add(request: HttpRequest, file: UploadedFile = FILE, mrn: str = MRN) -> HttpResponse:
    """Multipart, field `file`. The same bytes again are no second paper; what a file is, is found out from its bytes."""
    d = own(request, mrn, "declaration.attach")
    offered = look(file.read(LARGEST + 1), file.name or "")
    after = attach.attach(d.id, [offered], by=access_of(request).trader, role=Role.BROKER)
    return _told(after, 201 if len(after.papers) > len(d.papers) else 200)


@operation(
    "GET",
    "/declarations/{mrn}/documents",
    Operation("listDocuments", "declarations:read", "declaration.read", {200: ("All papers", Documents), **NO_SUCH}),
    tag="documents",
    summary="The papers of a declaration",
)
def listed(request: HttpRequest, mrn: str = MRN) -> HttpResponse:
    """Each with the digest under which its bytes are there."""
    return _told(own(request, mrn, "declaration.read"), 200)


@operation(
    "GET",
    "/declarations/{mrn}/documents/{digest}",
    Operation(
        "readDocument",
        "declarations:read",
        "declaration.read",
        {
            200: ("The bytes, with the content type of the paper", Media("*/*")),
            404: ("No such declaration of yours, or no such paper", Fault),
        },
    ),
    tag="documents",
    summary="The bytes of one paper",
)
def taken(request: HttpRequest, mrn: str = MRN, digest: str = DIGEST) -> HttpResponse:
    """As they were attached."""
    d = own(request, mrn, "declaration.read")
    paper = next((p for p in d.papers if p.digest == digest.lower()), None)
    if paper is None:
        none = Problem("UnknownPaper", "The declaration has no such paper", "digest", "List the papers", digest[:64])
        return fault(404, none)
    response = HttpResponse(blobs.get(paper.digest), content_type=paper.type)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(paper.name)}"
    response["X-Content-Type-Options"] = "nosniff"
    return response
