"""Where the house keeps what must survive: one data directory, and the secrets in it that only the owner may read."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path


def data_dir() -> Path:
    """The data directory: CUSTOMHOUSE_DATA, or the user's own place for application data."""
    if named := os.environ.get("CUSTOMHOUSE_DATA"):
        return Path(named).resolve()
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "customhouse"


def secret(name: str, *, root: Path | None = None) -> bytes:
    """The secret `name` (32 random bytes), made on first use in `secrets/` of `root` with mode 0600."""
    folder = (root or data_dir()) / "secrets"
    path = folder / name
    with contextlib.suppress(FileNotFoundError):
        return bytes.fromhex(path.read_text().strip())
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    # Written whole beside its place and linked in: nobody ever reads half a secret, and the first one made counts.
    with tempfile.NamedTemporaryFile("w", dir=folder, prefix=".new") as file:
        file.write(secrets.token_bytes(32).hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(file.name, path)
    return bytes.fromhex(path.read_text().strip())


def log_dir() -> Path:
    """Where the processes of the house write what they say."""
    folder = data_dir() / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
