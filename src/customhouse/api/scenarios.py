"""The scenarios of the sandbox: what to send, step by step, and what comes back. Published as they stand; the tests run them.

In paths, headers and bodies `${lrn}` is a reference of your own, `${trader}` the number of your trader, and other names are
what an earlier step has kept: `keep` names them, with the path of each in the answer.
"""

from __future__ import annotations

import copy
from typing import Any

import msgspec

from customhouse.api.examples import LODGEMENT_EXAMPLE

EMPTY_QUOTA = "094099"
BASE, CUSTOMS = "/api/v1/declarations", "/api/v1/sandbox/declarations/${mrn}/customs"
KEEP_MRN = {"mrn": "mrn"}
DECLARATION, PAYMENTS = f"{BASE}/${{mrn}}", f"{BASE}/${{mrn}}/payments"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One request: what it does, and the status and parts of the answer (by path, items of lists by number) to expect."""

    title: str
    method: str
    path: str
    headers: dict[str, str] = {}
    body: Any = None
    status: int
    expect: dict[str, Any] = {}
    keep: dict[str, str] = {}


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """A story that software must live through; every step can be sent as it is written."""

    name: str
    title: str
    steps: tuple[Step, ...]


def goods(
    code: str,
    description: str,
    price: str,
    kilos: str,
    origin: str,
    *,
    papers: tuple[tuple[str, str], ...] = (),
    **duty: str,
) -> dict[str, Any]:
    """The declaration of the example with other goods; `papers` are (category and type, reference)."""
    told = copy.deepcopy(LODGEMENT_EXAMPLE)
    told |= {"lrn": "${lrn}", "declarant": {"id": "${trader}"}}
    shipment = told["goods_shipment"]
    shipment["export_country"] = origin
    (item,) = shipment["items"]
    item["origins"] = [{"country": origin, "type": "1"}]
    item["documents"] += [{"category": kind[:1], "type": kind[1:], "id": id} for kind, id in papers]
    item["commodity"] |= {
        "description": description,
        "classifications": [{"id": code, "type": "TSP"}],
        "duties": [{"type": "A00", "regime": "100", "payment": {"method": "A"}} | duty],
        "gross_mass": {"value": kilos},
        "net_mass": {"value": kilos},
        "price": {"value": price, "currency": "USD"},
    }
    return told


TILES = goods("69072100", "Ceramic floor tiles, glazed", "2000.00", "1000", "IT")
PESTICIDE = goods("38089190", "Insecticide in drums", "12400.00", "2000", "FR", papers=(("9109", "PP-2026-7"),))
SHOTGUNS = goods("93032000", "Sporting shotguns", "17400.00", "68", "IT", papers=(("X002", "LIC-1"),))
SUGAR = goods("17019900", "Refined cane sugar in sacks", "5000.00", "10000", "BR", regime="120", quota=EMPTY_QUOTA)
LAST_OF_THE_QUOTA: dict[str, Any] = goods(
    "17019900", "Refined cane sugar in sacks", "500.00", "1000", "BR", regime="120", quota=EMPTY_QUOTA
) | {"lrn": "SANDBOX-QUOTA", "declarant": {"id": "XM100000041"}}


def _lodge(body: Any, status: int = 201, title: str = "Lodge", **told: Any) -> Step:
    return Step(title=title, method="POST", path=BASE, body=body, status=status, **told)


def _customs(title: str, body: dict[str, Any], **expect: Any) -> Step:
    """Play customs."""
    return Step(title=f"Play customs: {title}", method="POST", path=CUSTOMS, body=body, status=200, expect=expect)


def _order(minor: int, title: str = "Ask for the payment order", status: int = 201) -> Step:
    return Step(
        title=title,
        method="POST",
        path=PAYMENTS,
        status=status,
        expect={"open.minor": minor, "state": "open", "ways.0.way": "online"},
        keep={"page": "ways.0.url", "reference": "reference"},
    )


def _at_provider(title: str, does: str, status: str) -> Step:
    """What the payer does on the page of the stand-in for a payment provider."""
    return Step(
        title=title,
        method="POST",
        path="${page}",
        headers=FORM,
        body=f"{does}=1",
        status=200,
        expect={"status": status},
    )


def _paid(minor: int) -> tuple[Step, ...]:
    """Ask for the order, pay it, and see the goods released."""
    return (
        _order(minor),
        _at_provider("Pay it at the provider's page", "pay", "paid"),
        Step(title="Read it", method="GET", path=DECLARATION, status=200, expect={"stage": "RELEASED", "holds": []}),
    )


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        name="green-release",
        title="Accepted, paid and released without anybody looking",
        steps=(
            _lodge(
                TILES,
                expect={"lane": "GREEN", "stage": "ROUTED", "holds.0.kind": "payment", "payable.minor": 53000},
                keep=KEEP_MRN,
            ),
            *_paid(53000),
        ),
    ),
    Scenario(
        name="payment-needed",
        title="Held until the money has come; an order asked for twice is one order, a payment given up may be made after all",
        steps=(
            _lodge(TILES, expect={"holds.0.kind": "payment"}, keep=KEEP_MRN),
            _order(53000),
            _order(53000, "Ask for it again: the same order", 200),
            _at_provider("Give up at the provider's page", "cancel", "failed"),
            Step(
                title="Nothing was paid",
                method="GET",
                path=DECLARATION,
                status=200,
                expect={"stage": "ROUTED", "holds.0.kind": "payment"},
            ),
            _at_provider("Pay it after all", "pay", "paid"),
            _at_provider("Pay it twice: it is one payment", "pay", "paid"),
            Step(
                title="The order is paid",
                method="GET",
                path="/api/v1/payments/${reference}",
                status=200,
                expect={"state": "paid", "open.minor": 0, "mrns.0": "${mrn}"},
            ),
            Step(
                title="The goods are released", method="GET", path=DECLARATION, status=200, expect={"stage": "RELEASED"}
            ),
            Step(
                title="Ask for an order when nothing is due",
                method="POST",
                path=PAYMENTS,
                status=409,
                expect={"problems.0.rule": "NotPermitted"},
            ),
        ),
    ),
    Scenario(
        name="yellow-with-query",
        title="An officer looks at the papers, asks, and is answered",
        steps=(
            _lodge(PESTICIDE, expect={"lane": "YELLOW", "payable.minor": 257300}, keep=KEEP_MRN),
            _customs("ask", {"act": "query", "text": "Which active substance?"}, stage="ROUTED"),
            Step(
                title="Answer",
                method="POST",
                path=f"{BASE}/${{mrn}}/queries/1/answer",
                body={"text": "Deltamethrin", "documents": ["SHEET-1"]},
                status=200,
                expect={"stage": "ROUTED"},
            ),
            _customs("accept the answer", {"act": "lift", "hold": "query", "ref": "1"}, stage="ROUTED"),
            _customs(
                "pass the papers", {"act": "lift", "hold": "documents", "ref": "lane"}, **{"holds.0.kind": "payment"}
            ),
            *_paid(257300),
        ),
    ),
    Scenario(
        name="red-with-examination",
        title="The goods are examined; nothing can be amended meanwhile",
        steps=(
            _lodge(SHOTGUNS, expect={"lane": "RED", "stage": "ROUTED"}, keep=KEEP_MRN),
            Step(
                title="Try to withdraw it",
                method="POST",
                path=f"{BASE}/${{mrn}}/invalidation",
                body={"reason": "second thoughts"},
                status=409,
                expect={"problems.0.rule": "NotPermitted"},
            ),
            _customs("examine", {"act": "examine", "conclusion": "conform", "text": "As declared"}, stage="ROUTED"),
            *_paid(761250),
        ),
    ),
    Scenario(
        name="refused-with-problems",
        title="Refused with every problem at once; mended, the same reference is accepted",
        steps=(
            _lodge(
                TILES | {"type": "XXX"},
                422,
                expect={"outcome": "refused", "stage": "REFUSED", "problems.0.rule": "XM002"},
            ),
            _lodge(TILES, title="Lodge it mended", expect={"outcome": "new", "lane": "GREEN"}),
        ),
    ),
    Scenario(
        name="unreadable",
        title="Not even a declaration: nothing is kept",
        steps=(_lodge({"lrnn": "${lrn}"}, 400, expect={"outcome": "unreadable", "problems.0.rule": "UnknownField"}),),
    ),
    Scenario(
        name="same-again",
        title="The same content is one declaration; other content under its reference is refused",
        steps=(
            _lodge(TILES, expect={"outcome": "new"}, keep=KEEP_MRN),
            _lodge(TILES, 200, "Lodge the same again", expect={"outcome": "same", "mrn": "${mrn}"}),
            _lodge(PESTICIDE, 409, "Lodge other goods", expect={"problems.0.rule": "DuplicateLRN"}),
        ),
    ),
    Scenario(
        name="amend-and-withdraw",
        title="A new version is judged anew; then the declaration is withdrawn",
        steps=(
            _lodge(TILES, expect={"payable.minor": 53000}, keep=KEEP_MRN),
            Step(
                title="Amend the price",
                method="PUT",
                path=f"{BASE}/${{mrn}}",
                body=goods("69072100", "Ceramic floor tiles, glazed", "3000.00", "1000", "IT"),
                status=200,
                expect={"payable.minor": 79500},
            ),
            Step(
                title="Withdraw it",
                method="POST",
                path=f"{BASE}/${{mrn}}/invalidation",
                body={"reason": "not shipped"},
                status=200,
                expect={"stage": "INVALIDATED"},
            ),
        ),
    ),
    Scenario(
        name="quota-exhausted",
        title="A tariff quota is claimed that has nothing left: the full rate is due",
        steps=(
            _lodge(SUGAR, keep=KEEP_MRN),
            Step(
                title="Read it when the quota has answered (a second or so)",
                method="GET",
                path=f"{BASE}/${{mrn}}",
                headers={"Sandbox-Delay": "3"},
                status=200,
                expect={"stage": "ROUTED", "duties.0.measure": "MD1701"},
            ),
        ),
    ),
    Scenario(
        name="slow-answer",
        title="The house takes its time; what your software does then is yours to see",
        steps=(
            _lodge(
                TILES,
                title="Lodge, with an answer that is late",
                headers={"Sandbox-Delay": "3"},
                expect={"outcome": "new"},
            ),
        ),
    ),
    Scenario(
        name="webhook-replay",
        title="A message is sent, and sent again under the same webhook-id (put an address of yours in)",
        steps=(
            Step(
                title="Subscribe",
                method="POST",
                path="/api/v1/webhooks",
                body={"url": "https://example.com/customs", "events": ["declaration.released"]},
                status=201,
                keep={"webhook": "webhook.id"},
            ),
            Step(
                title="Send a test message",
                method="POST",
                path="/api/v1/webhooks/${webhook}/test",
                status=202,
                keep={"message": "message"},
            ),
            Step(
                title="Send it again",
                method="POST",
                path="/api/v1/webhooks/${webhook}/messages/${message}/resend",
                status=202,
                expect={"message": "${message}"},
            ),
            Step(title="End the webhook", method="DELETE", path="/api/v1/webhooks/${webhook}", status=204),
        ),
    ),
)
