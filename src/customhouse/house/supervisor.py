"""The supervisor: one process tree, each child restarted when it dies, all of them gone when it goes.

Children ask the kernel for a signal when their parent dies, so that even a kill -9 of the supervisor leaves nothing behind
but the database, which is stopped by the next start or by its own hand.
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

PR_SET_PDEATHSIG = 1
PATIENCE = 8.0


class Child:
    """One supervised process: its name, command, and when it may be started again."""

    def __init__(self, name: str, command: list[str]) -> None:
        self.name, self.command = name, command
        self.process: subprocess.Popen[str] | None = None
        self.wait, self.not_before, self.born = 0.5, 0.0, 0.0


def _die_with_parent(parent: int) -> Callable[[], None]:
    """What a child does before it becomes itself: ask for SIGTERM when the supervisor is gone (Linux)."""

    def prepare() -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)

    return prepare


class Supervisor:
    """Runs children until it is told to stop; their output goes to `logs/NAME.log`, and to the terminal when `loud`."""

    def __init__(self, children: list[Child], logs: Path, *, loud: bool = False) -> None:
        self.children, self.logs, self.loud = children, logs, loud
        self._stopping = threading.Event()

    def stop(self, *_: object) -> None:
        self._stopping.set()

    def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Start everything, call `ready`, and watch until SIGINT or SIGTERM."""
        signal.signal(signal.SIGINT, self.stop)
        signal.signal(signal.SIGTERM, self.stop)
        try:
            for child in self.children:
                self._start(child)
            ready()
            while not self._stopping.wait(0.3):
                self._tend()
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
            preexec_fn=_die_with_parent(os.getpid()),  # noqa: PLW1509 - single-threaded at this point, and Linux only
        )
        child.born = time.monotonic()
        threading.Thread(target=self._copy, args=(child.name, child.process.stdout), daemon=True).start()

    def _copy(self, name: str, output: IO[str]) -> None:
        with (self.logs / f"{name}.log").open("a", encoding="utf-8") as file:
            for line in output:
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
                lived = now - child.born
                child.wait = 0.5 if lived > 30 else min(30.0, child.wait * 2)
                child.not_before = now + child.wait
                code = child.process.returncode
                sys.stderr.write(
                    f"{child.name} ended ({code}); starting it again in {child.wait:g} s. See {self.logs / child.name}.log\n"
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
