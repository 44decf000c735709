"""Papers on the desk and over the API: with the declaration, with an answer, later; seen by whom they concern; provable."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import psycopg.errors
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError
from django.test import Client
from lxml import html
from tests.desks.test_drafts_desk import WHO, Typed, named, new_key
from tests.gates.test_papers import PDF, PNG
from tests.registry import papers as sample

from customhouse.clearance import attach, query
from customhouse.gates.papers import look
from customhouse.record.acts import Answered, Attached
from customhouse.record.declaration import Declaration, Role
from customhouse.registry import blobs, drafts, files, papers, people

ANSWER = {"query": "1", "text": "Here it is"}


def pdf(said: str) -> bytes:
    """A PDF of its own."""
    return PDF.replace(b"1 0 obj", b"%% %s\n1 0 obj" % said.encode())


def file(data: bytes, name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, "application/octet-stream")


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def kept(data: bytes) -> int:
    return int(sample.rows("select count(*) from blob where digest = %s", hashlib.sha256(data).digest())[0][0])


def test_papers_go_in_with_the_declaration(desk: Callable[..., Client], typed: Typed) -> None:
    broker, key, form = desk("broker"), new_key(), typed()
    one, two = pdf(form["lrn"]), PNG.replace(b"\0" * 8, form["lrn"].encode()[-8:].rjust(8), 1)
    page = broker.post("/lodge", {**form, **named(key), "attach": "1", "papers": [file(one, "invoice.pdf")]})
    assert "invoice.pdf" in page.content.decode()
    assert [p.name for p in papers.beside(WHO, key)] == ["invoice.pdf"]
    broker.post("/lodge", {**form, **named(key, 1), "lodge": "1", "papers": [file(two, "photo.png")]})
    d = files.by_lrn(sample.BROKER, form["lrn"])
    assert d is not None
    assert [(p.name, p.type, p.digest) for p in d.papers] == [
        ("invoice.pdf", "application/pdf", digest(one)),
        ("photo.png", "image/png", digest(two)),
    ]
    assert drafts.get(WHO, key) is None
    acts = [act for entry in files.entries(d.id) for act in entry.acts]
    assert [act for act in acts if isinstance(act, Attached)] == [Attached(d.papers)]
    sheet = desk("officer").get(f"/declaration/{d.mrn}").content.decode()
    assert digest(one) in sheet
    assert "broker (Broker)" in sheet


def test_a_bad_paper_is_told_and_nothing_is_lodged(desk: Callable[..., Client], typed: Typed) -> None:
    broker, key, form = desk("broker"), new_key(), typed()
    bad = [file(b"MZ\0\0", "invoice.pdf"), file(pdf("good one"), "good.pdf")]
    answer = broker.post("/lodge", {**form, **named(key), "lodge": "1", "papers": bad})
    assert answer.status_code == 422
    assert "invoice.pdf</b>: This is not text, and of no other kind that is known" in answer.content.decode()
    assert files.by_lrn(sample.BROKER, form["lrn"]) is None
    assert [p.name for p in papers.beside(WHO, key)] == ["good.pdf"]
    french = desk("broker", "fr").post(
        "/lodge", {**form, **named(new_key()), "attach": "1", "papers": [file(b"MZ\0", "a.pdf")]}
    )
    assert "ni du texte ni un autre genre connu" in french.content.decode()


def test_what_is_taken_away_from_a_draft_is_gone(desk: Callable[..., Client], typed: Typed) -> None:
    broker, key, form = desk("broker"), new_key(), typed()
    one, two = pdf(f"{form['lrn']} one"), pdf(f"{form['lrn']} two")
    both = [file(one, "one.pdf"), file(two, "two.pdf")]
    broker.post("/lodge", {**form, **named(key), "attach": "1", "papers": both})
    assert (kept(one), kept(two)) == (1, 1)
    broker.post("/lodge", {**form, **named(key, 1), "detach": digest(one)})
    assert [p.name for p in papers.beside(WHO, key)] == ["two.pdf"]
    assert kept(one) == 0
    broker.post(f"/drafts/{key}/drop")
    assert kept(two) == 0


def test_an_answer_comes_with_papers(desk: Callable[..., Client], yellow: Declaration) -> None:
    query.query(yellow.id, "Send the contract", by="officer", role=Role.OFFICER)
    contract = pdf(f"contract {yellow.id}")
    broker = desk("broker")
    bad = broker.post(f"/declaration/{yellow.id}/act/answer", {**ANSWER, "papers": [file(b"", "none.pdf")]})
    assert bad.status_code == 422
    assert "none.pdf: The file is empty" in bad.content.decode()
    assert "Here it is" in bad.content.decode()
    form = {**ANSWER, "documents": "C-17", "papers": [file(contract, "contract.pdf")]}
    assert broker.post(f"/declaration/{yellow.id}/act/answer", form).status_code == 302
    d = files.get(yellow.id)
    assert d.queries[0].documents == ("C-17", f"sha256:{digest(contract)}")
    assert [(p.name, p.about) for p in d.papers] == [("contract.pdf", "answer 1")]
    entry = next(e for e in files.entries(d.id) if any(isinstance(a, Answered) for a in e.acts))
    assert [type(a) for a in entry.acts[:2]] == [Attached, Answered]
    sheet = html.fromstring(desk("officer").get(f"/declaration/{d.mrn}").content.decode())
    links = [a.get("href") for a in sheet.iter("a") if "contract.pdf" in a.text_content()]
    assert links == [f"/declaration/{d.id}/paper?digest={digest(contract)}"] * 2


def test_papers_are_attached_later_and_once(desk: Callable[..., Client], yellow: Declaration) -> None:
    broker, data = desk("broker"), pdf(f"later {yellow.id}")
    address = f"/declaration/{yellow.id}/papers"
    page = broker.post(address, {"papers": [file(data, "a.pdf"), file(b"MZ\0", "b.pdf")]}, follow=True).content.decode()
    assert "1 paper was attached." in page
    assert "b.pdf: " in page
    again = broker.post(address, {"papers": [file(data, "copy.pdf")]}, follow=True).content.decode()
    assert "These papers were attached before." in again
    assert len(files.get(yellow.id).papers) == 1
    assert "Choose one or more files first" in broker.post(address, {}, follow=True).content.decode()
    officer = desk("officer")
    officer.post(address, {"papers": [file(pdf(f"report {yellow.id}"), "report.pdf")]})
    assert [h.role for h in papers.of(yellow.id)] == [Role.BROKER, Role.OFFICER]
    desk("cashier").post(address, {"papers": [file(pdf("cash"), "cash.pdf")]})
    assert len(files.get(yellow.id).papers) == 2  # the flow does not let a cashier
    assert 'id="add-papers"' not in desk("cashier").get(f"/declaration/{yellow.mrn}").content.decode()


def test_a_paper_is_handed_out_to_be_saved_and_to_whom_it_concerns(
    desk: Callable[..., Client], yellow: Declaration
) -> None:
    data = pdf(f"secret {yellow.id}")
    attach.attach(yellow.id, [look(data, "Rechnung é.pdf")], by="broker", role=Role.BROKER)
    address = f"/declaration/{yellow.id}/paper?digest={digest(data)}"
    for account in ("broker", "officer", "auditor"):
        answer = desk(account).get(address)
        assert answer.content == data
        assert answer["Content-Disposition"] == "attachment; filename*=UTF-8''Rechnung%20%C3%A9.pdf"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]
    assert desk("trader").get(address).status_code == 404
    assert desk("trader").post(f"/declaration/{yellow.id}/papers", {"papers": [file(data, "x.pdf")]}).status_code == 404
    assert desk("carrier").get(address).status_code == 403
    other = sample.green()
    assert desk("broker").get(f"/declaration/{other.id}/paper?digest={digest(data)}").status_code == 404


def test_bytes_lie_once_and_stay(desk: Callable[..., Client], yellow: Declaration, red: Declaration) -> None:
    data = pdf(f"shared {yellow.id}")
    for d in (yellow, red):
        attach.attach(d.id, [look(data, "shared.pdf")], by="broker", role=Role.BROKER)
    assert kept(data) == 1
    assert blobs.get(digest(data)) == data
    blobs.store.drop_unheld(digest(data))
    assert kept(data) == 1  # a declaration holds it
    for sql in ("delete from paper", "update paper set name = 'x'", "update blob set content = ''", "delete from blob"):
        with pytest.raises((DatabaseError, psycopg.errors.Error)):
            sample.rows(sql)
    with pytest.raises(KeyError):
        blobs.get("0" * 64)


def test_what_was_attached_is_proved_by_the_log(yellow: Declaration) -> None:
    data = pdf(f"proof {yellow.id}")
    before = len(files.leaves(yellow.id))
    after = attach.attach(yellow.id, [look(data, "proof.pdf")], by="broker", role=Role.BROKER)
    assert len(files.leaves(yellow.id)) == before + 1
    assert files.get(yellow.id) == after
    told = sample.rows("select payload from act where declaration = %s and name = 'Attached'", yellow.id)
    payload: Any = told[0][0]
    payload = json.loads(payload) if isinstance(payload, str) else payload
    assert payload["papers"][0]["digest"] == digest(data)


def test_machines_attach_list_and_fetch(yellow: Declaration, foreign: Declaration) -> None:
    software = {"HTTP_AUTHORIZATION": f"Bearer {people.issue_token(sample.BROKER, 'papers')}"}
    client, data = Client(), pdf(f"machine {yellow.id}")
    address = f"/api/v1/declarations/{yellow.mrn}/documents"
    first = client.post(address, {"file": file(data, "m.pdf")}, **software)
    assert first.status_code == 201
    told = first.json()["documents"][0]
    assert (told["digest"], told["name"], told["type"], told["size"]) == (
        digest(data), "m.pdf", "application/pdf", len(data),
    )  # fmt: skip
    assert client.post(address, {"file": file(data, "m.pdf")}, **software).status_code == 200
    bad = client.post(address, {"file": file(b"MZ\0", "m.exe")}, **software)
    assert bad.status_code == 422
    assert bad.json()["problems"][0]["rule"] == "UnknownKind"
    assert len(client.get(address, **software).json()["documents"]) == 1
    fetched = client.get(f"{address}/{digest(data)}", **software)
    assert fetched.content == data
    assert fetched["Content-Disposition"].startswith("attachment")
    assert client.get(f"{address}/{'0' * 64}", **software).status_code == 404
    assert client.get(f"/api/v1/declarations/{foreign.mrn}/documents", **software).status_code == 404
    assert client.get(address).status_code == 401
