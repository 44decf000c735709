"""A running house and a real browser for the journeys.

Needs Debian's Chromium (`./customhouse test` installs it when it may); the tests skip, saying so, where there is none.
"""

from __future__ import annotations

import gc
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import traceback
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
MANY = 150
ROOT = Path(__file__).resolve().parents[2]


def _where(*_: object) -> None:
    """A journey waits for the browser in a greenlet, which a trace of threads does not show. What is printed is not seen: pytest
    holds it back, and is stopped."""
    from greenlet import greenlet

    if (told := os.environ.get("CUSTOMHOUSE_TEST_RESULT")) is None:
        return
    with Path(told).with_suffix(".where").open("w") as file:
        for one in gc.get_objects():
            if isinstance(one, greenlet) and one.gr_frame is not None:
                traceback.print_stack(one.gr_frame, limit=40, file=file)


signal.signal(signal.SIGUSR1, _where)  # tests/run.py asks before it stops journeys that stand still


def answering(process: subprocess.Popen[bytes], address: str, patience: float = 90) -> None:
    """Wait until a web process answers, which on a machine with much else to do takes its time. One that ended is not waited for."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if process.poll() is not None:
            pytest.fail(f"the web process ended with {process.returncode}")
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=2).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"the web process does not answer within {patience:g} seconds")


@pytest.fixture(scope="session")
def trade(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Something on every list: simulated declarations lodged over the last hours."""
    from tests.registry import papers

    from customhouse.clearance.lodge import lodge
    from customhouse.house.commands.simulate import write_files

    folder, now = tmp_path_factory.mktemp("trade"), datetime.now(UTC)
    write_files(folder, MANY, "json", 5, now.date(), folder / "truth.jsonl")
    with django_db_blocker.unblock():
        for n, path in enumerate(sorted(folder.glob("*.json")), 1):
            lodge(path.read_bytes(), by="XM100000009", at=now - timedelta(minutes=4 * (MANY - n) + 5))
        lodge(papers.paper("HB-2026-00000001", example=papers.RED), by="XM100000009", at=now)


@pytest.fixture(scope="session")
def address(trade: None) -> Iterator[str]:
    """A web process on the test database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "customhouse.house", "web", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT / "src")})
    url = f"http://localhost:{port}"
    try:
        answering(process, url)
        yield url
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def browser(trade: None) -> Iterator[Browser]:
    """Begun after the database is ready and closed with the module: Django refuses to work beside its event loop."""
    playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine; on Debian: apt-get install chromium")
    with playwright_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


def is_answer_of_the_page(page: Page, message: ConsoleMessage) -> bool:
    """A page that is itself the answer 403, 404 or 422 is told on the console; that is no fault of it."""
    return message.text.startswith("Failed to load resource") and message.location["url"] == page.url


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

        def heard(message: ConsoleMessage) -> None:
            if message.type == "error" and not is_answer_of_the_page(page, message):
                errors.append(f"{page.url}: {message.text}")

        page.on("console", heard)
        page.on("pageerror", lambda fault: errors.append(f"{page.url}: {fault}"))
        page.goto(f"{address}/sign-in")
        page.fill("#id_username", user)
        page.fill("#id_password", PASSWORD)
        page.click("main button.primary")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []
