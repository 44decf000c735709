"""The sandbox: scenarios to try software against, and the acts of customs, which the software's maker plays.

The scenarios are published by every house; playing customs, and answers that are late, exist only in a sandbox
(CUSTOMHOUSE_SANDBOX), which is a house of its own on a database of its own.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Schema
from pydantic import StringConstraints

from customhouse.api.fault import Fault, fault
from customhouse.api.operation import Operation, operation, send
from customhouse.api.own import MRN, PLAIN, own
from customhouse.api.rest import STANDS
from customhouse.api.scenarios import SCENARIOS, Scenario
from customhouse.clearance import examine, lift, query, target
from customhouse.clearance.answer import answer
from customhouse.kernel.problem import Problem
from customhouse.record.acts import LaneChanged
from customhouse.record.declaration import HoldKind, Role
from customhouse.record.lanes import Lane

CUSTOMS = "sandbox customs"
LONGEST_DELAY = 30.0
Said = Annotated[str, StringConstraints(min_length=1, max_length=400, pattern=PLAIN)]


class CustomsAct(Schema):
    """What customs does: asks (`text`), lifts a hold (`hold`, `ref`), examines (`conclusion`), sets another `lane`."""

    act: Literal["query", "lift", "examine", "lane"]
    text: Said = "sandbox"
    hold: HoldKind = HoldKind.DOCUMENTS
    ref: Annotated[str, StringConstraints(max_length=70, pattern=PLAIN)] = "lane"
    conclusion: Literal["conform", "discrepancy", "not_done"] = "conform"
    lane: Lane = Lane.GREEN


class Scenarios(msgspec.Struct, frozen=True):
    """Every scenario, and whether this house is a sandbox where they can be run."""

    sandbox: bool
    scenarios: tuple[Scenario, ...]


@operation(
    "GET",
    "/sandbox/scenarios",
    Operation("listScenarios", "", "", {200: ("What to send and what comes back", Scenarios)}),
    tag="sandbox",
    summary="The scenarios of the sandbox",
)
def scenarios(request: HttpRequest) -> HttpResponse:
    """Each is a list of steps that can be sent as they are; the house's own tests run them."""
    return send(Scenarios(settings.SANDBOX, SCENARIOS))


@operation(
    "POST",
    "/sandbox/declarations/{mrn}/customs",
    Operation(
        "playCustoms",
        "declarations:lodge",
        "declaration.act",
        {**STANDS, 404: ("No such declaration of yours, or no sandbox", Fault), 409: ("Not permitted now", Fault)},
    ),
    tag="sandbox",
    summary="Play customs on a declaration of yours",
)
def customs(request: HttpRequest, body: CustomsAct, mrn: str = MRN) -> HttpResponse:
    """In a sandbox only: what an officer would do, so that software can be tried to the end."""
    if not settings.SANDBOX:
        return fault(404, Problem("NoSandbox", "This house is no sandbox", "", "Use the address of the sandbox"))
    d = own(request, mrn, "declaration.act")
    match body.act:
        case "query":
            after = query.query(d.id, body.text, by=CUSTOMS, role=Role.OFFICER)
        case "lift":
            after = lift.lift(d.id, body.hold, body.text, by=CUSTOMS, role=Role.SUPERVISOR, ref=body.ref)
        case "examine":
            after = examine.examine(d.id, body.conclusion, body.text, by=CUSTOMS, role=Role.EXAMINER)
        case "lane":
            after = target.change_lane(d.id, LaneChanged(body.lane, body.text), by=CUSTOMS, role=Role.SUPERVISOR)
    return send(answer("same", after))


async def delay(wanted: bytes) -> None:
    """Wait as long as a request asks for with the header Sandbox-Delay (seconds, LONGEST_DELAY at most)."""
    if wanted.isdigit():
        await asyncio.sleep(min(LONGEST_DELAY, float(wanted[:4])))
