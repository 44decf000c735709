"""A consolidation whose process is killed again and again, beside one that was left alone: the very same rows and answers.

The two houses begin as copies of one, so that keys and numbers are the same. The process gets SIGKILL at random moments.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import psycopg
import pytest

pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")

from customhouse.house.embedded import Server
from customhouse.registry import reader
from customhouse.simulator.parcels import parcels

pytestmark = [pytest.mark.faults, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
ROWS, CHUNK = 8_000, 400
AS_HOUSE = " ".join(f"-c {name}={value or chr(39) * 2}" for name, value in reader.told(reader.SYSTEM).items())
KILLS = int(os.environ.get("CUSTOMHOUSE_TEST_KILLS", "3"))
STORED = """
import json
from customhouse.house import start
start.connect_environment()
start.setup_django()
from django.db import connection
with connection.cursor() as cursor:
    told = {}
    for name, sql in {
        "rows": "select string_agg(encode(sha256(facts || texts || fingerprints), 'hex'), ',' order by consolidation, place), "
                "sum(parcels), sum(rows) from parcel_segment",
        "files": "select md5(string_agg(concat_ws(';', id, mrn, lrn, digest, stage, lane, holds, payable, acts), '|' order by id)), "
                 "count(*) from declaration",
        "acts": "select count(*), count(distinct (declaration, first)) from entry",
        "quarantine": "select md5(string_agg(q::text, '|' order by line)), count(*) from parcel_quarantine q",
        "segments": "select string_agg(encode(leaf, 'hex'), ',' order by consolidation, place), count(*), sum(rows) from parcel_segment",
        "typical": "select string_agg(heading || per_kg, ',' order by heading) from parcel_typical",
    }.items():
        cursor.execute(sql)
        told[name] = cursor.fetchone()
print(json.dumps(told, default=str))
"""


class House:
    """A data directory, and commands on it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("CUSTOMHOUSE_", "DJANGO_"))}
        self.environment = kept | {
            "CUSTOMHOUSE_DATA": str(data),
            "PYTHONPATH": str(ROOT / "src"),
            "CUSTOMHOUSE_PARCEL_WORKERS": "2",
        }

    def begin(self, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *command: str) -> str:
        process = self.begin(*command)
        out, wrong = process.communicate(timeout=300)
        assert process.returncode in (0, 1), wrong[-3000:]
        return out

    def clear(self, path: Path, reference: str = "KILL") -> tuple[str, ...]:
        options = ("--declarant", "XM100000009", "--reference", reference, "--chunk", str(CHUNK), "--json")
        return "-m", "customhouse.house", "parcels", "clear", str(path), *options

    def stored(self) -> Any:
        return json.loads(self.run("-c", STORED))


def consolidation(path: Path) -> Path:
    lines = [msgspec.json.encode(p) for p in parcels(ROWS, "kill")]
    lines[77], lines[5000] = b'{"half', b"\xff\xfe"
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def segments(house: House) -> int:
    """How many chunks of the consolidation are stored; 0 as long as nobody answers."""
    asked = "&".join(f"{name}={quote(value)}" for name, value in (("connect_timeout", "2"), ("options", AS_HOUSE)))
    with suppress(psycopg.Error), psycopg.connect(f"{Server(house.data).url()}&{asked}") as connection:
        row = connection.execute("select count(*) from parcel_segment").fetchone()
        return int(row[0]) if row else 0
    return 0


def cleared_in_spite_of_kills(house: House, path: Path) -> dict[str, Any]:
    """What the last process answers, which nobody killed; those before it were, each a few chunks further."""
    chance, stored = random.Random(), 0
    for _ in range(KILLS):
        process, more = house.begin(*house.clear(path)), stored + chance.randint(1, 3)
        while process.poll() is None and (stored := segments(house)) < more:
            time.sleep(chance.uniform(0, 0.05))
        process.send_signal(signal.SIGKILL)
        process.communicate()
    answer: dict[str, Any] = json.loads(house.run(*house.clear(path)))
    return answer


def test_killed_again_and_again_it_leaves_exactly_the_same_and_one_answer_per_parcel(tmp_path: Path) -> None:
    first = House(tmp_path / "one")
    first.data.mkdir()
    small = tmp_path / "small.jsonl"
    small.write_bytes(msgspec.json.encode(next(parcels(1, "small"))))
    first.run(*first.clear(small, "SMALL"))  # makes the house with its keys, and stops it
    second = House(tmp_path / "two")
    shutil.copytree(first.data, second.data)
    alone, hurt = (consolidation(tmp_path / name) for name in ("alone.jsonl", "hurt.jsonl"))
    whole = json.loads(first.run(*first.clear(alone)))
    answer = cleared_in_spite_of_kills(second, hurt)
    assert answer["resumed"], "the process was never killed in the middle: make the file longer"
    assert answer["counts"] == whole["counts"]
    assert first.stored() == second.stored()
    answers = [path.with_name(f"{path.name}.answer.csv").read_text() for path in (alone, hurt)]
    assert answers[0] == answers[1] and len(answers[0].splitlines()) == ROWS + 1


def test_two_processes_clear_for_two_declarants_at_once_and_one_is_killed(tmp_path: Path) -> None:
    house = House(tmp_path / "shared")
    house.data.mkdir()
    small = tmp_path / "small.jsonl"
    small.write_bytes(msgspec.json.encode(next(parcels(1, "small"))))
    house.run(*house.clear(small, "SMALL"))
    path, other = (consolidation(tmp_path / name) for name in ("one.jsonl", "other.jsonl"))
    one = house.begin(*house.clear(path))
    while one.poll() is None and segments(house) < 3:
        time.sleep(0.02)
    beside = house.begin(*(word.replace("XM100000009", "XM100000017") for word in house.clear(other)))
    more = segments(house) + 4
    while one.poll() is None and segments(house) < more:
        time.sleep(0.02)
    one.send_signal(signal.SIGKILL)
    one.communicate()
    said, wrong = beside.communicate(timeout=300)
    assert beside.returncode in (0, 1), wrong[-3000:]
    again = json.loads(house.run(*house.clear(path)))
    assert again["resumed"] and sum(again["counts"].values()) == sum(json.loads(said)["counts"].values()) == ROWS
    # what was refused, unreadable or declared before hangs on nobody else
    for verdict in ("refused", "repeated", "unreadable"):
        assert again["counts"][verdict] == json.loads(said)["counts"][verdict]
    assert house.run("-m", "customhouse.house", "verify")
