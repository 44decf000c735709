"""Consolidations of several declarants cleared at once, one of them interrupted: each counts what was stored when it was begun."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from tests.registry.apart import beside

pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")

from msgspec.structs import replace
from papers import BROKER

from customhouse.house.consolidation import clear
from customhouse.record.parcel import Consolidation
from customhouse.registry import parcel_look, parcels
from customhouse.simulator.parcels import parcels as made_up

OTHER = "XM100000017"
pytestmark = pytest.mark.usefixtures("house")


def of_one_house(folder: Path, name: str, count: int) -> Path:
    """Parcels that all go to one consignee, so that every one is counted by the next."""
    to = next(made_up(1, "side by side"))
    made = [
        replace(p, reference=f"{name}{n}", consignee="Side by Side", address=to.address, postcode="1", city="X", currency="EUR",
                description="wool scarf")
        for n, p in enumerate(made_up(count, name))
    ]  # fmt: skip
    path = folder / f"{name}.jsonl"
    path.write_bytes(b"".join(msgspec.json.encode(p) + b"\n" for p in made))
    return path


def cleared(path: Path, declarant: str, at: datetime, seen: Callable[[int], None] = lambda done: None) -> int:
    of = Consolidation(declarant, path.name, "XM000040", "5")
    return clear(path, of, by="test", at=at, chunk=10, progress=lambda done, of: seen(done)).number


def counts(number: int) -> list[int]:
    return [p.history.consignee_parcels_today for p in parcel_look.rows(number, limit=1000)]


def taken(number: int) -> int:
    return sum(p.verdict in parcels.TAKEN for p in parcel_look.rows(number, limit=1000))


def test_two_declarants_are_cleared_at_once_and_each_counts_what_stood_when_it_began(tmp_path: Path) -> None:
    at = datetime(2026, 8, 3, 8, tzinfo=UTC)
    one, other = of_one_house(tmp_path, "one", 40), of_one_house(tmp_path, "other", 30)
    done: dict[str, int] = {}

    def seen(rows: int) -> None:
        if rows == 30 and "other" not in done:  # two chunks of the first are stored, the third is judged
            beside(lambda: done.setdefault("other", cleared(other, OTHER, at))).join(timeout=60)
            assert done.get("other"), "the other one waited"

    done["one"] = cleared(one, BROKER, at, seen)
    mine, its = counts(done["one"]), counts(done["other"])
    # the third chunk was being stored when the other one began: it counts whole or not at all
    stored = [p.verdict in parcels.TAKEN for p in parcel_look.rows(done["one"], limit=30)]
    assert its[0] in (sum(stored[:20]), sum(stored)) and its[0] > 5
    assert mine[0] == 0 and mine[-1] < 40 and mine == sorted(mine)
    third = cleared(of_one_house(tmp_path, "third", 3), BROKER, at)
    assert counts(third)[0] == taken(done["one"]) + taken(done["other"])


def test_one_that_is_interrupted_counts_the_same_when_it_goes_on_after_others(tmp_path: Path) -> None:
    at = datetime(2026, 8, 4, 8, tzinfo=UTC)
    whole = of_one_house(tmp_path, "whole", 40)

    def stop(rows: int) -> None:
        if rows == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cleared(whole, BROKER, at, stop)
    cleared(of_one_house(tmp_path, "between", 20), OTHER, at)
    # the same declarant uses a reference of the part that is not stored yet: it is taken once, whichever comes first
    early = tmp_path / "early.jsonl"
    early.write_bytes(whole.read_bytes().splitlines(keepends=True)[33])
    first = cleared(early, BROKER, at)
    number = cleared(whole, BROKER, at)
    found = parcel_look.rows(number, limit=100)
    mine = [p.history.consignee_parcels_today for p in found]
    assert mine[0] == 0 and mine[-1] == sum(p.verdict in parcels.TAKEN for p in found[:-1])
    [one] = parcel_look.rows(first)
    assert one.verdict in parcels.TAKEN and found[33].verdict == "repeated" and one.mrn in found[33].told
