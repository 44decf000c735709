"""The administrator's desk and the traders' authorisations."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from tests.desks.test_access import INLINE
from tests.registry import papers
from tests.registry.papers import rows

from customhouse.clearance.amend import amend
from customhouse.clearance.lodge import Outcome, change, lodge
from customhouse.gates.json import read
from customhouse.kernel.problem import Refusal
from customhouse.law.book import Book, compile_pack
from customhouse.law.pack import country_directory
from customhouse.record.declaration import Role
from customhouse.registry import accounts, authorisations, people
from customhouse.registry.authorisations import NotAuthorisable
from customhouse.registry.models import Trader
from customhouse.registry.reader import SYSTEM, of_person, reading

pytestmark = pytest.mark.usefixtures("house")
TODAY = datetime.now(UTC).date()
_count = itertools.count(1)


@pytest.fixture
def pair() -> tuple[str, str]:
    """A trader and a broker of this test alone, both in the directory."""
    made = []
    for kind in ("Importer", "Broker"):
        number = f"XM9{time.time_ns() % 10**6:06d}{next(_count):02d}"
        Trader.objects.create(number=number, name=f"{kind} {number}")
        made.append(number)
    return made[0], made[1]


def declared(trader: str, broker: str, lrn: str = "") -> Outcome:
    """A declaration by `broker` for `trader`."""
    told: dict[str, Any] = json.loads(papers.paper(lrn or papers.reference(), declarant=broker))
    told["goods_shipment"]["importer"] = {"id": trader}
    return lodge(json.dumps(told).encode(), by=broker)


def rules(outcome: Outcome) -> list[str]:
    return [p.rule for p in outcome.problems]


# --- authorisations ---------------------------------------------------------------------------------------------------


def test_a_broker_without_an_authorisation_is_warned(pair: tuple[str, str]) -> None:
    trader, broker = pair
    outcome = declared(trader, broker)
    assert outcome.kind == "new"
    assert rules(outcome) == ["NotAuthorised"]
    assert outcome.problems[0].severity == "warning"
    authorisations.grant(trader, broker, by="t", since=TODAY)
    assert rules(declared(trader, broker)) == []
    assert rules(declared("XM999999999999", broker)) == [], "an importer without an account here cannot say"
    assert rules(declared(broker, broker)) == [], "nobody authorises itself"


def test_where_the_law_is_strict_nothing_is_lodged(pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    trader, broker = pair
    monkeypatch.setattr("customhouse.clearance.representation.REFUSE", "warn")  # the law of the demo, read strictly
    outcome = declared(trader, broker)
    assert outcome.kind == "unreadable"
    assert [(p.rule, p.severity) for p in outcome.problems] == [("NotAuthorised", "error")]
    assert rows("select count(*) from declaration where declarant = %s", broker) == [(0,)]


def test_an_amendment_puts_no_trader_in_its_place_that_did_not_authorise_it(
    pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else whoever may declare for one trader could declare for all, by amending."""
    trader, broker = pair
    monkeypatch.setattr("customhouse.clearance.representation.REFUSE", "warn")
    d = declared(broker, broker).declaration
    assert d is not None
    told = json.loads(papers.paper(d.lrn, declarant=broker))
    told["goods_shipment"]["importer"] = {"id": trader}
    data = json.dumps(told).encode()
    with pytest.raises(Refusal, match="not authorised"):
        amend(d.id, data, "for another", by="t", role=Role.BROKER)
    message = json.dumps({**told, "function": "13", "mrn": d.mrn}).encode()
    assert rules(change(read(message), message, by="t", format="json")) == ["NotAuthorised"]
    authorisations.grant(trader, broker, by="t", since=TODAY)
    after = amend(d.id, data, "for another", by="t", role=Role.BROKER)
    assert after.version == 2
    (given,) = authorisations.given(trader)
    authorisations.revoke(given.id, by="t")
    again = json.loads(data)
    again["goods_shipment"]["items"][0]["commodity"]["description"] = "Said more exactly"
    assert amend(d.id, json.dumps(again).encode(), "better words", by="t", role=Role.BROKER).version == 3


def test_the_pack_says_what_follows(tmp_path: Any) -> None:
    shutil.copytree(country_directory("meridia"), tmp_path / "strict")
    file = tmp_path / "strict" / "country.toml"
    file.write_text(file.read_text().replace('unauthorised = "warn"', 'unauthorised = "refuse"'))
    assert Book.open(compile_pack(tmp_path / "strict")).on(TODAY).unauthorised == "refuse"
    assert Book.open(compile_pack(country_directory("meridia"))).on(TODAY).unauthorised == "warn"


@pytest.mark.parametrize(
    ("changes", "covered"),
    [
        ({}, True),
        ({"since": TODAY + timedelta(1)}, False),
        ({"since": TODAY - timedelta(9), "until": TODAY}, False),
        ({"since": TODAY - timedelta(9), "until": TODAY + timedelta(1)}, True),
        ({"procedures": ["40"]}, True),
        ({"procedures": ["71", "40"]}, True),
        ({"procedures": ["71"]}, False),
    ],
)
def test_an_authorisation_counts_in_its_time_and_for_its_procedures(
    changes: dict[str, Any], covered: bool, pair: tuple[str, str]
) -> None:
    trader, broker = pair
    authorisations.grant(trader, broker, by="t", **{"since": TODAY, **changes})
    assert authorisations.covers(trader, broker, TODAY, ("40",)) is covered


def test_it_is_revoked_at_once_and_for_ever(pair: tuple[str, str]) -> None:
    trader, broker = pair
    number = authorisations.grant(trader, broker, by="t", since=TODAY)
    authorisations.revoke(number, by="t")
    authorisations.revoke(number, by="t")
    assert authorisations.covers(trader, broker, TODAY, ()) is False
    (kept,) = authorisations.given(trader)
    assert kept.revoked is not None
    assert not kept.stands(TODAY)
    assert rows("select count(*) from authorisation where revokes = %s", number) == [(1,)]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"broker": "XM000000000"}, "no trader"),
        ({"until": TODAY}, "ends after"),
        ({"procedures": ["4000"]}, "two digits"),
        ({"procedures": ["²3"]}, "two digits"),
    ],
)
def test_what_cannot_be_authorised_says_why(changes: dict[str, Any], why: str, pair: tuple[str, str]) -> None:
    trader, broker = pair
    with pytest.raises(NotAuthorisable, match=why):
        authorisations.grant(**{"trader": trader, "broker": broker, "by": "t", "since": TODAY, **changes})
    with pytest.raises(NotAuthorisable, match="itself"):
        authorisations.grant(trader, trader, by="t", since=TODAY)


def test_a_broker_that_may_read_sees_the_traders_files_until_it_is_revoked(pair: tuple[str, str]) -> None:
    trader, broker = pair
    others = declared(trader, trader).declaration
    own = declared(trader, broker).declaration
    assert others is not None
    assert own is not None

    def seen() -> set[int]:
        with reading(people.reader_for(broker)):
            return {row[0] for row in rows("select id from declaration where id in (%s, %s)", others.id, own.id)}

    assert seen() == {own.id}
    authorisations.grant(trader, broker, by="t", since=TODAY)
    assert seen() == {own.id}, "to declare is not to read"
    number = authorisations.grant(trader, broker, by="t", since=TODAY, reads=True)
    assert seen() == {own.id, others.id}
    authorisations.revoke(number, by="t")
    assert seen() == {own.id}, "what it lodged itself it keeps"


def test_authorisations_are_seen_by_their_two_parties(pair: tuple[str, str]) -> None:
    trader, broker = pair
    number = authorisations.grant(trader, broker, by="t", since=TODAY)
    count = "select count(*) from authorisation where id = %s"
    for who, n in (
        (of_person(Role.TRADER, traders=[trader]), 1),
        (of_person(Role.BROKER, traders=[broker]), 1),
        (of_person(Role.BROKER, traders=[papers.BROKER]), 0),
        (of_person(Role.ADMINISTRATOR), 1),
        (SYSTEM, 1),
    ):
        with reading(who):
            assert rows(count, number) == [(n,)]
    with reading(of_person(Role.BROKER, traders=[papers.BROKER])), pytest.raises(NotAuthorisable):
        authorisations.revoke(number, by="stranger")


def test_a_trader_authorises_and_revokes_on_its_page(desk: Callable[..., Client]) -> None:
    client = desk("trader")
    assert INLINE.findall(client.get("/authorisations").content) == []
    for typed, why in (
        ({"broker": "XM000000000", "since": "2026-01-01"}, "no trader"),
        ({"broker": papers.BROKER, "since": "soon"}, "is not a date"),
        ({"broker": papers.BROKER, "since": "2026-01-01", "procedures": "4x"}, "two digits"),
    ):
        answer = client.post("/authorisations/grant", typed)
        assert answer.status_code == 422
        assert why in answer.content.decode()
    typed = {"broker": papers.BROKER, "since": "2026-01-01", "until": "2031-01-01", "procedures": "40, 71"}
    assert client.post("/authorisations/grant", typed).status_code == 302
    page = client.get("/authorisations").content.decode()
    assert "40, 71" in page
    assert "Island Foods Import" in desk("broker").get("/authorisations").content.decode()
    number = int(re.search(r"/authorisations/(\d+)/revoke", page)[1])  # type: ignore[index]
    assert desk("broker").post(f"/authorisations/{number}/revoke").status_code == 403
    assert client.post(f"/authorisations/{number}/revoke").status_code == 302
    assert "revoked" in client.get("/authorisations").content.decode()
    assert [e.what for e in accounts.events("trader")][:2] == ["authorisation revoked", "authorisation given"]


def test_an_administrator_revokes_and_does_not_grant(desk: Callable[..., Client], pair: tuple[str, str]) -> None:
    number = authorisations.grant(*pair, by="t", since=TODAY)
    client = desk("administrator")
    assert pair[0] in client.get("/authorisations").content.decode()
    assert client.post("/authorisations/grant", {"broker": pair[1]}).status_code == 403
    assert client.post(f"/authorisations/{number}/revoke").status_code == 302
    assert authorisations.covers(*pair, TODAY, ()) is False
    assert client.post("/authorisations/999999999/revoke").status_code == 422


# --- the administrator's desk -----------------------------------------------------------------------------------------


def test_an_administrator_makes_an_account(desk: Callable[..., Client]) -> None:
    client, name = desk("administrator"), f"fresh-{time.time_ns()}"
    form = {"username": name, "role": "officer", "office": "XM000010", "first": "Fay", "last": "Fresh"}
    page = client.post("/people/new", form).content.decode()
    link = re.search(r"http://testserver(/account/begin/[^<]+)<", page)[1]  # type: ignore[index]
    assert Client().get(link).status_code == 200
    assert name in client.get(f"/people?q={name}").content.decode()
    wrong = client.post("/people/new", form)
    assert wrong.status_code == 422
    assert "is taken" in wrong.content.decode()
    assert client.post("/people/new", {**form, "role": "king"}).status_code == 422
    assert client.post("/people/new", {"username": "y", "role": "broker"}).status_code == 422


def test_an_administrator_closes_resets_and_unlocks(desk: Callable[..., Client]) -> None:
    client, name = desk("administrator"), f"someone-{time.time_ns()}"
    accounts.create(accounts.Begun(name, "", "", Role.CASHIER), by="test")
    where = f"/people/{name}"
    for do, what in (
        ("close", "closed"),
        ("open", "opened"),
        ("password", "password reset"),
        ("factor", "second factor reset"),
    ):
        page = client.post(where, {"do": do}).content.decode()
        assert accounts.events(name)[0].what == what
        assert ("/account/begin/" in page) is (do == "password")
        assert accounts.events(name)[0].by == "administrator"
    assert client.post(where, {"do": "promote"}).status_code == 404
    assert client.get("/people/nobody-of-this-name").status_code == 404
    page = client.post("/people/administrator", {"do": "close"}).content.decode()
    assert "own account" in page
    assert accounts.account("administrator").is_active  # type: ignore[union-attr]
    assert name in client.get("/people/events").content.decode()


def test_an_administrator_issues_and_revokes_tokens(desk: Callable[..., Client]) -> None:
    client = desk("administrator")
    page = client.post("/people/tokens", {"trader": papers.BROKER, "label": "stock system"}).content.decode()
    token = re.search(r"(ch_[\w-]{30,})", page)[1]  # type: ignore[index]
    assert people.holder(token) == papers.BROKER
    assert token not in client.get("/people/tokens").content.decode()
    number = next(t.id for t in people.tokens() if t.label == "stock system" and t.revoked is None)
    client.post("/people/tokens", {"revoke": str(number)})
    assert people.holder(token) is None
    assert [e.what for e in accounts.events(papers.BROKER)][:2] == ["token revoked", "token issued"]
    for wrong in ({"trader": "XM0", "label": "x"}, {"trader": papers.BROKER, "label": " "}, {"revoke": "²"}):
        assert client.post("/people/tokens", wrong).status_code == 200


def test_an_administrator_sees_no_declaration(desk: Callable[..., Client]) -> None:
    client = desk("administrator")
    for page in ("/worklist", "/declarations", "/board", "/notices", "/lodge"):
        assert client.get(page).status_code == 403
    with reading(of_person(Role.ADMINISTRATOR)):
        assert rows("select count(*) from declaration") == [(0,)]
        assert rows("select count(*) from entry") == [(0,)]


@pytest.mark.parametrize(
    "page",
    ["/people", "/people/new", "/people/tokens", "/people/events", "/people/broker", "/authorisations", "/reads"],
)
def test_pages_of_the_administrator_bring_nothing_inline(page: str, desk: Callable[..., Client]) -> None:
    answer = desk("administrator").get(page)
    assert answer.status_code == 200
    assert INLINE.findall(answer.content) == []


def test_what_happened_is_never_changed() -> None:
    from django.db import ProgrammingError

    for table in ("account_event", "authorisation"):
        for statement in (f"update {table} set by = 'y'", f"delete from {table}", f"truncate {table}"):
            with pytest.raises(ProgrammingError, match="permission denied"):
                rows(statement)


def test_accounts_from_the_command_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from customhouse.house import start
    from customhouse.house.commands.people import app

    monkeypatch.setattr(start, "ensure_database", lambda **_: None)
    run, name = CliRunner().invoke, f"cli-{time.time_ns()}"
    made = run(app, ["add", name, "--role", "administrator"])
    assert made.exit_code == 0, made.output
    path = re.search(r"(/account/begin/\S+)", made.output)[1]  # type: ignore[index]
    assert Client().get(path).status_code == 200
    assert "no password yet" in next(x for x in run(app, ["list"]).output.splitlines() if x.startswith(name))
    assert name in {json.loads(x)["name"] for x in run(app, ["list", "--json"]).output.splitlines()}
    assert "/account/begin/" in run(app, ["reset", name, "--second-factor"]).output
    assert isinstance(run(app, ["add", name, "--role", "administrator"]).exception, Exception)
    number = f"XM8{time.time_ns() % 10**9}"
    assert (
        run(app, ["add", f"{name}-b", "--role", "broker", "--trader", number, "--trader-name", "New Ltd"]).exit_code
        == 0
    )
    assert run(app, ["reset", "nobody-here"]).exit_code == 1
