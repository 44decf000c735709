"""`customhouse risk` from the outside: train, evaluate, explain, and what it says when it cannot."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from customhouse.house.commands.risk import app
from customhouse.house.fault import HouseProblem
from customhouse.labs.targeting.fault import TargetingProblem
from labs import trade

RUN = CliRunner()


def test_train_evaluate_explain(rows: list[list[str]], tmp_path: Path) -> None:
    ordered = sorted(rows, key=lambda row: row[1])
    past, new = ordered[:-400], ordered[-400:]
    (tmp_path / "past").mkdir()
    trade.write(tmp_path / "past" / "trade.csv", past)
    late = trade.write(tmp_path / "new.csv", new)
    done = RUN.invoke(
        app, ["train", str(tmp_path / "past"), "--to", str(tmp_path / "models"), "--test", str(late), "--json"]
    )
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    model, written = Path(told["model"]), Path(told["card"]).read_text()
    assert model.stem in written and "trade.csv" in written and f"{len(past):,} examined" in written
    again = json.loads(RUN.invoke(app, ["evaluate", str(model), str(late), "--json"]).stdout)
    assert again["auc"] == told["measured"]["auc"] and again["scored"] == len(new)
    said = json.loads(RUN.invoke(app, ["explain", str(model), str(late), "--id", new[0][0], "--json"]).stdout)
    assert said["model"] == model.stem and said["rows"][0]["id"] == new[0][0] and said["rows"][0]["reasons"]
    plain = RUN.invoke(app, ["explain", str(model), str(late), "--most", "3"])
    assert plain.stdout.count("probability of a find") == 3
    model.write_bytes(model.read_bytes() + b" ")
    refused = RUN.invoke(app, ["evaluate", str(model), str(late)])
    assert isinstance(refused.exception, TargetingProblem)


@pytest.mark.parametrize("verb", ["evaluate", "explain"])
def test_a_model_that_is_not_there(verb: str, tmp_path: Path) -> None:
    done = RUN.invoke(app, [verb, str(tmp_path / f"{'a' * 64}.json"), str(tmp_path / "x.csv")])
    assert isinstance(done.exception, TargetingProblem) and "train one" in str(done.exception)


def test_without_the_extra_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    done = RUN.invoke(app, ["evaluate", str(tmp_path / f"{'a' * 64}.json"), str(tmp_path / "x.csv")])
    assert isinstance(done.exception, HouseProblem) and "customhouse[targeting]" in str(done.exception)
