"""In a browser: nobody sees what they may not; a passkey as second factor; an administrator begins an account."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from tests.registry import papers

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.e2e
GOOD = "quarter-deck-lantern-8"
RIVAL, ISLAND, MOTORS = "XM100000041", "XM100000017", "XM100000025"


@pytest.fixture(scope="module")
def world(trade: None, django_db_blocker: Any) -> Iterator[dict[str, str]]:
    """Accounts of a rival broker and of an officer of one office, and the MRNs of four declarations."""
    from customhouse.clearance.file import record
    from customhouse.clearance.lodge import lodge
    from customhouse.record.acts import Held
    from customhouse.record.declaration import Hold, HoldKind, Role
    from customhouse.registry.models import Trader, User

    def declared(broker: str, importer: str, office: str) -> str:
        told = json.loads(papers.paper(papers.reference(), declarant=broker))
        told["goods_shipment"]["importer"], told["office"] = {"id": importer}, office
        found = lodge(json.dumps(told).encode(), by=broker, at=datetime.now(UTC)).declaration
        assert found is not None
        return found.mrn

    with django_db_blocker.unblock():
        for name, role, number, office in (
            ("rival", "broker", RIVAL, ""),
            ("harbour", "officer", "", "XM000010"),
            ("keyed", "auditor", "", ""),
        ):
            trader = Trader.objects.get(number=number) if number else None
            User.objects.create_user(
                username=name, password="meridia-demo-2026", role=role, trader=trader, office=office
            )
        held = papers.green()
        record(held.id, (Held(Hold(HoldKind.AGENCY, "AGR", (Role.OFFICER,))),), by="officer", role=Role.OFFICER)
        yield {
            "for island": declared(papers.BROKER, ISLAND, "XM000010"),
            "for motors": declared(papers.BROKER, MOTORS, "XM000020"),
            "of the rival": declared(RIVAL, MOTORS, "XM000020"),
            "held for agriculture": held.mrn,
        }


def test_nobody_sees_what_they_may_not(world: dict[str, str], sign_in: Callable[..., Page], address: str) -> None:
    expected = {
        "broker": {"for island", "for motors", "held for agriculture"},
        "rival": {"of the rival"},
        "trader": {"for island"},
        "harbour": {"for island"},
        "officer": set(world),
        "auditor": set(world),
        "vet": set(),
        "health": set(),
        "carrier": set(),
        "administrator": set(),
    }
    for account, may in expected.items():
        page = sign_in(account)
        for name, mrn in world.items():
            answer = page.goto(f"{address}/declaration/{mrn}")
            assert answer is not None
            assert (answer.status == 200) is (name in may), (account, name, answer.status)
            assert (mrn in page.inner_text("main")) is (name in may), (account, name)
            answer = page.goto(f"{address}/declaration/{mrn}/reads")
        for listed in (
            "/declarations",
            "/worklist?all=1",
            f"/worklist?q={world['of the rival'][:12]}",
            "/notices",
            "/board",
        ):
            page.goto(f"{address}{listed}")
            text = page.inner_text("main")
            seen = {name for name, mrn in world.items() if mrn in text}
            assert seen <= may, (account, listed, seen)
        page.context.close()
    page = sign_in("auditor")
    page.goto(f"{address}/reads?of={world['of the rival']}&refused=1")
    refused = page.inner_text("main")
    for account in ("broker", "trader", "harbour"):
        assert account in refused, account
    page.goto(f"{address}/reads")
    assert "officer" in page.inner_text("main")


def test_a_passkey_is_the_second_factor(world: dict[str, str], sign_in: Callable[..., Page], address: str) -> None:
    page = sign_in("keyed")
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.click(".who .name a")
    page.click("text=Add a passkey")
    page.fill("#id_password", "meridia-demo-2026")
    page.click("main button.primary")
    page.fill("#id_name", "My telephone")
    page.click("main button.primary")
    page.wait_for_url("**/account/recovery")
    assert len(re.findall(r"^\d{8}$", page.inner_text("ul.codes"), re.MULTILINE)) == 10
    page.click("text=I have kept them")
    assert "My telephone" in page.inner_text("main")
    page.click(".leave")
    page.fill("#id_username", "keyed")
    page.fill("#id_password", "meridia-demo-2026")
    page.click("main button.primary")
    page.wait_for_url("**/sign-in/second")
    page.click("text=Use a passkey")
    page.wait_for_url("**/worklist")
    assert "Work list" in page.inner_text("h1")


def test_an_administrator_begins_an_account(world: dict[str, str], sign_in: Callable[..., Page], address: str) -> None:
    page = sign_in("administrator")
    assert page.inner_text("h1") == "People"
    page.click("text=New account")
    page.fill("#n-username", "begun")
    page.select_option("#n-role", "cashier")
    page.select_option("#n-office", "XM000010")
    page.click("main button.primary")
    link = page.inner_text("code.key")
    assert link.startswith(address)
    page.click(".leave")
    page.goto(link)
    page.fill("#id_new_password1", GOOD)
    page.fill("#id_new_password2", GOOD)
    page.click("main button.primary")
    page.fill("#id_username", "begun")
    page.fill("#id_password", GOOD)
    page.click("main button.primary")
    assert page.inner_text("h1") == "Work list"
    assert world["for motors"] not in page.inner_text("main"), "the office of the account is another"
