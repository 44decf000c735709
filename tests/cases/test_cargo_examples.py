"""The sample cargo reports say what their page says, on the command line and in the register."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from customhouse.house.cli import app

EXAMPLES = Path(__file__).parents[2] / "examples" / "manifest"
HEAD = ["--office", "XM000010", "--carrier", "XM100000058", "--conveyance", "IMO9074729"]
BAD = {
    "01-many-problems.json": ("refused", {"UnknownOffice", "InvalidNumber", "WrongDates", "GoodsInEmpty", "VagueDescription", "TotalsDiffer"}),
    "02-houses-do-not-fit.json": ("refused", {"HousesDoNotFit"}),
    "03-unknown-field.json": ("unreadable", {"UnknownField", "WrongType"}),
    "04-cut-off.json": ("unreadable", {"MalformedJSON"}),
    "05-booking.json": ("unreadable", {"NotATransportDocument"}),
    "06-shipment-event.json": ("unreadable", {"NotAWaybill"}),
    "07-wrong-cells.csv": ("unreadable", {"UnknownColumn"}),
    "08-not-a-number.csv": ("unreadable", {"WrongType"}),
}  # fmt: skip


def said(*arguments: str) -> tuple[int, dict[str, dict]]:
    done = CliRunner().invoke(app, ["manifest", "--dry-run", "--json", *arguments])
    told = [json.loads(line) for line in done.stdout.splitlines()]
    return done.exit_code, {Path(one["file"]).name: one for one in told}


def test_the_good_ones_are_in_order() -> None:
    code, told = said(str(EXAMPLES / "good"), *HEAD)
    assert code == 0, told
    assert len(told) == 4
    assert all(one["outcome"] == "new" and not one["problems"] for one in told.values()), told


@pytest.mark.parametrize("name", sorted(p.name for p in (EXAMPLES / "bad").iterdir()))
def test_the_bad_ones_are_not(name: str) -> None:
    code, told = said(str(EXAMPLES / "bad" / name))
    outcome, rules = BAD[name]
    assert told[name]["outcome"] == outcome
    assert rules <= {p["rule"] for p in told[name]["problems"]}
    assert code == (1 if outcome == "refused" else 2)


def test_each_sample_is_told_on_its_page() -> None:
    page = (EXAMPLES / "README.md").read_text("utf-8")
    assert [p.name for p in EXAMPLES.rglob("*.*") if p.suffix in (".json", ".csv") and p.name not in page] == []


def test_words_and_missing_files_are_told_to_people(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, ["manifest", "--dry-run", str(EXAMPLES / "good" / "01-sea-manifest.json"), str(tmp_path / "none.json")]
    )
    assert done.exit_code == 2
    assert "Blue Heron" in done.stdout
    assert "UnreadableFile" in done.stdout
    assert CliRunner().invoke(app, ["manifest", "--dry-run", str(tmp_path)]).exit_code == 2
    late = CliRunner().invoke(
        app, ["manifest", "--dry-run", "--expected", "soon", str(EXAMPLES / "bad" / "07-wrong-cells.csv")]
    )
    assert late.exit_code == 2
