"""Traders: records gathered from declarations, put together and taken apart by people; every decision stays."""

from __future__ import annotations

import itertools
import json
import uuid
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction
from tests.registry.papers import BROKER, paper, reference

from customhouse.clearance import traders
from customhouse.clearance.lodge import lodge
from customhouse.gates import json as json_gate
from customhouse.record.declaration import Role
from customhouse.record.entity import Together, record_of
from customhouse.registry import entities, reader

pytestmark = pytest.mark.usefixtures("house")
AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
_count = itertools.count()
_run = uuid.uuid4().hex[:6].upper()


def keys(n: int) -> list[str]:
    """Names of records that no other test uses."""
    return [f"N:{_run}{next(_count):04d}" for _ in range(n)]


def confirm(*of: str, by: str = "officer") -> str:
    return entities.confirm(of, "The same papers", by=by, at=AT)


@pytest.mark.parametrize(
    ("party", "record"),
    [
        ({"number": " xm100000017 ", "name": "Island Foods"}, "N:XM100000017"),
        ({"name": "  Silver-Reed   TRADING, GmbH ", "country": "de"}, "M:silver reed trading gmbh|DE"),
        ({"name": "Straße & Söhne"}, "M:strasse söhne|"),
        ({"name": "Товары"}, "M:товары|"),
        ({"name": "★☆"}, ""),
        ({"name": "\x00\x07"}, ""),
        ({}, ""),
        ({"name": "x" * 10_000}, f"M:{'x' * 140}|"),
        ({"number": "9" * 10_000}, f"N:{'9' * 140}"),
    ],
)
def test_a_party_has_a_record_however_odd_its_name(party: dict[str, str], record: str) -> None:
    assert record_of(**party) == record


def test_declarations_are_read_once_for_their_parties() -> None:
    name = f"Quillmore {_run} Pottery GmbH"
    for spelling in (name, name.upper(), name):
        told = json.loads(paper(reference()))
        told["exporter"] = {"name": spelling, "address": {"country": "DE", "city": "Bremen", "line": "1 Kai"}}
        assert lodge(json.dumps(told).encode(), by=BROKER).declaration is not None
    while traders.gather():
        pass
    (found,) = entities.records([record_of(name=name, country="DE")])
    assert (set(found.names), found.seen, found.roles) == ({name, name.upper()}, 3, ("exporter",))
    assert found.address == "1 Kai, Bremen"
    before = found
    while traders.gather():
        pass
    assert entities.records([found.record]) == (before,)


def test_confirmed_records_are_one_entity_and_others_their_own() -> None:
    a, b, c, alone = keys(4)
    assert confirm(b, c) == b
    assert confirm(a, c) == a
    assert entities.entities_of([a, b, c, alone]) == {a: a, b: a, c: a, alone: alone}
    assert entities.members(a) == (a, b, c) and entities.members(alone) == (alone,)
    assert entities.entity_of("number", c.removeprefix("N:")) == a
    assert entities.entity_of("name", "") == ""


def test_one_is_split_off_and_the_others_stay_together() -> None:
    a, b, c, d = keys(4)
    confirm(a, b, c, d)
    entities.split([a], [b, c, d], "Another owner", by="officer", at=AT)
    assert entities.entities_of([a, b, c, d]) == {a: a, b: b, c: b, d: b}
    entities.undo([a, b, c, d], "A mistake", by="officer", at=AT)
    assert entities.entities_of([a, b, c, d]) == {key: key for key in (a, b, c, d)}
    assert {x.verdict for x in entities.decisions([a])} == set(Together)


def test_what_was_split_is_not_joined_by_a_roundabout_way() -> None:
    a, b, c = keys(3)
    entities.split([a], [c], "Two firms", by="officer", at=AT)
    confirm(a, b)
    with pytest.raises(entities.Contradiction) as told:
        confirm(b, c)
    assert (told.value.one, told.value.other) == (a, c)
    assert entities.entities_of([a, b, c]) == {a: a, b: a, c: c}


def test_too_many_at_once_are_refused() -> None:
    with pytest.raises(entities.TooMany):
        confirm(*keys(entities.MOST + 1))


def test_decisions_stay_and_the_trade_sees_none() -> None:
    a, b = keys(2)
    confirm(a, b)
    for order in ("update entity_decision set reason = 'x'", "delete from entity_decision"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(order)
    with reader.reading(reader.of_person(Role.BROKER, traders=[BROKER])):
        assert entities.decisions([a]) == () and entities.records() == () and entities.proposals() == ()


def test_what_may_be_one_trader_is_proposed_with_its_reasons_until_it_is_decided() -> None:
    names = [f"Zephyrine {_run} Lanterns GmbH", f"Zephyrine {_run} Lantern GmbH", f"ZEPHIRINE {_run} LANTERNS"]
    for name in names:
        told = json.loads(paper(reference()))
        told["exporter"] = {"name": name, "address": {"country": "DE", "city": "Kiel", "line": "7 Lampengasse"}}
        assert lodge(json.dumps(told).encode(), by=BROKER).declaration is not None
    while traders.gather():
        pass
    mine = {record_of(name=name, country="DE") for name in names}
    assert traders.propose() > 0
    (found,) = [p for p in entities.proposals(1000) if mine & set(p.records)]
    assert set(found.records) == mine and found.score > 0.9
    assert any("addresses are alike" in why for bond in found.bonds for why in bond.why)
    first, second, third = sorted(mine)
    entities.split([first], [second, third], "Another owner", by="officer", at=AT)
    confirm(second, third)
    entities.drop_decided()
    assert not [p for p in entities.proposals(1000) if mine & set(p.records)]
    traders.propose()
    assert not [p for p in entities.proposals(1000) if mine & set(p.records)]


def test_every_trader_of_a_declaration_is_a_record() -> None:
    told = json.loads(paper(reference()))
    told["exporter"] = {"name": "A Firm", "address": {"country": "DE"}}
    told["border_means"]["name"] = "Grey Tide"
    found = {r.record: r.roles for r in traders.of_lodgement(json_gate.read(json.dumps(told).encode()))}
    assert found["M:a firm|DE"] == ("exporter",) and f"N:{BROKER}" in found
    assert not any("grey" in record for record in found)
