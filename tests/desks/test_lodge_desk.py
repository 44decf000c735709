"""The lodging form: what is typed is never lost, problems stand beside their fields, a trial stores nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from lxml import html
from tests.registry import papers

from customhouse.clearance.lodge import lodge
from customhouse.record.declaration import Declaration
from customhouse.registry import files

Typed = Callable[..., dict[str, str]]
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def form_of(page: str) -> Any:
    """The lodging form of a page."""
    return html.fromstring(page).get_element_by_id("lodge-form")


def typed_in(page: str) -> dict[str, str]:
    """What stands in the fields of the form."""
    return {name: value or "" for name, value in form_of(page).form_values()}


def field(page: str, name: str) -> Any:
    return form_of(page).inputs[name]


def test_a_declaration_typed_is_lodged(desk: Callable[..., Client], typed: Typed) -> None:
    form = typed(lodge="1")
    answer = desk("broker").post("/lodge", form, follow=True)
    found = files.by_lrn(papers.BROKER, form["lrn"])
    assert found is not None
    assert answer.redirect_chain == [(f"/declaration/{found.mrn}", 302)]
    assert f"Accepted as {found.mrn}" in answer.content.decode()
    again = desk("broker").post("/lodge", form, follow=True)
    assert "Lodged before" in again.content.decode()
    assert papers.stored(form["lrn"]) == 1


def test_what_is_wrong_stands_beside_its_field(desk: Callable[..., Client], typed: Typed) -> None:
    wrong = {"item-1-price": "-5", "item-1-description": "goods", "item-1-net": "9000", "dispatch": "ZQ"}
    form = typed(lodge="1", **wrong)
    answer = desk("broker").post("/lodge", form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert papers.stored(form["lrn"]) == 0 or files.by_lrn(papers.BROKER, form["lrn"]).stage == "REFUSED"  # type: ignore[union-attr]
    for name in wrong:
        assert f'id="{name}-fault"' in page, name
        assert f'href="#{name}"' in page, name
        assert field(page, name).get("aria-invalid") == "true", name
    del form["lodge"]
    assert form.items() <= typed_in(page).items()


def test_what_is_no_number_is_said_before_anything_is_stored(desk: Callable[..., Client], typed: Typed) -> None:
    form = typed(
        lodge="1", dispatch="ZQ", **{"item-1-price": "twelve", "item-1-gross": "1e99", "item-1-net": "2 000,5"}
    )
    answer = desk("broker").post("/lodge", form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert papers.stored(form["lrn"]) == 0
    assert page.count("This is not a number") == 4  # in the list and beside each of the two fields
    assert 'id="item-1-net-fault"' not in page
    assert 'id="dispatch-fault"' in page  # what the rules find is said at the same time


def test_a_trial_stores_nothing_and_does_not_tell_the_lane(desk: Callable[..., Client], typed: Typed) -> None:
    form = typed(check="1")
    before = papers.rows("select count(*), (select count(*) from entry) from declaration")
    answer = desk("broker").post("/lodge", form)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert papers.rows("select count(*), (select count(*) from entry) from declaration") == before
    assert "Checked: it can be lodged. Nothing was stored." in page
    assert "620.00\u202fUSD" in page  # 5 % of 12400
    assert "1,953.00\u202fUSD" in page  # 15 % of value and duty
    for lane in ("Red", "Yellow", "Pesticides: the permit is looked at"):
        assert lane not in page
    without = desk("broker").post("/lodge", typed(check="1", **{"item-1-doc-2-code": "", "item-1-doc-2-id": ""}))
    assert "9109 Pesticides permit is required for item 1" in without.content.decode()


def test_a_trial_says_what_would_be_decided_of_value_origin_and_security(
    desk: Callable[..., Client], typed: Typed
) -> None:
    wrong = {"incoterm": "FOB", "item-1-preference": "300", "item-1-origin": "FJ", "item-1-procedure": "5100"}
    page = desk("broker").post("/lodge", typed(check="1", **wrong)).content.decode()
    for told in (
        "A price FOB does not include carriage to the place of import, and none is declared",
        "Not offered for this code and origin",
        "Why the preference is refused",
        "Why this value",
        "To be secured",
        "The declaration offers no guarantee.",
    ):
        assert told in page, told
    form = typed(check="1", **wrong, **{"charge-1-code": "AK", "charge-1-amount": "0", "charge-1-currency": "USD"})
    assert "does not include carriage" not in desk("broker").post("/lodge", form).content.decode()


def test_a_trial_asks_a_quota_and_draws_nothing(desk: Callable[..., Client], typed: Typed) -> None:
    from tests.desks.test_reasons import SUGAR

    twice = {k.replace("item-1", "item-2"): v for k, v in typed(**SUGAR).items() if k.startswith("item-1")}
    twice |= {"item-2-net": "490000", "item-2-gross": "490000", "item-1-net": "300000", "item-1-gross": "300000"}
    before = papers.rows("select count(*), coalesce(sum(amount), 0) from movement")
    page = desk("broker").post("/lodge", typed(check="1", **{**SUGAR, **twice})).content.decode()
    assert papers.rows("select count(*), coalesce(sum(amount), 0) from movement") == before
    text = " ".join(html.fromstring(page).text_content().split())
    assert "300 TNE granted of 300 TNE asked for" in text
    assert "TNE granted of 490 TNE asked for" in text  # what the first item leaves
    assert "490 TNE granted of 490 TNE" not in text
    assert "A quota grants what it still has when the declaration is accepted." in text
    assert "10 % + 12.50 USD / 100 KGM" in text  # what is beyond it pays the general rate


def test_what_the_deepened_law_asks_for_can_be_typed(desk: Callable[..., Client], typed: Typed) -> None:
    form = typed(
        lodge="1",
        incoterm="FOB",
        **{
            "item-1-additional": "c08, 1FV",
            "item-1-additional_codes": "A101 B202",
            "item-1-order": "099999",
            "charge-1-code": "AK",
            "charge-1-amount": "850,50",
            "charge-1-currency": "eur",
            "charge-2-code": "AW",
            "charge-2-amount": "",
            "charge-2-currency": "USD",
            "charge-3-code": "BH",
            "charge-3-amount": "2",
            "charge-3-currency": "",
        },
    )
    desk("broker").post("/lodge", form)
    found = files.by_lrn(papers.BROKER, form["lrn"])
    assert found is not None
    item, valuation = found.lodged.items[0], found.lodged.goods_shipment.valuation
    assert item.procedure == "4000"
    assert item.additional_procedures == ("C08", "1FV")
    assert item.commodity.additional_codes == ("A101", "B202")
    assert [(d.type, d.quota) for d in item.commodity.duties] == [("A00", "099999")]
    assert valuation is not None
    assert [(c.type, str(c.amount.value), c.amount.currency) for c in valuation.charges if c.amount] == [
        ("AK", "850.50", "EUR"),
        ("BH", "2", ""),
    ]
    page = desk("broker").get(f"/declaration/{found.id}/amend").content.decode()
    again = typed_in(page)
    assert again["item-1-additional"] == "C08, 1FV"
    assert again["item-1-additional_codes"] == "A101, B202"
    assert again["item-1-order"] == "099999"
    assert (again["charge-1-code"], again["charge-1-amount"], again["charge-1-currency"]) == ("AK", "850.50", "EUR")
    assert again["charge-2-code"] == "BH"


def test_a_fresh_form_offers_the_carriage_and_more_rows(desk: Callable[..., Client], typed: Typed) -> None:
    page = desk("broker").get("/lodge").content.decode()
    assert [typed_in(page)[f"charge-{n}-code"] for n in (1, 2)] == ["AK", "AW"]
    assert "Insurance up to the place of import" in page
    assert "With EXW, FCA, FAS, FOB the carriage must be declared" in page
    assert "Assurance jusqu&#x27;au lieu d&#x27;importation" in desk("broker", "fr").get("/lodge").content.decode()
    more = typed(add_charge="1", **{"charge-1-code": "AK", "charge-1-amount": "7", "charge-1-currency": "USD"})
    page = desk("broker").post("/lodge", more).content.decode()
    assert field(page, "charge-2-code").get("autofocus") is not None
    assert typed_in(page)["charge-1-amount"] == "7"


@pytest.mark.parametrize(
    ("code", "amount", "said"),
    [
        ("AK", "a lot", "This is not a number"),
        ("", "12", "An amount without its kind"),
        ("AK", "-5", "is negative"),
    ],
)
def test_what_is_wrong_with_a_charge_stands_beside_it(
    code: str, amount: str, said: str, desk: Callable[..., Client], typed: Typed
) -> None:
    charge = {"charge-1-code": code, "charge-1-amount": amount, "charge-1-currency": "USD"}
    answer = desk("broker").post("/lodge", typed(lodge="1", **charge))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="charge-1-amount-fault"' in page
    assert said in page
    assert typed_in(page)["charge-1-amount"] == amount


@pytest.mark.parametrize(
    ("button", "present", "absent"),
    [
        ({"add": "1"}, "item-2-code", "item-3-code"),
        ({"add_document": "1"}, "item-1-doc-3-code", "item-1-doc-4-code"),
        ({"remove": "1"}, "item-1-code", "item-2-code"),
        ({"remove": "7"}, "item-1-code", "item-2-code"),
        ({"add_document": "x"}, "item-1-doc-2-code", "item-1-doc-3-code"),
    ],
)
def test_items_and_documents_come_and_go(
    button: dict[str, str], present: str, absent: str, desk: Callable[..., Client], typed: Typed
) -> None:
    page = desk("broker").post("/lodge", typed(**button)).content.decode()
    assert f'name="{present}"' in page
    assert f'name="{absent}"' not in page
    assert typed_in(page)["item-1-description"] == "Insecticide in drums of 20 litres"
    if "add" in button:
        assert typed_in(page)["item-2-origin"] == "FR"  # an item goes on as the one before it
        assert field(page, "item-2-code").get("autofocus") is not None


def test_removing_an_item_keeps_the_others(desk: Callable[..., Client], typed: Typed) -> None:
    two = {k.replace("item-1", "item-2"): v for k, v in typed().items() if k.startswith("item-1")}
    form = typed(remove="1", **two)
    form["item-2-description"] = "The one that stays"
    page = desk("broker").post("/lodge", form).content.decode()
    assert typed_in(page)["item-1-description"] == "The one that stays"
    assert 'name="item-2-code"' not in page


def test_an_amendment_by_form_keeps_what_the_form_does_not_show(desk: Callable[..., Client], house: None) -> None:
    d = papers.green()
    broker = desk("broker")
    page = broker.get(f"/declaration/{d.id}/amend").content.decode()
    assert field(page, "lrn").get("readonly") is not None
    form = typed_in(page)
    without = broker.post(f"/declaration/{d.id}/amend", {**form, "lodge": "1"})
    assert without.status_code == 422
    assert 'id="reason-fault"' in without.content.decode()
    form |= {
        "lodge": "1",
        "reason": "A typing error",
        "item-1-description": "Cotton T-shirts, printed",
        "lrn": "another",
    }
    answer = broker.post(f"/declaration/{d.id}/amend", form, follow=True)
    assert "Version 2 is recorded." in answer.content.decode()
    after = files.get(d.id)
    assert (after.version, after.lrn, after.mrn) == (2, d.lrn, d.mrn)
    old, new = d.lodged, after.lodged
    assert new.items[0].commodity.description == "Cotton T-shirts, printed"
    assert new.exporter == old.exporter
    assert new.border_means == old.border_means
    assert new.items[0].commodity.price == old.items[0].commodity.price
    assert new.items[0].documents == old.items[0].documents
    assert new.items[0].procedures == old.items[0].procedures
    assert new.items[0].commodity.classifications == old.items[0].commodity.classifications
    assert new.items[0].valuation == old.items[0].valuation


def test_an_amendment_keeps_charges_and_codes_that_the_form_cannot_write(
    desk: Callable[..., Client], house: None
) -> None:
    """A charge of one item, a carriage declared as freight, a code of another list, duties beyond the first."""
    told: dict[str, Any] = json.loads(papers.paper(papers.reference()))
    item = told["goods_shipment"]["items"][0]
    item["valuation"] = {"method": "1", "charges": [{"type": "AB", "amount": {"value": "5", "currency": "USD"}}]}
    item["commodity"]["classifications"].append({"id": "0012345-6", "type": "CV"})
    item["commodity"]["duties"] = [
        {"type": "A00", "payment": {"method": "A"}},
        {"type": "B00", "regime": "100", "payment": {"method": "A"}},
    ]
    told["goods_shipment"]["valuation"] = {
        "freight": {"value": "3", "currency": "USD"},
        "charges": [{"type": "AW"}, {"type": "AJ", "amount": {"value": "2", "currency": "USD"}}],
    }
    d = lodge(json.dumps(told).encode(), by=papers.BROKER).declaration
    assert d is not None
    broker = desk("broker")
    form = typed_in(broker.get(f"/declaration/{d.id}/amend").content.decode())
    assert form["charge-1-code"] == "AJ"
    assert form["item-1-additional_codes"] == "0012345-6"
    broker.post(f"/declaration/{d.id}/amend", {**form, "lodge": "1", "reason": "A typing error"})
    after = files.get(d.id)
    assert after.version == 2
    assert after.lodged.items[0].valuation == d.lodged.items[0].valuation
    assert after.lodged.items[0].commodity.classifications == d.lodged.items[0].commodity.classifications
    assert after.lodged.items[0].commodity.duties == d.lodged.items[0].commodity.duties
    new, old = after.lodged.goods_shipment.valuation, d.lodged.goods_shipment.valuation
    assert new is not None
    assert old is not None
    assert new.freight == old.freight
    assert sorted(c.type for c in new.charges) == ["AJ", "AW"]
    form["lrn"] = d.lrn
    without = {name: value for name, value in form.items() if not name.startswith("charge-")}
    broker.post(f"/declaration/{d.id}/amend", {**without, "lodge": "1", "reason": "An old draft"})
    assert files.get(d.id).lodged.goods_shipment.valuation == new


def test_an_amendment_by_file_is_of_the_same_declaration(desk: Callable[..., Client], house: None) -> None:
    d, broker = papers.green(), desk("broker")
    address = f"/declaration/{d.id}/amend/file"

    def hand_in(data: bytes, reason: str = "New weights") -> Client:
        return broker.post(address, {"file": SimpleUploadedFile("new.json", data), "reason": reason}, follow=True)

    assert "say why it is amended" in hand_in(papers.paper(d.lrn), reason=" ").content.decode()
    assert "The file is another declaration" in hand_in(papers.paper(papers.reference())).content.decode()
    assert "InvalidJSON" in hand_in(b"{").content.decode() or files.get(d.id).version == 1
    assert files.get(d.id).version == 1
    assert "Version 2 is recorded." in hand_in(papers.paper(d.lrn, goods="Something else entirely")).content.decode()
    assert files.get(d.id).lodged.items[0].commodity.description == "Something else entirely"


def test_nothing_is_amended_once_an_examination_is_announced(desk: Callable[..., Client], red: Declaration) -> None:
    broker = desk("broker")
    assert "Amend the declaration" not in broker.get(f"/declaration/{red.id}").content.decode()
    answer = broker.get(f"/declaration/{red.id}/amend", follow=True)
    assert "This declaration cannot be amended now." in answer.content.decode()
    form = {"file": SimpleUploadedFile("new.json", papers.paper(red.lrn)), "reason": "Too late"}
    answer = broker.post(f"/declaration/{red.id}/amend/file", form, follow=True)
    assert "customs has announced an examination" in answer.content.decode()
    assert files.get(red.id).version == 1


def test_files_are_answered_one_by_one(desk: Callable[..., Client], house: None) -> None:
    good, broker = papers.paper(papers.reference()), desk("broker")
    handed_in = [
        SimpleUploadedFile("good.json", good),
        SimpleUploadedFile("again.json", good),
        SimpleUploadedFile("broken.xml", (EXAMPLES / "bad" / "01-malformed.xml").read_bytes()),
        SimpleUploadedFile("another.json", papers.paper(papers.reference()).replace(b"XM100000009", b"XM100000017")),
        SimpleUploadedFile("<b>.json", papers.paper(papers.reference(), refused=True)),
    ]
    page = broker.post("/lodge/files", {"files": handed_in}).content.decode()
    assert "2 of 5 declarations were taken." in page
    kinds = re.findall(r'<li class="(new|same|other|refused|unreadable)">', page)
    assert kinds == ["new", "same", "unreadable", "unreadable", "refused"]
    assert "MalformedXML" in page
    assert "NotYours" in page
    assert "&lt;b&gt;.json" in page
    assert "Choose one or more files first" in broker.post("/lodge/files", follow=True).content.decode()


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({"item-1-code": "3808 9190", "item-1-origin": "fr"}, ["Insecticides", "Customs duty: <b>5 %</b>", "9109"]),
        ({"item-1-code": "38"}, ['data-code="3808"']),
        (
            {"item-1-code": "39269097", "item-1-origin": "FJ", "item-1-preference": "300"},
            ["Atoll Community Trade Agreement", "<b>free</b>", "U110 Statement on origin", 'class="claimed"'],
        ),
        ({"item-1-code": "39269097", "item-1-origin": "FR"}, ["No preference for goods of FR."]),
        ({"item-1-code": "17019900", "item-1-origin": "BR"}, ["094001", "left of", "500\u202fTNE", "12.50 USD"]),
        ({"item-1-code": "08051000"}, ["0.60\u202fUSD / KGM: the measure applies", "otherwise: it is charged at"]),
        ({"item-1-code": "0702"}, ["each year from"]),
        ({"item-1-code": "64039900"}, ['supplementary unit <b class="mono">NPR</b>']),
        ({"item-1-code": "72142000", "item-1-origin": "CN"}, ["A101"]),
        ({"item-3-code": "footwear"}, ['data-code="64']),
        ({"item-1-code": "zzzzzz"}, ["The tariff has nothing for this."]),
        ({"item-1-code": ""}, []),
        ({}, []),
    ],
)
def test_the_tariff_at_hand(asked: dict[str, str], shown: list[str], desk: Callable[..., Client]) -> None:
    answer = desk("broker").get("/tariff", asked)
    assert answer.status_code == 200
    for words in shown:
        assert words in answer.content.decode()
    assert shown or not answer.content.strip()


def test_files_of_every_format_and_their_templates(desk: Callable[..., Client], house: None) -> None:
    broker = desk("broker")

    def own(file: str) -> SimpleUploadedFile:
        data = (EXAMPLES / file).read_bytes().replace(b"XM701000011", papers.BROKER.encode())
        return SimpleUploadedFile(Path(file).name, data.replace(b"-2026-", b"-desk-"))

    names = ("edifact/good/01-declaration.edi", "asycuda/good/01-import.xml", "table/good/01-two-declarations.csv")
    answer = broker.post("/lodge/files", {"files": [own(name) for name in (*names, "table/bad/01-cells.csv")]})
    page = answer.content.decode()
    assert "4 of 5 declarations were taken." in page
    kinds = re.findall(r'<li class="(new|same|other|refused|unreadable)">', page)
    assert kinds == ["new", "new", "new", "new", "unreadable"]
    assert "01-two-declarations.csv · TAB-desk-0002" in page
    assert "3 values of the file have no place in the record" in page
    assert "row 2, column D" in page
    lodged = files.by_lrn(papers.BROKER, "EDI-desk-0001")
    assert lodged is not None
    kept = broker.get(f"/declaration/{lodged.id}/message?keep=1")
    assert (kept["Content-Type"], kept.content[:4]) == ("application/edifact", b"UNB+")
    assert "UN/EDIFACT" in broker.get(f"/declaration/{lodged.id}/message").content.decode()
    assert broker.get("/lodge/template.xlsx").content[:4] == b"PK\x03\x04"
    broker.post("/language", {"language": "fr"})
    assert "Référence;Type;Bureau de douane" in broker.get("/lodge/template.csv").content.decode()
