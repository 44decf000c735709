"""The intake over HTTP, in a real web process: every kind of answer, what each bad input gets, and the REST API beside it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.api.serving import pay

ROOT = Path(__file__).resolve().parents[2]
BROKER = "XM100000009"


@pytest.fixture(scope="module")
def address(django_db_setup: None) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "CUSTOMHOUSE_MAX_BYTES": "200000"}
    process = subprocess.Popen([sys.executable, "-m", "customhouse.house", "web", "--port", str(port)], env=environment)
    try:
        for _ in range(100):
            try:
                httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=2)
                break
            except httpx.TransportError:
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/api/v1"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def client(address: str, house: None) -> Iterator[httpx.Client]:
    from customhouse.registry import people

    token = people.issue_token(BROKER, "test")
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=20) as one:
        yield one


def declaration(**changes: Any) -> dict[str, Any]:
    """A good declaration as our own JSON; `changes` replace fields of its one item's commodity."""
    commodity = {
        "description": "Ceramic floor tiles, glazed",
        "classifications": [{"id": "69072100", "type": "TSP"}],
        "duties": [{"type": "A00", "regime": "100", "payment": {"method": "A"}}],
        "gross_mass": {"value": "1100"},
        "net_mass": {"value": "1000"},
        "price": {"value": "2000.00", "currency": "USD"},
    }
    return {
        "lrn": f"T-{time.time_ns()}",
        "type": "IMA",
        "declarant": {"id": BROKER},
        "goods_shipment": {
            "importer": {"id": "XM100000041"},
            "destination": "XM",
            "export_country": "IT",
            "items": [
                {
                    "sequence": 1,
                    "documents": [{"category": "N", "type": "935", "id": "INV-1"}],
                    "commodity": commodity | changes,
                    "valuation": {"method": "1"},
                    "procedures": [{"current": "40", "previous": "00"}],
                    "origins": [{"country": "IT", "type": "1"}],
                }
            ],
        },
    }


def rules(answer: httpx.Response) -> set[str]:
    return {p["rule"] for p in answer.json()["problems"]}


def test_a_declaration_is_accepted_with_all_reasons(client: httpx.Client) -> None:
    answer = client.post("/declarations", json=declaration())
    told = answer.json()
    assert answer.status_code == 201, told
    assert told["mrn"][2:4] == "XM"
    assert {d["type"] for d in told["duties"]} == {"A00", "B00"}
    assert all(d["source"] and d["components"] for d in told["duties"])
    assert told["payable"] == {"minor": 53000, "currency": "USD"}  # 10 % of 2000, 15 % of 2200
    assert told["lane_reasons"]
    assert [h["kind"] for h in told["holds"]] == ["payment"] or told["lane"] == "YELLOW"


def test_the_same_again_is_the_same_answer_and_other_content_is_not_taken(client: httpx.Client) -> None:
    first = declaration()
    one, again = client.post("/declarations", json=first), client.post("/declarations", json=first)
    assert (one.status_code, again.status_code) == (201, 200)
    assert again.json()["mrn"] == one.json()["mrn"]
    other = declaration(description="Ceramic wall tiles") | {"lrn": first["lrn"]}
    refused = client.post("/declarations", json=other)
    assert (refused.status_code, rules(refused)) == (409, {"DuplicateLRN"})


def test_what_is_wrong_comes_back_all_at_once(client: httpx.Client) -> None:
    bad = declaration(description="goods", price={"value": "-5", "currency": "QQQ"}, net_mass={"value": "9000"})
    bad["goods_shipment"]["export_country"] = "??"
    answer = client.post("/declarations", json=bad)
    assert answer.status_code == 422
    assert {"XM106", "XM110", "XM109", "XM113", "XM011"} <= rules(answer)
    assert all(p["where"] for p in answer.json()["problems"])


@pytest.mark.parametrize(
    ("body", "kind", "status", "rule"),
    [
        (b"{", "application/json", 400, "MalformedJSON"),
        (b'{"lrnn": "x"}', "application/json", 400, "UnknownField"),
        (b"<a", "application/xml", 400, "MalformedXML"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "application/xml", 400, "ForbiddenEntity"),
        (b"hello", "text/plain", 415, "UnknownFormat"),
        (b" " * 200_001, "application/json", 413, "TooLarge"),
    ],
)
def test_each_kind_of_bad_input_gets_its_answer(
    client: httpx.Client, body: bytes, kind: str, status: int, rule: str
) -> None:
    answer = client.post("/declarations", content=body, headers={"Content-Type": kind})
    assert (answer.status_code, rules(answer)) == (status, {rule})


def test_strangers_and_foreign_declarants_are_sent_away(client: httpx.Client, address: str) -> None:
    assert httpx.post(f"{address}/declarations", json=declaration()).status_code == 401
    wrong = httpx.post(f"{address}/declarations", json=declaration(), headers={"Authorization": "Bearer ch_none"})
    assert (wrong.status_code, rules(wrong)) == (401, {"NoToken"})
    foreign = declaration() | {"declarant": {"id": "XM100000041"}}
    assert client.post("/declarations", json=foreign).status_code == 403


def test_a_trader_follows_and_pays(client: httpx.Client) -> None:
    mrn = client.post("/declarations", json=declaration()).json()["mrn"]
    told = client.get(f"/declarations/{mrn}").json()
    assert told["payable"]["minor"] > 0
    paid = pay(client, mrn)
    if told["lane"] == "GREEN":
        assert paid["stage"] == "RELEASED"
        again = client.post(f"/declarations/{mrn}/payments")
        assert (again.status_code, rules(again)) == (409, {"NotPermitted"})
    acts = client.get(f"/declarations/{mrn}/acts").json()["acts"]
    assert [a["number"] for a in acts] == list(range(1, len(acts) + 1))
    assert len({a["leaf"] for a in acts}) == len(acts)
    assert client.get("/declarations").json()["declarations"][0]["mrn"]
    unknown = client.get("/declarations/26XM110000000001R0")
    assert (unknown.status_code, rules(unknown)) == (404, {"UnknownMRN"})


def test_an_amendment_and_an_invalidation_by_message(client: httpx.Client) -> None:
    first = declaration()
    mrn = client.post("/declarations", json=first).json()["mrn"]
    better = declaration(price={"value": "3000.00", "currency": "USD"}) | {
        "function": "13",
        "mrn": mrn,
        "lrn": first["lrn"],
    }
    amended = client.post("/declarations", json=better)
    assert amended.status_code in (200, 409)  # 409 when the random draw has ordered a look before
    if amended.status_code == 200:
        assert amended.json()["mrn"] == mrn
        assert amended.json()["payable"]["minor"] == 79500
    gone = {
        "function": "13",
        "type": "INV",
        "mrn": mrn,
        "lrn": "x",
        "declarant": {"id": BROKER},
        "information": [{"text": "sent twice"}],
    }
    assert client.post("/declarations", json=gone).json()["stage"] == "INVALIDATED"
    nobody = gone | {"mrn": "26XM110000000001R0"}
    assert rules(client.post("/declarations", json=nobody)) == {"UnknownMRN"}


def test_a_new_law_reaches_the_intake_within_a_second(client: httpx.Client) -> None:
    """A rule that is published is applied by the running process, without a restart; then the old law is put back."""
    from datetime import UTC, datetime

    import msgspec

    from customhouse.law.book import Book, bind
    from customhouse.registry import lawbook

    today = datetime.now(UTC).date()
    book = lawbook.current(today)
    plain = bind(book.contents)
    first = book.contents.rules[0]
    stricter = msgspec.structs.replace(
        first, id="XM999", expression="not contains(description, 'ceramic')", where="x{item}"
    )
    changed = msgspec.structs.replace(book.contents, version="test", rules=(*book.contents.rules, stricter))
    lawbook.publish(bind(changed), by="test", in_force=today)
    try:
        time.sleep(1)
        answer = client.post("/declarations", json=declaration())
        # The importer has an account here and has authorised nobody: a warning beside the error.
        assert (answer.status_code, rules(answer)) == (422, {"XM999", "NotAuthorised"})
    finally:
        lawbook.publish(plain, by="test", in_force=today)
        time.sleep(1)
    assert client.post("/declarations", json=declaration()).status_code == 201
    assert Book.open(plain).hash == book.hash


def test_the_description_of_the_api_is_whole(client: httpx.Client) -> None:
    told = client.get("/openapi.json", headers={"Authorization": ""}).json()
    assert told["openapi"].startswith("3.1")
    schemas = told["components"]["schemas"]
    assert {"Lodgement", "Answer", "GoodsItem"} <= set(schemas)
    for name in set(__import__("re").findall(r'"#/components/schemas/(\w+)"', json.dumps(told))):
        assert name in schemas
    for path, verbs in told["paths"].items():
        for verb, operation in verbs.items():
            assert operation.get("security"), f"{verb} {path} has no scope"


def test_a_pre_lodged_declaration_is_registered_by_the_intake_and_its_answers_are_read(client: httpx.Client) -> None:
    from customhouse.clearance.present import present
    from customhouse.gates.wco_xml import response
    from customhouse.record.declaration import Role

    sent = {**declaration(), "type": "IMD"}
    answer = client.post("/declarations", json=sent)
    assert answer.status_code == 201
    mrn = answer.json()["mrn"]
    assert answer.json()["stage"] == "REGISTERED"
    assert client.post("/declarations", json=sent).status_code == 200
    told = client.get(f"/declarations/{mrn}/notifications").json()["notifications"]
    assert [(n["number"], n["name"], n["code"]) for n in told] == [(1, "DMSRCV", "02"), (2, "DMSTAX", "13")]
    assert told[0]["response"]["declaration"]["lrn"] == sent["lrn"]
    present(mrn, office="XM000010", by="cora", role=Role.CARRIER)
    told = client.get(f"/declarations/{mrn}/notifications").json()["notifications"]
    assert [n["name"] for n in told][:4] == ["DMSRCV", "DMSTAX", "DMSRCV", "DMSACC"]
    message = client.get(f"/declarations/{mrn}/notifications/4")
    assert message.headers["content-type"] == "application/xml"
    (read,) = response.read(message.content).responses
    assert (read.function, read.declaration.mrn) == ("01", mrn)
    assert client.get(f"/declarations/{mrn}/notifications/99").status_code == 404


def test_nobody_reads_the_answers_to_anothers_declaration(client: httpx.Client, address: str) -> None:
    from customhouse.registry import people

    mrn = client.post("/declarations", json=declaration()).json()["mrn"]
    other = {"Authorization": f"Bearer {people.issue_token('XM100000025', 'other')}"}
    for path in (f"/declarations/{mrn}/notifications", f"/declarations/{mrn}/notifications/1"):
        assert httpx.get(address + path, headers=other).status_code == 404
        assert httpx.get(address + path).status_code == 401


ENS = ROOT / "examples" / "ens" / "good" / "01-sea-groupage.xml"
CARRIER = "XM100000058"


def test_a_carriers_software_lodges_entry_summary_declarations(address: str, house: None) -> None:
    import re
    import uuid

    from customhouse.registry import people

    text = re.sub("<TINPLD1>[^<]*<", f"<TINPLD1>{CARRIER}<", ENS.read_text("utf-8"))
    text = text.replace("2026-KESTREL-0041", f"E-{uuid.uuid4().hex[:10]}")
    token = people.issue_token(CARRIER, "ship")
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=20) as ship:
        taken = ship.post("/entry-summaries", content=text)
        assert taken.status_code == 201, taken.text
        assert "CC328A" in taken.text
        again = ship.post("/entry-summaries", content=text)
        assert (again.status_code, again.text) == (200, taken.text)
        found = re.search("<DocNumHEA5>([^<]*)<", taken.text)
        assert found
        mrn = found[1]
        state = ship.get(f"/entry-summaries/{mrn}").json()
        assert state["entry_summary"]["state"] == "REGISTERED"
        assert [a["message"] for a in state["answers"]] == ["IE328"]
        assert ship.get(f"/entry-summaries/{mrn}/answers/1").text == taken.text
        assert ship.get("/entry-summaries", params={"q": mrn}).json()["entry_summaries"][0]["mrn"] == mrn
        for changed, status in (
            (text.replace("SHOES", "BOOTS"), 409),
            (text.replace("<TotNumOfIteHEA305>3<", "<TotNumOfIteHEA305>9<").replace("E-", "F-"), 422),
            (text.replace(CARRIER, BROKER), 403),
            ("<x/>", 400),
            ("x" * 300_000, 413),
        ):
            assert ship.post("/entry-summaries", content=changed).status_code == status, (status, changed[:80])
    other = {"Authorization": f"Bearer {people.issue_token(BROKER, 'other')}"}
    assert httpx.get(f"{address}/entry-summaries/{mrn}", headers=other).status_code == 404
    assert httpx.post(f"{address}/entry-summaries", content=text).status_code == 401


def test_parties_are_screened_in_the_web_process_and_nothing_passes_before_its_index_is_made(
    client: httpx.Client,
) -> None:
    from tests.registry.screened import TIDE, VANTORR, counting

    from customhouse.clearance import party_check
    from customhouse.registry import files

    def sent(exporter: str) -> dict[str, Any]:
        told = declaration()
        told["exporter"] = {"name": exporter, "address": {"country": "DE", "city": "Bremen", "line": "1 Kai"}}
        answer = client.post("/declarations", json=told)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def kinds(told: dict[str, Any]) -> set[str]:
        return {h["kind"] for h in told["holds"]}

    def screened(told: dict[str, Any]) -> Any:
        return files.get(told["id"]).screened

    with counting(VANTORR, TIDE) as version:
        for _ in range(100):  # until the process has looked: before, the list may count for it a moment later
            if (quiet := screened(told := sent("Plain Honest Pottery Ltd"))) or "screening" in kinds(told):
                break
            time.sleep(0.1)
        for _ in range(100):
            if quiet := screened(sent("Plain Honest Pottery Ltd")):
                break
            time.sleep(0.1)
        assert [one.version for one in quiet.lists] == [version.number] and quiet.alarms == ()
        alarmed = sent("Vantor Quil Shipping AG")
        assert "party" in kinds(alarmed) and "Vantorr" not in json.dumps(alarmed)
        acts = client.get(f"/declarations/{alarmed['mrn']}/acts").json()
        assert "PartiesScreened" not in {act["act"] for act in acts["acts"]}
        party_check.screen_waiting()  # what came while there was no index
    for _ in range(100):
        if screened(told := sent("Vantor Quil Shipping AG")) is None and "screening" not in kinds(told):
            return
        time.sleep(0.1)
    raise AssertionError("a list that counts no more is still asked")
