"""A real Python client, generated from the published document, does the work of a broker against a running house."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from tests.api.serving import BROKER, declaration, token

from customhouse.api import consolidations, plain
from customhouse.clearance import cargo_files, query
from customhouse.record.declaration import Role
from customhouse.registry import clients, files

PACKAGE = "customhouse_client"
# The generator knows none of these types; it is told to send and to hand out the bytes.
SETTINGS = {
    "package_name_override": PACKAGE,
    "post_hooks": [],
    "content_type_overrides": dict.fromkeys(
        ("application/xml", consolidations.PORTION, *plain.WAYS, *cargo_files.CONTENT_TYPES, "*/*"),
        "application/octet-stream",
    )
    | {"application/json": "application/json"},
}


@pytest.fixture(scope="module")
def generated(served: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The client, made by openapi-python-client without a warning, and imported."""
    place = tmp_path_factory.mktemp("client")
    document, settings = place / "openapi.json", place / "settings.json"
    document.write_text(httpx.get(f"{served}/api/v1/openapi.json").text)
    settings.write_text(json.dumps(SETTINGS))
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "openapi-python-client"),
            *("generate", "--path", str(document), "--config", str(settings), "--output-path", str(place / "out")),
            *("--meta", "none", "--fail-on-warning"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stdout + done.stderr
    (place / "out").rename(place / PACKAGE)
    sys.path.insert(0, str(place))
    try:
        yield importlib.import_module(PACKAGE)
    finally:
        sys.path.remove(str(place))


def operation(tag: str, name: str) -> Any:
    """The function of the generated client that answers with everything."""
    return importlib.import_module(f"{PACKAGE}.api.{tag}.{name}").sync_detailed


def model(name: str) -> Any:
    return getattr(importlib.import_module(f"{PACKAGE}.models"), name)


def test_the_generated_client_lodges_reads_answers_and_pays(served: str, house: None, generated: ModuleType) -> None:
    client, secret = clients.register(BROKER, "generated", clients.SCOPES, by="test")
    given = token(served, client, secret).json()["access_token"]
    api = generated.AuthenticatedClient(base_url=served, token=given, timeout=httpx.Timeout(20))

    told = None
    for _ in range(50):
        lodged = model("Lodgement").from_dict(declaration())
        answer = operation("declarations", "lodge_declaration")(client=api, body=lodged)
        assert answer.status_code == 201
        told = answer.parsed
        assert isinstance(told, model("Answer"))
        if [hold.kind for hold in told.holds] == ["payment"]:
            break
    assert told is not None

    query.query(told.mrn, "Which glaze?", by="officer", role=Role.OFFICER)
    reply = model("Reply")(text="Transparent glaze")
    answered = operation("declarations", "answer_query")(told.mrn, 1, client=api, body=reply, idempotency_key="q-1")
    assert answered.status_code == 200
    assert files.get(told.mrn).queries[0].answer == "Transparent glaze"

    asked = operation("payments", "pay_declaration")(told.mrn, client=api, idempotency_key=told.mrn)
    again = operation("payments", "pay_declaration")(told.mrn, client=api, idempotency_key=told.mrn)
    assert (asked.status_code, again.status_code) == (201, 201)
    assert again.headers["idempotency-replayed"] == "true"
    assert asked.parsed.open_.minor == 53000
    (page,) = (way.url for way in asked.parsed.ways if way.way == "online")
    assert httpx.post(page, data={"pay": "1"}).json()["status"] == "paid"
    stands = operation("payments", "read_payment_order")(asked.parsed.reference, client=api)
    assert (stands.parsed.state, stands.parsed.mrns, stands.parsed.ways) == ("paid", [told.mrn], [])
    settled = files.get(told.mrn).settled
    assert settled is not None
    assert [r.amount.minor for r in settled.receipts] == [53000]

    read = operation("declarations", "read_declaration")(told.mrn, client=api)
    assert read.parsed.mrn == told.mrn
    listed = operation("declarations", "list_declarations")(client=api, limit=5)
    assert told.mrn in [row.mrn for row in listed.parsed.declarations]
    events = operation("events", "list_events")(client=api, limit=500)
    assert events.parsed.events
    missing = operation("declarations", "read_declaration")("26XM110000000001R0", client=api)
    assert missing.status_code == 404
    assert missing.parsed.problems[0].rule == "UnknownMRN"
