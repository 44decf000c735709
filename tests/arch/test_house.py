"""The structure of the house, tested: floors, documented settings and commands, no clock in pure rooms, sizes, names."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "customhouse"
MODULES = sorted(p for p in SOURCE.rglob("*.py") if "migrations" not in p.parts)
PURE = ("kernel", "record", "law", "offices", "ledger")
DJANGO_ASKS = {"registry/postgresql/base.py"}  # the name under which Django looks for a database backend
NAMELESS = {"utils", "util", "common", "helpers", "helper", "manager", "misc", "base"}
CLOCKS = {("datetime", "now"), ("date", "today"), ("datetime", "utcnow"), ("time", "time"), ("timezone", "now")}


def test_imports_run_downwards_only() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert not done.returncode, done.stdout


def test_every_setting_is_documented_and_every_documented_setting_exists() -> None:
    from customhouse.house.options import TABLE

    told = set(re.findall(r"`(CUSTOMHOUSE_[A-Z_]+)`", (ROOT / "docs" / "settings.md").read_text()))
    assert {name for name, _, _ in TABLE} <= told
    read = {name for path in MODULES for name in re.findall(r"CUSTOMHOUSE_[A-Z_]+[A-Z]", path.read_text())}
    assert read <= told


def test_every_command_is_documented() -> None:
    from customhouse.house.cli import VERBS

    told = (ROOT / "docs" / "commands.md").read_text()
    assert [verb for verb in VERBS if f"customhouse {verb}" not in told] == []


@pytest.mark.parametrize("room", PURE)
def test_pure_rooms_have_no_clock(room: str) -> None:
    found = [
        f"{path.name}:{node.lineno}"
        for path in (SOURCE / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and (node.func.value.id, node.func.attr) in CLOCKS
    ]
    assert found == []


def test_files_want_to_stay_small() -> None:
    assert [f"{p.relative_to(ROOT)}" for p in MODULES if len(p.read_text().splitlines()) > 420] == []


def test_names_say_something() -> None:
    assert [
        str(p.relative_to(ROOT))
        for p in MODULES
        if p.stem in NAMELESS and p.relative_to(SOURCE).as_posix() not in DJANGO_ASKS
    ] == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(p.relative_to(ROOT))
        for p in MODULES
        if p.name != "apps.py" and p.read_text().strip() and ast.get_docstring(ast.parse(p.read_text())) is None
    ]
    assert [s for s in silent if not s.endswith("templatetags/__init__.py")] == []


def test_the_queue_of_jobs_is_consumed() -> None:
    """Every task stands on a queue that the worker reads."""
    from customhouse.registry.jobs import QUEUE

    tasks = (SOURCE / "registry" / "tasks.py").read_text()
    assert re.findall(r"queue=(\w+)", tasks) == ["QUEUE"] * tasks.count("@app.task")
    serve = (SOURCE / "house" / "commands" / "serve.py").read_text()
    assert "queues=[QUEUE]" in serve
    assert "parcel_opening.open_as_they_come" in serve, "files of parcels wait for nobody"
    assert QUEUE


def test_the_tour_points_at_what_is_there() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        for link in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
            if not link.startswith(("http", "mailto")):
                assert (page.parent / link).exists(), f"{page.name} points at {link}"


def test_locks_name_no_host() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        assert not re.search(r"https?://", lock.read_text()), lock.name


def test_no_two_locks_of_the_register_have_one_number() -> None:
    """Who takes another's lock keeps it out of its work, and nothing says so."""
    found = [
        (number, path.name)
        for path in sorted((SOURCE / "registry").glob("*.py"))
        for number in re.findall(r"^[A-Z]+ = (7_\d{3}_\d{3})\b", path.read_text(), re.M)
    ]
    assert len(found) >= 4
    assert len({number for number, _ in found}) == len(found), found
