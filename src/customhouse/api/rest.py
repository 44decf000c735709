"""The REST API: what a trader's software does with declarations. OpenAPI 3.1 at /api/v1/openapi.json, to read at /api/v1/docs.

Lodgements in JSON and WCO XML are answered by `api.intake` on the same path, those in other formats by `api.plain`; they are
described here so that the document is whole. Every route needs a token with its scope, and sees the declarations of that token's trader only.
"""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Schema
from pydantic import Field, StringConstraints

from customhouse.api import plain
from customhouse.api.examples import ANSWER_EXAMPLE, LODGEMENT_EXAMPLE
from customhouse.api.fault import Fault, LodgementFault, fault, not_yours
from customhouse.api.operation import Media, Operation, operation, send
from customhouse.api.own import MRN, PLAIN, access_of, own
from customhouse.clearance import amend, event, invalidate, query
from customhouse.clearance.answer import Answer, answer
from customhouse.clearance.lodge import GATES, sniff
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.acts import NOT_TOLD
from customhouse.record.declaration import HoldKind, Role, Stage
from customhouse.record.lanes import Lane
from customhouse.registry import feed, files, worklist
from customhouse.registry.rows import WorkRow

Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=PLAIN)]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=70, pattern=PLAIN)]
QUERY = Path(..., ge=1, le=9999)
SEARCH = Query("", max_length=80, pattern=PLAIN)
BEFORE = Query("", pattern=r"^[0-9]{0,17}$", description="From `next` of the page before")
LIMIT = Query(50, ge=1, le=200)
REASON = Query("", max_length=400, pattern=PLAIN)
AFTER = Query("", pattern=r"^([0-9]{1,18}[.][0-9]{1,18}|now)?$", description="The cursor of the reading before")
MOST = Query(100, ge=1, le=500)


class Reply(Schema):
    """An answer to a query of customs; `documents` are references of papers handed in with it."""

    text: Text = Field(examples=["The goods are glazed; the data sheet is attached"])
    documents: Annotated[list[Reference], Field(max_length=99)] = []


class Withdrawal(Schema):
    """Why a declaration is withdrawn."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=400, pattern=r"\S")] = Field(
        examples=["Lodged twice"]
    )


class RecordedAct(msgspec.Struct, frozen=True):
    """An act of the record: who did what when, under which law (hash of the Book), and its leaf in the Merkle log (hex)."""

    number: int
    act: str
    by: str
    role: str
    at: datetime
    book: str
    leaf: str


class Acts(msgspec.Struct, frozen=True):
    """Everything recorded on a declaration, in order."""

    mrn: str
    acts: tuple[RecordedAct, ...]


class Declarations(msgspec.Struct, frozen=True):
    """A page of a list; `next` is the address of the page that follows, null on the last."""

    declarations: tuple[WorkRow, ...]
    next: str | None


class EventPage(msgspec.Struct, frozen=True):
    """Events in the order of the record; go on with `after` set to `cursor`. `more`: there is more to read now."""

    events: tuple[event.Event, ...]
    cursor: str
    more: bool


MESSAGE = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"$ref": "#/components/schemas/Lodgement"},
            "examples": {"import": {"summary": "An import that pays duty and is released", "value": LODGEMENT_EXAMPLE}},
        },
        "application/xml": {
            "schema": {"type": "string", "format": "binary", "description": "WCO Data Model 3.6, message DEC"}
        },
    },
}
ANY = {**MESSAGE, "content": {**MESSAGE["content"], **plain.CONTENT}}  # type: ignore[dict-item]
CUSRES = Media(plain.EDIFACT, "CUSRES, where the request has Accept: application/edifact")
LODGED: dict[int, tuple[str, Any]] = {
    200: ("The same content was lodged before; this is its answer", (Answer, CUSRES)),
    201: ("Accepted; cleared, or held with reasons", (Answer, CUSRES)),
    207: ("The file held several declarations; one answer each", (plain.Answers, CUSRES)),
    400: ("Cannot be read; every problem with its place", (LodgementFault, CUSRES)),
    401: ("No valid token", LodgementFault),
    403: ("The declaration names another declarant, or the token has not the scope", (LodgementFault, CUSRES)),
    404: ("An amendment or invalidation names a declaration that is not there", LodgementFault),
    409: ("The reference was used before for other content", (LodgementFault, CUSRES)),
    413: ("Too large", LodgementFault),
    415: ("Unknown kind of content", LodgementFault),
    422: ("Refused; every problem with its place", (LodgementFault, CUSRES)),
    429: ("Too many requests; come back after Retry-After", LodgementFault),
    503: ("Come back after Retry-After; nothing was lost", LodgementFault),
}
STANDS = {200: ("The declaration as it stands", Answer), 404: ("No such declaration of yours", Fault)}
NOT_NOW = {409: ("Not permitted in the present stage", Fault)}


@operation(
    "POST",
    "/declarations",
    Operation(
        "lodgeDeclaration",
        "declarations:lodge",
        "declaration.lodge",
        LODGED,
        idempotent=True,
        body=ANY,
        example=ANSWER_EXAMPLE,
    ),
    tag="declarations",
    summary="Lodge a declaration",
)
def lodge(request: HttpRequest) -> HttpResponse:
    """Hand in a declaration in any format and get the decision. The same content under the same LRN is one declaration.

    A message with function code 13 amends or invalidates a declaration lodged before. Files in EDIFACT, CSV and XLSX may hold
    several declarations; each is answered (207). With `Accept: application/edifact` files in these formats are answered by CUSRES.
    """
    # JSON and XML are answered by the intake before they come here; under a plain WSGI server this path does the same.
    return plain.lodge(request, access_of(request).trader)


@operation(
    "GET",
    "/declarations",
    Operation("listDeclarations", "declarations:read", "declaration.list", {200: ("A page of the list", Declarations)}),
    tag="declarations",
    summary="Own declarations, newest first",
)
def declarations(
    request: HttpRequest,
    stage: Stage | None = None,
    lane: Lane | None = None,
    hold: HoldKind | None = None,
    search: str = SEARCH,
    before: str = BEFORE,
    limit: int = LIMIT,
) -> HttpResponse:
    """A page of declarations; filters may be combined. Follow `next` (also in the Link header) for the page after it.

    `search` finds the beginning of an MRN, and words in references, traders and goods.
    """
    wanted = worklist.Wanted(
        declarant=access_of(request).trader,
        stage=stage.value if stage else "",
        lane=lane.value if lane else "",
        hold=hold.value if hold else "",
        text=search.strip(),
        before=before,
    )
    rows = worklist.rows(wanted, limit + 1)
    onward = None
    if len(rows) > limit:
        asked = request.GET.dict() | {"before": worklist.cursor(rows[limit - 1], "newest")}
        onward = f"{request.path}?{urlencode(asked)}"
    headers = {"Link": f'<{onward}>; rel="next"'} if onward else {}
    return send(Declarations(rows[:limit], onward), headers=headers)


@operation(
    "GET",
    "/declarations/{mrn}",
    Operation("readDeclaration", "declarations:read", "declaration.read", STANDS, example=ANSWER_EXAMPLE),
    tag="declarations",
    summary="One declaration as it stands",
)
def declaration(request: HttpRequest, mrn: str = MRN) -> HttpResponse:
    """The stage, lane, duties and holds of one of your declarations."""
    d = own(request, mrn, "declaration.read")
    return send(answer("same", d, d.problems))


@operation(
    "PUT",
    "/declarations/{mrn}",
    Operation(
        "amendDeclaration",
        "declarations:lodge",
        "declaration.amend",
        {
            **STANDS,
            **NOT_NOW,
            400: ("Cannot be read; every problem with its place", Fault),
            403: ("The new version names another declarant, or the token has not the scope", Fault),
            422: ("The new version breaks a rule; every problem with its place", Fault),
        },
        idempotent=True,
        body=MESSAGE,
    ),
    tag="declarations",
    summary="Amend a declaration before release",
)
def amended(
    request: HttpRequest,
    mrn: str = MRN,
    reason: str = REASON,
) -> HttpResponse:
    """Hand in the whole new version, under the same LRN and declarant; the line is walked again from acceptance."""
    d, trader = own(request, mrn, "declaration.amend"), access_of(request).trader
    form = sniff(request.body)
    try:
        lodged = GATES[form](request.body)
    except Refusal as refusal:
        return fault(400, *refusal.problems)
    if lodged.declarant_id != trader:
        return fault(403, not_yours(trader, lodged.declarant_id))
    if lodged.lrn != d.lrn:
        said = "An amendment keeps the reference of the declaration"
        return fault(422, Problem("ChangedLRN", said, "FunctionalReferenceID", f"Use {d.lrn}", lodged.lrn[:40]))
    after = amend.amend(d.id, request.body, reason or "amended", by=trader, role=Role.BROKER, format=form)
    return send(answer("same", after, after.problems))


@operation(
    "POST",
    "/declarations/{mrn}/invalidation",
    Operation("invalidateDeclaration", "declarations:lodge", "declaration.act", {**STANDS, **NOT_NOW}, idempotent=True),
    tag="declarations",
    summary="Withdraw a declaration before release",
)
def invalidated(request: HttpRequest, body: Withdrawal, mrn: str = MRN) -> HttpResponse:
    """The declaration stays in the record and goes no further."""
    d = own(request, mrn, "declaration.act")
    after = invalidate.invalidate(d.id, body.reason, by=access_of(request).trader, role=Role.BROKER)
    return send(answer("same", after))


@operation(
    "GET",
    "/declarations/{mrn}/acts",
    Operation(
        "listActs",
        "declarations:read",
        "declaration.read",
        {200: ("Every act", Acts), 404: ("No such declaration of yours", Fault)},
    ),
    tag="declarations",
    summary="Everything that was recorded, with the hash of each act",
)
def acts(request: HttpRequest, mrn: str = MRN) -> HttpResponse:
    """Who did what when under which law; each leaf stands in the Merkle log of the house."""
    d = own(request, mrn, "declaration.read")
    leaves = iter(files.leaves(d.id))
    told = tuple(
        RecordedAct(n, act.name, e.by, e.role, e.at, e.book, leaf.hex())
        for e in files.entries(d.id)
        for n, act, leaf in zip(count(e.first), e.acts, leaves, strict=False)
        if act.name not in NOT_TOLD
    )
    return send(Acts(d.mrn, told))


@operation(
    "POST",
    "/declarations/{mrn}/queries/{number}/answer",
    Operation("answerQuery", "declarations:lodge", "declaration.act", {**STANDS, **NOT_NOW}, idempotent=True),
    tag="declarations",
    summary="Answer a query of customs",
)
def reply(
    request: HttpRequest,
    body: Reply,
    mrn: str = MRN,
    number: int = QUERY,
) -> HttpResponse:
    """Answer query `number`; its hold stands until an officer accepts the answer."""
    d = own(request, mrn, "declaration.act")
    trader = access_of(request).trader
    after = query.answer(d.id, number, body.text, by=trader, role=Role.BROKER, documents=body.documents)
    return send(answer("same", after))


@operation(
    "GET",
    "/events",
    Operation(
        "listEvents", "declarations:read", "notice.read", {200: ("Events in the order of the record", EventPage)}
    ),
    tag="events",
    summary="What happened to own declarations, with a cursor",
)
def events(
    request: HttpRequest,
    after: str = AFTER,
    limit: int = MOST,
) -> HttpResponse:
    """For software that cannot receive webhooks. Without `after` from the first event; `after=now` gives the cursor of now."""
    trader = access_of(request).trader
    if after == "now":
        return send(EventPage((), str(feed.end()), more=False))
    place = feed.Place.parse(after) if after else feed.beginning(trader)
    recorded, upto = feed.read(place, [trader], limit)
    told = tuple(one for r in recorded for one in event.events(r))
    return send(EventPage(told, str(upto), more=upto < feed.end()))
