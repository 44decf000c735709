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
from pathlib import Path
from typing import Any

import msgspec
import pytest

pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")

from customhouse.simulator.parcels import parcels

pytestmark = [pytest.mark.faults, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
ROWS, CHUNK = 12_000, 400
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
        "rows": "select md5(string_agg(p::text, '|' order by id)), count(*), count(distinct id) from parcel p",
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
        self.environment = kept | {"CUSTOMHOUSE_DATA": str(data), "PYTHONPATH": str(ROOT / "src")}

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


def test_killed_again_and_again_it_leaves_exactly_the_same_and_one_answer_per_parcel(tmp_path: Path) -> None:
    first = House(tmp_path / "one")
    first.data.mkdir()
    small = tmp_path / "small.jsonl"
    small.write_bytes(msgspec.json.encode(next(parcels(1, "small"))))
    first.run(*first.clear(small, "SMALL"))  # makes the house with its keys, and stops it
    second = House(tmp_path / "two")
    shutil.copytree(first.data, second.data)
    alone, hurt = (consolidation(tmp_path / name) for name in ("alone.jsonl", "hurt.jsonl"))
    began = time.monotonic()
    whole = json.loads(first.run(*first.clear(alone)))
    usual = time.monotonic() - began
    chance, kills = random.Random(), 0
    while True:
        process = second.begin(*second.clear(hurt))
        try:
            out, wrong = process.communicate(timeout=chance.uniform(0.4, 0.95) * usual if kills < KILLS else 300)
            assert process.returncode in (0, 1), wrong[-3000:]
            break
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            kills += 1
            time.sleep(0.2)
    resumed = json.loads(out)["resumed"]
    assert kills and resumed, "the process was never killed in the middle: make the file longer"
    assert json.loads(out)["counts"] == whole["counts"]
    assert first.stored() == second.stored()
    answers = [path.with_name(f"{path.name}.answer.csv").read_text() for path in (alone, hurt)]
    assert answers[0] == answers[1] and len(answers[0].splitlines()) == ROWS + 1
