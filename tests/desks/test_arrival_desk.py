"""Goods that come later, messages of customs, and entry summary declarations, as their desks show them."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.registry import papers

from customhouse.clearance.lodge import lodge
from customhouse.gates.wco_xml import response as gate
from customhouse.record.declaration import Declaration, Stage
from customhouse.registry import files

ENS = Path(__file__).parents[2] / "examples" / "ens" / "good" / "01-sea-groupage.xml"
CARRIER = "XM100000058"
Desk = Callable[..., Client]


@pytest.fixture
def awaited(house: None) -> Declaration:
    told = json.loads(papers.paper(papers.reference())) | {"type": "IMD"}
    d = lodge(json.dumps(told).encode(), by=papers.BROKER).declaration
    assert d is not None
    return d


def ens(**changes: str) -> SimpleUploadedFile:
    text = re.sub("<TINPLD1>[^<]*<", f"<TINPLD1>{CARRIER}<", ENS.read_text("utf-8"))
    text = text.replace("2026-KESTREL-0041", f"E-{uuid.uuid4().hex[:10]}")
    for old, new in changes.items():
        text = text.replace(old, new)
    return SimpleUploadedFile("one.xml", text.encode(), "application/xml")


def test_the_page_says_that_goods_are_awaited_and_what_would_be_due(desk: Desk, awaited: Declaration) -> None:
    page = desk("broker").get(f"/declaration/{awaited.mrn}").content.decode()
    assert "the goods are awaited" in page
    assert "Today 12.98 USD would be due." in page
    assert "The goods are here" not in page
    assert awaited.mrn in desk("broker").get("/declarations?stage=REGISTERED").content.decode()
    assert awaited.mrn not in desk("officer").get("/worklist").content.decode()
    assert "les marchandises sont attendues" in desk("broker", "fr").get(f"/declaration/{awaited.mrn}").content.decode()


def test_an_officer_records_that_the_goods_are_here(desk: Desk, awaited: Declaration) -> None:
    officer = desk("officer")
    assert "The goods are here" in officer.get(f"/declaration/{awaited.mrn}").content.decode()
    address = f"/declaration/{awaited.id}/act/present"
    assert officer.post(address, {"office": ""}).status_code == 422
    assert officer.post(address, {"office": "XM000010", "place": "x" * 80}).status_code == 422
    assert files.get(awaited.id).stage is Stage.REGISTERED
    assert officer.post(address, {"office": "XM000010", "document": "MAN-1"}).status_code == 302
    after = files.get(awaited.id)
    assert after.acceptance is not None
    page = officer.get(f"/declaration/{after.mrn}").content.decode()
    assert "Goods presented" in page
    assert "MAN-1" in page
    again = officer.post(address, {"office": "XM000010"}, follow=True).content.decode()
    assert "Not possible now" in again


def test_a_broker_may_not_present_the_goods(desk: Desk, awaited: Declaration) -> None:
    answer = desk("broker").post(f"/declaration/{awaited.id}/act/present", {"office": "XM000010"}, follow=True)
    assert "Not possible now" in answer.content.decode()
    assert files.get(awaited.id).stage is Stage.REGISTERED


def test_messages_are_listed_and_kept_by_the_declarant_and_nobody_else(desk: Desk, awaited: Declaration) -> None:
    page = desk("broker").get(f"/declaration/{awaited.mrn}").content.decode()
    assert "DMSRCV" in page
    assert "Taxes, provisional" in page
    address = f"/declaration/{awaited.id}/notifications"
    whole = desk("broker").get(address)
    assert [r.function for r in gate.read(whole.content).responses] == ["02", "13"]
    one = desk("officer").get(address + "?n=2")
    assert [r.function for r in gate.read(one.content).responses] == ["13"]
    assert "DMSTAX.xml" in one["Content-Disposition"]
    assert desk("broker").get(address + "?n=9").status_code == 404
    assert desk("trader").get(address).status_code == 404
    assert desk("carrier").get(address).status_code == 403


def test_a_carrier_hands_in_entry_summaries_and_sees_every_fault(desk: Desk) -> None:
    carrier = desk("carrier")
    assert carrier.get("/").headers["Location"] == "/cargo"
    good = carrier.post("/entry-summaries", {"files": [ens()]})
    assert good.status_code == 200
    (mrn,) = re.findall(r"one\.xml: taken <a[^>]*>(\w+)<", good.content.decode())
    bad = carrier.post(
        "/entry-summaries",
        {"files": [ens(**{"<TotNumOfIteHEA305>3<": "<TotNumOfIteHEA305>9<"}), ens(**{CARRIER: "XM1"})]},
    )
    text = bad.content.decode()
    assert bad.status_code == 422
    assert "1101" in text
    assert "The total number of items is not the number of goods items" in text
    assert "lodged by somebody else" in text
    assert "Choose a file first." in carrier.post("/entry-summaries", {}).content.decode()
    assert mrn in carrier.get("/entry-summaries?q=KSTU4100218").content.decode()
    assert mrn not in carrier.get("/entry-summaries?state=REJECTED").content.decode()
    page = carrier.get(f"/entry-summary?mrn={mrn}").content.decode()
    assert "PORTLAND CEMENT" in page
    assert "Tell the carrier" not in page
    assert b"CC328A" in carrier.get(f"/entry-summary?mrn={mrn}&n=1").content
    assert carrier.get(f"/entry-summary?mrn={mrn}&n=7").status_code == 404


def test_an_officer_stops_the_loading_and_the_carrier_reads_why(desk: Desk) -> None:
    carrier, officer = desk("carrier"), desk("officer")
    page = carrier.post("/entry-summaries", {"files": [ens()]}).content.decode()
    (mrn,) = re.findall(r"taken <a[^>]*>(\w+)<", page)
    assert officer.post("/entry-summaries", {"files": [ens()]}).status_code == 404
    assert officer.post("/entry-summary/stop", {"mrn": mrn, "reason": " "}).status_code == 422
    assert carrier.post("/entry-summary/stop", {"mrn": mrn, "reason": "x"}).status_code == 403
    done = officer.post("/entry-summary/stop", {"mrn": mrn, "reason": "Arms suspected", "item": "2"}, follow=True)
    assert "told not to load" in done.content.decode()
    read = carrier.get(f"/entry-summary?mrn={mrn}").content.decode()
    assert "Do not load" in read
    assert "Arms suspected" in read


@pytest.mark.parametrize("who", ["trader", "broker", "vet", "administrator"])
def test_others_have_no_entry_summaries(desk: Desk, who: str) -> None:
    assert desk(who).get("/entry-summaries").status_code == 403


@pytest.mark.parametrize("key", ["26XM110000000009F9", "999999999", "\x00", "nothing", "1" * 40])
def test_one_that_does_not_exist_is_not_found(desk: Desk, key: str) -> None:
    assert desk("officer").get("/entry-summary", {"mrn": key}).status_code == 404
