"""Journeys through a running house in a real browser: a broker lodges, an officer clears, money is paid, goods are released.

Needs Debian's Chromium (`./customhouse test` installs it when it may); skips, saying so, where there is none. With
JOURNEY_PICTURES naming a folder, the pictures of the README are taken on the way.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Browser, Page, expect, sync_playwright

pytestmark = pytest.mark.e2e
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PICTURES = os.environ.get("JOURNEY_PICTURES", "")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def address(django_db_setup: None) -> Iterator[str]:
    """A web process on the test database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "customhouse.house", "web", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT / "src")})
    url = f"http://localhost:{port}"
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(f"{url}/healthz", timeout=2).close()
                break
            except OSError:
                time.sleep(0.2)
        else:
            pytest.fail("the web process does not answer")
        yield url
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def sign_in(address: str, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a page as a demo account; any error on the page's console fails the test."""
    from customhouse.registry.demo import PASSWORD

    errors: list[str] = []
    contexts: list[Any] = []

    def open_page(user: str, width: int = 1280, height: int = 860, scheme: str = "light") -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" and "422" not in m.text else None)
        page.on("pageerror", lambda fault: errors.append(str(fault)))
        page.goto(f"{address}/sign-in")
        page.fill("#id_username", user)
        page.fill("#id_password", PASSWORD)
        page.click("main button.primary")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


def picture(page: Page, name: str, *, full: bool = False) -> None:
    """Take a picture for the documents, when they are asked for."""
    if PICTURES:
        page.wait_for_timeout(400)
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=full)


def fill_form(page: Page, address: str, lrn: str, **item: str) -> None:
    page.goto(f"{address}/lodge")
    values = {
        "lrn": lrn,
        "importer_name": "Green Valley Farms",
        "importer_id": "XM100000058",
        "exporter_name": "Agro Supplies SA",
        "exporter_country": "FR",
        "dispatch": "FR",
        "item-1-code": "38089190",
        "item-1-description": "Insecticide in drums of 20 litres",
        "item-1-origin": "FR",
        "item-1-price": "12400.00",
        "item-1-gross": "2100",
        "item-1-net": "2000",
        "item-1-packages": "100",
        "item-1-documents": "N935:INV-88, 9109:PP-2026-7",
        **{f"item-1-{k}": v for k, v in item.items()},
    }
    for name, value in values.items():
        page.fill(f"[name='{name}']", value)


def test_from_lodgement_to_release(address: str, sign_in: Callable[..., Page]) -> None:
    """Broker lodges -> the officer's list shows it without reload -> officer clears the yellow -> payment -> release."""
    officer, broker, cashier = sign_in("officer"), sign_in("broker"), sign_in("cashier")
    lrn = f"E2E-{time.time_ns()}"
    fill_form(broker, address, lrn)
    expect(broker.locator("#item-1-code-line")).to_contain_text("3808")
    picture(broker, "lodge")
    broker.click("button[name=lodge]")
    expect(broker.locator("h1")).to_contain_text("26XM" if "26XM" in broker.content() else "XM")
    mrn = broker.locator("h1").inner_text()
    expect(broker.locator(".head .lane.YELLOW")).to_be_visible()

    row = officer.locator("tr", has_text=lrn)
    expect(row).to_be_visible()  # without a reload
    picture(officer, "worklist")
    row.locator("a").first.click()
    expect(officer.locator("h1")).to_have_text(mrn)
    expect(officer.get_by_text("Pesticides: the permit is looked at")).to_be_visible()
    for why in officer.locator("details > summary", has_text="why").all()[1:]:
        why.click()
    picture(officer, "consignment", full=True)
    officer.select_option("#lift-hold", "documents:lane")
    officer.fill("#lift-reason", "Permit PP-2026-7 seen and in order")
    officer.get_by_role("button", name="Lift").click()

    expect(broker.locator(".acts-now .hold", has_text="Payment")).to_be_visible()
    expect(broker.locator(".acts-now .hold", has_text="Documents")).to_have_count(0)  # the broker's page followed
    cashier.goto(f"{address}/declaration/{mrn}")
    cashier.get_by_role("button", name="Record the payment").click()
    expect(cashier.locator(".stage.RELEASED").first).to_be_visible()
    expect(broker.locator(".head .stage.RELEASED")).to_be_visible()  # without a reload
    expect(officer.locator(".head .stage.RELEASED")).to_be_visible()


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    address: str, sign_in: Callable[..., Page]
) -> None:
    page = sign_in("broker")
    fill_form(page, address, f"E2E-{time.time_ns()}", price="-5", description="goods", net="9000", origin="QA")
    page.fill("[name='dispatch']", "ZQ")
    page.click("button[name=lodge]")
    expect(page.locator(".note.bad")).to_contain_text("everything you typed is still here")
    for field in ("item-1-price", "item-1-description", "item-1-net", "dispatch"):
        expect(page.locator(f"#{field}-fault")).to_be_visible()
    expect(page.locator("[name='exporter_name']")).to_have_value("Agro Supplies SA")
    expect(page.locator("[name='item-1-price']")).to_have_value("-5")


def test_files_are_answered_one_by_one(address: str, sign_in: Callable[..., Page], tmp_path: Path) -> None:
    page = sign_in("broker")
    page.goto(f"{address}/lodge")
    bad = tmp_path / "broken.xml"
    bad.write_text("<MetaData><Declaration></MetaData>")
    page.set_input_files("#files", [bad])
    page.get_by_role("button", name="Hand in the files").click()
    expect(page.locator("main")).to_contain_text("broken.xml")
    expect(page.locator("main")).to_contain_text("MalformedXML")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_a_telephone(address: str, sign_in: Callable[..., Page], scheme: str) -> None:
    """At 375 pixels nothing scrolls sideways but tables in their own box."""
    page = sign_in("broker", 375, 800, scheme)
    fill_form(page, address, f"E2E-{time.time_ns()}")
    page.click("button[name=lodge]")
    expect(page.locator(".head .lane")).to_be_visible()
    for path in (None, "/declarations", "/lodge", "/notices"):
        if path:
            page.goto(address + path)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 375, f"{page.url} is {wide} pixels wide"
    page.goto(f"{address}/declarations")
    picture(page, f"telephone-{scheme}")


def test_keys_and_french(address: str, sign_in: Callable[..., Page]) -> None:
    broker = sign_in("broker")
    fill_form(broker, address, f"E2E-{time.time_ns()}")
    broker.click("button[name=lodge]")
    page = sign_in("agent")
    page.get_by_role("button", name="Français").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    page.goto(f"{address}/worklist?all=1")
    page.keyboard.press("j")
    expect(page.locator("tr.chosen")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/declaration/"))
    expect(page.locator("html")).to_have_attribute("lang", "fr")
