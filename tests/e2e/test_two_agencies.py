"""A permit-controlled import through every desk: broker, two agencies, customs, cashier, release; and who sees what not."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, expect
from tests.e2e.steps import fill_form, picture

pytestmark = pytest.mark.e2e
CHECKS = (Path(__file__).parent / "reach.js").read_text("utf-8")


def record(page: Page, button: str, **typed: str) -> None:
    """Fill in the small form with this button and send it; a form that is folded is opened first."""
    form = page.locator("form", has=page.locator("button", has_text=button)).last
    if not form.is_visible():
        page.locator("details.act", has=form).locator("summary").click()
    for name, value in typed.items():
        field = form.locator(f"[name={name}]")
        if field.evaluate("f => f.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    form.locator("button").click()
    expect(page.get_by_role("status").first).to_contain_text("Recorded")


def test_poultry_under_a_permit_is_seen_by_two_agencies_paid_and_released(
    address: str, sign_in: Callable[..., Page]
) -> None:
    broker, vet, health = sign_in("broker"), sign_in("vet"), sign_in("health")
    broker.goto(f"{address}/permits/apply/N853")
    for name, value in {
        "holder": "XM100000017", "commodities": "0207", "origins": "BR", "quantity": "22000",
        "species": "Gallus gallus domesticus", "establishment": "BR-SIF-0321",
    }.items():  # fmt: skip
        broker.fill(f"#f-{name}", value)
    broker.select_option("#f-temperature", "frozen")
    broker.get_by_role("button", name="Hand in").click()
    application = broker.url.rsplit("/", 1)[1]

    expect(vet.locator("h1")).to_have_text("Veterinary and Plant Health Service")
    vet.goto(f"{address}/agency")
    vet.locator(f"a[href='/permit/{application}']").click()
    picture(vet, "application", 1100)
    record(vet, "Issue the permit", conditions="Kept below -18 °C")
    number = vet.locator("h1").inner_text()
    assert re.fullmatch(r"AGR-\d{4}-\d{6}", number)

    goods = {
        "code": "02071400", "description": "Chicken leg quarters, frozen", "origin": "BR", "price": "3100.00",
        "gross": "2100", "net": "2000", "doc-2-code": "N853", "doc-2-id": number,
    }  # fmt: skip
    changes = {f"item-1-{name}": value for name, value in goods.items()}
    fill_form(broker, address, importer_id="XM100000017", importer_name="Island Foods Import", **changes)
    broker.click("button[name=lodge]")
    expect(broker.locator("h1.mono")).to_be_visible()
    mrn, declaration = broker.locator("h1").inner_text(), broker.get_attribute("#sheet", "data-live")
    expect(broker.locator("#h-permits + .checks")).to_contain_text("2,000 KGM written off, 20,000 KGM left")

    assert health.goto(f"{address}/agency/consignment/{declaration}").status == 404  # type: ignore[union-attr]
    vet.goto(f"{address}/agency/consignment/{declaration}")
    expect(vet.locator("main")).not_to_contain_text("3,100")  # the price is not the veterinarian's business
    record(vet, "Ask", invited="MOH", reason="One visit for the cold chain and the label")
    record(vet, "Fix it", place="Cold store 4", at="2099-12-31T09:30")
    record(vet, "Record the result", conclusion="conform", text="minus 19 throughout")
    health.goto(f"{address}/agency")
    health.locator(f"a[href='/agency/consignment/{declaration}']").first.click()
    expect(health.locator("#h-joint ~ p").first).to_contain_text("Cold store 4")
    expect(health.locator("main")).not_to_contain_text("minus 19")
    expect(health.locator("main")).not_to_contain_text(number)
    picture(health, "agency-consignment", 1000)
    record(health, "Record the result", conclusion="conform", text="")

    supervisor, cashier = sign_in("supervisor"), sign_in("cashier")
    supervisor.goto(f"{address}/declaration/{mrn}")
    expect(supervisor.locator("main")).to_contain_text("minus 19")
    record(supervisor, "Record the examination", conclusion="conform", text="as declared")
    if supervisor.locator("#lift-hold").count():  # the random draw may ask for the papers
        record(supervisor, "Lift the hold", reason="looked at")
    cashier.goto(f"{address}/declaration/{mrn}")
    cashier.get_by_role("button", name="Record the payment").click()
    expect(cashier.locator(".head .stage.RELEASED")).to_be_visible()


@pytest.mark.parametrize(("width", "scheme", "language"), [(375, "light", "fr"), (1280, "dark", "en")])
def test_pages_of_agencies_and_permits_are_within_reach(
    width: int, scheme: str, language: str, address: str, sign_in: Callable[..., Page]
) -> None:
    found: list[str] = []
    own = {
        "broker": ("/permits", "/permits/apply/N852", "/permit/1", "/permit/1/paper", "/permit/4", "/permits/verify"),
        "health": ("/agency", "/permits", "/permit/1", "/permit/4", "/government"),
    }
    for account, paths in own.items():
        page = sign_in(account, width, 800, scheme)
        page.context.add_cookies([{"name": "django_language", "value": language, "url": address}])
        for path in paths:
            page.goto(address + path)
            for summary in page.locator("details > summary").all():
                summary.click()
            found += [f"{path}: {said}" for said in page.evaluate(CHECKS)]
        if account == "broker":
            page.goto(f"{address}/permits/apply/N852")
            page.locator("button[name=apply]").click()
            found += [f"apply: {said}" for said in page.evaluate(CHECKS)]
    assert found == []
