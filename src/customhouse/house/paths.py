"""Where the house keeps what must survive: one data directory, and the secrets in it that only the owner may read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def data_dir() -> Path:
    """The data directory: CUSTOMHOUSE_DATA, or the user's own place for application data."""
    if named := os.environ.get("CUSTOMHOUSE_DATA"):
        return Path(named).resolve()
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "customhouse"


def secret(name: str, make: int = 32) -> bytes:
    """The secret `name` (raw bytes of `make` random bytes in hex), made on first use with mode 0600."""
    folder = data_dir() / "secrets"
    path = folder / name
    try:
        return bytes.fromhex(path.read_text().strip())
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    value = secrets.token_bytes(make)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:  # another process was quicker
        return bytes.fromhex(path.read_text().strip())
    with os.fdopen(handle, "w") as file:
        file.write(value.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    return value


def log_dir() -> Path:
    folder = data_dir() / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
