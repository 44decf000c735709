"""A real web process and a real worker for tests of the API, and the clients of traders that call them."""

from __future__ import annotations

import copy
import itertools
import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from customhouse.api.examples import LODGEMENT_EXAMPLE
from customhouse.registry import clients

ROOT = Path(__file__).resolve().parents[2]
BROKER, OTHER = "XM100000009", "XM100000025"
_count = itertools.count(1)
_run = uuid.uuid4().hex[:8]


@contextmanager
def web(**settings: str) -> Iterator[str]:
    """The address of a web process with these settings."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with _process("web", "--port", str(port), **settings):
        for _ in range(150):
            try:
                httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=2)
                break
            except httpx.TransportError:
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"


@contextmanager
def worker(**settings: str) -> Iterator[None]:
    """A worker with these settings."""
    with _process("worker", **settings):
        yield


@contextmanager
def _process(*command: str, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), **settings}
    process = subprocess.Popen([sys.executable, "-m", "customhouse.house", *command], env=environment)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(15)


def token(address: str, client: str, secret: str, scope: str = "") -> httpx.Response:
    """What the token endpoint answers."""
    data = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
    return httpx.post(f"{address}/api/v1/oauth/token", data=data, auth=(client, secret), timeout=20)


def bearer(address: str, *, trader: str = BROKER, scopes: tuple[str, ...] = (), rate: int = 100_000) -> httpx.Client:
    """A client of the trader with a token of its own, for `address`/api/v1."""
    made, secret = clients.register(trader, "test", scopes or clients.SCOPES, by="test", rate=rate)
    given = token(address, made, secret).json()["access_token"]
    return httpx.Client(base_url=f"{address}/api/v1", headers={"Authorization": f"Bearer {given}"}, timeout=20)


def declaration(**changes: Any) -> dict[str, Any]:
    """The example of the document under a reference of its own; `changes` replace fields of its one commodity."""
    told = copy.deepcopy(LODGEMENT_EXAMPLE)
    told["lrn"] = f"A-{_run}-{next(_count)}"
    told["goods_shipment"]["items"][0]["commodity"] |= changes
    return told


def rules(answer: httpx.Response) -> set[str]:
    return {p["rule"] for p in answer.json()["problems"]}


def waiting_for_payment(api: httpx.Client) -> dict[str, Any]:
    """A lodged declaration that waits for nothing but its payment; the random draw is passed by trying again."""
    for _ in range(50):
        told = api.post("/declarations", json=declaration()).json()
        if [h["kind"] for h in told["holds"]] == ["payment"]:
            return dict(told)
    raise AssertionError("fifty declarations were all drawn for control")


def due(told: dict[str, Any]) -> dict[str, str]:
    """What pays for a declaration whole."""
    minor = told["payable"]["minor"]
    return {"amount": f"{minor // 100}.{minor % 100:02d}", "currency": told["payable"]["currency"]}
