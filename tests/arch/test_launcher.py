"""The launcher: what it installs is locked, and the same wherever it stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ROOT / "requirements"
EXTRAS = re.search(r'^extras="([^"]+)"', (ROOT / "customhouse").read_text(), re.M)


def pins(name: str) -> dict[str, set[str]]:
    """The versions of each package in a lock, one for each kind of Python."""
    made: dict[str, set[str]] = {}
    for package, version in re.findall(r"^([\w.-]+)==(\S+)", (LOCKS / name).read_text(), re.M):
        made.setdefault(package, set()).add(version)
    return made


def test_what_is_run_is_what_was_tested() -> None:
    assert EXTRAS
    run, tested = pins("run.txt"), pins("test.txt")
    for name in EXTRAS[1].split():
        beside = pins(f"{name}.txt")
        assert run.items() <= beside.items() and len(beside) > len(run), name
    for name in ("run.txt", "targeting.txt"):
        found = pins(name)
        assert found.items() <= tested.items(), {k: v for k, v in found.items() if tested.get(k) != v}
    assert {"numpy", "pyarrow", "rapidfuzz"} <= run.keys()  # parcels and watch lists are there from the first minute


@pytest.mark.skipif(sys.platform == "win32", reason="the launcher is a shell script")
@pytest.mark.parametrize("asked", [[], ["everything"]])
def test_an_extra_that_is_none_is_answered_with_those_there_are(asked: list[str]) -> None:
    venv = str(Path(sys.prefix))
    done = subprocess.run(
        [str(ROOT / "customhouse"), "install", *asked], env=os.environ | {"CUSTOMHOUSE_VENV": venv}, capture_output=True, text=True
    )  # fmt: skip
    assert (
        done.returncode == 2 and "targeting spark" in done.stderr and "./customhouse install targeting" in done.stderr
    )
