"""The desks of cargo: what carriers, forwarders and officers see and do, and that nothing is lost or told to others."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests import cargo as ship
from tests.registry import papers

from customhouse.clearance import cargo as clearance
from customhouse.clearance.lodge import lodge
from customhouse.record.manifest import Degroupage
from customhouse.record.parts import Party
from customhouse.registry import manifests

Desk = Callable[..., Client]
EXAMPLES = Path(__file__).parents[2] / "examples" / "manifest"
INLINE = re.compile(rb"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=")
EARLIER = "2026-11-20T06:00"


def file(name: str, data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def test_files_are_handed_in_each_with_its_answer_and_what_was_typed_stays(desk: Desk) -> None:
    good = ship.written(ship.manifest())
    files = [
        file("good.json", good),
        file("bad.json", (EXAMPLES / "bad" / "01-many-problems.json").read_bytes()),
        file("booking.json", (EXAMPLES / "bad" / "05-booking.json").read_bytes()),
        file("foreign.json", ship.written(ship.manifest(carrier=Party(id="XM100000025")))),
        file("list.csv", b"document,description\nA,B\n"),
    ]
    page = desk("carrier").post("/cargo/hand-in", {"files": files, "office": "XM000030", "voyage": "V<7>"})
    text = page.content.decode()
    assert page.status_code == 200
    assert "1 of 5 files are registered" in text
    for rule in (
        "UnknownOffice",
        "VagueDescription",
        "TotalsDiffer",
        "NotATransportDocument",
        "NotYours",
        "MissingColumn",
    ):
        assert rule in text, rule
    assert 'value="V&lt;7&gt;"' in text
    assert '<option value="XM000030" selected>' in text
    again = desk("carrier").post("/cargo/hand-in", {"files": [file("good.json", good)]})
    assert "handed in before" in again.content.decode()
    assert "Choose one or more files first" in desk("carrier").post("/cargo/hand-in", {}).content.decode()


def test_a_bill_of_lading_is_completed_by_what_was_typed(desk: Desk) -> None:
    data = (
        (EXAMPLES / "good" / "02-bill-of-lading.json").read_bytes().replace(b"BML26110042", ship.reference().encode())
    )
    typed = {"office": "XM000010", "conveyance": "IMO9074729"}
    page = desk("carrier").post("/cargo/hand-in", {"files": [file("bl.json", data)], **typed})
    assert "registered as" in page.content.decode()


def test_the_way_of_a_consolidation_over_three_desks(desk: Desk) -> None:
    master = ship.bill(consolidated=True, type="704", forwarder=Party(id=ship.FORWARDER))
    secret = ship.bill(consignee=Party(name="Somebody Else & Sons"))
    number = ship.reported(ship.manifest(master, secret)).number
    address = f"/cargo/{number}"
    carrier, broker, officer = desk("carrier"), desk("broker"), desk("officer")
    assert number in carrier.get("/cargo").content.decode()
    seen = broker.get(address).content.decode()
    assert master.number in seen
    assert secret.number not in seen
    houses = [ship.house(master.number, packages=n, mass=n * 10_000) for n in (60, 40)]
    wrong = Degroupage("D", "", master.number, Party(), tuple(houses[:1]))
    page = broker.post(f"{address}/act/degroup", {"master": master.number, "file": file("d.json", ship.written(wrong))})
    assert page.status_code == 422
    assert "HousesDoNotFit" in page.content.decode()
    rows = "".join(
        f"{h.number};Ceramica Sur SA;Harbour Brokers Ltd;Floor tiles of porcelain;{h.packages};CT;{h.mass // 1000};{ship.BOX}\n"
        for h in houses
    )
    table = f"document;consignor;consignee;description;packages;package_kind;gross_kg;container\n{rows}".encode()
    done = broker.post(f"{address}/act/degroup", {"master": master.number, "file": file("d.csv", table)})
    assert done.status_code == 302, done.content.decode()
    d = lodge(ship.declaration(houses[0].number, packages=60, kilos=600), by=papers.BROKER).declaration
    assert d is not None
    sheet = broker.get(f"/declaration/{d.mrn}").content.decode()
    assert houses[0].number in sheet
    assert f'href="/cargo/{number}"' in sheet
    there = carrier.post(f"{address}/act/arrive", {"arrived": EARLIER, "place": "Shed 4"})
    assert there.status_code == 302
    told = officer.get(address).content.decode()
    assert "written off" in told
    assert d.mrn in told
    assert d.mrn not in carrier.get(address).content.decode(), "who declares is not the carrier's business"
    assert secret.number in officer.get("/cargo?show=stock").content.decode()


def test_arrival_is_reported_once_by_the_carrier_and_never_for_the_future(desk: Desk) -> None:
    number = ship.reported(ship.manifest()).number
    act = f"/cargo/{number}/act/arrive"
    carrier = desk("carrier")
    for typed, told in (
        ("", "Write day and time"),
        ("soon", "Write day and time"),
        ("2999-01-01T00:00", "when it has happened"),
    ):
        page = carrier.post(act, {"arrived": typed, "place": "Quay 9"})
        assert page.status_code == 422
        assert told in page.content.decode()
        assert 'value="Quay 9"' in page.content.decode()
    assert desk("trader").post(act, {"arrived": EARLIER}).status_code == 404
    assert desk("broker").post(act, {"arrived": EARLIER}).status_code == 409
    assert carrier.post(act, {"arrived": EARLIER}).status_code == 302
    assert carrier.post(act, {"arrived": EARLIER}).status_code == 409
    assert manifests.get(number).place == ""


def test_officers_record_discrepancies_and_account_for_what_is_left(desk: Desk) -> None:
    bill = ship.bill()
    number = ship.reported(ship.manifest(bill)).number
    officer, address = desk("officer"), f"/cargo/{number}/act/"
    desk("carrier").post(f"{address}arrive", {"arrived": EARLIER})
    amount = {"document": bill.number, "packages": "5", "mass": "50,5"}
    assert desk("carrier").post(f"{address}discrepancy", {**amount, "reason": "x"}).status_code == 409
    assert officer.post(f"{address}discrepancy", {**amount, "kind": "short", "reason": "seen"}).status_code == 302
    too_much = officer.post(f"{address}account", {**amount, "packages": "96", "mass": "", "reason": "abandoned"})
    assert too_much.status_code == 409
    assert "95 packages" in too_much.content.decode()
    for odd in ("-1", "many", "1e99", ""):
        assert (
            officer.post(f"{address}account", {**amount, "packages": odd, "mass": "", "reason": "x"}).status_code == 422
        )
    assert "short landed" in officer.get("/cargo?show=discrepancies").content.decode()
    done = officer.post(f"{address}account", {**amount, "packages": "95", "mass": "949.5", "reason": "abandoned"})
    assert done.status_code == 302
    assert manifests.get(number).stage == "DISCHARGED"
    assert officer.post(f"{address}nothing", {}).status_code == 404


def test_an_amendment_and_a_cancellation_are_the_carriers(desk: Desk) -> None:
    told = ship.manifest()
    number = ship.reported(told).number
    changed = ship.written(ship.manifest(ship.bill(told.documents[0].number, packages=7), reference=told.reference))
    address = f"/cargo/{number}/act/"
    form = {"file": file("m.json", changed), "reason": "seven, not a hundred"}
    assert desk("carrier").post(f"{address}amend", form).status_code == 302
    assert manifests.get(number).manifest.documents[0].packages == 7
    broken = desk("carrier").post(f"{address}amend", {"file": file("m.json", b"{"), "reason": "x"})
    assert broken.status_code == 422
    assert "MalformedJSON" in broken.content.decode()
    assert desk("carrier").post(f"{address}cancel", {"reason": " "}).status_code == 409
    assert desk("carrier").post(f"{address}cancel", {"reason": "does not call here"}).status_code == 302
    assert "does not call here" in desk("officer").get(f"/cargo/{number}").content.decode()


def test_officers_of_another_office_do_not_see_it(desk: Desk) -> None:
    from customhouse.registry.models import User

    number = ship.reported(ship.manifest()).number
    User.objects.filter(username="examiner").update(office="XM000030")
    try:
        assert desk("examiner").get(f"/cargo/{number}").status_code == 404
        assert number not in desk("examiner").get("/cargo").content.decode()
        assert desk("officer").get(f"/cargo/{number}").status_code == 200
    finally:
        User.objects.filter(username="examiner").update(office="")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_pages_of_cargo_bring_nothing_inline_and_speak_both_languages(desk: Desk, language: str) -> None:
    number = ship.standing()
    clearance.match_new()
    for account, address in (
        ("carrier", "/cargo"), ("carrier", "/cargo/hand-in"), ("carrier", f"/cargo/{number}"), ("broker", f"/cargo/{number}"),
        ("officer", "/cargo?show=stock"), ("officer", "/cargo?show=discrepancies"), ("officer", f"/cargo/{number.lower()}"),
        ("carrier", "/cargo?find=%00%25"), ("officer", "/cargo?show=x&find=" + "9" * 99),
    ):  # fmt: skip
        page = desk(account, language).get(address, follow=True)
        assert page.status_code == 200, (account, address)
        assert INLINE.findall(page.content) == []
    bad = (EXAMPLES / "bad" / "02-houses-do-not-fit.json").read_bytes()
    page = desk("carrier", language).post("/cargo/hand-in", {"files": [file("b.json", bad)]})
    assert ("Les documents maison de" if language == "fr" else "The houses of") in page.content.decode()
