"""The supervisor: one process tree, each child restarted when it dies, all of them gone when it goes.

Children ask the kernel for a signal when their parent dies, so that even a kill -9 of the supervisor leaves nothing behind
but the database, which the next start finds and uses.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from customhouse.house.options import PARENT

PR_SET_PDEATHSIG = 1
PATIENCE = 8.0  # seconds a child may take to end
LOOK_EVERY = 0.2
LONG_LIVED = 30.0  # a child that lived so long was well, and is started again at once
LONGEST_WAIT = 30.0
LARGEST_LOG = 10_000_000


def tie_to_parent() -> None:
    """In a child: ask for SIGTERM when the supervisor is gone (Linux), and go at once when it is gone already."""
    parent = os.environ.pop(PARENT, "")
    if not parent or sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(parent):
        sys.exit(1)


class Child:
    """One supervised process: its name, command, and when it may be started again."""

    def __init__(self, name: str, command: list[str]) -> None:
        self.name, self.command = name, command
        self.process: subprocess.Popen[str] | None = None
        self.wait, self.not_before, self.born = 0.25, 0.0, 0.0


class Supervisor:
    """Runs children until it is told to stop; their output goes to `logs/NAME.log`, and to the terminal when `loud`.

    `also` is called a few times a second beside watching the children.
    """

    def __init__(
        self, children: list[Child], logs: Path, *, loud: bool = False, also: Callable[[], None] = lambda: None
    ) -> None:
        self.children, self.logs, self.loud, self.also = children, logs, loud, also
        self._stopping = threading.Event()

    def stop(self, *_: object) -> None:
        """Ask everything to end; `run` returns when it has."""
        self._stopping.set()

    def run(self) -> None:
        """Start everything and watch until SIGINT, SIGTERM, SIGHUP or `stop`."""
        for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(one, self.stop)
        try:
            for child in self.children:
                self._start(child)
            while not self._stopping.wait(LOOK_EVERY):
                self._tend()
                self.also()
        finally:
            self._end()

    def _start(self, child: Child) -> None:
        child.process = subprocess.Popen(
            child.command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            start_new_session=True,
            env={**os.environ, PARENT: str(os.getpid())},
        )
        child.born = time.monotonic()
        threading.Thread(target=self._copy, args=(child.name, child.process.stdout), daemon=True).start()

    def _copy(self, name: str, output: IO[str]) -> None:
        path = self.logs / f"{name}.log"
        if path.exists() and path.stat().st_size > LARGEST_LOG:
            path.replace(path.with_suffix(".log.1"))
        with path.open("a", encoding="utf-8") as file:
            for line in output:
                if file.tell() > LARGEST_LOG:
                    file.flush()
                    path.with_suffix(".log.1").write_bytes(path.read_bytes())
                    file.truncate(0)
                file.write(line)
                file.flush()
                if self.loud:
                    sys.stderr.write(f"{name:>9} | {line}")

    def _tend(self) -> None:
        """Start again what has died, waiting longer each time it dies young."""
        now = time.monotonic()
        for child in self.children:
            if child.process is None or child.process.poll() is None:
                continue
            if not child.not_before:
                child.wait = 0.25 if now - child.born > LONG_LIVED else min(LONGEST_WAIT, child.wait * 2)
                child.not_before = now + child.wait
                sys.stderr.write(
                    f"{child.name} ended ({child.process.returncode}); starting it again in {child.wait:g} s. "
                    f"See {self.logs / child.name}.log\n"
                )
            elif now >= child.not_before:
                child.not_before = 0.0
                self._start(child)

    def _end(self) -> None:
        for child in self.children:
            if child.process and child.process.poll() is None:
                child.process.terminate()
        until = time.monotonic() + PATIENCE
        for child in self.children:
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.process.pid, signal.SIGKILL)
                child.process.wait()
