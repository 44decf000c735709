"""The table of actions is what pages and API do: every route, every role, own and foreign files."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.desks.access_page import PAGE, page
from tests.registry import papers

from customhouse.api.document import api
from customhouse.clearance.lodge import lodge
from customhouse.desks.urls import urlpatterns
from customhouse.record.access import ACTIONS, EVERYONE, TRADE, Whose, is_open
from customhouse.record.declaration import Declaration, Role
from customhouse.record.flow import MAY
from customhouse.registry import files as declarations
from customhouse.registry import people
from customhouse.registry.demo import ACCOUNTS, TRADER
from customhouse.registry.models import User

ACCOUNT = {role: name for name, role, *_rest in reversed(ACCOUNTS)}
ROUTES = [route for route in urlpatterns if hasattr(route, "callback")]
FILES = [route for route in ROUTES if re.match("declaration/<(str:key|int:number)>", str(route.pattern))]
RECORDING = ("declaration.act", "payment.record", "agency.act", "manifest.act")
"""Actions under which acts are recorded on declarations; a carrier presents goods by reporting their arrival."""
STRANGER = "XM100000025"


def address(route: Any, d: Declaration) -> str:
    found: str = "/" + str(route.pattern)
    for name, value in (
        ("<str:key>", d.mrn),
        ("<int:number>", str(d.id)),
        ("<str:name>", "lift"),
        ("<int:pk>", "1"),
        ("<str:username>", "auditor"),
        ("<int:consignment>", str(d.id)),
        ("<str:code>", "N853"),
        ("<str:report>", "26XM0000000000000M"),
        ("<int:permit>", "999999"),
        ("<str:kind>", "importer"),
        ("<path:key>", "nobody"),
    ):
        found = found.replace(name, value)
    return found


def lodged(declarant: str, importer: str, office: str = "XM000020") -> Declaration:
    told: dict[str, Any] = json.loads(papers.paper(papers.reference()))
    told["declarant"], told["goods_shipment"]["importer"], told["office"] = {"id": declarant}, {"id": importer}, office
    found = lodge(json.dumps(told).encode(), by=declarant).declaration
    assert found is not None
    return found


@pytest.fixture
def files(house: None) -> dict[str, Declaration]:
    """A declaration of the demo broker, one that names the demo trader as importer, and one of strangers."""
    return {
        "own": lodged(papers.BROKER, "XM104600417"),
        "party": lodged(papers.BROKER, TRADER),
        "strange": lodged(STRANGER, "XM104600417"),
    }


def test_the_page_of_the_matrix_is_the_matrix() -> None:
    """On failure: python -m tests.desks.access_page"""
    assert PAGE.read_text("utf-8") == page()


def test_every_route_names_its_action_or_is_for_everybody() -> None:
    nameless = [
        r.name
        for r in ROUTES
        if getattr(r.callback, "action", "") not in ACTIONS and not getattr(r.callback, "public", False)
    ]
    assert nameless == [], "a view says @allowed(action), and the action stands in record/access.py"
    used = {getattr(r.callback, "action", "") for r in ROUTES} | {action for _m, _p, action in operations()}
    assert ACTIONS.keys() - used - {"payment.record"} == set(), "actions that no route names"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_page_opens_to_the_roles_of_its_action(
    route: Any, desk: Callable[..., Client], files: dict[str, Declaration]
) -> None:
    where = address(route, files["party"])
    action = getattr(route.callback, "action", None)
    stranger = Client().get(where)
    if action is None:
        assert stranger.status_code in (200, 302, 404, 405)
        return
    assert stranger.status_code == 302
    assert stranger["Location"].startswith("/sign-in")
    for role in EVERYONE:
        answer = desk(ACCOUNT[role]).get(where)
        cell = ACTIONS[action].get(role)
        expected = (200, 302, 405) if cell else (403,)
        if cell and "<" in str(route.pattern) and route not in FILES:
            expected = (200, 302, 404, 405)  # the rooms test their own files
        if cell is Whose.SELF:
            expected = (200, 302, 404, 405)  # of the own account there may be nothing to show
        if route in FILES and role is Role.TRADER and cell is Whose.OWN:
            expected = (403, 405)  # the importer sees it and is not the declarant
        assert answer.status_code in expected, (role, answer.status_code)


@pytest.mark.parametrize("route", FILES, ids=lambda route: route.name)
@pytest.mark.parametrize("role", EVERYONE)
def test_a_page_of_a_foreign_file_is_nowhere(
    role: Role, route: Any, desk: Callable[..., Client], files: dict[str, Declaration]
) -> None:
    """Asked for and posted to: the same answer as for a file that does not exist."""
    action, where = route.callback.action, address(route, files["strange"])
    cell = ACTIONS[action].get(role)
    if cell in (Whose.ALL, Whose.OFFICE):
        return
    client = desk(ACCOUNT[role])
    seen = {client.get(where).status_code, client.post(where, {"reason": "x"}).status_code}
    assert seen <= ({404, 405} if cell else {403}), seen
    if cell and "GET" in _methods(route):
        missing = re.sub(r"\d\dXM\w{14}|\d+", "999999999999", where, count=1)
        assert plain(client.get(where), where) == plain(client.get(missing), missing)


def plain(answer: Any, where: str) -> str:
    """A page without what differs from one answer to the next."""
    text: str = answer.content.decode().replace(where, "")
    return re.sub(r'(csrfmiddlewaretoken" value|data-ticket|data-left|content)="[^"]*"', "", text)


def _methods(route: Any) -> set[str]:
    return {"GET"} if route.name in ("declaration", "message", "amend") else set()


def test_an_officer_of_an_office_has_the_files_of_that_office(files: dict[str, Declaration], house: None) -> None:
    here = lodged(papers.BROKER, "XM104600417", office="XM000010")
    account, _ = User.objects.get_or_create(username="officer-of-ten", role="officer", office="XM000010")
    client = Client()
    client.force_login(account)
    assert client.get(f"/declaration/{here.mrn}").status_code == 200
    assert client.get(f"/declaration/{files['own'].mrn}").status_code == 404
    assert client.post(f"/declaration/{files['own'].id}/act/query", {"text": "why"}).status_code == 404
    page = client.get("/worklist?all=1").content.decode()
    assert here.mrn in page
    assert files["own"].mrn not in page


def test_an_importer_reads_and_pays_and_does_nothing_else(
    desk: Callable[..., Client], files: dict[str, Declaration]
) -> None:
    client, d = desk("trader"), files["party"]
    page = client.get(f"/declaration/{d.mrn}").content.decode()
    assert f"/declaration/{d.id}/act/answer" not in page
    assert f"/declaration/{d.id}/act/invalidate" not in page
    assert f"/declaration/{d.id}/amend" not in page
    assert d.mrn in client.get("/declarations").content.decode()
    assert client.post(f"/declaration/{d.id}/act/invalidate", {"reason": "mine"}).status_code == 403
    assert client.post(f"/declaration/{d.id}/act/pay", {"amount": "1.00", "method": "cash"}).status_code == 403
    asked = client.post(f"/declaration/{d.id}/payment")["Location"]
    paper = client.get(asked).content.decode()
    assert "Pay online" in paper and d.mrn in paper and "This order is paid" not in paper
    hosted = client.post("/money/pay", {"ref": asked.partition("=")[2]})["Location"]
    Client().post(hosted, {"pay": "1"})
    assert "This order is paid" in client.get(asked).content.decode()
    assert declarations.get(d.id).settled.outstanding.minor == 0


# --- the API ----------------------------------------------------------------------------------------------------------


def operations() -> list[tuple[str, str, str]]:
    """(method, path, action) of every operation of the API that needs a token."""
    return [
        (method, path, operation["x-action"])
        for path, methods in api.get_openapi_schema()["paths"].items()
        for method, operation in methods.items()
        if operation["security"] != [{"client": []}, {}]
    ]


BODIES = {
    "payments": {"amount": "0.01", "currency": "EUR"},
    "answer": {"text": "here it is"},
    "invalidation": {"reason": "lodged twice"},
    "customs": {"act": "query"},
    "arrival": {"arrived": "2026-11-27T06:10:00Z"},
}
PAPER = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


class Software:
    """A trader's program; asks with a token, or with what is given for one."""

    def __init__(self, trader: str, token: str | None = None) -> None:
        given = people.issue_token(trader, "matrix") if token is None else token
        self.headers = {"authorization": f"Bearer {given}"} if given else {}

    def ask(self, method: str, path: str, d: Declaration, body: bytes = b"") -> int:
        digest = hashlib.sha256(PAPER).hexdigest()
        where = path.replace("{mrn}", d.mrn).replace("{number}", "1").replace("{digest}", digest)
        where = where.replace("{id}", "wh_" + "0" * 20)
        if method == "post" and where.endswith("/documents"):
            sent = {"file": SimpleUploadedFile("invoice.pdf", PAPER)}
            return Client().post(where, sent, headers=self.headers).status_code
        if method == "put":
            body = papers.paper(papers.reference(), declarant=papers.BROKER)  # another reference: read, and refused
        body = body or json.dumps(BODIES.get(where.rpartition("/")[2], {})).encode()
        return Client().generic(method.upper(), where, body, "application/json", headers=self.headers).status_code


@pytest.mark.parametrize(("method", "path", "action"), operations(), ids=lambda value: str(value))
def test_an_operation_of_the_api_obeys_its_action(
    method: str, path: str, action: str, files: dict[str, Declaration], settings: Any
) -> None:
    settings.SANDBOX = True
    assert action in ACTIONS
    assert {*ACTIONS[action]} & {*TRADE, Role.CARRIER}, "software is that of a trader or a carrier"
    broker, trader, stranger = (Software(name) for name in (papers.BROKER, TRADER, STRANGER))
    if "/declarations/{mrn}" in path:
        broker.ask("post", "/api/v1/declarations/{mrn}/documents", files["own"])
        broker.ask("post", "/api/v1/declarations/{mrn}/documents", files["party"])
        assert broker.ask(method, path, files["own"]) not in (401, 403, 404)
        assert stranger.ask(method, path, files["own"]) == 404
        named = trader.ask(method, path, files["party"])
        assert (named == 404) is (ACTIONS[action][Role.BROKER] is Whose.OWN)
    elif "{" in path:  # rooms with files of their own, each tested there
        assert stranger.ask(method, path, files["own"]) in (404, 422)
    elif method == "get":
        assert broker.ask(method, path, files["own"]) == 200
    elif path.endswith("/declarations"):
        own, foreign = (papers.paper(papers.reference(), declarant=name) for name in (papers.BROKER, STRANGER))
        assert broker.ask(method, path, files["own"], own) == 201
        assert broker.ask(method, path, files["own"], foreign) == 403
        assert broker.ask(method, path, files["own"], b"{") == 400
    for unknown in ("", "ch_unknown"):
        assert Software("", unknown).ask(method, path, files["own"]) == 401


def test_what_needs_no_token_shows_nothing_of_anybody() -> None:
    named = {(m, p) for p, methods in api.get_openapi_schema()["paths"].items() for m in methods}
    assert named - {(m, p) for m, p, _action in operations()} == {
        ("post", "/api/v1/oauth/token"),
        ("post", "/api/v1/oauth/revoke"),
        ("get", "/api/v1/sandbox/scenarios"),
    }


# --- the table itself -------------------------------------------------------------------------------------------------


def test_whoever_may_record_an_act_may_act() -> None:
    people_ = {role for roles in MAY.values() for role in roles} - {Role.SYSTEM}
    assert people_ <= {role for action in RECORDING for role in ACTIONS[action]}
    assert set(MAY["Paid"]) - {Role.SYSTEM} == set(ACTIONS["payment.record"])
    assert not set(MAY["Paid"]) & {*TRADE, Role.CARRIER}, "nobody says of his own debt that it is paid"


def test_a_file_is_open_as_its_cell_says(files: dict[str, Declaration]) -> None:
    d = files["party"]
    assert is_open("declaration.read", Role.TRADER, d, own=TRADER, reads=(TRADER,))
    assert not is_open("declaration.act", Role.TRADER, d, own=TRADER, reads=(TRADER,))
    assert not is_open("declaration.read", Role.TRADER, d)
    assert not is_open("declaration.act", Role.TRADER, d)
    assert is_open("declaration.read", Role.OFFICER, d, office="XM000020")
    assert not is_open("declaration.read", Role.OFFICER, d, office="XM000010")
    assert not is_open("declaration.act", Role.AUDITOR, d)
    assert not is_open("declaration.read", Role.ADMINISTRATOR, d)
    with pytest.raises(KeyError):
        is_open("declaration.burn", Role.OFFICER, d)
