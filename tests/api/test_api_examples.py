"""The examples for makers of software run as they stand."""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import sys
import time

import httpx
import pytest
from tests.api.serving import BROKER, ROOT

from customhouse.api.examples import LODGEMENT_EXAMPLE
from customhouse.gates import webhook as gate
from customhouse.registry import clients

EXAMPLES = ROOT / "examples" / "api"
pytestmark = pytest.mark.usefixtures("house")


def run(served: str, *command: str) -> subprocess.CompletedProcess[str]:
    client, secret = clients.register(BROKER, "example", clients.SCOPES, by="test")
    environment = {**os.environ, "CUSTOMHOUSE": served, "CLIENT": client, "SECRET": secret, "TRADER": BROKER}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_the_declaration_is_the_example_of_the_document() -> None:
    assert json.loads((EXAMPLES / "declaration.json").read_text()) == LODGEMENT_EXAMPLE


def test_python_lodges_and_pays(served: str) -> None:
    """Three in a hundred are drawn for control and not released at once; four are not all of them."""
    told = [run(served, sys.executable, str(EXAMPLES / "lodge_and_pay.py")) for _ in range(4)]
    assert all("accepted as 26XM" in one.stdout for one in told), told[0].stderr
    assert any(one.returncode == 0 and "now RELEASED" in one.stdout for one in told)


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_curl_lodges_and_pays(served: str) -> None:
    told = run(served, "sh", str(EXAMPLES / "lodge_and_pay.sh"))
    assert told.returncode == 0, told.stderr
    assert told.stdout.split()[:2] == ["accepted", "as"]
    assert told.stdout.split()[-1] in ("RELEASED", "ROUTED")


def test_the_receiver_takes_what_is_signed_and_nothing_else() -> None:
    secret = os.urandom(32)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "SECRET": "whsec_" + base64.b64encode(secret).decode()}
    command = [sys.executable, str(EXAMPLES / "receive_webhook.py"), str(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        body = b'{"type": "declaration.released", "data": {"mrn": "26XM110000000001R0"}}'
        now = int(time.time())

        def post(told: dict[str, str], what: bytes = body) -> int:
            return httpx.post(f"http://127.0.0.1:{port}/", content=what, headers=told).status_code

        for _ in range(50):
            try:
                first = post(gate.headers([secret], "msg_1", now, body))
                break
            except httpx.TransportError:
                time.sleep(0.1)
        assert first == 204
        assert post(gate.headers([os.urandom(32), secret], "msg_1", now, body)) == 204
        assert post(gate.headers([os.urandom(32)], "msg_2", now, body)) == 401
        assert post(gate.headers([secret], "msg_2", now - 600, body)) == 401
        assert post(gate.headers([secret], "msg_2", now, body), b"{}") == 401
    finally:
        process.terminate()
        out, _ = process.communicate(timeout=10)
    assert out.splitlines() == ["declaration.released 26XM110000000001R0"]
