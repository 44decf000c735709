"""A watch list for the time of a test, and declarations whose parties are named for it. Everything here is made up."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

from tests.registry.papers import paper, reference

from customhouse.clearance import screening
from customhouse.clearance.invalidate import invalidate
from customhouse.clearance.lodge import lodge
from customhouse.record.declaration import Declaration, Role
from customhouse.record.lanes import Lane
from customhouse.record.watch_list import ListedParty, PartyKind, Version, WatchList
from customhouse.registry import watch_lists

VANTORR = ListedParty(
    "Q-1",
    ("Vantorr Quill Shipping GmbH", "Вантор Квилл"),
    PartyKind.ORGANISATION,
    "Own, arms",
    date(2026, 1, 2),
    "Invented",
)
OSTREK = ListedParty("Q-2", ("Ilmar Ostrekov",), PartyKind.PERSON, "Own, fraud")
TIDE = ListedParty("Q-3", ("Grey Tide Runner",), PartyKind.SHIP, "Own, fishing")
_count = itertools.count(1)


def keep(*parties: ListedParty, name: str = "test") -> Version:
    """A version of the list that counts from now on."""
    digest = hashlib.sha256(f"{name}{next(_count)}{datetime.now(UTC)}".encode()).hexdigest()
    kept = watch_lists.keep(name, WatchList("csv", digest, parties), "tester", datetime.now(UTC)).version
    screening.HERE.forget()
    return kept


@contextmanager
def counting(*parties: ListedParty, name: str = "test") -> Iterator[Version]:
    """A list that counts for the time of the block."""
    kept = keep(*parties, name=name)
    try:
        yield kept
    finally:
        watch_lists.withdraw(name, "tester", datetime.now(UTC))
        screening.HERE.forget()


def message(exporter: str = "", importer: str = "", means: str = "", lrn: str = "") -> bytes:
    """A small parcel, green and free of charge, with these parties."""
    told = json.loads(paper(lrn or reference()))
    told["invoice"]["value"] = told["goods_shipment"]["items"][0]["commodity"]["price"]["value"] = "0.01"
    if exporter:
        told["exporter"] = {"name": exporter, "address": {"country": "DE", "city": "Bremen", "line": "1 Kai"}}
    if importer:
        told["goods_shipment"]["importer"] = {**told["goods_shipment"].get("importer", {}), "name": importer}
    if means:
        told["border_means"] = {**told.get("border_means", {}), "name": means}
    return json.dumps(told).encode()


def lodged(**parties: str) -> Declaration:
    """Handed in and answered; again where the random draw asks for control."""
    for _ in range(50):
        outcome = lodge(message(**parties), by="broker", format="json")
        d = outcome.declaration
        assert outcome.kind == "new" and d is not None, outcome.problems
        if d.lane is Lane.GREEN:
            return d
        invalidate(d.id, "drawn for control", by="officer", role=Role.OFFICER)
    raise AssertionError("fifty declarations were all drawn for control")
