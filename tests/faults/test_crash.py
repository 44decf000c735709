"""A real house that is killed at random moments, all of it, and must have lost nothing it acknowledged.

    CUSTOMHOUSE_TEST_KILLS=20 ./customhouse test tests/faults     the full run; the plain one kills three times

Supervisor, web, worker and the database with its children get SIGKILL together while declarations pour in. A kill of
processes leaves the kernel's page cache: what this shows is recovery of the programs, not of a disk without power.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads the process tree from /proc"),
]
ROOT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("CUSTOMHOUSE_TEST_KILLS", "3"))
THREADS = 6
BROKER = "XM100000009"
TOKEN = """
from customhouse.house import start
start.connect_environment()
start.setup_django()
from customhouse.registry import people
print(people.issue_token("XM100000009", "test"))
"""
STORED = """
import json
from customhouse.house import start
start.connect_environment()
start.setup_django()
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("select lrn, mrn from declaration where declarant = 'XM100000009'")
    print(json.dumps(cursor.fetchall()))
"""


# --- the process tree -------------------------------------------------------------------------------------------------


def parents() -> dict[int, int]:
    """The parent of every living process; those that only wait to be reaped are left out."""
    found = {}
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            with contextlib.suppress(OSError):
                state, parent = (place / "stat").read_text().rpartition(")")[2].split()[:2]
                if state not in "ZX":
                    found[int(place.name)] = int(parent)
    return found


def tree(*roots: int) -> set[int]:
    """These processes and all that descend from them."""
    living = parents()
    found = {root for root in roots if root in living}
    while more := {pid for pid, parent in living.items() if parent in found} - found:
        found |= more
    return found


class House:
    """A house of its own in a temporary directory, as a user starts it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("CUSTOMHOUSE_", "DJANGO_"))}
        self.environment = kept | {
            "CUSTOMHOUSE_DATA": str(data),
            "CUSTOMHOUSE_DEMO": "on",
            "PYTHONPATH": str(ROOT / "src"),
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start and wait until it answers; how many seconds that took."""
        began = time.monotonic()
        command = [sys.executable, "-m", "customhouse.house", "up", "--port", str(self.port), "--no-trade"]
        with (self.data / "up.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        while time.monotonic() - began < 90:
            if self.process.poll() is not None:
                pytest.fail(f"the house did not start:\n{self.said()}")
            if self.answers():
                return time.monotonic() - began
            time.sleep(0.05)
        pytest.fail(f"the house does not answer:\n{self.said()}")

    def said(self) -> str:
        return (self.data / "up.log").read_text(errors="replace")[-3000:]

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2):
                return True
        except OSError:
            return False

    def call(self, *arguments: str, status: int | None = 0) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert status is None or done.returncode == status, done.stdout + done.stderr
        return done.stdout

    def postmaster(self) -> int | None:
        for file in self.data.glob("pg*/postmaster.pid"):
            with contextlib.suppress(OSError, ValueError, IndexError):
                return int(file.read_text().split("\n", 1)[0])
        return None

    def family(self) -> set[int]:
        """Every process of this house: the supervisor's descendants and the database's."""
        roots = [self.process.pid] if self.process and self.process.poll() is None else []
        database = self.postmaster()
        return tree(*roots, *([database] if database else []))

    def kill(self) -> int:
        """SIGKILL for all of them at once; how many there were."""
        family = self.family()
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.process is not None:
            self.process.wait(20)
        assert gone(family, 20), "killed processes stay"
        return len(family)


def gone(pids: set[int], within: float) -> bool:
    """Whether none of these lives after at most `within` seconds."""
    until = time.monotonic() + within
    while pids & parents().keys():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def crash_house() -> Iterator[House]:
    with tempfile.TemporaryDirectory(prefix="ch-crash-", ignore_cleanup_errors=True) as folder:
        house = House(Path(folder))
        try:
            yield house
        finally:
            house.kill()


# --- the load ---------------------------------------------------------------------------------------------------------


class Broker(threading.Thread):
    """Hands in one declaration after another and again until each is answered; remembers every answer."""

    body = json.loads((ROOT / "examples" / "good" / "08-small-parcel.json").read_text("utf-8")) | {
        "declarant": {"id": BROKER}
    }

    def __init__(self, number: int, port: int, token: str) -> None:
        super().__init__(daemon=True)
        self.number, self.port, self.token = number, port, token
        self.answered: dict[str, tuple[int, str]] = {}
        self.tried = 0
        self.seen: Counter[int] = Counter()
        self.stopping = threading.Event()
        self._line: http.client.HTTPConnection | None = None

    def run(self) -> None:
        while not self.stopping.is_set():
            lrn = f"K{self.number}-{self.tried}"
            self.tried += 1
            while not self.stopping.is_set():
                with contextlib.suppress(OSError, http.client.HTTPException):
                    status, told = self.send(lrn)
                    self.seen[status] += 1
                    if status in (200, 201):
                        self.answered[lrn] = status, told["mrn"]
                        break
                    if status != 503:
                        raise AssertionError(f"{lrn}: {status} {told}")
                time.sleep(0.02)

    def send(self, lrn: str) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        line = self._line or http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        self._line = None
        try:
            line.request("POST", "/api/v1/declarations", json.dumps(self.body | {"lrn": lrn}), headers)
            answer = line.getresponse()
            told = json.loads(answer.read() or b"{}")
        except BaseException:
            line.close()
            raise
        self._line = line
        return answer.status, told


def sound(house: House) -> dict[str, Any]:
    """What `customhouse verify --json` says; it must say sound."""
    told: dict[str, Any] = json.loads(house.call("-m", "customhouse.house", "verify", "--json"))
    assert told["sound"] and not told["broken"], told
    return told


def test_killed_under_load_it_loses_nothing_and_doubles_nothing(crash_house, capsys):
    house, chance = crash_house, random.Random()
    house.start()
    token = house.call("-c", TOKEN).strip().splitlines()[-1]
    brokers = [Broker(n, house.port, token) for n in range(THREADS)]
    for broker in brokers:
        broker.start()
    killed, starts, at_kill = 0, [], []
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.1, 3.0))
        at_kill.append(sum(len(b.answered) for b in brokers))
        killed += house.kill()
        starts.append(house.start())
        assert all(b.is_alive() for b in brokers)
    time.sleep(1.0)
    for broker in brokers:
        broker.stopping.set()
    for broker in brokers:
        broker.join(60)
    assert all(not b.is_alive() for b in brokers)

    acknowledged = {lrn: told for b in brokers for lrn, told in b.answered.items()}
    stored: dict[str, list[str]] = {}
    for lrn, mrn in json.loads(house.call("-c", STORED).strip().splitlines()[-1]):
        stored.setdefault(lrn, []).append(mrn)
    lost = [lrn for lrn in acknowledged if lrn not in stored]
    doubled = [lrn for lrn, mrns in stored.items() if len(mrns) > 1]
    wrong = [lrn for lrn, (_, mrn) in acknowledged.items() if stored.get(lrn, [mrn]) != [mrn]]
    mrns = [mrn for found in stored.values() for mrn in found]

    resent = Counter()
    for lrn, (_, mrn) in acknowledged.items():
        status, told = brokers[0].send(lrn)
        resent[status, told["outcome"], told["mrn"] == mrn] += 1
    verified = sound(house)
    with capsys.disabled():
        print(
            f"\n{KILLS} kills ({killed} processes), start again {min(starts):.1f} to {max(starts):.1f} s: "
            f"{len(acknowledged)} acknowledged, {len(lost)} lost, {len(doubled)} doubled, {len(wrong)} with another MRN, "
            f"{sum(1 for s, _ in acknowledged.values() if s == 200)} stored and told only when sent again, "
            f"{len(stored) - len(acknowledged)} stored and never told; verified {verified['declarations']} "
            f"declarations, {verified['checkpoints']} checkpoints: {'sound' if verified['sound'] else 'NOT sound'}"
        )
    assert not lost and not doubled and not wrong
    assert len(mrns) == len(set(mrns))
    assert resent == {(200, "same", True): len(acknowledged)}
    assert set(stored) - set(acknowledged) <= {f"K{b.number}-{b.tried - 1}" for b in brokers}
    assert KILLS < 2 or at_kill[-1] > at_kill[0] > 0
    assert verified["declarations"] == len(stored)


def test_ctrl_c_stops_everything(crash_house):
    house = crash_house
    house.start()
    family, database = house.family(), house.postmaster()
    assert len(family) > 5 and database in family
    began = time.monotonic()
    assert house.process is not None
    house.process.send_signal(signal.SIGINT)
    assert house.process.wait(10) == 0, house.said()
    assert gone(family, 10 - (time.monotonic() - began)), "processes stay after Ctrl-C"
    assert "has stopped" in house.said()
    assert (house.data / "house.json").read_text() == ""
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", house.port)) != 0
    house.start()
    assert sound(house)["sound"]


def test_a_killed_supervisor_takes_its_children_along(crash_house):
    house = crash_house
    house.start()
    assert house.process is not None
    children = tree(house.process.pid) - {house.process.pid}
    assert len(children) >= 2
    house.process.kill()
    house.process.wait(10)
    assert gone(children, 8), "children stay after their supervisor was killed"
    assert not house.answers()
    house.start()
    assert house.answers() and sound(house)["sound"]


@pytest.mark.parametrize("name", ["web", "worker"])
def test_a_killed_child_is_started_again(crash_house, name):
    house = crash_house
    house.start()
    assert house.process is not None

    def child() -> set[int]:
        """The processes of this name, as `up` started them."""
        found = set()
        for pid in tree(house.process.pid):  # type: ignore[union-attr]
            with contextlib.suppress(OSError):
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                if name.encode() in words[:4]:
                    found.add(pid)
        return found

    before = child()
    assert before
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    assert gone(before, 10)
    until = time.monotonic() + 20
    while not (child() and house.answers()):
        assert time.monotonic() < until, f"{name} was not started again"
        time.sleep(0.1)
    assert child().isdisjoint(before)
