"""Getting ready to work in this process: the database runs, its address is known to Django, the tables are there."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys

from customhouse.house.embedded import OWNER, Server
from customhouse.house.fault import HouseProblem

URL, OWNER_URL = "CUSTOMHOUSE_DATABASE_URL", "CUSTOMHOUSE_OWNER_DATABASE_URL"


def connect_environment() -> Server | None:
    """Make sure that a database answers and put its addresses into the environment; the Server when it is embedded."""
    if os.environ.get(URL):
        os.environ.setdefault(OWNER_URL, os.environ[URL])
        return None
    server = Server()
    server.ensure()
    atexit.register(server.release)
    os.environ[URL], os.environ[OWNER_URL] = server.url(), server.url(OWNER)
    return server


def setup_django() -> None:
    """Make Django ready in a process that does the house's own work: it reads everything (registry.reader)."""
    from customhouse.registry import reader

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "customhouse.house.settings")
    import django

    django.setup()
    reader.serve_as(reader.SYSTEM)


def migrate() -> None:
    """Bring tables, roles and grants up to date, as the owner, in a process of its own."""
    environment = {**os.environ, URL: os.environ[OWNER_URL], "DJANGO_SETTINGS_MODULE": "customhouse.house.settings"}
    done = subprocess.run(
        [sys.executable, "-m", "customhouse.house.migrate"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise HouseProblem(f"the tables could not be brought up to date:\n{done.stderr.strip()[-3000:]}")


def settle_kind() -> None:
    """Say, at the first start, whether the database is a sandbox; refuse to work on one of the other kind ever after."""
    from customhouse.house.options import is_on
    from customhouse.registry import kind

    wanted = is_on("CUSTOMHOUSE_SANDBOX")
    if kind.settle(sandbox=wanted) != wanted:
        holds, is_ = ("a house of record", "a sandbox") if wanted else ("a sandbox", "a house of record")
        raise HouseProblem(f"the database holds {holds}, and this is {is_}. Give each its own CUSTOMHOUSE_DATABASE_URL")


def ensure_database(*, seed: bool = True) -> None:
    """Everything a command needs that works on the register."""
    connect_environment()
    migrate()
    setup_django()
    settle_kind()
    if seed:
        from customhouse.house import sandbox
        from customhouse.house.options import is_on, setting
        from customhouse.registry import demo

        if is_on("CUSTOMHOUSE_SANDBOX"):
            sandbox.seed(setting("CUSTOMHOUSE_COUNTRY"))
        else:
            demo.seed_law()
