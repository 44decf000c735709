"""The machine a figure was taken on, and the CPU time of a process tree, read from /proc."""

from __future__ import annotations

import json
import os
import platform
import threading
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
    total = 0
    for one in children(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += sum(int(x) for x in fields[11:15])
    return total / TICK


class Watch:
    """CPU seconds of every process below `pid` while it is watched, by what runs ("self" for `pid`, "java", "python"). It looks every
    half second, so that of a process that ended in the meantime no more than that is missed."""

    def __init__(self, pid: int) -> None:
        self.pid, self.done, self.seen = pid, threading.Event(), dict[int, tuple[str, int, int]]()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Watch:
        self._look(begin=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.thread.join()
        self._look()

    def seconds(self) -> dict[str, float]:
        found: dict[str, float] = {}
        for name, first, last in self.seen.values():
            found[name] = found.get(name, 0) + (last - first) / TICK
        return found

    def _run(self) -> None:
        while not self.done.wait(0.5):
            self._look()

    def _look(self, *, begin: bool = False) -> None:
        for one in children(self.pid):
            try:
                head, rest = Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)
            except OSError:
                continue
            now = sum(int(x) for x in rest.split()[11:13])
            name = "self" if one == self.pid else head.split("(", 1)[1]
            _, first, _ = self.seen.get(one, (name, now if begin else 0, 0))
            self.seen[one] = name, first, now


def write(name: str, figures: dict[str, Any]) -> Path:
    """Write figures with the machine to bench/results/NAME.json."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps({"machine": machine(), **figures}, indent=1) + "\n")
    return path
