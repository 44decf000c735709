"""Journeys through a running house: a broker lodges, an officer clears, money is paid, goods are released."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, expect
from tests.e2e.steps import fill_form, lodge, picture

pytestmark = pytest.mark.e2e


def test_from_lodgement_to_release(address: str, sign_in: Callable[..., Page]) -> None:
    """Broker lodges -> the officer's list shows it without reload -> officer clears the yellow -> payment -> release."""
    officer, broker, cashier = sign_in("officer"), sign_in("broker"), sign_in("cashier")
    officer.goto(f"{address}/worklist?order=newest")
    lrn = fill_form(broker, address)
    expect(broker.locator("#item-1-tariff")).to_contain_text("Insecticides")
    expect(broker.locator("[data-sum=gross]")).to_have_text("2,100 kg")
    broker.click("button[name=check][data-quick]")
    expect(broker.locator("#h-tried")).to_contain_text("Checked: it can be lodged")
    expect(broker.locator("#h-tried")).to_be_focused()
    expect(broker.locator(".tried")).to_contain_text("2,573.00")
    broker.evaluate("scrollTo(0, 0)")
    picture(broker, "lodge")
    broker.click("button[name=lodge]")
    expect(broker.locator(".head .lane.YELLOW")).to_be_visible()
    mrn = broker.locator("h1").inner_text()

    row = officer.locator("tr", has_text=lrn)
    expect(row).to_be_visible()  # without a reload
    officer.mouse.move(0, 0)
    picture(officer, "worklist")
    row.locator("a").first.click()
    expect(officer.locator("h1")).to_have_text(mrn)
    expect(officer.get_by_text("Pesticides: the permit is looked at")).to_be_visible()
    officer.locator(".charges summary").last.click()
    officer.get_by_text("Why this value").click()
    picture(officer, "consignment", 1290)
    officer.fill("#check-reason", "Permit PP-2026-7 seen and in order")
    officer.get_by_role("button", name="Record the look").click()

    expect(broker.locator(".now .hold.payment")).to_be_visible()
    expect(broker.locator(".now .hold.documents")).to_have_count(0)  # the broker's page followed
    cashier.goto(f"{address}/declaration/{mrn}")
    cashier.get_by_role("button", name="Record the payment").click()
    expect(cashier.locator(".stage.RELEASED")).to_be_visible()
    expect(broker.locator(".head .stage.RELEASED")).to_be_visible()  # without a reload
    expect(officer.locator(".head .stage.RELEASED")).to_be_visible()
    expect(officer.locator("#said")).to_have_text("The page was brought up to date.")


def test_a_preference_refused_is_granted_once_its_proof_is_declared(address: str, sign_in: Callable[..., Page]) -> None:
    """Broker lodges a FOB import with its freight -> sees why the preference is refused -> amends with the proof ->
    the officer's page shows it granted without reload."""
    broker, officer = sign_in("broker"), sign_in("officer")
    goods = {"code": "39269097", "description": "Plastic crates for fish", "origin": "FJ", "doc-2-code": "N705"}
    changes = {f"item-1-{name}": value for name, value in goods.items()}
    fill_form(broker, address, dispatch="FJ", exporter_country="FJ", **changes)
    broker.select_option("#incoterm", "FOB")
    broker.select_option("#item-1-preference", "300")
    expect(broker.locator("#item-1-tariff .claimed")).to_contain_text("Atoll Community Trade Agreement")
    broker.click("button[name=check][data-quick]")
    expect(broker.locator(".tried")).to_contain_text("does not include carriage to the place of import")
    broker.fill("#charge-1-amount", "850")
    broker.fill("#charge-2-amount", "40")
    broker.click("button[name=check][data-quick]")
    expect(broker.locator(".tried")).not_to_contain_text("does not include")
    expect(broker.locator(".tried")).to_contain_text("13,290.00")
    expect(broker.locator(".tried .badge.bad").first).to_have_text("refused")
    broker.click("button[name=lodge]")
    expect(broker.locator(".goods .badge.bad").first).to_have_text("refused")
    broker.get_by_text("Why the preference is refused").click()
    expect(broker.locator(".goods")).to_contain_text("proof of origin N954 or U110 is missing")
    expect(broker.locator(".goods")).to_contain_text("Charged instead: 8 % = 1,063.20")
    mrn = broker.locator("h1").inner_text()
    officer.goto(f"{address}/declaration/{mrn}")
    officer.get_by_text("Why this value").click()
    officer.get_by_text("Why the preference is refused").click()
    picture(officer, "reasons", 1150)
    officer.reload()
    expect(officer.locator(".goods .checks").first).to_be_hidden()
    officer.emulate_media(media="print")
    expect(officer.locator(".goods .checks").first).to_be_visible()  # paper opens everything
    officer.emulate_media(media="screen")

    broker.get_by_role("link", name="Amend the declaration").click()
    expect(broker.locator("#charge-1-amount")).to_have_value("850")
    broker.click("button[name=add_document]")
    broker.fill("#item-1-doc-3-code", "U110")
    broker.fill("#item-1-doc-3-id", "SO-77")
    broker.fill("#reason", "The statement on origin has come")
    broker.click("button[name=lodge]")
    expect(officer.locator(".head")).to_contain_text("version 2")  # without a reload
    expect(officer.locator(".goods .facts .badge.good")).to_have_text("granted")
    officer.get_by_text("Why the preference is granted").click()
    expect(officer.locator(".goods")).to_contain_text("proof of origin U110 SO-77 declared")


def test_the_law_is_looked_up(address: str, sign_in: Callable[..., Page]) -> None:
    page = sign_in("supervisor")
    page.locator(".top nav").get_by_role("link", name="Law").click()
    page.fill("#law-q", "sugar")
    page.get_by_role("button", name="Look up").click()
    page.get_by_role("link", name="17019900").click()
    expect(page.locator("#h-line")).to_contain_text("Refined sugar")
    page.locator(".measures summary").first.click()
    expect(page.locator(".measures")).to_contain_text("measure MD1701")
    expect(page.locator(".quota")).to_contain_text("left of")
    picture(page, "law")


def test_what_somebody_types_is_never_taken_away(address: str, sign_in: Callable[..., Page]) -> None:
    officer, broker = sign_in("officer"), sign_in("broker")
    mrn = lodge(broker, address)
    officer.goto(f"{address}/declaration/{mrn}")
    officer.get_by_text("Hold the goods").first.click()
    officer.fill("#hold-reason", "The permit is of another year")
    broker.get_by_role("button", name="Pay", exact=True).click()  # the payment order
    broker.get_by_role("button", name="Pay online").click()  # the page of the provider
    broker.get_by_role("button", name=re.compile("^Pay ")).click()
    expect(broker.get_by_text("This payment is made.")).to_be_visible()
    broker.goto(f"{address}/declaration/{mrn}")
    expect(broker.locator(".now .hold.payment")).to_have_count(0)
    expect(officer.locator("#stale")).to_be_visible()
    expect(officer.locator("#hold-reason")).to_have_value("The permit is of another year")
    officer.locator("#stale a").click()
    expect(officer.locator(".now .hold.payment")).to_have_count(0)


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    address: str, sign_in: Callable[..., Page]
) -> None:
    page = sign_in("broker")
    wrong = {"price": "-5", "description": "goods", "net": "9000", "origin": "QA"}
    fill_form(page, address, dispatch="ZQ", **{f"item-1-{name}": value for name, value in wrong.items()})
    page.click("button[name=lodge]")
    expect(page.locator("#h-problems")).to_contain_text("Everything you typed is still here")
    expect(page.locator("#h-problems")).to_be_focused()
    for field in ("item-1-price", "item-1-description", "item-1-net", "dispatch"):
        expect(page.locator(f"#{field}-fault")).to_be_visible()
        expect(page.locator(f"#{field}")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("[name='exporter_name']")).to_have_value("Agro Supplies SA")
    expect(page.locator("[name='item-1-price']")).to_have_value("-5")
    page.locator(".note.error a[href='#item-1-price']").first.click()
    expect(page.locator("#item-1-price")).to_be_focused()


def test_items_come_and_go_and_a_draft_outlives_the_page(address: str, sign_in: Callable[..., Page]) -> None:
    page = sign_in("broker")
    lrn = fill_form(page, address)
    page.click("button[name=add]")
    expect(page.locator("#item-2-code")).to_be_focused()
    expect(page.locator("#item-2-origin")).to_have_value("FR")
    page.fill("#item-2-code", "footwear")
    page.locator("#item-2-tariff button").first.click()
    expect(page.locator("#item-2-code")).to_have_value(re.compile("^64"))
    page.fill("#item-2-price", "100")
    expect(page.locator("[data-sum=price]")).to_have_text("12,500 USD")
    page.goto(f"{address}/drafts")
    page.get_by_role("link", name=lrn).click()
    expect(page.locator("#item-2-price")).to_have_value("100")
    expect(page.locator("#item-1-description")).to_have_value("Insecticide in drums of 20 litres")
    page.get_by_role("button", name="Remove item 2").click()
    expect(page.locator("#item-2-price")).to_have_count(0)
    page.click("button[name=lodge]")
    expect(page.locator("h1.mono")).to_be_visible()
    page.goto(f"{address}/drafts")
    expect(page.get_by_role("link", name=lrn)).to_have_count(0)  # what was lodged leaves no draft


def test_an_amendment(address: str, sign_in: Callable[..., Page]) -> None:
    broker, officer = sign_in("broker"), sign_in("officer")
    mrn = lodge(broker, address)
    officer.goto(f"{address}/declaration/{mrn}")
    broker.get_by_role("link", name="Amend the declaration").click()
    expect(broker.locator("#lrn")).to_have_attribute("readonly", "")
    broker.fill("#item-1-price", "13000")
    broker.click("button[name=lodge]")
    expect(broker.locator("#reason-fault")).to_be_visible()
    expect(broker.locator("#item-1-price")).to_have_value("13000")
    broker.fill("#reason", "The invoice was corrected")
    broker.click("button[name=lodge]")
    expect(broker.locator(".head")).to_contain_text("version 2")
    expect(officer.locator(".head")).to_contain_text("version 2")  # without a reload
    expect(officer.locator("#sheet")).to_contain_text("13,000")
    expect(officer.locator(".line").last).to_contain_text("The invoice was corrected")


def test_files_are_answered_one_by_one(address: str, sign_in: Callable[..., Page], tmp_path: Path) -> None:
    page = sign_in("broker")
    page.goto(f"{address}/lodge")
    bad = tmp_path / "broken.xml"
    bad.write_text("<MetaData><Declaration></MetaData>")
    page.set_input_files("#files", [bad])
    expect(page.locator("[data-chosen]")).to_have_text("broken.xml")
    page.get_by_role("button", name="Hand in the files").click()
    expect(page.locator(".outcomes li.unreadable")).to_contain_text("broken.xml")
    expect(page.locator(".outcomes")).to_contain_text("MalformedXML")


def test_files_can_be_dropped(address: str, sign_in: Callable[..., Page]) -> None:
    page = sign_in("broker")
    page.goto(f"{address}/lodge")
    page.evaluate(
        """() => {
            const carrier = new DataTransfer();
            for (const name of ["one.xml", "two.json"]) carrier.items.add(new File(["{}"], name));
            const drop = document.querySelector("[data-drop]");
            for (const kind of ["dragover", "drop"]) {
                drop.dispatchEvent(new DragEvent(kind, { dataTransfer: carrier, bubbles: true, cancelable: true }));
            }
        }"""
    )
    expect(page.locator("[data-chosen]")).to_have_text("one.xml, two.json")
    page.get_by_role("button", name="Hand in the files").click()
    expect(page.locator(".outcomes > li")).to_have_count(2)


def test_keys_and_french(address: str, sign_in: Callable[..., Page]) -> None:
    page = sign_in("agent")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    page.goto(f"{address}/worklist?all=1")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator("tr.at")).to_have_count(1)
    second = page.locator("tr[data-row] a").first.get_attribute("href")
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.locator("tr.at a").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}{second}")
    expect(page.get_by_role("heading", name="Droits et taxes")).to_be_visible()


def test_filters_change_the_list_in_place(address: str, sign_in: Callable[..., Page]) -> None:
    page = sign_in("officer")
    page.goto(f"{address}/worklist")
    page.locator(".tabs a.RED").click()
    expect(page.locator(".tabs a.RED")).to_have_attribute("aria-current", "true")
    page.select_option("#by-order", "newest")
    expect(page).to_have_url(re.compile(r"lane=RED.*order=newest"))
    expect(page.locator("#by-order")).to_have_value("newest")
    expect(page.locator("tr[data-row]").first.locator(".lane.RED")).to_be_visible()
    page.go_back()
    expect(page.locator("#by-order")).to_have_value("oldest")
