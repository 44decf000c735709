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
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTEST = [sys.executable, "-m", "pytest"]
STILL = 300  # seconds after which journeys of which none ends stand still
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


class Journeys(threading.Thread):
    """The journeys in the browser, in a process of their own beside the others: a browser's event loop stays in its process,
    and nobody waits for them.

    Where no test ends for a long time the process is not waited for: where every thread of it is gets printed, it is
    stopped, and the journeys are run once more. One that has its result and does not end is stopped too; its result counts.
    """

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="ch-journeys-"))
        self.result, self.told = self.folder / "result", self.folder / "told.txt"
        self.status: int | None = None
        self.start()

    def run(self) -> None:
        for _ in range(2):
            if (status := self._once()) is not None:
                self.status = status
                return
            text = self.told.read_text()
            print("The journeys stood still; this is where, and they are run once more:", text, sep="\n", flush=True)

    def failed(self) -> bool:
        """Wait for them, print what they told; whether any failed."""
        self.join()
        print(self.told.read_text(), flush=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        return self.status != 0

    def _once(self) -> int | None:
        """The status of pytest; None when it stood still and was stopped."""
        self.result.unlink(missing_ok=True)
        environment = {**os.environ, "CUSTOMHOUSE_TEST_RESULT": str(self.result)}
        command = [*PYTEST, "tests/e2e"]
        with self.told.open("w") as told:
            process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=told, stderr=subprocess.STDOUT, start_new_session=True
            )
        while process.poll() is None:
            time.sleep(0.2)
            ends = self.result.exists()
            heard = (self.result if ends else self.told).stat().st_mtime
            if time.time() - heard > (TO_END if ends else STILL):
                process.send_signal(signal.SIGABRT)  # Python prints where every thread is
                time.sleep(3)
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                return int(self.result.read_text()) if ends else None
        return process.returncode


def suite() -> list[str]:
    """All tests; what failed."""
    failed: list[str] = []
    journeys = Journeys()
    if subprocess.run([*PYTEST, "--ignore=tests/e2e", "--durations=20"], cwd=ROOT, check=False).returncode:
        failed.append("tests")
    if (system := system_server()) is not None:
        print(f"The register once more, on the PostgreSQL of this system ({system}) ...", flush=True)
        environment = {**os.environ, "CUSTOMHOUSE_POSTGRES_BIN": str(system)}
        command = [*PYTEST, "tests/registry", "tests/api/test_intake.py"]
        if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode:
            failed.append("tests on the system's PostgreSQL")
    print("The journeys in the browser ...", flush=True)
    if journeys.failed():
        failed.append("journeys")
    return failed


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
