"""A consolidation is judged by the models of its beginning to its end and afterwards, whatever is published in between."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")
pytest.importorskip("catboost", reason="models need the extra `targeting`")

from msgspec.structs import replace
from papers import BROKER
from tests.stream.trained import trained

from customhouse.clearance import parcel_opening, scorer, upload
from customhouse.clearance.parcel_file import ParcelProblem
from customhouse.house import bundle as bundles
from customhouse.house.clearing import clear_next
from customhouse.house.consolidation import clear
from customhouse.house.fault import HouseProblem
from customhouse.house.lawbooks import embedded_book
from customhouse.labs.targeting import file as model_file
from customhouse.record.lanes import Lane
from customhouse.record.parcel import Consolidation
from customhouse.record.targeting import ModelFacts, ModelStep, Threshold
from customhouse.registry import blobs, models_kept, parcels, uploads
from customhouse.registry import parcel_opening as queue
from customhouse.registry.parcels import Segment
from customhouse.registry.uploads import Upload
from customhouse.simulator.parcels import parcels as made_up

pytestmark = pytest.mark.usefixtures("house")
AT = datetime(2026, 7, 7, 8, tzinfo=UTC)
SAID = ("facts", "texts", "fingerprints", "quarantine", "told", "lanes", "files", "last")


class Lost(blobs.Table):
    """A store that has lost everything."""

    def get(self, digest: str) -> bytes:
        raise KeyError(digest)


@pytest.fixture(autouse=True)
def bare_line(house: None) -> Iterator[None]:
    """No model speaks after a test."""
    yield
    for one in models_kept.on_line():
        models_kept.take(one.digest, ModelStep.RETIRED, by="t", at=AT, reason="test")
    scorer.shelf.forget()


def published(seed: int, lane: Lane) -> str:
    """Another model for every seed, which asks for this lane for nearly every parcel."""
    day = AT.date()
    data = model_file.written(trained(embedded_book().on(day), Consolidation(BROKER, "x", "XM000040", "5", "XM"), seed))
    digest = models_kept.register(data, "card", ModelFacts(500, 90, day, day, seed), by="anna", at=AT)
    for step, by, at in ((ModelStep.PROPOSED, "anna", (Threshold(lane, 0.01),)), (ModelStep.PUBLISHED, "sven", ())):
        models_kept.take(digest, step, by=by, at=AT, reason="test", thresholds=at)
    scorer.shelf.forget()
    return digest


def consolidation(folder: Path, count: int) -> Path:
    path, mark = folder / f"{uuid.uuid4().hex}.jsonl", uuid.uuid4().hex[:6]
    made = [replace(p, reference=f"{mark}{p.reference[2:]}") for p in made_up(count, "models")]
    path.write_bytes(b"".join(msgspec.json.encode(p) + b"\n" for p in made) + b"{half\n")
    return path


def handed_in(path: Path) -> Upload:
    """The same file handed in over HTTP and taken by the worker."""
    data = path.read_bytes()
    id = uploads.announce(Consolidation(BROKER, path.name, "XM000040", "5"), path.name, len(data), "", "test").id
    upload.path(id).write_bytes(data)
    uploads.queue(id)
    while (one := uploads.get(id)) is not None and one.state in ("queued", "clearing"):
        clear_next()
    assert one is not None
    return one


def said(segment: Segment) -> dict[str, Any]:
    return {name: getattr(segment, name) for name in SAID}


def test_one_that_stopped_goes_on_with_the_models_of_its_beginning_or_says_that_it_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, judged, store = consolidation(tmp_path, 200), dict[int, Segment](), parcels.store

    def kept(number: int, segment: Segment) -> None:
        judged[segment.place] = segment
        if segment.place < stops:
            store(number, segment)

    def cleared() -> int:
        return clear(path, Consolidation(BROKER, path.name, "XM000040", "5"), by="test", at=AT, chunk=50).number

    monkeypatch.setattr(parcels, "store", kept)
    first, stops = published(1, Lane.YELLOW), 2
    number = cleared()  # judged to its end in one go, of which two chunks are stored: as if it had been killed then
    whole, stops = dict(judged), 99
    assert parcels.get(number).done == 2 and whole[4].last
    assert published(2, Lane.RED) != first
    scorer._earlier.cache_clear()
    with monkeypatch.context() as patched:
        patched.setattr(blobs, "store", Lost())
        with pytest.raises(ParcelProblem, match=f"{first[:12]} is not in the store"):
            cleared()
        told = handed_in(path)
        assert told.state == "failed" and "model" not in str(
            told.problems
        )  # nor is its declarant told what customs asks
        assert parcels.get(number).done == 2
    judged.clear()
    assert cleared() == number and parcels.get(number).finished
    assert {place: said(one) for place, one in judged.items()} == {n: said(whole[n]) for n in (2, 3, 4)}
    assert whole[3].lanes["YELLOW"] > 30 > whole[3].lanes.get("RED", 0)
    parcel_opening.open_all(number)  # asks the model of its beginning as well
    assert not queue.waiting(number) and not queue.alarms(number)
    scorer.shelf.line_up(())  # as in a process that has not looked yet
    scorer.shelf.forget()
    path = consolidation(tmp_path, 50)
    cleared()
    assert judged[0].lanes["RED"] > 30  # what is begun now is judged by what is published now


def test_a_model_that_was_silent_at_the_beginning_stays_silent_and_one_that_spoke_speaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = consolidation(tmp_path, 20)
    digest = published(3, Lane.RED)
    speaking = bundles.made(BROKER, 1, AT)
    scorer.shelf.line_up(())
    with monkeypatch.context() as patched:
        patched.setattr(blobs, "store", Lost())
        scorer.shelf.forget()
        silent = bundles.made(BROKER, 1, AT)
        number = clear(path, Consolidation(BROKER, path.name, "XM000040", "5"), by="test", at=AT).number
    held = bundles.Bench(silent)._held
    assert held is not None and not held.models and "is not in the store" in held.failed
    scorer.shelf.line_up(())
    scorer.shelf.forget()
    parcel_opening.open_all(number)
    assert not queue.alarms(number) and parcels.counts(number, "lanes").get("RED", 0) < 5
    damaged = replace(speaking, models={digest: speaking.models[digest][:-1]})
    with pytest.raises(HouseProblem, match="judges by a model that cannot be asked here"):
        bundles.Bench(damaged).kernel(Consolidation(BROKER, "x", "XM000040", "5"))
