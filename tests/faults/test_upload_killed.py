"""A consolidation handed in over HTTP whose web process and whose worker are killed in the middle: nothing that counted is lost, one
answer per parcel, and the very bytes that uninterrupted work leaves."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")

from msgspec.structs import replace
from tests.api import serving

from customhouse.clearance.parcel_file import context_of, models_of
from customhouse.house.consolidation import Judging, kernel_of, taken_keys
from customhouse.registry import parcel_earlier, parcel_opening, parcel_packed, parcels
from customhouse.simulator.parcels import parcels as made_up
from customhouse.stream.parcels import counters, workers
from customhouse.stream.parcels.batches import Source
from customhouse.stream.parcels.day import Day

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.usefixtures("house")]
ROOT = Path(__file__).resolve().parents[2]
TUS = {"Tus-Resumable": "1.0.0"}
PORTION = {**TUS, "Content-Type": "application/offset+octet-stream"}
GATHERED = 1 << 20
"""Bytes that a web process gathers before it writes them."""
ROWS, WIDE = 1_400, 60_000
"""Lines so wide with blanks that a few hundred are 32 MB, and so a chunk."""


class Process:
    """A process of a house that is killed and started again."""

    def __init__(self, *command: str) -> None:
        self.command = command
        self.start()

    def start(self) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        self.process = subprocess.Popen([sys.executable, "-m", "customhouse.house", *self.command], env=environment)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def web(house: None) -> Iterator[tuple[Process, str]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    made = Process("web", "--port", str(port))
    yield made, f"http://127.0.0.1:{port}"
    made.kill()


@pytest.fixture
def worker(house: None) -> Iterator[Callable[[], Process]]:
    begun: list[Process] = []

    def begin() -> Process:
        begun.append(Process("worker"))
        return begun[-1]

    yield begin
    for one in begun:
        one.kill()


def until(holds: Callable[[], Any], what: str, every: float = 0.2) -> Any:
    end = time.monotonic() + 60
    while not (found := holds()):
        assert time.monotonic() < end, f"{what} never came"
        time.sleep(every)
    return found


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz", timeout=2).is_success
    except httpx.TransportError:
        return False


def file_of(count: int, width: int = 0) -> bytes:
    mark = uuid.uuid4().hex[:6]
    made = (msgspec.json.encode(replace(p, reference=f"{mark}{p.reference[2:]}")) for p in made_up(count, "killed"))
    return b"\n".join((*(b"%s%s}" % (line[:-1], b" " * (width - len(line))) for line in made), b"{half"))


def announced(api: httpx.Client, data: bytes, reference: str) -> httpx.Response:
    told = {
        "reference": reference,
        "filename": "m.jsonl",
        "office": "XM000040",
        "mode": "5",
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    pairs = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in told.items())
    return api.post("/consolidations", headers={**TUS, "Upload-Length": str(len(data)), "Upload-Metadata": pairs})


def sent(api: httpx.Client, id: str, data: Any, at: int, **headers: str) -> httpx.Response:
    return api.patch(f"/consolidations/{id}", content=data, headers={**PORTION, "Upload-Offset": str(at), **headers})


def come(api: httpx.Client, id: str) -> int:
    return int(api.head(f"/consolidations/{id}").headers["Upload-Offset"])


def broken_off(
    api: httpx.Client, id: str, data: bytes, at: int, gone: threading.Event, **headers: str
) -> threading.Thread:
    """Send all of these bytes but the last, which comes when the house has gone: the connection breaks."""

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(data) - 1, 1 << 16):
            yield data[start : min(start + (1 << 16), len(data) - 1)]
        assert gone.wait(60)
        yield data[-1:]

    def send() -> None:
        with pytest.raises(httpx.TransportError), httpx.Client(base_url=api.base_url, headers=api.headers) as own:
            sent(own, id, pieces(), at, **{"Content-Length": str(len(data)), **headers})

    thread = threading.Thread(target=send)
    thread.start()
    return thread


def uninterrupted(path: Path, number: int) -> list[tuple[bytes, bytes]]:
    """The columns of a consolidation as one process judges them from the first chunk to the last."""
    begun = parcels.get(number)
    typical = parcels.typical(begun.seen, begun.day)
    kernel = kernel_of(context_of(begun), begun.of, typical, counters.NOBODY, models_of(begun))
    source = Source(path, begun.chunk)
    work = Judging(kernel, source, number)
    day = Day(lambda references: set())
    for one in parcel_earlier.earlier(begun.day, begun.seen):  # what had been stored when it began
        for keys, value, numbers in taken_keys(one):
            day.add(keys, value, numbers)
    made = workers.outcomes(work, source.chunks(), day, 0, lambda: None)
    return [(one.facts, one.texts) for _, one in made]


def test_killed_while_it_receives_and_while_it_clears_it_goes_on_and_leaves_the_same(
    web: tuple[Process, str], worker: Callable[[], Process], tmp_path: Path
) -> None:
    (process, address), data, small = web, file_of(ROWS, WIDE), file_of(3_000)
    until(lambda: answers(address), "the house")
    api, reference = serving.bearer(address), f"KILLED-{uuid.uuid4().hex[:6]}"
    id, proved = (
        announced(api, one, name).json()["id"] for one, name in ((data, reference), (small, f"{reference}-2"))
    )
    first = 3_000_000
    assert sent(api, id, data[:first], 0).status_code == 204
    assert sent(api, proved, small[:1000], 0).status_code == 204

    # killed in the middle of two portions: one with a checksum, of which then nothing counts, and one without
    gone = threading.Event()
    checksum = base64.b64encode(hashlib.sha256(small[1000:]).digest()).decode()
    senders = [
        broken_off(api, id, data[first:], first, gone),
        broken_off(api, proved, small[1000:], 1000, gone, **{"Upload-Checksum": f"sha256 {checksum}"}),
    ]
    until(lambda: come(api, id) > len(data) - 2 * GATHERED, "what was sent")
    on_disk = Path(os.environ["CUSTOMHOUSE_DATA"], "uploads", proved)
    until(lambda: on_disk.stat().st_size > 1000, "the proved portion")
    assert come(api, proved) == 1000
    process.kill()
    gone.set()
    for sender in senders:
        sender.join(60)
    process.start()
    until(lambda: answers(address), "the house")

    stands = announced(api, data, reference)  # software that was killed as well announces the same again
    assert (stands.status_code, stands.json()["id"]) == (200, id)
    at = come(api, id)
    assert first < len(data) - 2 * GATHERED < at < len(data) and int(stands.headers["Upload-Offset"]) == at
    assert come(api, proved) == 1000
    assert sent(api, proved, small[1000:], 1000).status_code == 204
    assert sent(api, id, data[at:], at).headers["Upload-Offset"] == str(len(data))

    # the worker is killed with the first chunk stored and not the last
    one = worker()
    number = until(lambda: stored_one(reference), "a stored chunk", every=0.01)
    one.kill()
    done = parcels.get(number).done
    assert done and not parcels.get(number).finished and api.get(f"/consolidations/{id}").json()["state"] == "clearing"
    worker()
    until(lambda: {state(api, id), state(api, proved)} == {"done"}, "the end")
    told = api.get(f"/consolidations/{id}").json()
    assert (told["consolidation"], sum(told["verdicts"].values())) == (number, ROWS + 1)
    lines = api.get(f"/consolidations/{id}/answer", params={"format": "jsonl"}).content.splitlines()
    assert [json.loads(line)["line"] for line in lines] == list(range(1, ROWS + 2))
    until(lambda: not parcel_opening.waiting(number), "files of parcels")
    assert not parcel_opening.alarms(number)
    path = tmp_path / "m.jsonl"
    path.write_bytes(data)
    there = [(bytes(one.facts), bytes(one.texts)) for one in parcel_packed.of(number)]
    assert there == uninterrupted(path, number)


def state(api: httpx.Client, id: str) -> str:
    return str(api.get(f"/consolidations/{id}").json()["state"])


def stored_one(reference: str) -> int:
    """The number of the consolidation, once a chunk of it is stored; 0 before."""
    try:
        begun = parcels.by_reference(serving.BROKER, reference)
    except LookupError:
        return 0
    return begun.id if begun.done else 0
