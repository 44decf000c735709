"""Rules tried on a stored day of trade: in columns, from kept files and one by one, and by the command."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from customhouse.clearance.amend import amend
from customhouse.clearance.examine import examine
from customhouse.clearance.lodge import lodge
from customhouse.clearance.target import change_lane
from customhouse.house.cli import app
from customhouse.house.commands.backtest import against
from customhouse.law.rules.syntax import RuleError
from customhouse.offices.risk.backtest import Trial
from customhouse.offices.risk.course import course
from customhouse.offices.risk.selected import selected
from customhouse.record import codec
from customhouse.record.acts import LaneChanged
from customhouse.record.declaration import Role
from customhouse.record.flow import permitted
from customhouse.record.lanes import Lane
from customhouse.registry import history, trail
from customhouse.simulator import World, file
from customhouse.stream.trials import past, try_out

pytestmark = pytest.mark.usefixtures("house")
DAY, NEXT = date(2025, 6, 2), date(2025, 6, 3)
TRIALS = (
    Trial("wide", "value_per_kg > 0 and day == 20250602 and weekday == 1", Lane.YELLOW),
    Trial("narrow", "is_import and starts(code, '6', '8') and value_per_kg / net_mass < 0.5", Lane.RED, "SC006"),
    Trial("whole", "count_items(customs_value > 100000) > 0 and office != ''", Lane.BLUE),
    Trial("sets", "documents == additional_codes", Lane.BLUE),
)


@pytest.fixture(scope="module")
def day(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> int:
    """A day of trade, some of it amended, some examined; the number of declarations with a lane."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        shipments = list(World(12, DAY).trade(60, run="trials"))
        for n, shipment in enumerate(shipments):
            at = datetime.combine(DAY, shipment.at.time(), shipment.at.tzinfo)
            lodged = file(shipment).lodgement
            d = lodge(codec.encode(lodged), by="test", at=at).declaration
            if d is None or not d.mrn:
                continue
            if n % 3 == 0 and d.lane is not Lane.RED and "LaneChanged" in permitted(d, Role.SUPERVISOR):
                d = change_lane(d.id, LaneChanged(Lane.RED, "a hint"), by="test", role=Role.SUPERVISOR)
            if "Examined" in permitted(d, Role.EXAMINER):
                conclusion = ("conform", "discrepancy", "not_done")[n % 4 % 3]
                d = examine(d.id, conclusion, "looked", by="test", role=Role.EXAMINER)
            if n % 7 == 1 and "Amended" in permitted(d, Role.BROKER):
                more = replace(lodged, information=(*lodged.information,))
                amend(d.id, codec.encode(more), "a mistake", by="test", role=Role.BROKER)
        return len(list(past(DAY, NEXT)))


def test_every_way_gives_the_same_answer_and_files_are_made_once(day: int, tmp_path: Path) -> None:
    done: list[int] = []
    known = against()
    plain = try_out(TRIALS, DAY, NEXT, known, tick=done.append)
    assert len(done) == history.count(DAY, NEXT) and plain[0].declarations == day > 20
    assert plain[0].hits > 0 and plain[0].today.of > 0 and plain[2].hits > 0
    assert plain[0].before["YELLOW"] + plain[0].before["RED"] > 0
    columns = try_out(TRIALS[:3], DAY, NEXT, known, folder=tmp_path)
    assert columns == try_out(TRIALS[:3], DAY, NEXT, known)
    files = {p: p.stat().st_mtime_ns for p in tmp_path.glob("*.npz")}
    assert [p.name[:7] for p in files] == ["2025-06"]
    assert try_out(TRIALS[:3], DAY, NEXT, known, folder=tmp_path) == columns
    assert {p: p.stat().st_mtime_ns for p in tmp_path.glob("*.npz")} == files
    assert try_out(TRIALS, DAY, NEXT, known, folder=tmp_path) == plain  # one of them columns cannot answer
    for path in files:
        path.write_bytes(b"broken")
    assert try_out(TRIALS[:3], DAY, NEXT, known, folder=tmp_path) == columns
    assert try_out(TRIALS[:3], DAY, NEXT, known, folder=Path("/proc/none")) == columns  # where nothing can be kept


def test_what_is_known_of_the_past_is_what_was_recorded(day: int) -> None:
    for entries in trail.accepted(DAY, NEXT):
        found = selected(course(entries))
        if found is None:
            continue
        acts = [act for entry in entries for act in entry.acts]
        lanes = [act.selection for act in acts if act.name == "LaneAssigned"]
        results = [act.examination.conclusion for act in acts if act.name == "Examined"]
        results += [act.result.conclusion for act in acts if act.name == "Lifted" and act.result is not None]
        assert found.lodged == DAY and found.lane in {s.lane for s in lanes}
        assert found.examined is bool({*results} - {"not_done"}) and found.found is ("discrepancy" in results)
        assert (found.minutes >= 0) is any(act.name == "Released" for act in acts)


def test_the_command_tells_it_and_says_what_must_be_confirmed(day: int) -> None:
    run = CliRunner()
    time = ["--from", "2025-06-02", "--until", "2025-06-02"]
    told = run.invoke(app, ["risk", "backtest", "--rule", "starts(code, '0')", "--lane", "RED", *time])
    assert "declarations of 2025-06-0" in told.output and "hits that were examined" in told.output, told.output
    assert told.exit_code == int("to be confirmed" in told.output)
    asked = ["risk", "backtest", "--rule", "declarant != ''", *time, "--json"]
    everything = run.invoke(app, asked)
    assert everything.exit_code == 1
    (one,) = json.loads(everything.stdout)
    assert one["declarations"] == day == one["hits"]
    assert [w["code"] for w in one["warnings"] if w["confirmed"]] == ["matches-everything"]
    assert json.loads(run.invoke(app, [*asked, "--one-by-one"]).stdout) == [one]


def test_what_cannot_be_tried_is_said(day: int) -> None:
    run = CliRunner()
    with pytest.raises(RuleError, match="nought"):
        try_out([Trial("T", "nought", Lane.RED)], DAY, NEXT, against())
    wrong = run.invoke(app, ["risk", "backtest", "--rule", "nought == 1"])
    assert "there is no fact or list 'nought'" in str(wrong.exception)
    assert run.invoke(app, ["risk", "backtest", "--rule", "is_import", "--from", "yesterday"]).exit_code == 2
    upside = ["--from", "2025-06-02", "--until", "2025-06-01"]
    assert run.invoke(app, ["risk", "backtest", "--rule", "is_import", *upside]).exit_code == 2
