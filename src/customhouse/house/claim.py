"""One house per data directory: `up` holds a lock on `house.json`, which tells others where the house is.

The lock goes with the process, however it ends, so that nobody has to judge by a process number.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from pathlib import Path
from typing import IO, Any

from customhouse.house.fault import HouseProblem
from customhouse.house.paths import data_dir


def _place() -> Path:
    return data_dir() / "house.json"


def running() -> dict[str, Any] | None:
    """The house that runs from this data directory (pid, host, port), or None."""
    try:
        with _place().open("r") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                told: dict[str, Any] = json.loads(file.read() or "{}")
                return told if "pid" in told else None
    except FileNotFoundError:
        pass
    return None


class Claim:
    """This process is the house of its data directory, until `give_up` or its end. Raises HouseProblem when another is."""

    def __init__(self) -> None:
        data_dir().mkdir(parents=True, exist_ok=True)
        self._file = _place().open("a+")
        for _ in range(5):  # somebody may be looking just now
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.1)
            else:
                break
        else:
            self._file.close()
            raise HouseProblem(_taken(running()))
        self._file.seek(0)
        # A house that ended by itself leaves nothing in the file.
        self.after_a_crash = bool(self._file.read())

    def tell(self, host: str, port: int) -> None:
        """Say where the house is, for `status` and `down`."""
        _rewrite(self._file, json.dumps({"pid": os.getpid(), "host": host, "port": port}))

    def give_up(self) -> None:
        """The house has ended in order."""
        _rewrite(self._file, "")
        self._file.close()


def _rewrite(file: IO[str], text: str) -> None:
    file.seek(0)
    file.truncate()
    file.write(text)
    file.flush()


def _taken(other: dict[str, Any] | None) -> str:
    where = (
        f", at {address(other['host'], other['port'])} (process {other['pid']})" if other else " and is just starting"
    )
    return (
        f"a house runs already from {data_dir()}{where}.\n"
        "Stop it with `customhouse down`, or give this one its own data directory in CUSTOMHOUSE_DATA."
    )


def address(host: str, port: int) -> str:
    """The URL under which a house that listens on `host` is reached from this machine."""
    near = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - told apart, not bound
    return f"http://{f'[{near}]' if ':' in near and not near.startswith('[') else near}:{port}/"
