"""The API for formats beside JSON and WCO XML: each content type through the whole house, several in a file, CUSRES back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from customhouse.api import plain
from customhouse.clearance.doors import FORMATS
from customhouse.gates import edifact

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
BROKER = "XM100000009"
PATH = "/api/v1/declarations"


def own(file: str, mark: str) -> bytes:
    """An example as the demo's broker would send it, with references of its own."""
    data = (EXAMPLES / file).read_bytes().replace(b"XM701000011", BROKER.encode())
    return data.replace(b"-2026-", f"-{mark}-".encode())


@pytest.fixture
def send(house: None) -> Any:
    from customhouse.registry import people

    token = people.issue_token(BROKER, "test")

    def post(data: bytes, type: str, **headers: str) -> Any:
        return Client().post(PATH, data, content_type=type, headers={"Authorization": f"Bearer {token}", **headers})

    return post


CASES = {
    "edifact": ("edifact/good/01-declaration.edi", "application/edifact"),
    "sad": ("asycuda/good/01-import.xml", "application/vnd.asycuda.sad+xml"),
    "csv": ("table/good/02-francais.csv", "text/csv; charset=utf-8"),
}


@pytest.mark.parametrize("name", CASES)
def test_one_declaration_of_each_format(send: Any, name: str) -> None:
    file, type = CASES[name]
    first = send(own(file, "api1"), type)
    assert first.status_code == 201, first.content
    told = json.loads(first.content)
    assert (told["outcome"], told["stage"]) == ("new", "ROUTED")
    again = send(own(file, "api1"), type)
    assert (again.status_code, json.loads(again.content)["mrn"]) == (200, told["mrn"])


def test_the_evidence_is_what_was_sent(send: Any) -> None:
    from customhouse.registry import files

    data = own("edifact/good/01-declaration.edi", "api2")
    told = json.loads(send(data, "application/edifact").content)
    assert files.source(told["id"]) == data


def test_several_declarations_of_a_file_get_one_answer_each(send: Any) -> None:
    from customhouse.registry import files

    data = own("table/good/01-two-declarations.csv", "api3")
    answered = send(data, "text/csv")
    assert answered.status_code == 207
    told = json.loads(answered.content)["answers"]
    assert [(a["part"], a["answer"]["outcome"]) for a in told] == [("TAB-api3-0001", "new"), ("TAB-api3-0002", "new")]
    assert b"TAB-api3-0002" not in files.source(told[0]["answer"]["id"])
    grown = data + data.splitlines()[-1].replace(b"-0002", b"-0003") + b"\n"
    kinds = [a["answer"]["outcome"] for a in json.loads(send(grown, "text/csv").content)["answers"]]
    assert kinds == ["same", "same", "new"]


def test_an_interchange_with_one_bad_message_loses_the_good_one_not(send: Any) -> None:
    data = own("edifact/good/03-two-declarations.edi", "api4").replace(b"MOA+39:8640.00:EUR", b"MOA+39:864o.00:EUR", 1)
    told = json.loads(send(data, "application/edifact").content)["answers"]
    assert [a["answer"]["outcome"] for a in told] == ["unreadable", "new"]


def test_the_answer_as_cusres(send: Any) -> None:
    data = own("edifact/good/03-two-declarations.edi", "api5")
    answered = send(data, "application/edifact", Accept="application/edifact")
    assert (answered.status_code, answered["Content-Type"]) == (207, "application/edifact")
    found = edifact.open_interchange(answered.content)
    assert [edifact.check(m)[1] for m in found.messages] == [(), ()]
    lrns = [s.at(0, 1) for m in found.messages for s in m.segments if s.tag == "RFF" and s.at(0) == "ABE"]
    assert lrns == ["EDI-api5-0003", "EDI-api5-0002"]
    refused = send(data[:200], "application/edifact", Accept="application/edifact")
    assert refused.status_code == 400
    (message,) = edifact.open_interchange(refused.content).messages
    assert (message.segments[1].at(0), message.segments[1].at(3)) == ("963", "RE")


BAD = {
    "another's declaration": (
        lambda: own("edifact/good/01-declaration.edi", "bad1").replace(BROKER.encode(), b"XM100000017"),
        "application/edifact",
        403,
    ),
    "unknown kind": (lambda: b"x", "application/pdf", 415),
    "not what it says": (lambda: own("asycuda/good/01-import.xml", "bad2"), "text/csv", 415),
    "marked as a test": (
        lambda: own("edifact/good/01-declaration.edi", "bad4").replace(b"+EDI0001'", b"+EDI0001++++++1'", 1),
        "application/edifact",
        400,
    ),
    "cannot be read": (lambda: b"UNB+UNOC:3+A'", "application/edifact", 400),
    "no table": (lambda: b"Alpha;Beta\n", "text/csv", 400),
    "refused by the rules": (
        lambda: own("asycuda/good/01-import.xml", "bad3").replace(b">ES<", b">??<"),
        "application/vnd.asycuda.sad+xml",
        422,
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(send: Any, name: str) -> None:
    data, type, status = BAD[name]
    answered = send(data(), type)
    assert answered.status_code == status, answered.content
    assert json.loads(answered.content)["problems"][0]["label"]


def test_no_token(house: None) -> None:
    assert Client().post(PATH, b"x", content_type="text/csv").status_code == 401


def test_only_these_types_leave_the_fast_path() -> None:
    def goes(type: str) -> bool:
        return plain.goes_the_plain_way([(b"host", b"x"), (b"content-type", type.encode())])

    assert all(goes(t) for name in ("edifact", "sad", "csv", "xlsx") for t in FORMATS[name].types)
    assert not any(goes(t) for t in ("application/json", "application/xml", "text/xml; charset=utf-8", "", "image/png"))
    assert goes("TEXT/CSV; charset=utf-8")


def test_the_document_names_every_content_type(client: Client) -> None:
    told = json.loads(client.get("/api/v1/openapi.json").content)
    content = told["paths"]["/api/v1/declarations"]["post"]["requestBody"]["content"]
    assert {t for f in FORMATS.values() for t in f.types} - {"text/xml"} <= set(content)
