"""A real PostgreSQL for the tests: the embedded server in a temporary data directory, migrated as in a new house.

CUSTOMHOUSE_TEST_DATABASE_URL (and CUSTOMHOUSE_TEST_OWNER_DATABASE_URL) name another server to test against. Tests
work as the application role, so what it may not do fails here as it would in a running house.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

_folder = Path(tempfile.mkdtemp(prefix="ch-test-"))
os.environ["CUSTOMHOUSE_DATA"] = str(_folder)
os.environ["DJANGO_SETTINGS_MODULE"] = "customhouse.house.settings"
for _name in ("DATABASE_URL", "OWNER_DATABASE_URL"):
    os.environ.pop(f"CUSTOMHOUSE_{_name}", None)
    if _given := os.environ.get(f"CUSTOMHOUSE_TEST_{_name}"):
        os.environ[f"CUSTOMHOUSE_{_name}"] = _given

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from customhouse.house.embedded import OWNER, Server  # noqa: E402

_server = None if os.environ.get("CUSTOMHOUSE_DATABASE_URL") else Server(_folder, durable=False)
if _server is not None:
    os.environ["CUSTOMHOUSE_DATABASE_URL"] = _server.url()
    os.environ["CUSTOMHOUSE_OWNER_DATABASE_URL"] = _server.url(OWNER)

import django  # noqa: E402 - only now does the database have an address

django.setup()

from customhouse.registry import reader  # noqa: E402

reader.serve_as(reader.SYSTEM)  # what a test does is the house's own work; requests of its clients name their readers


def _clear() -> None:
    if _server is not None:
        _server.stop()
    shutil.rmtree(_folder, ignore_errors=True)


atexit.register(_clear)


def pytest_sessionfinish(exitstatus: int) -> None:
    """The result for whoever started this process, before anything is torn down that may stand still."""
    if place := os.environ.pop("CUSTOMHOUSE_TEST_RESULT", ""):
        Path(place).write_text(str(int(exitstatus)))


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """The tables of a new house, made by the owner, with the demo's law and accounts."""
    from customhouse.house.start import migrate

    if _server is not None:
        _server.ensure()
    migrate()
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        from customhouse.registry import demo

        demo.seed()
        yield


@pytest.fixture
def house(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """The register with real commits: for what works over several connections. Give each test its own references."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Foreign material, or a skip that says so."""
    named = os.environ.get("CUSTOMHOUSE_SHARED_DATA")
    place = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "data"
    if not place.is_dir():
        pytest.skip("foreign material is absent; name its directory in CUSTOMHOUSE_SHARED_DATA")
    return place
