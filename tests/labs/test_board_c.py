"""Board C end to end on a small year, by the command; and the weekly loop that knows only what it opened."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from typer.testing import CliRunner

from customhouse.house import year as years
from customhouse.house.commands.risk import app
from customhouse.house.fault import HouseProblem
from customhouse.labs.targeting import page_c, weeks
from customhouse.labs.targeting.board_c import OPENED, ORACLE, ORDERS, OURS, BoardC
from customhouse.labs.targeting.fault import TargetingProblem
from customhouse.labs.targeting.moment import Scene
from customhouse.simulator.year import Plan, make

RUN = CliRunner()


def test_board_c_by_the_command(tmp_path: Path) -> None:
    page, card = tmp_path / "board.html", tmp_path / "card.md"
    asked = ["--rows", "12000", "--drift-runs", "0", "--page", str(page), "--card", str(card), "--json"]
    done = RUN.invoke(app, ["board", *asked])
    assert done.exit_code in (0, 1), done.output
    told = json.loads(done.stdout)
    assert list(told) == ["C"]
    board = told["C"]
    ranked = {r["name"]: r for r in board["ranked"]}
    assert {OURS, ORACLE, "price rule", "importer's history", "isolation forest", "gradient boosting"} < set(ranked)
    for one in ranked.values():
        for order in ORDERS:
            for name, value in one["values"][order].items():
                low, high = one["intervals"][order][name]
                assert 0 <= low <= high <= 1 and 0 <= value <= 1
    for share in OPENED:
        assert board[f"p@{share}"] == ranked[OURS]["values"][ORDERS[0]][f"p@{share}"]
        assert (
            ranked[OURS]["values"][ORDERS[0]][f"r@{share}"] >= ranked["price rule"]["values"][ORDERS[0]][f"r@{share}"]
        )
        assert board["near"][f"p@{share}"] <= 1.2
    assert board["random"]["low"] < board["random"]["high"]
    assert (done.exit_code == 1) == bool(board["misses"])
    written = card.read_text()
    assert f"| p@1, {ORDERS[0]} | {board['p@1']:.4f} |" in written and all(m in written for m in board["misses"])
    said = page_c.text(msgspec.convert(board, BoardC))
    assert f"{board['p@1']:.3f}" in said and all(f"not reached: {m}" in said for m in board["misses"])
    assert "Board C" in page.read_text() and "<script" not in page.read_text()


@pytest.mark.parametrize(
    ("asked", "said"),
    [(["--train", "."], "both --train and --test"), (["--no-year"], "Nothing to do")],
)
def test_a_board_without_what_it_needs_is_refused(asked: list[str], said: str) -> None:
    done = RUN.invoke(app, ["board", *asked])
    assert isinstance(done.exception, HouseProblem) and said in str(done.exception)


@pytest.fixture(scope="module")
def run() -> weeks.Run:
    year = make(Plan(seed=4, rows=9_000, days=133, break_day=70))
    found = year.irregular.astype(float)
    return weeks.Run(Scene(years.declared(year)), found, year.truth["lost"] / 100, found > 1, 4)


def test_what_was_not_opened_is_never_learned_from(run: weeks.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The truth of rows that nobody opened is turned around; the run goes the same way, choice by choice."""
    chosen: list[np.ndarray] = []
    kept = weeks._Pupil.open

    def watch(self: weeks._Pupil, at: np.ndarray, rows: np.ndarray) -> None:
        chosen.append(np.sort(rows))
        kept(self, at, rows)

    monkeypatch.setattr(weeks._Pupil, "open", watch)
    weeks.course(run, weeks.STRATEGIES[2])
    first, opened = list(chosen), np.concatenate(chosen)
    other = run.found.copy()
    hidden = np.setdiff1d(np.arange(len(other)), opened)
    other[hidden] = 1 - other[hidden]
    chosen.clear()
    weeks.course(weeks.Run(run.scene, other, run.lost, run.fresh, run.seed), weeks.STRATEGIES[2])
    assert all(np.array_equal(a, b) for a, b in zip(first, chosen, strict=True))


def test_a_course_is_repeatable_and_its_floor_measures(run: weeks.Run) -> None:
    one, again = (weeks.course(run, weeks.STRATEGIES[1]) for _ in range(2))
    assert one == again
    assert one.measured is not None and one.measured.low < one.true < one.measured.high
    assert len(one.precision) == len(one.revenue) == len(one.explored) == 19 - weeks.WARM_WEEKS
    assert all(0 <= p <= 1 for p in (*one.precision, *one.revenue))


def test_choices_are_distinct_and_as_many_as_asked() -> None:
    dice = np.random.default_rng(1)
    rows, sure, money = dice.random((400, 6)), dice.random(400), dice.random(400) * 1000
    for strategy in weeks.STRATEGIES:
        all_, random, likely = weeks.choose(rows, sure, (sure, money), 30, strategy.explore, strategy, dice)
        assert len(set(all_)) == len(all_) == 30
        assert not set(random) & set(likely)
        top = set(np.argsort(-sure)[: 30 + len(random)])
        assert set(likely) <= top


def test_a_run_that_is_too_short_says_so() -> None:
    year = make(Plan(seed=4, rows=4_000, days=60))
    found = year.irregular.astype(float)
    with pytest.raises(TargetingProblem, match="too short"):
        weeks.course(weeks.Run(Scene(years.declared(year)), found, found, found, 4), weeks.STRATEGIES[0])
