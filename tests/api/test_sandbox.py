"""The sandbox, started as its operator starts it: every published scenario does what it says, apart from what is real."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.api.serving import ROOT, bearer, declaration, rules, token

from customhouse.api.scenarios import SCENARIOS
from customhouse.registry.demo import PASSWORD

BROKER = "XM100000009"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """(address, data directory) of a sandbox."""
    data = tmp_path_factory.mktemp("house")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    keep = {k: v for k, v in os.environ.items() if not k.startswith("CUSTOMHOUSE_")}
    environment = {**keep, "CUSTOMHOUSE_DATA": str(data), "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "customhouse.house", "up", "--sandbox", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=2)
                break
            except httpx.TransportError:
                time.sleep(0.3)
        yield f"http://127.0.0.1:{port}", data
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(40)


@pytest.fixture(scope="module")
def maker(sandbox: tuple[str, Path]) -> Iterator[httpx.Client]:
    """Software with credentials made on the page of the broker, as its maker would make them."""
    address, _ = sandbox
    with httpx.Client(base_url=address, follow_redirects=True, timeout=30) as page:
        form = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.get("/sign-in").text)
        assert form
        page.post("/sign-in", data={"username": "broker", "password": PASSWORD, "csrfmiddlewaretoken": form[1]})
        form = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.get("/software").text)
        assert form
        scopes = ["declarations:lodge", "declarations:read", "payments:write", "webhooks:manage"]
        made = page.post(
            "/software/clients",
            data={"act": "create", "name": "maker", "scope": scopes, "csrfmiddlewaretoken": form[1]},
        ).text
        assert "maker" in page.get("/software").text
        assert "cs_" not in page.get("/software").text
    client, secret = re.search(r"cl_[0-9a-f]{20}", made), re.search(r"cs_[\w-]{40,}", made)
    assert client and secret
    given = token(address, client[0], secret[0]).json()["access_token"]
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {given}"}, timeout=40) as one:
        yield one


def _filled(told: Any, names: dict[str, str]) -> Any:
    text = json.dumps(told)
    for name, value in names.items():
        text = text.replace(f"${{{name}}}", value)
    return json.loads(text)


def _at(told: Any, path: str) -> Any:
    for part in path.split("."):
        told = told[int(part)] if isinstance(told, list) else told[part]
    return told


@pytest.mark.parametrize("name", [s.name for s in SCENARIOS])
def test_every_scenario_does_what_it_says(maker: httpx.Client, name: str) -> None:
    """As published by the house, twice: it does not matter what happened in the sandbox before."""
    published = maker.get("/api/v1/sandbox/scenarios").json()
    assert published["sandbox"] is True
    (scenario,) = (s for s in published["scenarios"] if s["name"] == name)
    for _ in range(2):
        names = {"lrn": f"S-{uuid.uuid4().hex[:16]}", "trader": BROKER}
        for step in scenario["steps"]:
            step = _filled(step, names)
            began = time.monotonic()
            body = step["body"]
            sent = {"content": body} if isinstance(body, str) else {"json": body}
            answer = maker.request(step["method"], step["path"], headers=step["headers"], **sent)
            assert answer.status_code == step["status"], (step["title"], answer.text)
            if "Sandbox-Delay" in step["headers"]:
                assert time.monotonic() - began >= float(step["headers"]["Sandbox-Delay"])
            for path, value in step["expect"].items():
                found = _at(answer.json(), path)
                assert str(found) == value if isinstance(value, str) else found == value, (step["title"], path, found)
            names |= {key: str(_at(answer.json(), path)) for key, path in step["keep"].items()}


def test_chance_has_no_part_in_it(maker: httpx.Client) -> None:
    lanes = [maker.post("/api/v1/declarations", json=declaration()).json()["lane"] for _ in range(150)]
    assert set(lanes) == {"GREEN"}  # the real law would look at 4 or 5 of them


def test_what_is_given_in_one_house_opens_nothing_in_the_other(
    maker: httpx.Client, served: str, broker: httpx.Client, sandbox: tuple[str, Path]
) -> None:
    head = {"Authorization": maker.headers["authorization"]}
    assert httpx.get(f"{served}/api/v1/declarations", headers=head).status_code == 401
    mrn = maker.post("/api/v1/declarations", json=declaration()).json()["mrn"]
    real = {row["lrn"] for row in broker.get("/declarations?limit=200").json()["declarations"]}
    tried = {row["lrn"] for row in maker.get("/api/v1/declarations?limit=200").json()["declarations"]}
    assert not real & tried
    assert mrn
    head = {"Authorization": broker.headers["authorization"]}
    assert httpx.get(f"{sandbox[0]}/api/v1/declarations", headers=head).status_code == 401


def test_a_real_house_is_no_sandbox(broker: httpx.Client) -> None:
    assert broker.get("/sandbox/scenarios").json()["sandbox"] is False
    mrn = broker.post("/declarations", json=declaration(), headers={"Sandbox-Delay": "20"}).json()["mrn"]
    answer = broker.post(f"/sandbox/declarations/{mrn}/customs", json={"act": "query"})
    assert (answer.status_code, rules(answer)) == (404, {"NoSandbox"})


@pytest.mark.parametrize("wanted", ["on", "off"])
def test_a_house_does_not_open_on_a_database_of_the_other_kind(
    wanted: str, served: str, sandbox: tuple[str, Path]
) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "CUSTOMHOUSE_SANDBOX": wanted}
    if wanted == "off":
        data = sandbox[1] / "sandbox"
        environment = {k: v for k, v in environment.items() if "DATABASE_URL" not in k} | {
            "CUSTOMHOUSE_DATA": str(data)
        }
    command = [sys.executable, "-m", "customhouse.house", "worker"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "Give each its own CUSTOMHOUSE_DATABASE_URL" in done.stderr


def test_the_broker_of_the_real_house_still_works(served: str, house: None) -> None:
    with bearer(served) as one:
        assert one.post("/declarations", json=declaration()).status_code == 201
