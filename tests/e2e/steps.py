"""What people do in several journeys, and the pictures of the documents that are taken on the way.

With JOURNEY_PICTURES naming a folder the pictures are taken; without it nothing is.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from playwright.sync_api import FloatRect, Page, expect

PICTURES = os.environ.get("JOURNEY_PICTURES", "")


def picture(page: Page, name: str, tall: int = 0) -> None:
    """Take a picture for the documents, when they are asked for: what is on the screen, or so many pixels from the top."""
    if not PICTURES:
        return
    page.wait_for_timeout(2200)  # until a changed row has faded
    wide = (page.viewport_size or {"width": 1280})["width"]
    clip: FloatRect | None = {"x": 0, "y": 0, "width": wide, "height": tall} if tall else None
    page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=bool(tall), clip=clip)


def fill_form(page: Page, address: str, **changes: str) -> str:
    """Type a consignment of pesticides, which an officer looks at; `changes` by the name of the field. Returns the LRN."""
    page.goto(f"{address}/lodge")
    page.click("button[name=add_document]")
    lrn = f"HB-2026-{time.time_ns() // 1000 % 10**8:08}"
    values = {
        "lrn": lrn,
        "importer_name": "Green Valley Farms",
        "importer_id": "XM100000058",
        "exporter_name": "Agro Supplies SA",
        "exporter_country": "FR",
        "dispatch": "FR",
        "means": "9321172",
        "containers": "MSKU1234565",
        "item-1-code": "38089190",
        "item-1-description": "Insecticide in drums of 20 litres",
        "item-1-origin": "FR",
        "item-1-price": "12400.00",
        "item-1-gross": "2100",
        "item-1-net": "2000",
        "item-1-packages": "100",
        "item-1-doc-1-code": "N935",
        "item-1-doc-1-id": "INV-88",
        "item-1-doc-2-code": "9109",
        "item-1-doc-2-id": "PP-2026-7",
        **changes,
    }
    for name, value in values.items():
        page.fill(f"[name='{name}']", value)
    return lrn


def lodge(page: Page, address: str, **changes: str) -> str:
    """Lodge it; the page is then that of the declaration. Returns its MRN."""
    fill_form(page, address, **changes)
    page.click("button[name=lodge]")
    expect(page.locator("h1.mono")).to_be_visible()
    return page.locator("h1").inner_text()
