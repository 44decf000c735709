"""A data directory of a bench's own, named to the house by being imported before it, and removed at the end."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

FOLDER = Path(tempfile.mkdtemp(prefix="ch-bench-"))
OWN = os.getpid()


@atexit.register  # the first to be registered is the last to run
def _clear() -> None:
    if os.getpid() == OWN:  # not a child of it
        shutil.rmtree(FOLDER, ignore_errors=True)


os.environ["CUSTOMHOUSE_DATA"] = str(FOLDER)
os.environ["CUSTOMHOUSE_DEMO"] = "on"
