"""A courier hands in a consolidation; an express officer opens it, holds, releases and selects at random; the answer goes home."""

from __future__ import annotations

import csv
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")

from django.db import connection, connections

from customhouse.clearance import bulk
from customhouse.house.clearing import clear_next
from customhouse.registry import parcel_look, parcel_opening
from customhouse.simulator.parcels import parcels as made_up

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.e2e


def worked(work: Callable[[], int]) -> None:
    """What the worker does until nothing waits; in a thread, because Django refuses to work beside the browser's loop."""

    def through() -> None:
        try:
            while work():
                continue
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as own:
        own.submit(through).result()


def alarmed(consolidation: int) -> int:
    """The last released parcel could not be opened when its turn came; what stopped it is mended."""
    last = parcel_look.rows(consolidation, verdicts=("released",), limit=500)[-1]
    with connection.cursor() as cursor:
        parcel_opening.sound(cursor, [parcel_opening.Alarm(last.number, "Disagreement", "by hand", "said otherwise")])
    return 0


def hand_in(courier: Page, path: Path, name: str) -> None:
    """The courier hands in a file and sees it cleared."""
    courier.goto(courier.url.split("/", 3)[0] + "//" + courier.url.split("/", 3)[2] + "/parcels")
    courier.set_input_files("#file", path)
    courier.fill("#reference", name)
    courier.select_option("#office", "XM000040")
    courier.click("form.hand-in button.primary")
    courier.wait_for_url("**/parcels/upload/*")
    worked(clear_next)


def stands(page: Page) -> str:
    """Where the file of the first parcel of the list stands."""
    told = page.locator(".parcel-rows tbody tr").first.locator("td").nth(2).inner_text()
    return str(told).split("\n")[-1]


def order(page: Page, act: str, reason: str, ticks: int = 0, **fields: str) -> None:
    """Order it on the page of the consolidation, and confirm what is shown."""
    for box in page.locator("input[name=line]:enabled").all()[:ticks]:
        box.check()
    page.fill("#act-reason", reason)
    for name, value in fields.items():
        page.fill(f"#act-{name}", value)
    page.click(f"button[name=act][value={act}]")
    page.click("button[name=confirmed]")
    page.wait_for_selector("#orders")


def test_from_the_courier_to_the_officer_and_back(sign_in: Callable[..., Any], tmp_path: Path) -> None:
    name = f"FLIGHT-{uuid.uuid4().hex[:6]}"
    made = [msgspec.structs.replace(p, reference=f"{name[7:]}{p.reference[2:]}") for p in made_up(200, "flight")]
    path = tmp_path / f"{name}.jsonl"
    path.write_bytes(b"\n".join((*(msgspec.json.encode(p) for p in made), b"{half a line")))

    courier = sign_in("broker")
    hand_in(courier, path, name)
    courier.wait_for_selector("#consolidation")
    assert "Unreadable lines alone" in courier.inner_text("main") and "By tax" in courier.inner_text("#charge")

    officer = sign_in("officer")
    officer.click("nav >> text=Parcels")
    officer.click(f"text={name}")
    place = officer.url
    officer.goto(f"{place}?verdict=due")
    order(officer, "hold", "tip of the post", ticks=2)
    worked(bulk.work)
    officer.goto(place)
    assert "2 done, 0 left" in officer.inner_text("#orders")
    officer.goto(f"{place}?verdict=released")
    order(officer, "hold", "to be weighed", ticks=1)
    worked(bulk.work)
    officer.goto(f"{place}?verdict=released")
    assert stands(officer) == "Examination"
    order(officer, "release", "weighed, in order", ticks=1)
    worked(bulk.work)
    officer.goto(f"{place}?verdict=released")
    assert stands(officer) == "released"
    officer.click(".parcel-rows tbody tr:first-child td.first a")
    assert "Why this lane" in officer.inner_text("main") and "weighed" not in officer.inner_text(".sheet")
    officer.click("text=Its file")
    told = officer.text_content("main")
    assert "Release taken back" in told and "weighed, in order" in told
    officer.click("text=Its parcel and consolidation")
    officer.wait_for_url("**/parcels/parcel/*")
    worked(lambda: alarmed(int(place.rpartition("/")[2])))
    officer.goto(place)
    officer.click("#alarms >> text=Open its file")
    officer.wait_for_url("**/declaration/*")
    officer.goto(place)
    order(officer, "select", "express sample", share="10")
    worked(bulk.work)
    officer.goto(place)
    assert "express sample" in officer.inner_text("#orders") and "done" in officer.inner_text("#orders")

    with courier.expect_download() as kept:
        courier.click("text=Answer as CSV")
    rows = list(csv.DictReader(Path(kept.value.path()).read_text("utf-8").splitlines()))
    assert len(rows) == 201 and rows[-1]["verdict"] == "unreadable"
