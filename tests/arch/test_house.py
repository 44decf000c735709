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


def test_no_two_rooms_take_one_anothers_turn() -> None:
    """Who takes another's turn keeps it out of its work, and nothing says so."""
    rooms: dict[str, set[str]] = {}
    for path in MODULES:
        text = path.read_text()
        named = re.findall(r"\bturn\.\w+\(\s*([^,)]+)", text)
        assert path.name == "turn.py" or not re.search(r"pg_\w*advisory", text), (
            f"{path.name} asks for a lock without a name"
        )
        for name in named:
            known = name.strip('"') if name.startswith('"') else re.search(rf'^{name} = "(.+)"', text, re.M)
            assert known, f"{path.name}: what is the turn {name} called?"
            rooms.setdefault(known if isinstance(known, str) else known[1], set()).add(path.name)
    assert len(rooms) >= 12
    assert [name for name, where in rooms.items() if len(where) > 1] == []
