"""Nothing typed is lost: the server killed in the middle and started again, the browser closed, two windows, no script."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.e2e.conftest import ROOT, answering
from tests.e2e.steps import fill_form
from tests.gates.test_papers import PDF

pytestmark = pytest.mark.e2e


class Web:
    """A web process that can be killed and started again on the same port."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"http://localhost:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "customhouse.house", "web", "--port", str(self.port)]
        self.process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT / "src")})
        answering(self.process, self.address)

    def kill(self) -> None:
        """As a power cut would: nothing is said to anybody."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None


@pytest.fixture
def web(trade: None) -> Iterator[Web]:
    web = Web()
    web.start()
    yield web
    web.kill()


@pytest.fixture
def person(web: Web, browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """A browser of the broker's, signed in; what it stored can be given to another."""
    from customhouse.registry.demo import PASSWORD

    opened: list[BrowserContext] = []

    def open_browser(state: object = None, **options: object) -> BrowserContext:
        context = browser.new_context(storage_state=state, **options)  # type: ignore[arg-type]
        context.set_default_timeout(20_000)
        opened.append(context)
        if state is None:
            page = context.new_page()
            page.goto(f"{web.address}/sign-in")
            page.fill("#id_username", "broker")
            page.fill("#id_password", PASSWORD)
            page.click("main button.primary")
            page.wait_for_url(lambda url: "/sign-in" not in url)  # a page that is closed on its way may never be closed
            page.close()
        return context

    yield open_browser
    for context in opened:
        context.close()


def saved(page: Page) -> None:
    expect(page.locator("#kept")).to_contain_text("Saved", timeout=20_000)


def reopened(page: Page, address: str) -> Page:
    """The draft of this page in a fresh window."""
    fresh = page.context.new_page()
    fresh.goto(f"{address}/lodge?draft={page.input_value('[name=draft]')}")
    return fresh


def test_a_server_killed_in_the_middle_loses_nothing(web: Web, person: Callable[..., BrowserContext]) -> None:
    page = person().new_page()
    page.goto(f"{web.address}/lodge")
    page.fill("#importer_name", "Green Valley Farms")
    page.click("button[name=add]")
    expect(page.locator("#item-2-code")).to_be_visible()
    saved(page)
    web.kill()
    page.fill("#item-2-description", "Typed while the server was dead")
    page.press("#item-2-description", "Tab")
    expect(page.locator("#kept")).to_contain_text("The server is away", timeout=20_000)
    page.click("button[name=lodge]")
    expect(page.locator("#kept")).to_contain_text("Not lodged", timeout=20_000)
    page.click("button[name=add]")  # a button that needs the server leaves the form alone
    expect(page.locator("#kept")).to_contain_text("The server is away")
    assert page.input_value("#item-2-description") == "Typed while the server was dead"
    web.start()
    saved(page)
    fresh = reopened(page, web.address)
    assert fresh.input_value("#importer_name") == "Green Valley Farms"
    assert fresh.input_value("#item-2-description") == "Typed while the server was dead"
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft:')).length") == 0


def test_a_browser_closed_while_the_server_is_away_loses_nothing(
    web: Web, person: Callable[..., BrowserContext]
) -> None:
    first = person()
    page = first.new_page()
    page.goto(f"{web.address}/lodge")
    reference = page.input_value("#lrn")
    web.kill()
    page.fill("#importer_name", "Never reached the server")
    expect(page.locator("#kept")).to_contain_text("The server is away", timeout=20_000)
    state = first.storage_state()
    first.close()
    web.start()
    page = person(state).new_page()
    page.goto(f"{web.address}/lodge")
    link = page.locator("#rescued a")
    expect(link).to_have_text(reference)
    link.click()
    expect(page.locator("#importer_name")).to_have_value("Never reached the server")
    page.goto(f"{web.address}/drafts")
    expect(page.locator("tr[data-row]", has_text=reference)).to_contain_text("to mend")


def test_two_windows_on_one_draft_are_told_and_put_together(web: Web, person: Callable[..., BrowserContext]) -> None:
    one = person().new_page()
    one.goto(f"{web.address}/lodge")
    one.fill("#importer_name", "Begun")
    saved(one)
    two = reopened(one, web.address)
    one.fill("#importer_name", "From the first window")
    one.fill("#exporter_name", "Agro Supplies SA")
    one.press("#exporter_name", "Tab")
    one.wait_for_timeout(1500)
    two.fill("#importer_name", "From the second window")
    two.press("#importer_name", "Tab")
    clash = two.locator("#clashes li")
    expect(clash).to_contain_text("From the first window")
    expect(two.locator("#exporter_name")).to_have_value("Agro Supplies SA")  # what only the first typed is there too
    clash.locator("button", has_text="this window").click()
    expect(two.locator("#clashes")).to_be_hidden()
    two.wait_for_timeout(1500)
    assert reopened(two, web.address).input_value("#importer_name") == "From the second window"
    one.click("button[name=add]")
    expect(one.locator("#moved")).to_be_visible()  # the first is now the later one
    two.click("button[name=add]")
    expect(two.locator("#item-2-code")).to_be_visible()
    one.click("#moved [data-other-window]")
    expect(one.locator("#item-2-code")).to_be_visible()
    expect(one.locator("#importer_name")).to_have_value("From the second window")


def test_a_session_that_ends_brings_one_back_to_the_same_form(web: Web, person: Callable[..., BrowserContext]) -> None:
    from customhouse.registry.demo import PASSWORD

    context = person()
    page = context.new_page()
    page.goto(f"{web.address}/lodge")
    page.fill("#importer_name", "Before the session ended")
    saved(page)
    context.clear_cookies(name="sessionid")
    page.fill("#exporter_name", "After it")
    page.press("#exporter_name", "Tab")
    expect(page.locator("#kept")).to_contain_text("Your session has ended")
    page.click("#kept a")
    page.fill("#id_username", "broker")
    page.fill("#id_password", PASSWORD)
    page.click("main button.primary")
    expect(page.locator("#exporter_name")).to_have_value("After it")
    expect(page.locator("#importer_name")).to_have_value("Before the session ended")
    saved(page)
    context.clear_cookies(name="sessionid")
    page.fill("#place", "Handed in without a session")
    page.click("button[name=lodge]")
    page.fill("#id_username", "broker")
    page.fill("#id_password", PASSWORD)
    page.click("main button.primary")
    expect(page.locator("#place")).to_have_value("Handed in without a session")


def test_signing_out_leaves_nothing_in_the_browser(web: Web, person: Callable[..., BrowserContext]) -> None:
    page = person().new_page()
    page.goto(f"{web.address}/lodge")
    page.evaluate("localStorage.setItem('draft:broker:0123456789abcdef', '{}')")
    page.evaluate("localStorage.setItem('draft:somebody:0123456789abcdef', '{}')")
    page.click(".leave")
    page.wait_for_selector("#id_username")
    assert page.evaluate("Object.keys(localStorage)") == ["draft:somebody:0123456789abcdef"]


def test_without_a_script_the_button_saves(web: Web, person: Callable[..., BrowserContext]) -> None:
    page = person(java_script_enabled=False).new_page()
    page.goto(f"{web.address}/lodge")
    page.fill("#importer_name", "No script here")
    page.click("button[name=save]")
    expect(page.locator("#kept")).to_contain_text("Saved")
    page.goto(f"{web.address}/drafts")
    page.locator("tr[data-row]", has_text="No script here").locator("a").first.click()
    expect(page.locator("#importer_name")).to_have_value("No script here")


def test_a_file_that_is_chosen_is_kept_at_once_and_goes_in(web: Web, person: Callable[..., BrowserContext]) -> None:
    page = person().new_page()
    fill_form(page, web.address)
    page.set_input_files(
        "#papers",
        [
            {"name": "invoice.pdf", "mimeType": "application/pdf", "buffer": PDF},
            {"name": "setup.exe", "mimeType": "application/pdf", "buffer": b"MZ\0"},
        ],
    )
    expect(page.locator(".held")).to_contain_text("invoice.pdf")
    expect(page.locator(".note.error")).to_contain_text("setup.exe")
    assert "invoice.pdf" in reopened(page, web.address).locator(".held").inner_text()
    page.click("button[name=lodge]")
    expect(page.locator("#h-held")).to_be_visible()
    with page.expect_download() as download:
        page.locator(".held a").click()
    assert Path(download.value.path()).read_bytes() == PDF


def test_the_end_of_a_session_is_announced_and_put_off_with_one_key(
    web: Web, person: Callable[..., BrowserContext]
) -> None:
    page = person().new_page()
    page.route(
        "**/declarations",
        lambda route: route.fulfill(
            body=(answer := route.fetch()).text().replace('data-left="', 'data-left="1" data-was="'), response=answer
        ),
    )
    page.goto(f"{web.address}/declarations")
    bar = page.locator("#session")
    expect(bar).to_contain_text("Your session")
    expect(bar.locator("a")).to_be_visible()  # one second has passed: it is over as far as the page knows
    page.unroute("**/declarations")
    page.route(
        "**/notices",
        lambda route: route.fulfill(
            body=(answer := route.fetch()).text().replace('data-left="', 'data-left="200" data-was="'), response=answer
        ),
    )
    page.goto(f"{web.address}/notices")
    expect(bar).to_contain_text("Stay signed in?")
    expect(bar.locator("button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(bar).to_be_hidden()
