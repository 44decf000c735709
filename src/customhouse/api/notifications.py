"""Notifications over the API: every answer of customs to a declaration, as our JSON and as the WCO Response that it is."""

from __future__ import annotations

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Path

from customhouse.api.fault import Fault, fault
from customhouse.api.operation import Media, Operation, operation, send
from customhouse.api.own import MRN, own
from customhouse.clearance.notification import Notification, notifications
from customhouse.gates.wco_xml import response as gate
from customhouse.kernel.problem import Problem
from customhouse.registry import files

NUMBER = Path(..., ge=1, le=1 << 31)


class Notifications(msgspec.Struct, frozen=True):
    """What customs has answered to a declaration, oldest first."""

    mrn: str
    notifications: tuple[Notification, ...]


@operation(
    "GET",
    "/declarations/{mrn}/notifications",
    Operation(
        "listNotifications",
        "declarations:read",
        "declaration.read",
        {200: ("Every answer", Notifications), 404: ("No such declaration of yours", Fault)},
    ),
    tag="declarations",
    summary="What customs has answered, oldest first",
)
def index(request: HttpRequest, mrn: str = MRN) -> HttpResponse:
    """Every message about the declaration, as the WCO Response has it; each is there as XML under its number."""
    d = own(request, mrn, "declaration.read")
    return send(Notifications(d.mrn, notifications(files.entries(d.id))))


@operation(
    "GET",
    "/declarations/{mrn}/notifications/{number}",
    Operation(
        "readNotification",
        "declarations:read",
        "declaration.read",
        {
            200: ("The message", Media("application/xml", "WCO Response (DMSACC, DMSTAX, DMSCLE and others)")),
            404: ("No such declaration of yours, or no such message", Fault),
        },
    ),
    tag="declarations",
    summary="One answer of customs as WCO XML",
)
def show(request: HttpRequest, mrn: str = MRN, number: int = NUMBER) -> HttpResponse:
    """The same bytes whenever it is asked for."""
    d = own(request, mrn, "declaration.read")
    for one in notifications(files.entries(d.id)):
        if one.number == number:
            return HttpResponse(gate.write([one.response]), content_type="application/xml")
    none = Problem("UnknownNotification", f"{d.mrn} has no message {number}", "number", "List the messages")
    return fault(404, none)
