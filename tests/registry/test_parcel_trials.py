"""Rules tried on stored parcels: the lanes that stand, declarations beside them, and what cannot be tried."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")

from msgspec.structs import replace
from papers import BROKER
from typer.testing import CliRunner

from customhouse.clearance import parcel_file
from customhouse.clearance.examine import examine
from customhouse.house.cli import app
from customhouse.house.commands.backtest import against
from customhouse.house.consolidation import Cleared, clear
from customhouse.offices.risk.backtest import BackTest, Trial
from customhouse.record.declaration import Role
from customhouse.record.flow import permitted
from customhouse.record.lanes import Lane
from customhouse.record.parcel import Consolidation
from customhouse.registry import lawbook, parcel_look, parcels
from customhouse.simulator.parcels import parcels as made_up
from customhouse.stream.rows import NotInColumns
from customhouse.stream.trials import NoParcels, try_out

pytestmark = pytest.mark.usefixtures("house")
DAY = date(2027, 2, 3)
NEXT = DAY + timedelta(1)


def cleared(folder: Path, at: datetime, count: int) -> Cleared:
    mark = uuid.uuid4().hex[:6]
    made = [replace(p, reference=f"{mark}{p.reference[2:]}") for p in made_up(count, "trials", at.date())]
    path = folder / f"{mark}.jsonl"
    path.write_bytes(b"\n".join(msgspec.json.encode(p) for p in made) + b"\n")
    return clear(path, Consolidation(BROKER, path.name, "XM000040", "5"), by="test", at=at, chunk=200)


@pytest.fixture(scope="module")
def day(
    django_db_setup: None, django_db_blocker: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, int]:
    """A day of parcels, some of whose files were examined; counts of what became of them."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        done = cleared(tmp_path_factory.mktemp("parcels"), datetime(2027, 2, 3, 8, tzinfo=UTC), 500)
        finds = looks = 0
        for stored in parcel_look.rows(done.number, verdicts=("file",), limit=500):
            d = parcel_file.file(stored.mrn)
            if "Examined" in permitted(d, Role.EXAMINER):
                conclusion = "discrepancy" if looks % 2 == 0 else "conform"
                examine(d.id, conclusion, "looked", by="test", role=Role.EXAMINER)
                looks, finds = looks + 1, finds + (conclusion == "discrepancy")
        return {**done.counts, "looks": looks, "finds": finds}


def of(expression: str, folder: Path, lane: Lane = Lane.YELLOW, past: str = "parcels", replaces: str = "") -> BackTest:
    (found,) = try_out([Trial("T", expression, lane, replaces)], DAY, NEXT, against(), of=past, folder=folder)  # type: ignore[arg-type]
    return found


def test_what_is_in_force_gives_the_lanes_that_stand(day: dict[str, int], tmp_path: Path) -> None:
    law = lawbook.current(DAY).on(DAY)
    fired = 0
    for criterion in law.contents.criteria:
        if not criterion.validity.contains(DAY):
            continue
        found = of(criterion.expression, tmp_path, Lane(criterion.lane))
        assert found.moves == () and found.before == found.after, criterion.id
        again = of(criterion.expression, tmp_path, Lane(criterion.lane), replaces=criterion.id)
        assert again.before == again.after == found.before, criterion.id
        assert found.declarations == sum(day.get(v, 0) for v in ("released", "due", "file"))
        overlap = {o.rule: o.fired for o in found.overlaps}
        fired += found.hits
        assert not found.hits or overlap.get(criterion.id, 0) == found.hits, criterion.id
    assert fired > 0


def test_finds_are_those_of_the_files_and_both_pasts_stand_side_by_side(day: dict[str, int], tmp_path: Path) -> None:
    everything = of("declarant != ''", tmp_path, past="both")
    declared, stored = everything.beside
    assert everything.of == "both" and (declared.of, stored.of) == ("declarations", "parcels")
    assert stored.hits == stored.declarations == sum(day.get(v, 0) for v in ("released", "due", "file"))
    assert (stored.today.of, stored.today.count) == (day["looks"], day["finds"])
    assert stored.caught.count == day["finds"] == stored.caught.of
    assert declared.declarations == 0 and everything.hits == stored.hits  # the files of parcels are no declarations
    assert of("declarant != ''", tmp_path, past="declarations").declarations == 0
    assert stored.before["GREEN"] == day.get("released", 0) + day.get("due", 0)


def test_new_segments_are_seen_and_counted_once(day: dict[str, int], tmp_path: Path) -> None:
    before = of("customs_value > 0", tmp_path).declarations
    more = cleared(tmp_path, datetime(2027, 2, 3, 9, tzinfo=UTC), 120)
    expected = before + sum(more.counts.get(v, 0) for v in ("released", "due", "file"))
    assert of("customs_value > 0", tmp_path).declarations == expected == of("customs_value > 0", tmp_path).declarations
    day |= {v: day.get(v, 0) + more.counts.get(v, 0) for v in more.counts}


def test_what_cannot_be_tried_on_parcels_says_why(day: dict[str, int], tmp_path: Path) -> None:
    with pytest.raises(NotInColumns, match="two sets of codes"):
        of("documents == additional_codes", tmp_path)
    with pytest.raises(NoParcels, match="extra `parcels`"):
        try_out([Trial("T", "is_import", Lane.RED)], DAY, NEXT, against(), of="both")


def test_the_command_tells_both(day: dict[str, int]) -> None:
    time = ["--from", str(DAY), "--until", str(DAY)]
    asked = ["risk", "backtest", "--rule", "starts(code, '6', '8', '9')", *time, "--of"]
    told = CliRunner().invoke(app, [*asked, "both"])
    assert "side by side" in told.output and "looks" in told.output, told.output
    (found,) = json.loads(CliRunner().invoke(app, [*asked, "parcels", "--json"]).stdout)
    assert found["of"] == "parcels" and found["hits"] > 0
    for hit in found["sample"]:
        assert parcels.parcel(hit["number"]).mrn == hit["mrn"]
