"""The desks of agencies and of permit holders: each sees its own, and nobody sees what is not theirs."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from tests.registry.permit_papers import HEALTH, VET, issued, lodged
from tests.registry.test_agencies import vaccines

from customhouse.clearance import permit
from customhouse.record.declaration import Declaration, HoldKind
from customhouse.record.permit import State
from customhouse.registry import files, permits

Desk = Callable[..., Client]
TYPED = {
    "holder": "XM100000033",
    "commodities": "3004, 3003",
    "origins": "in, DE",
    "quantity": "1 250,5",
    "product": "Amoxicillin capsules 500 mg",
    "registration": "MM-2201",
    "use": "hospital",
    "pharmacist": "D. Okoro",
}


def last(trader: str = "XM100000009") -> permits.Row:
    return permits.rows(permits.Wanted(trader=trader), 1)[0]


def test_a_permit_from_the_form_to_the_paper(desk: Desk) -> None:
    broker, health = desk("broker"), desk("health")
    assert "Import permit for medicines" in broker.get("/permits").content.decode()
    assert broker.post("/permits/apply/N852", {**TYPED, "apply": "1"}).status_code == 302
    applied = last().permit
    a = applied.application
    assert (a.commodities, a.origins, a.quantity, a.unit) == (("3004", "3003"), ("IN", "DE"), Decimal("1250.5"), "KGM")
    page = health.get(f"/permit/{applied.id}").content.decode()
    assert "Amoxicillin capsules 500 mg" in page and "Lagoon Pharma" in page and "Hospitals" in page
    assert f"/permit/{applied.id}" in health.get("/agency").content.decode()

    health.post(f"/permit/{applied.id}/act/query", {"reason": "Which wholesaler?"})
    assert "Which wholesaler?" in broker.get(f"/permit/{applied.id}").content.decode()
    assert "waits for your answer" in broker.get("/permits").content.decode()
    broker.post(f"/permit/{applied.id}/act/answer", {"reason": "Lagoon itself"})
    grant = {
        "start": "2026-01-01",
        "until": "2099-01-01",
        "commodities": "3004",
        "quantity": "1000",
        "conditions": "Cold",
    }
    assert health.post(f"/permit/{applied.id}/act/issue", grant).status_code == 302
    p = permits.get(applied.id)
    assert p.state is State.ISSUED and p.grant is not None and p.grant.quantity == 1000

    paper = broker.get(f"/permit/{p.id}/paper").content.decode()
    code = re.search(r'class="mono code">([\w-]+)<', paper)
    assert code is not None and "<svg" in paper and "style=" not in paper
    answer = Client().get("/permits/verify", {"number": p.number, "code": code[1]}).content.decode()
    assert "Genuine and valid." in answer and "XM100000033" not in answer and "Amoxicillin" not in answer
    signed = broker.get(f"/permit/{p.id}/file")
    assert signed["Content-Disposition"].endswith(f'"{p.number}.json"')
    from django.core.files.uploadedfile import SimpleUploadedFile

    for data, told in (
        (signed.content, "Genuine and valid."),
        (signed.content.replace(b"1000", b"9999"), "was changed"),
    ):
        answer = Client().post("/permits/verify", {"file": SimpleUploadedFile("p.json", data)})
        assert told in answer.content.decode()


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(desk: Desk) -> None:
    broker = desk("broker")
    wrong = {**TYPED, "quantity": "-3", "use": "resale", "holder": "", "product": "A medicine kept as a draft"}
    answer = broker.post("/permits/apply/N852", {**wrong, "apply": "1"})
    page = answer.content.decode()
    assert answer.status_code == 422
    for told in ("Give a number above 0", "Choose one of the list", "Give the number of the trader who will use it"):
        assert told in page
    draft = permits.drafts("XM100000009")[0]
    assert draft.typed["product"] == "A medicine kept as a draft" and draft.typed["quantity"] == "-3"
    address = f"/permits/apply/N852?draft={draft.id}"
    assert "A medicine kept as a draft" in broker.get(address).content.decode()
    assert "A medicine kept as a draft" not in desk("trader").get(address).content.decode()
    whole = broker.post(address, {**TYPED, "pharmacist": "", "apply": "1"}).content.decode()
    assert "Medicines for sale or hospitals need a responsible pharmacist" in whole
    assert broker.post(address, {**TYPED, "apply": "1"}).status_code == 302
    assert draft.id not in [d.id for d in permits.drafts("XM100000009")]
    assert broker.get("/permits/apply/N935").status_code == 404


def test_a_decision_filled_in_wrongly_keeps_what_was_typed(desk: Desk) -> None:
    broker, health = desk("broker"), desk("health")
    broker.post("/permits/apply/N852", {**TYPED, "apply": "1"})
    number = last().permit.id
    grant = {
        "start": "2026-01-01",
        "until": "tomorrow",
        "commodities": "3004",
        "quantity": "10",
        "conditions": "Kept cold",
    }
    answer = health.post(f"/permit/{number}/act/issue", grant)
    assert (
        answer.status_code == 422
        and "is not a date" in answer.content.decode()
        and "Kept cold" in answer.content.decode()
    )
    answer = health.post(f"/permit/{number}/act/issue", {**grant, "until": "2025-12-31"}, follow=True)
    assert "the permit would end before it begins" in answer.content.decode()
    assert health.post(f"/permit/{number}/act/refuse", {"reason": " "}).status_code == 422
    health.post(f"/permit/{number}/act/refuse", {"reason": "Not registered here"})
    assert permits.get(number).state is State.REFUSED
    answer = broker.post(f"/permit/{number}/act/answer", {"reason": "but it is"}, follow=True)
    assert "Not possible now" in answer.content.decode()


def test_the_holder_corrects_what_a_broker_applied_for(desk: Desk) -> None:
    typed = {
        "commodities": "0207",
        "quantity": "500",
        "species": "Gallus",
        "establishment": "BR-1",
        "temperature": "frozen",
    }
    desk("broker").post("/permits/apply/N853", {**typed, "holder": "XM100000017", "apply": "1"})
    number = last().permit.id
    trader = desk("trader")
    assert trader.post(f"/permit/{number}/correct", {**typed, "quantity": "750"}).status_code == 302
    application = permits.get(number).application
    assert (application.quantity, application.holder, application.filed_by) == (
        Decimal(750),
        "XM100000017",
        "XM100000009",
    )
    assert desk("vet").post(f"/permit/{number}/act/withdraw", {"reason": "x"}, follow=True).status_code == 200
    trader.post(f"/permit/{number}/act/withdraw", {"reason": "sold"})
    assert permits.get(number).state is State.WITHDRAWN


def test_permits_of_others_are_nowhere(desk: Desk) -> None:
    p = issued()
    for account in ("vet", "trader"):
        client = desk(account)
        for page in ("", "/paper", "/file"):
            assert client.get(f"/permit/{p.id}{page}").status_code == 404, account
        assert client.post(f"/permit/{p.id}/act/revoke", {"reason": "mine now"}).status_code == 404
        assert p.number not in client.get("/permits").content.decode()
    assert desk("broker").get("/permit/99999999999999999999").status_code == 404
    assert permits.get(p.id).state is State.ISSUED


@pytest.fixture
def held(house: None) -> Declaration:
    return vaccines()


def test_an_agency_sees_the_goods_and_not_the_duties_or_the_price(desk: Desk, held: Declaration) -> None:
    page = desk("health").get(f"/agency/consignment/{held.id}").content.decode()
    assert held.mrn in page and "Vaccines, blood and sera" in page and "Lagoon Pharma" in page
    assert held.permits[0].number in page
    for hidden in ("86.50", "Payable", "Value added tax", "INV-1", "A00"):
        assert hidden not in page, hidden
    assert desk("vet").get(f"/agency/consignment/{held.id}").status_code == 404
    assert desk("vet").post(f"/agency/consignment/{held.id}/act/lift", {"reason": "x"}).status_code == 404
    assert desk("health").get(f"/declaration/{held.mrn}").status_code == 403
    assert held.mrn not in desk("vet").get("/agency").content.decode()


def test_reasons_of_one_agency_are_not_told_to_another(desk: Desk, held: Declaration) -> None:
    health, vet = desk("health"), desk("vet")
    health.post(f"/agency/consignment/{held.id}/act/call", {"invited": "AGR", "reason": "see it once"})
    page = vet.get(f"/agency/consignment/{held.id}").content.decode()
    assert "see it once" in page and "Ministry of Health" in page
    assert "Vaccines, blood and sera" not in page and held.permits[0].number not in page
    vet.post(f"/agency/consignment/{held.id}/act/fix", {"place": "Shed 4", "at": "2099-12-31T09:30"})
    vet.post(f"/agency/consignment/{held.id}/act/examined", {"conclusion": "discrepancy", "text": "warm and wet"})
    page = health.get(f"/agency/consignment/{held.id}").content.decode()
    assert "Shed 4, 2099-12-31 09:30" in page and "warm and wet" not in page
    sheet = desk("officer").get(f"/declaration/{held.mrn}").content.decode()
    assert "warm and wet" in sheet and "Shed 4" in sheet and "Who is waited for" in sheet


def test_customs_calls_a_joint_inspection_from_its_own_page(desk: Desk, held: Declaration) -> None:
    officer = desk("officer")
    assert "Ask for a joint inspection" in officer.get(f"/declaration/{held.mrn}").content.decode()
    officer.post(f"/declaration/{held.id}/act/call", {"invited": "MOH", "reason": "one visit"})
    officer.post(f"/declaration/{held.id}/act/fix", {"place": "Quay 2", "at": "2099-01-01T08:00"})
    (joint,) = files.get(held.id).joint
    assert (joint.called_by, joint.place) == ("customs", "Quay 2")
    assert "Quay 2" in desk("health").get("/agency").content.decode()


def test_an_agency_records_what_it_found_and_lifts_with_a_reason(desk: Desk, held: Declaration) -> None:
    health = desk("health")
    address = f"/agency/consignment/{held.id}/act/"
    assert health.post(f"{address}examined", {"conclusion": "discrepancy"}).status_code == 422
    assert health.post(f"{address}examined", {"conclusion": "perfect"}).status_code == 422
    assert health.post(f"{address}lift", {"reason": ""}).status_code == 422
    assert health.post(f"{address}pay", {}).status_code == 404
    assert files.get(held.id).hold(HoldKind.AGENCY) is not None
    health.post(f"{address}examined", {"conclusion": "conform"})
    assert files.get(held.id).hold(HoldKind.AGENCY) is None


def test_who_waits_for_whom(desk: Desk, held: Declaration) -> None:
    for account in ("supervisor", "health", "vet"):
        page = desk(account).get("/government").content.decode()
        assert "Ministry of Health" in page and "Meridia International Airport" in page
    assert held.mrn not in desk("vet").get("/government").content.decode()
    assert desk("broker").get("/government").status_code == 403


def test_the_declarant_is_told_that_an_agency_holds_and_where_the_goods_are_seen(desk: Desk, held: Declaration) -> None:
    from tests.registry.papers import jobs

    address = f"/agency/consignment/{held.id}/act/"
    desk("health").post(f"{address}call", {"invited": "", "reason": "with customs"})
    desk("health").post(f"{address}fix", {"place": "Shed 4", "at": "2099-12-31T09:30"})
    told = [text for text in jobs(held.id) if not text.startswith("lane")]
    assert told == ["agency:MOH", "inspection:Shed 4, 2099-12-31 09:30 UTC"]
    from customhouse.registry.models import Notice

    for act, text in enumerate(told, 900):
        Notice.objects.create(declaration=held.id, act=act, declarant=held.lodged.declarant_id, text=text)
    page = desk("broker").get("/notices").content.decode()
    assert "Held for another agency: Ministry of Health" in page and "Joint inspection: Shed 4" in page


def test_a_document_that_does_not_fit_is_not_shown_as_met(desk: Desk) -> None:
    d = lodged("MOH-2026-999997")
    page = desk("supervisor").get(f"/declaration/{d.mrn}").content.decode()
    assert re.search(r'badge bad">.*refused</span>\s*<span><b>N852', page) and "There is no such permit" in page
    french = desk("supervisor", "fr").get(f"/declaration/{d.mrn}").content.decode()
    assert "Ce permis n’existe pas" in french


def test_uses_stand_on_the_page_of_the_permit(desk: Desk) -> None:
    p = issued()
    d = lodged(p.number, "125")
    page = desk("broker").get(f"/permit/{p.id}").content.decode()
    assert d.mrn in page and "-125" in page and "875" in page
    permit.suspend(p.id, "recall", actor=HEALTH)
    assert "Suspended" in desk("broker").get("/permits").content.decode()
    assert VET.agency not in page
