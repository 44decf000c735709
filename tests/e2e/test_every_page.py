"""Every page as everybody may meet it: on a telephone, in the dark, with the keyboard, through a screen reader."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Browser, Page
from tests.e2e.steps import fill_form, lodge, picture

pytestmark = pytest.mark.e2e
ENS = Path(__file__).parents[2] / "examples" / "ens" / "good"
CARGO = Path(__file__).parents[2] / "examples" / "manifest"
CHECKS = (Path(__file__).parent / "reach.js").read_text("utf-8")


def pages(address: str, sign_in: Callable[..., Page], width: int, scheme: str, language: str) -> Iterator[Page]:
    """Every page that there is, opened one after the other by somebody who may."""
    broker = sign_in("broker", width, 800, scheme)
    reading = {"name": "django_language", "value": language, "url": address}
    broker.context.add_cookies([reading])
    mrn = lodge(broker, address)
    number = broker.get_attribute("#sheet", "data-live")
    yield broker
    own = (
        "/declarations",
        "/declarations?hold=query",
        "/lodge",
        "/notices",
        "/money",
        "/drafts",
        "/supplementary",
        "/problems?q=declaration",
        "/no-such-page",
        f"/declaration/{number}/amend",
        f"/declaration/{number}/reads",
        "/account",
        "/account/password",
        "/account/again",
        "/authorisations",
    )
    for path in own:
        broker.goto(address + path)
        yield broker
    fill_form(broker, address, **{"item-1-origin": "FJ", "charge-1-amount": "9"})
    broker.select_option("#item-1-preference", "300")
    broker.select_option("#item-1-procedure", "5100")
    broker.wait_for_selector(".tariff .told")
    broker.click("button[name=check][data-quick]")
    broker.wait_for_selector("#h-tried")
    for summary in broker.locator(".tried details > summary").all():
        summary.click()
    yield broker
    broker.goto(f"{address}/lodge")
    broker.click("button[name=lodge]")
    broker.wait_for_selector("#h-problems")
    yield broker
    broker.set_input_files("#files", [{"name": "a.xml", "mimeType": "text/xml", "buffer": b"<MetaData>"}])
    broker.click(".files button")
    broker.wait_for_selector(".outcomes")
    yield broker
    staff = sign_in("supervisor", width, 800, scheme)
    staff.context.add_cookies([reading])
    everywhere = (
        "/worklist",
        "/worklist?all=1",
        "/worklist?q=Insecticide",
        "/board",
        "/risk/results",
        "/risk/results/people",
        "/reads",
        "/lodge",
        "/treasury",
        "/treasury/bank",
        "/supplementary?all=1",
        "/risk/queue",
        f"/risk/consignment/{number}",
        "/risk/actor/importer/XM100000058",
    )
    for path in (*everywhere, f"/declaration/{number}/message", f"/declaration/{mrn}"):
        staff.goto(address + path)
        yield staff
    for summary in staff.locator("details > summary").all():
        summary.click()
    yield staff
    for path in ("/law", "/law?q=other", "/law?q=17019900&on=2026-11-24", "/law?on=1999-01-01"):
        staff.goto(address + path)
        for summary in staff.locator("details > summary").all():
            summary.click()
        yield staff
    carrier = sign_in("carrier", width, 800, scheme)
    carrier.context.add_cookies([reading])
    yield from _entry_summaries(carrier, address, str(number))
    staff.goto(carrier.url)
    yield staff
    staff.goto(f"{address}/worklist?lane=RED")
    staff.locator("tr[data-row] a").first.click()
    staff.wait_for_selector("#sheet")
    yield staff
    yield from cargo_pages(address, sign_in("carrier", width, 800, scheme), staff, reading)
    staff.click(".leave")
    staff.wait_for_selector("#id_username")
    yield staff
    yield from pages_of_people(address, sign_in, width, scheme, reading)


def pages_of_people(
    address: str, sign_in: Callable[..., Page], width: int, scheme: str, reading: Any
) -> Iterator[Page]:
    """The pages of authorisations, accounts and reads."""
    own = {
        "trader": ("/authorisations", "/account"),
        "administrator": ("/people", "/people/new", "/people/tokens", "/people/events", "/people/officer", "/reads"),
    }
    for account, paths in own.items():
        page = sign_in(account, width, 800, scheme)
        page.context.add_cookies([reading])
        for path in paths:
            page.goto(address + path)
            yield page


def _entry_summaries(carrier: Page, address: str, number: str) -> Iterator[Page]:
    """Messages handed in, one of them good, and its page."""
    message = (ENS / "01-sea-groupage.xml").read_text("utf-8")
    mine = re.sub("<TINPLD1>[^<]*<", "<TINPLD1>XM100000058<", message)
    sent = [
        {"name": name, "mimeType": "text/xml", "buffer": text.replace("2026-KESTREL-0041", f"{name}-{number}").encode()}
        for name, text in (("good", mine), ("wrong", mine.replace("HEA305>3<", "HEA305>9<")), ("others", message))
    ]
    carrier.goto(f"{address}/entry-summaries")
    carrier.set_input_files("#ens-files", sent)
    carrier.click("main form button >> nth=0")
    carrier.wait_for_selector(".note.success")
    yield carrier
    carrier.locator(".note.success a").click()
    yield carrier


def cargo_pages(address: str, carrier: Page, staff: Page, reading: dict[str, str]) -> Iterator[Page]:
    """The carrier's pages, with files good and bad handed in, and the officers' of the same cargo."""
    carrier.context.add_cookies([reading])
    for path in ("/cargo", "/cargo?find=nothing", "/cargo/hand-in"):
        carrier.goto(address + path)
        yield carrier
    named = ("good/01-sea-manifest.json", "bad/01-many-problems.json", "bad/05-booking.json")
    carrier.set_input_files("#files", [CARGO / name for name in named])
    carrier.click(".drop button")
    carrier.wait_for_selector(".outcomes")
    yield carrier
    report = carrier.get_attribute(".outcomes a.mono", "href")
    for reader, path in (
        (carrier, report),
        (staff, report),
        (staff, "/cargo?show=stock"),
        (staff, "/cargo?show=discrepancies"),
    ):
        reader.goto(f"{address}{path}")
        for summary in reader.locator("details > summary").all():
            summary.click()
        yield reader


@pytest.mark.parametrize(
    ("width", "scheme", "language"), [(375, "light", "fr"), (375, "dark", "en"), (1280, "light", "en")]
)
def test_every_page_is_within_reach(
    address: str, sign_in: Callable[..., Page], width: int, scheme: str, language: str
) -> None:
    """Nothing scrolls sideways but what has its own box; text can be read; what is pressed is large enough and has a name."""
    wrong = []
    for page in pages(address, sign_in, width, scheme, language):
        page.wait_for_load_state("load")
        wrong += [f"{page.url}: {fault}" for fault in page.evaluate(CHECKS)]
    assert wrong == []


OVERLAPS = """() => {
  const boxes = [...document.querySelectorAll("main :is(h1, h2, h3, button, a.button, input:not([type=hidden]), select, textarea, label, dt, dd, th, td)")]
    .filter((e) => e.offsetParent && !e.closest(".settle, .visually-hidden, details:not([open]) > :not(summary), .button, .session, thead"))
    .map((e) => [e, e.getBoundingClientRect()]).filter(([, r]) => r.width > 1 && r.height > 1);
  const wide = document.documentElement.scrollWidth - innerWidth;
  const over = wide > 1 ? [`${wide} pixels wider than the screen`] : [];
  boxes.forEach(([a, r], n) => boxes.slice(n + 1).forEach(([b, s]) => {
    if (a.contains(b) || b.contains(a)) return;
    const across = Math.min(r.right, s.right) - Math.max(r.left, s.left);
    const down = Math.min(r.bottom, s.bottom) - Math.max(r.top, s.top);
    if (across > 3 && down > 3) over.push(`${a.tagName} ${a.id || a.textContent.trim().slice(0, 30)} over ${b.tagName} ${b.id || b.textContent.trim().slice(0, 30)}`);
  }));
  return over;
}"""


@pytest.mark.parametrize("width", [390, 1280])
def test_pages_can_run_from_right_to_left(address: str, sign_in: Callable[..., Page], width: int) -> None:
    """Turned round, nothing lies over another thing and nothing leaves the screen."""
    page = sign_in("broker", width, 800)
    lodge(page, address)
    declaration = page.url
    wrong = []
    for at in (declaration, *(f"{address}/{path}" for path in ("declarations", "lodge", "drafts", "problems", "law"))):
        page.goto(at)
        page.evaluate("document.documentElement.dir = 'rtl'")
        assert page.evaluate("getComputedStyle(document.querySelector('h1')).textAlign") in ("start", "right")
        wrong += [f"{at}: {fault}" for fault in page.evaluate(OVERLAPS)]
        picture(page, f"right-to-left-{at.rsplit('/', 1)[1]}-{width}")
    assert wrong == []


FAULTY = """<!doctype html><html lang="en"><title>Faults</title><h1 id="a">One</h1><h1>Two</h1>
<p style="color: #999; width: 900px" id="a">Pale</p><p style="opacity: .4">Faint</p><p style="background: #fff9; color: #767676">Well</p>
<input name="bare"><button style="width: 20px; height: 20px; padding: 0"></button><div aria-labelledby="gone"></div></html>"""


def test_what_is_out_of_reach_would_be_found(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 375, "height": 600})
    page.set_content(FAULTY)
    told = " | ".join(page.evaluate(CHECKS))
    page.close()
    for fault in (
        "pixels wide",
        "exactly one h1",
        "no label: <input bare>",
        "no name: <button",
        "too small to press (20 x 20)",
        "names what is not there (gone)",
        "twice on the page: #a",
        "contrast 2.85: <p a> Pale",
        "> Faint",
    ):
        assert fault in told, (fault, told)
    assert "Well" not in told


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pictures_of_a_telephone(address: str, sign_in: Callable[..., Page], scheme: str) -> None:
    page = sign_in("officer", 375, 800, scheme)
    page.goto(f"{address}/worklist")
    page.evaluate("document.querySelector('.tabs').scrollIntoView()")
    picture(page, f"telephone-{scheme}")
    assert page.locator("tr[data-row]").count()


def test_the_board_is_drawn(address: str, sign_in: Callable[..., Page]) -> None:
    page = sign_in("supervisor")
    page.goto(f"{address}/board")
    hours = datetime.now(UTC).hour + 1  # of today; the trade on the lists was lodged over the last ten
    assert page.locator("svg.hours rect.lodged").count() >= min(4, hours)
    picture(page, "board", 1040)


def test_everything_on_the_sheet_can_be_reached_with_the_keyboard(address: str, sign_in: Callable[..., Page]) -> None:
    page = sign_in("officer")
    page.goto(f"{address}/worklist")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.locator("tr[data-row] a").first.click()
    page.wait_for_selector("#sheet")
    wanted = page.locator("#sheet :is(a[href], button, select, textarea, summary, input:not([type=hidden]))").count()
    hidden = page.locator(
        "#sheet details:not([open]) > form :is(button, select, textarea, input:not([type=hidden]))"
    ).count()
    met = set()
    page.focus("#main")
    for _ in range(wanted + 5):
        page.keyboard.press("Tab")
        at = page.evaluate("[...document.querySelectorAll('#sheet *')].indexOf(document.activeElement)")
        met.add(at)
    assert len(met - {-1}) >= wanted - hidden - page.locator("#sheet details:not([open]) a").count()
