"""A targeter's day: from the queue to a consignment, its reasons and network, a selection, the examination, the record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, expect
from tests import traffic
from tests.e2e.steps import picture
from tests.registry import papers

from customhouse.clearance.lodge import lodge
from customhouse.record.declaration import Declaration, Stage
from customhouse.record.lanes import Lane

pytestmark = pytest.mark.e2e
CHECKS = (Path(__file__).parent / "reach.js").read_text("utf-8")
EXPORTER = "Lotus Shoe Export Co"


@pytest.fixture(scope="module")
def past(trade: None, django_db_blocker: Any) -> Iterator[dict[str, Declaration]]:
    """Footwear of several importers that one exporter sends, with finds; a consignment not looked at; one that was drawn."""
    with django_db_blocker.unblock():
        importers = [traffic.number() for _ in range(3)]
        for n in range(10):
            d = traffic.bring(
                importer=importers[n % 3], importer_name=f"Shoe house {n % 3}", exporter=EXPORTER, line="4 Canal Street",
                price=f"{15000 + 900 * n}.00", phone="+84 24 3825 1234",
            )  # fmt: skip
            if d.lane is Lane.RED:
                (traffic.find if n % 3 == 0 else traffic.conform)(d)
        quiet = _quiet()
        drawn = _drawn()
        traffic.read()
        fresh = traffic.bring(importer=importers[0], importer_name="Shoe house 0", exporter=EXPORTER, price="6000.00")
        yield {"quiet": quiet, "drawn": drawn, "fresh": fresh}


def _quiet() -> Declaration:
    """A parcel of an importer of its own that the line let go, and that waits for its payment only."""
    for _ in range(50):
        d = traffic.bring(example=papers.PARCEL, importer=traffic.number(), importer_name="Quiet Imports")
        if d.lane is Lane.GREEN and d.stage is Stage.ROUTED:
            return d
    raise AssertionError("fifty parcels were all drawn")


def _drawn() -> Declaration:
    for _ in range(600):
        d = lodge(papers.paper(papers.reference()), by=papers.BROKER).declaration
        assert d is not None
        if d.stage is Stage.ROUTED and d.selection and [r.rule for r in d.selection.reasons] == ["random"]:
            return d
    raise AssertionError("the draw passed over six hundred declarations")


def test_from_the_queue_to_a_find(past: dict[str, Declaration], address: str, sign_in: Callable[..., Page]) -> None:
    officer, quiet, fresh = sign_in("officer"), past["quiet"], past["fresh"]
    officer.goto(f"{address}/risk")
    officer.get_by_role("link", name="Targeting").first.click()
    expect(officer.locator("h1")).to_have_text("Targeting queue")
    expect(officer.locator("#h-looks + table")).to_contain_text("of 40")
    officer.keyboard.press("j")
    officer.keyboard.press("j")
    expect(officer.locator("tr.at")).to_have_count(1)
    picture(officer, "targeting-queue")

    # the reasons of footwear, what is usual, who hangs together
    officer.goto(f"{address}/risk/queue?text={fresh.lrn}")
    officer.locator("tr[data-row] a").first.click()
    expect(officer.locator("#h-why ~ .reasons")).to_contain_text("below 6.00 a kilogram")
    expect(officer.locator("#h-why ~ .reasons .behind").first).to_contain_text("value_per_kg")
    expect(officer.locator("#h-goods ~ .compared").first).to_contain_text("a kilogram")
    expect(officer.locator("#h-exporter ~ p").last).to_contain_text("found something")
    node = officer.locator(".network svg a", has_text=EXPORTER[:8]).first
    expect(node).to_be_visible()
    picture(officer, "targeting-consignment", 2300)
    node.focus()
    officer.keyboard.press("Enter")
    expect(officer.locator("h1")).to_have_text(EXPORTER)
    expect(officer.locator("#h-record ~ p").first).to_contain_text("examinations found something")
    picture(officer, "targeting-actor", 1500)

    # what the line let go is selected with the keyboard, and lands with the examiner
    officer.goto(f"{address}/risk/queue?text={quiet.lrn}")
    officer.keyboard.press("j")
    officer.keyboard.press("s")
    officer.wait_for_url("**/risk/consignment/*#select")
    form = officer.locator("#select form")
    form.locator("[name=lane]").select_option("RED")
    form.locator("[name=code]").select_option("party")
    form.locator("[name=reason]").fill("the exporter behind it was caught twice")
    form.locator("button").click()
    expect(officer.get_by_role("status").first).to_contain_text("Recorded")
    expect(officer.locator(".head .lane.RED")).to_be_visible()
    examiner = sign_in("examiner")
    examiner.goto(f"{address}/worklist?lane=RED&order=newest")
    examiner.locator(f"tr[data-row='{quiet.id}'] a").first.click()
    form = examiner.locator("form", has=examiner.locator("button", has_text="Record the examination"))
    form.locator("[name=conclusion]").select_option("discrepancy")
    form.locator("[name=text]").fill("four cartons of watches behind the jewellery")
    form.locator("[name=found]").fill("watches that were not declared")
    if form.locator("[name=kinds]").count():
        form.locator("[name=kinds]").first.check()
    form.locator("button").click()
    expect(examiner.get_by_role("status").first).to_contain_text("Recorded")

    # the page that stayed open shows it, and so does the record of the importer
    officer.goto(f"{address}/risk/consignment/{quiet.id}")
    expect(officer.locator(".now .score")).to_contain_text("Discrepancy")
    officer.locator("#h-importer ~ p a").first.click()
    expect(officer.locator("tr[data-row]", has_text=quiet.mrn)).to_contain_text("Something was found")


def test_a_random_draw_stays_what_it_is(
    past: dict[str, Declaration], address: str, sign_in: Callable[..., Page]
) -> None:
    officer, drawn = sign_in("officer"), past["drawn"]
    officer.goto(f"{address}/risk/queue?text={drawn.lrn}&way=random")
    officer.keyboard.press("j")
    officer.keyboard.press("d")
    officer.wait_for_url("**/risk/consignment/*#deselect")
    expect(officer.locator(".now .note")).to_contain_text("only a supervisor may take it out")
    expect(officer.locator("#deselect")).to_have_count(0)
    supervisor = sign_in("supervisor")
    supervisor.goto(f"{address}/risk/consignment/{drawn.id}")
    form = supervisor.locator("#deselect form")
    form.locator("[name=lane]").select_option("GREEN")
    form.locator("[name=reason]").fill("perishable, and seen by the vet")
    form.locator("button").click()
    expect(supervisor.locator(".head .lane.GREEN")).to_be_visible()
    expect(supervisor.locator("#h-why ~ .reasons").last).to_contain_text("perishable")


@pytest.mark.parametrize(("width", "scheme", "language"), [(390, "dark", "fr"), (1280, "light", "en")])
def test_the_desk_is_within_reach(
    width: int, scheme: str, language: str, past: dict[str, Declaration], address: str, sign_in: Callable[..., Page]
) -> None:
    page = sign_in("officer", width, 800, scheme)
    page.context.add_cookies([{"name": "django_language", "value": language, "url": address}])
    found: list[str] = []
    importer = past["fresh"].lodged.goods_shipment.importer
    assert importer is not None
    for path in (
        "/risk/queue", "/risk/queue?show=ahead", "/risk/ahead", "/risk/queue?text=nothing%20like%20it", f"/risk/consignment/{past['fresh'].id}",
        f"/risk/consignment/{past['drawn'].id}", f"/risk/actor/importer/{importer.id}",
    ):  # fmt: skip
        page.goto(address + path)
        for summary in page.locator("details:not([open]) > summary").all():
            summary.click()
        found += [f"{path}: {said}" for said in page.evaluate(CHECKS)]
    assert found == []
