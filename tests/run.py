"""What `./customhouse test` does: style, types, import contracts, tests. Each step says what it is; all run, any failure fails.

`./customhouse test -k mrn` and the like go to pytest alone.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PYTEST = [sys.executable, "-m", "pytest"]
BESIDE = ("tests/faults", "tests/labs")
JOURNEYS = ("tests/e2e",)
STILL = 200  # seconds after which tests of which none ends stand still
TO_END = 60  # seconds that a process may take to end when its result is known
STEPS: tuple[tuple[str, list[str]], ...] = (
    ("style", ["ruff", "check", "src", "tests", "bench"]),
    ("layout", ["ruff", "format", "--check", "--quiet", "src", "tests", "bench"]),
    ("types", ["mypy"]),
    ("floors", ["lint-imports"]),
)


def browser() -> None:
    """Debian's Chromium for the journeys: installed when we may, else the journeys skip and say so."""
    if shutil.which("chromium") or not shutil.which("apt-get") or os.geteuid() != 0:
        return
    print("Installing Chromium for the browser journeys ...", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=environment, check=False, stdout=subprocess.DEVNULL)
    subprocess.run(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-dejavu-core"],
        env=environment,
        check=False,
        stdout=subprocess.DEVNULL,
    )


def system_server() -> Path | None:
    """The oldest PostgreSQL installed from the system's packages, 15 or later: what a plain server offers must be enough."""
    found = {int(p.parent.name): p for p in Path("/usr/lib/postgresql").glob("[0-9]*/bin") if (p / "initdb").exists()}
    return next((place for major, place in sorted(found.items()) if major >= 15), None)


class Part(NamedTuple):
    """Tests that are run in a process of their own."""

    name: str
    paths: tuple[str, ...]
    environment: dict[str, str] = {}


class Beside(threading.Thread):
    """Parts that are run one after the other beside the others: a machine has two cores, and a browser's event loop stays in
    its process.

    Where no test ends for a long time a part is not waited for: where every thread of it is gets printed, it is stopped, and
    run once more. One that has its result and does not end is stopped too; its result counts.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        super().__init__()
        self.parts = parts
        self.folder = Path(tempfile.mkdtemp(prefix="ch-beside-"))
        self.result = self.folder / "result"
        self.status: dict[str, int | None] = {}
        self.start()

    def run(self) -> None:
        for part in self.parts:
            for _ in range(2):
                if (status := self._once(part)) is not None:
                    break
                print(
                    f"{part.name}: stood still; this is where, and they are run once more:", self.told(part), sep="\n"
                )
            self.status[part.name] = status

    def told(self, part: Part) -> str:
        where = self.result.with_suffix(".where")
        return (self.folder / f"{part.name}.txt").read_text() + (where.read_text() if where.exists() else "")

    def failed(self) -> list[str]:
        """Wait for them, print what they told; which failed."""
        self.join()
        for part in self.parts:
            print(f"{part.name} ...", self.told(part), sep="\n", flush=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        return [part.name for part in self.parts if self.status.get(part.name) != 0]

    def _once(self, part: Part) -> int | None:
        """The status of pytest; None when it stood still and was stopped."""
        for old in (self.result, self.result.with_suffix(".where")):
            old.unlink(missing_ok=True)
        environment = {**os.environ, **part.environment, "CUSTOMHOUSE_TEST_RESULT": str(self.result)}
        log = self.folder / f"{part.name}.txt"
        with log.open("w") as told:
            process = subprocess.Popen(
                [*PYTEST, *part.paths, "--durations=10"], cwd=ROOT, env=environment, stdout=told,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        while process.poll() is None:
            time.sleep(0.2)
            ends = self.result.exists()
            heard = (self.result if ends else log).stat().st_mtime
            if time.time() - heard > (TO_END if ends else STILL):
                if part.paths == JOURNEYS:
                    process.send_signal(signal.SIGUSR1)
                    time.sleep(3)
                process.send_signal(signal.SIGABRT)  # Python prints where every thread is
                time.sleep(3)
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                return int(self.result.read_text()) if ends else None
        return process.returncode


def parts() -> list[Part]:
    """What is run beside the other tests: the journeys, the register once more on the system's PostgreSQL, and BESIDE."""
    found = [Part("journeys in the browser", JOURNEYS)]
    if (system := system_server()) is not None:
        register = ("tests/registry", "tests/api/test_intake.py")
        found.append(Part("register on this system's PostgreSQL", register, {"CUSTOMHOUSE_POSTGRES_BIN": str(system)}))
    return [*found, Part("kills and models", BESIDE)]


def suite() -> list[str]:
    """All tests; what failed."""
    beside = Beside(parts())
    left_out = [f"--ignore={path}" for path in (*JOURNEYS, *BESIDE)]
    failed = (
        ["tests"] if subprocess.run([*PYTEST, *left_out, "--durations=20"], cwd=ROOT, check=False).returncode else []
    )
    return failed + beside.failed()


def main() -> int:
    bin_dir = Path(sys.executable).parent
    arguments = sys.argv[1:]
    failed: list[str] = []
    for name, command in () if arguments else STEPS:
        began = time.monotonic()
        done = subprocess.run(
            [bin_dir / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
        )
        print(f"{name:<7} {'ok' if not done.returncode else 'FAILED'} ({time.monotonic() - began:.1f} s)", flush=True)
        if done.returncode:
            print(done.stdout, done.stderr, flush=True)
            failed.append(name)
    browser()
    if arguments:
        if subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, check=False).returncode:
            failed.append("tests")
    else:
        failed += suite()
    print("failed: " + ", ".join(failed) if failed else "All is well.", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
