"""`customhouse risk rules`: list, show, export; import keeps drafts only, all or none."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from customhouse.house.commands.risk_rules import app
from customhouse.house.fault import HouseProblem
from customhouse.record.criterion import Kind, Status, status
from customhouse.registry import criterion_versions

pytestmark = pytest.mark.usefixtures("house")
RUN = CliRunner()
FILE = """
[[list]]
id = "carried_importers"
text = "Carried from another house"
codes = ["XM9", "XM8"]
owner = "Risk office"
source = "Minute"

[[rule]]
id = "SR7777"
lane = "YELLOW"
expression = "importer in carried_importers and net_mass > {mass}"
owner = "Risk office"
source = "Minute"
text = {{ en = "Carried", fr = "Apportée" }}
"""


def rules() -> int:
    return len(criterion_versions.everything(Kind.RULE))


def test_what_is_imported_are_drafts_with_numbers_of_this_house(tmp_path: Path) -> None:
    file, before = tmp_path / "rules.toml", rules()
    file.write_text(FILE.format(mass=1000))
    done = RUN.invoke(app, ["import", str(file), "--by", "officer"])
    assert done.exit_code == 0, done.output
    number = done.stdout.split("draft ")[-1].split()[0]
    assert number != "SR7777" and rules() == before + 1
    versions = criterion_versions.versions(Kind.RULE, number)
    assert status(versions[-1], versions, datetime.now(UTC).date()) is Status.DRAFT and versions[-1].author == "officer"
    again = RUN.invoke(app, ["import", str(file), "--by", "officer"])
    assert "is here already" in again.stdout and rules() == before + 1
    listed = RUN.invoke(app, ["list", "--json"])
    told = [json.loads(line) for line in listed.stdout.splitlines()]
    assert any(one["id"] == number and one["status"] == "DRAFT" for one in told)
    shown = RUN.invoke(app, ["show", number])
    assert "importer in carried_importers" in shown.stdout and "DRAFT" in shown.stdout
    out = tmp_path / "out.toml"
    assert RUN.invoke(app, ["export", str(out), "--all"]).exit_code == 0
    assert number in out.read_text() and out.stat().st_mode & 0o077 == 0
    file.write_text(FILE.format(mass=2000).replace("SR7777", number))
    assert RUN.invoke(app, ["import", str(file), "--by", "officer", "--same"]).exit_code == 0
    assert [v.number for v in criterion_versions.versions(Kind.RULE, number)] == [1, 2]


def test_a_file_with_one_bad_rule_keeps_nothing(tmp_path: Path) -> None:
    file, before = tmp_path / "rules.toml", rules()
    file.write_text(FILE.format(mass=3000) + FILE.format(mass="'x'").replace("carried_importers", "other_importers"))
    done = RUN.invoke(app, ["import", str(file), "--by", "officer"])
    assert done.exit_code == 1 and "expression" in done.output
    assert rules() == before and criterion_versions.versions(Kind.LIST, "other_importers") == ()


def test_who_answers_is_an_officer_and_what_is_shown_is_there(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(FILE.format(mass=4000))
    for by in ("broker", "nobody", "auditor"):
        assert isinstance(RUN.invoke(app, ["import", str(file), "--by", by]).exception, HouseProblem)
    assert isinstance(RUN.invoke(app, ["show", "SR9999"]).exception, HouseProblem)
