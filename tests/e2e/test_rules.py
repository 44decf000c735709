"""A rule's life in the browser: written, back-tested, on trial, approved by a second person, published, and seen to choose."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, expect
from tests.e2e.steps import lodge, picture

pytestmark = pytest.mark.e2e
CHECKS = (Path(__file__).parent / "reach.js").read_text("utf-8")


def apart(work: Callable[[], Any]) -> Any:
    """Do something in the register in a thread of its own: Django refuses to work beside the browser's event loop."""
    from django.db import connections

    def done() -> Any:
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as one:
        return one.submit(done).result()


@pytest.fixture(autouse=True)
def nothing_stays(trade: None, django_db_blocker: Any) -> Iterator[None]:
    """What a journey publishes is withdrawn after it."""
    yield
    with django_db_blocker.unblock():
        apart(_withdraw)


def _withdraw() -> None:
    from customhouse.record.criterion import Kind, Step, permitted
    from customhouse.record.declaration import Role
    from customhouse.registry import criterion_versions

    now = datetime.now(UTC)
    for those in criterion_versions.everything(Kind.RULE).values():
        for v in those:
            if Step.WITHDRAWN in permitted(v, those, "supervisor", Role.SUPERVISOR, now.date()):
                who: dict[str, Any] = {"by": "supervisor", "role": Role.SUPERVISOR, "at": now}
                criterion_versions.record(v, Step.WITHDRAWN, reason="end of the journey", **who)


def _published(goods: str, began: datetime) -> str:
    """A rule published at `began` for a week; its number."""
    from customhouse.clearance import criterion as office
    from customhouse.record.criterion import RuleContent, Step
    from customhouse.record.declaration import Role
    from customhouse.record.lanes import Lane

    content = RuleContent(
        expression=f"contains(description, '{goods}')", lane=Lane.RED, text={"en": "Over"}, source="Minute",
        owner="Desk", since=began.date(), until=began.date() + timedelta(7),
    )  # fmt: skip
    author, decides = office.Actor("officer", Role.OFFICER), office.Actor("supervisor", Role.SUPERVISOR)
    v = office.test(office.write(content, author, began), author, began)
    v = office.submit(v, author, began, v.warnings)
    v = office.publish(office.approve(v, decides, began, trial=7, reason="Urgent"), decides, began)
    assert v.last is Step.LIVE
    return v.id


def word() -> str:
    """Goods that no other test declares."""
    return f"cocobolo{time.time_ns() // 1000 % 10**9}"


def write(page: Page, address: str, goods: str) -> None:
    """Fill in the form of a rule: footwear aside, these goods, heavier than a tonne."""
    page.goto(f"{address}/risk/rules/new")
    page.select_option("[name=c-1-fact]", "description")
    page.wait_for_function("document.querySelector('[name=c-1-operator]').options.length > 15")
    page.select_option("[name=c-1-operator]", "words")
    page.wait_for_timeout(300)
    page.fill("[name=c-1-value]", goods)
    page.click("button[value=add]")
    page.select_option("[name=c-2-fact]", "net_mass")
    page.wait_for_selector("[name=c-2-operator] option[value=above]", state="attached")
    page.select_option("[name=c-2-operator]", "above")
    page.wait_for_timeout(300)
    page.fill("[name=c-2-value]", "a tonne")
    expect(page.locator("#checked")).to_contain_text("is no number")
    page.fill("[name=c-2-value]", "1000")
    expect(page.locator("#checked")).to_contain_text("Net mass above 1000 kg")
    page.select_option("#lane", "RED")
    page.fill("#text_en", "Tropical timber over a tonne")
    page.fill("#text_fr", "Plus d'une tonne de bois tropical")
    page.fill("#owner", "Environment desk")
    page.fill("#source", "Minute 2026/14")


def press(page: Page, name: str) -> None:
    page.locator("main").get_by_role("button", name=name, exact=True).first.click()


def test_a_rule_from_its_first_word_to_its_hit(address: str, sign_in: Callable[..., Page]) -> None:
    officer, supervisor, broker = sign_in("officer"), sign_in("supervisor"), sign_in("broker")
    goods = word()
    write(officer, address, goods)
    picture(officer, "rule-editor", 1100)
    press(officer, "Keep and back-test")
    expect(officer.locator("#stands")).to_have_text("back-tested")
    rule = officer.url.rsplit("/", 1)[1]
    expect(officer.locator("#warnings")).to_contain_text("never-fires")

    press(officer, "Put on trial in the shadow")
    expect(officer.locator("#stands")).to_have_text("on trial")
    mrn = lodge(broker, address, **{"item-1-description": f"Planks of {goods}"})
    officer.goto(f"{address}/declaration/{mrn}")
    expect(officer.locator("section[aria-labelledby=h-lane]")).to_contain_text("On trial, without effect")
    expect(officer.locator("section[aria-labelledby=h-lane] h2")).to_contain_text("Yellow")

    officer.goto(f"{address}/risk/rules/{rule}")
    expect(officer.locator("section[aria-labelledby=h-figures]")).to_contain_text("would have been chosen")
    press(officer, "Back-test")  # now there is one declaration that it fires on
    expect(officer.locator("#warnings")).not_to_contain_text("never-fires")
    press(officer, "Hand in for approval")
    expect(officer.locator("#stands")).to_have_text("waits for approval")

    supervisor.goto(f"{address}/risk")
    supervisor.locator(f"a[href^='/risk/rules/{rule}']").first.click()
    press(supervisor, "Approve")  # it did not stand long enough, and no reason is given
    expect(supervisor.get_by_role("status").first).to_contain_text("0 of 7 days in the shadow")
    supervisor.fill("#reason", "A ship is expected tonight")
    press(supervisor, "Approve")
    expect(supervisor.locator("#stands")).to_have_text("approved, to be published")
    press(supervisor, "Publish")
    expect(supervisor.locator("#stands")).to_have_text("in force")

    mrn = lodge(broker, address, **{"item-1-description": f"Planks of {goods}"})
    expect(broker.locator("main")).to_contain_text("Selected by risk analysis")
    assert rule not in broker.content() and "Tropical timber" not in broker.content()
    officer.goto(f"{address}/declaration/{mrn}")
    reasons = officer.locator("section[aria-labelledby=h-lane]")
    expect(reasons).to_contain_text("Tropical timber over a tonne")
    expect(reasons.locator("h2")).to_contain_text("Red")
    reasons.locator(f"a[href='/risk/rules/{rule}']").first.click()
    expect(officer.locator("#hits")).to_have_text("1")
    picture(officer, "rule", 1400)
    officer.goto(f"{address}/risk/rules/{rule}/hits")
    expect(officer.locator("main")).to_contain_text(mrn)


def test_a_rule_that_takes_everything_or_divides_by_zero_is_confirmed_by_name(
    address: str, sign_in: Callable[..., Page]
) -> None:
    officer = sign_in("officer")
    for expression, code in (
        ("item_count > 0", "matches-everything"),
        ("customs_value / supplementary > 1", "undecided"),
    ):
        write(officer, address, word())
        press(officer, "Write it as an expression")
        officer.fill("#expression", expression.replace(" >", " >>"))
        expect(officer.locator("#checked mark")).to_be_visible()
        officer.fill("#expression", expression)
        expect(officer.locator("#checked li")).to_be_visible()
        press(officer, "Keep and back-test")
        expect(officer.locator("#warnings")).to_contain_text(code)
        press(officer, "Hand in for approval")
        expect(officer.get_by_role("status").first).to_contain_text("not confirmed")
        expect(officer.locator("#stands")).to_have_text("back-tested")
        for box in officer.locator("[name=confirmed]").all():
            box.check()
        press(officer, "Hand in for approval")
        expect(officer.locator("#stands")).to_have_text("waits for approval")
        expect(officer.locator("#warnings")).to_contain_text("confirmed by the author")


def test_nobody_approves_what_they_wrote(address: str, sign_in: Callable[..., Page]) -> None:
    supervisor = sign_in("supervisor")
    write(supervisor, address, word())
    press(supervisor, "Keep and back-test")
    for box in supervisor.locator("[name=confirmed]").all():
        box.check()
    press(supervisor, "Hand in for approval")
    expect(supervisor.locator("#own")).to_be_visible()
    expect(supervisor.locator("#decision")).to_have_count(0)


def test_a_rule_that_has_expired_fires_no_more(
    address: str, sign_in: Callable[..., Page], django_db_blocker: Any
) -> None:
    """Published ten days ago for a week: what it was about passes today, and its page says that it is over."""
    goods = word()
    with django_db_blocker.unblock():
        rule = apart(lambda: _published(goods, datetime.now(UTC) - timedelta(10)))
    mrn = lodge(sign_in("broker"), address, **{"item-1-description": f"Planks of {goods}"})
    officer = sign_in("officer")
    officer.goto(f"{address}/declaration/{mrn}")
    expect(officer.locator("section[aria-labelledby=h-lane]")).not_to_contain_text(rule)
    officer.goto(f"{address}/risk/rules/{rule}")
    expect(officer.locator("#stands")).to_have_text("expired")


@pytest.mark.parametrize(("width", "scheme", "language"), [(390, "light", "en"), (1280, "dark", "fr")])
def test_the_pages_of_the_office_reach_everybody(
    width: int, scheme: str, language: str, address: str, sign_in: Callable[..., Page]
) -> None:
    """On a telephone, in the dark, in French: nothing sticks out, everything has a name and can be pressed."""
    officer = sign_in("officer", width, 800, scheme)
    write(officer, address, word())
    press(officer, "Keep and back-test")
    rule = officer.url.rsplit("/", 1)[1]
    officer.context.add_cookies([{"name": "django_language", "value": language, "url": address}])
    for path in ("", "/rules", f"/rules/{rule}", f"/rules/{rule}/hits", f"/rules/{rule}/edit", "/lists/new", "/policy"):
        officer.goto(f"{address}/risk{path}")
        found = officer.evaluate(CHECKS)
        assert not found, (path, found)
