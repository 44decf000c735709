"""The REST API of cargo: carriers report, amend and arrive, forwarders tell houses, and each sees what concerns them.

Bodies are our own JSON (the schemas Manifest and Degroupage), DCSA bills of lading, ONE Record waybills or a CSV list, by
their content type. Every route needs a bearer token.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from customhouse.clearance import cargo, cargo_files
from customhouse.gates import json as json_gate
from customhouse.kernel.problem import Problem, Refusal
from customhouse.offices import manifest as office
from customhouse.record.cargo import CargoNotPermitted, CargoReport
from customhouse.record.declaration import Role
from customhouse.registry import cargo_claims, manifests

router = Router()
STATUS = {"new": 201, "same": 200, "other": 409, "refused": 422, "unreadable": 400}


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


class Arrival(Schema):
    """When the conveyance arrived, with the offset from UTC, and where its goods lie now."""

    arrived: datetime
    place: str = ""


def _answers(created: bool) -> dict[int, Any]:
    told = {
        200: "As it stands; the same content was handed in before",
        400: "Cannot be read; every problem with its place",
        401: "No valid token",
        403: "Another party's cargo",
        404: "There is no such cargo report, or it is not yours",
        409: "Not now, or the reference was used before for other content",
        415: "Unknown kind of content",
        422: "Refused; every problem with its place",
    }
    if created:
        told[201] = "Registered"
    schema = {"application/json": {"schema": {"$ref": "#/components/schemas/CargoAnswer"}}}
    return {code: {"description": text, "content": schema} for code, text in sorted(told.items())}


def _described(schema: str, *, files: bool) -> dict[str, Any]:
    content: dict[str, Any] = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    if files:
        content |= {name: {"schema": {"type": "string"}} for name in cargo_files.CONTENT_TYPES if name not in content}
    return {"requestBody": {"required": True, "content": content}, "responses": _answers(True)}


SEEN = {"responses": _answers(False)}


def _trader(request: HttpRequest) -> str:
    return str(request.auth)  # type: ignore[attr-defined]


def _send(told: CargoAnswer, status: int) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(told), status=status, content_type="application/json")


def _refuse(status: int, rule: str, label: str, hint: str, where: str = "") -> HttpResponse:
    return _send(CargoAnswer("unreadable", (Problem(rule, label, where, hint),)), status)


def _unknown(number: str) -> HttpResponse:
    hint = "Check the number; you see the cargo that concerns you only"
    return _refuse(404, "UnknownManifest", f"there is no cargo report {number[:40]}", hint)


def _state(report: CargoReport, trader: str, outcome: str, problems: tuple[Problem, ...] = ()) -> CargoAnswer:
    askers: dict[str, list[str]] = {}
    for asker in cargo_claims.askers(report):
        if asker.matched and asker.declarant == trader:
            askers.setdefault(asker.key, []).append(asker.mrn)
    rests = []
    for d in report.manifest.documents:
        left = report.rest(d)
        mrns = tuple(askers.get(office.key(d.number), ()))
        rests.append(Rest(d.number, d.level.value, d.master, d.packages, d.mass, *left, report.is_grouped(d), mrns))
    told = report.manifest
    return CargoAnswer(
        outcome, problems, report.number, told.reference, report.stage.value, report.version, told.expected,
        report.arrived, tuple(rests),
    )  # fmt: skip


def _answer(outcome: cargo.CargoOutcome, trader: str) -> HttpResponse:
    status = STATUS[outcome.kind]
    if outcome.report is None or outcome.kind not in ("new", "same"):
        return _send(CargoAnswer(outcome.kind, outcome.problems), status)
    seen = office.sight(outcome.report, trader, manifests.submitter_of(outcome.report.number))
    return _send(_state(seen or outcome.report, trader, outcome.kind, outcome.problems), status)


def _seen(number: str, trader: str) -> CargoReport | None:
    try:
        found = manifests.get(number.upper())
    except manifests.UnknownManifest:
        return None
    return office.sight(found, trader, manifests.submitter_of(found.number))


def _owned(number: str, trader: str) -> bool:
    """Whether this trader reports this cargo: its carrier, or who handed it in for the carrier."""
    seen = _seen(number, trader)
    return seen is not None and trader in (seen.carrier, manifests.submitter_of(seen.number))


def _body(request: HttpRequest) -> tuple[Any, str] | HttpResponse:
    kind = (request.content_type or "").lower()
    format = cargo_files.CONTENT_TYPES.get(kind, "")
    if not format:
        known = ", ".join(cargo_files.CONTENT_TYPES)
        return _refuse(415, "UnknownFormat", "This kind of content is not taken", f"Send one of {known}")
    try:
        return cargo_files.read(request.body, format)
    except Refusal as refusal:
        return _send(CargoAnswer("unreadable", refusal.problems), 400)


@router.post("", summary="Report cargo", openapi_extra=_described("Manifest", files=True))
def report(
    request: HttpRequest, reference: str = "", office: str = "", conveyance: str = "", expected: str = ""
) -> HttpResponse:
    """Register a cargo report. What a bill, a waybill or a list does not say itself may stand in the query."""
    trader = _trader(request)
    read = _body(request)
    if isinstance(read, HttpResponse):
        return read
    head = cargo_files.Head(reference, trader, office, "", "", conveyance, expected)
    try:
        told = cargo_files.complete(read[0], head)
    except ValueError as fault:
        return _refuse(400, "WrongType", str(fault), "Write 2026-11-27T06:00Z", "expected")
    if told.carrier.id != trader and (told.submitter is None or told.submitter.id != trader):
        hint = "Use the carrier's own token, or name the agent as submitter"
        return _refuse(403, "NotYours", f"This token may report for {trader} only", hint, "carrier/id")
    outcome = cargo.report(told, request.body, by=trader, role=Role.CARRIER, submitter=trader, format=read[1])
    return _answer(outcome, trader)


@router.get("", summary="Cargo that concerns you, newest first", openapi_extra=SEEN)
def reports(request: HttpRequest, limit: int = 50) -> HttpResponse:
    """The cargo reports of the token's trader, and those with a document that concerns it."""
    trader = _trader(request)
    rows = manifests.listed(trader=trader, limit=max(1, min(limit, 200)))
    seen = [office.sight(r.report, trader, r.submitter) for r in rows]
    told = [_state(r, trader, "same") for r in seen if r is not None]
    return HttpResponse(msgspec.json.encode({"manifests": told}), content_type="application/json")


@router.get("/{number}", summary="One cargo report as it stands", openapi_extra=SEEN)
def state(request: HttpRequest, number: str) -> HttpResponse:
    """What is left of each document that concerns the token's trader, and which of its declarations took the rest."""
    trader = _trader(request)
    seen = _seen(number, trader)
    return _unknown(number) if seen is None else _send(_state(seen, trader, "same"), 200)


@router.post("/{number}/amendment", summary="Amend a cargo report", openapi_extra=_described("Manifest", files=True))
def amend(request: HttpRequest, number: str) -> HttpResponse:
    """Put another version of the whole report in its place; what goods were taken from stays as it is."""
    trader = _trader(request)
    if not _owned(number, trader):
        return _unknown(number)
    read = _body(request)
    if isinstance(read, HttpResponse):
        return read
    head = cargo_files.Head(carrier=manifests.get(number.upper()).carrier)
    told = cargo_files.complete(read[0], head)
    outcome = cargo.amend(number.upper(), told, request.body, by=trader, role=Role.CARRIER, format=read[1])
    return _answer(outcome, trader)


@router.post(
    "/{number}/degroupages", summary="Tell the houses of a master", openapi_extra=_described("Degroupage", files=False)
)
def degroup(request: HttpRequest, number: str) -> HttpResponse:
    """The forwarder of a consolidation tells its houses; their packages and masses make those of the master."""
    trader = _trader(request)
    try:
        told = json_gate.read_degroupage(request.body)
    except Refusal as refusal:
        return _send(CargoAnswer("unreadable", refusal.problems), 400)
    seen = _seen(number, trader)
    if seen is None or (told.manifest and told.manifest != seen.number):
        return _unknown(number)
    master = seen.manifest.document(told.master)
    if master is None or not (office.is_forwarder(master, trader) or _owned(number, trader)):
        hint = "Name a master that you are the forwarder of"
        return _refuse(403, "NotYours", f"{told.master[:40]} is not yours to degroup", hint, "master")
    named = msgspec.structs.replace(told, manifest=seen.number)
    outcome = cargo.degroup(named, request.body, by=trader, role=Role.BROKER, forwarder=trader, format="json")
    return _answer(outcome, trader)


@router.post("/{number}/arrival", summary="Report the arrival", openapi_extra=SEEN)
def arrive(request: HttpRequest, number: str, arrival: Arrival) -> HttpResponse:
    """The conveyance is there: declarations that wait for its goods go on."""
    trader = _trader(request)
    if not _owned(number, trader):
        return _unknown(number)
    at = arrival.arrived if arrival.arrived.tzinfo else arrival.arrived.replace(tzinfo=UTC)
    try:
        after = cargo.arrive(number.upper(), at, by=trader, role=Role.CARRIER, place=arrival.place[:80])
    except CargoNotPermitted as fault:
        return _refuse(409, "NotPermitted", str(fault), "Read the cargo report to see how it stands")
    return _send(_state(after, trader, "new"), 200)
