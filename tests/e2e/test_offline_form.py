"""The offline form: filled from a file with no network, written, read again, handed in and accepted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Browser, Page, expect
from tests.desks.conftest import TYPED

from customhouse.desks.lodge_form import Draft
from customhouse.gates import json as json_gate
from customhouse.house.lawbooks import embedded_book
from customhouse.record.lodgement import Lodgement

pytestmark = pytest.mark.e2e
REACH = (Path(__file__).parent / "reach.js").read_text("utf-8")
BROKER, NAME = "XM100000009", "Harbour Brokers Ltd"
# What is typed, by the name of the field; the same is handed to the form of the house and must become the same record.
MUCH = {
    **TYPED,
    "containers": "MSKU1234565, TGHU7654320",
    "location": "Shed 4",
    "ucr": "U-77",
    "incoterm": "FOB",
    "place": "Marseille",
    "item-1-code": "3808 9190 10",
    "item-1-additional": "c08, 1FV",
    "item-1-additional_codes": "A101 B202",
    "item-1-preference": "300",
    "item-1-price": "1 240,50",
    "item-1-packages": "",
    "charge-1-code": "AK",
    "charge-1-amount": "850.5",
    "charge-1-currency": "eur",
}
TWO = {
    **TYPED,
    **{k.replace("item-1", "item-2"): v for k, v in TYPED.items() if k.startswith("item-1")},
    "item-2-price": "0.125",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The form on a disk."""
    from customhouse.desks import offline

    path = tmp_path / "form.html"
    path.write_text(offline.html(embedded_book().on(datetime.now(UTC).date())), "utf-8")
    return path


@pytest.fixture
def away(file: Path, browser: Browser) -> Iterator[Callable[..., Page]]:
    """A browser with the file open and no network; an error on its console, also one of its policy, fails the test."""
    errors: list[str] = []
    contexts = []

    def open_page(width: int = 1280, scheme: str = "light", **options: object) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 860},
            color_scheme=scheme,
            accept_downloads=True,
            **options,  # type: ignore[arg-type]
        )
        contexts.append(context)
        context.set_offline(True)
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda fault: errors.append(str(fault)))
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto(file.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


def fill(page: Page, typed: dict[str, str], lrn: str) -> None:
    for name, value in {"declarant_id": BROKER, "declarant_name": NAME, "lrn": lrn, **typed}.items():
        if name.endswith("doc-2-code"):
            page.locator("fieldset", has=page.locator(f"#{name[:6]}-code")).get_by_role(
                "button", name="document"
            ).click()
        if name == "item-2-code":
            page.get_by_role("button", name="Add an item").click()
        place = page.locator(f"[id='{name}']")
        if place.evaluate("e => e.tagName") == "SELECT":
            place.select_option(value)
        else:
            place.fill(value)


def written(page: Page) -> Lodgement:
    with page.expect_download() as download:
        page.click("#save")
    return json_gate.read(Path(download.value.path()).read_bytes())


@pytest.mark.parametrize("typed", [TYPED, MUCH, TWO], ids=["plain", "much", "two items"])
def test_what_is_written_is_what_the_form_of_the_house_makes_of_it(
    typed: dict[str, str], away: Callable[..., Page]
) -> None:
    page = away()
    fill(page, typed, "OFF-1")
    if "item-1-packages" in typed and not typed["item-1-packages"]:
        page.click("#save")
        expect(page.locator("#item-1-packages-fault")).to_have_text("is missing")
        page.fill("#item-1-packages", "7")
        typed = {**typed, "item-1-packages": "7"}
    assert written(page) == Draft.of({**typed, "lrn": "OFF-1"}).lodgement(BROKER, NAME)


def test_it_outlives_the_browser_and_a_file_is_read_again(
    away: Callable[..., Page], file: Path, tmp_path: Path
) -> None:
    page = away()
    fill(page, MUCH | {"item-1-packages": "7"}, "OFF-2")
    page.reload()
    expect(page.locator("#item-1-description")).to_have_value(TYPED["item-1-description"])
    first = written(page)
    path = tmp_path / "kept.json"
    path.write_bytes(json_gate.write(first))
    page.click("#empty")
    expect(page.locator("#item-1-description")).to_have_value("")
    page.set_input_files("#open", str(path))
    expect(page.locator("#told")).to_have_text("The file kept.json was read.")
    assert written(page) == first
    path.write_text('{"nothing": 1}')
    page.set_input_files("#open", str(path))
    expect(page.locator("#told")).to_have_text("kept.json is not a declaration of this form.")
    expect(page.locator("#lrn")).to_have_value("OFF-2")  # what was there is still there


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("lrn", "", "is missing"),
        ("importer_name", "", "is missing"),
        ("dispatch", "ZQ", "is not a country code"),
        ("containers", "MSKU1234560", "MSKU1234560 has a wrong check digit; it should be 5"),
        ("containers", "MSK12", "MSK12 is not a container number; it is four letters and seven digits"),
        ("incoterm", "FOB", "FOB leaves the carriage out of the price: declare it (AK), 0 where there was none"),
        ("item-1-code", "12345", "is a tariff code of 6, 8 or 10 digits"),
        ("item-1-price", "twelve", "is not a number"),
        ("item-1-gross", "-3", "is less than nothing"),
        ("item-1-net", "2100.001", "is more than the gross mass"),
        ("item-1-currency", "QQQ", "is not a currency code"),
        ("item-1-doc-1-code", "N9", "A document has a kind of four characters, like N935"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_no_file_is_written(
    name: str, value: str, said: str, away: Callable[..., Page]
) -> None:
    page = away()
    fill(page, TYPED | {"importer_id": ""}, "OFF-3")
    place = page.locator(f"[id='{name}']")
    place.select_option(value) if name == "incoterm" else place.fill(value)
    page.click("#save")
    where = "charge-1-amount" if name == "incoterm" else name
    expect(page.locator(f"[id='{where}-fault']")).to_have_text(said)
    expect(page.locator("#h-faults")).to_be_focused()
    page.locator("#faults a").first.click()
    expect(page.locator(f"[id='{where}']")).to_be_focused()
    expect(page.locator("#told")).not_to_contain_text("was written")


def test_it_is_handed_in_on_the_page_and_accepted(
    away: Callable[..., Page], address: str, sign_in: Callable[..., Page]
) -> None:
    page = away()
    fill(page, TYPED, f"OFF-{datetime.now(UTC):%H%M%S%f}")
    data = json_gate.write(written(page))
    broker = sign_in("broker")
    broker.goto(f"{address}/lodge")
    with broker.expect_download() as download:
        broker.get_by_role("link", name="without a network").click()
    assert "<form" in Path(download.value.path()).read_text("utf-8")
    broker.set_input_files("#files", [{"name": "off.json", "mimeType": "application/json", "buffer": data}])
    broker.click(".files button")
    expect(broker.locator(".outcomes li.new")).to_contain_text("accepted as")


def test_it_speaks_both_languages_and_keeps_what_was_typed(away: Callable[..., Page]) -> None:
    page = away(locale="fr-FR")
    expect(page.locator("h1")).to_have_text("Déclaration en douane, sans réseau")
    page.fill("#lrn", "OFF-4")
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("Customs declaration, without a network")
    expect(page.locator("#lrn")).to_have_value("OFF-4")
    assert page.evaluate("document.documentElement.lang") == "en"


@pytest.mark.parametrize(("width", "scheme"), [(375, "dark"), (1280, "light")])
def test_it_is_within_reach(width: int, scheme: str, away: Callable[..., Page]) -> None:
    page = away(width, scheme)
    page.fill("#containers", "MSKU1234560")
    page.click("#check")
    assert page.evaluate(REACH) == []


def test_it_holds_nothing_of_elsewhere_and_stays_small(file: Path) -> None:
    text = file.read_text("utf-8")
    assert len(text) < 200_000
    assert "http:" not in text
    assert "https:" not in text
    assert "unsafe" not in text
    table = json.loads(text.split('id="table">')[1].split("</script>")[0])
    assert table["words"]["en"].keys() == table["words"]["fr"].keys()
    assert table["lists"]["fr"]["tariff"].keys() == set(table["codes"]["tariff"])
