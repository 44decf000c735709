"""One web process for the tests of the API that need nothing special of it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from tests.api import serving


@pytest.fixture(scope="session")
def served(django_db_setup: None) -> Iterator[str]:
    """The address of a running house without its worker."""
    with serving.web(CUSTOMHOUSE_WEBHOOK_PRIVATE="on") as address:
        yield address


@pytest.fixture
def broker(served: str, house: None) -> Iterator[httpx.Client]:
    """The software of the broker, with every scope."""
    with serving.bearer(served) as one:
        yield one


@pytest.fixture
def stranger(served: str, house: None) -> Iterator[httpx.Client]:
    """The software of another trader, with every scope."""
    with serving.bearer(served, trader=serving.OTHER) as one:
        yield one
