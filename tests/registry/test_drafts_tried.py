"""Drafts tried on what is stored: the model on line and the law in force change nothing, another says what it says of each by itself."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from tests.registry.small import small_trees

pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")
pytest.importorskip("catboost", reason="models need the extra `targeting`")

from msgspec.structs import replace
from papers import BROKER
from typer.testing import CliRunner

from customhouse.clearance import learn, parcel_file, scorer, tried
from customhouse.clearance.impact import Impact
from customhouse.clearance.lodge import lodge
from customhouse.clearance.scorer import Held
from customhouse.desks.whatif_parcels import Parcels
from customhouse.house import practice
from customhouse.house.cli import app
from customhouse.house.commands.backtest import against
from customhouse.house.consolidation import clear
from customhouse.offices.risk.backtest import BackTest, Limits
from customhouse.record import codec
from customhouse.record.lanes import STRICTNESS, Lane
from customhouse.record.parcel import Consolidation
from customhouse.record.targeting import ModelState, ModelStep, Threshold, Thresholds
from customhouse.registry import lawbook, models_kept, parcel_look, parcels
from customhouse.registry.models_kept import OnLine
from customhouse.registry.secret import draw_key
from customhouse.simulator import World, file
from customhouse.simulator.parcels import parcels as made_up
from customhouse.stream import trials
from customhouse.stream.parcels import scored
from customhouse.stream.parcels.again import Draft
from customhouse.stream.trials import Candidate, try_model

pytestmark = pytest.mark.usefixtures("house")
DAY = date(2027, 3, 4)
NEXT = DAY + timedelta(1)
AT = datetime(2027, 3, 4, 8, tzinfo=UTC)


class Stored(NamedTuple):
    """A day of parcels and declarations that a live model chose of: the model, its thresholds, the number of the consolidation."""

    model: Any
    digest: str
    thresholds: Thresholds
    consolidation: int


def off_line() -> None:
    for m in models_kept.models():
        if m.state in (ModelState.LIVE, ModelState.SHADOW):
            models_kept.take(m.digest, ModelStep.RETIRED, by="t", at=datetime.now(UTC), reason="test")
    scorer.shelf.line_up(())
    scorer.shelf.forget()


@pytest.fixture(scope="module")
def day(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stored]:
    with django_db_blocker.unblock():
        off_line()
        made = learn.train(practice.cases(900, DAY), simulated=True, make=small_trees)
        digest = models_kept.register(made.data, made.card, made.facts, by="anna", at=AT)
        model = scorer.opened(digest, made.data)
        thresholds = (Threshold(Lane.YELLOW, 0.012), Threshold(Lane.RED, 0.045))
        for step, by in ((ModelStep.PROPOSED, "anna"), (ModelStep.PUBLISHED, "sven")):
            models_kept.take(digest, step, by=by, at=AT, reason="test", thresholds=thresholds)
        scorer.shelf.looked = 0.0
        mark = uuid.uuid4().hex[:6]
        path = tmp_path_factory.mktemp("parcels") / f"{mark}.jsonl"
        some = [replace(p, reference=f"{mark}{p.reference[2:]}") for p in made_up(200, "tried")]
        path.write_bytes(b"\n".join(msgspec.json.encode(p) for p in some) + b"\n")
        done = clear(path, Consolidation(BROKER, path.name, "XM000040", "5"), by="test", at=AT)
        for shipment in World(12, DAY).trade(40, run="tried"):
            lodge(codec.encode(file(shipment).lodgement), by="test", at=AT)
        for stored in parcel_look.rows(done.number, verdicts=("file",), limit=500):
            parcel_file.file(stored.mrn)
        yield Stored(model, digest, thresholds, done.number)
        off_line()


def of(day: Stored, thresholds: Thresholds, folder: Path, past: str = "both", model: Any = None) -> BackTest:
    candidate = Candidate(day.digest, model or day.model, thresholds)
    return try_model(candidate, DAY, NEXT, against(), folder=folder, of=past)  # type: ignore[arg-type]


def test_the_model_on_line_changes_nothing(day: Stored, tmp_path: Path) -> None:
    found = of(day, day.thresholds, tmp_path)
    assert found.moves == () and found.before == found.after and found.looks == 0
    assert found.unmoved.count == found.unmoved.of == found.declarations
    assert len(found.asked) == 2 and sum(found.asked.values()) == found.hits
    for side in found.beside:
        assert side.hits > 5 and side.declarations > side.hits, side.of
    assert found.days == 1 and all(w.after_a_day == w.after for w in found.workload)


def test_a_draft_asks_for_what_it_asks_for_of_each_by_itself(day: Stored, tmp_path: Path) -> None:
    others = (
        Threshold(Lane.YELLOW, 0.03),
        Threshold(Lane.BLUE, 15.0, "revenue"),
        Threshold(Lane.RED, 0.07, office="XM000040"),
    )
    begun = parcels.get(day.consolidation)
    held = Held((OnLine(day.digest, True, others),), {day.digest: day.model}, {})
    context = replace(parcel_file.of_its_day(begun), score=held.score)
    expected: Counter[str] = Counter()
    moved = 0
    for row in parcel_look.rows(day.consolidation, verdicts=("released", "due", "file"), limit=500):
        lane = parcel_file.walked_again(row, begun, context).judged.lane
        expected[lane] += 1
        moved += lane != row.lane
    found = of(day, others, tmp_path, "parcels")
    assert found.after == {lane.value: expected[lane.value] for lane in Lane}
    assert sum(m.declarations for m in found.moves) == moved > 5
    assert found.unmoved.count == found.declarations - moved


def test_scores_of_parcels_are_kept_and_other_thresholds_ask_nobody(
    day: Stored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = of(day, day.thresholds, tmp_path, "parcels")
    again = of(day, (Threshold(Lane.RED, 0.012),), tmp_path, "parcels", model=object())
    assert again.hits == first.hits and again.asked == {"RED": first.hits}
    monkeypatch.setattr(scored, "SLICE", 50)
    assert of(day, day.thresholds, tmp_path / "sliced", "parcels") == first


def test_some_are_explained_each_by_itself(day: Stored, tmp_path: Path) -> None:
    for past in ("parcels", "declarations"):
        found = of(day, day.thresholds, tmp_path, past)
        asked = tried.explained(day.model, day.thresholds, found.sample)
        assert len(asked) == min(12, found.hits) and not any(one.fault for one in asked)
        for one in asked:
            assert one.probability >= 0.012 and one.reasons and STRICTNESS[one.lane] >= STRICTNESS[Lane.YELLOW]


def test_the_law_in_force_changes_nothing(day: Stored, tmp_path: Path) -> None:
    book = lawbook.current(DAY)
    sums = Impact(str(book.pages.currency))
    tried_on = Parcels(tmp_path, book, lambda digest: lawbook.by_hash(digest) or book, Limits())
    tried_on.add(DAY, NEXT, None, sums, lambda _: None)
    assert sums.lanes is not None and sums.lanes.moves == () and sums.lanes.hits == 0
    assert (sums.changed, sums.refused, sums.unread, sums.unjudged) == (0, {}, 0, [])
    assert sums.files[0] == sums.files[1] > 10
    assert sums.declarations == sums.lanes.declarations > 100


def test_a_parcel_that_columns_leave_is_judged_by_itself_to_the_same(day: Stored, tmp_path: Path) -> None:
    book = lawbook.current(DAY)
    tried_on = Parcels(tmp_path, book, lambda digest: lawbook.by_hash(digest) or book, Limits())
    past, draft = trials.stored(tmp_path, (DAY, NEXT)), Draft(book, tried_on.then, draw_key())
    (stored,) = past.stored()
    found, sums = draft.judged(stored, past.outcomes()), Impact("USD")
    lane, file = found.lane.copy(), found.file.copy()
    some = sorted({*range(0, len(lane), 17), *lane.nonzero()[0].tolist()[:12]})
    found.lane[:], found.file[:] = 0, False
    assert all(tried_on._one(stored, found, n, draft, sums) for n in some)
    assert found.lane[some].tolist() == lane[some].tolist() and lane[some].any()
    assert found.file[some].tolist() == file[some].tolist()
    assert sums.singly == sums.declarations == len(some) and sums.changed == 0 and sums.files[0] == sums.files[1]


def test_the_commands_tell_it(day: Stored) -> None:
    time = ["--from", str(DAY), "--until", str(DAY)]
    told = CliRunner().invoke(app, ["risk", "impact", day.digest[:12], *time])
    assert "the lane stays as it was" in told.output and "asked by themselves" in told.output, told.output
    said = json.loads(
        CliRunner().invoke(app, ["risk", "impact", day.digest, *time, "--yellow", "0.02", "--json"]).stdout
    )
    assert said["found"]["of"] == "both" and said["thresholds"][0]["at_least"] == 0.02 and said["found"]["workload"]
    told = CliRunner().invoke(app, ["law", "impact", "meridia", "--of", "parcels", "--on", str(DAY)])
    assert "the lane of" in told.output and told.exit_code == 0, told.output
    assert CliRunner().invoke(app, ["risk", "impact", "0" * 64]).exit_code != 0
