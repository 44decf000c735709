"""Desks with somebody sitting at them: a signed-in client for each demo account, and declarations to work on."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable

import pytest
from django.test import Client
from tests.registry import papers

from customhouse.clearance.lodge import lodge
from customhouse.record.declaration import Declaration

_count = itertools.count(1)
_run = uuid.uuid4().hex[:6]
TYPED = {
    "type": "IMA",
    "office": "XM000010",
    "payment": "A",
    "importer_id": "XM100000058",
    "importer_name": "Green Valley Farms",
    "exporter_name": "Agro Supplies SA",
    "exporter_country": "FR",
    "dispatch": "FR",
    "destination": "XM",
    "incoterm": "CIF",
    "mode": "1",
    "item-1-code": "38089190",
    "item-1-description": "Insecticide in drums of 20 litres",
    "item-1-origin": "FR",
    "item-1-procedure": "4000",
    "item-1-preference": "100",
    "item-1-price": "12400.00",
    "item-1-currency": "USD",
    "item-1-gross": "2100",
    "item-1-net": "2000",
    "item-1-packages": "100",
    "item-1-package_type": "DR",
    "item-1-doc-1-code": "N935",
    "item-1-doc-1-id": "INV-88",
    "item-1-doc-2-code": "9109",
    "item-1-doc-2-id": "PP-2026-7",
}


@pytest.fixture
def desk(house: None) -> Callable[..., Client]:
    """A client signed in as a demo account, reading `language`."""
    from customhouse.registry import people

    def sit(account: str, language: str = "en", **options: bool) -> Client:
        client = Client(**options)
        client.force_login(people.find(account))
        client.cookies["django_language"] = language
        return client

    return sit


@pytest.fixture
def typed() -> Callable[..., dict[str, str]]:
    """What a broker types for a consignment of pesticides, which an officer looks at; `changes` by the name of the field."""

    def fill(**changes: str) -> dict[str, str]:
        return {"lrn": f"D-{_run}-{next(_count)}", **TYPED, **changes}

    return fill


@pytest.fixture
def yellow(desk: Callable[..., Client], typed: Callable[..., dict[str, str]]) -> Declaration:
    """A declaration of the broker that waits for an officer and for its payment."""
    from customhouse.registry import files

    form = typed(lodge="1")
    desk("broker").post("/lodge", form)
    found = files.by_lrn(papers.BROKER, form["lrn"])
    assert found is not None
    assert found.lane == "YELLOW"
    return found


@pytest.fixture
def red(house: None) -> Declaration:
    """A declaration of the broker that waits for an examination."""
    found = lodge(papers.paper(papers.reference(), example=papers.RED), by=papers.BROKER).declaration
    assert found is not None
    assert found.lane == "RED"
    return found


@pytest.fixture
def foreign(house: None) -> Declaration:
    """A declaration of another trader than the broker's."""
    data = papers.paper(papers.reference()).replace(papers.BROKER.encode(), b"XM100000017")
    found = lodge(data, by="XM100000017").declaration
    assert found is not None
    return found
