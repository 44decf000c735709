"""A consolidation over HTTP: portion by portion, cut off and gone on with, cleared by the worker, answered to its declarant only."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import signal
import socket
import time
import uuid
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest

pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")

from django.conf import settings
from tests.api import serving

from customhouse.clearance import upload
from customhouse.house.clearing import clear_next
from customhouse.registry import uploads
from customhouse.simulator.parcels import parcels as made_up

TUS = {"Tus-Resumable": "1.0.0"}
PORTION = {**TUS, "Content-Type": "application/offset+octet-stream"}


def file_of(count: int) -> bytes:
    """Made-up parcels, always the same, under references never used before; and a line that is none."""
    mark = uuid.uuid4().hex[:6]
    made = (msgspec.structs.replace(p, reference=f"{mark}{p.reference[2:]}") for p in made_up(count, "api", count))
    return b"\n".join((*(msgspec.json.encode(p) for p in made), b"{half"))


def announced(data: bytes, **told: str) -> dict[str, str]:
    told = {"reference": uuid.uuid4().hex[:10], "filename": "morning.jsonl", "office": "XM000040", "mode": "5", **told}
    pairs = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in told.items())
    return {**TUS, "Upload-Length": str(len(data)), "Upload-Metadata": pairs}


def sent(api: httpx.Client, id: str, data: bytes, at: int, **headers: str) -> httpx.Response:
    return api.patch(f"/consolidations/{id}", content=data, headers={**PORTION, "Upload-Offset": str(at), **headers})


def new(api: httpx.Client, data: bytes, **told: str) -> str:
    answer = api.post("/consolidations", headers=announced(data, **told))
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"].endswith(answer.json()["id"])
    return str(answer.json()["id"])


def test_portions_are_kept_whatever_comes_between_and_the_worker_clears_the_file(
    broker: httpx.Client, stranger: httpx.Client
) -> None:
    data = file_of(300)
    digest = hashlib.sha256(data).hexdigest()
    id = new(broker, data, reference=f"FLIGHT-{digest[:6]}", sha256=digest)
    assert broker.options("/consolidations").headers["Tus-Max-Size"] == str(settings.UPLOAD_MAX_BYTES)

    wrong = sent(broker, id, data[:50], 7)
    assert (wrong.status_code, wrong.headers["Upload-Offset"]) == (409, "0")
    assert wrong.json()["problems"][0]["rule"] == "OtherOffset"
    assert sent(broker, id, data[:1000], 0).headers["Upload-Offset"] == "1000"
    assert broker.head(f"/consolidations/{id}").headers["Upload-Offset"] == "1000"
    false = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    spoilt = sent(broker, id, data[1000:3000], 1000, **{"Upload-Checksum": f"sha256 {false}"})
    assert (spoilt.status_code, spoilt.headers["Upload-Offset"]) == (460, "1000")
    true = base64.b64encode(hashlib.sha256(data[1000:3000]).digest()).decode()
    assert sent(broker, id, data[1000:3000], 1000, **{"Upload-Checksum": f"sha256 {true}"}).status_code == 204
    assert sent(broker, id, data, 3000).status_code == 413
    again = broker.post("/consolidations", headers=announced(data, reference=f"FLIGHT-{digest[:6]}", sha256=digest))
    assert (again.status_code, again.json()["id"], again.headers["Upload-Offset"]) == (200, id, "3000")
    for answer in (stranger.get(f"/consolidations/{id}"), sent(stranger, id, data[3000:], 3000)):
        assert answer.status_code == 404

    assert sent(broker, id, data[3000:], 3000).headers["Upload-Offset"] == str(len(data))
    assert broker.get(f"/consolidations/{id}").json()["state"] == "queued"
    assert sent(broker, id, b"", len(data)).status_code == 409
    assert broker.get(f"/consolidations/{id}/answer").status_code == 409
    while uploads.get(id).state in ("queued", "clearing"):  # type: ignore[union-attr]
        assert clear_next()
    told = broker.get(f"/consolidations/{id}").json()
    assert (told["state"], told["verdicts"]["unreadable"], told["problems"]) == ("done", 1, [])
    assert sum(told["verdicts"].values()) == 301 and told["lanes"]["GREEN"] > 200
    charge = told["charge"]
    assert charge["parcels"] == told["verdicts"]["due"] and charge["paid"] == (charge["owed"]["minor"] == 0)
    assert not upload.path(id).exists()
    lines = broker.get(f"/consolidations/{id}/answer").text.splitlines()
    assert len(lines) == 302 and lines[0].startswith("line,reference,verdict")
    assert len(broker.get(f"/consolidations/{id}/answer", params={"format": "jsonl"}).text.splitlines()) == 301
    only = broker.get(f"/consolidations/{id}/answer", params={"format": "jsonl", "only": "unreadable"}).text
    assert [json.loads(line)["line"] for line in only.splitlines()] == [301]
    french = broker.get(f"/consolidations/{id}/answer", headers={"Accept-Language": "fr-BE, fr;q=0.9"})
    assert french.headers["Content-Language"] == "fr" and "Accept-Language" in french.headers["Vary"]
    assert "NotJSON" in french.text and "pas un objet JSON entier" in french.text and "not one whole" not in french.text
    assert stranger.get(f"/consolidations/{id}/answer").status_code == 404
    assert id in [one["id"] for one in broker.get("/consolidations").json()["consolidations"]]
    other = broker.post("/consolidations", headers=announced(b"x", reference=f"FLIGHT-{digest[:6]}", sha256="0" * 64))
    assert other.status_code == 409 and other.json()["problems"][0]["rule"] == "DuplicateReference"


def test_a_connection_that_breaks_loses_nothing_of_what_had_come(broker: httpx.Client) -> None:
    data = file_of(2000)
    id = new(broker, data)
    address = urlsplit(str(broker.base_url))
    head = (
        f"PATCH /api/v1/consolidations/{id} HTTP/1.1\r\nHost: localhost\r\nUpload-Offset: 0\r\n"
        f"Authorization: {broker.headers['Authorization']}\r\nContent-Type: application/offset+octet-stream\r\n"
        f"Content-Length: {len(data)}\r\n\r\n"
    )
    with socket.create_connection((address.hostname, address.port)) as raw:
        raw.sendall(head.encode() + data[:200_000])
        time.sleep(0.3)
    for _ in range(50):
        if (come := int(broker.head(f"/consolidations/{id}").headers["Upload-Offset"])) == 200_000:
            break
        time.sleep(0.1)
    assert come == 200_000
    assert upload.path(id).read_bytes() == data[:come]
    assert sent(broker, id, data[come:], come).status_code == 204
    assert broker.delete(f"/consolidations/{id}").status_code == 204
    assert broker.head(f"/consolidations/{id}").status_code == 410
    assert not upload.path(id).exists()


@pytest.mark.parametrize(
    ("told", "status", "rule"),
    [
        ({"reference": ""}, 422, "InvalidInput"),
        ({"office": "XM999999"}, 422, "InvalidInput"),
        ({"sha256": "abc"}, 422, "InvalidInput"),
        ({"mode": "by air"}, 422, "InvalidInput"),
    ],
)
def test_an_announcement_that_cannot_be_taken_says_why(
    broker: httpx.Client, told: dict[str, str], status: int, rule: str
) -> None:
    answer = broker.post("/consolidations", headers=announced(b"x", **told))
    assert (answer.status_code, answer.json()["problems"][0]["rule"]) == (status, rule)


def test_a_file_too_large_for_the_house_or_its_disk_is_not_begun(house: None, monkeypatch: Any) -> None:
    of = uploads.Consolidation(serving.BROKER, uuid.uuid4().hex)
    with pytest.raises(upload.NotTaken, match="at most") as why:
        upload.announce(of, "", settings.UPLOAD_MAX_BYTES + 1, "", "test")
    assert why.value.why == "large"
    monkeypatch.setattr("shutil.disk_usage", lambda _: os.terminal_size((0, 0)) and type("Full", (), {"free": 10})())
    with pytest.raises(upload.NotTaken, match="no room") as why:
        upload.announce(of, "", 1000, "", "test")
    assert why.value.why == "full"


def test_a_disk_that_fills_up_keeps_what_had_come(house: None) -> None:
    """The system refuses the write in the middle, as a full disk does."""
    import resource

    one, _ = upload.announce(uploads.Consolidation(serving.BROKER, uuid.uuid4().hex), "", 5000, "", "test")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    into = upload.Receiving(one, 0)
    with pytest.raises(upload.NotTaken, match="no room") as why, into:
        into.write(b"a" * 2000)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2500, hard))
        try:
            into.write(b"b" * 2000)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            signal.signal(signal.SIGXFSZ, before)
    assert (why.value.why, why.value.offset) == ("full", 2000)
    assert upload.path(one.id).read_bytes() == b"a" * 2000
    with upload.Receiving(one, 2000) as into:
        into.write(b"c" * 3000)
    assert uploads.get(one.id).state == "queued"  # type: ignore[union-attr]
    upload.end(uploads.get(one.id))  # type: ignore[arg-type]


def test_a_file_that_is_not_the_promised_one_and_one_that_is_no_consolidation_fail_with_reasons(
    broker: httpx.Client,
) -> None:
    data = b"name,weight\nsocks,1\n"
    changed = new(broker, data, sha256=hashlib.sha256(b"another").hexdigest())
    strange = new(broker, data)
    for id in (changed, strange):
        assert sent(broker, id, data, 0).status_code == 204
    while any(uploads.get(id).state in ("queued", "clearing") for id in (changed, strange)):  # type: ignore[union-attr]
        assert clear_next()
    assert broker.get(f"/consolidations/{changed}").json()["problems"][0]["rule"] == "OtherDigest"
    told = broker.get(f"/consolidations/{strange}").json()
    assert told["state"] == "failed" and "MissingColumn" in {p["rule"] for p in told["problems"]}
    french = broker.get(f"/consolidations/{strange}", headers={"Accept-Language": "fr"}).json()["problems"]
    assert [p["rule"] for p in french] == [p["rule"] for p in told["problems"]]
    assert any(p["label"] == "La colonne reference manque" for p in french)


def test_what_was_whole_when_its_process_was_killed_is_handed_on_and_what_nobody_adds_to_is_forgotten(
    house: None, settings: Any
) -> None:
    whole, _ = upload.announce(uploads.Consolidation(serving.BROKER, uuid.uuid4().hex), "", 3, "", "test")
    rest, _ = upload.announce(uploads.Consolidation(serving.BROKER, uuid.uuid4().hex), "", 9, "", "test")
    upload.path(whole.id).write_bytes(b"abc")  # the last byte was written, and nobody said so
    settings.UPLOAD_DAYS = -1
    assert upload.tidy() >= 1
    assert (uploads.get(whole.id).state, uploads.get(rest.id).state) == ("queued", "ended")  # type: ignore[union-attr]
    assert upload.path(whole.id).exists() and not upload.path(rest.id).exists()
    upload.end(uploads.get(whole.id))  # type: ignore[arg-type]
