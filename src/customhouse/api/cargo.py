"""The REST API of cargo: carriers report, amend and arrive, forwarders tell houses, and each sees what concerns them.

Bodies are our own JSON (the schemas Manifest and Degroupage), DCSA bills of lading, ONE Record waybills, a CSV list or CUSCAR, by
their content type.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Schema
from pydantic import AwareDatetime, Field, StringConstraints

from customhouse.api.fault import Fault, fault
from customhouse.api.operation import Operation, api, operation, send
from customhouse.api.own import PLAIN, access_of, strayed
from customhouse.clearance import cargo, cargo_files
from customhouse.gates import json as json_gate
from customhouse.kernel.problem import Problem, Refusal
from customhouse.offices import manifest as office_of_manifests
from customhouse.record.cargo import CargoNotPermitted, CargoReport
from customhouse.record.declaration import Role
from customhouse.registry import cargo_claims, manifests

WRITE, READ = "cargo:write", "cargo:read"
STATUS = {"new": 201, "same": 200, "other": 409, "refused": 422, "unreadable": 400}
NUMBER = Path(..., min_length=1, max_length=35, pattern=PLAIN, description="Number of the report: 26XM0000000000017M")
FIELD = Query("", max_length=70, pattern=PLAIN, description="Where the file does not say it itself")
LIMIT = Query(50, ge=1, le=200)
YEARS = range(2000, 9999)  # of arrivals


class Rest(msgspec.Struct, frozen=True):
    """A transport document, and what nothing has taken of it; `grouped`: goods are taken from its houses. Grams.

    `declarations` are those of the reader's own that took goods; who else declares is not told.
    """

    number: str
    level: str
    master: str
    packages: int
    gross_mass: int
    left_packages: int
    left_mass: int
    grouped: bool
    declarations: tuple[str, ...]


class CargoAnswer(msgspec.Struct, frozen=True):
    """A cargo report as it stands, or why it was not taken."""

    outcome: str
    problems: tuple[Problem, ...] = ()
    number: str = ""
    reference: str = ""
    stage: str = ""
    version: int = 0
    expected: datetime | None = None
    arrived: datetime | None = None
    documents: tuple[Rest, ...] = ()


class CargoReports(msgspec.Struct, frozen=True):
    """Cargo reports, newest first."""

    manifests: tuple[CargoAnswer, ...]


class Arrival(Schema):
    """When the conveyance arrived, with the offset from UTC, and where its goods lie now."""

    arrived: AwareDatetime = Field(examples=["2026-11-27T06:10:00Z"])
    place: Annotated[str, StringConstraints(max_length=80, pattern=PLAIN)] = ""


SEEN: dict[int, tuple[str, Any]] = {
    200: ("As it stands", CargoAnswer),
    404: ("There is no such cargo report, or it is not yours", Fault),
}
MADE: dict[int, tuple[str, Any]] = {
    200: ("The same content was handed in before; the report as it stands", CargoAnswer),
    201: ("Registered", CargoAnswer),
    400: ("Cannot be read; every problem with its place", Fault),
    403: ("Another party's cargo, or the token has not the scope", Fault),
    409: ("Not now, or the reference was used before for other content", Fault),
    415: ("Unknown kind of content", Fault),
    422: ("Refused; every problem with its place", Fault),
}
CHANGED = {**MADE, 404: SEEN[404]}


def _described(schema: str, *, files: bool) -> dict[str, Any]:
    content: dict[str, Any] = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    if files:
        binary = {"schema": {"type": "string", "format": "binary"}}
        content |= {name: binary for name in cargo_files.CONTENT_TYPES if name not in content}
    return {"required": True, "content": content}


class NoCargo(LookupError):
    """There is no such cargo report, or it does not concern the caller."""


class UnknownKind(Exception):
    """The content type is none of `cargo_files.CONTENT_TYPES`."""


@api.exception_handler(NoCargo)
def _none(request: HttpRequest, why: Exception) -> HttpResponse:
    number = str(why)[:40]
    strayed(request, number)
    hint = "Check the number; you see the cargo that concerns you only"
    return fault(404, Problem("UnknownManifest", f"there is no cargo report {number}", "number", hint))


@api.exception_handler(UnknownKind)
def _unknown_kind(request: HttpRequest, why: Exception) -> HttpResponse:
    known = ", ".join(cargo_files.CONTENT_TYPES)
    return fault(415, Problem("UnknownFormat", "This kind of content is not taken", "", f"Send one of {known}"))


@api.exception_handler(CargoNotPermitted)
def _not_now(request: HttpRequest, why: Exception) -> HttpResponse:
    return fault(409, Problem("NotPermitted", str(why), "", "Read the cargo report to see how it stands"))


def _state(report: CargoReport, trader: str, outcome: str, problems: tuple[Problem, ...] = ()) -> CargoAnswer:
    askers: dict[str, list[str]] = {}
    for asker in cargo_claims.askers(report):
        if asker.matched and asker.declarant == trader:
            askers.setdefault(asker.key, []).append(asker.mrn)
    rests = []
    for d in report.manifest.documents:
        left = report.rest(d)
        mrns = tuple(askers.get(office_of_manifests.key(d.number), ()))
        rests.append(Rest(d.number, d.level.value, d.master, d.packages, d.mass, *left, report.is_grouped(d), mrns))
    told = report.manifest
    return CargoAnswer(
        outcome, problems, report.number, told.reference, report.stage.value, report.version, told.expected,
        report.arrived, tuple(rests),
    )  # fmt: skip


def _answer(outcome: cargo.CargoOutcome, trader: str) -> HttpResponse:
    status = STATUS[outcome.kind]
    if outcome.report is None or outcome.kind not in ("new", "same"):
        return fault(status, *outcome.problems)
    seen = office_of_manifests.sight(outcome.report, trader, manifests.submitter_of(outcome.report.number))
    return send(_state(seen or outcome.report, trader, outcome.kind, outcome.problems), status)


def _seen(number: str, trader: str) -> CargoReport:
    """What the trader may see of the report. Raises NoCargo."""
    try:
        found = manifests.get(number.upper())
    except manifests.UnknownManifest:
        raise NoCargo(number) from None
    seen = office_of_manifests.sight(found, trader, manifests.submitter_of(found.number))
    if seen is None:
        raise NoCargo(number)
    return seen


def _reports(seen: CargoReport, trader: str) -> bool:
    """Whether this trader reports this cargo: its carrier, or who handed it in for the carrier."""
    return trader in (seen.carrier, manifests.submitter_of(seen.number))


def _own(number: str, trader: str) -> str:
    """The number of a report that the trader reports itself. Raises NoCargo."""
    seen = _seen(number, trader)
    if not _reports(seen, trader):
        raise NoCargo(number)
    return seen.number


def _body(request: HttpRequest) -> tuple[Any, str]:
    """What is in the body, and its format. Raises UnknownKind and Refusal."""
    format = cargo_files.CONTENT_TYPES.get((request.content_type or "").lower(), "")
    if not format:
        raise UnknownKind
    return cargo_files.read(request.body, format)


@operation(
    "POST",
    "/manifests",
    Operation(
        "reportCargo",
        WRITE,
        "manifest.report",
        MADE,
        idempotent=True,
        body=_described("Manifest", files=True),
    ),
    tag="cargo",
    summary="Report cargo",
)
def report(
    request: HttpRequest,
    reference: str = FIELD,
    office: str = FIELD,
    conveyance: str = FIELD,
    expected: str = Query("", max_length=40, pattern=PLAIN, description="Arrival: 2026-11-27T06:00Z"),
) -> HttpResponse:
    """Register a cargo report. What a bill, a waybill or a list does not say itself may stand in the query.

    The token is the carrier's, or that of the agent named as submitter. The same content under the same reference is one report.
    """
    trader = access_of(request).trader
    try:
        read, format = _body(request)
    except Refusal as refusal:
        return fault(400, *refusal.problems)
    head = cargo_files.Head(reference, trader, office, "", "", conveyance, expected)
    try:
        told = cargo_files.complete(read, head)
    except ValueError as wrong:
        return fault(400, Problem("WrongType", str(wrong)[:120], "expected", "Write 2026-11-27T06:00Z"))
    if told.carrier.id != trader and (told.submitter is None or told.submitter.id != trader):
        hint = "Use the carrier's own token, or name the agent as submitter"
        return fault(403, Problem("NotYours", f"This token may report for {trader} only", "carrier/id", hint))
    outcome = cargo.report(told, request.body, by=trader, role=Role.CARRIER, submitter=trader, format=format)
    return _answer(outcome, trader)


@operation(
    "GET",
    "/manifests",
    Operation("listCargo", READ, "manifest.read", {200: ("The cargo reports", CargoReports)}),
    tag="cargo",
    summary="Cargo that concerns you, newest first",
)
def reports(request: HttpRequest, limit: int = LIMIT) -> HttpResponse:
    """The cargo reports of the token's trader, and those with a document that concerns it."""
    trader = access_of(request).trader
    rows = manifests.listed(trader=trader, limit=limit)
    seen = (office_of_manifests.sight(r.report, trader, r.submitter) for r in rows)
    return send(CargoReports(tuple(_state(r, trader, "same") for r in seen if r is not None)))


@operation(
    "GET",
    "/manifests/{number}",
    Operation("readCargo", READ, "manifest.read", SEEN),
    tag="cargo",
    summary="One cargo report as it stands",
)
def state(request: HttpRequest, number: str = NUMBER) -> HttpResponse:
    """What is left of each document that concerns the token's trader, and which of its declarations took the rest."""
    trader = access_of(request).trader
    return send(_state(_seen(number, trader), trader, "same"))


@operation(
    "POST",
    "/manifests/{number}/amendment",
    Operation("amendCargo", WRITE, "manifest.act", CHANGED, idempotent=True, body=_described("Manifest", files=True)),
    tag="cargo",
    summary="Amend a cargo report",
)
def amend(request: HttpRequest, number: str = NUMBER) -> HttpResponse:
    """Put another version of the whole report in its place; what goods were taken from stays as it is."""
    trader = access_of(request).trader
    number = _own(number, trader)
    try:
        read, format = _body(request)
    except Refusal as refusal:
        return fault(400, *refusal.problems)
    told = cargo_files.complete(read, cargo_files.Head(carrier=manifests.get(number).carrier))
    outcome = cargo.amend(number, told, request.body, by=trader, role=Role.CARRIER, format=format)
    return _answer(outcome, trader)


@operation(
    "POST",
    "/manifests/{number}/degroupages",
    Operation(
        "degroupCargo", WRITE, "manifest.act", CHANGED, idempotent=True, body=_described("Degroupage", files=False)
    ),
    tag="cargo",
    summary="Tell the houses of a master",
)
def degroup(request: HttpRequest, number: str = NUMBER) -> HttpResponse:
    """The forwarder of a consolidation tells its houses; their packages and masses make those of the master."""
    trader = access_of(request).trader
    seen = _seen(number, trader)
    try:
        told = json_gate.read_degroupage(request.body)
    except Refusal as refusal:
        return fault(400, *refusal.problems)
    if told.manifest and told.manifest != seen.number:
        raise NoCargo(told.manifest)
    master = seen.manifest.document(told.master)
    if master is None or not (office_of_manifests.is_forwarder(master, trader) or _reports(seen, trader)):
        hint = "Name a master that you are the forwarder of"
        return fault(403, Problem("NotYours", f"{told.master[:40]} is not yours to degroup", "master", hint))
    named = msgspec.structs.replace(told, manifest=seen.number)
    outcome = cargo.degroup(named, request.body, by=trader, role=Role.BROKER, forwarder=trader, format="json")
    return _answer(outcome, trader)


@operation(
    "POST",
    "/manifests/{number}/arrival",
    Operation(
        "arriveCargo",
        WRITE,
        "manifest.act",
        {**SEEN, 409: ("It has arrived already, or was withdrawn", Fault)},
        idempotent=True,
    ),
    tag="cargo",
    summary="Report the arrival",
)
def arrive(request: HttpRequest, arrival: Arrival, number: str = NUMBER) -> HttpResponse:
    """The conveyance is there: declarations that wait for its goods go on."""
    trader = access_of(request).trader
    number = _own(number, trader)
    if arrival.arrived.year not in YEARS:
        return fault(
            422, Problem("InvalidInput", "No conveyance arrived then", "arrived", "Write 2026-11-27T06:10:00Z")
        )
    after = cargo.arrive(number, arrival.arrived, by=trader, role=Role.CARRIER, place=arrival.place)
    return send(_state(after, trader, "new"))
