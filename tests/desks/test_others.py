"""Ids of others: every page that takes the id of a thing answers a stranger as if it were not there, and changes nothing."""

from __future__ import annotations

import itertools
import json
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from tests import cargo as ship
from tests.registry import papers
from tests.registry.permit_papers import APPLICANT, application, issued

from customhouse.clearance import attach, inform, online, order, permit, refund
from customhouse.clearance.lodge import lodge
from customhouse.clearance.settle import pay
from customhouse.desks.urls import urlpatterns
from customhouse.gates.papers import look
from customhouse.record.declaration import Declaration, Role
from customhouse.record.manifest import Degroupage
from customhouse.record.parts import Party
from customhouse.registry import authorisations, blobs, claims, clients, drafts, files, manifests, permits, webhooks
from customhouse.registry import papers as beside
from customhouse.registry.models import Trader, User
from customhouse.registry.reader import of_person, reading

BROKER, TRADER, OTHER = papers.BROKER, "XM100000017", "XM100000025"
KEY = "others-draft"
_count = itertools.count(1)
_run = uuid.uuid4().hex[:6]
# The tables whose rows a stranger must not move; what is only noted (readings, events of accounts) may grow.
MOVED = (
    "entry", "permit_entry", "permit_draft", "manifest_entry", "journal", "claim", "claim_step", "payment_order",
    "online_payment", "draft", "draft_paper", "authorisation", "webhook", "webhook_message", "api_client", "api_secret",
    "paper", "entry_summary_step", "bank_entry",
)  # fmt: skip


class Things:
    """What the demo's broker, its agencies and its carrier have, one of each."""

    def __init__(self) -> None:
        self.owed: Declaration = papers.green()
        self.over: Declaration = papers.green()
        assert self.over.settled is not None
        pay(self.over.id, self.over.settled.due, "cash", by="cashier", role=Role.CASHIER)
        self.order = str(order.order(BROKER, [self.owed.id], by="broker").reference)
        self.payment = online.begin(self.order, "demo", by="broker").partition("id=")[2]
        slip = files.get(self.over.id).settled
        assert slip is not None
        self.receipt = slip.receipts[0].number
        tax, minor = next(iter(refund.left_of(files.get(self.over.id)).items()))
        self.claim = refund.claim("refund", self.over.id, {tax: minor}, "broken", by="broker").id
        self.permit = issued()
        self.applied = permit.apply(application(), actor=APPLICANT)
        self.permit_draft = permits.keep_draft(BROKER, "broker", "MOH", "N852", {"remark": "x"}, at=datetime.now(UTC))
        who = drafts.Owner("broker", BROKER)
        self.draft = f"{KEY}-{_run}-{next(_count)}"
        drafts.save(who, self.draft, 0, "window-one", {"lrn": "SECRET-LRN"})
        self.client, _secret = clients.register(BROKER, "erp", ["declarations:read"], by="broker")
        made, _key = webhooks.subscribe(BROKER, "https://receiver.example/x", ["declaration.released"], by="broker")
        self.webhook = made.id
        inform.try_out(made.id, BROKER)
        self.message = webhooks.messages(made.id)[0].id
        given = datetime.now(UTC).date()
        self.authorisation = authorisations.grant("XM100000033", TRADER, by="pharma", since=given)
        master = ship.bill(consolidated=True, type="704", forwarder=Party(id=BROKER))
        foreign = ship.bill(consolidated=True, type="704", forwarder=Party(id=TRADER))
        self.master, self.theirs = master.number, foreign.number
        self.cargo = ship.reported(ship.manifest(master, foreign)).number


@pytest.fixture(scope="module")
def things(django_db_setup: None, django_db_blocker: Any) -> Iterator[Things]:
    with django_db_blocker.unblock():
        yield Things()


@pytest.fixture
def sit(house: None) -> Callable[..., Client]:
    """A client signed in as a new account of a role."""

    def as_(role: Role, **changes: str) -> Client:
        number = changes.pop("trader", "")
        trader = Trader.objects.get(number=number) if number else None
        name = f"other-{role.value}-{'-'.join([number, *changes.values()])}"
        account, _ = User.objects.get_or_create(username=name, role=role.value, trader=trader, **changes)
        client = Client()
        client.force_login(account)
        return client

    return as_


def standing() -> dict[str, int]:
    with connection.cursor() as cursor:
        found = {}
        for table in MOVED:
            cursor.execute(f"select count(*), coalesce(sum(hashtext(t::text)::bigint), 0) from {table} t")
            found[table] = cursor.fetchone()
        return found


def houses(master: str, number: str) -> SimpleUploadedFile:
    told = Degroupage("", number, master, Party(id=BROKER), (ship.house(master),))
    return SimpleUploadedFile("houses.json", ship.written(told), "application/json")


STRANGER, OTHER_CARRIER = (Role.BROKER, {"trader": OTHER}), (Role.CARRIER, {"trader": OTHER})
VET, ELSEWHERE = (Role.AGENCY, {"agency": "AGR"}), (Role.OFFICER, {"office": "XM000030"})
AWAY = (Role.SUPERVISOR, {"office": "XM000030"})
IMPORTER = (Role.TRADER, {"trader": "XM100000033"})
Row = tuple[str, tuple[Role, dict[str, str]], str, Callable[[Things], str], Callable[[Things], dict[str, Any]]]


def _(**data: Any) -> Callable[[Things], dict[str, Any]]:
    return lambda t: {name: value(t) if callable(value) else value for name, value in data.items()}


ROWS: list[Row] = [
    ("payment-order", STRANGER, "get", lambda t: f"/order?ref={t.order}", _()),
    ("payment-order", OTHER_CARRIER, "get", lambda t: f"/order?ref={t.order}", _()),
    ("receipt", STRANGER, "get", lambda t: f"/receipt?number={t.receipt}", _()),
    ("pay-order", STRANGER, "post", lambda t: "/money/pay", _(ref=lambda t: t.order)),
    ("provider-page", STRANGER, "post", lambda t: f"/pay?id={t.payment[:-1]}", _(pay="1")),
    ("claim", STRANGER, "post", lambda t: f"/money/claim?of={t.over.mrn}", _(kind="repayment", reason="mine")),
    ("decide-claim", STRANGER, "post", lambda t: "/treasury/claim", _(claim=lambda t: t.claim, does="grant", reason="x")),
    ("make-order", STRANGER, "post", lambda t: "/money/order", _(declaration=lambda t: t.owed.id)),
    ("bank-entry", STRANGER, "post", lambda t: "/treasury/entry?number=1", _(to="returned")),
    ("permit", STRANGER, "get", lambda t: f"/permit/{t.permit.id}", _()),
    ("permit", VET, "get", lambda t: f"/permit/{t.permit.id}", _()),
    ("permit-paper", STRANGER, "get", lambda t: f"/permit/{t.permit.id}/paper", _()),
    ("permit-file", VET, "get", lambda t: f"/permit/{t.permit.id}/file", _()),
    ("permit-act", STRANGER, "post", lambda t: f"/permit/{t.applied.id}/act/withdraw", _(reason="x")),
    ("permit-act", VET, "post", lambda t: f"/permit/{t.applied.id}/act/refuse", _(reason="x")),
    ("permit-act", VET, "post", lambda t: f"/permit/{t.permit.id}/act/revoke", _(reason="x")),
    ("permit-correct", STRANGER, "post", lambda t: f"/permit/{t.applied.id}/correct", _(remark="x")),
    ("agency-act", VET, "post", lambda t: f"/agency/consignment/{t.owed.id}/act/examined", _(conclusion="conform")),
    ("agency-act", VET, "post", lambda t: f"/agency/consignment/{t.owed.id}/act/call", _(reason="x", invited="CUS")),
    ("draft-drop", STRANGER, "post", lambda t: f"/drafts/{t.draft}/drop", _()),
    ("draft-template", STRANGER, "post", lambda t: f"/drafts/{t.draft}/template", _(title="x")),
    ("client", STRANGER, "post", lambda t: "/software/clients", _(act="rotate", client=lambda t: t.client)),
    ("client", STRANGER, "post", lambda t: "/software/clients", _(act="revoke", client=lambda t: t.client)),
    ("webhook", STRANGER, "get", lambda t: f"/software/webhook?id={t.webhook}", _()),
    ("webhooks", STRANGER, "post", lambda t: "/software/webhooks", _(act="rotate", webhook=lambda t: t.webhook)),
    ("webhooks", STRANGER, "post", lambda t: "/software/webhooks", _(act="end", webhook=lambda t: t.webhook)),
    ("webhooks", STRANGER, "post", lambda t: "/software/webhooks",
     _(act="resend", webhook=lambda t: t.webhook, message=lambda t: t.message)),
    ("revoke", (Role.TRADER, {"trader": TRADER}), "post", lambda t: f"/authorisations/{t.authorisation}/revoke", _()),
    ("revoke", (Role.TRADER, {"trader": OTHER}), "post", lambda t: f"/authorisations/{t.authorisation}/revoke", _()),
    ("manifest", (Role.TRADER, {"trader": OTHER}), "get", lambda t: f"/cargo/{t.cargo}", _()),
    ("manifest", OTHER_CARRIER, "get", lambda t: f"/cargo/{t.cargo}", _()),
    ("manifest-act", OTHER_CARRIER, "post", lambda t: f"/cargo/{t.cargo}/act/cancel", _(reason="x")),
    ("manifest-act", OTHER_CARRIER, "post", lambda t: f"/cargo/{t.cargo}/act/arrive", _(arrived="2026-11-20T06:00")),
    ("manifest-act", (Role.BROKER, {"trader": BROKER}), "post", lambda t: f"/cargo/{t.cargo}/act/cancel", _(reason="x")),
    ("manifest-act", (Role.BROKER, {"trader": BROKER}), "post", lambda t: f"/cargo/{t.cargo}/act/degroup",
     _(master=lambda t: t.theirs, file=lambda t: houses(t.theirs, t.cargo))),
    ("manifest-act", (Role.BROKER, {"trader": BROKER}), "post", lambda t: f"/cargo/{t.cargo}/act/degroup",
     _(master=lambda t: t.master, file=lambda t: houses(t.theirs, t.cargo))),
    ("manifest-act", ELSEWHERE, "post", lambda t: f"/cargo/{t.cargo}/act/arrive", _(arrived="2026-11-20T06:00")),
    ("manifest-act", AWAY, "post", lambda t: f"/cargo/{t.cargo}/act/discrepancy",
     _(document=lambda t: t.master, packages="1", reason="x")),
    ("decide-claim", AWAY, "post", lambda t: "/treasury/claim", _(claim=lambda t: t.claim, does="grant", reason="x")),
    ("lodge", STRANGER, "get", lambda t: f"/lodge?like={t.owed.mrn}", _()),
    ("lodge", STRANGER, "get", lambda t: f"/lodge?complete={t.owed.mrn}", _()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("route", "who", "how", "where", "data"), ROWS, ids=[f"{r[0]}-{n}" for n, r in enumerate(ROWS)]
)
def test_a_stranger_finds_nothing_and_moves_nothing(
    route: str, who: Any, how: str, where: Any, data: Any, things: Things, sit: Callable[..., Client]
) -> None:
    client = sit(who[0], **who[1])
    before = standing()
    answer = getattr(client, how)(where(things), data(things))
    assert answer.status_code in (302, 403, 404, 409, 422), answer.status_code
    if answer.status_code == 302:
        assert answer["Location"] in ("/money", "/treasury"), answer["Location"]
    assert standing() == before
    assert route in {r.name for r in urlpatterns}


def test_what_a_stranger_types_under_the_key_of_a_draft_of_another_is_a_draft_of_its_own(
    things: Things, sit: Callable[..., Client]
) -> None:
    client = sit(Role.BROKER, trader=OTHER)
    typed = {"base": 0, "window": "window-two", "changes": {"lrn": "MINE"}}
    assert client.post(f"/drafts/{things.draft}/fields", json.dumps(typed), "application/json").status_code == 200
    assert client.get("/lodge", {"draft": things.draft}).content.decode().count("SECRET-LRN") == 0
    kept = drafts.get(drafts.Owner("broker", BROKER), things.draft)
    assert kept is not None and kept.fields == {"lrn": "SECRET-LRN"}
    page = client.get(f"/permits/apply/N852?draft={things.permit_draft}")
    assert page.status_code == 200 and permits.draft(BROKER, things.permit_draft) is not None


def test_who_is_only_named_in_a_declaration_claims_no_money_of_it(things: Things, sit: Callable[..., Client]) -> None:
    """An importer reads the file and pays; what is given back is the declarant's to ask for."""
    told = json.loads(papers.paper(papers.reference()))
    told["goods_shipment"]["importer"] = {"id": "XM100000033"}
    d = lodge(json.dumps(told).encode(), by=BROKER).declaration
    assert d is not None
    client = sit(IMPORTER[0], **IMPORTER[1])
    assert client.get(f"/declaration/{d.mrn}").status_code == 200
    answer = client.post(f"/money/claim?of={d.mrn}", {"kind": "repayment", "reason": "mine"})
    assert answer.status_code == 403
    assert claims.of(declaration=d.id) == []


def test_a_reader_of_one_document_is_not_told_of_the_others(things: Things, sit: Callable[..., Client]) -> None:
    """The snapshot of a report holds everybody's documents; page, list and search show the own ones."""
    own = ship.bill(consignee=Party(id="XM100000041", name="Northern"))
    other = ship.bill(consignee=Party(id=OTHER, name="Meridia Motors Secret"))
    number = ship.reported(ship.manifest(own, other)).number
    client = sit(Role.TRADER, trader="XM100000041")
    for where in (f"/cargo/{number}", "/cargo", f"/cargo?find={number}"):
        page = client.get(where).content.decode()
        assert other.number not in page and "Secret" not in page, where
    assert own.number in client.get(f"/cargo/{number}").content.decode()
    assert number not in client.get(f"/cargo?q={other.number}").content.decode(), "found by what is another's"
    assert manifests.get(number).manifest.document(other.number) is not None


def test_bytes_that_another_holds_too_are_taken_off_a_draft_and_stay_with_the_other(
    things: Things, sit: Callable[..., Client]
) -> None:
    """The same data sheet lies beside a declaration of one broker and a draft of another, who is not shown the first."""
    sheet = look(b"the data sheet of a common product", "sheet.txt")
    attach.attach(things.owed.id, [sheet], by="broker", role=Role.BROKER)
    client = sit(Role.BROKER, trader=OTHER)
    who = drafts.Owner(f"other-broker-{OTHER}", OTHER)
    key = f"{KEY}-{_run}-mine"
    with reading(of_person(Role.BROKER, traders=[OTHER])):
        drafts.save(who, key, 0, "window-one", {"lrn": "MINE"})
        beside.put_beside(who, key, [(sheet.paper, sheet.data)])
    assert client.post(f"/lodge?draft={key}", {"draft": key, "detach": sheet.paper.digest}).status_code == 200
    assert client.post(f"/drafts/{key}/drop").status_code == 302
    assert blobs.get(sheet.paper.digest) == sheet.data
