"""Who sees what: every route names its roles or is for everybody, and keeps to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests import cargo

from customhouse.desks.urls import urlpatterns
from customhouse.desks.views.session import HOME
from customhouse.record.declaration import Declaration, Role
from customhouse.registry.demo import ACCOUNTS

ACCOUNT = {role: name for name, role, *_rest in reversed(ACCOUNTS)}
INLINE = re.compile(rb"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=")


def _address(route: Any, d: Declaration) -> str:
    found: str = "/" + str(route.pattern)
    for name, value in (
        ("<str:key>", d.mrn), ("<int:number>", str(d.id)), ("<str:report>", cargo.standing()), ("<str:name>", "lift"),
    ):  # fmt: skip
        found = found.replace(name, value)
    return found


@pytest.mark.parametrize("route", urlpatterns, ids=lambda route: route.name)
def test_every_route_is_for_named_roles_or_for_everybody(
    route: Any, desk: Callable[..., Client], yellow: Declaration
) -> None:
    address, allowed = _address(route, yellow), getattr(route.callback, "roles", None)
    stranger = Client().get(address)
    if allowed is None:
        assert route.callback.public
        assert stranger.status_code in (200, 405)
        return
    assert stranger.status_code == 302
    assert stranger["Location"].startswith("/sign-in")
    for role in Role:
        if role is Role.SYSTEM:
            continue
        answer = desk(ACCOUNT[role]).get(address)
        theirs = (404, 405) if role is Role.TRADER and "<" in str(route.pattern) else (200, 302, 405)
        assert answer.status_code in (theirs if role in allowed else (403,)), (role, answer.status_code)


@pytest.mark.parametrize("page", ["/worklist?all=1", "/board", "/declaration/{d.mrn}", "/declaration/{d.id}/message"])
def test_pages_of_staff_bring_nothing_inline(page: str, desk: Callable[..., Client], yellow: Declaration) -> None:
    """The policy of the pages forbids it, and a browser would leave it out without a word."""
    answer = desk("supervisor").get(page.format(d=yellow))
    assert answer.status_code == 200
    assert INLINE.findall(answer.content) == []
    assert "'unsafe" not in answer["Content-Security-Policy"]


@pytest.mark.parametrize("page", ["/declarations", "/lodge", "/notices", "/declaration/{d.id}/amend", "/nowhere"])
def test_pages_of_brokers_bring_nothing_inline(page: str, desk: Callable[..., Client], yellow: Declaration) -> None:
    answer = desk("broker").get(page.format(d=yellow))
    assert answer.status_code in (200, 404)
    assert INLINE.findall(answer.content) == []


def test_a_broker_does_not_see_the_declaration_of_another(desk: Callable[..., Client], foreign: Declaration) -> None:
    broker = desk("broker")
    for page in (
        f"/declaration/{foreign.mrn}",
        f"/declaration/{foreign.id}",
        f"/declaration/{foreign.id}/message",
        f"/declaration/{foreign.id}/amend",
    ):
        assert broker.get(page).status_code == 404, page
    assert broker.post(f"/declaration/{foreign.id}/act/pay", {"amount": "1", "method": "cash"}).status_code == 404
    assert broker.post(f"/declaration/{foreign.id}/amend/file", {"reason": "x"}).status_code == 404
    assert foreign.mrn not in broker.get(f"/declarations?q={foreign.lrn}").content.decode()
    assert desk("officer").get(f"/declaration/{foreign.mrn}").status_code == 200


def test_declarations_of_one_consignment_are_shown_to_whom_they_concern(
    desk: Callable[..., Client], house: None
) -> None:
    """Two traders may share a UCR; the broker sees only their own part of it."""
    from tests.registry import papers

    from customhouse.clearance.lodge import lodge

    ucr = papers.reference()
    own = lodge(papers.paper(papers.reference(), ucr=ucr), by=papers.BROKER).declaration
    data = papers.paper(papers.reference(), ucr=ucr).replace(papers.BROKER.encode(), b"XM100000017")
    other = lodge(data, by="XM100000017").declaration
    assert own is not None
    assert other is not None
    assert other.mrn in desk("officer").get(f"/declaration/{own.mrn}").content.decode()
    assert other.mrn not in desk("broker").get(f"/declaration/{own.mrn}").content.decode()


def test_a_name_that_is_no_declaration_is_nowhere(desk: Callable[..., Client]) -> None:
    officer = desk("officer")
    for key in ("26XM0000000000000", "999999999999", "9" * 40, "-1", "%00", "²"):
        assert officer.get(f"/declaration/{key}").status_code == 404, key


def test_whoever_signs_in_begins_where_their_role_begins(house: None) -> None:
    from customhouse.registry.demo import PASSWORD

    for name, role, *_rest, language in ACCOUNTS:
        client = Client()
        answer = client.post("/sign-in", {"username": name, "password": PASSWORD}, follow=True)
        first = reverse(HOME.get(role, "worklist"))
        assert answer.redirect_chain[-1][0] == first
        assert f'<html lang="{language}">' in answer.content.decode()
    wrong = Client().post("/sign-in", {"username": "broker", "password": "not it"})
    assert "The name or the password is not right" in wrong.content.decode()
    assert 'value="broker"' in wrong.content.decode()


def test_the_language_is_kept_with_the_account_and_leads_nowhere_else(desk: Callable[..., Client]) -> None:
    from customhouse.registry import people

    client = desk("auditor")
    answer = client.post("/language", {"language": "fr", "next": "/worklist?all=1"})
    assert answer["Location"] == "/worklist?all=1"
    assert "Liste de travail" in client.get("/worklist").content.decode()
    account = people.find("auditor")
    assert account is not None
    assert account.language == "fr"
    for elsewhere in ("https://example.org/", "//example.org", "javascript:alert(1)"):
        assert client.post("/language", {"language": "en", "next": elsewhere})["Location"] == "/"
    assert client.post("/language", {"language": "xx"}).status_code == 302
    assert people.find("auditor").language == "en"  # type: ignore[union-attr]
