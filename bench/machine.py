"""The machine a figure was taken on, and the CPU time of a process tree, read from /proc."""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

TICK = os.sysconf("SC_CLK_TCK")
RESULTS = Path(__file__).parent / "results"


def machine() -> dict[str, Any]:
    cpu = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    load = os.getloadavg()
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.platform(),
        "load_before": [round(x, 2) for x in load],
        "taken": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def children(pid: int) -> list[int]:
    """`pid` and all its descendants."""
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found.extend(int(p) for p in task.read_text().split())
            except OSError:
                continue
    return found


def cpu_seconds(pid: int) -> float:
    """User and system time of the tree below `pid`, with that of children already waited for."""
    return sum(cpu_by_program(pid).values())


def cpu_by_program(pid: int) -> dict[str, float]:
    """The same by what runs: the program's name ("java", "python"), but "self" for `pid` itself."""
    found: dict[str, float] = {}
    for one in children(pid):
        try:
            head, rest = Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)
        except OSError:
            continue
        name = "self" if one == pid else head.split("(", 1)[1]
        found[name] = found.get(name, 0) + sum(int(x) for x in rest.split()[11:15]) / TICK
    return found


def write(name: str, figures: dict[str, Any]) -> Path:
    """Write figures with the machine to bench/results/NAME.json."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps({"machine": machine(), **figures}, indent=1) + "\n")
    return path
