"""Consolidations of parcels over the API: handed in resumably by tus 1.0, followed while they are cleared, answered as a file.

tus (https://tus.io/protocols/resumable-upload) is spoken rather than something of our own because clients for it exist in
every language; the IETF draft on resumable uploads (draft-ietf-httpbis-resumable-upload) still changes from version to version.
Extensions: creation, checksum, expiration, termination. Portions are taken by `api.portions` on the same path before Django
reads anything; they are described here so that the document is whole.
"""

from __future__ import annotations

import base64
import binascii
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Literal

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from ninja import Path, Query

from customhouse.api.fault import Fault, fault
from customhouse.api.operation import Media, Operation, api, operation, send
from customhouse.api.own import access_of
from customhouse.clearance import job, upload
from customhouse.clearance.job import Job
from customhouse.clearance.upload import CHECKSUMS, NotTaken, Receiving
from customhouse.kernel.problem import Problem
from customhouse.record.parcel import Consolidation
from customhouse.registry import uploads
from customhouse.registry.flowing import streamed

SEND, READ = ("consolidations:send", "consolidation.send"), ("consolidations:read", "consolidation.read")
VERSION, EXTENSIONS = "1.0.0", "creation,checksum,expiration,termination"
PORTION = "application/offset+octet-stream"
STATUS = {
    "input": 422, "reference": 409, "large": 413, "full": 507, "offset": 409, "busy": 423, "checksum": 460, "gone": 410, "late": 409,
}  # fmt: skip
ID = Path(..., pattern=uploads.ID, description="As the Location of the announcement ends")
TIME = r"^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?Z)?$"
BEFORE = Query("", pattern=TIME, description="From `next` of the page before")
LIMIT = Query(50, ge=1, le=200)
LANGUAGE = [
    {"in": "header", "name": "Accept-Language", "required": False, "schema": {"type": "string"},
     "description": "Language of the sentences: `en`, `fr`; English where it is not said. Rules are codes, the same in every language"},
]  # fmt: skip
NO_SUCH = {404: ("No such consolidation of yours", Fault)}


class Jobs(msgspec.Struct, frozen=True):
    """A page of consolidations handed in, newest first; go on with `before` set to `next`, null on the last page."""

    consolidations: tuple[Job, ...]
    next: datetime | None


class NoUpload(LookupError):
    """The trader handed in no such consolidation."""


@api.exception_handler(NoUpload)
def _none(request: HttpRequest, why: Exception) -> HttpResponse:
    return no_such()


@api.exception_handler(NotTaken)
def _not_taken(request: HttpRequest, why: NotTaken) -> HttpResponse:
    return not_taken(why)


def no_such() -> HttpResponse:
    problem = Problem("UnknownConsolidation", "There is no such consolidation of yours", "id", "List them first")
    return fault(404, problem, headers={"Tus-Resumable": VERSION})


def not_taken(why: NotTaken) -> HttpResponse:
    """Bytes or a file that are not taken, with where the upload stands."""
    headers = {"Tus-Resumable": VERSION} | ({} if why.offset is None else {"Upload-Offset": str(why.offset)})
    return fault(STATUS[why.why], why.problem, headers=headers)


def _own(request: HttpRequest, id: str) -> uploads.Upload:
    found = uploads.get(id)
    if found is None or found.of.declarant != access_of(request).trader:
        raise NoUpload(id)
    return found


def _told(one: uploads.Upload) -> Job:
    """The job, what went wrong in the language that is asked for."""
    return job.told_in(get_language() or "", job.of(one))


def _no_body(status: int, **headers: str) -> HttpResponse:
    told = {"Tus-Resumable": VERSION, "Cache-Control": "no-store"}
    return HttpResponse(status=status, headers={**told, **{k.replace("_", "-"): v for k, v in headers.items()}})


def _expires(one: uploads.Upload) -> str:
    return format_datetime(one.changed_at + timedelta(days=settings.UPLOAD_DAYS), usegmt=True)


META = "`reference` of the consolidation, `filename`, `office`, `mode` and, best, `sha256` of the whole file (hex); values in Base64"
ANNOUNCED = [
    {"in": "header", "name": "Upload-Length", "required": True, "schema": {"type": "integer", "minimum": 1},
     "description": "Bytes of the whole file"},
    {"in": "header", "name": "Upload-Metadata", "required": True, "schema": {"type": "string", "pattern": "^[ -~]+$"},
     "description": META},
]  # fmt: skip


@operation(
    "OPTIONS",
    "/consolidations",
    Operation("tellUploads", *SEND, {204: ("Versions, extensions, the largest file, in headers", None)}),
    tag="consolidations",
    summary="What of tus is spoken here",
)
def told(request: HttpRequest) -> HttpResponse:
    """`Tus-Version`, `Tus-Extension`, `Tus-Max-Size`, `Tus-Checksum-Algorithm`."""
    return _no_body(
        204, Tus_Version=VERSION, Tus_Extension=EXTENSIONS, Tus_Max_Size=str(settings.UPLOAD_MAX_BYTES),
        Tus_Checksum_Algorithm=",".join(CHECKSUMS),
    )  # fmt: skip


@operation(
    "POST",
    "/consolidations",
    Operation(
        "announceConsolidation",
        *SEND,
        {
            201: ("Announced; send its bytes to Location", Job),
            200: ("Announced before; Upload-Offset says how many bytes have come", Job),
            409: ("The reference stands for another file", Fault),
            413: ("Larger than is taken", Fault),
            422: ("The announcement cannot be read", Fault),
            507: ("There is no room for it now", Fault),
        },
        headers=ANNOUNCED,
    ),
    tag="consolidations",
    summary="Announce a file with parcels (tus creation)",
)
def announce(request: HttpRequest) -> HttpResponse:
    """The same file for the same reference is one upload, however often it is announced: known by its `sha256`, or while its
    bytes still come by its length."""
    told = metadata(request.headers.get("Upload-Metadata", ""))
    length = request.headers.get("Upload-Length", "")
    if not length.isascii() or not length.isdigit() or len(length) > 15:
        raise NotTaken(
            "input", Problem("InvalidInput", "The length is missing", "Upload-Length", "Say how many bytes it has")
        )
    access = access_of(request)
    of = Consolidation(access.trader, told.get("reference", ""), told.get("office", ""), told.get("mode", ""))
    by = f"software {access.client}".strip()
    one, new = upload.announce(of, told.get("filename", ""), int(length), told.get("sha256", "").lower(), by)
    stands = _told(one)
    response = send(stands, 201 if new else 200)
    where = request.build_absolute_uri(f"/api/v1/consolidations/{one.id}")
    more = {"Location": where, "Upload-Offset": str(stands.received), "Upload-Expires": _expires(one)}
    for name, value in {"Tus-Resumable": VERSION, **more}.items():
        response[name] = value
    return response


def metadata(header: str) -> dict[str, str]:
    """Upload-Metadata of tus: names and Base64 with blanks between, pairs with commas. Raises NotTaken."""
    told = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        name, _, value = pair.partition(" ")
        try:
            told[name] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, ValueError):
            hint = f"Write it as name and Base64 with a blank between: {META}"
            raise NotTaken(
                "input", Problem("InvalidInput", f"{name[:40]} cannot be read", "Upload-Metadata", hint)
            ) from None
    return told


@operation(
    "GET",
    "/consolidations",
    Operation("listConsolidations", *READ, {200: ("A page of them, newest first", Jobs)}),
    tag="consolidations",
    summary="Consolidations handed in",
)
def index(request: HttpRequest, before: str = BEFORE, limit: int = LIMIT) -> HttpResponse:
    """Each with how far it is."""
    try:
        upto = datetime.fromisoformat(before) if before else None
    except ValueError:
        hint = "Send `next` of the page before as it came"
        raise NotTaken("input", Problem("InvalidInput", "This is no time", "before", hint, before)) from None
    found = uploads.of(access_of(request).trader, upto, limit + 1)
    jobs = tuple(_told(one) for one in found[:limit])
    return send(Jobs(jobs, found[limit - 1].created_at if len(found) > limit else None))


@operation(
    "GET",
    "/consolidations/{id}",
    Operation("readConsolidation", *READ, {200: ("How far it is", Job), **NO_SUCH}, headers=LANGUAGE),
    tag="consolidations",
    summary="How far a consolidation is",
)
def show(request: HttpRequest, id: str = ID) -> HttpResponse:
    """`state` goes from `receiving` over `queued` and `clearing` to `done`, or to `failed` with `problems`."""
    return send(_told(_own(request, id)))


@operation(
    "HEAD",
    "/consolidations/{id}",
    Operation("tellOffset", *SEND, {204: ("Upload-Offset and Upload-Length, in headers", None), **NO_SUCH}),
    tag="consolidations",
    summary="How many bytes have come (tus)",
)
def stands(request: HttpRequest, id: str = ID) -> HttpResponse:
    """Go on from `Upload-Offset`."""
    one = _own(request, id)
    if one.state == "ended":
        raise NotTaken("gone", Problem("UploadEnded", "This upload was ended", "", "Announce the file again"))
    return _no_body(
        204, Upload_Offset=str(upload.offset(one)), Upload_Length=str(one.length), Upload_Expires=_expires(one)
    )


TAKEN = {
    204: ("They are kept; Upload-Offset says how many bytes have come", None),
    409: ("Upload-Offset is another than the answer's, or the whole file is here", Fault),
    410: ("The upload was ended", Fault),
    413: ("More bytes than were announced", Fault),
    415: (f"The content type is not {PORTION}", Fault),
    422: ("A header cannot be read", Fault),
    423: ("Another request adds to it now", Fault),
    460: ("The bytes are not those of Upload-Checksum; none of them is kept", Fault),
    507: ("The disk is full; what has come is kept", Fault),
    **NO_SUCH,
}
PORTIONS = [
    {"in": "header", "name": "Upload-Offset", "required": True, "schema": {"type": "integer", "minimum": 0},
     "description": "Where these bytes begin"},
    {"in": "header", "name": "Upload-Checksum", "required": False, "schema": {"type": "string"},
     "description": "`sha256`, a blank, and the digest of these bytes in Base64"},
]  # fmt: skip
BODY = {"required": True, "content": {PORTION: {"schema": {"type": "string", "format": "binary"}}}}


@operation(
    "PATCH",
    "/consolidations/{id}",
    Operation("sendPortion", *SEND, TAKEN, body=BODY, headers=PORTIONS),
    tag="consolidations",
    summary="Send bytes of the file (tus)",
)
def portion(request: HttpRequest, id: str = ID) -> HttpResponse:
    """From `Upload-Offset` on, in one portion or in many. What came before a connection broke is kept, except of a portion with a
    checksum, which is taken whole or not at all. With the last byte the file is queued."""
    with Receiving(_own(request, id), **asked(request.headers)) as into:
        upload.pieces(request.read, into)
    return kept(into.offset)


def kept(offset: int) -> HttpResponse:
    """The answer to bytes that were taken."""
    return _no_body(204, Upload_Offset=str(offset))


def asked(headers: msgspec.Struct | dict[str, str]) -> dict[str, object]:
    """What the headers say of a portion, for `Receiving`. Raises NotTaken."""
    told = {
        name: str(headers.get(name, ""))
        for name in ("Upload-Offset", "Upload-Checksum", "Content-Type", "Content-Length")
    }  # type: ignore[union-attr]
    if told["Content-Type"].split(";")[0].strip().lower() != PORTION:
        raise NotAPortion
    at, size = told["Upload-Offset"], told["Content-Length"]
    if not at.isascii() or not at.isdigit() or len(at) > 15:
        raise NotTaken(
            "input", Problem("InvalidInput", "The offset is missing", "Upload-Offset", "Ask with HEAD, and say it")
        )
    return {
        "at": int(at),
        "length": int(size) if size.isdigit() else None,
        "checksum": _checksum(told["Upload-Checksum"]),
    }


def _checksum(header: str) -> tuple[str, bytes] | None:
    if not header:
        return None
    name, _, value = header.partition(" ")
    try:
        if name not in CHECKSUMS:
            raise ValueError(name)
        return name, base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        hint = f"Write one of {', '.join(CHECKSUMS)}, a blank, and the digest in Base64"
        raise NotTaken(
            "input", Problem("InvalidInput", "The checksum cannot be read", "Upload-Checksum", hint)
        ) from None


class NotAPortion(ValueError):
    """The content type is another than that of a portion."""


@api.exception_handler(NotAPortion)
def _other_type(request: HttpRequest, why: Exception) -> HttpResponse:
    return other_type()


def other_type() -> HttpResponse:
    return fault(415, Problem("UnknownFormat", f"Portions come as {PORTION}", "Content-Type", "Name this content type"))


@operation(
    "DELETE",
    "/consolidations/{id}",
    Operation(
        "endUpload",
        *SEND,
        {204: ("Its bytes are forgotten", None), 409: ("It is being cleared already", Fault), **NO_SUCH},
    ),
    tag="consolidations",
    summary="Take an upload back (tus termination)",
)
def end(request: HttpRequest, id: str = ID) -> HttpResponse:
    """Before it is cleared. What is cleared stays."""
    upload.end(_own(request, id))
    return _no_body(204)


@operation(
    "GET",
    "/consolidations/{id}/answer",
    Operation(
        "readAnswer",
        *READ,
        {
            200: ("One row for each line of the file", (Media("text/csv"), Media("application/x-ndjson"))),
            409: ("It is not done", Fault),
            **NO_SUCH,
        },
        headers=LANGUAGE,
    ),
    tag="consolidations",
    summary="The answer of a consolidation",
)
def answered(
    request: HttpRequest,
    id: str = ID,
    format: Literal["csv", "jsonl"] = "csv",
    only: Literal["all", "unreadable"] = "all",
) -> HttpResponse:
    """Every verdict with its reasons, streamed; `only=unreadable` gives the lines in which no parcel could be read. The rule of a reason
    is a code and the same in every language; its sentence is in the one that `Accept-Language` asks for."""
    one = _own(request, id)
    number = one.consolidation
    if number is None:
        return fault(409, Problem("NotDone", "The consolidation is not done", "", "Read how far it is, and come back"))
    language = get_language() or ""
    type = "text/csv; charset=utf-8" if format == "csv" else "application/x-ndjson"
    return streamed(
        request, lambda: job.answer(number, as_json=format == "jsonl", unreadable=only == "unreadable", language=language),
        type=type, name=f"consolidation-{number}.{format}",
    )  # fmt: skip
