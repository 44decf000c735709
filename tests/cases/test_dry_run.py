"""`clear --dry-run` in a process of its own: no database, no settings, every example. What runs inside the tests has both."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"
FOLDERS = ("good", "edifact/good", "asycuda/good", "table/good")


def test_every_example_is_decided_without_a_database(tmp_path: Path) -> None:
    places = [str(EXAMPLES / name) for name in FOLDERS]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("CUSTOMHOUSE_", "DJANGO_"))}
    command = [sys.executable, "-m", "customhouse.house", "clear", "--dry-run", "--json", *places]
    done = subprocess.run(
        command, env=kept | {"CUSTOMHOUSE_DATA": str(tmp_path / "none")}, capture_output=True, text=True, timeout=120
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert told, done.stderr[-2000:]
    named = {Path(one["file"]) for one in told}
    files = {f for place in places for f in Path(place).iterdir() if f.suffix in (".xml", ".json", ".edi", ".csv")}
    assert named == files
    cargo = {f for f in files if "cargo" in f.name}  # a report of cargo is no declaration, and is told so
    assert {Path(one["file"]) for one in told if not one.get("mrn")} <= cargo
    assert not (tmp_path / "none").exists()
