"""A consolidation is judged, and its files are opened, under the officers' criteria of its beginning, whatever is published meanwhile."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")

from msgspec.structs import replace
from tests.registry.officers_rules import NOW, goods, lived, step, withdraw, written
from tests.registry.papers import BROKER

from customhouse.clearance import parcel_file, parcel_opening
from customhouse.clearance.parcel_file import ParcelProblem
from customhouse.house.consolidation import clear
from customhouse.record.criterion import Step
from customhouse.record.declaration import Role
from customhouse.record.parcel import Consolidation
from customhouse.registry import criteria, files, parcel_look, parcels
from customhouse.registry import parcel_opening as queue
from customhouse.simulator.parcels import parcels as made_up

pytestmark = pytest.mark.usefixtures("house")


@pytest.fixture(autouse=True)
def withdrawn() -> Iterator[None]:
    yield
    withdraw()


def flight(folder: Path, word: str) -> Path:
    """Ninety parcels, every ninth of them of these goods."""
    mark = uuid.uuid4().hex[:6]
    made = [replace(p, reference=f"{mark}{p.reference[2:]}") for p in made_up(90, "criteria")]
    made[::9] = [replace(p, description=f"scarf of {word}") for p in made[::9]]
    path = folder / f"{mark}.jsonl"
    path.write_bytes(b"".join(msgspec.json.encode(p) + b"\n" for p in made))
    return path


def test_rules_published_and_withdrawn_meanwhile_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    word, store = goods(), parcels.store
    rule = lived(written(f"contains(description, '{word}')"))
    path = flight(tmp_path, word)

    def cleared() -> int:
        return clear(path, Consolidation(BROKER, path.name, "XM000040", "5"), by="test", at=NOW, chunk=30).number

    with monkeypatch.context() as patched:  # as if it had been killed after its first chunk
        patched.setattr(parcels, "store", lambda number, made: store(number, made) if made.place == 0 else None)
        number = cleared()
    assert parcels.get(number).done == 1
    step(rule, Step.WITHDRAWN, "supervisor", Role.SUPERVISOR, reason="it was a mistake")
    lived(written("consignee_parcels_today > 999"))
    assert cleared() == number and parcels.get(number).finished
    of_it = [p for p in parcel_look.rows(number, verdicts=("file",), limit=90) if p.line % 9 == 1]
    assert len(of_it) == 10 and {p.lane for p in of_it} == {"RED"}
    parcel_opening.open_all(number)
    assert not queue.waiting(number) and queue.alarms(number) == []
    for one in of_it:
        d = files.get(one.mrn)
        assert d.selection is not None and rule.id in {r.rule for r in d.selection.reasons}


def test_criteria_that_are_not_known_here_are_said_and_nothing_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    word = goods()
    lived(written(f"contains(description, '{word}')"))
    path = flight(tmp_path, word)
    number = clear(path, Consolidation(BROKER, path.name, "XM000040", "5"), by="test", at=NOW).number
    monkeypatch.setattr(criteria, "told", lambda _: None)
    with pytest.raises(ParcelProblem, match=r"the criteria that .* are not known here"):
        parcel_file.context_of(parcels.get(number))
    monkeypatch.undo()
    assert parcel_file.context_of(parcels.get(number)).selectivity.hash == parcels.get(number).selectivity
